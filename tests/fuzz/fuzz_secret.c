/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret: a token of a configuration, judged without a key and opened with one; the same bytes sealed. */
#include "tests/fuzz/fuzz.h"

#include "secret/secret.h"

/* The key whose seed is 00, 01 … 1f; seeds of the corpus are sealed for it. */
static const char private_key[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
	"QyNTUxOQAAACADoQe/884Qvh1w3RjnS8CZZ+TWMJulDV8d3IZkElUxuAAAAJgAAAABAAAA\n"
	"AQAAAAtzc2gtZWQyNTUxOQAAACADoQe/884Qvh1w3RjnS8CZZ+TWMJulDV8d3IZkElUxuA\n"
	"AAAEAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHwOhB7/zzhC+HXDdGOdLwJln\n"
	"5NYwm6UNXx3chmQSVTG4AAAAEnNvbWVib2R5QHNvbWV3aGVyZQECAw==\n"
	"-----END OPENSSH PRIVATE KEY-----\n";
static const char public_key[] =
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n";

static void seal(const struct secret_keys *keys, const char *text, size_t n)
{
	struct secret_text opened;
	struct secret_public_key key;
	struct err e = { 0 };
	auto_text char *token = NULL;

	MUST(secret_public_key_parse(public_key, strlen(public_key), &key, &e) == 0);
	if (secret_seal(&key, "ns", text, n, &token, &e) < 0) {
		MUST(e.text[0] && !token);
		return;
	}
	MUST(secret_check(token, &e) == 0 && secret_is_for(&key, token, &e) == 1);
	MUST(secret_open(keys, NULL, (const char *const *)&token, 1, NULL, &opened, &e) == 0);
	MUST(opened.len == n && memcmp(opened.text, text, n) == 0 && strcmp(opened.name_space, "ns") == 0);
	secret_text_done(&opened);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const spaces[] = { "myapp" };
	const struct secret_namespaces ns = { spaces, 1, NULL, 0 };
	const size_t n = size;
	const char *const bytes = (const char *)data;
	auto_text char *token = fuzz_text(&data, &size, "\n");
	struct secret_keys keys;
	struct secret_text text;
	struct err e = { 0 };
	int rc;

	MUST(secret_keys_parse(private_key, strlen(private_key), &keys, &e) == 0 && keys.n == 1);
	rc = secret_open(&keys, "NAME", (const char *const *)&token, 1, &ns, &text, &e);
	fuzz_judge(rc, &e);
	MUST(rc < 0 ? !text.text && !text.memory.data : strlen(text.text) == text.len);
	/* What opens has the form of a token. */
	e = (struct err){ 0 };
	MUST(rc < 0 || secret_check(token, &e) == 0);
	secret_text_done(&text);
	seal(&keys, bytes, n);
	secret_keys_done(&keys);
	return 0;
}
