/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_RUNTIME_DURATION_H
#define CIST_RUNTIME_DURATION_H

#include "base/err.h"

/*
 * A duration as runc (Go) takes it: decimal numbers with units ns, us, ms, s, m, h one after the other ("1m30s", "1.5s"),
 * or 0; a sign may stand in front.  In nanoseconds; -EINVAL when it is none, or longer than 292 years.
 */
must_use int duration_parse(const char *text, int64_t *ret_ns);

#endif
