/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "priv/sched.h"
#include "base/auto.h"
#include "base/fmt.h"
#include "sys/file.h"

int sched_set_oom_score(const struct cred_plan *p, pid_t pid, struct err *e)
{
	char path[48], text[16];
	int rc;

	if (!p->has_oom_score_adj)
		return 0;
	fmt(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	fmt(text, sizeof(text), "%d", p->oom_score_adj);
	rc = sys_write_at(AT_FDCWD, path, text);
	if (rc == -EACCES)
		return err_set(e, rc,
			       "%s.oomScoreAdj: permission denied: %d is below what this caller may set",
			       p->from, p->oom_score_adj);
	return rc < 0 ? err_sys(e, rc, "%s.oomScoreAdj: write %d", p->from, p->oom_score_adj) : 0;
}
