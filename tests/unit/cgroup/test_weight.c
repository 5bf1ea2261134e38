/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arr.h"
#include "cgroup/planner.h"
#include "tests/check.h"

#include <math.h>

/* The curve as its authors wrote it, in floating point, for every value there is. */
static void test_shares(void)
{
	size_t wrong = 0;

	CASE("cpu.shares to cpu.weight");
	for (uint64_t shares = 3; shares < 262144; shares++) {
		double l = log2((double)shares);
		double want = ceil(pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0));

		if (cg_weight_from_shares(shares) != (uint64_t)want && wrong++ < 10)
			printf("  shares %llu: %llu, not %.0f\n", (unsigned long long)shares,
			       (unsigned long long)cg_weight_from_shares(shares), want);
	}
	CHECK(wrong == 0);

	static const struct {
		uint64_t shares, weight;
	} rows[] = {
		{ 0, 1 }, { 1, 1 }, { 2, 1 }, { 3, 2 }, { 10, 4 }, { 64, 12 }, { 512, 59 }, { 1023, 100 }, { 1024, 100 },
		{ 1025, 101 }, { 2048, 174 }, { 65536, 3023 }, { 262143, 10000 }, { 262144, 10000 },
		{ 262145, 10000 }, { UINT64_MAX, 10000 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CHECK(cg_weight_from_shares(rows[i].shares) == rows[i].weight);
}

static void test_io(void)
{
	CASE("blkio.weight to io.weight");
	CHECK(cg_io_weight(10) == 1);
	CHECK(cg_io_weight(100) == 910);
	CHECK(cg_io_weight(500) == 4950);
	CHECK(cg_io_weight(1000) == 10000);
}

static void test_swap(void)
{
	static const struct {
		int64_t swap, memory, want;
		int rc;
	} rows[] = {
		{ 0,    0,    0,   0 },		/* nothing is set */
		{ 0,    100,  0,   0 },
		{ 0,    -1,   -1,  0 },
		{ -1,   100,  -1,  0 },
		{ -1,   0,    -1,  0 },
		{ 150,  100,  50,  0 },
		{ 100,  100,  0,   0 },		/* no swap */
		{ 150,  -1,   150, 0 },
		{ 150,  0,    0,   -EINVAL },
		{ 50,   100,  0,   -EINVAL },
		{ INT64_MAX, 1, INT64_MAX - 1, 0 },
	};

	CASE("swap alone");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = { 0 };
		int64_t got = 0;

		CHECK(cg_swap_alone(rows[i].swap, rows[i].memory, &got, &e) == rows[i].rc);
		CHECK(got == rows[i].want);
	}
}

int main(void)
{
	test_shares();
	test_io();
	test_swap();
	return check_summary();
}
