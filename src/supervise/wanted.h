/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a planner has found out, as a file: the master's settings, the set of instances, what is wrong with the
 * configuration.  The planner writes one to its standard output; the supervisor merges its set into the accepted one and
 * keeps that as `tree/wanted`, from which it works after it has died.  Pure: texts and structs.
 */
#ifndef CIST_SUPERVISE_WANTED_H
#define CIST_SUPERVISE_WANTED_H

#include "base/arena.h"
#include "supervise/desired.h"
#include "supervise/report.h"
#include "supervise/settings.h"
#include "supervise/sheet.h"

enum { WANTED_VERSION = 1 };

struct wanted {
	struct settings settings;	/* runtime_dir NULL: the master file cannot be used, and nothing else is said */
	struct desired_set set;
	const struct report_problem *problems;	/* errors and warnings, in the order of the walk */
	size_t n_problems;
	size_t n_errors;		/* of them; those that could not be kept count too */
	uint64_t accepted;		/* `tree/wanted`: how many configurations were accepted before and with it */
};

/* The file, in s.  -ENOMEM. */
must_use int wanted_write(const struct wanted *w, const char *boot_id, struct sheet *s, struct err *e);

/*
 * From len bytes of text, which has room for one more, is written to and has to outlive *ret; lists in a.  Entries come
 * back sorted, whatever the order was.  0; an answer of sheet_open(), SHEET_DAMAGED also when what it says cannot be; or
 * -ENOMEM.
 */
must_use int wanted_read(char *text, size_t len, const char *boot_id, struct arena *a, struct wanted *ret, struct err *e);

/*
 * What is accepted when planned was found while old was accepted: desired_merge(), and then, since an entry that is kept
 * has its ports still, no process of another sandbox is given one of them: such a process is kept as it was as well, or
 * not started at all, and a problem says so.  Without a set in planned (its master file cannot be used) all of old is kept.
 * accepted is old's and one.  In a, sharing the strings of both.  -ENOMEM.
 */
must_use int wanted_accept(const struct wanted *old, const struct wanted *planned, struct arena *a, struct wanted *ret,
			   struct err *e);

#endif
