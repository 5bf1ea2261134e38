/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/check.h"
#include "base/arr.h"
#include "priv/numlist.h"

#include <errno.h>

enum { MAX = 192 };

static const struct {
	const char *text;
	uint64_t mask[3];
} good[] = {
	{ "0",		    { 1 } },
	{ "0-3,7",	    { 0x8f } },
	{ " 1 , 2 - 3 ",    { 0x0e } },
	{ "63-65",	    { UINT64_C(1) << 63, 3 } },
	{ "191",	    { 0, 0, UINT64_C(1) << 63 } },
	{ "5,5,5-5",	    { 0x20 } },
	{ "007",	    { 0x80 } },
	{ "0-191",	    { UINT64_MAX, UINT64_MAX, UINT64_MAX } },
};

static const struct {
	const char *text, *says;
} bad[] = {
	{ "",			"x: \"\" is not a list as in 0-3,7" },
	{ " ",			"x: \" \" is not a list as in 0-3,7" },
	{ ",",			"x: \",\" is not a list as in 0-3,7" },
	{ "1,",			"x: \"1,\" is not a list as in 0-3,7" },
	{ "1,,2",		"x: \"1,,2\" is not a list as in 0-3,7" },
	{ "-1",			"x: \"-1\" is not a list as in 0-3,7" },
	{ "1-",			"x: \"1-\" is not a list as in 0-3,7" },
	{ "1-2-3",		"x: \"1-2-3\" is not a list as in 0-3,7" },
	{ "3-1",		"x: \"3-1\" is not a list as in 0-3,7" },
	{ "1 2",		"x: \"1 2\" is not a list as in 0-3,7" },
	{ "0x1",		"x: \"0x1\" is not a list as in 0-3,7" },
	{ "a",			"x: \"a\" is not a list as in 0-3,7" },
	{ "192",		"x: \"192\": the kernel counts up to 191" },
	{ "0-4294967296",	"x: \"0-4294967296\": the kernel counts up to 191" },
	{ "99999999999999999999999999", "x: \"99999999999999999999999999\": the kernel counts up to 191" },
};

int main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		uint64_t mask[MAX / 64 + 1];
		struct err e = { 0 };

		CASE(good[i].text);
		memset(mask, 0xaa, sizeof(mask));
		CHECK(numlist_parse(good[i].text, "x", mask, MAX, &e) == 0);
		CHECK(memcmp(mask, good[i].mask, sizeof(good[i].mask)) == 0);
		CHECK(mask[3] == UINT64_C(0xaaaaaaaaaaaaaaaa));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		uint64_t mask[MAX / 64];
		struct err e = { 0 };

		CASE(bad[i].text);
		CHECK(numlist_parse(bad[i].text, "x", mask, MAX, &e) == -EINVAL);
		CHECK_STR(e.text, bad[i].says);
	}
	CASE("bits");
	CHECK(numlist_has((uint64_t[]){ 0, 2 }, 65) && !numlist_has((uint64_t[]){ 0, 2 }, 64));
	return check_summary();
}
