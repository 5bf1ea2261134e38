/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/keeper.h"
#include "base/arr.h"
#include "libocispec/ocispec.h"
#include "sys/abi.h"
#include "tests/check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char memory[1 << 20] __attribute__((aligned(16)));
static struct arena a;
static struct keeper_plan k;
static struct err e;

#define INIT	KEEPER_ANNOTATION
#define TITLE	KEEPER_TITLE_ANNOTATION

/* NULL: the annotation is not there. */
static int plan(const char *init, const char *title, bool by_option, uint64_t fresh)
{
	const struct ns_plan ns = { .fresh = fresh };
	struct oci_pair pairs[2];
	struct oci_config c = { .annotations = pairs };

	if (init)
		pairs[c.n_annotations++] = (struct oci_pair){ .key = INIT, .value = init };
	if (title)
		pairs[c.n_annotations++] = (struct oci_pair){ .key = TITLE, .value = title };
	memset(memory, 0, sizeof(memory));
	a = (struct arena){ .base = memory, .size = sizeof(memory) };
	e = (struct err){ 0 };
	k = (struct keeper_plan){ .record_fd = 77 };
	return keeper_plan(&c, by_option, &ns, &a, &k, &e);
}

static void test_wanted(void)
{
	CASE("who asks for it");
	CHECK(plan(NULL, NULL, false, K_CLONE_NEWPID) == 0 && !k.wanted && k.record_fd == -1);
	CHECK(plan("false", NULL, false, 0) == 0 && !k.wanted);
	CHECK(plan("true", NULL, false, 0) == 0 && k.wanted && !k.is_first);
	CHECK(plan(NULL, NULL, true, K_CLONE_NEWPID | K_CLONE_NEWNS) == 0 && k.wanted && k.is_first);
	CHECK(plan("true", NULL, true, 0) == 0 && k.wanted);
	CHECK_STR(k.title[0], "cist-init");
	CHECK(!k.title[1]);
}

static void test_title(void)
{
	char text[KEEPER_TITLE_MAX + 2];

	CASE("its words");
	CHECK(plan("true", "  lithos_knot --name  a/web.0 ", false, 0) == 0);
	CHECK_STR(k.title[0], "lithos_knot");
	CHECK_STR(k.title[1], "--name");
	CHECK_STR(k.title[2], "a/web.0");
	CHECK(!k.title[3]);
	CASE("with the option alone");
	CHECK(plan(NULL, "x", true, 0) == 0 && k.wanted);
	CASE("as long as it may be, and longer");
	memset(text, 'x', sizeof(text));
	text[KEEPER_TITLE_MAX] = '\0';
	CHECK(plan("true", text, false, 0) == 0 && strlen(k.title[0]) == KEEPER_TITLE_MAX);
	text[KEEPER_TITLE_MAX] = 'x';
	text[KEEPER_TITLE_MAX + 1] = '\0';
	CHECK(plan("true", text, false, 0) == -EINVAL && strstr(e.text, "longer than 4096 bytes"));
	for (int i = 0; i < 2 * KEEPER_WORDS_MAX; i++)
		text[i] = i % 2 ? ' ' : 'w';
	text[2 * KEEPER_WORDS_MAX] = '\0';
	CHECK(plan("true", text, false, 0) == 0 && k.title[KEEPER_WORDS_MAX - 1] && !k.title[KEEPER_WORDS_MAX]);
	memcpy(text + 2 * KEEPER_WORDS_MAX, "w", 2);
	CHECK(plan("true", text, false, 0) == -EINVAL && strstr(e.text, "more than 64 words"));
}

static void test_refused(void)
{
	static const struct { const char *init, *title; bool by_option; const char *error; } rows[] = {
		{ "1", NULL, false, "annotations: org.cist.init: \"1\" is neither \"true\" nor \"false\"" },
		{ "", NULL, false, "annotations: org.cist.init: \"\" is neither \"true\" nor \"false\"" },
		{ "TRUE", NULL, true, "annotations: org.cist.init: \"TRUE\" is neither \"true\" nor \"false\"" },
		{ "false", NULL, true, "annotations: org.cist.init: is \"false\", and --init asks for it" },
		{ NULL, "x", false, "annotations: org.cist.init.title: there is no init that it could be the title of: set "
				    "org.cist.init to \"true\"" },
		{ "true", "", false, "annotations: org.cist.init.title: no word in it" },
		{ "true", "   ", false, "annotations: org.cist.init.title: no word in it" },
		{ "true", "a\nb", false, "annotations: org.cist.init.title: a control character" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CASE(rows[i].error);
		CHECK(plan(rows[i].init, rows[i].title, rows[i].by_option, 0) == -EINVAL);
		CHECK_STR(e.text, rows[i].error);
		CHECK(!k.wanted && k.record_fd == 77);
	}
}

static int plan_respawn(const char *init, const char *ms, struct oci_process *process)
{
	const struct ns_plan ns = { .fresh = K_CLONE_NEWPID };
	struct oci_pair pairs[2] = { { .key = KEEPER_RESPAWN_ANNOTATION, .value = ms }, { .key = INIT, .value = init } };
	const struct oci_config c = { .annotations = pairs, .n_annotations = init ? 2 : 1, .process = process };

	memset(memory, 0, sizeof(memory));
	a = (struct arena){ .base = memory, .size = sizeof(memory) };
	e = (struct err){ 0 };
	return keeper_plan(&c, false, &ns, &a, &k, &e);
}

static void test_respawn(void)
{
	static const char *const bad[] = { "", "0", "9", "-1", "+100", " 100", "100 ", "1e3", "0x64", "86400001", "9999999999",
					   "99999999999999999999" };
	static char label[] = "x";
	struct oci_process process = { .terminal = true };

	CASE("milliseconds");
	CHECK(plan_respawn("true", "10", NULL) == 0 && k.wanted && k.is_first && k.respawn_ms == 10);
	CHECK(plan_respawn("true", "86400000", NULL) == 0 && k.respawn_ms == 86400000);
	CHECK(keeper_compile(&k, &a, &e) == 0 && !k.filter.wanted);
	CHECK(plan("true", NULL, false, 0) == 0 && k.respawn_ms == 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CASE(bad[i]);
		CHECK(plan_respawn("true", bad[i], NULL) == -EINVAL && strstr(e.text, "org.cist.init.respawn: \""));
	}
	CASE("nobody to do it");
	CHECK(plan_respawn(NULL, "100", NULL) == -EINVAL);
	CHECK_STR(e.text, "annotations: org.cist.init.respawn: there is no init that could start the program again: set "
		  "org.cist.init to \"true\"");
	CASE("what cannot be had twice");
	CHECK(plan_respawn("true", "100", &process) == -EINVAL && strstr(e.text, "process.terminal"));
	process = (struct oci_process){ .apparmor_profile = label };
	CHECK(plan_respawn("true", "100", &process) == -EINVAL && strstr(e.text, "process.apparmorProfile"));
	process = (struct oci_process){ .selinux_label = label };
	CHECK(plan_respawn("true", "100", &process) == -EINVAL && strstr(e.text, "process.selinuxLabel"));
}

static int plan_kill(const char *init, const char *ms)
{
	const struct ns_plan ns = { .fresh = K_CLONE_NEWPID };
	struct oci_pair pairs[2] = { { .key = KEEPER_KILL_ANNOTATION, .value = ms }, { .key = INIT, .value = init } };
	const struct oci_config c = { .annotations = pairs, .n_annotations = init ? 2 : 1 };

	memset(memory, 0, sizeof(memory));
	a = (struct arena){ .base = memory, .size = sizeof(memory) };
	e = (struct err){ 0 };
	return keeper_plan(&c, false, &ns, &a, &k, &e);
}

static void test_kill_timeout(void)
{
	static const char *const bad[] = { "", "-1", "+100", " 100", "100 ", "5s", "1.5", "0x64", "86400001", "9999999999",
					   "99999999999999999999" };

	CASE("milliseconds, or none");
	CHECK(plan_kill("true", "0") == 0 && k.wanted && k.kills && k.kill_ms == 0 && k.respawn_ms == 0);
	CHECK(plan_kill("true", "5000") == 0 && k.kills && k.kill_ms == 5000);
	CHECK(plan_kill("true", "86400000") == 0 && k.kills && k.kill_ms == 86400000);
	CHECK(plan("true", NULL, false, 0) == 0 && !k.kills);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CASE(bad[i]);
		CHECK(plan_kill("true", bad[i]) == -EINVAL && strstr(e.text, "org.cist.init.kill-timeout: \""));
		CHECK(strstr(e.text, "is no number of milliseconds from 0 to 86400000"));
	}
	CASE("nobody to do it");
	CHECK(plan_kill(NULL, "5000") == -EINVAL);
	CHECK_STR(e.text, "annotations: org.cist.init.kill-timeout: there is no init that could kill the program: set "
		  "org.cist.init to \"true\"");
}

static void test_scheduler(void)
{
	static const char *flags[] = { "SCHED_FLAG_RESET_ON_FORK" };
	struct oci_scheduler s = { .policy = "SCHED_FIFO" };
	struct oci_process process = { .scheduler = &s };
	const struct oci_config c = { .process = &process };
	const struct ns_plan ns = { 0 };

	CASE("a scheduler that a child does not inherit");
	CHECK(plan(NULL, NULL, true, 0) == 0 && keeper_plan(&c, true, &ns, &a, &k, &e) == 0);
	s.policy = "SCHED_DEADLINE";
	CHECK(keeper_plan(&c, true, &ns, &a, &k, &e) == -EINVAL && strstr(e.text, "process.scheduler: "));
	e = (struct err){ 0 };
	CHECK(keeper_plan(&c, false, &ns, &a, &k, &e) == 0);
	s = (struct oci_scheduler){ .policy = "SCHED_FIFO", .flags = flags, .n_flags = 1 };
	CHECK(keeper_plan(&c, true, &ns, &a, &k, &e) == -EINVAL);
}

/* _exit(2) as a bare call: in front of what does not return AddressSanitizer has calls of its own, which a filter refuses. */
static void leave(int status)
{
	syscall(SYS_exit_group, status);
}

/* In a process of its own, the kernel being the judge. */
static void test_filter(void)
{
	struct seccomp_plan none = { 0 };
	struct timespec now;
	int status = -1;
	pid_t pid;

	CASE("nothing to compile for what is not wanted");
	CHECK(plan(NULL, NULL, false, 0) == 0 && keeper_compile(&k, &a, &e) == 0);
	CHECK(memcmp(&k.filter, &none, sizeof(none)) == 0);
	CASE("what the filter lets through");
	CHECK(plan("true", NULL, false, 0) == 0 && keeper_compile(&k, &a, &e) == 0 && k.filter.wanted);
	CHECK(k.filter.n > 8 && k.filter.n < 64);
	pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_install(&k.filter, &e) < 0)
			leave(90);
		if (syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) < 0)
			leave(95);
		if (kill(0, 0) < 0 || write(STDOUT_FILENO, "", 0) < 0)
			leave(91);
		if (open("/", O_RDONLY | O_CLOEXEC) >= 0 || errno != EPERM)
			leave(92);
		if (syscall(SYS_socket, 1, 1, 0) >= 0 || syscall(SYS_getpid) >= 0)
			leave(93);
		if (waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD)
			leave(94);
		leave(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

int main(void)
{
	test_wanted();
	test_title();
	test_refused();
	test_respawn();
	test_kill_timeout();
	test_scheduler();
	test_filter();
	return check_summary();
}
