/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/census.h"

#include "tests/check.h"

#include <signal.h>
#include <sys/wait.h>

static const char stat_text[] =
	"1204 (a ) S 7 (b) R 1203 1204 1204 0 -1 4194560 151 900 0 2 80 12 5 6 20 0 3 0 123456 9000000 5273 18446744073709551615 1";

static void test_parse(void)
{
	struct census_process p = { .root = 9, .top = 8, .swap = 7 };

	CASE("a line of stat, with a name that is meant to confuse");
	CHECK(census_parse(stat_text, 4096, &p) == 0);
	CHECK(p.pid == 1204 && p.parent == 1203 && p.state == 'R' && p.threads == 3 && p.start == 123456);
	CHECK(p.user == 80 && p.system == 12 && p.child_user == 5 && p.child_system == 6 && p.rss == 5273 * 4096);
	CHECK(p.root == 9 && p.top == 8 && p.swap == 7);
	CHECK(census_parse("", 4096, &p) == -EPROTO && census_parse("1 (x)", 4096, &p) == -EPROTO);
	CHECK(census_parse("1 (x) R 1 2 3", 4096, &p) == -EPROTO && census_parse("x (x) R 1 2 3", 4096, &p) == -EPROTO);

	CASE("swap");
	CHECK(census_parse_swap("Name:\tx\nVmSwap:\t      12 kB\n") == 12288);
	CHECK(census_parse_swap("Name:\tVmSwap: 7\n") == 0 && census_parse_swap("") == 0);
}

/* Two containers, 10 and 20; 5 and 40 are nobody's, 40 and 41 each other's parents. */
static void test_select(void)
{
	struct census_process v[] = {
		{ .pid = 40, .parent = 41 }, { .pid = 41, .parent = 40 }, { .pid = 5, .parent = 1, .threads = 1 },
		{ .pid = 22, .parent = 21, .threads = 5, .rss = 500, .swap = 1, .user = 7 },
		{ .pid = 21, .parent = 20, .threads = 2, .rss = 100, .system = 3 },
		{ .pid = 23, .parent = 20, .threads = 1, .rss = 50, .child_user = 4, .child_system = 9 },
		{ .pid = 20, .parent = 1, .threads = 1, .rss = 9999 }, { .pid = 10, .parent = 1 }, { .pid = 11, .parent = 10 },
	};
	const pid_t roots[] = { 20, 10, 77 };
	struct census c = { v, 0 };
	struct census_total all = { 0 }, one = { 0 }, none = { 0 };

	CASE("those who descend, and from whom");
	c.n = census_select(v, 9, roots, 3);
	CHECK(c.n == 6 && v[0].pid == 10 && v[0].root == 10 && v[0].top == 0 && v[5].pid == 23);
	CHECK(census_find(&c, 22)->root == 20 && census_find(&c, 22)->top == 21 && census_find(&c, 23)->top == 23);
	CHECK(!census_find(&c, 5) && !census_find(&c, 40) && !census_find(&c, 77));

	CASE("sums");
	census_add(&c, 20, 0, &all);
	CHECK(all.processes == 3 && all.threads == 8 && all.rss == 650 && all.swap == 1);
	CHECK(all.user == 7 && all.system == 3 && all.child_user == 4 && all.child_system == 9);
	census_add(&c, 20, 21, &one);
	CHECK(one.processes == 2 && one.threads == 7);
	census_add(&c, 77, 0, &none);
	CHECK(none.processes == 0);
	CHECK(census_select(v, 0, roots, 3) == 0 && census_select(v, 6, roots, 0) == 0);
}

static void test_take(void)
{
	const pid_t self = getpid();
	struct census auto_census c = { .v = NULL };
	struct err e = { 0 };
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(1);
	}
	CASE("this process and its child");
	CHECK(census_take(&self, 1, &c, &e) == 0 && c.n == 2);
	CHECK(census_find(&c, self) && census_find(&c, self)->start > 0 && census_find(&c, self)->rss > 0);
	CHECK(census_find(&c, pid) && census_find(&c, pid)->root == self && census_find(&c, pid)->top == pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	test_parse();
	test_select();
	test_take();
	return check_summary();
}
