/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The reader, the rules and the writer on arbitrary bytes: no crash, and what was taken and written is
 * taken again and written alike.
 */
#include "tests/fuzz/fuzz.h"

#include "libocispec/check.h"
#include "libocispec/ocispec.h"

static void written_alike(const struct oci_config *c)
{
	char *once = oci_config_write(c, NULL), *again;
	struct oci_err e;
	struct oci_doc *d = once ? oci_doc_parse(once, strlen(once), OCI_STRICT, &e) : NULL;

	if (!d || d->n_unknown)
		abort();
	again = oci_config_write(d->config, NULL);
	if (!again || strcmp(once, again) != 0)
		abort();
	free(again);
	oci_doc_free(d);
	free(once);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oci_findings found;
	struct oci_err e = { .text = "" };
	struct oci_doc *d = oci_doc_parse((const char *)data, size, size % 2 ? OCI_STRICT : OCI_LENIENT, &e);
	char text[256];

	if (!d) {
		if (e.code >= 0 || e.text[0] == '\0' || !memchr(e.text, '\0', sizeof(e.text)))
			abort();
		return 0;
	}
	oci_check(d->config, OCI_CHECK_RUN, &found);
	oci_findings_text(&found, text, sizeof(text));
	written_alike(d->config);
	oci_doc_free(d);
	return 0;
}
