/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lithos_clean: which images are in use, which are not, and the removal of these.  What is not known for sure stays. */
#include "cmd/lithos/clean.h"

#include "base/arr.h"
#include "cmd/lithos/tell.h"
#include "cmd/lithos/tools.h"
#include "lithos/deploy.h"
#include "supervise/whole.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "sys/scratch.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	SANDBOXES_MAX = 10000,
	VERSIONS_MAX = 1000,
	STATUS_SCAN = 2,			/* the exit status when a directory cannot be read */
	KEEP_RECENT_S = 3600,			/* who unpacks an image has so long to configure it */
};

static void clean_done(struct clean *c)
{
	for (size_t i = 0; i < c->n; i++)
		fd_close(&c->v[i].dir);
	scratch_done(&c->a);
}
#define auto_clean_state __attribute__((cleanup(clean_done)))

/* ---- the deployment ---- */

static int read_sandboxes(struct clean *c, struct deploy *d, struct findings *f, struct err *e)
{
	const struct lithos_master *m = deploy_master(d);
	const struct deploy_sandbox *s;
	int rc;

	c->runtime_dir = arena_str(&c->a, m->runtime_dir);
	c->former.config_log_dir = arena_str(&c->a, m->config_log_dir);
	if (!c->runtime_dir || (m->config_log_dir && !c->former.config_log_dir))
		return err_nomem(e);
	while ((rc = deploy_next(d, f, &s, e)) > 0) {
		if (!s->config || !s->processes) {
			if (f->n_errors == 0)
				finding_error(f, (struct mark){ .file = s->file }, "its processes cannot be read");
			continue;
		}
		if (c->n == SANDBOXES_MAX)
			return err_set(e, -E2BIG, "there are more than %d sandboxes", SANDBOXES_MAX);
		rc = tenant_make(s, &c->a, f, &c->v[c->n++], e);
		if (rc < 0)
			return rc;
	}
	return rc;
}

/* 0: all of it could be read; else the exit status, or negative. */
static int read_deployment(struct clean *c, struct err *e)
{
	const struct deploy_request how = { .master = c->words->config };
	auto_findings struct findings f = { .v = NULL };
	auto_deploy struct deploy *d = NULL;
	struct teller t = { .json = false };
	int rc = deploy_open(&how, &f, &d, e);

	if (rc > 0)
		rc = read_sandboxes(c, d, &f, e);
	else if (rc == 0 && f.n_errors == 0)
		finding_error(&f, (struct mark){ .file = NULL }, "the master configuration cannot be used");
	tell(&t, &f);
	return rc < 0 ? rc : t.n_errors > 0;
}

/* ---- who needs what ---- */

static void find_former(struct clean *c, struct tenant *t)
{
	struct err e = { 0 };

	if (!t->list && !c->former.config_log_dir)
		clean_complain(t->name, "Neither config-log-dir nor used-images-list is set, only the present configuration "
			       "counts");
	if (former_find(&c->former, t, &e) < 0)
		tenant_leave(t, arena_fmt(&c->a, "%s: %s is left alone", e.text, t->image_dir));
}

static int mind_supervisor(struct clean *c, struct err *e)
{
	char auto_text *text = NULL;
	struct report r = { 0 };
	char boot_id[37];
	int rc = sys_boot_id(boot_id) < 0 ? err_set(e, -EIO, "the id of this boot cannot be read") :
		 whole_report(c->runtime_dir, boot_id, &c->a, &text, &r, e);

	if (rc > 0)
		tenants_mind(c->v, c->n, &r);
	return rc < 0 ? rc : 0;
}

static int find_needs(struct clean *c, struct err *e)
{
	if (mind_supervisor(c, e) < 0)
		return e->code;
	for (size_t i = 0; i < c->n; i++) {
		struct err one = { 0 };

		if (tenant_open(&c->v[i], &c->a, &one) < 0) {
			clean_complain(c->v[i].name, one.text);
			c->scan_failed = true;
		}
		if (c->v[i].auto_clean)
			find_former(c, &c->v[i]);
	}
	tenants_compare(c->v, c->n);
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].why)
			clean_complain(c->v[i].name, c->v[i].why);
	return 0;
}

static int clean(struct clean *c, struct err *e)
{
	int rc;

	c->v = ARENA_ARRAY(&c->a, SANDBOXES_MAX, struct tenant);
	if (!c->v)
		return err_nomem(e);
	rc = read_deployment(c, e);
	if (rc == 0)
		rc = find_needs(c, e);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < c->n; i++)
		clean_sandbox(c, &c->v[i]);
	return c->scan_failed ? STATUS_SCAN : 0;
}

/* ---- words ---- */

static int read_count(const char *text, const char *option, uint32_t *ret, struct err *e)
{
	size_t len = strlen(text);

	if (len == 0 || len > 9 || strspn(text, "0123456789") != len)
		return err_set(e, TOOL_USAGE, "--%s takes a number, not %s", option, text);
	*ret = (uint32_t)strtoul(text, NULL, 10);
	return 0;
}

static int read_words(struct clean *c, struct err *e)
{
	const struct clean_words *w = c->words;

	c->former.now_s = (int64_t)time(NULL);
	c->keep_s = KEEP_RECENT_S;
	c->former.rules = (struct history_rules){
		.has_days = w->history_days, .at_least = w->versions_min, .at_most = VERSIONS_MAX,
	};
	if (w->used + w->unused + w->delete_unused > 1)
		return err_set(e, TOOL_USAGE, "only one of --used, --unused and --delete-unused can be done");
	if (w->history_days && read_count(w->history_days, "history-days", &c->former.rules.days, e) < 0)
		return e->code;
	if (w->versions_max && read_count(w->versions_max, "versions-max", &c->former.rules.at_most, e) < 0)
		return e->code;
	if (w->keep_recent && !history_delta(w->keep_recent, &c->keep_s))
		return err_set(e, TOOL_USAGE, "--keep-recent takes a time such as 30m, 1h or 2d, not %s", w->keep_recent);
	return 0;
}

static int run_clean(const struct cli_call *call, struct err *e)
{
	auto_clean_state struct clean c = { .words = call->options };

	if (read_words(&c, e) < 0 || scratch_make(&c.a, e) < 0)
		return e->code;
	c.former.a = &c.a;
	return clean(&c, e);
}

static const struct cli_option options[] = {
	CLI_TEXT_ROW(clean_words, config, "config", "C", "FILE", "the master configuration; " DEPLOY_MASTER " if not given"),
	CLI_TEXT_ROW(clean_words, config, "master", NULL, "FILE", "the same as --config"),
	CLI_FLAG_ROW(clean_words, used, "used", NULL, "print the images that are in use; so also without any of these three"),
	CLI_FLAG_ROW(clean_words, unused, "unused", NULL, "print the images that are not"),
	CLI_FLAG_ROW(clean_words, delete_unused, "delete-unused", NULL, "delete them"),
	CLI_TEXT_ROW(clean_words, history_days, "history-days", "D", "DAYS",
		     "configurations that were logged last longer ago do not count; all of them do if not given"),
	CLI_COUNT_ROW(clean_words, versions_min, "versions-min", NULL, "N", "but so many of them do in any case; 0 if not given"),
	CLI_COUNT_ROW(clean_words, versions_min, "vmin", NULL, "N", "the same as --versions-min"),
	CLI_TEXT_ROW(clean_words, versions_max, "versions-max", NULL, "N", "and not more than so many; 1000 if not given"),
	CLI_TEXT_ROW(clean_words, versions_max, "vmax", NULL, "N", "the same as --versions-max"),
	CLI_TEXT_ROW(clean_words, keep_recent, "keep-recent", NULL, "DELTA",
		     "images that were made or changed so lately (90s, 30m, 1h, 2d, 1w) count as used; 1h if not given, "
		     "0s: none"),
	CLI_FLAG_ROW(clean_words, clean_logs, "clean-logs", NULL,
		     "the same for logs of configurations that are older than all that count"),
	CLI_FLAG_ROW(clean_words, verbose, "verbose", "v", "with --delete-unused, print what is deleted"),
};

static const struct tool_command commands[] = {
	{
		.args = "", .help = "list or delete images that are not in use", .options = options,
		.n_options = ARRAY_LEN(options), .options_size = sizeof(struct clean_words), .prints = true, .run = run_clean,
	},
};

const struct tool tool_clean = {
	"clean", "list or delete images that are not in use", commands, ARRAY_LEN(commands), 2,
};
