/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroupsPath to a unit of systemd and its cgroup.  Pure. */
#include "cgroup/host.h"
#include "cgroup/planner.h"
#include "cgroup/unit.h"

#include "base/fmt.h"

#include <ctype.h>
#include <string.h>

enum { UNIT_NAME_MAX = 255 };	/* systemd's own bound */

#define WHERE "linux.cgroupsPath"

/* systemd.unit(5): these, and nothing else. */
bool cg_unit_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr(":-_.\\@", c));
}

static int check_name(const char *name, const char *path, struct err *e)
{
	for (const char *s = name; *s; s++)
		if (!cg_unit_char(*s))
			return err_set(e, -EINVAL, WHERE ": %s: character '%c' cannot be in the name of a systemd unit",
				       path, isprint((unsigned char)*s) ? *s : '?');
	if (strlen(name) > UNIT_NAME_MAX)
		return err_set(e, -ENAMETOOLONG, WHERE ": the name of a systemd unit, %.*s…, cannot have more than %d bytes",
			       32, name, UNIT_NAME_MAX);
	return 0;
}

static bool is_slice_name(const char *name)
{
	size_t len = strlen(name);

	return len > strlen(".slice") && strcmp(name + len - strlen(".slice"), ".slice") == 0;
}

/*
 * systemd writes "_" before a name that the kernel, or itself, could take for a file of the cgroup: see "Delegation" in
 * its CGROUP_DELEGATION document, and cg_escape() in its sources.
 */
static bool needs_escape(const char *name)
{
	if (*name == '_' || *name == '.' || strncmp(name, "cgroup.", 7) == 0)
		return true;
	for (unsigned int c = 0; c < CG__CONTROLLERS; c++)
		for (int v2 = 0; v2 < 2; v2++) {
			const char *controller = cg_controller_name((enum cg_controller)c, v2);
			size_t len = strlen(controller);

			if (strncmp(name, controller, len) == 0 && name[len] == '.')
				return true;
		}
	return false;
}

/* A growing path; NULL once the arena was full. */
static const char *below(struct arena *a, const char *path, const char *name)
{
	return path ? arena_fmt(a, "%s/%s%s", path, needs_escape(name) ? "_" : "", name) : NULL;
}

/* "a-b.slice" is in "a.slice", and "-.slice" is the root (systemd.slice(5)). */
static int slice_path(const char *root, const char *slice, const char *given, struct arena *a, const char **ret,
		      struct err *e)
{
	const size_t len = strlen(slice) - strlen(".slice");
	const char *path = root;

	if (strcmp(slice, "-.slice") == 0) {
		*ret = root;
		return 0;
	}
	for (size_t i = 0; path && i <= len; i++) {
		const char *part;

		if (i < len && slice[i] != '-')
			continue;
		if (i == 0 || slice[i - 1] == '-')
			return err_set(e, -EINVAL, WHERE ": %s: %s is no slice: between its dashes stand names", given, slice);
		part = arena_fmt(a, "%.*s.slice", (int)i, slice);
		path = part ? below(a, path, part) : NULL;
	}
	*ret = path;
	return path ? 0 : err_nomem(e);
}

/* What an id may have and a unit's name may not, as systemd-escape(1) writes it. */
static const char *escaped_id(const char *id, struct arena *a)
{
	char buf[4 * UNIT_NAME_MAX + 8];
	size_t n = 0;

	for (const char *s = id; *s && n < sizeof buf - 5; s++) {
		if (cg_unit_char(*s))
			buf[n++] = *s;
		else
			n += fmt(buf + n, sizeof buf - n, "\\x%02x", (unsigned char)*s);
	}
	buf[n] = '\0';
	return arena_str(a, buf);
}

/* Splits "slice:prefix:name". */
static int split(const char *path, struct arena *a, const char *ret[3], struct err *e)
{
	const char *first = strchr(path, ':');
	const char *second = first ? strchr(first + 1, ':') : NULL;

	if (!second || strchr(second + 1, ':') || strchr(path, '/') || !second[1])
		return err_set(e, -EINVAL,
			       WHERE ": %s: for the systemd cgroup manager it has to be of the form slice:prefix:name", path);
	ret[0] = arena_fmt(a, "%.*s", (int)(first - path), path);
	ret[1] = arena_fmt(a, "%.*s", (int)(second - first - 1), first + 1);
	ret[2] = arena_str(a, second + 1);
	return ret[0] && ret[1] && ret[2] ? 0 : err_nomem(e);
}

static int name_unit(const char *cgroups_path, const char *id, const struct cg_manager *m, struct arena *a,
		     struct cg_unit *u, struct err *e)
{
	const char *parts[3] = { "", "cist", NULL };

	if (cgroups_path && *cgroups_path) {
		if (split(cgroups_path, a, parts, e) < 0)
			return e->code;
	} else {
		parts[2] = escaped_id(id, a);
	}
	if (!parts[2])
		return err_nomem(e);
	u->slice = *parts[0] ? parts[0] : m->is_users ? "user.slice" : "system.slice";
	/* An id that ends so is still a container's. */
	u->is_slice = cgroups_path && *cgroups_path && is_slice_name(parts[2]);
	u->name = u->is_slice ? parts[2] : arena_fmt(a, "%s-%s.scope", parts[1], parts[2]);
	return u->name ? 0 : err_nomem(e);
}

int cg_unit_make(const char *cgroups_path, const char *id, const struct cg_manager *m, struct arena *a,
		 struct cg_unit *ret, struct err *e)
{
	const char *given = cgroups_path && *cgroups_path ? cgroups_path : id;
	struct cg_unit u = { .is_users = m->is_users, .subgroup = "" };
	const char *path = NULL;

	if (name_unit(cgroups_path, id, m, a, &u, e) < 0 || check_name(u.name, given, e) < 0 ||
	    check_name(u.slice, given, e) < 0)
		return e->code;
	if (!is_slice_name(u.slice))
		return err_set(e, -EINVAL, WHERE ": %s: %s is not the name of a slice, which ends in .slice", given, u.slice);
	if (slice_path(m->root, u.is_slice ? u.name : u.slice, given, a, &path, e) < 0)
		return e->code;
	u.path = u.is_slice ? path : below(a, path, u.name);
	if (!u.path)
		return err_nomem(e);
	if (!u.path[0])
		return err_set(e, -EINVAL, WHERE ": %s is the root of the hierarchy", given);
	if (u.is_slice)
		u.slice = "";
	*ret = u;
	return 0;
}
