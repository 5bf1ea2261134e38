/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a launch makes on the host before the runtime runs, and what the supervisor removes afterwards.  Below the
 * administrator's directory everything may have been in the hands of a container: it is reached by handle, and no symbolic
 * link is followed.
 */
#ifndef CIST_TRANSLATE_PLACE_H
#define CIST_TRANSLATE_PLACE_H

#include "translate/volume.h"

/*
 * Makes p->directories in their order: with parents (0755, root's), owner, mode.  What an error leaves half made is
 * removed, so that the next launch does not find a directory with the wrong owner; what was finished before it stays.
 */
must_use int place_directories(const struct bundle_plan *p, struct err *e);
/* The same for a list of them, which somebody has kept of a plan. */
must_use int place_list(const struct bundle_directory *v, size_t n, struct err *e);

/*
 * A handle (O_PATH) of what is there: prefix followed as it is, below it no link, and a link at the end is what the handle is
 * of.  Negative: errno; -ELOOP, -EXDEV: a link is in the way.
 */
must_use int place_open(const struct volume_place *p);

/*
 * Removes the directory `below` beneath root, which is followed as it is: a state directory of an instance that has ended.
 * Links are removed as links, mounts are not crossed (an error), depth costs neither stack nor descriptors.  One that is
 * not there, or whose parents are not, is none to remove: 0.
 */
must_use int place_remove(const char *root, const char *below, struct err *e);

#endif
