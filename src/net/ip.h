/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Internet and hardware addresses and names of devices as a user writes them.  Pure.  Inside this folder and its tests only. */
#ifndef CIST_NET_IP_H
#define CIST_NET_IP_H

#include "net/conf.h"

enum { NET_MAC_BYTES = 6 };

/* "192.0.2.1", "2001:db8::1"; no zone behind it.  False: it is none. */
bool net_ip_parse(const char *text, struct net_ip *ret);

/* "192.0.2.1/24": the prefix has to be there.  -EINVAL with a sentence that quotes text. */
must_use int net_subnet_parse(const char *text, struct net_subnet *ret, struct err *e);

static inline unsigned int net_ip_bits(const struct net_ip *ip)
{
	return 8 * ip->n;
}

bool net_ip_same(const struct net_ip *a, const struct net_ip *b);
bool net_subnet_has(const struct net_subnet *s, const struct net_ip *ip);
/* Nothing but zeros behind the prefix. */
bool net_subnet_is_whole(const struct net_subnet *s);
/* Of IPv6, fe80::/10: on whatever link it is used on. */
bool net_ip_is_link_local(const struct net_ip *ip);

/* Why a host cannot have this address, or NULL: it is that of a network, of all in it, of a group, of nobody. */
const char *net_subnet_not_a_host(const struct net_subnet *s);

/* "02:00:5e:10:00:01".  False: it is none, or none that one device can have. */
bool net_mac_parse(const char *text, uint8_t ret[NET_MAC_BYTES]);

/* Why no device can be called that, or NULL. */
const char *net_name_wrong(const char *name);

#endif
