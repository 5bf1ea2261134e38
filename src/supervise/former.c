/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/former.h"

#include "supervise/config_log.h"
#include "supervise/whole.h"
#include "sys/file.h"

#include <limits.h>
#include <stdio.h>

enum {
	LIST_BYTES_MAX = 16 << 20,
	LOG_BYTES_MAX = CONFIG_LOG_BYTES + (64 << 20),	/* a line more than that when it is put aside */
};

static int read_log(const struct former *f, const struct tenant *i, uint32_t number, struct history *h, struct err *e)
{
	char path[PATH_MAX + DEPLOY_NAME_MAX + 32], suffix[16] = "";
	char auto_text *text = NULL;
	size_t len;
	int rc;

	if (number > 0)
		snprintf(suffix, sizeof(suffix), ".%u", number);
	snprintf(path, sizeof(path), "%s/%s.log%s", f->config_log_dir, i->name, suffix);
	rc = whole_read(AT_FDCWD, path, LOG_BYTES_MAX, false, &text, &len, e);
	if (rc == 0)
		rc = history_read(h, text, len, number, f->a, e);
	return rc < 0 && rc != -ENOENT ? err_ctx(e, "%s", path) : rc;
}

/* Oldest first: the highest number, and the one without a number at last. */
static int read_logs(const struct former *f, const struct tenant *i, struct history *h, struct err *e)
{
	bool any = false;

	for (uint32_t number = CONFIG_LOG_FILES + 1; number-- > 0; ) {
		struct err one = { 0 };
		int rc = read_log(f, i, number, h, &one);

		if (rc < 0 && rc != -ENOENT) {
			*e = one;
			return rc;
		}
		any |= rc == 0;
	}
	return any ? 0 : err_set(e, -ENOENT, "there is no log of its configurations in %s", f->config_log_dir);
}

static int use_log(const struct former *f, struct tenant *i, struct err *e)
{
	auto_history struct history h = { .v = NULL };
	struct names former;
	size_t first;

	if (read_logs(f, i, &h, e) < 0)
		return e->code;
	first = history_first(&h, &f->rules, f->now_s);
	i->has_log = true;
	i->oldest_log = first < h.n ? h.v[first].file : 0;
	if (history_images(&h, first, f->a, &former, e) < 0)
		return e->code;
	return names_join(&i->used, &former, f->a, &i->used, e);
}

static int use_list(const struct former *f, struct tenant *i, struct err *e)
{
	char auto_text *text = NULL;
	struct names former;
	size_t len;

	if (whole_read(AT_FDCWD, i->list, LIST_BYTES_MAX, true, &text, &len, e) < 0)
		return e->code;
	if (history_list(text, len, i->levels, f->a, &former, e) < 0)
		return err_ctx(e, "%s", i->list);
	return names_join(&i->used, &former, f->a, &i->used, e);
}

int former_find(const struct former *f, struct tenant *t, struct err *e)
{
	if (t->list)
		return use_list(f, t, e);
	return f->config_log_dir ? use_log(f, t, e) : 0;
}
