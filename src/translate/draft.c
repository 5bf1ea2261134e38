/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translate/draft.h"

#include <string.h>

void *draft_room(struct draft *d, void *v, size_t n, size_t each)
{
	void *more;

	/* Lists grow to powers of two: one that is none has room. */
	if (v && n > 0 && (n & (n - 1)) != 0)
		return v;
	more = arena_array(d->a, n ? 2 * n : 1, each);
	if (!more)
		err_nomem(d->e);
	else if (v)
		memcpy(more, v, n * each);
	return more;
}

int draft_annotation(struct draft *d, const char *key, const char *value)
{
	struct oci_config *c = &d->plan->config;
	struct oci_pair *pair = value ? DRAFT_ADD(d, c->annotations, c->n_annotations) : NULL;

	if (!pair)
		return err_nomem(d->e);
	*pair = (struct oci_pair){ key, value };
	return 0;
}

int draft_file(struct draft *d, const struct bundle_file *file)
{
	struct bundle_file *f = file->text ? DRAFT_ADD(d, d->plan->files, d->plan->n_files) : NULL;

	if (!f)
		return err_nomem(d->e);
	*f = *file;
	return 0;
}

int draft_text(struct draft *d, const char ***list, size_t *n, const char *text)
{
	const char **end = text ? DRAFT_ADD(d, *list, *n) : NULL;

	if (!end)
		return err_nomem(d->e);
	*end = text;
	return 0;
}
