/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the container is apart in, whose ids are whose, and who is its first process. */
#include "translate/draft.h"

#include <string.h>

/* ---- namespaces ---- */

static bool is_mapped(const struct instance *in)
{
	return in->uid_map->n > 0 || in->gid_map->n > 0;
}

/* No cgroup namespace and no name of its own: those of the host are seen. */
static int namespaces(struct draft *d)
{
	const struct {
		const char *type;
		bool wanted;
	} kinds[] = {
		{ "mount", true }, { "uts", true }, { "ipc", true }, { "pid", true },
		{ "network", d->in->sandbox->bridged_network != NULL },
		{ "user", is_mapped(d->in) },
	};
	struct oci_linux *l = d->plan->config.linux;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct oci_namespace *ns;

		if (!kinds[i].wanted)
			continue;
		ns = DRAFT_ADD(d, l->namespaces, l->n_namespaces);
		if (!ns)
			return err_nomem(d->e);
		ns->type = kinds[i].type;
	}
	return 0;
}

/* ---- id maps ---- */

/*
 * A container is set up as root of its user namespace.  Where the maps have no root, it is an id that nobody on any host
 * has: nothing in the image belongs to it, so the program cannot become it.
 */
enum { NOBODYS_ID_BELOW = 64 };

static bool covers(uint32_t first, uint32_t count, uint32_t id)
{
	return id >= first && id - first < count;
}

static bool pick_nobodys_id(const struct lithos_maps *m, uint32_t *ret)
{
	for (uint32_t id = LITHOS_ID_MAX; id > LITHOS_ID_MAX - NOBODYS_ID_BELOW; id--) {
		bool taken = false;

		for (size_t i = 0; i < m->n; i++)
			taken |= covers(m->v[i].outside, m->v[i].count, id);
		if (!taken) {
			*ret = id;
			return true;
		}
	}
	return false;
}

static int add_row(struct draft *d, struct oci_id_mapping **v, size_t *n, uint32_t inside, uint32_t outside, uint32_t count)
{
	struct oci_id_mapping *row = DRAFT_ADD(d, *v, *n);

	if (!row)
		return err_nomem(d->e);
	*row = (struct oci_id_mapping){ .container_id = inside, .host_id = outside, .size = count };
	return 0;
}

static int add_map(struct draft *d, const struct lithos_maps *m, const char *key, struct oci_id_mapping **v, size_t *n)
{
	bool has_root = false;
	uint32_t nobody;

	if (m->n == 0) {
		finding_error(d->f, DRAFT_AT(d->in->container->doc, key, NULL),
			      "%s is empty while there is a map of the other kind: no id of this kind would exist", key);
		return 0;
	}
	for (size_t i = 0; i < m->n; i++) {
		const struct lithos_map *r = &m->v[i];

		has_root |= covers(r->inside, r->count, 0);
		if (add_row(d, v, n, r->inside, r->outside, r->count) < 0)
			return d->e->code;
	}
	if (has_root)
		return 0;
	if (!pick_nobodys_id(m, &nobody)) {
		finding_error(d->f, DRAFT_AT(d->in->container->doc, key, NULL),
			      "%s maps neither id 0 nor leaves one of the host's last %d ids for it", key, NOBODYS_ID_BELOW);
		return 0;
	}
	return add_row(d, v, n, 0, nobody, 1);
}

static int maps(struct draft *d)
{
	struct oci_linux *l = d->plan->config.linux;

	if (!is_mapped(d->in))
		return 0;
	if (add_map(d, d->in->uid_map, "uid_map", &l->uid_mappings, &l->n_uid_mappings) < 0)
		return d->e->code;
	return add_map(d, d->in->gid_map, "gid_map", &l->gid_mappings, &l->n_gid_mappings);
}

/* ---- the first process, the streams ---- */

int64_t translate_respawn_ms(const struct lithos_container *c)
{
	const int64_t ms = (int64_t)c->restart_timeout * 1000;

	if (!c->restart_process_only || c->kind != LITHOS_DAEMON)
		return 0;
	return ms > TRANSLATE_RESPAWN_LEAST ? ms : TRANSLATE_RESPAWN_LEAST;
}

static int respawn(struct draft *d)
{
	const int64_t ms = translate_respawn_ms(d->in->container);

	return ms > 0 ? draft_annotation(d, "org.cist.init.respawn", arena_fmt(d->a, "%lld", (long long)ms)) : 0;
}

/* From a SIGTERM to the init, whoever sends that. */
static int kill_timeout(struct draft *d)
{
	const int64_t ms = (int64_t)d->in->container->kill_timeout * 1000;

	return draft_annotation(d, "org.cist.init.kill-timeout", arena_fmt(d->a, "%lld", (long long)ms));
}

static int annotations(struct draft *d)
{
	if (draft_annotation(d, "org.cist.env.exact", "true") < 0 || draft_annotation(d, "org.cist.init", "true") < 0 ||
	    draft_annotation(d, "org.cist.init.title", arena_fmt(d->a, "lithos_knot --name %s", d->in->name)) < 0 ||
	    draft_annotation(d, "org.cist.lithos.name", d->in->name) < 0 || respawn(d) < 0 ||
	    kill_timeout(d) < 0)
		return d->e->code;
	return 0;
}

/* Opened by the runtime, within the container and as its user; who is `interactive` has the caller's streams all the same. */
static int output(struct draft *d)
{
	const struct lithos_container *c = d->in->container;
	const char *path = c->stdout_stderr_file;

	if (!path || c->interactive)
		return 0;
	if (*path != '/') {
		finding_warning(d->f, DRAFT_AT(c->doc, "stdout_stderr_file", NULL),
				"stdout-stderr-file %s is relative: it is taken from / of the container on", path);
		finding_hint(d->f, "write /%s", path);
		path = arena_fmt(d->a, "/%s", path);
	}
	return draft_annotation(d, "org.cist.output.file", path);
}

int translate_isolation(struct draft *d)
{
	d->plan->config.linux->rootfs_propagation = "private";
	if (namespaces(d) < 0 || maps(d) < 0 || annotations(d) < 0)
		return d->e->code;
	return output(d);
}
