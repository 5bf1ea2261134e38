/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/duration.h"
#include "base/arr.h"
#include "tests/check.h"

static const struct { const char *text; int rc; int64_t ns; } rows[] = {
	{ "5s", 0, INT64_C(5000000000) },	{ "1m30s", 0, INT64_C(90000000000) },
	{ "100ms", 0, 100000000 },		{ "1.5s", 0, 1500000000 },
	{ "2h", 0, INT64_C(7200000000000) },	{ "7us", 0, 7000 },
	{ "7\xc2\xb5s", 0, 7000 },		{ "3ns", 0, 3 },
	{ "0", 0, 0 },				{ "0s", 0, 0 },
	{ "-1s", 0, -1000000000 },		{ "+1s", 0, 1000000000 },
	{ ".5s", 0, 500000000 },		{ "1.s", 0, 1000000000 },
	{ "0.0000001s", 0, 0 },			{ "2562047h", 0, INT64_C(2562047) * 3600 * 1000000000 },
	{ "", -EINVAL, 7 },			{ "5", -EINVAL, 7 },
	{ "s", -EINVAL, 7 },			{ "-", -EINVAL, 7 },
	{ ".s", -EINVAL, 7 },			{ "5 s", -EINVAL, 7 },
	{ "5s ", -EINVAL, 7 },			{ "--5s", -EINVAL, 7 },
	{ "5d", -EINVAL, 7 },			{ "1s5", -EINVAL, 7 },
	{ "2562048h", -EINVAL, 7 },		{ "99999999999999999999s", -EINVAL, 7 },
};

int main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t ns = 7;

		CASE(rows[i].text);
		CHECK(duration_parse(rows[i].text, &ns) == rows[i].rc);
		CHECK(ns == rows[i].ns);
	}
	return check_summary();
}
