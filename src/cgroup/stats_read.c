/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which files the numbers of stats.h are in. */
#include "cgroup/stats.h"
#include "cgroup/dir.h"
#include "cgroup/host.h"
#include "sys/file.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { NS_PER_USEC = 1000, NS_PER_SEC = 1000000000 };

const char *const cg_cpuset_names[CG_CPUSET_NUMBERS] = {
	"cpu_exclusive", "mem_hardwall", "mem_exclusive", "memory_migrate", "memory_spread_page", "memory_spread_slab",
	"memory_pressure", "sched_load_balance", "sched_relax_domain_level",
};

static char nothing[1];		/* "", of a file that is not there */

static void free_text(char **text)
{
	if (*text != nothing)
		free(*text);
}
#define auto_text __attribute__((cleanup(free_text)))

/* The file as text; "" when it is not there, which is no error: a controller may lack what another kernel has. */
static char *text_of(const struct cg_dir *d, const char *file)
{
	struct err ignored = { 0 };
	char *text = d->fd < 0 ? NULL : cg_read_whole(d->fd, file, &ignored);

	return text ? text : nothing;
}

/* 0 when it is missing; UINT64_MAX for "max". */
static uint64_t number_in(const struct cg_dir *d, const char *file)
{
	char text[64];

	if (d->fd < 0 || sys_read_at(d->fd, file, text, sizeof(text)) < 0)
		return 0;
	return strncmp(text, "max", 3) == 0 ? UINT64_MAX : strtoull(text, NULL, 10);
}

static int read_flat(const struct cg_dir *d, const char *file, struct cg_stat_list *ret, struct err *e)
{
	auto_text char *text = text_of(d, file);

	return cg_stats_parse_flat(text, ret, e);
}

static void read_pressure(const struct cg_dir *d, const char *file, struct cg_stat_pressure *ret)
{
	auto_text char *text = text_of(d, file);

	cg_stats_parse_pressure(text, ret);
}

/* ---- v1 ---- */

static int read_numbers(const struct cg_dir *d, const char *file, int column, struct cg_stat_list *ret, struct err *e)
{
	auto_text char *text = text_of(d, file);

	return cg_stats_parse_numbers(text, column, ret, e);
}

static int read_cpuacct(const struct cg_dir *d, struct cg_stats *s, struct err *e)
{
	struct cg_stat_list stat = { 0 };
	const uint64_t tick = NS_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK);

	if (read_flat(d, "cpuacct.stat", &stat, e) < 0)
		return e->code;
	s->cpu_total = number_in(d, "cpuacct.usage");
	s->cpu_user = cg_stats_get(&stat, "user") * tick;
	s->cpu_kernel = cg_stats_get(&stat, "system") * tick;
	free(stat.v);
	if (read_numbers(d, "cpuacct.usage_percpu", -1, &s->percpu, e) < 0 ||
	    read_numbers(d, "cpuacct.usage_all", 1, &s->percpu_user, e) < 0)
		return e->code;
	return read_numbers(d, "cpuacct.usage_all", 2, &s->percpu_kernel, e);
}

static int read_throttling(const struct cg_dir *d, struct cg_stats *s, struct err *e)
{
	struct cg_stat_list stat = { 0 };

	if (read_flat(d, "cpu.stat", &stat, e) < 0)
		return e->code;
	s->periods = cg_stats_get(&stat, "nr_periods");
	s->throttled_periods = cg_stats_get(&stat, "nr_throttled");
	s->throttled_time = cg_stats_get(&stat, "throttled_time") + cg_stats_get(&stat, "throttled_usec") * NS_PER_USEC;
	if (d->is_v2) {
		s->cpu_total = cg_stats_get(&stat, "usage_usec") * NS_PER_USEC;
		s->cpu_user = cg_stats_get(&stat, "user_usec") * NS_PER_USEC;
		s->cpu_kernel = cg_stats_get(&stat, "system_usec") * NS_PER_USEC;
	}
	free(stat.v);
	return 0;
}

static int read_cpuset(const struct cg_dir *d, struct cg_stats *s, struct err *e)
{
	auto_text char *cpus = text_of(d, "cpuset.cpus");
	auto_text char *mems = text_of(d, "cpuset.mems");

	for (int i = 0; i < CG_CPUSET_NUMBERS; i++) {
		char file[64], text[32];

		snprintf(file, sizeof(file), "cpuset.%s", cg_cpuset_names[i]);
		if (d->fd >= 0 && sys_read_at(d->fd, file, text, sizeof(text)) > 0)
			s->cpuset[i] = strtoll(text, NULL, 10);
	}
	if (!cpus || !mems)
		return err_nomem(e);
	return cg_stats_parse_ranges(cpus, &s->cpus, e) < 0 ? e->code : cg_stats_parse_ranges(mems, &s->mems, e);
}

static struct cg_stat_memory memory_v1(const struct cg_dir *d, const char *part)
{
	static const char *const files[] = { "limit_in_bytes", "usage_in_bytes", "max_usage_in_bytes", "failcnt" };
	uint64_t n[4];

	for (int i = 0; i < 4; i++) {
		char file[64];

		snprintf(file, sizeof(file), "memory.%s%s", part, files[i]);
		n[i] = number_in(d, file);
	}
	return (struct cg_stat_memory){ n[0], n[1], n[2], n[3] };
}

static int read_memory_v1(const struct cg_dir *d, struct cg_stats *s, struct err *e)
{
	s->memory = memory_v1(d, "");
	s->swap = memory_v1(d, "memsw.");
	s->kernel = memory_v1(d, "kmem.");
	s->kernel_tcp = memory_v1(d, "kmem.tcp.");
	if (read_flat(d, "memory.stat", &s->raw, e) < 0)
		return e->code;
	s->cache = cg_stats_get(&s->raw, "cache");
	return 0;
}

/* The first group whose first file has entries; what throttling counts is always there. */
static const char *const io_groups[][CG_IO__LISTS] = {
	{ "blkio.bfq.io_service_bytes_recursive", "blkio.bfq.io_serviced_recursive", "blkio.bfq.io_queued_recursive",
	  "blkio.bfq.io_service_time_recursive", "blkio.bfq.io_wait_time_recursive", "blkio.bfq.io_merged_recursive",
	  "blkio.bfq.time_recursive", "blkio.bfq.sectors_recursive" },
	{ "blkio.io_service_bytes_recursive", "blkio.io_serviced_recursive", "blkio.io_queued_recursive",
	  "blkio.io_service_time_recursive", "blkio.io_wait_time_recursive", "blkio.io_merged_recursive",
	  "blkio.time_recursive", "blkio.sectors_recursive" },
	{ "blkio.throttle.io_service_bytes", "blkio.throttle.io_serviced" },
};

static int read_blkio_v1(const struct cg_dir *d, struct cg_stats *s, struct err *e)
{
	for (size_t g = 0; g < sizeof(io_groups) / sizeof(io_groups[0]) && s->blkio[0].n == 0; g++)
		for (int i = 0; i < CG_IO__LISTS && io_groups[g][i]; i++) {
			auto_text char *text = text_of(d, io_groups[g][i]);

			if (cg_stats_parse_blkio(text, &s->blkio[i], e) < 0)
				return e->code;
		}
	return 0;
}

/* ---- v2 ---- */

static struct cg_stat_memory memory_v2(const struct cg_dir *d, const char *part)
{
	static const char *const files[] = { "max", "current", "peak" };
	uint64_t n[3];

	for (int i = 0; i < 3; i++) {
		char file[64];

		snprintf(file, sizeof(file), "memory.%s%s", part, files[i]);
		n[i] = number_in(d, file);
	}
	return (struct cg_stat_memory){ .limit = n[0], .usage = n[1], .max = n[2] };
}

/* v1 counts memory and swap together, and so does whoever reads this; of two peaks there is no common one. */
static int read_memory_v2(const struct cg_dir *d, struct cg_stats *s, struct err *e)
{
	s->memory = memory_v2(d, "");
	s->swap = memory_v2(d, "swap.");
	s->swap.max = 0;
	s->swap.usage += s->memory.usage;
	if (s->swap.limit != UINT64_MAX)
		s->swap.limit = s->memory.limit == UINT64_MAX ? UINT64_MAX : s->swap.limit + s->memory.limit;
	read_pressure(d, "memory.pressure", &s->memory_pressure);
	if (read_flat(d, "memory.stat", &s->raw, e) < 0)
		return e->code;
	s->cache = cg_stats_get(&s->raw, "file");
	return 0;
}

static int read_io_v2(const struct cg_dir *d, struct cg_stats *s, struct err *e)
{
	auto_text char *text = text_of(d, "io.stat");

	read_pressure(d, "io.pressure", &s->io_pressure);
	return cg_stats_parse_io(text, s, e);
}

static int read_cpu_v2(const struct cg_dir *d, struct cg_stats *s, struct err *e)
{
	read_pressure(d, "cpu.pressure", &s->cpu_pressure);
	return read_throttling(d, s, e);
}

/* ---- both ---- */

static int read_pids(const struct cg_dir *d, struct cg_stats *s, struct err *e)
{
	uint64_t limit = number_in(d, "pids.max");

	(void)e;
	s->pids = number_in(d, "pids.current");
	s->pids_limit = limit == UINT64_MAX ? 0 : limit;
	return 0;
}

/* Page sizes are those of the host: /sys/kernel/mm/hugepages/hugepages-2048kB is called 2MB here. */
static const struct {
	const char *name;
} huge_sizes[] = { { "64KB" }, { "1MB" }, { "2MB" }, { "16MB" }, { "32MB" }, { "512MB" }, { "1GB" }, { "2GB" }, { "16GB" } };

static int add_huge(const struct cg_dir *d, const char *size, struct cg_stats *s, struct err *e)
{
	char file[64];
	struct cg_stat_huge h = { .usage = 0 }, *v;
	struct stat st;

	snprintf(file, sizeof(file), "hugetlb.%s.%s", size, d->is_v2 ? "current" : "usage_in_bytes");
	if (d->fd < 0 || sys_fstatat(d->fd, file, 0, &st) < 0)
		return 0;
	h.usage = number_in(d, file);
	if (d->is_v2) {
		struct cg_stat_list events = { 0 };

		snprintf(file, sizeof(file), "hugetlb.%s.events", size);
		if (read_flat(d, file, &events, e) < 0)
			return e->code;
		h.failcnt = cg_stats_get(&events, "max");
		free(events.v);
	} else {
		snprintf(file, sizeof(file), "hugetlb.%s.max_usage_in_bytes", size);
		h.max = number_in(d, file);
		snprintf(file, sizeof(file), "hugetlb.%s.failcnt", size);
		h.failcnt = number_in(d, file);
	}
	snprintf(h.size, sizeof(h.size), "%s", size);
	v = reallocarray(s->hugetlb.v, s->hugetlb.n + 1, sizeof(*v));
	if (!v)
		return err_nomem(e);
	s->hugetlb.v = v;
	v[s->hugetlb.n++] = h;
	return 0;
}

static int read_hugetlb(const struct cg_dir *d, struct cg_stats *s, struct err *e)
{
	for (size_t i = 0; i < sizeof(huge_sizes) / sizeof(huge_sizes[0]); i++)
		if (add_huge(d, huge_sizes[i].name, s, e) < 0)
			return e->code;
	return 0;
}

static const struct {
	enum cg_controller controller;
	int (*v1)(const struct cg_dir *d, struct cg_stats *s, struct err *e);
	int (*v2)(const struct cg_dir *d, struct cg_stats *s, struct err *e);
} readers[] = {
	{ CG_CPUACCT, read_cpuacct,    NULL },
	{ CG_CPU,     read_throttling, read_cpu_v2 },
	{ CG_CPUSET,  read_cpuset,     NULL },
	{ CG_MEMORY,  read_memory_v1,  read_memory_v2 },
	{ CG_PIDS,    read_pids,       read_pids },
	{ CG_IO,      read_blkio_v1,   read_io_v2 },
	{ CG_HUGETLB, read_hugetlb,    read_hugetlb },
};

static const struct cg_dir *place_of(const struct cg *cg, enum cg_controller c)
{
	for (size_t i = 0; i < cg->n; i++)
		if (cg->v[i].controllers & CG_BIT(c))
			return &cg->v[i];
	return NULL;
}

int cg_stats_read(const struct cg *cg, struct cg_stats *ret, struct err *e)
{
	*ret = (struct cg_stats){ 0 };
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		const struct cg_dir *d = place_of(cg, readers[i].controller);
		int (*const read)(const struct cg_dir *, struct cg_stats *, struct err *) =
			!d ? NULL : d->is_v2 ? readers[i].v2 : readers[i].v1;

		if (read && read(d, ret, e) < 0)
			return err_ctx(e, "%s", d->where);
	}
	return 0;
}

void cg_stats_free(struct cg_stats *s)
{
	for (struct cg_stat_list *const l[] = { &s->percpu, &s->percpu_kernel, &s->percpu_user, &s->cpus, &s->mems, &s->raw,
						&s->hugetlb },
	     *const *p = l; p < l + sizeof(l) / sizeof(l[0]); p++)
		free((*p)->v);
	for (int i = 0; i < CG_IO__LISTS; i++)
		free(s->blkio[i].v);
	*s = (struct cg_stats){ 0 };
}

/* ---- out of memory ---- */

static int watch_v1(const struct cg_dir *d, struct err *e)
{
	auto_close int control = sys_openat(d->fd, "memory.oom_control", O_RDONLY, 0);
	auto_close int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	char text[32];
	int rc;

	if (control < 0 || fd < 0)
		return err_sys(e, control < 0 ? control : -errno, "watch for OOM in %s", d->where);
	snprintf(text, sizeof(text), "%d %d", fd, control);
	rc = sys_write_at(d->fd, "cgroup.event_control", text);
	return rc < 0 ? err_sys(e, rc, "write to %s/cgroup.event_control", d->where) : take_fd(fd);
}

static uint64_t kills(int fd)
{
	struct cg_stat_list events = { 0 };
	struct err ignored = { 0 };
	char text[512];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	uint64_t seen = 0;

	if (n < 0)
		return 0;
	text[n] = '\0';
	if (cg_stats_parse_flat(text, &events, &ignored) == 0)
		seen = cg_stats_get(&events, "oom_kill");
	free(events.v);
	return seen;
}

int cg_oom_watch(const struct cg *cg, struct cg_oom *ret, struct err *e)
{
	const struct cg_dir *d = place_of(cg, CG_MEMORY);
	int fd;

	*ret = (struct cg_oom)CG_OOM_INIT;
	if (!d || d->fd < 0)
		return 0;
	fd = d->is_v2 ? sys_openat(d->fd, "memory.events", O_RDONLY, 0) : watch_v1(d, e);
	/* The root of a hierarchy, or a parent that did not switch the controller on, has no such file. */
	if (fd == -ENOENT && d->is_v2)
		return 0;
	if (fd < 0)
		return d->is_v2 ? err_sys(e, fd, "watch for OOM in %s", d->where) : fd;
	*ret = (struct cg_oom){ fd, d->is_v2, d->is_v2 ? kills(fd) : 0 };
	return 0;
}

short cg_oom_events(const struct cg_oom *o)
{
	return o->is_v2 ? POLLPRI : POLLIN;
}

uint64_t cg_oom_take(struct cg_oom *o)
{
	uint64_t now = 0, n;

	if (o->fd < 0)
		return 0;
	if (!o->is_v2)
		return read(o->fd, &now, sizeof(now)) == (ssize_t)sizeof(now) ? now : 0;
	now = kills(o->fd);
	n = now > o->seen ? now - o->seen : 0;
	o->seen = now > o->seen ? now : o->seen;
	return n;
}
