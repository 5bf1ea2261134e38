/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan, without privilege; then the drop itself, in children: with privilege where there is some, else in a user namespace. */
#include "tests/check.h"
#include "base/arr.h"
#include "base/explain.h"
#include "base/fmt.h"
#include "libocispec/oci_config.h"
#include "priv/cred.h"
#include "priv/keyring.h"
#include "priv/sched.h"
#include "sys/cred.h"
#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LAST = 40, SKIPPED = 99 };

static _Alignas(16) char memory[1 << 20];

static struct arena fresh_arena(void)
{
	memset(memory, 0, sizeof(memory));
	return (struct arena){ memory, sizeof(memory), 0 };
}

static int plan(const struct oci_process *p, struct cred_request r, struct cred_plan *ret_plan, struct err *e)
{
	static struct arena a;
	struct priv_warnings w;

	a = fresh_arena();
	r.process = p;
	r.from = "process";
	r.last_cap = LAST;
	return cred_plan(&r, &a, ret_plan, &w, e);
}

static void defaults(void)
{
	struct cred_plan p;
	struct err e = { 0 };

	CASE("an empty process object");
	CHECK(plan(&(struct oci_process){ 0 }, (struct cred_request){ 0 }, &p, &e) == 0);
	CHECK(p.uid == 0 && p.gid == 0 && p.umask == 0022 && p.n_groups == 0 && !p.no_new_privs && !p.keep_groups);
	CHECK(p.caps.bounding == 0 && p.caps.permitted == 0 && !p.has_oom_score_adj);
}

static const struct {
	struct oci_process in;
	struct cred_request request;
	const char *says;
} refused[] = {
	{ { .user = { .uid = UINT32_MAX } }, { 0 }, "process.user.uid: 4294967295 is no id" },
	{ { .user = { .gid = UINT32_MAX } }, { 0 }, "process.user.gid: 4294967295 is no id" },
	{ { .user = { .has_umask = true, .umask = 01000 } }, { 0 }, "process.user.umask: 512 is above 0777 (511)" },
	{ { .user = { .additional_gids = (uint32_t[]){ 1, UINT32_MAX }, .n_additional_gids = 2 } }, { 0 },
	  "process.user.additionalGids[1]: 4294967295 is no group id" },
	{ { .user = { .additional_gids = (uint32_t[]){ 1 }, .n_additional_gids = 65537 } }, { 0 },
	  "process.user.additionalGids: 65537 groups; the kernel takes 65536" },
	{ { .has_oom_score_adj = true, .oom_score_adj = 1001 }, { 0 }, "process.oomScoreAdj: 1001 is not within -1000 and 1000" },
	{ { .has_oom_score_adj = true, .oom_score_adj = -1001 }, { 0 }, "process.oomScoreAdj: -1001 is not within -1000 and 1000" },
	{ { .user = { .uid = 1000 } },
	  { .uid_mappings = (struct oci_id_mapping[]){ { 0, 100000, 1000 }, { 1001, 1, 1 } }, .n_uid_mappings = 2 },
	  "process.user.uid: uid 1000 is not mapped in the user namespace" },
	{ { .user = { .gid = 5 } }, { .gid_mappings = (struct oci_id_mapping[]){ { 0, 100000, 1 } }, .n_gid_mappings = 1 },
	  "process.user.gid: gid 5 is not mapped in the user namespace" },
	{ { .user = { .additional_gids = (uint32_t[]){ 0, 9 }, .n_additional_gids = 2 } },
	  { .gid_mappings = (struct oci_id_mapping[]){ { 0, 100000, 1 } }, .n_gid_mappings = 1 },
	  "process.user.additionalGids[1]: gid 9 is not mapped in the user namespace" },
};

static void all_refused(void)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct cred_plan p;
		struct err e = { 0 };

		CASE(refused[i].says);
		CHECK(plan(&refused[i].in, refused[i].request, &p, &e) == -EINVAL);
		CHECK_STR(e.text, refused[i].says);
	}
}

static void explained(void)
{
	const struct cred_plan p = {
		.from = "process", .uid = 1, .gid = 2, .umask = 027, .groups = (uint32_t[]){ 3, 4 }, .n_groups = 2,
		.caps = { .bounding = 3, .permitted = 1 },
	};
	struct explain x;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	CASE("explain");
	explain_begin(&x, f, EXPLAIN_TEXT);
	cred_explain_bounding(&p, &x);
	cred_explain_user(&p, &x);
	cred_explain_caps(&p, &x);
	explain_end(&x);
	fclose(f);
	CHECK_STR(text, "      umask 0027  [process.user]\n"
			"      bounding capabilities: CAP_CHOWN CAP_DAC_OVERRIDE  [process.capabilities.bounding]\n"
			"      supplementary groups: 3 4  [process.user.additionalGids]\n"
			"      gid 2, uid 1  [process.user]\n"
			"      effective capabilities: none  [process.capabilities.effective]\n"
			"      permitted capabilities: CAP_CHOWN  [process.capabilities.permitted]\n"
			"      inheritable capabilities: none  [process.capabilities.inheritable]\n"
			"      ambient capabilities: none  [process.capabilities.ambient]\n");
	free(text);
}

/* ---- in children ---- */

static char said[512];	/* what a child had to say */

/* Runs fn in a child; its line of text comes back in said.  Returns its exit status. */
static int in_child(void (*fn)(int out))
{
	int fds[2], status = -1;
	size_t have = 0;
	ssize_t n;
	pid_t pid;

	fflush(stdout);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		fn(fds[1]);
		_exit(0);
	}
	close(fds[1]);
	/* It comes in pieces. */
	while ((n = read(fds[0], said + have, sizeof(said) - 1 - have)) > 0)
		have += (size_t)n;
	said[have] = '\0';
	close(fds[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void say(int out, const char *text)
{
	if (write(out, text, strlen(text)) < 0)
		_exit(1);
}

/* What /proc/self/status tells, on one line. */
static void say_status(int out)
{
	static const char *const wanted[] = { "Uid:", "Gid:", "Groups:", "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:",
					      "NoNewPrivs:" };
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
			if (strncmp(line, wanted[i], strlen(wanted[i])) == 0) {
				for (char *p = line; *p; p++)
					if (*p == '\t' || *p == '\n')
						*p = ' ';
				say(out, line);
			}
}

static int carry_out(const struct cred_plan *p, bool keep_admin, struct err *e)
{
	uint64_t effective, permitted, inheritable;

	struct cred_plan here = *p;

	here.last_cap = caps_last();
	cred_set_umask(p);
	if (cred_limit_bounding(&here, e) < 0 || cred_switch_user(p, keep_admin, e) < 0)
		return e->code;
	if (keep_admin && (sys_capget(&effective, &permitted, &inheritable) < 0 || !(effective >> 21 & 1)))
		return err_set(e, -EPERM, "CAP_SYS_ADMIN was lost");
	return cred_no_new_privs(p, e) < 0 || cred_final_caps(p, e) < 0 ? e->code : 0;
}

static void to_a_user(int out)
{
	const struct cred_plan p = {
		.from = "process", .uid = 1234, .gid = 2345, .umask = 077, .groups = (uint32_t[]){ 7, 5 }, .n_groups = 2,
		.caps = { .bounding = 1 << 5 | 1 << 10, .effective = 1 << 5, .permitted = 1 << 5 | 1 << 10, .inheritable = 1 << 10,
			  .ambient = 1 << 10 },
	};
	struct err e = { 0 };

	/* The caller's own ambient and inheritable ones must not get through. */
	if (sys_capset(~0ull >> 23, ~0ull >> 23, 1) < 0)
		sys_prctl(K_PR_CAP_AMBIENT, K_PR_CAP_AMBIENT_RAISE, 0);
	if (carry_out(&p, true, &e) < 0)
		say(out, e.text);
	else
		say_status(out);
}

static void to_root_without_anything(int out)
{
	const struct cred_plan p = { .from = "process", .umask = 022, .no_new_privs = true };
	struct err e = { 0 };

	if (carry_out(&p, false, &e) < 0)
		say(out, e.text);
	else
		say_status(out);
}

static void with_privilege(void)
{
	if (geteuid() != 0) {
		printf("skipped: the drop from root to a user: not root\n");
		return;
	}
	CASE("root becomes a user with few capabilities");
	CHECK(in_child(to_a_user) == 0);
	CHECK_STR(said, "Uid: 1234 1234 1234 1234 Gid: 2345 2345 2345 2345 Groups: 5 7  CapInh: 0000000000000400 "
			"CapPrm: 0000000000000420 CapEff: 0000000000000020 CapBnd: 0000000000000420 CapAmb: 0000000000000400 "
			"NoNewPrivs: 0 ");
	CASE("root stays root, with nothing");
	CHECK(in_child(to_root_without_anything) == 0);
	CHECK_STR(said, "Uid: 0 0 0 0 Gid: 0 0 0 0 Groups:   CapInh: 0000000000000000 CapPrm: 0000000000000000 "
			"CapEff: 0000000000000000 CapBnd: 0000000000000000 CapAmb: 0000000000000000 NoNewPrivs: 1 ");
}

/* A namespace with one id, as an ordinary user makes it: setgroups is denied. */
static void enter_single_id_namespace(int out)
{
	uint32_t uid = geteuid(), gid = getegid();
	char text[64];
	int fd;

	/* As root there would be more than one way; be somebody first. */
	if (uid == 0 && (sys_setgroups(0, NULL) < 0 || sys_setresgid(4444) < 0 || sys_setresuid(4444) < 0))
		_exit(SKIPPED);
	uid = uid == 0 ? 4444 : uid;
	gid = gid == 0 ? 4444 : gid;
	sys_prctl(K_PR_SET_DUMPABLE, 1, 0);
	if (sys_unshare(K_CLONE_NEWUSER) < 0)
		_exit(SKIPPED);
	fd = open("/proc/self/setgroups", O_WRONLY | O_CLOEXEC);
	if (write(fd, "deny", 4) != 4)
		_exit(SKIPPED);
	close(fd);
	fd = open("/proc/self/gid_map", O_WRONLY | O_CLOEXEC);
	if (write(fd, text, fmt(text, sizeof(text), "0 %u 1", gid)) < 0)
		_exit(SKIPPED);
	close(fd);
	fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	if (write(fd, text, fmt(text, sizeof(text), "0 %u 1", uid)) < 0)
		_exit(SKIPPED);
	close(fd);
	(void)out;
}

static void single_id(int out, const struct cred_plan *p)
{
	struct err e = { 0 };

	enter_single_id_namespace(out);
	say(out, carry_out(p, false, &e) < 0 ? e.text : "done");
}

static void single_id_empty_list(int out)
{
	single_id(out, &(struct cred_plan){ .from = "process" });
}

static void single_id_foreign_group(int out)
{
	single_id(out, &(struct cred_plan){ .from = "process", .groups = (uint32_t[]){ 0 }, .n_groups = 1 });
}

static void single_id_foreign_user(int out)
{
	single_id(out, &(struct cred_plan){ .from = "process", .uid = 1 });
}

static void single_id_foreign_gid(int out)
{
	single_id(out, &(struct cred_plan){ .from = "process", .gid = 1 });
}

static void single_id_kept_groups(int out)
{
	single_id(out, &(struct cred_plan){ .from = "process", .keep_groups = true, .groups = (uint32_t[]){ 8 }, .n_groups = 1 });
}

static void without_privilege(void)
{
	static const struct {
		const char *name;
		void (*run)(int out);
		const char *says;
	} rows[] = {
		{ "an empty list where setgroups is denied", single_id_empty_list, "done" },
		{ "a list where setgroups is denied", single_id_foreign_group, "process.user.additionalGids: operation not permitted: "
		  "this user namespace does not let groups be set" },
		{ "a uid that is not mapped", single_id_foreign_user, "process.user.uid: uid 1 is not mapped in the user namespace" },
		{ "a gid that is not mapped", single_id_foreign_gid, "process.user.gid: gid 1 is not mapped in the user namespace" },
		{ "groups kept", single_id_kept_groups, "done" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int status = in_child(rows[i].run);

		CASE(rows[i].name);
		if (status == SKIPPED) {
			printf("skipped: %s: no user namespaces here\n", rows[i].name);
			continue;
		}
		CHECK(status == 0);
		CHECK_STR(said, rows[i].says);
	}
}

static void join_keyring(int out)
{
	struct err e = { 0 };
	int first, again;

	if (keyring_join("_ses.test-cred", &e) < 0) {
		say(out, e.text);
		return;
	}
	first = (int)syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3 /* session */, 0);
	if (first < 0) {
		say(out, "none");
		return;
	}
	/* As exec does it: by name, from a session of its own. */
	if (syscall(SYS_keyctl, 1, NULL) < 0 || keyring_join("_ses.test-cred", &e) < 0)
		_exit(1);
	again = (int)syscall(SYS_keyctl, 0, -3, 0);
	say(out, again == first ? "same" : "another");
}

static void keyring(void)
{
	CASE("the keyring is found again by name");
	CHECK(in_child(join_keyring) == 0);
	if (strcmp(said, "none") == 0)
		printf("skipped: the keyring: this kernel has none\n");
	else
		CHECK_STR(said, "same");
}

static void raise_oom_score(int out)
{
	const struct cred_plan p = { .from = "process", .has_oom_score_adj = true, .oom_score_adj = 987 };
	struct err e = { 0 };
	char text[16] = "";
	int fd;

	if (sched_set_oom_score(&p, getpid(), &e) < 0) {
		say(out, e.text);
		return;
	}
	fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
	if (read(fd, text, sizeof(text) - 1) < 0)
		_exit(1);
	say(out, text);
}

static void oom_score(void)
{
	CASE("oomScoreAdj");
	CHECK(in_child(raise_oom_score) == 0);
	CHECK_STR(said, "987\n");
}

int main(void)
{
	defaults();
	all_refused();
	explained();
	with_privilege();
	without_privilege();
	keyring();
	oom_score();
	return check_summary();
}
