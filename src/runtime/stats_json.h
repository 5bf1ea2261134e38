/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_RUNTIME_STATS_JSON_H
#define CIST_RUNTIME_STATS_JSON_H

#include "cgroup/stats.h"

#include <stdio.h>

/* One line: {"type":"stats","id":ID,"data":{…}} in runc's form and order of members. */
void stats_json(FILE *out, const char *id, const struct cg_stats *s);

#endif
