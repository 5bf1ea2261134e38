/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/check.h"
#include "base/arr.h"
#include "base/explain.h"
#include "libocispec/oci_config.h"
#include "priv/rlimit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static _Alignas(16) char memory[1 << 14];

static struct arena fresh_arena(void)
{
	memset(memory, 0, sizeof(memory));
	return (struct arena){ memory, sizeof(memory), 0 };
}

static const struct {
	struct oci_rlimit v[2];
	size_t n;
	const char *says;
} refused[] = {
	{ { { "RLIMIT_FOO", 1, 1 } }, 1, "process.rlimits[0].type: wrong rlimit value: RLIMIT_FOO" },
	{ { { NULL, 1, 1 } }, 1, "process.rlimits[0].type: wrong rlimit value: " },
	{ { { "rlimit_core", 1, 1 } }, 1, "process.rlimits[0].type: wrong rlimit value: rlimit_core" },
	{ { { "RLIMIT_CORE", 1, 1 }, { "RLIMIT_CORE", 2, 2 } }, 2, "process.rlimits[1].type: RLIMIT_CORE is there twice" },
	{ { { "RLIMIT_CORE", 1, 2 } }, 1, "process.rlimits[0]: RLIMIT_CORE: soft limit 2 is above hard limit 1" },
};

static void all_refused(void)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct arena a = fresh_arena();
		struct rlimit_plan p;
		struct err e = { 0 };

		CASE(refused[i].says);
		CHECK(rlimit_plan(refused[i].v, refused[i].n, "process.rlimits", &a, &p, &e) == -EINVAL);
		CHECK_STR(e.text, refused[i].says);
	}
}

static void planned(void)
{
	static const struct oci_rlimit v[] = {
		{ "RLIMIT_NOFILE", 1024, 512 }, { "RLIMIT_CORE", UINT64_MAX, 0 }, { "RLIMIT_RTTIME", 9, 9 },
	};
	struct arena a = fresh_arena();
	struct rlimit_plan p = { 0 };
	struct err e = { 0 };
	struct explain x;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	CASE("the number of files is last");
	CHECK(rlimit_plan(v, ARRAY_LEN(v), "process.rlimits", &a, &p, &e) == 0);
	CHECK(p.n == 3 && p.v[0].resource == RLIMIT_CORE && p.v[1].resource == RLIMIT_RTTIME && p.v[2].resource == RLIMIT_NOFILE);
	CHECK_STR(p.v[2].from, "process.rlimits[0]");
	explain_begin(&x, f, EXPLAIN_TEXT);
	rlimit_explain(&p, &x);
	explain_end(&x);
	fclose(f);
	CHECK_STR(text, "      RLIMIT_CORE: soft 0, hard unlimited  [process.rlimits[1]]\n"
			"      RLIMIT_RTTIME: soft 9, hard 9  [process.rlimits[2]]\n"
			"      RLIMIT_NOFILE: soft 512, hard 1024  [process.rlimits[0]]\n");
	free(text);
	CASE("none");
	CHECK(rlimit_plan(NULL, 0, "process.rlimits", &a, &p, &e) == 0 && p.n == 0);
}

/* In a child: lowering needs no privilege. */
static void applied(void)
{
	static const struct rlimit_row v[] = { { "process.rlimits[0]", "RLIMIT_CORE", RLIMIT_CORE, 0, 0 },
					       { "process.rlimits[1]", "RLIMIT_NOFILE", RLIMIT_NOFILE, 20, 30 } };
	const struct rlimit_plan p = { v, ARRAY_LEN(v) };
	int status = -1;
	pid_t pid;

	CASE("applied");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct err e = { 0 };
		struct rlimit r;

		if (rlimit_apply(&p, &e) < 0)
			_exit(1);
		getrlimit(RLIMIT_NOFILE, &r);
		_exit(r.rlim_cur == 20 && r.rlim_max == 30 ? 0 : 2);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

int main(void)
{
	all_refused();
	planned();
	applied();
	return check_summary();
}
