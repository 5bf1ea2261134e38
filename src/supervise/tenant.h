/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sandboxes as tenants of directories of images: which images each uses, and who shares a directory with whom.  What is not
 * known for sure is left alone: all of a directory, once one of its tenants is.  Pure, but for tenant_open().
 */
#ifndef CIST_SUPERVISE_TENANT_H
#define CIST_SUPERVISE_TENANT_H

#include "lithos/deploy.h"
#include "supervise/history.h"
#include "supervise/report.h"

#include <sys/types.h>

struct tenant {
	const char *name;			/* of the sandbox */
	const char *image_dir;
	uint32_t levels;
	bool auto_clean;
	const char *list;			/* used-images-list; NULL: none */
	struct names used;			/* the present ones, then also the former */
	uint32_t oldest_log;			/* that was consulted */
	bool has_log;
	bool alone;				/* its directory is left alone … */
	const char *why;			/* … for this reason; NULL: for another tenant's */
	/* of its directory */
	int dir;				/* negative: it is not open */
	dev_t dev;
	ino_t ino;
	const char *path;			/* without links */
	bool done;
};
#define TENANT_INIT { .dir = -EBADF }

/*
 * A sandbox with its configuration and processes, as their files have them, copied into a.  Findings about an image whose name
 * has the wrong number of parts: it would be looked for at the wrong depth.  -ENOMEM.
 */
must_use int tenant_make(const struct deploy_sandbox *s, struct arena *a, struct findings *f, struct tenant *ret,
			 struct err *e);

/* Opens its directory, which fd_close() of ->dir closes. */
must_use int tenant_open(struct tenant *t, struct arena *a, struct err *e);

/* The first reason counts.  why lives as long as the tenant. */
void tenant_leave(struct tenant *t, const char *why);

/* An instance that is to be replaced, or has its former configuration: its image is of no configuration that was read. */
void tenants_mind(struct tenant *v, size_t n, const struct report *r);

/* What each pair has to say of the other; in the end all of one directory are left alone, or none. */
void tenants_compare(struct tenant *v, size_t n);

/* Whether both have one directory. */
bool tenants_share(const struct tenant *a, const struct tenant *b);
/* Whoever shares a directory with one that is left alone is left alone. */
bool tenants_are_alone(const struct tenant *v, size_t n, const struct tenant *t);
/* The images that the tenants of its directory use, in a.  -ENOMEM. */
must_use int tenants_images(const struct tenant *v, size_t n, const struct tenant *t, struct arena *a, struct names *ret,
			    struct err *e);

#endif
