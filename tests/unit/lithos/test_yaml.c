/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/lithos/dump.h"

#include "base/arr.h"

#include <stdlib.h>

struct yaml_case {
	const char *text, *want;
};

static void run(const struct yaml_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		CASE(cases[i].text);
		CHECK_STR(DUMP(cases[i].text), cases[i].want);
	}
}

static void test_values(void)
{
	static const struct yaml_case cases[] = {
		{ "", "-" },
		{ "# only this\n\n", "-" },
		{ "---\n", "-" },
		{ "---\na: 1\n...\n", "{'a'='1'}" },
		{ "%YAML 1.2\n---\na: 1\n", "{'a'='1'}" },
		{ "null", "~" },
		{ "~", "~" },
		{ "[nil, Null, NULL, none, 'null', \"~\", null, ~, '']", "['nil' 'Null' 'NULL' 'none' 'null' '~' ~ ~ '']" },
		{ "[yes, True, 0x10, 1_000, 012, 1.0, 2001-01-01, =]", "['yes' 'True' '0x10' '1_000' '012' '1.0' '2001-01-01' '=']" },
		{ "a: b c\nd: 'e'\nf: \"g\"\n", "{'a'='b c' 'd'='e' 'f'='g'}" },
		{ "a:\nb: ~\n", "{'a'=- 'b'=~}" },
		{ "null: a\n~: b\n", "{'null'='a' '~'='b'}" },
		{ "a: [60, '', a b, ]", "{'a'=['60' '' 'a b']}" },
		{ "{a, b: 1, c: }", "{'a'=- 'b'='1' 'c'=-}" },
		{ "{\"k\":v, \"l\":[1,2],\"m\":{\"n\":null}}", "{'k'='v' 'l'=['1' '2'] 'm'={'n'=~}}" },
		{ "a:\n- x\n- y\n", "{'a'=['x' 'y']}" },
		{ "- - a\n  - b\n- c: d\n  e: f\n", "[['a' 'b'] {'c'='d' 'e'='f'}]" },
		{ "a: one\n  two\n\n  three\n", "{'a'='one two\nthree'}" },
		{ "a: 'it''s'\nb: \"\\x41\\u00e4\\n\"\n", "{'a'='it's' 'b'='A\xc3\xa4\n'}" },
		{ "a: b#c # d\n", "{'a'='b#c'}" },
		{ "a: http://x:80/\nb: -x\nc: :8080\n", "{'a'='http://x:80/' 'b'='-x' 'c'=':8080'}" },
		{ "[--, x, -]", "['--' 'x' '-']" },
		{ "arguments:\n- --listen=@{p}\n- '--a={}'\n", "{'arguments'=['--listen=@{p}' '--a={}']}" },
		{ "a: 1\r\nb:\r\n- x\r\n", "{'a'='1' 'b'=['x']}" },
		{ "\xef\xbb\xbf" "a: 1\n", "{'a'='1'}" },
		{ "\"\": x", "{''='x'}" },
	};

	run(cases, ARRAY_LEN(cases));
}

static void test_blocks(void)
{
	static const struct yaml_case cases[] = {
		{ "a: |\n  one\n   two\n\n  three\n\n\nb: c\n", "{'a'='one\n two\n\nthree\n' 'b'='c'}" },
		{ "a: |\n  one", "{'a'='one\n'}" },
		{ "a: |-\n  one\nb: |+\n  two\n\n", "{'a'='one' 'b'='two\n\n'}" },
		{ "a: >\n  folded\n  text\n", "{'a'='folded text\n'}" },
		{ "a: |\n  null\n", "{'a'='null\n'}" },
	};

	run(cases, ARRAY_LEN(cases));
}

static void test_tags(void)
{
	static const struct yaml_case cases[] = {
		{ "/tmp: !Tmpfs\n/a: !Readonly /b\n", "{'/tmp'=!Tmpfs - '/a'=!Readonly '/b'}" },
		{ "a: !Tmpfs { size: 1 }\nb: !Choice [x, y]\n", "{'a'=!Tmpfs {'size'='1'} 'b'=!Choice ['x' 'y']}" },
		{ "{ /tmp: !Tmpfs }", "{'/tmp'=!Tmpfs -}" },
		{ "k: !Choice\n- a\n", "{'k'=!Choice ['a']}" },
		{ "a: !Tmpfs null", "{'a'=!Tmpfs ~}" },
		{ "a: &x !Tmpfs {}\nb: !Name &y z\nc: [*x, *y]\n", "{'a'=!Tmpfs {} 'b'=!Name 'z' 'c'=[!Tmpfs {} !Name 'z']}" },
		{ "!a b: c\n", "{!a 'b'='c'}" },
		{ "a: !!int 5", "f:1:4: Parse Error: the tag tag:yaml.org,2002:int is not expected: tags are of the form !Name" },
		{ "a: !<x:y> 5", "f:1:4: Parse Error: the tag x:y is not expected: tags are of the form !Name" },
		{ "a: !b!c 5", "f:1:4: Parse Error: a tag that is not of the form !Name" },
		{ "a: ! 5", "f:1:4: Parse Error: the tag ! is not expected: tags are of the form !Name" },
		{ "!Tmpfs{size: 1}", "f:1:7: Parse Error: Bad char in tag name (a blank ends a tag)" },
		{ "environ: !*Include e.yaml", "f:1:10: Preprocess Error: Includes are not supported" },
		{ "- !*IncludeSeq '*.yaml'", "f:1:3: Preprocess Error: Includes are not supported" },
		{ "_t: &t !Tmpfs {}\n/tmp: !Tmpfs *t",
		  "f:2:14: Parse Error: neither a key nor the end of the mapping, while parsing a block mapping that begins in line 1 "
		  "(an alias has the tag of what it stands for, and takes no other)" },
	};

	run(cases, ARRAY_LEN(cases));
}

static void test_aliases(void)
{
	static const struct yaml_case cases[] = {
		{ "a: &x [1, {b: 2}]\nc: *x\n", "{'a'=['1' {'b'='2'}] 'c'=['1' {'b'='2'}]}" },
		{ "a: &x 1\nb: &x 2\nc: *x\n", "{'a'='1' 'b'='2' 'c'='2'}" },
		{ "a: &x\nb: *x\n", "{'a'=- 'b'=-}" },
		{ "&x a: b\nc: *x\n", "{'a'='b' 'c'='a'}" },
		{ "a: &x b\n*x : c\n", "{'a'='b' 'b'='c'}" },
		{ "a: *x\n", "f:1:4: Parse Error: there is no anchor &x above" },
		{ "a: &x [*x]\n", "f:1:8: Parse Error: the alias *x stands within what it is an alias of" },
		{ "a: &x\n  b: {c: *x}\n", "f:2:10: Parse Error: the alias *x stands within what it is an alias of" },
		{ "a: &x [1]\n*x : c\n", "f:2:1: Parse Error: keys are texts" },
		{ "_tpl: &t {image: i, config: /c}\na: {<<: *t, instances: 2}\n",
		  "{'_tpl'={'image'='i' 'config'='/c'} 'a'={'instances'='2' 'image'='i' 'config'='/c'}}" },
		{ "[&a {x: 1, y: 1}, &b {y: 2, z: 2}, {<<: [*a, *b], x: 0}]",
		  "[{'x'='1' 'y'='1'} {'y'='2' 'z'='2'} {'x'='0' 'y'='1' 'z'='2'}]" },
		{ "[&a {x: {p: 1}}, {<<: *a, x: {q: 2}}]", "[{'x'={'p'='1'}} {'x'={'q'='2'}}]" },
		{ "[&a {x: 1}, &b {<<: *a, y: 2}, {<<: *b, z: 3}]", "[{'x'='1'} {'y'='2' 'x'='1'} {'z'='3' 'y'='2' 'x'='1'}]" },
		{ "{<<: {x: 1}, <<: {y: 1}}", "f:1:14: Parse Error: Duplicate key \"<<\", first in line 1" },
		{ "{'<<': 1, \"a\": 2}", "{'<<'='1' 'a'='2'}" },
		{ "{<<: 1}", "f:1:6: Preprocess Error: `<<` takes a mapping, an alias of one, or a list of these" },
		{ "{<<: [{a: 1}, 2]}", "f:1:15: Preprocess Error: the list of a `<<` holds mappings and aliases of these" },
		{ "{<<: [], a: 1}", "{'a'='1'}" },
		{ "[0, !*Unpack [[1, 2], [3]], 4]", "['0' '1' '2' '3' '4']" },
		{ "a: &x [1, 2]\nb:\n- 0\n- !*Unpack [*x, [3]]\n", "{'a'=['1' '2'] 'b'=['0' '1' '2' '3']}" },
		{ "[!*Unpack [[!*Unpack [[1]], 2]]]", "['1' '2']" },
		{ "[!*Unpack []]", "[]" },
		{ "[!*Unpack [1]]", "f:1:12: Preprocess Error: !*Unpack takes a list of lists" },
		{ "[!*Unpack x]", "f:1:2: Preprocess Error: !*Unpack takes a list of lists" },
		{ "a: !*Unpack [[1]]", "f:1:4: Preprocess Error: !*Unpack is for items of a list" },
	};

	run(cases, ARRAY_LEN(cases));
}

static void test_refused(void)
{
	static const struct yaml_case cases[] = {
		{ "a: 1\na: 2\n", "f:2:1: Parse Error: Duplicate key \"a\", first in line 1" },
		{ "x:\n  'a': 1\n  b: 2\n  a:\n", "f:4:3: Parse Error: Duplicate key \"a\", first in line 2" },
		{ "a: &x b\nb: 1\n*x : 2", "f:3:1: Parse Error: Duplicate key \"b\", first in line 2" },
		{ "a: 1\n---\nb: 2\n", "f:2:1: Parse Error: a second document begins here: a file holds one" },
		{ "a: 1\n...\nb: 2\n", "f:3:1: Parse Error: more text behind the end of the document" },
		{ "arguments: [--listen=@{p}]", "f:1:23: Parse Error: neither `,` nor `]` (a text with { or } within brackets is quoted)" },
		{ "a: x: y", "f:1:5: Parse Error: `: ` is not expected here (a mapping within a mapping begins on a line of its own; "
			      "a text with `: ` in it is quoted)" },
		{ "a: - x", "f:1:4: Parse Error: `- ` is not expected here (the items of a list begin on lines of their own; "
			     "a text that begins with `- ` is quoted)" },
		{ "a: @{b}", "f:1:4: Parse Error: a text cannot begin with this character (quote it)" },
		{ "a: `b`", "f:1:4: Parse Error: a text cannot begin with this character (quote it)" },
		{ "a:\n\tb: 1", "f:2:1: Parse Error: a text cannot begin with this character "
				"(a tab cannot indent: use blanks)" },
		{ "a: 'b", "f:2:1: Parse Error: the file ends here, while scanning a quoted scalar that begins in line 1 "
			   "(are all quotes and brackets closed?)" },
		{ "? [a]\n: b", "f:1:3: Parse Error: keys are texts" },
		{ "? \n: b", "f:1:2: Parse Error: a key is missing in front of `:`" },
		{ "a: \033[2J", "f:1:4: Parse Error: the control character \\x1b" },
		{ "a: \"\\0\"", "f:1:4: Parse Error: a text with a NUL in it" },
		{ "a: b\n\xff", "f:2:1: Parse Error: the byte \\xff is not of a UTF-8 character that may stand here" },
		{ "a: \xc3", "f:1:4: Parse Error: the byte \\xc3 is not of a UTF-8 character that may stand here" },
		{ "a: \xed\xa0\x80", "f:1:4: Parse Error: the byte \\xed is not of a UTF-8 character that may stand here" },
		{ "a: \xe2\x80\xa8", "f:1:4: Parse Error: the byte \\xe2 is not of a UTF-8 character that may stand here" },
		{ "a: b\nc\n", "f:3:1: Parse Error: a key without `: ` behind it, while scanning a simple key that begins in line 2" },
	};

	run(cases, ARRAY_LEN(cases));
	CASE("a NUL among the bytes");
	CHECK_STR(dump_parsed("a: \0b", 5, &YAML_OF_IMAGE), "f:1:4: Parse Error: the control character \\x00");
}

/* ---- what is too large ends early; the test's own time-out is what would tell otherwise ---- */

static char *repeated(const char *head, const char *text, size_t n, const char *tail)
{
	const size_t len = strlen(text), of_head = strlen(head);
	char *s = malloc(of_head + n * len + strlen(tail) + 1);

	if (!s)
		abort();
	memcpy(s, head, of_head);
	for (size_t i = 0; i < n; i++)
		memcpy(s + of_head + i * len, text, len);
	memcpy(s + of_head + n * len, tail, strlen(tail) + 1);
	return s;
}

static void expect(char *text, const struct yaml_limits *limits, const char *want)
{
	const char *got = dump_parsed(text, strlen(text), limits);

	if (!CHECK(strstr(got, want)))
		printf("  got:  %.300s\n  want: %s\n", got, want);
	free(text);
}

#define MANY "more than 10000 values in one file"
#define DEEP "nested more than 32 deep"

/* a0 is of; each of the next levels is eight times, with open and close around, the one before. */
static char *bomb(const char *of, const char *open, const char *close, unsigned int levels)
{
	char *text = repeated("", " ", 4096, "");
	size_t len = fmt(text, 4096, "a0: &a0 %s\n", of);

	for (unsigned int i = 1; i <= levels; i++) {
		len += fmt(text + len, 4096 - len, "a%u: &a%u %s", i, i, open);
		for (unsigned int n = 0; n < 8; n++)
			len += fmt(text + len, 4096 - len, "*a%u%s", i - 1, n < 7 ? ", " : "");
		len += fmt(text + len, 4096 - len, "%s\n", close);
	}
	return text;
}

/* Forty levels, each around the one before. */
static char *chain(const char *open, const char *close)
{
	char *text = repeated("", " ", 4096, "");
	size_t len = fmt(text, 4096, "a0: &a0 {}\n");

	for (unsigned int i = 1; i <= 40; i++)
		len += fmt(text + len, 4096 - len, "a%u: &a%u %s*a%u%s\n", i, i, open, i - 1, close);
	return text;
}

static char *many_keys(unsigned int n)
{
	char *text = repeated("", "k1234567: \n", n, "");

	for (unsigned int i = 0; i < n; i++)
		text[fmt(text + i * 11, 9, "k%07u", i) + i * 11] = ':';
	return text;
}

static void test_bounds(void)
{
	const struct yaml_limits large = { 64 << 20, 10000000 };

	CASE("bounds of a file");
	expect(repeated("", "- x\n", 9999, ""), &YAML_OF_IMAGE, "['x'");
	expect(repeated("", "- x\n", 10000, ""), &YAML_OF_IMAGE, MANY);
	expect(repeated("a: &a [1, 2, 3]\nb:\n", "- *a\n", 2100, ""), &YAML_OF_IMAGE, MANY);
	expect(repeated("a: &a {}\nb: {<<: [", "*a,", 9000, "]}"), &YAML_OF_IMAGE, MANY);
	expect(repeated("a: &a []\nb: [!*Unpack [", "*a,", 9000, "]]"), &YAML_OF_IMAGE, MANY);
	expect(many_keys(100000), &YAML_OF_IMAGE, "more than 1048576 bytes");
	expect(many_keys(90000), &YAML_OF_IMAGE, MANY);
	expect(repeated("", "[", 10000, ""), &YAML_OF_IMAGE, DEEP);
	expect(repeated("", "- ", 10000, ""), &YAML_OF_IMAGE, DEEP);
	expect(repeated("", "{a: ", 10000, ""), &YAML_OF_IMAGE, DEEP);
	expect(repeated("", "[", 32, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"), &YAML_OF_IMAGE, "[[[[");
	expect(repeated("", "[", 33, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"), &YAML_OF_IMAGE, DEEP);
	expect(repeated("a: ", "x", 10 << 20, ""), &YAML_OF_IMAGE, "more than 1048576 bytes");
	expect(repeated("a: ", "x", 10 << 20, ""), &large, "a text of more than 65536 bytes");
	expect(repeated("a: ", "x", 65536, ""), &YAML_OF_IMAGE, "xxx");
	expect(repeated("", "x", 257, ": 1"), &YAML_OF_IMAGE, "a key of more than 256 bytes");
	expect(repeated("", "x", 256, ": 1"), &YAML_OF_IMAGE, "='1'}");
	expect(repeated("a: !", "x", 300, " 1"), &YAML_OF_IMAGE, "a tag of more than 256 bytes");
	expect(repeated("", "- &a x\n", 1001, ""), &YAML_OF_IMAGE, "more than 1000 anchors");
}

static void test_bombs(void)
{
	CASE("aliases of aliases");
	expect(bomb("[x]", "[", "]", 1), &YAML_OF_IMAGE, "'a1'=[['x'] ['x'] ['x'] ['x'] ['x'] ['x'] ['x'] ['x']]}");
	expect(bomb("[x]", "[", "]", 20), &YAML_OF_IMAGE, MANY);
	expect(bomb("[]", "[!*Unpack [", "]]", 20), &YAML_OF_IMAGE, MANY);
	expect(bomb("{}", "{<<: [", "]}", 9), &YAML_OF_IMAGE, MANY);
	expect(chain("{<<: ", "}"), &YAML_OF_IMAGE, "nested more than 32 deep, aliases and merges counted");
	expect(chain("[", "]"), &YAML_OF_IMAGE, "nested more than 32 deep, aliases and merges counted");
}

int main(void)
{
	test_values();
	test_blocks();
	test_tags();
	test_aliases();
	test_refused();
	test_bounds();
	test_bombs();
	return check_summary();
}
