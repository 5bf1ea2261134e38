/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/exec_process.h"
#include "base/arr.h"
#include "base/auto.h"
#include "tests/check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *base_env[] = { "A=1", "PATH=/bin" };
static uint32_t base_gids[] = { 20 };
static struct oci_capabilities base_caps;
static struct oci_rlimit base_rlimits[1] = { { .type = "RLIMIT_NOFILE", .soft = 1, .hard = 2 } };
static struct oci_process base = {
	.args = (const char *[]){ "init" }, .n_args = 1, .cwd = "/base", .env = base_env, .n_env = 2,
	.user = { .uid = 3, .gid = 4, .has_umask = true, .umask = 027, .additional_gids = base_gids, .n_additional_gids = 1 },
	.capabilities = &base_caps, .apparmor_profile = "p", .selinux_label = "l", .rlimits = base_rlimits, .n_rlimits = 1,
	.has_terminal = true, .terminal = true, .has_oom_score_adj = true, .oom_score_adj = 5,
	.has_no_new_privileges = true, .no_new_privileges = true,
};
static struct oci_config container = { .process = &base };
static const char *const args[] = { "id", "-u" };
static struct exec_process p;
static struct err e;

static int make(const struct exec_options *o)
{
	exec_process_done(&p);
	p = (struct exec_process){ 0 };
	e = (struct err){ 0 };
	return exec_process_make(o, &container, &p, &e);
}

static void test_inherits(void)
{
	CASE("options alone: the container's process with another program");
	CHECK(make(&(struct exec_options){ .args = args, .n_args = 2 }) == 0);
	CHECK(p.process.n_args == 2 && !p.process.terminal && p.process.no_new_privileges);
	CHECK_STR(p.process.args[1], "-u");
	CHECK_STR(p.process.cwd, "/base");
	CHECK(p.process.n_env == 2 && p.process.user.uid == 3 && p.process.user.gid == 4 && p.process.user.umask == 027);
	CHECK(p.process.capabilities == &base_caps && p.process.n_rlimits == 1 && p.process.user.n_additional_gids == 1);
	CHECK_STR(p.process.apparmor_profile, "p");
	CASE("nothing to execute");
	CHECK(make(&(struct exec_options){ .cwd = "/" }) == -EINVAL);
	CHECK_STR(e.text, "exec args cannot be empty");
}

static void test_options(void)
{
	const char *const env[] = { "B=", "A=2" }, *const gids[] = { "30", "0" };

	CASE("each option");
	CHECK(make(&(struct exec_options){ .args = args, .n_args = 2, .tty = true, .cwd = "/x", .user = "5:6", .env = env,
					   .n_env = 2, .additional_gids = gids, .n_additional_gids = 2, .apparmor = "q",
					   .process_label = "m" }) == 0);
	CHECK(p.process.terminal && p.process.user.uid == 5 && p.process.user.gid == 6);
	CHECK_STR(p.process.cwd, "/x");
	CHECK(p.process.n_env == 4 && p.process.user.n_additional_gids == 3);
	CHECK_STR(p.process.env[3], "A=2");
	CHECK(p.process.user.additional_gids[0] == 20 && p.process.user.additional_gids[1] == 30 &&
	      p.process.user.additional_gids[2] == 0);
	CHECK_STR(p.process.apparmor_profile, "q");
	CHECK_STR(p.process.selinux_label, "m");
	CASE("a user without a group keeps the container's");
	CHECK(make(&(struct exec_options){ .args = args, .n_args = 2, .user = "5" }) == 0);
	CHECK(p.process.user.uid == 5 && p.process.user.gid == 4);
	CASE("protection is only added");
	base.no_new_privileges = false;
	CHECK(make(&(struct exec_options){ .args = args, .n_args = 2, .no_new_privs = true }) == 0 && p.process.no_new_privileges);
	CHECK(make(&(struct exec_options){ .args = args, .n_args = 2 }) == 0 && !p.process.no_new_privileges);
	base.no_new_privileges = true;
	CASE("the container's own process is not changed");
	CHECK(base.n_env == 2 && base.user.uid == 3 && base_gids[0] == 20);
}

static void test_bad_options(void)
{
	const struct { struct exec_options o; const char *error; } rows[] = {
		{ { .user = "-1" }, "--user" }, { { .user = "4294967295" }, "--user" }, { { .user = "root" }, "--user" },
		{ { .user = "1:" }, "--user" }, { { .user = "1:2:3" }, "--user" }, { { .user = "" }, "--user" },
		{ { .env = (const char *const[]){ "NAME" }, .n_env = 1 }, "--env NAME: not of the form NAME=VALUE" },
		{ { .env = (const char *const[]){ "=x" }, .n_env = 1 }, "--env =x: not of the form NAME=VALUE" },
		{ { .env = (const char *const[]){ "" }, .n_env = 1 }, "--env : not of the form NAME=VALUE" },
		{ { .additional_gids = (const char *const[]){ "x" }, .n_additional_gids = 1 }, "--additional-gids" },
		{ { .additional_gids = (const char *const[]){ "4294967296" }, .n_additional_gids = 1 }, "--additional-gids" },
		{ { .cwd = "relative" }, "Cwd must be an absolute path" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct exec_options o = rows[i].o;

		o.args = args;
		o.n_args = 2;
		CASE(rows[i].error);
		CHECK(make(&o) == -EINVAL && strstr(e.text, rows[i].error) != NULL);
	}
}

static char path[] = "/tmp/cist-test-exec.XXXXXX";

static int make_file(const char *json)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write(fd, json, strlen(json)) == (ssize_t)strlen(json) && close(fd) == 0);
	return make(&(struct exec_options){ .process_file = path, .args = args, .n_args = 2, .user = "99" });
}

#define LEAST "\"args\":[\"x\"],\"cwd\":\"/\",\"user\":{\"uid\":1,\"gid\":1}"

static void test_file(void)
{
	CASE("a file is the process; the other options are ignored");
	CHECK(make_file("{" LEAST "}") == 0);
	CHECK(p.process.n_args == 1 && p.process.user.uid == 1 && !p.process.terminal && p.process.n_env == 0);
	CHECK_STR(p.process.cwd, "/");
	CASE("what it leaves out comes from the container");
	CHECK(p.process.capabilities == &base_caps && p.process.n_rlimits == 1 && p.process.no_new_privileges);
	CHECK(p.process.user.has_umask && p.process.user.umask == 027 && p.process.user.n_additional_gids == 0);
	CHECK(p.process.has_oom_score_adj && p.process.oom_score_adj == 5);
	CHECK_STR(p.process.selinux_label, "l");
	CASE("what it gives does not");
	CHECK(make_file("{" LEAST ",\"capabilities\":{},\"noNewPrivileges\":false,\"apparmorProfile\":\"own\","
			"\"oomScoreAdj\":0,\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":0}]}") == 0);
	CHECK(p.process.capabilities != &base_caps && !p.process.no_new_privileges && p.process.oom_score_adj == 0);
	CHECK_STR(p.process.rlimits[0].type, "RLIMIT_CORE");
	CHECK_STR(p.process.apparmor_profile, "own");
	CASE("bad files");
	CHECK(make_file("") == -EINVAL && strstr(e.text, ": it is empty"));
	CHECK(make_file("{\"args\":[\"x\"") == -EINVAL && strstr(e.text, "--process /tmp/"));
	CHECK(make_file("{\"args\":[],\"cwd\":\"/\",\"user\":{\"uid\":1,\"gid\":1}}") == -EINVAL);
	CHECK(make_file("{\"args\":[\"x\"],\"cwd\":\"a\",\"user\":{\"uid\":1,\"gid\":1}}") == -EINVAL && strstr(e.text, "Cwd must be an absolute path"));
	CHECK(make_file("{" LEAST ",\"env\":[\"NAME\"]}") <= 0);
	CHECK(make_file("[]") == -EINVAL);
	CASE("what is no file");
	CHECK(make(&(struct exec_options){ .process_file = "/no/such" }) == -ENOENT);
	CHECK_STR(e.text, "--process /no/such: no such file or directory");
	CHECK(make(&(struct exec_options){ .process_file = "/dev/null" }) == -EINVAL);
	CHECK_STR(e.text, "--process /dev/null is not a regular file");
	CHECK(make(&(struct exec_options){ .process_file = "/" }) == -EINVAL);
}

static void *write_later(void *arg)
{
	static const char json[] = "{" LEAST "}";
	int fd = open(arg, O_WRONLY | O_CLOEXEC);

	usleep(50000);
	if (fd >= 0 && write(fd, json, strlen(json)) < 0)
		perror("write");
	if (fd >= 0)
		close(fd);
	return NULL;
}

/* exec --process <(…) */
static void test_fifo(void)
{
	char fifo[64];
	pthread_t writer;

	CASE("a pipe whose writer takes its time");
	snprintf(fifo, sizeof(fifo), "%s.fifo", path);
	CHECK(mkfifo(fifo, 0600) == 0);
	int reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	CHECK(pthread_create(&writer, NULL, write_later, fifo) == 0);
	usleep(20000);
	CHECK(make(&(struct exec_options){ .process_file = fifo }) == 0 && p.process.n_args == 1);
	pthread_join(writer, NULL);
	close(reader);
	unlink(fifo);
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	test_inherits();
	test_options();
	test_bad_options();
	test_file();
	test_fifo();
	exec_process_done(&p);
	unlink(path);
	return check_summary();
}
