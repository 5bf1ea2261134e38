/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/build.h"
#include "base/arr.h"
#include "libocispec/ocispec.h"

#include <limits.h>
#include <string.h>

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

const char *mnt_build_host_path(struct mnt_build *b, const char *path)
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

/* ---- mounts of our own ---- */

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
	p->root_path = mnt_build_host_path(b, root->path);
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
	mnt_build_null(b);
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
