/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/places.h"

#include "tests/tree.h"

static char memory[64 << 10] __attribute__((aligned(16)));

static struct lithos_master master_in_tree(void)
{
	static char runtime[PATH_MAX], state[PATH_MAX], log[PATH_MAX], configs[PATH_MAX], stdio[PATH_MAX];

	snprintf(runtime, sizeof(runtime), "%s", tree_path("run"));
	snprintf(state, sizeof(state), "%s", tree_path("run/state"));
	snprintf(log, sizeof(log), "%s", tree_path("log"));
	snprintf(configs, sizeof(configs), "%s", tree_path("log/config"));
	snprintf(stdio, sizeof(stdio), "%s", tree_path("log/stderr"));
	return (struct lithos_master){
		.runtime_dir = runtime, .state_dir = state, .default_log_dir = log, .config_log_dir = configs,
		.stdio_log_dir = stdio,
	};
}

static int mode_of(const char *name)
{
	struct stat st;

	return stat(tree_path(name), &st) == 0 && S_ISDIR(st.st_mode) ? (int)(st.st_mode & 07777) : -1;
}

static void test_names(void)
{
	const struct lithos_master m = { .runtime_dir = "/run/lithos", .state_dir = "/elsewhere" };
	struct arena a = { .base = memory, .size = sizeof(memory) };
	struct err e = { 0 };
	struct places p;

	CASE("names");
	CHECK(places_find(&m, &a, &p, &e) == 0);
	CHECK_STR(p.runtime_dir, "/run/lithos");
	CHECK_STR(p.state_dir, "/elsewhere");
	CHECK_STR(p.pid_file, "/run/lithos/master.pid");
	CHECK_STR(p.status, "/run/lithos/status");
	CHECK_STR(p.records, "/run/lithos/tree/record");
	CHECK_STR(p.containers, "/run/lithos/containers");
	a.used = a.size;
	CHECK(places_find(&m, &a, &p, &e) == -ENOMEM);
}

static void test_make(void)
{
	struct arena a = { .base = memory, .size = sizeof(memory) };
	struct lithos_master m = master_in_tree();
	struct err e = { 0 };
	struct places p;

	CASE("made, and made again");
	CHECK(places_find(&m, &a, &p, &e) == 0);
	CHECK(places_make(&m, &p, &e) == 0 && places_make(&m, &p, &e) == 0);
	CHECK(mode_of("run") == 0755 && mode_of("run/state") == 0755 && mode_of("log/stderr") == 0755);
	CHECK(mode_of("run/bundles") == 0700 && mode_of("run/tree/lock") == 0700 && mode_of("run/containers") == 0700);

	CASE("without a log of configurations");
	CHECK(rmdir(m.config_log_dir) == 0);
	m.config_log_dir = NULL;
	CHECK(places_make(&m, &p, &e) == 0 && mode_of("log/config") < 0);

	CASE("a parent that is missing, and a file in the way");
	m.stdio_log_dir = tree_path("none/stderr");
	CHECK(places_make(&m, &p, &e) == -ENOENT && strstr(e.text, "Cant create stdio log dir: "));
	CHECK(strstr(e.text, "none/stderr"));
	m.stdio_log_dir = "/dev/null";
	e = (struct err){ 0 };
	CHECK(places_make(&m, &p, &e) == -ENOTDIR);
}

int main(void)
{
	umask(022);
	if (!tree_make())
		return 1;
	test_names();
	test_make();
	tree_remove();
	return check_summary();
}
