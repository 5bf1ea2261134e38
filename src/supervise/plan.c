/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/plan.h"

#include "lithos/deploy.h"
#include "lithos/process.h"
#include "supervise/config_log.h"
#include "supervise/entry.h"
#include "supervise/places.h"
#include "supervise/shared_ports.h"
#include "supervise/stock.h"
#include "sys/scratch.h"
#include "translate/keyring.h"
#include "translate/look.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PROBLEMS_MAX = 1000 };

struct planning {
	const struct plan_request *how;
	struct arena *a;		/* of the result */
	struct arena one;		/* of one instance */
	struct places places;
	struct deploy *deploy;
	struct findings f;		/* of one sandbox */
	struct look_host host;
	struct keyring keys;
	struct wanted *ret;
	struct desired *v;
	struct desired_gap *gaps;
	struct report_problem *problems;
	const char **sandboxes;
};

static void planning_done(struct planning *p)
{
	deploy_close(p->deploy);
	findings_done(&p->f);
	keyring_done(&p->keys);
	scratch_done(&p->one);
}
#define auto_planning __attribute__((cleanup(planning_done)))

static const struct mark nowhere = { .file = NULL };

/* ---- what is wrong ---- */

static const char *words_of(const struct planning *p, const struct finding *x)
{
	struct finding alone = *x;
	char text[FINDING_TEXT_MAX + PATH_MAX];

	/* Whom it is about stands beside it. */
	alone.about = NULL;
	finding_print(&alone, text, sizeof(text));
	return arena_str(p->a, text);
}

static int add_problem(struct planning *p, const char *about, const char *text, struct err *e)
{
	struct report_problem *new = ARENA_ADD(p->a, p->problems, p->ret->n_problems);

	if (!new)
		return err_nomem(e);
	new->about = arena_str(p->a, about);
	new->text = text;
	p->ret->problems = p->problems;
	return text && (new->about || !about) ? 0 : err_nomem(e);
}

/* Told and forgotten, so that findings of a large deployment cost what they say. */
static int tell(struct planning *p, struct err *e)
{
	struct wanted *w = p->ret;

	findings_sort(&p->f);
	for (size_t i = 0; i < p->f.n; i++)
		if (!finding_is_repeated(&p->f, i) && w->n_problems < PROBLEMS_MAX &&
		    add_problem(p, p->f.v[i].about, words_of(p, &p->f.v[i]), e) < 0)
			return e->code;
	w->n_errors += p->f.n_errors;
	findings_done(&p->f);
	p->f = (struct findings){ 0 };
	return 0;
}

/* Whether something is said of a process of this file: within its file, or by whoever walks the deployment. */
static bool is_about(const struct finding *x, const struct lithos_processes *file, const char *sandbox, const char *process)
{
	size_t a = strlen(sandbox), b = strlen(process);

	if (x->about && strncmp(x->about, sandbox, a) == 0 && x->about[a] == '/' &&
	    strncmp(x->about + a + 1, process, b) == 0 && strchr(".", x->about[a + 1 + b]))
		return true;
	return x->file && x->path && x->path[0] == '.' && strcmp(x->file, file->file) == 0 &&
	       strncmp(x->path + 1, process, b) == 0 && strchr(".[", x->path[b + 1]);
}

/* The first error of the process, or with NULL of the sandbox, is the reason. */
static int add_gap(struct planning *p, const struct deploy_sandbox *s, const char *process, struct err *e)
{
	struct desired_gap *g = ARENA_ADD(p->a, p->gaps, p->ret->set.n_gaps);

	if (!g)
		return err_nomem(e);
	*g = (struct desired_gap){
		.sandbox = arena_str(p->a, s->name), .process = arena_str(p->a, process), .why = "its configuration has errors",
	};
	for (size_t i = 0; i < p->f.n; i++)
		if (p->f.v[i].level == FINDING_ERROR && (!process || is_about(&p->f.v[i], s->processes, s->name, process))) {
			g->why = words_of(p, &p->f.v[i]);
			break;
		}
	p->ret->set.gaps = p->gaps;
	return g->sandbox && g->why && (g->process || !process) ? 0 : err_nomem(e);
}

/* ---- an instance ---- */

static int add_instance(struct planning *p, const struct instance *in, const struct bundle_plan *plan, const char *id,
			struct err *e)
{
	struct desired *d = ARENA_ADD(p->a, p->v, p->ret->set.n);

	if (!d)
		return err_nomem(e);
	p->ret->set.v = p->v;
	return entry_make(in, plan, id, p->a, d, e);
}

/* A bundle that cannot be made is that process' trouble, as a configuration that cannot be translated. */
static int take_instance(struct planning *p, const struct instance *in, const struct bundle_plan *plan, struct err *e)
{
	struct err why = { 0 };
	char id[DESIRED_ID_MAX];

	desired_id(id, in->sandbox->name, in->process->name, in->number, 0);
	if (p->how->bundles && stock_make(p->places.bundles, plan, id, &p->keys, &why) < 0) {
		if (why.code == -ENOMEM)
			return err_nomem(e);
		finding_err(&p->f, nowhere, &why);
		return 0;
	}
	return add_instance(p, in, plan, id, e);
}

static int plan_instance(struct planning *p, uint32_t number, struct err *e)
{
	const struct translate_options how = { .notify_dir = p->places.notify };
	const struct instance_request request = { .number = number };
	struct translate_facts facts = { 0 };
	struct bundle_plan plan;
	struct instance in = { 0 };
	size_t errors = p->f.n_errors;
	int rc = deploy_instance(p->deploy, &request, &p->one, &p->f, &in, e);

	if (rc > 0)
		rc = translate_look(&in, &p->host, &p->one, &p->f, &facts, e);
	if (rc > 0)
		rc = translate(&in, &facts, &how, &p->one, &p->f, &plan, e);
	if (rc > 0 && p->f.n_errors == errors)
		rc = take_instance(p, &in, &plan, e);
	scratch_rewind(&p->one, 0);
	return rc < 0 ? rc : 0;
}

/* ---- processes and sandboxes ---- */

static int plan_process(struct planning *p, const struct deploy_sandbox *s, const struct deploy_process *process,
			struct err *e)
{
	size_t errors = p->f.n_errors;
	int rc = 0;

	/* Commands are started by hand. */
	if (process->config->kind == LITHOS_COMMAND)
		return 0;
	for (uint32_t i = 0; process->whole && rc == 0 && i < deploy_instances(process); i++)
		rc = plan_instance(p, i, e);
	if (rc < 0)
		return rc;
	return !process->whole || p->f.n_errors > errors ? add_gap(p, s, process->config->name, e) : 0;
}

static bool is_of_some_process(const struct deploy_sandbox *s, const struct finding *x)
{
	for (size_t i = 0; i < s->processes->n; i++)
		if (x->path && is_about(x, s->processes, s->name, s->processes->v[i].name))
			return true;
	return false;
}

/* Of a sandbox that was not read as a whole: whether that is the trouble of some of its processes only. */
static bool is_usable(const struct planning *p, const struct deploy_sandbox *s)
{
	if (!s->processes || p->f.n_dropped > 0)
		return false;
	for (size_t i = 0; i < p->f.n; i++)
		if (p->f.v[i].level == FINDING_ERROR && !is_of_some_process(s, &p->f.v[i]))
			return false;
	return true;
}

/* What cannot be logged does not hold up what is to run. */
static int log_config(struct planning *p, const struct deploy_sandbox *s, struct err *e)
{
	const char *dir = p->ret->settings.config_log_dir, *json = processes_json(s->processes, &p->one);
	struct err why = { 0 };

	if (!json)
		return err_nomem(e);
	if (config_log_append(dir, s->name, json, (int64_t)time(NULL), &why) < 0)
		finding_warning(&p->f, nowhere, "the configuration is not logged: %s", why.text);
	scratch_rewind(&p->one, 0);
	return 0;
}

static int plan_sandbox(struct planning *p, const struct deploy_sandbox *s, struct err *e)
{
	const struct deploy_process *process;
	int rc = 0;

	keyring_done(&p->keys);
	if (!s->whole && !is_usable(p, s))
		return add_gap(p, s, NULL, e);
	if (s->whole && p->how->log_configs && p->ret->settings.config_log_dir)
		rc = log_config(p, s, e);
	while (rc >= 0 && (rc = deploy_next_process(p->deploy, &p->f, &process, e)) > 0)
		rc = plan_process(p, s, process, e);
	return rc;
}

/* ---- the walk ---- */

static int add_sandbox(struct planning *p, const char *name, struct err *e)
{
	const char **new = ARENA_ADD(p->a, p->sandboxes, p->ret->set.n_sandboxes);

	if (!new)
		return err_nomem(e);
	*new = arena_str(p->a, name);
	p->ret->set.sandboxes = p->sandboxes;
	return *new ? 0 : err_nomem(e);
}

static int walk(struct planning *p, struct err *e)
{
	const struct deploy_sandbox *s;
	int rc;

	while ((rc = deploy_next(p->deploy, &p->f, &s, e)) > 0) {
		rc = add_sandbox(p, s->name, e);
		if (rc == 0)
			rc = plan_sandbox(p, s, e);
		if (rc < 0 || tell(p, e) < 0)
			return e->code;
	}
	if (rc < 0)
		return rc;
	deploy_finish(p->deploy, &p->f);
	if (p->ret->set.n > 0)
		qsort(p->v, p->ret->set.n, sizeof(*p->v), desired_by_id);
	rc = shared_ports_check(&p->ret->set, &p->one, &p->f, e);
	scratch_rewind(&p->one, 0);
	return rc;
}

/* ---- the master file ---- */

/* 1: it can be used; 0: findings say why not; negative: no memory. */
static int read_master(struct planning *p, struct err *e)
{
	const struct deploy_request how = {
		.master = p->how->master, .alternate = p->how->alternate, .alternate_for = p->how->alternate_for,
	};
	int rc = deploy_open(&how, &p->f, &p->deploy, e);
	const struct lithos_master *m;

	if (rc <= 0)
		return rc;
	m = deploy_master(p->deploy);
	deploy_check_directories(m, &p->f);
	if (p->how->runtime_dir && strcmp(p->how->runtime_dir, m->runtime_dir) != 0) {
		finding_error(&p->f, (struct mark){ .file = m->file }, "runtime-dir is %s, and the supervisor that runs has %s",
			      m->runtime_dir, p->how->runtime_dir);
		finding_hint(&p->f, "it takes effect when lithos_tree is stopped and started");
	}
	if (p->f.n_errors > 0)
		return 0;
	if (settings_copy(m, p->a, &p->ret->settings, e) < 0 || places_find(m, p->a, &p->places, e) < 0)
		return e->code;
	return 1;
}

int plan_make(const struct plan_request *how, struct arena *a, struct wanted *ret, struct err *e)
{
	auto_planning struct planning p = { .how = how, .a = a, .ret = ret };
	int rc;

	*ret = (struct wanted){ 0 };
	if (scratch_make(&p.one, e) < 0)
		return e->code;
	rc = read_master(&p, e);
	if (rc < 0 || tell(&p, e) < 0)
		return e->code;
	if (rc > 0 && !how->settings_only && walk(&p, e) < 0)
		return e->code;
	return tell(&p, e);
}
