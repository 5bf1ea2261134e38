/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/listing.h"

#include "libocispec/table.h"

#include <stdlib.h>
#include <string.h>

static const struct oci_row rows[] = {
	OCI_STR (struct listed, "id",     id,     OCI_REQUIRED),
	OCI_STR (struct listed, "bundle", bundle, OCI_REQUIRED),
	OCI_STR (struct listed, "status", status, OCI_REQUIRED),
	OCI_NUM0(struct listed, "pid",    pid,    0, INT32_MAX, 0),
};
static const struct oci_table listed_table = OCI_TABLE(struct listed, rows);

struct listed_all {
	struct listed *v;
	size_t n_v;
};

static enum listed_status status_of(const char *word)
{
	if (strcmp(word, "running") == 0 || strcmp(word, "paused") == 0 || strcmp(word, "pausing") == 0)
		return LISTED_RUNS;
	return strcmp(word, "stopped") == 0 ? LISTED_ENDED : LISTED_HALF;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct listed *)a)->id, ((const struct listed *)b)->id);
}

int listing_read(const char *text, size_t len, struct listing *ret, struct err *e)
{
	static const struct oci_row list = OCI_OBJS(struct listed_all, "", v, &listed_table, 0);
	struct listed_all *all;
	struct oci_err why;

	*ret = (struct listing){ 0 };
	while (len > 0 && strchr(" \n\t\r", text[len - 1]))
		len--;
	if (len == 0 || (len == 4 && memcmp(text, "null", 4) == 0))
		return 0;
	ret->doc = oci_doc_parse_row(&list, sizeof(*all), text, len, OCI_LENIENT, &why);
	if (!ret->doc)
		return err_set(e, why.code, "what the runtime lists: %s", why.text);
	/* The document is ours alone. */
	all = (struct listed_all *)ret->doc->root;
	for (size_t i = 0; i < all->n_v; i++)
		all->v[i].state = status_of(all->v[i].status);
	if (all->n_v > 0)
		qsort(all->v, all->n_v, sizeof(*all->v), compare);
	ret->v = all->v;
	ret->n = all->n_v;
	return 0;
}

void listing_done(struct listing *l)
{
	oci_doc_free(l->doc);
	*l = (struct listing){ 0 };
}

static int compare_key(const void *key, const void *entry)
{
	return strcmp(key, ((const struct listed *)entry)->id);
}

const struct listed *listing_find(const struct listing *l, const char *id)
{
	return l->n > 0 ? bsearch(id, l->v, l->n, sizeof(*l->v), compare_key) : NULL;
}
