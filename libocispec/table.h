/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JSON objects as tables: a struct, and one row for each of its members.  One walker reads any such
 * table from yajl's events, one writer writes it.  The walker alone knows about types, required,
 * duplicate and unknown members, depth, and the path for a message; scalar.c knows single values.
 *
 *	struct pids { bool has_limit; int64_t limit; };
 *	static const struct oci_row rows[] = {
 *		OCI_INT(struct pids, "limit", limit, 0),
 *	};
 *	const struct oci_table pids_table = OCI_TABLE(struct pids, rows);
 *
 * The macros check the type of the member; by the rules of oci_config.h a list x has n_x beside it
 * and an optional number has has_x.
 */
#ifndef OCI_TABLE_H
#define OCI_TABLE_H

#include "libocispec/at.h"
#include "libocispec/ocispec.h"

#include <yajl/yajl_gen.h>

struct oci_kind;
struct oci_table;

enum oci_row_flag {
	OCI_REQUIRED = 1 << 0,	/* reading: absent or null is an error */
	OCI_ALWAYS   = 1 << 1,	/* writing: false, "" and [] are written too */
};

#define OCI_NO_AUX UINT16_MAX

struct oci_row {
	const char *key;
	const struct oci_kind *kind;
	const struct oci_table *table;	/* of the object or of each element; NULL for scalars */
	int64_t min;			/* of a number or of each element */
	uint64_t max;
	uint16_t key_len;
	uint16_t offset;		/* of the member */
	uint16_t aux;			/* offset of has_x or n_x, or OCI_NO_AUX */
	uint16_t flags;
};

struct oci_table {
	const struct oci_row *rows;
	size_t n_rows;			/* at most 64 */
	size_t size;			/* of the struct */
};

#define OCI_TABLE(S, array) { (array), sizeof(array) / sizeof((array)[0]), sizeof(S) }

#define OCI_OFF(S, member) ((uint16_t)offsetof(S, member))
#define OCI_ROW_(name, k, t, lo, hi, off, other, fl)                                   \
	{ .key = (name), .kind = (k), .table = (t), .min = (lo), .max = (hi),          \
	  .key_len = sizeof(name) - 1, .offset = (off), .aux = (other), .flags = (fl) }

#define OCI_NUM_KIND_(S, member) _Generic(((S *)0)->member,                            \
	uint16_t: &oci_kind_u16, uint32_t: &oci_kind_u32, uint64_t: &oci_kind_u64,     \
	int32_t: &oci_kind_i32, int64_t: &oci_kind_i64)
#define OCI_MIN_(S, member) _Generic(((S *)0)->member,                                 \
	int32_t: INT32_MIN, int64_t: INT64_MIN, default: 0)
#define OCI_MAX_(S, member) _Generic(((S *)0)->member,                                 \
	uint16_t: UINT16_MAX, uint32_t: UINT32_MAX, uint64_t: UINT64_MAX,              \
	int32_t: INT32_MAX, int64_t: INT64_MAX)
#define OCI_IS_(S, member, type, kind) _Generic(((S *)0)->member, type: (kind))
/* The number of elements has to be a size_t beside the list. */
#define OCI_N_(S, member) (OCI_OFF(S, n_##member) + 0 * sizeof(char[sizeof(((S *)0)->n_##member) == sizeof(size_t) ? 1 : -1]))

/* A string. */
#define OCI_STR(S, name, member, fl) \
	OCI_ROW_(name, OCI_IS_(S, member, const char *, &oci_kind_string), NULL, 0, 0, OCI_OFF(S, member), OCI_NO_AUX, fl)
/* A boolean with has_x; one without, where absent is false. */
#define OCI_BOOL(S, name, member, fl) \
	OCI_ROW_(name, OCI_IS_(S, member, bool, &oci_kind_bool), NULL, 0, 0, OCI_OFF(S, member), OCI_OFF(S, has_##member), fl)
#define OCI_FLAG(S, name, member, fl) \
	OCI_ROW_(name, OCI_IS_(S, member, bool, &oci_kind_bool), NULL, 0, 0, OCI_OFF(S, member), OCI_NO_AUX, fl)
/* A number of lo to hi with has_x; one without, where absent is 0. */
#define OCI_NUM(S, name, member, lo, hi, fl) \
	OCI_ROW_(name, OCI_NUM_KIND_(S, member), NULL, lo, hi, OCI_OFF(S, member), OCI_OFF(S, has_##member), fl)
#define OCI_NUM0(S, name, member, lo, hi, fl) \
	OCI_ROW_(name, OCI_NUM_KIND_(S, member), NULL, lo, hi, OCI_OFF(S, member), OCI_NO_AUX, fl)
/* The same, and any number that the member's type can hold. */
#define OCI_INT(S, name, member, fl)  OCI_NUM(S, name, member, OCI_MIN_(S, member), OCI_MAX_(S, member), fl)
#define OCI_INT0(S, name, member, fl) OCI_NUM0(S, name, member, OCI_MIN_(S, member), OCI_MAX_(S, member), fl)
/* Lists of strings and of uint32_t; maps of strings. */
#define OCI_STRS(S, name, member, fl) \
	OCI_ROW_(name, OCI_IS_(S, member, const char **, &oci_kind_strings), NULL, 0, 0, OCI_OFF(S, member), OCI_N_(S, member), fl)
#define OCI_NUMS(S, name, member, lo, hi, fl) \
	OCI_ROW_(name, OCI_IS_(S, member, uint32_t *, &oci_kind_numbers), NULL, lo, hi, OCI_OFF(S, member), OCI_N_(S, member), fl)
#define OCI_PAIRS(S, name, member, fl) \
	OCI_ROW_(name, OCI_IS_(S, member, struct oci_pair *, &oci_kind_pairs), NULL, 0, 0, OCI_OFF(S, member), OCI_N_(S, member), fl)
/* An object behind a pointer; one within the struct. */
#define OCI_OBJ(S, name, member, t, fl) \
	OCI_ROW_(name, &oci_kind_object, t, 0, 0, OCI_OFF(S, member), OCI_NO_AUX, fl)
#define OCI_IN(S, name, member, t, fl) \
	OCI_ROW_(name, &oci_kind_inline, t, 0, 0, OCI_OFF(S, member), OCI_NO_AUX, fl)
/* A list of objects; a map of objects, whose struct begins with const char *key. */
#define OCI_OBJS(S, name, member, t, fl) \
	OCI_ROW_(name, &oci_kind_objects, t, 0, 0, OCI_OFF(S, member), OCI_N_(S, member), fl)
#define OCI_KEYED(S, name, member, t, fl) \
	OCI_ROW_(name, &oci_kind_keyed, t, 0, 0, OCI_OFF(S, member), OCI_N_(S, member), fl)
/* Known, of no use here, of any type: the parts of other platforms. */
#define OCI_SKIP(name) \
	OCI_ROW_(name, &oci_kind_skip, NULL, 0, 0, 0, OCI_NO_AUX, 0)

extern const struct oci_kind oci_kind_bool, oci_kind_i32, oci_kind_i64, oci_kind_u16, oci_kind_u32,
	oci_kind_u64, oci_kind_string, oci_kind_strings, oci_kind_numbers, oci_kind_pairs, oci_kind_object,
	oci_kind_inline, oci_kind_objects, oci_kind_keyed, oci_kind_skip;

/*
 * A document of one's own: an object as t says, in doc->root (a struct of t->size bytes).  Ends and
 * errors as for oci_doc_parse() and oci_config_write().
 */
struct oci_doc *oci_doc_parse_table(const struct oci_table *t, const char *json, size_t len,
				    enum oci_mode mode, struct oci_err *e);
/* The same with a row of any kind, at offset 0 of a root of size bytes: a list of objects, say. */
struct oci_doc *oci_doc_parse_row(const struct oci_row *top, size_t size, const char *json, size_t len,
				  enum oci_mode mode, struct oci_err *e);
char *oci_table_write(const struct oci_table *t, const void *from, const char *indent);
char *oci_table_write_list(const struct oci_table *t, const void *v, size_t n, const char *indent);

/* One object into a generator that the caller has. */
yajl_gen_status oci_write_object(yajl_gen g, const struct oci_table *t, const void *from);

#endif
