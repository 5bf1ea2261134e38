/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A document to a struct that has a member of each kind, in an arena that may be too small. */
#include "tests/fuzz/fuzz.h"

#include "tests/unit/lithos/sample.h"

static size_t length;

static void read_text(const char *text)
{
	if (text)
		length += strlen(text);
}

static void judge_lists(const struct sample *s)
{
	for (size_t i = 0; i < s->n_args; i++)
		length += strlen(s->args[i]);
	for (size_t i = 0; i < s->n_codes; i++)
		length += (size_t)s->codes[i];
	for (size_t i = 0; i < s->n_ids; i++)
		MUST(s->ids[i] <= 10);
	for (size_t i = 0; i < s->users.n; i++)
		length += s->users.v[i].first;
	for (size_t i = 0; i < s->map.n; i++)
		length += s->map.v[i].count;
}

static void judge_mappings(const struct sample *s)
{
	for (size_t i = 0; i < s->n_environ; i++)
		length += strlen(s->environ[i].key) + strlen(s->environ[i].value);
	for (size_t i = 0; i < s->n_secrets; i++)
		for (size_t k = 0; k < s->secrets[i].n_values; k++)
			length += strlen(s->secrets[i].name) + strlen(s->secrets[i].values[k]);
	for (size_t i = 0; i < s->n_ports; i++)
		length += strlen(s->ports[i].key);
	for (size_t i = 0; i < s->n_variables; i++)
		for (size_t k = 0; k < s->variables[i].n_choices; k++)
			length += strlen(s->variables[i].name) + strlen(s->variables[i].choices[k]);
	MUST(s->n_volumes <= 3);
	for (size_t i = 0; i < s->n_volumes; i++) {
		read_text(s->volumes[i].mount_point);
		read_text(s->volumes[i].path);
		MUST(s->volumes[i].type == LITHOS_TMPFS || s->volumes[i].type == LITHOS_READONLY);
		MUST(s->volumes[i].mode <= 01777);
	}
}

static void judge(const struct sample *s, bool good)
{
	MUST(!good || s->name);
	MUST(s->kind <= LITHOS_COMMAND_OR_DAEMON && s->mount <= LITHOS_YES && s->plain_mount <= LITHOS_YES);
	MUST(s->timeout <= 86400 && s->limit <= INT64_MAX && s->part.level >= 1 && s->part.level <= 16);
	MUST(s->word && strlen(s->word) <= 8 && s->dir && s->dir[0] && s->image_dir);
	read_text(s->name);
	read_text(s->note);
	read_text(s->log);
	if (s->network)
		read_text(s->network->bridge);
	judge_lists(s);
	judge_mappings(s);
}

static void judge_findings(struct findings *f)
{
	char line[2 * FINDING_TEXT_MAX], json[FINDING_JSON_MAX];

	for (size_t i = 0; i < f->n; i++) {
		finding_print(&f->v[i], line, sizeof(line));
		finding_print_json(&f->v[i], json);
		MUST(f->v[i].text[0] && !strpbrk(line, "\n\r\033") && !strpbrk(json, "\n\r\033"));
	}
	findings_sort(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct yaml_limits limits = { 1 << 16, 2000 };
	struct arena arena = fuzz_arena(size);
	struct findings auto_findings f = { 0 };
	struct yaml auto_yaml *y = NULL;
	struct err e = { 0 };
	struct sample s;
	int rc = yaml_parse((const char *)data, size, "f", &limits, &f, &y, &e);

	memset(&s, 0x55, sizeof(s));
	if (rc == 1) {
		rc = schema_read(&sample_table, y, &arena, &f, &s, &e);
		MUST(rc == 1 ? f.n_errors == 0 : rc == 0 ? f.n_errors > 0 : rc == e.code);
		yaml_done(y);	/* the struct outlives it */
		y = NULL;
		if (rc >= 0)
			judge(&s, rc == 1);
	}
	judge_findings(&f);
	free(arena.base);
	return 0;
}
