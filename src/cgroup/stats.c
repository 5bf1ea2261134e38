/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The texts that cgroups report in.  Pure: text in, numbers out. */
#include "cgroup/stats.h"

#include <stdlib.h>
#include <string.h>

enum { RANGE_NUMBERS_MAX = 8192 };

static void *grow(struct cg_stat_list *l, size_t item, struct err *e)
{
	void *v;

	if (l->n == l->room) {
		l->room = l->room ? 2 * l->room : 16;
		v = reallocarray(l->v, l->room, item);
		if (!v) {
			err_nomem(e);
			return NULL;
		}
		l->v = v;
	}
	v = (char *)l->v + l->n++ * item;
	memset(v, 0, item);
	return v;
}

static uint64_t number(const char **p)
{
	char *end;
	uint64_t n;

	if (**p < '0' || **p > '9')
		return 0;
	n = strtoull(*p, &end, 10);
	*p = end;
	return n;
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

static int by_name(const void *a, const void *b)
{
	const struct cg_stat_value *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int cg_stats_parse_flat(const char *text, struct cg_stat_list *ret, struct err *e)
{
	for (const char *line = text; *line; line = next_line(line)) {
		size_t len = strcspn(line, " \n");
		const char *p = line + len + 1;
		struct cg_stat_value *v;

		if (line[len] != ' ' || len == 0 || len >= CG_STAT_NAME || *p < '0' || *p > '9')
			continue;
		v = grow(ret, sizeof(*v), e);
		if (!v)
			return e->code;
		memcpy(v->name, line, len);
		v->value = number(&p);
	}
	if (ret->n > 0)
		qsort(ret->v, ret->n, sizeof(struct cg_stat_value), by_name);
	return 0;
}

uint64_t cg_stats_get(const struct cg_stat_list *flat, const char *name)
{
	const struct cg_stat_value *v = flat->v;

	for (size_t i = 0; i < flat->n; i++)
		if (strcmp(v[i].name, name) == 0)
			return v[i].value;
	return 0;
}

/* "8:0 " in front of a line's values. */
static bool device(const char **p, uint64_t *ret_major, uint64_t *ret_minor)
{
	if (**p < '0' || **p > '9')
		return false;
	*ret_major = number(p);
	if (**p != ':')
		return false;
	++*p;
	*ret_minor = number(p);
	if (**p != ' ')
		return false;
	++*p;
	return true;
}

int cg_stats_parse_blkio(const char *text, struct cg_stat_list *ret, struct err *e)
{
	for (const char *line = text; *line; line = next_line(line)) {
		struct cg_stat_io io = { 0 }, *v;
		const char *p = line;
		size_t len;

		if (!device(&p, &io.major, &io.minor))
			continue;	/* "Total 17" */
		len = strcspn(p, " \n");
		if (len < sizeof(io.op) && p[len] == ' ') {
			memcpy(io.op, p, len);
			p += len + 1;
		}
		if (*p < '0' || *p > '9')
			continue;
		io.value = number(&p);
		v = grow(ret, sizeof(*v), e);
		if (!v)
			return e->code;
		*v = io;
	}
	return 0;
}

static const struct {
	const char *key;
	enum cg_stat_blkio list;
	const char *op;
} io_keys[] = {
	{ "rbytes=", CG_IO_BYTES, "Read" },	{ "wbytes=", CG_IO_BYTES, "Write" },
	{ "rios=", CG_IO_SERVICED, "Read" },	{ "wios=", CG_IO_SERVICED, "Write" },
};

/* One value of a line; keys that v1 has nothing like are passed over. */
static int put_io(const char *p, uint64_t major, uint64_t minor, struct cg_stats *s, struct err *e)
{
	for (size_t i = 0; i < sizeof(io_keys) / sizeof(io_keys[0]); i++) {
		size_t len = strlen(io_keys[i].key);
		struct cg_stat_io *v;

		if (strncmp(p, io_keys[i].key, len) != 0)
			continue;
		p += len;
		v = grow(&s->blkio[io_keys[i].list], sizeof(*v), e);
		if (!v)
			return e->code;
		*v = (struct cg_stat_io){ .major = major, .minor = minor, .value = number(&p) };
		memcpy(v->op, io_keys[i].op, strlen(io_keys[i].op));
		return 0;
	}
	return 0;
}

int cg_stats_parse_io(const char *text, struct cg_stats *s, struct err *e)
{
	for (const char *line = text; *line; line = next_line(line)) {
		uint64_t major, minor;
		const char *p = line;

		if (!device(&p, &major, &minor))
			continue;
		while (*p && *p != '\n') {
			if (put_io(p, major, minor, s, e) < 0)
				return e->code;
			p += strcspn(p, " \n");
			p += *p == ' ';
		}
	}
	return 0;
}

static double decimal(const char *line, const char *key)
{
	const char *at = strstr(line, key), *end = strchr(line, '\n');

	return at && (!end || at < end) ? strtod(at + strlen(key), NULL) : 0;
}

void cg_stats_parse_pressure(const char *text, struct cg_stat_pressure *ret)
{
	for (const char *line = text; *line; line = next_line(line)) {
		const bool full = strncmp(line, "full ", 5) == 0;
		const char *total = strstr(line, "total="), *end = strchr(line, '\n');
		__typeof__(ret->some) *to = full ? (void *)&ret->full : &ret->some;

		if (!full && strncmp(line, "some ", 5) != 0)
			continue;
		ret->present = true;
		to->avg10 = decimal(line, "avg10=");
		to->avg60 = decimal(line, "avg60=");
		to->avg300 = decimal(line, "avg300=");
		if (total && (!end || total < end)) {
			total += strlen("total=");
			to->total = number(&total);
		}
	}
}

int cg_stats_parse_ranges(const char *text, struct cg_stat_list *ret, struct err *e)
{
	for (const char *p = text; *p >= '0' && *p <= '9'; p += *p == ',') {
		uint64_t first = number(&p), last = first;

		if (*p == '-') {
			p++;
			last = number(&p);
		}
		for (uint64_t n = first; n <= last && ret->n < RANGE_NUMBERS_MAX; n++) {
			uint64_t *v = grow(ret, sizeof(*v), e);

			if (!v)
				return e->code;
			*v = n;
		}
	}
	return 0;
}

int cg_stats_parse_numbers(const char *text, int column, struct cg_stat_list *ret, struct err *e)
{
	for (const char *line = text; *line; line = next_line(line)) {
		const char *p = line;

		for (int at = 0; *p >= '0' && *p <= '9'; at++, p += *p == ' ') {
			uint64_t n = number(&p);
			uint64_t *v = column < 0 || at == column ? grow(ret, sizeof(*v), e) : NULL;

			if (v)
				*v = n;
			else if (e->code < 0)
				return e->code;
		}
	}
	return 0;
}
