/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/lithos/dump.h"
#include "tests/unit/lithos/sample.h"

#include "base/arr.h"

static _Alignas(16) char memory[1 << 16];
static struct sample s;

/* The findings about text, or "" when there are none; s is what was read. */
static const char *read_from(const char *text)
{
	static struct dump d;
	struct findings auto_findings f = { 0 };
	struct arena a = { .base = memory, .size = sizeof(memory) };
	struct yaml auto_yaml *y = NULL;
	struct err e = { 0 };
	int rc;

	memset(memory, 0, sizeof(memory));
	memset(&s, 0x55, sizeof(s));
	d = (struct dump){ 0 };
	if (yaml_parse(text, strlen(text), "f", &YAML_OF_IMAGE, &f, &y, &e) == 1) {
		rc = schema_read(&sample_table, y, &a, &f, &s, &e);
		CHECK(rc == (f.n_errors == 0));
	}
	dump_findings(&d, &f);
	return d.text;
}

/* Each text is a whole file but for the one key that is required. */
static const char *told(const char *text)
{
	char whole[1024];

	fmt(whole, sizeof(whole), "%s\nname: n\n", text);
	return read_from(whole);
}

#define GOOD(text) (CASE(text), CHECK_STR(told(text), ""))

static void test_defaults(void)
{
	GOOD("");
	CHECK_STR(s.name, "n");
	CHECK(!s.note && s.mount == LITHOS_AUTO && s.plain_mount == LITHOS_AUTO && s.kind == LITHOS_DAEMON);
	CHECK_STR(s.word, "def");
	CHECK_STR(s.dir, "/");
	CHECK_STR(s.log, "/log");
	CHECK_STR(s.image_dir, "/images");
	CHECK(s.clean && !s.sure && s.part.copy && s.part.level == 1);
	CHECK(s.timeout == 5 && s.limit == INT64_MAX && s.code == -1 && s.backlog == 128);
	CHECK(!s.has_user_id && !s.has_default_user);
	CHECK(!s.args && s.n_args == 0 && s.n_codes == 0 && s.n_ids == 0 && s.users.n == 0 && s.n_environ == 0);
	CHECK(s.n_secrets == 0 && !s.network && s.map.n == 0 && s.n_ports == 0 && s.n_variables == 0 && s.n_volumes == 0);
	CASE("nothing at all: what is missing is missed by the decoder");
	CHECK_STR(read_from(""), "f:1:1: Decode error at .name: missing field name");
	CASE("a document that is none");
	CHECK_STR(read_from("null"), "f:1:1: Validation Error: Value must be mapping");
	CHECK_STR(read_from("[a]"), "f:1:1: Validation Error: Value must be mapping");
	CHECK_STR(read_from("x"), "f:1:1: Validation Error: Value must be mapping");
	CHECK_STR(read_from("{}"), "f:1:1: Validation Error: Field name is expected");
}

static void test_spelling(void)
{
	GOOD("user-id: 5\nimage_dir: /x\n_parked: {anything: [1]}\nmetadata: {a: !Any [1, ~], b: true}");
	CHECK(s.has_user_id && s.user_id == 5);
	CHECK_STR(s.image_dir, "/x");
	CASE("both ways");
	CHECK_STR(told("image-dir: /y\nimage_dir: /x"), "f:1:1: warning: \"image-dir\" is ignored: there is \"image_dir\" as well");
	CHECK_STR(s.image_dir, "/x");
	CHECK_STR(told("image_dir: /x\nimage-dir: /y"), "f:2:1: warning: \"image-dir\" is ignored: there is \"image_dir\" as well");
	CHECK_STR(s.image_dir, "/x");
	CASE("another name");
	CHECK_STR(told("workdir: /w"), "");
	CHECK_STR(s.dir, "/w");
	CHECK_STR(told("workdir: /w\nwork-dir: /v"), "f:1:1: warning: \"workdir\" is ignored: there is \"work-dir\" as well");
	CHECK_STR(s.dir, "/v");
	CASE("unknown");
	CHECK_STR(told("config_log-dir: /x"), "f:1:1: Validation Error: Keys {\"config_log-dir\"} are not expected "
					      "(did you mean config-log-dir?)");
	CHECK_STR(told("zzzzzz: 1"), "f:1:1: Validation Error: Keys {\"zzzzzz\"} are not expected");
	CHECK_STR(told("xx: 1\nargument: []\nName: x"), "f:1:1: Validation Error: Keys {\"xx\", \"argument\", \"Name\"} are not expected "
						  "(did you mean arguments, name?)");
	CHECK_STR(told("part: {copy: true}"), "f:1:8: Validation Error: Keys {\"copy\"} are not expected");
}

static void test_null(void)
{
	static const char *const refused[] = {
		"word", "Value must be scalar", "work_dir", "Value must be scalar", "sure", "Value must be scalar",
		"memory_limit", "Value must be scalar", "backlog", "Value must be scalar", "kind", "Value must be scalar",
	};
	static const char *const maps[] = { "environ", "secret_environ", "part", "bridged_network", "tcp_ports", "variables", "volumes" };
	static const char *const lists[] = { "arguments", "codes", "ids", "allow_users", "uid_map" };
	char text[128], want[128];

	for (size_t i = 0; i < ARRAY_LEN(refused); i += 2) {
		CASE(refused[i]);
		fmt(text, sizeof(text), "%s:", refused[i]);
		CHECK(strstr(told(text), "Validation Error: Value must be scalar"));
		fmt(text, sizeof(text), "%s: ~", refused[i]);
		CHECK(strstr(told(text), "Validation Error: Value must be scalar"));
	}
	for (size_t i = 0; i < ARRAY_LEN(maps) + ARRAY_LEN(lists); i++) {
		const bool map = i < ARRAY_LEN(maps);
		const char *key = map ? maps[i] : lists[i - ARRAY_LEN(maps)];

		fmt(text, sizeof(text), "%s:", key);
		GOOD(text);
		fmt(text, sizeof(text), "%s: null", key);
		fmt(want, sizeof(want), "f:1:%zu: Validation Error: Value must be %s", strlen(key) + 3, map ? "mapping" : "sequence");
		CASE(text);
		CHECK_STR(told(text), want);
	}
	GOOD("note:\nconfig-log-dir:\nuser-id:\ndefault-user:\nmount:\nplain-mount:");
	CHECK(!s.note && !s.log && !s.has_user_id && !s.has_default_user && s.mount == LITHOS_AUTO);
	GOOD("note: ~\nconfig-log-dir: null\nuser-id: ~\ndefault-user: null\nmount: ~\nplain-mount: null");
	CHECK(!s.note && !s.log && !s.has_user_id && !s.has_default_user && s.mount == LITHOS_AUTO);
	GOOD("note: nil\nmount: nil");
	CHECK_STR(s.note, "nil");
	CHECK(s.mount == LITHOS_AUTO);
	CASE("a value is needed");
	CHECK_STR(told("image-dir:"), "f:1:11: Decode error at .image_dir: a value is needed");
	CHECK_STR(told("auto-clean: ~"), "f:1:13: Decode error at .auto_clean: a value is needed");
	CHECK_STR(told("plain_mount: nil"), "f:1:14: Decode error at .plain_mount: bad boolean \"nil\" (true or false)");
}

static void test_scalars(void)
{
	GOOD("word: 1.0\nnote: ''\nauto-clean: \"false\"\nsure: true\nmount: false\nplain-mount: 'true'\nkind: Command");
	CHECK_STR(s.word, "1.0");
	CHECK_STR(s.note, "");
	CHECK(!s.clean && s.sure && s.mount == LITHOS_NO && s.plain_mount == LITHOS_YES && s.kind == LITHOS_COMMAND);
	GOOD("memory-limit: 12 ki\nkill-timeout: 0x10\ncode: -7\nuser-id: 1_000\ndefault-user: 012\nbacklog: '5'");
	CHECK(s.limit == 12288 && s.timeout == 16 && s.code == -7 && s.user_id == 1000 && s.default_user == 12 && s.backlog == 5);
#define TOLD(text, want) (CASE(text), CHECK_STR(told(text), want))
	TOLD("sure: yes", "f:1:7: Decode error at .sure: bad boolean \"yes\" (true or false)");
	TOLD("sure: True", "f:1:7: Decode error at .sure: bad boolean \"True\" (true or false)");
	TOLD("kind: Foo", "f:1:7: Decode error at .kind: unknown variant \"Foo\" (one of Daemon, Command, CommandOrDaemon)");
	TOLD("kind: daemon", "f:1:7: Decode error at .kind: unknown variant \"daemon\" (did you mean Daemon?)");
	TOLD("memory-limit: -1", "f:1:15: Decode error at .memory_limit: bad u64: \"-1\"");
	TOLD("user-id: 4294967296", "f:1:10: Decode error at .user_id: bad u32: \"4294967296\"");
	TOLD("code: 0x80000000", "f:1:7: Decode error at .code: bad i32: \"2147483648\"");
	TOLD("kill-timeout: 86401", "f:1:15: Validation Error: Value must be at most 86400");
	TOLD("kill-timeout: -1", "f:1:15: Validation Error: Value must be at least 0");
	TOLD("memory-limit: 100m",
	     "f:1:15: Validation Error: number error: invalid digit in \"100m\" (M is 1000000, Mi is 1048576)");
	TOLD("memory-limit: 9223372036854775808", "f:1:15: Validation Error: number error: number is too large or too small "
						   "(for negative) in \"9223372036854775808\"");
	TOLD("default-user: 1k", "f:1:15: Decode error at .default_user: bad u32: \"1k\"");
	TOLD("backlog: -1", "f:1:10: Decode error at .backlog: bad u32: \"-1\"");
	TOLD("word: [a]", "f:1:7: Validation Error: Value must be scalar");
	TOLD("word: {a: b}", "f:1:7: Validation Error: Value must be scalar");
	TOLD("word: 123456789", "f:1:7: Validation Error: Value must be at most 8 bytes long");
	TOLD("note: bad", "f:1:7: Decode error at .note: \"bad\" is not good");
	TOLD("work-dir: ''", "f:1:11: Validation Error: a path is not empty");
	TOLD("work-dir: \"/a\\tb\"", "f:1:11: Validation Error: a control character in a path");
	TOLD("word: !Tag x", "f:1:7: warning: the tag !Tag has no meaning here");
	CHECK_STR(s.word, "x");
	CASE("what is wrong keeps its default");
	(void)told("kill-timeout: x\nmemory-limit: -1\nsure: 1\nkind: no\nword: 123456789");
	CHECK(s.timeout == 5 && s.limit == INT64_MAX && !s.sure && s.kind == LITHOS_DAEMON);
	CHECK_STR(s.word, "def");
}

static void test_lists(void)
{
	GOOD("arguments: [60, '', a b]\ncodes: [-1, 0x10, 1k]\nids: [0, 10]\nallow-users: [1, 99, 1000-2000]");
	CHECK(s.n_args == 3 && s.n_codes == 3 && s.n_ids == 2 && s.users.n == 3);
	CHECK_STR(s.args[0], "60");
	CHECK_STR(s.args[1], "");
	CHECK_STR(s.args[2], "a b");
	CHECK(s.codes[0] == -1 && s.codes[1] == 16 && s.codes[2] == 1000 && s.ids[1] == 10);
	CHECK(s.users.v[1].first == 99 && s.users.v[1].last == 99 && s.users.v[2].first == 1000 && s.users.v[2].last == 2000);
	GOOD("arguments: []\nallow-users: []");
	CHECK(s.n_args == 0 && s.users.n == 0);
	TOLD("arguments: x", "f:1:12: Validation Error: Value must be sequence");
	TOLD("arguments: {a: b}", "f:1:12: Validation Error: Value must be sequence");
	TOLD("arguments: [a, ~, [b], bad, c]", "f:1:16: Validation Error: Value must be scalar\n"
					       "f:1:19: Validation Error: Value must be scalar\n"
					       "f:1:24: Decode error at .arguments[3]: \"bad\" is not good");
	CHECK(s.n_args == 2);
	CHECK_STR(s.args[1], "c");
	TOLD("ids: [11, -1]", "f:1:7: Validation Error: Value must be at most 10\nf:1:11: Validation Error: Value must be at least 0");
	TOLD("codes: [3000000000]", "f:1:9: Decode error at .codes[0]: bad i32: \"3000000000\"");
	TOLD("allow-users: 1", "f:1:14: Validation Error: Value must be sequence");
	TOLD("allow-users: [1 - 5, -1]", "f:1:15: Validation Error: Error parsing range \"1 - 5\" (a range is N or A-B)\n"
					 "f:1:22: Validation Error: Error parsing range \"-1\" (a range is N or A-B)");
	TOLD("allow-users: [5-1]", "f:1:15: warning: the range 5-1 holds nothing");
	CHECK(s.users.n == 1 && s.users.v[0].first == 5);
}

static void test_mappings(void)
{
	GOOD("environ: {A: yes, B: 0x10, C: 1_000, D: 012, _x: '', a-b: c}");
	CHECK(s.n_environ == 6);
	CHECK_STR(s.environ[0].key, "A");
	CHECK_STR(s.environ[0].value, "yes");
	CHECK_STR(s.environ[4].key, "_x");
	CHECK_STR(s.environ[5].key, "a-b");
	GOOD("secret-environ: {A: x, B: [y, z], C: []}");
	CHECK(s.n_secrets == 3 && s.secrets[0].n_values == 1 && s.secrets[1].n_values == 2 && s.secrets[2].n_values == 0);
	CHECK_STR(s.secrets[0].values[0], "x");
	CHECK_STR(s.secrets[1].values[1], "z");
	TOLD("environ: {A: ~, B: , C: x}", "f:1:14: Validation Error: Value must be scalar\n"
					   "f:1:20: Validation Error: Value must be scalar");
	CHECK(s.n_environ == 1);
	TOLD("environ: [A]", "f:1:10: Validation Error: Value must be mapping");
	TOLD("environ: {bad: x}", "f:1:11: Decode error at .environ.bad: \"bad\" is not good");
	TOLD("secret-environ: {A: [bad], B: {}}", "f:1:22: Decode error at .secret_environ.A[0]: \"bad\" is not good\n"
						  "f:1:31: Validation Error: Value must be scalar");
}

static void test_structures(void)
{
	GOOD("part: {copy-it: false, level: 16}\nbridged-network: {bridge: br0, fd: 3, host: '::1'}\n"
	     "uid-map: [{inside: 0, outside: 1000, count: 1}]\ntcp-ports: {80: {fd: 3}, \"@{p}\": {fd: 0, reuse_addr: false}}");
	CHECK(!s.part.copy && s.part.level == 16 && s.network && s.network->fd == 3 && s.map.n == 1 && s.map.v[0].outside == 1000);
	CHECK_STR(s.network->bridge, "br0");
	CHECK_STR(s.network->host, "::1");
	CHECK(s.n_ports == 2 && s.ports[0].reuse_addr && !s.ports[1].reuse_addr && s.ports[1].fd == 0);
	CHECK_STR(s.ports[1].key, "@{p}");
	TOLD("part: {level: 0}", "f:1:15: Validation Error: Value must be at least 1");
	TOLD("part: {level: 17}", "f:1:15: Validation Error: Value must be at most 16");
	TOLD("part: []", "f:1:7: Validation Error: Value must be mapping");
	TOLD("bridged-network: {}", "f:1:18: Validation Error: Field bridge is expected\n"
				    "f:1:18: Decode error at .bridged_network.fd: missing field fd");
	TOLD("bridged-network: {bridge: x, fd: 1, host: localhost}",
	     "f:1:43: Decode error at .bridged_network.host: invalid IP address syntax \"localhost\"");
	TOLD("tcp-ports: {80: {}}", "f:1:17: Decode error at .tcp_ports.80.fd: missing field fd");
	TOLD("tcp-ports: {80: {fd: ~}}", "f:1:22: Decode error at .tcp_ports.80.fd: a value is needed");
	TOLD("tcp-ports: {80: }", "f:1:17: Decode error at .tcp_ports.80.fd: missing field fd");
	TOLD("uid-map: [{inside: 0, outside: -1}]", "f:1:32: Decode error at .uid_map[0].outside: bad u32: \"-1\"\n"
						    "f:1:11: Validation Error: Field count is expected");
}

static void test_tagged(void)
{
	GOOD("volumes:\n  /a: !Tmpfs\n  /b: !Tmpfs { size: 100Mi, mode: 0766 }\n  /c: !Readonly /d");
	CHECK(s.n_volumes == 3 && s.volumes[0].type == LITHOS_TMPFS && s.volumes[0].mode == 0777 && s.volumes[0].size == 104857600);
	CHECK(s.volumes[1].mode == 766 && s.volumes[2].type == LITHOS_READONLY);
	CHECK_STR(s.volumes[2].mount_point, "/c");
	CHECK_STR(s.volumes[2].path, "/d");
	GOOD("_t: &t !Tmpfs { size: 10 }\nvolumes: {/tmp: *t}");
	CHECK(s.n_volumes == 1 && s.volumes[0].size == 10);
	GOOD("variables:\n  a: !TcpPort\n  b: !TcpPort {activation: systemd}\n  c: !Name\n  d: !Choice [x, y]\n  e: !Choice\n"
	     "  f: !TcpPort {activation: !systemd }");
	CHECK(s.n_variables == 6 && !s.variables[0].activation_systemd && s.variables[1].activation_systemd);
	CHECK(s.variables[2].type == LITHOS_NAME && s.variables[3].n_choices == 2 && s.variables[4].n_choices == 0);
	CHECK(s.variables[5].activation_systemd);
	TOLD("volumes: {/v: /data}", "f:1:15: Validation Error: One of the tags [\"Readonly\", \"Tmpfs\"] expected");
	TOLD("volumes: {/v: !tmpfs }", "f:1:15: Validation Error: The tag tmpfs is not expected (did you mean !Tmpfs?)");
	TOLD("volumes: {/v: !Foo x}", "f:1:15: Validation Error: The tag Foo is not expected");
	TOLD("volumes: {/v: !Tmpfs size=100}", "f:1:15: Validation Error: Value must be mapping");
	TOLD("volumes: {/v: !Tmpfs null}", "f:1:15: Validation Error: Value must be mapping");
	TOLD("volumes: {/v: !Tmpfs {mode: 1777}}", "f:1:29: Validation Error: Value must be at most 1023");
	TOLD("volumes: {/v: !Tmpfs {user: 1}}", "f:1:23: Validation Error: Keys {\"user\"} are not expected");
	TOLD("volumes: {/v: !Readonly {path: /x}}", "f:1:15: Validation Error: Value must be scalar");
	TOLD("volumes: {/v: !Readonly }", "f:1:15: Validation Error: Value must be scalar");
	TOLD("volumes: {a: , b: , c: , d: }", "f:1:10: Validation Error: there are 4 entries, more than 3");
	TOLD("variables: {a: !Name x}", "f:1:16: Validation Error: Null expected, Scalar found");
	TOLD("variables: {a: !Name [x]}", "f:1:16: Validation Error: Null expected, Sequence found");
	TOLD("variables: {a: !Choice x}", "f:1:16: Validation Error: Value must be sequence");
	TOLD("variables: {a: !TcpPort {activation: none}}",
	     "f:1:38: Validation Error: The tag none is not expected (systemd, or leave the key out)");
}

static void test_row(void)
{
	static const struct schema_row row = SCHEMA_KEYED(struct sample, "", ports, &sample_port, 0);
	static const char text[] = "_tpl: &t {fd: 3}\na: {<<: *t, reuse-addr: false}\n";
	struct arena a = { .base = memory, .size = sizeof(memory) };
	struct findings auto_findings f = { 0 };
	struct yaml auto_yaml *y = NULL;
	struct err e = { 0 };

	CASE("a document of one mapping");
	memset(memory, 0, sizeof(memory));
	CHECK(yaml_parse(text, strlen(text), "f", &YAML_OF_ADMIN, &f, &y, &e) == 1);
	CHECK(schema_read_row(&row, y, &a, &f, &s, &e) == 1 && s.n_ports == 2);
	CHECK_STR(s.ports[0].key, "_tpl");
	CHECK(s.ports[1].fd == 3 && !s.ports[1].reuse_addr && f.n == 0);
}

static void test_memory(void)
{
	static const char text[] = "name: n\narguments: [a, b, c]\nenviron: {a: b}\nsecret-environ: {a: b}\nvolumes: {/a: !Readonly /b}\n"
				   "bridged-network: {bridge: b, fd: 1}\nuid-map: [{inside: 0, outside: 0, count: 1}]\nnote: x\n";
	struct findings auto_findings f = { 0 };
	struct yaml auto_yaml *y = NULL;
	struct err e = { 0 };
	size_t size = 0;
	int rc = -1;

	CASE("any arena is large enough or an error");
	CHECK(yaml_parse(text, strlen(text), "f", &YAML_OF_ADMIN, &f, &y, &e) == 1);
	for (; rc < 0 && size < sizeof(memory); size += 16) {
		struct arena a = { .base = memory, .size = size };

		e = (struct err){ 0 };
		rc = schema_read(&sample_table, y, &a, &f, &s, &e);
		CHECK(rc == 1 || (rc == -ENOMEM && e.code == rc));
	}
	CHECK(rc == 1 && size > 200 && f.n == 0);
}

static void test_marks(void)
{
	static const char text[] = "volumes:\n  /tmp: !Tmpfs\n    size: 1\nuid-map:\n- a: 1\n- b: 2\n";
	struct findings auto_findings f = { 0 };
	struct yaml auto_yaml *y = NULL;
	struct err e = { 0 };

	CASE("where something stands");
	CHECK(yaml_parse(text, strlen(text), "f", &YAML_OF_ADMIN, &f, &y, &e) == 1);
	CHECK(yaml_mark(y, "volumes", "/tmp", "size", NULL).line == 3 && yaml_mark(y, "volumes", "/tmp", "size", NULL).column == 11);
	CHECK(yaml_mark(y, "uid_map", "[1]", "b", NULL).line == 6 && yaml_mark(y, "uid_map", "[1]", "b", NULL).column == 6);
	CHECK(yaml_mark(y, "uid_map", "[7]", "b", NULL).line == 5 && yaml_mark(y, "nothing", NULL).line == 1);
	CHECK(yaml_mark(y, "volumes", "/tmp", "mode", NULL).line == 2 && yaml_mark(y, NULL).line == 1);
	CHECK_STR(yaml_mark(y, NULL).file, "f");
	CHECK_STR(yaml_mark(y, NULL).path, "");
	CHECK_STR(yaml_mark(y, "volumes", "/tmp", "mode", NULL).path, ".volumes./tmp.mode");
	CHECK_STR(yaml_mark(y, "uid_map", "[1]", "b", NULL).path, ".uid_map[1].b");
	CHECK(yaml_mark(y, "nothing", "volumes", NULL).line == 1);
	CHECK(yaml_find(y, 0, "uid_map") && yaml_find(y, 0, "uid-map") && !yaml_find(y, 0, "uid") && !yaml_find(y, 1, "x"));
}

int main(void)
{
	test_defaults();
	test_spelling();
	test_null();
	test_scalars();
	test_lists();
	test_mappings();
	test_structures();
	test_tagged();
	test_row();
	test_memory();
	test_marks();
	return check_summary();
}
