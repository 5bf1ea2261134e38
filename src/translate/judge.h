/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a process could run on this host: what an instance names is looked for, in its image and beside it.  It is all
 * that lithos_check does beyond reading and translating; nothing is changed, nothing of an image is trusted, and what the
 * caller may not look at is left out.
 */
#ifndef CIST_TRANSLATE_JUDGE_H
#define CIST_TRANSLATE_JUDGE_H

#include "base/arena.h"
#include "lithos/finding.h"
#include "lithos/instance.h"

struct yaml;
struct judge;

/* What is the same for a deployment: the keys of the present sandbox, the memory of the host. */
must_use int judge_make(struct judge **ret, struct err *e);
void judge_free(struct judge *j);
static inline void judge_free_at(struct judge **j)
{
	judge_free(*j);
	*j = NULL;
}
#define auto_judge __attribute__((cleanup(judge_free_at)))

/*
 * What a sandbox has of the host: its bridge (a warning, the host may be another one), the command after the network was set
 * up.  Its keys are forgotten with the next sandbox.  Negative: no memory.
 */
must_use int judge_sandbox(struct judge *j, const struct lithos_sandbox *s, struct findings *f, struct err *e);

struct judge_process {
	const struct instance *in;	/* any one of its instances: nothing here depends on the number */
	const struct yaml *processes;	/* document of the process file */
	int image;			/* O_PATH handle of the image's directory */
};

/*
 * Mount points in the image and sources on the host, of what every container has and of the volumes; the program, its
 * interpreter (a warning), its directory and the file of its output; secrets, as far as the key can be read by the caller
 * (else a warning, once a sandbox); a memory limit above what the host has (a warning).  a is for what is computed on the
 * way.  Negative: no memory.
 */
must_use int judge_process(struct judge *j, const struct judge_process *p, struct arena *a, struct findings *f, struct err *e);

#endif
