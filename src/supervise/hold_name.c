/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/hold_name.h"
#include "base/arr.h"
#include "base/fmt.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const char *const prefixes[] = {
	[HOLD_TCP] = "tcp:", [HOLD_NOTIFY] = "notify:", [HOLD_PID] = "pid:", [HOLD_IMAGE] = HOLD_NAME_IMAGE,
};

void hold_name_port(char buf[HELD_NAME_MAX], const struct desired_port *p, const char *id)
{
	const bool is_v6 = strchr(p->host, ':') != NULL;
	char host[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (inet_pton(is_v6 ? AF_INET6 : AF_INET, p->host, &address) != 1 ||
	    !inet_ntop(is_v6 ? AF_INET6 : AF_INET, &address, host, sizeof(host)))
		fmt(host, sizeof(host), "%s", p->host);
	fmt(buf, HELD_NAME_MAX, "tcp:%s%s%s:%u%s%s", is_v6 ? "[" : "", host, is_v6 ? "]" : "", p->port,
	    p->reuse_port ? ":" : "", p->reuse_port ? id : "");
}

void hold_name_notify(char buf[HELD_NAME_MAX], const char *id)
{
	fmt(buf, HELD_NAME_MAX, "notify:%s", id);
}

void hold_name_pid(char buf[HELD_NAME_MAX], const char *id, uint64_t life)
{
	fmt(buf, HELD_NAME_MAX, "pid:%s:%llu", id, (unsigned long long)life);
}

/* The id is the rest; no name in it has a ':'. */
static bool take_id(const char *text, size_t n, struct hold_name *ret)
{
	if (n >= sizeof(ret->id))
		return false;
	memcpy(ret->id, text, n);
	ret->id[n] = '\0';
	return desired_is_id(ret->id);
}

/* Digits up to the end, and the character before them. */
static const char *last_number(const char *text, uint64_t *ret)
{
	const char *colon = strrchr(text, ':');
	char *end;

	if (!colon || colon[1] < '0' || colon[1] > '9')
		return NULL;
	errno = 0;
	*ret = strtoull(colon + 1, &end, 10);
	return *end || errno ? NULL : colon;
}

static bool parse_port(const char *text, struct hold_name *ret)
{
	const char *port = *text == '[' ? strstr(text, "]:") : strchr(text, ':');
	char *end;

	if (!port)
		return false;
	port += *port == ']' ? 2 : 1;
	if (*port < '0' || *port > '9' || strtoul(port, &end, 10) > UINT16_MAX)
		return false;
	return !*end || (*end == ':' && take_id(end + 1, strlen(end + 1), ret));
}

static bool parse_pid(const char *text, struct hold_name *ret)
{
	const char *colon = last_number(text, &ret->life);

	return colon && take_id(text, (size_t)(colon - text), ret);
}

bool hold_name_parse(const char *name, struct hold_name *ret)
{
	*ret = (struct hold_name){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		const size_t n = strlen(prefixes[i]);

		if (strncmp(name, prefixes[i], n) != 0)
			continue;
		ret->kind = (enum hold_kind)i;
		switch (ret->kind) {
		case HOLD_TCP:
			return parse_port(name + n, ret);
		case HOLD_NOTIFY:
			return take_id(name + n, strlen(name + n), ret);
		case HOLD_PID:
			return parse_pid(name + n, ret);
		case HOLD_IMAGE:
			return !name[n];
		}
	}
	return false;
}
