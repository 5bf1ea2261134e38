/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Judges a profile and translates its words. */
#include "seccomp/rule.h"
#include "seccomp/listen.h"
#include "seccomp/seccomp.h"
#include "base/fmt.h"
#include "libocispec/oci_config.h"

#include <stdlib.h>

enum { QUOTE_MAX = 200 };	/* bytes of a wrong word that are shown */

/* Where in the profile something stands; turned into a path only when there is something to say about it. */
struct place {
	const struct oci_syscall *entry;	/* NULL: the profile itself */
	size_t i;				/* of the entry */
	size_t arg;				/* SIZE_MAX: the entry itself */
	char path[96];
};

static const char *path(struct place *at)
{
	if (!at->entry)
		return "linux.seccomp";
	if (at->arg == SIZE_MAX)
		fmt(at->path, sizeof(at->path), "linux.seccomp.syscalls[%zu]", at->i);
	else
		fmt(at->path, sizeof(at->path), "linux.seccomp.syscalls[%zu].args[%zu]", at->i, at->arg);
	return at->path;
}

static const char *text(const char *s)
{
	return s ? s : "";
}

/* An action with its data. */
static int read_action(const char *name, bool has_data, uint32_t data, struct place *at, uint32_t *ret_action,
		       struct err *e)
{
	const struct action_row *row = action_find(name);
	const char *member = at->entry ? "action" : "defaultAction",
		   *data_member = at->entry ? "errnoRet" : "defaultErrnoRet";

	if (!row)
		return err_set(e, -EINVAL, "%s.%s: unknown action '%.*s'", path(at), member, QUOTE_MAX,
			       text(name));
	/* As runc and crun: whatever the program does would wait for somebody, from its execution on. */
	if (row->action == ACTION_NOTIFY && !at->entry)
		return err_set(e, -EINVAL, "%s.%s: SCMP_ACT_NOTIFY cannot be the default", path(at), member);
	/* config-linux.md: where the action has no errno "the runtime MUST print and error and fail". */
	if (has_data && row->data_max == 0)
		return err_set(e, -EINVAL, "%s.%s: %s takes no errno", path(at), data_member, name);
	if (has_data && data > row->data_max)
		return err_set(e, -EINVAL, "%s.%s: %u is above %u", path(at), data_member, data,
			       row->data_max);
	*ret_action = row->action | (row->data_max == 0 ? 0 : has_data ? data : EPERM);
	return 0;
}

static int read_cond(const struct oci_syscall_arg *a, struct place *at, struct cond *ret_cond, struct err *e)
{
	const struct op_row *row = op_find(a->op);
	bool masked;

	if (!row)
		return err_set(e, -EINVAL, "%s.op: unknown operator '%.*s'", path(at), QUOTE_MAX,
			       text(a->op));
	if (a->index >= ARGS_MAX)
		return err_set(e, -EINVAL, "%s.index: %u is above %d", path(at), a->index, ARGS_MAX - 1);
	masked = row->op == OP_MASKED_EQ;
	*ret_cond = (struct cond){
		.arg = a->index,
		.op = row->op,
		.mask = masked ? a->value : UINT64_MAX,
		.value = masked ? a->value_two & a->value : a->value,
	};
	return 0;
}

/*
 * The conditions of an entry as rules.  One rule in which all must hold; but when an argument comes up twice,
 * one rule for each condition: so does runc since its first filters, and profiles of engines count on it.  out
 * has room for n_args, or one.
 */
static int read_rules(const struct oci_syscall *c, uint32_t action, struct place *at, struct rule *out,
		      size_t *ret_n, struct err *e)
{
	struct cond by_arg[ARGS_MAX];
	uint32_t seen = 0;
	bool twice = false;

	for (size_t i = 0; i < c->n_args; i++) {
		struct cond cond = { 0 };

		at->arg = i;
		if (read_cond(&c->args[i], at, &cond, e) < 0)
			return e->code;
		twice |= seen >> cond.arg & 1;
		seen |= 1u << cond.arg;
		by_arg[cond.arg] = cond;
		out[i] = (struct rule){ .action = action, .n = 1, .v = { cond } };
	}
	*ret_n = twice ? c->n_args : 1;
	if (twice)
		return 0;
	out[0] = (struct rule){ .action = action };
	for (uint32_t arg = 0; arg < ARGS_MAX; arg++)
		if (seen >> arg & 1)
			out[0].v[out[0].n++] = by_arg[arg];
	return 0;
}

static int read_entries(const struct oci_seccomp *s, struct profile *p, struct err *e)
{
	size_t used = 0;

	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct oci_syscall *c = &s->syscalls[i];
		struct place at = { .entry = c, .i = i, .arg = SIZE_MAX };
		struct entry *entry = &p->entries[i];
		uint32_t action = 0;

		if (c->n_names == 0)
			return err_set(e, -EINVAL, "%s.names: it is empty", path(&at));
		if (read_action(c->action, c->has_errno_ret, c->errno_ret, &at, &action, e) < 0 ||
		    read_rules(c, action, &at, &p->rules[used], &entry->n, e) < 0)
			return e->code;
		entry->from = c;
		entry->first = used;
		/* It changes nothing, and libseccomp would refuse it: its callers leave it out. */
		if (action == p->default_action)
			entry->n = 0;
		used += entry->n;
	}
	return 0;
}

int seccomp_flags(const struct oci_seccomp *s, uint32_t *ret_flags, struct err *e)
{
	uint32_t flags = 0;

	for (size_t i = 0; s && i < s->n_flags; i++) {
		const struct flag_row *row = flag_find(s->flags[i]);

		if (!row)
			return err_set(e, -EINVAL, "linux.seccomp.flags[%zu]: unknown flag '%.*s'", i,
				       QUOTE_MAX, text(s->flags[i]));
		flags |= row->flag;
	}
	*ret_flags = flags;
	return 0;
}

static int check_arches(const struct oci_seccomp *s, struct err *e)
{
	if (!arch_native())
		return err_set(e, -EOPNOTSUPP,
			       "linux.seccomp: filters for this machine's architecture are not supported");
	for (size_t i = 0; i < s->n_architectures; i++)
		if (!arch_find(s->architectures[i]))
			return err_set(e, -EINVAL,
				       "linux.seccomp.architectures[%zu]: unknown architecture '%.*s'", i,
				       QUOTE_MAX, text(s->architectures[i]));
	return 0;
}

int profile_read(const struct oci_seccomp *s, struct profile *ret_profile, struct err *e)
{
	struct place at = { 0 };
	struct profile p = { .n_entries = s->n_syscalls };
	size_t most = 0;

	for (size_t i = 0; i < s->n_syscalls; i++)
		most += s->syscalls[i].n_args + 1;
	if (read_action(s->default_action, s->has_default_errno_ret, s->default_errno_ret, &at,
			&p.default_action, e) < 0 ||
	    seccomp_flags(s, &p.flags, e) < 0 || check_arches(s, e) < 0)
		return e->code;
	p.rules = calloc(most + 1, sizeof(*p.rules));
	p.entries = calloc(s->n_syscalls + 1, sizeof(*p.entries));
	if (!p.rules || !p.entries) {
		profile_free(&p);
		return err_sys(e, -ENOMEM, "linux.seccomp");
	}
	if (read_entries(s, &p, e) < 0) {
		profile_free(&p);
		return e->code;
	}
	*ret_profile = p;
	return 0;
}

void profile_free(struct profile *p)
{
	free(p->rules);
	free(p->entries);
	*p = (struct profile){ 0 };
}

int seccomp_check(const struct oci_seccomp *s, struct err *e)
{
	struct profile p = { 0 };
	int rc = s ? profile_read(s, &p, e) : 0;

	profile_free(&p);
	return rc;
}
