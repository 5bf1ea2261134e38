/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/mnt.h"
#include "base/arr.h"
#include "base/fmt.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const char *propagation_name(uint64_t flags)
{
	static const struct { uint64_t flags; const char *name; } names[] = {
		{ K_MS_PRIVATE, "private" }, { K_MS_PRIVATE | K_MS_REC, "rprivate" },
		{ K_MS_SLAVE, "slave" }, { K_MS_SLAVE | K_MS_REC, "rslave" },
		{ K_MS_SHARED, "shared" }, { K_MS_SHARED | K_MS_REC, "rshared" },
		{ K_MS_UNBINDABLE, "unbindable" }, { K_MS_UNBINDABLE | K_MS_REC, "runbindable" },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].flags == flags)
			return names[i].name;
	return "unchanged";
}

enum { WORDS_MAX = 1024 };

/* A list of words, cut where it is too long. */
struct words {
	char text[WORDS_MAX];
	size_t len;
};

static void add_word(struct words *w, const char *separator, const char *prefix, const char *word)
{
	if (w->len < sizeof(w->text))
		w->len += fmt(w->text + w->len, sizeof(w->text) - w->len, "%s%s%s", w->len > 0 ? separator : "", prefix,
			      word);
}

/* Flags in the words of mount(8): what is set, what is cleared. */
static void add_flags(struct words *w, const char *prefix, const char *separator, uint64_t set, uint64_t clear)
{
	static const struct { uint64_t flag; const char *set, *clear; } flags[] = {
		{ K_MOUNT_ATTR_RDONLY, "ro", "rw" }, { K_MOUNT_ATTR_NOSUID, "nosuid", "suid" },
		{ K_MOUNT_ATTR_NODEV, "nodev", "dev" }, { K_MOUNT_ATTR_NOEXEC, "noexec", "exec" },
		{ K_MOUNT_ATTR_NODIRATIME, "nodiratime", "diratime" },
		{ K_MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow", "symfollow" },
	};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (set & flags[i].flag)
			add_word(w, separator, prefix, flags[i].set);
		else if (clear & flags[i].flag)
			add_word(w, separator, prefix, flags[i].clear);
	}
	if (set & K_MOUNT_ATTR_NOATIME)
		add_word(w, separator, prefix, "noatime");
	else if (set & K_MOUNT_ATTR_STRICTATIME)
		add_word(w, separator, prefix, "strictatime");
	else if (clear & K_MOUNT_ATTR__ATIME)
		add_word(w, separator, prefix, "relatime");
}

/* One mount_setattr(2) in one word: "ro+nosuid", "rprivate". */
static void add_change(struct words *w, const struct mnt_change *c)
{
	struct words one = { .len = 0 };

	add_flags(&one, c->recursive ? "r" : "", "+", c->attr.attr_set, c->attr.attr_clr);
	if (c->attr.propagation)
		add_word(&one, "+", "", propagation_name(c->attr.propagation | (c->recursive ? K_MS_REC : 0)));
	add_word(w, ", ", "", one.text);
}

/* A map as text of several lines in one: "0 100000 10, 10 5 1". */
static void add_map(struct words *w, const char *name, const char *text)
{
	add_word(w, "", name, "");
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		if (w->len < sizeof(w->text))
			w->len += fmt(w->text + w->len, sizeof(w->text) - w->len, "%s%.*s", line > text ? ", " : "",
				      (int)strcspn(line, "\n"), line);
}

static const char *mapped_how(const struct mnt_source *s, struct words *w)
{
	if (!s->idmap)
		return "";
	add_word(w, "", s->idmap_recursive ? ", map all ids: " : ", map the ids of the mount: ", "");
	if (!s->idmap->uid_map) {
		add_word(w, "", "as the user namespace that is joined", "");
		return w->text;
	}
	add_map(w, "uids ", s->idmap->uid_map);
	add_map(w, "; gids ", s->idmap->gid_map);
	return w->text;
}

void mnt_explain_sources(const struct mnt_plan *p, struct explain *x)
{
	static const char *const what[] = {
		[MNT_SOURCE_ROOT] = "the root file system ", [MNT_SOURCE_BIND] = "", [MNT_SOURCE_PROC] = "the procfs ",
		[MNT_SOURCE_CGROUP1] = "the cgroup ", [MNT_SOURCE_CGROUP2] = "the cgroup ", [MNT_SOURCE_DEVICE] = "the device ",
	};

	for (uint32_t i = 0; i < p->n_sources; i++) {
		const struct mnt_source *s = &p->sources[i];
		struct words w = { .len = 0 };

		explain_act(x, s->from, "open %s%s%s%s%s%s", what[s->kind], s->path,
			    s->kind == MNT_SOURCE_DEVICE ? ", private" :
			    s->recursive && p->new_mount_ns ? " with all below it" : "",
			    s->beneath ? ", without symbolic links beneath " : "", s->beneath ? s->beneath : "",
			    mapped_how(s, &w));
	}
}

void mnt_explain_prepare_root(const struct mnt_plan *p, struct explain *x)
{
	const struct mnt_op *proc = NULL;

	for (uint32_t i = 0; i < p->n_ops && !proc; i++)
		proc = p->ops[i].is_trusted_proc ? &p->ops[i] : NULL;
	if (p->new_mount_ns) {
		explain_act(x, NULL, "make all mounts %s", propagation_name(p->ns_propagation | K_MS_REC));
		explain_act(x, "root.path", "mount the root file system on %s: %s%sprivate, %sattach", p->root_path,
			    p->tree_propagation ? propagation_name(p->tree_propagation | K_MS_REC) : "",
			    p->tree_propagation ? ", " : "", p->root_sealed ? "all of it ro, " : "");
	}
	if (proc)
		explain_act(x, proc->from, "make the proc for %s, the runtime's own handle too", proc->dest);
	else
		explain_act(x, NULL, "make a proc of the runtime's own");
}

/* What is done, in its order: "rslave, ro, attach, rprivate". */
static const char *calls_of(const struct mnt_op *op, struct words *w)
{
	const uint32_t n_before = op->kind == MNT_BIND ? op->n_before : 0;

	for (uint32_t i = 0; i < n_before; i++)
		add_change(w, &op->changes[i]);
	if (op->kind != MNT_REMOUNT)
		add_word(w, ", ", "", "attach");
	for (uint32_t i = n_before; i < op->n_changes; i++)
		add_change(w, &op->changes[i]);
	return w->text;
}

/* What a new mount is made with: not what was asked for, but what came of it. */
static const char *made_with(const struct mnt_op *op, struct words *w)
{
	add_flags(w, "", ",", op->attrs, 0);
	for (uint32_t i = 0; i < op->n_params; i++) {
		add_word(w, ",", "", op->params[i].key);
		if (op->params[i].value && w->len < sizeof(w->text))
			w->len += fmt(w->text + w->len, sizeof(w->text) - w->len, "=%s", op->params[i].value);
	}
	return w->len > 0 ? w->text : "defaults";
}

static void explain_op(const struct mnt_plan *p, const struct mnt_op *op, struct explain *x)
{
	struct words with = { .len = 0 }, calls = { .len = 0 };

	switch ((enum mnt_kind)op->kind) {
	case MNT_FRESH:
		explain_act(x, op->from, "mount %s on %s (%s)%s: %s", op->type, op->dest, made_with(op, &with),
			    op->copy_up ? " with a copy of what is there" : "", calls_of(op, &calls));
		return;
	case MNT_BIND:
		explain_act(x, op->from, "bind %s on %s%s: %s", p->sources[op->source_index].path, op->dest,
			    p->sources[op->source_index].link ? ", or copy the symlink" :
			    op->type ? ", unless a new one can be had" : "", calls_of(op, &calls));
		return;
	case MNT_REMOUNT:
		if (op->n_params > 0)
			explain_act(x, op->from, "change the file system on %s: %s", op->dest, made_with(op, &with));
		explain_act(x, op->from, "change the mount on %s: %s", op->dest, calls_of(op, &calls));
		return;
	case MNT_SYMLINK:
		explain_act(x, op->from, "link %s to %s", op->dest, op->source);
		return;
	}
}

void mnt_explain_mounts(const struct mnt_plan *p, struct explain *x)
{
	for (uint32_t i = 0; i < p->n_ops; i++)
		explain_op(p, &p->ops[i], x);
}

static void explain_device(const struct mnt_device *d, struct explain *x)
{
	const char type = S_ISCHR(d->mode) ? 'c' : S_ISBLK(d->mode) ? 'b' : 'p';

	if (d->source_index >= 0)
		explain_act(x, d->from, "bind the host's %s on %s", d->path, d->path);
	else if (type == 'p')
		explain_act(x, d->from, "make %s p (%04o, %u:%u)", d->path, d->mode & 07777, d->uid, d->gid);
	else
		explain_act(x, d->from, "make %s %c %u:%u (%04o, %u:%u)", d->path, type, major(d->rdev), minor(d->rdev),
			    d->mode & 07777, d->uid, d->gid);
}

void mnt_explain_devices(const struct mnt_plan *p, struct explain *x)
{
	for (uint32_t i = 0; i < p->n_devices; i++)
		explain_device(&p->devices[i], x);
	for (uint32_t i = 0; i < p->n_links; i++)
		explain_act(x, NULL, "link /dev/%s to %s", p->links[i].name, p->links[i].target);
}

void mnt_explain_console(const struct mnt_plan *p, struct explain *x)
{
	if (p->bind_console)
		explain_act(x, "process.terminal", "bind the terminal on /dev/console");
}

void mnt_explain_switch_root(const struct mnt_plan *p, struct explain *x)
{
	switch ((enum mnt_switch)p->switch_by) {
	case MNT_SWITCH_PIVOT:
		explain_act(x, "root.path", "pivot_root to %s and detach the old root", p->root_path);
		break;
	case MNT_SWITCH_MOVE:
		explain_act(x, "root.path", "hide the host's procfs and sysfs, move %s to /", p->root_path);
		break;
	case MNT_SWITCH_CHROOT:
		explain_act(x, "root.path", "chroot to %s", p->root_path);
		break;
	}
}

void mnt_explain_cwd(const char *cwd, const char *from, struct explain *x)
{
	explain_act(x, from, "make the directory %s if it is missing", cwd);
}

void mnt_explain_restrict(const struct mnt_plan *p, struct explain *x)
{
	for (uint32_t i = 0; i < p->n_ops; i++)
		if (p->ops[i].late_readonly)
			explain_act(x, p->ops[i].from, "make the mount on %s read-only", p->ops[i].dest);
	if (p->root_readonly)
		explain_act(x, "root.readonly", "make / read-only");
	for (uint32_t i = 0; i < p->n_readonly; i++)
		explain_act(x, p->readonly[i].from, "make %s read-only with all below it, where it exists",
			    p->readonly[i].path);
	for (uint32_t i = 0; i < p->n_masked; i++)
		explain_act(x, p->masked[i].from, "mask %s, where it exists", p->masked[i].path);
	if (p->root_propagation)
		explain_act(x, "linux.rootfsPropagation", "make / %s", propagation_name(p->root_propagation));
}
