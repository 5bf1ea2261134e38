/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/build.h"
#include "base/arr.h"
#include "libocispec/ocispec.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static bool is_one_of(const char *s, const char *const *v, size_t n)
{
	for (size_t i = 0; s && i < n; i++)
		if (strcmp(s, v[i]) == 0)
			return true;
	return false;
}
#define IS_ONE_OF(s, ...) \
	is_one_of((s), (const char *const[]){ __VA_ARGS__ }, ARRAY_LEN(((const char *const[]){ __VA_ARGS__ })))

int mnt_build_source(struct mnt_build *b, const struct mnt_source *s)
{
	b->plan->sources[b->plan->n_sources] = *s;
	b->plan->sources[b->plan->n_sources].fd = -1;
	return (int)b->plan->n_sources++;
}

const char *mnt_build_path(struct mnt_build *b, const char *path, struct err *e)
{
	size_t n = strlen(path), len = 0;
	char *s;

	if (n >= PATH_MAX) {
		err_set(e, -ENAMETOOLONG, "a path of %zu bytes is longer than %d", n, PATH_MAX - 1);
		return NULL;
	}
	s = arena_alloc(b->arena, n + 2);
	if (!s) {
		err_nomem(e);
		return NULL;
	}
	while (*path) {
		size_t part = strcspn(path, "/");

		if (part > NAME_MAX) {
			err_set(e, -ENAMETOOLONG, "a name of %zu bytes is longer than %d", part, NAME_MAX);
			return NULL;
		}
		if (part > 0 && !(part == 1 && *path == '.')) {
			s[len++] = '/';
			memcpy(s + len, path, part);
			len += part;
		}
		path += part + (path[part] == '/');
	}
	if (len == 0)
		s[len++] = '/';
	s[len] = '\0';
	return s;
}

/* A host path: relative ones are below the bundle (config.md#mounts). */
static const char *host_path(struct mnt_build *b, const char *path)
{
	return *path == '/' ? arena_str(b->arena, path) : arena_fmt(b->arena, "%s/%s", b->facts->bundle, path);
}

/* ---- propagation ---- */

static const struct propagation {
	const char *name;
	uint64_t flags;
} propagations[] = {
	{ "private",	K_MS_PRIVATE },
	{ "rprivate",	K_MS_PRIVATE | K_MS_REC },
	{ "slave",	K_MS_SLAVE },
	{ "rslave",	K_MS_SLAVE | K_MS_REC },
	{ "shared",	K_MS_SHARED },
	{ "rshared",	K_MS_SHARED | K_MS_REC },
	{ "unbindable",	K_MS_UNBINDABLE },
	{ "runbindable", K_MS_UNBINDABLE | K_MS_REC },
};

int mnt_build_propagation(struct mnt_build *b, struct err *e)
{
	const char *name = b->config->linux ? b->config->linux->rootfs_propagation : NULL;
	struct mnt_plan *p = b->plan;

	for (size_t i = 0; name && *name && i < ARRAY_LEN(propagations); i++)
		if (strcmp(name, propagations[i].name) == 0)
			p->root_propagation = propagations[i].flags;
	if (name && *name && !p->root_propagation)
		return err_set(e, -EINVAL, "linux.rootfsPropagation: unknown value \"%s\"", name);

	/*
	 * The namespace itself never propagates back.  What comes from the host arrives as a clone of the host's mount, a
	 * peer of it, so that it can stay shared without the namespace being so; but not with a user namespace, whose
	 * root could then mount on the host.
	 */
	p->ns_propagation = p->root_propagation & K_MS_PRIVATE ? K_MS_PRIVATE : K_MS_SLAVE;
	p->tree_propagation = (p->root_propagation & K_MS_SHARED) && !p->user_ns ? 0 : p->ns_propagation;
	return 0;
}

/* ---- mounts ---- */

void mnt_build_change(struct mnt_op *op, bool recursive, uint64_t set, uint64_t clr, uint64_t propagation)
{
	if (!set && !clr && !propagation)
		return;
	op->changes[op->n_changes++] = (struct mnt_change){
		.attr = { .attr_set = set, .attr_clr = clr, .propagation = propagation },
		.recursive = recursive,
	};
}

static void add_wished_propagation(struct mnt_op *op, const struct mnt_options *o)
{
	mnt_build_change(op, o->propagation & K_MS_REC, 0, 0, o->propagation & ~K_MS_REC);
}

int mnt_build_bind(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o,
		   const struct mnt_source *s, struct err *e)
{
	struct mnt_op op = *base;

	if (o->unknown)
		return err_set(e, -EINVAL, "option \"%s\" is not one of a bind mount", o->unknown);
	/* A cgroup directory stands for a mount of the container's own, which would be nobody's peer. */
	const bool is_cgroup = s->kind == MNT_SOURCE_CGROUP1 || s->kind == MNT_SOURCE_CGROUP2;

	op.kind = MNT_BIND;
	op.source_index = mnt_build_source(b, s);
	mnt_build_change(&op, true, o->rec_set, o->rec_clr, is_cgroup ? K_MS_PRIVATE : b->plan->tree_propagation);
	mnt_build_change(&op, false, o->set, o->clr, 0);
	op.n_before = op.n_changes;
	add_wished_propagation(&op, o);
	b->ops[b->plan->n_ops++] = op;
	return 0;
}

static int plan_bind(struct mnt_build *b, const struct oci_mount *m, const struct mnt_op *base,
		     const struct mnt_options *o, struct err *e)
{
	struct mnt_options wish = *o;
	struct mnt_source s = {
		.from = base->from, .dest = base->dest, .kind = MNT_SOURCE_BIND,
		.recursive = o->recursive, .nofollow = o->src_nofollow || o->copy_symlink,
	};

	/* What rootless engines write for /sys: without this /sys/fs/cgroup comes out writable below it (CVE-2023-25809). */
	if (b->plan->user_ns && o->recursive && strcmp(base->dest, "/sys") == 0)
		wish.rec_set |= o->set & K_MOUNT_ATTR_RDONLY;
	if (IS_ONE_OF(m->type, "proc", "sysfs", "cgroup", "cgroup2", "tmpfs", "devpts", "mqueue"))
		return err_set(e, -EINVAL, "option \"%s\" and type \"%s\" exclude each other",
			       o->recursive ? "rbind" : "bind", m->type);
	if (!m->source || !*m->source)
		return err_set(e, -EINVAL, "a bind mount needs a source");
	if (o->copy_up)
		return err_set(e, -EINVAL, "option \"tmpcopyup\" is for tmpfs only");
	s.path = host_path(b, m->source);
	if (o->copy_symlink)
		s.link = arena_alloc(b->arena, PATH_MAX);
	if (!s.path || (o->copy_symlink && !s.link))
		return err_nomem(e);
	if (mnt_build_source_beneath(b, &s, e) < 0)
		return e->code;
	if (mnt_wants_idmap(m, o) && mnt_build_idmap(b, m, o, &s, e) < 0)
		return e->code;
	return mnt_build_bind(b, base, &wish, &s, e);
}

/*
 * sysfs belongs to a network namespace and may be mounted by the user namespace that owns it.  Where the container has
 * the first of the host and the second of its own, the host's is bound, with all below it; so what is asked of the mount
 * is asked of the whole tree, lest /sys/fs/cgroup come out writable below a read-only /sys.
 */
static int plan_sysfs_bind(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o, struct err *e)
{
	struct mnt_options all = *o;

	all.rec_set |= o->set;
	all.rec_clr = (o->rec_clr & ~o->set) | o->clr;
	all.set = all.clr = 0;
	return mnt_build_bind(b, base, &all, &(struct mnt_source){
		.from = base->from, .dest = base->dest, .kind = MNT_SOURCE_BIND, .path = "/sys", .recursive = true }, e);
}

/*
 * A network namespace that is joined may belong to the caller's user namespace, or not: the kernel tells when a sysfs is
 * made.  What is bound otherwise shows the host's devices.
 */
static int plan_sysfs_or_bind(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o, struct err *e)
{
	struct mnt_op *op = &b->ops[b->plan->n_ops];
	int rc = plan_sysfs_bind(b, base, o, e);

	if (rc == 0) {
		op->type = op->source = "sysfs";
		op->attrs = (uint32_t)(o->set | o->rec_set);
	}
	return rc;
}

static bool is_mapped(const struct oci_id_mapping *m, size_t n, unsigned long id)
{
	for (size_t i = 0; i < n; i++)
		if (id >= m[i].container_id && id - m[i].container_id < m[i].size)
			return true;
	return n == 0;
}

/* What devpts and tmpfs give their files to: the kernel's "invalid value" would not say what is wrong with it. */
static int check_owners(const struct mnt_build *b, const struct mnt_options *o, struct err *e)
{
	const struct oci_linux *l = b->config->linux;

	for (uint32_t i = 0; b->facts->new_user_ns && l && i < o->n_params; i++) {
		const char *key = o->params[i].key, *value = o->params[i].value;
		const bool gid = strcmp(key, "gid") == 0;
		char *end;
		unsigned long id;

		if (!value || !*value || (!gid && strcmp(key, "uid") != 0))
			continue;
		id = strtoul(value, &end, 10);
		if (*end || (gid ? is_mapped(l->gid_mappings, l->n_gid_mappings, id) :
				   is_mapped(l->uid_mappings, l->n_uid_mappings, id)))
			continue;
		return err_set(e, -EINVAL, "option \"%s=%s\": %s %s is not mapped in the user namespace: leave the option out, "
			       "or map more ids", key, value, key, value);
	}
	return 0;
}

/* File systems of which every mount is the same superblock, or for which read-only is a matter of the mount. */
static bool is_virtual(const char *type)
{
	return IS_ONE_OF(type, "proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup", "cgroup2", "ramfs");
}

int mnt_build_param(struct mnt_build *b, struct mnt_op *op, const char *key, const char *value, struct err *e)
{
	struct mnt_param *v = ARENA_ARRAY(b->arena, op->n_params + 1, struct mnt_param), *last;

	if (!v)
		return err_nomem(e);
	if (op->n_params > 0)
		memcpy(v, op->params, op->n_params * sizeof(*v));
	last = &v[op->n_params++];
	*last = (struct mnt_param){ arena_str(b->arena, key), arena_str(b->arena, value) };
	op->params = v;
	return last->key && (last->value || !value) ? 0 : err_nomem(e);
}

static int plan_fresh(struct mnt_build *b, const struct oci_mount *m, const struct mnt_op *base,
		      const struct mnt_options *o, struct err *e)
{
	struct mnt_op op = *base;
	uint64_t set = o->set | o->rec_set;
	bool is_tmpfs = strcmp(m->type, "tmpfs") == 0;

	if (o->copy_up && !is_tmpfs)
		return err_set(e, -EINVAL, "option \"tmpcopyup\" is for tmpfs only");
	if (check_owners(b, o, e) < 0)
		return e->code;
	op.kind = MNT_FRESH;
	op.type = arena_str(b->arena, m->type);
	op.source = arena_str(b->arena, m->source && *m->source ? m->source : m->type);
	if (!op.type || !op.source)
		return err_nomem(e);
	op.params = o->params;
	op.n_params = o->n_params;
	op.copy_up = o->copy_up;
	op.inherit_mode = is_tmpfs && !o->has_mode;
	op.late_readonly = (set & K_MOUNT_ATTR_RDONLY) && (is_tmpfs || strcmp(op.dest, "/dev") == 0);
	op.attrs = (uint32_t)(op.late_readonly ? set & ~(uint64_t)K_MOUNT_ATTR_RDONLY : set);
	/* A device that is read-only itself can only be mounted with a read-only superblock. */
	if ((set & K_MOUNT_ATTR_RDONLY) && !is_virtual(m->type) && mnt_build_param(b, &op, "ro", NULL, e) < 0)
		return e->code;
	if (mnt_label_fresh(b, &op, e) < 0)
		return e->code;
	add_wished_propagation(&op, o);
	b->ops[b->plan->n_ops++] = op;
	return 0;
}

static int plan_by_type(struct mnt_build *b, const struct oci_mount *m, struct mnt_op *op, const struct mnt_options *o,
			struct err *e)
{
	const struct mnt_facts *f = b->facts;
	bool own_sysfs = !b->plan->user_ns || f->new_net_ns || (f->joined_net_ns && f->joined_user_ns);

	if (!o->remount && (o->bind || IS_ONE_OF(m->type, "bind")))
		return plan_bind(b, m, op, o, e);
	if (mnt_wants_idmap(m, o))
		return err_set(e, -EINVAL, "only a bind mount can be id-mapped");
	if (o->remount)
		return mnt_build_remount(b, op, o, e);
	if (!m->type || !*m->type)
		return err_set(e, -EINVAL, "a mount that is no bind needs a type");
	if (IS_ONE_OF(m->type, "cgroup", "cgroup2"))
		return mnt_build_cgroup(b, op, m->type, o, e);
	op->strict_target = IS_ONE_OF(m->type, "proc", "sysfs");
	if (strcmp(m->type, "sysfs") == 0 && !own_sysfs && f->joined_net_ns && f->in_user_ns && !f->new_user_ns)
		return plan_sysfs_or_bind(b, op, o, e);
	if (strcmp(m->type, "sysfs") == 0 && !own_sysfs)
		return plan_sysfs_bind(b, op, o, e);
	return plan_fresh(b, m, op, o, e);
}

static int plan_mount(struct mnt_build *b, const struct oci_mount *m, const char *from, struct err *e)
{
	struct mnt_op op = { .from = from, .source_index = -1 };
	struct mnt_options o;
	int rc;

	if (!m->destination || !*m->destination)
		return err_set(e, -EINVAL, "destination is empty");
	op.dest = mnt_build_path(b, m->destination, e);
	if (!op.dest)
		return e->code;
	if (strcmp(op.dest, "/") == 0)
		return err_set(e, -EINVAL, "a mount on / is refused: the root file system is there");
	rc = mnt_options_read(m->options, m->n_options, b->arena, &o, e);
	if (rc < 0)
		return rc;
	op.options = o.words;
	op.dest_nofollow = o.dest_nofollow;
	return plan_by_type(b, m, &op, &o, e);
}

int mnt_build_mounts(struct mnt_build *b, struct err *e)
{
	const struct oci_config *c = b->config;

	if (mnt_build_beneath(b, e) < 0)
		return e->code;
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct oci_mount *m = &c->mounts[i];
		const char *from = arena_fmt(b->arena, "%s[%zu]", b->list, i);
		int rc = from ? plan_mount(b, m, from, e) : err_nomem(e);

		if (rc < 0)
			return err_ctx(e, "%s: %s", from ? from : "mounts", m->destination ? m->destination : "");
	}
	return 0;
}

static int plan_own(struct mnt_build *b, const struct mnt_file *f, const struct mnt_options *o, const char *options,
		    struct err *e)
{
	struct mnt_op op = { .options = options, .source_index = -1 };
	struct mnt_source s = { .kind = MNT_SOURCE_BIND };

	op.dest = s.dest = mnt_build_path(b, f->dest, e);
	if (!op.dest)
		return e->code;
	op.from = s.from = arena_str(b->arena, f->from);
	s.path = arena_str(b->arena, f->path);
	return s.path && (op.from || !f->from) ? mnt_build_bind(b, &op, o, &s, e) : err_nomem(e);
}

/* The directory of the notify socket: runtime-cli.md names it; a program may write to the socket, not to the directory. */
static int plan_notify(struct mnt_build *b, struct err *e)
{
	const struct mnt_options o = { .bind = true, .set = K_MOUNT_ATTR_RDONLY };
	const struct mnt_file dir = { .path = b->facts->notify_dir, .dest = b->facts->notify_dest };

	return dir.path ? plan_own(b, &dir, &o, "bind,ro", e) : 0;
}

static int plan_files(struct mnt_build *b, struct err *e)
{
	const struct mnt_options o = { .bind = true, .set = K_MOUNT_ATTR_RDONLY | K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NODEV |
							   K_MOUNT_ATTR_NOEXEC };

	for (size_t i = 0; i < b->facts->n_files; i++)
		if (plan_own(b, &b->facts->files[i], &o, "bind,ro,nosuid,nodev,noexec", e) < 0)
			return err_ctx(e, "%s", b->facts->files[i].from);
	return 0;
}

/* One procfs doubles as the runtime's own handle, unless its options make it less than a whole writable procfs. */
static void choose_handles(struct mnt_build *b)
{
	bool has_proc = false, has_devpts = false;

	for (uint32_t i = 0; i < b->plan->n_ops; i++) {
		struct mnt_op *op = &b->ops[i];

		if (op->kind != MNT_FRESH)
			continue;
		if (!has_proc && strcmp(op->type, "proc") == 0 && op->n_params == 0 && op->n_changes == 0 && op->kept == 0 &&
		    !(op->attrs & K_MOUNT_ATTR_RDONLY))
			has_proc = op->is_trusted_proc = true;
		if (!has_devpts && strcmp(op->type, "devpts") == 0 && strcmp(op->dest, "/dev/pts") == 0)
			has_devpts = op->is_devpts = true;
	}
}

static int check_late(const struct mnt_build *b, struct err *e)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->plan->n_ops; i++)
		n += b->ops[i].late_readonly;
	return n <= MNT_LATE_MAX ? 0 :
	       err_set(e, -E2BIG, "mounts: %u read-only tmpfs mounts are more than %d", n, MNT_LATE_MAX);
}

/* ---- hidden and read-only paths ---- */

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

/* Masked files are covered by the host's null device: the container's could be anything (CVE-2025-31133). */
static void plan_null(struct mnt_build *b)
{
	if (b->plan->n_masked > 0)
		b->plan->null_source = mnt_build_source(b, &(struct mnt_source){
			.kind = MNT_SOURCE_DEVICE, .path = "/dev/null", .mode = S_IFCHR, .rdev = makedev(1, 3) });
}

/* ---- strings ---- */

/* A constant of this program is at another address in cist-init: all that the plan points to has to be in its arena. */
static void adopt(struct mnt_build *b, const char **s, bool *full)
{
	const uintptr_t at = (uintptr_t)*s, base = (uintptr_t)b->arena->base;

	if (!*s || (at >= base && at - base < b->arena->size))
		return;
	*s = arena_str(b->arena, *s);
	*full |= !*s;
}

int mnt_build_strings(struct mnt_build *b, struct err *e)
{
	struct mnt_plan *p = b->plan;
	bool full = false;

	for (uint32_t i = 0; i < p->n_sources; i++) {
		adopt(b, &p->sources[i].from, &full);
		adopt(b, &p->sources[i].dest, &full);
		adopt(b, &p->sources[i].path, &full);
	}
	for (uint32_t i = 0; i < p->n_ops; i++) {
		struct mnt_op *op = &b->ops[i];

		adopt(b, &op->from, &full);
		adopt(b, &op->dest, &full);
		adopt(b, &op->options, &full);
		adopt(b, &op->type, &full);
		adopt(b, &op->source, &full);
	}
	return full ? err_nomem(e) : 0;
}

/* ---- the whole ---- */

/* Without a mount namespace of its own a container cannot be given mounts: saying nothing would leave it wide open. */
static int refuse_mounts(const struct oci_config *c, struct err *e)
{
	static const char why[] = "needs a new mount namespace";
	const struct oci_linux *l = c->linux;

	if (c->n_mounts > 0)
		return err_set(e, -EINVAL, "mounts: %s", why);
	if (c->root->readonly)
		return err_set(e, -EINVAL, "root.readonly: %s", why);
	if (l && l->n_devices > 0)
		return err_set(e, -EINVAL, "linux.devices: %s", why);
	if (l && l->n_masked_paths > 0)
		return err_set(e, -EINVAL, "linux.maskedPaths: %s", why);
	if (l && l->n_readonly_paths > 0)
		return err_set(e, -EINVAL, "linux.readonlyPaths: %s", why);
	return 0;
}

/* Upper bounds of the lists: a cgroup mount is a tmpfs, and a bind and links for each hierarchy. */
int mnt_build_room(struct mnt_build *b, struct err *e)
{
	const struct mnt_facts *f = b->facts;
	const struct oci_linux *l = b->config->linux;
	size_t each = 1 + f->n_cgroups, devices = (l ? l->n_devices : 0) + 16;

	for (size_t i = 0; i < f->n_cgroups; i++)
		each += f->cgroups[i].n_links;
	b->ops = ARENA_ARRAY(b->arena, b->config->n_mounts * each + 1 + f->n_files, struct mnt_op);
	b->plan->ops = b->ops;
	b->plan->sources = ARENA_ARRAY(b->arena, b->config->n_mounts * each + devices + 4 + f->n_files, struct mnt_source);
	b->plan->idmaps = ARENA_ARRAY(b->arena, b->config->n_mounts, struct mnt_idmap);
	return b->ops && b->plan->sources && b->plan->idmaps ? 0 : err_nomem(e);
}

static int plan_seal(struct mnt_build *b, struct err *e)
{
	struct oci_err oe;

	if (oci_annotation_flag(b->config, MNT_SEALED_ANNOTATION, &b->plan->root_sealed, &oe) < 0)
		return err_set(e, oe.code, "%s", oe.text);
	if (b->plan->root_sealed && !b->facts->new_mount_ns)
		return err_set(e, -EINVAL, "annotations: " MNT_SEALED_ANNOTATION ": needs a new mount namespace");
	return 0;
}

/* config.md#process: terminal.  A read-only /dev of somebody else's may have no file to bind it on. */
static int plan_console(struct mnt_build *b, struct err *e)
{
	bool unbound = false;
	struct oci_err oe;

	if (oci_annotation_flag(b->config, MNT_CONSOLE_ANNOTATION, &unbound, &oe) < 0)
		return err_set(e, oe.code, "%s", oe.text);
	b->plan->bind_console = b->facts->terminal && b->facts->new_mount_ns && !unbound;
	return 0;
}

static int plan_root(struct mnt_build *b, struct err *e)
{
	const struct oci_root *root = b->config->root;
	struct mnt_plan *p = b->plan;
	const struct mnt_facts *f = b->facts;

	if (!root)
		return err_set(e, -EINVAL, "root must be specified");
	if (!root->path || !*root->path)
		return err_set(e, -EINVAL, "invalid rootfs: root.path is empty");
	p->new_mount_ns = f->new_mount_ns;
	p->user_ns = f->new_user_ns || f->joined_user_ns || f->in_user_ns;
	p->sources_inside = f->may_not_clone && f->new_mount_ns;
	p->root_readonly = root->readonly;
	if (plan_seal(b, e) < 0 || plan_console(b, e) < 0)
		return e->code;
	p->switch_by = (uint8_t)(!f->new_mount_ns ? MNT_SWITCH_CHROOT : f->no_pivot ? MNT_SWITCH_MOVE : MNT_SWITCH_PIVOT);
	p->root_path = host_path(b, root->path);
	p->null_source = p->proc_source = p->userns_fd = -1;
	if (!p->root_path)
		return err_nomem(e);
	mnt_build_source(b, &(struct mnt_source){
		.from = "root.path", .path = p->root_path, .kind = MNT_SOURCE_ROOT, .recursive = true });
	if (p->user_ns)
		p->proc_source = mnt_build_source(b, &(struct mnt_source){ .path = "/proc", .kind = MNT_SOURCE_PROC });
	return 0;
}

static int plan_inside(struct mnt_build *b, struct err *e)
{
	if (mnt_build_propagation(b, e) < 0 ||
	    mnt_build_label(b, e) < 0 ||
	    mnt_build_mounts(b, e) < 0 ||
	    plan_files(b, e) < 0 ||
	    plan_notify(b, e) < 0 ||
	    check_late(b, e) < 0 ||
	    mnt_build_devices(b, e) < 0 ||
	    mnt_build_hidden(b, e) < 0)
		return e->code;
	plan_null(b);
	choose_handles(b);
	return 0;
}

enum { PAGE_BYTES = 4096 };

/* All of it becomes pages of its own when the init has to write to it (init/main.c). */
static int begin_pages(struct mnt_build *b, struct err *e)
{
	if (!b->facts->may_not_clone || !b->facts->new_mount_ns)
		return 0;
	if (arena_align(b->arena, PAGE_BYTES) < 0)
		return err_nomem(e);
	b->plan->pages = b->arena->base + b->arena->used;
	return 0;
}

static int end_pages(struct mnt_build *b, struct err *e)
{
	if (!b->plan->pages)
		return 0;
	if (arena_align(b->arena, PAGE_BYTES) < 0)
		return err_nomem(e);
	b->plan->n_page_bytes = (uint64_t)(b->arena->base + b->arena->used - b->plan->pages);
	return 0;
}

int mnt_plan(const struct oci_config *c, const struct mnt_facts *f, struct arena *a, struct mnt_plan *ret, struct err *e)
{
	struct mnt_build b = { .config = c, .facts = f, .arena = a, .plan = ret, .list = "mounts" };
	int rc = begin_pages(&b, e);

	if (rc == 0)
		rc = mnt_build_room(&b, e);
	if (rc == 0)
		rc = plan_root(&b, e);
	if (rc == 0)
		rc = f->new_mount_ns ? plan_inside(&b, e) : refuse_mounts(c, e);
	if (rc == 0)
		rc = mnt_build_strings(&b, e);
	if (rc == 0)
		rc = end_pages(&b, e);
	return rc;
}
