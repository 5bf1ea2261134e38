/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is left of an instance that is not wanted any more, when its last life is over. */
#include "supervise/tree.h"

#include "base/fmt.h"
#include "supervise/notify.h"
#include "supervise/stock.h"
#include "sys/file.h"

static void wipe_bundle(struct tree *t, const char *id, const char *digest)
{
	struct err e;

	/* What a planner makes in this moment may be the same; accept_sweep() comes when it has ended. */
	if (digest && t->planner.pid <= 0 && stock_wipe(t->places.bundles, id, digest, &e) < 0)
		tree_say(t, LINE_WARN, "%s", e.text);
}

static void forget(struct tree *t, struct ward *w)
{
	char pid_file[DESIRED_ID_MAX + 8];
	struct err e;

	fmt(pid_file, sizeof pid_file, "%s.pid", w->r.id);
	ready_end(w);
	init_forget(w);
	if (notify_remove(t->home, w->r.id, &e) < 0)
		tree_say(t, LINE_WARN, "%s: %s", w->r.name, e.text);
	wipe_bundle(t, w->r.id, w->r.digest);
	sys_unlinkat(t->logs, pid_file, 0);
	sys_unlinkat(t->logs, w->r.id, 0);
	sys_unlinkat(t->locks, w->r.id, 0);
	sys_unlinkat(t->records, w->r.id, 0);
	ward_free(w);
}

void forget_all(struct tree *t)
{
	t->forget_due = false;
	for (size_t i = t->wards.n; i-- > 0;) {
		struct ward *w = t->wards.v[i];

		if (w->forget && w->r.proc.state == PROC_DOWN && !w->r.proc.goal_up)
			forget(t, w);
		else
			w->forget = false;
	}
	ports_sweep(t);
	tree_changed(t);
}
