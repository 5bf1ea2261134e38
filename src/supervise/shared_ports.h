/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sockets that several instances have in common, and want otherwise.  Pure. */
#ifndef CIST_SUPERVISE_SHARED_PORTS_H
#define CIST_SUPERVISE_SHARED_PORTS_H

#include "lithos/finding.h"
#include "supervise/desired.h"

/* Warns of each address whose users differ in its options or in their user.  a: for the work; -ENOMEM. */
must_use int shared_ports_check(const struct desired_set *set, struct arena *a, struct findings *f, struct err *e);

#endif
