/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Conversions between the scales of v1 and v2.  Integers only: the result must not depend on a libm. */
#include "cgroup/planner.h"

enum { LOG_BITS = 52 };

/* log2 of x >= 1, with LOG_BITS fractional bits: square the mantissa, and each overflow is the next bit. */
static uint64_t log2_fixed(uint64_t x)
{
	unsigned int whole = 63 - (unsigned int)__builtin_clzll(x);
	unsigned __int128 m = x << (63 - whole);	/* 1.63 */
	uint64_t r = (uint64_t)whole << LOG_BITS;

	for (int i = 1; i <= LOG_BITS; i++) {
		m = (m * m) >> 63;
		if (m >> 64) {
			m >>= 1;
			r |= 1ull << (LOG_BITS - i);
		}
	}
	return r;
}

/*
 * weight = ceil(10 ^ (l * (l + 125) / 612 - 7 / 34)), l = log2(shares).  Rather than raise ten to a power, the smallest
 * weight is looked for whose logarithm is not below: log2(weight) >= exponent * log2(10), both sides times 612.
 * At 1024, where the exponent is 2 exactly, the truncation of the right side keeps it from being above.
 */
uint64_t cg_weight_from_shares(uint64_t shares)
{
	const uint64_t one = 1ull << LOG_BITS;
	uint64_t low = 1, high = 10000, l;
	unsigned __int128 exponent;

	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	l = log2_fixed(shares);
	exponent = (((unsigned __int128)l * (l + 125 * one)) >> LOG_BITS) - 126 * (unsigned __int128)one;
	exponent = (exponent * log2_fixed(10)) >> LOG_BITS;
	while (low < high) {
		uint64_t middle = (low + high) / 2;

		if ((unsigned __int128)log2_fixed(middle) * 612 >= exponent)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

uint64_t cg_io_weight(uint64_t weight)
{
	return 1 + (weight - 10) * 9999 / 990;
}

int cg_swap_alone(int64_t swap, int64_t memory, int64_t *ret_swap, struct err *e)
{
	if (memory == -1 && swap == 0)
		*ret_swap = -1;		/* as on v1: no limit on memory lifts the one on swap */
	else if (swap <= 0 || memory == -1)
		*ret_swap = swap;
	else if (memory == 0)
		return err_set(e, -EINVAL, "linux.resources.memory.swap: cannot be set without memory.limit");
	else if (swap < memory)
		return err_set(e, -EINVAL,
			       "linux.resources.memory.swap: %lld is below memory.limit %lld; it counts both",
			       (long long)swap, (long long)memory);
	else
		*ret_swap = swap - memory;
	return 0;
}
