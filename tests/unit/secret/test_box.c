/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tokens sealed and opened: the format to the byte, and each check with its sentence. */
#include "base/arr.h"
#include "secret/key.h"
#include "tests/check.h"
#include "tests/unit/secret/keys.h"
#include "tests/unit/secret/wiped.h"

#include <stdlib.h>

/* Sealed by lithos 0.18 for the key whose seed is 00, 01 … 1f. */
static const char vector[] =
	"v2:i4+dWTpg:KqWSX0BY:8MtOoWUX:"
	"zpmwFffIOpBuym3NGR56U9J11j4b/d6ojKdDYB/SxWsb5H7WmA+xQt8oCDNvbxdSTC8Km14YtL9Xc4bHyxtXfw==";
static const char vector_public[] =
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4 somebody@somewhere\n";
/* The X25519 forms of that key, so that nothing here depends on how it is converted. */
static const char vector_x25519_public[] = "4701d08488451f545a409fb58ae3e58581ca40ac3f7f114698cd71deac73ca01";
static const char vector_x25519_secret[] = "3894eea49c580aef816935762be049559d6d1440dede12e6a125f1841fff8e6f";
static const char vector_hash[] = "i4+dWTpg";

static const char wrong_key[] = "decryption error. This usually means the key is wrong.";

static const char *const myapp[] = { "myapp" };

static void load(struct secret_keys *keys, unsigned char first)
{
	char text[4096] = "";
	struct err e = { 0 };

	usual_key(first, text, sizeof(text));
	CHECK(secret_keys_parse(text, strlen(text), keys, &e) == 0);
}

static void from_hex(const char *hex, unsigned char bytes[32])
{
	CHECK(sodium_hex2bin(bytes, 32, hex, strlen(hex), NULL, NULL, NULL) == 0);
}

static void hash_of(const void *data, size_t n, char base64[9])
{
	unsigned char sum[6];

	crypto_generichash_blake2b(sum, sizeof(sum), data, n, NULL, 0);
	sodium_bin2base64(base64, 9, sum, sizeof(sum), sodium_base64_VARIANT_ORIGINAL);
}

/* The steps of the format one by one: an ephemeral key, a nonce of both public keys, a box with its tag in front. */
static void seal_by_hand(const void *plain, size_t n, size_t n_namespace, char *token, size_t size)
{
	unsigned char recipient[32], ephemeral[32], secret[32], nonce[24], both[64], box[1024];
	char ns_hash[9], text_hash[9], base64[1500];

	from_hex(vector_x25519_public, recipient);
	crypto_box_keypair(ephemeral, secret);
	memcpy(both, ephemeral, 32);
	memcpy(both + 32, recipient, 32);
	crypto_generichash_blake2b(nonce, sizeof(nonce), both, sizeof(both), NULL, 0);
	memcpy(box, ephemeral, 32);
	CHECK(crypto_box_easy(box + 32, plain, n, nonce, recipient, secret) == 0);
	sodium_bin2base64(base64, sizeof(base64), box, 32 + 16 + n, sodium_base64_VARIANT_ORIGINAL);
	hash_of(plain, n_namespace, ns_hash);
	hash_of((const char *)plain + n_namespace + 1, n > n_namespace ? n - n_namespace - 1 : 0, text_hash);
	snprintf(token, size, "v2:%s:%s:%s:%s", vector_hash, ns_hash, text_hash, base64);
}

/* And those of opening; the plain text or "". */
static void open_by_hand(const char *token, char *plain, size_t size)
{
	unsigned char box[1024], recipient[32], secret[32], nonce[24], both[64];
	const char *payload = strrchr(token, ':') + 1;
	size_t n = 0;

	memset(plain, 0, size);
	CHECK(sodium_base642bin(box, sizeof(box), payload, strlen(payload), NULL, &n, NULL,
				sodium_base64_VARIANT_ORIGINAL) == 0);
	from_hex(vector_x25519_public, recipient);
	from_hex(vector_x25519_secret, secret);
	memcpy(both, box, 32);
	memcpy(both + 32, recipient, 32);
	crypto_generichash_blake2b(nonce, sizeof(nonce), both, sizeof(both), NULL, 0);
	CHECK(n >= 48 && n - 48 < size);
	CHECK(crypto_box_open_easy((unsigned char *)plain, box + 32, n - 32, nonce, box, secret) == 0);
}

static void test_vector(void)
{
	auto_secret_keys struct secret_keys keys = { 0 };
	auto_secret_text struct secret_text text = { 0 };
	const struct secret_namespaces ns = { myapp, 1, NULL, 0 };
	const char *values[] = { vector };
	struct secret_public_key key;
	char hash[SECRET_HASH_LEN + 1];
	struct err e = { 0 };

	CASE("what lithos has sealed");
	load(&keys, 0);
	CHECK(secret_open(&keys, "A", values, 1, &ns, &text, &e) == 0);
	CHECK_STR(text.text, "the_secret");
	CHECK(text.len == strlen("the_secret"));
	CHECK_STR(text.name_space, "myapp");
	CHECK(secret_public_key_parse(vector_public, strlen(vector_public), &key, &e) == 0);
	CHECK(secret_is_for(&key, vector, &e) == 1);
	CHECK(secret_check(vector, &e) == 0);
	CASE("hashes");
	secret_hash("the_secret", 10, hash);
	CHECK_STR(hash, "8MtOoWUX");
	secret_hash("myapp", 5, hash);
	CHECK_STR(hash, "KqWSX0BY");
	secret_hash("", 0, hash);
	CHECK_STR(hash, "3dnEB2f5");
}

/* Opens and gives the text, or the error without what stands around it. */
static const char *outcome(const struct secret_keys *keys, const char *token, const struct secret_namespaces *ns)
{
	static char result[ERR_TEXT_MAX];
	auto_secret_text struct secret_text text = { 0 };
	struct err e = { 0 };
	char *end;

	if (secret_open(keys, NULL, &token, 1, ns, &text, &e) == 0) {
		snprintf(result, sizeof(result), "= %s", text.text);
		return result;
	}
	CHECK(!text.memory.data && !text.text);
	CHECK(e.code < 0);
	snprintf(result, sizeof(result), "%s", e.text);
	end = strstr(result, " (keys: ");
	if (CHECK(end != NULL))
		*end = '\0';
	return result;
}

static void test_sealed(void)
{
	static const struct { const char *ns, *text; } cases[] = {
		{ "", "" }, { "", "a" }, { "myapp", "the_secret" }, { "a.b-c_D", "with:colons::" }, { "n", "gr\xc3\xbc\xc3\x9f" },
	};
	auto_secret_keys struct secret_keys keys = { 0 };
	struct secret_public_key key;
	struct err e = { 0 };

	CASE("what we seal is opened by the format's steps, and by us");
	load(&keys, 0);
	CHECK(secret_public_key_parse(vector_public, strlen(vector_public), &key, &e) == 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *token = NULL, *again = NULL, wanted[64], plain[64], hashes[64], ns_hash[9], text_hash[9];
		auto_secret_text struct secret_text text = { 0 };

		CHECK(secret_seal(&key, cases[i].ns, cases[i].text, strlen(cases[i].text), &token, &e) == 0);
		CHECK(secret_seal(&key, cases[i].ns, cases[i].text, strlen(cases[i].text), &again, &e) == 0);
		CHECK(strcmp(token, again) != 0);
		hash_of(cases[i].ns, strlen(cases[i].ns), ns_hash);
		hash_of(cases[i].text, strlen(cases[i].text), text_hash);
		snprintf(hashes, sizeof(hashes), "v2:%s:%s:%s:", vector_hash, ns_hash, text_hash);
		CHECK(strncmp(token, hashes, strlen(hashes)) == 0);
		snprintf(wanted, sizeof(wanted), "%s:%s", cases[i].ns, cases[i].text);
		open_by_hand(token, plain, sizeof(plain));
		CHECK_STR(plain, wanted);
		CHECK(secret_open(&keys, NULL, (const char *const *)&token, 1, NULL, &text, &e) == 0);
		CHECK_STR(text.text, cases[i].text);
		CHECK_STR(text.name_space, cases[i].ns);
		free(token);
		free(again);
	}
}

static void test_not_sealed(void)
{
	struct secret_public_key key;
	static char large[SECRET_BYTES_MAX];
	char *token = NULL;
	struct err e = { 0 };

	CASE("what could not be opened is not sealed");
	memset(large, 'x', sizeof(large));
	CHECK(secret_public_key_parse(vector_public, strlen(vector_public), &key, &e) == 0);
	CHECK(secret_seal(&key, "", "a\0b", 3, &token, &e) < 0 && !token);
	CHECK_STR(e.text, "no null bytes allowed in secret");
	CHECK(secret_seal(&key, "", "\xff", 1, &token, &e) < 0 && !token);
	CHECK_STR(e.text, "Can't decode secret as utf-8");
	CHECK(secret_seal(&key, "a:b", "x", 1, &token, &e) < 0 && !token);
	CHECK(strstr(e.text, "namespace") != NULL);
	CHECK(secret_seal(&key, "", large, sizeof(large), &token, &e) < 0 && !token);
	CHECK(strstr(e.text, "longer than") != NULL);
	e = (struct err){ 0 };
	CHECK(secret_seal(&key, "", large, sizeof(large) - 1, &token, &e) == 0 && token);
	CHECK(token && strlen(token) <= SECRET_TOKEN_MAX && secret_check(token, &e) == 0);
	free(token);
}

/* Each row passes the checks above it. */
static void test_order(void)
{
	static const char *const b_only[] = { "b" };
	static const struct row {
		const char *plain;
		size_t n, n_namespace;
		int broken;		/* a character of the token that is replaced; -1: none */
		const char *wanted;
	} rows[] = {
		{ "\xff\xfe", 2, 1, -1, "can't decode namespace from utf-8" },
		{ "\xff:x", 3, 1, 3, "can't decode namespace from utf-8" },
		{ "nocolon", 7, 7, 3, "decrypted data is invalid" },
		{ "", 0, 0, 3, "decrypted data is invalid" },
		{ "a:\0x", 4, 1, 3, "invalid key hash" },
		{ "a:\0x", 4, 1, 12, "invalid namespace hash" },
		{ "a:\0x", 4, 1, 21, "invalid secret hash" },
		{ "a:\0x", 4, 1, -1, "expected namespaces {\"b\"} got \"a\"" },
		{ "b:\xff\0x", 5, 1, -1, "no null bytes allowed in secret" },
		{ "b:\xff", 3, 1, -1, "Can't decode secret as utf-8" },
		{ "b:x:y", 5, 1, -1, "= x:y" },
		{ "b:", 2, 1, -1, "= " },
	};
	const struct secret_namespaces ns = { b_only, 1, NULL, 0 };
	auto_secret_keys struct secret_keys keys = { 0 };
	char token[2048];

	CASE("the first check that fails speaks");
	load(&keys, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		seal_by_hand(rows[i].plain, rows[i].n, rows[i].n_namespace, token, sizeof(token));
		if (rows[i].broken >= 0)
			token[rows[i].broken] = token[rows[i].broken] == 'A' ? 'B' : 'A';
		CHECK_STR(outcome(&keys, token, &ns), rows[i].wanted);
	}
}

/* The vector with a part of it replaced. */
static const char *changed(const char *from, const char *to)
{
	static char text[4096];
	const char *at = strstr(vector, from);

	snprintf(text, sizeof(text), "%.*s%s%s", at ? (int)(at - vector) : 0, vector, to, at ? at + strlen(from) : "");
	return text;
}

static void test_form(void)
{
	static const struct { const char *from, *to, *wanted; } rows[] = {
		{ "v2:", "v1:", "Only v2 secrets are supported" },
		{ "v2:", "", "Only v2 secrets are supported" },
		{ "v2:", " v2:", "Only v2 secrets are supported" },
		{ ":8MtOoWUX", "", "invalid key format" },
		{ "==", "==:", "invalid key format" },
		{ "fw==", "fw=", "Invalid byte 61, offset 86." },
		{ "fw==", "fw= =", "Invalid byte 61, offset 86." },
		{ "Xfw==", "Xfw===", "Invalid byte 61, offset 86." },
		{ "zpmw", "zp\nmw", "Invalid byte 10, offset 2." },
		{ "zpmw", " zpmw", "Invalid byte 32, offset 0." },
		{ "zpmw", "zp-w", "Invalid byte 45, offset 2." },
		{ "fw==", "f", "Encoded text cannot have a 6-bit remainder." },
		{ "fw==", "fx==", "Invalid last symbol, offset 85." },
		{ "xWsb5H7WmA+xQt8oCDNvbxdSTC8Km14YtL9Xc4bHyxtXfw==", "", "the payload has 30 bytes, less than 48" },
		{ "fw==", "fw", NULL },
		{ NULL, NULL, NULL },
	};
	auto_secret_keys struct secret_keys keys = { 0 };
	struct err e;

	load(&keys, 0);
	for (size_t i = 0; rows[i].from; i++) {
		const char *token = changed(rows[i].from, rows[i].to);

		CASE(rows[i].to);
		e = (struct err){ 0 };
		CHECK_STR(outcome(&keys, token, NULL), rows[i].wanted ? rows[i].wanted : "= the_secret");
		CHECK((secret_check(token, &e) < 0) == (rows[i].wanted != NULL));
		CHECK_STR(e.text, rows[i].wanted ? rows[i].wanted : "");
	}
	CASE("hashes of another length");
	CHECK_STR(outcome(&keys, changed("i4+dWTpg", "i4+dWTpgAAAA"), NULL), "invalid key hash");
	CHECK_STR(outcome(&keys, changed("KqWSX0BY", ""), NULL), "invalid namespace hash");
	CHECK(secret_check(changed("8MtOoWUX", "8MtOoWU="), &e) < 0);
	CHECK_STR(e.text, "invalid secret hash");
	CASE("a box that was changed");
	CHECK_STR(outcome(&keys, changed("zpmw", "zpmx"), NULL), wrong_key);
	CHECK_STR(outcome(&keys, changed("Xc4b", "Xc4c"), NULL), wrong_key);
}

static void test_long(void)
{
	auto_secret_keys struct secret_keys keys = { 0 };
	char *token = malloc(SECRET_TOKEN_MAX + 2);

	CASE("a token without end");
	load(&keys, 0);
	memset(token, 'A', SECRET_TOKEN_MAX + 1);
	memcpy(token, "v2::::", 6);
	token[SECRET_TOKEN_MAX + 1] = '\0';
	CHECK(strstr(outcome(&keys, token, NULL), "longer than") != NULL);
	free(token);
}

static void test_namespaces(void)
{
	static const char *const ab[] = { "a", "b" }, *const unnamed[] = { "" }, *const odd[] = { "MyApp", "myapp " };
	static const struct {
		struct secret_namespaces ns;
		const char *wanted;
	} rows[] = {
		{ { NULL, 0, NULL, 0 }, "expected namespaces {\"\"} got \"myapp\"" },
		{ { unnamed, 1, NULL, 0 }, "expected namespaces {\"\"} got \"myapp\"" },
		{ { ab, 2, NULL, 0 }, "expected namespaces {\"a\", \"b\"} got \"myapp\"" },
		{ { ab, 2, unnamed, 1 }, "expected namespaces {\"a\", \"b\", \"\"} got \"myapp\"" },
		{ { odd, 2, NULL, 0 }, "expected namespaces {\"MyApp\", \"myapp \"} got \"myapp\"" },
		{ { NULL, 0, myapp, 1 }, "= the_secret" },
		{ { ab, 2, myapp, 1 }, "= the_secret" },
		{ { myapp, 1, ab, 2 }, "= the_secret" },
	};
	const struct secret_namespaces none = { 0 }, named = { myapp, 1, NULL, 0 }, extra = { NULL, 0, myapp, 1 };
	auto_secret_keys struct secret_keys keys = { 0 };
	char token[2048];

	CASE("namespaces");
	load(&keys, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CHECK_STR(outcome(&keys, vector, &rows[i].ns), rows[i].wanted);
	CASE("a secret without one");
	seal_by_hand(":x", 2, 0, token, sizeof(token));
	CHECK_STR(outcome(&keys, token, &none), "= x");
	CHECK_STR(outcome(&keys, token, &extra), "= x");
	CHECK_STR(outcome(&keys, token, &named), "expected namespaces {\"myapp\"} got \"\"");
}

static void test_several(void)
{
	auto_secret_keys struct secret_keys keys = { 0 };
	auto_secret_text struct secret_text text = { 0 };
	char file[8192] = "", wanted[1024], other[2][9];
	const char *values[] = { "v1:old", vector };
	struct err e = { 0 };

	CASE("the first key and value that fit");
	usual_key(7, file, sizeof(file));
	usual_key(9, file, sizeof(file));
	usual_key(0, file, sizeof(file));
	CHECK(secret_keys_parse(file, strlen(file), &keys, &e) == 0 && keys.n == 3);
	CHECK(secret_open(&keys, "A", values, 2, NULL, &text, &e) == 0);
	CHECK_STR(text.text, "the_secret");
	secret_text_done(&text);

	CASE("each key with each value, and what of each was wrong");
	keys.n = 2;
	for (unsigned char i = 0; i < 2; i++) {
		unsigned char pair[64];

		make_pair(i ? 9 : 7, pair);
		hash_of(pair + 32, 32, other[i]);
	}
	CHECK(secret_open(&keys, "DB_PASSWORD", values, 2, NULL, &text, &e) < 0);
	snprintf(wanted, sizeof(wanted), "Can't decrypt secret \"DB_PASSWORD\", errors: Only v2 secrets are supported, %s, "
		 "Only v2 secrets are supported, %s (keys: %s, %s)", wrong_key, wrong_key, other[0], other[1]);
	CHECK_STR(e.text, wanted);
	CASE("no value");
	e = (struct err){ 0 };
	CHECK(secret_open(&keys, "A", NULL, 0, NULL, &text, &e) < 0);
	CHECK(strstr(e.text, "Can't decrypt secret \"A\", errors: no value is given") == e.text);
}

static void test_many(void)
{
	auto_secret_keys struct secret_keys keys = { 0 };
	auto_secret_text struct secret_text text = { 0 };
	const char *values[200];
	struct err e = { 0 };

	CASE("more errors than an error holds");
	load(&keys, 7);
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		values[i] = vector;
	CHECK(secret_open(&keys, "A", values, ARRAY_LEN(values), NULL, &text, &e) < 0);
	CHECK(strstr(e.text, "Can't decrypt secret \"A\", errors: decryption error") == e.text);
	CHECK(strlen(e.text) < ERR_TEXT_MAX && strstr(e.text, " (keys: "));
}

static void test_rsa(void)
{
	static const char file[] = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n";
	auto_secret_keys struct secret_keys keys = { 0 };
	auto_secret_text struct secret_text text = { 0 };
	const char *values[] = { vector };
	struct err e = { 0 };

	CASE("an RSA key");
	CHECK(secret_keys_parse(file, strlen(file), &keys, &e) == 0 && keys.n == 1);
	CHECK(secret_open(&keys, "A", values, 1, NULL, &text, &e) < 0);
	CHECK_STR(e.text, "Can't decrypt secret \"A\", errors: Only ed25519 keys are supported (keys: RSA)");
}

static void test_whose(void)
{
	struct secret_public_key key;
	struct err e = { 0 };

	CASE("whose it is");
	CHECK(secret_public_key_parse(vector_public, strlen(vector_public), &key, &e) == 0);
	key.ed25519[0] ^= 1;
	CHECK(secret_is_for(&key, vector, &e) == 0);
	CHECK(secret_is_for(&key, "v1:x", &e) < 0);
	CHECK_STR(e.text, "Only v2 secrets are supported");
}

int main(void)
{
	CHECK(sodium_init() >= 0);
	test_vector();
	test_sealed();
	test_not_sealed();
	test_order();
	test_form();
	test_long();
	test_namespaces();
	test_several();
	test_many();
	test_rsa();
	test_whose();
	CHECK_WIPED();
	return check_summary();
}
