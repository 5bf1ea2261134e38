/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking for one of many in a configuration. */
#include "libocispec/ocispec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *oci_pair_value(const struct oci_pair *pairs, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(pairs[i].key, key) == 0)
			return pairs[i].value;
	return NULL;
}

int oci_annotation_flag(const struct oci_config *c, const char *key, bool *ret, struct oci_err *e)
{
	const char *value = oci_annotation(c, key);

	*ret = value && strcmp(value, "true") == 0;
	if (!value || *ret || strcmp(value, "false") == 0)
		return 0;
	e->code = -EINVAL;
	snprintf(e->text, sizeof(e->text), "annotations: %s: \"%.64s\" is neither \"true\" nor \"false\"", key, value);
	return e->code;
}

const char *oci_annotation(const struct oci_config *c, const char *key)
{
	return oci_pair_value(c->annotations, c->n_annotations, key);
}

const struct oci_namespace *oci_namespace(const struct oci_config *c, const char *type)
{
	for (size_t i = 0; c->linux && i < c->linux->n_namespaces; i++)
		if (strcmp(c->linux->namespaces[i].type, type) == 0)
			return &c->linux->namespaces[i];
	return NULL;
}

bool oci_makes_namespace(const struct oci_config *c, const char *type)
{
	const struct oci_namespace *n = oci_namespace(c, type);

	return n && !(n->path && *n->path);
}

bool oci_joins_namespace(const struct oci_config *c, const char *type)
{
	const struct oci_namespace *n = oci_namespace(c, type);

	return n && n->path && *n->path;
}
