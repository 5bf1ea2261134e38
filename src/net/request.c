/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/request.h"
#include "net/ip.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

static void begin_link(struct net_message *m, uint16_t type, uint16_t flags, uint32_t index, unsigned int up)
{
	const struct ifinfomsg body = { .ifi_family = AF_UNSPEC, .ifi_index = (int)index, .ifi_flags = up, .ifi_change = up };

	net_begin(m, type, (uint16_t)(NLM_F_ACK | flags), &body, sizeof(body));
}

void net_request_pair(struct net_message *m, const struct net_pair *p, int netns_fd)
{
	const struct ifinfomsg peer = { .ifi_family = AF_UNSPEC };
	size_t info, data, veth;

	begin_link(m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0);
	net_put_text(m, IFLA_IFNAME, p->name);
	net_put(m, IFLA_ADDRESS, p->mac, sizeof(p->mac));
	if (p->mtu)
		net_put_u32(m, IFLA_MTU, p->mtu);
	info = net_open_nest(m, IFLA_LINKINFO);
	net_put_text(m, IFLA_INFO_KIND, "veth");
	data = net_open_nest(m, IFLA_INFO_DATA);
	veth = net_open_nest(m, VETH_INFO_PEER);
	net_put_struct(m, &peer, sizeof(peer));
	net_put_text(m, IFLA_IFNAME, p->peer);
	net_put_u32(m, IFLA_NET_NS_FD, (uint32_t)netns_fd);
	if (p->has_peer_mac)
		net_put(m, IFLA_ADDRESS, p->peer_mac, sizeof(p->peer_mac));
	if (p->mtu)
		net_put_u32(m, IFLA_MTU, p->mtu);
	net_close_nest(m, veth);
	net_close_nest(m, data);
	net_close_nest(m, info);
}

void net_request_alias(struct net_message *m, uint32_t index, const char *alias)
{
	begin_link(m, RTM_NEWLINK, 0, index, 0);
	net_put(m, IFLA_IFALIAS, alias, strlen(alias));	/* its length is what counts, a NUL would be part of it */
}

void net_request_master(struct net_message *m, uint32_t index, uint32_t master)
{
	begin_link(m, RTM_NEWLINK, 0, index, 0);
	net_put_u32(m, IFLA_MASTER, master);
}

void net_request_up(struct net_message *m, uint32_t index)
{
	begin_link(m, RTM_NEWLINK, 0, index, IFF_UP);
}

void net_request_delete(struct net_message *m, uint32_t index)
{
	begin_link(m, RTM_DELLINK, 0, index, 0);
}

void net_request_address(struct net_message *m, uint32_t index, const struct net_subnet *s)
{
	const struct ifaddrmsg body = { .ifa_family = s->ip.family, .ifa_prefixlen = s->bits, .ifa_scope = RT_SCOPE_UNIVERSE,
					.ifa_index = index };

	net_begin(m, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	net_put(m, IFA_LOCAL, s->ip.bytes, s->ip.n);
	net_put(m, IFA_ADDRESS, s->ip.bytes, s->ip.n);
	if (s->ip.family == AF_INET6)
		net_put_u32(m, IFA_FLAGS, IFA_F_NODAD);
}

void net_request_route(struct net_message *m, uint32_t index, const struct net_op *op)
{
	const struct net_subnet *s = &op->subnet;
	const struct rtmsg body = {
		.rtm_family = s->ip.family, .rtm_dst_len = s->bits, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC,
		.rtm_scope = op->has_gateway || s->ip.family == AF_INET6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST,
	};

	net_begin(m, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	if (s->bits > 0)
		net_put(m, RTA_DST, s->ip.bytes, s->ip.n);
	if (op->has_gateway)
		net_put(m, RTA_GATEWAY, op->gateway.bytes, op->gateway.n);
	net_put_u32(m, RTA_OIF, index);
}
