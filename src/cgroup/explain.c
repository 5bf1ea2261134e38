/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan in words, in the order in which it is carried out. */
#include "cgroup/dir.h"

#include <string.h>

static const char *v2_path(const struct cg_plan *p, const char **ret_mount)
{
	const struct cg_place *place = &p->places[p->n_places - 1];

	*ret_mount = place->h->mount_point;
	return place->path;
}

static void explain_owner(const struct cg_plan *p, struct explain *x)
{
	const char *mount, *path;

	if (!p->has_owner)
		return;
	path = v2_path(p, &mount);
	explain_act(x, "process.user.uid", "give %s%s, and its files that /sys/kernel/cgroup/delegate lists, to user %u",
		    mount, path, p->owner);
}

static void explain_properties(const struct cg_properties *l, const char *unit, struct explain *x)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct cg_property *p = &l->v[i];
		const char *more = p->n_values > 1 ? " …" : "";

		explain_act(x, p->from, "  %s of %s: %s%s (%s)", p->name, unit, p->n_values ? p->values[0] : "nothing", more,
			    p->type);
	}
}

void cg_explain_unit(const struct cg_plan *p, struct explain *x)
{
	const struct cg_unit *u = &p->unit;

	if (!u->name)
		return;
	explain_act(x, "linux.cgroupsPath", "%s makes the unit %s with the cgroup %s",
		    u->is_users ? "the user's systemd" : "systemd", u->name, u->path);
	explain_properties(&u->start, u->name, x);
}

/* create.c: level by level; what is there already is left as it is. */
void cg_explain_create(const struct cg_plan *p, struct explain *x)
{
	for (size_t i = 0; i < p->n_places; i++) {
		const struct cg_place *place = &p->places[i];
		const char *mount = place->h->mount_point, *path = place->path;
		char enable[256];

		cg2_enable_text(place->enable, enable, sizeof enable);
		for (const char *s = path; *s;) {
			int above = (int)(s - path);

			if (place->h->is_v2 && *enable)
				explain_act(x, NULL, "write %s to %s%.*s/cgroup.subtree_control, where it is not on",
					    enable, mount, above, path);
			s += 1 + strcspn(s + 1, "/");
			explain_act(x, "linux.cgroupsPath", "mkdir %s%.*s%s", mount, (int)(s - path), path,
				    *s ? ", where it is missing" : "");
			if (!place->h->is_v2 && (place->h->controllers & CG_BIT(CG_CPUSET)))
				explain_act(x, NULL,
					    "copy cpuset.cpus and cpuset.mems into %s%.*s, where they are empty", mount,
					    (int)(s - path), path);
		}
	}
	explain_owner(p, x);
}

void cg_explain_delegate(const struct cg_plan *p, struct explain *x)
{
	static const char from[] = "annotations." CG_DELEGATE_ANNOTATION;
	const char *mount, *path;

	if (!p->delegate)
		return;
	path = v2_path(p, &mount);
	for (const char *s = p->delegate; *s; s += *s == '/') {
		s += strcspn(s, "/");
		explain_act(x, from, "mkdir %s%s/%.*s, where it is missing", mount, path, (int)(s - p->delegate),
			    p->delegate);
	}
	explain_act(x, from, "write PID to %s%s/%s/cgroup.procs", mount, path, p->delegate);
	explain_act(x, from, "pass the controllers of %s%s on to %s, where they can be", mount, path, p->delegate);
}

static void explain_writes(const struct cg_plan *p, size_t from, size_t to, struct explain *x)
{
	for (size_t i = from; i < to; i++) {
		const struct cg_write *w = &p->writes[i];
		const struct cg_place *place = &p->places[w->place];

		explain_act(x, w->from, "write %s to %s%s/%s%s%s%s%s", w->value, place->h->mount_point, place->path,
			    w->file, w->or_file ? ", or where that is missing " : "", w->or_file ? w->or_value : "",
			    w->or_file ? " to " : "", w->or_file ? w->or_file : "");
	}
}

void cg_explain_enter(const struct cg_plan *p, struct explain *x)
{
	explain_writes(p, 0, p->n_first, x);
	for (size_t i = 0; i < p->n_places; i++)
		if (!p->places[i].h->is_v2)
			explain_act(x, NULL, "write PID to %s%s/cgroup.procs", p->places[i].h->mount_point,
				    p->places[i].path);
}

static void explain_filter(const struct cg_plan *p, struct explain *x)
{
	char text[CG_DEVICE_TEXT_MAX];

	if (!p->has_filter)
		return;
	explain_act(x, p->policy.from, "device filter of %zu instructions on %s%s: %s all, except", p->filter.n,
		    p->places[p->n_places - 1].h->mount_point, p->places[p->n_places - 1].path,
		    p->policy.allow ? "allow" : "deny");
	for (size_t i = 0; i < p->policy.n_rules; i++) {
		cg_device_text(&p->policy.rules[i], text);
		explain_act(x, p->policy.rules[i].from, "  %s %s", p->policy.allow ? "deny" : "allow", text);
	}
}

void cg_explain_apply(const struct cg_plan *p, struct explain *x)
{
	if (p->unit.name && p->unit.limits.n > 0) {
		explain_act(x, NULL, "tell systemd the limits of %s", p->unit.name);
		explain_properties(&p->unit.limits, p->unit.name, x);
	}
	explain_filter(p, x);
	explain_writes(p, p->n_first, p->n_writes, x);
}
