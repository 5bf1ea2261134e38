/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A deployment: the master file and all that follows from it, read one sandbox at a time and within it one process at a
 * time, so that memory does not grow with what is already done.
 *
 *	deploy_open(&request, &findings, &d, e);
 *	while ((rc = deploy_next(d, &findings, &s, e)) > 0)
 *		while ((rc = deploy_next_process(d, &findings, &p, e)) > 0)
 *			for (n = 0; p->container && n < deploy_instances(p); n++)
 *				deploy_instance(d, &(struct instance_request){ .number = n }, &arena, &findings, &instance, e);
 *	deploy_finish(d, &findings);
 *
 * What is broken is told as a finding and concerns that item only: the walk goes on, and `whole` says of which sandbox and
 * which process all could be read, so that a supervisor leaves the others as they are.  Negative returns are for what has
 * nothing to do with the configuration: no memory, no process to read with.
 *
 * Files in directories of the administrator are opened by name, symbolic links followed; the container file is opened
 * within its image (image.h).  Either is a regular file or an error.  All are parsed by the confined reader (reader.h).
 */
#ifndef CIST_LITHOS_DEPLOY_H
#define CIST_LITHOS_DEPLOY_H

#include "base/arena.h"
#include "lithos/finding.h"
#include "lithos/instance.h"
#include "lithos/lithos.h"

#define DEPLOY_MASTER "/etc/lithos/master.yaml"
enum { DEPLOY_NAME_MAX = 100 };		/* bytes of the name of a sandbox */

struct deploy_request {
	const char *master;		/* NULL: DEPLOY_MASTER */
	const char *sandbox;		/* only this one; NULL: all */
	const char *process;		/* only this one of each sandbox; NULL: all */
	const char *alternate;		/* file to read instead of the process file of … */
	const char *alternate_for;	/* … this sandbox; NULL: of none */
};

/* Lives until the next deploy_next(). */
struct deploy_sandbox {
	const char *name;
	const char *file;
	const struct lithos_sandbox *config;		/* NULL: its file could not be read */
	const struct lithos_processes *processes;	/* NULL: its process file could not be read */
	bool whole;		/* both were read without an error; its processes have their own word */
};

/* Lives until the next deploy_next_process(); config and container as long as the sandbox. */
struct deploy_process {
	const struct lithos_process *config;
	const struct lithos_container *container;	/* NULL: it, or the image, cannot be read */
	int image;		/* the image's directory, O_PATH; negative: it cannot be opened */
	const char *image_path;	/* what it is called on the host, for messages and for root.path; NULL: its name is refused */
	bool whole;
};

struct deploy;

/*
 * Reads the master file and lists the sandboxes.  1: *ret is the deployment, deploy_close() is the caller's; 0: the master
 * file or the directory of sandboxes cannot be read; negative: see above.  The strings of the request are not copied.
 */
must_use int deploy_open(const struct deploy_request *how, struct findings *f, struct deploy **ret, struct err *e);
void deploy_close(struct deploy *d);
static inline void deploy_close_at(struct deploy **d)
{
	deploy_close(*d);
	*d = NULL;
}
#define auto_deploy __attribute__((cleanup(deploy_close_at)))

const struct lithos_master *deploy_master(const struct deploy *d);

/* Names of all sandboxes there are, sorted by their bytes, whether or not the request asks for them. */
const char *const *deploy_names(const struct deploy *d, size_t *ret_n);

/* The next sandbox, in that order.  1: *ret is it; 0: there are no more; negative: see above. */
must_use int deploy_next(struct deploy *d, struct findings *f, const struct deploy_sandbox **ret, struct err *e);

/* The next process of that sandbox, in the order of its file.  As above. */
must_use int deploy_next_process(struct deploy *d, struct findings *f, const struct deploy_process **ret, struct err *e);

/* How many instances a process has: of a command, which is started by hand, 1. */
uint32_t deploy_instances(const struct deploy_process *p);

/*
 * instance_make() for the present process, whose container has been read.  Beside what that finds, ports of the host and
 * addresses of bridges are noted: a port that another sandbox has is an error, an address that another process has is a
 * warning.  Returns as instance_make().
 */
must_use int deploy_instance(struct deploy *d, const struct instance_request *how, struct arena *a, struct findings *f,
			     struct instance *ret, struct err *e);

/* What can be said at the end only: that the sandbox which was asked for is not there. */
void deploy_finish(struct deploy *d, struct findings *f);

/*
 * What a supervisor needs of the host before it starts: the master's directories absolute, there or to be made in one that
 * is there, not writable by everybody, none used for two purposes; devfs-dir there.  Each problem is a finding.
 */
void deploy_check_directories(const struct lithos_master *m, struct findings *f);

/*
 * One container file by its name on the host, of no image and for no process: what lithos_check --check-container reads.
 * The struct lives in a, its doc is NULL.  1: without an error; 0: with findings; negative: see above.
 */
must_use int deploy_read_container(const char *file, struct arena *a, struct findings *f, struct lithos_container *ret,
				   struct err *e);

#endif
