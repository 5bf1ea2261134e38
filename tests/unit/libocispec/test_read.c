/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the reader refuses, and the words it does it with; what it takes although it is odd. */
#include "libocispec/ocispec.h"
#include "tests/check.h"

#include <errno.h>
#include <stdlib.h>

#define HUGE_LIMIT(n) "{\"linux\":{\"resources\":{\"pids\":{\"limit\":" n "}}}}"
#define AT_LIMIT " (line 1, column 40)"

static const struct {
	const char *says;
	const char *json;
	const char *want;	/* NULL: taken */
} cases[] = {
	/* not a document */
	{ "empty file", "", "JSON syntax: premature EOF (line 1, column 1)" },
	{ "only blanks", " \n ", "JSON syntax: premature EOF (line 2, column 2)" },
	{ "null", "null", "config cannot be null (line 1, column 1)" },
	{ "list", "[]", "expected an object, got a list (line 1, column 1)" },
	{ "string", "\"x\"", "expected an object, got a string (line 1, column 1)" },
	{ "number", "5 ", "expected an object, got a number (line 1, column 1)" },
	{ "true", "true", "expected an object, got true (line 1, column 1)" },
	{ "empty object", "{}", NULL },
	{ "cut in half", "{\"hostname\": \"a\", \"mou", "hostname: JSON syntax: premature EOF (line 1, column 23)" },
	{ "trailing garbage", "{} x", "JSON syntax: trailing garbage (line 1, column 5)" },
	{ "two documents", "{}{}", "JSON syntax: trailing garbage (line 1, column 4)" },
	{ "blanks behind", "{}\n\t \r\n", NULL },
	{ "byte order mark", "\xef\xbb\xbf{}", "a byte order mark in front of the JSON text (line 1, column 1)" },
	{ "comment", "/* x */ {}", "JSON syntax: probable comment found in input text, comments are not enabled. "
				    "(line 1, column 1)" },
	{ "single quotes", "{'a':1}", "JSON syntax: invalid char in json text. (line 1, column 3)" },
	{ "trailing comma", "{\"hostname\":\"a\",}",
	  "hostname: JSON syntax: invalid object key (must be a string) (line 1, column 18)" },

	/* strings */
	{ "NUL byte escaped", "{\"hostname\":\"a\\u0000b\"}", "a NUL character in a string (line 1, column 15)" },
	{ "lone high surrogate", "{\"hostname\":\"\\ud800\"}", "half of a surrogate pair in a string (line 1, column 14)" },
	{ "lone low surrogate", "{\"hostname\":\"\\uDC00\"}", "half of a surrogate pair in a string (line 1, column 14)" },
	{ "two high surrogates", "{\"hostname\":\"\\ud83d\\ud83d\"}",
	  "half of a surrogate pair in a string (line 1, column 14)" },
	{ "surrogate cut off", "{\"hostname\":\"\\ud83d\\u", "half of a surrogate pair in a string (line 1, column 14)" },
	{ "a surrogate pair", "{\"hostname\":\"\\ud83d\\ude00\"}", NULL },
	{ "backslash before u", "{\"hostname\":\"\\\\ud800\"}", NULL },
	{ "overlong NUL", "{\"hostname\":\"\xc0\x80\"}", "invalid UTF-8 (line 1, column 14)" },
	{ "surrogate as bytes", "{\"hostname\":\"\xed\xa0\x80\"}", "invalid UTF-8 (line 1, column 14)" },
	{ "above U+10FFFF", "{\"hostname\":\"\xf4\x90\x80\x80\"}", "invalid UTF-8 (line 1, column 14)" },
	{ "lone continuation", "{\"hostname\":\"\x80\"}", "invalid UTF-8 (line 1, column 14)" },
	{ "sequence cut off", "{\"hostname\":\"\xe2\x82", "invalid UTF-8 (line 1, column 14)" },
	{ "four bytes", "{\"hostname\":\"\xf0\x9f\x98\x80\"}", NULL },
	{ "line break", "{\"hostname\":\"a\nb\"}", "hostname: JSON syntax: invalid character inside string. (line 1, column 15)" },

	/* types */
	{ "string for a list", "{\"process\":{\"args\":\"x\"}}",
	  "process.args: expected a list of strings, got a string (line 1, column 20)" },
	{ "number in a list of strings", "{\"process\":{\"args\":[\"a\", 5]}}",
	  "process.args[1]: expected a string, got a number (line 1, column 26)" },
	{ "null in a list", "{\"process\":{\"args\":[null]}}",
	  "process.args[0]: expected a string, got null (line 1, column 21)" },
	{ "list for an object", "{\"root\":[]}", "root: expected an object, got a list (line 1, column 9)" },
	{ "object for a list", "{\"mounts\":{}}", "mounts: expected a list of objects, got an object (line 1, column 11)" },
	{ "object for a string", "{\"hostname\":{}}", "hostname: expected a string, got an object (line 1, column 13)" },
	{ "string for a boolean", "{\"process\":{\"terminal\":\"true\"}}",
	  "process.terminal: expected true or false, got a string (line 1, column 24)" },
	{ "list for a map", "{\"annotations\":[]}",
	  "annotations: expected an object of strings, got a list (line 1, column 16)" },
	{ "number in a map", "{\"annotations\":{\"a.b\":5}}",
	  "annotations[\"a.b\"]: expected a string, got a number (line 1, column 23)" },
	{ "ociVersion a number", "{\"ociVersion\":1}", "ociVersion: expected a string, got a number (line 1, column 15)" },
	{ "a line below", "{\n  \"mounts\": [\n    {\"destination\": \"/a\"},\n    {\"destination\": false}\n  ]\n}",
	  "mounts[1].destination: expected a string, got false (line 4, column 21)" },

	/* numbers */
	{ "a string of digits", HUGE_LIMIT("\"5\""), "linux.resources.pids.limit: expected an integer, got a string" AT_LIMIT },
	{ "a fraction", HUGE_LIMIT("1.5"), "linux.resources.pids.limit: expected an integer, got 1.5" AT_LIMIT },
	{ "a whole fraction", HUGE_LIMIT("1.0"), "linux.resources.pids.limit: expected an integer, got 1.0" AT_LIMIT },
	{ "an exponent", HUGE_LIMIT("1e400"), "linux.resources.pids.limit: expected an integer, got 1e400" AT_LIMIT },
	{ "minus zero", HUGE_LIMIT("-0"), "linux.resources.pids.limit: expected an integer, got -0" AT_LIMIT },
	{ "largest int64", HUGE_LIMIT("9223372036854775807"), NULL },
	{ "smallest int64", HUGE_LIMIT("-9223372036854775808"), NULL },
	{ "2^63", HUGE_LIMIT("9223372036854775808"),
	  "linux.resources.pids.limit: must be between -9223372036854775808 and 9223372036854775807, "
	  "got 9223372036854775808" AT_LIMIT },
	{ "-2^63-1", HUGE_LIMIT("-9223372036854775809"),
	  "linux.resources.pids.limit: must be between -9223372036854775808 and 9223372036854775807, "
	  "got -9223372036854775809" AT_LIMIT },
	{ "2^64 and more", HUGE_LIMIT("100000000000000000000000000000000000000000000000000"),
	  "linux.resources.pids.limit: must be between -9223372036854775808 and 9223372036854775807, "
	  "got 100000000000000000000000000000000000..." AT_LIMIT },
	{ "leading zero", HUGE_LIMIT("01"),
	  "linux.resources.pids.limit: JSON syntax: after key and value, inside map, I expect ',' or '}' (line 1, column 41)" },
	{ "-1 for unsigned", "{\"process\":{\"user\":{\"uid\":-1}}}",
	  "process.user.uid: must be between 0 and 4294967294, got -1 (line 1, column 27)" },
	{ "uid 2^32-1", "{\"process\":{\"user\":{\"uid\":4294967295}}}",
	  "process.user.uid: must be between 0 and 4294967294, got 4294967295 (line 1, column 27)" },
	{ "gid 2^32", "{\"process\":{\"user\":{\"gid\":4294967296}}}",
	  "process.user.gid: must be between 0 and 4294967294, got 4294967296 (line 1, column 27)" },
	{ "largest uid", "{\"process\":{\"user\":{\"uid\":4294967294}}}", NULL },
	{ "group 2^32-1", "{\"process\":{\"user\":{\"additionalGids\":[1,4294967295]}}}",
	  "process.user.additionalGids[1]: must be between 0 and 4294967294, got 4294967295 (line 1, column 41)" },
	{ "2^31 for int32", "{\"process\":{\"oomScoreAdj\":2147483648}}",
	  "process.oomScoreAdj: must be between -2147483648 and 2147483647, got 2147483648 (line 1, column 27)" },
	{ "2^16 for uint16", "{\"linux\":{\"resources\":{\"blockIO\":{\"weight\":65536}}}}",
	  "linux.resources.blockIO.weight: must be between 0 and 65535, got 65536 (line 1, column 44)" },
	{ "largest uint64", "{\"linux\":{\"resources\":{\"cpu\":{\"shares\":18446744073709551615}}}}", NULL },
	{ "2^64", "{\"linux\":{\"resources\":{\"cpu\":{\"shares\":18446744073709551616}}}}",
	  "linux.resources.cpu.shares: must be between 0 and 18446744073709551615, got 18446744073709551616 "
	  "(line 1, column 40)" },

	/* members */
	{ "twice", "{\"hostname\":\"a\",\"hostname\":\"a\"}", "hostname: is given twice (line 1, column 17)" },
	{ "twice, once null", "{\"mounts\":null,\"mounts\":[]}", "mounts: is given twice (line 1, column 16)" },
	{ "twice, escaped", "{\"hostname\":\"a\",\"host\\u006eame\":\"a\"}", "hostname: is given twice (line 1, column 22)" },
	{ "twice in a map", "{\"annotations\":{\"a\":\"x\",\"b\":\"y\",\"a\":\"z\"}}",
	  "annotations.a: is given twice (line 1, column 40)" },
	{ "required", "{\"root\":{}}", "root.path: is required (line 1, column 10)" },
	{ "required but null", "{\"root\":{\"path\":null}}", "root.path: expected a string, got null (line 1, column 17)" },
	{ "required deep inside", "{\"linux\":{\"devices\":[{\"path\":\"/dev/x\"}]}}",
	  "linux.devices[0].type: is required (line 1, column 38)" },
	{ "null for optional", "{\"mounts\":null,\"process\":null,\"annotations\":null,\"hostname\":null,"
			       "\"linux\":{\"namespaces\":null,\"resources\":{\"pids\":{\"limit\":null}}}}", NULL },
	{ "unknown", "{\"new\":{\"a\":[1,{\"b\":null}],\"a\":2},\"hostname\":\"a\"}", NULL },
	{ "other platforms", "{\"solaris\":{},\"windows\":{\"x\":[]},\"vm\":5,\"zos\":null}", NULL },
	{ "control characters in a message", "{\"annotations\":{\"a\\u001b[31m\":1}}",
	  "annotations[\"a?[31m\"]: expected a string, got a number (line 1, column 31)" },
};

static void refusals_and_their_words(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct oci_err e = {0};
		auto_oci_doc struct oci_doc *d = oci_doc_parse(cases[i].json, strlen(cases[i].json), OCI_LENIENT, &e);

		CASE(cases[i].says);
		CHECK_STR(d ? NULL : e.text, cases[i].want);
		CHECK(d ? d->config != NULL : e.code == -EINVAL);
	}
}

static void nul_bytes(void)
{
	static const char json[] = "{\"hostname\":\"a\0b\"}";
	struct oci_err e = {0};

	CASE("a NUL byte");
	CHECK(!oci_doc_parse(json, sizeof(json) - 1, OCI_LENIENT, &e));
	CHECK_STR(e.text, "a NUL byte in the JSON text (line 1, column 15)");
}

/* open n times, then close n times, within a document */
static char *nested(const char *before, char open, char close, size_t n, const char *after)
{
	size_t a = strlen(before), b = strlen(after);
	char *json = calloc(1, a + 2 * n + b + 1);

	if (!json)
		abort();
	memcpy(json, before, a);
	memset(json + a, open, n);
	memset(json + a + n, close, n);
	memcpy(json + a + 2 * n, after, b);
	return json;
}

static void depth(void)
{
	struct oci_err e = {0};
	char *json = nested("{\"x\":", '[', ']', 100000, "}");

	CASE("100000 levels");
	CHECK(!oci_doc_parse(json, strlen(json), OCI_LENIENT, &e));
	CHECK(e.code == -E2BIG);
	CHECK_STR(e.text, "x: nested more than 64 levels deep (line 1, column 69)");
	free(json);

	CASE("64 levels");
	json = nested("{\"x\":", '[', ']', 63, "}");
	auto_oci_doc struct oci_doc *d = oci_doc_parse(json, strlen(json), OCI_LENIENT, &e);
	CHECK(d != NULL);
	free(json);
}

static void size(void)
{
	size_t len = 45 << 20;
	char *json = malloc(len);
	struct oci_err e = {0};

	CASE("45 MiB");
	if (!json)
		abort();
	memset(json, ' ', len);
	CHECK(!oci_doc_parse(json, len, OCI_LENIENT, &e));
	CHECK(e.code == -E2BIG);
	CHECK_STR(e.text, "larger than 16777216 bytes (line 1, column 1)");
	free(json);
}

/* {"annotations":{"k0":"","k1":"",...}} */
static char *many_annotations(size_t n)
{
	char *json = malloc(n * 16 + 64), *p = json;

	if (!json)
		abort();
	p += sprintf(p, "{\"annotations\":{");
	for (size_t i = 0; i < n; i++)
		p += sprintf(p, "%s\"k%zu\":\"\"", i ? "," : "", i);
	sprintf(p, "}}");
	return json;
}

static void elements(void)
{
	struct oci_err e = {0};
	char *json = many_annotations(OCI_LIST_MAX);

	CASE("65536 elements");
	{
		auto_oci_doc struct oci_doc *d = oci_doc_parse(json, strlen(json), OCI_LENIENT, &e);

		CHECK(d && d->config->n_annotations == OCI_LIST_MAX);
		CHECK(d && strcmp(d->config->annotations[OCI_LIST_MAX - 1].key, "k65535") == 0);
	}
	free(json);
	CASE("65537 elements");
	json = many_annotations(OCI_LIST_MAX + 1);
	CHECK(!oci_doc_parse(json, strlen(json), OCI_LENIENT, &e));
	CHECK(e.code == -E2BIG);
	free(json);
}

static void strict_mode(void)
{
	static const char json[] = "{\"hostname\":\"a\",\n\"hostnames\":[],\"process\":{\"user\":{\"a b\":{\"c\":1}}},\"windows\":1}";
	struct oci_err e = {0};
	auto_oci_doc struct oci_doc *d = oci_doc_parse(json, strlen(json), OCI_STRICT, &e);
	auto_oci_doc struct oci_doc *lenient = oci_doc_parse(json, strlen(json), OCI_LENIENT, &e);

	CASE("unknown members are listed");
	if (!CHECK(d && d->n_unknown == 2))
		return;
	CHECK_STR(d->unknown[0], "hostnames (line 2, column 1)");
	CHECK_STR(d->unknown[1], "process.user[\"a b\"] (line 2, column 35)");
	CHECK(lenient && lenient->n_unknown == 0);
}

static void truncated_everywhere(void)
{
	static const char json[] = "{\"a\":[{\"b\":\"\\ud83d\\ude00\xc3\xa9\"}],\"process\":{\"args\":[\"x\\n\",\"y\"],"
				   "\"user\":{\"uid\":10}},\"annotations\":{\"k\":\"v\"},\"linux\":{\"sysctl\":null}}";
	size_t taken = 0;

	CASE("cut anywhere");
	for (size_t n = 0; n < sizeof(json) - 1; n++) {
		struct oci_err e = {0};
		char *part = malloc(n ? n : 1);		/* exactly as large, for the sanitizers */

		if (!part)
			abort();
		memcpy(part, json, n);
		taken += oci_doc_free(oci_doc_parse(part, n, OCI_STRICT, &e)) || e.code == 0;
		free(part);
	}
	CHECK(taken == 0);
}

int main(void)
{
	refusals_and_their_words();
	nul_bytes();
	depth();
	size();
	elements();
	strict_mode();
	truncated_everywhere();
	CASE("nothing to free");
	CHECK(oci_doc_free(NULL) == NULL);
	return check_summary();
}
