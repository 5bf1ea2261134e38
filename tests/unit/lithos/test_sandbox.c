/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/sandbox.h"
#include "base/arr.h"
#include "tests/unit/lithos/model.h"

static struct model m;

static const char *told(const char *text)
{
	int rc;

	CASE(text);
	model_begin(&m);
	rc = model_sandbox(&m, "app", text);
	CHECK(rc == (m.f.n_errors == 0) || rc == -1);
	return model_told(&m);
}

static void test_defaults(void)
{
	const struct lithos_sandbox *s = &m.sandbox;

	CHECK_STR(told("{}"), "");
	CHECK_STR(s->name, "app");
	CHECK_STR(s->file, "sandbox");
	CHECK_STR(s->image_dir, "/var/lib/lithos/containers");
	CHECK_STR(s->resolv_conf, "/etc/resolv.conf");
	CHECK_STR(s->hosts_file, "/etc/hosts");
	CHECK(s->image_dir_levels == 1 && !s->has_default_user && s->default_group == 0 && s->auto_clean && !s->x_cist_harden);
	CHECK(!s->config_file && !s->log_file && !s->log_level && !s->used_images_list && !s->secrets_private_key);
	CHECK(!s->bridged_network && s->allow_users.n + s->allow_groups.n + s->allow_tcp_ports.n + s->uid_map.n + s->gid_map.n == 0);
	CHECK(s->n_readonly_paths + s->n_writable_paths + s->n_additional_hosts + s->n_secrets_namespaces == 0);
	CHECK(s->doc == m.docs[0]);
}

static void test_keys(void)
{
	const struct lithos_sandbox *s = &m.sandbox;

	CHECK_STR(told("config-file: other.yaml\nimage_dir: /i\nimage-dir-levels: 3\nlog-file: l\nlog-level: info\n"
		       "readonly-paths: {/r: /srv/r}\nwritable-paths: {/w: /srv/w, /v: /srv/v}\nallow-users: [1, 5-9]\ndefault-user: 5\n"
		       "allow-groups: [7]\ndefault-group: 7\nallow-tcp-ports: [80]\nuid-map: [{inside: 0, outside: 1k, count: 64ki}]\n"
		       "gid-map: [{inside: 0, outside: 1000, count: 1}]\nadditional-hosts: {g: bogus}\nresolv-conf: /etc/r\nhosts-file: /etc/h\n"
		       "used-images-list: /u\nauto-clean: false\nsecrets-private-key: /k\nsecrets-namespaces: [a, '']\nx-cist-harden: true\n"
		       "bridged-network: {bridge: br0, network: 10.0.0.0/24, default_gateway: 10.0.0.1, after-setup-command: [/bin/a, b]}"), "");
	CHECK_STR(s->config_file, "other.yaml");
	CHECK(s->image_dir_levels == 3 && s->n_writable_paths == 2 && s->allow_users.n == 2 && s->allow_users.v[1].last == 9);
	CHECK_STR(s->writable_paths[1].value, "/srv/v");
	CHECK(s->has_default_user && s->default_user == 5 && s->default_group == 7 && s->x_cist_harden && !s->auto_clean);
	CHECK(s->uid_map.n == 1 && s->uid_map.v[0].outside == 1000 && s->uid_map.v[0].count == 65536);
	CHECK_STR(s->additional_hosts[0].value, "bogus");
	CHECK_STR(s->bridged_network->default_gateway, "10.0.0.1");
	CHECK(s->bridged_network->n_after_setup_command == 2 && s->n_secrets_namespaces == 2);
	CHECK_STR(told("config-file: ~\nx_cist_harden: true"), "");
	CHECK(!s->config_file && s->x_cist_harden);
}

static void test_mistakes(void)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "image-dir-levels: 0", "Value must be at least 1" },
		{ "image-dir-levels: 17", "Value must be at most 16" },
		{ "default-group: null", "Value must be scalar" },
		{ "default-user: 1k", "bad u32: \"1k\"" },
		{ "default-user: 4294967295", "Value must be at most 4294967294" },
		{ "image-dir: i", "path must be absolute" },
		{ "resolv-conf: r", "path must be absolute" },
		{ "secrets-private-key: k", "path must be absolute" },
		{ "writable-paths: {/w: srv}", "path must be absolute" },
		{ "readonly-paths: {/w: ~}", "Value must be scalar" },
		{ "allow-users: [1k]", "Error parsing range" },
		{ "allow-users: [1-]", "Error parsing range" },
		{ "allow-users: ['-']", "Error parsing range" },
		{ "allow-users: 1", "Value must be sequence" },
		{ "uid-map: [{inside: 0, outside: 1}]", "Field count is expected" },
		{ "uid-map: [{inside: -1, outside: 1, count: 1}]", "bad u32: \"-1\"" },
		{ "bridged-network: null", "Value must be mapping" },
		{ "bridged-network: {bridge: br0}", "Field network is expected" },
		{ "bridged-network: {bridge: br0, network: 10.0.0.0/33}", "invalid address: 10.0.0.0/33" },
		{ "bridged-network: {bridge: br0, network: 10.0.0.0/255.255.255.0}", "invalid address: 10.0.0.0/255.255.255.0" },
		{ "bridged-network: {bridge: br0, network: 10.0.0.0/8, default-gateway: x}", "invalid IP address syntax" },
		{ "bridged-network: {bridge: br0, network: 10.0.0.0/8, default-gateway: 11.0.0.1}", "default-gateway 11.0.0.1 is not in the network 10.0.0.0/8" },
		{ "bridged-network: {bridge: br0, network: 10.0.0.0/8, default-gateway: 'fe80::1'}", "default-gateway fe80::1 is not in the network 10.0.0.0/8" },
		{ "bridged-network: {bridge: 'a b', network: 10.0.0.0/8}", "\"a b\" is no name of a network interface" },
		{ "bridged-network: {bridge: a/b, network: 10.0.0.0/8}", "\"a/b\" is no name of a network interface" },
		{ "bridged-network: {bridge: '-x', network: 10.0.0.0/8}", "\"-x\" is no name of a network interface" },
		{ "bridged-network: {bridge: '', network: 10.0.0.0/8}", "\"\" is no name of a network interface" },
		{ "bridged-network: {bridge: a123456789012345, network: 10.0.0.0/8}", "\"a123456789012345\" is no name of a network interface" },
		{ "bridged-network: {bridge: br0, network: 10.0.0.0/8, after-setup-command: [arping]}",
		  "after-setup-command must be an absolute path: there is no PATH" },
		{ "additional-hosts: {a: \"1.1.1.1\\n2.2.2.2 b\"}", "a line of a hosts file holds no control character" },
		{ "additional-hosts: {\"a\\n2.2.2.2 b\": 1.1.1.1}", "a line of a hosts file holds no control character" },
		{ "hostname: x", "Keys {\"hostname\"} are not expected" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *got = told(rows[i].text);

		CHECK(m.f.n == 1 && m.f.n_errors == 1);
		if (!CHECK(strstr(got, rows[i].want)))
			printf("  got: %s\n", got);
	}
	CHECK_STR(told("bridged-network: {bridge: br0, network: 'fd00::/64', default-gateway: 'fe80::1'}"), "");
	CHECK_STR(told("bridged-network:"), "");
	CHECK(!m.sandbox.bridged_network);
}

static void test_warnings(void)
{
	CHECK_STR(told("allow-users:\n- 1-5\n- 9-1\nallow-tcp-ports: [2-1]\nreadonly-paths: {r: /r, /a/../b: /b}\nlog-level: loud"),
		  "sandbox:3 warning: the range 9-1 holds nothing\nsandbox:4 warning: the range 2-1 holds nothing\n"
		  "sandbox:5 warning: no volume can begin with \"r\": it is not absolute or holds ..\n"
		  "sandbox:5 warning: no volume can begin with \"/a/../b\": it is not absolute or holds ..\n"
		  "sandbox:6 warning: log-level \"loud\" is none of error, warn, info, debug, trace: the master's is used");
	CHECK(m.sandbox.allow_users.n == 2);
}

static void test_names(void)
{
	CASE("the name of the file");
	model_begin(&m);
	CHECK(model_sandbox(&m, "-x", "{}") == 0);
	CHECK_STR(model_told(&m), "sandbox:0: the name of the sandbox \"-x\" begins with . or -");
}

static void test_process_file(void)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "{}", "/etc/lithos/processes/app.yaml" },
		{ "config-file: other.yaml", "/etc/lithos/processes/other.yaml" },
		{ "config-file: ../x.yaml", "/etc/lithos/processes/../x.yaml" },
		{ "config-file: /srv/x.yaml", "/srv/x.yaml" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CHECK_STR(told(rows[i].text), "");
		CHECK(model_master(&m, "/etc/lithos/master.yaml", "") == 1);
		CHECK_STR(sandbox_process_file(&m.master, &m.sandbox, &m.a), rows[i].want);
	}
}

int main(void)
{
	test_defaults();
	test_keys();
	test_mistakes();
	test_warnings();
	test_names();
	test_process_file();
	model_done(&m);
	return check_summary();
}
