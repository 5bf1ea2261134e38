/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The decisions for the built-in init (init/keeper.h): whether there is one, how it is called, what it may call. */
#ifndef CIST_RUNTIME_KEEPER_H
#define CIST_RUNTIME_KEEPER_H

#include "init/plan.h"

struct explain;
struct oci_config;

#define KEEPER_ANNOTATION	"org.cist.init"		/* "true" or "false" */
/* Its command line, words separated by blanks; "cist-init" if there is none. */
#define KEEPER_TITLE_ANNOTATION	"org.cist.init.title"
/* Milliseconds from one start of the program to the next: the init starts it again whenever it ends (init/respawn.h). */
#define KEEPER_RESPAWN_ANNOTATION "org.cist.init.respawn"
/* Milliseconds from a SIGTERM that goes through the init to the end of a program that has not obeyed (init/grace.h). */
#define KEEPER_KILL_ANNOTATION	"org.cist.init.kill-timeout"

enum { KEEPER_WORDS_MAX = 64, KEEPER_TITLE_MAX = 4096, KEEPER_RESPAWN_LEAST = 10, KEEPER_MS_MOST = 24 * 60 * 60 * 1000 };

/*
 * Pure.  by_option: `--init` asks for it; "false" in the configuration then contradicts, as does any of the other three
 * without an init: -EINVAL.  record_fd is the caller's to fill, and the filter keeper_compile()'s.
 */
must_use int keeper_plan(const struct oci_config *c, bool by_option, const struct ns_plan *ns, struct arena *a,
			 struct keeper_plan *ret, struct err *e);

/* The filter of one that is wanted; one that starts the program again has that program's. */
must_use int keeper_compile(struct keeper_plan *k, struct arena *a, struct err *e);

void keeper_explain(const struct keeper_plan *k, struct explain *x);

#endif
