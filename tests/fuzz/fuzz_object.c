/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The documents that come outside of a config.json: `exec --process`, `update --resources`, `mounts add`, the state
 * document and the features document.  What was taken and written is taken again and written alike.
 */
#include "tests/fuzz/fuzz.h"

#include "libocispec/check.h"
#include "libocispec/ocispec.h"
#include "libocispec/rows.h"

static const struct oci_table *const tables[] = {
	&oci_process_table, &oci_resources_table, &oci_state_table, &oci_features_table,
};

static void judge(const struct oci_table *t, const struct oci_doc *d)
{
	struct oci_findings found;
	char text[256];

	if (t == &oci_process_table)
		oci_check_process(d->root, &found);
	else if (t == &oci_resources_table)
		oci_check_resources(d->root, &found);
	else
		return;
	MUST(strlen(oci_findings_text(&found, text, sizeof(text))) < sizeof(text));
}

static void written_alike(const struct oci_table *t, const void *from)
{
	auto_text char *once = oci_table_write(t, from, NULL);
	auto_text char *again = NULL;
	struct oci_err e;
	auto_oci_doc struct oci_doc *d = once ? oci_doc_parse_table(t, once, strlen(once), OCI_STRICT, &e) : NULL;

	MUST(d && d->n_unknown == 0);
	again = oci_table_write(t, d->root, NULL);
	MUST(again && strcmp(once, again) == 0);
}

/* `mounts add`: a list, which is read and not written. */
static void mounts(const char *text, size_t size)
{
	struct oci_err e = { .text = "" };
	struct oci_findings found;
	auto_oci_doc struct oci_doc *d = oci_doc_parse_mounts(text, size, OCI_LENIENT, &e);

	MUST(d || (e.code < 0 && e.text[0] && memchr(e.text, '\0', sizeof(e.text))));
	if (d)
		oci_check_mounts(d->mounts, &found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	mounts((const char *)data, size);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct oci_err e = { .text = "" };
		auto_oci_doc struct oci_doc *d =
			oci_doc_parse_table(tables[i], (const char *)data, size, size % 2 ? OCI_STRICT : OCI_LENIENT, &e);

		MUST(d || (e.code < 0 && e.text[0] && memchr(e.text, '\0', sizeof(e.text))));
		if (d) {
			judge(tables[i], d);
			written_alike(tables[i], d->root);
		}
	}
	return 0;
}
