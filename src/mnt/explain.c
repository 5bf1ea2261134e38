/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/mnt.h"
#include "base/arr.h"

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

void mnt_explain_sources(const struct mnt_plan *p, struct explain *x)
{
	static const char *const what[] = {
		[MNT_SOURCE_ROOT] = "the root file system ", [MNT_SOURCE_BIND] = "", [MNT_SOURCE_PROC] = "the procfs ",
		[MNT_SOURCE_CGROUP1] = "the cgroup ", [MNT_SOURCE_CGROUP2] = "the cgroup ", [MNT_SOURCE_DEVICE] = "the device ",
	};

	for (uint32_t i = 0; i < p->n_sources; i++) {
		const struct mnt_source *s = &p->sources[i];

		explain_act(x, s->from, "open %s%s%s", what[s->kind], s->path,
			    s->recursive && p->new_mount_ns ? " with all below it" : "");
	}
}

void mnt_explain_prepare_root(const struct mnt_plan *p, struct explain *x)
{
	const struct mnt_op *proc = NULL;

	for (uint32_t i = 0; i < p->n_ops && !proc; i++)
		proc = p->ops[i].is_trusted_proc ? &p->ops[i] : NULL;
	if (p->new_mount_ns) {
		explain_act(x, NULL, "make all mounts %s", propagation_name(p->ns_propagation | K_MS_REC));
		explain_act(x, "root.path", "mount the root file system on %s", p->root_path);
	}
	if (proc)
		explain_act(x, proc->from, "make the proc for %s, the runtime's own handle too", proc->dest);
	else
		explain_act(x, NULL, "make a proc of the runtime's own");
}

static void explain_op(const struct mnt_plan *p, const struct mnt_op *op, struct explain *x)
{
	const char *options = op->options && *op->options ? op->options : "defaults";

	switch ((enum mnt_kind)op->kind) {
	case MNT_FRESH:
		explain_act(x, op->from, "mount %s on %s (%s)", op->type, op->dest, options);
		return;
	case MNT_BIND:
		explain_act(x, op->from, "bind %s on %s (%s)", p->sources[op->source_index].path, op->dest, options);
		return;
	case MNT_REMOUNT:
		explain_act(x, op->from, "change the mount on %s (%s)", op->dest, options);
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
	if (p->root_propagation)
		explain_act(x, "linux.rootfsPropagation", "make / %s", propagation_name(p->root_propagation));
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
		explain_act(x, p->readonly[i].from, "make %s read-only", p->readonly[i].path);
	for (uint32_t i = 0; i < p->n_masked; i++)
		explain_act(x, p->masked[i].from, "mask %s", p->masked[i].path);
}
