/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Volumes as mounts, and what a launch makes for them.  Every bind is nosuid and nodev with all below it, nothing that its
 * source has is taken away from it, and it stays executable: programs are run from volumes.  Mounts that the host makes
 * later stay out.
 */
#include "translate/mounts.h"
#include "translate/volume.h"

#include "base/arr.h"
#include "base/fmt.h"
#include "lithos/allow.h"
#include "libocispec/ocispec.h"

#include <stdlib.h>
#include <string.h>

struct volumes {
	struct draft *d;
	const char **at;	/* mount points, in the order of mounting */
	size_t n;
	const char **prefixes;	/* each once */
	size_t n_prefixes;
	bool has_state;
	size_t state;		/* then: which of the directories that a launch makes is the state directory as a whole */
};

/* What is the same for all instances of a process is told of the first only, unless it is an error. */
static bool is_first(const struct volumes *s)
{
	return s->d->in->number == 0;
}

static struct mark mark(const struct volumes *s, const struct lithos_volume *v, const char *key)
{
	return DRAFT_AT(s->d->in->container->doc, "volumes", v->mount_point, key, NULL);
}

/* ---- mount points ---- */

enum verdict { FINE, ODD, WRONG };

static const struct {
	const char *path;
	bool below;		/* also what is below it */
	enum verdict verdict;
	const char *why;
} places[] = {
	{ "/",     false, WRONG, "the image is there" },
	{ "/dev",  false, WRONG, "the devices are there, and a volume has none that work" },
	{ "/proc", true,  WRONG, "no runtime mounts anything but a procfs there" },
	{ "/sys",  false, ODD,   "it hides what the kernel shows there" },
};

static bool is_bind(const struct lithos_volume *v)
{
	return v->type != LITHOS_TMPFS;
}

static void check_place(struct volumes *s, const struct lithos_volume *v, const char *at)
{
	const char *below;

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (!volume_is_below(at, places[i].path, &below) || (*below && !places[i].below))
			continue;
		if (places[i].verdict == WRONG)
			finding_error(s->d->f, mark(s, v, NULL), "a volume cannot be mounted on %s: %s", at, places[i].why);
		else if (is_first(s))
			finding_warning(s->d->f, mark(s, v, NULL), "the volume on %s: %s", at, places[i].why);
	}
	if (is_bind(v) && volume_is_below(at, "/dev", &below) && *below && is_first(s))
		finding_warning(s->d->f, mark(s, v, NULL), "a device in the volume on %s cannot be opened: volumes are nodev",
				at);
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->at[i], at) == 0)
			finding_error(s->d->f, mark(s, v, NULL), "%s is the mount point of two volumes", at);
}

/* ---- owners ---- */

struct owner_kind {
	const char *word;	/* "user", as `Non-mapped user` has it */
	const struct lithos_maps *map;
	const struct lithos_ranges *allowed;
};

static bool is_outside(const struct lithos_maps *m, uint32_t id)
{
	for (size_t i = 0; i < m->n; i++)
		if (id >= m->v[i].outside && id - m->v[i].outside < m->v[i].count)
			return true;
	return false;
}

/*
 * lithos maps by the container's maps only, and takes the number as one of the host when the map is the sandbox'; so there
 * are deployments that give the host's number.  One that the sandbox' map does not know is therefore still the host's where
 * it gives the container nothing: root's, one that the map leads to, one that the sandbox allows.  1: *ret is the id on the
 * host; 0: there is none.
 */
static int find_owner(struct volumes *s, const struct lithos_volume *v, const struct owner_kind *k, uint32_t id, uint32_t *ret)
{
	const bool by_sandbox = s->d->in->sandbox->uid_map.n > 0 || s->d->in->sandbox->gid_map.n > 0;

	*ret = id;
	if (k->map->n == 0 || lithos_map_id(k->map, id, ret))
		return 1;
	if (!by_sandbox || (id != 0 && !is_outside(k->map, id) && !lithos_ranges_hold(k->allowed, id)))
		return 0;
	if (is_first(s))
		finding_warning(s->d->f, mark(s, v, k->word), "%s %u of volume %s is in no row of the map: taken as one of "
				"the host", k->word, id, v->mount_point);
	return 1;
}

/* Both owners of what a launch makes; 0: one is not mapped, and why says which. */
static int find_owners(struct volumes *s, const struct lithos_volume *v, struct bundle_directory *dir, char *why, size_t size)
{
	const struct instance *in = s->d->in;
	const struct owner_kind user = { "user", in->uid_map, &in->sandbox->allow_users };
	const struct owner_kind group = { "group", in->gid_map, &in->sandbox->allow_groups };

	if (!find_owner(s, v, &user, v->user, &dir->uid)) {
		fmt(why, size, "Non-mapped user %u for volume %s", v->user, v->mount_point);
		return 0;
	}
	if (!find_owner(s, v, &group, v->group, &dir->gid)) {
		fmt(why, size, "Non-mapped group %u for volume %s", v->group, v->mount_point);
		return 0;
	}
	return 1;
}

/* ---- the four kinds ---- */

static int add_directory(struct volumes *s, const struct bundle_directory *dir)
{
	struct bundle_directory *room = DRAFT_ADD(s->d, s->d->plan->directories, s->d->plan->n_directories);

	if (!room)
		return err_nomem(s->d->e);
	*room = *dir;
	return 0;
}

static void add_prefix(struct volumes *s, const char *prefix)
{
	for (size_t i = 0; i < s->n_prefixes; i++)
		if (strcmp(s->prefixes[i], prefix) == 0)
			return;
	s->prefixes[s->n_prefixes++] = prefix;
}

static int add_bind(struct volumes *s, const char *at, const struct volume_place *place, bool readonly)
{
	static const char *const rw[] = { "rbind", "rnosuid", "rnodev", "rprivate", NULL };
	static const char *const ro[] = { "rbind", "rro", "rnosuid", "rnodev", "rprivate", NULL };
	const char *source = volume_host_path(place, s->d->a);

	if (!source)
		return err_nomem(s->d->e);
	add_prefix(s, place->prefix);
	return mounts_add(s->d, at, "bind", source, readonly ? ro : rw);
}

/* A launch makes it when it is missing, and leaves what is there as it is. */
static int make_persistent(struct volumes *s, const struct lithos_volume *v, const struct volume_place *place)
{
	struct bundle_directory dir = { .prefix = place->prefix, .below = place->below, .mode = v->mode, .keep = true };
	char why[128];

	/* One that is there already works without a mapped owner, and lithos asked for that only when it made one. */
	if (!find_owners(s, v, &dir, why, sizeof(why))) {
		if (is_first(s))
			finding_warning(s->d->f, mark(s, v, NULL), "%s: a missing directory is not made", why);
		return 0;
	}
	dir.from = arena_fmt(s->d->a, "volumes.%s", v->mount_point);
	return dir.from ? add_directory(s, &dir) : err_nomem(s->d->e);
}

/* Of the tables of the sandbox. */
static int mount_virtual(struct volumes *s, const struct lithos_volume *v, const char *at)
{
	const bool readonly = v->type == LITHOS_READONLY;
	struct draft *d = s->d;
	struct volume_place place;
	int rc = volume_find(d->in->sandbox, v, d->a, &place, d->e);

	if (rc < 0)
		return rc;
	if (rc == 0) {
		finding_error(d->f, mark(s, v, "path"), readonly ?
			      "Can't find volume for %s, probably missing entry in readonly-paths" :
			      "Can't find volume for \"%s\", probably missing entry in writable-paths", v->path);
		return 0;
	}
	if (*place.prefix != '/') {
		finding_error(d->f, mark(s, v, "path"), "the host path \"%s\" of %s in the sandbox' paths is not absolute",
			      place.prefix, place.key);
		return 0;
	}
	if (place.shorter && is_first(s))
		finding_warning(d->f, mark(s, v, "path"), "%s is found by the entry %s of the sandbox' paths, the longest that "
				"fits; lithos took the shortest, which leads to %s", v->path, place.key, place.shorter);
	if (add_bind(s, at, &place, readonly) < 0)
		return d->e->code;
	return !readonly && v->mkdir ? make_persistent(s, v, &place) : 0;
}

static int mount_tmpfs(struct volumes *s, const struct lithos_volume *v, const char *at)
{
	/* The data that lithos gives: four octal digits after a 0; a size of 0 is no limit to the kernel. */
	const char *size = arena_fmt(s->d->a, "size=%llu", (unsigned long long)v->size);
	const char *mode = arena_fmt(s->d->a, "mode=0%04o", (unsigned int)v->mode);
	const char *const options[] = { "nosuid", "nodev", size, mode, NULL };

	return size && mode ? mounts_add(s->d, at, "tmpfs", "tmpfs", options) : err_nomem(s->d->e);
}

/* All of the state directory keeps its own mode, unless the file asks for another than the default. */
static mode_t mode_of_state(const struct lithos_volume *v, bool is_whole)
{
	return is_whole && v->mode == 0777 ? VOLUME_STATE_MODE : v->mode;
}

/* The directory of the instance is there before any that is below it. */
static int make_state(struct volumes *s)
{
	const struct bundle_directory dir = {
		.prefix = s->d->in->master->state_dir, .below = s->d->in->name, .mode = VOLUME_STATE_MODE, .from = "state-dir",
	};

	if (s->has_state)
		return 0;
	s->has_state = true;
	s->state = s->d->plan->n_directories;
	return add_directory(s, &dir);
}

static int mount_state(struct volumes *s, const struct lithos_volume *v, const char *at)
{
	struct draft *d = s->d;
	struct bundle_directory dir = { .prefix = d->in->master->state_dir };
	const char *path;
	char why[128];
	int rc = volume_normal(v->path, d->a, &path, d->e);
	const bool is_whole = rc > 0 && strcmp(path, "/") == 0;

	if (rc < 0 || make_state(s) < 0)
		return d->e->code;
	if (rc == 0) {
		finding_error(d->f, mark(s, v, "path"), "\"%s\" is not an absolute path without \"..\"", v->path);
		return 0;
	}
	dir.below = is_whole ? d->in->name : arena_fmt(d->a, "%s%s", d->in->name, path);
	dir.from = arena_fmt(d->a, "volumes.%s", v->mount_point);
	dir.mode = mode_of_state(v, is_whole);
	if (!dir.below || !dir.from)
		return err_nomem(d->e);
	if (!find_owners(s, v, &dir, why, sizeof(why))) {
		/* As a whole it is root's of the host, where its owner is nobody's wish. */
		if (is_whole && v->user == 0 && v->group == 0)
			dir.uid = dir.gid = 0;
		else
			finding_error(d->f, mark(s, v, NULL), "%s", why);
	}
	if (is_whole)
		d->plan->directories[s->state] = dir;
	else if (add_directory(s, &dir) < 0)
		return d->e->code;
	return add_bind(s, at, &(struct volume_place){ .prefix = dir.prefix, .below = dir.below }, false);
}

static int mount_one(struct volumes *s, const struct lithos_volume *v)
{
	static int (*const kinds[])(struct volumes *, const struct lithos_volume *, const char *) = {
		[LITHOS_READONLY] = mount_virtual, [LITHOS_PERSISTENT] = mount_virtual,
		[LITHOS_TMPFS] = mount_tmpfs, [LITHOS_STATEDIR] = mount_state,
	};
	const char *at;
	int rc = volume_normal(v->mount_point, s->d->a, &at, s->d->e);

	if (rc < 0)
		return rc;
	if (rc == 0) {
		finding_error(s->d->f, mark(s, v, NULL), "\"%s\" is not an absolute path without \"..\"", v->mount_point);
		return 0;
	}
	check_place(s, v, at);
	s->at[s->n++] = at;
	return kinds[v->type](s, v, at);
}

/* What containers may have written to is reached without following a link that one of them left (cist(8)). */
static int annotate(struct volumes *s)
{
	char *text = s->n_prefixes > 0 ? oci_strings_write(s->prefixes, s->n_prefixes) : NULL;
	const char *kept = arena_str(s->d->a, text);

	if (s->n_prefixes == 0)
		return 0;
	free(text);
	return draft_annotation(s->d, "org.cist.bind.beneath", kept);
}

int translate_volumes(struct draft *d)
{
	const struct lithos_container *c = d->in->container;
	struct volumes s = {
		.d = d, .at = ARENA_ARRAY(d->a, c->n_volumes, const char *),
		.prefixes = ARENA_ARRAY(d->a, c->n_volumes, const char *),
	};
	size_t *order;

	if (!s.at || !s.prefixes)
		return err_nomem(d->e);
	if (volume_order(c, d->a, &order, d->e) < 0)
		return d->e->code;
	for (size_t i = 0; i < c->n_volumes; i++)
		if (mount_one(&s, &c->volumes[order[i]]) < 0)
			return d->e->code;
	return annotate(&s);
}
