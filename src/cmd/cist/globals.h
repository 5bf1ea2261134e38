/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options in front of the command. */
#ifndef CIST_CMD_GLOBALS_H
#define CIST_CMD_GLOBALS_H

#include "base/log.h"
#include "cmd/cist/cli.h"
#include "runtime/runtime.h"

#include <limits.h>

struct globals {
	const char *root;
	const char *log;
	const char *log_format;
	const char *log_level;
	const char *cgroup_manager;
	const char *rootless;
	const char *criu;	/* taken from old clients and not looked at */
	bool systemd_cgroup;
	bool debug;
	bool version;
};

extern const struct cli_option global_options[];
extern const size_t n_global_options;

/* What --log-format, --log-level and --debug ask for. */
must_use int globals_log(const struct globals *g, enum log_form *ret_form, enum log_level *ret_level, struct err *e);

/* Where states are kept when --root does not say: what the decision needs to know of the caller. */
struct caller {
	const char *xdg_runtime_dir;	/* NULL or "": not set */
	const char *user;		/* $USER; NULL: not set */
	bool is_root;			/* effective user id 0 */
	bool in_user_namespace;		/* and not the first one */
};

/* As runc decides it (runtime-cli 1.3).  True when the directory lies below XDG_RUNTIME_DIR. */
bool globals_default_root(const struct caller *c, char root[PATH_MAX]);

/* Fills *ret from the options and the environment; ret->root will point to root, and warn is left alone. */
must_use int globals_runtime(const struct globals *g, char root[PATH_MAX], struct runtime *ret, struct err *e);

#endif
