/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a runtime says of its containers: the answer of `list --format json`, of cist, runc or crun.  Pure. */
#ifndef CIST_SUPERVISE_LISTING_H
#define CIST_SUPERVISE_LISTING_H

#include "base/err.h"

#include <stddef.h>
#include <sys/types.h>

enum listed_status {
	LISTED_HALF,		/* creating, created, or a word that nobody knows: nothing of the image has run */
	LISTED_RUNS,		/* running, paused; pausing, as runc has it */
	LISTED_ENDED,		/* stopped */
};

struct listed {
	const char *id;
	const char *bundle;
	const char *status;	/* its word */
	int32_t pid;
	enum listed_status state;
};

struct listing {
	struct oci_doc *doc;
	struct listed *v;	/* ascending by id */
	size_t n;
};

/* len bytes of JSON; "null", as runc says it, is none.  -EINVAL: nonsense.  listing_done() is the caller's in any case. */
must_use int listing_read(const char *text, size_t len, struct listing *ret, struct err *e);
void listing_done(struct listing *l);
#define auto_listing __attribute__((cleanup(listing_done)))
const struct listed *listing_find(const struct listing *l, const char *id);

#endif
