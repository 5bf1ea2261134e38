/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_RUNTIME_REFUSE_H
#define CIST_RUNTIME_REFUSE_H

#include "base/err.h"

struct oci_config;

/*
 * Members that this version does not carry out are refused with a sentence: a container never runs with less protection
 * than was asked for.  -EOPNOTSUPP.
 */
must_use int refuse_unsupported(const struct oci_config *c, struct err *e);

#endif
