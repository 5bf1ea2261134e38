/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of a container, whole or half made: what `delete` does and what undoes a failed birth. */
#ifndef CIST_RUNTIME_TEARDOWN_H
#define CIST_RUNTIME_TEARDOWN_H

#include "runtime/runtime.h"
#include "state/record.h"

struct teardown {
	const struct runtime *rt;
	int store;
	int dir;			/* the container's, in the store */
	const struct record *record;
	int pidfd;			/* of the init, or -1 when it has ended */
	const struct cg *cg;
	const struct oci_doc *config;	/* for poststop hooks; may be NULL when the record has none */
	bool is_child;			/* the init is this process' child and has to be reaped */
	bool unit_is_others;		/* the unit that the record names was not made */
};

/*
 * Kills what lives, waits for it, removes cgroups and state, runs poststop hooks.  May be repeated: what is gone already
 * is fine.
 */
must_use int teardown(const struct teardown *t, struct err *e);

#endif
