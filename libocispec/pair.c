/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "libocispec/oci_config.h"

#include <string.h>

const char *oci_pair_value(const struct oci_pair *pairs, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(pairs[i].key, key) == 0)
			return pairs[i].value;
	return NULL;
}

const char *oci_annotation(const struct oci_config *c, const char *key)
{
	return oci_pair_value(c->annotations, c->n_annotations, key);
}
