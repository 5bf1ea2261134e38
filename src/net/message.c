/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/message.h"
#include "base/fmt.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <string.h>
#include <sys/socket.h>

void net_begin(struct net_message *m, uint16_t type, uint16_t flags, const void *body, size_t size)
{
	const struct nlmsghdr h = { .nlmsg_type = type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags) };

	memset(m, 0, sizeof(*m));
	memcpy(m->bytes, &h, sizeof(h));
	memcpy(m->bytes + NLMSG_HDRLEN, body, size);
	m->n = NLMSG_HDRLEN + NLMSG_ALIGN(size);
}

void net_put(struct net_message *m, uint16_t type, const void *data, size_t n)
{
	const struct rtattr a = { .rta_type = type, .rta_len = (unsigned short)(RTA_LENGTH(0) + n) };

	if (n > NET_MESSAGE_MAX || m->n + RTA_SPACE(n) > sizeof(m->bytes)) {
		m->full = true;
		return;
	}
	memcpy(m->bytes + m->n, &a, sizeof(a));
	memcpy(m->bytes + m->n + RTA_LENGTH(0), data, n);
	m->n += RTA_SPACE(n);
}

void net_put_u32(struct net_message *m, uint16_t type, uint32_t v)
{
	net_put(m, type, &v, sizeof(v));
}

void net_put_text(struct net_message *m, uint16_t type, const char *s)
{
	net_put(m, type, s, strlen(s) + 1);
}

void net_put_struct(struct net_message *m, const void *data, size_t n)
{
	if (n > NET_MESSAGE_MAX || m->n + NLMSG_ALIGN(n) > sizeof(m->bytes)) {
		m->full = true;
		return;
	}
	memcpy(m->bytes + m->n, data, n);
	m->n += NLMSG_ALIGN(n);
}

size_t net_open_nest(struct net_message *m, uint16_t type)
{
	const size_t nest = m->n;

	net_put(m, type | NLA_F_NESTED, "", 0);
	return nest;
}

void net_close_nest(struct net_message *m, size_t nest)
{
	struct rtattr a;

	if (m->full)	/* then there may be none at that place */
		return;
	memcpy(&a, m->bytes + nest, sizeof(a));
	a.rta_len = (unsigned short)(m->n - nest);
	memcpy(m->bytes + nest, &a, sizeof(a));
}

struct nlmsghdr *net_header(struct net_message *m)
{
	struct nlmsghdr *h = (struct nlmsghdr *)(void *)m->bytes;

	h->nlmsg_len = (uint32_t)m->n;
	return h;
}

int net_next(const void *datagram, size_t n, size_t *at, const struct nlmsghdr **ret)
{
	const char *bytes = datagram;
	const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)(bytes + *at);
	size_t left = *at < n ? n - *at : 0;

	if (left == 0)
		return 0;
	if (left < NLMSG_HDRLEN || h->nlmsg_len < NLMSG_HDRLEN || h->nlmsg_len > left)
		return -EPROTO;
	*ret = h;
	*at += NLMSG_ALIGN(h->nlmsg_len);
	return 1;
}

/* An attribute, as net_next() has messages. */
struct attr {
	uint16_t type;
	const char *data;
	size_t n;
};

static int next_attr(const char *bytes, size_t n, size_t *at, struct attr *ret)
{
	struct rtattr a;
	size_t left = *at < n ? n - *at : 0;

	if (left == 0)
		return 0;
	if (left < sizeof(a))
		return -EPROTO;
	memcpy(&a, bytes + *at, sizeof(a));
	if (a.rta_len < sizeof(a) || a.rta_len > left)
		return -EPROTO;
	*ret = (struct attr){ .type = (uint16_t)(a.rta_type & (uint16_t)~(NLA_F_NESTED | NLA_F_NET_BYTEORDER)),
			      .data = bytes + *at + RTA_LENGTH(0), .n = a.rta_len - RTA_LENGTH(0) };
	*at += RTA_ALIGN(a.rta_len);
	return 1;
}

static int text_of(const struct attr *a, char *buf, size_t size)
{
	size_t n = strnlen(a->data, a->n);

	if (n >= size)
		return -EPROTO;
	memcpy(buf, a->data, n);
	buf[n] = '\0';
	return 0;
}

static int u32_of(const struct attr *a, uint32_t *ret)
{
	if (a->n != sizeof(*ret))
		return -EPROTO;
	memcpy(ret, a->data, sizeof(*ret));
	return 0;
}

/* What follows the struct of the message. */
static const char *attributes(const struct nlmsghdr *h, size_t size, size_t *ret_n)
{
	const size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(size);

	*ret_n = h->nlmsg_len > skip ? h->nlmsg_len - skip : 0;
	return (const char *)h + skip;
}

static int read_kind(const struct attr *info, struct net_link *l)
{
	struct attr a;
	size_t at = 0;
	int rc;

	while ((rc = next_attr(info->data, info->n, &at, &a)) > 0)
		if (a.type == IFLA_INFO_KIND && (rc = text_of(&a, l->kind, sizeof(l->kind))) < 0)
			break;
	return rc;
}

/* Tunnels have others. */
static void read_mac(const struct attr *a, struct net_link *l)
{
	l->has_mac = a->n == sizeof(l->mac);
	if (l->has_mac)
		memcpy(l->mac, a->data, sizeof(l->mac));
}

int net_read_link(const struct nlmsghdr *h, struct net_link *ret)
{
	struct net_link l = { 0 };
	struct ifinfomsg body;
	struct attr a;
	size_t n, at = 0;
	const char *attrs = attributes(h, sizeof(body), &n);
	int rc;

	if (h->nlmsg_type != RTM_NEWLINK || h->nlmsg_len < NLMSG_LENGTH(sizeof(body)))
		return -EPROTO;
	memcpy(&body, NLMSG_DATA(h), sizeof(body));
	l.index = (uint32_t)body.ifi_index;
	l.flags = body.ifi_flags;
	while ((rc = next_attr(attrs, n, &at, &a)) > 0) {
		if (a.type == IFLA_IFNAME)
			rc = text_of(&a, l.name, sizeof(l.name));
		else if (a.type == IFLA_PARENT_DEV_NAME)
			rc = text_of(&a, l.parent, sizeof(l.parent));
		else if (a.type == IFLA_IFALIAS)
			rc = text_of(&a, l.alias, sizeof(l.alias));
		else if (a.type == IFLA_ADDRESS)
			read_mac(&a, &l);
		else if (a.type == IFLA_LINKINFO)
			rc = read_kind(&a, &l);
		if (rc < 0)
			return rc;
	}
	if (rc < 0 || body.ifi_index <= 0 || !l.name[0])
		return -EPROTO;
	*ret = l;
	return 0;
}

static int read_address_attr(const struct attr *a, size_t width, struct net_raw_address *r, bool *has_local)
{
	uint8_t *into = a->type == IFA_LOCAL ? r->local : a->type == IFA_ADDRESS ? r->peer :
			a->type == IFA_BROADCAST ? r->broadcast : NULL;

	if (into) {
		if (a->n != width)
			return -EPROTO;
		memcpy(into, a->data, width);
		*has_local |= a->type == IFA_LOCAL;
		r->has_peer |= a->type == IFA_ADDRESS;
		r->has_broadcast |= a->type == IFA_BROADCAST;
		return 0;
	}
	return a->type == IFA_LABEL ? text_of(a, r->label, sizeof(r->label)) :
	       a->type == IFA_FLAGS ? u32_of(a, &r->flags) :
	       a->type == IFA_RT_PRIORITY ? u32_of(a, &r->metric) : 0;
}

int net_read_address(const struct nlmsghdr *h, struct net_raw_address *ret)
{
	struct net_raw_address r = { 0 };
	struct ifaddrmsg body;
	struct attr a;
	size_t n, at = 0, width;
	const char *attrs = attributes(h, sizeof(body), &n);
	bool has_local = false;
	int rc;

	if (h->nlmsg_type != RTM_NEWADDR || h->nlmsg_len < NLMSG_LENGTH(sizeof(body)))
		return -EPROTO;
	memcpy(&body, NLMSG_DATA(h), sizeof(body));
	if (body.ifa_family != AF_INET && body.ifa_family != AF_INET6)
		return 1;
	width = body.ifa_family == AF_INET ? 4 : 16;
	r.index = body.ifa_index;
	r.family = body.ifa_family;
	r.prefix = body.ifa_prefixlen;
	r.scope = body.ifa_scope;
	r.flags = body.ifa_flags;
	while ((rc = next_attr(attrs, n, &at, &a)) > 0)
		if (read_address_attr(&a, width, &r, &has_local) < 0)
			return -EPROTO;
	if (rc < 0 || r.prefix > 8 * width || (!has_local && !r.has_peer))
		return -EPROTO;
	/* IFA_ADDRESS is the address itself where IFA_LOCAL is absent or the same, and the other end where it differs. */
	if (!has_local)
		memcpy(r.local, r.peer, width);
	if (memcmp(r.local, r.peer, width) == 0)
		r.has_peer = false;
	*ret = r;
	return 0;
}

/* With NETLINK_CAP_ACK the attributes follow the struct; without, and for failures, the request stands between them. */
int net_read_error(const struct nlmsghdr *h, int *ret_code, char *text, size_t size)
{
	struct nlmsgerr body;
	struct attr a;
	size_t n, at = 0, request;
	const char *attrs;

	if (h->nlmsg_type != NLMSG_ERROR || h->nlmsg_len < NLMSG_LENGTH(sizeof(body)))
		return -EPROTO;
	memcpy(&body, NLMSG_DATA(h), sizeof(body));
	if (body.error > 0 || body.error < -4095)
		return -EPROTO;
	*ret_code = body.error;
	*text = '\0';
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return 0;
	attrs = attributes(h, sizeof(body), &n);
	request = h->nlmsg_flags & NLM_F_CAPPED || body.msg.nlmsg_len < NLMSG_HDRLEN ? 0 :
		  NLMSG_ALIGN((size_t)body.msg.nlmsg_len) - NLMSG_HDRLEN;
	if (request > n)
		return -EPROTO;
	while (next_attr(attrs + request, n - request, &at, &a) > 0)
		if (a.type == NLMSGERR_ATTR_MSG)
			fmt(text, size, "%.*s", (int)strnlen(a.data, a.n), a.data);
	return 0;
}
