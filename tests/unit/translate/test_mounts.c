/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mounts of a container in their order, and the files of /etc. */
#include "base/arr.h"
#include "tests/unit/translate/fixture.h"
#include "translate/etc.h"

#include <stdlib.h>

/* A container whose image has both files; the host has texts for them. */
static void make(struct fixture *x)
{
	fixture_make(x);
	x->facts.etc_is_directory = x->facts.etc_hosts_is_file = x->facts.etc_resolv_is_file = true;
	x->facts.hosts = "127.0.0.1 localhost\n";
	x->facts.hosts_len = strlen(x->facts.hosts);
	x->facts.resolv = "nameserver 9.9.9.9\n";
	x->facts.resolv_len = strlen(x->facts.resolv);
	x->facts.resolv_mode = 0640;
	x->facts.host_name = "box";
	x->facts.host_address = "10.0.0.1";
}

static const struct oci_mount *find(const struct fixture *x, const char *destination)
{
	for (size_t i = 0; i < x->plan.config.n_mounts; i++)
		if (strcmp(x->plan.config.mounts[i].destination, destination) == 0)
			return &x->plan.config.mounts[i];
	return NULL;
}

static const char *text_of(const struct fixture *x, const char *name)
{
	static char text[1024];

	for (size_t i = 0; i < x->plan.n_files; i++)
		if (strcmp(x->plan.files[i].name, name) == 0) {
			snprintf(text, sizeof(text), "%.*s", (int)x->plan.files[i].len, x->plan.files[i].text);
			return text;
		}
	return NULL;
}

static const struct bundle_file *file_of(const struct fixture *x, const char *name)
{
	for (size_t i = 0; i < x->plan.n_files; i++)
		if (strcmp(x->plan.files[i].name, name) == 0)
			return &x->plan.files[i];
	return NULL;
}

/* "DESTINATION TYPE SOURCE OPTION,OPTION" */
static const char *line_of(const struct oci_mount *m)
{
	static char text[256];
	size_t len = (size_t)snprintf(text, sizeof(text), "%s %s %s ", m->destination, m->type, m->source);

	for (size_t i = 0; i < m->n_options; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? "," : "", m->options[i]);
	return text;
}

static struct lithos_volume tmp[] = { { .mount_point = "/tmp", .type = LITHOS_TMPFS, .mode = 0777, .size = 10 } };

static void test_order(void)
{
	static const char *const want[] = {
		"/dev bind /var/lib/lithos/dev rbind,rro,nosuid,dev,rprivate",
		"/dev/pts devpts devpts nosuid,noexec,noatime,newinstance,ptmxmode=0666",
		"/sys sysfs sysfs nosuid,noexec,nodev,noatime,ro",
		"/proc proc proc nosuid,noexec,nodev,noatime",
		"/tmp tmpfs tmpfs nosuid,nodev,size=10,mode=00777",
		"/etc/resolv.conf bind resolv.conf bind,ro,nosuid,nodev,noexec,rprivate",
		"/etc/hosts bind hosts bind,ro,nosuid,nodev,noexec,rprivate",
	};
	auto_fixture struct fixture x;

	CASE("the whole");
	make(&x);
	x.container.volumes = tmp;
	x.container.n_volumes = 1;
	CHECK(translate_mounts(&x.d) == 0);
	CHECK(x.findings.n == 0);
	CHECK_STR(x.plan.config.root->path, "/images/web-1");
	CHECK(x.plan.config.root->readonly);
	if (CHECK(x.plan.config.n_mounts == ARRAY_LEN(want)))
		for (size_t i = 0; i < ARRAY_LEN(want); i++)
			CHECK_STR(line_of(&x.plan.config.mounts[i]), want[i]);
	CHECK(x.plan.config.n_annotations == 1);
	CHECK_STR(x.plan.config.annotations[0].key, "org.cist.root.sealed");
}

static void test_sys(void)
{
	struct lithos_map row = { 0, 1000, 10 };
	auto_fixture struct fixture x, y;

	CASE("/sys with a user namespace and the host's network");
	make(&x);
	x.container.gid_map = (struct lithos_maps){ &row, 1 };
	CHECK(translate_mounts(&x.d) == 0);
	CHECK_STR(line_of(find(&x, "/sys")), "/sys bind /sys rbind,rro,rnosuid,rnoexec,rnodev,rprivate");
	CHECK_STR(line_of(find(&x, "/proc")), "/proc proc proc nosuid,noexec,nodev");

	CASE("/sys with a user namespace and a network of its own");
	make(&y);
	y.container.uid_map = (struct lithos_maps){ &row, 1 };
	y.sandbox.bridged_network = &y.network;
	CHECK(translate_mounts(&y.d) == 0);
	CHECK_STR(line_of(find(&y, "/sys")), "/sys sysfs sysfs nosuid,noexec,nodev,ro");
}

static void test_dev(void)
{
	auto_fixture struct fixture x, y;

	CASE("default devices");
	make(&x);
	x.master.devfs_dir = "";
	CHECK(translate_mounts(&x.d) == 0);
	CHECK(x.findings.n == 0);
	CHECK_STR(line_of(find(&x, "/dev")), "/dev tmpfs tmpfs nosuid,strictatime,ro,mode=755,size=65536k");

	CASE("relative directories");
	make(&y);
	y.master.devfs_dir = "dev";
	y.sandbox.image_dir = "images";
	CHECK(translate_mounts(&y.d) == 0);
	CHECK(y.findings.n_errors == 2);
	CHECK(fixture_said(&y, FINDING_ERROR, "devfs-dir \"dev\" is not an absolute path"));
}

/* ---- hosts ---- */

static struct lithos_pair additional[] = { { "b", "2.2.2.2" }, { "a", "1.1.1.1" } }, bogus[] = { { "g", "bogus" } };

static void test_hosts_text(void)
{
	static const struct {
		const char *says;
		bool copy;
		enum lithos_auto localhost, public_hostname;
		struct lithos_pair *more;
		size_t n_more;
		const char *want;	/* NULL: no file */
		bool of_host;
	} cases[] = {
		{ "defaults", true, LITHOS_AUTO, LITHOS_AUTO, NULL, 0, "127.0.0.1 localhost\n\n", true },
		{ "not copied", false, LITHOS_AUTO, LITHOS_AUTO, NULL, 0,
		  "127.0.0.1 localhost.localdomain localhost\n10.0.0.1 box\n", true },
		{ "no name, sorted hosts", false, LITHOS_AUTO, LITHOS_NO, additional, 2,
		  "127.0.0.1 localhost.localdomain localhost\n1.1.1.1 a\n2.2.2.2 b\n", false },
		{ "all of it", true, LITHOS_YES, LITHOS_YES, additional, 2,
		  "127.0.0.1 localhost\n\n127.0.0.1 localhost.localdomain localhost\n10.0.0.1 box\n1.1.1.1 a\n2.2.2.2 b\n", true },
		{ "an address that is none", false, LITHOS_NO, LITHOS_NO, bogus, 1, "bogus g\n", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_fixture struct fixture x;

		CASE(cases[i].says);
		make(&x);
		x.container.hosts_file.copy_from_host = cases[i].copy;
		x.container.hosts_file.localhost = cases[i].localhost;
		x.container.hosts_file.public_hostname = cases[i].public_hostname;
		x.sandbox.additional_hosts = cases[i].more;
		x.sandbox.n_additional_hosts = cases[i].n_more;
		CHECK(translate_etc(&x.d) == 0);
		CHECK(x.findings.n == 0);
		CHECK_STR(text_of(&x, "hosts"), cases[i].want);
		CHECK(file_of(&x, "hosts")->mode == 0644 && file_of(&x, "hosts")->of_host == cases[i].of_host);
		CHECK(find(&x, "/etc/hosts") != NULL);
	}
}

static void test_hosts_refused(void)
{
	static struct lithos_pair broken[] = { { "a", "1.1.1.1\n6.6.6.6 bank" } };
	auto_fixture struct fixture x, y, z, w;

	CASE("there is nothing to write into it");
	make(&x);
	x.container.hosts_file.copy_from_host = false;
	x.container.hosts_file.localhost = x.container.hosts_file.public_hostname = LITHOS_NO;
	CHECK(translate_etc(&x.d) == 0);
	CHECK(fixture_said(&x, FINDING_ERROR, "there is nothing to mount on /etc/hosts"));

	CASE("a line break in an address");
	make(&y);
	y.sandbox.additional_hosts = broken;
	y.sandbox.n_additional_hosts = 1;
	CHECK(translate_etc(&y.d) == 0);
	CHECK(fixture_said(&y, FINDING_ERROR, "there is a control character in a line for /etc/hosts"));

	CASE("facts that nobody gathered");
	make(&z);
	z.facts.hosts = NULL;
	z.facts.hosts_len = 0;
	CHECK(translate_etc(&z.d) == 0);
	CHECK(fixture_said(&z, FINDING_ERROR, "state dir: error preparing hosts: the sandbox' hosts-file was not read"));
	make(&w);
	w.container.hosts_file.public_hostname = LITHOS_YES;
	w.facts.host_address = NULL;
	CHECK(translate_etc(&w.d) == 0);
	CHECK(fixture_said(&w, FINDING_ERROR, "state dir: error preparing hosts: the address of this host is unknown"));
}

/* ---- whether they are mounted ---- */

static void test_mounting(void)
{
	static const struct {
		const char *says;
		bool is_directory, is_file;
		enum lithos_auto mount;
		bool copy;
		const char *hosts, *resolv;	/* "": mounted; NULL: not; else the error */
	} cases[] = {
		{ "defaults", true, true, LITHOS_AUTO, true, "", "" },
		{ "a link in the image", true, false, LITHOS_AUTO, true, NULL, NULL },
		{ "/etc is a link", false, true, LITHOS_AUTO, true, NULL, NULL },
		{ "a link, and it has to be mounted", true, false, LITHOS_YES, true, "/etc/hosts is not a valid mount point",
		  "/etc/resolv.conf is not a valid mount point" },
		{ "never", true, true, LITHOS_NO, true, NULL, NULL },
		{ "not copied", true, true, LITHOS_AUTO, false, "", NULL },
		{ "not copied, and it has to be mounted", true, true, LITHOS_YES, false, "", "there is nothing to mount on "
		  "/etc/resolv.conf" },
		{ "as it should be", true, true, LITHOS_YES, true, "", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t resolv = 0; resolv < 2; resolv++) {
			const char *want = resolv ? cases[i].resolv : cases[i].hosts;
			const char *path = resolv ? "/etc/resolv.conf" : "/etc/hosts";
			auto_fixture struct fixture x;

			CASE(cases[i].says);
			make(&x);
			/* the other one is out of the way */
			x.container.hosts_file.mount = resolv ? LITHOS_NO : cases[i].mount;
			x.container.resolv_conf.mount = resolv ? cases[i].mount : LITHOS_NO;
			x.container.hosts_file.copy_from_host = x.container.resolv_conf.copy_from_host = cases[i].copy;
			x.facts.etc_is_directory = cases[i].is_directory;
			x.facts.etc_hosts_is_file = x.facts.etc_resolv_is_file = cases[i].is_file;
			CHECK(translate_etc(&x.d) == 0);
			CHECK(x.findings.n == (want && *want));
			if (want && *want)
				CHECK(fixture_said(&x, FINDING_ERROR, want));
			CHECK((find(&x, path) != NULL) == (want && !*want));
			CHECK((file_of(&x, resolv ? "resolv.conf" : "hosts") != NULL) == (want && !strstr(want, "nothing")));
		}
}

static void test_resolv(void)
{
	auto_fixture struct fixture x, y;

	CASE("a copy with its permissions");
	make(&x);
	x.facts.resolv_mode = 07640;
	CHECK(translate_etc(&x.d) == 0);
	CHECK_STR(text_of(&x, "resolv.conf"), "nameserver 9.9.9.9\n");
	CHECK(file_of(&x, "resolv.conf")->mode == 0640 && file_of(&x, "resolv.conf")->of_host);

	CASE("it was not read");
	make(&y);
	y.facts.resolv = NULL;
	CHECK(translate_etc(&y.d) == 0);
	CHECK(fixture_said(&y, FINDING_ERROR, "state dir: error preparing resolv.conf: the sandbox' resolv-conf was not read"));
}

/* ---- the state directory ---- */

static struct lithos_volume states[] = {
	{ .mount_point = "/state", .type = LITHOS_STATEDIR, .path = "/", .mode = 0777 },
	{ .mount_point = "/other", .type = LITHOS_STATEDIR, .path = "/other", .mode = 0777 },
	{ .mount_point = "/state/resolv.conf", .type = LITHOS_TMPFS },
};

static void test_state(void)
{
	static const struct {
		const char *path;
		bool is_all;
	} spellings[] = { { "/", true }, { "//./", true }, { "/.", true }, { "/...", false }, { "/.a", false }, { "/a/", false } };
	auto_fixture struct fixture x, y, z = { 0 };

	CASE("links of the image lead to the state directory");
	make(&x);
	x.facts.etc_hosts_is_file = x.facts.etc_resolv_is_file = false;
	x.container.volumes = states;
	x.container.n_volumes = 2;
	CHECK(etc_needs_hosts(&x.in, &x.facts) && etc_needs_resolv(&x.in, &x.facts));
	CHECK(translate_mounts(&x.d) == 0);
	CHECK(x.findings.n == 0);
	CHECK(!find(&x, "/etc/hosts") && !find(&x, "/etc/resolv.conf") && !find(&x, "/other/hosts"));
	CHECK_STR(line_of(find(&x, "/state/hosts")), "/state/hosts bind hosts bind,ro,nosuid,nodev,noexec,rprivate");
	CHECK_STR(find(&x, "/state/resolv.conf")->source, "resolv.conf");
	if (CHECK(x.plan.n_directories == 2)) {
		CHECK_STR(x.plan.directories[0].points[0], "hosts");
		CHECK_STR(x.plan.directories[0].points[1], "resolv.conf");
		CHECK(!x.plan.directories[1].points[0] && !x.plan.directories[1].points[1]);
	}

	CASE("not over a volume, and not what there is no text for");
	make(&y);
	y.container.volumes = states;
	y.container.n_volumes = 3;
	y.container.hosts_file.copy_from_host = false;
	y.container.hosts_file.localhost = y.container.hosts_file.public_hostname = LITHOS_NO;
	y.container.hosts_file.mount = LITHOS_NO;
	CHECK(translate_mounts(&y.d) == 0);
	CHECK(y.findings.n == 0);
	CHECK(!find(&y, "/state/hosts") && !y.plan.directories[0].points[0]);
	CHECK_STR(find(&y, "/state/resolv.conf")->type, "tmpfs");

	CASE("whatever stands for all of it");
	for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
		struct lithos_volume v = { .mount_point = "/state", .type = LITHOS_STATEDIR, .path = spellings[i].path };

		fixture_done(&z);
		make(&z);
		z.facts.etc_hosts_is_file = false;
		z.container.volumes = &v;
		z.container.n_volumes = 1;
		CHECK(etc_needs_hosts(&z.in, &z.facts) == spellings[i].is_all);
	}
	fixture_done(&z);

	CASE("only a part of it is mounted");
	make(&z);
	z.facts.etc_hosts_is_file = z.facts.etc_resolv_is_file = false;
	z.container.volumes = states + 1;
	z.container.n_volumes = 1;
	CHECK(!etc_needs_hosts(&z.in, &z.facts) && !etc_needs_resolv(&z.in, &z.facts));
	CHECK(translate_mounts(&z.d) == 0);
	CHECK(z.plan.n_files == 0);
}

static void test_full_arena(void)
{
	int rc = -ENOMEM;

	CASE("memory ends");
	for (size_t room = 0; rc < 0 && room < 1 << 16; room += 16) {
		auto_fixture struct fixture x;

		make(&x);
		x.container.volumes = states;
		x.container.n_volumes = 2;
		x.sandbox.additional_hosts = additional;
		x.sandbox.n_additional_hosts = 2;
		x.arena.size = x.arena.used + room;
		rc = translate_mounts(&x.d);
		CHECK(rc == 0 || rc == -ENOMEM);
	}
	CHECK(rc == 0);
}

static void test_notify(void)
{
	struct fixture x;
	const struct oci_process *p;

	CASE("where a program tells that it is ready, if somebody listens and it will tell");
	make(&x);
	CHECK(translate_notify(&x.d, "/run/l/notify") == 0 && !find(&x, "/run/lithos") && x.plan.config.process->n_env == 0);
	x.container.has_ready_timeout = true;
	CHECK(translate_notify(&x.d, "/run/l/notify") == 0);
	p = x.plan.config.process;
	if (CHECK(find(&x, "/run/lithos") && p->n_env == 1)) {
		CHECK_STR(line_of(find(&x, "/run/lithos")),
			  "/run/lithos bind /run/l/notify/app+web.0 bind,ro,nosuid,nodev,noexec,rprivate");
		CHECK_STR(p->env[0], "NOTIFY_SOCKET=/run/lithos/socket");
	}

	CASE("a word of its own is left alone");
	CHECK(translate_notify(&x.d, "/run/l/notify") == 0 && x.plan.config.process->n_env == 1);
}

int main(void)
{
	test_order();
	test_sys();
	test_dev();
	test_hosts_text();
	test_hosts_refused();
	test_mounting();
	test_resolv();
	test_state();
	test_full_arena();
	test_notify();
	return check_summary();
}
