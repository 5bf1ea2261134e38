/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What descriptors are called in lithos_hold; pure.
 *
 *	tcp:HOST:PORT		a listening socket, HOST as inet_ntop(3) has it, IPv6 in brackets
 *	tcp:HOST:PORT:ID	the same of `reuse-port: true`: of this instance alone
 *	notify:ID		the socket that an instance tells at when it is ready
 *	pid:ID:LIFE		the pidfd of the init of that life
 *	image			what inits are executed from (init_image.c)
 */
#ifndef CIST_SUPERVISE_HOLD_NAME_H
#define CIST_SUPERVISE_HOLD_NAME_H

#include "supervise/desired.h"
#include "supervise/held.h"

enum hold_kind { HOLD_TCP, HOLD_NOTIFY, HOLD_PID, HOLD_IMAGE };

#define HOLD_NAME_IMAGE "image"

struct hold_name {
	enum hold_kind kind;
	char id[DESIRED_ID_MAX];	/* "": of no instance, HOLD_TCP and HOLD_IMAGE */
	uint64_t life;			/* HOLD_PID */
};

/*
 * id: of the instance that asks; it is in the name with p->reuse_port only.  Two texts of one address have one name; a
 * host that is no address, which no accepted set has, stands in it as it is.
 */
void hold_name_port(char buf[HELD_NAME_MAX], const struct desired_port *p, const char *id);
void hold_name_notify(char buf[HELD_NAME_MAX], const char *id);
void hold_name_pid(char buf[HELD_NAME_MAX], const char *id, uint64_t life);

/* Whose name it is; false: none of these. */
bool hold_name_parse(const char *name, struct hold_name *ret);

#endif
