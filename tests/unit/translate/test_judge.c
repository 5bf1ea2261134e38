/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translate/judge.h"
#include "lithos/deploy.h"
#include "sys/scratch.h"
#include "tests/tree.h"

#include <errno.h>

static struct err e;
static struct findings f;

static void make_tree(void)
{
	char text[2 * PATH_MAX];

	tree_dir("sandboxes");
	tree_dir("dev/pts");
	tree_dir("host/data");
	tree_file("host/data/prog", "#!/bin/sh\n", 0755);
	tree_link("/", "host/data/out");
	tree_dir("image/i/dev");
	tree_dir("image/i/sys");
	tree_dir("image/i/proc");
	tree_dir("image/i/tmp");
	tree_dir("image/i/data");
	tree_file("image/i/bin/sh", "x", 0755);
	tree_file("image/i/bin/plain", "x", 0644);
	tree_file("image/i/bin/script", "#! /bin/none arg\n", 0755);
	tree_file("processes/s.yaml", "p: {image: i, config: /c.yaml}\n", 0644);
	snprintf(text, sizeof(text), "devfs-dir: %.200s/dev\nruntime-dir: %.200s/run\n", tree_top, tree_top);
	tree_file("master.yaml", text, 0644);
	snprintf(text, sizeof(text), "image-dir: %.200s/image\nallow-users: [1]\nallow-groups: [0]\ndefault-user: 1\n"
		 "writable-paths: {/d: %.200s/host/data}\n", tree_top, tree_top);
	tree_file("sandboxes/s.yaml", text, 0644);
}

static int judge_it(struct deploy *d, struct judge *j, struct arena *a)
{
	const struct deploy_sandbox *s;
	const struct deploy_process *p;
	struct instance in = { 0 };

	if (deploy_next(d, &f, &s, &e) != 1 || deploy_next_process(d, &f, &p, &e) != 1 || !p->whole ||
	    deploy_instance(d, &(struct instance_request){ 0 }, a, &f, &in, &e) < 0 ||
	    judge_sandbox(j, s->config, &f, &e) < 0)
		return -1;
	return judge_process(j, &(struct judge_process){ &in, s->processes->doc, p->image }, a, &f, &e);
}

/* Judges the one process of the deployment, with this container file. */
static void judge_container(const char *text)
{
	auto_deploy struct deploy *d = NULL;
	auto_judge struct judge *j = NULL;
	auto_scratch struct arena a = { 0 };
	char master[PATH_MAX];

	findings_done(&f);
	f = (struct findings){ 0 };
	tree_file("image/i/c.yaml", text, 0644);
	snprintf(master, sizeof(master), "%s", tree_path("master.yaml"));
	CHECK(scratch_make(&a, &e) == 0 && judge_make(&j, &e) == 0);
	if (CHECK(deploy_open(&(struct deploy_request){ .master = master }, &f, &d, &e) == 1))
		CHECK(judge_it(d, j, &a) == 0);
}

static const struct {
	const char *container;
	size_t errors, warnings;
	const char *text;	/* of the first finding */
	unsigned int line;
} rows[] = {
	{ "executable: /bin/sh", 0, 0, NULL, 0 },
	{ "executable: /bin/sh\nready-timeout: 5", 1, 0, "mount point /run/lithos in the image: no such file", 2 },
	/* that it is relative is a warning of those who read it */
	{ "executable: bin/sh", 0, 1, NULL, 0 },
	{ "executable: sh\nworkdir: /bin", 0, 1, NULL, 0 },
	{ "executable: sh", 1, 1, NULL, 0 },
	{ "executable: /bin/none", 1, 0, "executable /bin/none: no such file", 1 },
	{ "executable: /bin/plain", 1, 0, "executable /bin/plain has no right to be executed (mode 0644)", 1 },
	{ "executable: /bin", 1, 0, "executable /bin is not a regular file", 1 },
	{ "executable: /bin/script", 0, 1, "executable /bin/script is a script of /bin/none, which", 1 },
	{ "executable: /bin/sh\nworkdir: /none", 1, 0, "workdir /none: no such file", 2 },
	{ "executable: /bin/sh\nworkdir: /bin/sh", 1, 0, "workdir /bin/sh is not a directory", 2 },
	{ "executable: /bin/sh\nworkdir: /proc/self", 0, 0, NULL, 0 },
	{ "executable: /data/prog", 1, 0, "executable /data/prog: no such file", 1 },
	{ "executable: /data/prog\nvolumes: { /data: !Persistent { path: /d } }", 0, 0, NULL, 0 },
	{ "executable: /bin/sh\nvolumes: { /none: !Tmpfs {} }", 1, 0, "mount point /none in the image: no such file", 2 },
	{ "executable: /bin/sh\nvolumes: { /bin/plain: !Tmpfs {} }", 1, 0, "mount point /bin/plain is not a directory", 2 },
	{ "executable: /bin/sh\nvolumes: { /data: !Persistent { path: /d/x } }", 1, 0, "the source of /data: no such file", 2 },
	{ "executable: /bin/sh\nvolumes: { /data: !Persistent { path: /d/x, mkdir: true } }", 0, 0, NULL, 0 },
	{ "executable: /bin/sh\nvolumes: { /data: !Persistent { path: /d/out/etc } }", 1, 0, "symbolic links are not followed", 2 },
	{ "executable: /bin/sh\nvolumes: { /data: !Persistent { path: /d/prog } }", 1, 0, "and its mount point is one", 2 },
	{ "executable: /bin/sh\nvolumes: { /bin/plain: !Persistent { path: /d } }", 1, 0, "and its mount point is none", 2 },
	{ "executable: /bin/sh\nvolumes: { /dev/shm: !Tmpfs {} }", 1, 0, "mount point /dev/shm in the image", 2 },
	{ "executable: /bin/sh\nvolumes: { /dev/pts: !Tmpfs {} }", 0, 0, NULL, 0 },
	{ "executable: /bin/sh\nstdout-stderr-file: /tmp/log", 1, 0, "nothing can be written there", 2 },
	{ "executable: /bin/sh\nstdout-stderr-file: /none/log", 1, 0, "its directory is not in the container", 2 },
	{ "executable: /bin/sh\nstdout-stderr-file: /tmp/log\nvolumes: { /tmp: !Tmpfs {} }", 0, 0, NULL, 0 },
	{ "executable: /bin/sh\nstdout-stderr-file: /data/out\nvolumes: { /data: !Persistent { path: /d } }", 1, 0,
	  "is not a regular file but a symbolic link", 2 },
	{ "executable: /bin/sh\nmemory-limit: 4611686018427387904", 0, 1, "this host has", 2 },
	{ "executable: /bin/sh\nsecret-environ: { A: 'v2:x' }", 2, 0, NULL, 0 },
};

int main(void)
{
	if (!tree_make())
		return check_summary();
	make_tree();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CASE(rows[i].container);
		judge_container(rows[i].container);
		if (!CHECK(f.n_errors == rows[i].errors && f.n == rows[i].errors + rows[i].warnings) && f.n > 0)
			printf("  %s\n", f.v[0].text);
		if (rows[i].text && CHECK(f.n > 0)) {
			CHECK(f.v[0].line == rows[i].line);
			if (!CHECK(strstr(f.v[0].text, rows[i].text)))
				printf("  %s\n", f.v[0].text);
		}
	}
	CASE("an image without mount points");
	CHECK(rmdir(tree_path("image/i/sys")) == 0);
	judge_container("executable: /bin/sh");
	CHECK(f.n_errors == 1 && strstr(f.v[0].text, "mount point /sys in the image"));
	findings_done(&f);
	tree_remove();
	return check_summary();
}
