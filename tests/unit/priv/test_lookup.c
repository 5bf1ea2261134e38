/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which file a name means, for whom; and the sentences that engines match. */
#include "tests/check.h"
#include "base/arr.h"
#include "priv/lookup.h"
#include "sys/cred.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAC_OVERRIDE (UINT64_C(1) << 1)

static char dir[] = "/tmp/test-lookup-XXXXXX";

static void make(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && fchmod(fd, mode) == 0);
	close(fd);
}

static void make_tree(void)
{
	CHECK(chmod(dir, 0755) == 0 && chdir(dir) == 0);
	CHECK(mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0 && mkdir("a/tool.d", 0755) == 0 && mkdir("a/both", 0755) == 0);
	make("a/plain", 0644);
	make("a/tool", 0755);
	make("b/plain", 0755);
	make("b/tool", 0755);
	make("b/both", 0755);
	make("here", 0755);
	CHECK(symlink("tool", "a/link") == 0 && symlink("nowhere", "a/dangling") == 0 && symlink("loop", "a/loop") == 0);
}

static void remove_tree(void)
{
	static const char *const files[] = { "a/plain", "a/tool", "a/link", "a/dangling", "a/loop", "b/plain", "b/tool", "b/both",
					     "here", "group" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		unlink(files[i]);
	rmdir("a/tool.d");
	rmdir("a/both");
	rmdir("a");
	rmdir("b");
	rmdir(dir);
}

static const struct {
	const char *says;
	const char *name;
	const char *path;	/* of PATH, with %s for the directory; NULL: no PATH */
	int rc;
	const char *want;	/* file, or sentence */
} rows[] = {
	{ "first in PATH", "tool", "PATH=%s/a:%s/b", 0, "%s/a/tool" },
	{ "one without the bit is passed over", "plain", "PATH=%s/a:%s/b", 0, "%s/b/plain" },
	{ "a directory is passed over", "both", "PATH=%s/a:%s/b", 0, "%s/b/both" },
	{ "through a link", "link", "PATH=%s/a", 0, "%s/a/link" },
	{ "nowhere", "nothing", "PATH=%s/a:%s/b", -ENOENT, "exec: \"nothing\": executable file not found in $PATH" },
	{ "only without the bit", "plain", "PATH=%s/a", -ENOENT, "exec: \"plain\": executable file not found in $PATH" },
	{ "an empty name", "", "PATH=%s/a", -ENOENT, "exec: \"\": executable file not found in $PATH" },
	{ "an empty PATH", "here", "PATH=", -ENOENT, "exec: \"here\": executable file not found in $PATH" },
	{ "an empty element is the working directory", "here", "PATH=%s/a:", 0, "./here" },
	{ "and in the middle", "here", "PATH=%s/a::%s/b", 0, "./here" },
	{ "a relative element", "tool", "PATH=b", 0, "b/tool" },
	{ "no PATH: the usual one", "sh", NULL, 0, "" },
	{ "a path", "b/tool", "PATH=%s/a", 0, "b/tool" },
	{ "a path with a dot", "./here", NULL, 0, "./here" },
	{ "a path that is not there", "/nope", NULL, -ENOENT, "exec: \"/nope\": stat /nope: no such file or directory" },
	{ "capitals are kept", "/No/Pe", NULL, -ENOENT, "exec: \"/No/Pe\": stat /No/Pe: no such file or directory" },
	{ "a dangling link", "a/dangling", NULL, -ENOENT, "exec: \"a/dangling\": stat a/dangling: no such file or directory" },
	{ "a loop", "a/loop", NULL, -ELOOP, "exec: \"a/loop\": stat a/loop: too many levels of symbolic links" },
	{ "below a file", "here/x", NULL, -ENOTDIR, "exec: \"here/x\": stat here/x: not a directory" },
	{ "without the bit", "a/plain", NULL, -EACCES, "exec: \"a/plain\": permission denied" },
	{ "a directory", "a/", NULL, -EACCES, "exec: \"a/\": permission denied" },
	{ "the root", "/", NULL, -EACCES, "exec: \"/\": permission denied" },
};

/* As the present user, whose groups cannot always be set. */
static struct cred_plan myself(void)
{
	return (struct cred_plan){ .from = "process", .uid = geteuid(), .gid = getegid(), .keep_groups = true,
				   .caps = { .effective = geteuid() == 0 ? DAC_OVERRIDE : 0 } };
}

static void tables(void)
{
	const struct cred_plan me = myself();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char path[256], want[256], got[LOOKUP_PATH_MAX] = "";
		const char *const envp[] = { "A=b", rows[i].path ? path : "X=y", NULL };
		struct err e = { 0 };

		CASE(rows[i].says);
		if (rows[i].path) {
			char *at = path;

			/* The directory for each %s. */
			for (const char *p = rows[i].path; *p; p++) {
				if (strncmp(p, "%s", 2) == 0) {
					at = stpcpy(at, dir);
					p++;
				} else {
					*at++ = *p;
				}
			}
			*at = '\0';
		}
		snprintf(want, sizeof(want), "%s%s", strncmp(rows[i].want, "%s", 2) == 0 ? dir : "",
			 rows[i].want + (strncmp(rows[i].want, "%s", 2) == 0 ? 2 : 0));
		CHECK(lookup_program(rows[i].name, envp, &me, got, sizeof(got), &e) == rows[i].rc);
		if (rows[i].rc < 0)
			CHECK_STR(e.text, want);
		else if (*want)
			CHECK_STR(got, want);
		else
			CHECK(got[0] == '/');
	}
}

static void last_path_wins(void)
{
	const struct cred_plan me = myself();
	const char *const envp[] = { "PATH=a", "PATH=b", NULL };
	char got[LOOKUP_PATH_MAX];
	struct err e = { 0 };

	CASE("the last of two PATHs");
	CHECK(lookup_program("tool", envp, &me, got, sizeof(got), &e) == 0);
	CHECK_STR(got, "b/tool");
}

static void long_names(void)
{
	const struct cred_plan me = myself();
	static char name[5000], path[70000];
	const char *const envp[] = { path, NULL };
	char got[LOOKUP_PATH_MAX];
	struct err e = { 0 };

	CASE("long names");
	memset(name, 'x', sizeof(name) - 1);
	memset(path, 'y', sizeof(path) - 1);
	memcpy(path, "PATH=", 5);
	CHECK(lookup_program(name, envp, &me, got, sizeof(got), &e) == -ENOENT);
	name[0] = '/';
	CHECK(lookup_program(name, envp, &me, got, sizeof(got), &e) == -ENAMETOOLONG);
	memcpy(path + sizeof(path) - 10, ":/bin:/b\0", 9);
	CHECK(lookup_program("sh", envp, &me, got, sizeof(got), &e) == 0);
}

static void failed_exec(void)
{
	struct err e = { 0 };

	CASE("execve fails");
	CHECK(lookup_exec_failed("/x", -ENOEXEC, &e) == -ENOEXEC);
	CHECK_STR(e.text, "exec: \"/x\": exec format error");
	CHECK(lookup_exec_failed("/x", -ENOENT, &e) == -ENOENT);
	CHECK_STR(e.text, "exec: \"/x\": no such file or directory");
}

/* As root: another user's eyes, and back.  The status tells which check failed. */
static int as_another(void)
{
	static const struct {
		uint32_t uid, gid, group;
		uint64_t effective;
		int rc;
	} eyes[] = {
		{ 1000, 1000, 1000, 0, -EACCES },		/* nobody of the file */
		{ 1000, 55, 1000, 0, 0 },			/* its group */
		{ 1000, 1000, 55, 0, 0 },			/* a supplementary group */
		{ 1000, 1000, 1000, DAC_OVERRIDE, 0 },		/* whoever may everything */
		{ 0, 0, 0, 0, 0 },				/* root owns it */
	};
	uint64_t before[3], after[3];
	uint32_t groups[64], mine[2] = { 11, 22 };
	int failed = 0;

	if (sys_setgroups(2, mine) < 0 || sys_capget(&before[0], &before[1], &before[2]) < 0)
		return 100;
	for (int i = 0; i < (int)ARRAY_LEN(eyes); i++) {
		const struct cred_plan p = { .from = "process", .uid = eyes[i].uid, .gid = eyes[i].gid, .groups = &eyes[i].group,
					     .n_groups = 1, .caps = { .effective = eyes[i].effective } };
		const char *const envp[] = { NULL };
		char got[LOOKUP_PATH_MAX];
		struct err e = { 0 };

		if (lookup_program("./group", envp, &p, got, sizeof(got), &e) != eyes[i].rc)
			failed = 1 + i;
	}
	if (sys_capget(&after[0], &after[1], &after[2]) < 0 || memcmp(before, after, sizeof(before)) != 0)
		return 101;
	if (sys_getgroups(ARRAY_LEN(groups), groups) != 2 || groups[0] != 11 || groups[1] != 22 || geteuid() != 0)
		return 102;
	return failed;
}

static void other_eyes(void)
{
	int status = -1;
	pid_t pid;

	CASE("as another user");
	if (geteuid() != 0) {
		printf("skipped: access as another user: not root\n");
		return;
	}
	make("group", 0750);
	CHECK(chown("group", 0, 55) == 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(as_another());
	CHECK(waitpid(pid, &status, 0) == pid);
	if (!CHECK(status == 0))
		printf("  status %d\n", WEXITSTATUS(status));
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	make_tree();
	tables();
	last_path_wins();
	long_names();
	failed_exec();
	other_eyes();
	remove_tree();
	return check_summary();
}
