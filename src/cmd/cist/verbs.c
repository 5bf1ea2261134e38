/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arr.h"
#include "cmd/cist/completion.h"
#include "cmd/cist/globals.h"
#include "cmd/cist/usage.h"
#include "cmd/cist/verbs.h"
#include "state/id.h"
#include "sys/file.h"

#include <stdio.h>
#include <string.h>

static const char formats[] = "table json";
static const char shells[] = "bash zsh fish";

#define CREATE_ROWS \
	CLI_TEXT_ROW(create_options, bundle, "bundle", "b", "DIR", \
		     "directory of the bundle; the working directory if not given"), \
	CLI_TEXT_ROW(create_options, config, "config", "f", "FILE", \
		     "configuration to be used instead of config.json in the bundle"), \
	CLI_TEXT_ROW(create_options, netconf, "netconf", NULL, "FILE", \
		     "make the network that FILE describes"), \
	CLI_TEXT_ROW(create_options, console_socket, "console-socket", NULL, "FILE", \
		     "unix socket that receives the master end of the terminal"), \
	CLI_TEXT_ROW(create_options, pid_file, "pid-file", NULL, "FILE", \
		     "write the process id of the container to FILE"), \
	CLI_TEXT_ROW(create_options, pidfd_socket, "pidfd-socket", NULL, "FILE", \
		     "unix socket that receives a pidfd of the container"), \
	CLI_FLAG_ROW(create_options, no_pivot, "no-pivot", NULL, \
		     "do not use pivot_root, for hosts that run from an initial ramdisk"), \
	CLI_FLAG_ROW(create_options, no_new_keyring, "no-new-keyring", NULL, \
		     "keep the session keyring of the caller"), \
	CLI_FLAG_ROW(create_options, init, "init", NULL, \
		     "keep an init as the first process, above the program"), \
	CLI_COUNT_ROW(create_options, preserve_fds, "preserve-fds", NULL, "N", \
		      "hand N more descriptors, from 3 on, to the container"), \
	CLI_FLAG_ROW(create_options, no_subreaper, "no-subreaper", NULL, \
		     "do not adopt the orphans of the container while it is waited for")

static const struct cli_option create_rows[] = {
	CREATE_ROWS,
};

static const struct cli_option run_rows[] = {
	CREATE_ROWS,
	CLI_FLAG_ROW(create_options, detach, "detach", "d", "return when the container runs"),
	CLI_FLAG_ROW(create_options, keep, "keep", NULL, "do not delete the container when it has ended"),
};

static const struct cli_option kill_rows[] = {
	CLI_FLAG_ROW(kill_options, all, "all", "a", "no error when the container has stopped"),
	CLI_FLAG_ROW(kill_options, regex, "regex", "r", "ID is an extended regular expression: each container that it finds"),
};

static const struct cli_option delete_rows[] = {
	CLI_FLAG_ROW(delete_options, force, "force", "f", "kill it if it runs; no error if there is none"),
	CLI_FLAG_ROW(delete_options, regex, "regex", "r",
		     "ID is an extended regular expression: delete all that match"),
};

static const struct cli_option destroy_rows[] = {
	CLI_FLAG_ROW(destroy_options, force, "force", "f", "no error if there is none"),
	CLI_TEXT_ROW(destroy_options, timeout, "timeout", NULL, "SECONDS",
		     "how long its processes may take to end; 10 if not given"),
};

static const struct cli_option events_rows[] = {
	CLI_FLAG_ROW(events_options, stats, "stats", NULL, "print what it uses now, once"),
	CLI_TEXT_ROW(events_options, interval, "interval", NULL, "DURATION",
		     "time between two prints of what it uses, as 5s or 1m30s; 5s if not given"),
};

static const struct cli_option exec_rows[] = {
	CLI_TEXT_ROW(exec_options, process_file, "process", "p", "FILE",
		     "take the process from FILE, a process object of the specification"),
	CLI_FLAG_ROW(exec_options, detach, "detach", "d", "return when the program runs"),
	CLI_TEXT_ROW(exec_options, pid_file, "pid-file", NULL, "FILE", "write the process id to FILE"),
	CLI_TEXT_ROW(exec_options, console_socket, "console-socket", NULL, "FILE",
		     "unix socket that receives the master end of the terminal"),
	CLI_TEXT_ROW(exec_options, pidfd_socket, "pidfd-socket", NULL, "FILE",
		     "unix socket that receives a pidfd of the process"),
	CLI_FLAG_ROW(exec_options, tty, "tty", "t", "give it a terminal"),
	CLI_COUNT_ROW(exec_options, preserve_fds, "preserve-fds", NULL, "N",
		      "hand N more descriptors, from 3 on, to the process"),
	CLI_TEXT_ROW(exec_options, cwd, "cwd", NULL, "DIR", "working directory in the container"),
	CLI_LIST_ROW(exec_options, env, "env", "e", "NAME=VALUE", "add to the environment; may be repeated"),
	CLI_TEXT_ROW(exec_options, user, "user", "u", "UID[:GID]", "user and group id in the container"),
	CLI_LIST_ROW(exec_options, additional_gids, "additional-gids", "g", "GID",
		     "add a supplementary group; may be repeated"),
	CLI_LIST_ROW(exec_options, caps, "cap", "c", "CAP", "add a capability; may be repeated"),
	CLI_FLAG_ROW(exec_options, no_new_privs, "no-new-privs", NULL, "set no_new_privs"),
	CLI_TEXT_ROW(exec_options, process_label, "process-label", NULL, "LABEL", "SELinux label of the process"),
	CLI_TEXT_ROW(exec_options, apparmor, "apparmor", NULL, "PROFILE", "AppArmor profile of the process"),
	CLI_LIST_ROW(exec_options, cgroups, "cgroup", NULL, "[CONTROLLERS:]PATH",
		     "cgroup of the process, below that of the container; may be repeated"),
	CLI_FLAG_ROW(exec_options, ignore_paused, "ignore-paused", NULL, "wait in a paused container"),
	CLI_FLAG_ROW(exec_options, no_subreaper, "no-subreaper", NULL,
		     "do not adopt the orphans of the process while it is waited for"),
};

static const struct cli_option update_rows[] = {
	CLI_TEXT_ROW(update_options, resources, "resources", "r", "FILE",
		     "take the limits from FILE, a resources object of the specification; -: from standard input"),
	CLI_TEXT_ROW(update_options, blkio_weight, "blkio-weight", NULL, "WEIGHT",
		     "share of block I/O, 10 to 1000"),
	CLI_TEXT_ROW(update_options, cpu_period, "cpu-period", NULL, "USEC",
		     "period in which the CPU quota counts"),
	CLI_TEXT_ROW(update_options, cpu_quota, "cpu-quota", NULL, "USEC",
		     "CPU time in each period; -1: no limit"),
	CLI_TEXT_ROW(update_options, cpu_burst, "cpu-burst", NULL, "USEC",
		     "unused CPU time that may be saved up"),
	CLI_TEXT_ROW(update_options, cpu_share, "cpu-share", NULL, "SHARES",
		     "share of CPU time, 2 to 262144"),
	CLI_TEXT_ROW(update_options, cpu_rt_period, "cpu-rt-period", NULL, "USEC",
		     "period in which real-time CPU time counts"),
	CLI_TEXT_ROW(update_options, cpu_rt_runtime, "cpu-rt-runtime", NULL, "USEC",
		     "real-time CPU time in each period"),
	CLI_TEXT_ROW(update_options, cpu_idle, "cpu-idle", NULL, "0|1",
		     "1: run only when nobody else wants the CPU"),
	CLI_TEXT_ROW(update_options, cpuset_cpus, "cpuset-cpus", NULL, "LIST",
		     "CPUs that may be used, as 0-3,7"),
	CLI_TEXT_ROW(update_options, cpuset_mems, "cpuset-mems", NULL, "LIST",
		     "memory nodes that may be used"),
	CLI_TEXT_ROW(update_options, memory, "memory", NULL, "SIZE",
		     "limit of memory; -1: none, and none on swap"),
	CLI_TEXT_ROW(update_options, memory_reservation, "memory-reservation", NULL, "SIZE",
		     "memory that is kept for it"),
	CLI_TEXT_ROW(update_options, memory_swap, "memory-swap", NULL, "SIZE",
		     "limit of memory and swap together; -1: none"),
	CLI_TEXT_ROW(update_options, pids_limit, "pids-limit", NULL, "N",
		     "number of processes and threads; -1: no limit"),
	CLI_TEXT_ROW(update_options, kernel_memory, "kernel-memory", NULL, "SIZE", NULL),
	CLI_TEXT_ROW(update_options, kernel_memory_tcp, "kernel-memory-tcp", NULL, "SIZE", NULL),
	CLI_TEXT_ROW(update_options, l3_cache_schema, "l3-cache-schema", NULL, "TEXT", NULL),
	CLI_TEXT_ROW(update_options, mem_bw_schema, "mem-bw-schema", NULL, "TEXT", NULL),
};

static const struct cli_option list_rows[] = {
	CLI_WORD_ROW(format_words, format, "format", "f", "FORMAT", formats, "form of the output"),
	CLI_FLAG_ROW(format_words, quiet, "quiet", "q", "print ids only"),
};

static const struct cli_option ps_rows[] = {
	CLI_WORD_ROW(format_words, format, "format", "f", "FORMAT", formats, "form of the output"),
};

static const struct cli_option explain_rows[] = {
	CLI_TEXT_ROW(explain_words, bundle, "bundle", "b", "DIR", "the same as BUNDLE"),
	CLI_TEXT_ROW(explain_words, config, "config", "f", "FILE",
		     "configuration to be used instead of config.json in the bundle"),
	CLI_TEXT_ROW(explain_words, netconf, "netconf", NULL, "FILE", "make the network that FILE describes"),
	CLI_FLAG_ROW(explain_words, json, "json", NULL, "print JSON"),
};

static const struct cli_option doctor_rows[] = {
	CLI_TEXT_ROW(explain_words, bundle, "bundle", "b", "DIR", "the same as BUNDLE"),
	CLI_TEXT_ROW(explain_words, config, "config", "f", "FILE",
		     "configuration to be used instead of config.json in the bundle"),
	CLI_FLAG_ROW(explain_words, json, "json", NULL, "print JSON"),
};

static const struct cli_option spec_rows[] = {
	CLI_TEXT_ROW(spec_words, bundle, "bundle", "b", "DIR",
		     "directory to write to; the working directory if not given"),
	CLI_TEXT_ROW(spec_words, file, "file", "f", "FILE", "name of the file; config.json if not given"),
	CLI_FLAG_ROW(spec_words, rootless, "rootless", NULL, "for a container of an unprivileged user"),
};

/* ---- create, start, run ---- */

/* The check of the words in front of every verb with an id; the id is a path component from here on. */
static int take_id(const struct cli_call *call, const char **ret_id, struct err *e)
{
	*ret_id = call->args[0];
	return container_id_check(*ret_id, e);
}

/* systemd and tmpfiles remove what nobody touched for long from XDG_RUNTIME_DIR, but not what is sticky. */
static int make_users_root(const struct runtime *rt, struct err *e)
{
	int rc;

	if (!rt->root_is_users)
		return 0;
	rc = sys_mkdirat(AT_FDCWD, rt->root, 0700);
	if (rc == 0)
		rc = sys_fchmodat(AT_FDCWD, rt->root, 01700);
	return rc == 0 || rc == -EEXIST ? 0 : err_sys(e, rc, "make %s", rt->root);
}

static int prepare(const struct runtime *rt, const struct cli_call *call, struct create_options *ret,
		   struct err *e)
{
	*ret = *(const struct create_options *)call->options;
	if (take_id(call, &ret->id, e) < 0)
		return e->code;
	return make_users_root(rt, e);
}

static int cmd_create(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	struct create_options o;

	if (prepare(rt, call, &o, e) < 0)
		return e->code;
	return runtime_create(rt, &o, e);
}

static int cmd_run(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	struct create_options o;

	if (prepare(rt, call, &o, e) < 0)
		return e->code;
	return runtime_run(rt, &o, e);
}

static int cmd_start(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	const char *id;

	if (take_id(call, &id, e) < 0)
		return e->code;
	return runtime_start(rt, id, e);
}

static int cmd_wait(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	const char *id;
	int rc = take_id(call, &id, e);

	if (rc == 0)
		rc = runtime_wait(rt, id, e);
	if (rc >= 0)
		printf("%d\n", rc);
	return rc;
}

/* ---- kill, delete, pause, resume ---- */

static int cmd_kill(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	struct kill_options o = *(const struct kill_options *)call->options;

	o.id = call->args[0];
	o.signal = call->n_args > 1 ? call->args[1] : "SIGTERM";
	if (!o.regex && container_id_check(o.id, e) < 0)
		return e->code;
	return runtime_kill(rt, &o, e);
}

static int cmd_delete(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	struct delete_options o = *(const struct delete_options *)call->options;

	o.id = call->args[0];
	if (!o.regex && container_id_check(o.id, e) < 0)
		return e->code;
	return runtime_delete(rt, &o, e);
}

static int cmd_destroy(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	struct destroy_options o = *(const struct destroy_options *)call->options;

	if (take_id(call, &o.id, e) < 0)
		return e->code;
	return runtime_destroy(rt, &o, e);
}

static int cmd_events(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	struct events_options o = *(const struct events_options *)call->options;

	if (take_id(call, &o.id, e) < 0)
		return e->code;
	return runtime_events(rt, &o, e);
}

static int cmd_pause(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	const char *id;

	if (take_id(call, &id, e) < 0)
		return e->code;
	return runtime_pause(rt, id, e);
}

static int cmd_resume(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	const char *id;

	if (take_id(call, &id, e) < 0)
		return e->code;
	return runtime_resume(rt, id, e);
}

/* ---- update ---- */

static int cmd_update(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	struct update_options o = *(const struct update_options *)call->options;

	if (take_id(call, &o.id, e) < 0)
		return e->code;
	return runtime_update(rt, &o, e);
}

/* ---- mounts ---- */

static const char mounts_words[] = "add remove";

static int cmd_mounts(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	const struct mounts_options o = { .id = call->args[1], .file = call->args[2],
					  .remove = cli_word(mounts_words, call->args[0]) == 1 };

	if (cli_word(mounts_words, call->args[0]) < 0)
		return err_set(e, -EINVAL, "mounts: \"%.*s\" is neither add nor remove", 256, call->args[0]);
	if (container_id_check(o.id, e) < 0)
		return e->code;
	return runtime_mounts(rt, &o, e);
}

/* ---- exec ---- */

static int check_exec(const struct exec_options *o, struct err *e)
{
	if (o->process_file)
		return 0;
	if (o->n_args == 0)
		return err_set(e, -EINVAL, "exec args cannot be empty");
	if (o->cwd && *o->cwd != '/')
		return err_set(e, -EINVAL, "Cwd must be an absolute path: %s", o->cwd);
	for (size_t i = 0; i < o->n_env; i++)
		if (!strchr(o->env[i], '=') || o->env[i][0] == '=')
			return err_set(e, -EINVAL, "--env \"%s\": not of the form NAME=VALUE", o->env[i]);
	return 0;
}

static int cmd_exec(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	struct exec_options o = *(const struct exec_options *)call->options;
	/* `exec ID -- CMD`: the dashes belong to neither. */
	size_t first = call->n_args > 1 && strcmp(call->args[1], "--") == 0 ? 2 : 1;

	if (take_id(call, &o.id, e) < 0)
		return e->code;
	o.args = call->args + first;
	o.n_args = call->n_args - first;
	if (check_exec(&o, e) < 0)
		return e->code;
	return runtime_exec(rt, &o, e);
}

/* ---- state, list, ps ---- */

static int cmd_state(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	const char *id;

	if (take_id(call, &id, e) < 0)
		return e->code;
	return runtime_state(rt, id, e);
}

static int is_json(const struct format_words *o, bool *ret_json, struct err *e)
{
	int which = o->format ? cli_word(formats, o->format) : 0;

	if (which < 0)
		return err_set(e, -EINVAL, "invalid format option: \"%s\"", o->format);
	*ret_json = which == 1;
	return 0;
}

static int cmd_list(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	const struct format_words *o = call->options;
	bool json = false;

	if (is_json(o, &json, e) < 0)
		return e->code;
	return runtime_list(rt, o->quiet ? LIST_IDS : json ? LIST_JSON : LIST_TABLE, e);
}

static int cmd_ps(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	const char *id;
	bool json = false;

	if (take_id(call, &id, e) < 0 || is_json(call->options, &json, e) < 0)
		return e->code;
	return runtime_ps(rt, id, json, call->args + 1, call->n_args - 1, e);
}

/* ---- without a container ---- */

static int cmd_explain(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	const struct explain_words *o = call->options;

	if (o->bundle && call->n_args > 0)
		return err_set(e, -EINVAL, "the bundle is given twice");
	return runtime_explain(rt, &(struct create_options){ .id = "ID", .bundle = o->bundle ? o->bundle : call->args[0],
							     .config = o->config, .netconf = o->netconf }, o->json, e);
}

static int cmd_doctor(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	const struct explain_words *o = call->options;

	if (o->bundle && call->n_args > 0)
		return err_set(e, -EINVAL, "the bundle is given twice");
	return runtime_doctor(rt, o->bundle ? o->bundle : call->args[0], o->config, o->json, e);
}

static int cmd_spec(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	const struct spec_words *o = call->options;

	(void)rt;
	return runtime_spec(o->bundle, o->file, o->rootless, e);
}

static int cmd_features(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	(void)rt;
	(void)call;
	return runtime_features(e);
}

static int cmd_completion(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	(void)rt;
	return completion_print(call->args[0], e);
}

static int cmd_help(const struct runtime *rt, const struct cli_call *call, struct err *e)
{
	const struct cli_command *c;

	(void)rt;
	if (call->n_args == 0) {
		usage_program();
		return 0;
	}
	c = cli_find(commands, n_commands, call->args[0]);
	if (!c)
		return verb_unknown(call->args[0], e);
	usage_command(c);
	return 0;
}

int verb_unknown(const char *name, struct err *e)
{
	return err_set(e, -ENOENT, "No help topic for '%.*s'", 256, name);
}

#define OPTIONS(rows) .options = (rows), .n_options = ARRAY_LEN(rows)
#define ARGS(min, max, text) .min_args = (min), .max_args = (max), .args = (text)

const struct cli_command commands[] = {
	{ "create", ARGS(1, 1, "ID"), OPTIONS(create_rows), .run = cmd_create, .error_status = 1,
	  .says_failed = true, .silent = true, .help = "prepare a container: everything but its program" },
	{ "start", ARGS(1, 1, "ID"), .run = cmd_start, .error_status = 1, .silent = true,
	  .help = "run the program of a prepared container" },
	{ "run", ARGS(1, 1, "ID"), OPTIONS(run_rows), .run = cmd_run, .error_status = 1,
	  .says_failed = true, .help = "create and start a container, and wait for it" },
	{ "wait", ARGS(1, 1, "ID"), .run = cmd_wait, .error_status = 255, .prints = true,
	  .help = "wait until a container has ended; print its exit status and end with it" },
	{ "exec", ARGS(1, CLI_ANY, "ID COMMAND [ARG...]"), OPTIONS(exec_rows), .run = cmd_exec, .error_status = 255,
	  .says_failed = true, .silent = true, .options_first = true, .help = "run one more program in a container" },
	{ "state", ARGS(1, 1, "ID"), .run = cmd_state, .error_status = 1, .prints = true,
	  .help = "print the state of a container as JSON" },
	{ "kill", ARGS(1, 2, "ID [SIGNAL]"), OPTIONS(kill_rows), .run = cmd_kill, .error_status = 1,
	  .options_first = true, .help = "send a signal, SIGTERM if none is given, to a container" },
	{ "delete", ARGS(1, 1, "ID"), OPTIONS(delete_rows), .run = cmd_delete, .error_status = 1,
	  .help = "remove a container that has stopped" },
	{ "destroy", ARGS(1, 1, "ID"), OPTIONS(destroy_rows), .run = cmd_destroy, .error_status = 1,
	  .help = "kill a container and remove it" },
	{ "pause", ARGS(1, 1, "ID"), .run = cmd_pause, .error_status = 1,
	  .help = "freeze all processes of a container" },
	{ "resume", ARGS(1, 1, "ID"), .run = cmd_resume, .error_status = 1, .help = "thaw a paused container" },
	{ "update", ARGS(1, 1, "ID"), OPTIONS(update_rows), .run = cmd_update, .error_status = 1,
	  .help = "change the resource limits of a container" },
	{ "mounts", ARGS(3, 3, "ACTION ID FILE"), .run = cmd_mounts, .error_status = 1, .words = mounts_words,
	  .help = "add mounts to a container that runs, or remove them" },
	{ "events", ARGS(1, 1, "ID"), OPTIONS(events_rows), .run = cmd_events, .error_status = 1, .prints = true,
	  .help = "print what a container uses, and when it runs out of memory, as JSON" },
	{ "list", ARGS(0, 0, ""), OPTIONS(list_rows), .run = cmd_list, .error_status = 1, .prints = true,
	  .help = "list the containers" },
	{ "ps", ARGS(1, CLI_ANY, "ID [PS-OPTION...]"), OPTIONS(ps_rows), .run = cmd_ps, .error_status = 1,
	  .options_first = true, .prints = true, .help = "show the processes of a container" },
	{ "spec", ARGS(0, 0, ""), OPTIONS(spec_rows), .run = cmd_spec, .error_status = 1,
	  .help = "write a config.json to begin with" },
	{ "features", ARGS(0, 0, ""), .run = cmd_features, .error_status = 1, .prints = true,
	  .help = "print what this runtime can do as JSON" },
	{ "explain", ARGS(0, 1, "[BUNDLE]"), OPTIONS(explain_rows), .run = cmd_explain, .error_status = 1,
	  .prints = true, .help = "print every step that creating and starting a bundle would take" },
	{ "doctor", ARGS(0, 1, "[BUNDLE]"), OPTIONS(doctor_rows), .run = cmd_doctor, .error_status = 3,
	  .prints = true, .help = "tell what this host can do for containers, or for a bundle" },
	{ "completion", ARGS(1, 1, "SHELL"), .run = cmd_completion, .error_status = 1, .prints = true,
	  .words = shells, .help = "print completions for a shell" },
	{ "help", ARGS(0, 1, "[COMMAND]"), .run = cmd_help, .error_status = 3, .prints = true,
	  .help = "describe a command" },
};
const size_t n_commands = ARRAY_LEN(commands);
