/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A container's start: lock, sockets, streams, directories, and one execution of the runtime. */
#include "supervise/tree.h"

#include "base/fmt.h"
#include "base/shared_image.h"
#include "supervise/usage.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "sys/process.h"
#include "translate/place.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* What the child needs; it has a copy of the memory or ends with it before we go on, so nothing of it has to live longer. */
struct launch {
	struct ward *w;
	const struct desired *d;
	struct runtime_words words;
	char bundle[PATH_MAX], pid_file[PATH_MAX], n_fds[16];
	int std[3];
	int fds[LITHOS_PORTS_MAX + 2];	/* the sockets, the lock, and the image of the init if there is one */
	size_t n, n_sockets;
};

static void done_launch(struct launch *l)
{
	/* All but the lock are lithos_hold's. */
	if (l->n > 0)
		fd_close(&l->fds[l->n_sockets]);
	fd_close(&l->std[0]);
	if (l->d && l->d->output_file)
		fd_close(&l->std[1]);
}
#define auto_launch __attribute__((cleanup(done_launch)))

/* ---- in the child ---- */

static int launch_wire(const struct launch *l)
{
	int rc = command_wire(l->std, l->fds, l->n);
	struct err e = { 0 };

	if (rc < 0) {
		err_sys(&e, rc, "hand over descriptors");
		return command_fail(l->words.log, &e);
	}
	command_sign(3 + (int)l->n_sockets);
	return 0;
}

static int launch_execute(const struct launch *l)
{
	const struct tree *t = l->w->tree;
	int rc = command_execute(l->words.v, l->w->image ? t->launch_envp : t->envp);
	struct err e = { 0 };

	err_sys(&e, rc, "execute %s", l->words.v[0]);
	return command_fail(l->words.log, &e);
}

static int launch_bare(void *arg)
{
	const struct launch *l = arg;
	int rc = launch_wire(l);

	return rc == 0 ? launch_execute(l) : rc;
}

static int launch_with_directories(void *arg)
{
	const struct launch *l = arg;
	const struct tree *t = l->w->tree;
	struct err e = { 0 };
	int rc = launch_wire(l);

	if (rc != 0)
		return rc;
	/* Of a boot before, where state-dir is on a disk: each life begins with an empty one. */
	if (l->d->state_below && place_remove(t->places.state_dir, l->d->state_below, &e) < 0)
		return command_fail(l->words.log, &e);
	if (place_list(l->d->directories, l->d->n_directories, &e) < 0)
		return command_fail(l->words.log, &e);
	return launch_execute(l);
}

/* ---- what it is given ---- */

static void put_words(struct launch *l)
{
	struct tree *t = l->w->tree;
	const char *id = l->w->r.id;

	fmt(l->bundle, sizeof l->bundle, "%s/%s/%s", t->places.bundles, id, l->w->r.digest);
	fmt(l->pid_file, sizeof l->pid_file, "%s/%s.pid", t->places.logs, id);
	fmt(l->n_fds, sizeof l->n_fds, "%zu", l->n_sockets);
	runtime_begin(t, id, &l->words);
	runtime_add(&l->words, "run");
	runtime_add(&l->words, "--detach");
	runtime_add(&l->words, "--bundle");
	runtime_add(&l->words, l->bundle);
	runtime_add(&l->words, "--pid-file");
	runtime_add(&l->words, l->pid_file);
	runtime_add(&l->words, "--preserve-fds");
	runtime_add(&l->words, l->n_fds);
	runtime_add(&l->words, id);
}

static int open_streams(struct launch *l, struct err *e)
{
	struct line_sink sink = LINE_SINK_INIT;

	l->std[0] = sys_openat(AT_FDCWD, "/dev/null", O_RDWR, 0);
	if (l->std[0] < 0)
		return err_sys(e, l->std[0], "open /dev/null");
	l->std[1] = STDOUT_FILENO;
	l->std[2] = STDERR_FILENO;
	if (!l->d->output_file)
		return 0;
	if (line_open(AT_FDCWD, l->d->output_file, &sink, e) < 0)
		return e->code;
	l->std[1] = l->std[2] = sink.fd;
	return 0;
}

/* The line that tells of a start stands before what the program says. */
static void note_start(const struct launch *l)
{
	char line[LINE_MAX_BYTES];

	ward_note(l->w, line, line_starting(line, time(NULL), l->w->r.name, l->d->command ? l->d->command : ""));
}

/* The lock comes behind the sockets; it is closed here in any case, and held by the child alone. */
static int take_lock(struct launch *l, struct err *e)
{
	const struct ward *w = l->w;
	int lock, rc = command_lock(w->tree->locks, w->r.id, &lock, e);

	if (rc != 0)
		return rc < 0 ? rc : err_set(e, -EBUSY, "another command is at work on it");
	if (w->r.n_ports > LITHOS_PORTS_MAX) {
		close(lock);
		return err_set(e, -EINVAL, "it has more than %d sockets", LITHOS_PORTS_MAX);
	}
	l->n_sockets = w->r.n_ports;
	l->fds[l->n_sockets] = lock;
	l->n = l->n_sockets + 1;
	return 0;
}

static void take_image(struct launch *l)
{
	struct tree *t = l->w->tree;
	int fd = init_image_offer(l->w);

	if (fd < 0)
		return;
	fmt(t->image_word, sizeof t->image_word, SHARED_IMAGE_VARIABLE "=%zu", 3 + l->n);
	l->fds[l->n++] = fd;
}

enum { SPARE_FDS = 24 };

/*
 * What is launched needs some descriptors, and stays one.  The last of them are for what runs already: its logs, records and
 * commands.
 */
static int check_spare_fds(size_t n_ports, struct err *e)
{
	int fds[SPARE_FDS + LITHOS_PORTS_MAX], rc = 0;
	const size_t most = SPARE_FDS + (n_ports < LITHOS_PORTS_MAX ? n_ports : LITHOS_PORTS_MAX);
	uint64_t soft = 0, hard;
	size_t n = 0;

	while (n < most && rc == 0) {
		fds[n] = sys_dup(STDIN_FILENO);
		rc = fds[n] < 0 ? fds[n] : 0;
		n += rc == 0;
	}
	while (n > 0)
		close(fds[--n]);
	if (rc == 0)
		return 0;
	(void)!sys_getrlimit(RLIMIT_NOFILE, &soft, &hard);
	return err_sys(e, rc, "it is not started with fewer than %zu descriptors left of the supervisor's %llu", most,
		       (unsigned long long)soft);
}

static int prepare(struct launch *l, struct err *e)
{
	struct ward *w = l->w;
	struct tree *t = w->tree;

	if (check_spare_fds(w->r.n_ports, e) < 0 || take_lock(l, e) < 0 || ports_get(w, l->fds, e) < 0 ||
	    (w->r.proc.rules.ready_ms > 0 && ready_begin(w, true, e) < 0) || open_streams(l, e) < 0)
		return e->code;
	take_image(l);
	/* What it says now is of this launch. */
	sys_unlinkat(t->logs, w->r.id, 0);
	put_words(l);
	sys_unlinkat(AT_FDCWD, l->pid_file, 0);
	note_start(l);
	return 0;
}

/* ---- its end ---- */

static pid_t read_pid(const struct tree *t, const char *id)
{
	char name[DESIRED_ID_MAX + 8], text[32], *end;
	long pid;

	fmt(name, sizeof name, "%s.pid", id);
	if (sys_read_at(t->logs, name, text, sizeof text) <= 0)
		return -1;
	pid = strtol(text, &end, 10);
	return pid > 1 && pid <= INT_MAX && strspn(end, "\n") == strlen(end) ? (pid_t)pid : -1;
}

int ward_meet(struct ward *w, pid_t pid, int pidfd, struct err *e)
{
	char place[USAGE_PLACE_MAX];
	struct proc_stat st = { 0 };
	struct err ignored;

	w->r.pid = pid;
	w->pid_start = sys_proc_stat(pid, &st) == 0 ? st.start_time : 0;
	ward_set_cgroup(w, usage_where(pid, place, &ignored) == 0 ? place : NULL);
	return init_hold(w, pidfd, e);
}

static void on_launched(struct command *c, int status)
{
	struct ward *w = (struct ward *)((char *)c - offsetof(struct ward, command));
	struct tree *t = w->tree;
	char said[ERR_TEXT_MAX];
	struct err e = { 0 };
	pid_t pid = -1;
	int pidfd = -1;

	work_done(w);
	if (status == 0) {
		pid = read_pid(t, w->r.id);
		pidfd = pid > 0 ? sys_pidfd_open(pid) : -ESRCH;
	}
	if (status != 0 || pidfd < 0) {
		runtime_said(t, w->r.id, said, sizeof said);
		if (c->late)
			fmt(said, sizeof said, "the runtime did not come to an end within %d seconds", COMMAND_LIMIT_MS / 1000);
		else if (!said[0] && status != 0)
			fmt(said, sizeof said, "the runtime ended with status %d and said nothing", status);
		else if (!said[0])
			fmt(said, sizeof said, "the runtime says that it started it, and there is no process of it");
		ward_refused(w, said);
		return;
	}
	/* It runs and cannot be watched: cleared like one that was not launched. */
	if (ward_meet(w, pid, pidfd, &e) < 0) {
		ward_refused(w, e.text);
		return;
	}
	init_image_check(w);
	w->r.oom_before = w->r.cpu_before = 0;
	ward_feed(w, EV_LAUNCHED);
	inside_watch(w);
}

/* The configuration may have changed while it waited for its turn: what is launched is what is wanted now. */
static const struct desired *take_now(struct ward *w, struct err *e)
{
	if (!w->wanted) {
		err_set(e, -ECANCELED, "it is not wanted any more");
		return NULL;
	}
	if (strcmp(w->wanted->digest, w->r.digest) != 0) {
		if (ward_take(w, w->wanted) < 0) {
			err_nomem(e);
			return NULL;
		}
		ward_save(w);
	}
	return w->wanted;
}

/* Directories may be on a disk that answers late, so who makes them is a child for itself. */
static int launch_start(struct launch *l, struct err *e)
{
	struct ward *w = l->w;

	if (l->d->n_directories == 0 && !l->d->state_below)
		return command_spawn(&w->command, &w->tree->loop, launch_bare, l, COMMAND_LIMIT_MS, on_launched, e);
	return command_start(&w->command, &w->tree->loop, launch_with_directories, l, COMMAND_LIMIT_MS, on_launched, e);
}

void launch_begin(struct ward *w)
{
	struct tree *t = w->tree;
	auto_launch struct launch l = { .w = w, .std = { -EBADF, -EBADF, -EBADF } };
	struct err e = { 0 };

	w->launch_number = ++t->launches;
	l.d = take_now(w, &e);
	if (l.d && prepare(&l, &e) == 0 && launch_start(&l, &e) == 0)
		return;
	work_done(w);
	ward_refused(w, e.text);
}
