/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mountinfo, /proc/self/cgroup and cgroup.controllers, with a line %% between them. */
#include "tests/fuzz/fuzz.h"

#include "cgroup/cgroup.h"

static void judge(const struct cg_host *host)
{
	MUST(host->n <= CG_PLACES_MAX);
	MUST((host->n == 0) == (host->layout == CG_LAYOUT_NONE));
	for (size_t i = 0; i < host->n; i++) {
		const struct cg_hierarchy *h = &host->h[i];

		MUST(h->mount_point && h->root && h->name && h->own && h->own[0] == '/');
		MUST(!strstr(h->own, "/../") && h->n_links <= CG__CONTROLLERS);
		MUST(!h->is_v2 || i == host->n - 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = fuzz_arena(size + 2);
	auto_text char *memory = a.base;
	auto_text char *mountinfo = fuzz_text(&data, &size, "\n%%\n");
	auto_text char *self = fuzz_text(&data, &size, "\n%%\n");
	auto_text char *controllers = fuzz_text(&data, &size, "");
	struct cg_host host = { 0 };
	struct err e = { 0 };
	int rc = cg_host_parse(mountinfo, self, controllers, &a, &host, &e);

	fuzz_judge(rc, &e);
	if (rc == 0)
		judge(&host);
	return 0;
}
