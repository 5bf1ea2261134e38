/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors that outlive the supervisor: listening sockets, notify sockets, pidfds of inits; all of them in lithos_hold. */
#include "supervise/tree.h"

#include "supervise/hold_name.h"
#include "supervise/notify.h"
#include "supervise/socket.h"

#include <string.h>

enum { HOLD_AGAIN_MS = 1000 };

/* ---- lithos_hold ---- */

static void lost(struct tree *t, const struct err *e)
{
	loop_unwatch(&t->loop, &t->hold_end);
	tree_say(t, LINE_ERROR, "lithos_hold: %s; sockets are held by the supervisor alone until there is another", e->text);
	loop_set_alarm(&t->loop, &t->hold_due, t->loop.now_ms + HOLD_AGAIN_MS);
}

static void on_hold_end(void *arg)
{
	struct tree *t = arg;

	loop_unwatch(&t->loop, &t->hold_end);
	tree_say(t, LINE_WARN, "lithos_hold has ended; another is started");
	holder_open(t);
}

static void on_hold_due(void *arg)
{
	holder_open(arg);
}

void holder_open(struct tree *t)
{
	struct err e = { 0 };

	if (!t->hold_due.ring && loop_add_alarm(&t->loop, &t->hold_due, on_hold_due, t, &e) < 0)
		return;
	loop_unwatch(&t->loop, &t->hold_end);
	t->hold_end = (struct watch){ .fd = -EBADF, .lent = true, .ready = on_hold_end, .arg = t };
	if (hold_open(&t->hold, t->home, "/proc/self/exe", &e) < 0 ||
	    loop_watch(&t->loop, &t->hold_end, t->hold.sock, &e) < 0)
		lost(t, &e);
}

void holder_close(struct tree *t, bool for_good)
{
	struct err e = { 0 };

	loop_unwatch(&t->loop, &t->hold_end);
	if (for_good && hold_end(&t->hold, &e) < 0)
		tree_say(t, LINE_WARN, "lithos_hold: %s", e.text);
	hold_close(&t->hold);
}

/* Held here in any case; a holder that is gone is missed at the next turn. */
int holder_keep(struct tree *t, const char *name, int fd, struct err *e)
{
	int rc = hold_put(&t->hold, name, fd, e);

	if (hold_find(&t->hold, name) < 0)
		return rc < 0 ? rc : err_set(e, -ENOENT, "%s is not held", name);
	if (rc < 0 && t->hold_end.fd >= 0 && t->hold.sock < 0)
		lost(t, e);
	else if (rc < 0 && t->hold.sock >= 0 && !t->hold_is_full)
		tree_say(t, LINE_WARN, "%s: it does not outlive the supervisor", e->text);
	t->hold_is_full = rc < 0 && t->hold.sock >= 0;
	return 0;
}

void holder_drop(struct tree *t, const char *name)
{
	struct err e = { 0 };

	if (hold_drop(&t->hold, name, &e) < 0 && t->hold_end.fd >= 0 && t->hold.sock < 0)
		lost(t, &e);
}

/* ---- listening sockets ---- */

static int get_port(struct ward *w, const struct desired_port *p, int *ret, struct err *e)
{
	struct tree *t = w->tree;
	char name[HELD_NAME_MAX];
	int fd;

	hold_name_port(name, p, w->r.id);
	/* One of a life before: each life has its own. */
	if (p->reuse_port)
		holder_drop(t, name);
	if (hold_find(&t->hold, name) < 0 && (socket_make(p, &fd, e) < 0 || holder_keep(t, name, fd, e) < 0))
		return e->code;
	*ret = hold_find(&t->hold, name);
	return socket_listen(*ret, p, e);
}

int ports_get(struct ward *w, int *ret, struct err *e)
{
	for (size_t i = 0; i < w->r.n_ports; i++)
		if (get_port(w, &w->r.ports[i], &ret[i], e) < 0)
			return err_ctx(e, "opening sockets");
	return 0;
}

static bool has_port(const struct desired_port *v, size_t n, const char *id, const char *name)
{
	char own[HELD_NAME_MAX];

	for (size_t i = 0; i < n; i++) {
		hold_name_port(own, &v[i], id);
		if (strcmp(own, name) == 0)
			return true;
	}
	return false;
}

/* Wanted by somebody, or by something that runs. */
static bool is_needed(const struct tree *t, const char *name)
{
	for (size_t i = 0; i < t->wards.n; i++) {
		const struct ward *w = t->wards.v[i];

		if (has_port(w->r.ports, w->r.n_ports, w->r.id, name) ||
		    (w->wanted && has_port(w->wanted->ports, w->wanted->n_ports, w->r.id, name)))
			return true;
	}
	return false;
}

static bool is_stale(const struct tree *t, const char *name, const struct hold_name *n)
{
	const struct ward *w;

	if (n->kind == HOLD_TCP)
		return !is_needed(t, name);
	if (n->kind == HOLD_IMAGE)
		return t->wards.n == 0;
	w = wards_find(&t->wards, n->id);
	/* Of a life before, when a predecessor was killed before it could drop it. */
	return !w || (n->kind == HOLD_PID && n->life != w->r.proc.life);
}

void ports_sweep(struct tree *t)
{
	struct hold_name n;

	for (size_t i = t->hold.set.n; i-- > 0;) {
		char name[HELD_NAME_MAX];

		memcpy(name, t->hold.set.v[i].name, strnlen(t->hold.set.v[i].name, sizeof(name) - 1) + 1);
		if (!hold_name_parse(name, &n))
			continue;
		if (is_stale(t, name, &n))
			holder_drop(t, name);
	}
}

/* ---- pidfds ---- */

static void on_init_end(void *arg)
{
	ward_ended(arg, EV_ENDED);
}

int init_hold(struct ward *w, int pidfd, struct err *e)
{
	struct tree *t = w->tree;
	char name[HELD_NAME_MAX];

	hold_name_pid(name, w->r.id, w->r.proc.life);
	loop_unwatch(&t->loop, &w->end);
	if (hold_find(&t->hold, name) != pidfd && holder_keep(t, name, pidfd, e) < 0)
		return e->code;
	w->end = (struct watch){ .fd = -EBADF, .lent = true, .ready = on_init_end, .arg = w };
	return loop_watch(&t->loop, &w->end, hold_find(&t->hold, name), e);
}

int init_find(const struct ward *w)
{
	char name[HELD_NAME_MAX];

	hold_name_pid(name, w->r.id, w->r.proc.life);
	return hold_find(&w->tree->hold, name);
}

void init_forget(struct ward *w)
{
	char name[HELD_NAME_MAX];

	hold_name_pid(name, w->r.id, w->r.proc.life);
	loop_unwatch(&w->tree->loop, &w->end);
	if (hold_find(&w->tree->hold, name) < 0)
		return;
	/* One that is not forgotten yet is of another life. */
	init_let_go(w);
	w->init_held = true;
	w->held_life = w->r.proc.life;
	ward_be_late(w);
}

void init_let_go(struct ward *w)
{
	char name[HELD_NAME_MAX];

	if (!w->init_held)
		return;
	w->init_held = false;
	hold_name_pid(name, w->r.id, w->held_life);
	holder_drop(w->tree, name);
}

/* ---- readiness ---- */

enum { FLOOD_PAUSE_MS = 100 };

static void on_calm(void *arg)
{
	struct ward *w = arg;

	loop_mute(&w->tree->loop, &w->ready, false);
}

static void on_message(void *arg)
{
	struct ward *w = arg;
	bool ready = false;

	/* Whoever floods it has not the whole supervisor. */
	if (notify_take(w->ready.fd, &ready)) {
		loop_mute(&w->tree->loop, &w->ready, true);
		loop_set_alarm(&w->tree->loop, &w->calm, w->tree->loop.now_ms + FLOOD_PAUSE_MS);
	}
	if (!ready)
		return;
	/* An end that was before that is to be heard before it: what is ready is the program that runs now. */
	inside_news(w);
	ward_feed(w, EV_READY);
}

int ready_begin(struct ward *w, bool launch, struct err *e)
{
	struct tree *t = w->tree;
	char name[HELD_NAME_MAX];
	int fd;

	hold_name_notify(name, w->r.id);
	loop_unwatch(&t->loop, &w->ready);
	if (launch) {
		holder_drop(t, name);
		if (notify_make(t->home, w->r.id, &fd, e) < 0 || holder_keep(t, name, fd, e) < 0)
			return e->code;
	}
	fd = hold_find(&t->hold, name);
	if (fd < 0)
		return err_set(e, -ENOENT, "the socket at which it tells is not held");
	if (!w->calm.ring && loop_add_alarm(&t->loop, &w->calm, on_calm, w, e) < 0)
		return e->code;
	w->ready = (struct watch){ .fd = -EBADF, .lent = true, .ready = on_message, .arg = w };
	return loop_watch(&t->loop, &w->ready, fd, e);
}

void ready_end(struct ward *w)
{
	char name[HELD_NAME_MAX];
	struct err e;

	hold_name_notify(name, w->r.id);
	loop_unwatch(&w->tree->loop, &w->ready);
	if (hold_find(&w->tree->hold, name) < 0)
		return;
	holder_drop(w->tree, name);
	if (notify_remove(w->tree->home, w->r.id, &e) < 0)
		ward_say(w, LINE_WARN, "%s: %s", w->r.name, e.text);
}
