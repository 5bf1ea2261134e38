/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is in the document is in the structs: a value of each kind, and what absent looks like. */
#include "libocispec/check.h"
#include "libocispec/ocispec.h"
#include "tests/check.h"
#include "tests/unit/libocispec/file.h"

static void every_kind(void)
{
	char path[1024];
	struct oci_err e = {0};
	size_t len;
	char *json;

	snprintf(path, sizeof(path), "%s/tests/golden/ocispec/every-member.json", source_dir());
	json = file_read(path, &len);
	CASE("every member");
	if (!CHECK(json != NULL))
		return;
	auto_oci_doc struct oci_doc *d = oci_doc_parse(json, len, OCI_STRICT, &e);
	free(json);	/* the document has its own copy */
	if (!CHECK(d != NULL))
		return;

	const struct oci_config *c = d->config;
	const struct oci_resources *r = c->linux->resources;

	CHECK(d->n_unknown == 0);
	CHECK_STR(c->oci_version, "1.3.0");
	CHECK(c->process->has_terminal && c->process->terminal);
	CHECK(c->process->console_size->height == 25 && c->process->console_size->width == 80);
	CHECK(c->process->user.uid == 1000 && c->process->user.has_umask && c->process->user.umask == 077);
	CHECK(c->process->user.n_additional_gids == 2 && c->process->user.additional_gids[1] == 6);
	CHECK(c->process->n_args == 2);
	CHECK_STR(c->process->args[1], "h\xc3\xa4l\"lo");
	CHECK(c->process->capabilities->n_bounding == 2);
	CHECK(c->process->rlimits[1].hard == UINT64_MAX);
	CHECK(c->process->has_oom_score_adj && c->process->oom_score_adj == -100);
	CHECK(c->process->scheduler->has_nice && c->process->scheduler->nice == -5);
	CHECK_STR(c->process->exec_cpu_affinity->final, "2,3");
	CHECK(c->root->readonly);
	CHECK(c->n_mounts == 2 && c->mounts[1].uid_mappings[0].host_id == 1000);
	CHECK(c->hooks->n_create_container == 1 && c->hooks->create_container[0].timeout == 3);
	CHECK_STR(c->hooks->poststop[0].path, "/bin/poststop");
	CHECK(c->n_annotations == 2);
	CHECK_STR(c->annotations[0].value, "value");
	CHECK_STR(c->annotations[1].key, "");
	CHECK(c->linux->n_namespaces == 8);
	CHECK_STR(c->linux->namespaces[7].path, "/proc/1/ns/net");
	CHECK(c->linux->n_time_offsets == 2 && c->linux->time_offsets[1].secs == -5);
	CHECK_STR(c->linux->time_offsets[1].key, "boottime");
	CHECK(c->linux->devices[0].has_gid && c->linux->devices[0].gid == 7 && !c->linux->devices[1].has_major);
	CHECK_STR(c->linux->net_devices[0].key, "eth0");
	CHECK_STR(c->linux->net_devices[1].name, NULL);
	CHECK(!r->devices[0].allow && r->devices[1].allow && !r->devices[0].has_major);
	CHECK(r->memory->has_reservation && r->memory->reservation == -1);
	CHECK(r->memory->has_disable_oom_killer && !r->memory->disable_oom_killer);
	CHECK(r->block_io->has_weight && r->block_io->weight == 10);
	CHECK(r->block_io->throttle_write_iops_device[0].rate == 603);
	CHECK(r->rdma[0].hca_objects == 10000);
	CHECK_STR(r->unified[1].value, "8:0 rbps=1");
	CHECK(c->linux->seccomp->syscalls[1].args[0].value_two == UINT64_MAX);
	CHECK(!c->linux->seccomp->syscalls[0].has_errno_ret);
	CHECK_STR(c->linux->personality->domain, "LINUX");
}

static void absent(void)
{
	static const char json[] = "{\"process\":{},\"linux\":{\"resources\":{\"pids\":{},\"memory\":null}}}";
	struct oci_err e = {0};
	auto_oci_doc struct oci_doc *d = oci_doc_parse(json, sizeof(json) - 1, OCI_LENIENT, &e);

	CASE("absent members");
	if (!CHECK(d != NULL))
		return;
	CHECK(!d->config->oci_version && !d->config->root && !d->config->hooks && d->config->n_mounts == 0);
	CHECK(!d->config->process->has_no_new_privileges && !d->config->process->capabilities);
	CHECK(!d->config->process->user.has_umask && d->config->process->user.uid == 0);
	CHECK(d->config->linux->resources->pids && !d->config->linux->resources->pids->has_limit);
	CHECK(!d->config->linux->resources->memory);
}

static void a_process_alone(void)
{
	static const char json[] = "{\"args\":[\"ls\"],\"cwd\":\"/\",\"noNewPrivileges\":false,\"user\":{\"uid\":5,\"gid\":6}}";
	struct oci_err e = {0};
	auto_oci_doc struct oci_doc *d = oci_doc_parse_process(json, sizeof(json) - 1, OCI_LENIENT, &e);

	CASE("process object");
	CHECK(d && d->process && !d->config && d->process->user.gid == 6);
	CHECK(d && d->process->has_no_new_privileges && !d->process->no_new_privileges);
	CHECK(!oci_doc_parse_process("null", 4, OCI_LENIENT, &e));
	CHECK_STR(e.text, "expected an object, got null (line 1, column 1)");
}

/* What engines hand to `update`. */
static void resources_alone(void)
{
	static const char json[] = "{\"memory\":{\"limit\":67108864,\"reservation\":0,\"swap\":134217728,\"kernel\":0},"
				   "\"cpu\":{\"shares\":0,\"quota\":50000,\"period\":100000},\"pids\":{\"limit\":50},"
				   "\"blockIO\":{\"weight\":0},\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}";
	struct oci_err e = {0};
	auto_oci_doc struct oci_doc *d = oci_doc_parse_resources(json, sizeof(json) - 1, OCI_STRICT, &e);

	CASE("resources object");
	if (!CHECK(d && d->resources))
		return;
	CHECK(d->resources->pids->limit == 50 && d->resources->memory->has_kernel && d->resources->cpu->has_shares);
	CHECK(d->n_unknown == 0);
}

/* Long lists of long lists: everything stays where it was put while the arena grows. */
static void large(void)
{
	enum { CALLS = 500, NAMES = 50 };
	struct oci_err e = {0};
	char *json = NULL;
	size_t len, wrong = 0;
	FILE *f = open_memstream(&json, &len);

	if (!f)
		abort();
	fprintf(f, "{\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[");
	for (int i = 0; i < CALLS; i++) {
		fprintf(f, "%s{\"names\":[", i ? "," : "");
		for (int j = 0; j < NAMES; j++)
			fprintf(f, "%s\"c\\u0061ll-%d-%d\"", j ? "," : "", i, j);
		fprintf(f, "],\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":%d,\"value\":%d,\"op\":\"SCMP_CMP_EQ\"}]}", i % 6, i);
	}
	fprintf(f, "]}}}");
	fclose(f);

	CASE("large lists");
	auto_oci_doc struct oci_doc *d = oci_doc_parse(json, len, OCI_LENIENT, &e);
	free(json);
	if (!CHECK(d && d->config->linux->seccomp->n_syscalls == CALLS))
		return;
	for (int i = 0; i < CALLS; i++) {
		const struct oci_syscall *s = &d->config->linux->seccomp->syscalls[i];

		wrong += s->n_names != NAMES || s->args[0].value != (uint64_t)i;
		for (int j = 0; j < NAMES && s->n_names == NAMES; j++) {
			char want[32];

			snprintf(want, sizeof(want), "call-%d-%d", i, j);
			wrong += strcmp(s->names[j], want) != 0;
		}
	}
	CHECK(wrong == 0);
}

static void test_mounts(void)
{
	static const char json[] = "[{\"destination\":\"/a\",\"options\":[\"ro\"]},{\"destination\":\"/b\",\"type\":\"tmpfs\"}]";
	static const char bad[] = "[{\"destination\":\"/a\"},{\"destination\":\"/\"},{\"destination\":\"/b\",\"uidMappings\":"
				  "[{\"containerID\":0,\"hostID\":1,\"size\":2}]}]";
	static const char *const wrong[] = { "{}", "null", "[1]", "[{}]", "[{\"destination\":\"/a\"}", "" };
	struct oci_findings found;
	struct oci_err e;
	char text[512];
	auto_oci_doc struct oci_doc *d = oci_doc_parse_mounts(json, sizeof(json) - 1, OCI_STRICT, &e);
	auto_oci_doc struct oci_doc *b = oci_doc_parse_mounts(bad, sizeof(bad) - 1, OCI_STRICT, &e);

	CASE("a list of mounts is a document of its own");
	if (!CHECK(d && b))
		return;
	CHECK(d->mounts->n_mounts == 2 && d->mounts->mounts[0].n_options == 1);
	CHECK_STR(d->mounts->mounts[1].type, "tmpfs");
	CHECK(oci_check_mounts(d->mounts, &found) == OCI_ACCEPTED);
	CHECK(oci_check_mounts(b->mounts, &found) == OCI_REJECTED);
	CHECK_STR(oci_findings_text(&found, text, sizeof(text)), "mounts[1].destination: \"/\" is the container's root itself; "
		  "mounts[2]: uidMappings and gidMappings must be given together");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK(!oci_doc_parse_mounts(wrong[i], strlen(wrong[i]), OCI_LENIENT, &e));
	CHECK(!oci_doc_parse_mounts("[{\"destination\":1}]", 19, OCI_LENIENT, &e));
	CHECK(strstr(e.text, "[0].destination"));
}

int main(void)
{
	every_kind();
	absent();
	a_process_alone();
	resources_alone();
	large();
	test_mounts();
	return check_summary();
}
