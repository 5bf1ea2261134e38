/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where in a document we are, for messages: the path as a stack of names and indices, and the place
 * in the text.  Keeping it costs two stores a member; it is turned into words only for a message.
 */
#ifndef OCI_AT_H
#define OCI_AT_H

#include "libocispec/ocispec.h"

/* One object, list or map that is open. */
struct oci_seg {
	const char *key;	/* the member being read; NULL in a list */
	size_t key_len;
	size_t index;		/* the element being read, counted from 0; only in a list */
	bool free_key;		/* the key is the user's choice, not a name of the specification */
};

struct oci_at {
	struct oci_seg seg[OCI_DEPTH_MAX];
	size_t depth;
	const char *text;	/* the document */
	size_t len;
	size_t token;		/* offset of the token being looked at */
};

/* "path: sentence (line L, column C)" into *e, with code.  Returns code. */
int oci_at_fail(const struct oci_at *at, struct oci_err *e, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* "path (line L, column C)" into buf. */
void oci_at_print(const struct oci_at *at, char *buf, size_t size);

/* Copies at most most bytes of s, with control characters made visible, for use within a sentence. */
const char *oci_quote(char *buf, size_t size, const char *s, size_t len);

#endif
