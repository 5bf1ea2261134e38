/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_LITHOS_CONTAINER_H
#define CIST_LITHOS_CONTAINER_H

#include "base/arena.h"
#include "lithos/finding.h"
#include "lithos/lithos.h"
#include "lithos/yaml.h"

/*
 * A container file from its document.  Answers as master_read().  What depends on a sandbox or on values of variables is
 * instance_make()'s to judge (instance.h).
 */
must_use int container_read(const struct yaml *y, struct arena *a, struct findings *f, struct lithos_container *ret,
			    struct err *e);

/*
 * The file of `secret-environ-file` within the image, in a: a relative one is beside the container file, whose own path
 * within the image is config.  NULL when a is full.
 */
must_use const char *container_secret_file(const struct lithos_container *c, const char *config, struct arena *a);

/*
 * The contents of that file into c->secret_environ, which is empty.  Answers as container_read().  Findings tell lines, and
 * nothing of what stands in them: the file is named by an image, and may be none of secrets.
 */
must_use int container_read_secrets(const struct yaml *y, struct arena *a, struct findings *f, struct lithos_container *c,
				    struct err *e);

#endif
