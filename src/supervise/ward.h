/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One instance under supervision, and the table of all of them. */
#ifndef CIST_SUPERVISE_WARD_H
#define CIST_SUPERVISE_WARD_H

#include "supervise/command.h"
#include "supervise/desired.h"
#include "supervise/loop.h"
#include "supervise/record.h"

struct tree;

/* Of a program that its init starts again: the watch of the record of its ends (inside.c). */
struct inside {
	int wd;				/* of inotify; negative: none */
	int64_t read_ms;		/* when it was read last */
	struct alarm due;		/* when it is read again, of one that is written to all the time */
	bool complained;
};
#define INSIDE_INIT ((struct inside){ .wd = -1 })

struct ward {
	struct tree *tree;
	struct record r;		/* r.proc is what it is doing.  All texts are the ward's own */
	const struct desired *wanted;	/* its entry of the accepted set; NULL: it is retired, or nobody knows it */
	struct watch end;		/* pidfd of its container's init */
	struct watch ready;		/* its notify socket */
	struct alarm calm;		/* when that is looked at again after a flood */
	struct inside inside;
	struct alarm deadline;
	uint64_t pid_start;		/* with r.pid it names the init for good */
	int64_t began_s;		/* this life, by the wall clock */

	/* What is being executed for it, and what comes next: LAUNCH, KILL or CLEAR. */
	struct command command;
	enum wish at_work;		/* WISH__COUNT: nothing */
	enum wish waits;		/* WISH__COUNT: nothing */
	struct ward *next_waiting;
	bool queued;
	struct ward *next_late;		/* which have something to catch up with (ward_feed()) */
	bool is_late;
	size_t lives_room;		/* of r.lives; most have few */
	uint64_t launch_number;		/* of all launches: this one's */
	ino_t image;			/* that this launch was offered; 0: none */
	uint64_t taken_life;		/* for which `own` was taken */
	uint32_t to_tell;		/* bit N: enum wish N of the last event, which the log has still to be told */
	bool init_held;			/* lithos_hold has the pidfd of an init that has ended, of the life held_life */
	uint64_t held_life;
	bool is_locked;			/* by another command, when it was to be cleared */
	char *said;			/* what the last command that failed had to say */

	bool looking;			/* adopting: the next survey is to tell */
	bool busy;			/* its lock was held when that began */
	int met_fd;			/* pidfd of what the survey says is its init; negative: none */
	bool met_held;			/* it is lithos_hold's */
	pid_t met_pid;
	bool forget;			/* is to be freed when the loop's turn is over */
	int64_t busy_since_ms;		/* adopting: another's command is at work on it; 0: no */
	struct proc_counts counted;	/* that the metrics have */

	void *own;			/* id, name, digest and so on of what runs */
	char *cgroup;
};

/* Its container is there, and watched. */
static inline bool ward_runs(const struct ward *w)
{
	return w->end.fd >= 0;
}

struct wards {
	struct ward **v;		/* ascending by id */
	size_t n;
	size_t room;
};

/* A new one with that id and name, DOWN, in the table.  NULL: no memory. */
struct ward *ward_new(struct tree *t, const char *id, const char *name);
/* Out of the table, with all that it has in memory.  Its containers and files are not touched. */
void ward_free(struct ward *w);
struct ward *wards_find(const struct wards *all, const char *id);
struct ward *wards_find_pid(const struct wards *all, pid_t pid);

/* What the next life is launched from: copies that live until the one after it.  -ENOMEM. */
must_use int ward_take(struct ward *w, const struct desired *d);
/* From a record that was read; its texts are copied.  -ENOMEM. */
must_use int ward_remember(struct ward *w, const struct record *r);
/* Keeps a cgroup's path (NULL: none). */
void ward_set_cgroup(struct ward *w, const char *path);
/* Keeps a life; the oldest is forgotten, or without memory this one.  Its text is copied. */
void ward_add_life(struct ward *w, const struct record_life *life);

/* The record, to tree/record/ID.  A failure is told once and not an error: it is kept in memory. */
void ward_save(struct ward *w);

/*
 * An event: the table of react.h, and the wishes that it answers.  What is only to be told, and lithos_hold, come when the
 * command has begun, at the end of the loop's turn.
 */
void ward_feed(struct ward *w, enum proc_event ev);
void ward_be_late(struct ward *w);
/* Does what has been put off until then. */
void ward_catch_up(struct ward *w);
/* Of all that have something. */
void wards_catch_up(struct tree *t);

#endif
