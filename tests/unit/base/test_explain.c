/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/explain.h"
#include "tests/check.h"

#include <stdlib.h>

static char *said(enum explain_form form, void (*say)(struct explain *x))
{
	struct explain x;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	explain_begin(&x, f, form);
	say(&x);
	explain_end(&x);
	fclose(f);
	return text;
}

static void check_both(void (*say)(struct explain *x), const char *text, const char *json)
{
	char *got = said(EXPLAIN_TEXT, say);

	CHECK_STR(got, text);
	free(got);
	got = said(EXPLAIN_JSON, say);
	CHECK_STR(got, json);
	free(got);
}

static void nothing(struct explain *x)
{
	(void)x;
}

static void two_steps(struct explain *x)
{
	explain_step(x, "host", "first");
	explain_act(x, "mounts[0]", "mount %s", "proc");
	explain_act(x, NULL, "unasked");
	explain_step(x, "init", "empty");
	explain_step(x, "init", "last");
	explain_act(x, NULL, "go");
}

static void hostile(struct explain *x)
{
	explain_step(x, "init", "quote \" here");
	explain_act(x, "linux.sysctl.net.a\n\033[2J\"", "tab\tnew\nline\\ \"q\" \033[31m del\x7f");
	explain_act(x, NULL, "\xc3\xa4 is a letter, \xff\xc3 is not");
}

/* As long as a sentence may be: a letter of two bytes that no longer fits must not be cut in half. */
static void endless(struct explain *x)
{
	static char text[6001];

	for (size_t i = 0; i < 3000; i++)
		memcpy(text + 2 * i, "\xc3\xa4", 2);
	explain_step(x, "init", "long");
	explain_act(x, NULL, ".%s", text);
}

int main(void)
{
	char *json;

	CASE("nothing");
	check_both(nothing, "", "{\"steps\":[]}\n");
	CASE("steps and acts");
	check_both(two_steps,
		   " 1  host: first\n      mount proc  [mounts[0]]\n      unasked\n 2  init: empty\n 3  init: last\n      go\n",
		   "{\"steps\":[\n{\"side\":\"host\",\"step\":\"first\",\"acts\":[\n"
		   "  {\"does\":\"mount proc\",\"from\":\"mounts[0]\"},\n  {\"does\":\"unasked\"}]},\n"
		   "{\"side\":\"init\",\"step\":\"empty\",\"acts\":[]},\n"
		   "{\"side\":\"init\",\"step\":\"last\",\"acts\":[\n  {\"does\":\"go\"}]}]}\n");
	CASE("what a value may contain");
	check_both(hostile,
		   " 1  init: quote \" here\n      tab?new?line\\ \"q\" ?[31m del?  [linux.sysctl.net.a??[2J\"]\n"
		   "      \xc3\xa4 is a letter, ?? is not\n",
		   "{\"steps\":[\n{\"side\":\"init\",\"step\":\"quote \\\" here\",\"acts\":[\n"
		   "  {\"does\":\"tab\\u0009new\\u000aline\\\\ \\\"q\\\" \\u001b[31m del\\u007f\","
		   "\"from\":\"linux.sysctl.net.a\\u000a\\u001b[2J\\\"\"},\n"
		   "  {\"does\":\"\xc3\xa4 is a letter, \\ufffd\\ufffd is not\"}]}]}\n");
	CASE("a long sentence");
	json = said(EXPLAIN_JSON, endless);
	CHECK(json && strstr(json, "\xc3\xa4\"}]}]}\n") != NULL);
	free(json);
	return check_summary();
}
