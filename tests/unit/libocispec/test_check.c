/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules one by one, where the boundary matters; the goldens show each of them fire. */
#include "libocispec/check.h"
#include "libocispec/ocispec.h"
#include "tests/check.h"

#include <stdlib.h>

#define RUN(rest) "{\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\"},\"root\":{\"path\":\"r\"}" rest "}"
#define PROCESS(rest) "{\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\"" rest "},\"root\":{\"path\":\"r\"}}"
#define LINUX(rest) RUN(",\"linux\":{" rest "}")
#define SECCOMP(rest) LINUX("\"seccomp\":{" rest "}")

static const struct {
	const char *says, *json, *want;
} cases[] = {
	{ "smallest", RUN(""), "" },
	{ "no process", "{\"root\":{\"path\":\"r\"}}", "process property must not be empty" },
	{ "no root", "{\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\"}}", "root must be specified" },
	{ "no cwd", "{\"process\":{\"args\":[\"sh\"]},\"root\":{\"path\":\"r\"}}", "Cwd property must not be empty" },
	{ "empty cwd", "{\"process\":{\"args\":[\"sh\"],\"cwd\":\"\"},\"root\":{\"path\":\"r\"}}", "Cwd property must not be empty" },
	{ "relative cwd", "{\"process\":{\"args\":[\"sh\"],\"cwd\":\"a\"},\"root\":{\"path\":\"r\"}}",
	  "Cwd must be an absolute path" },
	{ "no args", "{\"process\":{\"args\":[],\"cwd\":\"/\"},\"root\":{\"path\":\"r\"}}", "args must not be empty" },
	{ "two errors", "{\"process\":{\"cwd\":\"\"},\"root\":{\"path\":\"r\"}}",
	  "Cwd property must not be empty; args must not be empty" },

	{ "version 1.0.2-dev", RUN(",\"ociVersion\":\"1.0.2-dev\""), "" },
	{ "version 1.99", RUN(",\"ociVersion\":\"1.99.0\""), "" },
	{ "version 0.9", RUN(",\"ociVersion\":\"0.9.0\""), "ociVersion: version \"0.9.0\" is not supported, only 1.x is" },
	{ "version 10", RUN(",\"ociVersion\":\"10.0.0\""), "ociVersion: version \"10.0.0\" is not supported, only 1.x is" },

	{ "umask 0777", PROCESS(",\"user\":{\"umask\":511}"), "" },
	{ "umask 01000", PROCESS(",\"user\":{\"umask\":512}"), "process.user.umask: 512 is above 511 (octal 0777)" },
	{ "oomScoreAdj -1000", PROCESS(",\"oomScoreAdj\":-1000"), "" },
	{ "oomScoreAdj 1000", PROCESS(",\"oomScoreAdj\":1000"), "" },
	{ "oomScoreAdj 1001", PROCESS(",\"oomScoreAdj\":1001"), "process.oomScoreAdj: 1001 is not between -1000 and 1000" },
	{ "unknown rlimit", PROCESS(",\"rlimits\":[{\"type\":\"RLIMIT_FOO\",\"soft\":1,\"hard\":1}]"),
	  "wrong rlimit value: RLIMIT_FOO" },
	{ "equal rlimits", PROCESS(",\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1}]"), "" },
	{ "unlimited", PROCESS(",\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":18446744073709551615,"
			       "\"hard\":18446744073709551615}]"), "" },
	{ "env with two equals signs", PROCESS(",\"env\":[\"A=b=c\",\"B=\"]"), "" },

	{ "hostname of 64", RUN(",\"linux\":{\"namespaces\":[{\"type\":\"uts\"}]},"
		"\"hostname\":\"0123456789012345678901234567890123456789012345678901234567890123\""), "" },
	{ "hostname of 65", RUN(",\"linux\":{\"namespaces\":[{\"type\":\"uts\"}]},"
		"\"hostname\":\"01234567890123456789012345678901234567890123456789012345678901234\""),
	  "hostname: longer than 64 bytes" },
	{ "hostname without uts", RUN(",\"hostname\":\"a\""), "unable to set hostname without a private UTS namespace" },
	{ "hostname with a joined uts", RUN(",\"hostname\":\"a\",\"linux\":{\"namespaces\":[{\"type\":\"uts\",\"path\":\"/x\"}]}"),
	  "" },
	{ "empty hostname", RUN(",\"hostname\":\"\""), "" },

	{ "a joined user namespace needs no maps", LINUX("\"namespaces\":[{\"type\":\"user\",\"path\":\"/x\"}]"), "" },
	{ "an empty path is no path", LINUX("\"namespaces\":[{\"type\":\"user\",\"path\":\"\"}]"),
	  "linux.uidMappings: user namespaces enabled, but no uid mappings found; "
	  "linux.gidMappings: user namespaces enabled, but no gid mappings found" },
	{ "all ids but the last", LINUX("\"namespaces\":[{\"type\":\"user\"}],"
		"\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":4294967295}],"
		"\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":4294967295}]"), "" },
	{ "one id too many", LINUX("\"namespaces\":[{\"type\":\"user\"}],"
		"\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":4294967295}],"
		"\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]"),
	  "linux.uidMappings[0]: reaches beyond the last id" },
	{ "touching ranges", LINUX("\"namespaces\":[{\"type\":\"user\"}],"
		"\"uidMappings\":[{\"containerID\":0,\"hostID\":10,\"size\":10},{\"containerID\":10,\"hostID\":20,\"size\":10}],"
		"\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]"), "" },

	{ "sysctl with its namespace", LINUX("\"namespaces\":[{\"type\":\"network\"}],\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}"),
	  "" },
	{ "sysctl written as a path", LINUX("\"namespaces\":[{\"type\":\"network\"}],\"sysctl\":{\"net/ipv4/ip_forward\":\"1\"}"),
	  "" },
	{ "sysctl of a dotted interface",
	  LINUX("\"namespaces\":[{\"type\":\"network\"}],\"sysctl\":{\"net/ipv4/conf/eth0.1/forwarding\":\"1\"}"), "" },

	{ "seccomp index 5", SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"x\"],\"action\":"
		"\"SCMP_ACT_ERRNO\",\"errnoRet\":4095,\"args\":[{\"index\":5,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}]}]"), "" },
	{ "mode with file type", LINUX("\"devices\":[{\"path\":\"/dev/x\",\"type\":\"c\",\"major\":4095,\"minor\":1048575,"
		"\"fileMode\":8630}]"), "" },
	{ "page size 64KB", LINUX("\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"64KB\",\"limit\":1}]}"), "" },
	{ "dots in a cgroup name", LINUX("\"cgroupsPath\":\"system.slice:cist:a..b\""), "" },
	{ "propagation", LINUX("\"rootfsPropagation\":\"rshared\""), "" },
	{ "hook timeout 1", RUN(",\"hooks\":{\"prestart\":[{\"path\":\"/x\",\"timeout\":1}]}"), "" },
	{ "unknown call", SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"no_such\"],"
		"\"action\":\"SCMP_ACT_LOG\"}]"), "" },
};

static void boundaries(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct oci_err e = {0};
		struct oci_findings found;
		char text[1024];
		auto_oci_doc struct oci_doc *d = oci_doc_parse(cases[i].json, strlen(cases[i].json), OCI_STRICT, &e);

		CASE(cases[i].says);
		if (!d) {
			CHECK_STR(e.text, cases[i].want);
			continue;
		}
		CHECK(oci_check(d->config, OCI_CHECK_RUN, &found) == (*cases[i].want ? OCI_REJECTED : OCI_ACCEPTED));
		CHECK_STR(oci_findings_text(&found, text, sizeof(text)), cases[i].want);
	}
}

static void documents_need_not_run(void)
{
	struct oci_err e = {0};
	struct oci_findings found;
	auto_oci_doc struct oci_doc *d = oci_doc_parse("{\"ociVersion\":\"1.0.0\"}", 22, OCI_STRICT, &e);

	CASE("a document that is not run");
	CHECK(d && oci_check(d->config, OCI_CHECK_DOCUMENT, &found) == OCI_ACCEPTED);
	CHECK(d && oci_check(d->config, OCI_CHECK_RUN, &found) == OCI_REJECTED && found.errors == 2);
}

static void parts(void)
{
	static const char process[] = "{\"args\":[\"x\"],\"cwd\":\"x\",\"user\":{\"umask\":4096}}";
	static const char resources[] = "{\"memory\":{\"limit\":-5}}";
	struct oci_err e = {0};
	struct oci_findings found;
	char text[1024];
	auto_oci_doc struct oci_doc *p = oci_doc_parse_process(process, sizeof(process) - 1, OCI_STRICT, &e);
	auto_oci_doc struct oci_doc *r = oci_doc_parse_resources(resources, sizeof(resources) - 1, OCI_STRICT, &e);

	CASE("a process alone");
	CHECK(p && oci_check_process(p->process, &found) == OCI_REJECTED);
	CHECK_STR(oci_findings_text(&found, text, sizeof(text)),
		  "Cwd must be an absolute path; user.umask: 4096 is above 511 (octal 0777)");
	CASE("resources alone");
	CHECK(r && oci_check_resources(r->resources, &found) == OCI_REJECTED);
	CHECK_STR(oci_findings_text(&found, text, sizeof(text)), "memory.limit: -5 is below -1");
	CASE("a small buffer");
	CHECK_STR(oci_findings_text(&found, text, 7), "memory");
}

/* 1000 bad entries: all are counted, some are kept. */
static void more_findings_than_room(void)
{
	struct oci_err e = {0};
	struct oci_findings found;
	char *json = NULL;
	size_t len;
	FILE *f = open_memstream(&json, &len);

	if (!f)
		abort();
	fprintf(f, "{\"linux\":{\"maskedPaths\":[\"a\"");
	for (int i = 1; i < 1000; i++)
		fprintf(f, ",\"a\"");
	fprintf(f, "]}}");
	fclose(f);
	auto_oci_doc struct oci_doc *d = oci_doc_parse(json, len, OCI_STRICT, &e);
	free(json);
	CASE("1000 findings");
	CHECK(d && oci_check(d->config, OCI_CHECK_DOCUMENT, &found) == OCI_REJECTED);
	CHECK(found.errors == 1000 && found.n == OCI_FINDINGS_MAX);
}

int main(void)
{
	boundaries();
	documents_need_not_run();
	parts();
	more_findings_than_room();
	return check_summary();
}
