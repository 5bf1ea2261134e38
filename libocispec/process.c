/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of config.md#process. */
#include "libocispec/rows.h"

static const struct oci_row console_size_rows[] = {
	OCI_INT0(struct oci_console_size, "height", height, OCI_REQUIRED),
	OCI_INT0(struct oci_console_size, "width",  width,  OCI_REQUIRED),
};
static const struct oci_table console_size = OCI_TABLE(struct oci_console_size, console_size_rows);

static const struct oci_row user_rows[] = {
	OCI_NUM0(struct oci_user, "uid",            uid,             0, OCI_ID_MAX, 0),
	OCI_NUM0(struct oci_user, "gid",            gid,             0, OCI_ID_MAX, 0),
	OCI_INT (struct oci_user, "umask",          umask,           0),
	OCI_NUMS(struct oci_user, "additionalGids", additional_gids, 0, OCI_ID_MAX, 0),
	OCI_STR (struct oci_user, "username",       username,        0),
};
static const struct oci_table user = OCI_TABLE(struct oci_user, user_rows);

static const struct oci_row capabilities_rows[] = {
	OCI_STRS(struct oci_capabilities, "bounding",    bounding,    0),
	OCI_STRS(struct oci_capabilities, "effective",   effective,   0),
	OCI_STRS(struct oci_capabilities, "inheritable", inheritable, 0),
	OCI_STRS(struct oci_capabilities, "permitted",   permitted,   0),
	OCI_STRS(struct oci_capabilities, "ambient",     ambient,     0),
};
static const struct oci_table capabilities = OCI_TABLE(struct oci_capabilities, capabilities_rows);

static const struct oci_row rlimit_rows[] = {
	OCI_STR (struct oci_rlimit, "type", type, OCI_REQUIRED),
	OCI_INT0(struct oci_rlimit, "hard", hard, OCI_REQUIRED),
	OCI_INT0(struct oci_rlimit, "soft", soft, OCI_REQUIRED),
};
static const struct oci_table rlimit = OCI_TABLE(struct oci_rlimit, rlimit_rows);

static const struct oci_row scheduler_rows[] = {
	OCI_STR (struct oci_scheduler, "policy",   policy,   OCI_REQUIRED),
	OCI_INT (struct oci_scheduler, "nice",     nice,     0),
	OCI_INT (struct oci_scheduler, "priority", priority, 0),
	OCI_STRS(struct oci_scheduler, "flags",    flags,    0),
	OCI_INT (struct oci_scheduler, "runtime",  runtime,  0),
	OCI_INT (struct oci_scheduler, "deadline", deadline, 0),
	OCI_INT (struct oci_scheduler, "period",   period,   0),
};
static const struct oci_table scheduler = OCI_TABLE(struct oci_scheduler, scheduler_rows);

static const struct oci_row io_priority_rows[] = {
	OCI_STR(struct oci_io_priority, "class",    class,    OCI_REQUIRED),
	OCI_INT(struct oci_io_priority, "priority", priority, 0),
};
static const struct oci_table io_priority = OCI_TABLE(struct oci_io_priority, io_priority_rows);

static const struct oci_row affinity_rows[] = {
	OCI_STR(struct oci_exec_cpu_affinity, "initial", initial, 0),
	OCI_STR(struct oci_exec_cpu_affinity, "final",   final,   0),
};
static const struct oci_table affinity = OCI_TABLE(struct oci_exec_cpu_affinity, affinity_rows);

static const struct oci_row process_rows[] = {
	OCI_BOOL(struct oci_process, "terminal",        terminal,          0),
	OCI_OBJ (struct oci_process, "consoleSize",     console_size,      &console_size, 0),
	OCI_IN  (struct oci_process, "user",            user,              &user, 0),
	OCI_STRS(struct oci_process, "args",            args,              0),
	OCI_STR (struct oci_process, "commandLine",     command_line,      0),
	OCI_STRS(struct oci_process, "env",             env,               0),
	OCI_STR (struct oci_process, "cwd",             cwd,               0),	/* required: check.c, in runc's words */
	OCI_OBJ (struct oci_process, "capabilities",    capabilities,      &capabilities, 0),
	OCI_OBJS(struct oci_process, "rlimits",         rlimits,           &rlimit, 0),
	OCI_BOOL(struct oci_process, "noNewPrivileges", no_new_privileges, 0),
	OCI_STR (struct oci_process, "apparmorProfile", apparmor_profile,  0),
	OCI_INT (struct oci_process, "oomScoreAdj",     oom_score_adj,     0),
	OCI_OBJ (struct oci_process, "scheduler",       scheduler,         &scheduler, 0),
	OCI_STR (struct oci_process, "selinuxLabel",    selinux_label,     0),
	OCI_OBJ (struct oci_process, "ioPriority",      io_priority,       &io_priority, 0),
	OCI_OBJ (struct oci_process, "execCPUAffinity", exec_cpu_affinity, &affinity, 0),
};
const struct oci_table oci_process_table = OCI_TABLE(struct oci_process, process_rows);
