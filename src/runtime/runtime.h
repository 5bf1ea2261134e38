/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of a container: the verbs as functions.  This is all of the runtime that cmd/cist includes.
 *
 * Each verb returns 0 or more when it did its work and a negative errno with the error filled when not.  None
 * prints an error; what a verb prints on standard output is its result (state, list, ps …).
 */
#ifndef CIST_RUNTIME_RUNTIME_H
#define CIST_RUNTIME_RUNTIME_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>


enum cgroup_manager { CGROUP_MANAGER_CGROUPFS, CGROUP_MANAGER_SYSTEMD, CGROUP_MANAGER_DISABLED };

/* Whether cgroups that the caller may not make are done without: AUTO is for all but root of the host. */
enum rootless_mode { ROOTLESS_AUTO, ROOTLESS_YES, ROOTLESS_NO };

/* What the options before the command say. */
struct runtime {
	const char *root;		/* directory of the states; absolute */
	bool root_is_given;		/* by --root: `list` then wants it to exist */
	/* Below XDG_RUNTIME_DIR: to be made with the sticky bit, which keeps it from what cleans old files there. */
	bool root_is_users;
	enum cgroup_manager manager;
	enum rootless_mode rootless;
	/* Warnings that are not errors (a hook of poststop failed, an unknown capability); never NULL. */
	void (*warn)(const char *text);
};

struct create_options {
	const char *id;
	const char *bundle;		/* "" or NULL: the working directory */
	const char *config;		/* crun's --config; NULL: config.json in the bundle */
	const char *netconf;		/* what the network is to be; NULL: as the annotation says */
	const char *console_socket;	/* NULL: none; likewise below */
	const char *pid_file;
	const char *pidfd_socket;
	bool no_pivot;
	bool no_new_keyring;
	bool init;			/* the built-in init stays as the first process, above the program */
	uint32_t preserve_fds;
	/* run only */
	bool detach;
	bool keep;
	bool no_subreaper;
};

int runtime_create(const struct runtime *rt, const struct create_options *o, struct err *e);
int runtime_start(const struct runtime *rt, const char *id, struct err *e);
/* Detached: 0.  In the foreground: the exit status of the program, 0…255. */
int runtime_run(const struct runtime *rt, const struct create_options *o, struct err *e);

/*
 * Waits until a container has ended, whoever's child it is, and returns its exit status, 0…255: of one that has the
 * built-in init also when it had ended before.  -ENODATA with a sentence when nobody knows it any more.
 */
int runtime_wait(const struct runtime *rt, const char *id, struct err *e);

struct events_options {
	const char *id;
	const char *interval;		/* a duration as "5s"; NULL: five seconds */
	bool stats;			/* one event and no more */
};
/* Prints one JSON object a line: what the container uses, and when the OOM killer was there, until it has stopped. */
int runtime_events(const struct runtime *rt, const struct events_options *o, struct err *e);

struct destroy_options {
	const char *id;
	const char *timeout;		/* how long it may take to end, in seconds; NULL: ten */
	bool force;			/* no error when there is none */
};
/* box's: kills what runs, waits for its end, and removes the container. */
int runtime_destroy(const struct runtime *rt, const struct destroy_options *o, struct err *e);

/* Prints the state document of runtime-spec's runtime.md#state. */
int runtime_state(const struct runtime *rt, const char *id, struct err *e);

struct kill_options {
	const char *id;			/* or a pattern */
	const char *signal;		/* a name with or without SIG, in any case, RTMIN+n, or a number */
	bool all;
	bool regex;			/* crun's: id is an extended regular expression over ids */
};
int runtime_kill(const struct runtime *rt, const struct kill_options *o, struct err *e);

struct delete_options {
	const char *id;			/* or a pattern */
	bool force;
	bool regex;			/* crun's: id is an extended regular expression over ids */
};
int runtime_delete(const struct runtime *rt, const struct delete_options *o, struct err *e);

struct exec_options {
	const char *id;
	const char *const *args;	/* n_args of them; none when process_file is given */
	size_t n_args;
	const char *process_file;	/* an OCI process object; the members below are then ignored */
	const char *console_socket;
	const char *pid_file;
	const char *pidfd_socket;
	const char *cwd;
	const char *user;		/* UID[:GID] */
	const char *process_label;
	const char *apparmor;
	const char *const *env;
	size_t n_env;
	const char *const *caps;
	size_t n_caps;
	const char *const *additional_gids;
	size_t n_additional_gids;
	const char *const *cgroups;	/* [CTRL[,CTRL]:]PATH */
	size_t n_cgroups;
	uint32_t preserve_fds;
	bool tty;
	bool detach;
	bool no_new_privs;
	bool ignore_paused;
	bool no_subreaper;
};
/*
 * As runtime_run.  A failure before the program runs is an error, and cist's exit status then is 255; only -ENOEXEC,
 * execve(2)'s own refusal of a program that is there and may be executed, gives 1.
 */
int runtime_exec(const struct runtime *rt, const struct exec_options *o, struct err *e);

enum list_format { LIST_TABLE, LIST_JSON, LIST_IDS };
int runtime_list(const struct runtime *rt, enum list_format format, struct err *e);

/* args are ps(1)'s, used with the table only. */
int runtime_ps(const struct runtime *rt, const char *id, bool json, const char *const *args, size_t n_args,
	       struct err *e);

int runtime_pause(const struct runtime *rt, const char *id, struct err *e);
int runtime_resume(const struct runtime *rt, const char *id, struct err *e);

/* Texts as they were given; NULL and "" are not given. */
struct update_options {
	const char *id;
	const char *resources;		/* a file with linux.resources, or "-"; the limits below are then ignored */
	const char *blkio_weight;
	const char *cpu_period;
	const char *cpu_quota;
	const char *cpu_burst;
	const char *cpu_share;
	const char *cpu_rt_period;
	const char *cpu_rt_runtime;
	const char *cpu_idle;
	const char *cpuset_cpus;
	const char *cpuset_mems;
	const char *memory;
	const char *memory_reservation;
	const char *memory_swap;
	const char *pids_limit;
	const char *kernel_memory;	/* ignored with a warning, as the next one */
	const char *kernel_memory_tcp;
	const char *l3_cache_schema;
	const char *mem_bw_schema;
};
/* New limits for a container that is not stopped: all of them, or the old ones stay in force. */
int runtime_update(const struct runtime *rt, const struct update_options *o, struct err *e);

struct mounts_options {
	const char *id;
	const char *file;		/* a JSON list of mounts, or "-": standard input */
	bool remove;			/* what is mounted at their destinations; else they are added */
};
/* Mounts of a container that is not stopped (crun's): all of them, or none. */
int runtime_mounts(const struct runtime *rt, const struct mounts_options *o, struct err *e);

/* Prints every step of a create and start with these options; nothing is touched and no privilege is needed. */
int runtime_explain(const struct runtime *rt, const struct create_options *o, bool json, struct err *e);

/*
 * Prints what this host can do for containers, or, with a bundle or a configuration, for this one.  Returns 0, 1 when
 * something is lacking, 2 when nothing (this bundle) will run.
 */
int runtime_doctor(const struct runtime *rt, const char *bundle, const char *config, bool json, struct err *e);

/* Prints the features document, made from the tables that the parser and the runtime use. */
int runtime_features(struct err *e);

/* Prints the lines of --version. */
int runtime_version(struct err *e);

/*
 * Writes a default configuration to file (NULL: config.json) in bundle (NULL: the working directory); -EEXIST when
 * there is one.
 */
int runtime_spec(const char *bundle, const char *file, bool rootless, struct err *e);

#endif
