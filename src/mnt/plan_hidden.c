/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hidden and read-only paths. */
#include "mnt/build.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* The same path twice is one path. */
static int plan_paths(struct mnt_build *b, const char *member, const char **paths, size_t n, const struct mnt_path **ret,
		      uint32_t *ret_n, struct err *e)
{
	struct mnt_path *v = ARENA_ARRAY(b->arena, n, struct mnt_path);
	uint32_t have = 0;

	if (!v)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		uint32_t k = 0;

		v[have].from = arena_fmt(b->arena, "linux.%s[%zu]", member, i);
		v[have].path = mnt_build_path(b, paths[i], e);
		if (!v[have].from)
			return err_nomem(e);
		if (!*paths[i])
			return err_set(e, -EINVAL, "%s: the path is empty", v[have].from);
		if (!v[have].path)
			return err_ctx(e, "%s", v[have].from);
		while (strcmp(v[k].path, v[have].path) != 0)
			k++;
		have += k == have;
	}
	*ret = v;
	*ret_n = have;
	return 0;
}

int mnt_build_hidden(struct mnt_build *b, struct err *e)
{
	const struct oci_linux *l = b->config->linux;
	struct mnt_plan *p = b->plan;
	int rc;

	if (!l)
		return 0;
	rc = plan_paths(b, "readonlyPaths", l->readonly_paths, l->n_readonly_paths, &p->readonly, &p->n_readonly, e);
	if (rc < 0)
		return rc;
	rc = plan_paths(b, "maskedPaths", l->masked_paths, l->n_masked_paths, &p->masked, &p->n_masked, e);
	if (rc < 0)
		return rc;
	return 0;
}

void mnt_build_null(struct mnt_build *b)
{
	if (b->plan->n_masked > 0)
		b->plan->null_source = mnt_build_source(b, &(struct mnt_source){
			.kind = MNT_SOURCE_DEVICE, .path = "/dev/null", .mode = S_IFCHR, .rdev = makedev(1, 3) });
}
