/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images that are in use, that are not, and the removal of these: a directory at a time. */
#include "base/log.h"
#include "base/text.h"
#include "cmd/lithos/clean.h"
#include "lithos/deploy.h"
#include "supervise/config_log.h"
#include "supervise/images.h"
#include "sys/file.h"

#include <limits.h>
#include <stdio.h>

/* ---- what is told ---- */

void clean_complain(const char *about, const char *text)
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

/* ---- what is done ---- */

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
	clean_complain(i->name, e.text);
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
		clean_complain(i->name, e.text);
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
			clean_complain(i->name, e.text);
		}
	}
}

void clean_sandbox(struct clean *c, struct tenant *i)
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
		clean_complain(i->name, e.text);
		c->scan_failed = true;
	}
	for (size_t k = 0; k < c->n; k++)
		if (tenants_share(i, &c->v[k])) {
			if (rc == 0)
				handle_logs(c, &c->v[k]);
			c->v[k].done = true;
		}
}
