/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The systemd driver's decisions: which unit a container gets, where its cgroup is then, and which properties say to
 * systemd what is written into the cgroup's files as well, so that it does not undo that when it is reloaded.  Pure; who
 * talks to systemd is src/systemd.
 */
#ifndef CIST_CGROUP_UNIT_H
#define CIST_CGROUP_UNIT_H

#include "base/arena.h"
#include "base/err.h"
#include "libocispec/oci_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As StartTransientUnit and SetUnitProperties take it. */
struct cg_property {
	const char *name;
	const char *type;		/* D-Bus: "t", "s", "as", "a(ss)" … */
	const char *const *values;	/* as text; of an array of structures: member by member */
	size_t n_values;
	const char *from;		/* JSON path; NULL = the runtime itself */
};

struct cg_properties {
	struct cg_property *v;
	size_t n;
	size_t room;
};

struct cg_unit {
	const char *name;	/* "docker-ID.scope"; NULL = the driver is not systemd */
	const char *slice;	/* it is in; "" for a slice, whose name says that */
	const char *path;	/* of its cgroup, in each hierarchy; begins with '/' */
	const char *subgroup;	/* below that, where the container is; "" = in the unit's own */
	bool is_slice;
	bool is_users;		/* of the calling user's instance of systemd */
	struct cg_properties start;	/* what it is started with */
	struct cg_properties limits;	/* set when the container's init is in it */
};

/* Which instance of systemd, and where the root of its units is: "" or "/user.slice/…/user@1000.service". */
struct cg_manager {
	const char *root;
	bool is_users;
};

/*
 * ->name, ->slice, ->path and ->is_slice from ->cgroupsPath, "slice:prefix:name"; without it cist-ID.scope in
 * system.slice, or user.slice for a user.
 */
must_use int cg_unit_make(const char *cgroups_path, const char *id, const struct cg_manager *m, struct arena *a,
			  struct cg_unit *ret, struct err *e);

/* May be a part of a unit's name as it is? */
bool cg_unit_char(char c);

/* unit_value.c: the text of a GVariant, as `uint64 1000`, `'x'`, `true`, `['a', 'b']`; fills type and values. */
must_use int cg_unit_value(const char *text, struct arena *a, struct cg_property *ret, struct err *e);
/*
 * A property from annotation org.systemd.property.NAME.  A name in seconds, …Sec, is one in microseconds on the bus.
 */
must_use int cg_unit_annotation(const char *name, const char *text, const char *from, struct arena *a,
				struct cg_property *ret, struct err *e);
#define CG_UNIT_ANNOTATION "org.systemd.property."
#define CG_SUBGROUP_ANNOTATION "run.oci.systemd.subgroup"

struct cg_planner;
/* unit_plan.c: ->start, of the whole configuration, and ->limits. */
must_use int cg_unit_start(struct cg_planner *pl, const struct oci_config *c, const char *id);
must_use int cg_unit_limits(struct cg_planner *pl, const struct oci_resources *r);
/* Those that the device rules give; for the first time only, since they add up. */
must_use int cg_unit_devices(struct cg_planner *pl);
/* "0-3,7" as the bytes of a bit mask; 1: it is of a form that systemd does not know. */
must_use int cg_unit_mask(const char *list, struct arena *a, struct cg_property *ret, struct err *e);

#endif
