/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "priv/rlimit.h"
#include "base/arr.h"
#include "base/explain.h"
#include "base/fmt.h"
#include "libocispec/oci_config.h"

#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

static const struct {
	const char *name;
	uint32_t resource;
} kinds[] = {
	{ "RLIMIT_AS",         RLIMIT_AS         },
	{ "RLIMIT_CORE",       RLIMIT_CORE       },
	{ "RLIMIT_CPU",        RLIMIT_CPU        },
	{ "RLIMIT_DATA",       RLIMIT_DATA       },
	{ "RLIMIT_FSIZE",      RLIMIT_FSIZE      },
	{ "RLIMIT_LOCKS",      RLIMIT_LOCKS      },
	{ "RLIMIT_MEMLOCK",    RLIMIT_MEMLOCK    },
	{ "RLIMIT_MSGQUEUE",   RLIMIT_MSGQUEUE   },
	{ "RLIMIT_NICE",       RLIMIT_NICE       },
	{ "RLIMIT_NOFILE",     RLIMIT_NOFILE     },
	{ "RLIMIT_NPROC",      RLIMIT_NPROC      },
	{ "RLIMIT_RSS",        RLIMIT_RSS        },
	{ "RLIMIT_RTPRIO",     RLIMIT_RTPRIO     },
	{ "RLIMIT_RTTIME",     RLIMIT_RTTIME     },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK",      RLIMIT_STACK      },
};

static size_t kind_of(const char *name)
{
	size_t i = 0;

	while (i < ARRAY_LEN(kinds) && (!name || strcmp(kinds[i].name, name) != 0))
		i++;
	return i;
}

/* Judges entry i of the list; seen has a bit for each kind that came before. */
static int check_row(const struct oci_rlimit *l, size_t i, const char *from, uint32_t seen, size_t *ret_kind,
		     struct err *e)
{
	size_t kind = kind_of(l->type);

	/* "wrong rlimit value" is what runc says and tests of engines look for. */
	if (kind == ARRAY_LEN(kinds))
		return err_set(e, -EINVAL, "%s[%zu].type: wrong rlimit value: %.*s", from, i, 200,
			       l->type ? l->type : "");
	if (seen >> kind & 1)
		return err_set(e, -EINVAL, "%s[%zu].type: %s is there twice", from, i, l->type);
	if (l->soft > l->hard)
		return err_set(e, -EINVAL, "%s[%zu]: %s: soft limit %llu is above hard limit %llu", from, i,
			       l->type, (unsigned long long)l->soft, (unsigned long long)l->hard);
	*ret_kind = kind;
	return 0;
}

int rlimit_plan(const struct oci_rlimit *v, size_t n, const char *from, struct arena *a,
		struct rlimit_plan *ret_plan, struct err *e)
{
	struct rlimit_row *rows, nofile = { 0 };
	uint32_t seen = 0, done = 0;

	/* Each kind once: more entries than kinds is an error found on the way. */
	rows = ARENA_ARRAY(a, n < ARRAY_LEN(kinds) ? n : ARRAY_LEN(kinds), struct rlimit_row);
	if (!rows)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		struct rlimit_row row;
		size_t kind = 0;

		if (check_row(&v[i], i, from, seen, &kind, e) < 0)
			return e->code;
		seen |= 1u << kind;
		row = (struct rlimit_row){
			.from = arena_fmt(a, "%s[%zu]", from, i),
			.name = arena_str(a, kinds[kind].name),
			.resource = kinds[kind].resource,
			.soft = v[i].soft,
			.hard = v[i].hard,
		};
		if (!row.from || !row.name)
			return err_nomem(e);
		if (row.resource == RLIMIT_NOFILE)
			nofile = row;
		else
			rows[done++] = row;
	}
	if (nofile.name)
		rows[done++] = nofile;
	*ret_plan = (struct rlimit_plan){ rows, done };
	return 0;
}

static const char *limit_text(uint64_t limit, char buf[32])
{
	if (limit == UINT64_MAX)
		return "unlimited";
	fmt(buf, 32, "%llu", (unsigned long long)limit);
	return buf;
}

void rlimit_explain(const struct rlimit_plan *p, struct explain *x)
{
	char soft[32], hard[32];

	for (uint32_t i = 0; i < p->n; i++)
		explain_act(x, p->v[i].from, "%s: soft %s, hard %s", p->v[i].name,
			    limit_text(p->v[i].soft, soft), limit_text(p->v[i].hard, hard));
}
