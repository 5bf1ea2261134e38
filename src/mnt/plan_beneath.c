/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sources of binds that a container may have had in its hands: what it left there must not decide what the next one gets.
 * Of such a source a prefix is the administrator's, and is followed as it is; the rest is opened beneath it, and no
 * symbolic link in it is followed.
 */
#include "mnt/build.h"
#include "libocispec/ocispec.h"

#include <string.h>

static int read_list(struct mnt_build *b, const struct oci_strings *list, struct err *e)
{
	const char **v = ARENA_ARRAY(b->arena, list->n_v, const char *);

	if (!v)
		return err_nomem(e);
	for (size_t i = 0; i < list->n_v; i++) {
		if (*list->v[i] != '/')
			return err_set(e, -EINVAL, "[%zu]: \"%.*s\" is not an absolute path", i, 256, list->v[i]);
		v[i] = mnt_build_path(b, list->v[i], e);
		if (!v[i])
			return err_ctx(e, "[%zu]", i);
	}
	b->beneath = v;
	b->n_beneath = list->n_v;
	return 0;
}

int mnt_build_beneath(struct mnt_build *b, struct err *e)
{
	const char *text = oci_annotation(b->config, MNT_BENEATH_ANNOTATION);
	auto_oci_doc struct oci_doc *d = NULL;
	struct oci_err oe;

	if (!text)
		return 0;
	d = oci_strings_parse(text, strlen(text), &oe);
	if (!d)
		return err_set(e, oe.code, "annotations: " MNT_BENEATH_ANNOTATION ": %s", oe.text);
	return read_list(b, d->root, e) < 0 ? err_ctx(e, "annotations: " MNT_BENEATH_ANNOTATION) : 0;
}

/* Component by component: /srv/db begins /srv/db/x, not /srv/dbx. */
static bool begins(const char *path, const char *prefix)
{
	size_t n = strcmp(prefix, "/") == 0 ? 0 : strlen(prefix);

	return strncmp(path, prefix, n) == 0 && (path[n] == '/' || !path[n]);
}

int mnt_build_source_beneath(struct mnt_build *b, struct mnt_source *s, struct err *e)
{
	if (b->n_beneath == 0)
		return 0;
	s->path = mnt_build_path(b, s->path, e);
	if (!s->path)
		return e->code;
	/* Of several the shortest: it leaves the most to be looked at. */
	for (size_t i = 0; i < b->n_beneath; i++)
		if (begins(s->path, b->beneath[i]) && (!s->beneath || strlen(b->beneath[i]) < strlen(s->beneath)))
			s->beneath = b->beneath[i];
	return 0;
}
