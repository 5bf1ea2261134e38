/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A datagram from a netlink socket: whatever is in it, no byte behind it is read. */
#include "tests/fuzz/fuzz.h"

#include "net/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);
	const struct nlmsghdr *h;
	struct net_raw_address r;
	struct net_link l;
	char text[64];
	size_t at = 0;
	int code;

	MUST(copy);
	if (size > 0)
		memcpy(copy, data, size);
	while (net_next(copy, size, &at, &h) > 0) {
		if (net_read_link(h, &l) == 0)
			MUST(l.name[0] && memchr(l.name, '\0', sizeof(l.name)) && memchr(l.kind, '\0', sizeof(l.kind)));
		if (net_read_address(h, &r) == 0)
			MUST(r.prefix <= 128 && memchr(r.label, '\0', sizeof(r.label)));
		if (net_read_error(h, &code, text, sizeof(text)) == 0)
			MUST(code <= 0 && memchr(text, '\0', sizeof(text)));
	}
	free(copy);
	return 0;
}
