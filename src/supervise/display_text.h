/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pieces of the texts that lithos_ps prints. */
#ifndef CIST_SUPERVISE_DISPLAY_TEXT_H
#define CIST_SUPERVISE_DISPLAY_TEXT_H

#include "supervise/display_rows.h"

enum colour { PLAIN, STRONG, FAINT, GOOD, BAD };

void put(FILE *out, const char *text);

/* What follows has that colour, if s has colours. */
void put_colour(FILE *out, const struct display *s, enum colour c);

/* What stands in files that others wrote: nothing that a terminal obeys. */
void put_safe(FILE *out, const char *text);

/* These begin with a blank. */
void put_total(FILE *out, const struct census_total *t);
void put_uptime(FILE *out, const struct display *s, const struct census_process *p);
void put_mark(FILE *out, const struct display *s, enum colour c, const char *text);

/* Of an instance without a program: why it is not there, and when it will be. */
void put_absence(FILE *out, const struct display *s, const struct display_row *r);

/* What is the matter with an instance beside that. */
void put_marks(FILE *out, const struct display *s, const struct report_instance *i);

#endif
