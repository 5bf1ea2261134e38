/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of judge.h share. */
#ifndef CIST_TRANSLATE_JUDGING_H
#define CIST_TRANSLATE_JUDGING_H

#include "lithos/yaml.h"
#include "secret/secret.h"
#include "translate/judge.h"
#include "translate/view.h"

#include <stdint.h>

enum judge_keys { JUDGE_KEYS_UNTRIED, JUDGE_KEYS_OPEN, JUDGE_KEYS_MISSING };

struct judge {
	int proc_fd;			/* O_PATH of /proc, or negative */
	uint64_t memory;		/* bytes; 0: unknown */
	bool guarded;			/* against looking into this process */
	const struct lithos_sandbox *sandbox;
	enum judge_keys keys_are;
	struct secret_keys keys;
};

struct judging {
	struct judge *j;
	const struct judge_process *p;
	const struct instance *in;
	const struct lithos_container *c;
	struct view view;
	struct arena *a;
	struct findings *f;
	struct err *e;
};

/* One part each.  Negative: no memory. */
must_use int judge_mounts(struct judging *g);	/* judge_mounts.c; fills the view for those that follow */
must_use int judge_program(struct judging *g);	/* judge_program.c */
must_use int judge_output(struct judging *g);
must_use int judge_secrets(struct judging *g);	/* judge_secrets.c */

#endif
