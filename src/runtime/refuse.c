/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/refuse.h"
#include "base/arr.h"
#include "libocispec/oci_config.h"

#include <stdbool.h>
#include <string.h>

/* Annotations that would change what is done, unlike all others, which are only carried along. */
static const struct {
	const char *key, *why;
} annotations[] = {
	{ "run.oci.handler",	"names another executor, and cist has none: it executes programs of Linux" },
	{ "run.oci.systemd.force_cgroup_v1", "mounts a hierarchy of cgroup v1 for an old systemd, which cist does not do" },
};

int refuse_unsupported(const struct oci_config *c, struct err *e)
{
	for (size_t i = 0; i < c->n_annotations; i++)
		for (size_t k = 0; k < ARRAY_LEN(annotations); k++)
			if (strcmp(c->annotations[i].key, annotations[k].key) == 0)
				return err_set(e, -EOPNOTSUPP, "annotations: %s %s", annotations[k].key, annotations[k].why);
	return 0;
}
