/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Namespaces, id maps, and what the annotations say. */
#include "tests/unit/translate/fixture.h"

#include "base/arr.h"

static void translated(struct fixture *x)
{
	CHECK(translate_isolation(&x->d) == 0);
}

static void namespaces(void)
{
	auto_fixture struct fixture x;
	struct lithos_map row = { 0, 100000, 65536 };

	CASE("the host's network");
	fixture_make(&x);
	translated(&x);
	CHECK(x.plan.config.linux->n_namespaces == 4);
	CHECK(oci_makes_namespace(&x.plan.config, "mount") && oci_makes_namespace(&x.plan.config, "uts"));
	CHECK(oci_makes_namespace(&x.plan.config, "ipc") && oci_makes_namespace(&x.plan.config, "pid"));
	CHECK(x.plan.config.hostname == NULL);
	CHECK_STR(x.plan.config.linux->rootfs_propagation, "private");

	CASE("a bridge");
	x.sandbox.bridged_network = &x.network;
	fixture_begin_plan(&x);
	translated(&x);
	CHECK(oci_makes_namespace(&x.plan.config, "network") && !oci_makes_namespace(&x.plan.config, "user"));

	CASE("maps");
	x.container.uid_map = x.container.gid_map = (struct lithos_maps){ &row, 1 };
	fixture_begin_plan(&x);
	translated(&x);
	CHECK(oci_makes_namespace(&x.plan.config, "user"));
	CHECK(x.plan.config.linux->n_uid_mappings == 1 && x.plan.config.linux->n_gid_mappings == 1);
	CHECK(x.plan.config.linux->uid_mappings[0].host_id == 100000);
	CHECK(x.findings.n == 0);
}

static void no_root(void)
{
	auto_fixture struct fixture x;
	struct lithos_map uids[] = { { 1000, 1000, 1 } }, gids[] = { { 5, LITHOS_ID_MAX - 1, 2 } };
	const struct oci_linux *l;

	CASE("maps without root");
	fixture_make(&x);
	x.container.uid_map = (struct lithos_maps){ uids, 1 };
	x.container.gid_map = (struct lithos_maps){ gids, 1 };
	translated(&x);
	l = x.plan.config.linux;
	CHECK(x.findings.n == 0);
	CHECK(l->n_uid_mappings == 2 && l->n_gid_mappings == 2);
	CHECK(l->uid_mappings[1].container_id == 0 && l->uid_mappings[1].size == 1);
	CHECK(l->uid_mappings[1].host_id == LITHOS_ID_MAX);
	/* the last two are taken */
	CHECK(l->gid_mappings[1].host_id == LITHOS_ID_MAX - 2);
}

static void all_ids_taken(void)
{
	auto_fixture struct fixture x;
	struct lithos_map row = { 1, 1, LITHOS_ID_MAX };

	CASE("no id is left for root");
	fixture_make(&x);
	x.container.uid_map = x.container.gid_map = (struct lithos_maps){ &row, 1 };
	translated(&x);
	CHECK(x.findings.n_errors == 2);
	CHECK(fixture_said(&x, FINDING_ERROR, "gid_map maps neither id 0"));
}

static void one_map(void)
{
	auto_fixture struct fixture x;
	struct lithos_map row = { 0, 100000, 65536 };

	CASE("a map of one kind only");
	fixture_make(&x);
	x.container.uid_map = (struct lithos_maps){ &row, 1 };
	translated(&x);
	CHECK(fixture_said(&x, FINDING_ERROR, "gid_map is empty"));
}

static void annotations(void)
{
	auto_fixture struct fixture x;
	const struct oci_config *c = &x.plan.config;

	CASE("the init");
	fixture_make(&x);
	translated(&x);
	CHECK_STR(oci_annotation(c, "org.cist.init"), "true");
	CHECK_STR(oci_annotation(c, "org.cist.init.title"), "lithos_knot --name app/web.0");
	CHECK_STR(oci_annotation(c, "org.cist.lithos.name"), "app/web.0");
	CHECK(oci_annotation(c, "org.cist.output.file") == NULL);

	CASE("a file for what is printed");
	x.container.stdout_stderr_file = "/log/out";
	fixture_begin_plan(&x);
	translated(&x);
	CHECK_STR(oci_annotation(c, "org.cist.output.file"), "/log/out");

	CASE("not for who is interactive");
	x.container.interactive = true;
	fixture_begin_plan(&x);
	translated(&x);
	CHECK(oci_annotation(c, "org.cist.output.file") == NULL);

	CASE("a relative one");
	x.container.interactive = false;
	x.container.stdout_stderr_file = "log/out";
	fixture_begin_plan(&x);
	translated(&x);
	CHECK_STR(oci_annotation(c, "org.cist.output.file"), "/log/out");
	CHECK(fixture_said(&x, FINDING_WARNING, "stdout-stderr-file log/out is relative"));
}

static const char *respawn(struct fixture *x, uint32_t timeout)
{
	x->container.restart_timeout = timeout;
	fixture_begin_plan(x);
	translated(x);
	return oci_annotation(&x->plan.config, "org.cist.init.respawn");
}

static void kill_timeout(void)
{
	static const struct { uint32_t s; const char *ms; } rows[] = { { 0, "0" }, { 5, "5000" }, { 86400, "86400000" } };
	auto_fixture struct fixture x;

	CASE("kill-timeout");
	fixture_make(&x);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		x.container.kill_timeout = rows[i].s;
		fixture_begin_plan(&x);
		translated(&x);
		CHECK_STR(oci_annotation(&x.plan.config, "org.cist.init.kill-timeout"), rows[i].ms);
	}
	CHECK(x.findings.n == 0);
}

static void process_only(void)
{
	auto_fixture struct fixture x;

	CASE("restart-process-only");
	fixture_make(&x);
	CHECK(respawn(&x, 1) == NULL && translate_respawn_ms(&x.container) == 0);
	x.container.restart_process_only = true;
	CHECK_STR(respawn(&x, 1), "1000");
	CHECK_STR(respawn(&x, 0), "100");
	CHECK_STR(respawn(&x, 86400), "86400000");
	x.container.kind = LITHOS_COMMAND_OR_DAEMON;
	CHECK(respawn(&x, 1) == NULL);
	CHECK(x.findings.n == 0);
}

int main(void)
{
	namespaces();
	no_root();
	all_ids_taken();
	one_map();
	annotations();
	kill_timeout();
	process_only();
	return check_summary();
}
