/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Key files as ssh-keygen writes them, from seeds that are known; written here with nothing of what is tested. */
#ifndef CIST_TESTS_SECRET_KEYS_H
#define CIST_TESTS_SECRET_KEYS_H

#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct made {
	unsigned char data[2048];
	size_t n;
};

static inline void put(struct made *m, const void *data, size_t n)
{
	memcpy(m->data + m->n, data, n);
	m->n += n;
}

static inline void put_u32(struct made *m, uint32_t v)
{
	const unsigned char bytes[] = {
		(unsigned char)(v >> 24), (unsigned char)(v >> 16), (unsigned char)(v >> 8), (unsigned char)v,
	};

	put(m, bytes, sizeof(bytes));
}

static inline void put_string(struct made *m, const void *data, size_t n)
{
	put_u32(m, (uint32_t)n);
	put(m, data, n);
}

static inline void put_word(struct made *m, const char *word)
{
	put_string(m, word, strlen(word));
}

/* What a test may have otherwise than it should be. */
struct key_form {
	const char *cipher, *kdf, *options, *type;
	uint32_t second_check;	/* the first is 1; 0: 1 too */
	size_t pair_len;	/* 0: 64 */
	const char *comment;
};

/* pair: 32 bytes seed, 32 bytes public key */
static inline void put_private(struct made *m, const unsigned char pair[64], const struct key_form *f)
{
	struct made section = { .n = 0 }, blob = { .n = 0 };
	const char *type = f->type ? f->type : "ssh-ed25519";

	put_word(&blob, type);
	put_string(&blob, pair + 32, 32);
	put_string(m, blob.data, blob.n);
	put_u32(&section, 1);
	put_u32(&section, f->second_check ? f->second_check : 1);
	put_word(&section, type);
	put_string(&section, pair + 32, 32);
	put_string(&section, pair, f->pair_len ? f->pair_len : 64);
	put_word(&section, f->comment ? f->comment : "somebody@somewhere");
	for (unsigned char i = 1; section.n % 8; i++)
		put(&section, &i, 1);
	put_string(m, section.data, section.n);
}

/* The binary of a key file with the n pairs. */
static inline void put_file(struct made *m, const unsigned char (*pairs)[64], uint32_t n, const struct key_form *f)
{
	m->n = 0;
	put(m, "openssh-key-v1", sizeof("openssh-key-v1"));
	put_word(m, f->cipher ? f->cipher : "none");
	put_word(m, f->kdf ? f->kdf : "none");
	put_word(m, f->options ? f->options : "");
	put_u32(m, n);
	for (uint32_t i = 0; i < n; i++)
		put_private(m, pairs[i], f);
}

/* A PEM block around it, in lines of 70; appended to text. */
static inline void put_block(char *text, size_t size, const struct made *m)
{
	char base64[4096];
	size_t n = strlen(text), len;

	sodium_bin2base64(base64, sizeof(base64), m->data, m->n, sodium_base64_VARIANT_ORIGINAL);
	len = strlen(base64);
	n += (size_t)snprintf(text + n, size - n, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	for (size_t i = 0; i < len; i += 70)
		n += (size_t)snprintf(text + n, size - n, "%.70s\n", base64 + i);
	snprintf(text + n, size - n, "-----END OPENSSH PRIVATE KEY-----\n");
}

/* seed and public key of the seed first, first + 1, first + 2 … */
static inline void make_pair(unsigned char first, unsigned char pair[64])
{
	unsigned char seed[32], public_key[32];

	for (size_t i = 0; i < sizeof(seed); i++)
		seed[i] = (unsigned char)(first + i);
	crypto_sign_seed_keypair(public_key, pair, seed);
}

/* A key file with one block, of the usual form. */
static inline void usual_key(unsigned char first, char *text, size_t size)
{
	unsigned char pair[1][64];
	struct made m = { .n = 0 };

	make_pair(first, pair[0]);
	put_file(&m, (const unsigned char (*)[64])pair, 1, &(struct key_form){ 0 });
	put_block(text, size, &m);
}

#endif
