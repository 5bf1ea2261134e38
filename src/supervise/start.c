/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the supervisor does before its loop: settings, places, and all that it needs opened. */
#include "supervise/tree.h"

#include "supervise/score.h"
#include "supervise/whole.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "sys/process.h"
#include "sys/scratch.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define RAMFS_MAGIC 0x858458f6

/* ---- settings ---- */

static void tell_problems(const struct wanted *w)
{
	for (size_t i = 0; i < w->n_problems; i++)
		fprintf(stderr, REPORT_PROBLEM_FORMAT "\n", REPORT_PROBLEM_ARGS(&w->problems[i]));
}

/* Those of the accepted set, for a reload that meets a broken master file. */
static int old_settings(struct tree *t, const char *dir, struct settings *ret)
{
	auto_close int fd = sys_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0);
	size_t len;
	char *text = fd >= 0 ? whole_keep(fd, PLACE_WANTED, SHEET_BYTES_MAX, &t->a, &len) : NULL;
	struct wanted w;
	struct err e;

	if (!text || wanted_read(text, len, t->boot_id, &t->a, &w, &e) != 0 || !w.settings.runtime_dir)
		return -ENOENT;
	*ret = w.settings;
	return 0;
}

static int find_settings(struct tree *t, struct err *e)
{
	char dir[PATH_MAX];
	struct wanted w = { 0 };
	struct settings old;
	int rc, inherited = master_inherit(t->words->envp, dir, sizeof dir, &t->crash);
	bool has_old = inherited >= 0 && old_settings(t, dir, &old) == 0;

	t->lock = inherited >= 0 ? inherited : -EBADF;
	rc = planner_settings(t->words->master, t->boot_id, &t->a, &w, e);
	if (rc > 0 && (!has_old || strcmp(w.settings.runtime_dir, old.runtime_dir) == 0)) {
		t->settings = w.settings;
		return 0;
	}
	if (!has_old) {
		tell_problems(&w);
		return rc < 0 ? rc : err_set(e, -EINVAL, "Fatal error: the master configuration cannot be used");
	}
	/* A directory that is another now is a problem that the planner tells. */
	t->settings = old;
	return 0;
}

static int open_directory(const char *path, int *ret, struct err *e)
{
	*ret = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	return *ret < 0 ? err_sys(e, *ret, "open %s", path) : 0;
}

/* Bundles hold opened secrets, and what is said there is of this boot. */
static int check_memory(const struct tree *t, struct err *e)
{
	long magic = sys_fs_magic(t->home);

	if (magic == K_TMPFS_MAGIC || magic == RAMFS_MAGIC)
		return 0;
	return err_set(e, -EINVAL, "Fatal error: runtime-dir %s is not on a file system in memory (tmpfs)",
		       t->places.runtime_dir);
}

static int find_places(struct tree *t, struct err *e)
{
	const struct lithos_master m = settings_master(&t->settings);

	if (places_find(&m, &t->a, &t->places, e) < 0 || places_make(&m, &t->places, e) < 0 ||
	    open_directory(t->places.runtime_dir, &t->home, e) < 0 || check_memory(t, e) < 0 ||
	    open_directory(t->places.records, &t->records, e) < 0 || open_directory(t->places.locks, &t->locks, e) < 0 ||
	    open_directory(t->places.logs, &t->logs, e) < 0 ||
	    open_directory(t->places.containers, &t->containers, e) < 0)
		return e->code;
	return runtime_find(t->words->runtime, &t->places, t->settings.cgroup_name, &t->a, &t->runtime, e);
}

/* A few descriptors for each instance; what cannot be had is missed at a launch. */
static void raise_limits(void)
{
	uint64_t soft, hard;

	if (sys_getrlimit(RLIMIT_NOFILE, &soft, &hard) == 0 && soft < hard)
		(void)!sys_setrlimit(RLIMIT_NOFILE, hard, hard);
}

int tree_begin(struct tree *t, struct err *e)
{
	struct proc_stat self;

	if (signals_block(e) < 0)
		return e->code;
	raise_limits();
	score_lower(t->words->envp);
	t->started_s = time(NULL);
	if (sys_proc_stat(getpid(), &self) == 0)
		t->pid_start = self.start_time;
	t->most_commands = 2 * (size_t)sysconf(_SC_NPROCESSORS_ONLN);
	if (scratch_make(&t->a, e) < 0)
		return e->code;
	if (sys_boot_id(t->boot_id) < 0)
		return err_set(e, -EIO, "Fatal error: /proc does not tell the id of this boot");
	if (find_settings(t, e) < 0 || find_places(t, e) < 0 || master_environment(t, e) < 0 || master_lock(t, e) < 0 ||
	    tree_logs_open(t, e) < 0 || loop_open(&t->loop, e) < 0 || signals_watch(t, e) < 0 || master_catch(t, e) < 0)
		return e->code;
	if (sys_prctl(PR_SET_CHILD_SUBREAPER, 1, 0) < 0)
		return err_set(e, -EPERM, "Fatal error: it cannot become a subreaper");
	if (t->crash > 0)
		tree_say(t, LINE_ERROR, "The supervisor has crashed with signal %d, and was executed anew", t->crash);
	tree_greet(t);
	holder_open(t);
	accept_load(t);
	if (show_open(t, e) < 0)
		return e->code;
	adopt_begin(t);
	planning_begin(t);
	return 0;
}
