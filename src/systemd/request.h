/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What cist asks of cist-systemd, the one program that talks to systemd, and what it hears.
 *
 * cist executes it with a stream socket as its standard input.  A request is a list of strings, each with its NUL; the
 * helper carries it out and answers, and waits for the next one until the socket is closed.
 *
 *	request  length of what follows (uint32_t), then: verb, "system" or "user", unit, sub-cgroup, pid,
 *		 and for each property: name, D-Bus type, number of values, values
 *	answer	 struct request_answer, then ->length bytes of text
 *
 * `start` of a scope needs a process that is in it from its beginning.  That is a child of the helper, the keeper: it
 * sleeps there until `release`, so that cist can make cgroups below and put the container's init there.  When cist
 * dies, the keeper ends as soon as the unit is made, and with its last process systemd forgets the scope.
 */
#ifndef CIST_SYSTEMD_REQUEST_H
#define CIST_SYSTEMD_REQUEST_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REQUEST_BYTES_MAX = 4 << 20, REQUEST_VALUES_MAX = 65536, REQUEST_TEXT_MAX = 4096 };

enum request_verb {
	REQUEST_FIND,		/* the answer is the cgroup below which this systemd has its units; the unit is "" */
	REQUEST_START,		/* makes the unit and waits for it; the answer has its cgroup and the keeper's pid */
	REQUEST_RELEASE,	/* the keeper leaves */
	REQUEST_SET,		/* properties of a unit that is there; answered when they are in force */
	REQUEST_ATTACH,		/* a process, into the unit's sub-cgroup: for who may not move it there */
	REQUEST_STOP,		/* ends the unit, and makes systemd forget that it failed; none is fine */
	REQUEST_CLEAR,		/* the same if it has no process; one that has stays */
	REQUEST__VERBS
};

struct request_answer {
	int32_t code;		/* 0, or a negative errno: the text is a sentence */
	int32_t pid;
	uint32_t length;
};

/* ---- cist's side: a request that grows.  Zeroed it is empty; request_done() is the caller's. ---- */

struct request_text {
	char *v;
	size_t n;
	size_t room;
	bool failed;		/* memory, or REQUEST_BYTES_MAX: what is there is not whole */
};
void request_done(struct request_text *t);
#define auto_request __attribute__((cleanup(request_done)))

void request_begin(struct request_text *t, enum request_verb verb, bool is_users, const char *unit);
/* Instead of request_begin(), for REQUEST_ATTACH. */
void request_attach(struct request_text *t, bool is_users, const char *unit, const char *subgroup, int pid);
void request_property(struct request_text *t, const char *name, const char *type, const char *const *values, size_t n);

/* ---- the helper's side ---- */

struct request_item {
	const char *name;
	const char *type;	/* "s", "as", "a(ss)": a basic type, an array of one, an array of structures of them */
	const char **values;	/* of an array of structures: member by member */
	size_t n_values;
	size_t width;		/* members of a structure; 1 for all others */
};

struct request {
	enum request_verb verb;
	bool is_users;
	const char *unit;
	const char *subgroup;
	int pid;
	struct request_item *items;
	size_t n_items;
	const char **values;	/* of all items */
};

/* text[n - 1] must be NUL.  Borrows it; request_free() is the caller's. */
must_use int request_parse(const char *text, size_t n, struct request *ret, struct err *e);
void request_free(struct request *r);

#endif
