/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Key files and lines in OpenSSH's format: what is taken, and what is said of the rest. */
#include "base/arr.h"
#include "secret/key.h"
#include "tests/check.h"
#include "tests/unit/secret/keys.h"
#include "tests/unit/secret/wiped.h"

#include <stdlib.h>

/* The number of keys, or what was wrong. */
static const char *taken(const char *text, size_t n)
{
	static char result[ERR_TEXT_MAX];
	auto_secret_keys struct secret_keys keys = { 0 };
	struct err e = { 0 };

	if (secret_keys_parse(text, n, &keys, &e) < 0) {
		CHECK(keys.n == 0 && !keys.memory.data);
		snprintf(result, sizeof(result), "%s", e.text);
	} else {
		snprintf(result, sizeof(result), "%zu", keys.n);
	}
	return result;
}

static const char *taken_text(const char *text)
{
	return taken(text, strlen(text));
}

/* A file with one block of that form. */
static const char *taken_form(uint32_t n, const struct key_form *f)
{
	unsigned char pairs[3][64];
	struct made m;
	char text[8192] = "";

	for (unsigned char i = 0; i < 3; i++)
		make_pair(i, pairs[i]);
	put_file(&m, (const unsigned char (*)[64])pairs, n, f);
	put_block(text, sizeof(text), &m);
	return taken_text(text);
}

static void test_forms(void)
{
	static const struct {
		struct key_form form;
		const char *wanted;
	} rows[] = {
		{ { .comment = "" }, "1" },
		{ { .cipher = "aes256-ctr", .kdf = "bcrypt", .options = "salt" }, "key was encrypted" },
		{ { .cipher = "aes256-ctr" }, "key was encrypted" },
		{ { .kdf = "bcrypt" }, "key was encrypted" },
		{ { .options = "x" }, "key was encrypted" },
		{ { .second_check = 2 }, "invalid key format" },
		{ { .pair_len = 63 }, "invalid key format" },
		{ { .pair_len = 32 }, "invalid key format" },
		{ { .type = "ssh-rsa" }, "1" },
		{ { .type = "ecdsa-sha2-nistp256" }, "unsupported key type \"ecdsa-sha2-nistp256\"" },
		{ { .type = "ssh-dss" }, "unsupported key type \"ssh-dss\"" },
		{ { .type = "hunter2" }, "unsupported key type \"unknown\"" },
		{ { .type = "" }, "unsupported key type \"unknown\"" },
	};

	CASE("forms of a block");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CHECK_STR(taken_form(1, &rows[i].form), rows[i].wanted);
	CHECK_STR(taken_form(3, &rows[0].form), "3");
	CHECK_STR(taken_form(0, &rows[0].form), "invalid key format: there is no key in it");
}

static void test_files(void)
{
	char one[4096] = "", text[16384];

	usual_key(0, one, sizeof(one));
	CASE("blocks, and what is between them");
	CHECK_STR(taken_text(one), "1");
	snprintf(text, sizeof(text), "%s%s%s", one, one, one);
	CHECK_STR(taken_text(text), "3");
	snprintf(text, sizeof(text), "%s\n# the old one\n%s  and an end without newline", one, one);
	CHECK_STR(taken_text(text), "2");
	snprintf(text, sizeof(text), "%s-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----\n%s", one, one);
	CHECK_STR(taken_text(text), "3");
	CASE("what is not a key file");
	CHECK_STR(taken_text(""), "unsupported key type \"unknown\"");
	CHECK_STR(taken_text("hunter2\n"), "unsupported key type \"unknown\"");
	snprintf(text, sizeof(text), "\n%s", one);
	CHECK_STR(taken_text(text), "unsupported key type \"unknown\"");
	snprintf(text, sizeof(text), "\xef\xbb\xbf%s", one);
	CHECK_STR(taken_text(text), "unsupported key type \"unknown\"");
	snprintf(text, sizeof(text), "%s\xff\n", one);
	CHECK_STR(taken_text(text), "invalid key format: not UTF-8");
	CHECK_STR(taken_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
		  "unsupported key type \"unknown\"");
	snprintf(text, sizeof(text), "%s-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", one);
	CHECK_STR(taken_text(text), "unsupported key type \"unknown\"");
	CHECK_STR(taken_text("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n"
			     "-----END RSA PRIVATE KEY-----\n"), "key was encrypted");
	CHECK_STR(taken_text("-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2!\n-----END OPENSSH PRIVATE KEY-----\n"),
		  "invalid key format");
	CHECK_STR(taken_text("-----BEGIN OPENSSH PRIVATE KEY-----\n-----END OPENSSH PRIVATE KEY-----\n"),
		  "invalid key format");
}

static void test_cut(void)
{
	unsigned char pair[1][64];
	char one[4096] = "", text[4096];
	struct made m, part;

	CASE("a file that ends too early");
	usual_key(0, one, sizeof(one));
	for (size_t n = 0; n < strlen(one) - 1; n++) {
		const char *got = taken(one, n);

		CHECK(strcmp(got, n < 35 ? "unsupported key type \"unknown\"" : "invalid key format") == 0);
	}
	CASE("lengths that lead out of the block");
	make_pair(0, pair[0]);
	put_file(&m, (const unsigned char (*)[64])pair, 1, &(struct key_form){ 0 });
	for (size_t n = 0; n < m.n; n++) {
		part = m;
		part.n = n;
		text[0] = '\0';
		put_block(text, sizeof(text), &part);
		CHECK_STR(taken_text(text), "invalid key format");
		part = m;
		part.data[n] = 0xff;
		text[0] = '\0';
		put_block(text, sizeof(text), &part);
		(void)taken_text(text);
	}
}

static void test_bounds(void)
{
	const size_t size = SECRET_KEY_FILE_MAX + 2;
	char one[4096] = "", *text = calloc(1, size);

	CASE("bounds");
	usual_key(0, one, sizeof(one));
	for (size_t i = 0; i < SECRET_KEYS_MAX; i++)
		snprintf(text + i * strlen(one), size - i * strlen(one), "%s", one);
	CHECK_STR(taken_text(text), "64");
	snprintf(text + SECRET_KEYS_MAX * strlen(one), size - SECRET_KEYS_MAX * strlen(one), "%s", one);
	CHECK_STR(taken_text(text), "more than 64 keys");
	snprintf(text, size, "%s", one);
	memset(text + strlen(one), '\n', SECRET_KEY_FILE_MAX - strlen(one));
	CHECK_STR(taken(text, SECRET_KEY_FILE_MAX), "1");
	text[SECRET_KEY_FILE_MAX] = '\n';
	CHECK_STR(taken(text, SECRET_KEY_FILE_MAX + 1), "larger than 65536 bytes");
	free(text);
}

static void test_halves(void)
{
	unsigned char pair[1][64], other[64];
	struct made m;
	char text[4096] = "";

	CASE("a public half that is another key's");
	make_pair(0, pair[0]);
	make_pair(1, other);
	memcpy(pair[0] + 32, other + 32, 32);
	put_file(&m, (const unsigned char (*)[64])pair, 1, &(struct key_form){ 0 });
	put_block(text, sizeof(text), &m);
	CHECK_STR(taken_text(text), "invalid key format: its public half is another key's");
}

/* ---- public keys ---- */

static const char *public_of(const char *line)
{
	static char result[ERR_TEXT_MAX];
	struct secret_public_key key;
	struct err e = { 0 };

	if (secret_public_key_parse(line, strlen(line), &key, &e) < 0)
		return memcpy(result, e.text, sizeof(result));
	return sodium_bin2hex(result, sizeof(result), key.ed25519, sizeof(key.ed25519));
}

static void test_public(void)
{
	static const char good[] = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
#define BLOB "AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"

	CASE("lines");
	CHECK_STR(public_of("ssh-ed25519 " BLOB), good);
	CHECK_STR(public_of("ssh-ed25519 " BLOB " a comment\n"), good);
	CHECK_STR(public_of("ssh-ed25519\t" BLOB "\r\nssh-rsa AAAA\n"), good);
	CHECK_STR(public_of("ssh-rsa AAAAB3NzaC1yc2E me@here\n"), "Only ed25519 keys are supported");
	CHECK_STR(public_of("ecdsa-sha2-nistp256 AAAA\n"), "unsupported key type \"ecdsa-sha2-nistp256\"");
	CHECK_STR(public_of("hunter2\n"), "unsupported key type \"unknown\"");
	CHECK_STR(public_of(""), "unsupported key type \"unknown\"");
	CHECK_STR(public_of("\nssh-ed25519 " BLOB), "unsupported key type \"unknown\"");
	CHECK_STR(public_of("ssh-ed25519 "), "invalid key format");
	CHECK_STR(public_of("ssh-ed25519 hunter2!"), "invalid key format");
	CHECK_STR(public_of("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/z"), "invalid key format");
	CHECK_STR(public_of("ssh-ed25519 AAAAB3NzaC1yc2EAAAADAQAB"), "invalid key format");
}

static void test_small_order(void)
{
	struct made blob = { .n = 0 };
	unsigned char point[32] = { 1 };
	char base64[256], line[512];

	CASE("a point that every box for it could be opened with");
	put_word(&blob, "ssh-ed25519");
	put_string(&blob, point, sizeof(point));
	sodium_bin2base64(base64, sizeof(base64), blob.data, blob.n, sodium_base64_VARIANT_ORIGINAL);
	snprintf(line, sizeof(line), "ssh-ed25519 %s\n", base64);
	CHECK_STR(public_of(line), "invalid key format: not a public key");
}

int main(void)
{
	CHECK(sodium_init() >= 0);
	test_forms();
	test_files();
	test_cut();
	test_bounds();
	test_halves();
	test_public();
	test_small_order();
	CHECK_WIPED();
	return check_summary();
}
