/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The device program, run by an interpreter, against two judges that know nothing of it: the rules read one after the
 * other, and v1's way of looking through a list of exceptions.
 */
#include "base/arr.h"
#include "cgroup/device.h"
#include "tests/check.h"

#include <stdlib.h>

static char block[1 << 20];

/* ---- the interpreter: what device_bpf.c may use, and nothing more ---- */

struct access {
	uint32_t type, wanted, major, minor;
};

static int run(const struct cg_filter *f, const struct access *x)
{
	const uint32_t ctx[] = { x->wanted << 16 | x->type, x->major, x->minor };
	uint64_t r[11] = { 0 };
	size_t steps = 0;

	for (size_t pc = 0; pc < f->n && steps++ < 65536; pc++) {
		const struct cg_insn *i = &f->v[pc];
		unsigned int dst = i->regs & 15, src = i->regs >> 4;

		if (dst > 10 || src > 10)
			return -1;
		switch (i->code) {
		case 0x61:
			if (src != 1 || i->off < 0 || i->off > 8 || i->off % 4)
				return -1;
			r[dst] = ctx[i->off / 4];
			break;
		case 0x18:
			if (pc + 1 >= f->n || f->v[pc + 1].code || f->v[pc + 1].regs)
				return -1;
			r[dst] = (uint32_t)i->imm | (uint64_t)(uint32_t)f->v[++pc].imm << 32;
			break;
		case 0xbf: r[dst] = r[src]; break;
		case 0xb7: r[dst] = (uint64_t)(int64_t)i->imm; break;
		case 0x67: r[dst] <<= i->imm; break;
		case 0x4f: r[dst] |= r[src]; break;
		case 0x5f: r[dst] &= r[src]; break;
		case 0x1d:
			if (r[dst] == r[src])
				pc += (size_t)i->off;
			break;
		case 0x95:
			return (int)r[0];
		default:
			return -1;
		}
	}
	return -1;
}

/* The verifier refuses a program with an instruction that nothing leads to. */
static bool is_all_reachable(const struct cg_filter *f)
{
	static bool reached[32768];

	if (f->n == 0 || f->n > ARRAY_LEN(reached))
		return false;
	memset(reached, 0, sizeof reached);
	reached[0] = true;
	/* All jumps lead forward, so one pass is enough. */
	for (size_t pc = 0; pc < f->n; pc++) {
		const struct cg_insn *i = &f->v[pc];
		size_t next = pc + (i->code == 0x18 ? 2 : 1);

		if (!reached[pc])
			return false;
		if (i->code == 0x1d && next + (size_t)i->off < f->n)
			reached[next + (size_t)i->off] = true;
		if (i->code != 0x95 && next < f->n)
			reached[next] = true;
		if (i->code == 0x18 && ++pc < f->n)
			reached[pc] = true;
	}
	return true;
}

/* ---- the first judge: config-linux.md, "entries in the listed order", for one bit of access ---- */

static const struct oci_device_cgroup own[] = {
	{ .allow = true, .type = "c", .access = "m" },
	{ .allow = true, .type = "b", .access = "m" },
#define OWN(ma, mi) { .allow = true, .type = "c", .has_major = true, .major = (ma), .has_minor = true, .minor = (mi), \
		      .access = "rwm" }
	OWN(1, 3), OWN(1, 5), OWN(1, 7), OWN(1, 8), OWN(1, 9), OWN(5, 0), OWN(5, 1), OWN(5, 2), OWN(136, -1),
};

static bool rule_matches(const struct oci_device_cgroup *d, const struct access *x, char bit)
{
	char type = d->type ? *d->type : 'a';

	return (type == 'a' || (type == 'b') == (x->type == CG_DEV_BLOCK)) &&
	       (!d->has_major || d->major == -1 || d->major == x->major) &&
	       (!d->has_minor || d->minor == -1 || d->minor == x->minor) && (!d->access || strchr(d->access, bit));
}

static bool judge_bit(const struct oci_device_cgroup *v, size_t n, const struct access *x, char bit)
{
	bool allowed = false;

	for (size_t i = 0; i < n; i++)
		if (rule_matches(&v[i], x, bit))
			allowed = v[i].allow;
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (rule_matches(&own[i], x, bit))
			allowed = true;
	return allowed;
}

static bool judge(const struct oci_device_cgroup *v, size_t n, const struct access *x)
{
	return (!(x->wanted & CG_DEV_MKNOD) || judge_bit(v, n, x, 'm')) &&
	       (!(x->wanted & CG_DEV_READ) || judge_bit(v, n, x, 'r')) &&
	       (!(x->wanted & CG_DEV_WRITE) || judge_bit(v, n, x, 'w'));
}

/* ---- the second: security/device_cgroup.c, match_exception and match_exception_partial ---- */

static bool judge_v1(const struct cg_device_policy *p, const struct access *x)
{
	for (size_t i = 0; i < p->n_rules; i++) {
		const struct cg_device_rule *r = &p->rules[i];

		if (r->type != x->type || (r->major != CG_DEV_ANY && r->major != x->major) ||
		    (r->minor != CG_DEV_ANY && r->minor != x->minor))
			continue;
		if (p->allow ? (x->wanted & r->access) != 0 : (x->wanted & ~r->access) == 0)
			return !p->allow;
	}
	return p->allow;
}

/* ---- comparing ---- */

static const uint32_t majors[] = { 0, 1, 2, 5, 8, 10, 136, 137, 254, 4095 };
static const uint32_t minors[] = { 0, 1, 2, 3, 5, 7, 8, 9, 11, 200, 255, 256, 65536, 1048575 };

struct tally {
	unsigned long all, wrong_v1, too_weak, wrong_bit, broken;
};

static void compare_one(const struct oci_device_cgroup *v, size_t n, const struct cg_device_policy *p,
			const struct cg_filter *f, const struct access *x, struct tally *t)
{
	int got = run(f, x);
	bool ordered = judge(v, n, x);

	t->all++;
	if (got != 0 && got != 1)
		t->broken++;
	/* Asking for nothing (F_OK) is judged by the list of exceptions only. */
	if ((got == 1) != judge_v1(p, x))
		t->wrong_v1++;
	if (got == 1 && !ordered)
		t->too_weak++;
	/* Two rules that give a bit each do not make one that gives both, neither on v1; one bit must agree. */
	if (__builtin_popcount(x->wanted) == 1 && (got == 1) != ordered)
		t->wrong_bit++;
}

static void compare(const struct oci_device_cgroup *v, size_t n, const struct cg_device_policy *p,
		    const struct cg_filter *f, struct tally *t)
{
	for (uint32_t type = CG_DEV_BLOCK; type <= CG_DEV_CHAR; type++)
		for (uint32_t wanted = 0; wanted <= CG_DEV_ALL; wanted++)
			for (size_t i = 0; i < ARRAY_LEN(majors); i++)
				for (size_t k = 0; k < ARRAY_LEN(minors); k++) {
					const struct access x = { type, wanted, majors[i], minors[k] };

					compare_one(v, n, p, f, &x, t);
				}
}

static bool merge(const struct oci_device_cgroup *v, size_t n, struct cg_device_policy *p, struct cg_filter *f,
		  struct err *e)
{
	static struct arena a;

	memset(block, 0, sizeof block);
	a = (struct arena){ block, sizeof block, 0 };
	*e = (struct err){ 0 };
	return cg_device_merge(v, n, &a, p, e) == 0 && cg_filter_make(p, &a, f, e) == 0;
}

static void check_tally(const struct tally *t)
{
	CHECK(t->all > 0 && t->broken == 0);
	CHECK(t->wrong_v1 == 0);
	CHECK(t->too_weak == 0);
	CHECK(t->wrong_bit == 0);
}

static void test_fixed(void)
{
	static const struct oci_device_cgroup docker[] = {
		{ .allow = false, .access = "rwm" },
		{ .allow = true, .type = "c", .has_major = true, .major = 1, .has_minor = true, .minor = 5, .access = "rwm" },
		{ .allow = true, .type = "c", .has_major = true, .major = 5, .has_minor = true, .minor = 0, .access = "rwm" },
		{ .allow = false, .type = "c", .has_major = true, .major = 10, .has_minor = true, .minor = 229,
		  .access = "rwm" },
		{ .allow = true, .type = "b", .has_major = true, .major = 8, .has_minor = true, .minor = -1, .access = "r" },
	};
	static const struct oci_device_cgroup privileged[] = {
		{ .allow = true, .access = "rwm" },
		{ .allow = false, .type = "b", .has_major = true, .major = 8, .access = "w" },
		{ .allow = false, .type = "c", .has_major = true, .major = 10, .has_minor = true, .minor = 200,
		  .access = "rwm" },
	};
	const struct {
		const char *name;
		const struct oci_device_cgroup *v;
		size_t n;
	} rows[] = {
		{ "no rules at all", NULL, 0 },
		{ "docker", docker, ARRAY_LEN(docker) },
		{ "privileged with exceptions", privileged, ARRAY_LEN(privileged) },
		{ "privileged", privileged, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cg_device_policy p;
		struct cg_filter f;
		struct err e;
		struct tally t = { 0 };

		CASE(rows[i].name);
		if (CHECK(merge(rows[i].v, rows[i].n, &p, &f, &e)))
			compare(rows[i].v, rows[i].n, &p, &f, &t);
		check_tally(&t);
		CHECK(is_all_reachable(&f));
	}
}

static void random_rule(struct oci_device_cgroup *d, char access[4])
{
	static const char *const types[] = { NULL, "a", "b", "c", "c", "c" };
	unsigned int bits = 1 + (unsigned int)rand() % 7;
	size_t n = 0;

	if (bits & 1)
		access[n++] = 'm';
	if (bits & 2)
		access[n++] = 'r';
	if (bits & 4)
		access[n++] = 'w';
	access[n] = '\0';
	*d = (struct oci_device_cgroup){
		.allow = rand() % 3 != 0, .type = types[(size_t)rand() % ARRAY_LEN(types)], .access = access,
		.has_major = rand() % 4 != 0, .major = majors[(size_t)rand() % ARRAY_LEN(majors)],
		.has_minor = rand() % 3 != 0, .minor = minors[(size_t)rand() % ARRAY_LEN(minors)],
	};
}

static void test_random(void)
{
	struct oci_device_cgroup v[12];
	char access[12][4];
	struct tally t = { 0 };
	unsigned int kept = 0;

	CASE("random rules");
	srand(1);
	for (int round = 0; round < 400; round++) {
		size_t n = (size_t)rand() % ARRAY_LEN(v);
		struct cg_device_policy p;
		struct cg_filter f;
		struct err e;

		for (size_t i = 0; i < n; i++)
			random_rule(&v[i], access[i]);
		if (!merge(v, n, &p, &f, &e)) {
			/* the only thing that may be wrong with these */
			CHECK(strstr(e.text, "cannot be cut out of"));
			continue;
		}
		kept++;
		compare(v, n, &p, &f, &t);
	}
	CHECK(kept > 100);
	check_tally(&t);
}

static void test_bad(void)
{
	static const struct {
		struct oci_device_cgroup d;
		const char *want;
	} rows[] = {
		{ { .allow = true, .type = "c" }, "linux.resources.devices[0].access: cannot be empty" },
		{ { .allow = true, .type = "p", .access = "r" },
		  "linux.resources.devices[0].type: 'p' is not one of a, b, c" },
		{ { .allow = true, .type = "c", .access = "rx" },
		  "linux.resources.devices[0].access: 'x' is not one of r, w, m" },
		{ { .allow = true, .type = "c", .access = "r", .has_major = true, .major = -2 },
		  "linux.resources.devices[0].major: -2 is no device number" },
		{ { .allow = true, .type = "c", .access = "r", .has_minor = true, .minor = 4294967296 },
		  "linux.resources.devices[0].minor: 4294967296 is no device number" },
	};

	CASE("bad rules");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cg_device_policy p;
		struct cg_filter f;
		struct err e;

		CHECK(!merge(&rows[i].d, 1, &p, &f, &e));
		CHECK_STR(e.text, rows[i].want);
	}
}

static void test_hole(void)
{
	static const struct oci_device_cgroup v[] = {
		{ .allow = true, .type = "c", .has_major = true, .major = 10, .access = "rwm" },
		{ .allow = false, .type = "c", .has_major = true, .major = 10, .has_minor = true, .minor = 229,
		  .access = "rw" },
	};
	struct cg_device_policy p;
	struct cg_filter f;
	struct err e;

	CASE("a hole in a wildcard");
	CHECK(!merge(v, 2, &p, &f, &e));
	CHECK_STR(e.text, "linux.resources.devices[1]: 'c 10:229 rw' cannot be cut out of 'c 10:* rwm', which an earlier "
			  "rule allows");
}

static void test_text(void)
{
	static const struct cg_device_rule r = { CG_DEV_BLOCK, CG_DEV_READ | CG_DEV_MKNOD, 8, CG_DEV_ANY, NULL };
	char text[CG_DEVICE_TEXT_MAX];

	CASE("text for v1");
	cg_device_text(&r, text);
	CHECK_STR(text, "b 8:* rm");
}

int main(void)
{
	test_fixed();
	test_random();
	test_bad();
	test_hole();
	test_text();
	return check_summary();
}
