/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lithos_clean: what it is told, and what it has found out (clean.c) for what it does (clean_sandbox.c). */
#ifndef CIST_CMD_LITHOS_CLEAN_H
#define CIST_CMD_LITHOS_CLEAN_H

#include "supervise/former.h"

struct clean_words {
	const char *config;
	bool used, unused, delete_unused;
	const char *history_days, *versions_max;
	uint32_t versions_min;
	const char *keep_recent;
	bool clean_logs;
	bool verbose;
};

struct clean {
	const struct clean_words *words;
	struct former former;
	int64_t keep_s;
	struct arena a;
	const char *runtime_dir;
	struct tenant *v;
	size_t n;
	bool scan_failed;
};

/* About a sandbox, or a file: a line to standard error. */
void clean_complain(const char *about, const char *text);

/*
 * What is asked for, with the directory of images that t has, and those who share it; once.  Everybody's needs are known by
 * now.  c->scan_failed when that directory cannot be read.
 */
void clean_sandbox(struct clean *c, struct tenant *t);

#endif
