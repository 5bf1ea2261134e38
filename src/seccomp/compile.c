/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A profile becomes a program.  The numbers of an architecture are cut into ranges with one verdict each; a
 * balanced tree of comparisons finds the range; rules with arguments are its leaves.  libseccomp's own
 * program is a list, takes a hundred times as long to make and eight times as long to load
 * (docs/performance.md).
 *
 * Verdicts are libseccomp's, as runc asks for them (tests/unit/seccomp/test_compile.c compares every number):
 *
 *  - the architecture that we run on is in the filter, listed or not; others when listed; the rest is killed,
 *    and so is x32, which the kernel reports as x86_64, when it is not listed;
 *  - a rule without conditions beats all rules of its call, the first of several wins;
 *  - rules with conditions are tried in the order of libseccomp's tree (rule_goes_first());
 *  - runc's addition: when the default refuses calls, numbers above the largest that the profile names on that
 *    architecture give ENOSYS, so that programs fall back from calls which the profile's author could not
 *    know.  A profile that lists no architecture gets no such addition.
 */
#include "seccomp/code.h"
#include "seccomp/listen.h"
#include "seccomp/seccomp.h"
#include "base/arr.h"
#include "libocispec/oci_config.h"

#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

enum {
	DENSE = 1024,			/* numbers from an architecture's base on that are found by index */
	NO_MUX = 0,
	NR_S390_SETUP = 0,
	ARCHES_MAX = 32,
	RULES_OF_CALL_MAX = CODE_MAX,	/* each takes an instruction at least */
};

#define X86_NOT_X32_END	0x40000000u
#define NR_SKIPPED	UINT32_MAX	/* a tracer writes -1 to skip a call: that is no x32 call */
#define ACTION_ENOSYS	(ACTION_ERRNO | ENOSYS)

/* One rule for one number. */
struct item {
	const struct rule *rule;
	uint32_t selector;	/* of a multiplexed call: its first argument must be this; or NO_MUX */
	uint32_t next;		/* index + 1 */
};

/* A number that rules speak of. */
struct call {
	uint32_t nr;
	uint32_t first;		/* item, index + 1 */
	uint32_t last;
};

/* From start to the next range. */
struct range {
	uint32_t start;
	uint32_t action;
	const struct call *call;	/* rules with conditions; else NULL and action counts */
	bool is_64;
};

struct arch {
	const struct arch_row *row;
	bool listed;			/* not only native */
	uint32_t largest;		/* number that the profile names */
	struct call *calls;		/* in the order of their numbers */
	uint32_t n_calls;
	struct item *items;
	uint32_t n_items;
};

/* All that is on the heap while a program is made. */
struct work {
	struct profile profile;
	struct arch arches[ARCHES_MAX];
	size_t n_arches;
	uint32_t dense[DENSE];		/* call, index + 1 */
	struct range *ranges;
	uint32_t n_ranges;
	const struct number_row **rows;	/* of each name of each entry */
	const char **unknown;		/* names that libseccomp has on no architecture */
	uint32_t n_unknown;
	struct rule *bound;		/* the rules of one call, selectors filled in */
	const struct rule **order;
	struct code code;
};

static void work_free(struct work **w)
{
	if (!*w)
		return;
	profile_free(&(*w)->profile);
	for (size_t i = 0; i < (*w)->n_arches; i++) {
		free((*w)->arches[i].calls);
		free((*w)->arches[i].items);
	}
	free((*w)->ranges);
	free((*w)->rows);
	free((*w)->unknown);
	free((*w)->bound);
	free((*w)->order);
	free(*w);
	*w = NULL;
}
#define auto_work __attribute__((cleanup(work_free)))

/* ---- which rules speak of which number ---- */

static uint32_t find_call(const struct work *w, const struct arch *a, uint32_t nr)
{
	if (nr - a->row->base < DENSE)
		return w->dense[nr - a->row->base];
	for (uint32_t i = a->n_calls; i > 0; i--)
		if (a->calls[i - 1].nr == nr)
			return i;
	return 0;
}

static void add_item(struct work *w, struct arch *a, uint32_t nr, uint32_t selector, const struct rule *r)
{
	uint32_t call = find_call(w, a, nr), item;

	a->items[a->n_items] = (struct item){ .rule = r, .selector = selector };
	item = ++a->n_items;
	if (call == 0) {
		a->calls[a->n_calls] = (struct call){ .nr = nr, .first = item, .last = item };
		call = ++a->n_calls;
		if (nr - a->row->base < DENSE)
			w->dense[nr - a->row->base] = call;
	} else {
		a->items[a->calls[call - 1].last - 1].next = item;
		a->calls[call - 1].last = item;
	}
}

static void add_name(struct work *w, struct arch *a, const char *name, int nr, const struct entry *entry)
{
	struct mux_call mux;

	/* A call that exists elsewhere only has a number below -1; the first architecture speaks for all. */
	if (nr == __NR_SCMP_ERROR && a == w->arches)
		w->unknown[w->n_unknown++] = name;
	if (nr >= 0 && (uint32_t)nr > a->largest)
		a->largest = (uint32_t)nr;
	for (size_t i = 0; i < entry->n; i++) {
		const struct rule *r = &w->profile.rules[entry->first + i];

		if (nr >= 0) {
			add_item(w, a, (uint32_t)nr, NO_MUX, r);
		} else if (mux_find(a->row, nr, &mux)) {
			add_item(w, a, mux.call, mux.selector, r);
			if (mux.direct > 0)
				add_item(w, a, mux.direct, NO_MUX, r);
		}
	}
}

static int by_number(const void *x, const void *y)
{
	const struct call *a = x, *b = y;

	return a->nr < b->nr ? -1 : a->nr > b->nr;
}

/* The calls in order: those with a place in dense are, the few others (ARM has some far up) are sorted. */
static int sort_calls(struct work *w, struct arch *a, struct err *e)
{
	struct call *sorted = reallocarray(NULL, a->n_calls + 1, sizeof(*sorted));
	uint32_t n = 0, n_dense;

	if (!sorted)
		return err_sys(e, -ENOMEM, "linux.seccomp");
	for (size_t i = 0; i < DENSE; i++)
		if (w->dense[i] > 0)
			sorted[n++] = a->calls[w->dense[i] - 1];
	n_dense = n;
	for (uint32_t i = 0; n < a->n_calls && i < a->n_calls; i++)
		if (a->calls[i].nr - a->row->base >= DENSE)
			sorted[n++] = a->calls[i];
	if (n > n_dense)
		qsort(sorted + n_dense, n - n_dense, sizeof(*sorted), by_number);
	free(a->calls);
	a->calls = sorted;
	return 0;
}

static int read_arch(struct work *w, struct arch *a, size_t n_pairs, struct err *e)
{
	size_t name = 0;

	/* A multiplexed name is two. */
	a->items = reallocarray(NULL, 2 * n_pairs + 1, sizeof(*a->items));
	a->calls = reallocarray(NULL, 2 * n_pairs + 1, sizeof(*a->calls));
	if (!a->items || !a->calls)
		return err_sys(e, -ENOMEM, "linux.seccomp");
	memset(w->dense, 0, sizeof(w->dense));
	for (size_t i = 0; i < w->profile.n_entries; i++) {
		const struct entry *entry = &w->profile.entries[i];

		for (size_t j = 0; j < entry->from->n_names; j++, name++)
			add_name(w, a, entry->from->names[j],
				 number_of(w->rows[name], entry->from->names[j], a->row), entry);
	}
	return sort_calls(w, a, e);
}

/* ---- the rules of one call ---- */

/* Sorts like libseccomp's nodes: what is larger here is tried first. */
struct weight {
	uint32_t word;		/* argument, and whether it is its high half */
	uint32_t op;
	uint32_t value;
};

static struct weight weigh(const struct cond *d, bool high)
{
	static const uint32_t ops[] = {
		[OP_EQ] = 3, [OP_NE] = 3, [OP_MASKED_EQ] = 3, [OP_LE] = 2, [OP_LT] = 2, [OP_GE] = 1, [OP_GT] = 1,
	};
	uint32_t value = (uint32_t)(high ? d->value >> 32 : d->value);

	/* The narrower of two ranges first. */
	if (d->op == OP_LE || d->op == OP_LT)
		value = ~value;
	return (struct weight){ d->arg * 2 + high, ops[d->op], value };
}

static int compare_weights(struct weight a, struct weight b)
{
	if (a.word != b.word)
		return a.word > b.word ? -1 : 1;
	if (a.op != b.op)
		return a.op > b.op ? -1 : 1;
	return a.value == b.value ? 0 : a.value > b.value ? -1 : 1;
}

/* The halves that are compared at all, of all conditions, in order.  Returns their number. */
static uint32_t weigh_rule(const struct rule *r, bool is_64, struct weight out[2 * ARGS_MAX])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->n; i++) {
		if (is_64 && r->v[i].mask >> 32 != 0)
			out[n++] = weigh(&r->v[i], true);
		if ((uint32_t)r->v[i].mask != 0)
			out[n++] = weigh(&r->v[i], false);
	}
	return n;
}

/*
 * libseccomp keeps the conditions of a call in a tree, sorted at each level; so when two rules with different
 * actions hold at once, it is not the first in the profile that wins.  Of two that begin alike the longer one
 * goes first: libseccomp refuses such a pair (and runc with it the profile), but where calls are multiplexed
 * podman's own profile has one.
 */
static bool rule_goes_first(const struct rule *a, const struct rule *b, bool is_64)
{
	struct weight x[2 * ARGS_MAX], y[2 * ARGS_MAX];
	uint32_t n = weigh_rule(a, is_64, x), m = weigh_rule(b, is_64, y);

	for (uint32_t i = 0; i < n && i < m; i++) {
		int c = compare_weights(x[i], y[i]);

		if (c != 0)
			return c < 0;
	}
	return n > m;
}

static void bind_selector(struct rule *r, uint32_t selector)
{
	bool has_first = r->n > 0 && r->v[0].arg == 0;

	if (selector == NO_MUX)
		return;
	/* A condition on the first argument of the call itself cannot be had: it is behind a pointer here. */
	if (!has_first) {
		memmove(&r->v[1], &r->v[0], r->n * sizeof(r->v[0]));
		r->n++;
	}
	r->v[0] = (struct cond){ .arg = 0, .op = OP_EQ, .mask = UINT64_MAX, .value = selector };
}

/* No conditions, or none that looks at a bit. */
static bool always_holds(const struct rule *r, bool is_64)
{
	for (uint32_t i = 0; i < r->n; i++)
		if ((is_64 ? r->v[i].mask : (uint32_t)r->v[i].mask) != 0)
			return false;
	return true;
}

/* The rules of a call, bound and in order, into w->order.  Returns their number; -1 when there are too many. */
static int order_rules(struct work *w, const struct arch *a, const struct call *call)
{
	int n = 0;

	for (uint32_t i = call->first; i > 0; i = a->items[i - 1].next) {
		const struct item *item = &a->items[i - 1];
		struct rule *r = &w->bound[n];
		int at = n;

		*r = *item->rule;
		bind_selector(r, item->selector);
		for (; at > 0 && rule_goes_first(r, w->order[at - 1], a->row->is_64); at--)
			w->order[at] = w->order[at - 1];
		w->order[at] = r;
		if (++n == RULES_OF_CALL_MAX)
			return -1;
	}
	return n;
}

/* ---- ranges ---- */

static void add_range(struct work *w, struct range r)
{
	struct range *prev = w->n_ranges > 0 ? &w->ranges[w->n_ranges - 1] : NULL;

	if (prev && prev->start == r.start)
		w->n_ranges--;
	prev = w->n_ranges > 0 ? &w->ranges[w->n_ranges - 1] : NULL;
	if (prev && !prev->call && !r.call && prev->action == r.action)
		return;
	w->ranges[w->n_ranges++] = r;
}

static void add_constant(struct work *w, uint32_t start, uint32_t action)
{
	add_range(w, (struct range){ .start = start, .action = action });
}

/* Unknown calls get ENOSYS only where known ones are refused at all; TRACE leaves it to the tracer. */
static bool default_refuses(uint32_t action)
{
	uint32_t kind = action & 0xffff0000u;

	return kind != ACTION_ALLOW && kind != ACTION_LOG && kind != ACTION_TRACE;
}

static void add_arch_ranges(struct work *w, const struct arch *a)
{
	uint32_t standard = w->profile.default_action, next = a->row->base;
	bool limited = a->listed && a->largest > 0 && default_refuses(standard);

	add_constant(w, next, standard);
	/* s390 puts large numbers through setup(2): one that the kernel does not know arrives as that. */
	if (limited && (a->row->token == SCMP_ARCH_S390 || a->row->token == SCMP_ARCH_S390X)) {
		add_constant(w, NR_S390_SETUP, ACTION_ENOSYS);
		next = NR_S390_SETUP + 1;
	}
	for (uint32_t i = 0; i < a->n_calls; i++) {
		const struct call *call = &a->calls[i];
		const struct item *item = &a->items[call->first - 1];
		bool is_constant = false;
		uint32_t action = 0;

		if (limited && call->nr > a->largest)
			break;
		if (call->nr < next)
			continue;
		/* A rule without conditions decides, wherever it stands. */
		for (; !is_constant; item = &a->items[item->next - 1]) {
			is_constant = item->selector == NO_MUX && always_holds(item->rule, a->row->is_64);
			action = item->rule->action;
			if (item->next == 0)
				break;
		}
		if (call->nr > next)
			add_constant(w, next, standard);
		add_range(w, (struct range){ .start = call->nr, .action = action, .is_64 = a->row->is_64,
					     .call = is_constant ? NULL : call });
		next = call->nr + 1;
	}
	/* The largest may be no call here: what an entry says that says what the default says is left out. */
	if (!limited || next <= a->largest)
		add_constant(w, next, standard);
	if (limited)
		add_constant(w, a->largest + 1, ACTION_ENOSYS);
}

/* ---- the program ---- */

static const struct arch *arch_of_range(const struct work *w, const struct range *r)
{
	for (size_t i = 0; i < w->n_arches; i++)
		if (r->call >= w->arches[i].calls && r->call < w->arches[i].calls + w->arches[i].n_calls)
			return &w->arches[i];
	return NULL;
}

static uint32_t code_leaf(struct work *w, const struct range *r)
{
	const struct arch *a = r->call ? arch_of_range(w, r) : NULL;
	int n;

	if (!a)
		return code_return(&w->code, r->action);
	n = order_rules(w, a, r->call);
	if (n < 0) {
		w->code.full = true;
		return 0;
	}
	return code_rules(&w->code, w->order, (uint32_t)n, r->is_64,
			  code_return(&w->code, w->profile.default_action));
}

/* One number between two ranges that agree: a test for equality saves one for order. */
static bool is_hole(const struct range *r)
{
	return !r[0].call && !r[2].call && r[0].action == r[2].action && r[2].start - r[1].start == 1;
}

static uint32_t code_tree(struct work *w, uint32_t first, uint32_t n)
{
	const struct range *r = &w->ranges[first];
	uint32_t left = n / 2, high, low;

	if (w->code.full)
		return 0;
	if (n == 1)
		return code_leaf(w, r);
	if (n == 3 && is_hole(r)) {
		high = code_leaf(w, &r[1]);
		low = code_leaf(w, &r[0]);
		return code_if(&w->code, BPF_IF_EQ, r[1].start, high, low);
	}
	high = code_tree(w, first + left, n - left);
	low = code_tree(w, first, left);
	return code_if(&w->code, BPF_IF_GE, r[left].start, high, low);
}

/* All architectures that the kernel reports under one number: a is the first of them. */
static uint32_t code_arch(struct work *w, const struct arch *a)
{
	bool has_x32 = false;

	w->n_ranges = 0;
	add_constant(w, 0, w->profile.default_action);
	/* x86_64 comes before x32 in numbers, whatever the order in the profile. */
	for (int x32 = 0; x32 <= 1; x32++)
		for (size_t i = 0; i < w->n_arches; i++)
			if (w->arches[i].row->audit == a->row->audit &&
			    (w->arches[i].row->base == X86_NOT_X32_END) == x32) {
				has_x32 |= x32;
				add_arch_ranges(w, &w->arches[i]);
			}
	if (a->row->audit == SCMP_ARCH_X86_64 && !has_x32) {
		add_constant(w, X86_NOT_X32_END, ACTION_KILL_THREAD);
		add_constant(w, NR_SKIPPED, w->profile.default_action);
	}
	return code_load(&w->code, DATA_NR, code_tree(w, 0, w->n_ranges));
}

static bool seen_before(const struct work *w, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (w->arches[j].row->audit == w->arches[i].row->audit)
			return true;
	return false;
}

static void code_all(struct work *w)
{
	uint32_t entries[ARCHES_MAX] = { 0 }, at;

	/* The last written is the first executed, and nearest to the dispatch: the native one. */
	for (size_t i = w->n_arches; i-- > 0;)
		if (!seen_before(w, i))
			entries[i] = code_arch(w, &w->arches[i]);
	at = code_return(&w->code, ACTION_KILL_THREAD);
	for (size_t i = w->n_arches; i-- > 0;)
		if (!seen_before(w, i))
			at = code_if(&w->code, BPF_IF_EQ, w->arches[i].row->audit, entries[i], at);
	code_load(&w->code, DATA_ARCH, at);
}

/* ---- all of it ---- */

static void add_arch(struct work *w, const struct arch_row *row, bool listed)
{
	for (size_t i = 0; i < w->n_arches; i++)
		if (w->arches[i].row == row) {
			w->arches[i].listed |= listed;
			return;
		}
	/* There are fewer rows than places. */
	w->arches[w->n_arches++] = (struct arch){ .row = row, .listed = listed };
}

/* Memory for the largest case, so that nothing has to grow.  Not cleared: most of it will not be touched. */
static int prepare(struct work *w, const struct oci_seccomp *s, size_t *ret_n_pairs, struct err *e)
{
	size_t n = 0, n_names = 0;

	for (size_t i = 0; i < w->profile.n_entries; i++) {
		n += w->profile.entries[i].n * w->profile.entries[i].from->n_names;
		n_names += w->profile.entries[i].from->n_names;
	}
	add_arch(w, arch_native(), false);
	for (size_t i = 0; i < s->n_architectures; i++)
		add_arch(w, arch_find(s->architectures[i]), true);
	/* Two architectures may share their numbers' space; a call is a range and may have one behind it. */
	w->ranges = reallocarray(NULL, 8 * n + 16, sizeof(*w->ranges));
	w->bound = reallocarray(NULL, RULES_OF_CALL_MAX, sizeof(*w->bound));
	w->order = reallocarray(NULL, RULES_OF_CALL_MAX, sizeof(*w->order));
	w->rows = reallocarray(NULL, n_names + 1, sizeof(*w->rows));
	w->unknown = reallocarray(NULL, n_names + 1, sizeof(*w->unknown));
	if (!w->ranges || !w->bound || !w->order || !w->rows || !w->unknown)
		return err_sys(e, -ENOMEM, "linux.seccomp");
	n_names = 0;
	for (size_t i = 0; i < w->profile.n_entries; i++)
		for (size_t j = 0; j < w->profile.entries[i].from->n_names; j++)
			w->rows[n_names++] = number_find(w->profile.entries[i].from->names[j]);
	*ret_n_pairs = n;
	return 0;
}

/* The specification wants unknown names ignored; the log may want to know. */
static int keep_unknown(const struct work *w, struct arena *a, struct seccomp_plan *p, struct err *e)
{
	p->unknown = arena_strv(a, w->unknown, w->n_unknown);
	p->n_unknown = w->n_unknown;
	return p->unknown ? 0 : err_nomem(e);
}

/* The program in the order of execution. */
static int keep(const struct code *c, struct arena *a, struct seccomp_plan *p, struct err *e)
{
	struct k_sock_filter *f = ARENA_ARRAY(a, c->n, struct k_sock_filter);

	if (!f)
		return err_nomem(e);
	for (uint32_t i = 0; i < c->n; i++)
		f[i] = c->v[c->n - 1 - i];
	p->filter = f;
	p->n = c->n;
	return 0;
}

int seccomp_compile(const struct oci_seccomp *s, struct arena *a, struct seccomp_plan *ret_plan,
		    struct err *e)
{
	auto_work struct work *w = NULL;
	struct seccomp_plan p = { .wanted = true };
	size_t n_pairs = 0;

	if (!s) {
		*ret_plan = (struct seccomp_plan){ 0 };
		return 0;
	}
	w = calloc(1, sizeof(*w));
	if (!w)
		return err_sys(e, -ENOMEM, "linux.seccomp");
	if (profile_read(s, &w->profile, e) < 0 || prepare(w, s, &n_pairs, e) < 0)
		return e->code;
	for (size_t i = 0; i < w->n_arches; i++)
		if (read_arch(w, &w->arches[i], n_pairs, e) < 0)
			return e->code;
	code_all(w);
	if (w->code.full)
		return err_set(e, -E2BIG, "linux.seccomp: the filter has more than the %d instructions that the "
			       "kernel takes", CODE_MAX);
	p.flags = w->profile.flags;
	if (keep(&w->code, a, &p, e) < 0 || seccomp_split(&p, a, e) < 0 || keep_unknown(w, a, &p, e) < 0)
		return e->code;
	*ret_plan = p;
	return 0;
}
