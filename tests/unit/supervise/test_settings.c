/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/settings.h"

#include "tests/check.h"

static const struct lithos_master master = {
	.file = "m.yaml", .runtime_dir = "/run/l", .state_dir = "/run/l/state", .mount_dir = "/run/l/mnt",
	.default_log_dir = "/log", .log_file = "a b.log", .log_level = "warn", .stdio_log_dir = "/log/io",
	.syslog_app_name = "lithos", .cgroup_name = "",
};

static char memory[8192] __attribute__((aligned(16)));

static void test_copy(void)
{
	struct arena a = { .base = memory, .size = sizeof(memory) }, none = { .base = memory, .size = 16 };
	struct settings s, t;
	struct err e = { 0 };

	CASE("a copy, and what is made of it");
	CHECK(settings_copy(&master, &a, &s, &e) == 0 && settings_are_whole(&s));
	CHECK(*s.master == '/');
	CHECK_STR(strrchr(s.master, '/'), "/m.yaml");
	CHECK_STR(s.log_file, "a b.log");
	CHECK(s.log_file != master.log_file);
	CHECK_STR(s.cgroup_name, "");
	CHECK(!s.syslog_facility && !s.config_log_dir);
	CHECK(settings_master(&s).state_dir == s.state_dir && settings_master(&s).file == s.master);

	CASE("what every master file has is missing");
	t = s;
	t.syslog_app_name = NULL;
	CHECK(!settings_are_whole(&t));
	t = s;
	t.runtime_dir = "run";
	CHECK(!settings_are_whole(&t));

	CASE("no memory");
	CHECK(settings_copy(&master, &none, &t, &e) == -ENOMEM);
}

int main(void)
{
	test_copy();
	return check_summary();
}
