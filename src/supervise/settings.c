/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/settings.h"

#include "base/arr.h"
#include "lithos/path.h"
#include "sys/file.h"

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

/* Where somebody stands who looks at it later need not be where this process stands. */
static const char *absolute(struct arena *a, const char *path)
{
	char here[PATH_MAX];

	if (*path == '/' || sys_getcwd(here, sizeof(here)) < 0 || here[0] != '/')
		return arena_str(a, path);
	return path_join(a, here, path);
}

/* A row for each: `always` is what every master file has, by default if not by its words. */
static const struct {
	const char *key;
	size_t ours, theirs;		/* where it is in struct settings, in struct lithos_master */
	bool always;
} texts[] = {
#define TEXT(key, ours, theirs, always) { key, offsetof(struct settings, ours), offsetof(struct lithos_master, theirs), always }
	TEXT("master", master, file, true),
	TEXT("runtime-dir", runtime_dir, runtime_dir, true),
	TEXT("state-dir", state_dir, state_dir, true),
	TEXT("mount-dir", mount_dir, mount_dir, true),
	TEXT("default-log-dir", default_log_dir, default_log_dir, true),
	TEXT("log-file", log_file, log_file, true),
	TEXT("log-level", log_level, log_level, true),
	TEXT("config-log-dir", config_log_dir, config_log_dir, false),
	TEXT("stdio-log-dir", stdio_log_dir, stdio_log_dir, true),
	TEXT("syslog-facility", syslog_facility, syslog_facility, false),
	TEXT("syslog-app-name", syslog_app_name, syslog_app_name, true),
	TEXT("cgroup-name", cgroup_name, cgroup_name, false),
#undef TEXT
};

static const char **text_at(const void *where, size_t offset)
{
	return (const char **)(void *)((char *)(uintptr_t)where + offset);
}

int settings_copy(const struct lithos_master *m, struct arena *a, struct settings *ret, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const char *text = *text_at(m, texts[i].theirs), **copy = text_at(ret, texts[i].ours);

		*copy = arena_str(a, text);
		if (text && !*copy)
			return err_nomem(e);
	}
	ret->master = absolute(a, ret->master);
	return ret->master ? 0 : err_nomem(e);
}

struct lithos_master settings_master(const struct settings *s)
{
	struct lithos_master m = { .file = NULL };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		*text_at(&m, texts[i].theirs) = *text_at(s, texts[i].ours);
	return m;
}

void settings_write(const struct settings *settings, struct sheet *s)
{
	sheet_row(s, "settings");
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		sheet_text(s, texts[i].key, *text_at(settings, texts[i].ours));
}

void settings_read(const struct sheet_reader *row, struct settings *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		*text_at(ret, texts[i].ours) = sheet_find(row, texts[i].key);
}

bool settings_are_whole(const struct settings *s)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (texts[i].always && !*text_at(s, texts[i].ours))
			return false;
	return *s->runtime_dir == '/';
}
