/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state document that hooks read, and hooks of moments after create. */
#ifndef CIST_RUNTIME_HOOK_STATE_H
#define CIST_RUNTIME_HOOK_STATE_H

#include "hook/hook.h"
#include "runtime/container.h"

struct oci_state;

/* s as text around its pid, which is only known to who runs the hook; without one for poststop. */
must_use int hook_state_make(const struct oci_state *s, bool has_pid, struct arena *a, struct hook_state *ret,
			     struct err *e);

/*
 * The state of the moment m for the container with this id, bundle and annotations.
 * runtime-cli.md 4.5 says which status each kind of hook reads.
 */
must_use int hook_state_of(enum hook_moment m, const char *id, const char *bundle, struct oci_pair *annotations,
			   size_t n_annotations, struct arena *a, struct hook_state *ret, struct err *e);

/* After the program was started; the first failure ends the list. */
must_use int hooks_poststart(const struct container *c, struct err *e);

/* After the container is gone; failures are warnings and the rest is run.  config is what container_config() gave. */
void hooks_poststop(const struct runtime *rt, const struct record *r, const struct oci_doc *config);

#endif
