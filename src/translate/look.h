/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_TRANSLATE_LOOK_H
#define CIST_TRANSLATE_LOOK_H

#include "translate/translate.h"

/* What the host says of itself, asked for once and the same for all instances; all zero: not asked for yet. */
struct look_host {
	bool kernel_is_known, name_is_known;
	uint64_t files_max;		/* as in struct translate_facts */
	bool no_swap_limit;
	char name[65];			/* as uname(2) has it */
	char address[16];		/* the first of IPv4; "": the resolver knows none */
};

/*
 * Gathers what translate() has to know of the world for this instance: TERM, whether /etc of the container has the files
 * that hosts and resolv.conf are bound on (in the image, or in the volume that covers it), the host's files that are copied,
 * and the host's name and address.  Only what will be used is asked for; so a host without a resolvable name is no trouble
 * to a container that does not want it.
 *
 * Texts live in a; host is the caller's, and is filled by the first that needs it.  1: all is known; 0: findings say what is
 * not, and the rest of *ret is there; negative: no memory.
 */
must_use int translate_look(const struct instance *i, struct look_host *host, struct arena *a, struct findings *f,
			    struct translate_facts *ret, struct err *e);

#endif
