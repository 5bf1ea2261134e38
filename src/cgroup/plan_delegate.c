/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose the cgroup will be, and the one below it that the init is moved to.  Pure. */
#include "cgroup/planner.h"

#include <string.h>

/* ---- the owner: config-linux.md#cgroup-ownership ---- */

static bool is_cgroup_directory(const char *destination)
{
	size_t n = strlen(destination);

	while (n > 1 && destination[n - 1] == '/')
		n--;
	return n == strlen("/sys/fs/cgroup") && strncmp(destination, "/sys/fs/cgroup", n) == 0;
}

static bool is_read_only(const struct oci_mount *m)
{
	bool read_only = false;

	for (size_t i = 0; i < m->n_options; i++)
		if (strcmp(m->options[i], "ro") == 0 || strcmp(m->options[i], "rro") == 0)
			read_only = true;
		else if (strcmp(m->options[i], "rw") == 0)
			read_only = false;
	return read_only;
}

static bool has_writable_mount(const struct oci_config *c)
{
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct oci_mount *m = &c->mounts[i];

		if (m->source && strcmp(m->source, "cgroup") == 0 && is_cgroup_directory(m->destination) &&
		    !is_read_only(m))
			return true;
	}
	return false;
}

/* The host's id of the container's; without mappings they are the same.  False: it has none. */
static bool host_uid(const struct oci_linux *l, uint32_t uid, uint32_t *ret_uid)
{
	*ret_uid = uid;
	for (size_t i = 0; i < l->n_uid_mappings; i++) {
		const struct oci_id_mapping *m = &l->uid_mappings[i];

		if (uid >= m->container_id && uid - m->container_id < m->size) {
			*ret_uid = m->host_id + (uid - m->container_id);
			return true;
		}
	}
	return l->n_uid_mappings == 0;
}

void cg_plan_owner(const struct oci_config *c, struct cg_plan *p)
{
	const struct oci_linux *l = c->linux;
	uint32_t uid = c->process ? c->process->user.uid : 0;

	/* On v1 delegation is not secure; of a joined user namespace the mappings are not known here. */
	if (p->layout != CG_LAYOUT_V2 || p->n_places == 0 || !l || !oci_makes_namespace(c, "cgroup") ||
	    oci_joins_namespace(c, "user") || !has_writable_mount(c))
		return;
	/* Root owns what it makes. */
	p->has_owner = host_uid(l, uid, &p->owner) && p->owner != 0;
}

/* ---- the cgroup below ---- */

int cg_plan_delegate(struct cg_planner *pl, const struct oci_config *c)
{
	const char *value = oci_annotation(c, CG_DELEGATE_ANNOTATION), *path;

	if (!value || !*value)
		return 0;
	if (pl->p->layout != CG_LAYOUT_V2 || pl->p->n_places == 0)
		return err_set(pl->e, -ENOTSUP, "annotations: %s: needs cgroup v2 alone and a cgroup of the container's own",
			       CG_DELEGATE_ANNOTATION);
	path = *value == '/' ? value : arena_fmt(pl->a, "/%s", value);
	if (!path)
		return err_nomem(pl->e);
	if (!cg_path_is_normal(path))
		return err_set(pl->e, -EINVAL, "annotations: %s: '%s' is not a path below the container's cgroup",
			       CG_DELEGATE_ANNOTATION, value);
	pl->p->delegate = arena_str(pl->a, path + 1);
	return pl->p->delegate ? 0 : err_nomem(pl->e);
}
