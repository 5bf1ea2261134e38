/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/install.h"

#include "supervise/running.h"
#include "tests/tree.h"

#include <errno.h>
#include <sys/file.h>

static struct err e;

static const char *text_of(const char *name)
{
	static char buf[64];
	FILE *f = fopen(tree_path(name), "r");
	size_t n = f ? fread(buf, 1, sizeof(buf) - 1, f) : 0;

	buf[n] = '\0';
	if (f)
		fclose(f);
	return f ? buf : NULL;
}

static int begin(struct install *i)
{
	int from = open(tree_path("new"), O_RDONLY | O_CLOEXEC), rc;
	char target[PATH_MAX];

	snprintf(target, sizeof(target), "%s", tree_path("app.yaml"));
	e = (struct err){ 0 };
	rc = install_begin(target, "app", from, i, &e);
	close(from);
	return rc;
}

static void test_install(void)
{
	struct install i, other;
	struct stat st;

	tree_file("new", "new", 0666);
	tree_file("app.yaml", "old", 0644);

	CASE("what is not finished is as if it had not been begun");
	CHECK(begin(&i) == 0);
	CHECK_STR(text_of("app.yaml"), "old");
	CHECK_STR(text_of(".tmp.app"), "new");
	CHECK_STR(i.path, tree_path(".tmp.app"));

	CASE("one at a time");
	CHECK(begin(&other) == -EBUSY && strstr(e.text, "somebody else"));
	CHECK_STR(text_of(".tmp.app"), "new");
	install_done(&i);
	CHECK(!text_of(".tmp.app"));
	CHECK_STR(text_of("app.yaml"), "old");

	CASE("in place; what a killed one has left is no trouble");
	tree_file(".tmp.app", "something longer", 0644);
	CHECK(begin(&i) == 0 && install_finish(&i, &e) == 0);
	install_done(&i);
	CHECK_STR(text_of("app.yaml"), "new");
	CHECK(!text_of(".tmp.app") && stat(tree_path("app.yaml"), &st) == 0 && (st.st_mode & 0777) == 0644);
	CHECK(begin(&i) == 0);
	install_done(&i);
	CHECK_STR(text_of("app.yaml"), "new");

	CASE("a link in the way is not followed");
	tree_link("app.yaml", ".tmp.app");
	CHECK(begin(&i) < 0 && i.fd < 0);
	CHECK_STR(text_of("app.yaml"), "new");
}

static void test_running(void)
{
	char file[PATH_MAX];
	int pidfd = -1, lock;
	pid_t pid = 0;

	CASE("who has the lock runs");
	snprintf(file, sizeof(file), "%s", tree_path("master.pid"));
	CHECK(running_find(file, &pid, &pidfd, &e) == 0);
	tree_file("master.pid", "1\n", 0644);
	CHECK(running_find(file, &pid, &pidfd, &e) == 0);
	lock = open(file, O_RDWR | O_CLOEXEC);
	CHECK(flock(lock, LOCK_EX) == 0);
	CHECK(running_find(file, &pid, &pidfd, &e) == 1 && pid == 1 && pidfd >= 0);
	close(pidfd);
	CHECK(ftruncate(lock, 0) == 0 && running_find(file, &pid, &pidfd, &e) == 0);
	close(lock);
	CHECK(running_find(file, &pid, &pidfd, &e) == 0);
}

int main(void)
{
	if (tree_make()) {
		test_install();
		test_running();
		tree_remove();
	}
	return check_summary();
}
