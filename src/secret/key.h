/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A key as tokens are opened with it. */
#ifndef CIST_SECRET_KEY_H
#define CIST_SECRET_KEY_H

#include "secret/secret.h"

struct secret_key {
	bool is_ed25519;	/* else an RSA key, which opens nothing and has nothing of the below */
	unsigned char x25519_secret[32];
	unsigned char x25519_public[32];
	char hash[SECRET_HASH_LEN + 1];	/* of the ed25519 public key: its name in tokens and messages */
};

/* Base64 of the BLAKE2b sum of six bytes. */
void secret_hash(const void *data, size_t n, char ret[SECRET_HASH_LEN + 1]);

/* Before anything else of libsodium. */
must_use int secret_sodium(struct err *e);

#endif
