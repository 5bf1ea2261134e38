/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of the kernel, byte for byte where it has a say: types, flags, nests, attributes. */
#include "tests/check.h"
#include "net/request.h"
#include "net/ip.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>

static struct net_message m;

/* The attribute type of those behind the first skip bytes of data; NULL: there is none. */
static const struct rtattr *find(const void *data, size_t n, size_t skip, unsigned short type)
{
	for (size_t at = skip; at + sizeof(struct rtattr) <= n;) {
		const struct rtattr *a = (const void *)((const char *)data + at);

		if (a->rta_len < sizeof(*a) || a->rta_len > n - at)
			return NULL;
		if ((a->rta_type & ~NLA_F_NESTED) == type)
			return a;
		at += RTA_ALIGN(a->rta_len);
	}
	return NULL;
}

static const struct rtattr *top(size_t body, unsigned short type)
{
	return find(m.bytes, m.n, NLMSG_HDRLEN + NLMSG_ALIGN(body), type);
}

static const struct rtattr *within(const struct rtattr *a, size_t skip, unsigned short type)
{
	return a ? find(RTA_DATA(a), RTA_PAYLOAD(a), skip, type) : NULL;
}

static bool holds(const struct rtattr *a, const void *data, size_t n)
{
	return a && RTA_PAYLOAD(a) == n && memcmp(RTA_DATA(a), data, n) == 0;
}

static bool begins(uint16_t type, unsigned int flags)
{
	const struct nlmsghdr *h = net_header(&m);

	return !m.full && h->nlmsg_type == type && h->nlmsg_len == m.n && h->nlmsg_flags == (NLM_F_REQUEST | NLM_F_ACK | flags);
}

static void pair(void)
{
	static const uint8_t mac[6] = { 0xfe, 1, 2, 3, 4, 5 }, peer_mac[6] = { 2, 0, 0, 0, 0, 7 };
	struct net_pair p = { .name = "web0", .peer = "eth0", .mac = { 0xfe, 1, 2, 3, 4, 5 }, .peer_mac = { 2, 0, 0, 0, 0, 7 },
			      .has_peer_mac = true, .mtu = 1400 };
	const uint32_t mtu = 1400, fd = 9;
	const struct rtattr *peer;

	CASE("a pair");
	net_request_pair(&m, &p, 9);
	CHECK(begins(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL));
	CHECK(holds(top(sizeof(struct ifinfomsg), IFLA_IFNAME), "web0", 5));
	CHECK(holds(top(sizeof(struct ifinfomsg), IFLA_ADDRESS), mac, 6));
	CHECK(holds(top(sizeof(struct ifinfomsg), IFLA_MTU), &mtu, 4));
	CHECK(holds(within(top(sizeof(struct ifinfomsg), IFLA_LINKINFO), 0, IFLA_INFO_KIND), "veth", 5));
	peer = within(within(top(sizeof(struct ifinfomsg), IFLA_LINKINFO), 0, IFLA_INFO_DATA), 0, VETH_INFO_PEER);
	CHECK(holds(within(peer, sizeof(struct ifinfomsg), IFLA_IFNAME), "eth0", 5));
	CHECK(holds(within(peer, sizeof(struct ifinfomsg), IFLA_NET_NS_FD), &fd, 4));
	CHECK(holds(within(peer, sizeof(struct ifinfomsg), IFLA_ADDRESS), peer_mac, 6));
	CHECK(holds(within(peer, sizeof(struct ifinfomsg), IFLA_MTU), &mtu, 4));

	CASE("a pair of which less is known");
	p.has_peer_mac = false;
	p.mtu = 0;
	net_request_pair(&m, &p, 9);
	peer = within(within(top(sizeof(struct ifinfomsg), IFLA_LINKINFO), 0, IFLA_INFO_DATA), 0, VETH_INFO_PEER);
	CHECK(peer && !within(peer, sizeof(struct ifinfomsg), IFLA_ADDRESS) && !within(peer, sizeof(struct ifinfomsg), IFLA_MTU));
	CHECK(!top(sizeof(struct ifinfomsg), IFLA_MTU));
}

static void links(void)
{
	const struct ifinfomsg *body = (const void *)(m.bytes + NLMSG_HDRLEN);
	const uint32_t master = 3;

	CASE("alias, master, up, delete");
	net_request_alias(&m, 7, "cist:x");
	CHECK(begins(RTM_NEWLINK, 0) && body->ifi_index == 7 && body->ifi_change == 0);
	CHECK(holds(top(sizeof(*body), IFLA_IFALIAS), "cist:x", 6));
	net_request_master(&m, 7, 3);
	CHECK(begins(RTM_NEWLINK, 0) && holds(top(sizeof(*body), IFLA_MASTER), &master, 4));
	net_request_up(&m, 7);
	CHECK(begins(RTM_NEWLINK, 0) && body->ifi_index == 7 && body->ifi_flags == IFF_UP && body->ifi_change == IFF_UP);
	net_request_delete(&m, 7);
	CHECK(begins(RTM_DELLINK, 0) && body->ifi_index == 7);
}

static struct net_subnet subnet(const char *text)
{
	struct net_subnet s = { 0 };
	struct err e = { 0 };

	CHECK(net_subnet_parse(text, &s, &e) == 0);
	return s;
}

static void addresses(void)
{
	const struct ifaddrmsg *body = (const void *)(m.bytes + NLMSG_HDRLEN);
	struct net_subnet four = subnet("10.0.0.2/24"), six = subnet("fd00::2/64");
	const uint32_t nodad = IFA_F_NODAD;

	CASE("addresses");
	net_request_address(&m, 7, &four);
	CHECK(begins(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL));
	CHECK(body->ifa_family == AF_INET && body->ifa_prefixlen == 24 && body->ifa_index == 7);
	CHECK(holds(top(sizeof(*body), IFA_LOCAL), "\x0a\0\0\x02", 4) && holds(top(sizeof(*body), IFA_ADDRESS), "\x0a\0\0\x02", 4));
	CHECK(!top(sizeof(*body), IFA_FLAGS));
	net_request_address(&m, 7, &six);
	CHECK(body->ifa_family == AF_INET6 && body->ifa_prefixlen == 64 && holds(top(sizeof(*body), IFA_FLAGS), &nodad, 4));
}

static void routes(void)
{
	const struct rtmsg *body = (const void *)(m.bytes + NLMSG_HDRLEN);
	struct net_op op = { .kind = NET_OP_ROUTE, .subnet = subnet("0.0.0.0/0"), .has_gateway = true };
	const uint32_t index = 7;

	CASE("routes");
	CHECK(net_ip_parse("10.0.0.1", &op.gateway));
	net_request_route(&m, 7, &op);
	CHECK(begins(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL));
	CHECK(body->rtm_family == AF_INET && body->rtm_dst_len == 0 && body->rtm_scope == RT_SCOPE_UNIVERSE);
	CHECK(body->rtm_table == RT_TABLE_MAIN && body->rtm_type == RTN_UNICAST);
	CHECK(!top(sizeof(*body), RTA_DST) && holds(top(sizeof(*body), RTA_GATEWAY), "\x0a\0\0\x01", 4));
	CHECK(holds(top(sizeof(*body), RTA_OIF), &index, 4));
	op.subnet = subnet("10.1.0.0/16");
	op.has_gateway = false;
	net_request_route(&m, 7, &op);
	CHECK(body->rtm_dst_len == 16 && body->rtm_scope == RT_SCOPE_LINK && holds(top(sizeof(*body), RTA_DST), "\x0a\x01\0\0", 4));
	CHECK(!top(sizeof(*body), RTA_GATEWAY));
}

static void too_much(void)
{
	static const char big[NET_MESSAGE_MAX];
	size_t nest;

	CASE("what does not fit is not sent");
	net_request_up(&m, 7);
	nest = net_open_nest(&m, IFLA_LINKINFO);
	net_put(&m, IFLA_INFO_DATA, big, sizeof(big) - 32);
	CHECK(m.full);
	net_close_nest(&m, nest);
	net_request_up(&m, 7);
	net_put(&m, 1, big, NET_MESSAGE_MAX - m.n - 4);
	CHECK(!m.full && m.n == NET_MESSAGE_MAX);
	nest = net_open_nest(&m, IFLA_LINKINFO);
	net_close_nest(&m, nest);
	CHECK(m.full && m.n == NET_MESSAGE_MAX);
	net_put_struct(&m, big, 1);
	CHECK(m.n == NET_MESSAGE_MAX);
}

int main(void)
{
	pair();
	links();
	addresses();
	routes();
	too_much();
	return check_summary();
}
