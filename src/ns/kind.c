/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ns/ns.h"
#include "base/arr.h"
#include "sys/abi.h"

#include <string.h>

const struct ns_kind_row ns_kinds[NS__COUNT] = {
	[NS_USER]   = { "user",    "user",   K_CLONE_NEWUSER   },
	[NS_MOUNT]  = { "mount",   "mnt",    K_CLONE_NEWNS     },
	[NS_PID]    = { "pid",     "pid",    K_CLONE_NEWPID    },
	[NS_NET]    = { "network", "net",    K_CLONE_NEWNET    },
	[NS_IPC]    = { "ipc",     "ipc",    K_CLONE_NEWIPC    },
	[NS_UTS]    = { "uts",     "uts",    K_CLONE_NEWUTS    },
	[NS_CGROUP] = { "cgroup",  "cgroup", K_CLONE_NEWCGROUP },
	[NS_TIME]   = { "time",    "time",   K_CLONE_NEWTIME   },
};

int ns_kind_from_oci(const char *name, enum ns_kind *ret_kind)
{
	for (size_t i = 0; i < ARRAY_LEN(ns_kinds); i++)
		if (strcmp(ns_kinds[i].oci, name) == 0) {
			*ret_kind = (enum ns_kind)i;
			return 0;
		}
	return -EINVAL;
}
