/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What cist writes, cist-systemd reads; and what nobody writes, it refuses. */
#include "base/arr.h"
#include "systemd/request.h"
#include "tests/check.h"

#include <stdlib.h>

static void test_round_trip(void)
{
	const char *const nodes[] = { "/dev/char/1:3", "rwm", "char-*", "m" };
	const char *const one[] = { "x y" };
	auto_request struct request_text t = { 0 };
	struct request q;
	struct err e = { 0 };

	CASE("round trip");
	request_begin(&t, REQUEST_SET, true, "a-b.scope");
	request_property(&t, "DeviceAllow", "a(ss)", nodes, ARRAY_LEN(nodes));
	request_property(&t, "Description", "s", one, 1);
	request_property(&t, "After", "as", NULL, 0);
	CHECK(!t.failed);
	if (!CHECK(request_parse(t.v, t.n, &q, &e) == 0))
		return;
	CHECK(q.verb == REQUEST_SET && q.is_users && q.n_items == 3);
	CHECK_STR(q.unit, "a-b.scope");
	CHECK_STR(q.items[0].name, "DeviceAllow");
	CHECK(q.items[0].n_values == 4 && q.items[0].width == 2);
	for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
		CHECK_STR(q.items[0].values[i], nodes[i]);
	CHECK(q.items[1].n_values == 1 && q.items[1].width == 1);
	CHECK_STR(q.items[1].values[0], "x y");
	CHECK(q.items[2].n_values == 0);
	request_free(&q);
}

static void test_attach(void)
{
	auto_request struct request_text t = { 0 };
	struct request q;
	struct err e = { 0 };

	CASE("attach");
	request_attach(&t, false, "u.scope", "container", 4711);
	if (!CHECK(request_parse(t.v, t.n, &q, &e) == 0))
		return;
	CHECK(q.verb == REQUEST_ATTACH && !q.is_users && q.pid == 4711 && q.n_items == 0);
	CHECK_STR(q.subgroup, "container");
	request_free(&q);
}

static void test_refused(void)
{
#define TEXT(s) { s, sizeof(s) }
	static const struct {
		const char *text;
		size_t n;
	} rows[] = {
		TEXT(""), TEXT("start"), TEXT("start\0system"), TEXT("start\0system\0u"), TEXT("start\0system\0u\0"),
		TEXT("begin\0system\0u\0\0" "0"), TEXT("start\0bus\0u\0\0" "0"), TEXT("start\0system\0u\0\0" "-1"),
		TEXT("start\0system\0u\0\0" "99999999999"), TEXT("start\0system\0u\0\0" "0\0N"),
		TEXT("start\0system\0u\0\0" "0\0N\0s"), TEXT("start\0system\0u\0\0" "0\0N\0s\0" "2\0a\0b"),
		TEXT("start\0system\0u\0\0" "0\0N\0s\0" "1"), TEXT("start\0system\0u\0\0" "0\0N\0h\0" "1\0" "3"),
		TEXT("start\0system\0u\0\0" "0\0N\0a(ss)\0" "1\0a"), TEXT("start\0system\0u\0\0" "0\0N\0a()\0" "0"),
		TEXT("start\0system\0u\0\0" "0\0N\0a(s\0" "0"), TEXT("start\0system\0u\0\0" "0\0N\0aas\0" "0"),
		TEXT("start\0system\0u\0\0" "0\0N\0as\0" "99999"),
	};
#undef TEXT
	CASE("refused");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct request q;
		struct err e = { 0 };

		CHECK(request_parse(rows[i].text, rows[i].n, &q, &e) < 0 && e.text[0]);
	}
}

/* A list of devices as long as they come does not break the frame; one that is longer than a frame is noticed. */
static void test_large(void)
{
	auto_request struct request_text t = { 0 };
	const size_t n = 60000;
	const char **values = calloc(n, sizeof(*values));
	struct request q;
	struct err e = { 0 };

	CASE("large");
	if (!CHECK(values != NULL))
		return;
	for (size_t i = 0; i < n; i++)
		values[i] = "/dev/block/4294967295:4294967295";
	request_begin(&t, REQUEST_SET, false, "u.scope");
	request_property(&t, "A", "as", values, n);
	CHECK(!t.failed && request_parse(t.v, t.n, &q, &e) == 0 && q.items[0].n_values == n);
	request_free(&q);
	for (int i = 0; i < 3; i++)
		request_property(&t, "A", "as", values, n);
	CHECK(t.failed && t.n <= REQUEST_BYTES_MAX);
	free(values);
}

int main(void)
{
	test_round_trip();
	test_attach();
	test_refused();
	test_large();
	return check_summary();
}
