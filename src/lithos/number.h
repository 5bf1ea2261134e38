/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers as these files write them; pure functions, with the sentences that errors have.
 *
 *	12, -5, +7, 1_000      decimal, also with zeros in front: 0766 is 766
 *	0x1F, 0o755, 0b101     no sign
 *	64ki, 100 Mi, 1G       k, M, G are powers of 1000; ki, Mi, Gi of 1024; nothing else is a unit
 */
#ifndef CIST_LITHOS_NUMBER_H
#define CIST_LITHOS_NUMBER_H

#include "base/err.h"
#include "lithos/lithos.h"

#include <stdint.h>

/* 0, or -EINVAL (`number error: invalid digit`), -ERANGE (`number error: number is too large or too small (for negative)`). */
must_use int number_parse(const char *text, int64_t *ret, struct err *e);

/* What the writer of a number that is none may have meant, or NULL: "8Ki" wants "8ki". */
const char *number_hint(const char *text);

/* Digits, perhaps with `+` in front, and nothing else.  0, or -EINVAL without a sentence. */
must_use int number_parse_decimal(const char *text, uint64_t max, uint64_t *ret);

/* `N` or `A-B`, decimal; B < A is taken, and holds nothing.  0, or -EINVAL (`Error parsing range`). */
must_use int number_parse_range(const char *text, struct lithos_range *ret, struct err *e);

/*
 * A factor of 1 to 1000 as `2` or `1.5`, with at most three digits behind the point, in thousandths.  0, or -EINVAL with a
 * sentence.
 */
must_use int number_parse_permille(const char *text, uint32_t *ret, struct err *e);

#endif
