/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Acting half of lsm.h. */
#include "lsm/lsm.h"
#include "base/auto.h"
#include "base/fmt.h"
#include "sys/file.h"
#include "sys/mount.h"

#include <string.h>

int lsm_own_proc(int *ret_fd, struct err *e)
{
	auto_close int fs = sys_fsopen("proc");
	int rc = fs < 0 ? fs : sys_fsconfig(fs, "subset", "pid");

	if (rc >= 0)
		rc = sys_fsmount(fs, K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NODEV | K_MOUNT_ATTR_NOEXEC);
	if (rc < 0)
		return err_sys(e, rc, "make a procfs for labels");
	*ret_fd = rc;
	return 0;
}

/* What the errors of the two modules' attributes mean: security/apparmor/lsm.c, security/selinux/hooks.c. */
static int refused(const struct lsm_label *l, int rc, struct err *e)
{
	switch (rc) {
	case -ENOENT:
		return err_set(e, rc, "%s: the profile %s is not loaded; load it with apparmor_parser", l->from, l->name);
	case -EINVAL:
		return err_set(e, rc, "%s: the kernel's policy has no %s", l->from, l->name);
	case -EACCES:
	case -EPERM:
		return err_set(e, rc, "%s: the policy of the host does not let cist change to %s", l->from, l->name);
	default:
		return err_sys(e, rc, "%s: change to %s", l->from, l->name);
	}
}

static int write_label(const struct lsm_label *l, int proc_fd, struct err *e)
{
	char path[64];
	int rc;

	fmt(path, sizeof(path), "thread-self/%s", l->file);
	auto_close int fd = sys_open_in_proc(proc_fd, path, O_WRONLY);
	if (fd < 0)
		return err_sys(e, fd, "%s: open /proc/%s", l->from, path);
	rc = sys_write_all(fd, l->text, strlen(l->text));
	return rc < 0 ? refused(l, rc, e) : 0;
}

int lsm_label_keys(const struct lsm_plan *p, int proc_fd, struct err *e)
{
	return p->key.text ? write_label(&p->key, proc_fd, e) : 0;
}

int lsm_label_exec(const struct lsm_plan *p, int proc_fd, struct err *e)
{
	for (uint32_t i = 0; i < p->n_exec; i++)
		if (write_label(&p->exec[i], proc_fd, e) < 0)
			return e->code;
	return 0;
}
