/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Verdicts: our program and libseccomp's are both run, for every number of every architecture and for arguments at and
 * beside every value that the profile compares with.
 */
#include "judge.h"
#include "tests/check.h"
#include "base/arena.h"
#include "base/arr.h"
#include "seccomp/seccomp.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <time.h>

enum { FILTER_MAX = 8192, VALUES_MAX = 40, COMBINATIONS_MAX = 300, MEANINGS_MAX = 64 };

static _Alignas(16) char memory[1 << 20];

static struct arena fresh_arena(void)
{
	memset(memory, 0, sizeof(memory));
	return (struct arena){ memory, sizeof(memory), 0 };
}

static int mistakes;	/* libseccomp's, in all */

/* A generator of our own: the same profiles on every machine. */
static uint32_t seed = 1;
static uint32_t random_below(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

/* What is compared with one argument, and its neighbours. */
struct values {
	uint64_t v[VALUES_MAX];
	size_t n;
};

static void add_value(struct values *s, uint64_t v)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i] == v)
			return;
	if (s->n < VALUES_MAX)
		s->v[s->n++] = v;
}

static void add_neighbours(struct values *s, uint64_t v)
{
	add_value(s, v);
	add_value(s, v - 1);
	add_value(s, v + 1);
	add_value(s, v ^ 1ull << 32);
	add_value(s, v + (1ull << 32));
	add_value(s, v - (1ull << 32));
}

/* The values for each argument that decide about nr, by the profile's rules for it. */
static bool values_of(const struct oci_seccomp *s, uint32_t token, uint32_t nr, struct values out[6])
{
	/* Where multiplexed calls and their direct forms are, above the base of the architecture. */
	uint32_t above = nr < 4000 ? nr : nr % 1000;
	bool is_call = above == 102 || above == 117;
	bool may_be_mux = is_call || (above >= 168 && above <= 184) || (above >= 326 && above <= 402);
	bool any = false;

	for (int i = 0; i < 6; i++)
		out[i] = (struct values){ .v = { 0, UINT64_MAX }, .n = 2 };
	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct oci_syscall *c = &s->syscalls[i];
		bool mine = false;

		for (size_t j = 0; j < c->n_names && !mine; j++) {
			int known = seccomp_syscall_resolve_name_arch(token, c->names[j]);

			/* A multiplexed call has pseudo numbers: its rules are looked at for every number of its kind. */
			mine = known == (int)nr || (known <= -100 && known > -300 && may_be_mux);
			any |= mine && (c->n_args > 0 || is_call);
		}
		for (size_t j = 0; mine && j < c->n_args; j++) {
			add_neighbours(&out[c->args[j].index], c->args[j].value);
			add_neighbours(&out[c->args[j].index], c->args[j].value_two);
		}
	}
	if (is_call)
		for (uint64_t i = 0; i < 26; i++)
			add_value(&out[0], i);
	return any;
}

struct programs {
	const char *name;
	const struct oci_seccomp *s;
	const struct k_sock_filter *ours, *theirs;
	size_t n_ours, n_theirs;
	size_t steps_ours, steps_theirs;
	size_t asked, differ;
	size_t mistaken;	/* verdicts of libseccomp that are not what the profile says */
	bool may_mistake;
};

/*
 * libseccomp 2.5.4 has mistakes of its own: ranges together with equalities of one argument, LE on 32-bit machines, NE rules
 * that contradict each other in the high word.  So where it disagrees the profile's words are asked.
 */
static bool is_meant(const struct programs *p, const struct call_data *d, uint32_t got)
{
	uint32_t meanings[MEANINGS_MAX];
	size_t n = judge_meaning(p->s, d, meanings, MEANINGS_MAX);

	for (size_t i = 0; i < n; i++)
		if (meanings[i] == got)
			return true;
	return false;
}

static void compare(struct programs *p, const struct call_data *d, bool is_newer)
{
	uint32_t want, got = bpf_run(p->ours, p->n_ours, d, &p->steps_ours);

	want = is_newer ? SCMP_ACT_ERRNO(ENOSYS) :
	       bpf_run(p->theirs, p->n_theirs, d, &p->steps_theirs);
	p->asked++;
	if (got == want)
		return;
	if (p->may_mistake && is_meant(p, d, got)) {
		p->mistaken++;
		return;
	}
	if (p->differ++ < 3)
		printf("  %s: arch %x nr %u args %llx %llx %llx %llx %llx %llx: got %x, want %x\n", p->name, d->arch, d->nr,
		       (unsigned long long)d->args[0], (unsigned long long)d->args[1], (unsigned long long)d->args[2],
		       (unsigned long long)d->args[3], (unsigned long long)d->args[4], (unsigned long long)d->args[5], got,
		       want);
}

static void compare_number(struct programs *p, uint32_t arch, uint32_t token, uint32_t nr)
{
	struct call_data d = { .nr = nr, .arch = arch };
	struct values v[6];
	size_t all = 1;
	bool is_newer = judge_is_newer(p->s, arch, nr);

	if (!values_of(p->s, token, nr, v)) {
		compare(p, &d, is_newer);
		return;
	}
	for (int i = 0; i < 6; i++)
		all *= v[i].n;
	/* Every combination when there are few; else a sample in which each value comes up often. */
	for (size_t i = 0; i < (all < COMBINATIONS_MAX ? all : COMBINATIONS_MAX); i++) {
		size_t rest = i;

		for (int j = 0; j < 6; j++) {
			d.args[j] = v[j].v[all < COMBINATIONS_MAX ? rest % v[j].n : random_below((uint32_t)v[j].n)];
			rest /= v[j].n;
		}
		compare(p, &d, is_newer);
	}
}

static const struct { uint32_t arch, token, first; } spaces[] = {
	{ SCMP_ARCH_X86_64,   SCMP_ARCH_X86_64,   0           },
	{ SCMP_ARCH_X86_64,   SCMP_ARCH_X32,      0x40000000u },
	{ SCMP_ARCH_X86,      SCMP_ARCH_X86,      0           },
	{ SCMP_ARCH_AARCH64,  SCMP_ARCH_AARCH64,  0           },
	{ SCMP_ARCH_ARM,      SCMP_ARCH_ARM,      0           },
	{ SCMP_ARCH_ARM,      SCMP_ARCH_ARM,      983040      },
	{ SCMP_ARCH_PPC64LE,  SCMP_ARCH_PPC64LE,  0           },
	{ SCMP_ARCH_RISCV64,  SCMP_ARCH_RISCV64,  0           },
	{ SCMP_ARCH_MIPSEL,   SCMP_ARCH_MIPSEL,   4000        },
	{ SCMP_ARCH_MIPSEL64, SCMP_ARCH_MIPSEL64, 5000        },
	{ 0x12345678,         SCMP_ARCH_X86_64,   0           },
};

static void compare_all(struct programs *p)
{
	static const uint32_t far[] = { 1023, 1024, 4095, 65535, 0x3fffffff, 0xffffffff };

	for (size_t i = 0; i < ARRAY_LEN(spaces); i++) {
		for (uint32_t nr = 0; nr < 600; nr++)
			compare_number(p, spaces[i].arch, spaces[i].token, spaces[i].first + nr);
		for (size_t j = 0; j < ARRAY_LEN(far); j++)
			compare_number(p, spaces[i].arch, spaces[i].token, far[j]);
	}
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* 0 compared; 1 libseccomp refused the profile (and is not asked when strict is false). */
static int compare_profile(const char *name, const struct oci_seccomp *s, bool strict)
{
	static struct k_sock_filter theirs[FILTER_MAX];
	struct arena a = fresh_arena();
	struct seccomp_plan plan;
	struct err e = { 0 };
	int64_t start = now_ns(), took;
	long n;
	struct programs p = { .name = name, .s = s, .may_mistake = !strict };

	CASE(name);
	if (!CHECK(seccomp_check(s, &e) == 0) || !CHECK(seccomp_compile(s, &a, &plan, &e) == 0)) {
		printf("  %s\n", e.text);
		return 0;
	}
	took = now_ns() - start;
	n = judge_compile(s, theirs, FILTER_MAX);
	if (n < 0 && !strict)
		return 1;
	if (!CHECK(n > 0)) {
		printf("  libseccomp: %s\n", strerror((int)-n));
		return 0;
	}
	p.ours = plan.filter;
	p.n_ours = plan.n;
	p.theirs = theirs;
	p.n_theirs = (size_t)n;
	compare_all(&p);
	CHECK(p.differ == 0);
	mistakes += p.mistaken > 0;
	if (strict)
		printf("  %s: %u instructions against %ld, made in %lld us, %.1f executed a call against %.1f; %zu calls compared, %u "
		       "names unknown\n", name, plan.n, n, (long long)took / 1000, (double)p.steps_ours / (double)p.asked,
		       (double)p.steps_theirs / (double)p.asked, p.asked, plan.n_unknown);
	return 0;
}

/* ---- profiles made up here ---- */

static const char *const made_up[] = {
	"default SCMP_ACT_ALLOW\narch SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_X32\n"
	"rule SCMP_ACT_ERRNO=13 ptrace reboot\nrule SCMP_ACT_KILL_PROCESS kexec_load\nrule SCMP_ACT_TRAP mount\n"
	"rule SCMP_ACT_LOG chmod\nrule SCMP_ACT_TRACE=7 chown\nrule SCMP_ACT_KILL umount2\n",

	/* no architecture listed: the native one, and no ENOSYS for newer calls */
	"default SCMP_ACT_ERRNO\nrule SCMP_ACT_ALLOW read write exit exit_group\n",

	/* only a foreign one listed */
	"default SCMP_ACT_KILL_PROCESS\narch SCMP_ARCH_X86\nrule SCMP_ACT_ALLOW read write socket bind accept send shmget semop\n",

	"default SCMP_ACT_ERRNO 38\narch SCMP_ARCH_X86_64 SCMP_ARCH_X32\n"
	"rule SCMP_ACT_ALLOW personality if 0 SCMP_CMP_EQ 0x8\nrule SCMP_ACT_ALLOW personality if 0 SCMP_CMP_EQ 0x20000\n"
	"rule SCMP_ACT_ALLOW personality if 0 SCMP_CMP_EQ 0xffffffff\nrule SCMP_ACT_ALLOW read\n",

	/* each operator */
	"default SCMP_ACT_ERRNO\narch SCMP_ARCH_X86_64\n"
	"rule SCMP_ACT_ALLOW read if 1 SCMP_CMP_NE 5\nrule SCMP_ACT_ALLOW write if 1 SCMP_CMP_LT 0x100000005\n"
	"rule SCMP_ACT_ALLOW open if 2 SCMP_CMP_LE 0x100000005\nrule SCMP_ACT_ALLOW close if 0 SCMP_CMP_EQ 0x700000005\n"
	"rule SCMP_ACT_ALLOW stat if 5 SCMP_CMP_GE 0x100000005\nrule SCMP_ACT_ALLOW fstat if 3 SCMP_CMP_GT 0x100000005\n"
	"rule SCMP_ACT_ALLOW lstat if 0 SCMP_CMP_MASKED_EQ 0xff00000ff0 0x1200000120\n"
	"rule SCMP_ACT_ALLOW poll if 0 SCMP_CMP_MASKED_EQ 0xff00000000 0x1200000000\n"
	"rule SCMP_ACT_ALLOW lseek if 0 SCMP_CMP_MASKED_EQ 0xff 0x12\n"
	"rule SCMP_ACT_ALLOW mmap if 0 SCMP_CMP_MASKED_EQ 0x0f 0xff\n"
	"rule SCMP_ACT_ALLOW brk if 0 SCMP_CMP_MASKED_EQ 0 0\n",

	/* several arguments; the same argument twice (then any of them) */
	"default SCMP_ACT_ERRNO\narch SCMP_ARCH_X86_64 SCMP_ARCH_X86\n"
	"rule SCMP_ACT_ALLOW read if 0 SCMP_CMP_EQ 1 1 SCMP_CMP_EQ 2 2 SCMP_CMP_GE 3\n"
	"rule SCMP_ACT_ALLOW write if 0 SCMP_CMP_EQ 1 0 SCMP_CMP_EQ 2\n"
	"rule SCMP_ACT_ALLOW ioctl if 5 SCMP_CMP_EQ 1 1 SCMP_CMP_NE 2\nrule SCMP_ACT_ALLOW ioctl if 1 SCMP_CMP_EQ 9\n",

	/* verdicts that contradict each other */
	"default SCMP_ACT_ERRNO\narch SCMP_ARCH_X86_64\n"
	"rule SCMP_ACT_ALLOW read\nrule SCMP_ACT_KILL_PROCESS read\nrule SCMP_ACT_LOG write if 0 SCMP_CMP_EQ 3\n"
	"rule SCMP_ACT_ALLOW write\nrule SCMP_ACT_TRAP open if 0 SCMP_CMP_EQ 3\nrule SCMP_ACT_ALLOW open if 1 SCMP_CMP_EQ 4\n"
	"rule SCMP_ACT_TRAP close if 0 SCMP_CMP_EQ 3\nrule SCMP_ACT_ALLOW close if 0 SCMP_CMP_EQ 4\n"
	"rule SCMP_ACT_TRAP stat if 0 SCMP_CMP_GT 3\nrule SCMP_ACT_ALLOW stat if 0 SCMP_CMP_GT 9\n"
	"rule SCMP_ACT_ERRNO ioctl\nrule SCMP_ACT_ALLOW ioctl if 1 SCMP_CMP_EQ 3\n",

	/* x86: sockets and System V through one call or through many, with conditions */
	"default SCMP_ACT_ERRNO\narch SCMP_ARCH_X86 SCMP_ARCH_X86_64\n"
	"rule SCMP_ACT_ALLOW socket if 0 SCMP_CMP_NE 40\nrule SCMP_ACT_ALLOW bind connect listen accept accept4 send recv sendto "
	"recvfrom getsockname getpeername socketpair shutdown setsockopt getsockopt sendmsg recvmsg recvmmsg sendmmsg\n"
	"rule SCMP_ACT_ALLOW shmget if 1 SCMP_CMP_LT 4096\nrule SCMP_ACT_ALLOW semop semget semctl semtimedop msgsnd msgrcv msgget "
	"msgctl shmat shmdt shmctl\nrule SCMP_ACT_ALLOW futex_waitv\n",
	"default SCMP_ACT_ALLOW\narch SCMP_ARCH_X86\nrule SCMP_ACT_ERRNO=97 socketcall\nrule SCMP_ACT_ERRNO=98 socket\n",
	"default SCMP_ACT_ALLOW\narch SCMP_ARCH_X86\nrule SCMP_ACT_ERRNO=97 ipc if 0 SCMP_CMP_EQ 3\nrule SCMP_ACT_ERRNO=98 shmget\n",

	/* other machines */
	"default SCMP_ACT_ERRNO\narch SCMP_ARCH_AARCH64 SCMP_ARCH_ARM SCMP_ARCH_PPC64LE SCMP_ARCH_RISCV64 SCMP_ARCH_MIPSEL "
	"SCMP_ARCH_MIPSEL64 SCMP_ARCH_MIPSEL64N32\n"
	"rule SCMP_ACT_ALLOW read write socket bind shmget semtimedop breakpoint cacheflush set_tls personality openat2 futex_waitv\n"
	"rule SCMP_ACT_ALLOW clone if 0 SCMP_CMP_MASKED_EQ 0x7e020000 0\nrule SCMP_ACT_ALLOW connect if 1 SCMP_CMP_EQ 0x100000007\n",

	"default SCMP_ACT_TRACE 5\narch SCMP_ARCH_X86_64\nrule SCMP_ACT_ALLOW read no_such_call\nrule SCMP_ACT_TRACE=5 write\n",
	"default SCMP_ACT_LOG\nrule SCMP_ACT_ERRNO=0 read\n",
	/* the largest call is one that the profile names to say what the default says */
	"default SCMP_ACT_ERRNO 3\narch SCMP_ARCH_X86_64\nrule SCMP_ACT_ALLOW openat2\nrule SCMP_ACT_ERRNO=3 futex_waitv\n",
	"default SCMP_ACT_ERRNO 3\narch SCMP_ARCH_X86_64\n"
	"rule SCMP_ACT_TRACE=9 openat2 if 0 SCMP_CMP_GT 1\n"
	"rule SCMP_ACT_ERRNO=3 futex_waitv if 0 SCMP_CMP_EQ 2\n",
};

static void made_up_profiles(void)
{
	for (size_t i = 0; i < ARRAY_LEN(made_up); i++) {
		char name[32];

		snprintf(name, sizeof(name), "made up %zu", i);
		compare_profile(name, profile_parse(made_up[i]), true);
	}
}

/* ---- profiles by chance ---- */

static const char *const names[] = {
	"read", "write", "open", "close", "socket", "bind", "accept4", "shmget", "semop", "clone", "personality", "ioctl",
	"futex_waitv", "openat2", "mmap2", "arch_prctl", "ipc", "socketcall", "setns", "prlimit64",
};
static const char *const actions[] = {
	"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO=3", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP", "SCMP_ACT_LOG", "SCMP_ACT_TRACE=9",
};
static const char *const values[] = {
	"0", "1", "2", "0x7fffffff", "0xffffffff", "0x100000000", "0x100000001", "0xffffffff00000000", "0xffffffffffffffff",
};

#define ANY(list) ((list)[random_below(ARRAY_LEN(list))])

/* n_actions 1: no two rules contradict each other, so every combination of conditions must be right. */
static void chance_profile(char *text, size_t size, uint32_t n_actions)
{
	static const char *const ops[] = {
		"SCMP_CMP_EQ", "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_MASKED_EQ",
	};
	int at = snprintf(text, size, "default SCMP_ACT_ERRNO %u\narch SCMP_ARCH_X86_64%s%s\n", 1 + random_below(40),
			  random_below(2) ? " SCMP_ARCH_X86" : "", random_below(2) ? " SCMP_ARCH_X32" : "");

	for (uint32_t rules = 1 + random_below(8); rules > 0; rules--) {
		uint32_t n = random_below(4), used = 0;

		at += snprintf(text + at, size - (size_t)at, "rule %s %s %s", actions[random_below(n_actions)], ANY(names), ANY(names));
		for (uint32_t i = 0; i < n; i++) {
			uint32_t index = random_below(3);
			const char *op = ANY(ops);

			if (used >> index & 1 && random_below(4) > 0)
				continue;
			at += snprintf(text + at, size - (size_t)at, "%s %u %s %s%s%s", used == 0 ? " if" : "", index, op, ANY(values),
				       strcmp(op, "SCMP_CMP_MASKED_EQ") == 0 ? " " : "",
				       strcmp(op, "SCMP_CMP_MASKED_EQ") == 0 ? ANY(values) : "");
			used |= 1u << index;
		}
		at += snprintf(text + at, size - (size_t)at, "\n");
	}
}

static void chance_profiles(uint32_t n, uint32_t n_actions)
{
	static char text[8192];
	int refused = 0;

	for (uint32_t i = 0; i < n; i++) {
		int before = check_failed;

		chance_profile(text, sizeof(text), n_actions);
		refused += compare_profile("by chance", profile_parse(text), false);
		if (check_failed > before)
			printf("%s\n", text);
	}
	printf("  by chance: %u profiles with %u actions; libseccomp refused %d and was mistaken in %d\n", n, n_actions, refused,
	       mistakes);
	mistakes = 0;
}

/* What podman asks for without CAP_AUDIT_WRITE, on x86 too, where libseccomp refuses the third rule. */
static void podman_sockets(void)
{
	struct oci_seccomp *s = profile_parse(
		"default SCMP_ACT_ERRNO 38\narch SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_X32\n"
		"rule SCMP_ACT_ERRNO=22 socket if 0 SCMP_CMP_EQ 16 2 SCMP_CMP_EQ 9\n"
		"rule SCMP_ACT_ALLOW socket if 2 SCMP_CMP_NE 9\nrule SCMP_ACT_ALLOW socket if 0 SCMP_CMP_NE 16\n"
		"rule SCMP_ACT_ALLOW futex_waitv\n");
	static const struct { uint32_t arch, nr; uint64_t args[3]; uint32_t want; } rows[] = {
		{ SCMP_ARCH_X86_64, 41,  { 16, 3, 9 }, SCMP_ACT_ERRNO(22) }, { SCMP_ARCH_X86_64, 41,  { 16, 3, 0 }, SCMP_ACT_ALLOW },
		{ SCMP_ARCH_X86_64, 41,  { 2, 1, 9 },  SCMP_ACT_ALLOW },     { SCMP_ARCH_X86,    359, { 16, 3, 9 }, SCMP_ACT_ERRNO(22) },
		{ SCMP_ARCH_X86,    359, { 2, 1, 9 },  SCMP_ACT_ALLOW },     { SCMP_ARCH_X86,    102, { 1, 1, 9 },  SCMP_ACT_ERRNO(22) },
		{ SCMP_ARCH_X86,    102, { 1, 1, 0 },  SCMP_ACT_ALLOW },     { SCMP_ARCH_X86,    102, { 2, 1, 0 },  SCMP_ACT_ERRNO(38) },
	};
	struct arena a = fresh_arena();
	struct seccomp_plan plan = { 0 };
	struct err e = { 0 };
	size_t steps = 0;

	CASE("podman's sockets");
	CHECK(seccomp_compile(s, &a, &plan, &e) == 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct call_data d = { .nr = rows[i].nr, .arch = rows[i].arch,
				       .args = { rows[i].args[0], rows[i].args[1], rows[i].args[2] } };

		if (!CHECK(bpf_run(plan.filter, plan.n, &d, &steps) == rows[i].want))
			printf("  row %zu\n", i);
	}
}

/* What engines give; automake says where the sources are. */
static void golden_profiles(void)
{
	static const char *const files[] = { "docker.profile", "podman.profile" };
	const char *srcdir = getenv("srcdir");
	char path[4096];

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof(path), "%s/tests/golden/seccomp/%s", srcdir ? srcdir : ".", files[i]);
		compare_profile(files[i], profile_load(path), true);
	}
}

int main(void)
{
	golden_profiles();
	podman_sockets();
	made_up_profiles();
	chance_profiles(40, 1);
	chance_profiles(40, ARRAY_LEN(actions));
	return check_summary();
}
