/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lithos_tree: the supervisor. */
#include "base/arr.h"
#include "cmd/lithos/tools.h"
#include "lithos/deploy.h"
#include "supervise/tree.h"
#include "sys/file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_BYTES = 256 << 10, WORDS_MAX = 256 };

struct tree_options {
	const char *config;
	bool log_stderr;
	const char *log_level;
	const char *runtime;
};

/* How this process was executed, as it will be again. */
struct words {
	char text[WORDS_BYTES];
	const char *v[WORDS_MAX + 1];
	char program[PATH_MAX];
};

static int read_words(struct words *w, struct err *e)
{
	auto_close int fd = sys_openat(AT_FDCWD, "/proc/self/cmdline", O_RDONLY, 0);
	ssize_t len = fd < 0 ? fd : sys_read_all(fd, w->text, sizeof(w->text) - 1);
	size_t n = 0;

	if (len < 0)
		return err_sys(e, (int)len, "read /proc/self/cmdline");
	for (ssize_t at = 0; at < len; at += (ssize_t)strlen(w->text + at) + 1) {
		if (n == WORDS_MAX)
			return err_set(e, -E2BIG, "there are more than %d words on the command line", WORDS_MAX);
		w->v[n++] = w->text + at;
	}
	return 0;
}

/*
 * By the name that it has now, beside the program that runs: after an upgrade that is another file, and its name is what
 * operators look for.  The path is looked up now, since a file that was replaced has none.
 */
static int find_program(struct words *w, struct err *e)
{
	const char *name;
	ssize_t n = sys_readlinkat(AT_FDCWD, "/proc/self/exe", w->program, sizeof w->program);
	char *slash, *own;

	if (n < 0)
		return err_sys(e, (int)n, "look up /proc/self/exe");
	if (!w->v[0])
		return err_set(e, -EINVAL, "it was executed without a name");
	own = strdup(w->program);
	if (!own)
		return err_nomem(e);
	name = strrchr(w->v[0], '/');
	name = name ? name + 1 : w->v[0];
	slash = strrchr(w->program, '/');
	if (slash && (size_t)(slash + 1 - w->program) + strlen(name) < sizeof w->program) {
		memcpy(slash + 1, name, strlen(name) + 1);
		if (sys_faccessat(AT_FDCWD, w->program, X_OK) < 0)
			memcpy(w->program, own, strlen(own) + 1);
	}
	free(own);
	return 0;
}

static int run_tree(const struct cli_call *call, struct err *e)
{
	const struct tree_options *o = call->options;
	struct words *w = calloc(1, sizeof *w);
	struct tree_words words;
	enum line_level level;
	int rc;

	if (!w)
		return err_nomem(e);
	words = (struct tree_words){
		.master = o->config, .runtime = o->runtime, .log_stderr = o->log_stderr, .log_level = o->log_level,
		.program = w->program, .argv = w->v, .envp = (const char *const *)environ,
	};
	if (o->log_level && !line_level_find(o->log_level, &level))
		rc = err_set(e, TOOL_USAGE, "there is no log level \"%s\"", o->log_level);
	else if (geteuid() != 0)
		rc = err_set(e, -EPERM, "Fatal error: lithos_tree has to be root");
	else
		rc = read_words(w, e);
	if (rc == 0)
		rc = find_program(w, e);
	if (rc == 0)
		rc = tree_run(&words, e);
	free(w);
	return rc;
}

static const struct cli_option options[] = {
	CLI_TEXT_ROW(tree_options, config, "config", "C", "FILE", "the master configuration; " DEPLOY_MASTER " if not given"),
	CLI_TEXT_ROW(tree_options, config, "master", NULL, "FILE", "the same as --config"),
	CLI_FLAG_ROW(tree_options, log_stderr, "log-stderr", NULL, "write the log to standard error as well"),
	CLI_WORD_ROW(tree_options, log_level, "log-level", NULL, "LEVEL", "error warn info debug trace",
		     "least level that is logged, whatever the configuration says"),
	CLI_TEXT_ROW(tree_options, runtime, "runtime", NULL, "FILE",
		     "the OCI runtime that is executed; the cist beside this program, or in PATH, if not given"),
};

static const struct tool_command commands[] = {
	{
		.args = "", .help = "keep the instances of a deployment running", .options = options,
		.n_options = ARRAY_LEN(options), .options_size = sizeof(struct tree_options), .run = run_tree,
	},
};

const struct tool tool_tree = {
	"tree", "keep the instances of a deployment running", commands, ARRAY_LEN(commands), 2,
};
