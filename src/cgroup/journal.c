/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What files held before they were written, and the way back to it. */
#include "cgroup/dir.h"
#include "cgroup/host.h"

#include "base/arr.h"
#include "sys/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Files with one line for each device (or other thing), whose name is the first word; a write changes that line only.
 * `none` is what a line that is not there amounts to.
 */
static const struct {
	const char *file;
	const char *none;
} files_by_line[] = {
	{ "blkio.throttle.read_bps_device",	"0" },
	{ "blkio.throttle.write_bps_device",	"0" },
	{ "blkio.throttle.read_iops_device",	"0" },
	{ "blkio.throttle.write_iops_device",	"0" },
	{ "blkio.bfq.weight_device",		"default" },
	{ "blkio.weight_device",		"0" },
	{ "blkio.leaf_weight_device",		"0" },
	{ "io.max",				"rbps=max wbps=max riops=max wiops=max" },
	{ "io.weight",				"default" },
	{ "io.bfq.weight",			"default" },
	{ "io.latency",				"target=0" },
	{ "rdma.max",				"hca_handle=max hca_object=max" },
	{ "misc.max",				"max" },
	{ "net_prio.ifpriomap",			"0" },
};

static char *first_line(const char *text)
{
	return strndup(text, strcspn(text, "\n"));
}

/* The line of text that begins with the first word of value, or that word with none. */
static char *line_of(const char *value, const char *now, const char *none)
{
	size_t len = strcspn(value, " ");
	char *made = NULL;

	for (const char *line = now; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, value, len) == 0 && line[len] == ' ')
			return first_line(line);
	return asprintf(&made, "%.*s %s", (int)len, value, none) < 0 ? NULL : made;
}

char *cg_old_value(const char *file, const char *value, const char *now)
{
	/* Read as "oom_kill_disable 0", written as "0" (admin-guide/cgroup-v1/memory.rst). */
	if (strcmp(file, "memory.oom_control") == 0)
		return first_line(now + strcspn(now, " ") + (strchr(now, ' ') ? 1 : 0));
	for (size_t i = 0; i < ARRAY_LEN(files_by_line); i++)
		if (strcmp(file, files_by_line[i].file) == 0 && strchr(value, ' '))
			return line_of(value, now, files_by_line[i].none);
	/* An empty list (cpuset on v2) is written as a newline: a write of nothing does not reach the file. */
	return *now == '\n' || !*now ? strdup("\n") : first_line(now);
}

void cg_old_free(struct cg_old *old)
{
	free(old->file);
	free(old->value);
	*old = (struct cg_old){ 0 };
}

int cg_old_read(const struct cg_dir *d, const char *file, const char *value, struct cg_old *ret_old, struct err *e)
{
	struct err why = { 0 };
	char *now = cg_read_whole(d->fd, file, &why);
	struct cg_old old = { .d = d };

	/* Not there: the write will find out. */
	if (!now && why.code == -ENOENT)
		return 0;
	if (!now)
		return err_sys(e, why.code, "read %s/%s, to be able to take a change back", d->where, file);
	old.file = strdup(file);
	old.value = cg_old_value(file, value, now);
	free(now);
	*ret_old = old;
	if (old.file && old.value)
		return 0;
	cg_old_free(ret_old);
	return err_nomem(e);
}

void cg_journal_free(struct cg_journal *j)
{
	for (size_t i = 0; i < j->n; i++)
		cg_old_free(&j->v[i]);
	free(j->v);
	*j = (struct cg_journal){ 0 };
}

int cg_revert(struct cg_journal *done, struct err *e)
{
	const struct cg_old *lost = NULL;

	for (size_t i = done->n; i > 0; i--) {
		const struct cg_old *old = &done->v[i - 1];

		if (old->file && sys_write_at(old->d->fd, old->file, old->value) < 0)
			lost = old;
	}
	if (lost)
		err_ctx(e, "%s/%s could not be set back to %.*s", lost->d->where, lost->file,
			(int)strcspn(lost->value, "\n"), lost->value);
	else
		err_ctx(e, "the old values stay in force");
	cg_journal_free(done);
	return e->code;
}
