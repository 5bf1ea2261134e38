/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages that are put together come apart again; what is cut off or overlong anywhere is refused. */
#include "tests/check.h"
#include "net/message.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <sys/socket.h>

static struct net_message m;

static void begin_link(const char *name)
{
	const struct ifinfomsg body = { .ifi_index = 7, .ifi_flags = 1 };

	net_begin(&m, RTM_NEWLINK, 0, &body, sizeof(body));
	if (name)
		net_put_text(&m, IFLA_IFNAME, name);
}

static void links(void)
{
	const struct { struct rtattr a; char text[8]; } info = { { RTA_LENGTH(5), IFLA_INFO_KIND }, "veth" };
	struct net_link l = { 0 };

	CASE("a device");
	begin_link("eth0");
	net_put_text(&m, IFLA_PARENT_DEV_NAME, "0000:00:03.0");
	net_put(&m, IFLA_LINKINFO | NLA_F_NESTED, &info, sizeof(info));
	CHECK(net_read_link(net_header(&m), &l) == 0);
	CHECK(l.index == 7 && l.flags == 1);
	CHECK_STR(l.name, "eth0");
	CHECK_STR(l.kind, "veth");
	CHECK_STR(l.parent, "0000:00:03.0");

	CASE("cut off at any byte");
	for (uint32_t n = 0; n < m.n; n++) {
		struct nlmsghdr *h = net_header(&m);

		h->nlmsg_len = n;
		/* Whole attributes may be left out, then it is another message; never is more read than there is. */
		CHECK(net_read_link(h, &l) <= 0);
	}

	CASE("no name, no index, names too long, another type");
	begin_link(NULL);
	CHECK(net_read_link(net_header(&m), &l) == -EPROTO);
	begin_link("a-name-that-is-too-long");
	CHECK(net_read_link(net_header(&m), &l) == -EPROTO);
	begin_link("eth0");
	net_header(&m)->nlmsg_type = RTM_NEWADDR;
	CHECK(net_read_link(net_header(&m), &l) == -EPROTO);

	CASE("an attribute that is longer than the message, one without length");
	for (unsigned int len = 0; len < 100; len += 99) {
		begin_link("eth0");
		((struct rtattr *)(void *)(m.bytes + NLMSG_HDRLEN + sizeof(struct ifinfomsg)))->rta_len = (unsigned short)len;
		CHECK(net_read_link(net_header(&m), &l) == -EPROTO);
	}
}

static void begin_address(int family, unsigned int prefix)
{
	const struct ifaddrmsg body = { .ifa_family = (uint8_t)family, .ifa_prefixlen = (uint8_t)prefix, .ifa_index = 3 };

	net_begin(&m, RTM_NEWADDR, 0, &body, sizeof(body));
}

static void addresses(void)
{
	static const uint8_t one[4] = { 192, 0, 2, 1 }, two[4] = { 192, 0, 2, 2 }, six[16] = { 0x20, 1 };
	struct net_raw_address r = { 0 };

	CASE("IPv4, local and address the same");
	begin_address(AF_INET, 24);
	net_put(&m, IFA_LOCAL, one, 4);
	net_put(&m, IFA_ADDRESS, one, 4);
	net_put(&m, IFA_BROADCAST, two, 4);
	net_put_text(&m, IFA_LABEL, "eth0:1");
	net_put_u32(&m, IFA_FLAGS, 0x280);
	net_put_u32(&m, IFA_RT_PRIORITY, 9);
	CHECK(net_read_address(net_header(&m), &r) == 0);
	CHECK(r.index == 3 && r.prefix == 24 && !r.has_peer && r.has_broadcast && r.flags == 0x280 && r.metric == 9);
	CHECK(memcmp(r.local, one, 4) == 0 && memcmp(r.broadcast, two, 4) == 0);
	CHECK_STR(r.label, "eth0:1");

	CASE("point to point");
	begin_address(AF_INET, 32);
	net_put(&m, IFA_ADDRESS, two, 4);
	net_put(&m, IFA_LOCAL, one, 4);
	CHECK(net_read_address(net_header(&m), &r) == 0 && r.has_peer);
	CHECK(memcmp(r.local, one, 4) == 0 && memcmp(r.peer, two, 4) == 0);

	CASE("IPv6 has IFA_ADDRESS alone");
	begin_address(AF_INET6, 64);
	net_put(&m, IFA_ADDRESS, six, 16);
	CHECK(net_read_address(net_header(&m), &r) == 0 && !r.has_peer && memcmp(r.local, six, 16) == 0);

	CASE("wrong width, wrong prefix, no address, another family");
	begin_address(AF_INET6, 64);
	net_put(&m, IFA_ADDRESS, one, 4);
	CHECK(net_read_address(net_header(&m), &r) == -EPROTO);
	begin_address(AF_INET, 33);
	net_put(&m, IFA_LOCAL, one, 4);
	CHECK(net_read_address(net_header(&m), &r) == -EPROTO);
	begin_address(AF_INET, 24);
	CHECK(net_read_address(net_header(&m), &r) == -EPROTO);
	begin_address(AF_PACKET, 0);
	CHECK(net_read_address(net_header(&m), &r) == 1);
}

static void refusals(void)
{
	const struct { struct nlmsgerr e; struct rtattr a; char text[8]; } said = {
		{ .error = -EBUSY }, { RTA_LENGTH(5), NLMSGERR_ATTR_MSG }, "busy",
	};
	const struct nlmsgerr odd = { .error = 5 };
	char text[8];
	int code = 1;

	CASE("a refusal with a sentence");
	net_begin(&m, NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, &said, sizeof(said));
	CHECK(net_read_error(net_header(&m), &code, text, sizeof(text)) == 0 && code == -EBUSY);
	CHECK_STR(text, "busy");

	CASE("the attributes are not looked for where the flag is not set");
	net_begin(&m, NLMSG_ERROR, NLM_F_CAPPED, &said, sizeof(said));
	CHECK(net_read_error(net_header(&m), &code, text, sizeof(text)) == 0 && code == -EBUSY);
	CHECK_STR(text, "");

	CASE("no errno; a request within it that is longer than it");
	net_begin(&m, NLMSG_ERROR, 0, &odd, sizeof(odd));
	CHECK(net_read_error(net_header(&m), &code, text, sizeof(text)) == -EPROTO);
	net_begin(&m, NLMSG_ERROR, NLM_F_ACK_TLVS, &said, sizeof(said));
	((struct nlmsgerr *)NLMSG_DATA(net_header(&m)))->msg.nlmsg_len = 4000;
	CHECK(net_read_error(net_header(&m), &code, text, sizeof(text)) == -EPROTO);
}

static void datagrams(void)
{
	_Alignas(4) char two[2 * NLMSG_HDRLEN] = { 0 };
	struct nlmsghdr *h = (struct nlmsghdr *)(void *)two;
	const struct nlmsghdr *got;
	size_t at = 0;

	CASE("two messages");
	h[0].nlmsg_len = h[1].nlmsg_len = NLMSG_HDRLEN;
	CHECK(net_next(two, sizeof(two), &at, &got) == 1 && got == &h[0]);
	CHECK(net_next(two, sizeof(two), &at, &got) == 1 && got == &h[1]);
	CHECK(net_next(two, sizeof(two), &at, &got) == 0);

	CASE("cut off, shorter than a header, longer than what came");
	at = 0;
	CHECK(net_next(two, NLMSG_HDRLEN - 1, &at, &got) == -EPROTO);
	h[0].nlmsg_len = 4;
	CHECK(net_next(two, sizeof(two), &at, &got) == -EPROTO);
	h[0].nlmsg_len = sizeof(two) + 1;
	CHECK(net_next(two, sizeof(two), &at, &got) == -EPROTO);
	at = 0;
	CHECK(net_next(two, 0, &at, &got) == 0);
}

static void fullness(void)
{
	const struct ifinfomsg body = { 0 };

	CASE("what does not fit is noticed");
	net_begin(&m, RTM_NEWLINK, 0, &body, sizeof(body));
	for (int i = 0; i < 500 && !m.full; i++)
		net_put_u32(&m, IFLA_MTU, 1);
	CHECK(m.full && m.n <= sizeof(m.bytes));
	net_put(&m, IFLA_MTU, &body, SIZE_MAX - 8);
	CHECK(m.full);
}

int main(void)
{
	links();
	addresses();
	refusals();
	datagrams();
	fullness();
	return check_summary();
}
