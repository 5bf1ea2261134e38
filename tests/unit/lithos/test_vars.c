/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/vars.h"
#include "base/arr.h"
#include "tests/unit/lithos/model.h"

#include <errno.h>

/* ---- substitution as such ---- */

static char asked[256];		/* names that have no value, each in < > */

static const char *look_up(void *arg, const char *name, size_t len)
{
	(void)arg;
	if (len == 1 && *name == 'a')
		return "1";
	if (len == 2 && memcmp(name, "bb", 2) == 0)
		return "@{a}";
	if (len == 1 && *name == 'e')
		return "";
	return len == 0 ? NULL : len == 3 && memcmp(name, "a b", 3) == 0 ? "blank within" : NULL;
}

static void unknown(void *arg, const char *name, size_t len)
{
	size_t at = strlen(asked);

	(void)arg;
	fmt(asked + at, sizeof(asked) - at, "<%.*s>", (int)len, name);
}

static void test_substitution(void)
{
	static const struct { const char *text, *want, *asked; } rows[] = {
		{ "", "", "" },				{ "plain", "plain", "" },		{ "@{a}", "1", "" },
		{ "x@{a}y", "x1y", "" },		{ "@{a}@{a}", "11", "" },		{ "@{ a }", "1", "" },
		{ "@{\ta\n\r}", "1", "" },		{ "@{bb}", "@{a}", "" },		{ "@{e}", "", "" },
		{ "@{x", "@{x", "" },			{ "@{a}@{x", "1@{x", "" },		{ "a}", "a}", "" },
		{ "@", "@", "" },			{ "@a{}", "@a{}", "" },			{ "$@{a}", "$1", "" },
		{ "@@{a}", "@1", "" },			{ "@{", "@{", "" },			{ "@{}", "", "<>" },
		{ "@{  }", "", "<>" },			{ "@{n}-@{ m}", "-", "<n><m>" },	{ "@{n}@{n}", "", "<n><n>" },
		{ "@{a b}", "blank within", "" },	/* no nesting: the first } ends it */
		{ "@{a@{a}}", "}", "<a@{a>" },		{ "@{@{a}", "", "<@{a>" },		{ "{@{a}}", "{1}", "" },
	};
	static _Alignas(16) char memory[256];
	static const struct vars_set set = { look_up, unknown, NULL, 64 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { .base = memory, .size = sizeof(memory) };
		const char *got = NULL;

		CASE(rows[i].text);
		asked[0] = '\0';
		memset(memory, 0, sizeof(memory));
		CHECK(vars_substitute(&set, rows[i].text, &a, &got) == 0);
		CHECK_STR(got, rows[i].want);
		CHECK_STR(asked, rows[i].asked);
	}
}

static void test_bounds(void)
{
	static _Alignas(16) char memory[64];
	const struct vars_set set = { look_up, unknown, NULL, 12 };
	struct arena a = { .base = memory, .size = sizeof(memory) };
	const char *got = NULL;

	CASE("as long as it may be");
	CHECK(vars_substitute(&set, "@{a b}", &a, &got) == 0);
	CHECK_STR(got, "blank within");
	CASE("one byte more; what is unknown is told all the same");
	asked[0] = '\0';
	CHECK(vars_substitute(&set, "@{a b}x@{a b}@{n}", &a, &got) == -E2BIG);
	CHECK_STR(asked, "<n>");
	CASE("no memory");
	a.size = a.used;
	CHECK(vars_substitute(&set, "x", &a, &got) == -ENOMEM);
	CASE("nobody wants to know what is unknown");
	a = (struct arena){ .base = memory, .size = sizeof(memory) };
	CHECK(vars_substitute(&(struct vars_set){ look_up, NULL, NULL, 9 }, "<@{n}>", &a, &got) == 0);
	CHECK_STR(got, "<>");
}

/* ---- the variables of an instance ---- */

static struct model m;
static struct vars v;
static bool used[32];

/* sandbox, variables that the process gives, variables that the container declares: each as YAML in one line. */
static void begin(const char *sandbox, const char *given, const char *declared)
{
	char process[8192], container[8192];

	model_begin(&m);
	memset(used, 0, sizeof(used));
	fmt(process, sizeof(process), "web:\n  image: i\n  config: /c.yaml\n  variables: %s\n", given);
	fmt(container, sizeof(container), "executable: /bin/x\nvariables:\n%s", declared);
	CHECK(model_sandbox(&m, "app", sandbox) == 1);
	CHECK(model_processes(&m, process) == 1);
	CHECK(model_container(&m, container) == 1);
	CHECK(m.processes.n == 1 && m.processes.v[0].n_variables <= ARRAY_LEN(used));
	v = (struct vars){ &m.processes.v[0], &m.container, &m.sandbox, "app/web.0", &m.a, &m.f, used };
}

static const char *expand(const char *text)
{
	const char *got = NULL;

	CHECK(vars_expand(&v, text, (struct mark){ .file = "here", .line = 9 }, &got) == 0);
	return got;
}

static void test_look_up(void)
{
	begin("{}", "{a: '@{b}', 'lithos:config_filename': mine, 'x y': z}", "  a: !Choice ['@{b}']\n");
	CASE("given and built in");
	CHECK_STR(expand("@{a}@{a}"), "@{b}@{b}");
	CHECK_STR(expand("@{ lithos:name }"), "app/web.0");
	CHECK_STR(expand("@{lithos:config_filename}"), "mine");
	CHECK_STR(expand("@{x y}"), "z");
	CHECK_STR(model_told(&m), "");
	begin("{}", "{}", "");
	CHECK_STR(expand("@{lithos:config_filename}"), "/c.yaml");
	CASE("unknown, each time");
	CHECK_STR(expand("@{nope}@{}"), "");
	CHECK_STR(expand("@{lithos:nope}"), "");
	CHECK_STR(model_told(&m), "here:9: unknown variable \"nope\"\nhere:9: unknown variable \"\"\n"
				  "here:9: unknown variable \"lithos:nope\"");
	CASE("the pid");
	begin("{}", "{}", "");
	CHECK_STR(expand("@{ lithos:pid }x"), "x");
	CHECK_STR(model_told(&m), "here:9: lithos:pid variable can only be used in environment as a sole value");
	CASE("declared without a value: that is said once, where it is declared");
	begin("{}", "{}", "  a: !Name\n");
	CHECK_STR(expand("@{a}"), "");
	CHECK_STR(model_told(&m), "");
}

static void test_too_long(void)
{
	static char value[4100], text[LITHOS_ARG_MAX];
	char given[4200];

	memset(value, 'x', 4096);
	fmt(given, sizeof(given), "{a: %s}", value);
	begin("{}", given, "  a: !Name\n");
	for (size_t i = 0; i < 31; i++)
		memcpy(text + 4 * i, "@{a}", 5);
	CASE("31 times 4096 bytes and 4095 more are what execve(2) takes");
	memset(text + 124, 'y', 4095);
	CHECK(strlen(expand(text)) == LITHOS_ARG_MAX);
	CHECK_STR(model_told(&m), "");
	CASE("one more");
	text[124 + 4095] = 'y';
	CHECK_STR(expand(text), "");
	CHECK_STR(model_told(&m), "here:9: with its variables put in this is longer than 131071 bytes");
}

static void test_types(void)
{
	static const struct { const char *sandbox, *type, *value, *want; } rows[] = {
		{ "allow-tcp-ports: [1-65535]", "!TcpPort", "80", "" },
		{ "allow-tcp-ports: [1-65535]", "!TcpPort", "65535", "" },
		{ "allow-tcp-ports: [1-65535]", "!TcpPort", "080", "" },
		{ "allow-tcp-ports: [1-65535]", "!TcpPort", "99999", "invalid TcpPort \"99999\": a port is a number from 1 to 65535" },
		{ "allow-tcp-ports: [1-65535]", "!TcpPort", "65536", "invalid TcpPort \"65536\": a port is a number from 1 to 65535" },
		{ "allow-tcp-ports: [0-65535]", "!TcpPort", "0", "invalid TcpPort \"0\": a port is a number from 1 to 65535" },
		{ "allow-tcp-ports: [0-65535]", "!TcpPort", "-1", "invalid TcpPort \"-1\": a port is a number from 1 to 65535" },
		{ "allow-tcp-ports: [0-65535]", "!TcpPort", "''", "invalid TcpPort \"\": a port is a number from 1 to 65535" },
		{ "allow-tcp-ports: [0-65535]", "!TcpPort", "0x50", "invalid TcpPort \"0x50\": a port is a number from 1 to 65535" },
		{ "allow-tcp-ports: [0-65535]", "!TcpPort", "' 80'", "invalid TcpPort \" 80\": a port is a number from 1 to 65535" },
		{ "allow-tcp-ports: [8000-9000]", "!TcpPort", "80", "TcpPort 80 is not in allowed range" },
		{ "bridged-network: {bridge: br0, network: 10.0.0.0/8}", "!TcpPort", "80", "" },
		{ "{}", "!Name", "a-B_9", "" },
		{ "{}", "!Name", "''", "a Name is not empty" },
		{ "{}", "!Name", "a.b", "Name \"a.b\" holds other than letters, digits, - and _" },
		{ "{}", "!Name", "\"a\\nb\"", "Name \"a\\x0ab\" holds other than letters, digits, - and _" },
		{ "{}", "!DottedName", "a.b-c", "" },
		{ "{}", "!DottedName", "a_b", "" },
		{ "{}", "!DottedName", "a..b", "Component \"\" from name \"a..b\" is empty" },
		{ "{}", "!DottedName", "''", "Component \"\" from name \"\" is empty" },
		{ "{}", "!DottedName", "a.", "Component \"\" from name \"a.\" is empty" },
		{ "{}", "!DottedName", "'-a'", "Component \"-a\" from name \"-a\" begins with -" },
		{ "{}", "!DottedName", "b.a-", "Component \"a-\" from name \"b.a-\" ends with -" },
		{ "{}", "!DottedName", "a b.c", "Component \"a b\" from name \"a b.c\" holds other than letters, digits, - and _" },
		/* the blank of another component is not this one's */
		{ "{}", "!DottedName", "a.b c", "Component \"b c\" from name \"a.b c\" holds other than letters, digits, - and _" },
		{ "{}", "!Choice [a, b]", "b", "" },
		{ "{}", "!Choice [a, b]", "c", "variable value \"c\" is not one of [\"a\", \"b\"]" },
		{ "{}", "!Choice [a, b]", "A", "variable value \"A\" is not one of [\"a\", \"b\"]" },
		{ "{}", "!Choice", "a", "variable value \"a\" is not one of []" },
		{ "{}", "!Choice [\"a\\nb\"]", "\"a\\nb\"", "the value holds a newline or another control character" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char given[128], declared[128], want[256] = "";

		CASE(rows[i].value);
		fmt(given, sizeof(given), "{p: %s}", rows[i].value);
		fmt(declared, sizeof(declared), "  p: %s\n", rows[i].type);
		if (*rows[i].want)
			fmt(want, sizeof(want), "process:4: Variable \"p\" is invalid: %s", rows[i].want);
		begin(rows[i].sandbox, given, declared);
		vars_check(&v);
		CHECK_STR(model_told(&m), want);
	}
}

static void test_checks(void)
{
	CASE("all at once");
	begin("{}", "{b: '', c: \"x\\ty\", d: \"x\\ny\", e: \"\\e[0m\"}", "  a: !Name\n  b: !Name\n  z: !Choice [q]\n");
	vars_check(&v);
	CHECK_STR(model_told(&m),
		  "process:4: Variable \"d\" is invalid: the value holds a newline or another control character\n"
		  "process:4: Variable \"e\" is invalid: the value holds a newline or another control character\n"
		  "container:3: Variable \"a\" is undefined\n"
		  "process:4: Variable \"b\" is invalid: a Name is not empty\n"
		  "container:5: Variable \"z\" is undefined");
	CASE("what is given beyond what is declared");
	begin("{}", "{a: x, b: y, c: z}", "  a: !Name\n");
	CHECK_STR(expand("@{b}"), "y");
	vars_check(&v);
	vars_check_undeclared(&v);
	CHECK_STR(model_told(&m), "process:4 warning: variable \"b\" is not declared by /c.yaml\n"
				  "process:4 warning: variable \"c\" is not declared by /c.yaml, and nothing uses it");
	CHECK(!vars_given(&v, "d"));
	CHECK_STR(vars_given(&v, "c"), "z");
}

int main(void)
{
	test_substitution();
	test_bounds();
	test_look_up();
	test_too_long();
	test_types();
	test_checks();
	model_done(&m);
	return check_summary();
}
