/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/build.h"
#include "base/arr.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* config-linux.md#default-devices; /dev/ptmx and /dev/console are the devpts' and the terminal's. */
static const struct default_device {
	const char *path;
	unsigned int major, minor;
} defaults[] = {
	{ "/dev/null",		1, 3 },
	{ "/dev/zero",		1, 5 },
	{ "/dev/full",		1, 7 },
	{ "/dev/random",	1, 8 },
	{ "/dev/urandom",	1, 9 },
	{ "/dev/tty",		5, 0 },
};

/* runtime-linux.md#dev-symbolic-links; ptmx as kernel documentation filesystems/devpts wants it. */
static const struct mnt_link links[] = {
	{ "fd",		"/proc/self/fd",	false },
	{ "stdin",	"/proc/self/fd/0",	false },
	{ "stdout",	"/proc/self/fd/1",	false },
	{ "stderr",	"/proc/self/fd/2",	false },
	{ "ptmx",	"pts/ptmx",		true },
	{ "core",	"/proc/kcore",		false },
};

enum { MAJOR_MAX = 0xfff, MINOR_MAX = 0xfffff };	/* dev_t inside the kernel: 12 and 20 bits */

static const struct device_type {
	const char *name;
	uint32_t mode;
} types[] = {
	{ "c", S_IFCHR }, { "u", S_IFCHR }, { "b", S_IFBLK }, { "p", S_IFIFO },
};

static int check_numbers(const struct oci_device *d, struct err *e)
{
	if (!d->has_major || !d->has_minor)
		return err_set(e, -EINVAL, "major and minor are needed");
	if (d->major < 0 || d->major > MAJOR_MAX)
		return err_set(e, -EINVAL, "major %lld is not in 0...%d", (long long)d->major, MAJOR_MAX);
	if (d->minor < 0 || d->minor > MINOR_MAX)
		return err_set(e, -EINVAL, "minor %lld is not in 0...%d", (long long)d->minor, MINOR_MAX);
	return 0;
}

static int read_device(struct mnt_build *b, const struct oci_device *d, struct mnt_device *ret, struct err *e)
{
	size_t t = 0;

	if (!d->path || *d->path != '/')
		return err_set(e, -EINVAL, "the path is not absolute");
	ret->path = mnt_build_path(b, d->path, e);
	if (!ret->path)
		return e->code;
	if (strcmp(ret->path, "/") == 0)
		return err_set(e, -EINVAL, "the path is the root");
	while (t < ARRAY_LEN(types) && !(d->type && strcmp(types[t].name, d->type) == 0))
		t++;
	if (t == ARRAY_LEN(types))
		return err_set(e, -EINVAL, "unknown type \"%s\"", d->type ? d->type : "");
	if (types[t].mode != S_IFIFO) {
		int rc = check_numbers(d, e);

		if (rc < 0)
			return rc;
		ret->rdev = makedev((unsigned int)d->major, (unsigned int)d->minor);
	}
	ret->mode = types[t].mode | (d->has_file_mode ? d->file_mode & 07777 : 0666);
	ret->uid = d->uid;
	ret->gid = d->gid;
	return 0;
}

/* A later device takes the place of an earlier one of the same path, and a configured one that of a default. */
static void put(struct mnt_build *b, struct mnt_device *v, const struct mnt_device *d)
{
	uint32_t i = 0;

	while (i < b->plan->n_devices && strcmp(v[i].path, d->path) != 0)
		i++;
	v[i] = *d;
	if (i == b->plan->n_devices)
		b->plan->n_devices++;
}

/* Where nodes cannot be made, the host's node of the same path is bound, if its numbers are right. */
static void choose_binds(struct mnt_build *b, struct mnt_device *v)
{
	if (!b->plan->user_ns && b->facts->may_mknod)
		return;
	for (uint32_t i = 0; i < b->plan->n_devices; i++)
		if ((v[i].mode & S_IFMT) != S_IFIFO)
			v[i].source_index = mnt_build_source(b, &(struct mnt_source){
				.from = v[i].from, .dest = v[i].path, .path = v[i].path, .kind = MNT_SOURCE_DEVICE,
				.mode = v[i].mode & S_IFMT, .rdev = v[i].rdev });
}

static int plan_configured(struct mnt_build *b, struct mnt_device *v, struct err *e)
{
	const struct oci_linux *l = b->config->linux;

	for (size_t i = 0; l && i < l->n_devices; i++) {
		struct mnt_device d = { .source_index = -1, .from = arena_fmt(b->arena, "linux.devices[%zu]", i) };
		int rc = d.from ? read_device(b, &l->devices[i], &d, e) : err_nomem(e);

		if (rc < 0)
			return err_ctx(e, "%s: %s", d.from ? d.from : "linux.devices",
				       l->devices[i].path ? l->devices[i].path : "");
		/* It has to be the one of the container's own devpts, which the link leads to. */
		if (strcmp(d.path, "/dev/ptmx") != 0)
			put(b, v, &d);
	}
	return 0;
}

static int plan_links(struct mnt_build *b, struct err *e)
{
	struct mnt_link *v = ARENA_ARRAY(b->arena, ARRAY_LEN(links), struct mnt_link);
	uint32_t n = 0;

	if (!v)
		return err_nomem(e);
	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		if (strcmp(links[i].name, "core") == 0 && !b->facts->host_has_kcore)
			continue;
		v[n].name = arena_str(b->arena, links[i].name);
		v[n].target = arena_str(b->arena, links[i].target);
		v[n].replace = links[i].replace;
		if (!v[n].name || !v[n].target)
			return err_nomem(e);
		n++;
	}
	b->plan->links = v;
	b->plan->n_links = n;
	return 0;
}

int mnt_build_devices(struct mnt_build *b, struct err *e)
{
	const struct oci_linux *l = b->config->linux;
	struct mnt_device *v;

	for (uint32_t i = 0; i < b->plan->n_ops; i++)
		if (b->ops[i].kind == MNT_BIND && strcmp(b->ops[i].dest, "/dev") == 0)
			return 0;
	v = ARENA_ARRAY(b->arena, ARRAY_LEN(defaults) + (l ? l->n_devices : 0), struct mnt_device);
	if (!v)
		return err_nomem(e);
	b->plan->make_dev = true;
	b->plan->devices = v;
	for (size_t i = 0; i < ARRAY_LEN(defaults); i++) {
		struct mnt_device d = {
			.path = arena_str(b->arena, defaults[i].path), .mode = S_IFCHR | 0666,
			.rdev = makedev(defaults[i].major, defaults[i].minor), .source_index = -1,
		};

		if (!d.path)
			return err_nomem(e);
		put(b, v, &d);
	}
	if (plan_configured(b, v, e) < 0)
		return e->code;
	choose_binds(b, v);
	return plan_links(b, e);
}
