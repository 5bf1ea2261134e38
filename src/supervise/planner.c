/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/planner.h"

#include "supervise/score.h"
#include "sys/file.h"
#include "sys/process.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { WORDS_MAX = 1024, ARGS_MAX = 16, STATUS_NO_PROGRAM = 127, DYING_MS = 200 };

/* ---- the child ---- */

/* "--option", value: both, or neither where there is no value. */
static size_t add_option(const char **args, size_t n, const char *option, const char *value)
{
	if (!value)
		return n;
	args[n] = option;
	args[n + 1] = value;
	return n + 2;
}

static void fill_args(const struct plan_request *how, const char *args[ARGS_MAX])
{
	size_t n = 2;

	args[0] = "lithos";
	args[1] = "plan";
	n = add_option(args, n, "--config", how->master);
	n = add_option(args, n, "--runtime-dir", how->runtime_dir);
	n = add_option(args, n, "--alternate-config", how->alternate);
	n = add_option(args, n, "--sandbox", how->alternate_for);
	if (how->settings_only)
		args[n++] = "--settings";
	if (how->bundles)
		args[n++] = "--bundles";
	if (how->log_configs)
		args[n++] = "--log-configs";
	args[n] = NULL;
}

/* After fork(): nothing here allocates.  parent is asked for, since it may have died before prctl(2). */
static void run_child(const char *const args[], int out, int words, pid_t parent)
{
	sigset_t none;
	int null;

	sigemptyset(&none);
	(void)sys_reset_signals(SYS_ALL_SIGNALS);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)sys_prctl(PR_SET_PDEATHSIG, SIGKILL, 0);
	score_restore();
	null = sys_openat(AT_FDCWD, "/dev/null", O_RDWR, 0);
	if (getppid() != parent || null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(words, STDERR_FILENO) < 0)
		_exit(STATUS_NO_PROGRAM);
	(void)sys_close_range(STDERR_FILENO + 1, K_CLOSE_RANGE_CLOEXEC);
	execv("/proc/self/exe", (char *const *)args);
	_exit(STATUS_NO_PROGRAM);
}

int planner_start(const struct plan_request *how, struct planner *ret, struct err *e)
{
	auto_close int out = sys_memfd("planned", 0), words = sys_memfd("words", 0);
	const char *args[ARGS_MAX];
	pid_t parent = getpid(), pid;

	*ret = (struct planner)PLANNER_INIT;
	if (out < 0 || words < 0)
		return err_sys(e, out < 0 ? out : words, "memory for the planner");
	fill_args(how, args);
	pid = fork();
	if (pid < 0)
		return err_sys(e, -errno, "start the planner");
	if (pid == 0)
		run_child(args, out, words, parent);
	*ret = (struct planner){ .pid = pid, .pidfd = sys_pidfd_open(pid), .out = take_fd(out), .words = take_fd(words) };
	if (ret->pidfd < 0) {
		err_sys(e, ret->pidfd, "watch the planner");
		planner_stop(ret);
		return e->code;
	}
	return 0;
}

/* ---- its end ---- */

static int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return status;
}

/* Of one that was killed; a zombie that comes later is taken by whoever takes all of them. */
static int reap_killed(const struct planner *p)
{
	if (p->pidfd >= 0 && sys_pidfd_poll(p->pidfd, DYING_MS) == 0)
		return -EBUSY;
	return reap(p->pid);
}

static int say_late(const struct planner *p, struct err *e)
{
	return err_set(e, -ETIMEDOUT, "the planner did not come to an end within %d seconds and was killed: a file system that "
		       "it reads does not answer, or the machine is overloaded", p->late_ms / 1000);
}

int planner_late(struct planner *p, int limit_ms, struct err *e)
{
	p->late_ms = limit_ms;
	kill(p->pid, SIGKILL);
	return say_late(p, e);
}

void planner_wait(struct planner *p, int limit_ms)
{
	struct err later;

	if (sys_pidfd_poll(p->pidfd, limit_ms) == 0)
		(void)planner_late(p, limit_ms, &later);
}

static void forget(struct planner *p)
{
	fd_close(&p->pidfd);
	fd_close(&p->out);
	fd_close(&p->words);
	*p = (struct planner)PLANNER_INIT;
}

void planner_stop(struct planner *p)
{
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		(void)reap_killed(p);
	}
	forget(p);
}

/* Up to size - 1 bytes of the file from its beginning, terminated. */
static ssize_t read_text(int fd, char *buf, size_t size)
{
	ssize_t n = lseek(fd, 0, SEEK_SET) < 0 ? -errno : sys_read_all(fd, buf, size - 1);

	if (n >= 0)
		buf[n] = '\0';
	return n;
}

static int explain(const struct planner *p, int status, struct err *e)
{
	char words[WORDS_MAX];
	ssize_t n = read_text(p->words, words, sizeof(words));

	if (p->late_ms > 0)
		return say_late(p, e);

	while (n > 0 && words[n - 1] == '\n')
		words[--n] = '\0';
	if (n > 0)
		return err_set(e, -EIO, "the planner failed: %s", words);
	if (status >= 0 && WIFSIGNALED(status))
		return err_set(e, -EIO, "the planner was killed by signal %d", WTERMSIG(status));
	return err_set(e, -EIO, "the planner ended with status %d and said nothing", status < 0 ? status : WEXITSTATUS(status));
}

static int read_result(int fd, const char *boot_id, struct arena *a, struct wanted *ret, struct err *e)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text;
	ssize_t n;
	int rc;

	if (size < 0 || size > SHEET_BYTES_MAX)
		return err_set(e, -EIO, "the planner said too much");
	text = arena_alloc(a, (size_t)size + 1);
	if (!text)
		return err_nomem(e);
	n = read_text(fd, text, (size_t)size + 1);
	if (n < 0)
		return err_sys(e, (int)n, "read what the planner found");
	rc = wanted_read(text, (size_t)n, boot_id, a, ret, e);
	return rc > 0 ? err_set(e, -EIO, "what the planner found cannot be understood") : rc;
}

int planner_finish(struct planner *p, const char *boot_id, struct arena *a, struct wanted *ret, struct err *e)
{
	int status = p->late_ms > 0 ? reap_killed(p) : reap(p->pid), rc;

	p->pid = 0;
	if (p->late_ms > 0 || status < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		rc = explain(p, status, e);
	else
		rc = read_result(p->out, boot_id, a, ret, e);
	forget(p);
	return rc;
}

int planner_settings(const char *master, const char *boot_id, struct arena *a, struct wanted *ret, struct err *e)
{
	const struct plan_request how = { .master = master, .settings_only = true };
	struct planner p;

	if (planner_start(&how, &p, e) < 0)
		return e->code;
	planner_wait(&p, PLANNER_SETTINGS_MS);
	if (planner_finish(&p, boot_id, a, ret, e) < 0)
		return e->code;
	return ret->settings.runtime_dir != NULL;
}
