/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state/store.h"
#include "base/auto.h"
#include "base/limits.h"
#include "tests/check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[] = "/tmp/cist-test-store.XXXXXX";
static int store = -1;
static struct err e;

static mode_t mode_of(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_mode;
}

static void put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0);
}

/* Whether somebody else holds the lock at this moment. */
static bool is_locked(int dir)
{
	if (flock(dir, LOCK_SH | LOCK_NB) < 0)
		return true;
	store_unlock(dir);
	return false;
}

static void test_open(void)
{
	char path[PATH_MAX], text[128];
	int fd = -1;

	CASE("a store that is missing");
	snprintf(path, sizeof(path), "%s/a/b/store", top);
	CHECK(store_open(path, false, &fd, &e) == STORE_ABSENT && fd == -1);
	CASE("is made with its parents, for its owner alone");
	CHECK(store_open(path, true, &fd, &e) == 0 && fd >= 0);
	CHECK(mode_of(fd, ".") == (S_IFDIR | 0700));
	CHECK(mode_of(fd, "..") == (S_IFDIR | 0700));
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	CHECK(store_open(path, true, &fd, &e) == 0);
	CASE("what others may write to is not trusted");
	CHECK(fchmod(fd, 0770) == 0);
	close(fd);
	CHECK(store_open(path, true, &fd, &e) == -EPERM);
	snprintf(text, sizeof(text), "belongs to user %u with mode 0770", geteuid());
	CHECK(strstr(e.text, text) != NULL);
	CHECK(chmod(path, 01777) == 0 && store_open(path, false, &fd, &e) == 0);
	close(fd);
	CASE("a file in its place");
	snprintf(path, sizeof(path), "%s/file", top);
	put(AT_FDCWD, path, "");
	CHECK(store_open(path, true, &fd, &e) == -ENOTDIR);
	CHECK(unlink(path) == 0);
	CASE("a path that is too long");
	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	CHECK(store_open(path, true, &fd, &e) == -ENAMETOOLONG);

	snprintf(path, sizeof(path), "%s/store", top);
	CHECK(store_open(path, true, &store, &e) == 0);
}

static void test_reserve(void)
{
	int dir = -1, again = -1, found = -1;

	CASE("one reserves, the other is told");
	CHECK(store_reserve(store, "web1", &dir, &e) == 0);
	CHECK(mode_of(store, "web1") == (S_IFDIR | 0700));
	CHECK(store_reserve(store, "web1", &again, &e) == -EEXIST && again == -1);
	CHECK_STR(e.text, "container with given ID already exists: web1");
	CHECK(store_find(store, "web1", &found, &e) == 0 && found >= 0);
	CASE("who reserves holds the lock");
	CHECK(is_locked(found));
	close(dir);
	CHECK(!is_locked(found));
	CHECK(!is_locked(found));
	CASE("who waited for the lock of what is removed meanwhile is told");
	CHECK(store_lock(found, "web1", &e) == 0);
	store_unlock(found);
	CHECK(store_forget(store, "web1", &e) == 0);
	CHECK(store_lock(found, "web1", &e) == STORE_ABSENT);
	close(found);
	CASE("forgotten, and reserved again");
	CHECK(store_find(store, "web1", &found, &e) == STORE_ABSENT);
	CHECK(store_reserve(store, "web1", &dir, &e) == 0);
	close(dir);
	CHECK(store_forget(store, "web1", &e) == 0);
	CASE("forgetting what is not there");
	CHECK(store_forget(store, "web1", &e) == 0);
}

/* A process in store_reserve() that stands still when it has made the directory; negative: it cannot be traced. */
static pid_t halfway(void)
{
	struct err ignored = { 0 };
	struct stat st;
	int dir = -1, status;
	pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(99);
		raise(SIGSTOP);
		_exit(-store_reserve(store, "raced", &dir, &ignored));
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		if (fstatat(store, "raced", &st, 0) == 0)
			return pid;
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	}
	return -1;
}

/* What it says when it goes on, as an errno. */
static int rest_of(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_DETACH, pid, NULL, NULL) < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static void test_race(void)
{
	struct err ignored = { 0 };
	char *text = NULL;
	size_t n;
	int dir = -1;
	pid_t pid = halfway();

	if (pid < 0) {
		printf("skipped: a process cannot be traced here\n");
		return;
	}
	CASE("between making and opening it is deleted as what a crash has left, and another is created");
	CHECK(store_forget(store, "raced", &ignored) == 0 && store_reserve(store, "raced", &dir, &ignored) == 0);
	put(dir, STORE_RECORD, "another's");
	store_unlock(dir);
	CHECK(rest_of(pid) == EEXIST);
	CHECK(store_read(dir, STORE_RECORD, 16, &text, &n, &ignored) == 0);
	CHECK_STR(text, "another's");
	free(text);
	close(dir);
	CHECK(store_forget(store, "raced", &ignored) == 0);

	CASE("another is begun, and has not come to its lock");
	pid = halfway();
	CHECK(store_forget(store, "raced", &ignored) == 0 && mkdirat(store, "raced", 0700) == 0);
	CHECK(rest_of(pid) == 0);
	CHECK(store_forget(store, "raced", &ignored) == 0);

	CASE("it is deleted");
	pid = halfway();
	CHECK(store_forget(store, "raced", &ignored) == 0);
	CHECK(rest_of(pid) == ECANCELED);
}

static void test_find(void)
{
	int dir = -1;

	CASE("neither a link nor a file is a container");
	CHECK(mkdirat(store, "real", 0700) == 0 && symlinkat("real", store, "link") == 0);
	put(store, "file", "x");
	CHECK(store_find(store, "link", &dir, &e) == STORE_ABSENT);
	CHECK(store_find(store, "file", &dir, &e) == STORE_ABSENT);
	CHECK(store_find(store, "../store/real", &dir, &e) < 0 && dir == -1);
	CASE("nor is what a link leads to forgotten");
	CHECK(store_forget(store, "link", &e) < 0);
	CHECK(mode_of(store, "real") != 0);
	unlinkat(store, "link", 0);
	unlinkat(store, "file", 0);
	unlinkat(store, "real", AT_REMOVEDIR);
}

static void test_lock(void)
{
	int dir = -1, mine = -1, status;
	pid_t pid;

	CASE("a lock that is let go of within the time");
	CHECK(store_reserve(store, "locked", &dir, &e) == 0);
	pid = fork();
	if (pid == 0) {
		usleep(200000);
		_exit(0);
	}
	close(dir);	/* the child's copy holds the lock */
	CHECK(store_find(store, "locked", &mine, &e) == 0 && is_locked(mine));
	CHECK(store_lock(mine, "locked", &e) == 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CASE("the lock goes with its holder, however that dies");
	pid = fork();
	if (pid == 0) {
		int fd = -1;

		close(mine);
		alarm(20);
		_exit(store_find(store, "locked", &fd, &e) < 0 || store_lock(fd, "locked", &e) < 0 || pause());
	}
	close(mine);
	CHECK(store_find(store, "locked", &mine, &e) == 0);
	for (int i = 0; i < 1000 && !is_locked(mine); i++)
		usleep(10000);
	CHECK(is_locked(mine));
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
	CHECK(store_lock(mine, "locked", &e) == 0);
	close(mine);
	CHECK(store_forget(store, "locked", &e) == 0);
}

static void test_forget(void)
{
	int dir = -1, notify;
	char outside[PATH_MAX];

	CASE("all that a container's directory may hold goes, what links lead to stays");
	snprintf(outside, sizeof(outside), "%s/outside", top);
	put(AT_FDCWD, outside, "precious");
	CHECK(store_reserve(store, "full", &dir, &e) == 0);
	put(dir, "state.json", "{}");
	put(dir, ".state.json.new", "{");
	CHECK(mkfifoat(dir, "fifo", 0600) == 0 && symlinkat(outside, dir, "link") == 0 && symlinkat("..", dir, "up") == 0);
	CHECK(mkdirat(dir, "notify", 0755) == 0);
	notify = openat(dir, "notify", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	put(notify, "notify.sock", "");
	close(notify);
	close(dir);
	CHECK(store_forget(store, "full", &e) == 0);
	CHECK(mode_of(store, "full") == 0 && mode_of(AT_FDCWD, outside) != 0);
	CHECK(unlink(outside) == 0);
}

static void test_files(void)
{
	static char big[100000];
	char *data = NULL;
	size_t n = 0;
	int dir = -1, old;

	CASE("a file is written as a whole, for its owner alone");
	CHECK(store_reserve(store, "files", &dir, &e) == 0);
	CHECK(store_read(dir, "f", 100, &data, &n, &e) == STORE_ABSENT && !data);
	CHECK(store_write(dir, "f", "one", 3, &e) == 0 && mode_of(dir, "f") == (S_IFREG | 0600));
	CHECK(store_read(dir, "f", 3, &data, &n, &e) == 0 && n == 3);
	CHECK_STR(data, "one");
	free(data);
	CASE("a reader of the old one goes on seeing the old one");
	old = openat(dir, "f", O_RDONLY | O_CLOEXEC);
	memset(big, 'b', sizeof(big));
	CHECK(store_write(dir, "f", big, sizeof(big), &e) == 0);
	CHECK(read(old, big, sizeof(big)) == 3 && memcmp(big, "one", 3) == 0);
	close(old);
	CHECK(mode_of(dir, ".f.new") == 0);
	CASE("what a crash left beside is overwritten");
	put(dir, ".f.new", "half of something much longer than what comes");
	CHECK(store_write(dir, "f", "two", 3, &e) == 0);
	CHECK(store_read(dir, "f", 100, &data, &n, &e) == 0 && n == 3);
	CHECK_STR(data, "two");
	free(data);
	CASE("bounds");
	CHECK(store_read(dir, "f", 2, &data, &n, &e) == -EFBIG);
	CHECK_STR(e.text, "f has 3 bytes, more than 2");
	CHECK(store_write(dir, "empty", "", 0, &e) == 0 && store_read(dir, "empty", 0, &data, &n, &e) == 0 && n == 0);
	CHECK_STR(data, "");
	free(data);
	CASE("what is no regular file is not read, and not waited for");
	CHECK(mkfifoat(dir, "fifo", 0600) == 0 && mkdirat(dir, "sub", 0700) == 0 && symlinkat("f", dir, "link") == 0);
	CHECK(store_read(dir, "fifo", 10, &data, &n, &e) == -EINVAL);
	CHECK_STR(e.text, "fifo is not a regular file");
	CHECK(store_read(dir, "sub", 10, &data, &n, &e) == -EINVAL);
	CHECK(store_read(dir, "link", 10, &data, &n, &e) == -ELOOP);
	CASE("a link in the place of what is written beside is not followed");
	CHECK(symlinkat("f", dir, ".g.new") == 0);
	CHECK(store_write(dir, "g", "three", 5, &e) == -ELOOP);
	CHECK(store_read(dir, "f", 100, &data, &n, &e) == 0);
	CHECK_STR(data, "two");
	free(data);
	close(dir);
	CHECK(store_forget(store, "files", &e) == 0);
}

static void test_ids(void)
{
	static const char *const ours[] = { "a.b", "B", "web1", "x_+-9" };
	static const char *const strange[] = { ".hidden", "a b", "tab\there", "esc\033[31m", "comma,", "\xff\xfe", "star*" };
	char **ids = NULL;
	size_t n = 99;

	CASE("no container");
	CHECK(store_ids(store, &ids, &n, &e) == 0 && n == 0 && ids && !ids[0]);
	free(ids);
	CASE("containers, and what somebody put beside them");
	for (size_t i = 0; i < 4; i++)
		CHECK(mkdirat(store, ours[i], 0700) == 0);
	for (size_t i = 0; i < 7; i++)
		CHECK(mkdirat(store, strange[i], 0700) == 0);
	put(store, "file", "");
	CHECK(symlinkat("B", store, "link") == 0 && mkfifoat(store, "fifo", 0600) == 0);
	CHECK(store_ids(store, &ids, &n, &e) == 0 && n == 4);
	if (n == 4) {
		CHECK_STR(ids[0], "B");
		CHECK_STR(ids[1], "a.b");
		CHECK_STR(ids[2], "web1");
		CHECK_STR(ids[3], "x_+-9");
		CHECK(!ids[4]);
	}
	free(ids);
	CASE("those that a pattern fits");
	CHECK(store_ids_matching(store, "^(web|B)", &ids, &n, &e) == 0 && n == 2);
	if (n == 2) {
		CHECK_STR(ids[0], "B");
		CHECK_STR(ids[1], "web1");
	}
	free(ids);
	CHECK(store_ids_matching(store, "^nothing$", &ids, &n, &e) == 0 && n == 0);
	free(ids);
	CHECK(store_ids_matching(store, "(", &ids, &n, &e) < 0 && *e.text);
	CASE("twice, from one descriptor");
	CHECK(store_ids(store, &ids, &n, &e) == 0 && n == 4);
	free(ids);
	for (size_t i = 0; i < 4; i++)
		unlinkat(store, ours[i], AT_REMOVEDIR);
	for (size_t i = 0; i < 7; i++)
		unlinkat(store, strange[i], AT_REMOVEDIR);
	unlinkat(store, "file", 0);
	unlinkat(store, "link", 0);
	unlinkat(store, "fifo", 0);
}

static void clean_up(void)
{
	static const char *const made[] = { "store", "a/b/store", "a/b", "a" };
	char path[PATH_MAX];

	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", top, made[i]);
		CHECK(rmdir(path) == 0);
	}
	CHECK(rmdir(top) == 0);
}

int main(void)
{
	if (!mkdtemp(top)) {
		printf("cannot make %s\n", top);
		return 1;
	}
	test_open();
	test_reserve();
	test_race();
	test_find();
	test_lock();
	test_forget();
	test_files();
	test_ids();
	CASE("nothing is left");
	close(store);
	clean_up();
	return check_summary();
}
