/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a predecessor has left.  A survey asks the runtime once for all containers, and judges every instance that is being
 * adopted: nothing is started before that.
 */
#include "supervise/tree.h"

#include "base/fmt.h"
#include "supervise/listing.h"
#include "supervise/whole.h"
#include "supervise/wish.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/scratch.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	SURVEY_AGAIN_MS = 1000,
	SURVEY_BYTES = 64 << 20,
};

/* ---- records ---- */

static void adopt_record(struct tree *t, const char *id)
{
	size_t len;
	char auto_text *text = whole_text(t->records, id, RECORD_BYTES, &len);
	struct record r = { 0 };
	auto_scratch struct arena a = { 0 };
	struct ward *w;
	struct err e;

	if (!text)
		return;
	if (scratch_make(&a, &e) < 0) {
		tree_say(t, LINE_ERROR, "The record of %s is not read: %s", id, e.text);
		return;
	}
	if (record_read(text, len, t->boot_id, &a, &r) != SHEET_READ || strcmp(r.id, id) != 0) {
		tree_say(t, LINE_WARN, "The record of %s is damaged or of another time: it is as if it were not there", id);
		sys_unlinkat(t->records, id, 0);
		return;
	}
	r.proc.was = r.proc.state;
	r.proc.state = PROC_ADOPTING;
	w = ward_new(t, r.id, r.name);
	if (!w || ward_remember(w, &r) < 0)
		tree_say(t, LINE_ERROR, "no memory for %s", r.id);
	if (w) {
		w->began_s = time(NULL) - (t->loop.now_ms - r.proc.launched_ms) / 1000;
		w->counted = w->r.proc.counts;
	}
}

void adopt_begin(struct tree *t)
{
	int fd = fcntl(t->records, F_DUPFD_CLOEXEC, 3);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (!dir)
		fd_close(&fd);
	if (dir)
		rewinddir(dir);
	while (dir && (entry = readdir(dir)))
		if (desired_is_id(entry->d_name))
			adopt_record(t, entry->d_name);
	if (dir)
		closedir(dir);
	for (size_t i = 0; i < t->wards.n; i++)
		adopt_look(t->wards.v[i]);
	/* Also with no record at all: the runtime may have some. */
	t->survey_wanted = true;
}

/* ---- who there is ---- */

/* One that nobody has told us of; by its id, since that is all there is. */
static struct ward *adopt_stranger(struct tree *t, const char *id)
{
	static const struct proc_rules none = { .kill_ms = 5000 };
	char name[DESIRED_ID_MAX], *plus;
	struct ward *w;

	fmt(name, sizeof name, "%s", id);
	plus = strchr(name, '+');
	if (plus)
		*plus = '/';
	w = ward_new(t, id, name);
	if (!w)
		return NULL;
	proc_adopt(&w->r.proc, &none);
	w->r.proc.was = PROC_ADOPTING;
	w->looking = true;
	return w;
}

static bool is_ours(const struct tree *t, const struct listed *l)
{
	size_t len = strlen(t->places.bundles);

	return desired_is_id(l->id) && strncmp(l->bundle, t->places.bundles, len) == 0 && l->bundle[len] == '/';
}

static void adopt_listed(struct tree *t, const struct listing *all)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct listed *l = &all->v[i];

		if (wards_find(&t->wards, l->id))
			continue;
		if (!is_ours(t, l)) {
			/* lithos_cmd has some of its own. */
			if (!strstr(l->id, "+cmd+"))
				tree_say(t, LINE_WARN, "There is a container %s that is nobody's: it is left alone", l->id);
			continue;
		}
		adopt_stranger(t, l->id);
	}
}

/* ---- judging ---- */

/* What runs is what its bundle says, whatever a record has. */
static void take_digest(struct ward *w, const struct listed *l)
{
	const char *slash = strrchr(l->bundle, '/');
	struct record r = w->r;

	if (!slash || (w->r.digest && strcmp(slash + 1, w->r.digest) == 0))
		return;
	r.digest = slash + 1;
	r.n_lives = 0;
	if (ward_remember(w, &r) < 0)
		tree_say(w->tree, LINE_ERROR, "%s: no memory", w->r.name);
}

static void found_busy(struct ward *w)
{
	struct tree *t = w->tree;

	if (w->busy_since_ms == 0)
		w->busy_since_ms = t->loop.now_ms;
	if (t->loop.now_ms - w->busy_since_ms >= COMMAND_LIMIT_MS) {
		tree_say(t, LINE_ERROR, "A command has been at work on %s for a minute: it is killed", w->r.name);
		command_kill_holder(t->locks, w->r.id);
		w->busy_since_ms = 0;
	}
	ward_feed(w, EV_FOUND_BUSY);
}

/* A pidfd of what is listed as running: the one that is held, or one that the second list will confirm. */
static void meet(struct ward *w, const struct listed *l)
{
	if (w->met_fd >= 0)
		return;
	w->met_pid = l->pid;
	w->met_held = w->r.pid == l->pid && init_find(w) >= 0;
	w->met_fd = w->met_held ? init_find(w) : sys_pidfd_open(l->pid);
	w->tree->survey_again = w->tree->survey_again || !w->met_held;
}

static void forget_meeting(struct ward *w)
{
	if (!w->met_held)
		fd_close(&w->met_fd);
	w->met_fd = -EBADF;
}

static void found_up(struct ward *w, const struct listed *l)
{
	struct err e = { 0 };
	int fd = w->met_fd;

	if (fd < 0 || w->met_pid != l->pid) {
		forget_meeting(w);
		ward_feed(w, EV_FOUND_BUSY);
		return;
	}
	w->met_fd = -EBADF;
	if (ward_meet(w, l->pid, fd, &e) < 0 ||
	    (w->r.proc.rules.ready_ms > 0 && ready_begin(w, false, &e) < 0))
		tree_say(w->tree, LINE_ERROR, "Watching %s: %s", w->r.name, e.text);
	if (w->end.fd < 0) {
		ward_feed(w, EV_FOUND_BUSY);
		return;
	}
	tree_say(w->tree, LINE_INFO, "Adopted \"%s\" (pid: %d)", w->r.name, w->r.pid);
	ward_feed(w, EV_FOUND_UP);
	inside_watch(w);
}

static void judge(struct ward *w, const struct listing *all)
{
	const struct listed *l = listing_find(all, w->r.id);

	w->looking = false;
	goal_find(w);
	if (w->r.proc.state != PROC_ADOPTING)
		return;
	if (l)
		take_digest(w, l);
	/* Told by nobody yet: its predecessor was killed in between, perhaps when the next command was at work already. */
	wish_carry_out(w, WISH_TELL_ENDED);
	ward_feed(w, goal_of(w));
	if (w->busy) {
		found_busy(w);
		return;
	}
	w->busy_since_ms = 0;
	if (l && l->state == LISTED_RUNS) {
		found_up(w, l);
		return;
	}
	forget_meeting(w);
	if (!l)
		ward_lost(w);
	else if (l->state == LISTED_HALF)
		ward_feed(w, EV_FOUND_HALF);
	else
		ward_ended(w, EV_FOUND_ENDED);
}

/* ---- surveys ---- */

static int survey_child(void *arg)
{
	const struct tree *t = arg;
	const int null = sys_openat(AT_FDCWD, "/dev/null", O_RDWR, 0), std[3] = { null, t->survey_out, STDERR_FILENO };
	struct runtime_words words;
	struct err e = { 0 };
	int rc = null < 0 ? null : command_wire(std, NULL, 0);

	runtime_begin((struct tree *)t, "survey", &words);
	runtime_add(&words, "list");
	runtime_add(&words, "--format");
	runtime_add(&words, "json");
	if (rc == 0)
		rc = command_execute(words.v, t->envp);
	err_sys(&e, rc, "execute %s", words.v[0]);
	return command_fail(words.log, &e);
}

static void survey_later(struct tree *t, const char *why)
{
	/* Once a second the same is no news. */
	if (!t->survey_failed)
		tree_say(t, LINE_ERROR, "The runtime does not tell which containers there are, so none is started: %s", why);
	t->survey_failed = true;
	loop_set_alarm(&t->loop, &t->survey_due, t->loop.now_ms + SURVEY_AGAIN_MS);
}

static void judge_all(struct tree *t, const struct listing *all)
{
	t->survey_failed = false;
	for (size_t i = 0; i < t->wards.n; i++)
		if (t->wards.v[i]->looking)
			judge(t->wards.v[i], all);
	if (t->adopted)
		return;
	t->adopted = true;
	if (t->phase == TREE_ADOPTING)
		t->phase = TREE_RUNNING;
	goals_apply(t);
	tidy_begin(t);
}

static void survey_ask(struct tree *t);

/* A pid is a certain process when it is still that container's after the descriptor was opened: that is the second round. */
static void hear(struct tree *t, const char *text, size_t len)
{
	auto_listing struct listing all = { 0 };
	struct err e = { 0 };

	if (listing_read(text, len, &all, &e) < 0) {
		survey_later(t, e.text);
		return;
	}
	if (t->survey_round > 0) {
		judge_all(t, &all);
		return;
	}
	if (!t->adopted)
		adopt_listed(t, &all);
	t->survey_again = false;
	for (size_t i = 0; i < t->wards.n; i++) {
		struct ward *w = t->wards.v[i];
		const struct listed *l = w->looking && !w->busy ? listing_find(&all, w->r.id) : NULL;

		if (l && l->state == LISTED_RUNS)
			meet(w, l);
	}
	if (!t->survey_again) {
		judge_all(t, &all);
		return;
	}
	t->survey_round = 1;
	survey_ask(t);
}

static void on_survey(struct command *c, int status)
{
	struct tree *t = (struct tree *)((char *)c - offsetof(struct tree, survey));
	auto_close int out = take_fd(t->survey_out);
	char said[ERR_TEXT_MAX];
	struct stat st;
	char *text;

	if (status != 0) {
		runtime_said(t, "survey", said, sizeof said);
		survey_later(t, c->late ? "it does not come to an end" : said[0] ? said : "it fails without a word");
		return;
	}
	if (sys_fstat(out, &st) < 0 || st.st_size > SURVEY_BYTES || !(text = malloc((size_t)st.st_size + 1))) {
		survey_later(t, "its answer is too long");
		return;
	}
	if (pread(out, text, (size_t)st.st_size, 0) == st.st_size)
		hear(t, text, (size_t)st.st_size);
	else
		survey_later(t, "its answer cannot be read");
	free(text);
}

static void survey_ask(struct tree *t)
{
	struct err e = { 0 };

	sys_unlinkat(t->logs, "survey", 0);
	t->survey_out = sys_memfd("survey", K_MFD_CLOEXEC);
	if (t->survey_out < 0)
		err_sys(&e, t->survey_out, "memory for its answer");
	else if (command_start(&t->survey, &t->loop, survey_child, t, COMMAND_LIMIT_MS, on_survey, &e) == 0)
		return;
	fd_close(&t->survey_out);
	survey_later(t, e.text);
}

static void on_survey_due(void *arg)
{
	struct tree *t = arg;

	t->survey_wanted = true;
	survey_begin(t);
}

/* Locks first: what is free now, and is ours to take, stays free. */
void survey_begin(struct tree *t)
{
	struct err e;

	if (!t->survey_wanted || t->survey.pid > 0 || (!t->accepted.there && t->phase != TREE_STOPPING))
		return;
	if (!t->survey_due.ring && loop_add_alarm(&t->loop, &t->survey_due, on_survey_due, t, &e) < 0)
		return;
	t->survey_wanted = false;
	t->survey_round = 0;
	for (size_t i = 0; i < t->wards.n; i++) {
		struct ward *w = t->wards.v[i];

		if (w->looking) {
			forget_meeting(w);
			w->busy = command_is_locked(t->locks, w->r.id);
		}
	}
	survey_ask(t);
}

void adopt_look(struct ward *w)
{
	w->looking = true;
	w->tree->survey_wanted = true;
}
