/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * System call filters (config-linux.md#seccomp).
 *
 * seccomp_check() judges a profile and costs next to nothing: it is called before anything is created.
 * seccomp_compile() turns a checked profile into the program; it runs in cist while the init mounts.  Both
 * take the meaning of names from libseccomp, and nothing else: the program is ours.  seccomp_install() loads it,
 * in cist-init.
 *
 * A profile with SCMP_ACT_NOTIFY becomes two programs with the same tree (listen.c): one knows NOTIFY and ALLOW only, and
 * makes the listener when it is loaded, which is early, so that cist can hand the listener to the agent before `create`
 * returns; the other has the rest and is loaded where every filter is, as the last thing before execve(2).  The kernel
 * asks both and takes the stricter answer, so together they say what the profile says.
 */
#ifndef CIST_SECCOMP_SECCOMP_H
#define CIST_SECCOMP_SECCOMP_H

#include "base/arena.h"
#include "base/err.h"
#include "sys/abi.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct explain;
struct oci_seccomp;

/* A filter that is ready, in base64, in place of linux.seccomp; crun's name. */
#define SECCOMP_READY_ANNOTATION "run.oci.seccomp_bpf_data"

struct seccomp_plan {
	bool wanted;				/* false: there is no filter, the rest is zero */
	bool listens;				/* listener is there too, and is loaded first */
	uint32_t listener_flags;
	const struct k_sock_filter *listener;	/* n instructions */
	uint32_t flags;				/* SECCOMP_FILTER_FLAG_* */
	uint32_t n;				/* instructions */
	uint32_t n_unknown;
	const struct k_sock_filter *filter;
	const char **unknown; /* names that libseccomp does not know and that were passed over */
};

/*
 * All names and numbers are ones that seccomp_compile() can translate; it may still find the program too
 * long.  -EINVAL with the member's path in the sentence.  s may be NULL.
 */
int seccomp_check(const struct oci_seccomp *s, struct err *e);

/* Whether a rule of the profile, or its default, is SCMP_ACT_NOTIFY.  s may be NULL. */
bool seccomp_notifies(const struct oci_seccomp *s);

/* s may be NULL: nothing is wanted then.  What ret_plan points to is in a, s is not needed afterwards. */
int seccomp_compile(const struct oci_seccomp *s, struct arena *a, struct seccomp_plan *ret_plan,
		    struct err *e);

/*
 * A finished program, as base64 of its struct sock_filter, in place of a profile; flags are those of s, which may be NULL.
 * Its form is judged here, its sense by the kernel when it is loaded.
 */
int seccomp_ready(const char *base64, const struct oci_seccomp *s, struct arena *a, struct seccomp_plan *ret_plan,
		  struct err *e);

/*
 * Loads the program that makes the listener, which comes out as a close-on-exec descriptor: the lowest that is free.  From
 * then on each call that the profile names waits for whoever holds the listener.
 */
int seccomp_listen(const struct seccomp_plan *p, int *ret_listener, struct err *e);

/*
 * Loads the filter into the calling thread; does nothing when none is wanted.  The caller has set
 * no_new_privs or holds CAP_SYS_ADMIN (effective) in its user namespace.
 */
int seccomp_install(const struct seccomp_plan *p, struct err *e);

/* One line on the program and one on each entry of s, the profile that p was made from. */
void seccomp_explain(const struct seccomp_plan *p, const struct oci_seccomp *s, struct explain *x);

/* ---- names (name.c), for `features` ---- */

enum seccomp_table { SECCOMP_ACTIONS, SECCOMP_OPERATORS, SECCOMP_ARCHES, SECCOMP_FLAGS };

/* Row i of a table, in alphabetical order; NULL behind the last. */
const char *seccomp_name(enum seccomp_table t, size_t i);

/* "2.5.4": the libseccomp that gives the numbers. */
void seccomp_library_version(char *buf, size_t size);

#endif
