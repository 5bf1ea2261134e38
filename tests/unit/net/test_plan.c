/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/check.h"
#include "libocispec/oci_config.h"
#include "net/net.h"

#include <errno.h>

static _Alignas(16) char memory[1 << 16];
static struct err e;

static struct arena fresh_arena(size_t size)
{
	memset(memory, 0, sizeof(memory));
	return (struct arena){ memory, size, 0 };
}

static int plan(struct oci_net_device *v, size_t n, struct net_plan *p)
{
	const struct oci_linux l = { .net_devices = v, .n_net_devices = n };
	struct arena a = fresh_arena(sizeof(memory));

	e = (struct err){ 0 };
	return net_plan(&l, &a, p, &e);
}

int main(void)
{
	struct oci_net_device two[] = { { "eth0", NULL }, { "ens4", "inner" } };
	struct oci_net_device empty[] = { { "eth0", "" } };
	struct oci_net_device swapped[] = { { "a", "b" }, { "b", "a" } };
	struct oci_net_device clash[] = { { "a", "b" }, { "b", NULL } };
	struct oci_net_device numbered[] = { { "a", "eth%d" }, { "b", "eth%d" } };
	struct oci_net_device lo[] = { { "lo", "x" } };
	struct arena a = fresh_arena(16);
	struct net_plan p;

	CASE("none");
	CHECK(net_plan(NULL, &a, &p, &e) == 0 && p.n == 0);
	CHECK(plan(NULL, 0, &p) == 0 && p.n == 0);

	CASE("a name of its own, or that of the host");
	CHECK(plan(two, 2, &p) == 0 && p.n == 2);
	CHECK_STR(p.v[0].inside, "eth0");
	CHECK_STR(p.v[1].name, "ens4");
	CHECK_STR(p.v[1].inside, "inner");
	CHECK_STR(p.v[1].from, "linux.netDevices[\"ens4\"]");
	CHECK(plan(empty, 1, &p) == 0);
	CHECK_STR(p.v[0].inside, "eth0");

	CASE("exchanged names are two names");
	CHECK(plan(swapped, 2, &p) == 0);

	CASE("one name for two");
	CHECK(plan(clash, 2, &p) == -EINVAL);
	CHECK_STR(e.text, "linux.netDevices[\"b\"]: a would be called b in the container as well");

	CASE("a number that is free differs from itself");
	CHECK(plan(numbered, 2, &p) == 0);

	CASE("the loopback device");
	CHECK(plan(lo, 1, &p) == -EINVAL);
	CHECK_STR(e.text, "linux.netDevices[\"lo\"]: the loopback device cannot be moved");

	CASE("no memory");
	{
		const struct oci_linux l = { .net_devices = two, .n_net_devices = 2 };

		a = fresh_arena(64);
		CHECK(net_plan(&l, &a, &p, &e) == -ENOMEM);
	}
	return check_summary();
}
