/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/check.h"
#include "base/arr.h"
#include "priv/user.h"

#include <errno.h>

/* Each of these made some runtime run a program as root, or as somebody else. */
static const char *const refused[] = {
	"", ":", "-1", "+1", "4294967295", "4294967296", "99999999999", "18446744073709551616", "340282366920938463463374607431768211456",
	"0x0", "1x", "x1", ":1", "1:", "1:x", "1:2:3", "1::2", " 1", "1 ", "1: 2", "1:-1", "1:4294967295", "root", "0:root", "1\n",
	"1.0", "1e3", "\xd9\xa1",
};

static void all_refused(void)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		uint32_t uid = 77, gid = 77;
		bool has_gid = true;
		struct err e = { 0 };

		CASE(refused[i]);
		CHECK(user_parse(refused[i], &uid, &has_gid, &gid, &e) == -EINVAL);
		CHECK(strncmp(e.text, "--user: ", 8) == 0);
		CHECK(uid == 77 && gid == 77 && has_gid);
		if (!strchr(refused[i], ':'))
			CHECK(user_parse_id(refused[i], "--additional-gids", &gid, &e) == -EINVAL);
	}
}

static const struct {
	const char *text;
	uint32_t uid;
	bool has_gid;
	uint32_t gid;
} taken[] = {
	{ "0", 0, false, 77 }, { "1", 1, false, 77 }, { "4294967294", 4294967294u, false, 77 }, { "1000:1001", 1000, true, 1001 },
	{ "0:0", 0, true, 0 }, { "000000000000001:2", 1, true, 2 }, { "65534:4294967294", 65534, true, 4294967294u },
};

static void all_taken(void)
{
	for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
		uint32_t uid = 77, gid = 77;
		bool has_gid = false;
		struct err e = { 0 };

		CASE(taken[i].text);
		CHECK(user_parse(taken[i].text, &uid, &has_gid, &gid, &e) == 0);
		CHECK(uid == taken[i].uid && has_gid == taken[i].has_gid && gid == taken[i].gid);
	}
}

int main(void)
{
	struct err e = { 0 };
	uint32_t id = 0;

	all_refused();
	all_taken();
	CASE("sentences");
	CHECK(user_parse_id("1x", "--additional-gids", &id, &e) < 0);
	CHECK_STR(e.text, "--additional-gids: '1x' is not a number of digits only");
	CHECK(user_parse_id("4294967295", "--additional-gids", &id, &e) < 0);
	CHECK_STR(e.text, "--additional-gids: 4294967295 is not within 0 and 4294967294");
	return check_summary();
}
