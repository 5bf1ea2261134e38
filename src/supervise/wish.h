/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wishes (react.h) become calls: a table with one function for each. */
#ifndef CIST_SUPERVISE_WISH_H
#define CIST_SUPERVISE_WISH_H

#include "supervise/ward.h"

void wish_carry_out(struct ward *w, enum wish what);
/* Nothing that is done waits for it: it is only told. */
bool wish_can_wait(enum wish what);

#endif
