/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "priv/caps.h"
#include "base/arr.h"
#include "libocispec/oci_config.h"
#include "sys/process.h"

#include <string.h>

/*
 * linux/capability.h of 5.9 and later.  A table of our own and not libcap's: libcap would ask the kernel for
 * its last capability at each start of each command.  tests/unit/priv/test_caps.c compares the two.
 */
static const char *const names[] = {
	"CAP_CHOWN",		"CAP_DAC_OVERRIDE",	"CAP_DAC_READ_SEARCH",	"CAP_FOWNER",
	"CAP_FSETID",		"CAP_KILL",		"CAP_SETGID",		"CAP_SETUID",
	"CAP_SETPCAP",		"CAP_LINUX_IMMUTABLE",	"CAP_NET_BIND_SERVICE",	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",	"CAP_NET_RAW",		"CAP_IPC_LOCK",		"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",	"CAP_SYS_RAWIO",	"CAP_SYS_CHROOT",	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",	"CAP_SYS_ADMIN",	"CAP_SYS_BOOT",		"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",	"CAP_SYS_TIME",		"CAP_SYS_TTY_CONFIG",	"CAP_MKNOD",
	"CAP_LEASE",		"CAP_AUDIT_WRITE",	"CAP_AUDIT_CONTROL",	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",	"CAP_MAC_ADMIN",	"CAP_SYSLOG",		"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",	"CAP_AUDIT_READ",	"CAP_PERFMON",		"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};

/* One of the five lists, with the member that it comes from and the mask that it becomes. */
struct list {
	const char *member;
	const char **v;
	size_t n;
	uint64_t *set;
};

const char *caps_name(uint32_t cap)
{
	return cap < ARRAY_LEN(names) ? names[cap] : NULL;
}

int caps_number(const char *name, uint32_t *ret_cap)
{
	for (uint32_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0) {
			*ret_cap = i;
			return 0;
		}
	return -EINVAL;
}

uint32_t caps_last(void)
{
	uint32_t last = ARRAY_LEN(names) - 1;

	/* A kernel answers EINVAL for what it does not have. */
	while (last > 0 && sys_prctl(K_PR_CAPBSET_READ, last, 0) < 0)
		last--;
	return last;
}

static int warn(struct priv_warnings *w, const char *text)
{
	if (!text)
		return -ENOMEM;
	w->v[w->n++] = text;
	return 0;
}

static int read_list(const struct list *l, const char *from, uint32_t last, struct arena *a,
		     struct priv_warnings *w)
{
	for (size_t i = 0; i < l->n; i++) {
		uint32_t cap;
		bool known = caps_number(l->v[i], &cap) == 0;

		if (known && cap <= last)
			*l->set |= UINT64_C(1) << cap;
		else if (warn(w, arena_fmt(a, "%s.%s[%zu]: %.*s is %s and is left out", from, l->member, i,
					   200, l->v[i],
					   known ? "not a capability of this kernel"
						 : "no known capability")) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int withhold(const struct list *l, size_t n, uint64_t withheld, const char *from, struct arena *a,
		    struct priv_warnings *w)
{
	uint64_t stray = 0;

	for (size_t i = 0; i < n; i++) {
		stray |= *l[i].set & withheld;
		*l[i].set &= ~withheld;
	}
	for (; stray != 0; stray &= stray - 1)
		if (warn(w, arena_fmt(a, "%s: %s is not this caller's to give and is left out", from,
				      caps_name((uint32_t)__builtin_ctzll(stray)))) < 0)
			return -ENOMEM;
	return 0;
}

/* Every capability of set must be in within; names the first that is not. */
static int check_within(uint64_t set, uint64_t within, const char *from, const char *member,
			const char *other, struct err *e)
{
	uint64_t stray = set & ~within;

	if (stray == 0)
		return 0;
	return err_set(e, -EINVAL, "%s.%s: %s is not in %s", from, member,
		       caps_name((uint32_t)__builtin_ctzll(stray)), other);
}

/* What the kernel would refuse to raise is left out: fewer privileges, and said. */
static int trim_ambient(struct caps *c, const char *from, struct arena *a, struct priv_warnings *w)
{
	uint64_t stray = c->ambient & ~(c->inheritable & c->permitted);

	c->ambient &= ~stray;
	for (; stray != 0; stray &= stray - 1)
		if (warn(w,
			 arena_fmt(a, "%s.ambient: %s is not both permitted and inheritable and is left out",
				   from, caps_name((uint32_t)__builtin_ctzll(stray)))) < 0)
			return -ENOMEM;
	return 0;
}

int caps_plan(const struct oci_capabilities *c, const char *from, uint32_t last, uint64_t withheld, struct arena *a,
	      struct caps *ret_caps, struct priv_warnings *ret_warnings, struct err *e)
{
	struct caps sets = { 0 };
	struct priv_warnings w = { 0 };

	if (c) {
		const struct list lists[] = {
			{ "bounding",    c->bounding,    c->n_bounding,    &sets.bounding    },
			{ "effective",   c->effective,   c->n_effective,   &sets.effective   },
			{ "permitted",   c->permitted,   c->n_permitted,   &sets.permitted   },
			{ "inheritable", c->inheritable, c->n_inheritable, &sets.inheritable },
			{ "ambient",     c->ambient,     c->n_ambient,     &sets.ambient     },
		};
		size_t most = 2 * ARRAY_LEN(names);

		for (size_t i = 0; i < ARRAY_LEN(lists); i++)
			most += lists[i].n;
		w.v = ARENA_ARRAY(a, most, const char *);
		if (!w.v)
			return err_nomem(e);
		for (size_t i = 0; i < ARRAY_LEN(lists); i++)
			if (read_list(&lists[i], from, last, a, &w) < 0)
				return err_nomem(e);
		if (withhold(lists, ARRAY_LEN(lists), withheld, from, a, &w) < 0)
			return err_nomem(e);
	}
	if (check_within(sets.effective, sets.permitted, from, "effective", "permitted", e) < 0 ||
	    check_within(sets.inheritable, sets.bounding, from, "inheritable", "bounding", e) < 0)
		return e->code;
	if (trim_ambient(&sets, from, a, &w) < 0)
		return err_nomem(e);
	*ret_caps = sets;
	*ret_warnings = w;
	return 0;
}

int caps_add(struct caps *c, const char *const *add, size_t n, uint32_t last, struct err *e)
{
	uint64_t set = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t cap;

		if (caps_number(add[i], &cap) < 0)
			return err_set(e, -EINVAL, "--cap: unknown capability %.*s", 200, add[i]);
		if (cap > last)
			return err_set(e, -EINVAL, "--cap: this kernel has no %s", add[i]);
		set |= UINT64_C(1) << cap;
	}
	c->bounding |= set;
	c->effective |= set;
	c->permitted |= set;
	c->ambient |= set & c->inheritable;
	return 0;
}
