/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/adhoc.h"

#include "base/arr.h"
#include "tests/tree.h"

#include <signal.h>
#include <sys/file.h>
#include <time.h>

static char memory[256 << 10] __attribute__((aligned(16)));
static struct arena arena = { .base = memory, .size = sizeof(memory) };
static struct places places;

static void test_names(void)
{
	static const struct {
		const char *id, *name;
	} cases[] = {
		{ "app+cmd+web.77", "app/cmd.web.77" },
		{ "a.b+cmd+c.d.5", "a.b/cmd.c.d.5" },
		{ "app+web.0", NULL },
		{ "app+cmd+web", NULL },
		{ "app+cmd+web.", NULL },
		{ "app+cmd+web.x", NULL },
		{ "app+cmd+.7", NULL },
		{ "+cmd+web.7", NULL },
		{ "a+cmd+b+c.7", NULL },
		{ "a/../b+cmd+c.7", NULL },
		{ "..", NULL },
		{ "", NULL },
	};
	char name[DESIRED_ID_MAX];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CASE(cases[i].id);
		if (CHECK(adhoc_name(cases[i].id, name) == (cases[i].name != NULL)) && cases[i].name)
			CHECK_STR(name, cases[i].name);
	}
}

static void make_file(const char *name, unsigned int mode, const char *text)
{
	int fd = open(tree_path(name), O_WRONLY | O_CREAT | O_TRUNC, mode);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static bool is_there(const char *name)
{
	struct stat st;

	return lstat(tree_path(name), &st) == 0;
}

static struct adhoc new_command(const char *program)
{
	return (struct adhoc){
		.runtime = { .program = program, .containers = places.containers }, .places = &places, .kill_ms = 300,
		.name = "app/cmd.job.7", .lock = -EBADF,
	};
}

/* A runtime that writes down how it was called, and does what `run.sh` says. */
static const char *make_runtime(const char *script)
{
	static char path[PATH_MAX];
	char text[2048];

	snprintf(text, sizeof(text), "#!/bin/sh\necho \"$*\" >>%s\n%s\n", tree_path("calls"), script);
	make_file("runtime", 0755, text);
	unlink(tree_path("calls"));
	snprintf(path, sizeof(path), "%s", tree_path("runtime"));
	return path;
}

static bool called_with(const char *words)
{
	char text[4096] = "";
	int fd = open(tree_path("calls"), O_RDONLY);

	if (fd >= 0 && read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strstr(text, words) != NULL;
}

static int run(struct adhoc *a, struct adhoc_end *end, struct err *e)
{
	const int streams[3] = { 0, 1, 2 };

	return adhoc_run(a, streams, NULL, NULL, end, e);
}

static void test_life(void)
{
	struct adhoc a = new_command(make_runtime("case \"$*\" in *' run '*) exit 42;; esac"));
	struct adhoc_end end;
	struct err e = { 0 };

	CASE("claimed, run, cleared");
	CHECK(adhoc_claim(&a, "app", "job", 7, "abc", &arena, &e) == 0);
	CHECK_STR(a.id, "app+cmd+job.7");
	CHECK_STR(a.bundle, tree_path("run/bundles/app+cmd+job.7/abc"));
	CHECK(is_there("run/bundles/app+cmd+job.7"));
	CHECK(run(&a, &end, &e) == 0 && end.status == 42 && !end.asked && !end.deaf);
	CHECK(called_with("--root ") && called_with(" run --bundle ") && !called_with("cgroup-manager"));
	/* What the runtime has left is deleted, what it has removed itself is not looked for. */
	CHECK(mkdir(tree_path("run/containers/app+cmd+job.7"), 0700) == 0);
	CHECK(mkdir(tree_path("run/state/app"), 0700) == 0 && mkdir(tree_path("run/state/app/cmd.job.7"), 0700) == 0);
	CHECK(adhoc_clear(&a, &e) == 0 && called_with(" delete --force app+cmd+job.7"));
	CHECK(!is_there("run/bundles/app+cmd+job.7") && !is_there("run/state/app/cmd.job.7"));
	CHECK(rmdir(tree_path("run/containers/app+cmd+job.7")) == 0);

	CASE("no groups");
	a = new_command(a.runtime.program);
	a.runtime.no_cgroups = true;
	CHECK(adhoc_claim(&a, "app", "job", 7, "abc", &arena, &e) == 0 && run(&a, &end, &e) == 0 && adhoc_clear(&a, &e) == 0);
	CHECK(called_with("--cgroup-manager=disabled"));

	CASE("no runtime");
	a = new_command("/nowhere/runtime");
	CHECK(adhoc_claim(&a, "app", "job", 7, "abc", &arena, &e) == 0);
	CHECK(run(&a, &end, &e) == -ENOENT);
	CHECK_STR(e.text, "execute /nowhere/runtime: no such file or directory");
	CHECK(adhoc_clear(&a, &e) == 0);
}

static void test_signals(void)
{
	struct adhoc a = new_command(make_runtime(""));
	struct adhoc_end end;
	struct err e = { 0 };
	sigset_t term;
	pid_t pid;

	CASE("interrupted before it began");
	CHECK(adhoc_claim(&a, "app", "job", 7, "abc", &arena, &e) == 0);
	CHECK(kill(getpid(), SIGTERM) == 0);
	CHECK(run(&a, &end, &e) == -EINTR);
	CHECK(adhoc_clear(&a, &e) == 0);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	CHECK(sigtimedwait(&term, NULL, &(struct timespec){ 0 }) == SIGTERM);

	CASE("deaf: killed, and counted as asked");
	CHECK(adhoc_claim(&a, "app", "job", 7, "abc", &arena, &e) == 0);
	make_runtime("case \"$*\" in *' run '*) echo $$ >$0.pid; trap '' TERM; while :; do sleep 0.05; done;;"
		     " *kill*) kill -KILL $(cat $0.pid);; esac");
	pid = fork();
	if (pid == 0) {
		struct timespec pause = { .tv_nsec = 300 * 1000 * 1000 };

		nanosleep(&pause, NULL);
		_exit(kill(getppid(), SIGTERM) < 0);
	}
	CHECK(run(&a, &end, &e) == 0 && end.status == 128 + SIGKILL && end.asked && end.deaf && end.uptime_ms >= 300);
	CHECK(called_with(" kill --all app+cmd+job.7 KILL"));
	CHECK(adhoc_clear(&a, &e) == 0);

	/* What asked stands still from before its time is over until after the end. */
	CASE("deaf: killed by its init, which was first");
	CHECK(adhoc_claim(&a, "app", "job", 7, "abc", &arena, &e) == 0);
	make_runtime("obey() { (sleep 0.6; kill -CONT $PPID) & kill -STOP $PPID; sleep 0.4; kill -KILL $$; }\n"
		     "case \"$*\" in *' run '*) trap obey TERM; while :; do sleep 0.05; done;; esac");
	pid = fork();
	if (pid == 0) {
		struct timespec pause = { .tv_nsec = 300 * 1000 * 1000 };

		nanosleep(&pause, NULL);
		_exit(kill(getppid(), SIGTERM) < 0);
	}
	CHECK(run(&a, &end, &e) == 0 && end.status == 128 + SIGKILL && end.asked && end.deaf && end.uptime_ms >= 300);
	CHECK(!called_with(" kill --all"));
	CHECK(adhoc_clear(&a, &e) == 0);
}

static void test_sweep(void)
{
	struct adhoc a = new_command(make_runtime("")), broken;
	struct err e = { 0 };
	size_t n = 7;

	CASE("what is locked stays, what is not goes, what is no command's is not looked at");
	CHECK(adhoc_claim(&a, "app", "job", 7, "abc", &arena, &e) == 0);
	CHECK(mkdir(tree_path("run/bundles/app+cmd+job.8"), 0700) == 0);
	make_file("run/bundles/app+cmd+job.8/log", 0600, "words");
	CHECK(mkdir(tree_path("run/bundles/app+web.0"), 0700) == 0);
	CHECK(symlink(tree_path("run/state"), tree_path("run/bundles/app+cmd+job.9")) == 0);
	CHECK(adhoc_sweep(&a.runtime, &places, &n, &e) == 0 && n == 1);
	CHECK(is_there("run/bundles/app+cmd+job.7") && !is_there("run/bundles/app+cmd+job.8"));
	CHECK(is_there("run/bundles/app+web.0") && is_there("run/bundles/app+cmd+job.9") && is_there("run/state"));

	CASE("claimed by another");
	struct adhoc other = new_command(a.runtime.program);

	CHECK(adhoc_claim(&other, "app", "job", 7, "abc", &arena, &e) == -EEXIST);
	CHECK(adhoc_clear(&other, &e) == 0 && is_there("run/bundles/app+cmd+job.7"));
	CHECK(adhoc_clear(&a, &e) == 0);

	CASE("one that the runtime does not let go");
	CHECK(mkdir(tree_path("run/bundles/app+cmd+job.8"), 0700) == 0);
	CHECK(mkdir(tree_path("run/containers/app+cmd+job.8"), 0700) == 0);
	e = (struct err){ 0 };
	broken = new_command(make_runtime("exit 3"));
	CHECK(adhoc_sweep(&broken.runtime, &places, &n, &e) == -EIO && n == 0);
	CHECK(strstr(e.text, "app/cmd.job.8: ") && strstr(e.text, "failed with exit status 3"));
	CHECK(is_there("run/bundles/app+cmd+job.8"));
}

int main(void)
{
	static char runtime_dir[PATH_MAX], state_dir[PATH_MAX];
	struct lithos_master m = { .default_log_dir = "/tmp", .stdio_log_dir = "/tmp", .runtime_dir = runtime_dir,
				   .state_dir = state_dir };
	struct err e = { 0 };

	if (!tree_make())
		return 1;
	snprintf(runtime_dir, sizeof(runtime_dir), "%s", tree_path("run"));
	snprintf(state_dir, sizeof(state_dir), "%s", tree_path("run/state"));
	CHECK(places_find(&m, &arena, &places, &e) == 0 && places_make(&m, &places, &e) == 0);
	test_names();
	test_life();
	test_signals();
	test_sweep();
	tree_remove();
	return check_summary();
}
