/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/listing.h"
#include "tests/check.h"

#include <string.h>

static const char two[] =
	"[{\"id\":\"b+x.0\",\"pid\":7,\"status\":\"running\",\"bundle\":\"/b\",\"created\":\"x\",\"annotations\":{\"a\":\"b\"}},"
	"{\"id\":\"a+x.0\",\"pid\":0,\"status\":\"stopped\",\"bundle\":\"/a\"}]\n";

static void reads(void)
{
	auto_listing struct listing l = { 0 };
	struct err e = { 0 };

	CHECK(listing_read(two, strlen(two), &l, &e) == 0);
	CHECK(l.n == 2);
	CHECK(strcmp(l.v[0].id, "a+x.0") == 0 && l.v[0].state == LISTED_ENDED);
	CHECK(listing_find(&l, "b+x.0") == &l.v[1]);
	CHECK(l.v[1].state == LISTED_RUNS && l.v[1].pid == 7 && strcmp(l.v[1].bundle, "/b") == 0);
	CHECK(!listing_find(&l, "c"));
}

static void knows_words(void)
{
	static const struct {
		const char *word;
		enum listed_status state;
	} words[] = {
		{ "creating", LISTED_HALF }, { "created", LISTED_HALF }, { "paused", LISTED_RUNS },
		{ "pausing", LISTED_RUNS }, { "odd", LISTED_HALF },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		auto_listing struct listing l = { 0 };
		struct err e = { 0 };
		char text[128];
		int n = snprintf(text, sizeof text, "[{\"id\":\"a\",\"status\":\"%s\",\"bundle\":\"/\"}]", words[i].word);

		CHECK(listing_read(text, (size_t)n, &l, &e) == 0);
		CHECK(l.n == 1 && l.v[0].state == words[i].state);
	}
}

/* As runc says that there is none. */
static void none(void)
{
	static const char *const texts[] = { "null", "null\n", "[]", "", "\n" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		auto_listing struct listing l = { 0 };
		struct err e = { 0 };

		CHECK(listing_read(texts[i], strlen(texts[i]), &l, &e) == 0);
		CHECK(l.n == 0 && !listing_find(&l, "a"));
	}
}

static void nonsense(void)
{
	static const char *const texts[] = { "x", "{", "[1]", "{}", "[{\"id\":\"a\"}]", "[{\"id\":1,\"status\":\"\",\"bundle\":\"\"}]" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		auto_listing struct listing l = { 0 };
		struct err e = { 0 };

		CHECK(listing_read(texts[i], strlen(texts[i]), &l, &e) < 0);
		CHECK(strncmp(e.text, "what the runtime lists: ", 24) == 0);
	}
}

int main(void)
{
	reads();
	knows_words();
	none();
	nonsense();
	return check_summary();
}
