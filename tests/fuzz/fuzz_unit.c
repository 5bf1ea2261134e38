/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a configuration says about systemd's unit: cgroupsPath, an annotation's name and value, a list of CPUs. */
#include "tests/fuzz/fuzz.h"

#include "cgroup/unit.h"

static void judge_property(const struct cg_property *p)
{
	MUST(p->type && strchr("abynqiuxtds", *p->type));
	MUST(*p->type == 'a' || p->n_values == 1);
	for (size_t i = 0; i < p->n_values; i++)
		MUST(p->values[i]);
}

static void judge_unit(const struct cg_unit *u)
{
	MUST(strlen(u->name) <= 255 && u->path[0] == '/' && !strstr(u->path, "/../") && !strstr(u->path, "//"));
	for (const char *s = u->name; *s; s++)
		MUST(cg_unit_char(*s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct cg_manager manager = { "", false };
	struct arena a = fuzz_arena(size + 2);
	auto_text char *memory = a.base;
	auto_text char *path = fuzz_text(&data, &size, "\n%%\n");
	auto_text char *name = fuzz_text(&data, &size, "\n%%\n");
	auto_text char *value = fuzz_text(&data, &size, "");
	struct cg_property p = { 0 };
	struct cg_unit u = { 0 };
	struct err e = { 0 };
	int rc = cg_unit_make(path, "id", &manager, &a, &u, &e);

	fuzz_judge(rc, &e);
	if (rc == 0)
		judge_unit(&u);
	e = (struct err){ 0 };
	rc = cg_unit_annotation(name, value, "annotations", &a, &p, &e);
	fuzz_judge(rc, &e);
	if (rc == 0)
		judge_property(&p);
	e = (struct err){ 0 };
	rc = cg_unit_mask(value, &a, &p, &e);
	fuzz_judge(rc, &e);
	return 0;
}
