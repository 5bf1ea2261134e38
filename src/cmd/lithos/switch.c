/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lithos_switch: another process file for a sandbox, judged, put in place at once, and taken by the supervisor. */
#include "base/arr.h"
#include "cmd/lithos/preview.h"
#include "cmd/lithos/tell.h"
#include "cmd/lithos/tools.h"
#include "lithos/deploy.h"
#include "lithos/image.h"
#include "lithos/sandbox.h"
#include "supervise/install.h"
#include "supervise/running.h"
#include "supervise/settled.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "sys/process.h"
#include "sys/scratch.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { LOOK_MS = 100, TIMEOUT_S = 300, WORDS_MAX = 1 << 20, STATUS_NO_PROGRAM = 127 };

struct switch_words {
	const char *master;
	bool verbose;
	bool plan;
	bool wait;
	uint32_t timeout;
};

struct switcher {
	const struct switch_words *words;
	const char *sandbox;
	const char *file;
	struct arena a;
	struct places places;
	const char *target;		/* the process file of the sandbox */
	char boot_id[37];
	pid_t pid;			/* of the supervisor; 0: none runs */
	int pidfd;
	uint64_t accepted;		/* by it, before */
};

static void switcher_done(struct switcher *s)
{
	scratch_done(&s->a);
	fd_close(&s->pidfd);
}
#define auto_switcher __attribute__((cleanup(switcher_done)))

static const char *master_of(const struct switcher *s)
{
	return s->words->master ? s->words->master : DEPLOY_MASTER;
}

/* ---- what is where ---- */

/* 1: found; 0: findings say why not; negative: see deploy.h. */
static int find_target(struct switcher *s, struct findings *f, struct err *e)
{
	const struct deploy_request how = { .master = s->words->master, .sandbox = s->sandbox };
	auto_deploy struct deploy *d = NULL;
	const struct deploy_sandbox *sandbox = NULL;
	int rc = deploy_open(&how, f, &d, e);

	if (rc <= 0)
		return rc;
	if (places_find(deploy_master(d), &s->a, &s->places, e) < 0)
		return e->code;
	rc = deploy_next(d, f, &sandbox, e);
	if (rc == 0)
		deploy_finish(d, f);
	if (rc <= 0 || !sandbox->config)
		return rc < 0 ? rc : 0;
	s->target = sandbox_process_file(deploy_master(d), sandbox->config, &s->a);
	return s->target ? 1 : err_nomem(e);
}

/* Whether there is a status file that is to be understood. */
static bool read_status(struct switcher *s, struct report *ret)
{
	struct err e = { 0 };
	size_t len;
	char *text = whole_keep(AT_FDCWD, s->places.status, SHEET_BYTES_MAX, &s->a, &len);

	return text && report_read(text, len, s->boot_id, &s->a, ret, &e) == 0;
}

static int find_supervisor(struct switcher *s, struct err *e)
{
	struct report r;
	int rc = running_find(s->places.pid_file, &s->pid, &s->pidfd, e);

	if (rc > 0 && read_status(s, &r))
		s->accepted = r.accepted;
	return rc;
}

/* ---- judging ---- */

/* What it says goes through here, since it knows the file by the name of a copy. */
static void pass_words(int fd, const char *copy, const char *name)
{
	char *text = malloc(WORDS_MAX + 1), *at = text, *found;
	ssize_t n = text && lseek(fd, 0, SEEK_SET) == 0 ? sys_read_all(fd, text, WORDS_MAX) : -1;

	if (n > 0) {
		text[n] = '\0';
		while ((found = strstr(at, copy))) {
			fprintf(stderr, "%.*s%s", (int)(found - at), at, name);
			at = found + strlen(copy);
		}
		fputs(at, stderr);
	}
	free(text);
}

/* lithos_check of the same program; its status. */
static int run_check(const char *const args[], int words, struct err *e)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return err_sys(e, -errno, "start lithos_check");
	if (pid == 0) {
		if (dup2(words, STDOUT_FILENO) >= 0 && dup2(words, STDERR_FILENO) >= 0)
			execv("/proc/self/exe", (char *const *)args);
		_exit(STATUS_NO_PROGRAM);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(e, -errno, "wait for lithos_check");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int check(struct switcher *s, const char *path, struct err *e)
{
	const char *const args[] = {
		"lithos", "check", "--config", master_of(s), "--sandbox", s->sandbox, "--alternate-config", path, NULL,
	};
	auto_close int words = sys_memfd("words", 0);
	int rc = words < 0 ? err_sys(e, words, "memory for what lithos_check says") : run_check(args, words, e);

	if (words >= 0)
		pass_words(words, path, s->file);
	return rc > 0 ? err_set(e, -EINVAL, "Configuration check failed with exit status: %d", rc) : rc;
}

static int plan(struct switcher *s, struct err *e)
{
	const struct preview p = {
		.master = s->words->master, .sandbox = s->sandbox, .file = s->file, .places = &s->places,
		.boot_id = s->boot_id, .a = &s->a,
	};
	struct report r;

	if (check(s, s->file, e) < 0)
		return e->code;
	return preview_print(&p, s->pid > 0 && read_status(s, &r) ? &r : NULL, e);
}

/* ---- the switch ---- */

static int put_in_place(struct switcher *s, struct err *e)
{
	auto_install struct install i = INSTALL_INIT;
	auto_close int from = -EBADF;

	if (image_open_host_file(s->file, &from, e) < 0 || install_begin(s->target, s->sandbox, from, &i, e) < 0 ||
	    check(s, i.path, e) < 0)
		return e->code;
	return install_finish(&i, e);
}

/* 1: told; 0: there is nobody to tell. */
static int signal_supervisor(struct switcher *s, struct err *e)
{
	int rc;

	if (s->pid == 0) {
		fprintf(stderr, "warning: no lithos_tree runs (nobody has %s): the file is in place for the next one\n",
			s->places.pid_file);
		return 0;
	}
	rc = sys_pidfd_send_signal(s->pidfd, SIGQUIT);
	if (rc == -ESRCH) {
		fprintf(stderr, "warning: lithos_tree has just ended: the file is in place for the next one\n");
		return 0;
	}
	return rc < 0 ? err_sys(e, rc, "tell lithos_tree, process %d", (int)s->pid) : 1;
}

static void pause_ms(long ms)
{
	const struct timespec t = { .tv_nsec = ms * 1000000 };

	nanosleep(&t, NULL);
}

/* One look at the status file; the memory of it is given back. */
static enum settled_answer look(struct switcher *s, char why[SETTLED_WHY_MAX])
{
	size_t before = s->a.used;
	enum settled_answer answer = SETTLED_NOT_YET;
	struct report r;

	if (read_status(s, &r))
		answer = settled(&r, s->sandbox, s->accepted, why);
	scratch_rewind(&s->a, before);
	return answer;
}

static int await(struct switcher *s, struct err *e)
{
	uint32_t seconds = s->words->timeout ? s->words->timeout : TIMEOUT_S;
	int64_t end = sys_now_ms() + (int64_t)seconds * 1000;
	char why[SETTLED_WHY_MAX] = "it has not said anything yet";
	enum settled_answer answer;

	while ((answer = look(s, why)) == SETTLED_NOT_YET) {
		if (sys_pidfd_poll(s->pidfd, 0) != 0)
			return err_set(e, -ESRCH, "lithos_tree has ended");
		if (sys_now_ms() >= end)
			return err_set(e, -ETIMEDOUT, "%s has not settled within %u seconds: %s", s->sandbox, seconds, why);
		pause_ms(LOOK_MS);
	}
	return answer == SETTLED_FAILED ? err_set(e, -EIO, "%s", why) : 0;
}

/* A word that would be of no effect is a mistake. */
static int check_words(const struct switch_words *w, struct err *e)
{
	if (w->plan && w->wait)
		return err_set(e, TOOL_USAGE, "--wait does not go with --plan, which changes nothing");
	if (w->timeout > 0 && !w->wait)
		return err_set(e, TOOL_USAGE, "--timeout goes with --wait");
	return 0;
}

static int run_switch(const struct cli_call *call, struct err *e)
{
	auto_switcher struct switcher s = {
		.words = call->options, .sandbox = call->args[0], .file = call->args[1], .pidfd = -EBADF,
	};
	auto_findings struct findings f = { 0 };
	int rc;

	if (check_words(s.words, e) < 0)
		return e->code;
	rc = sys_boot_id(s.boot_id);
	if (rc < 0)
		return err_sys(e, rc, "the id of this boot");
	if (scratch_make(&s.a, e) < 0)
		return e->code;
	rc = find_target(&s, &f, e);
	if (rc == 0)
		tell(&(struct teller){ .json = false }, &f);
	if (rc <= 0)
		return rc < 0 ? rc : 1;
	if (find_supervisor(&s, e) < 0)
		return e->code;
	if (s.words->plan)
		return plan(&s, e);
	if (put_in_place(&s, e) < 0)
		return e->code;
	rc = signal_supervisor(&s, e);
	if (rc < 0 || !s.words->wait)
		return rc < 0 ? rc : 0;
	return rc > 0 ? await(&s, e) : err_set(e, -ESRCH, "there is no lithos_tree to wait for");
}

static const struct cli_option options[] = {
	CLI_TEXT_ROW(switch_words, master, "master", NULL, "FILE", "the master configuration; " DEPLOY_MASTER " if not given"),
	CLI_TEXT_ROW(switch_words, master, "config", "C", "FILE", "the same as --master"),
	CLI_FLAG_ROW(switch_words, plan, "plan", NULL, "change nothing, print what would start, restart and stop"),
	CLI_FLAG_ROW(switch_words, wait, "wait", "w", "wait until the sandbox runs in the new configuration"),
	CLI_COUNT_ROW(switch_words, timeout, "timeout", NULL, "SECONDS", "how long --wait waits; 300 if not given"),
	CLI_FLAG_ROW(switch_words, verbose, "verbose", "v", "accepted, of no effect"),
};

static const struct tool_command commands[] = {
	{
		.args = "SANDBOX FILE", .help = "replace the process file of a sandbox", .options = options,
		.n_options = ARRAY_LEN(options), .options_size = sizeof(struct switch_words), .min_args = 2, .max_args = 2,
		.run = run_switch,
	},
};

const struct tool tool_switch = {
	"switch", "replace the process file of a sandbox", commands, ARRAY_LEN(commands), 2,
};
