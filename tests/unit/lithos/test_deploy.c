/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/deploy.h"
#include "sys/scratch.h"
#include "tests/tree.h"

#include <errno.h>

static struct err e;
static struct findings f;

static const char SANDBOX[] = "allow-users: [1-100]\nallow-groups: [0-100]\ndefault-user: 1\nallow-tcp-ports: [80-90]\n";
static const char CONTAINER[] = "executable: /x\n";

static void put_sandbox(const char *name, const char *more)
{
	char file[64], text[1024];

	snprintf(file, sizeof(file), "sandboxes/%s.yaml", name);
	snprintf(text, sizeof(text), "image-dir: %s\n%s%s", tree_path("images"), SANDBOX, more);
	tree_file(file, text, 0644);
}

static void put_processes(const char *name, const char *text)
{
	char file[64];

	snprintf(file, sizeof(file), "processes/%s.yaml", name);
	tree_file(file, text, 0644);
}

static void make_tree(void)
{
	tree_file("master.yaml", "runtime-dir: /run/x\n", 0644);
	put_sandbox("b", "");
	put_sandbox("a", "");
	put_processes("a", "web: {image: one, config: /c.yaml, instances: 3}\njob: {image: two, config: /c.yaml, kind: Command}\n");
	put_processes("b", "web: {image: one, config: /c.yaml}\n");
	tree_file("images/one/c.yaml", CONTAINER, 0644);
	tree_file("images/two/c.yaml", "executable: /y\nkind: Command\n", 0644);
}

static void forget(void)
{
	findings_done(&f);
	f = (struct findings){ 0 };
	e = (struct err){ 0 };
}

/* Whether one of the findings of a level has the text; NULL about: whatever it is about. */
static bool told(enum finding_level level, const char *about, const char *text)
{
	for (size_t i = 0; i < f.n; i++)
		if (f.v[i].level == level && strstr(f.v[i].text, text) &&
		    (!about || (f.v[i].about && strcmp(f.v[i].about, about) == 0)))
			return true;
	for (size_t i = 0; i < f.n; i++)
		printf("  told: %s: %s:%u: %s\n", f.v[i].about ? f.v[i].about : "-", f.v[i].file ? f.v[i].file : "-", f.v[i].line,
		       f.v[i].text);
	return false;
}

/* The whole walk as one line: "a+[web+3 job+1] b-[…]": + is whole, the number that of good instances. */
static const char *walk(const struct deploy_request *how)
{
	static char line[1024];
	auto_deploy struct deploy *d = NULL;
	auto_scratch struct arena a = { 0 };
	const struct deploy_sandbox *s;
	const struct deploy_process *p;
	size_t len = 0;

	forget();
	line[0] = '\0';
	CHECK(scratch_make(&a, &e) == 0);
	if (deploy_open(how, &f, &d, &e) != 1)
		return "not opened";
#define MORE(...) (len += (size_t)snprintf(line + len, sizeof(line) - len, __VA_ARGS__))
	while (deploy_next(d, &f, &s, &e) == 1) {
		MORE("%s%s%s[", len ? " " : "", s->name, s->whole ? "+" : "-");
		while (deploy_next_process(d, &f, &p, &e) == 1) {
			uint32_t good = 0;

			for (uint32_t i = 0; p->whole && i < deploy_instances(p); i++) {
				struct instance_request one = {
					.number = i, .command = p->config->kind == LITHOS_COMMAND, .command_pid = 7,
				};
				struct instance in;

				good += deploy_instance(d, &one, &a, &f, &in, &e) == 1;
			}
			MORE("%s%s%s%u", line[len - 1] == '[' ? "" : " ", p->config->name, p->whole ? "+" : "-", good);
		}
		MORE("]");
	}
	deploy_finish(d, &f);
	CHECK(e.code == 0);
	return line;
}

static const char *walk_all(void)
{
	static char master[PATH_MAX];

	snprintf(master, sizeof(master), "%s", tree_path("master.yaml"));
	return walk(&(struct deploy_request){ .master = master });
}

static void test_walk(void)
{
	char master[PATH_MAX], other[PATH_MAX];

	snprintf(master, sizeof(master), "%s", tree_path("master.yaml"));
	snprintf(other, sizeof(other), "%s", tree_path("other.yaml"));
	CASE("all of it, sorted");
	CHECK_STR(walk_all(), "a+[web+3 job+1] b+[web+1]");
	CHECK(f.n == 0);
	CASE("one sandbox, one process");
	CHECK_STR(walk(&(struct deploy_request){ .master = master, .sandbox = "b" }), "b+[web+1]");
	CHECK_STR(walk(&(struct deploy_request){ .master = master, .sandbox = "a", .process = "job" }), "a+[job+1]");
	CHECK_STR(walk(&(struct deploy_request){ .master = master, .sandbox = "none" }), "");
	CHECK(told(FINDING_ERROR, NULL, "there is no sandbox \"none\""));
	CASE("another process file");
	tree_file("other.yaml", "more: {image: one, config: /c.yaml}\n", 0644);
	CHECK_STR(walk(&(struct deploy_request){ .master = master, .alternate = other, .alternate_for = "a" }),
		  "a+[more+1] b+[web+1]");
	CHECK_STR(walk(&(struct deploy_request){ .master = master, .alternate = other, .alternate_for = "x" }),
		  "a+[web+3 job+1] b+[web+1]");
	CHECK(told(FINDING_ERROR, NULL, "Tree Some(\"x\") is not used"));
	CASE("no master");
	CHECK_STR(walk(&(struct deploy_request){ .master = "/none/master.yaml" }), "not opened");
	CHECK(f.n_errors == 1);
}

static void test_broken(void)
{
	CASE("a broken process");
	put_processes("a", "web: {image: one, config: /c.yaml, instances: x}\njob: {image: two, config: /c.yaml, kind: Command}\n");
	CHECK_STR(walk_all(), "a-[web-0 job+1] b+[web+1]");
	CASE("a broken process, and one whose name is the beginning of its");
	put_processes("a", "web: {image: one, config: /c.yaml}\nweb.x: {image: one, config: /c.yaml, instances: x}\n");
	CHECK_STR(walk_all(), "a-[web+1 web.x-0] b+[web+1]");
	CASE("a broken process file");
	put_processes("a", "web: [\n");
	CHECK_STR(walk_all(), "a-[] b+[web+1]");
	CHECK(told(FINDING_ERROR, "a", ""));
	CASE("a process file that is missing");
	CHECK(unlink(tree_path("processes/a.yaml")) == 0);
	CHECK_STR(walk_all(), "a-[] b+[web+1]");
	CASE("a broken sandbox");
	put_sandbox("a", "nonsense: 1\n");
	CHECK_STR(walk_all(), "a-[] b+[web+1]");
	put_sandbox("a", "");
	CASE("a broken container file is told once, and breaks both that use it");
	put_processes("a", "web: {image: one, config: /d.yaml}\nmore: {image: one, config: /d.yaml}\nx: {image: no, config: /d.yaml}\n");
	tree_file("images/one/d.yaml", "executable: /x\nnonsense: 1\n", 0644);
	CHECK_STR(walk_all(), "a+[web-0 more-0 x-0] b+[web+1]");
	CHECK(f.n_errors == 2);
	CHECK(told(FINDING_ERROR, "a/web", "nonsense") && told(FINDING_ERROR, "a/x", "Image \"no\" in sandbox \"a\", process \"x\""));
	CHECK_STR(f.v[0].file, tree_path("images/one/d.yaml"));
}

static void test_secrets(void)
{
	put_processes("a", "web: {image: one, config: /conf/d.yaml}\n");
	tree_file("images/one/conf/d.yaml", "executable: /x\nsecret-environ-file: s.yaml\n", 0644);
	CASE("a file of secrets that is missing");
	CHECK_STR(walk_all(), "a+[web-0] b+[web+1]");
	CHECK(told(FINDING_ERROR, "a/web", "s.yaml: no such file"));
	CASE("what is none is not quoted");
	tree_file("images/one/conf/s.yaml", "hush: [hush\n", 0644);
	CHECK_STR(walk_all(), "a+[web-0] b+[web+1]");
	CHECK(f.n > 0 && f.v[0].line > 0);
	for (size_t i = 0; i < f.n; i++)
		CHECK(!strstr(f.v[i].text, "hush") && !(f.v[i].hint && strstr(f.v[i].hint, "hush")));
	CASE("one that is good");
	tree_file("images/one/conf/s.yaml", "A: v2:x\n", 0644);
	CHECK_STR(walk_all(), "a+[web+1] b+[web+1]");
	CHECK(f.n == 0);
}

static void test_conflicts(void)
{
	static const char ports[] = "executable: /x\ntcp-ports: { 80: {fd: 3} }\n";

	put_processes("a", "web: {image: one, config: /p.yaml, instances: 2}\n");
	put_processes("b", "web: {image: one, config: /p.yaml, instances: 2}\n");
	tree_file("images/one/p.yaml", ports, 0644);
	CASE("one port in two sandboxes");
	CHECK_STR(walk_all(), "a+[web+2] b+[web+1]");
	CHECK(f.n_errors == 1);
	CHECK(told(FINDING_ERROR, "b/web.0", "Port 80 of 0.0.0.0 is that of a/web, which is of another sandbox"));
	CHECK(f.v[0].line == 2);
	CHECK(f.v[0].hint && strstr(f.v[0].hint, "a/web has it by ") && strstr(f.v[0].hint, "p.yaml"));
	CASE("one that is within another, of one sandbox");
	put_processes("a", "web: {image: one, config: /p.yaml}\napi: {image: one, config: /in.yaml}\n");
	put_processes("b", "web: {image: one, config: /c.yaml}\n");
	tree_file("images/one/in.yaml", "executable: /x\ntcp-ports: { 80: {fd: 3, host: 127.0.0.1} }\n", 0644);
	(void)walk_all();
	CHECK(f.n_errors == 1);
	CHECK(told(FINDING_ERROR, "a/api.0", "Port 80 of 127.0.0.1 and that of a/web cannot be two sockets, and are not one") ||
	      told(FINDING_ERROR, "a/web.0", "Port 80 of 0.0.0.0 and that of a/api cannot be two sockets, and are not one"));
	CASE("one address of a bridge in two processes");
	put_sandbox("a", "bridged-network: {bridge: br9, network: 10.0.0.0/24}\n");
	put_sandbox("b", "bridged-network: {bridge: br9, network: 10.0.0.0/24}\n");
	put_processes("a", "web: {image: one, config: /c.yaml, ip-addresses: [10.0.0.1]}\n");
	put_processes("b", "web: {image: one, config: /c.yaml, ip-addresses: [10.0.0.1]}\n");
	CHECK_STR(walk_all(), "a+[web+1] b+[web+1]");
	CHECK(f.n_errors == 0 && told(FINDING_WARNING, "b/web.0", "address 10.0.0.1 of bridge br9 is that of a/web as well"));
}

static void test_container(void)
{
	auto_scratch struct arena a = { 0 };
	struct lithos_container c = { 0 };

	forget();
	CHECK(scratch_make(&a, &e) == 0);
	CASE("a container file alone");
	CHECK(deploy_read_container(tree_path("images/two/c.yaml"), &a, &f, &c, &e) == 1);
	CHECK_STR(c.executable, "/y");
	CHECK(!c.doc);
	CHECK(deploy_read_container(tree_path("none.yaml"), &a, &f, &c, &e) == 0 && f.n_errors == 1);
}

/* What is said of the directories of a master file with these lines, %s being the tree. */
static void look_at(const char *lines)
{
	char text[2 * PATH_MAX] = "", file[PATH_MAX];
	auto_deploy struct deploy *d = NULL;
	size_t len = 0;

	for (; *lines && len + PATH_MAX < sizeof(text); lines++)
		len += (size_t)(*lines == '@' ? snprintf(text + len, PATH_MAX, "%.100s", tree_top) :
						snprintf(text + len, 2, "%c", *lines));
	tree_file("dirs/master.yaml", text, 0644);
	snprintf(file, sizeof(file), "%s", tree_path("dirs/master.yaml"));
	forget();
	if (CHECK(deploy_open(&(struct deploy_request){ .master = file }, &f, &d, &e) == 1))
		deploy_check_directories(deploy_master(d), &f);
}

#define DIRECTORIES "default-log-dir: @/dirs/log\nconfig-log-dir: @/dirs/log/config\nstdio-log-dir: @/dirs/log/stdio\n"

static void test_directories(void)
{
	static const struct {
		const char *lines, *text;
	} rows[] = {
		{ DIRECTORIES "devfs-dir: @/dirs/dev\nruntime-dir: @/dirs/run", NULL },
		{ DIRECTORIES "devfs-dir: ''\nruntime-dir: @/dirs/run", NULL },
		{ DIRECTORIES "devfs-dir: @/dirs/none\nruntime-dir: @/dirs/run", "must exist and contain device nodes" },
		{ DIRECTORIES "devfs-dir: @/dirs/run\nruntime-dir: @/dirs/rin", "has no directory pts" },
		{ DIRECTORIES "devfs-dir: @/dirs/dev\nruntime-dir: @/none/run", "Cant create runtime-dir: there is no directory" },
		{ DIRECTORIES "devfs-dir: @/dirs/dev\nruntime-dir: @/dirs/file", "is not a directory" },
		{ DIRECTORIES "devfs-dir: @/dirs/dev\nruntime-dir: @/dirs/open", "can be written by everybody (mode 0777)" },
		{ DIRECTORIES "devfs-dir: @/dirs/dev\nruntime-dir: @/dirs/sticky", NULL },
		{ DIRECTORIES "devfs-dir: @/dirs/dev\nruntime-dir: @/dirs//log/.", "are the same directory" },
		{ DIRECTORIES "devfs-dir: @/dirs/dev\nruntime-dir: @/dirs/devlink", "are the same directory" },
		{ DIRECTORIES "devfs-dir: @/dirs/dev\nruntime-dir: @/dirs/run\nprocesses-dir: sandboxes", "are the same directory" },
		{ DIRECTORIES "devfs-dir: @/dirs/dev\nruntime-dir: @/dirs/run\nprocesses-dir: sticky", "can be written by everybody" },
		{ DIRECTORIES "devfs-dir: @/dirs/dev\nruntime-dir: @/dirs/run\nprocesses-dir: none", "processes-dir" },
	};

	tree_dir("dirs/sandboxes");
	tree_dir("dirs/processes");
	tree_dir("dirs/run");
	tree_dir("dirs/dev/pts");
	tree_dir("dirs/open");
	tree_dir("dirs/sticky");
	tree_file("dirs/file", "", 0644);
	tree_link("dev", "dirs/devlink");
	CHECK(chmod(tree_path("dirs/open"), 0777) == 0 && chmod(tree_path("dirs/sticky"), 01777) == 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CASE(rows[i].lines);
		look_at(rows[i].lines);
		if (rows[i].text)
			CHECK(f.n_errors == 1 && told(FINDING_ERROR, NULL, rows[i].text));
		else
			CHECK(f.n_errors == 0 || told(FINDING_ERROR, NULL, "nothing"));
	}
}

int main(void)
{
	if (!tree_make())
		return check_summary();
	make_tree();
	test_walk();
	test_broken();
	test_secrets();
	test_conflicts();
	test_container();
	test_directories();
	forget();
	CASE("nothing is left");
	tree_remove();
	return check_summary();
}
