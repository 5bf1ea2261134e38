/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lsm/lsm.h"
#include "base/arr.h"
#include "libocispec/oci_config.h"
#include "tests/check.h"

#include <fcntl.h>

static _Alignas(16) char memory[4096];
static struct lsm_plan plan;
static struct err e;

static int plan_of(const struct oci_process *p, const struct lsm_host *h, bool keyring, size_t size)
{
	struct arena a = { .base = memory, .size = size };

	memset(memory, 0, sizeof(memory));
	plan = (struct lsm_plan){ 0 };
	e = (struct err){ 0 };
	return lsm_plan(p, h, keyring, &a, &plan, &e);
}

/* What is written for one AppArmor profile: each row a profile, the host, no_new_privs. */
static const struct {
	const char *what;
	const char *profile;
	struct lsm_host host;
	bool nnp;
	const char *text;	/* NULL: nothing */
} profiles[] = {
	{ "a profile",                         "docker-default", { .apparmor = true }, false, "exec docker-default" },
	{ "with no_new_privs",                 "docker-default", { .apparmor = true }, true,  "exec docker-default" },
	{ "from another profile",              "p", { .apparmor = true, .confined = true }, false, "exec p" },
	{ "from another, with no_new_privs",   "p", { .apparmor = true, .confined = true }, true,  "stack p" },
	{ "a name with blanks and slashes",    "/usr/bin/x y//z", { .apparmor = true }, false, "exec /usr/bin/x y//z" },
	{ "none",                              NULL, { .apparmor = true, .confined = true }, false, NULL },
	{ "empty",                             "", { .apparmor = true, .confined = true }, false, NULL },
	{ "unconfined is what there is",       "unconfined", { .apparmor = true }, false, NULL },
	{ "unconfined without AppArmor",       "unconfined", { .apparmor = false }, false, NULL },
	{ "unconfined, out of a profile",      "unconfined", { .apparmor = true, .confined = true }, false, "exec unconfined" },
};

static void test_profiles(void)
{
	for (size_t i = 0; i < ARRAY_LEN(profiles); i++) {
		const struct oci_process p = { .apparmor_profile = profiles[i].profile, .no_new_privileges = profiles[i].nnp };

		CASE(profiles[i].what);
		CHECK(plan_of(&p, &profiles[i].host, true, sizeof(memory)) == 0);
		CHECK(plan.n_exec == (profiles[i].text ? 1u : 0u) && lsm_has_labels(&plan) == (profiles[i].text != NULL));
		CHECK(!plan.key.text);
		if (!profiles[i].text || plan.n_exec != 1)
			continue;
		CHECK_STR(plan.exec[0].text, profiles[i].text);
		CHECK_STR(plan.exec[0].name, profiles[i].profile);
		CHECK_STR(plan.exec[0].file, "attr/apparmor/exec");
		CHECK_STR(plan.exec[0].from, "process.apparmorProfile");
	}
}

static void test_selinux(void)
{
	const struct lsm_host host = { .selinux = true, .apparmor = true };
	struct oci_process p = { .selinux_label = "u:r:t:s0:c1,c2" };

	CASE("a label, also of the keyring");
	CHECK(plan_of(&p, &host, true, sizeof(memory)) == 0 && plan.n_exec == 1);
	CHECK_STR(plan.exec[0].text, "u:r:t:s0:c1,c2");
	CHECK_STR(plan.exec[0].file, "attr/exec");
	CHECK_STR(plan.key.text, "u:r:t:s0:c1,c2");
	CHECK_STR(plan.key.file, "attr/keycreate");

	CASE("without a keyring");
	CHECK(plan_of(&p, &host, false, sizeof(memory)) == 0 && plan.n_exec == 1 && !plan.key.text);

	CASE("both modules");
	p.apparmor_profile = "p";
	CHECK(plan_of(&p, &host, true, sizeof(memory)) == 0 && plan.n_exec == LSM_LABELS_MAX);

	CASE("empty");
	p = (struct oci_process){ .selinux_label = "" };
	CHECK(plan_of(&p, &(struct lsm_host){ 0 }, true, sizeof(memory)) == 0 && !lsm_has_labels(&plan));
}

static const struct {
	struct oci_process process;
	struct lsm_host host;
	const char *text;
} refused[] = {
	{ { .apparmor_profile = "p" }, { .selinux = true },
	  "process.apparmorProfile: p: AppArmor is not enabled on this host; boot with apparmor=1 security=apparmor, or leave "
	  "the profile out" },
	{ { .selinux_label = "l" }, { .apparmor = true },
	  "process.selinuxLabel: l: SELinux is not enabled on this host; load a policy, or leave the label out" },
	{ { .apparmor_profile = "p\nexec q" }, { .apparmor = true }, "process.apparmorProfile: it has a control character" },
	{ { .selinux_label = "l\x7f" }, { .selinux = true }, "process.selinuxLabel: it has a control character" },
};

static void test_refused(void)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		CASE(refused[i].text);
		CHECK(plan_of(&refused[i].process, &refused[i].host, true, sizeof(memory)) < 0);
		CHECK_STR(e.text, refused[i].text);
	}
	CASE("no memory");
	const struct oci_process both = { .apparmor_profile = "p", .selinux_label = "l" };

	for (size_t size = 0; size < 96; size += 16)
		CHECK(plan_of(&both, &(struct lsm_host){ .apparmor = true, .selinux = true }, true, size) == -ENOMEM);
}

static void test_asked(void)
{
	struct oci_linux with = { .mount_label = "m" }, without = { .mount_label = "" };
	const struct oci_process none = { .apparmor_profile = "", .selinux_label = NULL };

	CASE("who asks");
	CHECK(lsm_is_asked(NULL, &(struct oci_process){ .apparmor_profile = "unconfined" }));
	CHECK(lsm_is_asked(NULL, &(struct oci_process){ .selinux_label = "l" }));
	CHECK(lsm_is_asked(&(struct oci_config){ .linux = &with }, &none));
	CHECK(!lsm_is_asked(&(struct oci_config){ .linux = &without }, &none));
	CHECK(!lsm_is_asked(&(struct oci_config){ 0 }, &none));
	CHECK(!lsm_is_asked(NULL, &none));
}

/* The acting half in this process: where no module takes the attribute, the kernel says so. */
static void test_write(void)
{
	struct lsm_plan p = { .exec = { { "attr/apparmor/exec", "exec there-is-no-such-profile", "there-is-no-such-profile",
					  "process.apparmorProfile" } }, .n_exec = 1 };
	int fd = -1, other = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	CASE("a handle of the real procfs");
	CHECK(lsm_open_proc(&fd, &e) == 0 && fd >= 0);
	CHECK(lsm_label_exec(&p, fd, &e) < 0 && strncmp(e.text, "process.apparmorProfile: ", 25) == 0);
	CHECK(lsm_label_keys(&p, fd, &e) == 0);

	CASE("a label is not written to what is no procfs, nor through a link");
	e = (struct err){ 0 };
	CHECK(other >= 0 && lsm_label_exec(&p, other, &e) < 0 && strstr(e.text, "open /proc/thread-self/attr") != NULL);
	p.exec[0].file = "root/proc/self/attr/exec";
	CHECK(lsm_label_exec(&p, fd, &e) == -ELOOP);
	close(other);
	close(fd);
}

int main(void)
{
	test_profiles();
	test_selinux();
	test_refused();
	test_asked();
	test_write();
	return check_summary();
}
