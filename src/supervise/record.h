/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a supervisor leaves about an instance for its successor, in one file that is replaced at each WISH_SAVE: what it
 * was doing, by which rules it ends that, and how the last lives ended.  The truth about containers is the runtime's;
 * this says what has been counted, told and sent.
 */
#ifndef CIST_SUPERVISE_RECORD_H
#define CIST_SUPERVISE_RECORD_H

#include "base/arena.h"
#include "supervise/desired.h"
#include "supervise/react.h"
#include "supervise/sheet.h"

enum {
	RECORD_VERSION = 1,
	RECORD_LIVES = 20,		/* that are remembered */
	RECORD_BYTES = 16 << 10,	/* a record is not longer */
	RECORD_PORTS = 64,
};

/* Why it died: one life that is over, or one start of the program in a life. */
struct record_life {
	uint64_t number;
	struct proc_ending ending;
	bool asked;			/* TERM had been sent to it */
	bool killed;			/* and then KILL */
	bool failed;
	bool refused;			/* it never ran: `text` says why */
	bool inside;			/* the program's end: its init has started it again */
	uint64_t start;			/* in a life of which the program has several: which one; 0: it has one */
	int64_t began_s, ended_s;	/* wall clock, seconds since 1970; to be shown only */
	int64_t uptime_ms;		/* by the monotonic one */
	uint64_t oom_kills;
	uint64_t memory_peak;		/* bytes; 0: not known */
	uint64_t cpu_us;		/* of all its processes; 0: not known */
	const char *text;		/* what the runtime said, of one that was refused; NULL: nothing */
};

struct record {
	const char *id;
	const char *name;
	const char *digest;		/* of what runs, or was launched last; NULL: nothing ever */
	int pid;			/* of the container's init, 0: none is known */
	const char *cgroup;		/* its path, for what is read when it has ended; NULL: not known */
	const char *log_file, *output_file, *state_below;	/* of struct desired, for one that is retired */
	const struct desired_port *ports;	/* sockets that what runs has: host, port and reuse_port are kept */
	size_t n_ports;
	uint64_t oom_before, cpu_before;	/* what those of this life have used that were `inside` */
	struct proc proc;		/* all but `wanted` and `was`, which the reader's caller knows; state: that then */
	struct record_life *lives;	/* oldest first */
	size_t n_lives;
	size_t untold;			/* the newest so many of them are not in the log yet */
};

/* Adds one, for which there is room, and forgets the oldest when there are RECORD_LIVES.  It is untold. */
void record_add_life(struct record *r, const struct record_life *life);

/* The file, in s.  -ENOMEM. */
must_use int record_write(const struct record *r, const char *boot_id, struct sheet *s, struct err *e);

/*
 * From len bytes of text, which has room for one more, is written to, and lives as long as *ret.  Answers as
 * sheet_open(); SHEET_DAMAGED also when what it says cannot be.  ports in a; NULL there: -ENOMEM as SHEET_DAMAGED, since
 * a record may be lost.
 */
enum sheet_answer record_read(char *text, size_t len, const char *boot_id, struct arena *a, struct record *ret);

/*
 * The sentence of `lithos_ps --why`: "life 12 ran for 2h13m7s and was killed by signal SIGKILL[9]; 2 of its processes …";
 * "life 12, start 3, ran …" where the program was started again in its container.
 */
enum { RECORD_SENTENCE_MAX = 1024 };
void record_explain(const struct record_life *life, char buf[RECORD_SENTENCE_MAX]);

/* As lithos_ps has it: "12s", "3m4s", "2h13m7s", "1d2h3m", from three days on "5days". */
enum { RECORD_TIME_MAX = 32 };
void record_uptime(int64_t ms, char buf[RECORD_TIME_MAX]);
/* The same: "512B", "4.0kiB", "20.6MiB", "1.5GiB". */
enum { RECORD_SIZE_MAX = 24 };
void record_size(uint64_t bytes, char buf[RECORD_SIZE_MAX]);

#endif
