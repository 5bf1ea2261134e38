/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is wrong with a configuration, all of it at once.  An operator who mends a file wants every problem of it in one
 * run; so reading, and the checks after it, put findings into a list and go on, and whoever asked prints the list once.
 * A `struct err` beside it is for what has nothing to do with the text: no memory, a directory that cannot be read.
 *
 * A finding owns its strings: the list outlives the files that it speaks of.
 *
 * Instances of a process have the same to say, as often as there are instances: what is about a process, and stands in the
 * list to the letter, is counted and not kept again.
 */
#ifndef CIST_LITHOS_FINDING_H
#define CIST_LITHOS_FINDING_H

#include "base/auto.h"
#include "base/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum finding_level {
	FINDING_WARNING,	/* works, but hardly as meant */
	FINDING_ERROR,		/* does not work: exit status 1 */
};

struct finding {
	enum finding_level level;
	const char *file;	/* by its name on the host, also one of an image; NULL: no file */
	uint32_t line;		/* from 1; 0: the file as a whole */
	uint32_t column;
	const char *kind;	/* "Parse Error", "Validation Error", "Decode error"; NULL: a check after reading */
	const char *path;	/* key path such as ".volumes./tmp.size"; NULL or "": the document */
	const char *about;	/* "SANDBOX", "SANDBOX/PROCESS" or "SANDBOX/PROCESS.N" that it concerns; NULL: none */
	const char *text;
	const char *hint;	/* a remedy or a suggestion; NULL: none */
};

struct findings {
	struct finding *v;
	size_t n;
	size_t room;
	size_t n_errors;
	size_t n_dropped;	/* beyond FINDINGS_MAX: counted, not kept */
	bool hintless;		/* the newest was not kept, so that a hint would be given to another */
	const char *about;	/* set by whoever walks the deployment; copied into each finding */
};

enum {
	FINDINGS_MAX = 1000,
	FINDING_TEXT_MAX = 1024,
	FINDING_JSON_MAX = 6 * (2 * FINDING_TEXT_MAX + 32) + 128,
};

void findings_done(struct findings *f);
#define auto_findings __attribute__((cleanup(findings_done)))

/* Where something stands; all zero: nowhere in particular. */
struct mark {
	const char *file;
	uint32_t line, column;
	const char *path;
};

/*
 * Adds one.  Foreign text in the arguments is escaped when the finding is made (control characters and invalid UTF-8 as
 * \xNN), the whole is cut at FINDING_TEXT_MAX bytes.  When memory runs out, it is counted as dropped: nothing fails
 * because a complaint could not be kept, and n_errors grows in any case.
 */
void finding_error(struct findings *f, struct mark at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void finding_warning(struct findings *f, struct mark at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* With a kind, as reading has them. */
void finding_add(struct findings *f, enum finding_level level, const char *kind, struct mark at, const char *fmt, va_list ap)
	__attribute__((format(printf, 5, 0)));
void finding_error_of(struct findings *f, const char *kind, struct mark at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The remedy of the newest finding. */
void finding_hint(struct findings *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What a struct err says, as a finding. */
void finding_err(struct findings *f, struct mark at, const struct err *e);

/*
 * "FILE:LINE:COL: KIND: TEXT (HINT)" in one line, without a newline; cut when it does not fit into buf.  A decode error
 * names its path, "Decode error at PATH"; a warning is "warning: " in front of KIND; what has no file is "ABOUT: TEXT".
 */
void finding_print(const struct finding *x, char *buf, size_t size);

/* The same as a JSON object of level, file, line, column, kind, path, about, text, hint, in this order. */
void finding_print_json(const struct finding *x, char buf[FINDING_JSON_MAX]);

/* By file, line, column; stable.  No hint can be given after that. */
void findings_sort(struct findings *f);

/* Of sorted ones, whether the i-th says what one before it says: processes of one container file have the same to say. */
bool finding_is_repeated(const struct findings *f, size_t i);

#endif
