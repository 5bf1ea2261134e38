/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/ward.h"

#include "supervise/tree.h"
#include "supervise/whole.h"
#include "supervise/wish.h"

#include <stdlib.h>
#include <string.h>

/* ---- the table ---- */

static size_t place_of(const struct wards *all, const char *id)
{
	size_t low = 0, high = all->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(all->v[middle]->r.id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct ward *wards_find(const struct wards *all, const char *id)
{
	size_t at = place_of(all, id);

	return at < all->n && strcmp(all->v[at]->r.id, id) == 0 ? all->v[at] : NULL;
}

struct ward *wards_find_pid(const struct wards *all, pid_t pid)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i]->r.pid == pid && ward_runs(all->v[i]))
			return all->v[i];
	return NULL;
}

static int make_room(struct wards *all)
{
	size_t room = all->room > 0 ? all->room * 2 : 64;
	struct ward **v;

	if (all->n < all->room)
		return 0;
	v = reallocarray(all->v, room, sizeof(struct ward *));
	if (!v)
		return -ENOMEM;
	all->v = v;
	all->room = room;
	return 0;
}

static void on_deadline(void *arg)
{
	ward_feed(arg, EV_DEADLINE);
}

struct ward *ward_new(struct tree *t, const char *id, const char *name)
{
	static const struct proc_rules none;
	const struct record r = { .id = id, .name = name };
	size_t at = place_of(&t->wards, id);
	struct ward *w = calloc(1, sizeof(*w));
	struct err e;

	if (!w || make_room(&t->wards) < 0 || ward_remember(w, &r) < 0 ||
	    loop_add_alarm(&t->loop, &w->deadline, on_deadline, w, &e) < 0) {
		if (w)
			free(w->own);
		free(w);
		return NULL;
	}
	w->tree = t;
	w->end = w->ready = (struct watch)WATCH_INIT;
	w->met_fd = -EBADF;
	w->inside = INSIDE_INIT;
	w->at_work = w->waits = WISH__COUNT;
	proc_init(&w->r.proc, &none);
	memmove(t->wards.v + at + 1, t->wards.v + at, (t->wards.n - at) * sizeof(struct ward *));
	t->wards.v[at] = w;
	t->wards.n++;
	return w;
}

/* It may be freed before the turn is over. */
static void be_punctual(struct ward *w)
{
	struct ward **at = &w->tree->first_late, *before = NULL;

	if (!w->is_late)
		return;
	for (; *at != w; at = &(*at)->next_late)
		before = *at;
	*at = w->next_late;
	if (w->tree->last_late == w)
		w->tree->last_late = before;
	w->is_late = false;
}

void ward_free(struct ward *w)
{
	struct wards *all = &w->tree->wards;
	size_t at = place_of(all, w->r.id);

	memmove(all->v + at, all->v + at + 1, (all->n - at - 1) * sizeof(struct ward *));
	all->n--;
	init_let_go(w);
	be_punctual(w);
	work_forget(w);
	command_abandon(&w->command);
	if (!w->met_held)
		fd_close(&w->met_fd);
	loop_unwatch(&w->tree->loop, &w->end);
	loop_unwatch(&w->tree->loop, &w->ready);
	loop_drop_alarm(&w->tree->loop, &w->deadline);
	loop_drop_alarm(&w->tree->loop, &w->calm);
	inside_end(w);
	for (size_t i = 0; i < w->r.n_lives; i++)
		free((char *)w->r.lives[i].text);
	free(w->r.lives);
	free(w->said);
	free(w->cgroup);
	free(w->own);
	free(w);
}

/* ---- what it has in memory ---- */

static size_t room_for(const char *text)
{
	return text ? (strlen(text) + 16) & ~(size_t)15 : 0;
}

static size_t room_of(const struct record *r)
{
	size_t room = room_for(r->id) + room_for(r->name) + room_for(r->digest) + room_for(r->log_file) +
		      room_for(r->output_file) + room_for(r->state_below) + r->n_ports * sizeof(struct desired_port) + 16;

	for (size_t i = 0; i < r->n_ports; i++)
		room += room_for(r->ports[i].host);
	return room;
}

/* from's texts may be those that w has. */
static int own_texts(struct ward *w, const struct record *from)
{
	size_t room = room_of(from);
	struct arena a = { .base = calloc(1, room), .size = room };
	struct desired_port *ports = a.base && from->n_ports > 0 ? ARENA_ARRAY(&a, from->n_ports, struct desired_port) : NULL;
	const size_t n_ports = from->n_ports;

	if (!a.base || (n_ports > 0 && !ports)) {
		free(a.base);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n_ports; i++) {
		ports[i] = from->ports[i];
		ports[i].host = arena_str(&a, from->ports[i].host);
	}
	w->r.id = arena_str(&a, from->id);
	w->r.name = arena_str(&a, from->name);
	w->r.digest = arena_str(&a, from->digest);
	w->r.log_file = arena_str(&a, from->log_file);
	w->r.output_file = arena_str(&a, from->output_file);
	w->r.state_below = arena_str(&a, from->state_below);
	w->r.ports = ports;
	w->r.n_ports = n_ports;
	free(w->own);
	w->own = a.base;
	return 0;
}

int ward_take(struct ward *w, const struct desired *d)
{
	const struct record from = {
		.id = d->id, .name = d->name, .digest = d->digest, .log_file = d->log_file, .output_file = d->output_file,
		.state_below = d->state_below, .ports = d->ports, .n_ports = d->n_ports,
	};

	return own_texts(w, &from);
}

int ward_remember(struct ward *w, const struct record *r)
{
	void *old = w->own;

	w->own = NULL;
	if (own_texts(w, r) < 0) {
		w->own = old;
		return -ENOMEM;
	}
	free(old);
	w->r.pid = r->pid;
	w->r.oom_before = r->oom_before;
	w->r.cpu_before = r->cpu_before;
	w->r.proc = r->proc;
	ward_set_cgroup(w, r->cgroup);
	for (size_t i = 0; i < r->n_lives; i++)
		ward_add_life(w, &r->lives[i]);
	w->r.untold = r->untold;
	return 0;
}

void ward_set_cgroup(struct ward *w, const char *path)
{
	char *old = w->cgroup;

	/* path may be that. */
	w->cgroup = path ? strdup(path) : NULL;
	w->r.cgroup = w->cgroup;
	free(old);
}

static bool make_lives_room(struct ward *w)
{
	size_t room = w->lives_room > 0 ? w->lives_room * 2 : 2;
	struct record_life *v;

	if (room > RECORD_LIVES)
		room = RECORD_LIVES;
	v = realloc(w->r.lives, room * sizeof(*v));
	if (!v)
		return false;
	w->r.lives = v;
	w->lives_room = room;
	return true;
}

static void forget_oldest(struct ward *w)
{
	free((char *)w->r.lives[0].text);
	memmove(w->r.lives, w->r.lives + 1, --w->r.n_lives * sizeof(w->r.lives[0]));
	if (w->r.untold > w->r.n_lives)
		w->r.untold = w->r.n_lives;
}

void ward_add_life(struct ward *w, const struct record_life *life)
{
	struct record_life own = *life;

	if (w->r.n_lives == RECORD_LIVES || (w->r.n_lives == w->lives_room && !make_lives_room(w))) {
		if (w->r.n_lives == 0)
			return;
		forget_oldest(w);
	}
	own.text = life->text ? strdup(life->text) : NULL;
	record_add_life(&w->r, &own);
}

/* ---- the record ---- */

void ward_save(struct ward *w)
{
	struct tree *t = w->tree;
	auto_sheet struct sheet s = { 0 };
	struct err e = { 0 };

	if (record_write(&w->r, t->boot_id, &s, &e) == 0 && whole_replace(t->records, w->r.id, s.text, s.len, &e) == 0) {
		t->saving_fails = false;
		return;
	}
	if (!t->saving_fails)
		tree_say(t, LINE_ERROR, "The record of %s is kept in memory only: %s", w->r.name, e.text);
	t->saving_fails = true;
}

/* ---- events ---- */

void ward_be_late(struct ward *w)
{
	struct tree *t = w->tree;

	if (w->is_late)
		return;
	w->is_late = true;
	w->next_late = NULL;
	if (t->last_late)
		t->last_late->next_late = w;
	else
		t->first_late = w;
	t->last_late = w;
}

static void put_off(struct ward *w, enum wish what)
{
	w->to_tell |= UINT32_C(1) << what;
	ward_be_late(w);
}

/* The wishes of one event are told in the order of their names, in which no two of one event contradict. */
void ward_catch_up(struct ward *w)
{
	uint32_t to_tell = w->to_tell;

	w->to_tell = 0;
	init_let_go(w);
	for (enum wish what = 0; to_tell >> what != 0; what++)
		if (to_tell >> what & 1)
			wish_carry_out(w, what);
}

void wards_catch_up(struct tree *t)
{
	struct ward *w;

	while ((w = t->first_late)) {
		be_punctual(w);
		ward_catch_up(w);
	}
}

void ward_feed(struct ward *w, enum proc_event ev)
{
	struct tree *t = w->tree;
	struct todo todo;

	/* Of the event before: what is told is in the order of what has happened. */
	ward_catch_up(w);
	proc_feed(&w->r.proc, ev, t->loop.now_ms, &todo);
	loop_set_alarm(&t->loop, &w->deadline, w->r.proc.deadline_ms);
	tree_changed(t);
	for (size_t i = 0; i < todo.n; i++) {
		if (wish_can_wait(todo.v[i]))
			put_off(w, todo.v[i]);
		else
			wish_carry_out(w, todo.v[i]);
	}
	tally_count(w);
}
