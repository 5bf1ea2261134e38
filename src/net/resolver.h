/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands in /etc/resolv.conf and /etc/hosts of a container: judged word by word, as text.  Pure. */
#ifndef CIST_NET_RESOLVER_H
#define CIST_NET_RESOLVER_H

#include "base/arena.h"
#include "base/err.h"

struct oci_netconf;

/* All of the file, or NULL in *ret_text when nothing is asked for. */
must_use int net_resolver_text(const struct oci_netconf *c, struct arena *a, const char **ret_text, struct err *e);
must_use int net_hosts_text(const struct oci_netconf *c, struct arena *a, const char **ret_text, struct err *e);

#endif
