/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "seccomp/code.h"

/* A conditional jump has eight bits; up to two instructions may come between the decision and the jump. */
enum { REACH = 250 };

static uint32_t put(struct code *c, uint16_t op, uint8_t jt, uint8_t jf, uint32_t k)
{
	if (c->n == CODE_MAX) {
		c->full = true;
		return c->n - 1;
	}
	c->v[c->n] = (struct k_sock_filter){ op, jt, jf, k };
	return c->n++;
}

static uint32_t distance(const struct code *c, uint32_t target)
{
	return c->n - 1 - target;
}

/* A place from which target is reached and which is near itself. */
static uint32_t near(struct code *c, uint32_t target)
{
	if (distance(c, target) <= REACH)
		return target;
	if (c->v[target].code == BPF_RETURN)
		return code_return(c, c->v[target].k);
	return put(c, BPF_GOTO, 0, 0, distance(c, target));
}

/* Makes target the very next instruction. */
static void follow(struct code *c, uint32_t target)
{
	if (distance(c, target) == 0)
		return;
	if (c->v[target].code == BPF_RETURN)
		put(c, BPF_RETURN, 0, 0, c->v[target].k);
	else
		put(c, BPF_GOTO, 0, 0, distance(c, target));
}

uint32_t code_return(struct code *c, uint32_t action)
{
	uint32_t i = 0;

	while (i < c->n_rets && c->rets[i].action != action)
		i++;
	if (i < c->n_rets && distance(c, c->rets[i].at) <= REACH)
		return c->rets[i].at;
	if (i == c->n_rets && c->n_rets < RETS_MAX)
		c->n_rets++;
	else if (i == c->n_rets)
		i = c->n % RETS_MAX;
	c->rets[i].action = action;
	c->rets[i].at = put(c, BPF_RETURN, 0, 0, action);
	return c->rets[i].at;
}

uint32_t code_if(struct code *c, uint16_t op, uint32_t k, uint32_t yes, uint32_t no)
{
	uint32_t y, n;

	if (yes == no)
		return yes;
	y = near(c, yes);
	n = near(c, no);
	return put(c, op, (uint8_t)distance(c, y), (uint8_t)distance(c, n), k);
}

uint32_t code_load(struct code *c, uint32_t offset, uint32_t next)
{
	follow(c, next);
	return put(c, BPF_LOAD, 0, 0, offset);
}

static uint32_t word_offset(uint32_t arg, bool high)
{
	bool second = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? high : !high;

	return DATA_ARGS + arg * 8 + (second ? 4 : 0);
}

static uint32_t high(uint64_t v)
{
	return (uint32_t)(v >> 32);
}

/* One half of a masked comparison; nothing where the mask has no bit. */
static uint32_t masked_word(struct code *c, uint32_t offset, uint32_t mask, uint32_t value, uint32_t yes,
			    uint32_t no)
{
	uint32_t test;

	if (mask == 0)
		return yes;
	test = code_if(c, BPF_IF_EQ, value, yes, no);
	if (mask != UINT32_MAX) {
		follow(c, test);
		test = put(c, BPF_AND, 0, 0, mask);
	}
	return code_load(c, offset, test);
}

/* arg == value, with a mask. */
static uint32_t equal(struct code *c, const struct cond *d, bool is_64, uint32_t yes, uint32_t no)
{
	uint32_t low =
	    masked_word(c, word_offset(d->arg, false), (uint32_t)d->mask, (uint32_t)d->value, yes, no);

	if (!is_64)
		return low;
	return masked_word(c, word_offset(d->arg, true), high(d->mask), high(d->value), low, no);
}

/* arg > value, or >= value: the high words decide, and only when they are equal the low ones do. */
static uint32_t greater(struct code *c, const struct cond *d, bool is_64, uint16_t op, uint32_t yes,
			uint32_t no)
{
	uint32_t low = code_if(c, op, (uint32_t)d->value, yes, no), same;

	low = code_load(c, word_offset(d->arg, false), low);
	if (!is_64)
		return low;
	same = code_if(c, BPF_IF_EQ, high(d->value), low, no);
	return code_load(c, word_offset(d->arg, true), code_if(c, BPF_IF_GT, high(d->value), yes, same));
}

static uint32_t code_cond(struct code *c, const struct cond *d, bool is_64, uint32_t yes, uint32_t no)
{
	switch (d->op) {
	case OP_EQ:
	case OP_MASKED_EQ:
		return equal(c, d, is_64, yes, no);
	case OP_NE:
		return equal(c, d, is_64, no, yes);
	case OP_GT:
		return greater(c, d, is_64, BPF_IF_GT, yes, no);
	case OP_GE:
		return greater(c, d, is_64, BPF_IF_GE, yes, no);
	case OP_LE:
		return greater(c, d, is_64, BPF_IF_GT, no, yes);
	case OP_LT:
		return greater(c, d, is_64, BPF_IF_GE, no, yes);
	}
	return no;
}

static uint32_t code_rule(struct code *c, const struct rule *r, bool is_64, uint32_t no)
{
	uint32_t yes = code_return(c, r->action);

	for (uint32_t i = r->n; i-- > 0;)
		yes = code_cond(c, &r->v[i], is_64, yes, no);
	return yes;
}

/* A rule whose only condition is one plain comparison for equality. */
static bool is_plain(const struct rule *r)
{
	return r->n == 1 && r->v[0].op == OP_EQ;
}

static bool share_word(const struct rule *a, const struct rule *b)
{
	return is_plain(a) && is_plain(b) && a->v[0].arg == b->v[0].arg &&
	       high(a->v[0].value) == high(b->v[0].value);
}

/*
 * Several values of one argument, as personality has them: the high word is looked at once, the low one
 * loaded once.  Rules first … last of the list.
 */
static uint32_t code_values(struct code *c, const struct rule *const *rules, uint32_t first, uint32_t last,
			    bool is_64, uint32_t no)
{
	const struct cond *d = &rules[first]->v[0];
	uint32_t at = no;

	for (uint32_t i = last + 1; i-- > first;) {
		uint32_t yes = code_return(c, rules[i]->action);

		at = code_if(c, BPF_IF_EQ, (uint32_t)rules[i]->v[0].value, yes, at);
	}
	at = code_load(c, word_offset(d->arg, false), at);
	return is_64 ? masked_word(c, word_offset(d->arg, true), UINT32_MAX, high(d->value), at, no) : at;
}

uint32_t code_rules(struct code *c, const struct rule *const *rules, uint32_t n, bool is_64,
		    uint32_t fallback)
{
	uint32_t at = fallback;

	for (uint32_t last = n; last-- > 0;) {
		uint32_t first = last;

		while (first > 0 && share_word(rules[first - 1], rules[last]))
			first--;
		at = first < last ? code_values(c, rules, first, last, is_64, at)
				  : code_rule(c, rules[last], is_64, at);
		last = first;
	}
	return at;
}
