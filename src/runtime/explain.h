/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `explain` prints of the decisions for a launch. */
#ifndef CIST_RUNTIME_EXPLAIN_H
#define CIST_RUNTIME_EXPLAIN_H

#include "base/explain.h"
#include "runtime/blueprint.h"

/* All steps of create and start, in their order on each side.  Compiles the filter into bp->plan: its size is printed. */
must_use int explain_blueprint(const struct blueprint *bp, FILE *out, enum explain_form form, struct err *e);

#endif
