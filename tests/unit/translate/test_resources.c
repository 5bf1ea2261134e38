/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control group, its limits, and when there are none. */
#include "tests/unit/translate/fixture.h"

static const struct oci_resources *translated(struct fixture *x)
{
	fixture_begin_plan(x);
	CHECK(translate_resources(&x->d) == 0);
	return x->plan.config.linux->resources;
}

static void defaults(void)
{
	auto_fixture struct fixture x;
	const struct oci_resources *r;

	CASE("nothing is limited that nobody limits");
	fixture_make(&x);
	r = translated(&x);
	CHECK_STR(x.plan.config.linux->cgroups_path, "/lithos.slice/app:web.0.scope");
	CHECK(!r->memory && !r->cpu && !r->pids);

	CASE("devices are devfs-dir's to say");
	CHECK(r->n_devices == 1 && r->devices[0].allow && !r->devices[0].has_major && !r->devices[0].type);
	CHECK_STR(r->devices[0].access, "rwm");

	CASE("but not where it is hardened");
	x.d.harden = true;
	r = translated(&x);
	CHECK(r->n_devices == 1 && !r->devices[0].allow);

	CASE("an ad-hoc command");
	x.in.name = "app/cmd.manage.4711";
	translated(&x);
	CHECK_STR(x.plan.config.linux->cgroups_path, "/lithos.slice/app:cmd.manage.4711.scope");
}

static void limits(void)
{
	auto_fixture struct fixture x;
	const struct oci_resources *r;
	const char *only_memory[] = { "name", "memory" };

	CASE("memory");
	fixture_make(&x);
	x.container.memory_limit = 104857600;
	x.container.cpu_shares = 512;
	r = translated(&x);
	CHECK(r->memory && r->memory->limit == 104857600 && r->memory->has_swap && r->memory->swap == 104857600);
	CHECK(r->cpu && r->cpu->shares == 512);

	CASE("swap that the host does not count");
	x.facts.no_swap_limit = true;
	r = translated(&x);
	CHECK(r->memory->has_limit && !r->memory->has_swap);

	CASE("a controller that is not in the list");
	x.master.cgroup_controllers = only_memory;
	x.master.n_cgroup_controllers = 2;
	r = translated(&x);
	CHECK(r->memory && !r->cpu);

	CASE("no groups at all");
	x.master.cgroup_name = NULL;
	r = translated(&x);
	CHECK(!r->memory && !r->cpu && !x.plan.config.linux->cgroups_path);
	CHECK(r->n_devices == 1);
	CHECK(x.findings.n == 0);
}

static void names(void)
{
	auto_fixture struct fixture x;

	fixture_make(&x);
	CASE("a deeper group");
	x.master.cgroup_name = "/a/b";
	translated(&x);
	CHECK_STR(x.plan.config.linux->cgroups_path, "/a/b/app:web.0.scope");
	CHECK(x.findings.n == 0);

	CASE("one that climbs");
	x.master.cgroup_name = "a/../../b";
	translated(&x);
	CHECK(fixture_said(&x, FINDING_ERROR, "is no path below the root"));

	CASE("dots alone do not");
	x.findings.n_errors = 0;
	x.master.cgroup_name = "a/..b/c..";
	translated(&x);
	CHECK(x.findings.n_errors == 0);

	CASE("none that is not null");
	x.master.cgroup_name = "/";
	translated(&x);
	CHECK(x.findings.n_errors == 1);
}

int main(void)
{
	defaults();
	limits();
	names();
	return check_summary();
}
