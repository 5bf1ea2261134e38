/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/tenant.h"

#include "lithos/allow.h"
#include "sys/file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* ---- one ---- */

static int read_present(const struct deploy_sandbox *s, struct arena *a, struct findings *f, struct tenant *ret, struct err *e)
{
	const struct lithos_processes *p = s->processes;
	const char **v = ARENA_ARRAY(a, p->n + 1, const char *);

	if (!v)
		return err_nomem(e);
	for (size_t k = 0; k < p->n; k++) {
		v[k] = arena_str(a, p->v[k].image);
		if (!v[k])
			return err_nomem(e);
		(void)allow_image(s->config, &p->v[k], f);
	}
	ret->used = names_sort(v, p->n);
	return 0;
}

int tenant_make(const struct deploy_sandbox *s, struct arena *a, struct findings *f, struct tenant *ret, struct err *e)
{
	const struct lithos_sandbox *x = s->config;

	*ret = (struct tenant){
		.name = arena_str(a, s->name), .image_dir = arena_str(a, x->image_dir), .levels = x->image_dir_levels,
		.auto_clean = x->auto_clean, .list = arena_str(a, x->used_images_list), .dir = -EBADF,
	};
	if (!ret->name || !ret->image_dir || (x->used_images_list && !ret->list))
		return err_nomem(e);
	return read_present(s, a, f, ret, e);
}

int tenant_open(struct tenant *t, struct arena *a, struct err *e)
{
	char proc[64], path[PATH_MAX];
	struct stat st;

	t->dir = sys_openat(AT_FDCWD, t->image_dir, O_RDONLY | O_DIRECTORY, 0);
	if (t->dir < 0)
		return err_sys(e, t->dir, "%s", t->image_dir);
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", t->dir);
	if (sys_fstat(t->dir, &st) < 0 || sys_readlinkat(AT_FDCWD, proc, path, sizeof(path)) < 0)
		return err_set(e, -EIO, "%s: it cannot be looked at", t->image_dir);
	t->dev = st.st_dev;
	t->ino = st.st_ino;
	t->path = arena_str(a, path);
	return t->path ? 0 : err_nomem(e);
}

void tenant_leave(struct tenant *t, const char *why)
{
	if (!t->alone)
		t->why = why;
	t->alone = true;
}

static void mind_instance(struct tenant *v, size_t n, const struct report_instance *r)
{
	const char *slash = strchr(r->name, '/');
	size_t len = slash ? (size_t)(slash - r->name) : strlen(r->name);

	for (size_t k = 0; k < n; k++)
		if (strncmp(v[k].name, r->name, len) == 0 && !v[k].name[len])
			tenant_leave(&v[k], r->kept ? "its former configuration is in use, its images are left alone" :
						      "an update is going on, its images are left alone");
}

void tenants_mind(struct tenant *v, size_t n, const struct report *r)
{
	for (size_t i = 0; i < r->n_instances; i++)
		if (r->instances[i].kept || r->instances[i].stale)
			mind_instance(v, n, &r->instances[i]);
}

/* ---- directories, and who shares them ---- */

bool tenants_share(const struct tenant *a, const struct tenant *b)
{
	return a->dir >= 0 && b->dir >= 0 && a->dev == b->dev && a->ino == b->ino;
}

static bool is_below(const struct tenant *a, const struct tenant *b)
{
	size_t len = a->dir >= 0 && b->dir >= 0 ? strlen(b->path) : 0;

	if (len == 1)
		return a->path[1] != '\0';
	return len > 0 && strncmp(a->path, b->path, len) == 0 && a->path[len] == '/';
}

static void compare(struct tenant *a, struct tenant *b)
{
	if (is_below(a, b) || is_below(b, a)) {
		tenant_leave(a, "its image-dir and another sandbox' are one within the other, they are left alone");
		tenant_leave(b, "its image-dir and another sandbox' are one within the other, they are left alone");
	}
	if (!tenants_share(a, b))
		return;
	if (a->auto_clean != b->auto_clean) {
		tenant_leave(a, "auto-clean of it and of another sandbox with the same image-dir differ, that is left alone");
		b->alone = true;
	}
	if (a->levels != b->levels) {
		tenant_leave(a, "image-dir-levels of it and of another sandbox with the same image-dir differ, "
			       "that is left alone");
		b->alone = true;
	}
}

void tenants_compare(struct tenant *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			compare(&v[i], &v[k]);
}

bool tenants_are_alone(const struct tenant *v, size_t n, const struct tenant *t)
{
	for (size_t k = 0; k < n; k++)
		if (tenants_share(t, &v[k]) && v[k].alone)
			return true;
	return t->alone;
}

int tenants_images(const struct tenant *v, size_t n, const struct tenant *t, struct arena *a, struct names *ret, struct err *e)
{
	*ret = (struct names){ NULL, 0 };
	for (size_t k = 0; k < n; k++)
		if (tenants_share(t, &v[k]) && names_join(ret, &v[k].used, a, ret, e) < 0)
			return e->code;
	return 0;
}
