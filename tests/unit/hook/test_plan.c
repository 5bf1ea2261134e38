/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hook/hook.h"
#include "base/explain.h"
#include "libocispec/oci_config.h"
#include "tests/check.h"

#include <stdlib.h>

static _Alignas(16) char memory[8192];
static struct arena a;
static struct hook_plan plan;
static struct err e;

static int plan_of(const struct oci_hooks *hooks, size_t size)
{
	memset(memory, 0, sizeof(memory));
	a = (struct arena){ .base = memory, .size = size };
	plan = (struct hook_plan){ 0 };
	return hook_plan(hooks, &a, &plan, &e);
}

static const char *args[] = { "argv0", "", "b c" };
static const char *env[] = { "A=b" };
static struct oci_hook two[] = {
	{ .path = "/bin/one" },
	{ .path = "/bin/two", .args = args, .n_args = 3, .env = env, .n_env = 1, .has_timeout = true, .timeout = 5 },
};

static void test_values(void)
{
	const struct oci_hooks hooks = { .create_container = two, .n_create_container = 2 };
	const struct hook *h;

	CASE("what is not given, what is given");
	CHECK(plan_of(&hooks, sizeof(memory)) == 0 && plan.at[HOOK_CREATE_CONTAINER].n == 2);
	h = plan.at[HOOK_CREATE_CONTAINER].v;
	CHECK_STR(h[0].path, "/bin/one");
	CHECK_STR(h[0].argv[0], "/bin/one");
	CHECK(!h[0].argv[1] && !h[0].envp && h[0].timeout_ms == -1);
	CHECK_STR(h[0].from, "hooks.createContainer[0]");
	CHECK_STR(h[1].argv[0], "argv0");
	CHECK_STR(h[1].argv[1], "");
	CHECK_STR(h[1].argv[2], "b c");
	CHECK(!h[1].argv[3] && h[1].timeout_ms == 5000);
	CHECK_STR(h[1].envp[0], "A=b");
	CHECK(!h[1].envp[1]);
	CHECK_STR(h[1].from, "hooks.createContainer[1]");
	/* cist-init maps the arena and nothing else of this process. */
	CHECK(h[1].path != two[1].path && h[1].envp[0] != env[0] && h[1].argv[0] != args[0]);
}

static void test_moments(void)
{
	struct oci_hook v[6][1] = { { { .path = "0" } }, { { .path = "1" } }, { { .path = "2" } },
				    { { .path = "3" } }, { { .path = "4" } }, { { .path = "5" } } };
	const struct oci_hooks hooks = {
		.prestart = v[0], .n_prestart = 1, .create_runtime = v[1], .n_create_runtime = 1,
		.create_container = v[2], .n_create_container = 1, .start_container = v[3], .n_start_container = 1,
		.poststart = v[4], .n_poststart = 1, .poststop = v[5], .n_poststop = 1,
	};
	static const char *const names[] = { "prestart", "createRuntime", "createContainer", "startContainer",
					     "poststart", "poststop" };

	CASE("each kind at its moment");
	CHECK(plan_of(&hooks, sizeof(memory)) == 0);
	for (int m = 0; m < HOOK__COUNT; m++) {
		const char number[2] = { (char)('0' + m), '\0' };

		CHECK_STR(hook_name((enum hook_moment)m), names[m]);
		CHECK(plan.at[m].n == 1);
		CHECK_STR(plan.at[m].v[0].path, number);
	}
	CASE("none");
	CHECK(plan_of(NULL, sizeof(memory)) == 0);
	for (int m = 0; m < HOOK__COUNT; m++)
		CHECK(plan.at[m].n == 0);
}

static void test_explained(void)
{
	const struct oci_hooks hooks = { .poststop = two, .n_poststop = 2 };
	struct explain x;
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	CASE("explained");
	CHECK(plan_of(&hooks, sizeof(memory)) == 0);
	explain_begin(&x, f, EXPLAIN_TEXT);
	hook_explain(&plan, HOOK_POSTSTART, &x);
	hook_explain(&plan, HOOK_POSTSTOP, &x);
	explain_end(&x);
	fclose(f);
	CHECK_STR(text, "      run /bin/one  [hooks.poststop[0]]\n      run /bin/two  [hooks.poststop[1]]\n");
	free(text);
}

static void test_full_arena(void)
{
	const struct oci_hooks hooks = { .prestart = two, .n_prestart = 2 };
	int rc = -ENOMEM;

	CASE("an arena of any size too small");
	for (size_t size = 0; rc < 0 && size < sizeof(memory); size += 16) {
		rc = plan_of(&hooks, size);
		CHECK(rc == 0 || rc == -ENOMEM);
	}
	CHECK(rc == 0);
}

static void test_files(void)
{
	struct oci_pair v[] = { { "a", "b" }, { "run.oci.hooks.stdout", "/var/log/x" }, { "run.oci.hooks.stderr", "log/err" } };
	struct oci_pair empty[] = { { "run.oci.hooks.stdout", "" } };
	const struct oci_hooks none = { 0 };

	CASE("files for the output");
	CHECK(plan_of(&none, sizeof(memory)) == 0 && !hook_has_files(&plan));
	CHECK(hook_plan_files(v, 1, "/bundle", &a, &plan, &e) == 0 && !hook_has_files(&plan));
	CHECK(hook_plan_files(v, 3, "/bundle", &a, &plan, &e) == 0 && hook_has_files(&plan));
	CHECK_STR(plan.files[HOOK_STDOUT].path, "/var/log/x");
	CHECK_STR(plan.files[HOOK_STDOUT].from, "annotations.run.oci.hooks.stdout");
	CHECK_STR(plan.files[HOOK_STDERR].path, "/bundle/log/err");
	CHECK(hook_plan_files(empty, 1, "/bundle", &a, &plan, &e) == -EINVAL);
	CHECK_STR(e.text, "annotations: run.oci.hooks.stdout: it names no file");
}

int main(void)
{
	test_values();
	test_moments();
	test_files();
	test_explained();
	test_full_arena();
	return check_summary();
}
