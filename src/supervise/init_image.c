/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One memory file with cist-init for the inits of all containers (base/shared_image.h).  It is made here, empty, and held by
 * lithos_hold; what is in it, is the runtime's business: nothing of it is read here.
 */
#include "supervise/tree.h"

#include "base/fmt.h"
#include "base/shared_image.h"
#include "supervise/hold_name.h"
#include "sys/file.h"

/* Without it, as where the kernel is told to execute no memory, the runtime makes its own, or says why it cannot. */
static int make(struct tree *t)
{
	struct err ignored = { 0 };
	int fd = sys_memfd_program(SHARED_IMAGE_NAME);

	if (fd >= 0 && holder_keep(t, HOLD_NAME_IMAGE, fd, &ignored) < 0)
		return ignored.code;
	return fd;
}

int init_image_offer(struct ward *w)
{
	struct tree *t = w->tree;
	struct stat st;
	int fd = hold_find(&t->hold, HOLD_NAME_IMAGE);

	w->image = 0;
	if (!t->runtime.is_cist)
		return -ENOENT;
	if (fd < 0)
		fd = make(t);
	if (fd < 0 || sys_fstat(fd, &st) < 0)
		return -ENOENT;
	w->image = st.st_ino;
	return fd;
}

/*
 * A runtime that was upgraded has another cist-init, and that of the first container after it is its own.  One of two that
 * were launched at once may have replaced it already: what is dropped is only what this one was offered.
 */
void init_image_check(const struct ward *w)
{
	const int fd = w->image ? hold_find(&w->tree->hold, HOLD_NAME_IMAGE) : -ENOENT;
	struct stat offered, taken;
	char exe[32];

	fmt(exe, sizeof exe, "/proc/%d/exe", w->r.pid);
	/* One that has ended already tells nothing. */
	if (fd < 0 || sys_fstat(fd, &offered) < 0 || offered.st_ino != w->image ||
	    sys_fstatat(AT_FDCWD, exe, 0, &taken) < 0)
		return;
	if (taken.st_ino != offered.st_ino || taken.st_dev != offered.st_dev)
		holder_drop(w->tree, HOLD_NAME_IMAGE);
}
