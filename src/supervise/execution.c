/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/execution.h"

#include "sys/file.h"
#include "sys/process.h"

#include <signal.h>
#include <sys/prctl.h>

enum { CALL_MS = 60 * 1000 };

/* In the child: becomes the runtime, or says with which errno it did not. */
static int become(const struct execution *x, pid_t parent)
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
	if (rc == 0 && x->mortal && getppid() != parent)
		rc = -ESRCH;
	if (rc == 0)
		rc = sys_reset_signals(SYS_SIGNAL_BIT(SIGPIPE));
	if (rc < 0)
		return rc;
	execvp(x->words->v[0], (char *const *)(void *)x->words->v);
	return -errno;
}

int execution_start(const struct execution *x, struct err *e)
{
	int ends[2], failed = 0, pidfd = -EBADF;
	struct k_clone_args how = { .flags = K_CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd, .exit_signal = SIGCHLD };
	pid_t parent = getpid(), pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, -errno, "pipe");
	pid = sys_clone3(&how);
	if (pid == 0) {
		failed = become(x, parent);
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

int execution_call(const struct runtime_words *w, struct err *e)
{
	struct execution x = { .words = w, .keep = -1 };
	auto_close int pidfd = execution_start(&x, e);
	int rc;

	if (pidfd < 0)
		return pidfd;
	rc = sys_pidfd_poll(pidfd, CALL_MS);
	if (rc == 0)
		sys_pidfd_send_signal(pidfd, SIGKILL);
	if (rc >= 0)
		rc = sys_pidfd_wait(pidfd);
	if (rc < 0)
		return err_sys(e, rc, "wait for %s", w->v[0]);
	return rc == 0 ? 0 : err_set(e, -EIO, "%s failed with exit status %d", w->v[0], rc);
}
