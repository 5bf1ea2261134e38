/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The accepted set: what is broken of a new one keeps its old entry, and what nobody refers to any more goes. */
#include "supervise/tree.h"

#include "supervise/stock.h"
#include "supervise/whole.h"
#include "sys/file.h"
#include "sys/scratch.h"

#include <stdlib.h>
#include <string.h>

/* ---- sets and their memory ---- */

void tree_set_done(struct tree_set *s)
{
	scratch_done(&s->a);
	free(s->text);
	*s = (struct tree_set){ 0 };
}

struct tree_set tree_set_take(struct tree_set *s)
{
	const struct tree_set taken = *s;

	*s = (struct tree_set){ 0 };
	return taken;
}

/* text, of len bytes with room for one more, is the set's from now on. */
static int set_read(struct tree *t, const char *name, char *text, size_t len, struct tree_set *ret, struct err *e)
{
	auto_tree_set struct tree_set s = { .text = text };

	if (scratch_make(&s.a, e) < 0 || whole_judge(wanted_read(text, len, t->boot_id, &s.a, &s.w, e), name, e) < 0)
		return e->code;
	s.there = true;
	*ret = tree_set_take(&s);
	return 0;
}

static void set_load(struct tree *t, const char *name, struct tree_set *ret)
{
	size_t len;
	char *text = whole_text(t->home, name, SHEET_BYTES_MAX, &len);
	struct err e = { 0 };

	if (text && set_read(t, name, text, len, ret, &e) < 0)
		tree_say(t, LINE_WARN, "%s: it is as if it were not there", e.text);
}

void accept_load(struct tree *t)
{
	set_load(t, PLACE_WANTED, &t->accepted);
	set_load(t, PLACE_WANTED_OLD, &t->before);
}

void accept_close(struct tree *t)
{
	tree_set_done(&t->accepted);
	tree_set_done(&t->before);
}

/* ---- bundles that nobody refers to ---- */

static bool is_used(void *arg, const char *id, const char *digest)
{
	const struct tree *t = arg;
	const struct desired *d = desired_find(&t->accepted.w.set, id);
	const struct desired *old = t->before.there ? desired_find(&t->before.w.set, id) : NULL;
	const struct ward *w = wards_find(&t->wards, id);

	return (d && strcmp(d->digest, digest) == 0) || (old && strcmp(old->digest, digest) == 0) ||
	       (w && w->r.digest && strcmp(w->r.digest, digest) == 0);
}

void accept_sweep(struct tree *t)
{
	struct err e = { 0 };

	t->sweep_due = false;
	/* What a planner has just made is not in any set yet; nor is what runs known before it was adopted. */
	if (t->planner.pid > 0 || !t->adopted)
		return;
	if (stock_sweep(t->places.bundles, is_used, t, &e) < 0)
		tree_say(t, LINE_WARN, "%s", e.text);
}

/* ---- accepting ---- */

int accept_keep(struct tree *t, const struct wanted *w, struct err *e)
{
	auto_sheet struct sheet s = { 0 };
	auto_tree_set struct tree_set next = { 0 };
	char *text;

	if (wanted_write(w, t->boot_id, &s, e) < 0 || whole_replace(t->home, PLACE_WANTED, s.text, s.len, e) < 0)
		return e->code;
	text = malloc(s.len + 1);
	if (!text)
		return err_nomem(e);
	memcpy(text, s.text, s.len);
	if (set_read(t, PLACE_WANTED, text, s.len, &next, e) < 0)
		return e->code;
	tree_set_done(&t->accepted);
	t->accepted = tree_set_take(&next);
	goals_find(t);
	return 0;
}

/* The set that was accepted before is kept as long as something may have to turn around to it. */
static int keep_before(struct tree *t, const struct wanted *next, struct err *e)
{
	auto_sheet struct sheet s = { 0 };
	bool updates = false;

	for (size_t i = 0; i < next->set.n; i++)
		updates = updates || next->set.v[i].max_unavailable > 0;
	if (!updates || !t->accepted.there || t->before.there)
		return 0;
	if (wanted_write(&t->accepted.w, t->boot_id, &s, e) < 0 ||
	    whole_replace(t->home, PLACE_WANTED_OLD, s.text, s.len, e) < 0)
		return e->code;
	set_load(t, PLACE_WANTED_OLD, &t->before);
	return 0;
}

void accept_settled(struct tree *t)
{
	if (!t->before.there)
		return;
	sys_unlinkat(t->home, PLACE_WANTED_OLD, 0);
	tree_set_done(&t->before);
	t->sweep_due = true;
}

int accept_planned(struct tree *t, const struct wanted *planned, struct arena *a, struct err *e)
{
	static const struct wanted nothing;
	struct wanted next;

	if (wanted_accept(t->accepted.there ? &t->accepted.w : &nothing, planned, a, &next, e) < 0)
		return e->code;
	if (!next.settings.runtime_dir)
		next.settings = t->settings;
	if (keep_before(t, &next, e) < 0 || accept_keep(t, &next, e) < 0)
		return err_ctx(e, "The configuration is not accepted");
	return 0;
}
