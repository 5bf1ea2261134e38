/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/plan.h"

#include "sys/scratch.h"
#include "tests/tree.h"

#include <errno.h>

static struct arena a;
static struct wanted w;
static struct err e;

static void put_master(const char *more)
{
	char text[4 * PATH_MAX];

	snprintf(text, sizeof(text), "devfs-dir: %.200s/dev\nruntime-dir: %.200s/run\ndefault-log-dir: %.200s/log\n"
		 "config-log-dir: %.200s/log/config\nstdio-log-dir: %.200s/log/io\n%s", tree_top, tree_top, tree_top, tree_top,
		 tree_top, more);
	tree_file("master.yaml", text, 0644);
}

static void put_sandbox(const char *name, const char *more)
{
	char text[2 * PATH_MAX], file[64];

	snprintf(text, sizeof(text), "image-dir: %.200s/image\nallow-users: [1]\nallow-groups: [0]\ndefault-user: 1\n"
		 "allow-tcp-ports: [80]\n%s", tree_top, more);
	snprintf(file, sizeof(file), "sandboxes/%s.yaml", name);
	tree_file(file, text, 0644);
}

static void make_tree(void)
{
	tree_dir("dev/pts");
	tree_dir("log");
	put_master("");
	put_sandbox("app", "");
	put_sandbox("db", "log-file: database.log\nlog-level: debug\n");
	tree_file("processes/app.yaml", "web: {image: i, config: /c.yaml, instances: 2, update: {max-unavailable: 1}}\n"
		  "tool: {kind: Command, image: i, config: /tool.yaml}\n", 0644);
	tree_file("processes/db.yaml", "main: {image: i, config: /c.yaml}\n", 0644);
	tree_file("image/i/c.yaml", "executable: /bin/x\narguments: [a b]\nrestart-timeout: 0\nready-timeout: 7\n"
		  "restart-backoff: {factor: 1.5}\nnormal-exit-codes: [130]\n", 0644);
	tree_file("image/i/port.yaml", "executable: /bin/x\ntcp-ports: {80: {fd: 3}}\nkind: CommandOrDaemon\ninteractive: true\n",
		  0644);
	tree_file("image/i/tool.yaml", "executable: /bin/x\nkind: Command\n", 0644);
}

static void plan(const struct plan_request *more)
{
	struct plan_request how = *more;
	char master[PATH_MAX];

	scratch_done(&a);
	e = (struct err){ 0 };
	snprintf(master, sizeof(master), "%s", tree_path("master.yaml"));
	how.master = master;
	if (CHECK(scratch_make(&a, &e) == 0) && !CHECK(plan_make(&how, &a, &w, &e) == 0))
		printf("  %s\n", e.text);
}

static const char *shown(void)
{
	static char buf[1024];

	*buf = '\0';
	for (size_t i = 0; i < w.set.n; i++)
		snprintf(buf + strlen(buf), sizeof(buf) - strlen(buf), "%s%s", i > 0 ? " " : "", w.set.v[i].id);
	for (size_t i = 0; i < w.set.n_gaps; i++)
		snprintf(buf + strlen(buf), sizeof(buf) - strlen(buf), " -%s%s%s", w.set.gaps[i].sandbox,
			 w.set.gaps[i].process ? "/" : "", w.set.gaps[i].process ? w.set.gaps[i].process : "");
	return buf;
}

static const struct plan_request plain;

static void test_whole(void)
{
	const struct desired *d;

	CASE("all that is to run");
	plan(&plain);
	CHECK_STR(shown(), "app+web.0 app+web.1 db+main.0");
	CHECK(w.n_problems == 0 && w.n_errors == 0 && w.set.n_sandboxes == 2);
	CHECK_STR(w.settings.master, tree_path("master.yaml"));
	CHECK_STR(w.settings.cgroup_name, "lithos.slice");
	d = desired_find(&w.set, "app+web.1");
	CHECK(d && d->number == 1 && d->max_unavailable == 1 && strlen(d->digest) == BUNDLE_DIGEST_LEN);
	CHECK(d && d->rules.restart_ms == 0 && d->rules.kill_ms == 5000 && d->rules.ready_ms == 7000);
	CHECK(d && d->rules.backoff_permille == 1500 && d->rules.backoff_max_ms == 300000 && d->rules.backoff_reset_ms == 60000);
	CHECK(d && d->rules.normal[130 / 8] == 1 << 130 % 8 && d->rules.normal[0] == 0);
	CHECK_STR(d ? d->name : NULL, "app/web.1");
	CHECK_STR(d ? d->command : NULL, "\"/bin/x\" \"a b\"");
	CHECK_STR(d ? d->log_file : NULL, tree_path("log/app.log"));
	CHECK_STR(d ? d->output_file : NULL, tree_path("log/io/app.log"));
	d = desired_find(&w.set, "db+main.0");
	CHECK(d && d->max_unavailable == 0);
	CHECK_STR(d ? d->log_file : NULL, tree_path("log/database.log"));
	CHECK_STR(d ? d->log_level : NULL, "debug");
	CHECK(access(tree_path("run"), F_OK) < 0 && access(tree_path("log/config"), F_OK) < 0);

	CASE("logged");
	plan(&(struct plan_request){ .log_configs = true });
	CHECK(w.n_problems == 0 && access(tree_path("log/config/app.log"), F_OK) == 0);

	CASE("the settings alone");
	plan(&(struct plan_request){ .settings_only = true });
	CHECK(w.settings.runtime_dir && w.set.n == 0 && w.set.n_sandboxes == 0);
}

static void test_ports(void)
{
	const struct desired *d;
	char alternate[PATH_MAX];

	CASE("ports, and no output of ours");
	tree_file("other.yaml", "web: {image: i, config: /port.yaml}", 0644);
	snprintf(alternate, sizeof(alternate), "%s", tree_path("other.yaml"));
	plan(&(struct plan_request){ .alternate = alternate, .alternate_for = "app" });
	CHECK_STR(shown(), "app+web.0 db+main.0");
	d = desired_find(&w.set, "app+web.0");
	CHECK(d && d->n_ports == 1 && d->ports[0].port == 80 && d->ports[0].fd == 3 && d->ports[0].uid == 1 &&
	      d->ports[0].reuse_addr && !d->output_file && d->rules.normal[0] == 1);
	CHECK_STR(d && d->n_ports ? d->ports[0].host : NULL, "0.0.0.0");

	CASE("a socket with two minds");
	tree_file("image/i/other.yaml", "executable: /bin/x\ntcp-ports: {80: {fd: 5, listen-backlog: 9}}\n", 0644);
	tree_file("other.yaml", "web: {image: i, config: /port.yaml, instances: 2}\nmore: {image: i, config: /other.yaml}\n", 0644);
	plan(&(struct plan_request){ .alternate = alternate, .alternate_for = "app" });
	CHECK(w.set.n == 4 && w.n_errors == 0 && w.n_problems == 1 &&
	      strstr(w.problems[0].text, "app/more.0 and app/web.0 share a socket"));
	tree_file("other.yaml", "web: {image: i, config: /port.yaml}", 0644);

	CASE("two sandboxes with one port: who comes later goes without");
	tree_file("processes/db.yaml", "main: {image: i, config: /port.yaml}\nmore: {image: i, config: /c.yaml}\n", 0644);
	plan(&(struct plan_request){ .alternate = alternate, .alternate_for = "app" });
	CHECK_STR(shown(), "app+web.0 db+more.0 -db/main");
	CHECK(w.n_errors == 1 && w.n_problems == 1 && strstr(w.problems[0].text, "Port 80 of 0.0.0.0 is that of app/web"));
	CHECK_STR(w.n_problems ? w.problems[0].about : NULL, "db/main.0");
}

static void test_gaps(void)
{
	CASE("a process that is broken is a gap, the others are there");
	tree_file("processes/db.yaml", "main: {image: i, config: /c.yaml, instances: x}\nmore: {image: i, config: /c.yaml}\n"
		  "none: {image: j, config: /c.yaml}\n", 0644);
	plan(&plain);
	CHECK_STR(shown(), "app+web.0 app+web.1 db+more.0 -db/main -db/none");
	CHECK(w.n_errors == 2 && strstr(w.set.gaps[0].why, "invalid digit") && strstr(w.set.gaps[1].why, "no such file"));

	tree_file("processes/db.yaml", "main: 5\nmore: {image: i, config: /c.yaml}\n", 0644);
	plan(&plain);
	CHECK_STR(shown(), "app+web.0 app+web.1 db+more.0 -db/main");

	CASE("no file, no YAML, no sandbox");
	tree_file("processes/db.yaml", "main: [\n", 0644);
	plan(&plain);
	CHECK_STR(shown(), "app+web.0 app+web.1 -db");
	CHECK(unlink(tree_path("processes/db.yaml")) == 0);
	plan(&plain);
	CHECK_STR(shown(), "app+web.0 app+web.1 -db");
	put_sandbox("db", "unknown: 1\n");
	plan(&plain);
	CHECK_STR(shown(), "app+web.0 app+web.1 -db");
	CHECK(unlink(tree_path("sandboxes/db.yaml")) == 0);
	plan(&plain);
	CHECK_STR(shown(), "app+web.0 app+web.1");
	CHECK(w.n_errors == 0 && w.set.n_sandboxes == 1);
}

static void test_master(void)
{
	CASE("another runtime-dir than that of who asks");
	plan(&(struct plan_request){ .runtime_dir = "/run/other" });
	CHECK(!w.settings.runtime_dir && w.set.n == 0 && w.n_errors == 1 && strstr(w.problems[0].text, "runtime-dir is "));
	plan(&(struct plan_request){ .runtime_dir = w.settings.runtime_dir });
	CHECK(w.settings.runtime_dir && w.set.n == 2);

	CASE("a master file that cannot be used");
	put_master("what: 1\n");
	plan(&plain);
	CHECK(!w.settings.runtime_dir && w.n_errors == 1 && !w.problems[0].about);
	CHECK(unlink(tree_path("master.yaml")) == 0);
	plan(&(struct plan_request){ .settings_only = true });
	CHECK(!w.settings.runtime_dir && w.n_errors == 1);
}

int main(void)
{
	if (tree_make()) {
		make_tree();
		test_whole();
		test_ports();
		test_gaps();
		test_master();
		tree_remove();
	}
	scratch_done(&a);
	return check_summary();
}
