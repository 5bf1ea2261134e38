/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Device rules: merged into a policy, and the policy as an eBPF program for cgroup v2.  Pure but for the loader. */
#ifndef CIST_CGROUP_DEVICE_H
#define CIST_CGROUP_DEVICE_H

#include "base/arena.h"
#include "base/err.h"
#include "libocispec/oci_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits of access, and types, as the kernel's struct bpf_cgroup_dev_ctx has them. */
enum { CG_DEV_MKNOD = 1, CG_DEV_READ = 2, CG_DEV_WRITE = 4, CG_DEV_ALL = 7 };
enum { CG_DEV_BLOCK = 1, CG_DEV_CHAR = 2 };
#define CG_DEV_ANY (-1)

struct cg_device_rule {
	uint8_t type;
	uint8_t access;		/* never 0 */
	int64_t major;		/* CG_DEV_ANY, or 0 … UINT32_MAX */
	int64_t minor;
	const char *from;	/* JSON path; NULL = one of the runtime's own */
};

/* Exceptions to one default, as the kernel's v1 controller keeps them. */
struct cg_device_policy {
	bool allow;		/* what is not in the rules is allowed; the rules then deny */
	const char *from;	/* of the rule that set the default; NULL = the runtime itself */
	struct cg_device_rule *rules;
	size_t n_rules;
};

/*
 * Default deny, then the n rules in their order, then the devices that every container has (null, zero, full, random,
 * urandom, tty, console, ptmx, pts; and mknod of all).  As with v1, a rule of type "a" resets everything, and a rule
 * that would cut a hole into a wildcard rule cannot be kept: that is an error.
 */
must_use int cg_device_merge(const struct oci_device_cgroup *v, size_t n, struct arena *a,
			     struct cg_device_policy *ret_policy, struct err *e);

/* "c 1:3 rwm", "b *:* m": as devices.allow and devices.deny take it. */
#define CG_DEVICE_TEXT_MAX 48
void cg_device_text(const struct cg_device_rule *r, char buf[CG_DEVICE_TEXT_MAX]);

struct cg_insn {		/* the kernel's struct bpf_insn */
	uint8_t code;
	uint8_t regs;		/* dst in the low four bits, src above; a byte, as bit fields depend on endianness */
	int16_t off;
	int32_t imm;
};

struct cg_filter {
	const struct cg_insn *v;
	size_t n;
};

must_use int cg_filter_make(const struct cg_device_policy *p, struct arena *a, struct cg_filter *ret_filter,
			    struct err *e);
/* Loads it: a descriptor that is the caller's. */
must_use int cg_filter_load(const struct cg_filter *f, struct err *e);
/* Loads it and attaches it to the cgroup; a program that is attached there already is replaced at once. */
must_use int cg_filter_attach(const struct cg_filter *f, int cgroup_fd, struct err *e);
/* The same, beside whatever somebody else has attached there (systemd); all have to agree. */
must_use int cg_filter_add(const struct cg_filter *f, int cgroup_fd, struct err *e);

#endif
