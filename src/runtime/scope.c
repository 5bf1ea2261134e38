/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/scope.h"
#include "base/arr.h"
#include "base/fmt.h"
#include "sys/file.h"
#include "sys/process.h"
#include "systemd/request.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HELPER "cist-systemd"

/* ---- the program ---- */

/*
 * Nobody else may have written it: it gets the rights of whoever calls cist.  Root of the host has no name in a user
 * namespace that he is not mapped in; there it has to be whoever owns cist itself.
 */
static bool is_trusted(uid_t owner)
{
	struct stat cist;

	return owner == 0 || owner == geteuid() ||
	       (sys_fstatat(AT_FDCWD, "/proc/self/exe", 0, &cist) == 0 && owner == cist.st_uid);
}

static int check_program(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (sys_fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (st.st_mode & 022) || !is_trusted(st.st_uid))
		return err_set(e, -EPERM, "%s is not used: somebody else may write to it", path);
	return 0;
}

/* Beside a cist that was not installed, as in the directory of a build.  *ret_fd -1: there is none. */
static int open_beside(int *ret_fd, struct err *e)
{
	char path[PATH_MAX];
	ssize_t n = sys_readlinkat(AT_FDCWD, "/proc/self/exe", path, sizeof(path) - sizeof(HELPER));
	char *slash = n > 0 ? strrchr(path, '/') : NULL;

	*ret_fd = -1;
	if (!slash)
		return 0;
	*slash = '\0';
	if (strcmp(path, CIST_SBINDIR) == 0)
		return 0;
	memcpy(slash, "/" HELPER, sizeof("/" HELPER));
	*ret_fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW, 0);
	return *ret_fd < 0 ? 0 : check_program(*ret_fd, path, e);
}

static int open_program(int *ret_fd, struct err *e)
{
	static const char installed[] = CIST_LIBEXECDIR "/" HELPER;

	if (open_beside(ret_fd, e) < 0 || *ret_fd >= 0)
		return e->code;
	*ret_fd = sys_openat(AT_FDCWD, installed, O_RDONLY, 0);
	if (*ret_fd == -ENOENT)
		return err_set(e, *ret_fd, "the systemd cgroup manager needs the program %s, which is not there: cist was "
			       "built without libsystemd, or that part of it was not installed", installed);
	return *ret_fd < 0 ? err_sys(e, *ret_fd, "open %s", installed) : check_program(*ret_fd, installed, e);
}

/* What tells where the buses are; the rest of the caller's environment is not for it. */
static void pick_environment(const char *ret[4])
{
	static const char *const names[] = { "DBUS_SYSTEM_BUS_ADDRESS=", "DBUS_SESSION_BUS_ADDRESS=", "XDG_RUNTIME_DIR=" };
	size_t n = 0;

	for (char **v = environ; *v; v++)
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			if (n < 3 && strncmp(*v, names[i], strlen(names[i])) == 0)
				ret[n++] = *v;
	ret[n] = NULL;
}

static _Noreturn void become_helper(int program, int sock)
{
	const char *const argv[] = { HELPER, NULL };
	const char *envp[4];
	int rc = dup2(sock, STDIN_FILENO) < 0 ? -errno : 0;

	pick_environment(envp);
	if (rc == 0)
		rc = sys_close_range(3, K_CLOSE_RANGE_CLOEXEC);
	if (rc == 0)
		rc = sys_reset_signals(SYS_ALL_SIGNALS);
	if (rc == 0)
		rc = sys_execveat(program, argv, envp);
	_exit(rc == -ENOENT ? 126 : 127);
}

static int open_helper(struct scope *s, struct err *e)
{
	auto_close int program = -EBADF;
	auto_close int theirs = -EBADF;
	int pair[2], pidfd = -1, rc;
	struct k_clone_args args = { .flags = K_CLONE_PIDFD, .exit_signal = SIGCHLD,
				     .pidfd = (uint64_t)(uintptr_t)&pidfd };

	if (s->sock >= 0)
		return 0;
	if (open_program(&program, e) < 0)
		return e->code;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, -errno, "make a socket pair");
	s->sock = pair[0];
	theirs = pair[1];
	rc = sys_clone3(&args);
	if (rc == 0)
		become_helper(program, theirs);
	if (rc < 0)
		return err_sys(e, rc, "clone3");
	s->pidfd = pidfd;
	return 0;
}

void scope_close(struct scope *s)
{
	fd_close(&s->sock);
	if (s->pidfd >= 0)
		(void)sys_pidfd_wait(s->pidfd);
	fd_close(&s->pidfd);
}

/* ---- question and answer ---- */

static int no_answer(struct scope *s, struct err *e)
{
	int status;

	fd_close(&s->sock);
	status = s->pidfd >= 0 ? sys_pidfd_wait(s->pidfd) : 0;
	fd_close(&s->pidfd);
	return err_set(e, -EPIPE, "the systemd cgroup manager: " HELPER " ended with status %d and without an answer",
		       status);
}

/* The answer's text goes into buf; that of an error into e. */
static int read_answer(struct scope *s, struct request_answer *ret, char *buf, size_t size, struct err *e)
{
	if (sys_read_all(s->sock, ret, sizeof(*ret)) != sizeof(*ret) || ret->length >= size ||
	    sys_read_all(s->sock, buf, ret->length) != (ssize_t)ret->length)
		return no_answer(s, e);
	buf[ret->length] = '\0';
	return ret->code < 0 ? err_set(e, ret->code, "the systemd cgroup manager: %s", buf) : 0;
}

static int ask(struct scope *s, const struct request_text *t, struct request_answer *ret, char *buf, size_t size,
	       struct err *e)
{
	const uint32_t length = (uint32_t)t->n;

	if (t->failed)
		return err_nomem(e);
	if (open_helper(s, e) < 0)
		return e->code;
	/* SIGPIPE is ignored. */
	if (sys_write_all(s->sock, &length, sizeof(length)) < 0 || sys_write_all(s->sock, t->v, t->n) < 0)
		return no_answer(s, e);
	return read_answer(s, ret, buf, size, e);
}

static int ask_plain(struct scope *s, const struct request_text *t, struct err *e)
{
	struct request_answer answer;
	char text[ERR_TEXT_MAX];

	return ask(s, t, &answer, text, sizeof(text), e);
}

static void add_properties(struct request_text *t, const struct cg_properties *l)
{
	for (size_t i = 0; i < l->n; i++)
		request_property(t, l->v[i].name, l->v[i].type, l->v[i].values, l->v[i].n_values);
}

/* ---- the verbs ---- */

int scope_find(struct scope *s, struct cg_manager *m, struct arena *a, struct err *e)
{
	auto_request struct request_text t = { 0 };
	struct request_answer answer;
	char text[CG_PATH_MAX];

	request_begin(&t, REQUEST_FIND, m->is_users, "");
	if (ask(s, &t, &answer, text, sizeof(text), e) < 0)
		return e->code;
	m->root = arena_str(a, text);
	return m->root ? 0 : err_nomem(e);
}

int scope_start(struct scope *s, const struct cg_unit *u, pid_t *ret_keeper, struct err *e)
{
	auto_request struct request_text t = { 0 };
	struct request_answer answer = { 0 };
	char text[CG_PATH_MAX];

	request_begin(&t, REQUEST_START, u->is_users, u->name);
	add_properties(&t, &u->start);
	if (ask(s, &t, &answer, text, sizeof(text), e) < 0)
		return e->code;
	if (strcmp(text, u->path) != 0)
		return err_set(e, -EXDEV, "the systemd cgroup manager: the cgroup of %s is %s, not %s: another systemd than "
			       "the one that runs here answers", u->name, text, u->path);
	*ret_keeper = answer.pid;
	return 0;
}

int scope_release(struct scope *s, const struct cg_unit *u, struct err *e)
{
	auto_request struct request_text t = { 0 };

	request_begin(&t, REQUEST_RELEASE, u->is_users, u->name);
	return ask_plain(s, &t, e);
}

int scope_limit(struct scope *s, const struct cg_unit *u, struct err *e)
{
	auto_request struct request_text t = { 0 };

	if (u->limits.n == 0)
		return 0;
	request_begin(&t, REQUEST_SET, u->is_users, u->name);
	add_properties(&t, &u->limits);
	return ask_plain(s, &t, e);
}

int scope_attach(struct scope *s, const struct cg_unit *u, pid_t pid, struct err *e)
{
	auto_request struct request_text t = { 0 };

	request_attach(&t, u->is_users, u->name, u->subgroup, pid);
	return ask_plain(s, &t, e);
}

static int ask_end(const struct cg_record *r, enum request_verb verb, struct err *e)
{
	auto_scope struct scope s = SCOPE_INIT;
	auto_request struct request_text t = { 0 };

	request_begin(&t, verb, r->unit_is_users, r->unit);
	return ask_plain(&s, &t, e);
}

int scope_stop(const struct cg_record *r, struct err *e)
{
	return ask_end(r, REQUEST_STOP, e);
}

int scope_clear(const struct cg_record *r, struct err *e)
{
	static const char scope[] = ".scope";
	size_t n = strlen(r->unit);

	if (n < sizeof(scope) - 1 || strcmp(r->unit + n - (sizeof(scope) - 1), scope) != 0)
		return 0;
	return ask_end(r, REQUEST_CLEAR, e);
}
