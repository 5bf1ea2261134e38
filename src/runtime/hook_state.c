/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/hook_state.h"
#include "runtime/version.h"
#include "libocispec/ocispec.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * The writer only knows pid 0: its text is cut around that.  `"pid":` can stand in it but once, for within a string
 * the quotation marks are escaped.
 */
int hook_state_make(const struct oci_state *s, bool has_pid, struct arena *a, struct hook_state *ret, struct err *e)
{
	static const char member[] = "\"pid\":0,";
	char *json = oci_state_write(s, NULL);
	const char *pid = json ? strstr(json, member) : NULL;
	int head = pid ? (int)(pid - json) : 0;
	const char *tail = pid ? pid + strlen(member) : NULL;

	*ret = (struct hook_state){ .has_pid = has_pid };
	if (pid && has_pid) {
		ret->before_pid = arena_fmt(a, "%.*s\"pid\":", head, json);
		ret->after_pid = arena_fmt(a, ",%s", tail);
	} else if (pid) {
		ret->before_pid = arena_fmt(a, "%.*s%s", head, json, tail);
		ret->after_pid = "";
	}
	free(json);
	return ret->before_pid && ret->after_pid ? 0 : err_nomem(e);
}

static const char *const status[HOOK__COUNT] = {
	[HOOK_PRESTART]		= "creating",
	[HOOK_CREATE_RUNTIME]	= "creating",
	[HOOK_CREATE_CONTAINER]	= "creating",
	[HOOK_START_CONTAINER]	= "created",
	[HOOK_POSTSTART]	= "running",
	[HOOK_POSTSTOP]		= "stopped",
};

int hook_state_of(enum hook_moment m, const char *id, const char *bundle, struct oci_pair *annotations,
		  size_t n_annotations, struct arena *a, struct hook_state *ret, struct err *e)
{
	const struct oci_state s = {
		.oci_version = SPEC_VERSION, .id = id, .status = status[m], .bundle = bundle,
		.annotations = annotations, .n_annotations = n_annotations,
	};

	return hook_state_make(&s, m != HOOK_POSTSTOP, a, ret, e);
}

/* Room for the plan of some hooks: the configuration's strings once more, and the state. */
static int make_arena(struct arena *a, const struct record *r, struct err *e)
{
	size_t bytes = 1 << 20;

	for (size_t i = 0; i < r->n_annotations; i++)
		bytes += 16 * (strlen(r->annotations[i].key) + strlen(r->annotations[i].value));
	*a = (struct arena){ .base = calloc(1, bytes), .size = bytes };
	return a->base ? 0 : err_nomem(e);
}

static int prepare(enum hook_moment m, const struct record *r, const struct oci_doc *config, struct arena *a,
		   struct hook_plan *p, struct hook_state *s, struct err *e)
{
	if (make_arena(a, r, e) < 0 || hook_plan(config->config->hooks, a, p, e) < 0 ||
	    hook_plan_files(r->annotations, r->n_annotations, r->bundle, a, p, e) < 0)
		return e->code;
	return hook_state_of(m, r->id, r->bundle, r->annotations, r->n_annotations, a, s, e);
}

int hooks_poststart(const struct container *c, struct err *e)
{
	auto_oci_doc struct oci_doc *config = NULL;
	struct arena a = { 0 };
	struct hook_plan p = { 0 };
	struct hook_state s;
	int rc;

	if (!c->record->has_poststart)
		return 0;
	rc = container_config(c, &config, e);
	if (rc == 0)
		rc = prepare(HOOK_POSTSTART, c->record, config, &a, &p, &s, e);
	if (rc == 0)
		rc = hook_open_files(&p, e);
	if (rc == 0) {
		const struct hook_setting setting = { .state = &s, .envp = (const char *const *)environ,
						      .cwd = c->record->bundle, .files = p.files };

		s.pid = c->record->pid;
		rc = hook_run_list(&p.at[HOOK_POSTSTART], &setting, e);
	}
	hook_close_files(&p);
	free(a.base);
	return rc;
}

void hooks_poststop(const struct runtime *rt, const struct record *r, const struct oci_doc *config)
{
	struct arena a = { 0 };
	struct hook_plan p = { 0 };
	struct hook_state s;
	struct err e = { 0 };

	if (prepare(HOOK_POSTSTOP, r, config, &a, &p, &s, &e) < 0) {
		rt->warn(e.text);
	} else {
		const struct hook_setting setting = { .state = &s, .envp = (const char *const *)environ, .files = p.files };

		/* The hooks are run in any case: what they do matters more than what they print. */
		if (hook_open_files(&p, &e) < 0)
			rt->warn(e.text);
		for (uint32_t i = 0; i < p.at[HOOK_POSTSTOP].n; i++)
			if (hook_run(&p.at[HOOK_POSTSTOP].v[i], &setting, &e) < 0)
				rt->warn(e.text);
	}
	hook_close_files(&p);
	free(a.base);
}
