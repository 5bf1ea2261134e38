/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The annotations that change what is done; all others are only carried along (config.md#annotations).  `features` tells
 * clients of them, who may want to keep them from users.
 */
#ifndef CIST_RUNTIME_ANNOTATIONS_H
#define CIST_RUNTIME_ANNOTATIONS_H

#include "base/err.h"

#include <stddef.h>

struct oci_config;

/* crun's names.  Those that belong to one mechanism are in its header. */
#define FILTER_RECEIVER_ANNOTATION	"run.oci.seccomp.receiver"
#define FILTER_STRICT_ANNOTATION	"run.oci.seccomp_fail_unknown_syscall"
#define KEEP_GROUPS_ANNOTATION		"run.oci.keep_original_groups"
#define PIDFD_ANNOTATION		"run.oci.pidfd_receiver"

/* The i-th name, in the order of strcmp(3), NULL behind the last.  One that ends with a dot is how names begin. */
const char *annotations_name(size_t i);

/* Those that ask for what cist does not do are refused with a sentence: -EOPNOTSUPP. */
must_use int annotations_check(const struct oci_config *c, struct err *e);

#endif
