/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may make what, and who writes the id maps. */
#include "ns/ns.h"
#include "base/arr.h"
#include "libocispec/ocispec.h"
#include "tests/check.h"

static struct ns_plan plan;
static struct err e;

enum { ME = 4711, MY_GROUP = 4712 };

static const struct ns_caller root = { .may_make = true, .may_set_uids = true, .may_set_gids = true };
static const struct ns_caller user = { .uid = ME, .gid = MY_GROUP };

static struct oci_id_mapping own_uid = { .container_id = 0, .host_id = ME, .size = 1 };
static struct oci_id_mapping own_gid = { .container_id = 0, .host_id = MY_GROUP, .size = 1 };
static struct oci_id_mapping many[] = { { .container_id = 0, .host_id = ME, .size = 1 },
					{ .container_id = 1, .host_id = 200000, .size = 65536 } };

static int rights(const struct ns_caller *who, uint64_t fresh, uint64_t joined, const struct oci_id_mapping *uids, size_t n_uids,
		  const struct oci_id_mapping *gids, size_t n_gids)
{
	struct ns_join join = { .from = "linux.namespaces[7].path" };
	struct oci_linux l = { .uid_mappings = (void *)(uintptr_t)uids, .n_uid_mappings = n_uids,
			       .gid_mappings = (void *)(uintptr_t)gids, .n_gid_mappings = n_gids };
	const struct oci_config c = { .linux = &l };

	plan = (struct ns_plan){ .fresh = fresh, .joined = joined, .joins = &join, .n_joins = joined ? 1 : 0 };
	e = (struct err){ 0 };
	return ns_plan_rights(&c, who, &plan, &e);
}

static void test_refusals(void)
{
	CASE("root may do anything");
	CHECK(rights(&root, 0, 0, NULL, 0, NULL, 0) == 0);
	CHECK(rights(&root, K_CLONE_NEWNS | K_CLONE_NEWNET, 0, NULL, 0, NULL, 0) == 0);
	CHECK(rights(&root, K_CLONE_NEWUSER, K_CLONE_NEWNET, many, 2, many, 2) == 0);
	CASE("an ordinary user needs a user namespace, made or joined");
	CHECK(rights(&user, K_CLONE_NEWNS, 0, NULL, 0, NULL, 0) == -EPERM);
	CHECK_STR(e.text, "linux.namespaces: user 4711 has no CAP_SYS_ADMIN here and may make namespaces only together with a "
		  "user namespace; add one with linux.uidMappings and linux.gidMappings");
	CHECK(rights(&user, 0, 0, NULL, 0, NULL, 0) == -EPERM);
	CHECK(rights(&user, K_CLONE_NEWUSER | K_CLONE_NEWNS, 0, &own_uid, 1, &own_gid, 1) == 0);
	CHECK(rights(&user, K_CLONE_NEWNS, K_CLONE_NEWUSER | K_CLONE_NEWNET, NULL, 0, NULL, 0) == 0);
	CASE("a new one gives no rights over those that are to be joined");
	CHECK(rights(&user, K_CLONE_NEWUSER, K_CLONE_NEWNET, &own_uid, 1, &own_gid, 1) == -EPERM);
	CHECK(strncmp(e.text, "linux.namespaces[7].path: ", 26) == 0);
}

static void test_writers(void)
{
	const struct ns_caller half = { .uid = ME, .gid = MY_GROUP, .may_set_uids = true };
	const struct oci_id_mapping not_mine = { .container_id = 0, .host_id = ME + 1, .size = 1 };
	const struct oci_id_mapping too_long = { .container_id = 0, .host_id = ME, .size = 2 };

	CASE("with the capabilities cist writes, and groups can be set");
	CHECK(rights(&root, K_CLONE_NEWUSER, 0, many, 2, many, 2) == 0);
	CHECK(plan.uid_writer == NS_MAP_WRITE && plan.gid_writer == NS_MAP_WRITE && !plan.denies_setgroups);
	CASE("one id, the own one: cist writes, and setgroups has to go");
	CHECK(rights(&user, K_CLONE_NEWUSER, 0, &own_uid, 1, &own_gid, 1) == 0);
	CHECK(plan.uid_writer == NS_MAP_WRITE && plan.gid_writer == NS_MAP_WRITE && plan.denies_setgroups);
	CASE("more than that: the helpers, who look after setgroups themselves");
	CHECK(rights(&user, K_CLONE_NEWUSER, 0, many, 2, many, 2) == 0);
	CHECK(plan.uid_writer == NS_MAP_HELPER && plan.gid_writer == NS_MAP_HELPER && !plan.denies_setgroups);
	CASE("another's id, or more than one in a row");
	CHECK(rights(&user, K_CLONE_NEWUSER, 0, &not_mine, 1, &too_long, 1) == 0);
	CHECK(plan.uid_writer == NS_MAP_HELPER && plan.gid_writer == NS_MAP_HELPER);
	CHECK(rights(&user, K_CLONE_NEWUSER, 0, &own_uid, 1, &own_uid, 1) == 0);
	CHECK(plan.uid_writer == NS_MAP_WRITE && plan.gid_writer == NS_MAP_HELPER && !plan.denies_setgroups);
	CASE("each map by itself");
	CHECK(rights(&half, K_CLONE_NEWUSER, 0, many, 2, &own_gid, 1) == 0);
	CHECK(plan.uid_writer == NS_MAP_WRITE && plan.gid_writer == NS_MAP_WRITE && plan.denies_setgroups);
	CHECK(rights(&user, K_CLONE_NEWUSER, 0, many, 2, &own_gid, 1) == 0);
	CHECK(plan.uid_writer == NS_MAP_HELPER && plan.gid_writer == NS_MAP_WRITE && plan.denies_setgroups);
	CASE("nothing is written for one that is joined");
	CHECK(rights(&user, 0, K_CLONE_NEWUSER, NULL, 0, NULL, 0) == 0 && !plan.denies_setgroups);
}

static void test_first_clone(void)
{
	CASE("who goes between is in the user namespace already, unless it joins others with the caller's rights");
	plan = (struct ns_plan){ .fresh = K_CLONE_NEWUSER | K_CLONE_NEWTIME | K_CLONE_NEWNS };
	CHECK(ns_of_between(&plan) == K_CLONE_NEWUSER);
	plan.n_joins = 1;
	CHECK(ns_of_between(&plan) == 0);
	plan = (struct ns_plan){ .fresh = K_CLONE_NEWTIME | K_CLONE_NEWNS };
	CHECK(ns_of_between(&plan) == 0);
}

int main(void)
{
	test_refusals();
	test_writers();
	test_first_clone();
	return check_summary();
}
