/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The instances of a status file with what a census says of each, in the order that people expect.  Pure. */
#ifndef CIST_SUPERVISE_DISPLAY_ROWS_H
#define CIST_SUPERVISE_DISPLAY_ROWS_H

#include "supervise/display.h"

struct display_row {
	const struct report_instance *of;
	size_t sandbox_len, process_len;	/* of its name: "SANDBOX", "SANDBOX/PROCESS" */
	unsigned long number;
	bool alive;				/* its init is there */
	const struct census_process *main;	/* the program; NULL: there is none */
	struct census_total total;		/* all but the init */
};

struct display_rows {
	struct display_row *v;
	size_t n;
};

void display_rows_done(struct display_rows *r);
#define auto_display_rows __attribute__((cleanup(display_rows_done)))

/* By sandbox, process and number; they point into what s shows.  -ENOMEM. */
must_use int display_rows(const struct display *s, struct display_rows *ret, struct err *e);

/* The order of two names that are no strings. */
int display_compare(const char *a, size_t a_len, const char *b, size_t b_len);

struct census_total display_sum(const struct display_row *v, size_t n);

/* When p began, in seconds since 1970. */
int64_t display_started(const struct display *s, const struct census_process *p);

#endif
