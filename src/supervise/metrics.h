/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is counted, in two forms: the shared memory of the cantal protocol, as lithos has it (`metrics.meta` says what the
 * 8-byte integers of `metrics.values` are), and OpenMetrics text. Pure: layouts and texts; the supervisor maps the file and
 * counts by adding to a number in memory, which outlives it.
 */
#ifndef CIST_SUPERVISE_METRICS_H
#define CIST_SUPERVISE_METRICS_H

#include "base/auto.h"

#include <stddef.h>
#include <stdint.h>

/* name, whether it counts up, what it is; in the order of the file */
#define METRICS_MASTER(X)                                                                              \
	X(restarts,   COUNTER, "Starts of the supervisor, reloads included.")                          \
	X(sandboxes,  LEVEL,   "Sandbox files that were read.")                                        \
	X(containers, LEVEL,   "Instances that are wanted.")                                           \
	X(queue,      LEVEL,   "Instances that wait for a start, for an end or for a command.")

#define METRICS_CONTAINERS(X)                                                                          \
	X(started,  COUNTER, "Starts of instances.")                                                   \
	X(deaths,   COUNTER, "Instances that have ended, or could not be started.")                    \
	X(failures, COUNTER, "Of the deaths, those that were not asked for, nor a normal exit.")       \
	X(running,  LEVEL,   "Instances that run.")                                                    \
	X(unknown,  LEVEL,   "Containers that run and are not wanted.")

/* of each process, all its instances together */
#define METRICS_PROCESS(X)                                                                             \
	X(started,  COUNTER, "Starts of instances of a process.")                                      \
	X(deaths,   COUNTER, "Instances of a process that have ended, or could not be started.")       \
	X(failures, COUNTER, "Of the deaths, those that were not asked for, nor a normal exit.")       \
	X(running,  LEVEL,   "Instances of a process that run.")

#define X(name, ...) METRIC_MASTER_##name,
enum metric_master { METRICS_MASTER(X) METRICS_OF_MASTER };
#undef X
#define X(name, ...) METRIC_CONTAINERS_##name,
enum metric_containers { METRICS_CONTAINERS(X) METRICS_OF_CONTAINERS };
#undef X
#define X(name, ...) METRIC_PROCESS_##name,
enum metric_process { METRICS_PROCESS(X) METRICS_OF_PROCESS };
#undef X

struct metrics_process {
	const char *sandbox;
	const char *process;
};

/* Which processes there are, in the order of their values: sorted by the caller, who looks them up. */
struct metrics_layout {
	const struct metrics_process *v;
	size_t n;
};

/* Where a value is: an index of 8-byte integers. */
static inline size_t metric_master(enum metric_master m)
{
	return m;
}

static inline size_t metric_containers(enum metric_containers m)
{
	return METRICS_OF_MASTER + (size_t)m;
}

static inline size_t metric_process(size_t process, enum metric_process m)
{
	return METRICS_OF_MASTER + METRICS_OF_CONTAINERS + process * METRICS_OF_PROCESS + (size_t)m;
}

/* How many values there are. */
size_t metrics_count(const struct metrics_layout *l);
/* Bytes of `metrics.values`: whole pages of 4096. */
size_t metrics_size(const struct metrics_layout *l);

/* `metrics.meta`: *ret is the caller's to free.  -ENOMEM. */
must_use int metrics_meta(const struct metrics_layout *l, char **ret, size_t *ret_len);

/*
 * Counters go on where a predecessor, or an older layout, has left them; levels begin at 0.  meta is the text of the old
 * `metrics.meta`, old its n_old values, neither of which is trusted; now has metrics_count() values.
 */
void metrics_carry(const char *meta, const int64_t *old, size_t n_old, const struct metrics_layout *l, int64_t *now);

/*
 * The same values as OpenMetrics text (`metrics.prom`): lithos_NAME, lithos_containers_NAME, lithos_process_NAME with the
 * labels sandbox and process; counters end with _total, the text with "# EOF".  *ret is the caller's to free.  -ENOMEM.
 */
must_use int metrics_open(const struct metrics_layout *l, const int64_t *values, char **ret, size_t *ret_len);

#endif
