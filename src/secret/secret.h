/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sealed environment values of lithos.
 *
 *	v2:KEYHASH:NSHASH:SECRETHASH:PAYLOAD
 *
 * PAYLOAD is base64 of a libsodium sealed box around "NAMESPACE:SECRET", for the X25519 form of an ed25519 ssh key; the
 * hashes are base64 of unsalted BLAKE2b sums of six bytes, so whoever reads a token can try guesses against it.
 *
 * Keys and plain text are kept in locked memory (locked.h).  No error holds anything of a key or of a plain text but the
 * namespace; and no pointer of these structs may be used after a fork by the child, which finds zeroes there.
 */
#ifndef CIST_SECRET_SECRET_H
#define CIST_SECRET_SECRET_H

#include "base/err.h"
#include "secret/locked.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	SECRET_KEY_FILE_MAX = 64 << 10,		/* bytes */
	SECRET_KEYS_MAX = 64,			/* in one file */
	SECRET_BYTES_MAX = 128 << 10,		/* of "NAMESPACE:SECRET": what one variable of execve(2) may be long */
	SECRET_TOKEN_MAX = 192 << 10,		/* bytes of a token */
	SECRET_HASH_LEN = 8,
};

/*
 * To be called by the process that will hold keys or plain text, before it has any: it leaves no core, and nobody
 * without CAP_SYS_PTRACE looks into it.  The limit of cores is inherited, and nothing undoes it: who starts containers,
 * which are to have cores as their administrator wants them, opens keys in a child that starts none.
 */
must_use int secret_guard_process(struct err *e);

/* ---- keys ---- */

struct secret_key;

struct secret_keys {
	struct locked memory;
	struct secret_key *v;	/* in memory, in the order of the file */
	size_t n;
};

/*
 * The private keys of a file in OpenSSH's format, in one PEM block or several.  The file must be the caller's or root's
 * (so for a process of root: root's), have no mode bits but 0600, no second link, be no symlink and no larger than
 * SECRET_KEY_FILE_MAX; and its directory must be one where only these two can put another in its place.
 * RSA keys are taken, and then open nothing.  On error *ret holds nothing; on success it is for secret_keys_done().
 */
must_use int secret_keys_open(const char *path, struct secret_keys *ret, struct err *e);

/* The same from the text of a file, of len bytes. */
must_use int secret_keys_parse(const char *text, size_t len, struct secret_keys *ret, struct err *e);

void secret_keys_done(struct secret_keys *keys);
#define auto_secret_keys __attribute__((cleanup(secret_keys_done)))

struct secret_public_key {
	unsigned char ed25519[32];
};

/* A line `ssh-ed25519 BASE64 [comment]`, of len bytes; what follows the line is not looked at. */
must_use int secret_public_key_parse(const char *text, size_t len, struct secret_public_key *ret, struct err *e);

/* ---- tokens ---- */

/*
 * Whether the token could be one: version, fields, base64, lengths.  Needs no key.  Texts of errors are those of an
 * attempt to open it.
 */
must_use int secret_check(const char *token, struct err *e);

/* What may be opened: a namespace of allowed (when that is empty: the one called "") or of extra. */
struct secret_namespaces {
	const char *const *allowed;
	size_t n_allowed;
	const char *const *extra;
	size_t n_extra;
};

struct secret_text {
	struct locked memory;
	const char *name_space;	/* in memory, terminated */
	const char *text;	/* in memory, terminated, UTF-8 without NUL */
	size_t len;		/* of text */
};

void secret_text_done(struct secret_text *text);
#define auto_secret_text __attribute__((cleanup(secret_text_done)))

/*
 * Opens the variable called name (NULL: it has no name) with the first of the keys and of its n_values tokens that fit.
 * namespaces: NULL if any will do.  On failure the error names the variable and the hashes of the keys and says of each
 * attempt why it failed, and *ret holds nothing; on success it is for secret_text_done().
 */
must_use int secret_open(const struct secret_keys *keys, const char *name, const char *const *values, size_t n_values,
			 const struct secret_namespaces *namespaces, struct secret_text *ret, struct err *e);

/*
 * Seals len bytes of text, UTF-8 without NUL, for the key.  name_space has no ':' in it.  *ret is the token, terminated and
 * for free().
 */
must_use int secret_seal(const struct secret_public_key *key, const char *name_space, const char *text, size_t len,
			 char **ret, struct err *e);

/* Whether the token says that it was sealed for this key: 1 or 0; negative when it is no token. */
must_use int secret_is_for(const struct secret_public_key *key, const char *token, struct err *e);

#endif
