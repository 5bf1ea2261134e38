/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_TRANSLATE_LOOK_H
#define CIST_TRANSLATE_LOOK_H

#include "translate/translate.h"

/*
 * Gathers what translate() has to know of the world for this instance: TERM, whether /etc of the container has the files
 * that hosts and resolv.conf are bound on (in the image, or in the volume that covers it), the host's files that are copied,
 * and the host's name and address.  Only what will be used is asked for; so a host without a resolvable name is no trouble
 * to a container that does not want it.
 *
 * Texts live in a.  1: all is known; 0: findings say what is not, and the rest of *ret is there; negative: no memory.
 */
must_use int translate_look(const struct instance *i, struct arena *a, struct findings *f, struct translate_facts *ret,
			    struct err *e);

#endif
