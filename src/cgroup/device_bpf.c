/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The device policy as an eBPF program.  One 64-bit key
 *
 *	63      48 47      32 31      20 19       0
 *	  access      type      major      minor
 *
 * and for each rule one mask, one compare and one jump to a shared exit, so that the verifier's work grows linearly
 * with the rules.  For an allow rule the mask holds the access bits that it does *not* give: they must be zero, which
 * also lets through an access that asks for nothing (access(2) with F_OK).  A deny rule denies when any of its bits
 * is asked for, so it is one compare for each of them.
 */
#include "cgroup/device.h"

enum {
	/* classes, sizes, operations: linux/bpf_common.h, linux/bpf.h */
	LDX_MEM_W = 0x61, LD_IMM64 = 0x18, MOV64_REG = 0xbf, MOV64_IMM = 0xb7, LSH64_IMM = 0x67, OR64_REG = 0x4f,
	AND64_REG = 0x5f, JEQ_REG = 0x1d, EXIT = 0x95,
	/* struct bpf_cgroup_dev_ctx: u32 access_type (access << 16 | type), u32 major, u32 minor */
	CTX_ACCESS_TYPE = 0, CTX_MAJOR = 4, CTX_MINOR = 8,
	MAJOR_SHIFT = 20, TYPE_SHIFT = 32, ACCESS_SHIFT = 48,
	PROLOGUE = 7, PER_COMPARE = 7,
	MAJOR_MAX = (1 << 12) - 1, MINOR_MAX = (1 << 20) - 1,
	INSNS_MAX = 32767,	/* what a jump can cross */
};
#define MASK_TYPE	(0xffffull << TYPE_SHIFT)
#define MASK_MAJOR	((uint64_t)MAJOR_MAX << MAJOR_SHIFT)
#define MASK_MINOR	((uint64_t)MINOR_MAX)

/* r1 context, r2 key, r3 masked key, r4 mask, r5 value */
struct program {
	struct cg_insn *v;
	size_t n;
};

static void put(struct program *p, uint8_t code, unsigned int dst, unsigned int src, int off, uint32_t imm)
{
	p->v[p->n++] = (struct cg_insn){ code, (uint8_t)(dst | src << 4), (int16_t)off, (int32_t)imm };
}

static void put_imm64(struct program *p, unsigned int dst, uint64_t value)
{
	put(p, LD_IMM64, dst, 0, 0, (uint32_t)value);
	put(p, 0, 0, 0, 0, (uint32_t)(value >> 32));
}

static void put_prologue(struct program *p)
{
	put(p, LDX_MEM_W, 2, 1, CTX_ACCESS_TYPE, 0);
	put(p, LSH64_IMM, 2, 0, 0, TYPE_SHIFT);
	put(p, LDX_MEM_W, 3, 1, CTX_MAJOR, 0);
	put(p, LSH64_IMM, 3, 0, 0, MAJOR_SHIFT);
	put(p, OR64_REG, 2, 3, 0, 0);
	put(p, LDX_MEM_W, 3, 1, CTX_MINOR, 0);
	put(p, OR64_REG, 2, 3, 0, 0);
}

/* Jumps to the shared exit, which is at index `exit`, when the key under the mask is the value. */
static void put_compare(struct program *p, uint64_t mask, uint64_t value, size_t exit)
{
	put(p, MOV64_REG, 3, 2, 0, 0);
	put_imm64(p, 4, mask);
	put(p, AND64_REG, 3, 4, 0, 0);
	put_imm64(p, 5, value);
	put(p, JEQ_REG, 3, 5, (int)(exit - p->n - 1), 0);
}

static unsigned int compares_of(const struct cg_device_policy *p, const struct cg_device_rule *r)
{
	/* The kernel's dev_t has 12 and 20 bits: other numbers match no device. */
	if (r->major > MAJOR_MAX || r->minor > MINOR_MAX)
		return 0;
	return p->allow ? (unsigned int)__builtin_popcount(r->access) : 1;
}

static void put_rule(struct program *prog, bool allow_by_default, const struct cg_device_rule *r, size_t exit)
{
	uint64_t mask = MASK_TYPE, value = (uint64_t)r->type << TYPE_SHIFT;

	if (r->major != CG_DEV_ANY) {
		mask |= MASK_MAJOR;
		value |= (uint64_t)r->major << MAJOR_SHIFT;
	}
	if (r->minor != CG_DEV_ANY) {
		mask |= MASK_MINOR;
		value |= (uint64_t)r->minor;
	}
	if (!allow_by_default) {
		put_compare(prog, mask | (uint64_t)(~r->access & CG_DEV_ALL) << ACCESS_SHIFT, value, exit);
		return;
	}
	for (unsigned int bit = CG_DEV_MKNOD; bit <= CG_DEV_WRITE; bit <<= 1)
		if (r->access & bit)
			put_compare(prog, mask | (uint64_t)bit << ACCESS_SHIFT, value | (uint64_t)bit << ACCESS_SHIFT,
				    exit);
}

int cg_filter_make(const struct cg_device_policy *p, struct arena *a, struct cg_filter *ret_filter, struct err *e)
{
	struct program prog = { 0 };
	size_t compares = 0, exit;

	for (size_t i = 0; i < p->n_rules; i++)
		compares += compares_of(p, &p->rules[i]);
	exit = PROLOGUE + compares * PER_COMPARE + 2;
	if (exit + 2 > INSNS_MAX)
		return err_set(e, -E2BIG, "linux.resources.devices: too many rules for a device filter");
	prog.v = ARENA_ARRAY(a, exit + 2, struct cg_insn);
	if (!prog.v)
		return err_nomem(e);

	put_prologue(&prog);
	for (size_t i = 0; i < p->n_rules; i++)
		if (compares_of(p, &p->rules[i]) > 0)
			put_rule(&prog, p->allow, &p->rules[i], exit);
	put(&prog, MOV64_IMM, 0, 0, 0, p->allow);
	put(&prog, EXIT, 0, 0, 0, 0);
	/* "All devices" has nothing that jumps here, and the verifier refuses what cannot be reached. */
	if (compares > 0) {
		put(&prog, MOV64_IMM, 0, 0, 0, !p->allow);
		put(&prog, EXIT, 0, 0, 0, 0);
	}
	*ret_filter = (struct cg_filter){ prog.v, prog.n };
	return 0;
}
