/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/desired.h"

#include "tests/check.h"

#include <stdlib.h>

static char memory[256 << 10] __attribute__((aligned(16)));

static struct arena fresh(void)
{
	memset(memory, 0, sizeof(memory));
	return (struct arena){ .base = memory, .size = sizeof(memory) };
}

static struct desired entry(const char *id, const char *sandbox, const char *process, const char *digest)
{
	return (struct desired){ .id = id, .sandbox = sandbox, .process = process, .digest = digest };
}

/* "app+web.0=1 app+web.1=2*", a star where the old one was kept */
static const char *shown(const struct desired_set *s)
{
	static char buf[512];

	*buf = '\0';
	for (size_t i = 0; i < s->n; i++)
		snprintf(buf + strlen(buf), sizeof(buf) - strlen(buf), "%s%s=%s%s", i > 0 ? " " : "", s->v[i].id, s->v[i].digest,
			 s->v[i].kept ? "*" : "");
	return buf;
}

static void test_ids(void)
{
	static const char *const good[] = { "app+web.0", "a-b_c.d+x.y.10", "a+cmd.5" };
	static const char *const bad[] = {
		"", "app", "app+web", "app+web.", "app+web.x", "+web.0", "app+.0", "app+cmd+web.7", "app+web.1a", "web.0", "a+b+c.0",
	};
	char id[DESIRED_ID_MAX];

	CASE("ids");
	desired_id(id, "app", "web", 12, 0);
	CHECK_STR(id, "app+web.12");
	desired_id(id, "app", "web", 0, 77);
	CHECK_STR(id, "app+cmd+web.77");
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(desired_is_id(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!CHECK(!desired_is_id(bad[i])))
			printf("  %s\n", bad[i]);
}

static void test_merge(void)
{
	struct arena a = fresh();
	const struct desired old[] = {
		entry("app+web.0", "app", "web", "1"), entry("app+web.1", "app", "web", "1"),
		entry("app+work.0", "app", "work", "1"), entry("db+main.0", "db", "main", "1"),
		entry("old+x.0", "old", "x", "1"),
	};
	const struct desired next[] = {
		entry("app+web.0", "app", "web", "2"), entry("app+work.0", "app", "work", "2"),
		entry("new+y.0", "new", "y", "2"),
	};
	const struct desired_gap gaps[] = { { "app", "web", "third instance has no address" }, { "db", NULL, "broken" },
					    { "none", NULL, "broken" } };
	const struct desired_set before = { .v = old, .n = 5 }, empty = { .n = 0 };
	struct desired_set after = { .v = next, .n = 3 }, got;
	struct err e = { 0 };

	CASE("without gaps the new set counts");
	CHECK(desired_merge(&before, &after, &a, &got, &e) == 0);
	CHECK_STR(shown(&got), "app+web.0=2 app+work.0=2 new+y.0=2");

	CASE("what is broken keeps the old, as a whole");
	after.gaps = gaps;
	after.n_gaps = 3;
	CHECK(desired_merge(&before, &after, &a, &got, &e) == 0);
	CHECK_STR(shown(&got), "app+web.0=1* app+web.1=1* app+work.0=2 db+main.0=1* new+y.0=2");
	CHECK(got.n_gaps == 3 && desired_find(&got, "db+main.0") == &got.v[3] && !desired_find(&got, "old+x.0"));

	CASE("at the first start nothing is there to be kept");
	CHECK(desired_merge(&empty, &after, &a, &got, &e) == 0);
	CHECK_STR(shown(&got), "app+work.0=2 new+y.0=2");
	CHECK(desired_merge(&empty, &empty, &a, &got, &e) == 0 && got.n == 0 && !desired_find(&got, "x+y.0"));

	CASE("back");
	CHECK(desired_revert(&after, &before, "app", "web", &a, &got, &e) == 0);
	CHECK_STR(shown(&got), "app+web.0=1* app+web.1=1* app+work.0=2 new+y.0=2");

	CASE("no memory");
	a.used = a.size;
	CHECK(desired_merge(&before, &after, &a, &got, &e) == -ENOMEM);
}

static void test_compare(void)
{
	static const char *const kinds[] = { [CHANGE_START] = "+", [CHANGE_KEEP] = "=", [CHANGE_REPLACE] = "~", [CHANGE_STOP] = "-" };
	struct arena a = fresh();
	const struct desired v[] = {
		entry("a+p.0", "a", "p", "1"), entry("a+p.1", "a", "p", "1"), entry("b+q.0", "b", "q", "1"),
	};
	const struct present present[] = { { "a+o.0", "1" }, { "a+p.0", "1" }, { "a+p.2", "1" }, { "b+q.0", "2" } };
	const struct desired_set s = { .v = v, .n = 3 };
	struct change *changes;
	char text[128] = "";
	struct err e = { 0 };
	size_t n;

	CASE("the difference");
	CHECK(desired_compare(present, 4, &s, &a, &changes, &n, &e) == 0 && n == 5);
	for (size_t i = 0; i < n; i++) {
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s ", kinds[changes[i].kind], changes[i].id);
		if (changes[i].kind != CHANGE_START)
			CHECK_STR(present[changes[i].present].id, changes[i].id);
		if (changes[i].kind != CHANGE_STOP)
			CHECK_STR(changes[i].wanted->id, changes[i].id);
	}
	CHECK_STR(text, "-a+o.0 =a+p.0 +a+p.1 -a+p.2 ~b+q.0 ");
	CHECK(desired_compare(NULL, 0, &(struct desired_set){ .n = 0 }, &a, &changes, &n, &e) == 0 && n == 0);
}

static void test_id_of(void)
{
	char id[DESIRED_ID_MAX], name[2 * DESIRED_ID_MAX];

	CASE("the id of an instance's name");
	CHECK(desired_id_of(id, "app/web.0"));
	CHECK_STR(id, "app+web.0");
	CHECK(desired_id_of(id, "a.b/c.d.12"));
	CHECK_STR(id, "a.b+c.d.12");
	CHECK(!desired_id_of(id, "app") && !desired_id_of(id, "app/web") && !desired_id_of(id, "app/web.x"));
	CHECK(!desired_id_of(id, "/web.0") && !desired_id_of(id, "app/cmd+web.0") && !desired_id_of(id, ""));
	memset(name, 'a', sizeof(name));
	memcpy(name + sizeof(name) - 5, "/x.0", 5);
	CHECK(!desired_id_of(id, name));
}

int main(void)
{
	test_id_of();
	test_ids();
	test_merge();
	test_compare();
	return check_summary();
}
