/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where things are, by a master file: docs/supervisor.md has the table.  All paths live in the arena of places_find(). */
#ifndef CIST_SUPERVISE_PLACES_H
#define CIST_SUPERVISE_PLACES_H

#include "base/arena.h"
#include "base/err.h"
#include "lithos/lithos.h"

/* Below runtime-dir, for who has that open. */
#define PLACE_PID_FILE "master.pid"
#define PLACE_STATUS "status"
#define PLACE_WANTED "tree/wanted"
#define PLACE_WANTED_OLD "tree/wanted.old"
#define PLACE_RECORDS "tree/record"

struct places {
	const char *runtime_dir;
	const char *state_dir;		/* of the containers' state directories */
	const char *pid_file;		/* master.pid */
	const char *status;
	const char *bundles;		/* and a directory for each id in it */
	const char *containers;		/* --root of the runtime */
	const char *notify;
	const char *tree;
	const char *wanted;
	const char *records, *locks, *logs;	/* directories: a file for each id */
};

/* -ENOMEM. */
must_use int places_find(const struct lithos_master *m, struct arena *a, struct places *ret, struct err *e);

/*
 * Makes the directories that a master file names (each alone: its parent must exist) with mode 0755, and those of ours
 * below runtime-dir with 0700.  What is there is left as it is.
 */
must_use int places_make(const struct lithos_master *m, const struct places *p, struct err *e);

#endif
