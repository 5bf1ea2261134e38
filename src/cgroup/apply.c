/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of writes, and the device filter.  No decision about resources is taken here. */
#include "cgroup/dir.h"

#include "sys/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One write on its way: where, and who hears of what is let pass. */
struct writing {
	const struct cg_dir *d;
	const struct cg_write *w;
	void (*warn)(const char *text);
	struct cg_journal *journal;	/* NULL: nobody wants to go back */
	struct err *e;
};

static int fail(const struct writing *x, int rc, const char *file, const char *value)
{
	/* A number that the file's present state forbids is what people meet here; say what to look at. */
	if (rc == -EBUSY && strncmp(file, "memory.", 7) == 0)
		return err_set(x->e, rc, "write %s to %s/%s (%s): the container uses more than that already", value,
			       x->d->where, file, x->w->from ? x->w->from : "default");
	return err_sys(x->e, rc, "write %s to %s/%s (%s)", value, x->d->where, file,
		       x->w->from ? x->w->from : "default");
}

static int warn_missing(const struct writing *x)
{
	char text[CG_PATH_MAX];

	if (x->w->tolerance == CG_WARN_MISSING && x->warn) {
		snprintf(text, sizeof text, "%s: %s/%s does not exist on this host; the limit is not set", x->w->from,
			 x->d->where, x->w->file);
		x->warn(text);
	}
	return 0;
}

/* checkBeforeUpdate (config-linux.md#memory): do not go below what is in use. */
static int check_usage(const struct writing *x)
{
	char text[64];
	unsigned long long usage;
	ssize_t n;

	if (!x->w->usage_file)
		return 0;
	n = sys_read_at(x->d->fd, x->w->usage_file, text, sizeof text);
	if (n == -ENOENT && x->w->tolerance != CG_STRICT)
		return 0;
	if (n < 0)
		return err_sys(x->e, (int)n, "read %s/%s", x->d->where, x->w->usage_file);
	usage = strtoull(text, NULL, 10);
	if (strtoull(x->w->value, NULL, 10) < usage)
		return err_set(x->e, -EBUSY, "%s: %s is below the present usage %llu (%s/%s)", x->w->from, x->w->value,
			       usage, x->d->where, x->w->usage_file);
	return 0;
}

/* One file; what it held goes into the journal when it holds something else now. */
static int write_file(const struct writing *x, const char *file, const char *value)
{
	struct cg_old old = { 0 };
	int rc = x->journal ? cg_old_read(x->d, file, value, &old, x->e) : 0;

	if (rc < 0)
		return rc;
	rc = sys_write_at(x->d->fd, file, value);
	if (rc < 0 || !x->journal)
		cg_old_free(&old);
	else
		x->journal->v[x->journal->n++] = old;
	return rc;
}

enum { WRITTEN = 0, WANTS_NEXT_FIRST = 1 };

static int write_one(const struct writing *x)
{
	const struct cg_write *w = x->w;
	int rc;

	if (x->d->fd < 0)
		return err_set(x->e, -ENOENT, "cgroup %s does not exist", x->d->where);
	if (check_usage(x) < 0)
		return x->e->code;
	rc = write_file(x, w->file, w->value);
	if (rc == -ENOENT && w->or_file) {
		rc = write_file(x, w->or_file, w->or_value);
		return rc < 0 ? fail(x, rc, w->or_file, w->or_value) : WRITTEN;
	}
	if (rc == -ENOENT && w->tolerance != CG_STRICT)
		return warn_missing(x);
	if (rc == -EINVAL && w->or_after_next)
		return WANTS_NEXT_FIRST;
	return rc < 0 ? fail(x, rc, w->file, w->value) : WRITTEN;
}

/*
 * The write at *i, and *i is the one after it.  Where what is in force forbids a value until the next one is written
 * (memory above memory-and-swap, a burst above the quota), that one goes first.
 */
static int write_in_order(const struct cg *cg, const struct cg_plan *p, size_t *i, struct writing *x)
{
	struct cg_write w = p->writes[(*i)++];
	int rc;

	for (;;) {
		x->w = &w;
		x->d = &cg->v[w.place];
		rc = write_one(x);
		if (rc != WANTS_NEXT_FIRST)
			return rc;
		if (*i < p->n_writes && write_in_order(cg, p, i, x) < 0)
			return x->e->code;
		w.or_after_next = false;
	}
}

int cg_fits(const struct cg *cg, const struct cg_plan *p, struct err *e)
{
	if (cg->n == p->n_places)
		return 0;
	return err_set(e, -EINVAL, "the plan of %zu cgroups does not fit the %zu that are open", p->n_places, cg->n);
}

int cg_write_all(const struct cg *cg, const struct cg_plan *p, void (*warn)(const char *text),
		 struct cg_journal *journal, struct err *e)
{
	struct writing x = { .warn = warn, .journal = journal, .e = e };

	for (size_t i = 0; i < p->n_warnings && warn; i++)
		warn(p->warnings[i]);
	for (size_t i = 0; i < p->n_writes;)
		if (write_in_order(cg, p, &i, &x) < 0)
			return e->code;
	return 0;
}

int cg_apply(const struct cg *cg, const struct cg_plan *p, void (*warn)(const char *text), struct err *e)
{
	if (cg_fits(cg, p, e) < 0)
		return e->code;
	if (p->has_filter && cg_filter_attach(&p->filter, cg_v2_fd(cg), e) < 0)
		return err_ctx(e, "linux.resources.devices: %s", cg_dir_v2(cg)->where);
	return cg_write_all(cg, p, warn, NULL, e);
}
