/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is mounted, in its order, each looked for as the runtime will: its mount point in what is there by then, its source
 * on the host.  What is wrong with a mount point as such translate_volumes() tells.
 */
#include "sys/file.h"
#include "translate/judging.h"
#include "translate/place.h"

#include <string.h>

/* What a mount shows. */
struct source {
	enum view_kind kind;
	int fd;
	struct stat st;
	bool readonly;
};

/* ---- what every container has ---- */

static int put(struct judging *g, const char *path, const struct source *s)
{
	return view_mount(&g->view, path, s->kind, s->fd, s->readonly) == -ENOMEM ? err_nomem(g->e) : 0;
}

/* What is wrong with devfs-dir is told once, of the master; an empty one stands for a new /dev with the usual devices. */
static struct source devfs(const struct lithos_master *m)
{
	int fd = *m->devfs_dir ? sys_openat(AT_FDCWD, m->devfs_dir, O_PATH | O_DIRECTORY, 0) : -ENOENT;

	return (struct source){ fd < 0 ? VIEW_UNKNOWN : VIEW_FILES, fd, .readonly = true };
}

/* Nothing is made in an image at a start: it is read-only, and others may be using it. */
static void complain_target(const struct judging *g, struct mark at, const char *target, int why)
{
	char meaning[64];

	finding_error(g->f, at, "mount point %s in the image: %s", target, err_meaning(why, meaning));
	finding_hint(g->f, "the image must have it, a start does not make it");
}

static int judge_usual(struct judging *g, const char *path, const struct source *s)
{
	auto_found struct view_found target = { .fd = -EBADF };
	struct mark at = yaml_mark(g->p->processes, g->in->process->name, "image", NULL);
	int rc = view_look(&g->view, path, true, &target);

	if (rc == VIEW_FOUND && !S_ISDIR(target.st.st_mode))
		rc = -ENOTDIR;
	if (rc < 0)
		complain_target(g, at, path, rc);
	return put(g, rc == VIEW_FOUND ? target.path : path, s);
}

static int judge_usual_mounts(struct judging *g)
{
	static const struct source of_kernel = { VIEW_UNKNOWN, -EBADF, .readonly = false };
	struct source dev = devfs(g->in->master);

	if (judge_usual(g, "/dev", &dev) < 0)
		return g->e->code;
	if (dev.kind == VIEW_FILES && put(g, "/dev/pts", &of_kernel) < 0)
		return g->e->code;
	return judge_usual(g, "/sys", &of_kernel) < 0 || judge_usual(g, "/proc", &of_kernel) < 0 ? g->e->code : 0;
}

/* ---- volumes ---- */

static void complain_source(const struct judging *g, const struct lithos_volume *v, const struct volume_place *p, int why)
{
	char meaning[64];

	finding_error(g->f, yaml_mark(g->c->doc, "volumes", v->mount_point, NULL), "%s%s%s, the source of %s: %s", p->prefix,
		      *p->below ? "/" : "", p->below, v->mount_point,
		      why == -ELOOP || why == -EXDEV ? "symbolic links are not followed there" : err_meaning(why, meaning));
	if (why == -ENOENT && v->type == LITHOS_PERSISTENT)
		finding_hint(g->f, "`mkdir: true` makes it at the start");
}

/* Of a source that is not to be had, nobody can tell what is in it. */
static int find_source(struct judging *g, const struct lithos_volume *v, struct source *ret)
{
	struct volume_place p;
	int rc;

	*ret = (struct source){ VIEW_EMPTY, -EBADF, .st = { .st_mode = S_IFDIR }, .readonly = v->type == LITHOS_READONLY };
	if (v->type != LITHOS_READONLY && v->type != LITHOS_PERSISTENT)
		return 0;
	ret->kind = VIEW_UNKNOWN;
	rc = volume_find(g->in->sandbox, v, g->a, &p, g->e);
	if (rc <= 0)
		return rc;

	auto_close int fd = place_open(&p);

	rc = fd < 0 ? fd : sys_fstat(fd, &ret->st);
	if (rc == 0 && S_ISLNK(ret->st.st_mode))
		rc = -ELOOP;
	if (rc == 0) {
		ret->kind = VIEW_FILES;
		ret->fd = take_fd(fd);
	} else if (rc == -ENOENT && v->type == LITHOS_PERSISTENT && v->mkdir) {
		ret->kind = VIEW_EMPTY;
	} else if (rc != -EACCES && rc != -EPERM) {
		complain_source(g, v, &p, rc);
	}
	return 0;
}

/* Places that translate_volumes() refuses. */
static bool is_judged(const char *mount_point, struct arena *a, struct err *e, const char **ret_point)
{
	int rc = volume_normal(mount_point, a, ret_point, e);

	return rc > 0 && strcmp(*ret_point, "/") != 0 && strcmp(*ret_point, "/dev") != 0 && strcmp(*ret_point, "/proc") != 0;
}

static int judge_volume(struct judging *g, const struct lithos_volume *v)
{
	auto_found struct view_found target = { .fd = -EBADF };
	struct mark at = yaml_mark(g->c->doc, "volumes", v->mount_point, NULL);
	const char *point;
	struct source s;
	int rc;

	if (!is_judged(v->mount_point, g->a, g->e, &point))
		return 0;
	if (find_source(g, v, &s) < 0)
		return g->e->code;
	rc = view_look(&g->view, point, true, &target);
	if (rc < 0)
		complain_target(g, at, v->mount_point, rc);
	else if (rc == VIEW_FOUND && s.kind == VIEW_FILES && S_ISDIR(s.st.st_mode) != S_ISDIR(target.st.st_mode))
		finding_error(g->f, at, S_ISDIR(s.st.st_mode) ? "the source of %s is a directory, and its mount point is none"
							      : "the source of %s is no directory, and its mount point is one",
			      v->mount_point);
	else if (rc == VIEW_FOUND && s.kind == VIEW_EMPTY && !S_ISDIR(target.st.st_mode))
		finding_error(g->f, at, "mount point %s is not a directory", v->mount_point);
	return put(g, rc == VIEW_FOUND ? target.path : point, &s);
}

/* What NOTIFY_SOCKET is bound on, by a supervisor. */
static void judge_notify(struct judging *g)
{
	auto_found struct view_found target = { .fd = -EBADF };
	int rc;

	if (!g->c->has_ready_timeout)
		return;
	rc = view_look(&g->view, DRAFT_NOTIFY_DIR, true, &target);
	if (rc == VIEW_FOUND && !S_ISDIR(target.st.st_mode))
		rc = -ENOTDIR;
	if (rc < 0)
		complain_target(g, yaml_mark(g->c->doc, "ready_timeout", NULL), DRAFT_NOTIFY_DIR, rc);
}

int judge_mounts(struct judging *g)
{
	size_t *order = NULL;
	int rc = judge_usual_mounts(g);

	if (rc == 0)
		rc = volume_order(g->c, g->a, &order, g->e);
	for (size_t i = 0; rc == 0 && i < g->c->n_volumes; i++)
		rc = judge_volume(g, &g->c->volumes[order[i]]);
	if (rc == 0)
		judge_notify(g);
	return rc;
}
