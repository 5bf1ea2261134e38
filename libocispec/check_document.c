/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of config.md: version, process and root are there, host names, mounts, hooks. */
#include "libocispec/rules.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static void version_is_ours(const struct oci_subject *s, struct oci_report *r)
{
	const char *v = s->config->oci_version;

	/* Missing is accepted, as runc does: engines and tests leave it out. */
	if (s->run && v && !(v[0] == '1' && v[1] == '.' && v[2] >= '0' && v[2] <= '9'))
		oci_wrong(r, "ociVersion: version \"%s\" is not supported, only 1.x is", SHOW(v));
}

static void process_is_there(const struct oci_subject *s, struct oci_report *r)
{
	if (s->run && !s->process)
		oci_wrong(r, "process property must not be empty");	/* runc's words, also below */
}

static void root_is_there(const struct oci_subject *s, struct oci_report *r)
{
	if (s->run && !s->config->root)
		oci_wrong(r, "root must be specified");
	else if (s->config->root && s->config->root->path[0] == '\0')
		oci_wrong(r, "root.path must not be empty");
}

static void hostname_fits(const struct oci_subject *s, struct oci_report *r)
{
	enum { UTS_MAX = 64 };	/* __NEW_UTS_LEN, uname(2) */
	const char *host = s->config->hostname, *domain = s->config->domainname;

	if (host && strlen(host) > UTS_MAX)
		oci_wrong(r, "hostname: longer than %d bytes", UTS_MAX);
	if (domain && strlen(domain) > UTS_MAX)
		oci_wrong(r, "domainname: longer than %d bytes", UTS_MAX);
}

static void hostname_has_uts(const struct oci_subject *s, struct oci_report *r)
{
	const char *host = s->config->hostname, *domain = s->config->domainname;

	/* A document for another platform has no say about Linux namespaces, unless it is to run here. */
	if (oci_namespace(s->config, "uts") || (!s->run && !s->config->linux))
		return;
	if (host && *host)
		oci_wrong(r, "unable to set hostname without a private UTS namespace");
	if (domain && *domain)
		oci_wrong(r, "unable to set domainname without a private UTS namespace");
}

/* Whether path, taken word by word from the root, ends at the root again. */
static bool is_root(const char *path)
{
	size_t depth = 0;

	for (;;) {
		size_t n;

		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n == 0)
			return depth == 0;
		if (n == 2 && path[0] == '.' && path[1] == '.')
			depth -= depth > 0;
		else if (!(n == 1 && path[0] == '.'))
			depth++;
		path += n;
	}
}

static bool has_long_name(const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n > NAME_MAX)
			return true;
		path += n;
		path += strspn(path, "/");
	}
	return false;
}

static void destinations_are_paths(const struct oci_subject *s, struct oci_report *r)
{
	for (size_t i = 0; i < s->config->n_mounts; i++) {
		const char *to = s->config->mounts[i].destination;

		if (*to == '\0')
			oci_wrong(r, "mounts[%zu].destination must not be empty", i);
		else if (strlen(to) >= PATH_MAX)
			oci_wrong(r, "mounts[%zu].destination: longer than %d bytes", i, PATH_MAX - 1);
		else if (has_long_name(to))
			oci_wrong(r, "mounts[%zu].destination: a name in \"%s\" is longer than %d bytes", i,
				  SHOW(to), NAME_MAX);
		else if (is_root(to))
			oci_wrong(r, "mounts[%zu].destination: \"%s\" is the container's root itself", i,
				  SHOW(to));
		else if (*to != '/')
			oci_doubtful(r,
				     "mounts[%zu].destination: \"%s\" is relative; it is taken from the "
				     "container's root",
				     i, SHOW(to));
	}
}

static void sources_are_paths(const struct oci_subject *s, struct oci_report *r)
{
	for (size_t i = 0; i < s->config->n_mounts; i++) {
		const char *from = s->config->mounts[i].source;

		if (from && strlen(from) >= PATH_MAX)
			oci_wrong(r, "mounts[%zu].source: longer than %d bytes", i, PATH_MAX - 1);
	}
}

static void mount_maps_come_in_pairs(const struct oci_subject *s, struct oci_report *r)
{
	for (size_t i = 0; i < s->config->n_mounts; i++) {
		const struct oci_mount *m = &s->config->mounts[i];

		if (!m->n_uid_mappings != !m->n_gid_mappings)
			oci_wrong(r, "mounts[%zu]: uidMappings and gidMappings must be given together", i);
	}
}

static void mount_maps_are_maps(const struct oci_subject *s, struct oci_report *r)
{
	for (size_t i = 0; i < s->config->n_mounts; i++) {
		const struct oci_mount *m = &s->config->mounts[i];
		char at[64];

		snprintf(at, sizeof(at), "mounts[%zu].uidMappings", i);
		oci_judge_id_map(r, at, m->uid_mappings, m->n_uid_mappings);
		snprintf(at, sizeof(at), "mounts[%zu].gidMappings", i);
		oci_judge_id_map(r, at, m->gid_mappings, m->n_gid_mappings);
	}
}

struct hook_list {
	const char *name;
	const struct oci_hook *v;
	size_t n;
};

static void judge_hooks(struct oci_report *r, const struct hook_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct oci_hook *h = &l->v[i];

		if (h->path[0] != '/')
			oci_wrong(r, "hooks.%s[%zu].path: \"%s\" is not an absolute path", l->name, i,
				  SHOW(h->path));
		if (h->has_timeout && h->timeout <= 0)
			oci_wrong(r, "hooks.%s[%zu].timeout must be greater than zero", l->name, i);
		else if (h->has_timeout && h->timeout > INT_MAX / 1000)
			oci_wrong(r, "hooks.%s[%zu].timeout must be at most %d seconds", l->name, i,
				  INT_MAX / 1000);
	}
}

static void hooks_can_run(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_hooks *h = s->config->hooks;

	if (!h)
		return;
	for (size_t i = 0; i < 6; i++)
		judge_hooks(r, &((const struct hook_list[]){
			{ "prestart",        h->prestart,         h->n_prestart         },
			{ "createRuntime",   h->create_runtime,   h->n_create_runtime   },
			{ "createContainer", h->create_container, h->n_create_container },
			{ "startContainer",  h->start_container,  h->n_start_container  },
			{ "poststart",       h->poststart,        h->n_poststart        },
			{ "poststop",        h->poststop,         h->n_poststop         },
		})[i]);
}

static void vnet_is_known(const struct oci_subject *s, struct oci_report *r)
{
	static const char *const known[] = { "new", "inherit" };
	const struct oci_freebsd *f = s->config->freebsd;

	if (f && f->jail && f->jail->vnet && !IS_ONE_OF(f->jail->vnet, known))
		oci_wrong(r, "freebsd.jail.vnet: \"%s\" is neither new nor inherit", SHOW(f->jail->vnet));
}

static const struct oci_rule rules[] = {
	{ "ociVersion is one that we implement",         "config.md#specification-version", version_is_ours          },
	{ "there is a process",                          "config.md#process",               process_is_there         },
	{ "there is a root",                             "config.md#root",                  root_is_there            },
	{ "hostname and domainname fit the kernel",      "config.md#hostname",              hostname_fits            },
	{ "hostname and domainname have a uts namespace", "config.md#hostname",             hostname_has_uts         },
	{ "hooks have absolute paths and a time-out",    "config.md#posix-platform-hooks",  hooks_can_run            },
	{ "freebsd.jail.vnet is known",                  "config-freebsd.md#jail",          vnet_is_known            },
};
const struct oci_rules oci_document_rules = OCI_RULES(rules);

static const struct oci_rule mount_rules[] = {
	{ "mount destinations are paths below the root", "config.md#mounts",                destinations_are_paths   },
	{ "mount sources fit the kernel",                "config.md#mounts",                sources_are_paths        },
	{ "a mount maps users and groups",               "config.md#posix-platform-mounts", mount_maps_come_in_pairs },
	{ "a mount's maps are maps",                     "config.md#posix-platform-mounts", mount_maps_are_maps      },
};
const struct oci_rules oci_mount_rules = OCI_RULES(mount_rules);
