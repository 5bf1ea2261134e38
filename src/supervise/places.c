/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/places.h"

#include "base/arr.h"
#include "supervise/notify.h"
#include "sys/file.h"


static const struct {
	size_t offset;		/* in struct places */
	const char *name;	/* below runtime-dir */
	bool is_directory;
} ours[] = {
#define PLACE(member, name, is_directory) { offsetof(struct places, member), name, is_directory }
	PLACE(pid_file, PLACE_PID_FILE, false),
	PLACE(status, PLACE_STATUS, false),
	PLACE(bundles, "bundles", true),
	PLACE(containers, "containers", true),
	PLACE(notify, NOTIFY_DIRECTORY, true),
	PLACE(tree, "tree", true),
	PLACE(wanted, PLACE_WANTED, false),
	PLACE(records, PLACE_RECORDS, true),
	PLACE(locks, "tree/lock", true),
	PLACE(logs, "tree/log", true),
#undef PLACE
};

static const char **place_of(struct places *p, size_t i)
{
	return (const char **)(void *)((char *)p + ours[i].offset);
}

int places_find(const struct lithos_master *m, struct arena *a, struct places *ret, struct err *e)
{
	*ret = (struct places){ .runtime_dir = arena_str(a, m->runtime_dir), .state_dir = arena_str(a, m->state_dir) };
	if (!ret->runtime_dir || !ret->state_dir)
		return err_nomem(e);
	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		const char *path = arena_fmt(a, "%s/%s", m->runtime_dir, ours[i].name);

		if (!path)
			return err_nomem(e);
		*place_of(ret, i) = path;
	}
	return 0;
}

/* What somebody else has made in the same moment is there as well. */
static int make(const char *path, unsigned int mode, const char *what, struct err *e)
{
	struct stat st;
	int rc = sys_mkdirat(AT_FDCWD, path, mode);

	if (rc == -EEXIST) {
		rc = sys_fstatat(AT_FDCWD, path, 0, &st);
		if (rc == 0 && !S_ISDIR(st.st_mode))
			rc = -ENOTDIR;
	}
	return rc < 0 ? err_sys(e, rc, "Cant create %s: %s", what, path) : 0;
}

int places_make(const struct lithos_master *m, const struct places *p, struct err *e)
{
	const struct {
		const char *path, *what;
	} theirs[] = {
		{ m->runtime_dir, "runtime-dir" },
		{ m->state_dir, "state-dir" },
		{ m->default_log_dir, "log dir" },
		{ m->config_log_dir, "configuration log dir" },
		{ m->stdio_log_dir, "stdio log dir" },
	};

	for (size_t i = 0; i < ARRAY_LEN(theirs); i++)
		if (theirs[i].path && make(theirs[i].path, 0755, theirs[i].what, e) < 0)
			return e->code;
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (ours[i].is_directory && make(*place_of((struct places *)p, i), 0700, "directory", e) < 0)
			return e->code;
	return 0;
}
