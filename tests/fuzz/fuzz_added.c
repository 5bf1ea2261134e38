/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `mounts add` and `mounts remove`: all decisions that follow from the document. */
#include "tests/fuzz/fuzz.h"

#include "libocispec/check.h"
#include "libocispec/ocispec.h"
#include "runtime/blueprint.h"

static void plan(const struct oci_mounts *m, bool remove, size_t size)
{
	static const char *const environment[] = { NULL };
	struct oci_root root = { .path = "rootfs" };
	const struct oci_config config = { .root = &root };
	const struct facts facts = { .may_mknod = true, .environment = environment };
	struct arena a = { .base = calloc(1, 1 << 20), .size = size % 8 ? 1 << 20 : 8 << 10 };
	auto_text char *memory = a.base;
	const struct mounts_request r = {
		.config = &config, .mounts = m, .bundle = "/bundle", .facts = &facts, .remove = remove,
	};
	struct blueprint bp = { 0 };
	struct err e = { 0 };
	int rc = blueprint_make_mounts(&r, &a, &bp, &e);

	fuzz_judge(rc, &e);
	MUST(rc < 0 || bp.plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oci_findings found;
	struct oci_err e;
	auto_oci_doc struct oci_doc *d = oci_doc_parse_mounts((const char *)data, size, OCI_LENIENT, &e);

	if (!d || oci_check_mounts(d->mounts, &found) == OCI_REJECTED)
		return 0;
	plan(d->mounts, false, size);
	plan(d->mounts, true, size);
	return 0;
}
