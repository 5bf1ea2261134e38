/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The supervisor: what it has in hand, and who does what with it.
 *
 *	tree.c		the loop, the end; the service manager
 *	start.c		what comes before the loop
 *	signals.c	what is asked by signals
 *	forget.c	what is left of an instance that is not wanted any more
 *	master.c	the lock of master.pid, executing itself anew
 *	planning.c	the planner, and its answer
 *	accept.c	the accepted set
 *	goals.c		what it changes
 *	update.c	processes whose instances are replaced one after another
 *	adopt.c		what a predecessor has left
 *	wish.c		a function for each wish
 *	launch.c	a container's start: sockets, streams, the runtime
 *	inside.c	programs that their init starts again
 *	clear.c		its end: how it ended, what it leaves
 *	work.c		which command runs when
 *	tidy.c		state directories of nobody
 *	ports.c		listening sockets, and lithos_hold
 *	init_image.c	what all inits are executed from
 *	show.c		status file, and when it is written
 *	tally.c		metrics
 *	say.c		logs
 */
#ifndef CIST_SUPERVISE_TREE_H
#define CIST_SUPERVISE_TREE_H

#include "supervise/hold.h"
#include "supervise/journal.h"
#include "supervise/loop.h"
#include "supervise/manager.h"
#include "supervise/places.h"
#include "supervise/planner.h"
#include "supervise/runtime.h"
#include "supervise/wanted.h"
#include "supervise/ward.h"

#include <stdbool.h>

/* What the command line says. */
struct tree_words {
	const char *master;		/* NULL: the usual file */
	const char *runtime;		/* NULL: the cist beside this program */
	bool log_stderr;
	const char *log_level;		/* NULL: the master file's */
	const char *program;		/* to be executed anew, with these */
	const char *const *argv;
	const char *const *envp;
};

enum tree_phase { TREE_ADOPTING, TREE_RUNNING, TREE_STOPPING };

/* A set with the memory that it lives in. */
struct tree_set {
	struct arena a;
	char *text;
	struct wanted w;
	bool there;
};

/* One journal for each file that sandboxes log to. */
struct tree_log {
	char *file;
	struct journal journal;
	struct tree_log *next;
};

struct update;
struct show;
struct tally;

struct tree {
	const struct tree_words *words;
	char boot_id[37];
	struct arena a;			/* of what holds until the end: settings, places */
	struct settings settings;	/* of the start: directories do not move while there is a supervisor */
	struct places places;
	struct runtime runtime;
	const char *const *envp;	/* of commands */
	const char *const *launch_envp;	/* the same, and before it image_word */
	char image_word[32];		/* the variable of base/shared_image.h */
	int home, records, locks, logs, containers, lock;	/* directories; the lock of master.pid */
	enum tree_phase phase;
	int64_t started_s;
	uint64_t pid_start;		/* of this process, as struct ward has it of an init */

	struct loop loop;
	struct watch signals;
	struct manager manager;
	struct alarm alive;

	struct journal log;
	struct tree_log *logs_open;
	bool saving_fails;

	struct wards wards;
	struct tree_set accepted;
	struct tree_set before;		/* while there are updates: what to turn around to */
	struct planner planner;
	struct watch planned;
	bool planned_once;		/* since this start */
	struct alarm plan_due;		/* of one that is at work the end of its time, else another try */
	struct tree_set problems;	/* what the last planner said, for its problems */

	struct update *updates;
	struct alarm update_due;

	struct command survey;
	int survey_out;
	int survey_round;
	bool survey_wanted, survey_again, survey_failed;
	struct alarm survey_due;

	struct command tidy;
	struct watch inside;		/* inotify, once there is a program that its init starts again */

	struct ward *first_waiting, *last_waiting;	/* for a command */
	size_t n_commands, most_commands;
	bool work_due, forget_due, zombies;
	struct alarm reap_due;
	struct ward *first_late, *last_late;	/* these wait until the commands of this turn have begun */
	bool sweep_due, show_is_due;	/* these, too */
	pid_t stranger;			/* a zombie that nobody knows yet */
	uint64_t launches, stranger_since;

	struct hold hold;
	struct watch hold_end;		/* it says nothing unasked: readable when it has died */
	struct alarm hold_due;		/* another try */
	bool hold_is_full;		/* and that was said */

	struct show *show;
	struct tally *tally;		/* where there is a show */
	struct alarm show_due;
	bool dirty;

	int crash;			/* the signal by which the predecessor crashed; 0: it did not */
	bool again;			/* QUIT: execute the program anew */
	bool adopted;			/* what there was at the start is known */
	bool told_ready;		/* the service manager */
};

/* Returns the exit status, or negative: it could not start.  Does not return when it executes itself anew. */
must_use int tree_run(const struct tree_words *words, struct err *e);

/* Everything up to the first turn of the loop: start.c. */
must_use int tree_begin(struct tree *t, struct err *e);

/* The service manager, if there is one, hears of it from now on: tree.c. */
void tree_greet(struct tree *t);

/* ---- signals.c ---- */

/* First of all: what comes during the start is obeyed after it. */
must_use int signals_block(struct err *e);
must_use int signals_watch(struct tree *t, struct err *e);

/* ---- the end of instances: forget.c ---- */

/* Those that are down for good; whoever is wanted again by now stays. */
void forget_all(struct tree *t);

/* ---- logs: say.c ---- */

/* The master log. */
void tree_say(struct tree *t, enum line_level level, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The log of the sandbox that w is of. */
void ward_say(struct ward *w, enum line_level level, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A line of len bytes into the file with its output. */
void ward_note(const struct ward *w, const char *line, size_t len);
/* The master log; those of sandboxes with their first line. */
must_use int tree_logs_open(struct tree *t, struct err *e);
void tree_logs_close(struct tree *t);
uint64_t tree_logs_dropped(const struct tree *t);

/* ---- commands: work.c ---- */

/* LAUNCH, KILL or CLEAR for w as soon as there is room; one that waits is replaced. */
void work_wish(struct ward *w, enum wish what);
/* One has ended: *w has none at work. */
void work_done(struct ward *w);
/* It is freed. */
void work_forget(struct ward *w);
/* As many of those that wait as there is room for. */
void work_begin(struct tree *t);
/*
 * Children that nobody knows are taken, unless they may be of a launch that is not over.  Some time after SIGCHLD, since the
 * kernel looks through all children for one that has ended, and those of ours tell it by their descriptors.
 */
enum { WORK_REAP_MS = 250 };
void work_reap(struct tree *t);

/* Starts the command; feeds REFUSED or STUCK itself when it cannot be. */
void launch_begin(struct ward *w);
void clear_begin(struct ward *w);
void kill_begin(struct ward *w);

/* The beginning of a call of the runtime; with an id it has the log of that. */
void runtime_begin(struct tree *t, const char *id, struct runtime_words *ret);
/* What it wrote to its log, in a line; "" when nothing.  buf has size bytes. */
void runtime_said(struct tree *t, const char *id, char *buf, size_t size);

/* Removes state directories that nobody has. */
enum { TIDY_LIMIT_MS = 10 * 60 * 1000 };
void tidy_begin(struct tree *t);
/* At the end of everything: those of sandboxes, which are empty. */
void tidy_finish(struct tree *t);

/* ---- life and death: clear.c ---- */

/* Its container runs as this process; takes pidfd over. */
must_use int ward_meet(struct ward *w, pid_t pid, int pidfd, struct err *e);
/* Its container has ended, or was found so: how, and the event. */
void ward_ended(struct ward *w, enum proc_event ev);
/* A launch that failed, with the reason; the event. */
void ward_refused(struct ward *w, const char *why);
/* It was found that there is none any more, though the record says that it ran. */
void ward_lost(struct ward *w);

/* ---- programs that their init starts again: inside.c ---- */

/* Watches the record of its ends, and counts and tells what it says that is new; of a ward without such a program nothing. */
void inside_watch(struct ward *w);
/* The second alone: before what the program does next is looked at. */
void inside_news(struct ward *w);
void inside_end(struct ward *w);

/* ---- sockets: ports.c ---- */

/* Connects to lithos_hold, or starts one; when that fails it is tried again by itself. */
void holder_open(struct tree *t);
void holder_close(struct tree *t, bool for_good);
/*
 * fd is held under that name (hold_name.h) from now on, here and by lithos_hold; without that here alone, until there is
 * another.  0: hold_find() has it.
 */
must_use int holder_keep(struct tree *t, const char *name, int fd, struct err *e);
void holder_drop(struct tree *t, const char *name);
/* Descriptors for the ports of w's next life, ret[i] that of w->r.ports[i]; they belong to the table. */
must_use int ports_get(struct ward *w, int *ret, struct err *e);
/* Closes those that nobody needs. */
void ports_sweep(struct tree *t);
/* The pidfd of this life's init, which is the holder's from now on and is watched; that of the life before is forgotten. */
must_use int init_hold(struct ward *w, int pidfd, struct err *e);
/* The one that a predecessor has left for this life; borrowed; negative: none. */
int init_find(const struct ward *w);
/* It has ended: no more watched, and forgotten by the holder with init_let_go(). */
void init_forget(struct ward *w);
void init_let_go(struct ward *w);
/* The socket at which w tells that it is ready: for a launch (made, or emptied), or found for one that was adopted. */
must_use int ready_begin(struct ward *w, bool launch, struct err *e);
void ready_end(struct ward *w);

/* ---- the planner: planning.c ---- */

/* Starts it, unless one is at work; its answer is accepted, and applied. */
void planning_begin(struct tree *t);
void planning_close(struct tree *t);

/* ---- what inits are executed from: init_image.c ---- */

/* A descriptor for the launch of w, to be handed over as base/shared_image.h has it; lithos_hold's.  Negative: none. */
int init_image_offer(struct ward *w);
/* The init of w runs.  What it was offered and was not taken is not offered again. */
void init_image_check(const struct ward *w);

/* ---- sets: accept.c ---- */

void tree_set_done(struct tree_set *s);
#define auto_tree_set __attribute__((cleanup(tree_set_done)))
/* It is the caller's from now on. */
struct tree_set tree_set_take(struct tree_set *s);

/* The accepted set as it is on disk; none is no error. */
void accept_load(struct tree *t);
void accept_close(struct tree *t);
/* What the planner has found becomes the accepted set, with the old entries of what is broken; a is memory for that. */
must_use int accept_planned(struct tree *t, const struct wanted *planned, struct arena *a, struct err *e);
/* Makes w the accepted set, on disk first; its memory is its own. */
must_use int accept_keep(struct tree *t, const struct wanted *w, struct err *e);
/* No update goes on: nothing has to be turned around to. */
void accept_settled(struct tree *t);
/* Removes bundles that nobody refers to; t->sweep_due asks for it. */
void accept_sweep(struct tree *t);

/* ---- what each is to be: goals.c ---- */

/* Its entry of the accepted set: of one, of all. */
void goal_find(struct ward *w);
void goals_find(struct tree *t);
/* What w is to be by the accepted set, as an event. */
enum proc_event goal_of(struct ward *w);
/* The difference becomes events. */
void goals_apply(struct tree *t);
/* Everything is to be stopped. */
void goals_drop(struct tree *t);

/* ---- updates ---- */

void updates_begin(struct tree *t);
void updates_step(struct tree *t);
void updates_drop(struct tree *t);

/* ---- adopting ---- */

/* Wards of all records, and of all that is wanted. */
void adopt_begin(struct tree *t);
/* Asks the runtime, if somebody waits for that. */
void survey_begin(struct tree *t);
/* The next survey answers for w. */
void adopt_look(struct ward *w);

/* ---- status and metrics ---- */

must_use int show_open(struct tree *t, struct err *e);
void tree_changed(struct tree *t);
/* Both, when t->show_is_due. */
void show_write(struct tree *t);
/* That one of them could not be written is told once. */
void show_complain(struct tree *t, const struct err *e);
void show_close(struct tree *t, bool clean);

/* ---- metrics: tally.c ---- */

must_use int tally_open(struct tree *t, struct err *e);
/* A value for each process of the accepted set; what was counted stays. */
void tally_layout(struct tree *t);
/* What w has counted since it was looked at last. */
void tally_count(struct ward *w);
/* How many there are of this and that, by now. */
void tally_levels(struct tree *t);
/* The file of metrics as text. */
must_use int tally_write(struct tree *t, struct err *e);
/* Whether there is a file in memory; without one nothing is counted. */
bool tally_counts(const struct tree *t);
/* Starts of the supervisor, this one included. */
uint64_t tally_restarts(const struct tree *t);
/* A clean end removes the files. */
void tally_close(struct tree *t, bool clean);

/* ---- master.pid ---- */

/* The lock, if it is not inherited: t->lock. */
must_use int master_lock(struct tree *t, struct err *e);
/*
 * The lock that a predecessor has handed over, in which directory it is, and by which signal that one crashed (0: it did not);
 * negative: none.
 */
int master_inherit(const char *const *envp, char *ret_dir, size_t size, int *ret_crash);
/* Executes the program anew; returns only when that fails. */
void master_again(struct tree *t);
/* A crash does the same, once. */
must_use int master_catch(struct tree *t, struct err *e);
/* The environment of commands. */
must_use int master_environment(struct tree *t, struct err *e);

#endif
