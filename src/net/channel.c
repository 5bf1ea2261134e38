/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/channel.h"
#include "sys/file.h"
#include "sys/process.h"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <sys/socket.h>

static int open_here(int *ret_fd, struct err *e)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	const int on = 1;
	auto_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return err_sys(e, -errno, "open a netlink socket");
	if (bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0)
		return err_sys(e, -errno, "bind a netlink socket");
	/* Sentences with the refusals, short acknowledgements: both since Linux 4.12, and both can be done without. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	*ret_fd = take_fd(fd);
	return 0;
}

/* A socket stays in the namespace that it was made in; this process has one thread and is back before anything else. */
int net_open(int netns_fd, struct net_channel *ret, struct err *e)
{
	auto_close int fd = -EBADF;
	int rc, back;

	*ret = (struct net_channel)CHANNEL_INIT;
	if (netns_fd < 0)
		return open_here(&ret->fd, e);
	auto_close int own = sys_openat(AT_FDCWD, "/proc/self/ns/net", O_RDONLY, 0);
	if (own < 0)
		return err_sys(e, own, "open the runtime's network namespace");
	rc = sys_setns(netns_fd, K_CLONE_NEWNET);
	if (rc < 0)
		return err_sys(e, rc, "enter the container's network namespace");
	rc = open_here(&fd, e);
	back = sys_setns(own, K_CLONE_NEWNET);
	if (back < 0)
		return err_sys(e, back, "return from the container's network namespace");
	ret->fd = take_fd(fd);
	return rc;
}

int net_own_namespace(uint64_t *ret_inode, int *ret_fd, struct err *e)
{
	auto_close int fd = sys_openat(AT_FDCWD, "/proc/self/ns/net", O_RDONLY, 0);
	struct stat st;
	int rc = fd < 0 ? fd : sys_fstat(fd, &st);

	if (rc < 0)
		return err_sys(e, rc, "open the runtime's network namespace");
	*ret_inode = st.st_ino;
	*ret_fd = take_fd(fd);
	return 0;
}

static ssize_t receive(int fd, void *buf, size_t size)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { .iov_base = buf, .iov_len = size };
	struct msghdr m = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	do
		n = recvmsg(fd, &m, 0);
	while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0));	/* others may write to it too */
	if (n < 0)
		return -errno;
	return m.msg_flags & MSG_TRUNC ? -EMSGSIZE : n;
}

static int refusal(const struct nlmsghdr *h, struct err *e)
{
	char text[256];
	int code;

	if (net_read_error(h, &code, text, sizeof(text)) < 0)
		return err_set(e, -EPROTO, "netlink: an answer makes no sense");
	if (code == 0)
		return 0;
	return *text ? err_sys(e, code, "%s", text) : err_sys(e, code, "netlink");
}

/* 1: this was the last one. */
static int take_one(const struct nlmsghdr *h, uint32_t sequence,
		    int (*take)(const struct nlmsghdr *h, void *arg, struct err *e), void *arg, struct err *e)
{
	if (h->nlmsg_seq != sequence)
		return 0;
	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		return err_set(e, -EAGAIN, "netlink: the list changed while it was read");
	if (h->nlmsg_type == NLMSG_DONE)
		return 1;
	if (h->nlmsg_type == NLMSG_ERROR)
		return refusal(h, e) < 0 ? e->code : 1;
	return take && take(h, arg, e) < 0 ? e->code : 0;
}

int net_ask(struct net_channel *c, struct net_message *m,
	    int (*take)(const struct nlmsghdr *h, void *arg, struct err *e), void *arg, struct err *e)
{
	static _Alignas(NLMSG_ALIGNTO) char datagram[32 << 10];
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct nlmsghdr *request = net_header(m);
	const struct nlmsghdr *h;

	if (m->full)
		return err_set(e, -EMSGSIZE, "netlink: a request has more than %d bytes", NET_MESSAGE_MAX);
	request->nlmsg_seq = ++c->sequence;
	if (sendto(c->fd, m->bytes, m->n, 0, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return err_sys(e, -errno, "netlink: send");
	for (;;) {
		ssize_t n = receive(c->fd, datagram, sizeof(datagram));
		size_t at = 0;
		int rc;

		if (n < 0)
			return err_sys(e, (int)n, "netlink: receive");
		while ((rc = net_next(datagram, (size_t)n, &at, &h)) > 0) {
			rc = take_one(h, c->sequence, take, arg, e);
			if (rc != 0)
				return rc < 0 ? rc : 0;
		}
		if (rc < 0)
			return err_set(e, rc, "netlink: an answer is cut off");
	}
}

static int take_link(const struct nlmsghdr *h, void *arg, struct err *e)
{
	return net_read_link(h, arg) < 0 ? err_set(e, -EPROTO, "netlink: what it says of a device makes no sense") : 0;
}

int net_find(struct net_channel *c, const char *name, struct net_link *ret, struct err *e)
{
	const struct ifinfomsg any = { .ifi_family = AF_UNSPEC };
	struct net_message m;
	int rc;

	net_begin(&m, RTM_GETLINK, NLM_F_ACK, &any, sizeof(any));
	net_put_text(&m, IFLA_IFNAME, name);
	rc = net_ask(c, &m, take_link, ret, e);
	if (rc == -ENODEV) {
		*e = (struct err){ 0 };
		return NET_ABSENT;
	}
	return rc < 0 ? rc : NET_FOUND;
}
