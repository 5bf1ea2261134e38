/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory for secrets: what the kernel was told about it, and what is in it when it is gone, or in a child. */
#include "secret/locked.h"
#include "secret/secret.h"
#include "tests/check.h"
#include "tests/unit/secret/wiped.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* The VmFlags of the mapping that at is in, or "". */
static const char *flags_of(const void *at)
{
	static char line[512];
	FILE *f = fopen("/proc/self/smaps", "re");
	bool inside = false;

	while (f && fgets(line, sizeof(line), f)) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = from <= (unsigned long)at && (unsigned long)at < to;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			break;
		line[0] = '\0';
	}
	if (f)
		fclose(f);
	return line;
}

static void test_flags(void)
{
	auto_locked struct locked m = { 0 };
	struct err e = { 0 };

	CASE("locked, not dumped, wiped in children");
	CHECK(locked_new(1, &m, &e) == 0);
	CHECK(m.data && m.size >= 1);
	CHECK(strstr(flags_of(m.data), " lo ") != NULL);
	CHECK(strstr(flags_of(m.data), " dd ") != NULL);
	CHECK(strstr(flags_of(m.data), " wf ") != NULL);
}

static void test_child(void)
{
	auto_locked struct locked m = { 0 };
	struct err e = { 0 };
	int status = -1;
	pid_t pid;

	CASE("a child sees zeroes");
	CHECK(locked_new(100, &m, &e) == 0);
	memset(m.data, 'x', 100);
	pid = fork();
	if (pid == 0)
		_exit(m.data[0] == 0 && m.data[99] == 0 ? 0 : 1);
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(m.data[0] == 'x' && m.data[99] == 'x');
}

static void test_sizes(void)
{
	struct locked m = { 0 };
	struct err e = { 0 };
	size_t n_set = 0;

	CASE("sizes");
	locked_done(&m);
	CHECK(locked_new(10000, &m, &e) == 0);
	CHECK(m.size >= 10000);
	for (size_t i = 0; i < m.size; i++)
		n_set += m.data[i] != 0;
	CHECK(n_set == 0);
	memset(m.data, 0xff, m.size);
	locked_done(&m);
	CHECK(!m.data && m.size == 0);
}

static void test_limit(void)
{
	const struct rlimit none = { 0, 0 };
	int status = -1;
	pid_t pid = fork();

	CASE("no memory may be locked");
	if (pid == 0) {
		struct locked m;
		struct err e = { 0 };

		/* Root of the host has no limit. */
		if (setrlimit(RLIMIT_MEMLOCK, &none) < 0 || (geteuid() == 0 && setuid(65534) < 0))
			_exit(3);
		if (locked_new(1, &m, &e) == 0)
			_exit(1);
		_exit(m.data || !strstr(e.text, "RLIMIT_MEMLOCK") ? 2 : 0);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

static void test_guard(void)
{
	struct err e = { 0 };
	int status = -1;
	pid_t pid = fork();

	CASE("a process that holds secrets");
	if (pid == 0) {
		struct rlimit core;

		if (secret_guard_process(&e) < 0 || getrlimit(RLIMIT_CORE, &core) < 0)
			_exit(1);
		_exit(core.rlim_cur || core.rlim_max || prctl(PR_GET_DUMPABLE) != 0 ? 2 : 0);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

int main(void)
{
	test_flags();
	test_child();
	test_sizes();
	test_limit();
	test_guard();
	CHECK_WIPED();
	return check_summary();
}
