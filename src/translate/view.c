/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translate/view.h"
#include "sys/file.h"

#include <stdlib.h>
#include <string.h>

/* ---- mounts ---- */

int view_init(struct view *v, int image)
{
	v->n = 0;

	int fd = sys_dup(image);

	return fd < 0 ? fd : view_mount(v, "/", VIEW_FILES, fd, true);
}

void view_done(struct view *v)
{
	for (size_t i = 0; i < v->n; i++) {
		fd_close(&v->v[i].fd);
		free(v->v[i].path);
	}
	v->n = 0;
}

int view_normal(const char *path, char ret[VIEW_PATH_MAX])
{
	size_t n = 0;

	while (*path) {
		size_t len = strcspn(path, "/");

		if (len > 0 && !(len == 1 && *path == '.')) {
			if (n + 1 + len >= VIEW_PATH_MAX)
				return -ENAMETOOLONG;
			ret[n++] = '/';
			memcpy(ret + n, path, len);
			n += len;
		}
		path += len + (path[len] == '/');
	}
	ret[n] = '\0';
	return 0;
}

int view_mount(struct view *v, const char *path, enum view_kind kind, int fd, bool readonly)
{
	char normal[VIEW_PATH_MAX];
	int rc = v->n == VIEW_MOUNTS_MAX ? -E2BIG : view_normal(path, normal);
	char *copy = rc < 0 ? NULL : strdup(normal);

	if (!copy) {
		fd_close(&fd);
		return rc < 0 ? rc : -ENOMEM;
	}
	v->v[v->n++] = (struct view_mount){ copy, strlen(copy), kind, kind == VIEW_FILES ? fd : -EBADF, readonly };
	return 0;
}

/* The last one that was put there hides those before. */
static const struct view_mount *mount_at(const struct view *v, const char *path)
{
	for (size_t i = v->n; i > 0; i--)
		if (strcmp(v->v[i - 1].path, path) == 0)
			return &v->v[i - 1];
	return NULL;
}

/* ---- looking ---- */

void view_found_done(struct view_found *x)
{
	fd_close(&x->fd);
}

/* Where a walk is: a path without links that exists, what is there, and the words still to go. */
struct walk {
	const struct view *view;
	char at[VIEW_PATH_MAX];
	size_t at_len;
	struct {
		int fd;
		struct stat st;
		const struct view_mount *mount;
	} found;
	char rest[2 * VIEW_PATH_MAX];
	unsigned int links;
};

static int enter_mount(struct walk *w, const struct view_mount *m)
{
	fd_close(&w->found.fd);
	w->found.mount = m;
	w->found.st = (struct stat){ .st_mode = S_IFDIR };
	if (m->kind != VIEW_FILES)
		return 0;
	w->found.fd = sys_dup(m->fd);
	return w->found.fd < 0 ? w->found.fd : sys_fstat(w->found.fd, &w->found.st);
}

/* From the root again: the path so far, which holds no link.  That is what ".." and absolute links need. */
static int go_to(struct walk *w, size_t len)
{
	const struct view_mount *root = mount_at(w->view, "");
	char path[VIEW_PATH_MAX];
	size_t done = 0;
	int rc;

	memcpy(path, w->at, len);
	path[len] = '\0';
	rc = root ? enter_mount(w, root) : -ENOENT;
	while (rc == 0 && done < len) {
		size_t next = done + 1 + strcspn(path + done + 1, "/");
		char kept = path[next];

		path[next] = '\0';
		const struct view_mount *m = mount_at(w->view, path);

		if (m) {
			rc = enter_mount(w, m);
		} else {
			int fd = sys_openat(w->found.fd, path + done + 1, O_PATH | O_NOFOLLOW, 0);

			fd_close(&w->found.fd);
			w->found.fd = fd;
			rc = fd < 0 ? fd : sys_fstat(fd, &w->found.st);
		}
		path[next] = kept;
		done = next;
	}
	w->at[len] = '\0';
	w->at_len = len;
	return rc;
}

static int follow_link(struct walk *w, int link)
{
	char target[VIEW_PATH_MAX];
	ssize_t n = sys_readlinkat(link, "", target, sizeof(target));
	size_t rest = strlen(w->rest);

	if (n < 0)
		return (int)n;
	if (n == 0)
		return -ENOENT;
	if (++w->links > VIEW_LINKS_MAX)
		return -ELOOP;
	if ((size_t)n + rest >= sizeof(w->rest))
		return -ENAMETOOLONG;
	memmove(w->rest + n, w->rest, rest + 1);
	memcpy(w->rest, target, (size_t)n);
	return target[0] == '/' ? go_to(w, 0) : 0;
}

/* One word further; -ENOENT and its like as the kernel has them. */
static int step(struct walk *w, const char *word, size_t len, bool follow)
{
	if (!S_ISDIR(w->found.st.st_mode))
		return -ENOTDIR;
	if (len == 1 && word[0] == '.')
		return 0;
	if (len == 2 && word[0] == '.' && word[1] == '.') {
		while (w->at_len > 0 && w->at[w->at_len - 1] != '/')
			w->at_len--;
		return go_to(w, w->at_len > 0 ? w->at_len - 1 : 0);
	}
	if (w->at_len + 1 + len >= sizeof(w->at))
		return -ENAMETOOLONG;
	w->at[w->at_len] = '/';
	memcpy(w->at + w->at_len + 1, word, len);
	w->at[w->at_len + 1 + len] = '\0';

	const struct view_mount *m = mount_at(w->view, w->at);

	if (m) {
		w->at_len += 1 + len;
		return enter_mount(w, m);
	}

	const char *name = w->at + w->at_len + 1;

	if (w->found.mount->kind != VIEW_FILES)
		return w->found.mount->kind == VIEW_EMPTY ? -ENOENT : VIEW_NOBODY_KNOWS;

	auto_close int fd = sys_openat(w->found.fd, name, O_PATH | O_NOFOLLOW, 0);
	struct stat st;
	int rc = fd < 0 ? fd : sys_fstat(fd, &st);

	if (rc < 0)
		return rc == -EACCES || rc == -EPERM ? VIEW_NOBODY_KNOWS : rc;
	if (S_ISLNK(st.st_mode) && follow) {
		w->at[w->at_len] = '\0';
		return follow_link(w, fd);
	}
	w->at_len += 1 + len;
	fd_close(&w->found.fd);
	w->found.fd = take_fd(fd);
	w->found.st = st;
	return 0;
}

static int walk(struct walk *w, bool follow)
{
	int rc = go_to(w, 0);

	while (rc == 0) {
		char word[VIEW_PATH_MAX];
		size_t slashes = strspn(w->rest, "/"), len = strcspn(w->rest + slashes, "/");
		bool slash = w->rest[slashes + len] == '/';

		if (len == 0)
			return slashes > 0 && !S_ISDIR(w->found.st.st_mode) ? -ENOTDIR : 0;
		if (len >= sizeof(word))
			return -ENAMETOOLONG;
		memcpy(word, w->rest + slashes, len);
		memmove(w->rest, w->rest + slashes + len, strlen(w->rest + slashes + len) + 1);
		rc = step(w, word, len, follow || slash);
	}
	return rc;
}

/* The mount that a path without links is on, the one with the longest path; *ret_rest is what is left of the path. */
static const struct view_mount *mount_of(const struct view *v, const char *path, const char **ret_rest)
{
	const struct view_mount *best = &v->v[0];

	for (size_t i = 1; i < v->n; i++) {
		const struct view_mount *m = &v->v[i];

		if (m->len >= best->len && strncmp(path, m->path, m->len) == 0 && (path[m->len] == '/' || !path[m->len]))
			best = m;
	}
	*ret_rest = path + best->len + (path[best->len] == '/');
	return best;
}

/*
 * Most paths have neither links nor ".." in them, and then one call of the kernel answers what a walk would.  -ELOOP: it
 * takes a walk.
 */
static int look_at_once(const struct view *v, const char *path, struct view_found *ret)
{
	const char *rest;

	if (view_normal(path, ret->path) < 0 || strstr(path, "..") || path[strlen(path) - 1] == '/')
		return -ELOOP;
	ret->mount = mount_of(v, ret->path, &rest);
	if (ret->mount->kind != VIEW_FILES) {
		ret->st = (struct stat){ .st_mode = S_IFDIR };
		return !*rest ? VIEW_FOUND : ret->mount->kind == VIEW_EMPTY ? -ENOENT : VIEW_NOBODY_KNOWS;
	}
	ret->fd = *rest ? sys_openat2(ret->mount->fd, rest, O_PATH, 0, K_RESOLVE_BENEATH | K_RESOLVE_NO_SYMLINKS)
			: sys_dup(ret->mount->fd);
	if (ret->fd == -EACCES || ret->fd == -EPERM)
		return VIEW_NOBODY_KNOWS;
	return ret->fd < 0 ? ret->fd : sys_fstat(ret->fd, &ret->st);
}

int view_look(const struct view *v, const char *path, bool follow, struct view_found *ret)
{
	struct walk w;
	size_t len = strlen(path);

	ret->fd = -EBADF;
	if (len == 0)
		return -ENOENT;
	if (len >= VIEW_PATH_MAX)
		return -ENAMETOOLONG;

	int rc = look_at_once(v, path, ret);

	if (rc != -ELOOP)
		return rc;
	w.view = v;
	w.found.fd = -EBADF;
	w.found.mount = 0;
	w.links = 0;
	w.at_len = 0;
	memcpy(w.rest, path, len + 1);
	rc = walk(&w, follow);
	ret->fd = w.found.fd;
	ret->st = w.found.st;
	ret->mount = w.found.mount;
	memcpy(ret->path, w.at, w.at_len);
	ret->path[w.at_len] = '\0';
	return rc;
}
