/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * @{name}: from "@{" to the next "}", blanks around the name do not count.  What is put in is not looked at again; there is
 * no escape and no nesting; "@{" without "}" stands for itself; "@{}" asks for the variable without a name.
 */
#ifndef CIST_LITHOS_VARS_H
#define CIST_LITHOS_VARS_H

#include "base/arena.h"
#include "lithos/finding.h"
#include "lithos/lithos.h"

#include <stdbool.h>

/* ---- substitution as such, for any set of variables ---- */

struct vars_set {
	/* The value of the variable whose name is the first len bytes of name, or NULL; asked twice for each. */
	const char *(*look_up)(void *arg, const char *name, size_t len);
	/* Told once for each place of a variable that has no value; "" is put in.  May be NULL. */
	void (*unknown)(void *arg, const char *name, size_t len);
	void *arg;
	size_t max;		/* bytes of a result */
};

/* 0: *ret lives in a.  -E2BIG: longer than max (unknown() was told of all).  -ENOMEM: a is full. */
must_use int vars_substitute(const struct vars_set *set, const char *text, struct arena *a, const char **ret);

/* ---- the variables of an instance ---- */

struct vars {
	const struct lithos_process *process;		/* gives the values */
	const struct lithos_container *container;	/* declares */
	const struct lithos_sandbox *sandbox;
	const char *instance;				/* @{lithos:name} */
	struct arena *a;
	struct findings *f;
	bool *used;					/* of each of the process' variables, whether it was put in somewhere */
};

/* The whole value of an `environ` entry that is the program's pid. */
#define VARS_PID "@{lithos:pid}"

/* The value that the process gives to a variable, which then counts as used; or NULL. */
const char *vars_given(const struct vars *v, const char *name);

/*
 * Judges all that can be said before anything is substituted: values that hold control characters, declared variables
 * without a value, values that are not of the declared type.
 */
void vars_check(const struct vars *v);

/* Warnings, once all was substituted: what the process gives and the container does not declare, used or not. */
void vars_check_undeclared(const struct vars *v);

/*
 * A text with its variables put in, at most LITHOS_ARG_MAX bytes.  What a process gives comes before lithos:name and
 * lithos:config_filename.  Problems are findings at `at`.  0: *ret lives in v->a (when there were findings, it is only
 * there for looking on); -ENOMEM: it is full.
 */
must_use int vars_expand(const struct vars *v, const char *text, struct mark at, const char **ret);

/* Whether text has a "@{" without an end, which stands for itself and hardly was meant to. */
bool vars_is_unclosed(const char *text);

/* A port number, 1 to 65535.  0, or -EINVAL with the reason. */
must_use int vars_parse_port(const char *text, uint16_t *ret, struct err *e);

#endif
