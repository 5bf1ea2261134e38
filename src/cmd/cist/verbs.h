/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of cist: one row each, and a short function that turns its options into a call of the runtime. */
#ifndef CIST_CMD_VERBS_H
#define CIST_CMD_VERBS_H

#include "cmd/cist/cli.h"
#include "runtime/runtime.h"

struct format_words {	/* list, ps */
	const char *format;
	bool quiet;
};

struct explain_words {
	const char *bundle;
	const char *config;
	const char *netconf;
	bool json;
};

struct spec_words {
	const char *bundle;
	const char *file;
	bool rootless;
};

/* What the options of a command are read into; zero is the default of each. */
union verb_options {
	struct create_options create;	/* run too */
	struct delete_options delete;
	struct exec_options exec;
	struct kill_options kill;
	struct events_options events;
	struct destroy_options destroy;
	struct update_options update;
	struct format_words format;
	struct explain_words explain;
	struct spec_words spec;
};

extern const struct cli_command commands[];
extern const size_t n_commands;

/* The answer to a command that does not exist. */
int verb_unknown(const char *name, struct err *e);

#endif
