/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Against the specification's own schema and examples, where somebody has put them (CIST_SPEC_DATA, or
 * ../shared/data/runtime-spec-1.3 beside the sources): each name of the schema has a row, each value of
 * its enumerations passes the rules, and its good and bad examples get the right verdict.
 */
#include "libocispec/check.h"
#include "libocispec/rows.h"
#include "libocispec/scalar.h"
#include "tests/check.h"
#include "tests/unit/libocispec/file.h"

#include <glob.h>
#include <yajl/yajl_tree.h>

/* ---- the schema ---- */

struct loaded {
	char name[64];
	yajl_val root;
};
static struct loaded files[16];
static size_t n_files;

static yajl_val load(const char *name)
{
	char path[1024], why[128];
	size_t len;
	char *json;

	for (size_t i = 0; i < n_files; i++)
		if (strcmp(files[i].name, name) == 0)
			return files[i].root;
	spec_path(path, sizeof(path), name);
	json = file_read(path, &len);
	if (!json || n_files == sizeof(files) / sizeof(files[0]))
		return NULL;
	snprintf(files[n_files].name, sizeof(files[n_files].name), "%s", name);
	files[n_files].root = yajl_tree_parse(json, why, sizeof(why));
	free(json);
	return files[n_files++].root;
}

static yajl_val member(yajl_val v, const char *name)
{
	for (size_t i = 0; v && YAJL_IS_OBJECT(v) && i < v->u.object.len; i++)
		if (strcmp(v->u.object.keys[i], name) == 0)
			return v->u.object.values[i];
	return NULL;
}

/* A schema and the file it stands in, which its references are relative to. */
struct node {
	yajl_val v;
	const char *file;
};

/* "/definitions/UID" within v. */
static yajl_val pointed(yajl_val v, const char *pointer)
{
	char word[64];

	while (v && *pointer) {
		size_t len;

		pointer += strspn(pointer, "/");
		len = strcspn(pointer, "/");
		snprintf(word, sizeof(word), "%.*s", (int)len, pointer);
		v = member(v, word);
		pointer += len;
	}
	return v;
}

/* "defs.json#/definitions/UID" to what it names, as often as it takes. */
static struct node resolve(struct node n)
{
	static char names[8][64];
	static size_t next;
	yajl_val ref;

	while ((ref = member(n.v, "$ref"))) {
		const char *text = ref->u.string;
		size_t len = strcspn(text, "#");

		if (len > 0 && len < sizeof(names[0])) {
			char *name = names[next++ % 8];

			memcpy(name, text, len);
			name[len] = '\0';
			n.file = name;
		}
		n.v = pointed(load(n.file), text + len + (text[len] == '#'));
	}
	return n;
}

static const struct oci_row *row_of(const struct oci_table *t, const char *key)
{
	for (size_t i = 0; i < t->n_rows; i++)
		if (strcmp(t->rows[i].key, key) == 0)
			return &t->rows[i];
	return NULL;
}

static void covered(struct node n, const struct oci_table *t, const char *at);

static void covered_value(struct node n, const struct oci_row *row, const char *at)
{
	struct node inner;

	n = resolve(n);
	if (!row->table || !n.v)	/* another platform's file need not be there */
		return;
	inner = (struct node){ member(n.v, "items"), n.file };
	if (!inner.v)
		inner.v = member(n.v, "additionalProperties");
	if (inner.v && YAJL_IS_OBJECT(inner.v))
		covered(inner, row->table, at);
	else if (row->kind == &oci_kind_keyed)	/* the schema knows the keys; for us they are data */
		covered((struct node){ member(n.v, "properties")->u.object.values[0], n.file }, row->table, at);
	else
		covered(n, row->table, at);
}

static void covered(struct node n, const struct oci_table *t, const char *at)
{
	static const char *const groups[] = { "allOf", "anyOf" };
	yajl_val properties;

	n = resolve(n);
	properties = member(n.v, "properties");
	for (size_t g = 0; g < 2; g++) {
		yajl_val group = member(n.v, groups[g]);

		for (size_t i = 0; group && i < group->u.array.len; i++)
			covered((struct node){ group->u.array.values[i], n.file }, t, at);
	}
	for (size_t i = 0; properties && i < properties->u.object.len; i++) {
		const char *key = properties->u.object.keys[i];
		const struct oci_row *row = row_of(t, key);
		char path[256];

		snprintf(path, sizeof(path), "%s%s%s", at, *at ? "." : "", key);
		if (!check_that(row != NULL, "a name of the schema that no row mentions", __FILE__, __LINE__))
			printf("  %s\n", path);
		else
			covered_value((struct node){ properties->u.object.values[i], n.file }, row, path);
	}
}

static void names_have_rows(const char *file, const struct oci_table *t)
{
	CASE(file);
	covered((struct node){ load(file), file }, t, "");
}

/* ---- enumerations ---- */

/* A document with %s for the value; valid values make no findings that name them. */
static const struct {
	const char *definition;
	const char *json;
} enumerations[] = {
	{ "SeccompArch", "{\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"%s\"]}}}" },
	{ "SeccompAction", "{\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/x\","
			   "\"syscalls\":[{\"names\":[\"x\"],\"action\":\"%s\"}]}}}" },
	{ "SeccompFlag", "{\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"%s\"]}}}" },
	{ "SeccompOperators", "{\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"x\"],"
			      "\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":0,\"value\":0,\"op\":\"%s\"}]}]}}}" },
	{ "RootfsPropagation", "{\"linux\":{\"rootfsPropagation\":\"%s\"}}" },
	{ "PersonalityDomain", "{\"linux\":{\"personality\":{\"domain\":\"%s\"}}}" },
	{ "MemoryPolicyMode", "{\"linux\":{\"memoryPolicy\":{\"mode\":\"%s\"}}}" },
	{ "MemoryPolicyFlag", "{\"linux\":{\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"flags\":[\"%s\"]}}}" },
	{ "NamespaceType", "{\"linux\":{\"namespaces\":[{\"type\":\"%s\",\"path\":\"/x\"}]}}" },
	{ "SchedulerPolicy", "{\"process\":{\"cwd\":\"/\",\"scheduler\":{\"policy\":\"%s\"}}}" },
	{ "SchedulerFlag", "{\"process\":{\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"flags\":[\"%s\"]}}}" },
};

static bool accepts(const char *template, const char *value)
{
	const char *hole = strstr(template, "%s");
	char json[512];
	struct oci_findings found;
	struct oci_err e;
	auto_oci_doc struct oci_doc *d = NULL;

	snprintf(json, sizeof(json), "%.*s%s%s", (int)(hole - template), template, value, hole + 2);
	d = oci_doc_parse(json, strlen(json), OCI_STRICT, &e);
	return d && d->n_unknown == 0 && oci_check(d->config, OCI_CHECK_DOCUMENT, &found) == OCI_ACCEPTED;
}

static void enumerations_are_known(void)
{
	yajl_val definitions = member(load("defs-linux.json"), "definitions");

	for (size_t i = 0; i < sizeof(enumerations) / sizeof(enumerations[0]); i++) {
		yajl_val values = member(member(definitions, enumerations[i].definition), "enum");

		CASE(enumerations[i].definition);
		if (!CHECK(values && YAJL_IS_ARRAY(values)))
			continue;
		for (size_t j = 0; j < values->u.array.len; j++) {
			const char *value = values->u.array.values[j]->u.string;

			if (!CHECK(accepts(enumerations[i].json, value)))
				printf("  %s\n", value);
		}
		CHECK(!accepts(enumerations[i].json, "NO_SUCH_VALUE"));
	}
}

/* ---- examples ---- */

typedef struct oci_doc *parse(const char *json, size_t len, enum oci_mode mode, struct oci_err *e);

static bool is_good(parse *parser, const char *json, size_t len, char *why, size_t size)
{
	struct oci_err e;
	struct oci_findings found = {0};
	auto_oci_doc struct oci_doc *d = parser(json, len, OCI_LENIENT, &e);

	snprintf(why, size, "%s", d ? "" : e.text);
	if (d && d->config)
		oci_check(d->config, OCI_CHECK_DOCUMENT, &found);
	if (d)
		oci_findings_text(&found, why, size);
	return *why == '\0';
}

static void examples(const char *folder, parse *parser, bool good)
{
	char pattern[1100];
	glob_t paths;

	spec_path(pattern, sizeof(pattern), folder);
	if (!CHECK(glob(pattern, 0, NULL, &paths) == 0))
		return;
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		char why[1024];
		size_t len;
		char *json = file_read(paths.gl_pathv[i], &len);

		CASE(paths.gl_pathv[i]);
		if (json && !CHECK(is_good(parser, json, len, why, sizeof(why)) == good))
			printf("  %s\n", why);
		free(json);
	}
	CASE("");
	globfree(&paths);
}

int main(void)
{
	if (!load("config-schema.json")) {
		printf("skipped: no schema of the runtime specification (CIST_SPEC_DATA says where it is)\n");
		return 77;	/* automake's "skipped" */
	}
	names_have_rows("config-schema.json", &oci_config_table);
	names_have_rows("state-schema.json", &oci_state_table);
	names_have_rows("features-schema.json", &oci_features_table);
	enumerations_are_known();
	examples("examples/config/good/*.json", oci_doc_parse, true);
	examples("examples/config/bad/*.json", oci_doc_parse, false);
	examples("examples/state/good/*.json", oci_doc_parse_state, true);
	examples("examples/state/bad/*.json", oci_doc_parse_state, false);
	examples("examples/features/good/*.json", oci_doc_parse_features, true);
	examples("examples/features/bad/*.json", oci_doc_parse_features, false);
	for (size_t i = 0; i < n_files; i++)
		yajl_tree_free(files[i].root);
	return check_summary();
}
