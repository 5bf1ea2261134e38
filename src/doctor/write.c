/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arr.h"
#include "doctor/doctor.h"
#include "libocispec/table.h"

#include <stdlib.h>
#include <string.h>

/* The document of --json. */
struct document {
	const char *worst;
	struct doctor_finding *findings;
	size_t n_findings;
};

static const struct oci_row finding_rows[] = {
	OCI_STR(struct doctor_finding, "name",     name,     OCI_REQUIRED),
	OCI_STR(struct doctor_finding, "level",    level,    OCI_REQUIRED),
	OCI_STR(struct doctor_finding, "evidence", evidence, OCI_REQUIRED),
	OCI_STR(struct doctor_finding, "remedy",   remedy,   0),
};
static const struct oci_table finding_table = OCI_TABLE(struct doctor_finding, finding_rows);

static const struct oci_row document_rows[] = {
	OCI_STR (struct document, "worst",    worst,    OCI_REQUIRED),
	OCI_OBJS(struct document, "findings", findings, &finding_table, OCI_ALWAYS),
};
static const struct oci_table document_table = OCI_TABLE(struct document, document_rows);

static const char *const level_names[DOCTOR__LEVELS] = { "ok", "absent", "lack", "fatal" };

void doctor_add(struct doctor_report *r, enum doctor_level level, const char *name, const char *evidence,
		const char *remedy)
{
	r->findings[r->n_findings++] = (struct doctor_finding){ name, level_names[level], evidence, remedy };
	if (level > r->worst)
		r->worst = level;
}

static int write_json(const struct doctor_report *r, FILE *out, struct err *e)
{
	const struct document d = { level_names[r->worst], r->findings, r->n_findings };
	char *text = oci_table_write(&document_table, &d, "  ");

	if (!text)
		return err_nomem(e);
	fputs(text, out);
	fputc('\n', out);
	free(text);
	return 0;
}

int doctor_write(const struct doctor_report *r, bool json, FILE *out, struct err *e)
{
	int width = 0;

	if (json)
		return write_json(r, out, e);
	for (size_t i = 0; i < r->n_findings; i++) {
		int len = (int)strlen(r->findings[i].name);

		width = len > width ? len : width;
	}
	for (size_t i = 0; i < r->n_findings; i++) {
		const struct doctor_finding *f = &r->findings[i];

		fprintf(out, "%-6s  %-*s  %s\n", f->level, width, f->name, f->evidence);
		if (f->remedy)
			fprintf(out, "%6s  %-*s  -> %s\n", "", width, "", f->remedy);
	}
	return 0;
}
