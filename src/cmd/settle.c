/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/settle.h"
#include "sys/file.h"
#include "sys/process.h"

#include <stdio.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

static int refuse_set_uid(const char *program, struct err *e)
{
	/*
	 * AT_SECURE also stands for file capabilities.  For root it may come from a security module's transition when a
	 * confined domain is entered: nothing is gained by that, and it is how some distributions start runtimes.
	 */
	if (getuid() != geteuid() || getgid() != getegid() || (getauxval(AT_SECURE) && geteuid() != 0))
		return err_set(e, -EPERM, "%s must not be installed set-uid, set-gid or with file capabilities", program);
	return 0;
}

/* A file that is opened later must not become descriptor 0, 1 or 2 and be taken for standard output. */
static int fill_standard_fds(bool *ret_stdout_is_missing, struct err *e)
{
	*ret_stdout_is_missing = fcntl(STDOUT_FILENO, F_GETFD) < 0;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", O_RDWR) != fd)
			return err_sys(e, -errno, "descriptor %d is closed: open /dev/null", fd);
	}
	return 0;
}

/*
 * What a caller may have left behind that our own work would trip over: SIGCHLD ignored (children could not be waited
 * for), ambient capabilities (hooks would inherit them).  SIGPIPE is ignored so that a broken pipe is
 * an error and not a death halfway; a container's program gets the default actions from cist-init.
 */
static int reset_process(struct err *e)
{
	int rc;

	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return err_sys(e, -errno, "reset signals");
	rc = sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0);
	if (rc < 0 && rc != -EINVAL)
		return err_sys(e, rc, "clear ambient capabilities");
	/*
	 * Whatever the caller has: hooks inherit it, and others read logs, pid files and cgroups.  What nobody else may see
	 * is made with a mode that says so.
	 */
	umask(022);
	return 0;
}

int settle_process(const char *program, bool *ret_stdout_is_missing, struct err *e)
{
	if (refuse_set_uid(program, e) < 0 || fill_standard_fds(ret_stdout_is_missing, e) < 0)
		return e->code;
	return reset_process(e);
}

int settle_signals(struct err *e)
{
	sigset_t none;

	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? err_sys(e, -errno, "unblock signals") : 0;
}

int settle_output(struct err *e)
{
	if (fflush(stdout) != 0)
		return err_sys(e, -errno, "write to standard output");
	if (ferror(stdout))
		return err_set(e, -EIO, "write to standard output failed");
	return 0;
}
