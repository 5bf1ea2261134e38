/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translate/etc.h"
#include "translate/mounts.h"
#include "translate/volume.h"

#include <stdlib.h>
#include <string.h>

/* One of the two files. */
struct etc_file {
	const char *name;	/* in the bundle, in /etc, in a state directory */
	const char *path;
	const char *key;	/* of the container file */
	enum lithos_auto mount;
	bool is_file;		/* /etc is a directory, and this a regular file in it */
	bool has_text;		/* there is anything to make it of */
	size_t point;		/* of bundle_directory.points */
};

/* ---- deciding ---- */

static bool unless(enum lithos_auto wish, bool copy)
{
	return wish == LITHOS_AUTO ? !copy : wish == LITHOS_YES;
}

struct etc_hosts etc_hosts_of(const struct instance *in)
{
	const struct lithos_container *c = in->container;
	const bool copy = c->hosts_file.copy_from_host;

	return (struct etc_hosts){
		.copy = copy,
		.localhost = unless(c->hosts_file.localhost, copy),
		.public_hostname = unless(c->hosts_file.public_hostname, copy),
		.others = in->sandbox->n_additional_hosts > 0,
	};
}

static struct etc_file hosts_of(const struct instance *in, const struct translate_facts *facts)
{
	const struct etc_hosts h = etc_hosts_of(in);

	return (struct etc_file){
		.name = "hosts", .path = "/etc/hosts", .key = "hosts_file", .mount = in->container->hosts_file.mount,
		.is_file = facts->etc_is_directory && facts->etc_hosts_is_file,
		.has_text = h.copy || h.localhost || h.public_hostname || h.others, .point = 0,
	};
}

static struct etc_file resolv_of(const struct instance *in, const struct translate_facts *facts)
{
	return (struct etc_file){
		.name = "resolv.conf", .path = "/etc/resolv.conf", .key = "resolv_conf",
		.mount = in->container->resolv_conf.mount,
		.is_file = facts->etc_is_directory && facts->etc_resolv_is_file,
		.has_text = in->container->resolv_conf.copy_from_host, .point = 1,
	};
}

/* Without a wish hosts is bound wherever it can be; resolv.conf only when there is one to bind. */
static bool is_bound(const struct etc_file *x)
{
	if (x->mount == LITHOS_AUTO)
		return x->is_file && (x->has_text || x->point == 0);
	return x->mount == LITHOS_YES;
}

/* "/" in any spelling. */
static bool is_root(const char *path)
{
	if (*path != '/')
		return false;
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n > 1 || (n == 1 && *path != '.'))
			return false;
		path += n + (path[n] == '/');
	}
	return true;
}

static bool is_whole_state(const struct lithos_volume *v)
{
	return v->type == LITHOS_STATEDIR && is_root(v->path);
}

static bool is_shown(const struct instance *in)
{
	for (size_t i = 0; i < in->container->n_volumes; i++)
		if (is_whole_state(&in->container->volumes[i]))
			return true;
	return false;
}

bool etc_needs_hosts(const struct instance *in, const struct translate_facts *facts)
{
	const struct etc_file x = hosts_of(in, facts);

	return x.has_text && (is_bound(&x) || is_shown(in));
}

bool etc_needs_resolv(const struct instance *in, const struct translate_facts *facts)
{
	const struct etc_file x = resolv_of(in, facts);

	return x.has_text && (is_bound(&x) || is_shown(in));
}

/* ---- the text of hosts ---- */

struct text {
	char *s;
	size_t len;
	size_t room;
};

static void add(struct text *t, const char *s, size_t len)
{
	if (len > t->room - t->len)
		return;
	memcpy(t->s + t->len, s, len);
	t->len += len;
}

static void add_line(struct text *t, const char *address, const char *name)
{
	add(t, address, strlen(address));
	add(t, " ", 1);
	add(t, name, strlen(name));
	add(t, "\n", 1);
}

static int by_key(const void *one, const void *other)
{
	return strcmp(((const struct lithos_pair *)one)->key, ((const struct lithos_pair *)other)->key);
}

/* A line break in a value would be a line of its own. */
static bool is_plain(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static int sort_others(struct draft *d, struct lithos_pair **ret)
{
	const struct lithos_sandbox *s = d->in->sandbox;
	struct lithos_pair *v = ARENA_ARRAY(d->a, s->n_additional_hosts, struct lithos_pair);

	if (!v)
		return err_nomem(d->e);
	for (size_t i = 0; i < s->n_additional_hosts; i++) {
		v[i] = s->additional_hosts[i];
		if (!is_plain(v[i].key) || !is_plain(v[i].value))
			finding_error(d->f, DRAFT_AT(s->doc, "additional_hosts", v[i].key, NULL),
				      "there is a control character in a line for /etc/hosts");
	}
	if (s->n_additional_hosts > 1)
		qsort(v, s->n_additional_hosts, sizeof(*v), by_key);
	*ret = v;
	return 0;
}

static const char localhost_address[] = "127.0.0.1", localhost_names[] = "localhost.localdomain localhost";

static void missing(struct draft *d, const char *file, const char *what)
{
	finding_error(d->f, (struct mark){ .path = NULL }, "state dir: error preparing %s: %s", file, what);
}

static int make_hosts(struct draft *d, struct text *t)
{
	const struct etc_hosts h = etc_hosts_of(d->in);
	const struct translate_facts *facts = d->facts;
	struct lithos_pair *others;
	size_t n = d->in->sandbox->n_additional_hosts;

	if (h.copy && !facts->hosts)
		missing(d, "hosts", "the sandbox' hosts-file was not read");
	if (h.public_hostname && (!facts->host_name || !facts->host_address))
		missing(d, "hosts", "the address of this host is unknown");
	if (sort_others(d, &others) < 0)
		return d->e->code;
	t->room = facts->hosts_len + 256;
	for (size_t i = 0; i < n; i++)
		t->room += strlen(others[i].key) + strlen(others[i].value) + 2;
	t->room += facts->host_name ? strlen(facts->host_name) : 0;
	t->s = arena_alloc(d->a, t->room + 1);
	if (!t->s)
		return err_nomem(d->e);
	if (h.copy && facts->hosts) {
		add(t, facts->hosts, facts->hosts_len);
		add(t, "\n", 1);
	}
	if (h.localhost)
		add_line(t, localhost_address, localhost_names);
	if (h.public_hostname && facts->host_name && facts->host_address)
		add_line(t, facts->host_address, facts->host_name);
	for (size_t i = 0; i < n; i++)
		add_line(t, others[i].value, others[i].key);
	return 0;
}

/* ---- files and mounts ---- */

/* Nothing in the container may write to what others trust. */
static const char *const bound[] = { "bind", "ro", "nosuid", "nodev", "noexec", "rprivate", NULL };

static bool has_volume_at(struct draft *d, const char *at)
{
	const struct oci_config *c = &d->plan->config;

	for (size_t i = 0; i < c->n_mounts; i++)
		if (strcmp(c->mounts[i].destination, at) == 0)
			return true;
	return false;
}

/* Empty files in the state directory are what they are bound on: the launch makes them (place.h). */
static int show_in_state(struct draft *d, const struct etc_file *x)
{
	const struct lithos_container *c = d->in->container;
	struct bundle_plan *p = d->plan;

	for (size_t i = 0; i < p->n_directories; i++)
		if (strcmp(p->directories[i].prefix, d->in->master->state_dir) == 0 &&
		    strcmp(p->directories[i].below, d->in->name) == 0)
			p->directories[i].points[x->point] = x->name;
	for (size_t i = 0; i < c->n_volumes; i++) {
		const char *at = NULL;

		if (!is_whole_state(&c->volumes[i]))
			continue;
		if (volume_normal(c->volumes[i].mount_point, d->a, &at, d->e) < 0)
			return d->e->code;
		if (!at)
			continue;
		at = arena_fmt(d->a, "%s/%s", at, x->name);
		if (!at)
			return err_nomem(d->e);
		if (!has_volume_at(d, at) && mounts_add(d, at, "bind", x->name, bound) < 0)
			return d->e->code;
	}
	return 0;
}

static int bind_file(struct draft *d, const struct etc_file *x)
{
	const struct mark at = DRAFT_AT(d->in->container->doc, x->key, "mount", NULL);

	if (!x->is_file) {
		finding_error(d->f, at, "%s is not a valid mount point", x->path);
		finding_hint(d->f, "/etc has to be a directory of the image, and %s a regular file in it, not a link", x->path);
		return 0;
	}
	if (!x->has_text) {
		finding_error(d->f, at, "there is nothing to mount on %s: nothing is copied, and nothing is written into it",
			      x->path);
		finding_hint(d->f, "mount: false");
		return 0;
	}
	return mounts_add(d, x->path, "bind", x->name, bound);
}

static int add_hosts(struct draft *d)
{
	const struct etc_hosts h = etc_hosts_of(d->in);
	struct text t = { 0 };

	if (make_hosts(d, &t) < 0)
		return d->e->code;
	return draft_file(d, &(struct bundle_file){
		.name = "hosts", .text = t.s, .len = t.len, .mode = 0644, .of_host = h.copy || h.public_hostname });
}

static int add_resolv(struct draft *d)
{
	const struct translate_facts *facts = d->facts;

	if (!facts->resolv) {
		missing(d, "resolv.conf", "the sandbox' resolv-conf was not read");
		return 0;
	}
	return draft_file(d, &(struct bundle_file){
		.name = "resolv.conf", .text = facts->resolv, .len = facts->resolv_len, .mode = facts->resolv_mode & 0777,
		.of_host = true });
}

int translate_etc(struct draft *d)
{
	const struct etc_file hosts = hosts_of(d->in, d->facts), resolv = resolv_of(d->in, d->facts);
	const struct etc_file *const files[] = { &resolv, &hosts };

	if (etc_needs_hosts(d->in, d->facts) && add_hosts(d) < 0)
		return d->e->code;
	if (etc_needs_resolv(d->in, d->facts) && add_resolv(d) < 0)
		return d->e->code;
	for (size_t i = 0; i < 2; i++)
		if (files[i]->has_text && is_shown(d->in) && show_in_state(d, files[i]) < 0)
			return d->e->code;
	for (size_t i = 0; i < 2; i++)
		if (is_bound(files[i]) && bind_file(d, files[i]) < 0)
			return d->e->code;
	return 0;
}
