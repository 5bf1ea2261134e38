/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The four files as tables: a struct, and one row for each key that the file may have.  One walker fills any such struct
 * from a document (yaml.h): it alone knows how keys are spelled, what null means where, which error is told how.
 *
 *	struct t { const char *image; bool has_user_id; uint32_t user_id; const char **args; size_t n_args; };
 *	static const struct schema_row rows[] = {
 *		SCHEMA_TEXT(struct t, "image", image, NULL, SCHEMA_REQUIRED),
 *		SCHEMA_NUMBER_OR_NULL(struct t, "user_id", user_id, SCHEMA_MIN, SCHEMA_MAX, 0),
 *		SCHEMA_TEXTS(struct t, "args", args, 0, .most = 100),
 *	};
 *	static const struct schema_table table = SCHEMA_TABLE(struct t, rows);
 *
 * The macros check the type of the member.  A list x has n_x beside it; a number that may be absent has has_x.  After the
 * flags each macro takes further members of struct schema_row as designated initializers.
 *
 * Keys are spelled with `_` in a row.  A file may write all of them `_` or all of them `-`; if it has both, `_` wins, with
 * a warning.  Keys that begin with `_` are nobody's, those that no row has are errors with a suggestion.  In a mapping,
 * where keys are free, `_x` is an ordinary key.
 *
 *                                      nothing written        null or ~
 *	text, number, bool, enumeration   Value must be scalar   Value must be scalar
 *	  SCHEMA_OPTIONAL                 absent                 absent
 *	  SCHEMA_NEEDED                   a decode error         a decode error
 *	structure                         all defaults           Value must be mapping
 *	structure behind a pointer        absent                 Value must be mapping
 *	mapping                           empty                  Value must be mapping
 *	list                              empty                  Value must be sequence
 *
 * A key that is not in the file at all is its row's default; with SCHEMA_REQUIRED it is an error, with SCHEMA_NEEDED and no
 * default too.  A value with an error leaves the default, or the element out, and the walk goes on: all problems of a file
 * are told at once.
 */
#ifndef CIST_LITHOS_SCHEMA_H
#define CIST_LITHOS_SCHEMA_H

#include "base/arena.h"
#include "lithos/finding.h"
#include "lithos/lithos.h"
#include "lithos/yaml.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct schema_kind;
struct schema_row;

enum schema_flag {
	SCHEMA_REQUIRED = 1 << 0,	/* absent: `Field x is expected` */
	SCHEMA_OPTIONAL = 1 << 1,	/* null in any form: absent, that is NULL */
	SCHEMA_NEEDED   = 1 << 2,	/* null in any form, and absent without .has_default, is a decode error */
	SCHEMA_NIL      = 1 << 3,	/* `nil` is null here */
	SCHEMA_DECIMAL  = 1 << 4,	/* of a number: digits only, no unit, no prefix */
};

#define SCHEMA_MIN INT64_MIN	/* no lower bound but the member's type, told as `bad u32: "-1"` */
#define SCHEMA_MAX INT64_MAX
#define SCHEMA_NO_AUX UINT16_MAX
enum { SCHEMA_PATH_MAX = 4095 };	/* bytes of a path */

struct schema_table {
	const struct schema_row *rows;
	uint16_t n_rows;		/* at most 64 */
	uint16_t size;			/* of the struct */
};
#define SCHEMA_TABLE(S, array) { (array), sizeof(array) / sizeof((array)[0]), sizeof(S) }

/* One form that a tagged value may have: a structure of table, what row says, or with neither nothing at all. */
struct schema_variant {
	const char *tag;
	uint32_t value;			/* of the enumeration */
	const struct schema_table *table;
	const struct schema_row *row;
};

/* Values with a tag: elements of a mapping, whose struct begins with const char *key and says in an enumeration which it is. */
struct schema_choice {
	const struct schema_variant *variants;	/* in the order in which an error names them */
	uint16_t n_variants;
	uint16_t offset;		/* of the enumeration */
	uint16_t size;			/* of the struct */
};
#define SCHEMA_CHOICE(S, member, array) \
	{ (array), sizeof(array) / sizeof((array)[0]), SCHEMA_WORD_OFF_(S, member), sizeof(S) }

struct schema_row {
	const char *key;		/* spelled with _ */
	const struct schema_kind *kind;
	uint16_t offset;		/* of the member */
	uint16_t aux;			/* offset of has_x or n_x, or SCHEMA_NO_AUX */
	uint16_t flags;
	bool has_default;		/* for SCHEMA_NEEDED */
	const char *text;		/* default of a text or a path */
	int64_t number;			/* default of a number, a bool, an enumeration */
	int64_t min, max;		/* of a number or of each element: `Value must be at least MIN` */
	const struct schema_table *table;	/* of the structure or of each element */
	const struct schema_choice *choice;
	const char *const *names;	/* of an enumeration: value i is names[i]; NULL ends it */

	/* What a row may add: */
	const char *alias;		/* another key, spelled with _, for the same; key wins, with a warning */
	uint32_t most;			/* entries of a list or a mapping; 0: no bound but that of the document's nodes */
	uint32_t longest;		/* bytes of a text or of each; 0: YAML_TEXT_MAX, for paths SCHEMA_PATH_MAX */
	/*
	 * Judges a text, or each value of a list or a mapping, after all else: 0, or a negative errno with the sentence in *e,
	 * which is told as a decode error.
	 */
	int (*check)(const char *text, struct err *e);
	/* The same for each key of a mapping. */
	int (*check_key)(const char *key, struct err *e);
};

#define SCHEMA_OFF_(S, member) ((uint16_t)offsetof(S, member))
#define SCHEMA_IS_(S, member, type, k) _Generic(((S *)0)->member, type: (k))
#define SCHEMA_N_(S, member) (SCHEMA_OFF_(S, member) + 0 * sizeof(char[_Generic(((S *)0)->member, size_t: 1)]))
#define SCHEMA_BOOL_OFF_(S, member) (SCHEMA_OFF_(S, member) + 0 * sizeof(char[_Generic(((S *)0)->member, bool: 1)]))
/* An enumeration, whichever. */
#define SCHEMA_WORD_OFF_(S, member) \
	(SCHEMA_OFF_(S, member) + 0 * sizeof(char[sizeof(((S *)0)->member) == sizeof(uint32_t) ? 1 : -1]))
#define SCHEMA_KEY_FIRST_(S, member) (0 * sizeof(char[_Generic(*(const char **)((S *)0)->member, const char *: 1)]))
#define SCHEMA_NUMBER_KIND_(S, member) \
	_Generic(((S *)0)->member, uint32_t: &schema_u32, uint64_t: &schema_u64, int32_t: &schema_i32)
#define SCHEMA_ROW_(name, k, off, other, fl, ...) \
	{ .key = (name), .kind = (k), .offset = (uint16_t)(off), .aux = (uint16_t)(other), .flags = (fl), __VA_ARGS__ }

/* A text; a path, which is not empty and holds no control character.  def may be NULL. */
#define SCHEMA_TEXT(S, name, member, def, fl, ...) \
	SCHEMA_ROW_(name, SCHEMA_IS_(S, member, const char *, &schema_text), SCHEMA_OFF_(S, member), SCHEMA_NO_AUX, fl, \
		    .text = (def), __VA_ARGS__)
#define SCHEMA_PATH(S, name, member, def, fl, ...) \
	SCHEMA_ROW_(name, SCHEMA_IS_(S, member, const char *, &schema_path), SCHEMA_OFF_(S, member), SCHEMA_NO_AUX, fl, \
		    .text = (def), __VA_ARGS__)
/* `true` or `false`; the same where null in any form is LITHOS_AUTO (so is absent). */
#define SCHEMA_BOOL(S, name, member, def, fl, ...) \
	SCHEMA_ROW_(name, SCHEMA_IS_(S, member, bool, &schema_bool), SCHEMA_OFF_(S, member), SCHEMA_NO_AUX, fl, \
		    .number = (def), .has_default = true, __VA_ARGS__)
#define SCHEMA_AUTO(S, name, member, fl, ...) \
	SCHEMA_ROW_(name, SCHEMA_IS_(S, member, enum lithos_auto, &schema_auto), SCHEMA_OFF_(S, member), SCHEMA_NO_AUX, \
		    (fl) | SCHEMA_OPTIONAL, __VA_ARGS__)
/* A number (number.h) of lo to hi, into uint32_t, uint64_t or int32_t; one with has_x, for which null in any form is absent. */
#define SCHEMA_NUMBER(S, name, member, def, lo, hi, fl, ...) \
	SCHEMA_ROW_(name, SCHEMA_NUMBER_KIND_(S, member), SCHEMA_OFF_(S, member), SCHEMA_NO_AUX, fl, \
		    .number = (def), .min = (lo), .max = (hi), __VA_ARGS__)
#define SCHEMA_NUMBER_OR_NULL(S, name, member, lo, hi, fl, ...) \
	SCHEMA_ROW_(name, SCHEMA_NUMBER_KIND_(S, member), SCHEMA_OFF_(S, member), SCHEMA_BOOL_OFF_(S, has_##member), \
		    (fl) | SCHEMA_OPTIONAL, .min = (lo), .max = (hi), __VA_ARGS__)
/* One of the words of a NULL-terminated list; the member, an enumeration, is its index. */
#define SCHEMA_ENUM(S, name, member, words, def, fl, ...) \
	SCHEMA_ROW_(name, &schema_enum, SCHEMA_WORD_OFF_(S, member), SCHEMA_NO_AUX, fl, \
		    .names = (words), .number = (def), __VA_ARGS__)
/* A bool, true when words[0], the one word, was written as a text or a tag; any other is `The tag x is not expected`. */
#define SCHEMA_WORD(S, name, member, words, fl, ...) \
	SCHEMA_ROW_(name, SCHEMA_IS_(S, member, bool, &schema_word), SCHEMA_OFF_(S, member), SCHEMA_NO_AUX, \
		    (fl) | SCHEMA_OPTIONAL, .names = (words), __VA_ARGS__)
/* Lists: of texts; of numbers of lo to hi, uint32_t or int32_t; of ranges such as 5 and 1000-2000. */
#define SCHEMA_TEXTS(S, name, member, fl, ...) \
	SCHEMA_ROW_(name, SCHEMA_IS_(S, member, const char **, &schema_texts), SCHEMA_OFF_(S, member), SCHEMA_N_(S, n_##member), \
		    fl, __VA_ARGS__)
#define SCHEMA_NUMBERS(S, name, member, lo, hi, fl, ...) \
	SCHEMA_ROW_(name, _Generic(((S *)0)->member, int32_t *: &schema_i32s, uint32_t *: &schema_u32s), \
		    SCHEMA_OFF_(S, member), SCHEMA_N_(S, n_##member), fl, .min = (lo), .max = (hi), __VA_ARGS__)
#define SCHEMA_RANGES(S, name, member, fl, ...) \
	SCHEMA_ROW_(name, SCHEMA_IS_(S, member, struct lithos_ranges, &schema_ranges), SCHEMA_OFF_(S, member.v), \
		    SCHEMA_N_(S, member.n), fl, __VA_ARGS__)
/* Mappings: text to text; text to a text or a list of texts, one text being a list of one. */
#define SCHEMA_PAIRS(S, name, member, fl, ...) \
	SCHEMA_ROW_(name, SCHEMA_IS_(S, member, struct lithos_pair *, &schema_pairs), SCHEMA_OFF_(S, member), \
		    SCHEMA_N_(S, n_##member), fl, __VA_ARGS__)
#define SCHEMA_SECRETS(S, name, member, fl, ...) \
	SCHEMA_ROW_(name, SCHEMA_IS_(S, member, struct lithos_secret *, &schema_secrets), SCHEMA_OFF_(S, member), \
		    SCHEMA_N_(S, n_##member), fl, __VA_ARGS__)
/* A structure whose table's rows are of this same struct S (members `resolv_conf.mount` and so on); one behind a pointer. */
#define SCHEMA_PART(name, t, fl, ...) \
	SCHEMA_ROW_(name, &schema_part, 0, SCHEMA_NO_AUX, fl, .table = (t), __VA_ARGS__)
#define SCHEMA_STRUCT(S, name, member, t, fl, ...) \
	SCHEMA_ROW_(name, &schema_struct, SCHEMA_OFF_(S, member), SCHEMA_NO_AUX, fl, .table = (t), __VA_ARGS__)
/* A list of structures: members for it and for its length; a mapping, whose struct begins with const char *key. */
#define SCHEMA_STRUCTS(S, name, member_v, member_n, t, fl, ...) \
	SCHEMA_ROW_(name, &schema_structs, SCHEMA_OFF_(S, member_v), SCHEMA_N_(S, member_n), fl, .table = (t), __VA_ARGS__)
#define SCHEMA_KEYED(S, name, member, t, fl, ...) \
	SCHEMA_ROW_(name, &schema_keyed, SCHEMA_OFF_(S, member) + SCHEMA_KEY_FIRST_(S, member), SCHEMA_N_(S, n_##member), fl, \
		    .table = (t), __VA_ARGS__)
/* A mapping of tagged values. */
#define SCHEMA_TAGGED(S, name, member, c, fl, ...) \
	SCHEMA_ROW_(name, &schema_tagged, SCHEMA_OFF_(S, member) + SCHEMA_KEY_FIRST_(S, member), SCHEMA_N_(S, n_##member), fl, \
		    .choice = (c), __VA_ARGS__)
/* Anything at all, which nobody looks at. */
#define SCHEMA_SKIP(name) SCHEMA_ROW_(name, &schema_skip, 0, SCHEMA_NO_AUX, 0, .table = NULL)

extern const struct schema_kind schema_text, schema_path, schema_bool, schema_auto, schema_u32, schema_u64, schema_i32,
	schema_enum, schema_word, schema_texts, schema_u32s, schema_i32s, schema_ranges, schema_pairs, schema_secrets,
	schema_part, schema_struct, schema_structs, schema_keyed, schema_tagged, schema_skip;

/*
 * Fills *ret, a struct of t, from the whole document; texts are copied to a, so that *ret outlives the document.
 * 1: all of it is good; 0: there were errors, and *ret holds what could be read; negative: no memory.
 */
must_use int schema_read(const struct schema_table *t, const struct yaml *y, struct arena *a, struct findings *f, void *ret,
			 struct err *e);

/*
 * The same for a document of one value of any kind, as row says; ret is the struct of row->offset, and row->key is not
 * looked at: a process file is SCHEMA_KEYED(struct lithos_processes, …).
 */
must_use int schema_read_row(const struct schema_row *row, const struct yaml *y, struct arena *a, struct findings *f, void *ret,
			     struct err *e);

/* For .check: a literal IPv4 or IPv6 address, `invalid IP address syntax`. */
int schema_check_ip(const char *text, struct err *e);

#endif
