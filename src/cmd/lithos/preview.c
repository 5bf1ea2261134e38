/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/lithos/preview.h"

#include "base/arr.h"
#include "supervise/planner.h"
#include "sys/file.h"

#include <stdio.h>
#include <string.h>

/* What runs, by the supervisor's word; without one, what would be found by the next. */
static int find_present(const struct preview *p, const struct report *r, struct present **ret, size_t *ret_n, struct err *e)
{
	struct wanted w;
	size_t len, n = 0;
	char *text;
	struct present *v = NULL;

	if (r) {
		v = ARENA_ARRAY(p->a, r->n_instances + 1, struct present);
		for (size_t i = 0; v && i < r->n_instances; i++)
			if (r->instances[i].digest && r->instances[i].state != PROC_DOWN)
				v[n++] = (struct present){ r->instances[i].id, r->instances[i].digest };
	} else if ((text = whole_keep(AT_FDCWD, p->places->wanted, SHEET_BYTES_MAX, p->a, &len)) &&
		   wanted_read(text, len, p->boot_id, p->a, &w, e) == 0) {
		v = ARENA_ARRAY(p->a, w.set.n + 1, struct present);
		for (size_t i = 0; v && i < w.set.n; i++)
			v[n++] = (struct present){ w.set.v[i].id, w.set.v[i].digest };
	} else {
		v = ARENA_ARRAY(p->a, 1, struct present);
	}
	*ret = v;
	*ret_n = n;
	return v ? 0 : err_nomem(e);
}

/* "SANDBOX+PROCESS.N" as people have it. */
static void print_change(const char *what, const char *id)
{
	const char *plus = strchr(id, '+');

	printf("%-7s %.*s/%s\n", what, plus ? (int)(plus - id) : 0, id, plus ? plus + 1 : id);
}

static void print_changes(const struct change *v, size_t n)
{
	static const char *const words[] = {
		[CHANGE_START] = "start", [CHANGE_REPLACE] = "restart", [CHANGE_STOP] = "stop",
	};
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i].kind == CHANGE_KEEP)
			kept++;
		else
			print_change(words[v[i].kind], v[i].id);
	printf("%zu %s as %s\n", kept, kept == 1 ? "stays" : "stay", kept == 1 ? "it is" : "they are");
}

static void print_problems(const struct wanted *w)
{
	for (size_t i = 0; i < w->n_problems; i++)
		fprintf(stderr, REPORT_PROBLEM_FORMAT "\n", REPORT_PROBLEM_ARGS(&w->problems[i]));
}

int preview_print(const struct preview *p, const struct report *r, struct err *e)
{
	const struct plan_request how = {
		.master = p->master, .alternate = p->file, .alternate_for = p->sandbox,
	};
	struct planner planner = PLANNER_INIT;
	struct wanted next, now = { 0 }, got;
	struct present *present;
	struct change *changes;
	size_t n_present, n, len;
	char *text = whole_keep(AT_FDCWD, p->places->wanted, SHEET_BYTES_MAX, p->a, &len);

	if (planner_start(&how, &planner, e) < 0)
		return e->code;
	planner_wait(&planner, PLANNER_LIMIT_MS);
	if (planner_finish(&planner, p->boot_id, p->a, &next, e) < 0)
		return e->code;
	print_problems(&next);
	/* What is broken elsewhere stays as it was, also here. */
	if (text && wanted_read(text, len, p->boot_id, p->a, &now, e) != 0)
		now = (struct wanted){ 0 };
	if (wanted_accept(&now, &next, p->a, &got, e) < 0 || find_present(p, r, &present, &n_present, e) < 0 ||
	    desired_compare(present, n_present, &got.set, p->a, &changes, &n, e) < 0)
		return e->code;
	print_changes(changes, n);
	return next.n_errors > 0;
}
