/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/allow.h"

#include "base/arr.h"
#include "base/fmt.h"
#include "lithos/path.h"
#include "lithos/schema.h"

#include <errno.h>
#include <string.h>

bool lithos_ranges_hold(const struct lithos_ranges *r, uint32_t n)
{
	return lithos_ranges_hold_all(r, n, 1);
}

bool lithos_ranges_hold_all(const struct lithos_ranges *r, uint32_t first, uint32_t count)
{
	const uint64_t last = (uint64_t)first + count - 1;

	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].first <= first && last <= r->v[i].last)
			return true;
	return false;
}

bool lithos_map_id(const struct lithos_maps *m, uint32_t inside, uint32_t *ret)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct lithos_map *row = &m->v[i];

		if (inside < row->inside || inside - row->inside >= row->count)
			continue;
		*ret = row->outside + (inside - row->inside);
		return true;
	}
	return false;
}

static const struct schema_row map_rows[] = {
	SCHEMA_NUMBER(struct lithos_map, "inside", inside, 0, SCHEMA_MIN, SCHEMA_MAX, SCHEMA_REQUIRED),
	SCHEMA_NUMBER(struct lithos_map, "outside", outside, 0, SCHEMA_MIN, SCHEMA_MAX, SCHEMA_REQUIRED),
	SCHEMA_NUMBER(struct lithos_map, "count", count, 1, SCHEMA_MIN, SCHEMA_MAX, SCHEMA_REQUIRED),
};
const struct schema_table lithos_map_table = SCHEMA_TABLE(struct lithos_map, map_rows);

static bool overlap(uint32_t a, uint32_t a_count, uint32_t b, uint32_t b_count)
{
	return a < (uint64_t)b + b_count && b < (uint64_t)a + a_count;
}

static bool beyond(uint32_t first, uint32_t count)
{
	return (uint64_t)first + count > (uint64_t)LITHOS_ID_MAX + 1;
}

/* Row i, against those before it. */
static void check_row(const struct lithos_maps *m, size_t i, struct mark at, struct findings *f)
{
	const struct lithos_map *row = &m->v[i];

	if (row->count == 0) {
		finding_error(f, at, "count must be at least 1");
		return;
	}
	if (beyond(row->inside, row->count) || beyond(row->outside, row->count))
		finding_error(f, at, "the last id of the mapping is above %u", LITHOS_ID_MAX);
	for (size_t j = 0; j < i; j++) {
		const struct lithos_map *other = &m->v[j];
		const bool inside = overlap(row->inside, row->count, other->inside, other->count);

		if (inside || overlap(row->outside, row->count, other->outside, other->count))
			finding_error(f, at, "%s ids overlap with those of [%zu]", inside ? "inside" : "outside", j);
	}
}

void lithos_maps_check(const struct lithos_maps *m, const struct yaml *doc, const char *key, struct findings *f)
{
	char index[24];

	if (m->n > LITHOS_MAPS_MAX) {
		finding_error(f, yaml_mark(doc, key, NULL), "%zu mappings are more than %d", m->n, LITHOS_MAPS_MAX);
		return;
	}
	for (size_t i = 0; i < m->n; i++) {
		fmt(index, sizeof(index), "[%zu]", i);
		check_row(m, i, yaml_mark(doc, key, index, NULL), f);
	}
}

void allow_check_sandbox(const struct lithos_sandbox *s, struct findings *f)
{
	if (s->allow_users.n == 0)
		finding_error(f, yaml_mark(s->doc, "allow_users", NULL),
			      "No allowed users range. Please add `allow-users: [1-65534]`");
	if (s->allow_groups.n == 0)
		finding_error(f, yaml_mark(s->doc, "allow_groups", NULL),
			      "No allowed groups range. Please add `allow-groups: [1-65534]`");
}

/* Users and groups are judged alike. */
struct side {
	const char *Who, *id, *id_key, *map_key, *allow_key;
	bool known;
	uint32_t n;
	struct mark at;					/* where n was said */
	const struct lithos_ranges *allowed;
	const struct lithos_maps *of_sandbox, *of_container;
};

static void check_container_map(const struct side *x, const struct lithos_container *c, struct findings *f)
{
	char index[24];

	if (x->of_sandbox->n > 0)
		finding_error(f, yaml_mark(c->doc, x->map_key, NULL),
			      "Can't have %ss in both the sandbox and a container itself", x->map_key);
	for (size_t i = 0; i < x->of_container->n; i++) {
		const struct lithos_map *row = &x->of_container->v[i];

		/* One of count 0 has been complained about when it was read. */
		if (row->count == 0 || lithos_ranges_hold_all(x->allowed, row->outside, row->count))
			continue;
		fmt(index, sizeof(index), "[%zu]", i);
		finding_error(f, yaml_mark(c->doc, x->map_key, index, NULL),
			      "Bad %s mapping (probably doesn't match %s)", x->id, x->allow_key);
		finding_hint(f, "one range must hold all of %u-%llu", row->outside,
			     (unsigned long long)row->outside + row->count - 1);
	}
}

static void check_side(const struct side *x, const struct lithos_container *c, struct findings *f)
{
	const struct lithos_maps *map = x->of_container->n > 0 ? x->of_container : x->of_sandbox;
	uint32_t outside;

	if (x->of_container->n > 0)
		check_container_map(x, c, f);
	else if (x->known && !lithos_ranges_hold(x->allowed, x->n))
		finding_error(f, x->at, "%s is not in allowed range (%s: %u)", x->Who, x->id, x->n);
	if (x->known && map->n > 0 && !lithos_map_id(map, x->n, &outside))
		finding_error(f, x->at, "%s is not in mapped range (%s: %u)", x->Who, x->id, x->n);
}

/* Of a pair of maps the kernel wants both: who has none of one kind can become nobody of that kind. */
static void check_pair(const struct allow_identity *id, const struct yaml *doc, struct findings *f)
{
	if ((id->uid_map->n > 0) == (id->gid_map->n > 0))
		return;
	finding_error(f, yaml_mark(doc, id->uid_map->n > 0 ? "uid_map" : "gid_map", NULL), "%s without %s",
		      id->uid_map->n > 0 ? "uid-map" : "gid-map", id->uid_map->n > 0 ? "gid-map" : "uid-map");
}

void allow_identity(const struct lithos_sandbox *s, const struct lithos_container *c, struct findings *f,
		    struct allow_identity *ret)
{
	const bool sandbox_maps = s->uid_map.n + s->gid_map.n > 0;
	const struct side user = {
		"User", "uid", "user_id", "uid_map", "allow_users", c->has_user_id || s->has_default_user,
		c->has_user_id ? c->user_id : s->has_default_user ? s->default_user : 0,
		c->has_user_id ? yaml_mark(c->doc, "user_id", NULL) : yaml_mark(s->doc, "default_user", NULL),
		&s->allow_users, &s->uid_map, &c->uid_map,
	};
	const struct side group = {
		"Group", "gid", "group_id", "gid_map", "allow_groups", true, c->has_group_id ? c->group_id : s->default_group,
		c->has_group_id ? yaml_mark(c->doc, "group_id", NULL) : yaml_mark(s->doc, "default_group", NULL),
		&s->allow_groups, &s->gid_map, &c->gid_map,
	};

	*ret = (struct allow_identity){
		.uid = user.n, .gid = group.n,
		.uid_map = sandbox_maps ? &s->uid_map : &c->uid_map,
		.gid_map = sandbox_maps ? &s->gid_map : &c->gid_map,
	};
	if (!user.known)
		finding_error(f, yaml_mark(c->doc, "user_id", NULL), "No user id specified and no default is found");
	check_side(&user, c, f);
	check_side(&group, c, f);
	check_pair(ret, sandbox_maps ? s->doc : c->doc, f);
}

/* Length of the next component at *image, which is moved behind it and its '/'. */
static size_t next_component(const char **image)
{
	const size_t len = strcspn(*image, "/");

	*image += len + ((*image)[len] == '/');
	return len;
}

int lithos_image_check(const char *image, uint32_t levels, struct err *e)
{
	const char *rest = image;
	uint32_t n = 0;

	if (!path_is_plain(image))
		return err_set(e, -EINVAL, "it holds a control character or is no UTF-8");
	if (*image == '/')
		return err_set(e, -EINVAL, "it is relative to image-dir and does not begin with /");
	while (*rest) {
		const char *part = rest;
		const size_t len = next_component(&rest);

		if (len == 0 || (len == 1 && part[0] == '.') || (len == 2 && part[0] == '.' && part[1] == '.'))
			return err_set(e, -EINVAL, "\"%.*s\" is no name of a directory", (int)len, part);
		if (len > 255)
			return err_set(e, -EINVAL, "a component is longer than 255 bytes");
		n++;
	}
	if (n > 0 && rest[-1] == '/')
		return err_set(e, -EINVAL, "it ends with /");
	if (n != levels)
		return err_set(e, -EINVAL, "it has %u component%s, image-dir-levels is %u", n, n == 1 ? "" : "s", levels);
	return 0;
}

bool allow_image(const struct lithos_sandbox *s, const struct lithos_process *p, struct findings *f)
{
	struct err why = { 0 };

	if (lithos_image_check(p->image, s->image_dir_levels, &why) == 0)
		return true;
	finding_error(f, yaml_mark(p->doc, p->name, "image", NULL),
		      "Image \"%s\" in sandbox \"%s\", process \"%s\" is invalid: %s", p->image, s->name, p->name, why.text);
	return false;
}

bool allow_port(const struct lithos_sandbox *s, uint16_t port)
{
	return lithos_ranges_hold(&s->allow_tcp_ports, port);
}

/* What makes a name dangerous, or NULL. */
static const char *name_fault(const char *name)
{
	if (!*name)
		return "is empty";
	if (*name == '.' || *name == '-')
		return "begins with . or -";
	if (strchr(name, '/'))
		return "holds a /";
	if (strlen(name) > LITHOS_NAME_MAX)
		return "is longer than 100 bytes";
	return path_is_plain(name) ? NULL : "holds a control character or is no UTF-8";
}

void lithos_name_check(const char *what, const char *name, struct mark at, struct findings *f)
{
	static const char usual[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
	const char *fault = name_fault(name);

	_Static_assert(LITHOS_NAME_MAX == 100, "name_fault() names it");
	if (fault)
		finding_error(f, at, "the name of the %s \"%s\" %s", what, name, fault);
	else if (strspn(name, usual) != strlen(name))
		finding_warning(f, at, "the name of the %s \"%s\" holds other than letters, digits, -, _ and .", what, name);
}
