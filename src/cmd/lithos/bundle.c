/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lithos_bundle: instances of a deployment as OCI bundles. */
#include "base/arr.h"
#include "cmd/lithos/tell.h"
#include "cmd/lithos/tools.h"
#include "lithos/deploy.h"
#include "sys/scratch.h"
#include "translate/bundle.h"
#include "translate/keyring.h"
#include "translate/look.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

struct bundle_words {
	const char *config;
	const char *output;
	bool all;
	bool command;
	uint32_t pid;
	bool launch;
	bool harden;
	bool print_digest;
	const char *wipe;
};

/* SANDBOX/PROCESS.N, of a command SANDBOX/PROCESS. */
struct target {
	char sandbox[DEPLOY_NAME_MAX + 1];
	char process[LITHOS_NAME_MAX + 1];
	uint32_t number;
};

struct bundler {
	const struct bundle_words *words;
	const struct cli_call *call;
	struct target target;		/* empty with --all */
	struct deploy *deploy;
	struct findings f;
	struct look_host host;
	struct arena a;			/* of one instance */
	struct keyring keys;		/* of the present sandbox */
	struct teller teller;
	bool found;
};

static void bundler_done(struct bundler *b)
{
	deploy_close(b->deploy);
	findings_done(&b->f);
	scratch_done(&b->a);
	keyring_done(&b->keys);
}
#define auto_bundler __attribute__((cleanup(bundler_done)))

/* ---- one bundle ---- */

static int bundle_path(const struct bundler *b, const struct instance *in, char path[PATH_MAX], struct err *e)
{
	const char *output = b->words->output;
	bool whole = output && !b->words->all;
	int n = snprintf(path, PATH_MAX, "%s%s%s", output ? output : ".", whole ? "" : "/", whole ? "" : in->name);

	return n < PATH_MAX ? 0 : err_set(e, -ENAMETOOLONG, "%s: the path of the bundle is too long", in->name);
}

/* One that cannot be written is that one's trouble, as one that cannot be translated. */
static void write_bundle(struct bundler *b, const struct bundle_plan *p)
{
	struct err e = { 0 };
	char path[PATH_MAX];
	int rc = 0;

	if (b->words->print_digest) {
		printf("%s  %s\n", p->digest, p->instance->name);
		return;
	}
	if (bundle_path(b, p->instance, path, &e) == 0)
		rc = b->words->launch ? keyring_launch(&b->keys, p, path, &e) : bundle_write(p, path, &e);
	if (rc < 0 || e.code < 0)
		finding_err(&b->f, (struct mark){ .file = NULL }, &e);
	else
		printf("%s  %s\n", p->digest, path);
}

static int translate_instance(struct bundler *b, const struct instance *in, struct err *e)
{
	const struct translate_options how = { .harden = b->words->harden };
	struct translate_facts facts = { 0 };
	struct bundle_plan plan;
	size_t errors = b->f.n_errors;
	int rc = translate_look(in, &b->host, &b->a, &b->f, &facts, e);

	if (rc >= 0)
		rc = translate(in, &facts, &how, &b->a, &b->f, &plan, e);
	if (rc > 0 && b->f.n_errors == errors)
		write_bundle(b, &plan);
	return rc < 0 ? rc : 0;
}

static int make_instance(struct bundler *b, const struct instance_request *how, struct err *e)
{
	struct instance in = { 0 };
	int rc = deploy_instance(b->deploy, how, &b->a, &b->f, &in, e);

	if (rc > 0)
		rc = translate_instance(b, &in, e);
	scratch_rewind(&b->a, 0);
	return rc < 0 ? rc : 0;
}

/* ---- the deployment ---- */

static int make_command(struct bundler *b, const struct deploy_process *p, struct err *e)
{
	const struct instance_request how = {
		.command = true, .command_pid = b->words->pid ? b->words->pid : (uint32_t)getpid(),
		.more_args = b->call->args + 1, .n_more_args = b->call->n_args - 1,
	};

	if (p->config->kind != LITHOS_COMMAND) {
		finding_error(&b->f, (struct mark){ .file = NULL }, "The target container is: Daemon");
		finding_hint(&b->f, "without --command, name one of its instances: %s/%s.0", b->target.sandbox,
			     b->target.process);
		return 0;
	}
	return make_instance(b, &how, e);
}

static int make_one(struct bundler *b, const struct deploy_process *p, struct err *e)
{
	struct mark nowhere = { .file = NULL };

	if (p->config->kind == LITHOS_COMMAND) {
		finding_error(&b->f, nowhere, "%s/%s is a command, which has no instances", b->target.sandbox,
			      b->target.process);
		finding_hint(&b->f, "use --command %s/%s", b->target.sandbox, b->target.process);
		return 0;
	}
	if (b->target.number >= deploy_instances(p)) {
		finding_error(&b->f, nowhere, "there is no instance %u of %s/%s: it has %u", b->target.number,
			      b->target.sandbox, b->target.process, deploy_instances(p));
		return 0;
	}
	return make_instance(b, &(struct instance_request){ .number = b->target.number }, e);
}

/* Commands are made when somebody asks for one. */
static int make_all(struct bundler *b, const struct deploy_process *p, struct err *e)
{
	uint32_t n = p->config->kind == LITHOS_COMMAND ? 0 : deploy_instances(p);
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < n; i++)
		rc = make_instance(b, &(struct instance_request){ .number = i }, e);
	return rc;
}

static int walk_sandbox(struct bundler *b, const struct deploy_sandbox *s, struct err *e)
{
	const struct deploy_process *p;
	int rc;

	keyring_done(&b->keys);
	while (s->processes && (rc = deploy_next_process(b->deploy, &b->f, &p, e)) != 0) {
		b->found = true;
		if (rc < 0)
			return rc;
		/* What could not be read as a whole has said so. */
		if (!p->whole)
			continue;
		rc = b->words->all ? make_all(b, p, e) : b->words->command ? make_command(b, p, e) : make_one(b, p, e);
		if (rc < 0)
			return rc;
	}
	if (!b->found && !b->words->all && s->processes)
		finding_error(&b->f, (struct mark){ .file = s->processes->file }, "%s \"%s\" not found",
			      b->words->command ? "Command" : "Process", b->target.process);
	return 0;
}

static int walk(struct bundler *b, struct err *e)
{
	const struct deploy_sandbox *s;
	int rc;

	while ((rc = deploy_next(b->deploy, &b->f, &s, e)) > 0) {
		rc = walk_sandbox(b, s, e);
		tell(&b->teller, &b->f);
		if (rc < 0)
			return rc;
	}
	if (rc == 0)
		deploy_finish(b->deploy, &b->f);
	return rc;
}

/* ---- words ---- */

static int copy_part(char *to, size_t size, const char *from, size_t len)
{
	if (len == 0 || len >= size)
		return -1;
	memcpy(to, from, len);
	to[len] = '\0';
	return 0;
}

/* Digits, at most nine of them. */
static int read_number(const char *text, uint32_t *ret)
{
	size_t len = strlen(text);
	uint32_t n = 0;

	if (len < 1 || len > 9 || strspn(text, "0123456789") != len)
		return -1;
	for (; *text; text++)
		n = n * 10 + (uint32_t)(*text - '0');
	*ret = n;
	return 0;
}

static int read_target(const char *name, bool command, struct target *ret, struct err *e)
{
	const char *slash = strchr(name, '/'), *process = slash ? slash + 1 : "", *dot = strrchr(process, '.');
	size_t len = command ? strlen(process) : dot ? (size_t)(dot - process) : 0;

	if (!slash || strchr(process, '/') ||
	    copy_part(ret->sandbox, sizeof ret->sandbox, name, (size_t)(slash - name)) < 0 ||
	    copy_part(ret->process, sizeof ret->process, process, len) < 0 ||
	    (!command && read_number(dot + 1, &ret->number) < 0))
		return err_set(e, TOOL_USAGE, "%s is not %s", name,
			       command ? "a command's name, SANDBOX/PROCESS" : "an instance's name, SANDBOX/PROCESS.N");
	return 0;
}

static int check_words(const struct bundle_words *w, const struct cli_call *call, struct err *e)
{
	if (w->wipe)
		return call->n_args == 0 && !w->all ? 0 :
			err_set(e, TOOL_USAGE, "--wipe goes with a bundle's directory alone");
	if (w->all && (call->n_args > 0 || w->command))
		return err_set(e, TOOL_USAGE, "--all makes the bundles of all instances, and goes with no name");
	if (!w->all && call->n_args == 0)
		return err_set(e, TOOL_USAGE, "SANDBOX/PROCESS.N or --all is required");
	if (!w->all && !w->command && call->n_args > 1)
		return err_set(e, TOOL_USAGE, "unexpected argument %s", call->args[1]);
	if (w->all && !w->output && !w->print_digest)
		return err_set(e, TOOL_USAGE, "--all needs --output, the directory that the bundles go to");
	if (w->print_digest && (w->output || w->launch))
		return err_set(e, TOOL_USAGE, "--print-digest writes nothing: --output and --launch do not go with it");
	return 0;
}

static int run_bundle(const struct cli_call *call, struct err *e)
{
	const struct bundle_words *w = call->options;
	auto_bundler struct bundler b = { .words = w, .call = call };
	struct deploy_request request = { .master = w->config };
	int rc;

	if (check_words(w, call, e) < 0)
		return e->code;
	if (w->wipe)
		return bundle_wipe(w->wipe, e);
	if (!w->all) {
		if (read_target(call->args[0], w->command, &b.target, e) < 0)
			return e->code;
		request.sandbox = b.target.sandbox;
		request.process = b.target.process;
	}
	if ((w->launch && secret_guard_process(e) < 0) || scratch_make(&b.a, e) < 0)
		return e->code;
	rc = deploy_open(&request, &b.f, &b.deploy, e);
	if (rc > 0)
		rc = walk(&b, e);
	tell(&b.teller, &b.f);
	return rc < 0 ? rc : tell_end(&b.teller);
}

static const struct cli_option options[] = {
	CLI_TEXT_ROW(bundle_words, config, "config", "C", "FILE",
		     "the master configuration; " DEPLOY_MASTER " if not given"),
	CLI_TEXT_ROW(bundle_words, config, "master", NULL, "FILE", "the same as --config"),
	CLI_TEXT_ROW(bundle_words, output, "output", "o", "DIR",
		     "the bundle; with --all the directory of the bundles. ./SANDBOX/PROCESS.N if not given"),
	CLI_FLAG_ROW(bundle_words, all, "all", "a", "make the bundles of all instances, as DIR/SANDBOX/PROCESS.N"),
	CLI_FLAG_ROW(bundle_words, command, "command", "c",
		     "make the bundle of a command, SANDBOX/PROCESS, with the words that follow as further arguments"),
	CLI_COUNT_ROW(bundle_words, pid, "pid", NULL, "N",
		     "the number in the name of a command; this process' if not given"),
	CLI_FLAG_ROW(bundle_words, launch, "launch", "l",
		     "make it to be run: open the secrets, make the directories of volumes; DIR has to be in memory"),
	CLI_FLAG_ROW(bundle_words, harden, "harden", NULL,
		     "add masked and read-only paths, no_new_privs, device rules and a filter of system calls"),
	CLI_FLAG_ROW(bundle_words, print_digest, "print-digest", NULL, "write nothing, print the digests alone"),
	CLI_TEXT_ROW(bundle_words, wipe, "wipe", NULL, "DIR", "overwrite and remove the bundle DIR, and make none"),
};

static const struct tool_command commands[] = {
	{
		.args = "SANDBOX/PROCESS.N|--all|--command SANDBOX/PROCESS [--] [ARG...]|--wipe DIR",
		.help = "make OCI bundles of the instances of a deployment",
		.options = options, .n_options = ARRAY_LEN(options), .options_size = sizeof(struct bundle_words),
		.max_args = SIZE_MAX, .prints = true, .run = run_bundle,
	},
};

const struct tool tool_bundle = {
	"bundle", "make OCI bundles of the instances of a deployment", commands, ARRAY_LEN(commands), 2,
};
