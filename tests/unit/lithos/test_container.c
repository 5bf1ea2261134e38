/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/container.h"
#include "base/arr.h"
#include "tests/unit/lithos/model.h"

static struct model m;

static const char *told_whole(const char *text)
{
	int rc;

	CASE(text);
	model_begin(&m);
	rc = model_container(&m, text);
	CHECK(rc == (m.f.n_errors == 0) || rc == -1);
	return model_told(&m);
}

/* About a container with an executable, which stands last. */
static const char *told(const char *text)
{
	static char whole[8192];

	fmt(whole, sizeof(whole), "%s\nexecutable: /bin/x\n", text);
	return told_whole(whole);
}

static void test_defaults(void)
{
	const struct lithos_container *c = &m.container;

	CHECK_STR(told_whole("executable: /bin/x"), "");
	CHECK(c->kind == LITHOS_DAEMON && !c->has_user_id && !c->has_group_id && c->memory_limit == INT64_MAX);
	CHECK(c->cpu_shares == 1024 && c->fileno_limit == 1024 && c->restart_timeout == 1 && c->kill_timeout == 5);
	CHECK(c->n_variables + c->n_volumes + c->n_arguments + c->n_environ + c->n_secret_environ + c->n_tcp_ports == 0);
	CHECK(!c->restart_backoff && !c->has_ready_timeout);
	CHECK(!c->secret_environ_file && !c->stdout_stderr_file && !c->interactive && !c->restart_process_only);
	CHECK(c->resolv_conf.mount == LITHOS_AUTO && c->resolv_conf.copy_from_host);
	CHECK(c->hosts_file.mount == LITHOS_AUTO && c->hosts_file.copy_from_host);
	CHECK(c->hosts_file.localhost == LITHOS_AUTO && c->hosts_file.public_hostname == LITHOS_AUTO);
	CHECK(c->uid_map.n + c->gid_map.n == 0 && c->n_normal_exit_codes == 0 && c->doc == m.docs[0]);
	CHECK_STR(c->executable, "/bin/x");
	CHECK_STR(c->workdir, "/");
	CHECK_STR(c->file, "container");
}

static void test_keys(void)
{
	const struct lithos_container *c = &m.container;

	CHECK_STR(told("kind: CommandOrDaemon\nmetadata: {a: !Any [1, ~], b: true}\nuser-id: 0x10\ngroup-id: 5\nmemory-limit: 100Mi\n"
		       "cpu-shares: 512\nfileno-limit: 1k\nrestart-timeout: 0\nkill-timeout: 86400\narguments: [60, '', a b]\n"
		       "environ: {A: yes, B: 0x10}\nsecret-environ: {S: v2:x, T: [a, b]}\nwork-dir: /w\nstdout-stderr-file: /log\n"
		       "interactive: \"true\"\nresolv-conf: {mount: nil, copy-from-host: false}\n"
		       "hosts-file: {mount: true, localhost: false, public-hostname: ~}\nnormal-exit-codes: [0, 130, -126, 255, -128]\n"
		       "tcp-ports: {80: {fd: 3}}\nready-timeout: 30\nrestart-backoff: {factor: 1.5, max: 7}"), "");
	CHECK(c->has_ready_timeout && c->ready_timeout == 30 && c->restart_backoff && c->restart_backoff->max == 7 &&
	      c->restart_backoff->reset_after == 60);
	CHECK_STR(c->restart_backoff ? c->restart_backoff->factor : NULL, "1.5");
	CHECK(c->kind == LITHOS_COMMAND_OR_DAEMON && c->user_id == 16 && c->group_id == 5 && c->memory_limit == 104857600);
	CHECK(c->cpu_shares == 512 && c->fileno_limit == 1000 && c->restart_timeout == 0 && c->kill_timeout == 86400);
	CHECK(c->n_arguments == 3 && c->interactive && !c->resolv_conf.copy_from_host);
	CHECK(c->hosts_file.mount == LITHOS_YES && c->hosts_file.localhost == LITHOS_NO && c->hosts_file.public_hostname == LITHOS_AUTO);
	CHECK_STR(c->environ[0].value, "yes");
	CHECK_STR(c->workdir, "/w");
	CHECK(c->n_secret_environ == 2 && c->secret_environ[0].n_values == 1 && c->secret_environ[1].n_values == 2);
	CHECK(c->n_normal_exit_codes == 5 && c->normal_exit_codes[1] == 130 && c->normal_exit_codes[2] == 130);
	CHECK(c->normal_exit_codes[3] == 255 && c->normal_exit_codes[4] == 128);
	CHECK(c->n_tcp_ports == 1 && c->tcp_ports[0].fd == 3 && c->tcp_ports[0].listen_backlog == 128 && c->tcp_ports[0].reuse_addr);
	CHECK_STR(c->tcp_ports[0].host, "0.0.0.0");
	CHECK_STR(c->tcp_ports[0].key, "80");
	CHECK_STR(told("restart-timeout: 9\nrestart-backoff: {max: 8}"),
		  "container:2 warning: max is below the restart-timeout: no pause grows");
	CHECK_STR(told("restart-process-only: true"), "");
	CHECK(c->restart_process_only);
	CHECK_STR(told("kind: CommandOrDaemon\nrestart-process-only: true"),
		  "container:2 warning: restart-process-only is of kind Daemon alone, and has no effect here");
}

static void test_variables(void)
{
	const struct lithos_container *c = &m.container;

	CHECK_STR(told("variables:\n  a: !TcpPort\n  b: !TcpPort {activation: systemd}\n  c: !Name\n  d: !DottedName\n  e: !Choice [x, y]\n"
		       "  f: !Choice\n"), "");
	CHECK(c->n_variables == 6 && c->variables[0].type == LITHOS_TCP_PORT && !c->variables[0].activation_systemd);
	CHECK(c->variables[1].activation_systemd && c->variables[2].type == LITHOS_NAME && c->variables[3].type == LITHOS_DOTTED_NAME);
	CHECK(c->variables[4].type == LITHOS_CHOICE && c->variables[4].n_choices == 2 && c->variables[5].n_choices == 0);
}

static void test_volumes(void)
{
	const struct lithos_volume *v;

	CHECK_STR(told("volumes:\n  /r: !Readonly /ro/x\n  /p: !Persistent\n  /q: !Persistent {path: /db, mkdir: true, mode: 0o700, user: 5, group: 6}\n"
		       "  /t: !Tmpfs\n  /u: !Tmpfs {size: 100Mi, mode: 0766}\n  /s: !Statedir {user: 7}\n"), "");
	v = m.container.volumes;
	CHECK(m.container.n_volumes == 6 && v[0].type == LITHOS_READONLY && v[5].type == LITHOS_STATEDIR);
	CHECK_STR(v[0].path, "/ro/x");
	CHECK_STR(v[1].path, "/");
	CHECK(v[1].type == LITHOS_PERSISTENT && !v[1].mkdir && v[1].mode == 0777 && v[1].user == 0 && v[1].group == 0);
	CHECK(v[2].mkdir && v[2].mode == 0700 && v[2].user == 5 && v[2].group == 6);
	CHECK(v[3].type == LITHOS_TMPFS && v[3].size == 104857600 && v[3].mode == 0777);
	CHECK(v[4].size == 104857600 && v[4].mode == 01376);	/* decimal 766 */
	CHECK_STR(v[5].path, "/");
	CHECK_STR(told("volumes:\n  /t: !Tmpfs {size: 0}"), "container:2 warning: size 0 is no limit at all");
}

static void test_mistakes(void)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "kind: Foo", "unknown variant" },
		{ "memory-limit: 0", "with a memory-limit of 0 nothing runs" },
		{ "memory-limit: -1", "bad u64: \"-1\"" },
		{ "memory-limit: 8Ki", "number error: invalid digit" },
		{ "memory-limit: 9223372036854775808", "number error: number is too large or too small (for negative)" },
		{ "fileno-limit: 0", "with a fileno-limit of 0 nothing runs" },
		{ "fileno-limit: 10G", "Value must be at most 2147483584" },
		{ "cpu-shares: -1", "bad u64: \"-1\"" },
		{ "restart-timeout: -1", "Value must be at least 0" },
		{ "restart-timeout: 0.5", "number error: invalid digit" },
		{ "kill-timeout: 86401", "Value must be at most 86400" },
		{ "kill-timeout: NaN", "number error: invalid digit" },
		{ "ready-timeout: 0", "Value must be at least 1" },
		{ "restart-backoff: 2", "Value must be mapping" },
		{ "restart-backoff: {factor: 0.5}", "a factor is a number of 1 to 1000 such as 2 or 1.5" },
		{ "restart-backoff: {max: 0}", "Value must be at least 1" },
		{ "restart-backoff: {}\nrestart-process-only: true", "restart-process-only and restart-backoff are mutually exclusive" },
		{ "user-id: -1", "bad u32: \"-1\"" },
		{ "user-id: 4294967295", "Value must be at most 4294967294" },
		{ "user-id: 4294967296", "Value must be at most 4294967294" },
		{ "environ: {A: ~}", "Value must be scalar" },
		{ "environ: {'': x}", "\"\" is no name of an environment variable" },
		{ "environ: {'A=B': x}", "\"A=B\" is no name of an environment variable" },
		{ "environ: {\"A\\nB\": x}", "\"A\\x0aB\" is no name of an environment variable" },
		{ "secret-environ: {'A=B': x}", "\"A=B\" is no name of an environment variable" },
		{ "variables: {p: TcpPort}", "One of the tags [\"TcpPort\", \"Name\", \"DottedName\", \"Choice\"] expected" },
		{ "variables:\n  p: !Name x", "Null expected, Scalar found" },
		{ "variables:\n  p: !TcpPort { activation: none }", "The tag none is not expected" },
		{ "variables:\n  '': !Name", "\"\" is no name of a variable" },
		{ "variables:\n  'a}b': !Name", "\"a}b\" is no name of a variable" },
		{ "variables:\n  'a:b': !TcpPort { activation: systemd }", "the name of an activated variable must not hold \":\"" },
		{ "volumes:\n  /v: /data", "One of the tags [\"Persistent\", \"Readonly\", \"Tmpfs\", \"Statedir\"] expected" },
		{ "volumes:\n  /v: !Persistent /db", "Value must be mapping" },
		{ "volumes:\n  /v: !Readonly { path: /x }", "Value must be scalar" },
		{ "volumes:\n  /v: !Tmpfs { mode: 1777 }", "Value must be at most 1023" },
		{ "volumes:\n  /v: !Tmpfs { size: -1 }", "Value must be at least 0" },
		{ "volumes:\n  /v: !Tmpfs { size: 1e30 }", "number error: invalid digit" },
		{ "volumes:\n  /v: !Tmpfs { user: 1 }", "Keys {\"user\"} are not expected" },
		{ "volumes:\n  /v: !Persistent { path: db }", "path must be absolute" },
		{ "volumes:\n  /v: !Persistent { path: /db/../x }", "path must not hold .." },
		{ "volumes:\n  /v: !Readonly ../x", "path must be absolute" },
		{ "volumes:\n  /v: !Statedir { path: /.. }", "path must not hold .." },
		{ "volumes:\n  v: !Tmpfs {}", "path must be absolute" },
		{ "volumes:\n  /v/../etc: !Tmpfs {}", "path must not hold .." },
		{ "volumes:\n  \"/a\\nb\": !Tmpfs {}", "path holds a control character" },
		{ "tcp-ports: { 80: {} }", "fd" },
		{ "tcp-ports: { 80: {fd: -1} }", "Value must be at least 0" },
		{ "tcp-ports: { 80: {fd: 3, host: localhost} }", "invalid IP address syntax" },
		{ "tcp-ports: { 80: {fd: 3, listen-backlog: 1k} }", "bad u32: \"1k\"" },
		{ "secret-environ-file: /s\nsecret-environ: {A: x}",
		  "secret-environ and secret-environ-file settings are mutually exclusive" },
		{ "uid-map: [{inside: 0, outside: 0, count: 0}]", "count must be at least 1" },
		{ "uid-map: [{inside: 0, outside: 0}]", "Field count is expected" },
		{ "workdir: ''", "" },
		{ "hostname: x", "Keys {\"hostname\"} are not expected" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *got = told(rows[i].text);

		if (!CHECK(m.f.n == 1 && m.f.n_errors == 1) || !CHECK(strstr(got, rows[i].want)))
			printf("  got: %s\n", got);
	}
	CHECK_STR(told_whole("workdir: /"), "container:1: Field executable is expected");
}

static void test_warnings(void)
{
	static const struct { const char *text, *want; uint64_t shares; } rows[] = {
		{ "cpu-shares: 0", "container:1 warning: cpu-shares 0 is taken for 2: the kernel knows 2 to 262144", 2 },
		{ "cpu-shares: 1", "container:1 warning: cpu-shares 1 is taken for 2: the kernel knows 2 to 262144", 2 },
		{ "cpu-shares: 2", "", 2 },
		{ "cpu-shares: 262144", "", 262144 },
		{ "cpu-shares: 1099511627776", "container:1 warning: cpu-shares 1099511627776 is taken for 262144: the kernel knows 2 to 262144", 262144 },
		{ "workdir: w", "container:1 warning: workdir is not absolute: it is taken from /", 1024 },
		{ "arguments: ['@{x', '@{lithos:name}@', a]\nenviron: {A: '@{lithos:name} @{'}",
		  "container:1 warning: \"@{\" without \"}\" is no variable, and stays as it is\n"
		  "container:2 warning: \"@{\" without \"}\" is no variable, and stays as it is", 1024 },
		{ "normal-exit-codes: [256, -129]", "container:1 warning: no program ends with 256\n"
						   "container:1 warning: no program ends with -129", 1024 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CHECK_STR(told(rows[i].text), rows[i].want);
		CHECK(m.container.cpu_shares == rows[i].shares);
	}
	CHECK_STR(told_whole("executable: bin/x"), "container:1 warning: executable is not absolute: it is looked for in workdir only");
}

/* n entries, each in a line of its own: what stands before its number and behind it. */
static const char *many(const char *key, const char *before, const char *behind, size_t n)
{
	static char text[65536];
	size_t len = fmt(text, sizeof(text), "executable: /bin/x\n%s:\n", key);

	for (size_t i = 0; i < n; i++)
		len += fmt(text + len, sizeof(text) - len, "  %s%zu%s\n", before, i, behind);
	return told_whole(text);
}

static void test_bounds(void)
{
	CHECK_STR(many("volumes", "/v", ": !Tmpfs", 256), "");
	CHECK(m.container.n_volumes == 256);
	CHECK(*many("volumes", "/v", ": !Tmpfs", 257) && m.f.n_errors == 1);
	CHECK_STR(many("variables", "v", ": !Name", 256), "");
	CHECK(*many("variables", "v", ": !Name", 257) && m.f.n_errors == 1);
	CHECK_STR(many("tcp_ports", "", ": {fd: 3}", 64), "");
	CHECK(*many("tcp_ports", "", ": {fd: 3}", 65) && m.f.n_errors == 1);
	CHECK_STR(many("normal_exit_codes", "- ", "", 256), "");
	CHECK(*many("normal_exit_codes", "- ", "", 257));
	CHECK_STR(many("uid_map", "- {inside: 0, count: 1, outside: ", "}", 1), "");
	CHECK(*many("uid_map", "- {inside: 0, count: 1, outside: ", "}", 341));
}

/* ---- secrets in a file of their own ---- */

static int read_secrets(const char *text)
{
	const struct yaml *y;
	struct err e = { 0 };

	CASE(text);
	CHECK_STR(told("secret-environ-file: s.yaml"), "");
	y = model_parse(&m, "secrets", text);
	return y ? container_read_secrets(y, &m.a, &m.f, &m.container, &e) : -1;
}

static void test_secrets(void)
{
	static const struct { const char *file, *config, *want; } files[] = {
		{ "s.yaml", "/config/w.yaml", "/config/s.yaml" },	{ "s.yaml", "/w.yaml", "/s.yaml" },
		{ "/etc/s", "/config/w.yaml", "/etc/s" },		{ "../s", "/config/w.yaml", "/config/../s" },
	};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char text[64];

		fmt(text, sizeof(text), "secret-environ-file: %s", files[i].file);
		CHECK_STR(told(text), "");
		CHECK_STR(container_secret_file(&m.container, files[i].config, &m.a), files[i].want);
	}
	CHECK(read_secrets("A: v2:x\nB: [v2:y, v2:z]\n") == 1);
	CHECK(m.container.n_secret_environ == 2 && m.container.secret_environ[1].n_values == 2);
	CHECK_STR(m.container.secret_environ[0].values[0], "v2:x");
	CHECK_STR(model_told(&m), "");
	CHECK(read_secrets("") == 1 && m.container.n_secret_environ == 0);
	CASE("nothing of a file that holds something else is shown");
	CHECK(read_secrets("root:\n  topsecret: {a: b}\n'x=hunter2': y\n") == 0);
	CHECK_STR(model_told(&m), "secrets:2: it is no mapping of names to sealed secrets (what stands there is not shown)\n"
				  "secrets:3: it is no mapping of names to sealed secrets (what stands there is not shown)");
	for (size_t i = 0; i < m.f.n; i++)
		CHECK(!m.f.v[i].path || !*m.f.v[i].path);
	CHECK(read_secrets("root:x:0:0:topsecret") == 0);
	CHECK(!strstr(model_told(&m), "topsecret") && m.f.n_errors == 1);
}

int main(void)
{
	test_defaults();
	test_keys();
	test_variables();
	test_volumes();
	test_mistakes();
	test_warnings();
	test_bounds();
	test_secrets();
	model_done(&m);
	return check_summary();
}
