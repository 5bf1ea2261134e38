/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/adhoc.h"

#include "base/arr.h"
#include "base/fmt.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "sys/process.h"
#include "translate/bundle.h"
#include "translate/place.h"

#include <dirent.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

enum {
	COMMAND_MS = 60 * 1000,		/* a kill or delete of the runtime may take that long */
	CLAIM_TRIES = 8,
};

static const char log_name[] = "log";

/* ---- executing the runtime ---- */

enum { WORDS_MAX = 16 };

struct words {
	const char *v[WORDS_MAX];
	size_t n;
};

static void add(struct words *w, const char *word)
{
	if (w->n < WORDS_MAX - 1)
		w->v[w->n++] = word;
}

static void begin_words(struct words *w, const char *runtime, const struct places *p, bool no_cgroups)
{
	add(w, runtime);
	add(w, "--root");
	add(w, p->containers);
	if (no_cgroups)
		add(w, "--cgroup-manager=disabled");
}

struct execution {
	const struct words *words;
	const int *streams;		/* NULL: /dev/null */
	int keep;			/* a descriptor that goes along, or negative */
	bool mortal;			/* it is asked to end when this process dies */
	pid_t parent;
};

/* In the child: becomes the runtime, or says with which errno it did not. */
static int become(const struct execution *x)
{
	int null = sys_openat(AT_FDCWD, "/dev/null", O_RDWR, 0);
	int rc;

	if (null < 0)
		return null;
	/* All of them are above 2, so that none is lost before it has been copied. */
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(x->streams ? x->streams[fd] : null, fd) < 0)
			return -errno;
	rc = x->keep >= 0 ? sys_set_cloexec(x->keep, false) : 0;
	if (rc == 0 && x->mortal)
		rc = sys_prctl(PR_SET_PDEATHSIG, SIGTERM, 0);
	if (rc == 0 && x->mortal && getppid() != x->parent)
		rc = -ESRCH;
	if (rc == 0)
		rc = sys_reset_signals(SYS_SIGNAL_BIT(SIGPIPE));
	if (rc < 0)
		return rc;
	execvp(x->words->v[0], (char *const *)(void *)x->words->v);
	return -errno;
}

/* Returns the pidfd of the child once it has become the runtime. */
static int execute(struct execution *x, struct err *e)
{
	int ends[2], failed = 0, pidfd = -EBADF;
	struct k_clone_args how = { .flags = K_CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd, .exit_signal = SIGCHLD };
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, -errno, "pipe");
	x->parent = getpid();
	pid = sys_clone3(&how);
	if (pid == 0) {
		failed = become(x);
		if (write(ends[1], &failed, sizeof(failed)) < 0)
			_exit(126);
		_exit(127);
	}
	close(ends[1]);
	if (pid > 0 && sys_read_all(ends[0], &failed, sizeof(failed)) == (ssize_t)sizeof(failed))
		sys_pidfd_wait(pidfd);
	else if (pid > 0)
		failed = 0;
	close(ends[0]);
	if (pid < 0)
		return err_sys(e, pid, "start a process");
	if (failed < 0) {
		close(pidfd);
		return err_sys(e, failed, "execute %s", x->words->v[0]);
	}
	return pidfd;
}

/* One that is over soon, without a word. */
static int run_quickly(const struct words *w, struct err *e)
{
	struct execution x = { .words = w, .keep = -1 };
	auto_close int pidfd = execute(&x, e);
	int rc;

	if (pidfd < 0)
		return pidfd;
	rc = sys_pidfd_poll(pidfd, COMMAND_MS);
	if (rc == 0)
		sys_pidfd_send_signal(pidfd, SIGKILL);
	if (rc >= 0)
		rc = sys_pidfd_wait(pidfd);
	if (rc < 0)
		return err_sys(e, rc, "wait for %s", w->v[0]);
	return rc == 0 ? 0 : err_set(e, -EIO, "%s failed with exit status %d", w->v[0], rc);
}

/* ---- the claim ---- */

/* The directory that is at that path now, locked; -EAGAIN when it went away in between, or another has it. */
static int lock_directory(const char *path, int *ret)
{
	auto_close int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	struct stat mine, there;

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (sys_fstat(fd, &mine) < 0 || sys_fstatat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &there) < 0 ||
	    mine.st_ino != there.st_ino || mine.st_dev != there.st_dev)
		return -EAGAIN;
	*ret = take_fd(fd);
	return 0;
}

static int claim_directory(struct adhoc *a, const char *path, struct err *e)
{
	int rc = -EAGAIN;

	/* Who sweeps may be faster than the lock. */
	for (int i = 0; (rc == -EAGAIN || rc == -ENOENT) && i < CLAIM_TRIES; i++) {
		rc = sys_mkdirat(AT_FDCWD, path, 0700);
		if (rc == 0)
			rc = lock_directory(path, &a->lock);
	}
	return rc < 0 ? err_sys(e, rc, "claim %s", path) : 0;
}

/* From here on a signal would leave something behind. */
static int hold_signals(struct err *e)
{
	sigset_t all;

	sigfillset(&all);
	return sigprocmask(SIG_SETMASK, &all, NULL) < 0 ? err_sys(e, -errno, "hold signals back") : 0;
}

/* What came while nothing had been started means this process alone. */
static int check_interrupt(struct err *e)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (sigismember(&pending, ends[i]))
			return err_set(e, -EINTR, "interrupted");
	return 0;
}

int adhoc_claim(struct adhoc *a, const char *sandbox, const char *process, uint32_t pid, const char *digest,
		struct arena *arena, struct err *e)
{
	const char *path;

	desired_id(a->id, sandbox, process, 0, pid);
	path = arena_fmt(arena, "%s/%s", a->places->bundles, a->id);
	a->bundle = arena_fmt(arena, "%s/%s/%s", a->places->bundles, a->id, digest);
	a->log = arena_fmt(arena, "%s/%s/%s", a->places->bundles, a->id, log_name);
	if (!path || !a->bundle || !a->log)
		return err_nomem(e);
	return hold_signals(e) < 0 ? e->code : claim_directory(a, path, e);
}

/* ---- a life ---- */

struct watch {
	struct adhoc *a;
	int pidfd, signals;
	int64_t began_ms, deadline_ms;
	void (*told)(void *arg, int64_t uptime_ms);
	void *arg;
	struct adhoc_end *end;
};

/* What a terminal sends it sends to all of its foreground, so to the runtime as well. */
static void pass_signal(struct watch *w)
{
	struct signalfd_siginfo s;

	if (read(w->signals, &s, sizeof(s)) != (ssize_t)sizeof(s) || s.ssi_signo == SIGCHLD || s.ssi_signo == SIGPIPE ||
	    s.ssi_code == SI_KERNEL)
		return;
	sys_pidfd_send_signal(w->pidfd, (int)s.ssi_signo);
	if (s.ssi_signo == SIGTERM && !w->end->asked) {
		w->end->asked = true;
		w->deadline_ms = sys_now_ms() + w->a->kill_ms;
	}
}

/* The second time there is no runtime any more that would tell anybody. */
static void kill_it(struct watch *w)
{
	struct words words = { .n = 0 };
	struct err ignored = { 0 };

	if (w->end->deaf) {
		sys_pidfd_send_signal(w->pidfd, SIGKILL);
		w->deadline_ms = REACT_NEVER;
		return;
	}
	w->end->deaf = true;
	if (w->told)
		w->told(w->arg, sys_now_ms() - w->began_ms);
	begin_words(&words, w->a->runtime, w->a->places, w->a->no_cgroups);
	add(&words, "kill");
	add(&words, "--all");
	add(&words, w->a->id);
	add(&words, "KILL");
	/* It may fail since the program has ended in the same moment; in any other case it is deleted by force in the end. */
	(void)run_quickly(&words, &ignored);
	w->deadline_ms = sys_now_ms() + REACT_KILL_AGAIN;
}

static int time_left(const struct watch *w)
{
	int64_t left = w->deadline_ms - sys_now_ms();

	return w->deadline_ms == REACT_NEVER ? -1 : left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static int watch(struct watch *w, struct err *e)
{
	for (;;) {
		struct pollfd p[] = {
			{ .fd = w->pidfd, .events = POLLIN },
			{ .fd = w->signals, .events = POLLIN },
		};

		if (poll(p, 2, time_left(w)) < 0 && errno != EINTR)
			return err_sys(e, -errno, "wait for the command");
		if (p[0].revents)
			break;
		if (p[1].revents)
			pass_signal(w);
		if (time_left(w) == 0)
			kill_it(w);
	}
	w->end->status = sys_pidfd_wait(w->pidfd);
	w->end->uptime_ms = sys_now_ms() - w->began_ms;
	return w->end->status < 0 ? err_sys(e, w->end->status, "wait for the command") : 0;
}

static int run_words(struct adhoc *a, const struct words *words, const int streams[3], struct watch *w, struct err *e)
{
	struct execution x = { .words = words, .streams = streams, .keep = a->lock, .mortal = true };
	sigset_t all;
	int rc;

	if (check_interrupt(e) < 0)
		return e->code;
	sigfillset(&all);
	w->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (w->signals < 0)
		return err_sys(e, -errno, "signalfd");
	w->began_ms = sys_now_ms();
	w->pidfd = execute(&x, e);
	rc = w->pidfd < 0 ? w->pidfd : watch(w, e);
	fd_close(&w->pidfd);
	fd_close(&w->signals);
	return rc;
}

int adhoc_run(struct adhoc *a, const int streams[3], void (*told)(void *arg, int64_t uptime_ms), void *arg,
	      struct adhoc_end *ret, struct err *e)
{
	struct watch w = { .a = a, .deadline_ms = REACT_NEVER, .told = told, .arg = arg, .end = ret };
	int copies[3] = { -EBADF, -EBADF, -EBADF };
	struct words words = { .n = 0 };
	int rc = 0;

	*ret = (struct adhoc_end){ 0 };
	begin_words(&words, a->runtime, a->places, a->no_cgroups);
	add(&words, "--log");
	add(&words, a->log);
	add(&words, "run");
	add(&words, "--bundle");
	add(&words, a->bundle);
	add(&words, a->id);
	for (int i = 0; i < 3 && rc == 0; i++) {
		copies[i] = sys_dup(streams[i]);
		rc = copies[i] < 0 ? err_sys(e, copies[i], "descriptor %d", streams[i]) : 0;
	}
	if (rc == 0)
		rc = run_words(a, &words, copies, &w, e);
	for (int i = 0; i < 3; i++)
		fd_close(&copies[i]);
	return rc;
}

/* ---- what is left of it ---- */

static bool is_there(const char *directory, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	return fmt(path, sizeof(path), "%s/%s", directory, name) < sizeof(path) &&
	       sys_fstatat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &st) == 0;
}

static int remove_container(const char *runtime, const struct places *p, bool no_cgroups, const char *id, struct err *e)
{
	struct words words = { .n = 0 };

	if (!is_there(p->containers, id))
		return 0;
	begin_words(&words, runtime, p, no_cgroups);
	add(&words, "delete");
	add(&words, "--force");
	add(&words, id);
	return run_quickly(&words, e);
}

static DIR *open_list(const char *path)
{
	int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);

	if (!list && fd >= 0)
		close(fd);
	return list;
}

/* The bundles in it, whatever their digests, and the log. */
static int remove_claim(const char *path, struct err *e)
{
	DIR *dir = open_list(path);
	struct dirent *entry;
	char name[PATH_MAX];
	int rc = 0;

	if (!dir)
		return errno == ENOENT ? 0 : err_sys(e, -errno, "%s", path);
	while (rc == 0 && (entry = readdir(dir))) {
		/* What is unfinished, below. */
		if (entry->d_name[0] == '.')
			continue;
		if (fmt(name, sizeof(name), "%s/%s", path, entry->d_name) >= sizeof(name))
			rc = err_set(e, -ENAMETOOLONG, "%s: a name that is too long", path);
		else if (strcmp(entry->d_name, log_name) == 0)
			rc = sys_unlinkat(AT_FDCWD, name, 0);
		else
			rc = bundle_wipe(name, e);
	}
	closedir(dir);
	if (rc == 0)
		rc = bundle_sweep(path, e);
	if (rc == 0) {
		rc = sys_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
		if (rc < 0)
			rc = err_sys(e, rc, "remove %s", path);
	}
	return rc;
}

/*
 * The container first: what is still at work there needs the rest.  The claim goes last, so that somebody comes again when
 * anything else could not be removed.
 */
static int remove_all(const char *runtime, const struct places *p, bool no_cgroups, const char *id, const char *name,
		      struct err *e)
{
	char path[PATH_MAX];

	if (remove_container(runtime, p, no_cgroups, id, e) < 0 || place_remove(p->state_dir, name, e) < 0)
		return err_ctx(e, "%s", name);
	if (fmt(path, sizeof(path), "%s/%s", p->bundles, id) >= sizeof(path))
		return err_set(e, -ENAMETOOLONG, "%s: a path that is too long", name);
	return remove_claim(path, e);
}

int adhoc_clear(struct adhoc *a, struct err *e)
{
	int rc = 0;

	if (a->lock >= 0)
		rc = remove_all(a->runtime, a->places, a->no_cgroups, a->id, a->name, e);
	fd_close(&a->lock);
	return rc;
}

bool adhoc_name(const char *id, char ret_name[DESIRED_ID_MAX])
{
	static const char middle[] = "+cmd+";
	const char *plus = strchr(id, '+'), *dot = strrchr(id, '.');
	const char *process = plus && strncmp(plus, middle, strlen(middle)) == 0 ? plus + strlen(middle) : NULL;

	if (!process || plus == id || !dot || dot <= process || !dot[1] || strspn(dot + 1, "0123456789") != strlen(dot + 1) ||
	    strchr(process, '+') || strchr(id, '/') || strlen(id) >= DESIRED_ID_MAX)
		return false;
	fmt(ret_name, DESIRED_ID_MAX, "%.*s/cmd.%s", (int)(plus - id), id, process);
	return true;
}

/* 1: it was left, and is removed now; 0: it is none, or somebody waits for it. */
static int sweep_one(const char *runtime, const struct places *p, bool no_cgroups, const char *id, struct err *e)
{
	auto_close int lock = -EBADF;
	char name[DESIRED_ID_MAX], path[PATH_MAX];

	if (!adhoc_name(id, name) || fmt(path, sizeof(path), "%s/%s", p->bundles, id) >= sizeof(path) ||
	    lock_directory(path, &lock) < 0)
		return 0;
	return remove_all(runtime, p, no_cgroups, id, name, e) < 0 ? e->code : 1;
}

int adhoc_sweep(const char *runtime, const struct places *p, bool no_cgroups, size_t *ret_n, struct err *e)
{
	DIR *dir = open_list(p->bundles);
	struct dirent *entry;
	int rc = 0;

	*ret_n = 0;
	if (!dir)
		return errno == ENOENT ? 0 : err_sys(e, -errno, "%s", p->bundles);
	while ((entry = readdir(dir))) {
		struct err one = { 0 };
		int n = sweep_one(runtime, p, no_cgroups, entry->d_name, &one);

		if (n > 0)
			(*ret_n)++;
		else if (n < 0 && rc == 0) {
			*e = one;
			rc = n;
		}
	}
	closedir(dir);
	return rc;
}
