/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of writes, and the device filter.  No decision about resources is taken here. */
#include "cgroup/dir.h"

#include "base/arr.h"
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

/* What it means that a kernel has no such file, for those that not every kernel has. */
static const struct {
	const char *file;
	const char *hint;
} missing_files[] = {
	{ "memory.swap.max",			"this kernel does not account for swap; boot it with swapaccount=1" },
	{ "memory.memsw.limit_in_bytes",	"this kernel does not account for swap; boot it with swapaccount=1" },
	{ "memory.kmem.limit_in_bytes",		"kernel memory has no limit of its own since Linux 5.16, it counts for "
						"memory.limit" },
	{ "memory.kmem.tcp.limit_in_bytes",	"this kernel has no limit of its own for TCP buffers" },
	{ "memory.swappiness",			"this kernel has no swappiness of a cgroup" },
	{ "cpu.rt_period_us",			"this kernel does not group real-time tasks (CONFIG_RT_GROUP_SCHED)" },
	{ "cpu.rt_runtime_us",			"this kernel does not group real-time tasks (CONFIG_RT_GROUP_SCHED)" },
	{ "cpu.cfs_quota_us",			"this kernel does not limit CPU time (CONFIG_CFS_BANDWIDTH)" },
	{ "cpu.cfs_period_us",			"this kernel does not limit CPU time (CONFIG_CFS_BANDWIDTH)" },
	{ "cpu.max",				"this kernel does not limit CPU time (CONFIG_CFS_BANDWIDTH)" },
	{ "cpu.idle",				"that needs Linux 5.15" },
	{ "blkio.weight",			"no I/O scheduler with weights is there; load the module bfq" },
	{ "blkio.weight_device",		"no I/O scheduler with weights is there; load the module bfq" },
	{ "io.weight",				"neither the I/O scheduler bfq nor iocost is there; load the module bfq" },
	{ "blkio.leaf_weight",			"leaf weights went away with the I/O scheduler CFQ, in Linux 5.0" },
	{ "blkio.leaf_weight_device",		"leaf weights went away with the I/O scheduler CFQ, in Linux 5.0" },
	{ "hugetlb.",				"this machine has no huge pages of that size" },
};

static const char *hint_of(const char *file)
{
	for (size_t i = 0; i < ARRAY_LEN(missing_files); i++) {
		size_t n = strlen(missing_files[i].file);

		if (strncmp(file, missing_files[i].file, n) == 0 && (!file[n] || missing_files[i].file[n - 1] == '.'))
			return missing_files[i].hint;
	}
	return NULL;
}

static bool is_unknown(int rc)
{
	return rc == -ENOENT || rc == -EOPNOTSUPP;
}

static int fail(const struct writing *x, int rc, const char *file, const char *value)
{
	const char *from = x->w->from ? x->w->from : "default";
	const char *hint = is_unknown(rc) ? hint_of(file) : NULL;
	char meaning[64];

	/* A number that the file's present state forbids is what people meet here; say what to look at. */
	if (rc == -EBUSY && strncmp(file, "memory.", 7) == 0)
		return err_set(x->e, rc, "write %s to %s/%s (%s): the container uses more than that already", value,
			       x->d->where, file, from);
	if (!hint)
		return err_sys(x->e, rc, "write %s to %s/%s (%s)", value, x->d->where, file, from);
	return err_set(x->e, rc, "write %s to %s/%s (%s): %s: %s", value, x->d->where, file, from,
		       err_meaning(rc, meaning), hint);
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

/* The kernel rounds a limit down, never up: what reads higher was not taken. */
static int check_held(const struct writing *x)
{
	char text[64];
	ssize_t n = sys_read_at(x->d->fd, x->w->file, text, sizeof text);

	if (n < 0)
		return err_sys(x->e, (int)n, "read %s/%s", x->d->where, x->w->file);
	if (strtoull(text, NULL, 10) <= strtoull(x->w->value, NULL, 10))
		return WRITTEN;
	return fail(x, -EOPNOTSUPP, x->w->file, x->w->value);
}

static int write_one(const struct writing *x)
{
	const struct cg_write *w = x->w;
	int rc;

	if (x->d->fd < 0)
		return err_set(x->e, -ENOENT, "cgroup %s does not exist", x->d->where);
	if (check_usage(x) < 0)
		return x->e->code;
	rc = write_file(x, w->file, w->value);
	if (rc == 0 && w->must_hold)
		return check_held(x);
	if (rc == -ENOENT && w->or_file) {
		rc = write_file(x, w->or_file, w->or_value);
		return rc < 0 ? fail(x, rc, w->or_file, w->or_value) : WRITTEN;
	}
	if (rc == -ENOENT && w->tolerance != CG_STRICT)
		return warn_missing(x);
	if (is_unknown(rc) && w->tolerance == CG_SKIP_UNKNOWN)
		return WRITTEN;
	if (rc == -EINVAL && w->or_after_next)
		return WANTS_NEXT_FIRST;
	return rc < 0 ? fail(x, rc, w->file, w->value) : WRITTEN;
}

/*
 * The write at *i, and *i is the one after it.  Where what is in force forbids a value until the next one is written
 * (memory above memory-and-swap, a burst above the quota), that one goes first.
 */
static int write_in_order(const struct cg *cg, const struct cg_plan *p, size_t *i, const struct writing *all)
{
	struct cg_write w = p->writes[(*i)++];
	struct writing x = *all;
	int rc;

	x.w = &w;
	x.d = &cg->v[w.place];
	for (;;) {
		rc = write_one(&x);
		if (rc != WANTS_NEXT_FIRST)
			return rc;
		if (*i < p->n_writes && write_in_order(cg, p, i, all) < 0)
			return x.e->code;
		w.or_after_next = false;
	}
}

int cg_fits(const struct cg *cg, const struct cg_plan *p, struct err *e)
{
	if (cg->n == p->n_places)
		return 0;
	return err_set(e, -EINVAL, "the plan of %zu cgroups does not fit the %zu that are open", p->n_places, cg->n);
}

int cg_write_from(size_t first, const struct cg *cg, const struct cg_plan *p, void (*warn)(const char *text),
		  struct cg_journal *journal, struct err *e)
{
	struct writing x = { .warn = warn, .journal = journal, .e = e };

	for (size_t i = 0; i < p->n_warnings && warn; i++)
		warn(p->warnings[i]);
	for (size_t i = first; i < p->n_writes;)
		if (write_in_order(cg, p, &i, &x) < 0)
			return e->code;
	return 0;
}

int cg_apply_first(const struct cg *cg, const struct cg_plan *p, struct err *e)
{
	struct writing x = { .e = e };

	if (cg_fits(cg, p, e) < 0)
		return e->code;
	for (size_t i = 0; i < p->n_first;)
		if (write_in_order(cg, p, &i, &x) < 0)
			return e->code;
	return 0;
}

int cg_apply(const struct cg *cg, const struct cg_plan *p, void (*warn)(const char *text), struct err *e)
{
	if (cg_fits(cg, p, e) < 0)
		return e->code;
	/* In a unit's own cgroup there is a filter of systemd's, which is not ours to replace. */
	const bool is_shared = p->unit.name && !*p->unit.subgroup;

	if (p->has_filter && (is_shared ? cg_filter_add : cg_filter_attach)(&p->filter, cg_v2_fd(cg), e) < 0)
		return err_ctx(e, "linux.resources.devices: %s", cg_dir_v2(cg)->where);
	return cg_write_from(p->n_first, cg, p, warn, NULL, e);
}
