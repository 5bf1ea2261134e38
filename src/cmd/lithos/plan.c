/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lithos plan: the planner, which lithos_tree and lithos_switch execute.  Standard output is the file of wanted.h and
 * nothing else; it is written as a whole at the end, or not at all.
 */
#include "base/arr.h"
#include "cmd/lithos/tools.h"
#include "lithos/deploy.h"
#include "secret/secret.h"
#include "supervise/plan.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "sys/scratch.h"

#include <string.h>

struct plan_words {
	const char *config;
	const char *runtime_dir;
	const char *alternate;
	const char *sandbox;
	bool settings;
	bool bundles;
	bool log_configs;
};

static int print(const struct wanted *w, struct err *e)
{
	auto_sheet struct sheet s = { 0 };
	char boot_id[37];
	int rc = sys_boot_id(boot_id);

	if (rc < 0)
		return err_sys(e, rc, "the id of this boot");
	if (wanted_write(w, boot_id, &s, e) < 0)
		return e->code;
	rc = sys_write_all(STDOUT_FILENO, s.text, s.len);
	return rc < 0 ? err_sys(e, rc, "write to standard output") : 0;
}

static int run_plan(const struct cli_call *call, struct err *e)
{
	const struct plan_words *words = call->options;
	const struct plan_request how = {
		.master = words->config, .runtime_dir = words->runtime_dir, .settings_only = words->settings,
		.bundles = words->bundles, .log_configs = words->log_configs,
		.alternate = words->alternate, .alternate_for = words->alternate ? words->sandbox : NULL,
	};
	auto_scratch struct arena a = { 0 };
	struct wanted w;

	if (words->alternate && !words->sandbox)
		return err_set(e, TOOL_USAGE, "--alternate-config needs --sandbox");
	if ((words->bundles && secret_guard_process(e) < 0) || scratch_make(&a, e) < 0 || plan_make(&how, &a, &w, e) < 0)
		return e->code;
	return print(&w, e);
}

static const struct cli_option options[] = {
	CLI_TEXT_ROW(plan_words, config, "config", "C", "FILE", "the master configuration; " DEPLOY_MASTER " if not given"),
	CLI_TEXT_ROW(plan_words, runtime_dir, "runtime-dir", NULL, "DIR", "where the supervisor is: a master file that names "
		     "another place is an error"),
	CLI_TEXT_ROW(plan_words, alternate, "alternate-config", NULL, "FILE",
		     "read this instead of the process file of one sandbox"),
	CLI_TEXT_ROW(plan_words, sandbox, "sandbox", NULL, "NAME", "the sandbox that --alternate-config is for"),
	CLI_FLAG_ROW(plan_words, settings, "settings", NULL, "read the master configuration alone"),
	CLI_FLAG_ROW(plan_words, bundles, "bundles", NULL, "make the bundles, in runtime-dir"),
	CLI_FLAG_ROW(plan_words, log_configs, "log-configs", NULL, "write the log of configurations"),
};

static const struct tool_command commands[] = {
	{
		.args = "", .help = "print what is to run, for lithos_tree", .options = options,
		.n_options = ARRAY_LEN(options),
		.options_size = sizeof(struct plan_words), .prints = true, .run = run_plan,
	},
};

const struct tool tool_plan = {
	"plan", "print what is to run, for lithos_tree", commands, ARRAY_LEN(commands), 2,
};
