/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/notify.h"

#include "sys/file.h"
#include "sys/socket.h"
#include "tests/check.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define ID "app+web.0"

static int dir;

static bool says(const char *text)
{
	return notify_says_ready(text, strlen(text));
}

static void test_text(void)
{
	static const char cut[] = "READY=1";

	CASE("a line READY=1, wherever it stands");
	CHECK(says("READY=1") && says("READY=1\n") && says("STATUS=x\nREADY=1") && says("\n\nREADY=1\nMAINPID=5\n"));

	CASE("nothing else");
	CHECK(!says("") && !says("READY=0") && !says("READY=11") && !says("READY=1 ") && !says(" READY=1") && !says("ready=1"));
	CHECK(!says("STATUS=READY=1") && !says("READY=1\r\n") && !says("\n"));
	CHECK(!notify_says_ready(cut, 6) && !notify_says_ready("READY=1\0", 8) && notify_says_ready("\0\nREADY=1", 9));
}

static int sender(void)
{
	return sys_unix_connect(SOCK_DGRAM, dir, NOTIFY_DIRECTORY "/" ID "/" NOTIFY_NAME);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	return sys_fstatat(dir, path, AT_SYMLINK_NOFOLLOW, &st) < 0 ? 0 : st.st_mode;
}

static void test_made(void)
{
	struct err e = { 0 };
	int sock = -1, again = -1, from;
	bool ready = true;

	CASE("made: for everybody who comes to its directory, which nobody does on the host");
	CHECK(notify_make(dir, ID, &sock, &e) == 0 && sock >= 0);
	CHECK(mode_of(NOTIFY_DIRECTORY) == (S_IFDIR | 0700) && mode_of(NOTIFY_DIRECTORY "/" ID) == (S_IFDIR | 0755));
	CHECK(mode_of(NOTIFY_DIRECTORY "/" ID "/" NOTIFY_NAME) == (S_IFSOCK | 0666));
	CHECK(!notify_take(sock, &ready) && !ready);

	CASE("made once more: who has the old name is not heard, the new one is");
	from = sender();
	CHECK(notify_make(dir, ID, &again, &e) == 0 && sys_send(from, "READY=1", 7, -1) == 0);
	CHECK(!notify_take(again, &ready) && !ready);
	close(sock);
	close(from);
	from = sender();
	CHECK(sys_send(from, "READY=1", 7, -1) == 0 && !notify_take(again, &ready) && ready);
	CHECK(!notify_take(again, &ready) && !ready);
	close(from);

	CASE("what is in its place, if it cannot be removed, is an error");
	close(again);
	CHECK(sys_unlinkat(dir, NOTIFY_DIRECTORY "/" ID "/" NOTIFY_NAME, 0) == 0);
	CHECK(sys_mkdirat(dir, NOTIFY_DIRECTORY "/" ID "/" NOTIFY_NAME, 0700) == 0);
	CHECK(notify_make(dir, ID, &sock, &e) < 0 && strstr(e.text, ID));
	CHECK(sys_unlinkat(dir, NOTIFY_DIRECTORY "/" ID "/" NOTIFY_NAME, AT_REMOVEDIR) == 0);

	CASE("a link to somewhere is replaced, not followed");
	CHECK(sys_symlinkat("../../elsewhere", dir, NOTIFY_DIRECTORY "/" ID "/" NOTIFY_NAME) == 0);
	CHECK(notify_make(dir, ID, &sock, &e) == 0 && mode_of("elsewhere") == 0);
	close(sock);

	CASE("removed, and once more");
	CHECK(notify_remove(dir, ID, &e) == 0 && mode_of(NOTIFY_DIRECTORY "/" ID) == 0);
	CHECK(notify_remove(dir, ID, &e) == 0);
}

static void test_flood(void)
{
	static char long_text[2 * NOTIFY_MESSAGE_MAX];
	struct err e = { 0 };
	int sock = -1, from, sent = 0, before;
	bool ready;

	CASE("a program that sends without end gets its turn, no more");
	CHECK(notify_make(dir, ID, &sock, &e) == 0);
	from = sender();
	CHECK(fcntl(from, F_SETFL, O_NONBLOCK) == 0);
	while (sent < 64 && sys_send(from, "STATUS=x", 8, -1) == 0)
		sent++;
	CHECK(sent > 0 && notify_take(sock, &ready) == (sent >= NOTIFY_BURST) && !ready);

	CASE("what a former life has sent is thrown away");
	CHECK(sys_send(from, "READY=1", 7, -1) == 0);
	notify_drain(sock);
	CHECK(!notify_take(sock, &ready) && !ready);

	CASE("an empty one, one that is too long");
	memset(long_text, '\n', sizeof(long_text));
	memcpy(long_text + sizeof(long_text) - 7, "READY=1", 7);
	CHECK(sys_send(from, "", 0, -1) == 0 && sys_send(from, long_text, sizeof(long_text), -1) == 0);
	CHECK(!notify_take(sock, &ready) && !ready);
	memcpy(long_text, "READY=1", 7);
	CHECK(sys_send(from, long_text, sizeof(long_text), -1) == 0 && !notify_take(sock, &ready) && ready);

	CASE("descriptors that come with one stay nowhere");
	before = sys_dup(0);
	close(before);
	CHECK(sys_send(from, "READY=1\nFDSTORE=1", 17, 0) == 0 && !notify_take(sock, &ready) && ready);
	sent = sys_dup(0);
	CHECK(sent == before);
	close(sent);
	close(from);
	close(sock);
	CHECK(notify_remove(dir, ID, &e) == 0);
}

int main(void)
{
	char root[] = "/tmp/test_notify.XXXXXX";

	if (!mkdtemp(root))
		return 1;
	dir = sys_openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY, 0);
	umask(027);
	test_text();
	test_made();
	test_flood();
	CHECK(sys_unlinkat(dir, NOTIFY_DIRECTORY, AT_REMOVEDIR) == 0 && rmdir(root) == 0);
	return check_summary();
}
