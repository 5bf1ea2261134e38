/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The form of the files that the supervisor keeps for its successor and for lithos_ps: rows of KEY=VALUE that say of which
 * kind, version and boot they are, and end with a checksum.
 *
 *	cist-record 1 6a2e0f7c-…
 *	life state=UP number=12
 *	ending how=exit number=3 text=two\x20words
 *	end 93f2a85c0b1d77e1
 *
 * Values hold anything but NUL: blanks, backslashes, control characters and what is not ASCII are \xNN.  A reader ignores rows
 * and keys that it does not know, so that an older program reads what a newer one of the same version has written.  The
 * checksum (FNV-1a, 64 bits) is against what was cut or half written, not against malice: the files are root's.
 */
#ifndef CIST_SUPERVISE_SHEET_H
#define CIST_SUPERVISE_SHEET_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SHEET_BYTES_MAX = 64 << 20,	/* ten thousand instances of some kilobytes */
	SHEET_FIELDS_MAX = 64,		/* of a row; more are ignored */
};

/* ---- writing ---- */

/* Zeroed: nothing.  A failure is remembered, and told at the end only. */
struct sheet {
	char *text;
	size_t len;
	size_t room;
	bool failed;
};

void sheet_done(struct sheet *s);
#define auto_sheet __attribute__((cleanup(sheet_done)))

/* kind, names of rows and keys are words of ours: letters, digits, '-' and '_'. */
void sheet_begin(struct sheet *s, const char *kind, unsigned int version, const char *boot_id);
void sheet_row(struct sheet *s, const char *name);
/* NULL: the key is left out. */
void sheet_text(struct sheet *s, const char *key, const char *value);
void sheet_number(struct sheet *s, const char *key, int64_t value);
void sheet_count(struct sheet *s, const char *key, uint64_t value);
/* Left out when false. */
void sheet_flag(struct sheet *s, const char *key, bool value);
/*
 * A struct of texts as a row: a key for each.  SHEET_TEXT_KEY is of the member of S with that name, which has to be a
 * `const char *`.
 */
struct sheet_text_key {
	const char *key;
	size_t offset;
};
#define SHEET_TEXT_KEY(S, name, member) \
	{ (name), offsetof(S, member) + 0 * sizeof(char[_Generic(((S *)0)->member, const char *: 1)]) }
void sheet_texts(struct sheet *s, const char *row, const struct sheet_text_key *keys, size_t n, const void *from);
/* The last row.  -ENOMEM when any part of it had no memory; else s->text and s->len are the file. */
must_use int sheet_end(struct sheet *s, struct err *e);

/* ---- reading ---- */

struct sheet_reader {
	char *at;		/* the next row */
	char *end;		/* where the last row begins */
	size_t n;
	struct {
		const char *key;
		const char *value;
	} fields[SHEET_FIELDS_MAX];
};

enum sheet_answer {
	SHEET_READ = 0,
	SHEET_DAMAGED = 1,	/* cut, changed, or another kind of file */
	SHEET_VERSION = 2,	/* newer than `version` */
	SHEET_BOOT = 3,		/* of another boot */
};

/*
 * Begins with a file of len bytes; text has room for one more, and is written to.  version is the newest that the caller
 * understands.  Only after SHEET_READ *ret is there.
 */
enum sheet_answer sheet_open(char *text, size_t len, const char *kind, unsigned int version, const char *boot_id,
			     struct sheet_reader *ret);
/* The next row: its name, or NULL at the end.  The strings of its fields live as long as the text. */
const char *sheet_next(struct sheet_reader *r);
/* The value of a key of this row, or NULL. */
const char *sheet_find(const struct sheet_reader *r, const char *key);
/* `otherwise` where the key is missing or is no number. */
int64_t sheet_find_number(const struct sheet_reader *r, const char *key, int64_t otherwise);
uint64_t sheet_find_count(const struct sheet_reader *r, const char *key);
bool sheet_find_flag(const struct sheet_reader *r, const char *key);
/* The way back of sheet_texts(): what is missing becomes NULL. */
void sheet_find_texts(const struct sheet_reader *r, const struct sheet_text_key *keys, size_t n, void *to);

#endif
