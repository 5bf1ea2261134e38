/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which command runs when: one at a time for an instance, and not more of all than the machine has use for. */
#include "supervise/tree.h"

#include "base/fmt.h"
#include "supervise/ending.h"
#include "supervise/whole.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const struct {
	enum wish what;
	void (*begin)(struct ward *w);
} works[] = {
	{ WISH_LAUNCH, launch_begin },
	{ WISH_CLEAR, clear_begin },
	{ WISH_KILL, kill_begin },
};

static void begin(struct ward *w, enum wish what)
{
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++)
		if (works[i].what == what)
			works[i].begin(w);
}

static struct ward *next_waiting(struct tree *t)
{
	struct ward *w = t->first_waiting;

	t->first_waiting = w->next_waiting;
	if (!t->first_waiting)
		t->last_waiting = NULL;
	w->next_waiting = NULL;
	w->queued = false;
	return w;
}

/* Whoever still has one at work comes back to the queue when that is done. */
static void begin_next(struct tree *t)
{
	while (t->first_waiting && t->n_commands < t->most_commands) {
		struct ward *w = next_waiting(t);
		enum wish what = w->waits;

		if (w->at_work != WISH__COUNT || what == WISH__COUNT)
			continue;
		w->waits = WISH__COUNT;
		w->at_work = what;
		t->n_commands++;
		begin(w, what);
	}
}

static void enqueue(struct ward *w)
{
	struct tree *t = w->tree;

	if (w->queued)
		return;
	w->queued = true;
	if (t->last_waiting)
		t->last_waiting->next_waiting = w;
	else
		t->first_waiting = w;
	t->last_waiting = w;
}

void work_wish(struct ward *w, enum wish what)
{
	w->waits = what;
	if (w->at_work == WISH__COUNT)
		enqueue(w);
	/* Not from within the event that wished it: the loop begins them when its turn is over. */
	w->tree->work_due = true;
}

void work_done(struct ward *w)
{
	assert(w->at_work != WISH__COUNT);
	w->at_work = WISH__COUNT;
	w->tree->n_commands--;
	if (w->waits != WISH__COUNT)
		enqueue(w);
	w->tree->work_due = true;
}

void work_forget(struct ward *w)
{
	struct tree *t = w->tree;
	struct ward **at = &t->first_waiting, *last = NULL;

	if (w->at_work != WISH__COUNT)
		t->n_commands--;
	if (!w->queued)
		return;
	for (; *at != w; at = &(*at)->next_waiting)
		last = *at;
	*at = w->next_waiting;
	if (t->last_waiting == w)
		t->last_waiting = last;
	w->queued = false;
}

void work_begin(struct tree *t)
{
	while (t->work_due) {
		t->work_due = false;
		begin_next(t);
	}
}

/* ---- zombies ---- */

static bool is_ours(const struct tree *t, pid_t pid)
{
	if (pid == t->survey.pid || pid == t->planner.pid || pid == t->tidy.pid)
		return true;
	for (size_t i = 0; i < t->wards.n; i++)
		if (t->wards.v[i]->command.pid == pid)
			return true;
	return wards_find_pid(&t->wards, pid) != NULL;
}

static bool may_be_an_init(const struct tree *t)
{
	for (size_t i = 0; i < t->wards.n; i++) {
		const struct ward *w = t->wards.v[i];

		if (w->r.proc.state == PROC_ADOPTING ||
		    (w->at_work == WISH_LAUNCH && w->launch_number <= t->stranger_since))
			return true;
	}
	return false;
}

/* Of lithos_hold its socket tells. */
static void tell_stranger(struct tree *t, const siginfo_t *info)
{
	const struct proc_ending how = ending_of_child(info);
	char status[LINE_STATUS_MAX];

	if (info->si_pid == t->hold.pid)
		return;
	line_status(&how, status);
	tree_say(t, LINE_WARN, "Unknown process %d %s", (int)info->si_pid, status);
}

/*
 * A container's init becomes our child before its pid is known, and may have died by then: how, would be lost if it were
 * taken.  So a stranger stays a zombie until all launches that were going on when it was seen first are over.
 */
void work_reap(struct tree *t)
{
	siginfo_t info;

	/* Whenever this ends early it is to be called again. */
	t->zombies = true;
	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0) {
			t->zombies = false;
			return;
		}
		/* It has a watch that will be ready. */
		if (is_ours(t, info.si_pid))
			return;
		if (t->stranger != info.si_pid) {
			t->stranger = info.si_pid;
			t->stranger_since = t->launches;
		}
		if (may_be_an_init(t))
			return;
		t->stranger = 0;
		tell_stranger(t, &info);
		waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
	}
}

/* ---- words of the runtime ---- */

void runtime_begin(struct tree *t, const char *id, struct runtime_words *ret)
{
	char log[RUNTIME_LOG_MAX];

	if (id)
		fmt(log, sizeof log, "%s/%s", t->places.logs, id);
	runtime_words(&t->runtime, id ? log : NULL, ret);
}

void runtime_said(struct tree *t, const char *id, char *buf, size_t size)
{
	enum { SAID_BYTES = 64 << 10 };
	size_t len;
	char auto_text *text = whole_text(t->logs, id, SAID_BYTES, &len);

	buf[0] = '\0';
	if (text)
		runtime_message(text, buf, size);
}
