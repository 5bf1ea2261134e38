/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bundles that go, and what is left of them by those that were killed. */
#include "translate/bundle.h"

#include "sys/file.h"
#include "translate/spot.h"

#include <string.h>
#include <sys/file.h>

static void overwrite(int dir, const char *name)
{
	static const char zeroes[4096];
	auto_close int fd = sys_openat(dir, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0 || sys_fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	for (off_t left = st.st_size; left > 0; left -= (off_t)sizeof zeroes)
		if (sys_write_all(fd, zeroes, left < (off_t)sizeof zeroes ? (size_t)left : sizeof zeroes) < 0)
			return;
}

/* The directory name, whatever of a bundle is in it.  Somebody who sweeps may do the same in this moment. */
static int remove_bundle(int parent, const char *name)
{
	auto_close int fd = sys_openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	int rc;

	for (size_t i = 0; fd >= 0 && i < BUNDLE_NAMES; i++) {
		overwrite(fd, bundle_names[i]);
		(void)sys_unlinkat(fd, bundle_names[i], 0);
	}
	rc = sys_unlinkat(parent, name, AT_REMOVEDIR);
	return rc == -ENOENT ? 0 : rc;
}

int spot_clear(const struct spot *s, struct err *e)
{
	int rc = remove_bundle(s->parent, s->beside);

	return rc < 0 ? err_sys(e, rc, "remove %s beside %s", s->beside, s->dir) : 0;
}

/* Whoever writes it has it locked; one that was killed does not. */
static int sweep_entry(int parent, const char *entry)
{
	auto_close int fd = sys_openat(parent, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	bool empty;

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || bundle_is_alone(fd, &empty) <= 0)
		return 0;
	return remove_bundle(parent, entry);
}

static int sweep(int at, const char *name)
{
	auto_close int parent = sys_openat(at, ".", O_RDONLY | O_DIRECTORY, 0);
	_Alignas(struct sys_entry) char entries[4096];
	int rc = parent < 0 ? parent : 0;
	ssize_t n;

	while (rc == 0 && (n = sys_getdents(parent, entries, sizeof entries)) != 0) {
		if (n < 0)
			return (int)n;
		for (const char *p = entries; rc == 0 && p < entries + n;) {
			const struct sys_entry *entry = (const void *)p;

			if (spot_is_beside(entry->name, name))
				rc = sweep_entry(parent, entry->name);
			p += entry->bytes;
		}
	}
	return rc;
}

int bundle_sweep(const char *parent, struct err *e)
{
	auto_close int fd = sys_openat(AT_FDCWD, parent, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	int rc = fd == -ENOENT ? 0 : fd < 0 ? fd : sweep(fd, NULL);

	return rc < 0 ? err_sys(e, rc, "remove unfinished bundles in %s", parent) : 0;
}

static int wipe(const struct spot *s, struct err *e)
{
	int rc = spot_check(s, e);

	if (rc <= 0)
		return rc;
	rc = sys_renameat(s->parent, s->name, s->beside);
	if (rc == -ENOENT)
		return 0;
	return rc < 0 ? err_sys(e, rc, "%s: rename", s->dir) : spot_clear(s, e);
}

int bundle_wipe(const char *dir, struct err *e)
{
	auto_spot struct spot s;
	int rc = spot_find(dir, 0, false, &s, e);

	if (rc == -ENOENT)
		return 0;
	if (rc < 0 || wipe(&s, e) < 0)
		return e->code;
	rc = sweep(s.parent, s.name);
	return rc < 0 ? err_sys(e, rc, "%s: remove what is unfinished beside it", dir) : 0;
}
