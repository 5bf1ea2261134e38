/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/deploy.h"
#include "lithos/yaml.h"
#include "sys/file.h"

#include <limits.h>
#include <string.h>

enum directory_flag {
	MADE    = 1 << 0,	/* made at the start, in a directory that is there */
	READ    = 1 << 1,	/* what is in it is obeyed, so the sticky bit does not help */
	DEVFS   = 1 << 2,
};

struct directory {
	const char *key;
	const char *name;
	unsigned int flags;
	const char *path;
	bool there;
	struct stat st;
};

static struct mark at(const struct lithos_master *m, const struct directory *d)
{
	return yaml_mark(m->doc, d->key, NULL);
}

/* Without what does not change its meaning: doubled and last slashes, components ".". */
static void normalise(const char *path, char *ret, size_t size)
{
	size_t n = 0;

	for (const char *p = path; *p && n + 1 < size; ) {
		if (*p == '/' && (p[1] == '/' || p[1] == '\0') && n + (p[1] == '/') > 0)
			p++;
		else if (p[0] == '/' && p[1] == '.' && (p[2] == '/' || p[2] == '\0'))
			p += 2;
		else
			ret[n++] = *p++;
	}
	if (n == 0 && *path == '/' && size > 1)
		ret[n++] = '/';
	ret[n] = '\0';
}

/* The directory that path is in; "." for a bare name. */
static void parent_of(const char *path, char parent[PATH_MAX])
{
	char *slash;

	normalise(path, parent, PATH_MAX);
	slash = strrchr(parent, '/');
	if (!slash)
		parent[0] = '.';
	parent[!slash || slash == parent ? 1 : slash - parent] = '\0';
}

static bool same_path(const char *a, const char *b)
{
	char x[PATH_MAX], y[PATH_MAX];

	normalise(a, x, sizeof(x));
	normalise(b, y, sizeof(y));
	return strcmp(x, y) == 0;
}

/* What is missing is made in the order of the list, one level each. */
static void check_missing(const struct lithos_master *m, const struct directory *v, size_t i, int why, struct findings *f)
{
	const struct directory *d = &v[i];
	char parent[PATH_MAX], meaning[64];
	struct stat st;

	if (d->flags & DEVFS) {
		finding_error(f, at(m, d), "Devfs dir (\"%s\") must exist and contain device nodes", d->path);
		finding_hint(f, "lithos_mkdev %s", d->path);
		return;
	}
	if (!(d->flags & MADE)) {
		finding_error(f, at(m, d), "%s \"%s\": %s", d->name, d->path, err_meaning(why, meaning));
		return;
	}
	/* What is wrong with one that is to be made before it, is told of that one. */
	parent_of(d->path, parent);
	for (size_t k = 0; k < i; k++)
		if (v[k].path && (v[k].flags & MADE) && same_path(v[k].path, parent))
			return;
	if (why != -ENOENT)
		finding_error(f, at(m, d), "Cant create %s: \"%s\": %s", d->name, d->path, err_meaning(why, meaning));
	else if (sys_fstatat(AT_FDCWD, parent, 0, &st) < 0 || !S_ISDIR(st.st_mode))
		finding_error(f, at(m, d), "Cant create %s: there is no directory \"%s\"", d->name, parent);
}

static void check_devfs(const struct lithos_master *m, const struct directory *d, struct findings *f)
{
	auto_close int fd = sys_openat(AT_FDCWD, d->path, O_PATH | O_DIRECTORY, 0);
	struct stat st;
	int rc = fd < 0 ? fd : sys_fstatat(fd, "pts", 0, &st);

	if (rc == -ENOENT || (rc == 0 && !S_ISDIR(st.st_mode))) {
		finding_error(f, at(m, d), "devfs-dir \"%s\" has no directory pts, where the terminals are mounted", d->path);
		finding_hint(f, "lithos_mkdev %s", d->path);
	}
}

static void check_one(const struct lithos_master *m, struct directory *v, size_t i, struct findings *f)
{
	struct directory *d = &v[i];
	bool relative = d->path[0] != '/';

	/* Relative ones of the files to read begin where the master file is. */
	if (relative && !(d->flags & READ)) {
		finding_error(f, at(m, d), "%s \"%s\" must be absolute", d->name, d->path);
		d->path = NULL;
		return;
	}

	int rc = sys_fstatat(AT_FDCWD, d->path, 0, &d->st);

	if (rc < 0) {
		check_missing(m, v, i, rc, f);
		return;
	}
	if (!S_ISDIR(d->st.st_mode)) {
		finding_error(f, at(m, d), "%s \"%s\" is not a directory", d->name, d->path);
		return;
	}
	d->there = true;
	if (d->st.st_mode & S_IWOTH && ((d->flags & READ) || !(d->st.st_mode & S_ISVTX))) {
		finding_error(f, at(m, d), "%s \"%s\" can be written by everybody (mode %04o)", d->name, d->path,
			      d->st.st_mode & 07777u);
		finding_hint(f, "chmod o-w %s", d->path);
	}
	if (d->flags & DEVFS)
		check_devfs(m, d, f);
}

static void check_purposes(const struct lithos_master *m, const struct directory *v, size_t n, struct findings *f)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i && v[i].path; k++) {
			if (!v[k].path)
				continue;
			if (!same_path(v[i].path, v[k].path) &&
			    !(v[i].there && v[k].there && v[i].st.st_dev == v[k].st.st_dev && v[i].st.st_ino == v[k].st.st_ino))
				continue;
			finding_error(f, at(m, &v[i]), "%s and %s are the same directory \"%s\"", v[k].name, v[i].name,
				      v[i].path);
			break;
		}
	}
}

void deploy_check_directories(const struct lithos_master *m, struct findings *f)
{
	struct directory v[] = {
		{ "sandboxes_dir",   "sandboxes-dir",   READ, .path = m->sandboxes_dir },
		{ "processes_dir",   "processes-dir",   READ, .path = m->processes_dir },
		{ "runtime_dir",     "runtime-dir",     MADE, .path = m->runtime_dir },
		{ "state_dir",       "state-dir",       MADE, .path = m->state_dir },
		{ "default_log_dir", "default-log-dir", MADE, .path = m->default_log_dir },
		{ "config_log_dir",  "config-log-dir",  MADE, .path = m->config_log_dir },
		{ "stdio_log_dir",   "stdio-log-dir",   MADE, .path = m->stdio_log_dir },
		/* An empty one stands for a new /dev with the usual devices. */
		{ "devfs_dir",       "devfs-dir",       DEVFS, .path = *m->devfs_dir ? m->devfs_dir : NULL },
	};
	size_t n = sizeof(v) / sizeof(v[0]);

	for (size_t i = 0; i < n; i++)
		if (v[i].path)
			check_one(m, v, i, f);
	check_purposes(m, v, n, f);
}
