/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * There is one supervisor: whoever has the lock of master.pid.  A reload executes the program anew in the same process and
 * hands over nothing but that lock; a crash does the same, once.
 */
#include "supervise/tree.h"

#include "base/arr.h"
#include "base/fmt.h"
#include "base/shared_image.h"
#include "supervise/score.h"
#include "sys/file.h"
#include "sys/process.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_VARIABLE "LITHOS_TREE_LOCK="

enum {
	PID_MODE = 0600,
	DYING_MS = 1000,		/* a predecessor that is being killed */
	LOOK_MS = 10,
	CRASH_AGAIN_S = 10,
};

/* ---- the lock ---- */

static void pause_ms(long ms)
{
	const struct timespec t = { .tv_nsec = ms * 1000000 };

	nanosleep(&t, NULL);
}

static int busy(int fd, struct err *e)
{
	char text[32] = "";
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	long pid = n > 0 ? strtol(text, NULL, 10) : 0;

	return err_set(e, -EBUSY, "Master pid is %ld. And there is alive process with that pid.", pid);
}

static int write_pid(int fd, struct err *e)
{
	char text[32];
	size_t n = fmt(text, sizeof text, "%d\n", (int)getpid());

	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, n, 0) != (ssize_t)n)
		return err_sys(e, -errno, "write " PLACE_PID_FILE);
	return 0;
}

int master_lock(struct tree *t, struct err *e)
{
	/* By somebody who was killed at this moment: its descriptor is closed in a moment. */
	for (int ms = 0; t->lock < 0; ms += LOOK_MS) {
		auto_close int fd = sys_openat(t->home, PLACE_PID_FILE, O_RDWR | O_CREAT | O_NOFOLLOW, PID_MODE);

		if (fd < 0)
			return err_sys(e, fd, "open %s/" PLACE_PID_FILE, t->places.runtime_dir);
		/* Whoever can open it, for reading too, can lock it, and keep every supervisor from it. */
		if (fchmod(fd, PID_MODE) < 0)
			return err_sys(e, -errno, "change the mode of %s/" PLACE_PID_FILE, t->places.runtime_dir);
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			t->lock = take_fd(fd);
		else if (errno != EWOULDBLOCK)
			return err_sys(e, -errno, "lock %s/" PLACE_PID_FILE, t->places.runtime_dir);
		else if (ms >= DYING_MS)
			return busy(fd, e);
		else
			pause_ms(LOOK_MS);
	}
	return write_pid(t->lock, e);
}

static const char *find_variable(const char *const *envp)
{
	for (size_t i = 0; envp[i]; i++)
		if (strncmp(envp[i], LOCK_VARIABLE, strlen(LOCK_VARIABLE)) == 0)
			return envp[i] + strlen(LOCK_VARIABLE);
	return NULL;
}

int master_inherit(const char *const *envp, char *ret_dir, size_t size, int *ret_crash)
{
	const char *text = find_variable(envp);
	char link[32], *slash, *end;
	ssize_t n;
	long fd;

	if (!text)
		return -ENOENT;
	fd = strtol(text, &end, 10);
	*ret_crash = *end == ':' ? (int)strtol(end + 1, &end, 10) : 0;
	/* Who has the lock gets it again. */
	if (end == text || *end || fd < 3 || fd > INT_MAX || sys_set_cloexec((int)fd, true) < 0 ||
	    flock((int)fd, LOCK_EX | LOCK_NB) < 0)
		return -ENOENT;
	fmt(link, sizeof link, "/proc/self/fd/%ld", fd);
	n = sys_readlinkat(AT_FDCWD, link, ret_dir, size);
	slash = n > 0 ? strrchr(ret_dir, '/') : NULL;
	if (!slash || strcmp(slash + 1, PLACE_PID_FILE) != 0)
		return -ENOENT;
	*slash = '\0';
	return (int)fd;
}

/* ---- executing anew ---- */

/* For a handler of a crash, which can look at nothing else. */
static struct {
	const char *program;
	char *const *argv;
	char **envp;
	char variable[64];	/* LITHOS_TREE_LOCK=DESCRIPTOR, and after a crash :SIGNAL */
	int lock;
	time_t started_s;
} anew;

static int execute_anew(void)
{
	if (fcntl(anew.lock, F_SETFD, 0) < 0)
		return -errno;
	execve(anew.program, anew.argv, anew.envp);
	return -errno;
}

/* What comes while the program begins again is blocked over the execution, and is obeyed by the one that has begun. */
void master_again(struct tree *t)
{
	int rc = execute_anew();

	sys_set_cloexec(t->lock, true);
	tree_say(t, LINE_ERROR, "Executing %s anew failed: %s; the configuration is read by the one that runs",
		 anew.program, strerror(-rc));
}

static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

static void on_crash(int sig)
{
	const struct sigaction by_default = { .sa_handler = SIG_DFL };
	struct timespec now;

	/* What crashes at once again would do so for ever. */
	if (clock_gettime(CLOCK_MONOTONIC, &now) == 0 && now.tv_sec - anew.started_s >= CRASH_AGAIN_S) {
		fmt(anew.variable, sizeof anew.variable, LOCK_VARIABLE "%d:%d", anew.lock, sig);
		execute_anew();
	}
	sigaction(sig, &by_default, NULL);
	raise(sig);
}

int master_catch(struct tree *t, struct err *e)
{
	static char stack[64 << 10];
	const stack_t s = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction act = { .sa_handler = on_crash, .sa_flags = SA_ONSTACK | SA_NODEFER };
	size_t n = 0, kept = 0;

	while (t->words->envp[n])
		n++;
	anew.envp = calloc(n + 3, sizeof(char *));
	if (!anew.envp)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++)
		if (strncmp(t->words->envp[i], LOCK_VARIABLE, strlen(LOCK_VARIABLE)) != 0 &&
		    strncmp(t->words->envp[i], SCORE_VARIABLE, strlen(SCORE_VARIABLE)) != 0)
			anew.envp[kept++] = (char *)t->words->envp[i];
	if (score_word())
		anew.envp[kept++] = (char *)score_word();
	fmt(anew.variable, sizeof anew.variable, LOCK_VARIABLE "%d", t->lock);
	anew.envp[kept] = anew.variable;
	anew.program = t->words->program;
	anew.argv = (char *const *)t->words->argv;
	anew.lock = t->lock;
	anew.started_s = (time_t)(sys_now_ms() / 1000);
	sigaltstack(&s, NULL);
	for (size_t i = 0; i < ARRAY_LEN(crashes); i++)
		sigaction(crashes[i], &act, NULL);
	return 0;
}

/* Commands are not the service that the manager has started, nor the supervisor's successor. */
int master_environment(struct tree *t, struct err *e)
{
	static const char *const not[] = {
		MANAGER_VARIABLES, "LITHOS_TREE_LOCK", "LITHOS_TREE_OOM", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES",
		SHARED_IMAGE_VARIABLE,
	};
	const char **kept;
	size_t n = 0, k = 0;

	while (t->words->envp[n])
		n++;
	kept = ARENA_ARRAY(&t->a, n + 2, const char *);
	if (!kept)
		return err_nomem(e);
	kept[k++] = t->image_word;
	for (size_t i = 0; i < n; i++) {
		bool drop = false;

		for (size_t j = 0; j < ARRAY_LEN(not); j++)
			drop = drop || (strncmp(t->words->envp[i], not[j], strlen(not[j])) == 0 &&
					t->words->envp[i][strlen(not[j])] == '=');
		if (!drop)
			kept[k++] = t->words->envp[i];
	}
	t->launch_envp = kept;
	t->envp = kept + 1;
	return 0;
}
