/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/check.h"
#include "base/arr.h"
#include "libocispec/oci_config.h"
#include "priv/caps.h"

#include <errno.h>
#include <sys/capability.h>

enum { LAST = 40 };

static _Alignas(16) char memory[1 << 16];

static struct arena fresh_arena(void)
{
	memset(memory, 0, sizeof(memory));
	return (struct arena){ memory, sizeof(memory), 0 };
}

#define BIT(cap) (UINT64_C(1) << (cap))
#define LIST(...) (const char *[]){ __VA_ARGS__ }, ARRAY_LEN(((const char *[]){ __VA_ARGS__ }))

/* Our table against libcap's, both ways. */
static void names_are_libcaps(void)
{
	CASE("names");
	for (uint32_t i = 0; caps_name(i); i++) {
		cap_value_t theirs;
		uint32_t ours = 99;

		CHECK(cap_from_name(caps_name(i), &theirs) == 0 && (uint32_t)theirs == i);
		CHECK(caps_number(caps_name(i), &ours) == 0 && ours == i);
	}
	CHECK(caps_name(CAP_LAST_CAP + 1) == NULL);
	CHECK(caps_last() >= CAP_AUDIT_READ && caps_last() <= CAP_LAST_CAP);
}

static void wrong_names(void)
{
	static const char *const wrong[] = { "", "CHOWN", "cap_chown", "CAP_", "CAP_CHOWN ", "CAP_FOO", "0", "all" };
	uint32_t n;

	CASE("wrong names");
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		CHECK(caps_number(wrong[i], &n) == -EINVAL);
}

static void absent_is_none(void)
{
	struct arena a = fresh_arena();
	struct caps c = { 1, 1, 1, 1, 1 };
	struct priv_warnings w;
	struct err e = { 0 };

	CASE("absent means none");
	CHECK(caps_plan(NULL, "process.capabilities", LAST, 0, &a, &c, &w, &e) == 0);
	CHECK(c.bounding == 0 && c.effective == 0 && c.permitted == 0 && c.inheritable == 0 && c.ambient == 0);
	CHECK(w.n == 0);
}

static const struct {
	const char *says;
	struct oci_capabilities in;
	uint32_t last;
	int rc;
	struct caps want;
	const char *text;	/* of the error, or of the first warning */
} rows[] = {
	{ "as docker", { .bounding = (const char *[]){ "CAP_CHOWN", "CAP_KILL" }, .n_bounding = 2,
			 .effective = (const char *[]){ "CAP_CHOWN", "CAP_KILL" }, .n_effective = 2,
			 .permitted = (const char *[]){ "CAP_CHOWN", "CAP_KILL" }, .n_permitted = 2 }, LAST, 0,
	  { BIT(0) | BIT(5), BIT(0) | BIT(5), BIT(0) | BIT(5), 0, 0 }, NULL },
	{ "ambient and inheritable", { .bounding = (const char *[]){ "CAP_CHOWN" }, .n_bounding = 1,
				       .permitted = (const char *[]){ "CAP_CHOWN" }, .n_permitted = 1,
				       .inheritable = (const char *[]){ "CAP_CHOWN" }, .n_inheritable = 1,
				       .ambient = (const char *[]){ "CAP_CHOWN" }, .n_ambient = 1 }, LAST, 0,
	  { BIT(0), 0, BIT(0), BIT(0), BIT(0) }, NULL },
	{ "the default of `runc spec` 1.1", { .bounding = (const char *[]){ "CAP_KILL" }, .n_bounding = 1,
					      .effective = (const char *[]){ "CAP_KILL" }, .n_effective = 1,
					      .permitted = (const char *[]){ "CAP_KILL" }, .n_permitted = 1,
					      .ambient = (const char *[]){ "CAP_KILL" }, .n_ambient = 1 }, LAST, 0,
	  { BIT(5), BIT(5), BIT(5), 0, 0 },
	  "process.capabilities.ambient: CAP_KILL is not both permitted and inheritable and is left out" },
	{ "a name that nobody knows", { .bounding = (const char *[]){ "CAP_CHOWN", "CAP_FOO" }, .n_bounding = 2 }, LAST, 0,
	  { .bounding = BIT(0) }, "process.capabilities.bounding[1]: CAP_FOO is no known capability and is left out" },
	{ "a kernel without it", { .bounding = (const char *[]){ "CAP_BPF" }, .n_bounding = 1 }, 37, 0, { 0 },
	  "process.capabilities.bounding[0]: CAP_BPF is not a capability of this kernel and is left out" },
	{ "effective without permitted", { .effective = (const char *[]){ "CAP_SYS_ADMIN" }, .n_effective = 1 }, LAST, -EINVAL, { 0 },
	  "process.capabilities.effective: CAP_SYS_ADMIN is not in permitted" },
	{ "inheritable without bounding", { .inheritable = (const char *[]){ "CAP_CHOWN" }, .n_inheritable = 1 }, LAST, -EINVAL,
	  { 0 }, "process.capabilities.inheritable: CAP_CHOWN is not in bounding" },
};

static void planned(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = fresh_arena();
		struct caps c = { 0 };
		struct priv_warnings w = { 0 };
		struct err e = { 0 };

		CASE(rows[i].says);
		CHECK(caps_plan(&rows[i].in, "process.capabilities", rows[i].last, 0, &a, &c, &w, &e) == rows[i].rc);
		CHECK(memcmp(&c, &rows[i].want, sizeof(c)) == 0);
		if (rows[i].rc < 0)
			CHECK_STR(e.text, rows[i].text);
		else
			CHECK_STR(w.n > 0 ? w.v[0] : NULL, rows[i].text);
	}
}

static void full_arena(void)
{
	struct arena a = { memory, 16, 0 };
	struct caps c;
	struct priv_warnings w;
	struct err e = { 0 };

	CASE("no room");
	CHECK(caps_plan(&rows[0].in, "process.capabilities", LAST, 0, &a, &c, &w, &e) == -ENOMEM);
}

/* CVE-2022-29162 and its relatives: what exec adds never becomes inheritable. */
static void added(void)
{
	struct caps c = { .bounding = BIT(0), .inheritable = BIT(5) };
	struct err e = { 0 };

	CASE("exec --cap");
	CHECK(caps_add(&c, LIST("CAP_KILL", "CAP_NET_RAW"), LAST, &e) == 0);
	CHECK(c.bounding == (BIT(0) | BIT(5) | BIT(13)) && c.effective == (BIT(5) | BIT(13)) && c.permitted == c.effective);
	CHECK(c.inheritable == BIT(5) && c.ambient == BIT(5));
	CHECK(caps_add(&c, LIST("CAP_FOO"), LAST, &e) == -EINVAL);
	CHECK_STR(e.text, "--cap: unknown capability CAP_FOO");
	CHECK(caps_add(&c, LIST("CAP_BPF"), 37, &e) == -EINVAL);
	CHECK(caps_add(&c, NULL, 0, LAST, &e) == 0);
}

static void withheld(void)
{
	struct arena a = fresh_arena();
	struct caps c;
	struct priv_warnings w;
	struct err e = { 0 };
	const struct oci_capabilities in = {
		LIST("CAP_KILL", "CAP_SYS_RESOURCE"), LIST("CAP_KILL", "CAP_SYS_RESOURCE"),
		LIST("CAP_SYS_RESOURCE"), LIST("CAP_KILL", "CAP_SYS_RESOURCE"), LIST("CAP_SYS_RESOURCE"),
	};

	CASE("what the caller cannot give is left out of all sets, and said once");
	CHECK(caps_plan(&in, "process.capabilities", LAST, BIT(CAP_SYS_RESOURCE) | BIT(CAP_CHOWN), &a, &c, &w, &e) == 0);
	CHECK(c.bounding == BIT(CAP_KILL) && c.effective == BIT(CAP_KILL) && c.permitted == BIT(CAP_KILL));
	CHECK(c.inheritable == 0 && c.ambient == 0 && w.n == 1);
	CHECK_STR(w.v[0], "process.capabilities: CAP_SYS_RESOURCE is not this caller's to give and is left out");
}

int main(void)
{
	names_are_libcaps();
	wrong_names();
	absent_is_none();
	planned();
	full_arena();
	added();
	withheld();
	return check_summary();
}
