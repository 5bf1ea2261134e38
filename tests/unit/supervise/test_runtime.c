/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/runtime.h"

#include "tests/check.h"

#include <stdlib.h>

static char memory[8192] __attribute__((aligned(16)));

static const struct places places = { .containers = "/run/l/containers" };

static void test_find(void)
{
	static const struct {
		const char *asked, *cgroup_name, *program;
		bool no_cgroups;
	} cases[] = {
		{ "/usr/bin/runc", "lithos.slice", "/usr/bin/runc", false },
		{ "crun", NULL, "crun", false },
		{ "/opt/cist-2/bin/cist", NULL, "/opt/cist-2/bin/cist", true },
		{ "/opt/cist/bin/crun", NULL, "/opt/cist/bin/crun", false },
		/* No cist is beside a test. */
		{ NULL, "", "cist", false },
		{ NULL, NULL, "cist", true },
	};
	struct arena a = { .base = memory, .size = sizeof(memory) }, none = { .base = memory, .size = 1 };
	struct runtime r;
	struct err e = { 0 };

	CASE("which one");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK(runtime_find(cases[i].asked, &places, cases[i].cgroup_name, &a, &r, &e) == 0);
		CHECK_STR(r.program, cases[i].program);
		CHECK(r.no_cgroups == cases[i].no_cgroups && r.containers == places.containers);
	}
	CHECK(runtime_find("/usr/bin/runc", &places, NULL, &none, &r, &e) == -ENOMEM);
}

static const char *joined(const struct runtime_words *w)
{
	static char text[512];

	*text = '\0';
	for (size_t i = 0; i < w->n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", w->v[i]);
	CHECK(w->v[w->n] == NULL);
	return text;
}

static void test_words(void)
{
	struct runtime r = { .program = "cist", .containers = "/c" };
	struct runtime_words w;

	CASE("words");
	runtime_words(&r, NULL, &w);
	CHECK_STR(joined(&w), "cist --root /c");
	r.no_cgroups = true;
	runtime_words(&r, "/log", &w);
	runtime_add(&w, "list");
	CHECK_STR(joined(&w), "cist --root /c --log /log --cgroup-manager=disabled list");
}

static void test_message(void)
{
	static const struct {
		const char *log, *message;
	} cases[] = {
		{ "", "" },
		{ "\n\n", "" },
		{ "one\ntwo\n\n", "two" },
		{ "x\ntime=\"1\" level=error msg=\"no \"such\" thing\"\n", "no \"such\" thing" },
		{ "msg=\"cut", "cut" },
	};
	char text[128], said[64];

	CASE("what it says");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "%s", cases[i].log);
		runtime_message(text, said, sizeof(said));
		CHECK_STR(said, cases[i].message);
	}
}

int main(void)
{
	test_find();
	test_words();
	test_message();
	return check_summary();
}
