/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tokens sealed and opened: the format to the byte, and each check with its sentence. */
#include "secret/key.h"
#include "tests/check.h"
#include "tests/unit/secret/keys.h"

#include <stdlib.h>

/* Sealed by lithos 0.18 for the key whose seed is 00, 01 … 1f. */
static const char vector[] =
	"v2:i4+dWTpg:KqWSX0BY:8MtOoWUX:"
	"zpmwFffIOpBuym3NGR56U9J11j4b/d6ojKdDYB/SxWsb5H7WmA+xQt8oCDNvbxdSTC8Km14YtL9Xc4bHyxtXfw==";
static const char vector_public[] =
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4 somebody@somewhere\n";

static const char *const myapp[] = { "myapp" };

static void load(struct secret_keys *keys, unsigned char first)
{
	char text[4096] = "";
	struct err e = { 0 };

	usual_key(first, text, sizeof(text));
	CHECK(secret_keys_parse(text, strlen(text), keys, &e) == 0);
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

int main(void)
{
	CHECK(sodium_init() >= 0);
	test_vector();
	return check_summary();
}
