/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/settled.h"

#include "base/fmt.h"

#include <string.h>

/* Whether a name is "SANDBOX/…". */
static bool is_of(const char *name, const char *sandbox)
{
	size_t n = strlen(sandbox);

	return name && strncmp(name, sandbox, n) == 0 && name[n] == '/';
}

static bool is_about(const struct report_problem *p, const char *sandbox)
{
	return p->about && (strcmp(p->about, sandbox) == 0 || is_of(p->about, sandbox));
}

/* The first that is said of the sandbox, or of the master file. */
static const char *find_problem(const struct report *r, const char *sandbox)
{
	for (size_t i = 0; i < r->n_problems; i++)
		if (!r->problems[i].about || is_about(&r->problems[i], sandbox))
			return r->problems[i].text;
	return "its new configuration cannot be used";
}

static enum settled_answer ask_update(const struct report_update *u, char why[SETTLED_WHY_MAX])
{
	if (u->turned_around) {
		fmt(why, SETTLED_WHY_MAX, "%s: the update was turned around: %s", u->process,
		    u->why ? u->why : "no reason is known");
		return SETTLED_FAILED;
	}
	fmt(why, SETTLED_WHY_MAX, "%s: %llu of %llu instances are replaced", u->process, (unsigned long long)u->replaced,
	    (unsigned long long)u->instances);
	return SETTLED_NOT_YET;
}

/* An instance of a process that is being updated: it is for the update to decide what follows. */
static bool is_updated(const struct report *r, const char *name)
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < r->n_updates; i++)
		if (strlen(r->updates[i].process) == (size_t)(dot - name) &&
		    strncmp(r->updates[i].process, name, (size_t)(dot - name)) == 0)
			return true;
	return false;
}

static enum settled_answer ask_instance(const struct report *r, const struct report_instance *x, const char *sandbox,
					char why[SETTLED_WHY_MAX])
{
	if (x->wanted && x->kept) {
		fmt(why, SETTLED_WHY_MAX, "%s keeps its former configuration: %s", x->name, find_problem(r, sandbox));
		return SETTLED_FAILED;
	}
	if (x->wanted && !x->stale && x->late && !x->ready && !is_updated(r, x->name)) {
		fmt(why, SETTLED_WHY_MAX, "%s is not ready, and its ready-timeout is over", x->name);
		return SETTLED_FAILED;
	}
	fmt(why, SETTLED_WHY_MAX, "%s is %s", x->name,
	    !x->wanted ? "being stopped" : x->stale ? "to be replaced" : "not available yet");
	return x->wanted && !x->stale && x->available ? SETTLED_DONE : SETTLED_NOT_YET;
}

enum settled_answer settled(const struct report *r, const char *sandbox, uint64_t accepted, char why[SETTLED_WHY_MAX])
{
	enum settled_answer all = SETTLED_DONE;
	char what[SETTLED_WHY_MAX];

	fmt(why, SETTLED_WHY_MAX, "the configuration is being read");
	if (r->phase == REPORT_STOPPING) {
		fmt(why, SETTLED_WHY_MAX, "everything is being stopped");
		return SETTLED_FAILED;
	}
	if (r->accepted <= accepted || r->phase != REPORT_SETTLED)
		return SETTLED_NOT_YET;
	for (size_t i = 0; i < r->n_updates && all != SETTLED_FAILED; i++)
		if (is_of(r->updates[i].process, sandbox)) {
			enum settled_answer one = ask_update(&r->updates[i], what);

			fmt(why, SETTLED_WHY_MAX, "%s", what);
			all = one == SETTLED_FAILED ? one : SETTLED_NOT_YET;
		}
	for (size_t i = 0; i < r->n_instances && all != SETTLED_FAILED; i++)
		if (is_of(r->instances[i].name, sandbox)) {
			enum settled_answer one = ask_instance(r, &r->instances[i], sandbox, what);

			if (one == SETTLED_FAILED || (one == SETTLED_NOT_YET && all == SETTLED_DONE)) {
				fmt(why, SETTLED_WHY_MAX, "%s", what);
				all = one;
			}
		}
	return all;
}
