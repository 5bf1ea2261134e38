/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The deciding half of update: from what was asked for to what is written and what is kept.  Pure. */
#ifndef CIST_RUNTIME_RESOURCES_H
#define CIST_RUNTIME_RESOURCES_H

#include "base/arena.h"
#include "libocispec/oci_config.h"
#include "runtime/runtime.h"

/* A resources object with the parts that options can fill; do not copy it, it points into itself. */
struct resources {
	struct oci_resources all;
	struct oci_memory memory;
	struct oci_cpu cpu;
	struct oci_pids pids;
	struct oci_block_io block_io;
};

/* The limit options as a resources object.  A bad one is "invalid value for NAME: TEXT". */
must_use int resources_from_options(const struct update_options *o, struct resources *ret, struct err *e);

/*
 * A change onto what is stored (NULL: nothing).  In the change 0, "" and absent mean "as it is", but for pids.limit,
 * where 0 means the least there is, and for cpu.burst and cpu.idle, where nothing else could say "off"; -1 means no
 * limit, and lifting the one on memory lifts that on swap.  Device rules and kernel memory of a change are dropped.
 *
 *	*ret_write	what is to be written: the change, and with a value its stored partner where the kernel takes
 *			both at once (quota and period, memory and swap)
 *	*ret_merged	what holds afterwards, without device rules
 *
 * Both point into the arena and into what was given.
 */
must_use int resources_merge(const struct oci_resources *stored, const struct oci_resources *change, struct arena *a,
			     struct oci_resources *ret_write, struct oci_resources *ret_merged, struct err *e);

#endif
