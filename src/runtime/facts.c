/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/facts.h"
#include "priv/caps.h"
#include "sys/file.h"
#include "sys/process.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* sd_listen_fds(3): the descriptors are meant for the process that LISTEN_PID names, and for nobody else. */
static uint32_t listen_fds(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	char *end;
	long n;

	if (!pid || !fds || strtol(pid, &end, 10) != getpid() || *end)
		return 0;
	n = strtol(fds, &end, 10);
	return n > 0 && n < 4096 && !*end ? (uint32_t)n : 0;
}

/* SIGPIPE is ignored by cist itself; the init adds it. */
static uint64_t ignored_signals(void)
{
	char text[4096];
	const char *line;

	if (sys_read_at(AT_FDCWD, "/proc/self/status", text, sizeof(text)) < 0)
		return SYS_ALL_SIGNALS;
	line = strstr(text, "\nSigIgn:");
	return line ? strtoull(line + strlen("\nSigIgn:"), NULL, 16) : SYS_ALL_SIGNALS;
}

/* In a user namespace mknod(2) is refused whatever the capabilities say. */
static bool in_initial_userns(void)
{
	char map[64];

	return sys_read_at(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map)) < 0 ||
	       (strtoul(map, NULL, 10) == 0 && strstr(map, " 4294967295\n"));
}

int facts_gather(const struct oci_config *c, const struct oci_process *p, struct arena *a, struct facts *ret_facts,
		 struct err *e)
{
	const char *notify = getenv("NOTIFY_SOCKET");
	struct stat st;

	*ret_facts = (struct facts){
		.last_cap = caps_last(),
		.has_kcore = sys_fstatat(AT_FDCWD, "/proc/kcore", 0, &st) == 0,
		.may_mknod = geteuid() == 0 && in_initial_userns(),
		.environment = (const char *const *)environ,
		.ignored_signals = ignored_signals(),
		.listen_fds = listen_fds(),
		.notify_socket = notify && *notify ? notify : NULL,
	};
	if (lsm_is_asked(c, p))
		lsm_probe(&ret_facts->lsm);
	return cg_probe(a, &ret_facts->cgroups, e);
}
