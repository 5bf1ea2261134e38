/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the state directory keeps of config.json, for the commands that come after create: all of it, but for secrets in the
 * environment, which are for the container's first process alone.  That directory may be on a disk.
 */
#ifndef CIST_RUNTIME_KEPT_H
#define CIST_RUNTIME_KEPT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/explain.h"

struct oci_config;

/* A JSON list of names: variables of process.env whose values nobody else is to see. */
#define KEPT_SECRETS_ANNOTATION "org.cist.env.secret"

/* *ret: the configuration without these variables, in a; NULL: it is kept as it is. */
must_use int kept_plan(const struct oci_config *c, struct arena *a, const struct oci_config **ret, struct err *e);
void kept_explain(const struct oci_config *kept, struct explain *x);
/* Into the state directory dir. */
must_use int kept_write(const struct oci_config *kept, int dir, struct err *e);

#endif
