/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/shared_ports.h"

#include "tests/check.h"

#include <stdlib.h>

static char memory[4096] __attribute__((aligned(16)));

/* What is said of two instances, one with each port; "" when nothing is. */
static const char *said(const struct desired_port *one, const struct desired_port *other)
{
	static char text[512];
	const struct desired v[] = {
		{ .id = "a+x.0", .name = "a/x.0", .ports = one, .n_ports = 1 },
		{ .id = "a+y.0", .name = "a/y.0", .ports = other, .n_ports = 1 },
	};
	const struct desired_set set = { .v = v, .n = 2 };
	struct arena a = { .base = memory, .size = sizeof(memory) };
	auto_findings struct findings f = { .v = NULL };
	struct err e = { 0 };

	*text = '\0';
	memset(memory, 0, sizeof(memory));
	CHECK(shared_ports_check(&set, &a, &f, &e) == 0 && f.n_errors == 0 && f.n <= 1);
	if (f.n > 0)
		snprintf(text, sizeof(text), "%s", f.v[0].text);
	return text;
}

static void test_check(void)
{
	const struct desired_port port = { .host = "::", .port = 80, .fd = 3, .backlog = 128, .uid = 1, .gid = 2 };
	const struct desired_set none = { .n = 0 };
	struct arena full = { .base = memory, .size = 8 };
	struct findings f = { .v = NULL };
	struct err e = { 0 };
	struct desired_port other = port;

	CASE("nothing, and the same");
	CHECK(shared_ports_check(&none, &full, &f, &e) == 0 && f.n == 0);
	CHECK_STR(said(&port, &other), "");
	CASE("the number in the program is each one's own");
	other.fd = 4;
	CHECK_STR(said(&port, &other), "");
	CASE("another address");
	other.host = "0.0.0.0";
	other.backlog = 5;
	CHECK_STR(said(&port, &other), "");
	CASE("the same socket, and two minds about it");
	other.host = port.host;
	CHECK_STR(said(&port, &other), "Port 80 of ::: a/x.0 and a/y.0 share a socket and differ in its options or its user");
	other = port;
	other.gid = 3;
	CHECK(*said(&other, &port));
	other = port;
	other.reuse_port = true;
	CHECK(*said(&other, &port));
}

int main(void)
{
	test_check();
	return check_summary();
}
