/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lithos_check: everything that would go wrong with a deployment, before anything starts.  It writes nothing. */
#include "base/arr.h"
#include "cmd/lithos/tell.h"
#include "cmd/lithos/tools.h"
#include "lithos/deploy.h"
#include "sys/scratch.h"
#include "translate/judge.h"
#include "translate/look.h"
#include "translate/translate.h"

#include <stdio.h>
#include <string.h>

struct check_words {
	const char *config;
	bool verbose;
	const char *alternate;
	const char *sandbox;
	const char *const *containers;
	size_t n_containers;
	bool json;
};

struct check {
	const struct check_words *words;
	struct deploy *deploy;
	struct judge *judge;
	struct findings f;
	struct teller teller;
	struct look_host host;
	struct arena a;			/* of one instance at a time */
	bool host_printed;
};

/* ---- a deployment ---- */

static void print_host(struct check *c, const struct translate_facts *facts)
{
	if (!c->words->verbose || c->words->json || c->host_printed || !facts->host_name)
		return;
	printf("Hostname is %s\n", facts->host_name);
	if (facts->host_address)
		printf("IPAddr is %s\n", facts->host_address);
	c->host_printed = true;
}

/* What a bundle would be made of; what is found on the way is all that is wanted. */
static int try_to_translate(struct check *c, const struct instance *in, struct err *e)
{
	static const struct translate_options how = { .harden = false };
	struct translate_facts facts = { 0 };
	struct bundle_plan plan = { 0 };
	int rc = translate_look(in, &c->host, &c->a, &c->f, &facts, e);

	if (rc < 0)
		return rc;
	print_host(c, &facts);
	return translate(in, &facts, &how, &c->a, &c->f, &plan, e);
}

/* Instances differ in their number, in what was put in for it, and in their address: the rest is checked once. */
static int check_instance(struct check *c, const struct deploy_sandbox *s, const struct deploy_process *p, uint32_t number,
			  struct err *e)
{
	struct instance_request how = { .number = number, .command = p->config->kind == LITHOS_COMMAND, .command_pid = 1 };
	struct judge_process asked = { .processes = s->processes->doc, .image = p->image };
	struct instance in = { 0 };
	int rc = deploy_instance(c->deploy, &how, &c->a, &c->f, &in, e);

	if (rc < 0 || number > 0)
		return rc;
	if (rc > 0)
		rc = try_to_translate(c, &in, e);
	asked.in = &in;
	return rc < 0 ? rc : judge_process(c->judge, &asked, &c->a, &c->f, e);
}

/* A container file with errors says too little for more. */
static int check_process(struct check *c, const struct deploy_sandbox *s, const struct deploy_process *p, struct err *e)
{
	uint32_t n = p->whole ? deploy_instances(p) : 0;
	int rc = 0;

	for (uint32_t i = 0; rc >= 0 && i < n; i++) {
		rc = check_instance(c, s, p, i, e);
		scratch_rewind(&c->a, 0);
	}
	return rc;
}

static int check_sandbox(struct check *c, const struct deploy_sandbox *s, struct err *e)
{
	const struct deploy_process *p;
	int rc = s->config ? judge_sandbox(c->judge, s->config, &c->f, e) : 0;

	while (rc >= 0 && (rc = deploy_next_process(c->deploy, &c->f, &p, e)) > 0)
		rc = check_process(c, s, p, e);
	return rc;
}

static int check_deployment(struct check *c, struct err *e)
{
	const struct check_words *w = c->words;
	const struct deploy_request how = {
		.master = w->config, .alternate = w->alternate, .alternate_for = w->alternate ? w->sandbox : NULL,
	};
	const struct deploy_sandbox *s;
	int rc = deploy_open(&how, &c->f, &c->deploy, e);

	if (rc <= 0)
		return rc;
	deploy_check_directories(deploy_master(c->deploy), &c->f);
	tell(&c->teller, &c->f);
	while (rc >= 0 && (rc = deploy_next(c->deploy, &c->f, &s, e)) > 0) {
		rc = check_sandbox(c, s, e);
		tell(&c->teller, &c->f);
	}
	deploy_finish(c->deploy, &c->f);
	return rc;
}

/* ---- container files alone ---- */

static int check_containers(struct check *c, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < c->words->n_containers; i++) {
		struct lithos_container container = { 0 };

		rc = deploy_read_container(c->words->containers[i], &c->a, &c->f, &container, e);
		tell(&c->teller, &c->f);
	}
	return rc;
}

static int run(const struct cli_call *call, struct err *e)
{
	const struct check_words *w = call->options;
	struct check c = { .words = w, .teller = { .json = w->json } };
	int rc, status;

	if (w->alternate && !w->sandbox)
		return err_set(e, TOOL_USAGE, "--alternate-config needs --sandbox");
	rc = judge_make(&c.judge, e);
	if (rc == 0)
		rc = scratch_make(&c.a, e);
	if (rc == 0)
		rc = w->n_containers > 0 ? check_containers(&c, e) : check_deployment(&c, e);
	tell(&c.teller, &c.f);
	status = tell_end(&c.teller);
	deploy_close(c.deploy);
	judge_free(c.judge);
	scratch_done(&c.a);
	return rc < 0 ? rc : status;
}

/* ---- the table ---- */

static const char sandbox_help[] = "the sandbox that --alternate-config is for";

static const struct cli_option options[] = {
	CLI_TEXT_ROW(check_words, config, "config", "C", "FILE", "the master file (default " DEPLOY_MASTER ")"),
	CLI_FLAG_ROW(check_words, verbose, "verbose", "v", "print the host's name and address, where a container is told them"),
	CLI_TEXT_ROW(check_words, alternate, "alternate-config", NULL, "FILE",
		     "read this instead of the process file of one sandbox"),
	CLI_TEXT_ROW(check_words, sandbox, "sandbox", "T", "NAME", sandbox_help),
	CLI_TEXT_ROW(check_words, sandbox, "sandbox-name", NULL, "NAME", NULL),
	CLI_TEXT_ROW(check_words, sandbox, "tree", NULL, "NAME", NULL),
	CLI_TEXT_ROW(check_words, sandbox, "subtree-name", NULL, "NAME", NULL),
	CLI_LIST_ROW(check_words, containers, "check-container", NULL, "FILE",
		     "check this container file and nothing else; may be repeated"),
	CLI_FLAG_ROW(check_words, json, "json", NULL, "print what was found as a list of objects"),
};

static const struct tool_command commands[] = {
	{ NULL, "", "", options, ARRAY_LEN(options), sizeof(struct check_words), 0, 0, false, false, run },
};

const struct tool tool_check = {
	"check", "tell what is wrong with a configuration of lithos", commands, ARRAY_LEN(commands), 2,
};
