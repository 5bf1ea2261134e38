/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/option.h"
#include "base/arr.h"

#include <string.h>

enum option_kind {
	ATTR,		/* of this mount */
	RATTR,		/* of this mount and all below */
	PROPAGATION,
	SUPERBLOCK,	/* given to a fresh file system; mount(2) ignores it for a bind, and so do we */
	NOTHING,	/* the default, or without effect in the kernel */
	BIND,
	RBIND,
	REMOUNT,
	COPY_UP,
	COPY_SYMLINK,
	SRC_NOFOLLOW,
	DEST_NOFOLLOW,
	IDMAP,		/* with or without maps after "=" */
	RIDMAP,
};

#define RDONLY		K_MOUNT_ATTR_RDONLY
#define NOSUID		K_MOUNT_ATTR_NOSUID
#define NODEV		K_MOUNT_ATTR_NODEV
#define NOEXEC		K_MOUNT_ATTR_NOEXEC
#define NODIRATIME	K_MOUNT_ATTR_NODIRATIME
#define NOSYMFOLLOW	K_MOUNT_ATTR_NOSYMFOLLOW
/* The access time is one field of three values: whoever sets one has to clear the field (mount_setattr(2)). */
#define ATIME_FIELD	K_MOUNT_ATTR__ATIME

/*
 * runtime-spec config.md, "Linux mount options", and what engines use beyond it; sorted by name.  norelatime and
 * rnorelatime leave the kernel's default, which is relatime since 2.6.30.
 */
#define OPTIONS(X)									\
	X("acl",		SUPERBLOCK,	0, 0)					\
	X("async",		SUPERBLOCK,	0, 0)					\
	X("atime",		ATTR,		0, ATIME_FIELD)				\
	X("bind",		BIND,		0, 0)					\
	X("copy-symlink",	COPY_SYMLINK,	0, 0)					\
	X("defaults",		NOTHING,	0, 0)					\
	X("dest-nofollow",	DEST_NOFOLLOW,	0, 0)					\
	X("dev",		ATTR,		0, NODEV)				\
	X("diratime",		ATTR,		0, NODIRATIME)				\
	X("dirsync",		SUPERBLOCK,	0, 0)					\
	X("exec",		ATTR,		0, NOEXEC)				\
	X("idmap",		IDMAP,		0, 0)					\
	X("iversion",		SUPERBLOCK,	0, 0)					\
	X("lazytime",		SUPERBLOCK,	0, 0)					\
	X("loud",		NOTHING,	0, 0)					\
	X("mand",		SUPERBLOCK,	0, 0)					\
	X("noacl",		NOTHING,	0, 0)					\
	X("noatime",		ATTR,		K_MOUNT_ATTR_NOATIME, ATIME_FIELD)	\
	X("nodev",		ATTR,		NODEV, 0)				\
	X("nodiratime",		ATTR,		NODIRATIME, 0)				\
	X("noexec",		ATTR,		NOEXEC, 0)				\
	X("noiversion",		NOTHING,	0, 0)					\
	X("nolazytime",		SUPERBLOCK,	0, 0)					\
	X("nomand",		SUPERBLOCK,	0, 0)					\
	X("norelatime",		NOTHING,	0, 0)					\
	X("nostrictatime",	ATTR,		0, ATIME_FIELD)				\
	X("nosuid",		ATTR,		NOSUID, 0)				\
	X("nosymfollow",	ATTR,		NOSYMFOLLOW, 0)				\
	X("private",		PROPAGATION,	K_MS_PRIVATE, 0)			\
	X("ratime",		RATTR,		0, ATIME_FIELD)				\
	X("rbind",		RBIND,		0, 0)					\
	X("rdev",		RATTR,		0, NODEV)				\
	X("rdiratime",		RATTR,		0, NODIRATIME)				\
	X("relatime",		ATTR,		K_MOUNT_ATTR_RELATIME, ATIME_FIELD)	\
	X("remount",		REMOUNT,	0, 0)					\
	X("rexec",		RATTR,		0, NOEXEC)				\
	X("ridmap",		RIDMAP,		0, 0)					\
	X("rnoatime",		RATTR,		K_MOUNT_ATTR_NOATIME, ATIME_FIELD)	\
	X("rnodev",		RATTR,		NODEV, 0)				\
	X("rnodiratime",	RATTR,		NODIRATIME, 0)				\
	X("rnoexec",		RATTR,		NOEXEC, 0)				\
	X("rnorelatime",	NOTHING,	0, 0)					\
	X("rnostrictatime",	RATTR,		0, ATIME_FIELD)				\
	X("rnosuid",		RATTR,		NOSUID, 0)				\
	X("rnosymfollow",	RATTR,		NOSYMFOLLOW, 0)				\
	X("ro",			ATTR,		RDONLY, 0)				\
	X("rprivate",		PROPAGATION,	K_MS_PRIVATE | K_MS_REC, 0)		\
	X("rrelatime",		RATTR,		K_MOUNT_ATTR_RELATIME, ATIME_FIELD)	\
	X("rro",		RATTR,		RDONLY, 0)				\
	X("rrw",		RATTR,		0, RDONLY)				\
	X("rshared",		PROPAGATION,	K_MS_SHARED | K_MS_REC, 0)		\
	X("rslave",		PROPAGATION,	K_MS_SLAVE | K_MS_REC, 0)		\
	X("rstrictatime",	RATTR,		K_MOUNT_ATTR_STRICTATIME, ATIME_FIELD)	\
	X("rsuid",		RATTR,		0, NOSUID)				\
	X("rsymfollow",		RATTR,		0, NOSYMFOLLOW)				\
	X("runbindable",	PROPAGATION,	K_MS_UNBINDABLE | K_MS_REC, 0)		\
	X("rw",			ATTR,		0, RDONLY)				\
	X("shared",		PROPAGATION,	K_MS_SHARED, 0)				\
	X("silent",		NOTHING,	0, 0)					\
	X("slave",		PROPAGATION,	K_MS_SLAVE, 0)				\
	X("src-nofollow",	SRC_NOFOLLOW,	0, 0)					\
	X("strictatime",	ATTR,		K_MOUNT_ATTR_STRICTATIME, ATIME_FIELD)	\
	X("suid",		ATTR,		0, NOSUID)				\
	X("symfollow",		ATTR,		0, NOSYMFOLLOW)				\
	X("sync",		SUPERBLOCK,	0, 0)					\
	X("tmpcopyup",		COPY_UP,	0, 0)					\
	X("unbindable",		PROPAGATION,	K_MS_UNBINDABLE, 0)

static const struct option {
	const char *name;
	enum option_kind kind;
	uint64_t set, clr;
} options[] = {
#define X(name, kind, set, clr) { name, kind, set, clr },
	OPTIONS(X)
#undef X
};

const char *const *mnt_option_names(size_t *ret_n)
{
	static const char *const names[] = {
#define X(name, kind, set, clr) name,
		OPTIONS(X)
#undef X
	};

	*ret_n = ARRAY_LEN(names);
	return names;
}

static const struct option *find(const char *word)
{
	size_t n = strcspn(word, "=");

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const struct option *o = &options[i];

		if (strcmp(word, o->name) == 0)
			return o;
		if ((o->kind == IDMAP || o->kind == RIDMAP) && strlen(o->name) == n && strncmp(word, o->name, n) == 0)
			return o;
	}
	return NULL;
}

static void change(uint64_t *set, uint64_t *clr, const struct option *o)
{
	*set = (*set & ~o->clr) | o->set;
	*clr = (*clr & ~o->set) | o->clr;
}

/* One option of the file system: "size=64k" or "newinstance". */
static int add_param(struct mnt_options *r, const char *word, struct arena *a, struct err *e)
{
	const char *eq = strchr(word, '=');
	struct mnt_param *p = &r->params[r->n_params];

	p->key = eq ? arena_fmt(a, "%.*s", (int)(eq - word), word) : arena_str(a, word);
	p->value = eq ? arena_str(a, eq + 1) : NULL;
	if (!p->key || (eq && !p->value))
		return err_nomem(e);
	r->n_params++;
	r->has_mode |= strcmp(p->key, "mode") == 0;
	return 0;
}

/* "idmap", or crun's "idmap=uids=0-1-10;gids=0-1-10".  The last one counts, whole. */
static int take_idmap(struct mnt_options *r, const char *word, bool recursive, struct arena *a, struct err *e)
{
	const char *eq = strchr(word, '=');

	r->idmap = true;
	r->idmap_recursive = recursive;
	r->idmap_maps = NULL;
	if (!eq || !eq[1])
		return 0;
	r->idmap_maps = arena_str(a, eq + 1);
	return r->idmap_maps ? 0 : err_nomem(e);
}

static int take_word(struct mnt_options *r, const char *word, struct arena *a, struct err *e)
{
	const struct option *o = find(word);

	if (!o) {
		if (!*word)
			return 0;
		if (!r->unknown)
			r->unknown = arena_str(a, word);
		return add_param(r, word, a, e);
	}
	switch (o->kind) {
	case ATTR:
		change(&r->set, &r->clr, o);
		return 0;
	case RATTR:
		/* The mount itself is changed last, so an earlier word of its own must not win over this one. */
		r->set &= ~(o->set | o->clr);
		r->clr &= ~(o->set | o->clr);
		change(&r->rec_set, &r->rec_clr, o);
		return 0;
	case PROPAGATION:
		r->propagation = o->set;
		return 0;
	case SUPERBLOCK:
		return add_param(r, word, a, e);
	case NOTHING:
		return 0;
	case BIND:
		r->bind = true;
		r->recursive = false;
		return 0;
	case RBIND:
		r->bind = true;
		r->recursive = true;
		return 0;
	case REMOUNT:
		r->remount = true;
		return 0;
	case COPY_UP:
		r->copy_up = true;
		return 0;
	case COPY_SYMLINK:
		r->copy_symlink = true;
		return 0;
	case SRC_NOFOLLOW:
		r->src_nofollow = true;
		return 0;
	case DEST_NOFOLLOW:
		r->dest_nofollow = true;
		return 0;
	case IDMAP:
	case RIDMAP:
		return take_idmap(r, word, o->kind == RIDMAP, a, e);
	}
	return 0;
}

static const char *join(const char *const *words, size_t n, struct arena *a)
{
	size_t bytes = 1;
	char *s;
	char *p;

	for (size_t i = 0; i < n; i++)
		bytes += strlen(words[i]) + 1;
	s = p = arena_alloc(a, bytes);
	for (size_t i = 0; s && i < n; i++) {
		size_t len = strlen(words[i]);

		if (p > s)
			*p++ = ',';
		memcpy(p, words[i], len);
		p += len;
	}
	return s;
}

int mnt_options_read(const char *const *words, size_t n, struct arena *a, struct mnt_options *ret, struct err *e)
{
	*ret = (struct mnt_options){ .params = ARENA_ARRAY(a, n, struct mnt_param) };
	ret->words = join(words, n, a);
	if (!ret->params || !ret->words)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		int rc = take_word(ret, words[i], a, e);

		if (rc < 0)
			return rc;
	}
	return 0;
}
