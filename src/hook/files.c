/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files that hooks write their output to. */
#include "hook/hook.h"
#include "libocispec/oci_config.h"
#include "sys/file.h"

#include <string.h>

static const char *const annotation[HOOK_FILES] = {
	[HOOK_STDOUT] = HOOK_STDOUT_ANNOTATION,
	[HOOK_STDERR] = HOOK_STDERR_ANNOTATION,
};

static int plan_file(const char *path, const char *key, const char *bundle, struct arena *a, struct hook_file *f,
		     struct err *e)
{
	if (!*path)
		return err_set(e, -EINVAL, "annotations: %s: it names no file", key);
	f->path = *path == '/' ? arena_str(a, path) : arena_fmt(a, "%s/%s", bundle, path);
	f->from = arena_fmt(a, "annotations.%s", key);
	return f->path && f->from ? 0 : err_nomem(e);
}

int hook_plan_files(const struct oci_pair *annotations, size_t n, const char *bundle, struct arena *a,
		    struct hook_plan *p, struct err *e)
{
	for (size_t k = 0; k < HOOK_FILES; k++) {
		const char *path = oci_pair_value(annotations, n, annotation[k]);

		if (path && plan_file(path, annotation[k], bundle, a, &p->files[k], e) < 0)
			return e->code;
	}
	return 0;
}

/* Not blocking while it is opened: a FIFO that nobody reads is an error. */
static int open_file(struct hook_file *f, struct err *e)
{
	auto_close int fd = sys_openat(AT_FDCWD, f->path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY, 0600);

	if (fd < 0)
		return err_sys(e, fd, "%s: open %s", f->from, f->path);
	if (fcntl(fd, F_SETFL, O_APPEND) < 0)
		return err_sys(e, -errno, "%s: %s", f->from, f->path);
	f->fd = take_fd(fd);
	return 0;
}

int hook_open_files(struct hook_plan *p, struct err *e)
{
	for (size_t i = 0; i < HOOK_FILES; i++)
		if (p->files[i].path && open_file(&p->files[i], e) < 0)
			return e->code;
	return 0;
}

void hook_close_files(struct hook_plan *p)
{
	for (size_t i = 0; i < HOOK_FILES; i++) {
		if (p->files[i].fd > 0)
			close(p->files[i].fd);
		p->files[i].fd = 0;
	}
}
