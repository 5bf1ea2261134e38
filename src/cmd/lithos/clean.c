/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lithos_clean: which images are in use, which are not, and the removal of these.  What is not known for sure stays. */
#include "base/arr.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/lithos/tell.h"
#include "cmd/lithos/tools.h"
#include "lithos/deploy.h"
#include "supervise/config_log.h"
#include "supervise/former.h"
#include "supervise/images.h"
#include "supervise/whole.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "sys/scratch.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	SANDBOXES_MAX = 10000,
	VERSIONS_MAX = 1000,
	STATUS_SCAN = 2,			/* the exit status when a directory cannot be read */
	KEEP_RECENT_S = 3600,			/* who unpacks an image has so long to configure it */
};

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

static void clean_done(struct clean *c)
{
	for (size_t i = 0; i < c->n; i++)
		fd_close(&c->v[i].dir);
	scratch_done(&c->a);
}
#define auto_clean_state __attribute__((cleanup(clean_done)))

/* ---- what is told ---- */

static void complain(const char *about, const char *text)
{
	char line[LOG_LINE_MAX], whole[ERR_TEXT_MAX + DEPLOY_NAME_MAX];

	snprintf(whole, sizeof(whole), "%s: %s", about, text);
	log_line(line, LOG_BARE, LOG_LEVEL_ERROR, whole, 0);
	fprintf(stderr, "%s", line);
}

/* A path in double quotes. */
static void print_path(const char *dir, const char *name)
{
	char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	printf("\"");
	for (const unsigned char *p = (const unsigned char *)path; *p; ) {
		size_t n = text_printable(p);

		if (*p == '"' || *p == '\\')
			printf("\\%c", *p);
		else if (n > 0)
			printf("%.*s", (int)n, (const char *)p);
		else
			printf("\\x%02x", *p);
		p += n > 0 ? n : 1;
	}
	printf("\"\n");
}

static void print_deletion(const struct clean *c, const char *dir, const char *name)
{
	char when[LOG_TIME_MAX];

	if (!c->words->verbose)
		return;
	log_time(when, c->former.now_s);
	printf("%s: Deleting ", when);
	print_path(dir, name);
}

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
		complain(t->name, "Neither config-log-dir nor used-images-list is set, only the present configuration counts");
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

/* ---- what is done about them ---- */

/*
 * The birth of an image and its last change are the same to us: it may be of a configuration that is to come.  One that cannot
 * be looked at is nobody's to delete.
 */
static bool is_recent(const struct clean *c, const struct tenant *i, const char *name)
{
	struct err e = { 0 };
	int64_t changed;

	if (images_changed(i->dir, name, &changed, &e) == 0)
		return changed > c->former.now_s - c->keep_s;
	complain(i->name, e.text);
	return true;
}

static bool is_root_of_somebody(const struct tenant *i, const char *name)
{
	struct stat st;

	return sys_fstatat(i->dir, name, AT_SYMLINK_NOFOLLOW, &st) < 0 || images_is_root(st.st_dev, st.st_ino);
}

static void delete_image(struct clean *c, const struct tenant *i, const char *name)
{
	struct err e = { 0 };
	int rc;

	print_deletion(c, i->image_dir, name);
	rc = images_remove(i->dir, name, &e);
	if (rc == 0)
		err_set(&e, -EBUSY, "%s: a process has it as its root", name);
	if (rc <= 0)
		complain(i->name, e.text);
}

static void handle_unused(struct clean *c, const struct tenant *i, const char *name)
{
	if (is_recent(c, i, name) || is_root_of_somebody(i, name))
		return;
	if (c->words->delete_unused)
		delete_image(c, i, name);
	else
		print_path(i->image_dir, name);
}

static int handle_group(struct clean *c, struct tenant *i, struct err *e)
{
	struct names used, all;

	if (tenants_images(c->v, c->n, i, &c->a, &used, e) < 0)
		return e->code;
	if (!c->words->unused && !c->words->delete_unused) {
		for (size_t k = 0; k < used.n; k++)
			print_path(i->image_dir, used.v[k]);
		return 0;
	}
	if (images_list(i->dir, i->levels, &c->a, &all, e) < 0)
		return err_ctx(e, "%s", i->image_dir);
	for (size_t k = 0; k < all.n; k++)
		if (!names_have(&used, all.v[k]))
			handle_unused(c, i, all.v[k]);
	return c->words->delete_unused ? images_sweep(i->dir, i->levels, &c->a, e) : 0;
}

/* Logs that are older than all that counts. */
static void handle_logs(struct clean *c, const struct tenant *i)
{
	if (!i->has_log || !c->words->clean_logs)
		return;
	for (uint32_t number = i->oldest_log + 1; number <= CONFIG_LOG_FILES; number++) {
		char name[DEPLOY_NAME_MAX + 32], path[PATH_MAX + sizeof(name)];
		struct err e = { 0 };
		struct stat st;
		int rc;

		snprintf(name, sizeof(name), "%s.log.%u", i->name, number);
		snprintf(path, sizeof(path), "%s/%s", c->former.config_log_dir, name);
		if (sys_fstatat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &st) < 0)
			continue;
		if (!c->words->delete_unused) {
			if (c->words->unused)
				print_path(c->former.config_log_dir, name);
			continue;
		}
		print_deletion(c, c->former.config_log_dir, name);
		rc = sys_unlinkat(AT_FDCWD, path, 0);
		if (rc < 0) {
			err_sys(&e, rc, "%s", path);
			complain(i->name, e.text);
		}
	}
}

static void handle(struct clean *c, struct tenant *i)
{
	struct err e = { 0 };
	int rc;

	if (i->done || !i->auto_clean || i->dir < 0)
		return;
	if (tenants_are_alone(c->v, c->n, i)) {
		i->done = true;
		return;
	}
	rc = handle_group(c, i, &e);
	if (rc < 0) {
		complain(i->name, e.text);
		c->scan_failed = true;
	}
	for (size_t k = 0; k < c->n; k++)
		if (tenants_share(i, &c->v[k])) {
			if (rc == 0)
				handle_logs(c, &c->v[k]);
			c->v[k].done = true;
		}
}

static int find_needs(struct clean *c, struct err *e)
{
	if (mind_supervisor(c, e) < 0)
		return e->code;
	for (size_t i = 0; i < c->n; i++) {
		struct err one = { 0 };

		if (tenant_open(&c->v[i], &c->a, &one) < 0) {
			complain(c->v[i].name, one.text);
			c->scan_failed = true;
		}
		if (c->v[i].auto_clean)
			find_former(c, &c->v[i]);
	}
	tenants_compare(c->v, c->n);
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].why)
			complain(c->v[i].name, c->v[i].why);
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
		handle(c, &c->v[i]);
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
