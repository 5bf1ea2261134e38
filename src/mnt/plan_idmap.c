/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Id-mapped bind mounts: config.md, "uidMappings" of a mount and the options idmap and ridmap; and crun's maps within the
 * option, "idmap=uids=0-100-10#10-200-5;gids=@0-0-10".
 */
#include "mnt/build.h"
#include "base/fmt.h"
#include "base/limits.h"

#include <inttypes.h>
#include <string.h>

struct rows {
	struct oci_id_mapping v[ID_MAP_ROWS_MAX];
	size_t n;
};

/* The container's own map for the same sort of ids: what relative rows go through. */
struct container_map {
	const struct oci_id_mapping *v;
	size_t n;
};

static bool read_id(const char **s, uint32_t *ret)
{
	const char *p = *s;
	uint64_t n = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		n = n * 10 + (uint64_t)(*p - '0');
		if (n > UINT32_MAX)
			return false;
	}
	*ret = (uint32_t)n;
	*s = p;
	return true;
}

static bool read_dash(const char **s)
{
	return **s == '-' && (*s)++;
}

/* An id of the container to one of the host; a row has to lie in one row of the container's map, whole. */
static int to_host(struct oci_id_mapping *row, const struct container_map *c, struct err *e)
{
	if (c->n == 0)
		return err_set(e, -EINVAL, "a map with \"@\" is relative to the container's user namespace, of which no "
			       "maps are given");
	for (size_t i = 0; i < c->n; i++) {
		const struct oci_id_mapping *m = &c->v[i];
		const uint64_t first = m->container_id, end = first + m->size;

		if (row->host_id < first || row->host_id >= end)
			continue;
		if ((uint64_t)row->host_id + row->size > end)
			return err_set(e, -EINVAL, "the relative map of %u ids from %u on reaches beyond a range of the "
				       "container's user namespace: split it", row->size, row->host_id);
		row->host_id = row->host_id - m->container_id + m->host_id;
		return 0;
	}
	return err_set(e, -EINVAL, "the container's user namespace has no id %u, which a relative map leads to",
		       row->host_id);
}

/* "0-100-10#@10-0-5" up to the end or ';' */
static int read_rows(const char **s, const struct container_map *c, struct rows *ret, struct err *e)
{
	const char *begin = *s;

	do {
		struct oci_id_mapping *row = &ret->v[ret->n];
		bool relative = **s == '@';

		if (ret->n == ID_MAP_ROWS_MAX)
			return err_set(e, -E2BIG, "a map has more than %d ranges", ID_MAP_ROWS_MAX);
		*s += relative;
		if (!read_id(s, &row->container_id) || !read_dash(s) || !read_id(s, &row->host_id) || !read_dash(s) ||
		    !read_id(s, &row->size) || (**s && **s != '#' && **s != ';'))
			return err_set(e, -EINVAL, "\"%.*s\" is no map: FROM-TO-COUNT, several of them with \"#\" between",
				       (int)strcspn(begin, ";"), begin);
		if (relative && to_host(row, c, e) < 0)
			return e->code;
		ret->n++;
	} while (**s == '#' && (*s)++);
	return 0;
}

static bool overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return a < (uint64_t)b + b_size && b < (uint64_t)a + a_size;
}

/* What the kernel would refuse without a word why. */
static int check_row(const struct oci_id_mapping *v, size_t i, struct err *e)
{
	if (v[i].size == 0)
		return err_set(e, -EINVAL, "a range of a map is empty");
	if ((uint64_t)v[i].container_id + v[i].size > UINT32_MAX || (uint64_t)v[i].host_id + v[i].size > UINT32_MAX)
		return err_set(e, -EINVAL, "a range of a map reaches beyond the last id");
	for (size_t k = 0; k < i; k++)
		if (overlap(v[i].container_id, v[i].size, v[k].container_id, v[k].size) ||
		    overlap(v[i].host_id, v[i].size, v[k].host_id, v[k].size))
			return err_set(e, -EINVAL, "ranges of a map overlap");
	return 0;
}

static int write_rows(struct mnt_build *b, const struct oci_id_mapping *v, size_t n, const char **ret_text, struct err *e)
{
	char *text = arena_alloc(b->arena, ID_MAP_BYTES_MAX + 1);
	size_t len = 0;

	if (!text)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		if (check_row(v, i, e) < 0)
			return e->code;
		len += fmt(text + len, ID_MAP_BYTES_MAX + 1 - len, "%u %u %u\n", v[i].container_id, v[i].host_id, v[i].size);
		if (len > ID_MAP_BYTES_MAX)
			return err_set(e, -E2BIG, "a map is more text than the kernel takes (%d bytes, user_namespaces(7))",
				       ID_MAP_BYTES_MAX);
	}
	*ret_text = text;
	return 0;
}

/* The text behind "idmap=". */
static int read_words(struct mnt_build *b, const char *s, struct mnt_idmap *ret, struct err *e)
{
	const struct oci_linux *l = b->config->linux;
	struct rows rows;

	while (*s) {
		const bool uids = strncmp(s, "uids=", 5) == 0;
		const struct container_map c = { !l ? NULL : uids ? l->uid_mappings : l->gid_mappings,
						 !l ? 0 : uids ? l->n_uid_mappings : l->n_gid_mappings };
		const char **text = uids ? &ret->uid_map : &ret->gid_map;

		if (!uids && strncmp(s, "gids=", 5) != 0)
			return err_set(e, -EINVAL, "\"%.*s\" is neither \"uids=\" nor \"gids=\" of an id map",
				       (int)strcspn(s, ";"), s);
		if (*text)
			return err_set(e, -EINVAL, "\"%.*s\" of an id map is given twice", 4, s);
		s += 5;
		rows.n = 0;
		if (read_rows(&s, &c, &rows, e) < 0 || write_rows(b, rows.v, rows.n, text, e) < 0)
			return e->code;
		s += *s == ';';
	}
	return ret->uid_map && ret->gid_map ? 0 :
	       err_set(e, -EINVAL, "an id map needs both \"uids=\" and \"gids=\"");
}

/* Without maps of its own a mount is mapped as the container is. */
static int as_container(struct mnt_build *b, struct mnt_idmap *ret, struct err *e)
{
	const struct oci_linux *l = b->config->linux;

	if (b->facts->joined_user_ns)
		return 0;
	if (!b->facts->new_user_ns)
		return err_set(e, -EINVAL, "an id-mapped mount needs uidMappings and gidMappings of its own, as the container "
			       "has no user namespace");
	if (write_rows(b, l->uid_mappings, l->n_uid_mappings, &ret->uid_map, e) < 0)
		return e->code;
	return write_rows(b, l->gid_mappings, l->n_gid_mappings, &ret->gid_map, e);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* One user namespace serves all mounts with the same maps. */
static struct mnt_idmap *keep(struct mnt_build *b, const struct mnt_idmap *m)
{
	struct mnt_plan *p = b->plan;
	uint32_t i = 0;

	while (i < p->n_idmaps && !(same_text(p->idmaps[i].uid_map, m->uid_map) &&
				    same_text(p->idmaps[i].gid_map, m->gid_map)))
		i++;
	if (i == p->n_idmaps)
		p->idmaps[p->n_idmaps++] = *m;
	return &p->idmaps[i];
}

bool mnt_wants_idmap(const struct oci_mount *m, const struct mnt_options *o)
{
	return o->idmap || m->n_uid_mappings > 0 || m->n_gid_mappings > 0;
}

int mnt_build_idmap(struct mnt_build *b, const struct oci_mount *m, const struct mnt_options *o, struct mnt_source *s,
		    struct err *e)
{
	const bool own = m->n_uid_mappings > 0 || m->n_gid_mappings > 0;
	struct mnt_idmap map = { .fd = -1 };
	int rc;

	if (own && (m->n_uid_mappings == 0 || m->n_gid_mappings == 0))
		return err_set(e, -EINVAL, "uidMappings and gidMappings must be given together");
	if (own && o->idmap_maps)
		return err_set(e, -EINVAL, "the option \"%s=%s\" and uidMappings exclude each other",
			       o->idmap_recursive ? "ridmap" : "idmap", o->idmap_maps);
	if (own) {
		rc = write_rows(b, m->uid_mappings, m->n_uid_mappings, &map.uid_map, e);
		if (rc == 0)
			rc = write_rows(b, m->gid_mappings, m->n_gid_mappings, &map.gid_map, e);
	} else if (o->idmap_maps) {
		rc = read_words(b, o->idmap_maps, &map, e);
	} else {
		rc = as_container(b, &map, e);
	}
	if (rc < 0)
		return rc;
	s->idmap = keep(b, &map);
	s->idmap_recursive = o->idmap_recursive;
	return 0;
}
