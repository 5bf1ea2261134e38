/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A walk over a deployment while it goes on: what deploy.c and deploy_container.c share. */
#ifndef CIST_LITHOS_DEPLOYING_H
#define CIST_LITHOS_DEPLOYING_H

#include "lithos/container.h"
#include "lithos/deploy.h"
#include "lithos/master.h"
#include "lithos/process.h"
#include "lithos/reader.h"
#include "lithos/sandbox.h"

#include <string.h>

/* Most sandboxes have one container file a process; many may have one for all. */
enum { DEPLOY_HEADS = 1024 };

/* A container file that the present sandbox has read. */
struct deploy_cached {
	struct deploy_cached *next;
	const char *image, *config;
	const char *about;		/* the process that is the first to have it */
	struct mark at;			/* where that one says so */
	struct yaml *doc, *secrets;
	struct lithos_container container;
	bool readable, whole;
};

struct deploy {
	struct deploy_request how;
	struct reader *reader;		/* of the administrator's files */
	struct reader *image_reader;
	struct claims *claims;
	bool alternate_seen, sandbox_seen;

	struct arena a;			/* of the master */
	struct yaml *master_doc;
	struct lithos_master master;
	char **names;			/* sorted; each has room for ".yaml" */
	size_t n_names;

	/* The present sandbox; all of it goes with the next. */
	size_t next_name;
	struct arena box;
	struct yaml *sandbox_doc, *processes_doc;
	struct lithos_sandbox sandbox_config;
	struct lithos_processes processes;
	struct deploy_sandbox sandbox;
	bool *broken;			/* by index of processes.v */
	struct deploy_cached *heads[DEPLOY_HEADS];

	/* The present process. */
	size_t next_process;
	struct deploy_process process;
	const char *open_image;		/* what process.image is */
	const char *parsed_image;	/* whose files image_reader has read */
	char about[512];
};

static inline bool deploy_is_asked_for(const struct deploy *d, const struct lithos_process *p)
{
	return !d->how.process || strcmp(d->how.process, p->name) == 0;
}

/* What is said of p itself is good; the image and the file may still not be there. */
static inline bool deploy_has_names(const struct deploy *d, const struct lithos_process *p)
{
	return !d->broken[p - d->processes.v] && p->image && p->config;
}

/* 1, 0 and negative as reader_read(); what cannot be opened, by rc and e, is a finding. */
must_use int deploy_read_open(struct reader *reader, int rc, int fd, const char *file, const struct yaml_limits *limits,
			      struct mark at, struct findings *f, struct yaml **ret, struct err *e);

/* The container file of the present process, from the image or from the last time; its findings are told once. */
must_use int deploy_find_container(struct deploy *d, struct findings *f, struct err *e);

#endif
