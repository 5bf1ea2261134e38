/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/instance.h"
#include "base/arr.h"
#include "tests/unit/lithos/model.h"

static struct model m;
static struct instance in;
static struct instance_request how;

#define ANYBODY "allow-users: [0-65535]\nallow-groups: [0-65535]\ndefault-user: 0\n"
#define ANY_PORT ANYBODY "allow-tcp-ports: [1-65535]\n"

/*
 * Instance how.number of the one process web, whose further keys are in one line of YAML; what is not given is plain.
 * The findings about it.
 */
static const char *make(const char *sandbox, const char *process, const char *container)
{
	static char text[3 * 4096];
	struct err e = { 0 };
	int rc;

	CASE(*container ? container : *process ? process : sandbox);
	model_begin(&m);
	CHECK(model_master(&m, "/etc/lithos/master.yaml", "") == 1);
	CHECK(model_sandbox(&m, "app", *sandbox ? sandbox : ANYBODY) == 1);
	fmt(text, sizeof(text), "web: {image: i, config: /config/w.yaml%s%s}\n", *process ? ", " : "", process);
	CHECK(model_processes(&m, text) == 1);
	fmt(text, sizeof(text), "%s\nexecutable: /bin/x\n", container);
	CHECK(model_container(&m, *container ? text : text + 1) == 1);
	rc = instance_make(&m.master, &m.sandbox, &m.processes.v[0], &m.container, &how, &m.a, &m.f, &in, &e);
	CHECK(rc == (m.f.n_errors == 0) && e.code == 0);
	return model_told(&m);
}

static const char *arguments(void)
{
	static char text[1024];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < in.n_args; i++)
		len += fmt(text + len, sizeof(text) - len, "%s%s", i > 0 ? "|" : "", in.args[i]);
	return text;
}

/* The environment in its order, then the names of those that are the pid. */
static const char *environment(void)
{
	static char text[1024];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < in.n_environ; i++)
		len += fmt(text + len, sizeof(text) - len, "%s=%s ", in.environ[i].key, in.environ[i].value);
	for (size_t i = 0; i < in.n_pid_variables; i++)
		len += fmt(text + len, sizeof(text) - len, "%s=pid ", in.pid_variables[i]);
	return text;
}

static const char *ports(void)
{
	static char text[1024];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < in.n_ports; i++) {
		const struct instance_port *p = &in.ports[i];

		len += fmt(text + len, sizeof(text) - len, "%u=%s:%u/%u%s%s%s%s%s%s ", p->fd, p->host, p->port, p->backlog,
			   p->reuse_addr ? " addr" : "", p->reuse_port ? " port" : "", p->non_block ? " non-block" : "",
			   p->on_host ? " host" : "", p->variable ? " " : "", p->variable ? p->variable : "");
	}
	return text;
}

static void test_plain(void)
{
	CHECK_STR(make("", "", ""), "");
	CHECK_STR(in.name, "app/web.0");
	CHECK_STR(arguments(), "/bin/x");
	CHECK_STR(environment(), "LITHOS_NAME=app/web.0 LITHOS_CONFIG=/config/w.yaml ");
	CHECK_STR(ports(), "");
	CHECK(in.uid == 0 && in.gid == 0 && in.uid_map->n == 0 && in.gid_map->n == 0 && !in.ip_address && in.number == 0);
	CHECK(in.master == &m.master && in.sandbox == &m.sandbox && in.process == m.processes.v && in.container == &m.container);
	how.number = 7;
	CHECK_STR(make("", "instances: 8", ""), "");
	CHECK_STR(in.name, "app/web.7");
	how.number = 0;
}

static void test_kinds(void)
{
	CHECK_STR(make("", "", "kind: CommandOrDaemon"), "");
	CHECK_STR(make("", "", "kind: Command"), "container:1: Container type mismatch Command != Daemon");
	CHECK_STR(make("", "kind: Command", "kind: CommandOrDaemon"),
		  "process:1: a Command is not kept running: it is started by hand");
	how = (struct instance_request){ .command = true, .command_pid = 4711 };
	CHECK_STR(make("", "kind: Command", "kind: Command"), "");
	CHECK_STR(in.name, "app/cmd.web.4711");
	CHECK_STR(make("", "kind: Command", "kind: CommandOrDaemon"), "");
	CHECK_STR(make("", "kind: Command", "kind: Daemon"), "container:1: Container type mismatch Daemon != Command");
	CHECK_STR(make("", "", ""), "process:1: The target container is: Daemon");
	how = (struct instance_request){ 0 };
}

static void test_arguments(void)
{
	static const char *const more[] = { "--", "@{nope}", "" };

	CHECK_STR(make("", "", "arguments: ['@{ lithos:name }', '@{x', '', '@{lithos:config_filename}']"),
		  "container:1 warning: \"@{\" without \"}\" is no variable, and stays as it is");
	CHECK_STR(arguments(), "/bin/x|app/web.0|@{x||/config/w.yaml");
	how = (struct instance_request){ .command = true, .more_args = more, .n_more_args = 3 };
	CHECK_STR(make("", "kind: Command", "kind: Command\narguments: [one]"), "");
	CHECK_STR(arguments(), "/bin/x|one|--|@{nope}|");
	how = (struct instance_request){ 0 };
	CHECK_STR(make("", "", "arguments: ['@{nope}', '@{lithos:pid}']\nenviron: {A: '@{neither}'}"),
		  "container:1: unknown variable \"nope\"\n"
		  "container:1: lithos:pid variable can only be used in environment as a sole value\n"
		  "container:2: unknown variable \"neither\"");
	CHECK_STR(make("", "variables: {a: x, b: y}", "arguments: ['@{a}']"),
		  "process:1 warning: variable \"a\" is not declared by /config/w.yaml\n"
		  "process:1 warning: variable \"b\" is not declared by /config/w.yaml, and nothing uses it");
	CHECK_STR(arguments(), "/bin/x|x");
	CHECK_STR(make("", "", "variables:\n  a: !Name\narguments: ['@{a}']"), "container:2: Variable \"a\" is undefined");
}

static void test_environment(void)
{
	CHECK_STR(make("", "", "environ: {TERM: x, LITHOS_NAME: y, A: ''}"), "");
	CHECK_STR(environment(), "TERM=x LITHOS_NAME=app/web.0 A= LITHOS_CONFIG=/config/w.yaml ");
	CHECK_STR(make("", "", "environ: {P: '@{lithos:pid}', LITHOS_NAME: '@{lithos:pid}', B: b}"), "");
	CHECK_STR(environment(), "B=b LITHOS_CONFIG=/config/w.yaml P=pid LITHOS_NAME=pid ");
	CHECK_STR(make("", "", "environ: {P: '@{ lithos:pid }', Q: 'x@{lithos:pid}'}"),
		  "container:1: lithos:pid variable can only be used in environment as a sole value\n"
		  "container:1: lithos:pid variable can only be used in environment as a sole value");
	CHECK_STR(make("", "variables: {a: '@{b}', b: n}", "variables:\n  a: !Choice ['@{b}']\n  b: !Name\nenviron: {P: '@{a}@{a}'}"), "");
	CHECK_STR(environment(), "P=@{b}@{b} LITHOS_NAME=app/web.0 LITHOS_CONFIG=/config/w.yaml ");
}

/* n times `what`, joined by commas. */
static const char *repeat(const char *before, const char *what, size_t n, const char *after)
{
	static char text[4096];
	size_t len = fmt(text, sizeof(text), "%s", before);

	for (size_t i = 0; i < n; i++)
		len += fmt(text + len, sizeof(text) - len, "%s%s", i > 0 ? ", " : "", what);
	fmt(text + len, sizeof(text) - len, "%s", after);
	return text;
}

static void test_sizes(void)
{
	char value[1024], process[1100], environment[256];

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	fmt(process, sizeof(process), "variables: {v: %s}", value);
	CASE("an environment of 128 KiB and more");
	fmt(environment, sizeof(environment), "%s", repeat("'", "@{v}", 16, "'"));
	char container[1024];
	fmt(container, sizeof(container), "variables:\n  v: !Name\nenviron: {A: &a %s, B: *a, C: *a, D: *a, E: *a, F: *a, G: *a, H: *a, I: *a}",
	    environment);
	CHECK_STR(make("", process, container), "container:3: the environment is larger than 131072 bytes");
	CASE("arguments of 1 MiB and more");
	fmt(container, sizeof(container), "variables:\n  v: !Name\n_a: &a %s\n%s", environment, repeat("arguments: [", "*a", 70, "]"));
	CHECK_STR(make("", process, container), "container:3: the arguments are longer than 1048576 bytes");
	fmt(container, sizeof(container), "variables:\n  v: !Name\n_a: &a %s\n%s", environment, repeat("arguments: [", "*a", 60, "]"));
	CHECK_STR(make("", process, container), "");
	CHECK(in.n_args == 61);
}

static void test_addresses(void)
{
	static const char bridged[] = ANYBODY "bridged-network: {bridge: br0, network: 10.0.0.0/24}\n";

	CHECK_STR(make(bridged, "", ""), "process:1: app/web.0: no IP address specified");
	CHECK_STR(make(bridged, "ip-addresses: [10.0.0.1]", ""), "");
	CHECK_STR(in.ip_address, "10.0.0.1");
	CHECK_STR(make(bridged, "ip-addresses: [10.0.1.1]", ""), "process:1: app/web.0: invalid ip 10.0.1.1");
	CHECK_STR(make(bridged, "ip-addresses: ['fd00::1']", ""), "process:1: app/web.0: invalid ip fd00::1");
	CHECK_STR(make(bridged, "ip-addresses: [10.0.0.1, 10.0.0.2]", ""), "process:1 warning: 2 addresses, but 1 instance");
	CHECK_STR(make("", "ip-addresses: [10.0.0.1]", ""), "process:1 warning: without bridged-network the addresses are not used");
	how.number = 1;
	CHECK_STR(make(bridged, "instances: 2, ip-addresses: [10.0.0.1, 10.0.0.2]", ""), "");
	CHECK_STR(in.ip_address, "10.0.0.2");
	CHECK_STR(make(bridged, "instances: 2, ip-addresses: [10.0.0.1]", ""),
		  "process:1: Instance no 1, but there's only 1 ip addresses");
	CHECK_STR(make(bridged, "instances: 2, ip-addresses: [10.0.0.1, 10.0.0.1]", ""),
		  "process:1: app/web.1: address 10.0.0.1 is that of instance 0");
	CASE("a command has the first one, or none");
	how = (struct instance_request){ .command = true, .number = 5 };
	CHECK_STR(make(bridged, "kind: Command, ip-addresses: [10.0.0.1, 10.0.0.2]", "kind: Command"), "");
	CHECK_STR(in.ip_address, "10.0.0.1");
	CHECK_STR(make(bridged, "kind: Command", "kind: Command"), "");
	CHECK(!in.ip_address);
	how = (struct instance_request){ 0 };
}

static void test_ports(void)
{
	CHECK_STR(make(ANY_PORT, "", "tcp-ports: { 80: { fd: 3 } }"), "");
	CHECK_STR(ports(), "3=0.0.0.0:80/128 addr host ");
	CHECK_STR(make(ANY_PORT, "variables: {p: 77}", "variables:\n  p: !TcpPort\ntcp-ports:\n"
		       "  '@{p}': {fd: 5, host: 127.0.0.1, listen-backlog: 7, reuse-addr: false, reuse-port: true, set-non-block: true}\n"
		       "  080: {fd: 0}\n  81: {fd: 4, host: '::1'}\n"), "");
	CHECK_STR(ports(), "0=0.0.0.0:80/128 addr host 4=::1:81/128 addr host 5=127.0.0.1:77/7 port non-block host ");
	CHECK_STR(make(ANY_PORT, "", "tcp-ports: { 70000: {fd: 3}, x: {fd: 4}, 0: {fd: 5} }"),
		  "container:1: Bad port \"70000\": a port is a number from 1 to 65535\n"
		  "container:1: Bad port \"x\": a port is a number from 1 to 65535\n"
		  "container:1: Bad port \"0\": a port is a number from 1 to 65535");
	CHECK_STR(make(ANY_PORT, "", "tcp-ports: { '@{nope}': {fd: 3} }"), "container:1: unknown variable \"nope\"");
	CHECK_STR(make(ANY_PORT, "", "tcp-ports: { 80: {fd: 1}, 81: {fd: 2} }"),
		  "container:1: passing fd 1 and fd 2 is not supported yet\n"
		  "container:1: passing fd 1 and fd 2 is not supported yet");
	CHECK_STR(make(ANY_PORT, "", "fileno-limit: 10\ntcp-ports: { 80: {fd: 10}, 81: {fd: 9} }"),
		  "container:2: fd 10 is not below fileno-limit 10");
	CHECK_STR(make(ANY_PORT, "", "tcp-ports: { 80: {fd: 3}, 81: {fd: 3} }"), "container:1: fd 3 is that of port 80 too");
	CHECK_STR(make(ANY_PORT, "", "tcp-ports: { 80: {fd: 3}, 080: {fd: 4} }"),
		  "container:1: port 80 is listened on twice, with fd 3 and with fd 4");
	CHECK_STR(make(ANYBODY "allow-tcp-ports: [8000-9000]", "", "tcp-ports: { 80: {fd: 3}, 8000: {fd: 4} }"),
		  "container:1: Port 80 is not allowed for \"/config/w.yaml\" of sandbox \"app\" of image \"i\"");
	CHECK_STR(make(ANYBODY "bridged-network: {bridge: br0, network: 10.0.0.0/8}", "ip-addresses: [10.0.0.1]",
		       "tcp-ports:\n  80: {fd: 3}\n  81: {fd: 4, external: true}"),
		  "container:3: Port 81 is not allowed for \"/config/w.yaml\" of sandbox \"app\" of image \"i\"");
	CHECK(in.n_ports == 2 && !in.ports[0].on_host && in.ports[1].on_host);
}

static void test_activation(void)
{
	static const char two[] = "variables:\n  b: !TcpPort {activation: systemd}\n  a: !TcpPort {activation: systemd}\n";
	char text[1024];

	CHECK_STR(make(ANY_PORT, "variables: {a: 1, b: 2}", two), "");
	CHECK_STR(ports(), "3=0.0.0.0:1/128 addr host a 4=0.0.0.0:2/128 addr host b ");
	CHECK_STR(environment(), "LITHOS_NAME=app/web.0 LITHOS_CONFIG=/config/w.yaml LISTEN_FDS=2 LISTEN_FDNAMES=a:b LISTEN_PID=pid ");
	CHECK_STR(make(ANY_PORT, "variables: {b: 2}", two), "container:3: Variable \"a\" is undefined");
	fmt(text, sizeof(text), "%stcp-ports: { 9: { fd: 4 }, 10: { fd: 5 } }", two);
	CHECK_STR(make(ANY_PORT, "variables: {a: 1, b: 2}", text),
		  "container:4: Port 9 conflicts with var \"b\" for fd: 4. Those of activated variables begin at 3");
	fmt(text, sizeof(text), "%stcp-ports: { 2: { fd: 9 } }", two);
	CHECK_STR(make(ANY_PORT, "variables: {a: 1, b: 2}", text), "container:4 warning: port 2 is that of variable \"b\", which counts");
	CHECK(in.n_ports == 2);
	CHECK_STR(make(ANY_PORT, "variables: {a: 7, b: 7}", two), "container:2: port 7 is listened on twice, with fd 3 and with fd 4");
	fmt(text, sizeof(text), "%senviron: {LISTEN_FDS: 9, LISTEN_PID: 1, LISTEN_X: 2}", two);
	CHECK_STR(make(ANY_PORT, "variables: {a: 1, b: 2}", text),
		  "container:4 warning: LISTEN_FDS is what socket activation says, not this\n"
		  "container:4 warning: LISTEN_PID is what socket activation says, not this");
	CHECK_STR(environment(), "LISTEN_FDS=2 LISTEN_FDNAMES=a:b LISTEN_X=2 LITHOS_NAME=app/web.0 LITHOS_CONFIG=/config/w.yaml LISTEN_PID=pid ");
	CASE("a command gets no sockets of the host");
	how = (struct instance_request){ .command = true };
	fmt(text, sizeof(text), "kind: Command\n%stcp-ports: { 80: { fd: 7 } }", two);
	CHECK_STR(make(ANY_PORT, "kind: Command, variables: {a: 1, b: 2}", text),
		  "container:4 warning: a command gets no socket of the host: there is no socket activation\n"
		  "container:5 warning: a command gets no socket of the host: port 80 is not opened");
	CHECK_STR(ports(), "");
	CHECK_STR(environment(), "LITHOS_NAME=app/cmd.web.0 LITHOS_CONFIG=/config/w.yaml ");
	CASE("but those of its own network");
	CHECK_STR(make(ANY_PORT "bridged-network: {bridge: br0, network: 10.0.0.0/8}",
		       "kind: Command, variables: {a: 1, b: 2}", text), "");
	CHECK_STR(ports(), "3=0.0.0.0:1/128 addr a 4=0.0.0.0:2/128 addr b 7=0.0.0.0:80/128 addr ");
	how = (struct instance_request){ 0 };
}

static void test_host_ids(void)
{
	uint32_t id = 99;

	CHECK_STR(make("", "", ""), "");
	CHECK(instance_host_uid(&in, 5, &id) && id == 5 && instance_host_gid(&in, UINT32_MAX, &id) && id == UINT32_MAX);
	CHECK_STR(make(ANYBODY "uid-map: [{inside: 0, outside: 1000, count: 10}]\ngid-map: [{inside: 0, outside: 2000, count: 5}]", "", ""), "");
	CHECK(instance_host_uid(&in, 9, &id) && id == 1009 && instance_host_gid(&in, 4, &id) && id == 2004);
	CHECK(!instance_host_uid(&in, 10, &id) && !instance_host_gid(&in, 5, &id));
	CASE("a map of one kind leaves the other kind without ids");
	CHECK_STR(make("", "", "uid-map: [{inside: 0, outside: 1000, count: 10}]"), "container:1: uid-map without gid-map");
	CHECK(instance_host_uid(&in, 0, &id) && id == 1000 && !instance_host_gid(&in, 0, &id));
}

static void test_memory(void)
{
	struct err e = { 0 };
	struct arena a = { 0 };

	CHECK_STR(make(ANY_PORT, "variables: {a: 1}", "variables:\n  a: !TcpPort {activation: systemd}\narguments: ['@{a}']\n"
						     "environ: {A: '@{a}', P: '@{lithos:pid}'}\ntcp-ports: {80: {fd: 9}}"), "");
	for (size_t size = 0; size < 2048; size += 16) {
		CASE("wherever memory ends");
		a = (struct arena){ .base = m.a.base + m.a.used, .size = size };
		memset(a.base, 0, a.size);
		e = (struct err){ 0 };
		if (instance_make(&m.master, &m.sandbox, &m.processes.v[0], &m.container, &how, &a, &m.f, &in, &e) < 0)
			CHECK(e.code == -12);
		else
			CHECK(e.code == 0);
	}
	CASE("2 KiB are enough here");
	CHECK(e.code == 0 && a.used < a.size);
}

static void test_many_sockets(void)
{
	char container[4096], given[2048];
	size_t at = fmt(container, sizeof(container), "variables:\n"), len = fmt(given, sizeof(given), "variables: {");

	for (int i = 0; i < 65; i++) {
		at += fmt(container + at, sizeof(container) - at, "  v%d: !TcpPort {activation: systemd}\n", i);
		len += fmt(given + len, sizeof(given) - len, "%sv%d: %d", i > 0 ? ", " : "", i, 1000 + i);
	}
	fmt(given + len, sizeof(given) - len, "}");
	CHECK_STR(make(ANY_PORT, given, container), "container:1: 65 sockets are more than 64");
}

int main(void)
{
	test_plain();
	test_kinds();
	test_arguments();
	test_environment();
	test_sizes();
	test_addresses();
	test_ports();
	test_activation();
	test_host_ids();
	test_memory();
	test_many_sockets();
	model_done(&m);
	return check_summary();
}
