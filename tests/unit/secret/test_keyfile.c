/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The key file as a file: what may be opened.  What takes another user's files is in tests/bats/lithos_crypt.bats. */
#include "secret/secret.h"
#include "tests/check.h"
#include "tests/unit/secret/keys.h"
#include "tests/unit/secret/wiped.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char dir[64];

static const char *path_of(const char *name)
{
	static char path[2][128];
	static int i;

	i = !i;
	snprintf(path[i], sizeof(path[i]), "%s/%s", dir, name);
	return path[i];
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	CHECK(fd >= 0 && fchmod(fd, mode) == 0);
	close(fd);
}

/* "" when the key was taken, or what was wrong behind the path. */
static const char *opened(const char *path)
{
	static char result[ERR_TEXT_MAX];
	auto_secret_keys struct secret_keys keys = { 0 };
	struct err e = { 0 };

	if (secret_keys_open(path, &keys, &e) == 0) {
		CHECK(keys.n == 1);
		return "";
	}
	CHECK(keys.n == 0 && !keys.memory.data);
	CHECK(strncmp(e.text, path, strlen(path)) == 0 && strncmp(e.text + strlen(path), ": ", 2) == 0);
	snprintf(result, sizeof(result), "%s", e.text + strlen(path) + 2);
	return result;
}

static void test_modes(const char *key)
{
	static const mode_t bad[] = { 0640, 0604, 0644, 0660, 0700, 0610, 0601, 04600, 02600, 01600 };

	CASE("modes");
	write_file("key", key, 0600);
	CHECK_STR(opened(path_of("key")), "");
	CHECK(chmod(path_of("key"), 0400) == 0);
	CHECK_STR(opened(path_of("key")), "");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(chmod(path_of("key"), bad[i]) == 0);
		CHECK_STR(opened(path_of("key")), "Key's mode must be 0600");
	}
	CHECK(chmod(path_of("key"), 0600) == 0);
}

static void test_kinds(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CASE("what is no regular file");
	CHECK_STR(opened(path_of("missing")), "no such file or directory");
	CHECK_STR(opened(path_of("key/x")), "directory of the key: not a directory");
	CHECK_STR(opened(path_of("nowhere/key")), "directory of the key: no such file or directory");
	CHECK_STR(opened(path_of("")), "not a regular file");
	CHECK_STR(opened("/dev/null"), "not a regular file");
	CHECK(mkfifo(path_of("fifo"), 0600) == 0);
	CHECK_STR(opened(path_of("fifo")), "not a regular file");
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path_of("socket"));
	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	CHECK_STR(opened(path_of("socket")), "no such device or address");
	close(fd);
}

static void test_links(void)
{
	CASE("links");
	CHECK(symlink("key", path_of("symlink")) == 0);
	CHECK_STR(opened(path_of("symlink")), "Key must not be a symbolic link");
	CHECK(symlink("missing", path_of("dangling")) == 0);
	CHECK_STR(opened(path_of("dangling")), "Key must not be a symbolic link");
	CHECK(symlink(".", path_of("here")) == 0);
	CHECK_STR(opened(path_of("here/key")), "");
	CHECK(link(path_of("key"), path_of("second")) == 0);
	CHECK_STR(opened(path_of("key")), "Key must have no other links");
	CHECK(unlink(path_of("second")) == 0);
}

static void test_directory(void)
{
	CASE("the directory");
	CHECK(chmod(dir, 0770) == 0);
	CHECK_STR(opened(path_of("key")), "others can write to the directory of the key");
	CHECK(chmod(dir, 0707) == 0);
	CHECK_STR(opened(path_of("key")), "others can write to the directory of the key");
	CHECK(chmod(dir, 01777) == 0);
	CHECK_STR(opened(path_of("key")), "");
	CHECK(chmod(dir, 0755) == 0);
	CHECK_STR(opened(path_of("key")), "");
	CHECK(chdir(dir) == 0);
	CHECK_STR(opened("key"), "");
	CHECK_STR(opened("./key"), "");
	CHECK(chdir("/") == 0);
}

static void test_contents(const char *key)
{
	char *large = malloc(SECRET_KEY_FILE_MAX + 2);

	CASE("contents");
	memset(large, '\n', SECRET_KEY_FILE_MAX + 1);
	memcpy(large, key, strlen(key));
	large[SECRET_KEY_FILE_MAX + 1] = '\0';
	write_file("large", large, 0600);
	CHECK_STR(opened(path_of("large")), "larger than 65536 bytes");
	large[SECRET_KEY_FILE_MAX] = '\0';
	write_file("large", large, 0600);
	CHECK_STR(opened(path_of("large")), "");
	write_file("empty", "", 0600);
	CHECK_STR(opened(path_of("empty")), "unsupported key type \"unknown\"");
	write_file("password", "hunter2\n", 0600);
	CHECK_STR(opened(path_of("password")), "unsupported key type \"unknown\"");
	free(large);
}

static void clean_up(void)
{
	static const char *const names[] = {
		"key", "fifo", "socket", "symlink", "dangling", "here", "large", "empty", "password",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	CHECK(rmdir(dir) == 0);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	char key[4096] = "";

	CHECK(sodium_init() >= 0);
	umask(022);
	snprintf(dir, sizeof(dir), "%.40s/cist-key.XXXXXX", tmp && strlen(tmp) <= 40 ? tmp : "/tmp");
	if (!CHECK(mkdtemp(dir) != NULL))
		return check_summary();
	usual_key(0, key, sizeof(key));
	test_modes(key);
	test_kinds();
	test_links();
	test_directory();
	test_contents(key);
	clean_up();
	CHECK_WIPED();
	return check_summary();
}
