/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An error is one value that travels up; each layer adds where.  The leaf knows the system call, the
 * middle which mount, the top which container:
 *
 *	create failed: mounts[3]: /data: open_tree /srv/data: no such file or directory
 *
 * The text lives in one fixed buffer, so that it can be built without a heap and sent through the
 * synchronisation socket as it is.  Libraries never print it: one boundary does (cmd/cist/main.c).
 */
#ifndef CIST_BASE_ERR_H
#define CIST_BASE_ERR_H

#include "base/auto.h"

#include <stddef.h>
#include <stdint.h>

#define ERR_TEXT_MAX 2048

struct err {
	int32_t code;	/* negative errno, or 0: nothing has gone wrong */
	char text[ERR_TEXT_MAX];
};

/* A verdict of our own: the sentence says it all.  code is a negative errno.  Returns code. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* A system call failed: the sentence is followed by the meaning of code (a negative errno).  Returns code. */
int err_sys(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Puts a frame in front of what is there: "frame: text".  When space runs out the frame is dropped and
 * the cause is kept: the cause is what gets fixed.  Returns the code that e holds.
 */
int err_ctx(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Memory or the plan's arena is used up.  Returns -ENOMEM. */
int err_nomem(struct err *e);

/*
 * The meaning of a positive or negative errno, beginning in lower case as sentences within sentences do
 * (engines match "no such file or directory" and its like: some of them case-sensitively).
 */
const char *err_meaning(int code, char buf[64]);

/* clang-tidy looks at one file at a time, and would follow every path on which an error is none. */
#if defined(__clang_analyzer__) && !defined(CIST_BASE_ERR_HERE)
#define ERR_IS_NEGATIVE(e, call)                                                                        \
	({                                                                                              \
		const int err_code = (call);                                                            \
		if (err_code >= 0)                                                                      \
			__builtin_unreachable();                                                        \
		(e)->code = err_code;                                                                   \
	})
#define err_set(e, ...) ERR_IS_NEGATIVE(e, err_set(e, __VA_ARGS__))
#define err_sys(e, ...) ERR_IS_NEGATIVE(e, err_sys(e, __VA_ARGS__))
#define err_ctx(e, ...) ERR_IS_NEGATIVE(e, err_ctx(e, __VA_ARGS__))
#define err_nomem(e) ERR_IS_NEGATIVE(e, err_nomem(e))
#endif

#endif
