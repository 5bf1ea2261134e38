/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lithos_cmd: runs a process of kind Command in a container of its own, and has its exit status. */
#include "base/arr.h"
#include "cmd/lithos/tell.h"
#include "cmd/lithos/tools.h"
#include "lithos/deploy.h"
#include "supervise/adhoc_log.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/scratch.h"
#include "translate/keyring.h"
#include "translate/look.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

struct cmd_words {
	const char *master;
	const char *runtime;
	bool log_stderr;
	const char *log_level;
};

struct cmd {
	const struct cmd_words *words;
	const struct cli_call *call;
	const char *sandbox, *process;
	struct deploy *deploy;
	struct findings f;
	struct arena a;			/* all but the deployment lives there */
	struct places places;
	struct adhoc adhoc;
	struct adhoc_log log;
	bool interactive;
};

static void cmd_done(struct cmd *c)
{
	deploy_close(c->deploy);
	findings_done(&c->f);
	scratch_done(&c->a);
	adhoc_log_close(&c->log);
}
#define auto_cmd __attribute__((cleanup(cmd_done)))

/* ---- what is asked for ---- */

static bool is_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	size_t len = strlen(name);

	return len > 0 && len <= LITHOS_NAME_MAX && strspn(name, letters) == len && *name != '.' && *name != '-';
}

/* Returns whether there were errors. */
static bool tell_findings(struct cmd *c)
{
	struct teller t = { .json = false };

	tell(&t, &c->f);
	return t.n_errors > 0;
}

static int check_kind(const struct cmd *c, const struct deploy_process *p, struct err *e)
{
	if (p->config->kind != LITHOS_COMMAND)
		return err_set(e, -EINVAL, "The target container is: Daemon");
	/* What is broken has been told as findings. */
	return p->whole ? 0 : err_set(e, -EINVAL, "the configuration of %s/%s cannot be used", c->sandbox, c->process);
}

/* The one sandbox and its one process. */
static int find(struct cmd *c, const struct deploy_process **ret, struct err *e)
{
	const struct deploy_sandbox *s;
	int rc = deploy_next(c->deploy, &c->f, &s, e);

	if (rc == 0) {
		deploy_finish(c->deploy, &c->f);
		return err_set(e, -ENOENT, "Sandbox \"%s\" not found", c->sandbox);
	}
	if (rc < 0)
		return rc;
	rc = s->processes ? deploy_next_process(c->deploy, &c->f, ret, e) : 0;
	if (rc > 0)
		return check_kind(c, *ret, e);
	if (rc == 0 && s->whole)
		return err_set(e, -ENOENT, "Command \"%s\" not found", c->process);
	return rc < 0 ? rc : err_set(e, -EINVAL, "the configuration of sandbox %s cannot be used", c->sandbox);
}

static int open_deployment(struct cmd *c, struct err *e)
{
	const struct deploy_request how = { .master = c->words->master, .sandbox = c->sandbox, .process = c->process };
	int rc = deploy_open(&how, &c->f, &c->deploy, e);

	return rc == 0 ? err_set(e, -EINVAL, "the master configuration cannot be used") : rc < 0 ? rc : 0;
}

static int make_plan(struct cmd *c, struct instance *in, struct bundle_plan *ret, struct err *e)
{
	const struct instance_request how = {
		.command = true, .command_pid = (uint32_t)getpid(),
		.more_args = c->call->args + 2, .n_more_args = c->call->n_args - 2,
	};
	static const struct translate_options options = { .harden = false };
	struct translate_facts facts = { 0 };
	struct look_host host = { 0 };
	int rc = deploy_instance(c->deploy, &how, &c->a, &c->f, in, e);

	if (rc > 0)
		rc = translate_look(in, &host, &c->a, &c->f, &facts, e);
	if (rc > 0)
		rc = translate(in, &facts, &options, &c->a, &c->f, ret, e);
	if (rc == 0 || (rc > 0 && c->f.n_errors > 0))
		return err_set(e, -EINVAL, "can't instantiate %s/%s", c->sandbox, c->process);
	return rc < 0 ? rc : 0;
}

/* ---- streams ---- */

/* The devices are the administrator's and read-only: without a file /dev/console there is nothing to bind a terminal on. */
static int keep_console_away(struct cmd *c, const struct lithos_master *m, struct oci_config *config, struct err *e)
{
	const char *place = arena_fmt(&c->a, "%s/console", m->devfs_dir);
	struct oci_pair *all;
	struct stat st;

	if (!*m->devfs_dir || (place && sys_fstatat(AT_FDCWD, place, AT_SYMLINK_NOFOLLOW, &st) == 0))
		return 0;
	all = ARENA_ARRAY(&c->a, config->n_annotations + 1, struct oci_pair);
	if (!place || !all)
		return err_nomem(e);
	memcpy(all, config->annotations, config->n_annotations * sizeof(*all));
	all[config->n_annotations++] = (struct oci_pair){ "org.cist.console.unbound", "true" };
	config->annotations = all;
	return 0;
}

/*
 * Who is `interactive` has the caller's streams.  Where all three are a terminal the program has one of its own, which is
 * relayed: it has job control, Ctrl-C is its own, and nothing in the container ever holds the terminal of the host.
 */
static int choose_terminal(struct cmd *c, const struct lithos_master *m, struct bundle_plan *plan, struct err *e)
{
	struct oci_process *p = plan->config.process;

	if (!p || !c->interactive || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || !isatty(STDERR_FILENO))
		return 0;
	p->has_terminal = true;
	p->terminal = true;
	return keep_console_away(c, m, &plan->config, e);
}

/* Standard input is the caller's, so that something can be fed to a command; but not his terminal. */
static int run(struct cmd *c, void (*told)(void *arg, int64_t uptime_ms), struct adhoc_end *ret, struct err *e)
{
	auto_close int null = sys_openat(AT_FDCWD, "/dev/null", O_RDWR, 0);
	int output = c->log.output.fd >= 0 ? c->log.output.fd : null;
	const int own[3] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO };
	const int apart[3] = { isatty(STDIN_FILENO) ? null : STDIN_FILENO, output, output };

	if (null < 0)
		return err_sys(e, null, "open /dev/null");
	return adhoc_run(&c->adhoc, c->interactive ? own : apart, told, c, ret, e);
}

/* ---- the command ---- */

/* All that the configuration has to say; after that it is closed, and its reader with it. */
static int prepare(struct cmd *c, struct err *e)
{
	const struct deploy_process *p;
	const struct lithos_master *m;
	struct bundle_plan plan = { .digest = "" };
	struct instance in;
	int rc = open_deployment(c, e);

	if (rc < 0 || find(c, &p, e) < 0 || make_plan(c, &in, &plan, e) < 0)
		return e->code;
	m = deploy_master(c->deploy);
	c->interactive = in.container->interactive;
	c->adhoc.places = &c->places;
	c->adhoc.kill_ms = (int64_t)in.container->kill_timeout * 1000;
	c->adhoc.name = arena_str(&c->a, in.name);
	if (!c->adhoc.name)
		return err_nomem(e);
	if (choose_terminal(c, m, &plan, e) < 0 || places_find(m, &c->a, &c->places, e) < 0 ||
	    runtime_find(c->words->runtime, &c->places, m->cgroup_name, &c->a, &c->adhoc.runtime, e) < 0 ||
	    places_make(m, &c->places, e) < 0 ||
	    adhoc_log_open(&c->log, &in, c->words->log_level, c->words->log_stderr, &c->a, e) < 0 ||
	    adhoc_claim(&c->adhoc, c->sandbox, c->process, (uint32_t)getpid(), plan.digest, &c->a, e) < 0 ||
	    keyring_launch_apart(&plan, c->adhoc.bundle, e) < 0)
		return e->code;
	deploy_close(c->deploy);
	c->deploy = NULL;
	return 0;
}

static void sweep(struct cmd *c)
{
	struct err e = { 0 };
	size_t n;

	if (adhoc_sweep(&c->adhoc.runtime, &c->places, &n, &e) < 0)
		journal_say(&c->log.journal, LINE_WARN, "%s", e.text);
	if (n > 0)
		journal_say(&c->log.journal, LINE_WARN, "Removed what %zu killed commands have left", n);
}

static void tell_deaf(void *arg, int64_t uptime_ms)
{
	struct cmd *c = arg;

	adhoc_log_deaf(&c->log, c->adhoc.kill_ms, uptime_ms);
}

static int run_and_tell(struct cmd *c, struct adhoc_end *end, struct err *e)
{
	adhoc_log_start(&c->log);
	if (run(c, tell_deaf, end, e) < 0) {
		journal_say(&c->log.journal, LINE_ERROR, "Fatal error: %s", e->text);
		return e->code;
	}
	adhoc_log_end(&c->log, end, c->adhoc.log);
	return 0;
}

static int run_command(struct cmd *c, struct err *e)
{
	struct err left = { 0 };
	struct adhoc_end end = { 0 };
	int rc = prepare(c, e);

	if (rc == 0 && tell_findings(c))
		rc = err_set(e, -EINVAL, "the configuration cannot be used");
	else if (rc < 0)
		tell_findings(c);
	if (rc == 0) {
		sweep(c);
		rc = run_and_tell(c, &end, e);
	}
	if (adhoc_clear(&c->adhoc, &left) < 0) {
		journal_say(&c->log.journal, LINE_ERROR, "%s", left.text);
		fprintf(stderr, "%s\n", left.text);
	}
	return rc < 0 ? rc : end.status;
}

static int run_cmd(const struct cli_call *call, struct err *e)
{
	auto_cmd struct cmd c = {
		.words = call->options, .call = call, .sandbox = call->args[0], .process = call->args[1],
		.adhoc = ADHOC_INIT, .log = ADHOC_LOG_INIT,
	};
	enum line_level level;
	int rc;

	if (c.words->log_level && !line_level_find(c.words->log_level, &level))
		return err_set(e, TOOL_USAGE, "there is no log level \"%s\"", c.words->log_level);
	if (!is_name(c.sandbox))
		rc = err_set(e, -EINVAL, "Wrong sandbox name: %s", c.sandbox);
	else if (!is_name(c.process))
		rc = err_set(e, -EINVAL, "Wrong command name: %s", c.process);
	else if (scratch_make(&c.a, e) < 0)
		rc = e->code;
	else
		rc = run_command(&c, e);
	return rc < 0 ? err_ctx(e, "Fatal error") : rc;
}

static const struct cli_option options[] = {
	CLI_TEXT_ROW(cmd_words, master, "master", NULL, "FILE", "the master configuration; " DEPLOY_MASTER " if not given"),
	CLI_TEXT_ROW(cmd_words, master, "config", "C", "FILE", "the same as --master"),
	CLI_FLAG_ROW(cmd_words, log_stderr, "log-stderr", NULL, "write the log to standard error, too"),
	CLI_WORD_ROW(cmd_words, log_level, "log-level", NULL, "LEVEL", "error warn info debug trace",
		     "least level that is logged; the sandbox' or the master's if not given"),
	CLI_TEXT_ROW(cmd_words, runtime, "runtime", NULL, "PATH",
		     "the OCI runtime; the cist beside this program, or in PATH, if not given"),
};

static const struct tool_command commands[] = {
	{
		.args = "SANDBOX NAME [ARG...]",
		.help = "run a command of a deployment in a container of its own",
		.options = options, .n_options = ARRAY_LEN(options), .options_size = sizeof(struct cmd_words),
		.min_args = 2, .max_args = SIZE_MAX, .options_first = true, .run = run_cmd,
	},
};

const struct tool tool_cmd = {
	"cmd", "run a command of a deployment in a container of its own", commands, ARRAY_LEN(commands), 2,
};
