/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ns/ns.h"
#include "base/arr.h"
#include "base/fmt.h"
#include "base/limits.h"
#include "sys/abi.h"
#include "libocispec/oci_config.h"

#include <string.h>

uint64_t ns_of_config(const struct oci_config *c)
{
	uint64_t flags = 0;
	enum ns_kind kind;

	for (size_t i = 0; c->linux && i < c->linux->n_namespaces; i++)
		if (ns_kind_from_oci(c->linux->namespaces[i].type, &kind) == 0)
			flags |= ns_kinds[kind].flag;
	return flags;
}

static int plan_kinds(const struct oci_config *c, struct arena *a, struct ns_plan *p, struct err *e)
{
	const struct oci_linux *l = c->linux;
	struct ns_join *user = NULL;

	p->joins = ARENA_ARRAY(a, l->n_namespaces + 1, struct ns_join);
	if (!p->joins)
		return err_nomem(e);
	for (size_t i = 0; i < l->n_namespaces; i++) {
		const struct oci_namespace *ns = &l->namespaces[i];
		struct ns_join *j = &p->joins[p->n_joins];
		enum ns_kind kind;

		if (ns_kind_from_oci(ns->type, &kind) < 0)
			return err_set(e, -EINVAL, "linux.namespaces[%zu].type: namespace type \"%s\" is unknown", i, ns->type);
		if (!ns->path || !*ns->path) {
			p->fresh |= ns_kinds[kind].flag;
			continue;
		}
		p->joined |= ns_kinds[kind].flag;
		*j = (struct ns_join){
			.kind = kind, .fd = -1,
			.path = arena_str(a, ns->path), .from = arena_fmt(a, "linux.namespaces[%zu].path", i),
		};
		if (!j->path || !j->from)
			return err_nomem(e);
		if (kind == NS_USER)
			user = j;
		p->n_joins++;
	}
	if (user) {
		struct ns_join *last = &p->joins[p->n_joins - 1], swap = *user;

		*user = *last;
		*last = swap;
	}
	return 0;
}

/* Root inside must exist: the init sets the container up as root of its user namespace. */
static bool maps_root(const struct oci_id_mapping *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (m[i].container_id == 0 && m[i].size > 0)
			return true;
	return false;
}

static int plan_map(const struct oci_id_mapping *m, size_t n, const char *member, struct arena *a,
		    const char **ret_text, struct err *e)
{
	char *text = arena_alloc(a, ID_MAP_BYTES_MAX + 1);
	size_t len = 0;

	if (!text)
		return err_nomem(e);
	if (!maps_root(m, n))
		return err_set(e, -EINVAL, "linux.%s: container id 0 is not mapped; the container is set up as root "
			       "of its user namespace", member);
	for (size_t i = 0; i < n; i++) {
		len += fmt(text + len, ID_MAP_BYTES_MAX + 1 - len, "%u %u %u\n", m[i].container_id,
			   m[i].host_id, m[i].size);
		if (len > ID_MAP_BYTES_MAX)
			return err_set(e, -E2BIG, "linux.%s: %zu rows are more text than the kernel takes "
				       "(%d bytes, user_namespaces(7))", member, n, ID_MAP_BYTES_MAX);
	}
	*ret_text = text;
	return 0;
}

static int plan_maps(const struct oci_config *c, struct arena *a, struct ns_plan *p, struct err *e)
{
	const struct oci_linux *l = c->linux;

	if (!(p->fresh & K_CLONE_NEWUSER))
		return 0;
	if (plan_map(l->uid_mappings, l->n_uid_mappings, "uidMappings", a, &p->uid_map, e) < 0)
		return e->code;
	return plan_map(l->gid_mappings, l->n_gid_mappings, "gidMappings", a, &p->gid_map, e);
}

static int plan_time(const struct oci_config *c, struct arena *a, struct ns_plan *p, struct err *e)
{
	const struct oci_linux *l = c->linux;
	char text[256];
	size_t len = 0;

	if (l->n_time_offsets == 0)
		return 0;
	if (!(p->fresh & K_CLONE_NEWTIME))
		return err_set(e, -EINVAL, "linux.timeOffsets: there is no new time namespace to set them in");
	for (size_t i = 0; i < l->n_time_offsets && len < sizeof(text); i++) {
		const struct oci_time_offset *t = &l->time_offsets[i];

		if (strcmp(t->key, "monotonic") != 0 && strcmp(t->key, "boottime") != 0)
			return err_set(e, -EINVAL, "linux.timeOffsets.%s: the clock is neither monotonic nor boottime",
				       t->key);
		len += fmt(text + len, sizeof(text) - len, "%s %lld %u\n", t->key, (long long)t->secs, t->nanosecs);
	}
	p->time_offsets = arena_str(a, text);
	return p->time_offsets ? 0 : err_nomem(e);
}

/*
 * config-linux.md#sysctl: only what belongs to a namespace of the container may be set.  A name is a whole key, or a
 * prefix when it ends in a dot.
 */
static const struct {
	const char *name;
	uint64_t ns;
} sysctl_owners[] = {
	{ "kernel.msgmax",	K_CLONE_NEWIPC },
	{ "kernel.msgmnb",	K_CLONE_NEWIPC },
	{ "kernel.msgmni",	K_CLONE_NEWIPC },
	{ "kernel.sem",		K_CLONE_NEWIPC },
	{ "kernel.shmall",	K_CLONE_NEWIPC },
	{ "kernel.shmmax",	K_CLONE_NEWIPC },
	{ "kernel.shmmni",	K_CLONE_NEWIPC },
	{ "kernel.shm_rmid_forced", K_CLONE_NEWIPC },
	{ "fs.mqueue.",		K_CLONE_NEWIPC },
	{ "net.",		K_CLONE_NEWNET },
	{ "kernel.domainname",	K_CLONE_NEWUTS },
	{ "kernel.hostname",	K_CLONE_NEWUTS },
	{ "user.",		K_CLONE_NEWUSER },
};

static int sysctl_owner(const char *key, uint64_t *ret_ns)
{
	for (size_t i = 0; i < ARRAY_LEN(sysctl_owners); i++) {
		size_t n = strlen(sysctl_owners[i].name);
		bool prefix = sysctl_owners[i].name[n - 1] == '.';

		if (strncmp(key, sysctl_owners[i].name, n) == 0 && (prefix || key[n] == '\0')) {
			*ret_ns = sysctl_owners[i].ns;
			return 0;
		}
	}
	return -EINVAL;
}

/*
 * A key is written with dots, a dot within a component then stands as a slash, or with slashes throughout
 * (sysctl.d(5): the first separator tells).  Both become one spelling, dots between components.
 */
static void normalise_key(char *key)
{
	const char *first = strpbrk(key, "./");

	if (!first || *first == '.')
		return;
	for (char *p = key; *p; p++)
		*p = *p == '/' ? '.' : *p == '.' ? '/' : *p;
}

static bool component_is_plain(const char *start, size_t n)
{
	return n > 0 && !(n == 1 && start[0] == '/') && !(n == 2 && start[0] == '/' && start[1] == '/');
}

/* "net.ipv4.conf.eth0/1.forwarding" to "sys/net/ipv4/conf/eth0.1/forwarding"; no component may be empty, . or .. */
static int sysctl_file(const char *key, char *file, size_t size)
{
	size_t start = 0, n = strlen(key);

	for (size_t i = 0; i <= n; i++)
		if (key[i] == '.' || key[i] == '\0') {
			if (!component_is_plain(key + start, i - start))
				return -EINVAL;
			start = i + 1;
		}
	if (fmt(file, size, "sys/%s", key) >= size)
		return -ENAMETOOLONG;
	for (char *p = file + 4; *p; p++)
		*p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
	return 0;
}

static int plan_sysctl(const struct oci_pair *pair, struct arena *a, const struct ns_plan *p,
		       struct ns_sysctl *ret, struct err *e)
{
	char key[256], file[272];
	uint64_t owner;

	if (fmt(key, sizeof(key), "%s", pair->key) >= sizeof(key))
		return err_set(e, -EINVAL, "linux.sysctl: a key is longer than %zu bytes", sizeof(key) - 1);
	normalise_key(key);
	if (sysctl_file(key, file, sizeof(file)) < 0)
		return err_set(e, -EINVAL, "linux.sysctl: \"%s\" is not a name below /proc/sys", pair->key);
	if (sysctl_owner(key, &owner) < 0)
		return err_set(e, -EINVAL, "linux.sysctl: sysctl \"%s\" is not in a separate kernel namespace",
			       pair->key);
	/* The name of the host is set by "hostname": two members for one thing would only disagree. */
	if (strcmp(key, "kernel.hostname") == 0)
		return err_set(e, -EINVAL, "linux.sysctl: sysctl \"%s\" is set by the member hostname", pair->key);
	if (!ns_has(p, owner))
		return err_set(e, -EINVAL, "linux.sysctl: sysctl \"%s\" is not allowed as the container shares its "
			       "namespace with the host", pair->key);
	*ret = (struct ns_sysctl){ arena_str(a, file), arena_str(a, pair->value),
				   arena_fmt(a, "linux.sysctl.%s", pair->key) };
	return ret->file && ret->value && ret->from ? 0 : err_nomem(e);
}

static int plan_sysctls(const struct oci_config *c, struct arena *a, struct ns_plan *p, struct err *e)
{
	struct ns_sysctl *v = ARENA_ARRAY(a, c->linux->n_sysctl, struct ns_sysctl);

	if (!v)
		return err_nomem(e);
	for (size_t i = 0; i < c->linux->n_sysctl; i++)
		if (plan_sysctl(&c->linux->sysctl[i], a, p, &v[i], e) < 0)
			return e->code;
	p->sysctls = v;
	p->n_sysctls = (uint32_t)c->linux->n_sysctl;
	return 0;
}

int ns_plan(const struct oci_config *c, const struct ns_caller *who, struct arena *a, struct ns_plan *ret_plan,
	    struct err *e)
{
	struct ns_plan p = { 0 };

	p.hostname = arena_str(a, c->hostname && *c->hostname ? c->hostname : NULL);
	p.domainname = arena_str(a, c->domainname && *c->domainname ? c->domainname : NULL);
	if (c->linux &&
	    (plan_kinds(c, a, &p, e) < 0 || plan_maps(c, a, &p, e) < 0 || plan_time(c, a, &p, e) < 0 ||
	     ns_plan_rights(c, who, &p, e) < 0 || plan_sysctls(c, a, &p, e) < 0))
		return e->code;
	*ret_plan = p;
	return 0;
}
