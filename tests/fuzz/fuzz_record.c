/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* state.json as a crash, a full disk or somebody else may have left it. */
#include "tests/fuzz/fuzz.h"

#include "cgroup/planner.h"
#include "state/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_oci_doc struct oci_doc *d = NULL;
	const struct record *r = NULL;
	struct err e = { 0 };
	int rc = record_parse((const char *)data, size, &d, &r, &e);

	fuzz_judge(rc, &e);
	MUST(rc == 0 ? d && r : !d && !r);
	if (rc < 0)
		return 0;
	MUST(r->version == RECORD_VERSION && r->id && r->birth && r->bundle && r->rootfs && r->pid >= 0);
	for (size_t i = 0; i < r->cgroup.n_places; i++) {
		const char *path = r->cgroup.places[i].path;

		/* what would be removed is below the mount point */
		MUST(!cg_path_is_normal(path) || (path[0] == '/' && !strstr(path, "/../") && !strstr(path, "//")));
	}
	return 0;
}
