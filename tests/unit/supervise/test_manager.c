/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/manager.h"

#include "base/fmt.h"
#include "sys/file.h"
#include "sys/socket.h"
#include "tests/check.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void test_text(void)
{
	char text[MANAGER_TEXT_MAX], many[2 * MANAGER_TEXT_MAX];

	CASE("messages");
	CHECK(manager_text(text, MANAGER_READY, 7, NULL) == strlen("READY=1\n"));
	CHECK_STR(text, "READY=1\n");
	manager_text(text, MANAGER_READY, 7, "5 of 6 instances run");
	CHECK_STR(text, "READY=1\nSTATUS=5 of 6 instances run\n");
	manager_text(text, MANAGER_RELOADING, 123456789012, NULL);
	CHECK_STR(text, "RELOADING=1\nMONOTONIC_USEC=123456789012\n");
	manager_text(text, MANAGER_STOPPING, 7, "two\nREADY=1");
	CHECK_STR(text, "STOPPING=1\nSTATUS=two\n");
	manager_text(text, MANAGER_ALIVE, 7, "");
	CHECK_STR(text, "WATCHDOG=1\nSTATUS=\n");
	memset(many, 'x', sizeof(many));
	many[sizeof(many) - 1] = '\0';
	CHECK(manager_text(text, MANAGER_ALIVE, 7, many) >= sizeof(text));
	CHECK(strlen(text) == sizeof(text) - 1);
}

/* A service manager; the name is of its address as the environment has it. */
static int listening(char name[64])
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t n = fmt(name, 64, "@cist-test-manager-%d", getpid());
	auto_close int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(addr.sun_path + 1, name + 1, n - 1);
	if (bind(sock, (struct sockaddr *)&addr, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		return -1;
	return take_fd(sock);
}

static const char *heard(int sock)
{
	static char text[MANAGER_TEXT_MAX];
	ssize_t n = recv(sock, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void test_told(void)
{
	char name[64], pid[16];
	struct manager m;
	struct err e = { 0 };
	auto_close int sock = listening(name);

	CASE("told");
	CHECK(sock >= 0);
	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", "30000000", 1);
	fmt(pid, sizeof(pid), "%d", getpid());
	setenv("WATCHDOG_PID", pid, 1);
	CHECK(manager_open(&m, &e) == 0 && m.sock >= 0 && m.watchdog_ms == 15000);
	manager_tell(&m, MANAGER_READY, "1 of 1 runs");
	CHECK_STR(heard(sock), "READY=1\nSTATUS=1 of 1 runs\n");
	manager_tell(&m, MANAGER_RELOADING, NULL);
	CHECK(strncmp(heard(sock), "RELOADING=1\nMONOTONIC_USEC=", 27) == 0);
	manager_close(&m);
	manager_tell(&m, MANAGER_READY, NULL);
	CHECK_STR(heard(sock), "");

	CASE("a watchdog of somebody else");
	setenv("WATCHDOG_PID", "1", 1);
	CHECK(manager_open(&m, &e) == 0 && m.sock >= 0 && m.watchdog_ms == 0);
	manager_close(&m);
	unsetenv("WATCHDOG_PID");

	CASE("what is no interval");
	setenv("WATCHDOG_USEC", "soon", 1);
	CHECK(manager_open(&m, &e) == 0 && m.watchdog_ms == 0);
	manager_close(&m);
	setenv("WATCHDOG_USEC", "999999999999999999999", 1);
	CHECK(manager_open(&m, &e) == 0 && m.watchdog_ms == 0);
	manager_close(&m);
	setenv("WATCHDOG_USEC", "1", 1);
	CHECK(manager_open(&m, &e) == 0 && m.watchdog_ms == 1);
	manager_close(&m);
}

static void test_nobody(void)
{
	struct manager m;
	struct err e = { 0 };

	CASE("nobody");
	unsetenv("NOTIFY_SOCKET");
	CHECK(manager_open(&m, &e) == 0 && m.sock < 0 && m.watchdog_ms == 0);
	manager_tell(&m, MANAGER_READY, NULL);
	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	CHECK(manager_open(&m, &e) < 0 && m.sock < 0);
	manager_tell(&m, MANAGER_READY, NULL);
	manager_close(&m);
}

/* Its queue is full: it is not waited for forever. */
static void test_deaf(void)
{
	char name[64];
	struct manager m;
	struct err e = { 0 };
	auto_close int sock = listening(name);
	int told;

	CASE("one that does not listen");
	CHECK(sock >= 0);
	setenv("NOTIFY_SOCKET", name, 1);
	CHECK(manager_open(&m, &e) == 0);
	for (told = 0; told < 10000; told++)
		if (send(m.sock, "x", 1, MSG_DONTWAIT) < 0)
			break;
	CHECK(told < 10000);
	manager_tell(&m, MANAGER_READY, NULL);
	manager_close(&m);
}

int main(void)
{
	test_text();
	test_told();
	test_nobody();
	test_deaf();
	return check_summary();
}
