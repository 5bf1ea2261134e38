/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a process' cgroups are: /proc/PID/cgroup, an empty line, mountinfo. */
#include "tests/fuzz/fuzz.h"

#include "supervise/usage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_text char *cgroup = fuzz_text(&data, &size, "\n\n");
	auto_text char *mountinfo = fuzz_text(&data, &size, "");
	char place[USAGE_PLACE_MAX];
	struct err e = { 0 };
	struct usage u;
	int rc = usage_place(cgroup, mountinfo, place, &e);

	fuzz_judge(rc, &e);
	MUST(rc == 0 || rc == -ENAMETOOLONG);
	if (rc == 0) {
		MUST(memchr(place, '\0', sizeof(place)) && strchr(place, '\n'));
		usage_read(place, &u);
	}
	return 0;
}
