/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two programs out of one: for every call and argument the stricter of their verdicts, as the kernel orders them, is the one
 * that the whole program gives.
 */
#include "judge.h"
#include "tests/check.h"
#include "base/arr.h"
#include "seccomp/listen.h"
#include "seccomp/table.h"

#include <errno.h>

static _Alignas(16) char memory[1 << 20];
static struct err e;
static size_t steps;

static struct arena fresh_arena(void)
{
	memset(memory, 0, sizeof(memory));
	return (struct arena){ memory, sizeof(memory), 0 };
}

/* seccomp(2): the actions in the order of precedence are those of their numbers, signed. */
static uint32_t stricter(uint32_t a, uint32_t b)
{
	return (int32_t)(a & 0xffff0000u) <= (int32_t)(b & 0xffff0000u) ? a : b;
}

static const char profile[] =
	"default SCMP_ACT_ERRNO 7\n"
	"flag SECCOMP_FILTER_FLAG_TSYNC SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV SECCOMP_FILTER_FLAG_LOG\n"
	"rule SCMP_ACT_ALLOW read\n"
	"rule SCMP_ACT_NOTIFY mkdir chmod\n"
	"rule SCMP_ACT_TRACE=9 write if 0 SCMP_CMP_EQ 4\n"
	"rule SCMP_ACT_NOTIFY write if 0 SCMP_CMP_GE 2\n"
	"rule SCMP_ACT_LOG close\n"
	"rule SCMP_ACT_KILL_PROCESS reboot\n";

/* The same without a listener: what NOTIFY is elsewhere is TRACE with a number of its own. */
static void compare(const struct seccomp_plan *p)
{
	uint32_t seen[2] = { 0 };

	for (uint32_t nr = 0; nr < 500; nr++)
		for (uint64_t arg = 0; arg < 8; arg++) {
			const struct call_data d = { .nr = nr, .arch = arch_native()->audit, .args = { arg } };
			uint32_t listener = bpf_run(p->listener, p->n, &d, &steps);
			uint32_t rest = bpf_run(p->filter, p->n, &d, &steps);

			CHECK(listener == ACTION_NOTIFY || listener == ACTION_ALLOW);
			CHECK((rest & 0xffff0000u) != ACTION_NOTIFY);
			CHECK(listener == ACTION_ALLOW || rest == ACTION_ALLOW);
			CHECK(stricter(listener, rest) == (listener == ACTION_NOTIFY ? ACTION_NOTIFY : rest));
			seen[listener == ACTION_NOTIFY]++;
		}
	CHECK(seen[0] > 0 && seen[1] > 0);
}

static uint32_t verdict(const struct seccomp_plan *p, const char *name, uint64_t arg, bool listener)
{
	const struct call_data d = { .nr = (uint32_t)number_of(number_find(name), name, arch_native()),
				     .arch = arch_native()->audit, .args = { arg } };

	return bpf_run(listener ? p->listener : p->filter, p->n, &d, &steps);
}

static void halves(void)
{
	struct arena a = fresh_arena();
	struct seccomp_plan p;

	CASE("a profile with NOTIFY");
	CHECK(seccomp_notifies(profile_parse(profile)));
	CHECK(seccomp_check(profile_parse(profile), &e) == 0);
	CHECK(seccomp_compile(profile_parse(profile), &a, &p, &e) == 0 && p.listens);
	compare(&p);
	CHECK(verdict(&p, "chmod", 0, true) == ACTION_NOTIFY && verdict(&p, "chmod", 0, false) == ACTION_ALLOW);
	CHECK(verdict(&p, "write", 4, true) == ACTION_ALLOW && verdict(&p, "write", 4, false) == (ACTION_TRACE | 9));
	CHECK(verdict(&p, "write", 5, true) == ACTION_NOTIFY && verdict(&p, "write", 5, false) == ACTION_ALLOW);
	CHECK(verdict(&p, "write", 1, true) == ACTION_ALLOW && verdict(&p, "write", 1, false) == (ACTION_ERRNO | 7));
	CHECK(verdict(&p, "reboot", 1, false) == ACTION_KILL_PROCESS);
	CHECK(p.flags == (K_SECCOMP_FILTER_FLAG_TSYNC | K_SECCOMP_FILTER_FLAG_LOG));
	CHECK(p.listener_flags == (K_SECCOMP_FILTER_FLAG_LOG | K_SECCOMP_FILTER_FLAG_NEW_LISTENER |
				   K_SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV));

	CASE("a profile without NOTIFY");
	a = fresh_arena();
	CHECK(!seccomp_notifies(NULL) && !seccomp_notifies(profile_parse("default SCMP_ACT_ALLOW\n")));
	CHECK(seccomp_compile(profile_parse("default SCMP_ACT_ALLOW\nflag SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\n"), &a, &p,
			      &e) == 0);
	CHECK(!p.listens && p.flags == 0 && p.listener == NULL);
}

static const struct {
	const char *text;
	int rc;
	const char *bytes;
} texts[] = {
	{ "", 0, "" },		{ "Zg==", 0, "f" },	{ "Zm8=", 0, "fo" },	{ "Zm9v", 0, "foo" },
	{ "Zm9vYg==", 0, "foob" },	{ "Zm9vYmE", 0, "fooba" },	{ "Zg", 0, "f" },
	{ "+/+/", 0, "\xfb\xff\xbf" },
	{ "Z", -EINVAL, NULL },	{ "Zg=", -EINVAL, NULL },	{ "Zg===", -EINVAL, NULL },	{ "=", -EINVAL, NULL },
	{ "Zh==", -EINVAL, NULL },	/* bits that belong to no byte */
	{ "Zm 9v", -EINVAL, NULL },	{ "Zm9v\n", -EINVAL, NULL },	{ "Zm9-", -EINVAL, NULL },
	{ "Zm9vYmFyYmF6", -E2BIG, NULL },
};

static void base64(void)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		uint8_t out[8];
		size_t n = 99;

		CASE(texts[i].text);
		CHECK(seccomp_base64(texts[i].text, out, sizeof(out), &n) == texts[i].rc);
		if (texts[i].rc == 0)
			CHECK(n == strlen(texts[i].bytes) && memcmp(out, texts[i].bytes, n) == 0);
		else
			CHECK(n == 99);
	}
}

static const struct {
	const char *text;
	int rc;
	const char *says;
} ready[] = {
	{ "", -EINVAL, "annotations: run.oci.seccomp_bpf_data: 0 bytes are no whole number of instructions of 8 bytes" },
	{ "?", -EINVAL, "annotations: run.oci.seccomp_bpf_data: it is not base64" },
	{ "AAAA", -EINVAL, "annotations: run.oci.seccomp_bpf_data: 3 bytes are no whole number of instructions of 8 bytes" },
	{ "IAAAAAAAAAA=", -EINVAL, "annotations: run.oci.seccomp_bpf_data: the last instruction does not return" },
	{ "FgAAAAAAAAA=", -EOPNOTSUPP, "annotations: run.oci.seccomp_bpf_data: instruction 0 returns a computed value; only "
	  "constant ones can be told to ask for a listener or not" },
};

static void ready_made(void)
{
	struct arena a;
	struct seccomp_plan p;

	for (size_t i = 0; i < ARRAY_LEN(ready); i++) {
		a = fresh_arena();
		CASE(ready[i].text);
		CHECK(seccomp_ready(ready[i].text, NULL, &a, &p, &e) == ready[i].rc);
		CHECK_STR(e.text, ready[i].says);
	}
	CASE("ret ALLOW, on a machine whose low byte comes first");
	a = fresh_arena();
	CHECK(seccomp_ready("BgAAAAAA/38=", profile_parse("default SCMP_ACT_KILL\nflag SECCOMP_FILTER_FLAG_LOG\n"), &a, &p,
			    &e) == 0);
	CHECK(p.wanted && !p.listens && p.n == 1 && p.flags == K_SECCOMP_FILTER_FLAG_LOG);
	CHECK(p.filter[0].code == 6 && p.filter[0].k == ACTION_ALLOW);
	CASE("ret USER_NOTIF");
	a = fresh_arena();
	CHECK(seccomp_ready("BgAAAAAAwH8=", NULL, &a, &p, &e) == 0 && p.listens);
	CHECK(p.filter[0].k == ACTION_ALLOW && p.listener[0].k == ACTION_NOTIFY);
}

int main(void)
{
	halves();
	base64();
	ready_made();
	return check_summary();
}
