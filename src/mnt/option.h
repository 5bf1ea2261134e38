/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Option words of a mount to what the kernel is asked for.  Pure. */
#ifndef CIST_MNT_OPTION_H
#define CIST_MNT_OPTION_H

#include "base/arena.h"
#include "base/err.h"
#include "mnt/mnt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mnt_options {
	uint64_t set, clr;		/* attributes of the mount, K_MOUNT_ATTR_* */
	uint64_t rec_set, rec_clr;	/* the same for all mounts below it */
	uint64_t propagation;		/* K_MS_SHARED …, perhaps with K_MS_REC; 0: not said */
	bool bind;
	bool recursive;			/* rbind */
	bool remount;
	bool copy_up;
	bool copy_symlink;
	bool src_nofollow;
	bool dest_nofollow;
	bool has_mode;			/* mode= is among the parameters */
	bool idmap;			/* idmap or ridmap */
	bool idmap_recursive;		/* ridmap */
	const char *idmap_maps;		/* what stands after "idmap=", or NULL */
	struct mnt_param *params;	/* for the file system */
	uint32_t n_params;
	const char *unknown;		/* the first word that only a file system may know, or NULL */
	const char *words;		/* all of them with commas */
};

/* Later words win over earlier ones, as in mount(8). */
int mnt_options_read(const char *const *words, size_t n, struct arena *a, struct mnt_options *ret, struct err *e);

#endif
