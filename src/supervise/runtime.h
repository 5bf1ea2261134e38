/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The OCI runtime: which program it is, how it is called, and what it says.  Its callers execute it. */
#ifndef CIST_SUPERVISE_RUNTIME_H
#define CIST_SUPERVISE_RUNTIME_H

#include "base/arena.h"
#include "base/err.h"
#include "supervise/places.h"

#include <stdbool.h>

struct runtime {
	const char *program;	/* to be executed as execvp(3) does, which looks up what has no slash */
	const char *containers;	/* --root */
	bool is_cist;		/* which can do what no other does */
	bool no_cgroups;	/* cgroup-name: null, and a runtime that can be told so */
};

/*
 * The one that --runtime says; without that (NULL) the `cist` beside this program, or else the one in PATH.  cgroup_name is
 * the master's.  In a, and of p.  -ENOMEM.
 */
must_use int runtime_find(const char *asked, const struct places *p, const char *cgroup_name, struct arena *a,
			  struct runtime *ret, struct err *e);

enum { RUNTIME_WORDS = 24, RUNTIME_LOG_MAX = 4096 + 256 };

/* Its argv, with a NULL behind the last of n. */
struct runtime_words {
	const char *v[RUNTIME_WORDS];
	size_t n;
	char log[RUNTIME_LOG_MAX];
};

/* Its name and global options; a dozen words of a command can be added.  log: the file for --log, copied; NULL: none. */
void runtime_words(const struct runtime *r, const char *log, struct runtime_words *ret);
/* The word has to live as long as the words. */
void runtime_add(struct runtime_words *r, const char *word);

/*
 * The last line of a log that says something: `time="…" level=error msg="…"`, of which the message counts.  text is written
 * to; buf has size bytes.
 */
void runtime_message(char *text, char *buf, size_t size);

#endif
