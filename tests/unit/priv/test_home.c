/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The image's passwd: found, broken, and hostile. */
#include "tests/check.h"
#include "base/arr.h"
#include "base/limits.h"
#include "priv/home.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/test-home-XXXXXX";
static int root_fd;

static void write_passwd(const char *text, size_t n)
{
	int fd = openat(root_fd, "etc/passwd", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHECK(write(fd, text, n) == (ssize_t)n);
	close(fd);
}

static const struct {
	const char *says;
	const char *text;
	uint32_t uid;
	int rc;
	const char *home;
} rows[] = {
	{ "the usual", "root:x:0:0:root:/root:/bin/sh\nbin:x:1:1:bin:/bin:\n", 0, 0, "/root" },
	{ "second line", "root:x:0:0:root:/root:/bin/sh\nbin:x:1:1:bin:/bin:\n", 1, 0, "/bin" },
	{ "last line without its end", "a:x:7:7::/seven:/bin/sh", 7, 0, "/seven" },
	{ "nothing behind the home", "a:x:7:7::/seven", 7, 0, "/seven" },
	{ "not there", "root:x:0:0:root:/root:/bin/sh\n", 5, 1, "/" },
	{ "empty file", "", 0, 1, "/" },
	{ "too few fields", "a:x:7:7:/seven\n", 7, 1, "/" },
	{ "empty home", "a:x:7:7:::/bin/sh\n", 7, 1, "/" },
	{ "no number", "a:x:seven:7::/seven:\nb:x::7::/none:\nc:x:7x:7::/x:\n", 7, 1, "/" },
	{ "an empty number is not 0", "a:x::0::/evil:\n", 0, 1, "/" },
	{ "a number that wraps to 0", "a:x:4294967296:0::/evil:\nb:x:18446744073709551616:0::/evil:\n", 0, 1, "/" },
	{ "a minus", "a:x:-1:0::/evil:\n", UINT32_MAX, 1, "/" },
	{ "first of two", "a:x:7:7::/one:\nb:x:7:7::/two:\n", 7, 0, "/one" },
	{ "a line that breaks off, then a good one", "a:x:7:7\nb:x:7:7::/two:\n", 7, 0, "/two" },
};

static void tables(void)
{
	char buf[64];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CASE(rows[i].says);
		write_passwd(rows[i].text, strlen(rows[i].text));
		CHECK(home_find(root_fd, rows[i].uid, buf, sizeof(buf)) == rows[i].rc);
		CHECK_STR(buf, rows[i].home);
	}
	CASE("a home that does not fit");
	write_passwd("a:x:7:7::/sevenseven:", 21);
	CHECK(home_find(root_fd, 7, buf, 8) == 1);
	CHECK_STR(buf, "/");
}

static void limits(void)
{
	char *big = malloc(PASSWD_BYTES_MAX + 64), buf[64];
	int fd;

	CASE("a line that is too long");
	memset(big, 'x', PASSWD_BYTES_MAX);
	memcpy(big + PASSWD_LINE_MAX + 10, "\na:x:7:7::/seven:\n", 18);
	write_passwd(big, PASSWD_LINE_MAX + 28);
	CHECK(home_find(root_fd, 7, buf, sizeof(buf)) == 1);
	CASE("a line within the limit");
	big[100] = '\n';
	write_passwd(big, PASSWD_LINE_MAX + 28);
	CHECK(home_find(root_fd, 7, buf, sizeof(buf)) == 0);
	CASE("a file that is too long");
	fd = openat(root_fd, "etc/passwd", O_WRONLY | O_CLOEXEC);
	CHECK(ftruncate(fd, 1 << 30) == 0);
	close(fd);
	CHECK(home_find(root_fd, 7, buf, sizeof(buf)) == 1);
	free(big);
}

static void not_files(void)
{
	char buf[64];

	CASE("no file");
	unlinkat(root_fd, "etc/passwd", 0);
	CHECK(home_find(root_fd, 0, buf, sizeof(buf)) == 1);
	CASE("a FIFO does not hold us up");
	CHECK(mkfifoat(root_fd, "etc/passwd", 0644) == 0);
	CHECK(home_find(root_fd, 0, buf, sizeof(buf)) == 1);
	unlinkat(root_fd, "etc/passwd", 0);
	CASE("a directory");
	CHECK(mkdirat(root_fd, "etc/passwd", 0755) == 0);
	CHECK(home_find(root_fd, 0, buf, sizeof(buf)) == 1);
	unlinkat(root_fd, "etc/passwd", AT_REMOVEDIR);
	CASE("a link out of the root stays inside");
	CHECK(symlinkat("../../../../../../../../etc/passwd2", root_fd, "etc/passwd") == 0);
	CHECK(home_find(root_fd, 0, buf, sizeof(buf)) == 1);
	unlinkat(root_fd, "etc/passwd", 0);
	CHECK(symlinkat("/etc/other", root_fd, "etc/passwd") == 0);
	CHECK(mkdirat(root_fd, "etc/other.d", 0755) == 0);
	unlinkat(root_fd, "etc/passwd", 0);
	CASE("an absolute link is taken from the root");
	write_passwd("a:x:7:7::/seven:\n", 17);
	CHECK(renameat(root_fd, "etc/passwd", root_fd, "etc/other") == 0);
	CHECK(symlinkat("/etc/other", root_fd, "etc/passwd") == 0);
	CHECK(home_find(root_fd, 7, buf, sizeof(buf)) == 0);
	CASE("a link to /dev/zero of the host");
	unlinkat(root_fd, "etc/passwd", 0);
	CHECK(symlinkat("/dev/zero", root_fd, "etc/passwd") == 0);
	CHECK(home_find(root_fd, 7, buf, sizeof(buf)) == 1);
}

int main(void)
{
	char buf[256];

	if (!mkdtemp(root))
		return 1;
	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(mkdirat(root_fd, "etc", 0755) == 0);
	tables();
	limits();
	not_files();
	CASE("the process' own root");
	CHECK(home_find(AT_FDCWD, 0, buf, sizeof(buf)) >= 0 && buf[0] == '/');
	unlinkat(root_fd, "etc/passwd", 0);
	unlinkat(root_fd, "etc/other", 0);
	unlinkat(root_fd, "etc/other.d", AT_REMOVEDIR);
	unlinkat(root_fd, "etc", AT_REMOVEDIR);
	rmdir(root);
	return check_summary();
}
