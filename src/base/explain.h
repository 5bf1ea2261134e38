/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What `cist explain` prints: the steps of a plan in their order and, below each, what it will do and
 * which member of config.json asked for it.  Mechanisms describe their own plans through this, so that a
 * description stands next to the struct that it reads.
 */
#ifndef CIST_BASE_EXPLAIN_H
#define CIST_BASE_EXPLAIN_H

#include <stdio.h>

enum explain_form { EXPLAIN_TEXT, EXPLAIN_JSON };

struct explain {
	FILE *out;
	enum explain_form form;
	int n_steps;	/* begun so far */
	int n_acts;	/* in the present step */
};

void explain_begin(struct explain *x, FILE *out, enum explain_form form);
/* side is "host" or "init"; name is the step's name as errors give it. */
void explain_step(struct explain *x, const char *side, const char *name);
/* One thing that the step does; from is the JSON path that asks for it, or NULL when the runtime does so itself. */
void explain_act(struct explain *x, const char *from, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void explain_end(struct explain *x);

#endif
