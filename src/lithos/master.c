/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/master.h"

#include "base/arr.h"
#include "lithos/path.h"
#include "lithos/schema.h"

#include <string.h>
#include <strings.h>

/* It is appended to the path of a control group. */
static int check_cgroup_name(const char *name, struct err *e)
{
	if (*name == '/')
		return err_set(e, -EINVAL, "the name of a control group does not begin with /");
	return path_has_parent(name) ? err_set(e, -EINVAL, "the name of a control group must not hold ..") : 0;
}

/* Nothing, in quotes, asks for the devices that a runtime makes. */
static int check_devfs(const char *path, struct err *e)
{
	return path_is_plain(path) ? 0 : err_set(e, -EINVAL, "path holds a control character");
}

static const struct schema_row rows[] = {
	SCHEMA_PATH(struct lithos_master, "sandboxes_dir", sandboxes_dir, "./sandboxes", 0),
	SCHEMA_PATH(struct lithos_master, "processes_dir", processes_dir, "./processes", 0),
	SCHEMA_PATH(struct lithos_master, "runtime_dir", runtime_dir, "/run/lithos", 0),
	SCHEMA_PATH(struct lithos_master, "state_dir", state_dir, "state", 0),
	SCHEMA_PATH(struct lithos_master, "mount_dir", mount_dir, "mnt", 0),
	SCHEMA_TEXT(struct lithos_master, "devfs_dir", devfs_dir, "/var/lib/lithos/dev", 0, .longest = SCHEMA_PATH_MAX,
		    .check = check_devfs),
	SCHEMA_PATH(struct lithos_master, "default_log_dir", default_log_dir, "/var/log/lithos", 0),
	SCHEMA_PATH(struct lithos_master, "log_file", log_file, "master.log", 0),
	SCHEMA_TEXT(struct lithos_master, "log_level", log_level, "warn", 0),
	SCHEMA_PATH(struct lithos_master, "config_log_dir", config_log_dir, "/var/log/lithos/config", SCHEMA_OPTIONAL),
	SCHEMA_PATH(struct lithos_master, "stdio_log_dir", stdio_log_dir, "/var/log/lithos/stderr", 0),
	SCHEMA_TEXT(struct lithos_master, "syslog_facility", syslog_facility, NULL, SCHEMA_OPTIONAL),
	SCHEMA_TEXT(struct lithos_master, "syslog_app_name", syslog_app_name, "lithos", 0, .alias = "syslog_name"),
	SCHEMA_PATH(struct lithos_master, "cgroup_name", cgroup_name, "lithos.slice", SCHEMA_OPTIONAL, .check = check_cgroup_name),
	SCHEMA_TEXTS(struct lithos_master, "cgroup_controllers", cgroup_controllers, 0),
};
static const struct schema_table table = SCHEMA_TABLE(struct lithos_master, rows);

bool master_knows_log_level(const char *name)
{
	static const char *const levels[] = { "error", "warn", "info", "debug", "trace" };

	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (strcasecmp(name, levels[i]) == 0)
			return true;
	return false;
}

bool master_knows_facility(const char *name)
{
	static const char *const facilities[] = {
		"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
		"local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
	};

	if (strncasecmp(name, "log_", 4) == 0)
		name += 4;
	for (size_t i = 0; i < ARRAY_LEN(facilities); i++)
		if (strcasecmp(name, facilities[i]) == 0)
			return true;
	return false;
}

/* Words that the original takes without a sound and then replaces. */
static void check_words(const struct lithos_master *m, struct findings *f)
{
	if (!master_knows_log_level(m->log_level))
		finding_warning(f, yaml_mark(m->doc, "log_level", NULL),
				"log-level \"%s\" is none of error, warn, info, debug, trace: warn is used", m->log_level);
	if (m->syslog_facility && !master_knows_facility(m->syslog_facility))
		finding_warning(f, yaml_mark(m->doc, "syslog_facility", NULL),
				"\"%s\" is no facility of syslog: log files are written", m->syslog_facility);
}

static int join_paths(struct lithos_master *m, struct arena *a)
{
	m->sandboxes_dir = path_join_beside(a, m->file, m->sandboxes_dir);
	m->processes_dir = path_join_beside(a, m->file, m->processes_dir);
	m->state_dir = path_join(a, m->runtime_dir, m->state_dir);
	m->mount_dir = path_join(a, m->runtime_dir, m->mount_dir);
	m->log_file = path_join(a, m->default_log_dir, m->log_file);
	return m->sandboxes_dir && m->processes_dir && m->state_dir && m->mount_dir && m->log_file ? 0 : -ENOMEM;
}

int master_read(const struct yaml *y, struct arena *a, struct findings *f, struct lithos_master *ret, struct err *e)
{
	const int rc = schema_read(&table, y, a, f, ret, e);

	if (rc < 0)
		return rc;
	ret->doc = y;
	ret->file = arena_str(a, y->file);
	if (!ret->file || join_paths(ret, a) < 0)
		return err_nomem(e);
	check_words(ret, f);
	return rc;
}
