/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The structs of the four files, read-only once read.  Members carry the names of the keys in snake_case (a key may be
 * written with `_` or with `-`), and hold the defaults where nothing was written.
 *
 *   const char *x                     text or a path; NULL: absent or null
 *   const char **x; size_t n_x        a list of texts
 *   struct t *x; size_t n_x           a list, or a mapping whose struct begins with the key; a mapping is in the order
 *                                     of the document
 *   bool has_x; T x                   a number that may be absent
 *
 * All of it lives in the arena that it was read into.  Positions are not here: a check that has something to say asks
 * the document (yaml_mark(), yaml.h) where the key path stands; so a document lives as long as what was read from it.
 *
 * master.h, sandbox.h, process.h and container.h read them.
 */
#ifndef CIST_LITHOS_LITHOS_H
#define CIST_LITHOS_LITHOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct yaml;

/* Bounds of ours; what is beyond them is an error where it is written. */
enum {
	LITHOS_NAME_MAX      = 100,		/* bytes of the name of a sandbox, a process, a variable */
	LITHOS_INSTANCES_MAX = 10000,		/* of a process */
	LITHOS_VOLUMES_MAX   = 256,		/* of a container */
	LITHOS_PORTS_MAX     = 64,		/* sockets of a container: what the runtime hands over */
	LITHOS_MAPS_MAX      = 340,		/* rows of an id map; user_namespaces(7) */
	LITHOS_ENVIRON_MAX   = 128 << 10,	/* bytes of all "KEY=VALUE" of an instance with their NULs */
	LITHOS_ARGS_MAX      = 1 << 20,		/* bytes of all arguments of an instance with their NULs */
	LITHOS_ARG_MAX       = (128 << 10) - 1,	/* bytes of one; execve(2) takes no more */
	LITHOS_CPU_SHARES_MIN = 2,		/* what the kernel makes of fewer */
	LITHOS_CPU_SHARES_MAX = 262144,		/* and of more */
};
#define LITHOS_ID_MAX (UINT32_MAX - 1)	/* the last one means "none" to the kernel */

struct lithos_pair {
	const char *key;
	const char *value;
};

/* first to last, both included; last < first is accepted and matches nothing. */
struct lithos_range {
	uint32_t first;
	uint32_t last;
};

struct lithos_ranges {
	struct lithos_range *v;
	size_t n;
};

struct lithos_map {
	uint32_t inside;
	uint32_t outside;
	uint32_t count;
};

struct lithos_maps {
	struct lithos_map *v;
	size_t n;
};

enum lithos_kind { LITHOS_DAEMON, LITHOS_COMMAND, LITHOS_COMMAND_OR_DAEMON };

/* ---- master.yaml ---- */

struct lithos_master {
	const struct yaml *doc;
	const char *file;		/* as it was opened */
	/* Each directory is to be used as it stands here: what was relative has been joined. */
	const char *sandboxes_dir;	/* relative ones start at the directory of the master file */
	const char *processes_dir;
	const char *runtime_dir;
	const char *state_dir;		/* relative ones start at runtime_dir */
	const char *mount_dir;		/* the same; of no use to us, accepted */
	const char *devfs_dir;		/* "": the default devices of a runtime */
	const char *default_log_dir;
	const char *log_file;		/* relative ones start at default_log_dir */
	const char *log_level;
	const char *config_log_dir;	/* NULL: no configuration log */
	const char *stdio_log_dir;
	const char *syslog_facility;	/* NULL: files */
	const char *syslog_app_name;
	const char *cgroup_name;	/* NULL: no groups and no limits */
	const char **cgroup_controllers;
	size_t n_cgroup_controllers;
};

/* ---- sandboxes/NAME.yaml ---- */

struct lithos_network {
	const char *bridge;
	const char *network;		/* ADDRESS/PREFIX as written; checked (address.h) */
	const char *default_gateway;	/* NULL: none; an address, checked */
	const char **after_setup_command;
	size_t n_after_setup_command;
};

struct lithos_sandbox {
	const struct yaml *doc;
	const char *file;
	const char *name;
	const char *config_file;	/* as written; sandbox_process_file() says which file that is */
	const char *image_dir;
	uint32_t image_dir_levels;
	const char *log_file;		/* NULL: NAME.log */
	const char *log_level;		/* NULL: the master's */
	struct lithos_pair *readonly_paths;	/* virtual to host path */
	size_t n_readonly_paths;
	struct lithos_pair *writable_paths;
	size_t n_writable_paths;
	struct lithos_ranges allow_users;
	bool has_default_user;
	uint32_t default_user;
	struct lithos_ranges allow_groups;
	uint32_t default_group;
	struct lithos_ranges allow_tcp_ports;
	struct lithos_maps uid_map;
	struct lithos_maps gid_map;
	struct lithos_pair *additional_hosts;	/* name to address; the address is not judged */
	size_t n_additional_hosts;
	const char *resolv_conf;	/* host file */
	const char *hosts_file;
	const char *used_images_list;
	bool auto_clean;
	const struct lithos_network *bridged_network;	/* NULL: the host's network */
	const char *secrets_private_key;
	const char **secrets_namespaces;
	size_t n_secrets_namespaces;
	bool x_cist_harden;		/* a key of ours */
};

/* ---- processes/NAME.yaml ---- */

/* A key of ours: how the instances are replaced when their configuration has changed. */
struct lithos_update {
	uint32_t max_unavailable;	/* at least 1 */
};

struct lithos_process {
	const char *name;
	const struct yaml *doc;		/* of the whole file, in which the process is the key `name` */
	enum lithos_kind kind;		/* daemon or command */
	const char *image;
	const char *config;		/* of the container file, absolute, within the image */
	uint32_t instances;		/* 0: none; of a command without meaning */
	struct lithos_pair *variables;
	size_t n_variables;
	const char **extra_secrets_namespaces;
	size_t n_extra_secrets_namespaces;
	const char **ip_addresses;
	size_t n_ip_addresses;
	const struct lithos_update *update;	/* NULL: all at once */
};

struct lithos_processes {
	const struct yaml *doc;
	const char *file;
	struct lithos_process *v;
	size_t n;
};

/* ---- the container file, from inside an image ---- */

enum lithos_variable_type { LITHOS_TCP_PORT, LITHOS_NAME, LITHOS_DOTTED_NAME, LITHOS_CHOICE };

struct lithos_variable {
	const char *name;
	enum lithos_variable_type type;
	bool activation_systemd;	/* of a TcpPort */
	const char **choices;
	size_t n_choices;
};

enum lithos_volume_type { LITHOS_READONLY, LITHOS_PERSISTENT, LITHOS_TMPFS, LITHOS_STATEDIR };

struct lithos_volume {
	const char *mount_point;	/* the key, as written */
	enum lithos_volume_type type;
	const char *path;		/* readonly, persistent: virtual; statedir: below the state directory */
	bool mkdir;
	uint32_t mode;			/* at most 01777 */
	uint32_t user;			/* as seen by the container */
	uint32_t group;
	uint64_t size;			/* of a tmpfs, bytes; 0: no limit */
};

struct lithos_secret {
	const char *name;
	const char **values;		/* sealed; the first that opens counts */
	size_t n_values;
};

enum lithos_auto { LITHOS_AUTO, LITHOS_NO, LITHOS_YES };

struct lithos_tcp_port {
	const char *key;		/* the port, before substitution */
	uint32_t fd;
	const char *host;		/* an IPv4 or IPv6 address */
	uint32_t listen_backlog;
	bool reuse_addr;
	bool reuse_port;
	bool set_non_block;
	bool external;
};

/* A key of ours: pauses that grow while a program dies soon after its start. */
struct lithos_backoff {
	const char *factor;		/* number_parse_permille() takes it */
	uint32_t max;			/* seconds, of a pause */
	uint32_t reset_after;		/* seconds that a program has run for the next pause to be restart_timeout again */
};

struct lithos_container {
	const struct yaml *doc;
	const char *file;
	enum lithos_kind kind;
	struct lithos_variable *variables;
	size_t n_variables;
	struct lithos_volume *volumes;
	size_t n_volumes;
	bool has_user_id;
	uint32_t user_id;
	bool has_group_id;
	uint32_t group_id;
	uint64_t memory_limit;		/* bytes, not 0; INT64_MAX: none written */
	uint64_t cpu_shares;		/* already within LITHOS_CPU_SHARES_MIN and _MAX */
	uint64_t fileno_limit;		/* not 0 */
	uint32_t restart_timeout;	/* seconds; 0: whoever restarts has a floor of his own */
	uint32_t kill_timeout;
	const struct lithos_backoff *restart_backoff;	/* NULL: each pause is restart_timeout */
	bool has_ready_timeout;		/* a key of ours: the program says when it is ready (sd_notify(3)), … */
	uint32_t ready_timeout;		/* … within so many seconds */
	const char *executable;
	const char **arguments;
	size_t n_arguments;
	struct lithos_pair *environ;
	size_t n_environ;
	struct lithos_secret *secret_environ;	/* also those of secret_environ_file, once that was read */
	size_t n_secret_environ;
	const char *secret_environ_file;	/* as written; container_secret_file() says which file that is */
	const char *workdir;
	struct {
		enum lithos_auto mount;
		bool copy_from_host;
	} resolv_conf;
	struct {
		enum lithos_auto mount;
		bool copy_from_host;
		enum lithos_auto localhost;
		enum lithos_auto public_hostname;
	} hosts_file;
	struct lithos_maps uid_map;
	struct lithos_maps gid_map;
	const char *stdout_stderr_file;
	bool interactive;
	bool restart_process_only;
	int32_t *normal_exit_codes;
	size_t n_normal_exit_codes;
	struct lithos_tcp_port *tcp_ports;
	size_t n_tcp_ports;
};

#endif
