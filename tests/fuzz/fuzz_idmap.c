/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands behind "idmap=" in the options of a mount. */
#include "tests/fuzz/fuzz.h"

#include "mnt/build.h"

/* Lines of three numbers: what the kernel takes. */
static void judge(const char *map)
{
	MUST(*map && map[strlen(map) - 1] == '\n' && strspn(map, "0123456789 \n") == strlen(map));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { .base = calloc(1, 16 << 10), .size = size % 8 ? 16 << 10 : 512 };
	auto_text char *memory = a.base;
	auto_text char *text = fuzz_text(&data, &size, "\n");
	struct oci_id_mapping own[] = {
		{ .container_id = 0, .host_id = 100000, .size = 1000 },
		{ .container_id = 1000, .host_id = UINT32_MAX - 10, .size = 10 },
	};
	struct oci_linux l = { .uid_mappings = own, .n_uid_mappings = 2, .gid_mappings = own, .n_gid_mappings = 1 };
	const struct oci_config c = { .linux = size % 2 ? &l : NULL };
	const struct mnt_options o = { .idmap = true, .idmap_maps = text };
	const struct mnt_facts facts = { .new_user_ns = size % 2 };
	struct mnt_idmap map;
	struct mnt_plan plan = { .idmaps = &map };
	struct mnt_build b = { .config = &c, .facts = &facts, .arena = &a, .plan = &plan };
	struct mnt_source s = { 0 };
	struct err e = { 0 };
	int rc = mnt_build_idmap(&b, &(struct oci_mount){ 0 }, &o, &s, &e);

	fuzz_judge(rc, &e);
	MUST((rc == 0) == (s.idmap == &map));
	if (rc == 0) {
		judge(map.uid_map);
		judge(map.gid_map);
	}
	return 0;
}
