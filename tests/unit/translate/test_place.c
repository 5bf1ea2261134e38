/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Directories of a launch, and their removal, in a directory of the test's own.  Whose the directories become is this user,
 * who needs no privilege for that; other owners are for root: tests/bats/lithos_volumes.bats.
 */
#include "base/arr.h"
#include "tests/tree.h"
#include "translate/place.h"

#include <errno.h>

static struct err e;

static int place(const char *prefix, const char *below, mode_t mode, bool keep, const char *point)
{
	struct bundle_directory dir = {
		.prefix = prefix, .below = below, .mode = mode, .uid = geteuid(), .gid = getegid(), .keep = keep,
		.points = { point }, .from = "volumes./v",
	};
	const struct bundle_plan p = { .directories = &dir, .n_directories = 1 };

	e = (struct err){ 0 };
	return place_directories(&p, &e);
}

static unsigned int mode_of(const char *name)
{
	struct stat st;

	return lstat(tree_path(name), &st) == 0 ? st.st_mode : 0;
}

static void check_outside(void)
{
	CHECK(mode_of("outside") == (S_IFDIR | 0710) && mode_of("outside/file") == (S_IFREG | 0644));
	CHECK(mode_of("outside/new") == 0);
}

static void test_make(void)
{
	const mode_t was = umask(077);

	CASE("made with its parents, whatever the umask");
	CHECK(place(tree_path("volume"), "a//b/c", 0751, true, NULL) == 0);
	CHECK_STR(e.text, "");
	CHECK(mode_of("volume/a") == (S_IFDIR | 0755) && mode_of("volume/a/b") == (S_IFDIR | 0755));
	CHECK(mode_of("volume/a/b/c") == (S_IFDIR | 0751));
	umask(was);

	CASE("one that is there stays as it is");
	CHECK(place(tree_path("volume"), "a/b/c", 0700, true, NULL) == 0);
	CHECK(mode_of("volume/a/b/c") == (S_IFDIR | 0751));
	tree_file("volume/file", "x", 0644);
	CHECK(place(tree_path("volume"), "file", 0700, true, NULL) == 0);

	CASE("a state directory gets its mode each time");
	CHECK(place(tree_path("state"), "app/web.0", 01777, false, NULL) == 0);
	CHECK(mode_of("state/app/web.0") == (S_IFDIR | 01777));
	chmod(tree_path("state/app/web.0"), 0700);
	CHECK(place(tree_path("state"), "app/web.0", 01777, false, NULL) == 0);
	CHECK(mode_of("state/app/web.0") == (S_IFDIR | 01777));
	CHECK(place(tree_path("volume"), "file", 0700, false, NULL) == -ENOTDIR);

	CASE("the administrator's directory itself");
	CHECK(place(tree_path("fresh/deep"), "", 0711, true, NULL) == 0);
	CHECK(mode_of("fresh/deep") == (S_IFDIR | 0711));
	CHECK(place(tree_path("fresh/deep"), "", 0700, true, NULL) == 0);
	CHECK(mode_of("fresh/deep") == (S_IFDIR | 0711));
	CHECK(place(tree_path("slash/"), "x", 0700, true, NULL) == 0);
	CHECK(mode_of("slash/x") == (S_IFDIR | 0700));

	CASE("links in it are his");
	CHECK(symlink("volume", tree_path("link")) == 0);
	CHECK(place(tree_path("link"), "through", 0700, true, NULL) == 0);
	CHECK(mode_of("volume/through") == (S_IFDIR | 0700));
	CHECK(place(tree_path("link"), "", 0700, true, NULL) == 0);
}

static void test_links(void)
{
	static const char *const targets[] = { "../../outside", "/", "b", "nowhere", "." };
	char want[PATH_MAX];

	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		for (int keep = 0; keep < 2; keep++) {
			CASE(targets[i]);
			tree_dir("swap/b");
			CHECK(symlink(targets[i], tree_path("swap/sub")) == 0);
			CHECK(place(tree_path("swap"), "sub/new", 0700, keep, NULL) == -ELOOP);
			CHECK(place(tree_path("swap"), "sub", 0700, keep, NULL) == -ELOOP);
			CHECK(unlink(tree_path("swap/sub")) == 0);
			check_outside();
			CHECK(mode_of("swap/b/new") == 0 && mode_of("swap/new") == 0);
		}

	CASE("the sentence");
	CHECK(symlink("../outside", tree_path("swap/sub")) == 0);
	CHECK(place(tree_path("swap"), "sub/new", 0700, true, NULL) < 0);
	snprintf(want, sizeof(want), "volumes./v: %s/sub/new: Error creating persistent volume: a symbolic link is in the way, and "
		 "none is followed here", tree_path("swap"));
	CHECK_STR(e.text, want);

	CASE("out of it");
	CHECK(place(tree_path("swap"), "../outside/new", 0700, true, NULL) == -EXDEV);
	check_outside();
}

/* Nothing stays that the next launch would take for finished. */
static void test_half_made(void)
{
	struct bundle_directory dir = {
		.prefix = tree_top, .below = "half", .mode = 0700, .uid = geteuid() + 1, .gid = getegid() + 1, .keep = true,
		.from = "volumes./v",
	};
	const struct bundle_plan p = { .directories = &dir, .n_directories = 1 };

	CASE("half made");
	if (geteuid() == 0)
		dir.uid = (uid_t)-2;
	e = (struct err){ 0 };
	if (place_directories(&p, &e) == 0) {
		printf("not tested: this user may give files to anybody\n");
		return;
	}
	CHECK(strstr(e.text, "Error chowning persistent volume: ") != NULL);
	CHECK(mode_of("half") == 0);
}

static void test_points(void)
{
	CASE("mount points in a state directory");
	CHECK(place(tree_path("points"), "s", 0755, false, "hosts") == 0);
	CHECK(mode_of("points/s/hosts") == (S_IFREG | 0644));
	CHECK(place(tree_path("points"), "s", 0755, false, "hosts") == 0);

	CASE("what a container has left in their place");
	unlink(tree_path("points/s/hosts"));
	CHECK(symlink("../../outside/file", tree_path("points/s/hosts")) == 0);
	CHECK(place(tree_path("points"), "s", 0755, false, "hosts") == 0);
	CHECK(mode_of("points/s/hosts") == (S_IFREG | 0644));
	check_outside();
	unlink(tree_path("points/s/hosts"));
	CHECK(mkfifo(tree_path("points/s/hosts"), 0600) == 0);
	CHECK(place(tree_path("points"), "s", 0755, false, "hosts") == 0);
	CHECK(mode_of("points/s/hosts") == (S_IFREG | 0644));
	unlink(tree_path("points/s/hosts"));
	tree_dir("points/s/hosts/full");
	CHECK(symlink("../../../outside/file", tree_path("points/s/hosts/full/link")) == 0);
	CHECK(place(tree_path("points"), "s", 0755, false, "hosts") == 0);
	CHECK(mode_of("points/s/hosts") == (S_IFREG | 0644));
	check_outside();
}

/* ---- removal ---- */

static int take_away(const char *root, const char *below)
{
	e = (struct err){ 0 };
	return place_remove(tree_path(root), below, &e);
}

static void test_remove(void)
{
	CASE("links are removed as links");
	tree_dir("gone/app/web.0/sub/deeper");
	tree_file("gone/app/web.0/sub/file", "x", 0644);
	CHECK(symlink("../../../outside", tree_path("gone/app/web.0/link")) == 0);
	CHECK(symlink("nowhere", tree_path("gone/app/web.0/dangling")) == 0);
	CHECK(mkfifo(tree_path("gone/app/web.0/fifo"), 0600) == 0);
	CHECK(mkdir(tree_path("gone/app/web.0/\x1b[31m\n"), 0700) == 0);
	CHECK(take_away("gone", "app/web.0") == 0);
	CHECK_STR(e.text, "");
	CHECK(mode_of("gone/app/web.0") == 0 && mode_of("gone/app") != 0);
	check_outside();

	CASE("what is not there is none to remove");
	CHECK(take_away("gone", "app/web.0") == 0);
	CHECK(take_away("gone", "none/web.0") == 0);
	CHECK(take_away("nowhere", "app/web.0") == 0);

	CASE("a link in its place, a file in its place");
	CHECK(symlink("../../outside", tree_path("gone/app/web.1")) == 0);
	CHECK(take_away("gone", "app/web.1") == 0);
	CHECK(mode_of("gone/app/web.1") == 0);
	tree_file("gone/app/web.2", "x", 0644);
	CHECK(take_away("gone", "app/web.2") == 0);
	CHECK(mode_of("gone/app/web.2") == 0);
	check_outside();

	CASE("a link on the way, and names that are none");
	CHECK(symlink("../outside", tree_path("gone/other")) == 0);
	CHECK(take_away("gone", "other/file") == -ELOOP);
	CHECK(take_away("gone", "../outside/file") == -EXDEV);
	CHECK(take_away("gone", "app/..") == -EINVAL);
	CHECK(take_away("gone", "") == -EINVAL);
	CHECK(take_away("gone", "app/") == -EINVAL);
	check_outside();
}

/* Deeper than descriptors, stack and PATH_MAX allow, and wider than one reading. */
static void test_deep(void)
{
	int at = open(tree_path("gone/app"), O_PATH | O_DIRECTORY | O_CLOEXEC), next;
	char name[16];

	CASE("deep and wide");
	CHECK(mkdirat(at, "deep", 0700) == 0);
	next = openat(at, "deep", O_PATH | O_DIRECTORY | O_CLOEXEC);
	close(at);
	at = next;
	for (int i = 0; i < 3000; i++) {
		mkdirat(at, "d", 0700);
		if (i % 50 == 0)
			close(openat(at, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
		next = openat(at, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(at);
		at = next;
	}
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		close(openat(at, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	}
	close(at);
	CHECK(take_away("gone", "app/deep") == 0);
	CHECK_STR(e.text, "");
	CHECK(mode_of("gone/app/deep") == 0);
}

int main(void)
{
	umask(022);
	if (!tree_make())
		return check_summary();
	tree_dir("outside");
	tree_file("outside/file", "secret", 0644);
	chmod(tree_path("outside"), 0710);
	test_make();
	test_links();
	test_half_made();
	test_points();
	test_remove();
	test_deep();
	tree_remove();
	return check_summary();
}
