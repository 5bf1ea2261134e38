/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The grammar of the lithos tools; that of cist is in test_cist.sh. */
#include "base/arr.h"
#include "cmd/option.h"
#include "tests/check.h"

struct words {
	bool verbose, force;
	const char *config;
	const char *const *files;
	size_t n_files;
	uint32_t count;
};

static const struct cli_option rows[] = {
	CLI_FLAG_ROW(words, verbose, "verbose", "v", "talk"),
	CLI_FLAG_ROW(words, force, "force", "f", "do it"),
	CLI_TEXT_ROW(words, config, "config", "C", "FILE", "the file"),
	CLI_TEXT_ROW(words, config, "conf", NULL, "FILE", NULL),
	CLI_LIST_ROW(words, files, "check-container", NULL, "FILE", "more files"),
	CLI_COUNT_ROW(words, count, "days", "D", "N", "days"),
};

/* The words split at blanks; what they come to, as text. */
static const char *parsed(const char *line, bool options_first)
{
	static char result[1024];
	const struct cli_table table = { rows, ARRAY_LEN(rows), CLI_ARGPARSE, options_first };
	auto_cli_call struct cli_call call = { 0 };
	const char *words[16];
	struct words w = { 0 };
	struct err e = { 0 };
	char copy[256];
	size_t n = 0, used;
	int rc;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *p = copy, *end; p && n < ARRAY_LEN(words); p = end ? end + 1 : NULL) {
		words[n++] = p;
		end = strchr(p, ' ');
		if (end)
			*end = '\0';
	}
	rc = cli_parse(&table, words, n, &w, &call, &e);
	if (rc < 0) {
		memcpy(result, e.text, sizeof(result));
		return result;
	}
	if (rc != CLI_PARSED)
		return rc == CLI_HELP ? "help" : "version";
	used = (size_t)snprintf(result, sizeof(result), "%s%s%s%s", w.verbose ? "v" : "", w.force ? "f" : "",
				w.config ? "C=" : "", w.config ? w.config : "");
	if (w.count)
		used += (size_t)snprintf(result + used, sizeof(result) - used, "D=%u", w.count);
	for (size_t i = 0; i < w.n_files; i++)
		used += (size_t)snprintf(result + used, sizeof(result) - used, "+%s", w.files[i]);
	for (size_t i = 0; i < call.n_args; i++)
		used += (size_t)snprintf(result + used, sizeof(result) - used, " %s", call.args[i]);
	return result;
}

static void test_values(void)
{
	CASE("forms of a value");
	CHECK_STR(parsed("--config x", false), "C=x");
	CHECK_STR(parsed("--config=x", false), "C=x");
	CHECK_STR(parsed("--config=", false), "C=");
	CHECK_STR(parsed("--config=a=b", false), "C=a=b");
	CHECK_STR(parsed("-C x", false), "C=x");
	CHECK_STR(parsed("-Cx", false), "C=x");
	CHECK_STR(parsed("-C=x", false), "C=x");
	CHECK_STR(parsed("-C=", false), "C=");
	CHECK_STR(parsed("-C -x", false), "C=-x");
	CHECK_STR(parsed("--config --verbose", false), "C=--verbose");
	CHECK_STR(parsed("--conf x --config y", false), "C=y");
	CHECK_STR(parsed("--check-container a --check-container=b", false), "+a+b");
	CHECK_STR(parsed("-D7", false), "D=7");
	CHECK_STR(parsed("--days 12", false), "D=12");
}

static void test_flags(void)
{
	CASE("flags");
	CHECK_STR(parsed("-v", false), "v");
	CHECK_STR(parsed("-vf", false), "vf");
	CHECK_STR(parsed("-fvCx", false), "vfC=x");
	CHECK_STR(parsed("-vC x", false), "vC=x");
	CHECK_STR(parsed("--verbose --force", false), "vf");
	CASE("positional words");
	CHECK_STR(parsed("a -v b", false), "v a b");
	CHECK_STR(parsed("a -v b", true), " a -v b");
	CHECK_STR(parsed("-v a -f", true), "v a -f");
	CHECK_STR(parsed("-v -- -f", false), "v -f");
	CHECK_STR(parsed("-", false), " -");
}

static void test_answers(void)
{
	CASE("help and version");
	CHECK_STR(parsed("-h", false), "help");
	CHECK_STR(parsed("--help", false), "help");
	CHECK_STR(parsed("-vh", false), "help");
	CHECK_STR(parsed("-v --help --nonsense", false), "help");
	CHECK_STR(parsed("--version", false), "version");
	CHECK_STR(parsed("-V", false), "version");
}

static void test_errors(void)
{
	CASE("errors");
	CHECK_STR(parsed("--nonsense", false), "Unknown option --nonsense");
	CHECK_STR(parsed("--nonsense=x", false), "Unknown option --nonsense");
	CHECK_STR(parsed("--v", false), "Unknown option --v");
	CHECK_STR(parsed("--verb", false), "Unknown option --verb");
	CHECK_STR(parsed("-x", false), "Unknown short option \"x\"");
	CHECK_STR(parsed("-vx", false), "Unknown short option \"x\"");
	CHECK_STR(parsed("-verbose", false), "Unknown short option \"e\"");
	CHECK_STR(parsed("--verbose=true", false), "Option --verbose does not accept an argument");
	CHECK_STR(parsed("-v=1", false), "Unknown short option \"=\"");
	CHECK_STR(parsed("--config", false), "Option --config requires an argument");
	CHECK_STR(parsed("-C", false), "Option -C requires an argument");
	CHECK_STR(parsed("-D x", false), "Option -D: \"x\": parse error");
	CHECK_STR(parsed("--days=-1", false), "Option --days: \"-1\": parse error");
	CHECK_STR(parsed("-D 99999999999", false), "Option -D: \"99999999999\": value out of range");
}

int main(void)
{
	test_values();
	test_flags();
	test_answers();
	test_errors();
	return check_summary();
}
