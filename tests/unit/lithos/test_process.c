/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/process.h"
#include "base/arr.h"
#include "tests/unit/lithos/model.h"

static struct model m;

/* The findings about a file. */
static const char *told(const char *text)
{
	int rc;

	CASE(text);
	model_begin(&m);
	rc = model_processes(&m, text);
	CHECK(rc == (m.f.n_errors == 0) || rc == -1);
	return model_told(&m);
}

/* About a file with the process web, whose other keys are text. */
static const char *about(const char *text)
{
	static char whole[1024];

	fmt(whole, sizeof(whole), "web: {image: i, config: /c%s%s}", *text ? ", " : "", text);
	return told(whole);
}

static void test_keys(void)
{
	const struct lithos_process *p;

	CHECK_STR(about(""), "");
	p = &m.processes.v[0];
	CHECK(m.processes.n == 1 && p->kind == LITHOS_DAEMON && p->instances == 1 && p->doc == m.processes.doc);
	CHECK(p->n_variables == 0 && p->n_ip_addresses == 0 && p->n_extra_secrets_namespaces == 0);
	CHECK_STR(p->name, "web");
	CHECK_STR(p->image, "i");
	CHECK_STR(p->config, "/c");
	CHECK_STR(m.processes.file, "process");

	CHECK_STR(about("kind: Command, instances: 0, variables: {x: 1, a: b}, extra-secrets-namespaces: [n, ''], "
			"ip_addresses: [10.0.0.1, '::1']"), "");
	p = &m.processes.v[0];
	CHECK(!p->update);
	CHECK(p->kind == LITHOS_COMMAND && p->instances == 0 && p->n_variables == 2 && p->n_ip_addresses == 2);
	CHECK_STR(p->variables[0].value, "1");
	CHECK_STR(p->extra_secrets_namespaces[1], "");
	CHECK_STR(p->ip_addresses[1], "::1");

	CASE("how instances are replaced");
	CHECK_STR(about("update: {}"), "");
	CHECK(m.processes.v[0].update && m.processes.v[0].update->max_unavailable == 1);
	CHECK_STR(about("update: {max_unavailable: 5}"), "");
	CHECK(m.processes.v[0].update && m.processes.v[0].update->max_unavailable == 5);

	CASE("a text is what was written");
	CHECK_STR(told("web: {image: 1.0, config: /c}"), "");
	CHECK_STR(m.processes.v[0].image, "1.0");
}

static void test_mistakes(void)
{
	CHECK_STR(about("instances: 10000"), "");
	CHECK_STR(about("instances: 10001"), "process:1: Value must be at most 10000");
	CHECK_STR(about("instances: 1G"), "process:1: Value must be at most 10000");
	CHECK_STR(about("update: {max-unavailable: 0}"), "process:1: Value must be at least 1");
	CHECK_STR(about("update: 1"), "process:1: Value must be mapping");
	CHECK_STR(about("instances: -1"), "process:1: Value must be at least 0");
	CHECK(strstr(about("kind: CommandOrDaemon"), "unknown variant"));
	CHECK_STR(about("variables: {x: ~}"), "process:1: Value must be scalar");
	CHECK_STR(about("ip-addresses: [10.0.0.1, x]"), "process:1: invalid IP address syntax \"x\"");
	CHECK_STR(about("environ: {A: b}"), "process:1: Keys {\"environ\"} are not expected");
	CHECK_STR(told("web: {config: /c}"), "process:1: Field image is expected");
	CHECK_STR(told("web: {image: i}"), "process:1: Field config is expected");
	CHECK_STR(told("web: {image: i, config: c}"), "process:1: Config path must be absolute");
	CHECK_STR(told("web: {image: i, config: ../c}"), "process:1: Config path must be absolute");
	CHECK_STR(told("web: {image: i, config: /../c}"), "process:1: Config path must not lead above the image");
	CHECK_STR(told("web: {image: i, config: /a/../c}"), "");
	CHECK_STR(told("[]"), "process:1: Value must be mapping");
	CHECK_STR(told("null"), "process:1: Value must be mapping");
	CHECK_STR(told(""), "");
	CHECK(m.processes.n == 0);
	CASE("names");
	CHECK_STR(told("a: {image: i, config: /c}\n\"b/c\": {image: i, config: /c}\n-d: {image: i, config: /c}\n"
		       "e f: {image: i, config: /c}\ncmd.a: {image: i, config: /c}\n_g: {image: i, config: /c}\n"),
		  "process:2: the name of the process \"b/c\" holds a /\n"
		  "process:3: the name of the process \"-d\" begins with . or -\n"
		  "process:4 warning: the name of the process \"e f\" holds other than letters, digits, -, _ and .\n"
		  "process:5 warning: instances of \"cmd.a\" are called as commands of \"a\" are");
	CHECK(m.processes.n == 6);
}

static void test_find(void)
{
	CHECK_STR(told("_tpl: &t {image: i, config: /c}\na: {<<: *t, instances: 2}\n"), "");
	CHECK(processes_find(&m.processes, "a") == &m.processes.v[1] && m.processes.v[1].instances == 2);
	CHECK(processes_find(&m.processes, "_tpl") && !processes_find(&m.processes, "b"));
	CHECK_STR(m.processes.v[1].config, "/c");
}

static void test_json(void)
{
	static const struct { const char *keys; uint32_t number; const char *want; } rows[] = {
		{ "", 0, "{\"instances\":1,\"image\":\"i\",\"config\":\"/c\",\"kind\":\"Daemon\"}" },
		{ "instances: 3", 2, "{\"instances\":1,\"image\":\"i\",\"config\":\"/c\",\"kind\":\"Daemon\"}" },
		{ "instances: 2, ip-addresses: [10.0.0.1, 10.0.0.2]", 1,
		  "{\"instances\":1,\"image\":\"i\",\"config\":\"/c\",\"ip_address\":\"10.0.0.2\",\"kind\":\"Daemon\"}" },
		{ "ip-addresses: [10.0.0.1]", 1, "{\"instances\":1,\"image\":\"i\",\"config\":\"/c\",\"kind\":\"Daemon\"}" },
		{ "variables: {x: 1, a: b}, kind: Command, extra-secrets-namespaces: [n, m]", 0,
		  "{\"instances\":1,\"image\":\"i\",\"config\":\"/c\",\"variables\":{\"a\":\"b\",\"x\":\"1\"},"
		  "\"extra_secrets_namespaces\":[\"n\",\"m\"],\"kind\":\"Command\"}" },
		{ "variables: {\"\\\"\": \"\\\\ \\b\\f\\n\\r\\t\\x01\\u00fc/\"}", 0,
		  "{\"instances\":1,\"image\":\"i\",\"config\":\"/c\",\"variables\":{\"\\\"\":\"\\\\ \\b\\f\\n\\r\\t\\u0001\xc3\xbc/\"},"
		  "\"kind\":\"Daemon\"}" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CHECK_STR(about(rows[i].keys), "");
		CHECK_STR(process_json(&m.processes.v[0], rows[i].number, &m.a), rows[i].want);
	}
	CHECK_STR(told("b: {image: i, config: /c, instances: 3, ip-addresses: [10.0.0.1, 10.0.0.2]}\na: {image: j, config: /d, instances: 0}\n"),
		  "");
	CHECK_STR(processes_json(&m.processes, &m.a),
		  "{\"a\":{\"instances\":0,\"image\":\"j\",\"config\":\"/d\",\"kind\":\"Daemon\"},"
		  "\"b\":{\"instances\":3,\"image\":\"i\",\"config\":\"/c\",\"ip_addresses\":[\"10.0.0.1\",\"10.0.0.2\"],\"kind\":\"Daemon\"}}");
	CHECK_STR(told("{}"), "");
	CHECK_STR(processes_json(&m.processes, &m.a), "{}");
	CASE("no memory");
	CHECK_STR(about("variables: {x: 1}"), "");
	m.a.size = m.a.used;
	CHECK(!process_json(&m.processes.v[0], 0, &m.a) && !processes_json(&m.processes, &m.a));
}

int main(void)
{
	test_keys();
	test_mistakes();
	test_find();
	test_json();
	model_done(&m);
	return check_summary();
}
