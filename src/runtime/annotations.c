/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/annotations.h"
#include "base/arr.h"
#include "cgroup/cgroup.h"
#include "console/console.h"
#include "hook/hook.h"
#include "libocispec/sockets.h"
#include "mnt/mnt.h"
#include "net/conf.h"
#include "runtime/blueprint.h"
#include "runtime/keeper.h"
#include "runtime/kept.h"
#include "seccomp/seccomp.h"

static const struct {
	const char *name;
	const char *refused;	/* why nothing is created with it; NULL: it is honoured */
} table[] = {
	{ MNT_BENEATH_ANNOTATION,		NULL },
	{ MNT_CONSOLE_ANNOTATION,		NULL },
	{ BLUEPRINT_EXACT_ANNOTATION,		NULL },
	{ KEPT_SECRETS_ANNOTATION,		NULL },
	{ KEEPER_ANNOTATION,			NULL },
	{ KEEPER_KILL_ANNOTATION,		NULL },
	{ KEEPER_RESPAWN_ANNOTATION,		NULL },
	{ KEEPER_TITLE_ANNOTATION,		NULL },
	{ NET_CONF_ANNOTATION,			NULL },
	{ CONSOLE_OUTPUT_ANNOTATION,		NULL },
	{ MNT_SEALED_ANNOTATION,		NULL },
	{ OCI_SOCKETS_ANNOTATION,		NULL },
	{ CG_UNIT_ANNOTATION,			NULL },
	{ CG_DELEGATE_ANNOTATION,		NULL },
	{ "run.oci.handler",			"names another executor, and cist has none: it executes programs of Linux" },
	{ HOOK_STDERR_ANNOTATION,		NULL },
	{ HOOK_STDOUT_ANNOTATION,		NULL },
	{ KEEP_GROUPS_ANNOTATION,		NULL },
	{ MNT_LABEL_ANNOTATION,			NULL },
	{ PIDFD_ANNOTATION,			NULL },
	{ "run.oci.seccomp.plugins",		"shared objects that answer system calls from within the runtime are not loaded; "
						"let an agent listen, and name its socket in linux.seccomp.listenerPath" },
	{ FILTER_RECEIVER_ANNOTATION,		NULL },
	{ SECCOMP_READY_ANNOTATION,		NULL },
	{ FILTER_STRICT_ANNOTATION,		NULL },
	{ "run.oci.systemd.force_cgroup_v1",	"mounts a hierarchy of cgroup v1 for an old systemd, which cist does not do" },
	{ CG_SUBGROUP_ANNOTATION,		NULL },
};

const char *annotations_name(size_t i)
{
	return i < ARRAY_LEN(table) ? table[i].name : NULL;
}

int annotations_check(const struct oci_config *c, struct err *e)
{
	/* Most have none. */
	for (size_t i = 0; c->n_annotations > 0 && i < ARRAY_LEN(table); i++)
		if (table[i].refused && oci_annotation(c, table[i].name))
			return err_set(e, -EOPNOTSUPP, "annotations: %s: %s", table[i].name, table[i].refused);
	return 0;
}
