/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the caller may make, and by whom id maps are written.  Pure. */
#include "ns/ns.h"
#include "libocispec/oci_config.h"

/*
 * user_namespaces(7), "Defining user and group ID mappings": with the capability any map; without it one row for one id,
 * the writer's own.  For more an ordinary user needs the helpers, which look at what the administrator has given him.
 */
static enum ns_map_writer writer_of(const struct oci_id_mapping *m, size_t n, bool may_set, uint32_t own)
{
	if (may_set || (n == 1 && m[0].size == 1 && m[0].host_id == own))
		return NS_MAP_WRITE;
	return NS_MAP_HELPER;
}

/* "a user", or who it is as far as numbers tell. */
static int refuse(const struct ns_caller *who, const char *member, const char *remedy, struct err *e)
{
	return err_set(e, -EPERM, "%s: user %u has no CAP_SYS_ADMIN here and may make namespaces only together with a user "
		       "namespace; %s", member, who->uid, remedy);
}

int ns_plan_rights(const struct oci_config *c, const struct ns_caller *who, struct ns_plan *p, struct err *e)
{
	const struct oci_linux *l = c->linux;
	const bool user = ns_has(p, K_CLONE_NEWUSER);

	if (!who->may_make && !user)
		return refuse(who, "linux.namespaces", "add one with linux.uidMappings and linux.gidMappings", e);
	/* It is the rights over the joined ones that are missing, and a new user namespace does not give these. */
	if (!who->may_make && p->n_joins > 0 && (p->fresh & K_CLONE_NEWUSER))
		return refuse(who, p->joins[0].from, "join the user namespace that this one belongs to", e);
	if (!(p->fresh & K_CLONE_NEWUSER))
		return 0;
	p->uid_writer = (uint8_t)writer_of(l->uid_mappings, l->n_uid_mappings, who->may_set_uids, who->uid);
	p->gid_writer = (uint8_t)writer_of(l->gid_mappings, l->n_gid_mappings, who->may_set_gids, who->gid);
	p->denies_setgroups = !who->may_set_gids && p->gid_writer == NS_MAP_WRITE;
	return 0;
}
