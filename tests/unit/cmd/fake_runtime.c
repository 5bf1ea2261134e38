/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A runtime that does nothing but print what it was asked for, one line a call, so that a test of the command line
 * sees what became of its words.  The id "broken" makes every verb fail, "noexec" with -ENOEXEC, "warned" gives a
 * warning, "seven" ends with status 7.
 */
#include "runtime/runtime.h"

#include <stdio.h>
#include <string.h>

static int outcome(const struct runtime *rt, const char *id, struct err *e)
{
	if (strcmp(id, "warned") == 0)
		rt->warn("mind the gap");
	if (strcmp(id, "noexec") == 0)
		return err_set(e, -ENOEXEC, "exec /bin/x: exec format error");
	if (strcmp(id, "broken") == 0) {
		rt->warn("before the error");
		return err_set(e, -EIO, "it \"broke\"\nin\033[2J two");
	}
	return strcmp(id, "seven") == 0 ? 7 : 0;
}

static void text(const char *name, const char *value)
{
	if (value)
		printf(" %s=%s", name, value);
}

static void flag(const char *name, bool value)
{
	if (value)
		printf(" %s", name);
}

static void list(const char *name, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf(" %s[%zu]=%s", name, i, v[i]);
}

static void begin(const struct runtime *rt, const char *verb)
{
	printf("root=%s manager=%d %s", rt->root, (int)rt->manager, verb);
	flag("given", rt->root_is_given);
	flag("users", rt->root_is_users);
}

static int create(const struct runtime *rt, const char *verb, const struct create_options *o, struct err *e)
{
	begin(rt, verb);
	text("id", o->id);
	text("bundle", o->bundle);
	text("config", o->config);
	text("netconf", o->netconf);
	text("console", o->console_socket);
	text("pid", o->pid_file);
	text("pidfd", o->pidfd_socket);
	flag("no-pivot", o->no_pivot);
	flag("no-new-keyring", o->no_new_keyring);
	flag("init", o->init);
	printf(" fds=%u", o->preserve_fds);
	flag("detach", o->detach);
	flag("keep", o->keep);
	flag("no-subreaper", o->no_subreaper);
	putchar('\n');
	return outcome(rt, o->id, e);
}

int runtime_create(const struct runtime *rt, const struct create_options *o, struct err *e)
{
	return create(rt, "create", o, e);
}

int runtime_run(const struct runtime *rt, const struct create_options *o, struct err *e)
{
	return create(rt, "run", o, e);
}

static int simple(const struct runtime *rt, const char *verb, const char *id, struct err *e)
{
	begin(rt, verb);
	text("id", id);
	putchar('\n');
	return outcome(rt, id, e);
}

int runtime_start(const struct runtime *rt, const char *id, struct err *e)
{
	return simple(rt, "start", id, e);
}

int runtime_wait(const struct runtime *rt, const char *id, struct err *e)
{
	begin(rt, "wait");
	text("id", id);
	putchar('\n');
	return outcome(rt, id, e);
}

int runtime_events(const struct runtime *rt, const struct events_options *o, struct err *e)
{
	begin(rt, "events");
	text("id", o->id);
	text("interval", o->interval);
	flag("stats", o->stats);
	putchar('\n');
	return outcome(rt, o->id, e);
}

int runtime_destroy(const struct runtime *rt, const struct destroy_options *o, struct err *e)
{
	begin(rt, "destroy");
	text("id", o->id);
	text("timeout", o->timeout);
	flag("force", o->force);
	putchar('\n');
	return outcome(rt, o->id, e);
}

int runtime_state(const struct runtime *rt, const char *id, struct err *e)
{
	return simple(rt, "state", id, e);
}

int runtime_pause(const struct runtime *rt, const char *id, struct err *e)
{
	return simple(rt, "pause", id, e);
}

int runtime_resume(const struct runtime *rt, const char *id, struct err *e)
{
	return simple(rt, "resume", id, e);
}

int runtime_mounts(const struct runtime *rt, const struct mounts_options *o, struct err *e)
{
	begin(rt, o->remove ? "mounts-remove" : "mounts-add");
	text("id", o->id);
	text("file", o->file);
	putchar('\n');
	return outcome(rt, o->id, e);
}

int runtime_update(const struct runtime *rt, const struct update_options *o, struct err *e)
{
	begin(rt, "update");
	text("id", o->id);
	text("resources", o->resources);
	text("blkio-weight", o->blkio_weight);
	text("cpu-period", o->cpu_period);
	text("cpu-quota", o->cpu_quota);
	text("cpu-burst", o->cpu_burst);
	text("cpu-share", o->cpu_share);
	text("cpu-rt-period", o->cpu_rt_period);
	text("cpu-rt-runtime", o->cpu_rt_runtime);
	text("cpu-idle", o->cpu_idle);
	text("cpuset-cpus", o->cpuset_cpus);
	text("cpuset-mems", o->cpuset_mems);
	text("memory", o->memory);
	text("memory-reservation", o->memory_reservation);
	text("memory-swap", o->memory_swap);
	text("pids-limit", o->pids_limit);
	text("kernel-memory", o->kernel_memory);
	text("kernel-memory-tcp", o->kernel_memory_tcp);
	text("l3-cache-schema", o->l3_cache_schema);
	text("mem-bw-schema", o->mem_bw_schema);
	putchar('\n');
	return outcome(rt, o->id, e);
}

int runtime_kill(const struct runtime *rt, const struct kill_options *o, struct err *e)
{
	begin(rt, "kill");
	text("id", o->id);
	text("signal", o->signal);
	flag("all", o->all);
	flag("regex", o->regex);
	putchar('\n');
	return outcome(rt, o->id, e);
}

int runtime_delete(const struct runtime *rt, const struct delete_options *o, struct err *e)
{
	begin(rt, "delete");
	text("id", o->id);
	flag("force", o->force);
	flag("regex", o->regex);
	putchar('\n');
	return outcome(rt, o->id, e);
}

int runtime_exec(const struct runtime *rt, const struct exec_options *o, struct err *e)
{
	begin(rt, "exec");
	text("id", o->id);
	list("arg", o->args, o->n_args);
	text("process", o->process_file);
	text("console", o->console_socket);
	text("pid", o->pid_file);
	text("pidfd", o->pidfd_socket);
	text("cwd", o->cwd);
	text("user", o->user);
	text("label", o->process_label);
	text("apparmor", o->apparmor);
	list("env", o->env, o->n_env);
	list("cap", o->caps, o->n_caps);
	list("gid", o->additional_gids, o->n_additional_gids);
	list("cgroup", o->cgroups, o->n_cgroups);
	printf(" fds=%u", o->preserve_fds);
	flag("tty", o->tty);
	flag("detach", o->detach);
	flag("no-new-privs", o->no_new_privs);
	flag("ignore-paused", o->ignore_paused);
	flag("no-subreaper", o->no_subreaper);
	putchar('\n');
	return outcome(rt, o->id, e);
}

int runtime_list(const struct runtime *rt, enum list_format format, struct err *e)
{
	begin(rt, "list");
	printf(" format=%d\n", (int)format);
	return outcome(rt, "", e);
}

int runtime_ps(const struct runtime *rt, const char *id, bool json, const char *const *args, size_t n_args,
	       struct err *e)
{
	begin(rt, "ps");
	text("id", id);
	flag("json", json);
	list("arg", args, n_args);
	putchar('\n');
	return outcome(rt, id, e);
}

int runtime_explain(const struct runtime *rt, const struct create_options *o, bool json, struct err *e)
{
	begin(rt, "explain");
	text("bundle", o->bundle);
	text("config", o->config);
	text("netconf", o->netconf);
	flag("json", json);
	putchar('\n');
	return outcome(rt, "", e);
}

int runtime_doctor(const struct runtime *rt, const char *bundle, const char *config, bool json, struct err *e)
{
	begin(rt, "doctor");
	text("bundle", bundle);
	text("config", config);
	flag("json", json);
	putchar('\n');
	return outcome(rt, "", e);
}

int runtime_features(struct err *e)
{
	(void)e;
	puts("features");
	return 0;
}

int runtime_version(struct err *e)
{
	(void)e;
	puts("cist version");
	return 0;
}

int runtime_spec(const char *bundle, const char *file, bool rootless, struct err *e)
{
	(void)e;
	printf("spec");
	text("bundle", bundle);
	text("file", file);
	flag("rootless", rootless);
	putchar('\n');
	return 0;
}
