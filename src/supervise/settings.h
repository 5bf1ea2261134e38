/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings of a master file, as the planner hands them to the supervisor, which reads no YAML. */
#ifndef CIST_SUPERVISE_SETTINGS_H
#define CIST_SUPERVISE_SETTINGS_H

#include "base/arena.h"
#include "base/err.h"
#include "lithos/lithos.h"
#include "supervise/sheet.h"

/* What the supervisor has to know of the master file, which it does not read.  Directories and files are absolute. */
struct settings {
	const char *master;		/* the file, absolute where that could be found out */
	const char *runtime_dir;
	const char *state_dir;
	const char *mount_dir;
	const char *default_log_dir;
	const char *log_file;		/* of the supervisor */
	const char *log_level;		/* a level, or a word that is none */
	const char *config_log_dir;	/* NULL: no configurations are logged */
	const char *stdio_log_dir;
	const char *syslog_facility;	/* NULL: files */
	const char *syslog_app_name;
	const char *cgroup_name;	/* NULL: no control groups: the runtime is executed with --cgroup-manager=disabled */
};

/* A copy in a, of what is in m.  -ENOMEM. */
must_use int settings_copy(const struct lithos_master *m, struct arena *a, struct settings *ret, struct err *e);

/* The same as the struct of a master file, for what works with either (places.h, journal.h); nothing else of it is set. */
struct lithos_master settings_master(const struct settings *s);

/* As a row `settings` of a sheet, and from a row of that name. */
void settings_write(const struct settings *settings, struct sheet *s);
void settings_read(const struct sheet_reader *row, struct settings *ret);

/* Whether all is there that every master file has. */
bool settings_are_whole(const struct settings *s);

#endif
