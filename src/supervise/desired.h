/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is to run: a set of instances, sorted by id, as the planner has made it and the supervisor has accepted it.  It
 * is flat and read-only; strings and arrays live as long as the memory that it was read into.  Pure: sets are merged and
 * compared, nothing is read or executed.
 */
#ifndef CIST_SUPERVISE_DESIRED_H
#define CIST_SUPERVISE_DESIRED_H

#include "base/arena.h"
#include "base/err.h"
#include "supervise/react.h"
#include "translate/translate.h"

/* A listening socket of the host's network: the supervisor opens and holds it. */
struct desired_port {
	const char *host;
	uint16_t port;
	uint32_t fd;			/* in the program */
	uint32_t backlog;
	uid_t uid;			/* of the host; who it is made as */
	gid_t gid;
	bool reuse_addr;
	bool reuse_port;		/* one for each life of each instance */
	bool non_block;
};

struct desired {
	const char *id;			/* "SANDBOX+PROCESS.N", of the container */
	const char *name;		/* "SANDBOX/PROCESS.N", for people */
	const char *sandbox;
	const char *process;
	uint32_t number;
	const char *digest;		/* of the resolved configuration (translate.h); names the bundle */
	struct proc_rules rules;
	const char *log_file;		/* absolute: of the sandbox; NULL: the master's */
	const char *log_level;		/* of the sandbox; NULL: the master's */
	const char *output_file;	/* absolute, appended to; NULL: interactive, the supervisor's own */
	const char *command;		/* `"/bin/x" "-v"`, for the line that tells of a start */
	const struct desired_port *ports;	/* in the order of org.cist.sockets */
	size_t n_ports;
	const struct bundle_directory *directories;	/* made at each start (place_directories()) */
	size_t n_directories;
	const char *state_below;	/* "SANDBOX/PROCESS.N" beneath state-dir, which ends with a life; NULL: it has none */
	uint32_t max_unavailable;	/* `update`; 0: all instances are replaced at once */
	bool kept;			/* its new configuration cannot be used: this is the one before it */
};

/* Of which part of a configuration nothing can be said, since it is broken. */
struct desired_gap {
	const char *sandbox;
	const char *process;		/* NULL: the whole sandbox */
	const char *why;		/* one line */
};

/* Whether d is of one of them. */
bool desired_in_gap(const struct desired_gap *gaps, size_t n_gaps, const struct desired *d);

/* The order of a set, for qsort(3) of entries. */
int desired_by_id(const void *a, const void *b);

struct desired_set {
	const struct desired *v;	/* ascending by id (strcmp), no id twice */
	size_t n;
	const struct desired_gap *gaps;
	size_t n_gaps;
	const char *const *sandboxes;	/* those whose files there are, ascending */
	size_t n_sandboxes;
};

/* Bytes of an id with its NUL. */
enum { DESIRED_ID_MAX = 256 };

/*
 * The id of the container of an instance, or of a command when command_pid is not 0, into buf.  Names are those that
 * the model accepts, so it fits and is an id for any runtime.
 */
void desired_id(char buf[DESIRED_ID_MAX], const char *sandbox, const char *process, uint32_t number, uint32_t command_pid);
/* Whether an id has the form of an instance's, and not of a command's or of somebody else's. */
bool desired_is_id(const char *id);

/* The id of the instance "SANDBOX/PROCESS.N", for people; false: it is the name of none. */
bool desired_id_of(char buf[DESIRED_ID_MAX], const char *name);

/* The entry of that id, or NULL. */
const struct desired *desired_find(const struct desired_set *s, const char *id);

/*
 * What the supervisor shall hold to after next was planned: its entries, and for what its gaps say is broken the entries
 * that old has of it, marked as kept.  A process that is broken is kept as a whole: no mixture of old and new instances.
 * In a, sharing the strings of both.  -ENOMEM.
 */
must_use int desired_merge(const struct desired_set *old, const struct desired_set *next, struct arena *a,
			   struct desired_set *ret, struct err *e);

/*
 * The way back of an update: s with the entries of this process taken from old instead, marked as kept.  In a, sharing
 * strings.  -ENOMEM.
 */
must_use int desired_revert(const struct desired_set *s, const struct desired_set *old, const char *sandbox,
			    const char *process, struct arena *a, struct desired_set *ret, struct err *e);

enum change_kind {
	CHANGE_START,		/* is wanted, does not exist */
	CHANGE_KEEP,		/* exists, in the wanted configuration */
	CHANGE_REPLACE,		/* exists, in another one */
	CHANGE_STOP,		/* exists, is not wanted */
};

/* What exists, whatever it is doing. */
struct present {
	const char *id;
	const char *digest;
};

struct change {
	enum change_kind kind;
	const char *id;
	const struct desired *wanted;	/* NULL: CHANGE_STOP */
	size_t present;			/* its index; of CHANGE_START n_present */
};

/*
 * The difference, one entry for each id of either side, ascending by id; present is sorted likewise.  Also what
 * `lithos_switch --plan` prints.  *ret in a.  -ENOMEM.
 */
must_use int desired_compare(const struct present *present, size_t n_present, const struct desired_set *s, struct arena *a,
			     struct change **ret, size_t *ret_n, struct err *e);

#endif
