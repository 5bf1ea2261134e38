/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arr.h"
#include "base/fmt.h"
#include "cmd/cist/globals.h"
#include "sys/file.h"
#include "sys/proc.h"

#include <stdlib.h>
#include <string.h>

static const char formats[] = "text json";
static const char levels[] = "error warning debug";		/* as enum log_level */
static const char managers[] = "cgroupfs systemd disabled";	/* as enum cgroup_manager */

const struct cli_option global_options[] = {
	CLI_TEXT_ROW(globals, root, "root", NULL, "DIR",
		     "keep the states of containers in DIR instead of /run/cist"),
	CLI_TEXT_ROW(globals, log, "log", NULL, "FILE",
		     "write the log to FILE, or to file:FILE, syslog:NAME or journald:NAME"),
	CLI_WORD_ROW(globals, log_format, "log-format", NULL, "FORMAT", formats, "format of log lines"),
	CLI_WORD_ROW(globals, log_level, "log-level", NULL, "LEVEL", levels, "least level that is logged"),
	CLI_FLAG_ROW(globals, debug, "debug", NULL, "the same as --log-level=debug"),
	CLI_FLAG_ROW(globals, systemd_cgroup, "systemd-cgroup", NULL, "the same as --cgroup-manager=systemd"),
	CLI_WORD_ROW(globals, cgroup_manager, "cgroup-manager", NULL, "NAME", managers, "who makes the cgroups"),
	CLI_WORD_ROW(globals, rootless, "rootless", NULL, "BOOL", "true false auto",
		     "do without cgroups that may not be made; auto: for all but root of the host"),
	CLI_TEXT_ROW(globals, criu, "criu", NULL, "FILE", NULL),
	CLI_FLAG_ROW(globals, version, "version", "v", "print the version"),
	CLI_FLAG_ROW(globals, version, "V", NULL, NULL),
};
const size_t n_global_options = ARRAY_LEN(global_options);

int globals_log(const struct globals *g, enum log_form *ret_form, enum log_level *ret_level, struct err *e)
{
	int level = g->log_level ? cli_word(levels, g->log_level) : LOG_LEVEL_WARNING;

	if (g->log_format && *g->log_format && cli_word(formats, g->log_format) < 0)
		return err_set(e, -EINVAL, "invalid log-format: %.*s", 256, g->log_format);
	if (level < 0)
		return err_set(e, -EINVAL, "invalid log-level: %.*s", 256, g->log_level);
	*ret_form = g->log_format && strcmp(g->log_format, "json") == 0 ? LOG_JSON : LOG_LOGFMT;
	*ret_level = g->debug ? LOG_LEVEL_DEBUG : (enum log_level)level;
	return 0;
}

bool globals_default_root(const struct caller *c, char root[PATH_MAX])
{
	bool is_set = c->xdg_runtime_dir && *c->xdg_runtime_dir;
	/* Root of a user namespace who is called "root" is in a container: that has a /run of its own. */
	bool honoured = is_set && (!c->is_root ||
				   (c->in_user_namespace && (!c->user || strcmp(c->user, "root") != 0)));

	fmt(root, PATH_MAX, "%s/cist", honoured ? c->xdg_runtime_dir : "/run");
	return honoured;
}

/* The words of --root, made absolute: the runtime changes its directory to the bundle's. */
static int given_root(const char *given, char root[PATH_MAX], struct err *e)
{
	char cwd[PATH_MAX] = "";
	ssize_t rc;

	if (!*given)
		return err_set(e, -EINVAL, "--root must not be empty");
	if (*given != '/') {
		rc = sys_getcwd(cwd, sizeof(cwd));
		if (rc < 0)
			return err_sys(e, (int)rc, "--root %s: working directory", given);
		if (*cwd != '/')
			return err_set(e, -ENOENT, "--root %s: the working directory cannot be reached", given);
	}
	if (fmt(root, PATH_MAX, "%s%s%s", cwd, *cwd ? "/" : "", given) >= PATH_MAX)
		return err_sys(e, -ENAMETOOLONG, "--root %.*s", 256, given);
	return 0;
}

static int manager_of(const struct globals *g, enum cgroup_manager *ret, struct err *e)
{
	int manager = g->cgroup_manager ? cli_word(managers, g->cgroup_manager) : CGROUP_MANAGER_CGROUPFS;

	if (manager < 0)
		return err_set(e, -EINVAL, "unknown cgroup manager \"%.*s\"", 256, g->cgroup_manager);
	*ret = g->systemd_cgroup ? CGROUP_MANAGER_SYSTEMD : (enum cgroup_manager)manager;
	return 0;
}

static int rootless_of(const struct globals *g, enum rootless_mode *ret, struct err *e)
{
	bool yes;

	*ret = ROOTLESS_AUTO;
	if (!g->rootless || strcmp(g->rootless, "auto") == 0)
		return 0;
	if (!cli_boolean(g->rootless, &yes))
		return err_set(e, -EINVAL, "invalid value \"%.*s\" for flag -rootless: not true, false or auto", 256,
			       g->rootless);
	*ret = yes ? ROOTLESS_YES : ROOTLESS_NO;
	return 0;
}

int globals_runtime(const struct globals *g, char root[PATH_MAX], struct runtime *ret, struct err *e)
{
	struct caller c = { getenv("XDG_RUNTIME_DIR"), getenv("USER"), geteuid() == 0, false };

	if (rootless_of(g, &ret->rootless, e) < 0 || manager_of(g, &ret->manager, e) < 0)
		return e->code;
	ret->root = root;
	ret->root_is_given = g->root;
	if (g->root)
		return given_root(g->root, root, e);
	if (c.is_root && c.xdg_runtime_dir && *c.xdg_runtime_dir)
		c.in_user_namespace = sys_in_user_ns();
	if (c.xdg_runtime_dir && strlen(c.xdg_runtime_dir) > PATH_MAX - sizeof("/cist"))
		return err_sys(e, -ENAMETOOLONG, "XDG_RUNTIME_DIR");
	ret->root_is_users = globals_default_root(&c, root);
	return 0;
}
