/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/master.h"
#include "base/arr.h"
#include "tests/unit/lithos/model.h"

static struct model m;

static const char *told_of(const char *file, const char *text)
{
	int rc;

	CASE(text);
	model_begin(&m);
	rc = model_master(&m, file, text);
	CHECK(rc == (m.f.n_errors == 0) || rc == -1);
	return model_told(&m);
}

static const char *told(const char *text)
{
	return told_of("/etc/lithos/master.yaml", text);
}

static void test_defaults(void)
{
	CHECK_STR(told(""), "");
	CHECK_STR(m.master.sandboxes_dir, "/etc/lithos/sandboxes");
	CHECK_STR(m.master.processes_dir, "/etc/lithos/processes");
	CHECK_STR(m.master.runtime_dir, "/run/lithos");
	CHECK_STR(m.master.state_dir, "/run/lithos/state");
	CHECK_STR(m.master.mount_dir, "/run/lithos/mnt");
	CHECK_STR(m.master.devfs_dir, "/var/lib/lithos/dev");
	CHECK_STR(m.master.default_log_dir, "/var/log/lithos");
	CHECK_STR(m.master.log_file, "/var/log/lithos/master.log");
	CHECK_STR(m.master.log_level, "warn");
	CHECK_STR(m.master.config_log_dir, "/var/log/lithos/config");
	CHECK_STR(m.master.stdio_log_dir, "/var/log/lithos/stderr");
	CHECK_STR(m.master.syslog_facility, NULL);
	CHECK_STR(m.master.syslog_app_name, "lithos");
	CHECK_STR(m.master.cgroup_name, "lithos.slice");
	CHECK(m.master.n_cgroup_controllers == 0);
	CHECK_STR(m.master.file, "/etc/lithos/master.yaml");
	CHECK(m.master.doc == m.docs[0]);
}

static void test_paths(void)
{
	CHECK_STR(told_of("here/master.yaml", "sandboxes-dir: s\nprocesses-dir: /p\nruntime-dir: /r\nstate-dir: /s\nmount-dir: m\n"
			  "default-log-dir: /l\nlog-file: /m.log\ndevfs-dir: ''\n"), "");
	CHECK_STR(m.master.sandboxes_dir, "here/s");
	CHECK_STR(m.master.processes_dir, "/p");
	CHECK_STR(m.master.state_dir, "/s");
	CHECK_STR(m.master.mount_dir, "/r/m");
	CHECK_STR(m.master.log_file, "/m.log");
	CHECK_STR(m.master.devfs_dir, "");
}

static void test_keys(void)
{
	CHECK_STR(told("config-log-dir:\ncgroup-name: ~\nsyslog-name: x\nsyslog-facility: LOG_Local3\nlog-level: DEBUG\n"
		       "cgroup-controllers: [memory, cpu]\nstdio-log-dir: /e"), "");
	CHECK_STR(m.master.config_log_dir, NULL);
	CHECK_STR(m.master.cgroup_name, NULL);
	CHECK_STR(m.master.syslog_app_name, "x");
	CHECK_STR(m.master.syslog_facility, "LOG_Local3");
	CHECK_STR(m.master.stdio_log_dir, "/e");
	CHECK(m.master.n_cgroup_controllers == 2);
	CHECK_STR(told("cgroup-name: nil"), "");
	CHECK_STR(m.master.cgroup_name, "nil");
	CHECK_STR(told("runtime_dir: /x\n_parked: [1]"), "");
	CHECK_STR(m.master.runtime_dir, "/x");
}

static void test_mistakes(void)
{
	CHECK_STR(told("log-level: bogus\nsyslog-facility: local8"),
		  "/etc/lithos/master.yaml:1 warning: log-level \"bogus\" is none of error, warn, info, debug, trace: warn is used\n"
		  "/etc/lithos/master.yaml:2 warning: \"local8\" is no facility of syslog: log files are written");
	CHECK_STR(m.master.log_level, "bogus");
	CHECK_STR(told("cgroup-name: /abs"), "/etc/lithos/master.yaml:1: the name of a control group does not begin with /");
	CHECK_STR(told("cgroup-name: a/../../b"), "/etc/lithos/master.yaml:1: the name of a control group must not hold ..");
	CHECK_STR(told("cgroup-name: a/b"), "");
	CHECK_STR(told("stdio-log-dir: null"), "/etc/lithos/master.yaml:1: Value must be scalar");
	CHECK_STR(told("devfs-dir: \"/a\\nb\""), "/etc/lithos/master.yaml:1: path holds a control character");
	CHECK_STR(told("null"), "/etc/lithos/master.yaml:1: Value must be mapping");
	CHECK_STR(told("runtime-dir: [a]\nlog-file: ~\nnope: 1"),
		  "/etc/lithos/master.yaml:3: Keys {\"nope\"} are not expected\n"
		  "/etc/lithos/master.yaml:1: Value must be scalar\n/etc/lithos/master.yaml:2: Value must be scalar");
}

static void test_words(void)
{
	static const char *const levels[] = { "error", "WARN", "Info", "debug", "trace" };
	static const char *const none[] = { "", "warning", "err", "tracee" };

	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		CHECK(master_knows_log_level(levels[i]));
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		CHECK(!master_knows_log_level(none[i]) && !master_knows_facility(none[i]));
	CHECK(master_knows_facility("daemon") && master_knows_facility("log_daemon") && master_knows_facility("LOCAL7"));
	CHECK(!master_knows_facility("log_") && !master_knows_facility("local8") && !master_knows_facility("log_log_user"));
}

int main(void)
{
	test_defaults();
	test_paths();
	test_keys();
	test_mistakes();
	test_words();
	model_done(&m);
	return check_summary();
}
