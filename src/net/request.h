/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of rtnetlink(7) for a netconf.json, as messages.  Pure.  Inside this folder and its tests only. */
#ifndef CIST_NET_REQUEST_H
#define CIST_NET_REQUEST_H

#include "net/conf.h"
#include "net/message.h"

/* Both devices at once: the peer comes to life in the namespace netns_fd and has never another name. */
void net_request_pair(struct net_message *m, const struct net_pair *p, int netns_fd);
void net_request_alias(struct net_message *m, uint32_t index, const char *alias);
void net_request_master(struct net_message *m, uint32_t index, uint32_t master);
void net_request_up(struct net_message *m, uint32_t index);
void net_request_delete(struct net_message *m, uint32_t index);
/* IPv6 without looking for duplicates, so that a program can bind to it at once. */
void net_request_address(struct net_message *m, uint32_t index, const struct net_subnet *s);
/* op is a NET_OP_ROUTE. */
void net_request_route(struct net_message *m, uint32_t index, const struct net_op *op);

#endif
