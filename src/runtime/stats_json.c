/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/stats_json.h"

#include <inttypes.h>

/* A member that runc leaves out when it is 0; first: nothing stands before it in its object. */
static void optional(FILE *out, bool *first, const char *name, uint64_t value)
{
	if (value == 0)
		return;
	fprintf(out, "%s\"%s\":%" PRIu64, *first ? "" : ",", name, value);
	*first = false;
}

static void numbers(FILE *out, const char *name, const struct cg_stat_list *l)
{
	const uint64_t *v = l->v;

	if (l->n == 0)
		return;
	fprintf(out, "\"%s\":", name);
	for (size_t i = 0; i < l->n; i++)
		fprintf(out, "%c%" PRIu64, i == 0 ? '[' : ',', v[i]);
	fprintf(out, "],");
}

static void pressure(FILE *out, const char *before, const struct cg_stat_pressure *p)
{
	if (!p->present)
		return;
	fprintf(out, "%s\"psi\":{\"some\":{\"avg10\":%g,\"avg60\":%g,\"avg300\":%g,\"total\":%" PRIu64 "},", before,
		p->some.avg10, p->some.avg60, p->some.avg300, p->some.total);
	fprintf(out, "\"full\":{\"avg10\":%g,\"avg60\":%g,\"avg300\":%g,\"total\":%" PRIu64 "}}", p->full.avg10, p->full.avg60,
		p->full.avg300, p->full.total);
}

static void cpu(FILE *out, const struct cg_stats *s)
{
	bool first = true;

	fprintf(out, "\"cpu\":{\"usage\":{\"total\":%" PRIu64 ",", s->cpu_total);
	numbers(out, "percpu", &s->percpu);
	numbers(out, "percpu_kernel", &s->percpu_kernel);
	numbers(out, "percpu_user", &s->percpu_user);
	fprintf(out, "\"kernel\":%" PRIu64 ",\"user\":%" PRIu64 "},\"throttling\":{", s->cpu_kernel, s->cpu_user);
	optional(out, &first, "periods", s->periods);
	optional(out, &first, "throttledPeriods", s->throttled_periods);
	optional(out, &first, "throttledTime", s->throttled_time);
	fprintf(out, "}");
	pressure(out, ",", &s->cpu_pressure);
	fprintf(out, "}");
}

static void cpuset(FILE *out, const struct cg_stats *s)
{
	fprintf(out, ",\"cpuset\":{");
	numbers(out, "cpus", &s->cpus);
	for (int i = 0; i < CG_CPUSET_NUMBERS; i++) {
		/* the memory nodes stand behind the first number */
		if (i == 1)
			numbers(out, "mems", &s->mems);
		fprintf(out, "\"%s\":%" PRId64 "%s", cg_cpuset_names[i], s->cpuset[i], i + 1 < CG_CPUSET_NUMBERS ? "," : "");
	}
	fprintf(out, "}");
}

static void memory_part(FILE *out, const char *name, const struct cg_stat_memory *m)
{
	bool first = false;

	fprintf(out, "\"%s\":{\"limit\":%" PRIu64, name, m->limit);
	optional(out, &first, "usage", m->usage);
	optional(out, &first, "max", m->max);
	fprintf(out, ",\"failcnt\":%" PRIu64 "}", m->failcnt);
}

static void memory(FILE *out, const struct cg_stats *s)
{
	const struct cg_stat_value *raw = s->raw.v;
	bool first = true;

	fprintf(out, ",\"memory\":{");
	optional(out, &first, "cache", s->cache);
	fprintf(out, "%s", first ? "" : ",");
	memory_part(out, "usage", &s->memory);
	fprintf(out, ",");
	memory_part(out, "swap", &s->swap);
	fprintf(out, ",");
	memory_part(out, "kernel", &s->kernel);
	fprintf(out, ",");
	memory_part(out, "kernelTCP", &s->kernel_tcp);
	for (size_t i = 0; i < s->raw.n; i++)
		fprintf(out, "%s\"%s\":%" PRIu64, i == 0 ? ",\"raw\":{" : ",", raw[i].name, raw[i].value);
	fprintf(out, "%s", s->raw.n > 0 ? "}" : "");
	pressure(out, ",", &s->memory_pressure);
	fprintf(out, "}");
}

static void pids(FILE *out, const struct cg_stats *s)
{
	bool first = true;

	fprintf(out, ",\"pids\":{");
	optional(out, &first, "current", s->pids);
	optional(out, &first, "limit", s->pids_limit);
	fprintf(out, "}");
}

static const char *const blkio_names[CG_IO__LISTS] = {
	[CG_IO_BYTES] = "ioServiceBytesRecursive", [CG_IO_SERVICED] = "ioServicedRecursive",
	[CG_IO_QUEUED] = "ioQueueRecursive", [CG_IO_SERVICE_TIME] = "ioServiceTimeRecursive",
	[CG_IO_WAIT_TIME] = "ioWaitTimeRecursive", [CG_IO_MERGED] = "ioMergedRecursive", [CG_IO_TIME] = "ioTimeRecursive",
	[CG_IO_SECTORS] = "sectorsRecursive",
};

static void blkio_entry(FILE *out, const struct cg_stat_io *io)
{
	bool first = true;

	fprintf(out, "{");
	optional(out, &first, "major", io->major);
	optional(out, &first, "minor", io->minor);
	if (*io->op)
		fprintf(out, "%s\"op\":\"%s\"", first ? "" : ",", io->op);
	first = first && !*io->op;
	optional(out, &first, "value", io->value);
	fprintf(out, "}");
}

static void blkio(FILE *out, const struct cg_stats *s)
{
	bool first = true;

	fprintf(out, ",\"blkio\":{");
	for (int k = 0; k < CG_IO__LISTS; k++) {
		const struct cg_stat_io *v = s->blkio[k].v;

		if (s->blkio[k].n == 0)
			continue;
		fprintf(out, "%s\"%s\":[", first ? "" : ",", blkio_names[k]);
		first = false;
		for (size_t i = 0; i < s->blkio[k].n; i++) {
			fprintf(out, "%s", i == 0 ? "" : ",");
			blkio_entry(out, &v[i]);
		}
		fprintf(out, "]");
	}
	pressure(out, first ? "" : ",", &s->io_pressure);
	fprintf(out, "}");
}

static void hugetlb(FILE *out, const struct cg_stats *s)
{
	const struct cg_stat_huge *v = s->hugetlb.v;

	fprintf(out, ",\"hugetlb\":{");
	for (size_t i = 0; i < s->hugetlb.n; i++) {
		bool first = true;

		fprintf(out, "%s\"%s\":{", i == 0 ? "" : ",", v[i].size);
		optional(out, &first, "usage", v[i].usage);
		optional(out, &first, "max", v[i].max);
		fprintf(out, "%s\"failcnt\":%" PRIu64 "}", first ? "" : ",", v[i].failcnt);
	}
	fprintf(out, "}");
}

void stats_json(FILE *out, const char *id, const struct cg_stats *s)
{
	fprintf(out, "{\"type\":\"stats\",\"id\":\"%s\",\"data\":{", id);
	cpu(out, s);
	cpuset(out, s);
	memory(out, s);
	pids(out, s);
	blkio(out, s);
	hugetlb(out, s);
	fprintf(out, ",\"intel_rdt\":{},\"network_interfaces\":null}}\n");
}
