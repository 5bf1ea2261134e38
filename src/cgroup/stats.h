/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a container's cgroups say that it uses, of v1 and v2 in one form: the one of runc's `events`, which counts v2's swap
 * as v1 does.  What the kernel or a controller does not have is 0, or not `present`.
 */
#ifndef CIST_CGROUP_STATS_H
#define CIST_CGROUP_STATS_H

#include "cgroup/cgroup.h"

enum { CG_STAT_NAME = 64 };

struct cg_stat_value {
	char name[CG_STAT_NAME];
	uint64_t value;
};

struct cg_stat_io {
	uint64_t major, minor;
	char op[16];			/* "Read", "Write" …; "" where the file has none */
	uint64_t value;
};

struct cg_stat_huge {
	char size[16];			/* "2MB" */
	uint64_t usage, max, failcnt;
};

struct cg_stat_memory {
	uint64_t limit, usage, max, failcnt;
};

struct cg_stat_pressure {
	bool present;
	struct { double avg10, avg60, avg300; uint64_t total; } some, full;
};

/* A list that grows; item is the size of one. */
struct cg_stat_list {
	void *v;
	size_t n, room;
};

enum cg_stat_blkio {
	CG_IO_BYTES, CG_IO_SERVICED, CG_IO_QUEUED, CG_IO_SERVICE_TIME, CG_IO_WAIT_TIME, CG_IO_MERGED, CG_IO_TIME,
	CG_IO_SECTORS,
	CG_IO__LISTS
};
enum { CG_CPUSET_NUMBERS = 9 };

struct cg_stats {
	uint64_t cpu_total, cpu_kernel, cpu_user;	/* ns */
	uint64_t periods, throttled_periods, throttled_time;
	struct cg_stat_list percpu, percpu_kernel, percpu_user;	/* uint64_t, v1 */
	struct cg_stat_list cpus, mems;				/* uint64_t, v1 */
	int64_t cpuset[CG_CPUSET_NUMBERS];			/* in the order of cg_cpuset_names */
	uint64_t cache;
	struct cg_stat_memory memory, swap, kernel, kernel_tcp;
	struct cg_stat_list raw;				/* struct cg_stat_value, sorted by name */
	uint64_t pids, pids_limit;				/* limit 0: none */
	struct cg_stat_list blkio[CG_IO__LISTS];		/* struct cg_stat_io */
	struct cg_stat_list hugetlb;				/* struct cg_stat_huge */
	struct cg_stat_pressure cpu_pressure, memory_pressure, io_pressure;
};

/* "cpu_exclusive", "mem_hardwall" … */
extern const char *const cg_cpuset_names[CG_CPUSET_NUMBERS];

/* cg_stats_free() is the caller's, also after a failure. */
must_use int cg_stats_read(const struct cg *cg, struct cg_stats *ret, struct err *e);
void cg_stats_free(struct cg_stats *s);
#define auto_cg_stats __attribute__((cleanup(cg_stats_free)))

/* ---- texts of the kernel (pure) ---- */

/* "name 17" lines, sorted by name; others are passed over.  The list holds struct cg_stat_value. */
must_use int cg_stats_parse_flat(const char *text, struct cg_stat_list *ret, struct err *e);
uint64_t cg_stats_get(const struct cg_stat_list *flat, const char *name);
/* v1's "8:0 Read 4096" and "8:0 17"; v2's "8:0 rbytes=1 wbytes=2 rios=3 wios=4". */
must_use int cg_stats_parse_blkio(const char *text, struct cg_stat_list *ret, struct err *e);
must_use int cg_stats_parse_io(const char *text, struct cg_stats *s, struct err *e);
/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" and full. */
void cg_stats_parse_pressure(const char *text, struct cg_stat_pressure *ret);
/* "0-2,7"; more than a few thousand numbers are cut. */
must_use int cg_stats_parse_ranges(const char *text, struct cg_stat_list *ret, struct err *e);
/* Column number `column`, from 0, of each line that begins with a digit; with -1 all numbers of the text. */
must_use int cg_stats_parse_numbers(const char *text, int column, struct cg_stat_list *ret, struct err *e);

/* ---- out of memory ---- */

/*
 * Something to poll for, that tells of the OOM killer in the container's memory cgroup: *ret_fd with *ret_events; -1 where
 * there is no memory controller.  cg_oom_take() after each poll says how many times it was at work since the last.
 */
struct cg_oom {
	int fd;			/* v1: an eventfd; v2: memory.events */
	bool is_v2;
	uint64_t seen;
};
#define CG_OOM_INIT { .fd = -1 }
must_use int cg_oom_watch(const struct cg *cg, struct cg_oom *ret, struct err *e);
short cg_oom_events(const struct cg_oom *o);
uint64_t cg_oom_take(struct cg_oom *o);

#endif
