/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret: a file of private keys; a line with a public key. */
#include "tests/fuzz/fuzz.h"

#include "secret/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret_public_key key;
	struct secret_keys keys;
	struct err e = { 0 };
	char *text = malloc(size ? size : 1);	/* reading past its end is found */
	int rc;

	MUST(text);
	memcpy(text, data, size);
	rc = secret_keys_parse(text, size, &keys, &e);
	fuzz_judge(rc, &e);
	MUST(rc < 0 ? keys.n == 0 && !keys.memory.data : keys.n >= 1 && keys.n <= SECRET_KEYS_MAX);
	secret_keys_done(&keys);
	e = (struct err){ 0 };
	rc = secret_public_key_parse(text, size, &key, &e);
	fuzz_judge(rc, &e);
	free(text);
	return 0;
}
