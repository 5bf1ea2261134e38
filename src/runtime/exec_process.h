/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which process `exec` starts: the container's own as the base, changed by --process or by the options. */
#ifndef CIST_RUNTIME_EXEC_PROCESS_H
#define CIST_RUNTIME_EXEC_PROCESS_H

#include "runtime/runtime.h"

#include "libocispec/ocispec.h"

struct exec_process {
	struct oci_process process;	/* complete */
	struct oci_doc *file;		/* of --process, which process then points into */
	void *memory;			/* of what the options added */
};

/*
 * Pure but for reading --process.  container is the configuration that it was created from.  exec_process_done() is the
 * caller's, also after a failure; container has to outlive it.
 */
must_use int exec_process_make(const struct exec_options *o, const struct oci_config *container,
			       struct exec_process *ret, struct err *e);
void exec_process_done(struct exec_process *p);
#define auto_exec_process __attribute__((cleanup(exec_process_done)))

#endif
