/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decisions for a launch, on hosts that are described here. */
#include "runtime/blueprint.h"
#include "base/arr.h"
#include "libocispec/ocispec.h"
#include "runtime/hook_state.h"
#include "tests/check.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { ARENA_BYTES = 16 << 20 };
static char *memory;
static struct arena a;
static struct blueprint bp;
static struct facts facts;
static struct blueprint_request request;
static struct oci_doc *doc;
static struct err e;

#define PROCESS(more) "\"process\":{\"args\":[\"sh\",\"-c\",\"x\"],\"cwd\":\"/w\",\"user\":{\"uid\":7,\"gid\":8}" more "}"
#define CONFIG(process, more) "{\"ociVersion\":\"1.3.0\"," process ",\"root\":{\"path\":\"rootfs\"}" more "}"
#define LINUX(more) CONFIG(PROCESS(""), ",\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]" more "}")

static const char *const environment[] = { "HOST=1", NULL };

/* As on a plain host; a case changes what it is about. */
static void plain(void)
{
	facts = (struct facts){ .last_cap = 40, .may_mknod = true, .has_kcore = true, .environment = environment };
	request = (struct blueprint_request){ .id = "web1", .bundle = "/bundle", .state_dir = "/run/cist/web1", .facts = &facts,
					      .driver = CG_DRIVER_DISABLED };
}

static int make(const char *json)
{
	struct oci_err oe;

	madvise(memory, ARENA_BYTES, MADV_DONTNEED);
	a = (struct arena){ .base = memory, .size = ARENA_BYTES };
	bp = (struct blueprint){ 0 };
	e = (struct err){ 0 };
	doc = oci_doc_free(doc);
	doc = oci_doc_parse(json, strlen(json), OCI_STRICT, &oe);
	if (!CHECK(doc != NULL)) {
		printf("%s\n", oe.text);
		return -1;
	}
	request.config = doc->config;
	if (blueprint_make(&request, &a, &bp, &e) < 0)
		return e.code;
	return 0;
}

/* An ordinary user, who takes sources out of his own mount namespace only. */
static void test_sources_inside(void)
{
	const struct mnt_plan *m = NULL;

	CASE("who opens the sources of mounts");
	plain();
	CHECK(make(LINUX("")) == 0);
	CHECK(!bp.plan->mnt.sources_inside && !bp.plan->mnt.pages);
	facts.foreign_mounts = facts.in_user_ns = true;
	CHECK(make(LINUX("")) == 0);
	m = &bp.plan->mnt;
	CHECK(m->sources_inside && m->n_sources > 0);
	CASE("what changes then has its pages for itself");
	CHECK((uintptr_t)m->pages % 4096 == 0 && m->n_page_bytes % 4096 == 0);
	CHECK((char *)m->sources >= m->pages && (char *)(m->sources + m->n_sources) <= m->pages + m->n_page_bytes);
	CHECK((char *)bp.plan < m->pages && (char *)bp.plan->program.argv >= m->pages + m->n_page_bytes);
	CASE("without capabilities too");
	plain();
	facts.uid = 1000;
	facts.missing_caps = UINT64_MAX;
	CHECK(make(LINUX("")) == -EPERM);
	CHECK(strncmp(e.text, "linux.namespaces: user 1000 ", 28) == 0);
}

static bool in_arena(const void *p)
{
	return (const char *)p >= memory && (const char *)p < memory + ARENA_BYTES;
}

static void test_program(void)
{
	const struct program *p;

	CASE("the program");
	plain();
	facts.ignored_signals = 0x1234;
	CHECK(make(CONFIG(PROCESS(",\"env\":[\"A=b\",\"HOMER=x\"]"), "")) == 0);
	p = &bp.plan->program;
	CHECK_STR(p->argv[0], "sh");
	CHECK_STR(p->argv[2], "x");
	CHECK(!p->argv[3] && p->n_env == 2 && !p->envp[2] && !p->envp[3] && p->wants_home);
	CHECK_STR(p->envp[1], "HOMER=x");
	CHECK_STR(p->cwd, "/w");
	CHECK(bp.plan->cred.uid == 7 && bp.plan->cred.gid == 8 && bp.plan->ignored_signals == 0x1234);
	CHECK(bp.plan->sync_fd == -1 && bp.plan->gate_fd == -1 && bp.plan->target_pidfd == -1 && !bp.plan->terminal);
	CASE("it is in the memory that cist-init maps");
	CHECK(in_arena(bp.plan) && in_arena(p->argv) && in_arena(p->argv[0]) && in_arena(p->envp) && in_arena(p->envp[0]) &&
	      in_arena(p->cwd) && in_arena(p->from) && in_arena(bp.rootfs));
	CASE("HOME that is given, even empty");
	CHECK(make(CONFIG(PROCESS(",\"env\":[\"HOME=\"]"), "")) == 0 && !bp.plan->program.wants_home);
	CHECK(make(CONFIG(PROCESS(""), ",\"annotations\":{\"org.cist.env.exact\":\"true\"}")) == 0 && !bp.plan->program.wants_home);
	CHECK(make(CONFIG(PROCESS(""), ",\"annotations\":{\"org.cist.env.exact\":\"false\"}")) == 0 && bp.plan->program.wants_home);
}

static void test_places(void)
{
	CASE("where the root is");
	plain();
	CHECK(make(CONFIG(PROCESS(""), "")) == 0);
	CHECK_STR(bp.rootfs, "/bundle/rootfs");
	CHECK_STR(bp.id, "web1");
	CHECK(make("{\"ociVersion\":\"1.3.0\"," PROCESS("") ",\"root\":{\"path\":\"/var/merged\"}}") == 0);
	CHECK_STR(bp.rootfs, "/var/merged");
	CASE("a session keyring, unless it is not wanted");
	CHECK_STR(bp.plan->keyring, "_ses.web1");
	request.no_new_keyring = true;
	CHECK(make(CONFIG(PROCESS(""), "")) == 0 && !bp.plan->keyring);
}

static bool has_env(const char *text)
{
	for (uint32_t i = 0; i < bp.plan->program.n_env; i++)
		if (strcmp(bp.plan->program.envp[i], text) == 0)
			return true;
	return false;
}

static void test_protocols(void)
{
	CASE("descriptors of socket activation, and more");
	plain();
	facts.listen_fds = 2;
	request.preserve_fds = 3;
	CHECK(make(CONFIG(PROCESS(",\"env\":[\"A=b\"]"), "")) == 0);
	CHECK(bp.plan->kept_fds == 5 && has_env("LISTEN_FDS=2") && has_env("LISTEN_PID=1") && bp.plan->program.n_env == 3);
	CASE("the program below a built-in init is process 2");
	request.init = true;
	CHECK(make(CONFIG(PROCESS(""), ",\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}]}")) == 0);
	CHECK(has_env("LISTEN_PID=2") && bp.plan->keeper.wanted && bp.plan->keeper.record_fd == -1);
	CASE("somebody waits for READY");
	plain();
	facts.notify_socket = "/run/systemd/notify";
	CHECK(make(LINUX("")) == 0 && bp.plan->notify);
	CHECK_STR(bp.notify_dir, "/run/cist/web1/notify");
	CHECK(has_env("NOTIFY_SOCKET=/run/notify/notify.sock") && bp.plan->kept_fds == 0);
	CHECK(bp.plan->mnt.n_ops == 1);
	CHECK_STR(bp.plan->mnt.ops[0].dest, "/run/notify");
	CASE("nobody does");
	plain();
	CHECK(make(LINUX("")) == 0 && !bp.plan->notify && !bp.notify_dir && bp.plan->mnt.n_ops == 0);
}

static void test_terminal(void)
{
	CASE("a terminal and its size");
	plain();
	CHECK(make(CONFIG(PROCESS(",\"terminal\":true,\"consoleSize\":{\"width\":80,\"height\":25}"), "")) == 0);
	CHECK(bp.plan->terminal && bp.plan->console_size.rows == 25 && bp.plan->console_size.columns == 80);
	CASE("a size that no terminal has, and one without a terminal");
	CHECK(make(CONFIG(PROCESS(",\"terminal\":true,\"consoleSize\":{\"width\":65536,\"height\":25}"), "")) == 0);
	CHECK(bp.plan->console_size.rows == 0 && bp.plan->console_size.columns == 0);
	CHECK(make(CONFIG(PROCESS(",\"consoleSize\":{\"width\":80,\"height\":25}"), "")) == 0);
	CHECK(!bp.plan->terminal && bp.plan->console_size.rows == 0);
}

static void test_devices(void)
{
	CASE("nodes are made where that is possible, else bound");
	plain();
	CHECK(make(LINUX("")) == 0 && bp.plan->mnt.n_devices > 5 && bp.plan->mnt.devices[0].source_index == -1);
	facts.may_mknod = false;
	CHECK(make(LINUX("")) == 0 && bp.plan->mnt.devices[0].source_index > 0);
	plain();
	CHECK(make(CONFIG(PROCESS(""), ",\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\",\"path\":\"/u\"}]}")) == 0);
	CHECK(bp.plan->mnt.devices[0].source_index > 0);
}

static void test_hooks(void)
{
	CASE("hooks have their states, and those of the host's side its environment");
	plain();
	CHECK(make(CONFIG(PROCESS(""), ",\"annotations\":{\"k\":\"v\"},\"hooks\":{\"createContainer\":[{\"path\":\"/h\"}]}")) == 0);
	CHECK(bp.plan->hooks.at[HOOK_CREATE_CONTAINER].n == 1);
	CHECK_STR(bp.plan->host_env[0], "HOST=1");
	CHECK(in_arena(bp.plan->host_env[0]) && !bp.plan->host_env[1]);
	CHECK(in_arena(bp.plan->hook_states[HOOK_CREATE_CONTAINER].before_pid));
	CHECK(strstr(bp.plan->hook_states[HOOK_CREATE_CONTAINER].after_pid, "{\"k\":\"v\"}") != NULL);
	CHECK(!bp.plan->hook_states[HOOK_PRESTART].before_pid);
	CASE("no hook, no environment of the host in the plan");
	CHECK(make(CONFIG(PROCESS(""), "")) == 0 && !bp.plan->host_env);
}

static void test_join(void)
{
	struct oci_process other = { .args = (const char *[]){ "id" }, .n_args = 1, .cwd = "/" };
	const struct join_request r = { .config = NULL, .process = &other, .facts = &facts, .keyring = "_ses.web1",
					.preserve_fds = 1 };
	struct join_request with = r;

	CASE("one more process of a container");
	plain();
	CHECK(make(CONFIG(PROCESS(""), "")) == 0);
	with.config = doc->config;
	a.used = 0;
	madvise(memory, ARENA_BYTES, MADV_DONTNEED);
	CHECK(blueprint_make_join(&with, &a, &bp, &e) == 0);
	CHECK(bp.plan->joins_container && bp.plan->kept_fds == 1 && bp.plan->mnt.n_ops == 0 && bp.plan->cred.uid == 0);
	CHECK_STR(bp.plan->keyring, "_ses.web1");
	CHECK_STR(bp.plan->program.argv[0], "id");
}

static const struct {
	const char *json, *error;
} refused[] = {
	{ CONFIG(PROCESS(",\"apparmorProfile\":\"docker-default\""), ""),
	  "process.apparmorProfile: docker-default: AppArmor is not enabled on this host; boot with apparmor=1 security=apparmor, "
	  "or leave the profile out" },
	{ CONFIG(PROCESS(",\"selinuxLabel\":\"system_u:system_r:x\""), ""),
	  "process.selinuxLabel: system_u:system_r:x: SELinux is not enabled on this host; load a policy, or leave the label "
	  "out" },
	{ LINUX(",\"mountLabel\":\"x\""), "linux.mountLabel: SELinux is not enabled on this host" },
	{ CONFIG(PROCESS(""), ",\"annotations\":{\"run.oci.handler\":\"krun\"}"),
	  "annotations: run.oci.handler: names another executor, and cist has none: it executes programs of Linux" },
	/* what asks for nothing, and what is carried out, is fine */
	{ LINUX(",\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\"}"), NULL },
	{ LINUX(",\"personality\":{\"domain\":\"LINUX32\"}"), NULL },
	{ CONFIG(PROCESS(",\"ioPriority\":{\"class\":\"IOPRIO_CLASS_IDLE\",\"priority\":0}"), ""), NULL },
	{ CONFIG(PROCESS(",\"apparmorProfile\":\"\",\"selinuxLabel\":\"\""), ""), NULL },
	{ CONFIG(PROCESS(",\"apparmorProfile\":\"unconfined\""), ""), NULL },
	{ CONFIG(PROCESS(",\"execCPUAffinity\":{}"), ""), NULL },
	{ LINUX(",\"mountLabel\":\"\",\"netDevices\":{}"), NULL },
	{ CONFIG(PROCESS(""), ",\"annotations\":{\"run.oci.handlers\":\"x\",\"org.example\":\"y\"}"), NULL },
};

static void test_refused(void)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		CASE(refused[i].json);
		plain();
		CHECK(make(refused[i].json) == (refused[i].error ? -EOPNOTSUPP : 0));
		CHECK_STR(e.text, refused[i].error ? refused[i].error : "");
	}
}

/* Any size too small is an error with a sentence. */
static void test_full_arena(void)
{
	static const char json[] = CONFIG(PROCESS(",\"env\":[\"A=b\"]"), ",\"hooks\":{\"createContainer\":[{\"path\":\"/h\"}]},"
					  "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}],\"maskedPaths\":[\"/proc/kcore\"]}");
	int rc = -ENOMEM;

	CASE("a full arena");
	plain();
	CHECK(make(json) == 0);
	for (size_t size = 0; rc == -ENOMEM && size < ARENA_BYTES; size += 64) {
		memset(memory, 0, size);
		a = (struct arena){ .base = memory, .size = size };
		bp = (struct blueprint){ 0 };
		rc = blueprint_make(&request, &a, &bp, &e);
	}
	CHECK(rc == 0);
}

static void check_state(const struct hook_state *s, const char *want)
{
	char got[2048];

	if (s->has_pid)
		snprintf(got, sizeof(got), "%s%d%s", s->before_pid, 4711, s->after_pid);
	else
		snprintf(got, sizeof(got), "%s%s", s->before_pid, s->after_pid);
	CHECK_STR(got, want);
}

static void test_hook_state(void)
{
	struct oci_pair tricky[] = { { "\"pid\":0,", "\\\"pid\":0," } };
	static const char *const words[HOOK__COUNT] = { "creating", "creating", "creating", "created", "running", "stopped" };
	struct hook_state s;
	char want[2048];

	a = (struct arena){ .base = memory, .size = ARENA_BYTES };
	for (int m = 0; m < HOOK__COUNT; m++) {
		CASE(hook_name((enum hook_moment)m));
		CHECK(hook_state_of((enum hook_moment)m, "web1", "/b", NULL, 0, &a, &s, &e) == 0);
		CHECK(s.has_pid == (m != HOOK_POSTSTOP));
		snprintf(want, sizeof(want), "{\"ociVersion\":\"1.3.0\",\"id\":\"web1\",%s\"status\":\"%s\",\"bundle\":\"/b\"}",
			 m == HOOK_POSTSTOP ? "" : "\"pid\":4711,", words[m]);
		check_state(&s, want);
	}
	CASE("a pid in an annotation is text");
	CHECK(hook_state_of(HOOK_PRESTART, "web1", "/\"pid\":0,", tricky, 1, &a, &s, &e) == 0);
	check_state(&s, "{\"ociVersion\":\"1.3.0\",\"id\":\"web1\",\"pid\":4711,\"status\":\"creating\","
			"\"bundle\":\"/\\\"pid\\\":0,\",\"annotations\":{\"\\\"pid\\\":0,\":\"\\\\\\\"pid\\\":0,\"}}");
	CASE("no room");
	a = (struct arena){ .base = memory, .size = 32 };
	CHECK(hook_state_of(HOOK_PRESTART, "web1", "/b", NULL, 0, &a, &s, &e) == -ENOMEM);
}

int main(void)
{
	memory = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!CHECK(memory != MAP_FAILED))
		return check_summary();
	test_program();
	test_sources_inside();
	test_places();
	test_protocols();
	test_terminal();
	test_devices();
	test_hooks();
	test_join();
	test_refused();
	test_full_arena();
	test_hook_state();
	doc = oci_doc_free(doc);
	munmap(memory, ARENA_BYTES);
	return check_summary();
}
