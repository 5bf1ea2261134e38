/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OCI documents in and out.
 *
 * A document is read once from memory into one arena and is read-only from then on: everything that
 * its pointers reach dies with oci_doc_free().  Nothing here opens a file or asks the kernel.
 *
 *	struct oci_err e;
 *	struct oci_doc *d = oci_doc_parse(json, len, OCI_LENIENT, &e);
 *
 *	if (!d)
 *		... e.text: "linux.resources.pids.limit: expected an integer, got 1.5 (line 12, column 8)"
 *	use(d->config);
 *	d = oci_doc_free(d);
 *
 * What is read is well shaped; whether it makes sense together is judged by libocispec/check.h.
 * Documents of one's own are described with the rows of libocispec/table.h.
 */
#ifndef OCI_OCISPEC_H
#define OCI_OCISPEC_H

#include "libocispec/arena.h"
#include "libocispec/oci_config.h"
#include "libocispec/oci_features.h"
#include "libocispec/oci_state.h"

enum {
	OCI_BYTES_MAX = 16 << 20,	/* of a document */
	OCI_DEPTH_MAX = 64,		/* of objects and lists within one another */
	OCI_LIST_MAX  = 65536,		/* elements of one list or map; NGROUPS_MAX is the largest anybody needs */
	OCI_UNKNOWN_MAX = 64,		/* unknown members that are kept for reporting */
};

/* The first thing that went wrong. */
struct oci_err {
	int code;		/* -EINVAL: the document is wrong; -E2BIG: too large; -ENOMEM */
	char text[1024];	/* a sentence: path, what is wrong, place */
};

enum oci_mode {
	OCI_LENIENT,	/* unknown members are ignored, as config.md#extensibility demands of a runtime */
	OCI_STRICT,	/* ... and listed in ->unknown */
};

struct oci_doc {
	/* One of these is what was asked for; the others are NULL. */
	const struct oci_config *config;
	const struct oci_process *process;
	const struct oci_resources *resources;
	const struct oci_mounts *mounts;
	const struct oci_state *state;
	const struct oci_features *features;
	const void *root;		/* the same pointer, whatever it was */

	/* Only in strict mode: "process.argz (line 7, column 3)".  More than OCI_UNKNOWN_MAX are only counted. */
	const char *unknown[OCI_UNKNOWN_MAX];
	size_t n_unknown;

	struct oci_arena arena;
};

/* Each returns a document for oci_doc_free(), or NULL with *e filled.  json is copied, needs no NUL and may go at once. */
struct oci_doc *oci_doc_parse(const char *json, size_t len, enum oci_mode mode, struct oci_err *e);
struct oci_doc *oci_doc_parse_process(const char *json, size_t len, enum oci_mode mode, struct oci_err *e);
struct oci_doc *oci_doc_parse_resources(const char *json, size_t len, enum oci_mode mode, struct oci_err *e);
/* A JSON list of mounts. */
struct oci_doc *oci_doc_parse_mounts(const char *json, size_t len, enum oci_mode mode, struct oci_err *e);
struct oci_doc *oci_doc_parse_state(const char *json, size_t len, enum oci_mode mode, struct oci_err *e);
struct oci_doc *oci_doc_parse_features(const char *json, size_t len, enum oci_mode mode, struct oci_err *e);

/* A JSON list of texts: the document's root is a struct oci_strings. */
struct oci_strings {
	const char **v;
	size_t n_v;
};
struct oci_doc *oci_strings_parse(const char *json, size_t len, struct oci_err *e);

/* *ret: "true", or not: "false", or it is absent.  -EINVAL for another value, with *e filled. */
int oci_annotation_flag(const struct oci_config *c, const char *key, bool *ret, struct oci_err *e);

/* Accepts NULL, returns NULL. */
struct oci_doc *oci_doc_free(struct oci_doc *d);

static inline void oci_doc_freep(struct oci_doc **d)
{
	*d = oci_doc_free(*d);
}
#define auto_oci_doc __attribute__((cleanup(oci_doc_freep)))

/*
 * JSON text for free(), NUL-terminated, without a newline at its end; NULL when memory is used up.
 * indent is what one level is indented by ("  ", "\t"), or NULL for everything on one line.
 */
char *oci_config_write(const struct oci_config *c, const char *indent);
char *oci_process_write(const struct oci_process *p, const char *indent);
char *oci_resources_write(const struct oci_resources *r, const char *indent);
char *oci_state_write(const struct oci_state *s, const char *indent);
char *oci_states_write(const struct oci_state *v, size_t n, const char *indent);	/* a JSON list */
char *oci_process_state_write(const struct oci_process_state *s);
char *oci_features_write(const struct oci_features *f, const char *indent);
char *oci_strings_write(const char *const *v, size_t n);	/* a JSON list of strings */

#endif
