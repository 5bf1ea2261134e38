/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_LITHOS_MASTER_H
#define CIST_LITHOS_MASTER_H

#include "base/arena.h"
#include "lithos/finding.h"
#include "lithos/lithos.h"
#include "lithos/yaml.h"

/*
 * The master file from its document.  1: *ret is good; 0: there were errors, *ret holds what could be read; negative: no
 * memory.  Whether directories exist is not looked at.
 */
must_use int master_read(const struct yaml *y, struct arena *a, struct findings *f, struct lithos_master *ret, struct err *e);

/* In any case of letters: error, warn, info, debug, trace; a facility of syslog, perhaps with "log_" in front. */
bool master_knows_log_level(const char *name);
bool master_knows_facility(const char *name);

#endif
