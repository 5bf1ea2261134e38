/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of wanted sets have in common. */
#ifndef CIST_TESTS_WANTED_SAMPLE_H
#define CIST_TESTS_WANTED_SAMPLE_H

#include "supervise/wanted.h"

#include "tests/check.h"

static char memory[4][256 << 10] __attribute__((aligned(16)));

/* Four at a time. */
static inline struct arena fresh(void)
{
	static unsigned int turn;

	turn = (turn + 1) % 4;
	memset(memory[turn], 0, sizeof(memory[turn]));
	return (struct arena){ .base = memory[turn], .size = sizeof(memory[turn]) };
}

static const struct settings settings = {
	.master = "/etc/m.yaml", .runtime_dir = "/run/l", .state_dir = "/run/l/state", .mount_dir = "/run/l/mnt",
	.default_log_dir = "/log", .log_file = "/log/a b.log", .log_level = "warn", .stdio_log_dir = "/log/io",
	.syslog_app_name = "lithos", .cgroup_name = "",
};

static const struct desired_port ports[] = {
	{ .host = "0.0.0.0", .port = 80, .fd = 3, .backlog = 128, .uid = 7, .gid = 8, .reuse_addr = true },
	{ .host = "::1", .port = 65535, .fd = 0, .reuse_port = true, .non_block = true },
};

static inline struct desired entry(const char *id, const char *sandbox, const char *process)
{
	return (struct desired){
		.id = id, .name = id, .sandbox = sandbox, .process = process, .digest = "1", .command = "\"/bin/x\"",
		.state_below = id,
	};
}

#endif
