/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/kept.h"
#include "base/arr.h"
#include "libocispec/ocispec.h"
#include "sys/file.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char memory[64 << 10];

static const char *const env[] = { "PATH=/bin", "TOKEN=s3cret", "TOKENS=kept", "EMPTY=", "BARE", "TOKEN=again" };

/* The variables that are kept, joined; NULL: the configuration is kept as it is. */
static const char *kept(const char *names)
{
	static char text[256];
	struct arena a = { .base = memory, .size = sizeof(memory) };
	struct oci_process p = { .env = (const char **)(uintptr_t)env, .n_env = ARRAY_LEN(env) };
	struct oci_pair pairs[] = { { "org.example", "1" }, { KEPT_SECRETS_ANNOTATION, names } };
	struct oci_config c = { .process = &p, .annotations = pairs, .n_annotations = names ? 2 : 1 };
	const struct oci_config *k = NULL;
	struct err e = { 0 };

	memset(memory, 0, sizeof(memory));
	*text = '\0';
	if (kept_plan(&c, &a, &k, &e) < 0)
		return strcpy(text, e.text);
	CHECK(p.n_env == ARRAY_LEN(env));
	for (size_t i = 0; k && i < k->process->n_env; i++) {
		strcat(text, k->process->env[i]);
		strcat(text, " ");
	}
	return k ? text : NULL;
}

static void test_names(void)
{
	CASE("what is kept");
	CHECK(kept(NULL) == NULL);
	CHECK_STR(kept("[]"), "PATH=/bin TOKEN=s3cret TOKENS=kept EMPTY= BARE TOKEN=again ");
	CHECK_STR(kept("[\"TOKEN\"]"), "PATH=/bin TOKENS=kept EMPTY= BARE ");
	CHECK_STR(kept("[\"EMPTY\", \"BARE\", \"PATH\", \"TOKEN\", \"NOT_THERE\", \"\"]"), "TOKENS=kept ");
	CASE("what is no list of names");
	CHECK(strncmp(kept("TOKEN"), "annotations: org.cist.env.secret: ", 34) == 0);
	CHECK(strncmp(kept("[1]"), "annotations: org.cist.env.secret: ", 34) == 0);
	CHECK(strncmp(kept("{\"TOKEN\": true}"), "annotations: org.cist.env.secret: ", 34) == 0);
	CHECK(strncmp(kept(""), "annotations: org.cist.env.secret: ", 34) == 0);
}

/* All else of a configuration comes back as it was. */
static void test_rest(void)
{
	static const char json[] =
		"{\"ociVersion\":\"1.2.0\",\"process\":{\"args\":[\"a\",\"b\"],\"cwd\":\"/\",\"env\":[\"A=1\",\"B=2\"],"
		"\"user\":{\"uid\":7,\"gid\":8}},\"root\":{\"path\":\"r\",\"readonly\":true},\"hostname\":\"h\","
		"\"hooks\":{\"poststop\":[{\"path\":\"/bin/x\",\"timeout\":3}]},"
		"\"annotations\":{\"org.cist.env.secret\":\"[\\\"B\\\"]\"}}";
	char directory[] = "/tmp/test_kept.XXXXXX", text[1024], expected[sizeof(json)];
	struct arena a = { .base = memory, .size = sizeof(memory) };
	const struct oci_config *k = NULL;
	struct oci_err oe;
	struct err e = { 0 };
	char *cut;

	CASE("what is written");
	memset(memory, 0, sizeof(memory));
	auto_oci_doc struct oci_doc *d = oci_doc_parse(json, strlen(json), OCI_LENIENT, &oe);
	CHECK(mkdtemp(directory) != NULL);
	auto_close int dir = sys_openat(AT_FDCWD, directory, O_PATH | O_DIRECTORY, 0);
	CHECK(d && kept_plan(d->config, &a, &k, &e) == 0 && k);
	CHECK(k && kept_write(k, dir, &e) == 0);
	CHECK(sys_read_at(dir, "config.json", text, sizeof(text)) > 0);
	auto_oci_doc struct oci_doc *again = oci_doc_parse(text, strlen(text), OCI_LENIENT, &oe);
	memcpy(expected, json, sizeof(json));
	cut = strstr(expected, ",\"B=2\"");
	memmove(cut, cut + 6, strlen(cut + 6) + 1);
	auto_oci_doc struct oci_doc *whole = oci_doc_parse(expected, strlen(expected), OCI_LENIENT, &oe);
	if (CHECK(again && whole)) {
		char *one = oci_config_write(again->config, NULL), *other = oci_config_write(whole->config, NULL);

		CHECK_STR(one, other);
		CHECK(!strstr(text, "B=2") && strstr(text, "A=1"));
		free(one);
		free(other);
	}
	CHECK(sys_unlinkat(dir, "config.json", 0) == 0 && rmdir(directory) == 0);
}

int main(void)
{
	test_names();
	test_rest();
	return check_summary();
}
