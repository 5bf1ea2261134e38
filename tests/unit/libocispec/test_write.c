/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows backwards: what was read is written, and the documents of our own have the right shape. */
#include "libocispec/ocispec.h"
#include "libocispec/table.h"
#include "tests/check.h"
#include "tests/unit/libocispec/file.h"

#include <glob.h>

static void there_and_back(const char *path)
{
	struct oci_err e = {0};
	size_t len;
	char *json = file_read(path, &len), *once, *again;
	auto_oci_doc struct oci_doc *d = json ? oci_doc_parse(json, len, OCI_LENIENT, &e) : NULL;

	CASE(path);
	free(json);
	if (!d)		/* the reader's tests say whether that is right */
		return;
	once = oci_config_write(d->config, "\t");
	if (!CHECK(once != NULL))
		return;
	auto_oci_doc struct oci_doc *second = oci_doc_parse(once, strlen(once), OCI_STRICT, &e);
	if (CHECK(second && second->n_unknown == 0)) {
		again = oci_config_write(second->config, "\t");
		CHECK_STR(again, once);
		free(again);
	}
	free(once);
}

static void round_trips(void)
{
	char pattern[1024];
	glob_t files;

	snprintf(pattern, sizeof(pattern), "%s/tests/golden/ocispec/*.json", source_dir());
	if (!CHECK(glob(pattern, 0, NULL, &files) == 0))
		return;
	for (size_t i = 0; i < files.gl_pathc; i++)
		there_and_back(files.gl_pathv[i]);
	globfree(&files);
}

static void check_and_free(char *got, const char *want)
{
	CHECK_STR(got, want);
	free(got);
}

static void state(void)
{
	struct oci_pair notes[] = { { "a", "b\n" } };
	struct oci_state s = {
		.oci_version = "1.3.0", .id = "box", .pid = 42, .status = "running", .bundle = "/b", .rootfs = "/b/rootfs",
		.created = "2026-11-21T19:55:21.927340001Z", .annotations = notes, .n_annotations = 1, .owner = "",
	};

	CASE("state");
	check_and_free(oci_state_write(&s, "  "),
		       "{\n  \"ociVersion\": \"1.3.0\",\n  \"id\": \"box\",\n  \"pid\": 42,\n  \"status\": \"running\",\n"
		       "  \"bundle\": \"/b\",\n  \"rootfs\": \"/b/rootfs\",\n"
		       "  \"created\": \"2026-11-21T19:55:21.927340001Z\",\n  \"annotations\": {\n    \"a\": \"b\\n\"\n  },\n"
		       "  \"owner\": \"\"\n}");
	CASE("state for a hook");
	s = (struct oci_state){ .oci_version = "1.3.0", .id = "box", .status = "stopped", .bundle = "/b" };
	check_and_free(oci_state_write(&s, NULL),
		       "{\"ociVersion\":\"1.3.0\",\"id\":\"box\",\"pid\":0,\"status\":\"stopped\",\"bundle\":\"/b\"}");
	CASE("list of states");
	check_and_free(oci_states_write(&s, 1, NULL),
		       "[{\"ociVersion\":\"1.3.0\",\"id\":\"box\",\"pid\":0,\"status\":\"stopped\",\"bundle\":\"/b\"}]");
	check_and_free(oci_states_write(NULL, 0, NULL), "[]");
	check_and_free(oci_strings_write((const char *const[]){ "/srv/db", "a \"b\"\n" }, 2), "[\"/srv/db\",\"a \\\"b\\\"\\n\"]");
	check_and_free(oci_strings_write(NULL, 0), "[]");
}

static void state_is_read(void)
{
	static const char json[] = "{\"ociVersion\":\"1.0\",\"id\":\"x\",\"status\":\"created\",\"pid\":7,\"bundle\":\"/b\"}";
	struct oci_err e = {0};
	auto_oci_doc struct oci_doc *d = oci_doc_parse_state(json, sizeof(json) - 1, OCI_STRICT, &e);

	CASE("state is read");
	CHECK(d && d->state->pid == 7 && !d->state->owner);
	CHECK(!oci_doc_parse_state("{}", 2, OCI_STRICT, &e));
	CHECK_STR(e.text, "ociVersion: is required (line 1, column 2)");
	CHECK(!oci_doc_parse_state("{\"pid\":-1}", 10, OCI_STRICT, &e));
}

static void features(void)
{
	const char *hooks[] = { "prestart", "poststop" };
	struct oci_features_cgroup cgroup = { .v1 = true, .v2 = true };
	struct oci_features_seccomp seccomp = { .enabled = true };
	struct oci_feature off = { false };
	struct oci_features_intel_rdt rdt = { false, false, false };
	struct oci_features_mount_extensions ext = { .idmap = &off };
	struct oci_features_linux l = {
		.cgroup = &cgroup, .seccomp = &seccomp, .apparmor = &off, .intel_rdt = &rdt, .mount_extensions = &ext,
	};
	struct oci_features f = {
		.oci_version_min = "1.0.0", .oci_version_max = "1.3.0", .hooks = hooks, .n_hooks = 2, .linux = &l,
	};

	CASE("features");
	check_and_free(oci_features_write(&f, NULL),
		       "{\"ociVersionMin\":\"1.0.0\",\"ociVersionMax\":\"1.3.0\",\"hooks\":[\"prestart\",\"poststop\"],"
		       "\"linux\":{\"cgroup\":{\"v1\":true,\"v2\":true,\"systemd\":false,\"systemdUser\":false,\"rdma\":false},"
		       "\"seccomp\":{\"enabled\":true},\"apparmor\":{\"enabled\":false},"
		       "\"intelRdt\":{\"enabled\":false,\"schemata\":false,\"monitoring\":false},"
		       "\"mountExtensions\":{\"idmap\":{\"enabled\":false}}}}");
}

/* A document of somebody else's, described with the same rows. */
struct record {
	const char *name;
	const char **words;
	size_t n_words;
	uint32_t *numbers;
	size_t n_numbers;
	struct oci_pair *pairs;
	size_t n_pairs;
	bool quick;
	bool has_limit;
	int64_t limit;
};
static const struct oci_row record_rows[] = {
	OCI_STR  (struct record, "name",    name,    OCI_ALWAYS),
	OCI_STRS (struct record, "words",   words,   OCI_ALWAYS),
	OCI_NUMS (struct record, "numbers", numbers, 0, 10, 0),
	OCI_PAIRS(struct record, "pairs",   pairs,   OCI_ALWAYS),
	OCI_FLAG (struct record, "quick",   quick,   0),
	OCI_NUM  (struct record, "limit",   limit,   -1, 100, 0),
};
static const struct oci_table record_table = OCI_TABLE(struct record, record_rows);

static void own_table(void)
{
	static const char json[] = "{\"numbers\":[1,10],\"limit\":-1,\"quick\":true}";
	const struct record empty = {0};
	struct oci_err e = {0};
	auto_oci_doc struct oci_doc *d = oci_doc_parse_table(&record_table, json, sizeof(json) - 1, OCI_STRICT, &e);
	const struct record *r = d ? d->root : NULL;

	CASE("a table of one's own");
	check_and_free(oci_table_write(&record_table, &empty, NULL), "{\"name\":\"\",\"words\":[],\"pairs\":{}}");
	check_and_free(oci_table_write(&record_table, &empty, "  "), "{\n  \"name\": \"\",\n  \"words\": [],\n  \"pairs\": {}\n}");
	if (!CHECK(r && r->n_numbers == 2 && r->numbers[1] == 10 && r->quick && r->has_limit && r->limit == -1))
		return;
	check_and_free(oci_table_write(&record_table, r, NULL),
		       "{\"name\":\"\",\"words\":[],\"numbers\":[1,10],\"pairs\":{},\"quick\":true,\"limit\":-1}");
	CHECK(!oci_doc_parse_table(&record_table, "{\"numbers\":[11]}", 16, OCI_STRICT, &e));
	CHECK_STR(e.text, "numbers[0]: must be between 0 and 10, got 11 (line 1, column 13)");
	CHECK(!oci_doc_parse_table(&record_table, "{\"limit\":-2}", 12, OCI_STRICT, &e));
	CHECK_STR(e.text, "limit: must be between -1 and 100, got -2 (line 1, column 10)");
}

int main(void)
{
	round_trips();
	state();
	state_is_read();
	features();
	own_table();
	return check_summary();
}
