/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/annotations.h"
#include "base/arr.h"
#include "libocispec/oci_config.h"
#include "tests/check.h"

#include <errno.h>

static void test_names(void)
{
	CASE("names");
	CHECK(annotations_name(0) != NULL);
	for (size_t i = 1; annotations_name(i); i++)
		CHECK(strcmp(annotations_name(i - 1), annotations_name(i)) < 0);
	CHECK(!annotations_name(SIZE_MAX));
}

static const struct {
	const char *key, *error;
} keys[] = {
	{ "run.oci.handler",
	  "annotations: run.oci.handler: names another executor, and cist has none: it executes programs of Linux" },
	{ "run.oci.systemd.force_cgroup_v1", "annotations: run.oci.systemd.force_cgroup_v1: mounts a hierarchy of cgroup v1 for "
	  "an old systemd, which cist does not do" },
	{ "run.oci.seccomp.plugins", "annotations: run.oci.seccomp.plugins: shared objects that answer system calls from within "
	  "the runtime are not loaded; let an agent listen, and name its socket in linux.seccomp.listenerPath" },
	{ "run.oci.handlers", NULL },
	{ "run.oci", NULL },
	{ "", NULL },
	{ FILTER_STRICT_ANNOTATION, NULL },
};

static void test_refused(void)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		struct oci_pair pairs[] = { { "org.example", "1" }, { keys[i].key, "" } };
		struct oci_config c = { .annotations = pairs, .n_annotations = ARRAY_LEN(pairs) };
		struct err e = { 0 };

		CASE(keys[i].key);
		CHECK(annotations_check(&c, &e) == (keys[i].error ? -EOPNOTSUPP : 0));
		CHECK_STR(e.text, keys[i].error ? keys[i].error : "");
		c.n_annotations = 1;
		e = (struct err){ 0 };
		CHECK(annotations_check(&c, &e) == 0);
	}
}

int main(void)
{
	test_names();
	test_refused();
	return check_summary();
}
