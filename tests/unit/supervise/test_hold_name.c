/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/hold_name.h"

#include "tests/check.h"

#include <stdlib.h>

static void test_made(void)
{
	struct desired_port p = { .host = "127.0.0.1", .port = 80 };
	struct hold_name n;
	char name[HELD_NAME_MAX];

	CASE("an address has one name, whoever asks");
	hold_name_port(name, &p, "app+web.0");
	CHECK_STR(name, "tcp:127.0.0.1:80");
	CHECK(hold_name_parse(name, &n) && n.kind == HOLD_TCP && !*n.id);
	p.host = "0:0::0:1";
	hold_name_port(name, &p, "app+web.0");
	CHECK_STR(name, "tcp:[::1]:80");
	CHECK(hold_name_parse(name, &n) && n.kind == HOLD_TCP && !*n.id);

	CASE("with reuse-port each instance has its own");
	p.reuse_port = true;
	hold_name_port(name, &p, "app+web.0");
	CHECK_STR(name, "tcp:[::1]:80:app+web.0");
	CHECK(hold_name_parse(name, &n) && n.kind == HOLD_TCP);
	CHECK_STR(n.id, "app+web.0");
	p.host = "0.0.0.0";
	hold_name_port(name, &p, "app+web.12");
	CHECK(hold_name_parse(name, &n) && strcmp(n.id, "app+web.12") == 0);

	CASE("what is of all");
	CHECK(hold_name_parse(HOLD_NAME_IMAGE, &n) && n.kind == HOLD_IMAGE && !*n.id);

	CASE("what is of an instance, of a life");
	hold_name_notify(name, "app+web.0");
	CHECK_STR(name, "notify:app+web.0");
	CHECK(hold_name_parse(name, &n) && n.kind == HOLD_NOTIFY && strcmp(n.id, "app+web.0") == 0);
	hold_name_pid(name, "app+web.0", UINT64_MAX);
	CHECK_STR(name, "pid:app+web.0:18446744073709551615");
	CHECK(hold_name_parse(name, &n) && n.kind == HOLD_PID && n.life == UINT64_MAX && strcmp(n.id, "app+web.0") == 0);
}

/* The longest of all that can be named. */
static void test_longest(void)
{
	struct desired_port p = { .host = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", .port = 65535, .reuse_port = true };
	char id[DESIRED_ID_MAX], name[HELD_NAME_MAX];
	struct hold_name n;

	CASE("the longest id");
	memset(id, 'a', sizeof(id));
	memcpy(id + 100, "+", 1);
	memcpy(id + sizeof(id) - 3, ".0", 3);
	CHECK(desired_is_id(id));
	hold_name_port(name, &p, id);
	CHECK(strlen(name) < HELD_NAME_MAX - 1 && held_is_name(name, strlen(name)));
	CHECK(hold_name_parse(name, &n) && strcmp(n.id, id) == 0);
	hold_name_pid(name, id, UINT64_MAX);
	CHECK(hold_name_parse(name, &n) && strcmp(n.id, id) == 0 && n.life == UINT64_MAX);
}

static void test_refused(void)
{
	static const char *const names[] = {
		"", "tcp", "tcp:", "tcp:1.2.3.4", "tcp:1.2.3.4:", "tcp:1.2.3.4:x", "tcp:1.2.3.4:65536", "tcp:1.2.3.4:80:",
		"tcp:1.2.3.4:80:x", "tcp:[::1:80", "tcp:1.2.3.4:80x", "tcp:1.2.3.4:-1", "notify:", "notify:x", "pid:", "pid:app+web.0",
		"pid:app+web.0:", "pid:app+web.0:x", "pid:app+web.0:1x", "pid:app+web.0:-1", "pid:app+web.0:18446744073709551616",
		"pid::1", "udp:1.2.3.4:80", "imag", "images", "image:", "image:app+web.0",
	};
	struct hold_name n;

	CASE("what is no name of ours");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!CHECK(!hold_name_parse(names[i], &n)))
			printf("  %s\n", names[i]);
}

int main(void)
{
	test_made();
	test_longest();
	test_refused();
	return check_summary();
}
