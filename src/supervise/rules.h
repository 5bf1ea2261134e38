/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of an instance as a row `rules` of a sheet, which records and accepted sets have in common. */
#ifndef CIST_SUPERVISE_RULES_H
#define CIST_SUPERVISE_RULES_H

#include "supervise/react.h"
#include "supervise/sheet.h"

void rules_write(struct sheet *s, const struct proc_rules *r);

/* From a row of that name.  What is missing is zero: no pause, no readiness, no backoff. */
void rules_read(const struct sheet_reader *row, struct proc_rules *ret);

#endif
