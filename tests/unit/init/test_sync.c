/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "init/sync.h"
#include "base/arr.h"
#include "sys/socket.h"
#include "tests/check.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int pair[2];		/* 0 says, 1 listens */
static struct err e;

static void meet(void)
{
	e = (struct err){ 0 };
	if (sys_socketpair(pair) < 0)
		exit(99);
}

static void part(void)
{
	for (int i = 0; i < 2; i++)
		if (pair[i] >= 0)
			close(pair[i]);
}

static void hang_up(void)
{
	close(pair[0]);
	pair[0] = -1;
}

/* Says a message as a correct peer does, with what it carries. */
static int say(enum sync_name name)
{
	struct err failure = { 0 };

	if (name == SYNC_BORN)
		return sync_send_born(pair[0], 4711, &e);
	if (name == SYNC_LISTENS)
		return sync_send_listens(pair[0], 5, &e);
	if (name != SYNC_FAILED)
		return sync_send(pair[0], name, name == SYNC_CONSOLE ? STDIN_FILENO : -1, &e);
	err_set(&failure, -EACCES, "mounts[3]: permission denied");
	sync_send_failed(pair[0], &failure);
	return 0;
}

static int hear(enum sync_name name)
{
	pid_t pid = 0;
	int fd = -1, number = -1;
	int rc = name == SYNC_BORN ? sync_expect_born(pair[1], &pid, &e) :
		 name == SYNC_LISTENS ? sync_expect_listens(pair[1], &number, &e) :
			  sync_expect(pair[1], name, name == SYNC_CONSOLE ? &fd : NULL, &e);

	if (rc == 0 && name == SYNC_BORN)
		CHECK(pid == 4711);
	if (rc == 0 && name == SYNC_LISTENS)
		CHECK(number == 5);
	if (rc == 0 && name == SYNC_CONSOLE)
		CHECK(fd >= 0 && close(fd) == 0);
	return rc;
}

/* Each message where each is awaited: only the right one passes. */
static void test_every_order(void)
{
	for (int want = 0; want < SYNC_FAILED; want++)
		for (int said = 0; said < SYNC__COUNT; said++) {
			meet();
			CASE("every message where every other is awaited");
			CHECK(say((enum sync_name)said) == 0);
			if (said == want) {
				CHECK(hear((enum sync_name)want) == 0);
			} else if (said == SYNC_FAILED) {
				CHECK(hear((enum sync_name)want) == -EACCES);
				CHECK_STR(e.text, "mounts[3]: permission denied");
			} else {
				CHECK(hear((enum sync_name)want) == -EPROTO);
				CHECK(strncmp(e.text, "expected ", 9) == 0 && strstr(e.text, ", got ") != NULL);
			}
			part();
		}
	CASE("the sentence names both");
	meet();
	CHECK(say(SYNC_GO) == 0 && sync_expect(pair[1], SYNC_READY, NULL, &e) == -EPROTO);
	CHECK_STR(e.text, "expected READY, got GO");
	part();
}

static void test_silence(void)
{
	for (int want = 0; want < SYNC_FAILED; want++) {
		CASE("silence is a failure");
		meet();
		hang_up();
		CHECK(hear((enum sync_name)want) == -EPIPE);
		CHECK(strstr(e.text, " died before it said ") != NULL);
		part();
	}
	meet();
	hang_up();
	CHECK(sync_expect(pair[1], SYNC_READY, NULL, &e) == -EPIPE);
	CHECK_STR(e.text, "the container's init died before it said READY");
	CHECK(sync_expect(pair[1], SYNC_GO, NULL, &e) == -EPIPE);
	CHECK_STR(e.text, "the runtime died before it said GO");
	part();
	CASE("a peer that died with a message of ours unread");
	meet();
	CHECK(sync_send(pair[1], SYNC_GO, -1, &e) == 0);
	hang_up();
	CHECK(sync_expect(pair[1], SYNC_READY, NULL, &e) == -EPIPE);
	CHECK(sync_send(pair[1], SYNC_GO, -1, &e) == -EPIPE);
	CHECK_STR(e.text, "say GO: broken pipe");
	part();
}

static void test_nonsense(void)
{
	static const struct { const char *says; uint32_t words[3]; size_t bytes; } rows[] = {
		{ "too short", { 0 }, 1 }, { "three bytes", { SYNC_READY }, 3 },
		{ "an unknown number", { SYNC__COUNT }, 4 }, { "the largest number", { UINT32_MAX }, 4 },
	};
	static char big[8192];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CASE(rows[i].says);
		meet();
		CHECK(sys_send(pair[0], rows[i].words, rows[i].bytes, -1) == 0);
		CHECK(sync_expect(pair[1], SYNC_READY, NULL, &e) == -EPROTO && strstr(e.text, "makes no sense"));
		part();
	}
	CASE("longer than any message");
	meet();
	CHECK(sys_send(pair[0], big, sizeof(big), -1) == 0);
	CHECK(sync_expect(pair[1], SYNC_READY, NULL, &e) == -EMSGSIZE);
	part();
	CASE("pids that are nobody's");
	for (pid_t pid = -1; pid <= 1; pid++) {
		meet();
		CHECK(sync_send_born(pair[0], pid, &e) == 0);
		pid_t got = 55;
		CHECK(sync_expect_born(pair[1], &got, &e) == -EPROTO && got == 55);
		part();
	}
}

static void test_descriptors(void)
{
	int fd = 77;

	CASE("a descriptor where none belongs, and none where one does");
	meet();
	CHECK(sync_send(pair[0], SYNC_READY, STDIN_FILENO, &e) == 0);
	CHECK(sync_expect(pair[1], SYNC_READY, &fd, &e) == -EPROTO);
	CHECK_STR(e.text, "READY came with a descriptor");
	CHECK(sync_send(pair[0], SYNC_CONSOLE, -1, &e) == 0);
	CHECK(sync_expect(pair[1], SYNC_CONSOLE, &fd, &e) == -EPROTO);
	CHECK_STR(e.text, "CONSOLE came without a descriptor");
	CHECK(fd == 77);
	part();
}

/* A FAILED comes from the side of the container: nothing in it is trusted. */
static void test_failed(void)
{
	struct { uint32_t name; int32_t pid; struct err err; } m = { .name = SYNC_FAILED };
	struct err failure;

	CASE("an error as long as an error may be");
	meet();
	memset(failure.text, 'x', sizeof(failure.text) - 1);
	failure.text[sizeof(failure.text) - 1] = '\0';
	failure.code = -EIO;
	sync_send_failed(pair[0], &failure);
	CHECK(sync_expect(pair[1], SYNC_READY, NULL, &e) == -EIO && strlen(e.text) == ERR_TEXT_MAX - 1);
	part();

	CASE("a text without an end, and a code that is none");
	meet();
	memset(m.err.text, 'y', sizeof(m.err.text));
	m.err.code = 17;
	CHECK(sys_send(pair[0], &m, sizeof(m) - 1, -1) == 0);
	CHECK(sync_expect(pair[1], SYNC_READY, NULL, &e) == -EPROTO && strlen(e.text) == ERR_TEXT_MAX - 1);
	part();

	CASE("no text, and no code");
	meet();
	CHECK(sys_send(pair[0], &m, sizeof(m.name), -1) == 0);
	CHECK(sync_expect(pair[1], SYNC_READY, NULL, &e) == -EPROTO);
	CHECK_STR(e.text, "the container's init failed without a reason");
	part();
	CASE("conversions in the text are only text");
	meet();
	err_set(&failure, -EIO, "%s", "100%s %n");
	sync_send_failed(pair[0], &failure);
	CHECK(sync_expect(pair[1], SYNC_READY, NULL, &e) == -EIO);
	CHECK_STR(e.text, "100%s %n");
	part();
}

static void test_until_closed(void)
{
	CASE("until the peer closes");
	meet();
	hang_up();
	CHECK(sync_until_closed(pair[1], &e) == SYNC_CLOSED);
	part();
	meet();
	CHECK(say(SYNC_FAILED) == 0);
	hang_up();
	CHECK(sync_until_closed(pair[1], &e) == -EACCES);
	CHECK_STR(e.text, "mounts[3]: permission denied");
	part();
	meet();
	CHECK(say(SYNC_READY) == 0);
	CHECK(sync_until_closed(pair[1], &e) == -EPROTO);
	CHECK_STR(e.text, "unexpected READY");
	part();
}

static void test_last_words(void)
{
	CASE("last words, behind others");
	meet();
	CHECK(say(SYNC_MOUNTED) == 0 && say(SYNC_CONSOLE) == 0 && say(SYNC_FAILED) == 0);
	hang_up();
	err_set(&e, -EPIPE, "it died");
	sync_last_words(pair[1], &e);
	CHECK(e.code == -EACCES);
	CHECK_STR(e.text, "mounts[3]: permission denied");
	part();
	CASE("none: what was known is kept");
	meet();
	CHECK(say(SYNC_MOUNTED) == 0);
	hang_up();
	err_set(&e, -EPIPE, "it died");
	sync_last_words(pair[1], &e);
	CHECK(e.code == -EPIPE);
	CHECK_STR(e.text, "it died");
	part();
	CASE("a peer that lives is not waited for");
	meet();
	err_set(&e, -EPIPE, "it died");
	sync_last_words(pair[1], &e);
	CHECK_STR(e.text, "it died");
	part();
	CASE("no socket");
	sync_last_words(-1, &e);
	CHECK_STR(e.text, "it died");
}

int main(void)
{
	test_every_order();
	test_silence();
	test_nonsense();
	test_descriptors();
	test_failed();
	test_until_closed();
	test_last_words();
	return check_summary();
}
