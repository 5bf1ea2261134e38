/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a sandbox allows, and what its id maps mean.  Pure; arithmetic in 64 bits, ends exclusive. */
#ifndef CIST_LITHOS_ALLOW_H
#define CIST_LITHOS_ALLOW_H

#include "base/err.h"
#include "lithos/finding.h"
#include "lithos/lithos.h"
#include "lithos/yaml.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether one of the ranges holds n; whether one of them alone holds all of first … first+count-1 (count is not 0). */
bool lithos_ranges_hold(const struct lithos_ranges *r, uint32_t n);
bool lithos_ranges_hold_all(const struct lithos_ranges *r, uint32_t first, uint32_t count);

/* The outside id of an inside one; false: it is not mapped. */
bool lithos_map_id(const struct lithos_maps *m, uint32_t inside, uint32_t *ret);

/* The rows of one mapping, for the files that have uid-map and gid-map. */
struct schema_table;
extern const struct schema_table lithos_map_table;

/*
 * Rows that no kernel takes: count 0, an end beyond LITHOS_ID_MAX, two rows that share an inside or an outside id, too many
 * of them.  key is "uid_map" or "gid_map" of doc.
 */
void lithos_maps_check(const struct lithos_maps *m, const struct yaml *doc, const char *key, struct findings *f);

/* That a sandbox allows any user and any group at all: without that nothing of it can run. */
void allow_check_sandbox(const struct lithos_sandbox *s, struct findings *f);

struct allow_identity {
	uint32_t uid, gid;				/* as the container sees them */
	const struct lithos_maps *uid_map, *gid_map;	/* the effective ones, never NULL; both empty: no user namespace */
};

/*
 * User, group and maps of a container in a sandbox.  What is not allowed is a finding; *ret is filled in any case, an id
 * that nobody gave is 0.
 */
void allow_identity(const struct lithos_sandbox *s, const struct lithos_container *c, struct findings *f,
		    struct allow_identity *ret);

/*
 * The name of an image: as many components as `levels`, none empty, "." or "..", all of them printable UTF-8.  0, or
 * -EINVAL with the reason.
 */
must_use int lithos_image_check(const char *image, uint32_t levels, struct err *e);
/* The same for the image of a process, as a finding; whether it is good. */
bool allow_image(const struct lithos_sandbox *s, const struct lithos_process *p, struct findings *f);

/* Whether the sandbox lets a port of the host be listened on. */
bool allow_port(const struct lithos_sandbox *s, uint16_t port);

/*
 * The name of a sandbox or a process (what says which) at `at`: an error is what could climb, hide, or break a line ('/',
 * control characters, a leading '.' or '-', more than LITHOS_NAME_MAX bytes, nothing at all); a warning what other tools
 * stumble over (anything but ASCII letters, digits, '-', '_' and '.').
 */
void lithos_name_check(const char *what, const char *name, struct mark at, struct findings *f);

#endif
