/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hooks (config.md#posix-platform-hooks): programs that are run at a moment of the life cycle with the state
 * document on standard input.  Run by cist for the moments on the host's side and by cist-init for those inside,
 * so hook_run_list() uses no heap.
 */
#ifndef CIST_HOOK_HOOK_H
#define CIST_HOOK_HOOK_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct explain;
struct oci_hooks;
struct oci_pair;

enum hook_moment {
	HOOK_PRESTART, HOOK_CREATE_RUNTIME, HOOK_CREATE_CONTAINER, HOOK_START_CONTAINER, HOOK_POSTSTART,
	HOOK_POSTSTOP, HOOK__COUNT
};

struct hook {
	const char *path;
	const char *const *argv;	/* NULL-terminated; the path alone where the config has no args */
	const char *const *envp;	/* NULL-terminated, or NULL: the environment that the caller of the list gives */
	int64_t timeout_ms;		/* -1: none */
	const char *from;		/* "hooks.prestart[0]" */
};

struct hook_list {
	const struct hook *v;
	uint32_t n;
};

/* Where the hooks' output is appended to; without a path it is caught, for the error of a hook that fails. */
struct hook_file {
	const char *path;		/* absolute, or NULL */
	const char *from;		/* "annotations.run.oci.hooks.stdout" */
	int32_t fd;			/* what hook_open_files() opened, or 0 */
};

enum { HOOK_STDOUT, HOOK_STDERR, HOOK_FILES };

struct hook_plan {
	struct hook_list at[HOOK__COUNT];
	struct hook_file files[HOOK_FILES];
};

/* The state document around its pid, which only the process that runs the hooks knows. */
struct hook_state {
	const char *before_pid;
	const char *after_pid;
	int32_t pid;
	bool has_pid;		/* poststop has none: before_pid is the whole document then */
};

struct hook_setting {
	const struct hook_state *state;
	const char *const *envp;	/* for hooks without an env of their own */
	const char *cwd;		/* NULL: stay */
	const struct hook_file *files;	/* HOOK_FILES of them, opened; NULL: none */
	/* A network namespace to run in; who does dies with the caller.  0: stay. */
	int netns_fd;
};

/* Name in config.json: "prestart". */
const char *hook_name(enum hook_moment m);

/* Pure.  hooks may be NULL. */
must_use int hook_plan(const struct oci_hooks *hooks, struct arena *a, struct hook_plan *ret_plan, struct err *e);

#define HOOK_STDOUT_ANNOTATION "run.oci.hooks.stdout"
#define HOOK_STDERR_ANNOTATION "run.oci.hooks.stderr"

/*
 * ->files, from crun's two annotations; a path that is not absolute is one below
 * the bundle.  Pure.
 */
must_use int hook_plan_files(const struct oci_pair *annotations, size_t n, const char *bundle, struct arena *a,
			     struct hook_plan *p, struct err *e);

static inline bool hook_has_files(const struct hook_plan *p)
{
	return p->files[HOOK_STDOUT].path || p->files[HOOK_STDERR].path;
}

/* On the host, before the first hook is run.  A file that is not there is made, for its owner alone. */
must_use int hook_open_files(struct hook_plan *p, struct err *e);
void hook_close_files(struct hook_plan *p);

/*
 * Runs the hooks one after the other; the first that fails ends the list with an error that quotes its output.
 * A hook that outlives its timeout is killed with its process group.
 */
must_use int hook_run_list(const struct hook_list *l, const struct hook_setting *s, struct err *e);

/* One of them, for poststop, where the rest is run whatever happens. */
must_use int hook_run(const struct hook *h, const struct hook_setting *s, struct err *e);

void hook_explain(const struct hook_plan *p, enum hook_moment m, struct explain *x);

#endif
