/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/resolver.h"
#include "base/arr.h"
#include "base/limits.h"
#include "libocispec/netconf.h"
#include "net/ip.h"

#include <assert.h>
#include <string.h>

/* What RFC 1123 has a host called, and the underscore that DNS knows besides.  One dot at the end is the root's. */
static bool is_host_name(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	if (!*s || strlen(s) > DNS_NAME_MAX)
		return false;
	while (*s) {
		const size_t n = strspn(s, letters);

		if (n == 0 || n > DNS_LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
			return false;
		s += n;
		if (*s && *s++ != '.')
			return false;
	}
	return true;
}

static bool is_address(const char *s)
{
	struct net_ip ip;

	return net_ip_parse(s, &ip);
}

/* "ndots:2", "edns0", "single-request-reopen": resolv.conf(5) has no others. */
static bool is_option(const char *s)
{
	const size_t n = strlen(s);

	return n > 0 && n <= DNS_LABEL_MAX && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-:") == n;
}

/* A file being written, into a buffer that was made large enough for it. */
struct page {
	char *text;
	size_t used, size;
};

enum { WORD_AND_LINE = 32 };	/* what stands around a word, at most: "nameserver ", a newline */

static int page_make(struct page *p, struct arena *a, size_t bytes, struct err *e)
{
	*p = (struct page){ .text = arena_alloc(a, bytes + 1), .size = bytes + 1 };
	return p->text ? 0 : err_nomem(e);
}

static void add(struct page *p, const char *s)
{
	const size_t n = strlen(s);

	assert(n < p->size - p->used);
	memcpy(p->text + p->used, s, n + 1);
	p->used += n;
}

static const char *page_text(const struct page *p)
{
	return p->used > 0 ? p->text : NULL;
}

struct words {
	const char *member;
	const char *const *v;
	size_t n, most;
	bool (*is_one)(const char *s);
	const char *what;
};

static int judge(const struct words *w, struct err *e)
{
	if (w->n > w->most)
		return err_set(e, -E2BIG, "netconf.dns.%s: %zu are more than the %zu that programs heed", w->member, w->n,
			       w->most);
	for (size_t i = 0; i < w->n; i++)
		if (!w->is_one(w->v[i]))
			return err_set(e, -EINVAL, "netconf.dns.%s[%zu]: \"%.*s\" is not %s", w->member, i, 64, w->v[i],
				       w->what);
	return 0;
}

static size_t bytes_of(const struct words *w)
{
	size_t bytes = 0;

	for (size_t i = 0; i < w->n; i++)
		bytes += strlen(w->v[i]) + WORD_AND_LINE;
	return bytes;
}

/* One line with all words, or nothing. */
static void add_line(struct page *p, const char *key, const struct words *w)
{
	if (w->n == 0)
		return;
	add(p, key);
	for (size_t i = 0; i < w->n; i++) {
		add(p, " ");
		add(p, w->v[i]);
	}
	add(p, "\n");
}

static int check_search(const struct oci_netconf_dns *d, struct err *e)
{
	size_t bytes = 0;

	for (size_t i = 0; i < d->n_search; i++)
		bytes += strlen(d->search[i]) + 1;
	return bytes <= DNS_SEARCH_BYTES_MAX + 1 ? 0 :
	       err_set(e, -E2BIG, "netconf.dns.search: %zu bytes are more than %d", bytes - 1, DNS_SEARCH_BYTES_MAX);
}

int net_resolver_text(const struct oci_netconf *c, struct arena *a, const char **ret_text, struct err *e)
{
	const struct oci_netconf_dns *d = c->dns;
	struct page p;

	*ret_text = NULL;
	if (!d)
		return 0;
	const struct words domain = { "domain", &d->domain, d->domain != NULL, 1, is_host_name, "the name of a domain" };
	const struct words search = { "search", d->search, d->n_search, DNS_SEARCH_MAX, is_host_name, "the name of a domain" };
	const struct words servers = { "nameservers", d->nameservers, d->n_nameservers, DNS_SERVERS_MAX, is_address,
				       "an address" };
	const struct words options = { "options", d->options, d->n_options, DNS_OPTIONS_MAX, is_option,
				       "an option of resolv.conf(5)" };
	if (check_search(d, e) < 0 || judge(&domain, e) < 0 || judge(&search, e) < 0 || judge(&servers, e) < 0 ||
	    judge(&options, e) < 0 ||
	    page_make(&p, a, bytes_of(&domain) + bytes_of(&search) + bytes_of(&servers) + bytes_of(&options), e) < 0)
		return e->code;
	add_line(&p, "domain", &domain);
	add_line(&p, "search", &search);
	for (size_t i = 0; i < d->n_nameservers; i++) {
		const struct words one = { .v = &servers.v[i], .n = 1 };

		add_line(&p, "nameserver", &one);
	}
	add_line(&p, "options", &options);
	*ret_text = page_text(&p);
	return 0;
}

/* The two lines that every such file begins with, as box writes them. */
static void add_localhost(struct page *p, const char *domain)
{
	static const char *const addresses[] = { "127.0.0.1", "::1" };

	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		add(p, addresses[i]);
		add(p, " localhost");
		if (domain) {
			add(p, " localhost.");
			add(p, domain);
		}
		add(p, "\n");
	}
}

int net_hosts_text(const struct oci_netconf *c, struct arena *a, const char **ret_text, struct err *e)
{
	const char *domain = c->dns ? c->dns->domain : NULL;
	size_t bytes = 2 * (WORD_AND_LINE + (domain ? strlen(domain) : 0));
	struct page p;

	*ret_text = NULL;
	if (c->n_hosts == 0)
		return 0;
	if (c->n_hosts > HOSTS_MAX)
		return err_set(e, -E2BIG, "netconf.hosts: %zu names are more than %d", c->n_hosts, HOSTS_MAX);
	for (size_t i = 0; i < c->n_hosts; i++) {
		const struct oci_pair *h = &c->hosts[i];

		if (!is_host_name(h->key))
			return err_set(e, -EINVAL, "netconf.hosts: \"%.*s\" is not the name of a host", 64, h->key);
		if (!is_address(h->value))
			return err_set(e, -EINVAL, "netconf.hosts[\"%s\"]: \"%.*s\" is not an address", h->key, 64, h->value);
		bytes += strlen(h->key) + strlen(h->value) + WORD_AND_LINE;
	}
	if (page_make(&p, a, bytes, e) < 0)
		return e->code;
	add_localhost(&p, domain);
	for (size_t i = 0; i < c->n_hosts; i++) {
		add(&p, c->hosts[i].value);
		add(&p, " ");
		add(&p, c->hosts[i].key);
		add(&p, "\n");
	}
	*ret_text = page_text(&p);
	return 0;
}
