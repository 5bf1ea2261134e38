/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/command.h"

#include "base/fmt.h"
#include "supervise/score.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "sys/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DYING_MS = 1000 };

/* ---- its life ---- */

static void finish(struct command *c, int status)
{
	loop_unwatch(c->loop, &c->end);
	loop_drop_alarm(c->loop, &c->limit);
	c->pid = 0;
	c->done(c, status);
}

static void on_end(void *arg)
{
	struct command *c = arg;
	int status = sys_pidfd_wait(c->end.fd);

	finish(c, status < 0 ? COMMAND_FAILED : status);
}

static void on_limit(void *arg)
{
	struct command *c = arg;

	c->late = true;
	kill(-c->pid, SIGKILL);
}

struct job {
	int (*work)(void *arg);
	void *arg;
};

/*
 * What is sent to all that have the supervisor's name is not for this one: neither what comes from now on, nor what came
 * before it had a name of its own.  The handlers would execute the supervisor a second time.
 */
static void leave_supervisor(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t blocked;

	sys_prctl(PR_SET_NAME, (unsigned long)COMMAND_NAME, 0);
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int sig = 1; sig < NSIG; sig++)
		if (sigismember(&blocked, sig) == 1)
			sigaction(sig, &ignore, NULL);
	sys_reset_signals(SYS_ALL_SIGNALS);
}

/* The parent sets the group, too: whoever is first. */
static int be_child(void *arg)
{
	const struct job *j = arg;

	setpgid(0, 0);
	leave_supervisor();
	score_restore();
	return j->work(j->arg);
}

static pid_t fork_child(int (*fn)(void *arg), void *arg, int *ret_pidfd)
{
	struct k_clone_args clone = {
		.flags = K_CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)ret_pidfd, .exit_signal = SIGCHLD,
	};
	pid_t pid = sys_clone3(&clone);

	if (pid == 0)
		_exit(fn(arg));
	return pid;
}

static int start(struct command *c, struct loop *l, pid_t (*make)(int (*fn)(void *arg), void *arg, int *ret_pidfd),
		 struct job *j, int64_t limit_ms, command_done_fn *done, struct err *e)
{
	int pidfd = -1;

	*c = (struct command){ .loop = l, .done = done,
				.end = { .fd = -EBADF, .ready = on_end, .arg = c }, .began_ms = l->now_ms };
	if (loop_add_alarm(l, &c->limit, on_limit, c, e) < 0)
		return e->code;
	c->pid = make(be_child, j, &pidfd);
	if (c->pid < 0) {
		int rc = (int)c->pid;

		c->pid = 0;
		loop_drop_alarm(l, &c->limit);
		return err_sys(e, rc, "start a process");
	}
	setpgid(c->pid, c->pid);
	if (loop_watch(l, &c->end, pidfd, e) < 0) {
		kill(-c->pid, SIGKILL);
		waitpid(c->pid, NULL, 0);
		c->pid = 0;
		loop_drop_alarm(l, &c->limit);
		return e->code;
	}
	loop_set_alarm(l, &c->limit, l->now_ms + limit_ms);
	return 0;
}

int command_start(struct command *c, struct loop *l, int (*work)(void *arg), void *arg, int64_t limit_ms,
		  command_done_fn *done, struct err *e)
{
	return start(c, l, fork_child, &(struct job){ work, arg }, limit_ms, done, e);
}

int command_spawn(struct command *c, struct loop *l, int (*work)(void *arg), void *arg, int64_t limit_ms,
		  command_done_fn *done, struct err *e)
{
	return start(c, l, sys_spawn, &(struct job){ work, arg }, limit_ms, done, e);
}

void command_abandon(struct command *c)
{
	if (c->pid <= 0)
		return;
	kill(-c->pid, SIGKILL);
	/* What the kernel does not let go of, on a file system that does not answer, nobody can wait for. */
	if (sys_pidfd_poll(c->end.fd, DYING_MS) > 0)
		waitpid(c->pid, NULL, 0);
	loop_unwatch(c->loop, &c->end);
	loop_drop_alarm(c->loop, &c->limit);
	c->pid = 0;
}

/* ---- locks ---- */

/* Who had it before may have removed the name: then what is open is nobody's lock any more. */
static bool has_name(int fd, int locks, const char *id)
{
	struct stat mine, there;

	return sys_fstat(fd, &mine) == 0 && sys_fstatat(locks, id, AT_SYMLINK_NOFOLLOW, &there) == 0 &&
	       mine.st_ino == there.st_ino;
}

int command_lock(int locks, const char *id, int *ret_fd, struct err *e)
{
	auto_close int fd = sys_openat(locks, id, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_sys(e, fd, "open the lock of %s", id);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? COMMAND_BUSY : err_sys(e, -errno, "lock %s", id);
	if (!has_name(fd, locks, id))
		return COMMAND_BUSY;
	*ret_fd = take_fd(fd);
	return 0;
}

void command_sign(int lock)
{
	struct proc_stat st = { 0 };
	char text[64];

	if (sys_proc_stat(getpid(), &st) < 0)
		return;
	fmt(text, sizeof text, "%d %llu\n", (int)getpid(), (unsigned long long)st.start_time);
	/* Without it a successor cannot kill a command that hangs: it waits. */
	if (ftruncate(lock, 0) == 0 && pwrite(lock, text, strlen(text), 0) < 0)
		return;
}

bool command_is_locked(int locks, const char *id)
{
	auto_close int fd = sys_openat(locks, id, O_RDONLY | O_NOFOLLOW, 0);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

void command_kill_holder(int locks, const char *id)
{
	char text[64], *end;
	struct proc_stat st;
	long pid;

	if (sys_read_at(locks, id, text, sizeof text) <= 0)
		return;
	pid = strtol(text, &end, 10);
	if (pid <= 1 || *end != ' ')
		return;
	auto_close int pidfd = sys_pidfd_open((pid_t)pid);
	if (pidfd < 0 || sys_proc_stat((pid_t)pid, &st) < 0 || st.start_time != strtoull(end + 1, NULL, 10))
		return;
	/* It leads its group, so as long as it is there the group is its. */
	kill((pid_t)-pid, SIGKILL);
}

/* ---- within the child ---- */

enum { WIRE_MOST = 128 };

int command_wire(const int std[3], const int *keep, size_t n_keep)
{
	int aside[WIRE_MOST + 3];
	size_t n = n_keep + 3;

	if (n_keep > WIRE_MOST)
		return -EINVAL;
	/* Out of the way first, since one may stand where another has to go. */
	for (size_t i = 0; i < n; i++) {
		aside[i] = fcntl(i < 3 ? std[i] : keep[i - 3], F_DUPFD_CLOEXEC, (int)n);
		if (aside[i] < 0)
			return -errno;
	}
	for (size_t i = 0; i < n; i++)
		if (dup2(aside[i], (int)i) < 0)
			return -errno;
	/* It may go on for long without an execution, and outlive the supervisor: whose lock is not to be held by it. */
	return sys_close_range((unsigned int)n, 0);
}

int command_execute(const char *const *argv, const char *const *envp)
{
	execvpe(argv[0], (char *const *)argv, (char *const *)envp);
	return -errno;
}

int command_call(const char *const *argv, const char *const *envp)
{
	int status = 0, pipes[2], rc = 0;
	pid_t pid;

	/* Closed by an execution; else it tells why there was none. */
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		rc = -errno;
	if (pid == 0) {
		rc = command_execute(argv, envp);
		sys_write_all(pipes[1], &rc, sizeof rc);
		_exit(COMMAND_FAILED);
	}
	close(pipes[1]);
	if (pid > 0 && sys_read_all(pipes[0], &rc, sizeof rc) != sizeof rc)
		rc = 0;
	close(pipes[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (rc < 0)
		return rc;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int open_words(const char *file)
{
	const int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
	int fd = sys_openat(AT_FDCWD, file, flags, 0600);

	/* What failed may be just that; nothing is read any more. */
	if (fd == -EMFILE || fd == -ENFILE) {
		close(STDIN_FILENO);
		fd = sys_openat(AT_FDCWD, file, flags, 0600);
	}
	return fd;
}

int command_fail(const char *file, const struct err *e)
{
	auto_close int fd = open_words(file);
	char line[ERR_TEXT_MAX + 2];
	size_t n = fmt(line, sizeof line, "%s\n", e->text);

	if (fd >= 0)
		sys_write_all(fd, line, n);
	sys_write_all(STDERR_FILENO, line, n);
	return COMMAND_FAILED;
}
