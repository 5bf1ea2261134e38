/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What translate() has to know of an image, of volumes that cover its /etc, and of the host. */
#include "base/arr.h"
#include "tests/tree.h"
#include "tests/unit/translate/fixture.h"
#include "translate/look.h"

#include <errno.h>

static struct lithos_pair readonly[] = { { "/ro", NULL } };

static void make(struct fixture *x)
{
	static char images[PATH_MAX], volumes[PATH_MAX], hosts[PATH_MAX], resolv[PATH_MAX];

	fixture_make(x);
	snprintf(images, sizeof(images), "%s", tree_path("images"));
	snprintf(volumes, sizeof(volumes), "%s", tree_path("volumes"));
	snprintf(hosts, sizeof(hosts), "%s", tree_path("host/hosts"));
	snprintf(resolv, sizeof(resolv), "%s", tree_path("host/resolv.conf"));
	readonly[0].value = volumes;
	x->sandbox.image_dir = images;
	x->sandbox.readonly_paths = readonly;
	x->sandbox.n_readonly_paths = 1;
	x->sandbox.hosts_file = hosts;
	x->sandbox.resolv_conf = resolv;
}

static int look(struct fixture *x)
{
	struct look_host host = { 0 };

	return translate_look(&x->in, &host, &x->arena, &x->findings, &x->facts, &x->e);
}

static void remake(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "images/web-1/etc/%s", name);
	unlink(tree_path(path));
	tree_file(path, "", 0644);
}

static void test_files(void)
{
	auto_fixture struct fixture x;

	CASE("regular files in a directory");
	make(&x);
	CHECK(look(&x) == 1);
	CHECK(x.findings.n == 0);
	CHECK(x.facts.etc_is_directory && x.facts.etc_hosts_is_file && x.facts.etc_resolv_is_file);
	CHECK_STR(x.facts.hosts, "1.2.3.4 host\n");
	CHECK(x.facts.hosts_len == strlen("1.2.3.4 host\n"));
	CHECK_STR(x.facts.resolv, "nameserver 9.9.9.9\n");
	CHECK(x.facts.resolv_mode == 0604);
	CHECK(!x.facts.host_name && !x.facts.host_address);
	CHECK(x.facts.term && x.facts.files_max > 0);
}

static void test_links(void)
{
	auto_fixture struct fixture x, y, z;

	CASE("links and other things are no files");
	make(&x);
	unlink(tree_path("images/web-1/etc/hosts"));
	unlink(tree_path("images/web-1/etc/resolv.conf"));
	CHECK(symlink("../file", tree_path("images/web-1/etc/hosts")) == 0);
	CHECK(mkfifo(tree_path("images/web-1/etc/resolv.conf"), 0600) == 0);
	CHECK(look(&x) == 1);
	CHECK(x.facts.etc_is_directory && !x.facts.etc_hosts_is_file && !x.facts.etc_resolv_is_file);
	CHECK(!x.facts.hosts && !x.facts.resolv);

	CASE("/etc as a link");
	make(&y);
	y.process.image = "web-2";
	CHECK(look(&y) == 1);
	CHECK(!y.facts.etc_is_directory && !y.facts.etc_hosts_is_file);

	CASE("no image");
	make(&z);
	z.process.image = "web-3";
	CHECK(look(&z) == 0);
	CHECK(fixture_said(&z, FINDING_ERROR, "web-3"));
	remake("hosts");
	remake("resolv.conf");
}

static void test_volumes(void)
{
	struct lithos_volume etc[] = { { .mount_point = "/etc/", .type = LITHOS_READONLY, .path = "/ro/etc" } };
	struct lithos_volume file[] = { { .mount_point = "/etc/hosts", .type = LITHOS_READONLY, .path = "/ro/file" },
					{ .mount_point = "/etc/resolv.conf", .type = LITHOS_READONLY, .path = "/ro/link" } };
	struct lithos_volume tmpfs[] = { { .mount_point = "/etc", .type = LITHOS_TMPFS } };
	auto_fixture struct fixture x, y, z;

	CASE("a volume covers /etc");
	make(&x);
	x.container.volumes = etc;
	x.container.n_volumes = 1;
	CHECK(look(&x) == 1);
	CHECK(x.facts.etc_is_directory && x.facts.etc_hosts_is_file && !x.facts.etc_resolv_is_file);

	CASE("volumes cover the files");
	make(&y);
	y.container.volumes = file;
	y.container.n_volumes = 2;
	CHECK(look(&y) == 1);
	CHECK(y.facts.etc_is_directory && y.facts.etc_hosts_is_file && !y.facts.etc_resolv_is_file);

	CASE("a tmpfs is empty");
	make(&z);
	z.container.volumes = tmpfs;
	z.container.n_volumes = 1;
	CHECK(look(&z) == 1);
	CHECK(z.facts.etc_is_directory && !z.facts.etc_hosts_is_file && !z.facts.etc_resolv_is_file);
}

static void test_host_files(void)
{
	static char huge[(1 << 20) + 2];
	auto_fixture struct fixture x, y, z;

	CASE("what cannot be read");
	make(&x);
	x.sandbox.hosts_file = "/nowhere/hosts";
	CHECK(look(&x) == 0);
	CHECK(fixture_said(&x, FINDING_ERROR, "state dir: error preparing hosts: error reading \"/nowhere/hosts\": "));
	CHECK_STR(x.facts.hosts, "");

	CASE("only when it is wanted");
	make(&y);
	y.sandbox.hosts_file = "/nowhere/hosts";
	y.container.hosts_file.copy_from_host = false;
	y.container.hosts_file.public_hostname = LITHOS_NO;
	y.sandbox.resolv_conf = "/nowhere/resolv";
	y.container.resolv_conf.mount = LITHOS_NO;
	CHECK(look(&y) == 1);
	CHECK(y.findings.n == 0);

	CASE("a large one");
	make(&z);
	memset(huge, 'x', sizeof(huge) - 1);
	tree_file("host/huge", huge, 0644);
	z.sandbox.resolv_conf = tree_path("host/huge");
	CHECK(look(&z) == 0);
	CHECK(fixture_said(&z, FINDING_ERROR, "it has more than 1048576 bytes"));
}

static void test_name(void)
{
	auto_fixture struct fixture x;

	CASE("the name of the host, where it is asked for");
	make(&x);
	x.container.hosts_file.public_hostname = LITHOS_YES;
	if (look(&x) == 0) {
		CHECK(fixture_said(&x, FINDING_ERROR, "no IPv4 address is known for the name of this host"));
		printf("not tested: this host cannot resolve its own name\n");
		return;
	}
	CHECK(x.facts.host_name && *x.facts.host_name);
	CHECK(x.facts.host_address && strspn(x.facts.host_address, "0123456789.") == strlen(x.facts.host_address));
}

static void test_full_arena(void)
{
	int rc = -ENOMEM;

	CASE("memory ends");
	for (size_t room = 0; rc < 0 && room < 1 << 16; room += 16) {
		auto_fixture struct fixture x;

		make(&x);
		x.arena.size = x.arena.used + room;
		rc = look(&x);
		CHECK(rc == 1 || rc == -ENOMEM);
	}
	CHECK(rc == 1);
}

int main(void)
{
	if (!tree_make())
		return check_summary();
	tree_dir("images/web-1/etc");
	tree_dir("images/web-2");
	tree_dir("volumes/etc");
	tree_dir("host");
	remake("hosts");
	remake("resolv.conf");
	tree_file("images/web-1/file", "", 0644);
	CHECK(symlink("../web-1/etc", tree_path("images/web-2/etc")) == 0);
	tree_file("volumes/etc/hosts", "", 0644);
	tree_file("volumes/file", "", 0644);
	CHECK(symlink("file", tree_path("volumes/link")) == 0);
	tree_file("host/hosts", "1.2.3.4 host\n", 0644);
	tree_file("host/resolv.conf", "nameserver 9.9.9.9\n", 0644);
	chmod(tree_path("host/resolv.conf"), 0604);
	test_files();
	test_links();
	test_volumes();
	test_host_files();
	test_name();
	test_full_arena();
	tree_remove();
	return check_summary();
}
