/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* linux.sysctl, one KEY=VALUE in a line: whatever is taken is written below /proc/sys and nowhere else. */
#include "tests/fuzz/fuzz.h"

#include "libocispec/oci_config.h"
#include "ns/ns.h"

enum { KEYS = 16 };

static struct oci_namespace namespaces[] = {
	{ .type = "mount" }, { .type = "network" }, { .type = "ipc" }, { .type = "uts" },
};

static void judge(const char *file)
{
	MUST(strncmp(file, "sys/net/", 8) == 0 || strncmp(file, "sys/kernel/", 11) == 0 ||
	     strncmp(file, "sys/fs/mqueue/", 14) == 0);
	while (*file) {
		size_t n = strcspn(file, "/");

		MUST(n > 0 && strncmp(file, ".", n) != 0 && strncmp(file, "..", n) != 0);
		file += n;
		if (*file == '/')
			MUST(*++file);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = fuzz_arena(size + 3);
	auto_text char *memory = a.base;
	struct oci_pair pairs[KEYS];
	struct oci_linux l = { .namespaces = namespaces, .n_namespaces = sizeof(namespaces) / sizeof(namespaces[0]),
			       .sysctl = pairs };
	const struct oci_config c = { .linux = &l };
	char *lines[KEYS];
	const struct ns_caller root = { .may_make = true, .may_set_uids = true, .may_set_gids = true };
	struct ns_plan p = { 0 };
	struct err e = { 0 };
	int rc;

	for (; size > 0 && l.n_sysctl < KEYS; l.n_sysctl++) {
		char *line = lines[l.n_sysctl] = fuzz_text(&data, &size, "\n"), *eq = strchr(line, '=');

		if (eq)
			*eq = '\0';
		pairs[l.n_sysctl] = (struct oci_pair){ .key = line, .value = eq ? eq + 1 : "" };
	}
	rc = ns_plan(&c, &root, &a, &p, &e);
	fuzz_judge(rc, &e);
	MUST(rc < 0 || p.n_sysctls == l.n_sysctl);
	for (uint32_t i = 0; i < p.n_sysctls; i++)
		judge(p.sysctls[i].file);
	while (l.n_sysctl > 0)
		free(lines[--l.n_sysctl]);
	return 0;
}
