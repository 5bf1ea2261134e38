/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lsm/lsm.h"
#include "base/auto.h"
#include "sys/file.h"

#include <string.h>
#include <sys/statvfs.h>

/* A user namespace cannot fake these: the host's /sys and /proc are whoever's who runs cist. */
static bool says(const char *path, const char *text)
{
	char have[256];

	return sys_read_at(AT_FDCWD, path, have, sizeof(have)) >= 0 && strncmp(have, text, strlen(text)) == 0;
}

/* selinuxfs that is mounted read-only is how engines tell those inside a container that SELinux is none of their business. */
static bool has_selinux(void)
{
	auto_close int fd = sys_openat(AT_FDCWD, "/sys/fs/selinux", O_PATH | O_DIRECTORY, 0);
	struct statvfs st;

	return fd >= 0 && sys_fs_magic(fd) == K_SELINUX_MAGIC && fstatvfs(fd, &st) == 0 && !(st.f_flag & ST_RDONLY);
}

void lsm_probe(struct lsm_host *ret_host)
{
	*ret_host = (struct lsm_host){
		.apparmor = says("/sys/module/apparmor/parameters/enabled", "Y"),
		.selinux = has_selinux(),
	};
	ret_host->confined = ret_host->apparmor && !says("/proc/thread-self/attr/apparmor/current", "unconfined");
}

int lsm_open_proc(int *ret_fd, struct err *e)
{
	enum { PROC_ROOT_INO = 1 };
	auto_close int fd = sys_openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY, 0);
	struct stat st;

	if (fd < 0)
		return err_sys(e, fd, "open /proc");
	if (sys_fs_magic(fd) != K_PROC_SUPER_MAGIC || sys_fstat(fd, &st) < 0 || st.st_ino != PROC_ROOT_INO)
		return err_set(e, -EINVAL, "/proc is not the root of a procfs: labels cannot be set");
	*ret_fd = take_fd(fd);
	return 0;
}
