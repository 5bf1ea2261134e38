/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_LITHOS_SANDBOX_H
#define CIST_LITHOS_SANDBOX_H

#include "base/arena.h"
#include "lithos/finding.h"
#include "lithos/lithos.h"
#include "lithos/yaml.h"

/*
 * A sandbox' file from its document; the name is that of the file without ".yaml", and is judged here.  Answers as
 * master_read().
 */
must_use int sandbox_read(const struct yaml *y, const char *name, struct arena *a, struct findings *f,
			  struct lithos_sandbox *ret, struct err *e);

/* The file with the sandbox' processes, in a; NULL when a is full. */
must_use const char *sandbox_process_file(const struct lithos_master *m, const struct lithos_sandbox *s, struct arena *a);

#endif
