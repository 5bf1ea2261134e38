/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/golden/ocispec: NAME.json goes in, NAME.out is what reading, checking and writing say about it.
 * With CIST_GOLDEN_UPDATE=1 the .out files are written anew, to be looked at with git diff.
 */
#include "libocispec/check.h"
#include "libocispec/ocispec.h"
#include "tests/check.h"
#include "tests/unit/libocispec/file.h"

#include <glob.h>

/* Rules that have found something in one of the files. */
static const char *fired[256];
static size_t n_fired;

static bool has_fired(const char *rule)
{
	for (size_t i = 0; i < n_fired; i++)
		if (strcmp(fired[i], rule) == 0)
			return true;
	return false;
}

static void every_rule_has_fired(void)
{
	const char *says, *clause;

	for (size_t i = 0; oci_rule(i, &says, &clause); i++) {
		CASE(says);
		CHECK(has_fired(says));
		CHECK(strstr(clause, ".md#") != NULL);
	}
}

static void verdict(FILE *out, const struct oci_doc *d)
{
	static const char *const names[] = { [OCI_ERROR] = "error", [OCI_WARNING] = "warning" };
	struct oci_findings found;
	char *json;

	for (size_t i = 0; i < d->n_unknown; i++)
		fprintf(out, "unknown: %s\n", d->unknown[i]);
	oci_check(d->config, OCI_CHECK_RUN, &found);
	for (size_t i = 0; i < found.n; i++) {
		fprintf(out, "%s: %s\n", names[found.v[i].severity], found.v[i].text);
		if (n_fired < sizeof(fired) / sizeof(fired[0]) && !has_fired(found.v[i].rule))
			fired[n_fired++] = found.v[i].rule;
	}
	if (found.errors + found.warnings > found.n)
		fprintf(out, "and %zu more\n", found.errors + found.warnings - found.n);
	if (found.errors)
		return;
	json = oci_config_write(d->config, "  ");
	fprintf(out, "%s\n", json ? json : "no memory");
	free(json);
}

static char *answer(const char *json, size_t len)
{
	struct oci_err e;
	auto_oci_doc struct oci_doc *d = oci_doc_parse(json, len, OCI_STRICT, &e);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	if (d)
		verdict(out, d);
	else
		fprintf(out, "error: %s\n", e.text);
	fclose(out);
	return text;
}

static void one(const char *path)
{
	char out[1024];
	size_t len, want_len, stem = strlen(path) - strlen(".json");
	char *json = file_read(path, &len), *want, *got;

	CASE(strrchr(path, '/') + 1);
	if (!CHECK(json != NULL && stem + sizeof(".out") <= sizeof(out)))
		return;
	memcpy(out, path, stem);
	memcpy(out + stem, ".out", sizeof(".out"));
	got = answer(json, len);
	if (getenv("CIST_GOLDEN_UPDATE")) {
		FILE *f = fopen(out, "we");

		if (CHECK(f != NULL)) {
			fputs(got, f);
			fclose(f);
		}
	}
	want = file_read(out, &want_len);
	CHECK_STR(got, want ? want : "(no .out file)");
	free(want);
	free(got);
	free(json);
}

int main(void)
{
	char pattern[1024];
	glob_t files;

	snprintf(pattern, sizeof(pattern), "%s/tests/golden/ocispec/*.json", source_dir());
	if (glob(pattern, 0, NULL, &files) != 0) {
		printf("no %s\n", pattern);
		return 1;
	}
	for (size_t i = 0; i < files.gl_pathc; i++)
		one(files.gl_pathv[i]);
	globfree(&files);
	every_rule_has_fired();
	return check_summary();
}
