/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IP addresses and networks as texts; pure. */
#ifndef CIST_LITHOS_ADDRESS_H
#define CIST_LITHOS_ADDRESS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct address {
	int family;		/* AF_INET or AF_INET6 */
	uint8_t bytes[16];	/* 4 or 16 of them */
	uint8_t prefix;		/* 0 … 32 or 128; of a bare address all of it */
};

/* A literal address.  0, or -EINVAL (`invalid IP address syntax`). */
must_use int address_parse(const char *text, struct address *ret, struct err *e);

/* ADDRESS/PREFIX or ADDRESS.  0, or -EINVAL (`invalid address: TEXT`). */
must_use int address_parse_network(const char *text, struct address *ret, struct err *e);

bool address_equal(const struct address *a, const struct address *b);
/* Whether an address is of that network; never when they are of two families. */
bool address_in(const struct address *a, const struct address *network);

#endif
