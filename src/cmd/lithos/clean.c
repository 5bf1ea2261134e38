/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lithos_clean: which images are in use, which are not, and the removal of these.  What is not known for sure stays. */
#include "base/arr.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/lithos/tell.h"
#include "cmd/lithos/tools.h"
#include "lithos/allow.h"
#include "lithos/deploy.h"
#include "supervise/config_log.h"
#include "supervise/history.h"
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
	LIST_BYTES_MAX = 16 << 20,		/* of a used-images-list */
	LOG_BYTES_MAX = CONFIG_LOG_BYTES + (64 << 20),	/* a line more than that when it is put aside */
	VERSIONS_MAX = 1000,
	STATUS_SCAN = 2,			/* the exit status when a directory cannot be read */
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

struct item {
	const char *name;			/* of the sandbox */
	const char *image_dir;
	uint32_t levels;
	bool auto_clean;
	const char *list;			/* used-images-list; NULL: none */
	struct names used;			/* the present ones, then also the former */
	uint32_t oldest_log;			/* that was consulted */
	bool has_log;
	bool alone;				/* its directory is left alone */
	/* of its directory */
	int dir;				/* negative: it cannot be opened */
	dev_t dev;
	ino_t ino;
	const char *path;			/* without links */
	bool done;
};

struct clean {
	const struct clean_words *words;
	struct history_rules rules;
	int64_t keep_s;				/* negative: newer ones are not kept */
	int64_t now_s;
	struct arena a;
	const char *config_log_dir, *runtime_dir;
	struct item *v;
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

static void free_text(char **text)
{
	free(*text);
}
#define auto_text __attribute__((cleanup(free_text)))

/* ---- what is told ---- */

static void complain(const char *about, const char *text)
{
	char line[LOG_LINE_MAX], whole[ERR_TEXT_MAX + DEPLOY_NAME_MAX];

	snprintf(whole, sizeof(whole), "%s: %s", about, text);
	log_line(line, LOG_BARE, LOG_LEVEL_ERROR, whole, 0);
	fprintf(stderr, "%s", line);
}

/* Nothing is removed that this sandbox may need. */
static void leave_alone(struct item *i, const char *why)
{
	if (!i->alone)
		complain(i->name, why);
	i->alone = true;
}

static void leave_for(struct item *i, const struct err *e)
{
	char text[ERR_TEXT_MAX + 64];

	snprintf(text, sizeof(text), "%s: %s is left alone", e->text, i->image_dir);
	leave_alone(i, text);
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
	log_time(when, c->now_s);
	printf("%s: Deleting ", when);
	print_path(dir, name);
}

/* ---- the deployment ---- */

/* The images of the present configuration; an image with the wrong number of parts would be looked for at the wrong depth. */
static int read_present(struct clean *c, const struct deploy_sandbox *s, struct item *i, struct findings *f, struct err *e)
{
	const struct lithos_processes *p = s->processes;
	const char **v = ARENA_ARRAY(&c->a, p->n + 1, const char *);

	if (!v)
		return err_nomem(e);
	for (size_t k = 0; k < p->n; k++) {
		v[k] = arena_str(&c->a, p->v[k].image);
		if (!v[k])
			return err_nomem(e);
		(void)allow_image(s->config, &p->v[k], f);
	}
	i->used = names_sort(v, p->n);
	return 0;
}

static int add_sandbox(struct clean *c, const struct deploy_sandbox *s, struct findings *f, struct err *e)
{
	const struct lithos_sandbox *x = s->config;
	struct item *i;

	if (c->n == SANDBOXES_MAX)
		return err_set(e, -E2BIG, "there are more than %d sandboxes", SANDBOXES_MAX);
	i = &c->v[c->n++];
	*i = (struct item){
		.name = arena_str(&c->a, s->name), .image_dir = arena_str(&c->a, x->image_dir), .levels = x->image_dir_levels,
		.auto_clean = x->auto_clean, .list = arena_str(&c->a, x->used_images_list), .dir = -EBADF,
	};
	if (!i->name || !i->image_dir || (x->used_images_list && !i->list))
		return err_nomem(e);
	return read_present(c, s, i, f, e);
}

static int read_sandboxes(struct clean *c, struct deploy *d, struct findings *f, struct err *e)
{
	const struct lithos_master *m = deploy_master(d);
	const struct deploy_sandbox *s;
	int rc;

	c->runtime_dir = arena_str(&c->a, m->runtime_dir);
	c->config_log_dir = arena_str(&c->a, m->config_log_dir);
	if (!c->runtime_dir || (m->config_log_dir && !c->config_log_dir))
		return err_nomem(e);
	while ((rc = deploy_next(d, f, &s, e)) > 0) {
		if (!s->config || !s->processes) {
			if (f->n_errors == 0)
				finding_error(f, (struct mark){ .file = s->file }, "its processes cannot be read");
			continue;
		}
		rc = add_sandbox(c, s, f, e);
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

/* ---- what was in use before ---- */

static int read_log(struct clean *c, const struct item *i, uint32_t number, struct history *h, struct err *e)
{
	char path[PATH_MAX + DEPLOY_NAME_MAX + 32], suffix[16] = "";
	char auto_text *text = NULL;
	size_t len;
	int rc;

	if (number > 0)
		snprintf(suffix, sizeof(suffix), ".%u", number);
	snprintf(path, sizeof(path), "%s/%s.log%s", c->config_log_dir, i->name, suffix);
	rc = whole_read(AT_FDCWD, path, LOG_BYTES_MAX, false, &text, &len, e);
	if (rc == 0)
		rc = history_read(h, text, len, number, &c->a, e);
	return rc < 0 && rc != -ENOENT ? err_ctx(e, "%s", path) : rc;
}

/* Oldest first: the highest number, and the one without a number at last. */
static int read_logs(struct clean *c, const struct item *i, struct history *h, struct err *e)
{
	bool any = false;

	for (uint32_t number = CONFIG_LOG_FILES + 1; number-- > 0; ) {
		struct err one = { 0 };
		int rc = read_log(c, i, number, h, &one);

		if (rc < 0 && rc != -ENOENT) {
			*e = one;
			return rc;
		}
		any |= rc == 0;
	}
	return any ? 0 : err_set(e, -ENOENT, "there is no log of its configurations in %s", c->config_log_dir);
}

static int use_log(struct clean *c, struct item *i, struct err *e)
{
	auto_history struct history h = { .v = NULL };
	struct names former;
	size_t first;

	if (read_logs(c, i, &h, e) < 0)
		return e->code;
	first = history_first(&h, &c->rules, c->now_s);
	i->has_log = true;
	i->oldest_log = first < h.n ? h.v[first].file : 0;
	if (history_images(&h, first, &c->a, &former, e) < 0)
		return e->code;
	return names_join(&i->used, &former, &c->a, &i->used, e);
}

static int use_list(struct clean *c, struct item *i, struct err *e)
{
	char auto_text *text = NULL;
	struct names former;
	size_t len;

	if (whole_read(AT_FDCWD, i->list, LIST_BYTES_MAX, true, &text, &len, e) < 0)
		return e->code;
	if (history_list(text, len, i->levels, &c->a, &former, e) < 0)
		return err_ctx(e, "%s", i->list);
	return names_join(&i->used, &former, &c->a, &i->used, e);
}

static void find_former(struct clean *c, struct item *i)
{
	struct err e = { 0 };
	int rc = 0;

	if (i->list)
		rc = use_list(c, i, &e);
	else if (c->config_log_dir)
		rc = use_log(c, i, &e);
	else
		complain(i->name, "Neither config-log-dir nor used-images-list is set, only the present configuration counts");
	if (rc < 0)
		leave_for(i, &e);
}

/* ---- what a supervisor is at ---- */

/* An instance that is to be replaced, or has its former configuration: its image is of no configuration that was read. */
static void mind_instance(struct clean *c, const struct report_instance *r)
{
	const char *slash = strchr(r->name, '/');
	size_t len = slash ? (size_t)(slash - r->name) : strlen(r->name);

	for (size_t k = 0; k < c->n; k++)
		if (strncmp(c->v[k].name, r->name, len) == 0 && !c->v[k].name[len])
			leave_alone(&c->v[k], r->kept ? "its former configuration is in use, its images are left alone" :
							"an update is going on, its images are left alone");
}

static int mind_supervisor(struct clean *c, struct err *e)
{
	char auto_text *text = NULL;
	struct report r = { 0 };
	char boot_id[37];
	int rc = sys_boot_id(boot_id) < 0 ? err_set(e, -EIO, "the id of this boot cannot be read") :
		 whole_report(c->runtime_dir, boot_id, &c->a, &text, &r, e);

	for (size_t i = 0; rc > 0 && i < r.n_instances; i++)
		if (r.instances[i].kept || r.instances[i].stale)
			mind_instance(c, &r.instances[i]);
	return rc < 0 ? rc : 0;
}

/* ---- directories of images, and who shares them ---- */

static int open_images(struct clean *c, struct item *i, struct err *e)
{
	char proc[64], path[PATH_MAX];
	struct stat st;

	i->dir = sys_openat(AT_FDCWD, i->image_dir, O_RDONLY | O_DIRECTORY, 0);
	if (i->dir < 0)
		return err_sys(e, i->dir, "%s", i->image_dir);
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", i->dir);
	if (sys_fstat(i->dir, &st) < 0 || sys_readlinkat(AT_FDCWD, proc, path, sizeof(path)) < 0)
		return err_set(e, -EIO, "%s: it cannot be looked at", i->image_dir);
	i->dev = st.st_dev;
	i->ino = st.st_ino;
	i->path = arena_str(&c->a, path);
	return i->path ? 0 : err_nomem(e);
}

static bool is_same(const struct item *a, const struct item *b)
{
	return a->dir >= 0 && b->dir >= 0 && a->dev == b->dev && a->ino == b->ino;
}

static bool is_below(const struct item *a, const struct item *b)
{
	size_t len = a->dir >= 0 && b->dir >= 0 ? strlen(b->path) : 0;

	if (len == 1)
		return a->path[1] != '\0';
	return len > 0 && strncmp(a->path, b->path, len) == 0 && a->path[len] == '/';
}

/* What each pair has to say of the other; in the end all of one directory are left alone, or none. */
static void compare(struct item *a, struct item *b)
{
	if (is_below(a, b) || is_below(b, a)) {
		leave_alone(a, "its image-dir and another sandbox' are one within the other, they are left alone");
		leave_alone(b, "its image-dir and another sandbox' are one within the other, they are left alone");
	}
	if (!is_same(a, b))
		return;
	if (a->auto_clean != b->auto_clean) {
		leave_alone(a, "auto-clean of it and of another sandbox with the same image-dir differ, that is left alone");
		b->alone = true;
	}
	if (a->levels != b->levels) {
		leave_alone(a, "image-dir-levels of it and of another sandbox with the same image-dir differ, "
			       "that is left alone");
		b->alone = true;
	}
}

static void compare_all(struct clean *c)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = i + 1; k < c->n; k++)
			compare(&c->v[i], &c->v[k]);
}

/* Whoever shares a directory with one that is left alone is left alone. */
static bool group_is_alone(const struct clean *c, const struct item *i)
{
	for (size_t k = 0; k < c->n; k++)
		if (is_same(i, &c->v[k]) && c->v[k].alone)
			return true;
	return i->alone;
}

static int group_names(struct clean *c, const struct item *i, struct names *ret, struct err *e)
{
	*ret = (struct names){ NULL, 0 };
	for (size_t k = 0; k < c->n; k++)
		if (is_same(i, &c->v[k]) && names_join(ret, &c->v[k].used, &c->a, ret, e) < 0)
			return e->code;
	return 0;
}

/* ---- what is done about them ---- */

/* The birth of an image and its last change are the same to us: it may be of a configuration that is to come. */
static bool is_recent(const struct clean *c, const struct item *i, const char *name)
{
	struct err e = { 0 };
	int64_t changed;

	if (c->keep_s < 0)
		return false;
	if (images_changed(i->dir, name, &changed, &e) == 0)
		return changed > c->now_s - c->keep_s;
	complain(i->name, e.text);
	return true;
}

static bool is_root_of_somebody(const struct item *i, const char *name)
{
	struct stat st;

	return sys_fstatat(i->dir, name, AT_SYMLINK_NOFOLLOW, &st) < 0 || images_is_root(st.st_dev, st.st_ino);
}

static void delete_image(struct clean *c, const struct item *i, const char *name)
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

static void handle_unused(struct clean *c, const struct item *i, const char *name)
{
	if (is_recent(c, i, name) || is_root_of_somebody(i, name))
		return;
	if (c->words->delete_unused)
		delete_image(c, i, name);
	else
		print_path(i->image_dir, name);
}

static int handle_group(struct clean *c, struct item *i, struct err *e)
{
	struct names used, all;

	if (group_names(c, i, &used, e) < 0)
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
static void handle_logs(struct clean *c, const struct item *i)
{
	if (!i->has_log || !c->words->clean_logs)
		return;
	for (uint32_t number = i->oldest_log + 1; number <= CONFIG_LOG_FILES; number++) {
		char name[DEPLOY_NAME_MAX + 32], path[PATH_MAX + sizeof(name)];
		struct err e = { 0 };
		struct stat st;
		int rc;

		snprintf(name, sizeof(name), "%s.log.%u", i->name, number);
		snprintf(path, sizeof(path), "%s/%s", c->config_log_dir, name);
		if (sys_fstatat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &st) < 0)
			continue;
		if (!c->words->delete_unused) {
			if (c->words->unused)
				print_path(c->config_log_dir, name);
			continue;
		}
		print_deletion(c, c->config_log_dir, name);
		rc = sys_unlinkat(AT_FDCWD, path, 0);
		if (rc < 0) {
			err_sys(&e, rc, "%s", path);
			complain(i->name, e.text);
		}
	}
}

static void handle(struct clean *c, struct item *i)
{
	struct err e = { 0 };
	int rc;

	if (i->done || !i->auto_clean || i->dir < 0)
		return;
	if (group_is_alone(c, i)) {
		i->done = true;
		return;
	}
	rc = handle_group(c, i, &e);
	if (rc < 0) {
		complain(i->name, e.text);
		c->scan_failed = true;
	}
	for (size_t k = 0; k < c->n; k++)
		if (is_same(i, &c->v[k])) {
			if (rc == 0)
				handle_logs(c, &c->v[k]);
			c->v[k].done = true;
		}
}

static int clean(struct clean *c, struct err *e)
{
	int rc;

	c->v = ARENA_ARRAY(&c->a, SANDBOXES_MAX, struct item);
	if (!c->v)
		return err_nomem(e);
	rc = read_deployment(c, e);
	if (rc != 0)
		return rc;
	rc = mind_supervisor(c, e);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < c->n; i++) {
		struct err one = { 0 };

		if (open_images(c, &c->v[i], &one) < 0) {
			complain(c->v[i].name, one.text);
			c->scan_failed = true;
		}
		if (c->v[i].auto_clean)
			find_former(c, &c->v[i]);
	}
	compare_all(c);
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

	c->now_s = (int64_t)time(NULL);
	c->keep_s = -1;
	c->rules = (struct history_rules){ .has_days = w->history_days, .at_least = w->versions_min, .at_most = VERSIONS_MAX };
	if (w->used + w->unused + w->delete_unused > 1)
		return err_set(e, TOOL_USAGE, "only one of --used, --unused and --delete-unused can be done");
	if (w->history_days && read_count(w->history_days, "history-days", &c->rules.days, e) < 0)
		return e->code;
	if (w->versions_max && read_count(w->versions_max, "versions-max", &c->rules.at_most, e) < 0)
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
		     "images that were made or changed so lately (90s, 30m, 1h, 2d, 1w) count as used"),
	CLI_FLAG_ROW(clean_words, clean_logs, "clean-logs", NULL,
		     "the same for logs of configurations that are older than all that count"),
	CLI_FLAG_ROW(clean_words, verbose, "verbose", "v", "with --delete-unused, print what is deleted"),
};

static const struct tool_command commands[] = {
	{ NULL, "", "", options, ARRAY_LEN(options), sizeof(struct clean_words), 0, 0, false, true, run_clean },
};

const struct tool tool_clean = {
	"clean", "list or delete images that are not in use", commands, ARRAY_LEN(commands), 2,
};
