/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "priv/sched.h"
#include "base/auto.h"
#include "base/fmt.h"
#include "sys/file.h"

int sched_set_oom_score(const struct cred_plan *p, int proc_fd, struct err *e)
{
	auto_close int fd = -EBADF;
	char text[16];
	int rc;

	if (!p->has_oom_score_adj)
		return 0;
	/* "self" is an ordinary relative link of procfs to the number, so the confined walk may follow it. */
	fd = sys_open_in_proc(proc_fd, "self/oom_score_adj", O_WRONLY);
	if (fd < 0)
		return err_sys(e, fd, "%s.oomScoreAdj: open oom_score_adj", p->from);
	rc = sys_write_all(fd, text, fmt(text, sizeof(text), "%d", p->oom_score_adj));
	if (rc == -EACCES)
		return err_set(e, rc, "%s.oomScoreAdj: permission denied: %d is below what this caller may set", p->from,
			       p->oom_score_adj);
	return rc < 0 ? err_sys(e, rc, "%s.oomScoreAdj: write %d", p->from, p->oom_score_adj) : 0;
}
