/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file systems of a container, in the order in which lithos mounts them: the image, /dev and its terminals, /sys, /proc,
 * volumes, the files of /etc.  What is read-only is so with all that is mounted below it.
 */
#include "translate/mounts.h"
#include "translate/etc.h"
#include "translate/volume.h"

int mounts_add(struct draft *d, const char *destination, const char *type, const char *source, const char *const *options)
{
	struct oci_mount *m = DRAFT_ADD(d, d->plan->config.mounts, d->plan->config.n_mounts);
	size_t n = 0;

	while (options[n])
		n++;
	if (!m)
		return err_nomem(d->e);
	*m = (struct oci_mount){ .destination = destination, .type = type, .source = source };
	m->options = arena_strv(d->a, options, n);
	m->n_options = n;
	return m->options ? 0 : err_nomem(d->e);
}

static void check_absolute(struct draft *d, const struct yaml *doc, const char *key, const char *path, const char *what)
{
	if (*path != '/')
		finding_error(d->f, DRAFT_AT(doc, key, NULL), "%s \"%s\" is not an absolute path", what, path);
}

/* All containers of an image share it: no runtime makes a mount point in it that is missing. */
static int mount_root(struct draft *d)
{
	struct oci_root *root = d->plan->config.root;

	check_absolute(d, d->in->sandbox->doc, "image_dir", d->in->sandbox->image_dir, "image-dir");
	root->path = arena_fmt(d->a, "%s/%s", d->in->sandbox->image_dir, d->in->process->image);
	root->has_readonly = root->readonly = true;
	if (!root->path)
		return err_nomem(d->e);
	return draft_annotation(d, "org.cist.root.sealed", "true");
}

/*
 * The administrator's devices, which work wherever they lie: lithos' remount takes nodev away as well.  An empty devfs-dir
 * leaves it to the runtime to make the usual ones on a tmpfs.
 */
static int mount_dev(struct draft *d)
{
	static const char *const bound[] = { "rbind", "rro", "nosuid", "dev", "rprivate", NULL };
	static const char *const fresh[] = { "nosuid", "strictatime", "ro", "mode=755", "size=65536k", NULL };
	const struct lithos_master *m = d->in->master;

	if (!*m->devfs_dir)
		return mounts_add(d, "/dev", "tmpfs", "tmpfs", fresh);
	check_absolute(d, m->doc, "devfs_dir", m->devfs_dir, "devfs-dir");
	return mounts_add(d, "/dev", "bind", m->devfs_dir, bound);
}

static int mount_devpts(struct draft *d)
{
	static const char *const options[] = { "nosuid", "noexec", "noatime", "newinstance", "ptmxmode=0666", NULL };

	return mounts_add(d, "/dev/pts", "devpts", "devpts", options);
}

static bool has_user_namespace(const struct draft *d)
{
	return d->in->uid_map->n > 0 || d->in->gid_map->n > 0;
}

/*
 * A user namespace may mount a procfs or a sysfs where it shows no more than the one of the host, and keeps its time stamps as
 * that has them: noatime would be refused (mount_too_revealing() in the kernel's fs/namespace.c).
 */
static const char *const plain[] = { "nosuid", "noexec", "nodev", "noatime", NULL };
static const char *const mapped[] = { "nosuid", "noexec", "nodev", NULL };
static const char *const plain_ro[] = { "nosuid", "noexec", "nodev", "noatime", "ro", NULL };
static const char *const mapped_ro[] = { "nosuid", "noexec", "nodev", "ro", NULL };

/*
 * A sysfs is of a network namespace, and may be mounted by the user namespace that owns it.  With a user namespace of its
 * own and the host's network a container gets the host's, with what is mounted below it, all of it read-only.
 */
static int mount_sys(struct draft *d)
{
	static const char *const bound[] = { "rbind", "rro", "rnosuid", "rnoexec", "rnodev", "rprivate", NULL };

	if (has_user_namespace(d) && !d->in->sandbox->bridged_network)
		return mounts_add(d, "/sys", "bind", "/sys", bound);
	return mounts_add(d, "/sys", "sysfs", "sysfs", has_user_namespace(d) ? mapped_ro : plain_ro);
}

static int mount_proc(struct draft *d)
{
	return mounts_add(d, "/proc", "proc", "proc", has_user_namespace(d) ? mapped : plain);
}

int translate_mounts(struct draft *d)
{
	if (mount_root(d) < 0 || mount_dev(d) < 0 || mount_devpts(d) < 0 || mount_sys(d) < 0 || mount_proc(d) < 0 ||
	    translate_volumes(d) < 0 || translate_etc(d) < 0)
		return d->e->code;
	return 0;
}
