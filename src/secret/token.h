/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The outer form of a token. */
#ifndef CIST_SECRET_TOKEN_H
#define CIST_SECRET_TOKEN_H

#include "secret/secret.h"

enum { TOKEN_BOX_MIN = 32 + 16 };	/* the ephemeral public key and the tag, around nothing */

enum token_hash { TOKEN_KEY, TOKEN_NAMESPACE, TOKEN_SECRET, TOKEN_HASHES };

struct token {
	struct token_field {
		const char *at;		/* within the token's text */
		size_t len;
	} hashes[TOKEN_HASHES];
	unsigned char *box;		/* TOKEN_BOX_MIN bytes or more; on the heap, as it is no secret */
	size_t n_box;
};

/* On error *ret holds nothing; on success it is for token_done(). */
must_use int token_read(const char *text, struct token *ret, struct err *e);
void token_done(struct token *t);
#define auto_token __attribute__((cleanup(token_done)))

/* Whether the field holds this hash; takes the same time wherever they differ. */
bool token_matches(const struct token_field *field, const char hash[SECRET_HASH_LEN + 1]);

#endif
