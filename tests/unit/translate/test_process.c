/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Command, environment, user, limits and capabilities of a program. */
#include "tests/unit/translate/fixture.h"

#include "base/arr.h"

static const struct oci_process *translated(struct fixture *x)
{
	CHECK(translate_process(&x->d) == 0);
	return x->plan.config.process;
}

static bool has(const struct oci_process *p, const char *entry)
{
	return fixture_has(p->env, p->n_env, entry);
}

static void smallest(void)
{
	auto_fixture struct fixture x;
	const struct oci_process *p;

	CASE("the smallest container");
	fixture_make(&x);
	p = translated(&x);
	CHECK(x.findings.n == 0);
	CHECK(p->n_args == 2);
	CHECK_STR(p->args[0], "/bin/web");
	CHECK_STR(p->args[1], "--listen");
	CHECK_STR(p->cwd, "/");
	CHECK(p->n_env == 4);
	CHECK(has(p, "TERM=xterm") && has(p, "A=1") && has(p, "LITHOS_NAME=app/web.0") && has(p, "LITHOS_CONFIG=/web.yaml"));
	CHECK(p->user.uid == 1 && p->user.gid == 2 && p->user.n_additional_gids == 0);
	CHECK(p->has_no_new_privileges && !p->no_new_privileges);
	CHECK(p->has_terminal && !p->terminal);
	CHECK(p->n_rlimits == 1 && p->rlimits[0].hard == 1024 && p->rlimits[0].soft == 1024);
	CHECK_STR(p->rlimits[0].type, "RLIMIT_NOFILE");
}

static void relative(void)
{
	auto_fixture struct fixture x;
	static const char *args[] = { "web" };

	CASE("an executable without a slash is of the working directory");
	fixture_make(&x);
	x.in.args = args;
	x.in.n_args = 1;
	CHECK_STR(translated(&x)->args[0], "./web");

	CASE("one with a slash is what it is");
	args[0] = "bin/web";
	fixture_begin_plan(&x);
	CHECK_STR(translated(&x)->args[0], "bin/web");

	CASE("a relative working directory");
	args[0] = "/bin/web";
	x.container.workdir = "srv/www";
	fixture_begin_plan(&x);
	CHECK_STR(translated(&x)->cwd, "/srv/www");
	CHECK(x.findings.n == 0);
}

#define TOKEN "v2:i4+dWTpg:KqWSX0BY:8MtOoWUX:AAAA"

static void precedence(void)
{
	auto_fixture struct fixture x;
	struct lithos_pair environ_[] = {
		{ "TERM", "vt100" }, { "A", "1" }, { "B", "of environ" }, { "P", "of environ" }, { "LISTEN_FDS", "1" },
		{ "LITHOS_NAME", "app/web.0" },
	};
	const char *values[] = { TOKEN };
	struct lithos_secret secrets[] = {
		{ "B", values, 1 }, { "LITHOS_NAME", values, 1 }, { "P", values, 1 }, { "LISTEN_FDS", values, 1 },
		{ "LISTEN_FDNAMES", values, 1 },
	};
	const char *pids[] = { "P", "LISTEN_PID" };
	const struct oci_process *p;

	CASE("who wins");
	fixture_make(&x);
	x.in.environ = environ_;
	x.in.n_environ = ARRAY_LEN(environ_);
	x.in.pid_variables = pids;
	x.in.n_pid_variables = 2;
	x.container.secret_environ = secrets;
	x.container.n_secret_environ = ARRAY_LEN(secrets);
	p = translated(&x);
	CHECK(x.findings.n == 0);
	CHECK(has(p, "TERM=vt100") && !has(p, "TERM=xterm"));
	CHECK(has(p, "A=1"));
	CHECK(has(p, "B=<secret, sealed for i4+dWTpg>") && !has(p, "B=of environ"));
	CHECK(has(p, "LITHOS_NAME=app/web.0"));
	CHECK(has(p, "LISTEN_FDS=1"));
	CHECK(has(p, "P=2") && has(p, "LISTEN_PID=2"));
	/* no port is activated under that name, so nothing takes its place */
	CHECK(has(p, "LISTEN_FDNAMES=<secret, sealed for i4+dWTpg>"));
	CHECK(p->n_env == 8);

	CASE("a number that later starts do not have");
	x.container.restart_process_only = true;
	fixture_begin_plan(&x);
	p = translated(&x);
	CHECK(has(p, "P=2") && has(p, "LISTEN_PID=2"));
	CHECK(x.findings.n == 1 && fixture_said(&x, FINDING_WARNING, "P is 2, and with restart-process-only"));

	CASE("where the secrets go");
	CHECK(x.plan.n_secrets == 2);
	CHECK_STR(x.plan.secrets[0].sealed->name, "B");
	CHECK_STR(p->env[x.plan.secrets[0].env], "B=<secret, sealed for i4+dWTpg>");
	CHECK_STR(x.plan.secrets[1].sealed->name, "LISTEN_FDNAMES");
}

static void hostile_tokens(void)
{
	static const char *const tokens[] = { "v1:i4+dWTpg:", "v2:", "v2:\033[2Jabcd:", "v2:i4+dWTpgX:", "i4+dWTpg:", "" };

	CASE("what does not look like a fingerprint is not repeated");
	for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
		auto_fixture struct fixture x;
		const char *values[] = { tokens[i] };
		struct lithos_secret secret = { "S", values, 1 };

		fixture_make(&x);
		x.container.secret_environ = &secret;
		x.container.n_secret_environ = 1;
		CHECK(has(translated(&x), "S=<secret>"));
	}
}

static void file_limits(void)
{
	auto_fixture struct fixture x;

	fixture_make(&x);
	CASE("more than the kernel gives");
	x.container.fileno_limit = 1048577;
	x.facts.files_max = 1048576;
	fixture_begin_plan(&x);
	translated(&x);
	CHECK(fixture_said(&x, FINDING_ERROR, "fs.nr_open, 1048576"));
	x.container.fileno_limit = 1048576;
	x.findings.n_errors = 0;
	fixture_begin_plan(&x);
	translated(&x);
	CHECK(x.findings.n_errors == 0);
}

static void capabilities(void)
{
	static const struct {
		const char *what;
		uint32_t uid;
		bool bridged;
		size_t bounding, permitted, ambient;
	} rows[] = {
		{ "a user",			1, false, 41, 0, 0 },
		{ "root",			0, false, 41, 41, 0 },
		{ "a user on a bridge",		1, true, 41, 1, 1 },
		{ "root on a bridge",		0, true, 41, 41, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_fixture struct fixture x;
		const struct oci_capabilities *c;

		CASE(rows[i].what);
		fixture_make(&x);
		x.in.uid = rows[i].uid;
		x.sandbox.bridged_network = rows[i].bridged ? &x.network : NULL;
		c = translated(&x)->capabilities;
		CHECK(c->n_bounding == rows[i].bounding);
		CHECK(c->n_permitted == rows[i].permitted && c->n_effective == rows[i].permitted);
		CHECK(c->n_ambient == rows[i].ambient && c->n_inheritable == rows[i].ambient);
		if (rows[i].bridged) {
			CHECK_STR(c->ambient[0], "CAP_NET_BIND_SERVICE");
			CHECK(fixture_has(c->permitted, c->n_permitted, "CAP_NET_BIND_SERVICE"));
		}
	}
}

int main(void)
{
	smallest();
	relative();
	precedence();
	hostile_tokens();
	file_limits();
	capabilities();
	return check_summary();
}
