/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lithos_ps: what a supervisor runs, from its status file, its records, and /proc for the pids in there. */
#include "base/arr.h"
#include "base/log.h"
#include "cmd/lithos/tell.h"
#include "cmd/lithos/tools.h"
#include "lithos/deploy.h"
#include "supervise/display.h"
#include "supervise/places.h"
#include "supervise/record.h"
#include "supervise/whole.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "sys/process.h"
#include "sys/scratch.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#define RUNTIME_DIR "/run/lithos"

enum { MONITOR_MS = 1000 };

struct ps_words {
	const char *config;
	const char *runtime_dir;
	bool json;
	bool monitor;
	const char *why;
	bool force_color, no_color;
};

struct ps {
	const struct ps_words *words;
	struct arena a;
	size_t kept;			/* of it, over all looks */
	char boot_id[37];
	const char *runtime_dir;
};

/* ---- clocks and processes ---- */

static int64_t milliseconds(clockid_t clock)
{
	struct timespec t = { 0 };

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct display_clock read_clock(void)
{
	int64_t now = milliseconds(CLOCK_REALTIME);

	return (struct display_clock){
		.now_s = now / 1000, .boot_s = (now - milliseconds(CLOCK_BOOTTIME)) / 1000,
		.ticks = (uint64_t)sysconf(_SC_CLK_TCK),
	};
}

/* The pid may be somebody else's by now. */
static bool tree_runs(const struct report *r)
{
	struct proc_stat stat;

	return r->pid > 0 && sys_proc_stat(r->pid, &stat) == 0 && stat.state != 'Z' && stat.start_time == r->pid_start;
}

struct sight {
	struct report report;
	struct census census;
	struct display display;
	char *text;
};

static void sight_done(struct sight *s)
{
	census_done(&s->census);
	free(s->text);
	s->text = NULL;
}
#define auto_sight __attribute__((cleanup(sight_done)))

/* 1: *ret can be shown; 0: there is no supervisor, and has been none since the boot. */
static int look(struct ps *p, struct sight *ret, struct err *e)
{
	size_t n;
	pid_t *roots;
	int rc;

	scratch_rewind(&p->a, p->kept);
	rc = whole_report(p->runtime_dir, p->boot_id, &p->a, &ret->text, &ret->report, e);
	if (rc <= 0)
		return rc;
	if (display_roots(&ret->report, &roots, &n, e) < 0)
		return e->code;
	rc = census_take(roots, n, &ret->census, e);
	free(roots);
	ret->display = (struct display){ .report = &ret->report, .census = &ret->census, .clock = read_clock() };
	ret->display.colour = !p->words->no_color && (p->words->force_color || isatty(STDOUT_FILENO));
	ret->display.tree_runs = tree_runs(&ret->report);
	return rc < 0 ? rc : 1;
}

static int no_tree(const struct ps *p, struct err *e)
{
	return err_set(e, -ENOENT, "lithos_tree does not run: there is no status of it in %s", p->runtime_dir);
}

/* ---- what it does ---- */

static int show_once(struct ps *p, struct err *e)
{
	auto_sight struct sight s = { .text = NULL };
	int rc = look(p, &s, e);

	if (rc < 0)
		return rc;
	if (p->words->json)
		return display_json(stdout, rc ? &s.display : NULL, e);
	return rc ? display_tree(stdout, &s.display, e) : no_tree(p, e);
}

/* Lines of the terminal; 0: it is none. */
static size_t terminal_lines(void)
{
	struct winsize w;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row > 1 ? w.ws_row : 0;
}

static int monitor_once(const struct sight *now, const struct sight *before, int64_t elapsed_ms, struct err *e)
{
	size_t lines = terminal_lines();

	if (lines > 0)
		fputs("\033[H\033[2J", stdout);
	if (display_monitor(stdout, &now->display, before->text ? &before->census : NULL, elapsed_ms,
			    lines ? lines - 1 : 0, e) < 0)
		return e->code;
	if (lines == 0)
		putc('\n', stdout);
	return fflush(stdout) == 0 ? 0 : err_sys(e, -errno, "write to standard output");
}

/* Until a signal, or until nobody reads. */
static int monitor(struct ps *p, struct err *e)
{
	auto_sight struct sight before = { .text = NULL };
	int64_t then = 0;

	for (;;) {
		auto_sight struct sight now = { .text = NULL };
		int64_t ms = sys_now_ms();
		int rc = look(p, &now, e);

		if (rc <= 0)
			return rc < 0 ? rc : no_tree(p, e);
		if (monitor_once(&now, &before, ms - then, e) < 0)
			return e->code;
		/* The report lives in the arena, which is used again; the census is all that is wanted of it. */
		sight_done(&before);
		before = now;
		now = (struct sight){ .text = NULL };
		then = ms;
		poll(NULL, 0, MONITOR_MS);
	}
}

/* ---- why ---- */

static void print_lives(const struct record *r, const char *name)
{
	char sentence[RECORD_SENTENCE_MAX], time[LOG_TIME_MAX], line[LOG_LINE_MAX];

	for (size_t i = 0; i < r->n_lives; i++) {
		record_explain(&r->lives[i], sentence);
		log_time(time, r->lives[i].ended_s);
		/* What a runtime has said is in there. */
		log_line(line, LOG_BARE, LOG_LEVEL_ERROR, sentence, 0);
		printf("%s %s", time, line);
	}
	if (r->n_lives == 0)
		printf("%s: no life of it is over\n", name);
}

static int why(struct ps *p, struct err *e)
{
	const char *name = p->words->why;
	char auto_text *text = NULL;
	char id[DESIRED_ID_MAX];
	struct record *r = ARENA_NEW(&p->a, struct record);
	const char *path;
	size_t len;
	int rc;

	if (!desired_id_of(id, name))
		return err_set(e, TOOL_USAGE, "%s is not an instance's name, SANDBOX/PROCESS.N", name);
	path = arena_fmt(&p->a, "%s/" PLACE_RECORDS "/%s", p->runtime_dir, id);
	if (!path || !r)
		return err_nomem(e);
	rc = whole_read(AT_FDCWD, path, RECORD_BYTES, false, &text, &len, e);
	if (rc == -ENOENT) {
		*e = (struct err){ 0 };
		return err_set(e, rc, "nothing is known about %s", name);
	}
	if (rc == 0)
		rc = whole_judge((int)record_read(text, len, p->boot_id, &p->a, r), path, e);
	if (rc == 0 && p->words->json)
		display_json_lives(stdout, name, r);
	else if (rc == 0)
		print_lives(r, name);
	return rc;
}

/* ---- words ---- */

/* The place is in the master file; without one that can be read it is the usual place, unless another file was named. */
static int find_runtime_dir(struct ps *p, struct err *e)
{
	const struct deploy_request how = { .master = p->words->config };
	auto_findings struct findings f = { .v = NULL };
	auto_deploy struct deploy *d = NULL;
	int rc;

	if (p->words->runtime_dir) {
		p->runtime_dir = p->words->runtime_dir;
		return 0;
	}
	rc = deploy_open(&how, &f, &d, e);
	if (rc < 0)
		return rc;
	if (rc > 0) {
		p->runtime_dir = arena_str(&p->a, deploy_master(d)->runtime_dir);
		return p->runtime_dir ? 0 : err_nomem(e);
	}
	p->runtime_dir = RUNTIME_DIR;
	if (!p->words->config)
		return 0;
	tell(&(struct teller){ .json = false }, &f);
	return err_set(e, -EINVAL, "the master configuration cannot be used");
}

static int check_words(const struct ps_words *w, struct err *e)
{
	if (w->monitor && (w->json || w->why))
		return err_set(e, TOOL_USAGE, "--monitor goes with neither --json nor --why");
	if (w->force_color && w->no_color)
		return err_set(e, TOOL_USAGE, "--force-color does not go with --no-color");
	return 0;
}

static int run_ps(const struct cli_call *call, struct err *e)
{
	struct ps p = { .words = call->options };
	int rc;

	if (check_words(p.words, e) < 0)
		return e->code;
	if (sys_boot_id(p.boot_id) < 0)
		return err_set(e, -EIO, "/proc/sys/kernel/random/boot_id cannot be read");
	if (scratch_make(&p.a, e) < 0)
		return e->code;
	rc = find_runtime_dir(&p, e);
	p.kept = p.a.used;
	if (rc == 0)
		rc = p.words->why ? why(&p, e) : p.words->monitor ? monitor(&p, e) : show_once(&p, e);
	scratch_done(&p.a);
	return rc;
}

static const struct cli_option options[] = {
	CLI_FLAG_ROW(ps_words, json, "json", NULL, "print all that is known, or with --why all about those lives, as one line of JSON"),
	CLI_FLAG_ROW(ps_words, monitor, "monitor", NULL, "show what each instance uses, each second anew"),
	CLI_TEXT_ROW(ps_words, why, "why", NULL, "NAME", "tell how the last lives of an instance, SANDBOX/PROCESS.N, have ended"),
	CLI_FLAG_ROW(ps_words, force_color, "force-color", NULL, "use colours also where nothing shows them"),
	CLI_FLAG_ROW(ps_words, no_color, "no-color", NULL, "use no colours on a terminal either"),
	CLI_TEXT_ROW(ps_words, config, "config", "C", "FILE",
		     "the master configuration, which says where the supervisor is; " DEPLOY_MASTER " if not given"),
	CLI_TEXT_ROW(ps_words, config, "master", NULL, "FILE", "the same as --config"),
	CLI_TEXT_ROW(ps_words, runtime_dir, "runtime-dir", NULL, "DIR", "where the supervisor is, in place of the master's word"),
};

static const struct tool_command commands[] = {
	{
		.args = "", .help = "show what lithos_tree runs", .options = options, .n_options = ARRAY_LEN(options),
		.options_size = sizeof(struct ps_words), .prints = true, .run = run_ps,
	},
};

const struct tool tool_ps = {
	"ps", "show what lithos_tree runs", commands, ARRAY_LEN(commands), 2,
};
