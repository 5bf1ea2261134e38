/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/refuse.h"
#include "base/arr.h"
#include "libocispec/oci_config.h"

#include <stdbool.h>
#include <string.h>

static bool net_devices(const struct oci_linux *l)
{
	return l->n_net_devices > 0;
}

static const struct {
	const char *member;
	bool (*asked_by)(const struct oci_linux *l);
} linux_members[] = {
	{ "linux.netDevices",	net_devices },
};

/* Annotations that change what is done, unlike all others, which are only carried along. */
static const char *const annotations[] = {
	"run.oci.pidfd_receiver",
	"run.oci.handler",
};

static int refuse(const char *member, struct err *e)
{
	return err_set(e, -EOPNOTSUPP, "%s is not supported yet", member);
}

int refuse_unsupported(const struct oci_config *c, struct err *e)
{
	for (size_t i = 0; c->linux && i < ARRAY_LEN(linux_members); i++)
		if (linux_members[i].asked_by(c->linux))
			return refuse(linux_members[i].member, e);
	for (size_t i = 0; i < c->n_annotations; i++)
		for (size_t k = 0; k < ARRAY_LEN(annotations); k++)
			if (strcmp(c->annotations[i].key, annotations[k]) == 0)
				return err_set(e, -EOPNOTSUPP, "annotations: %s is not supported yet", annotations[k]);
	return 0;
}
