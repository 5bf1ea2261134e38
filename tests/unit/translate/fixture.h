/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small instance whose parts a test may change, and a draft of its plan. */
#ifndef CIST_TESTS_UNIT_TRANSLATE_FIXTURE_H
#define CIST_TESTS_UNIT_TRANSLATE_FIXTURE_H

#include "tests/check.h"
#include "translate/draft.h"

#include <stdint.h>

struct fixture {
	struct lithos_master master;
	struct lithos_sandbox sandbox;
	struct lithos_process process;
	struct lithos_container container;
	struct lithos_network network;
	struct instance in;
	struct translate_facts facts;
	struct bundle_plan plan;
	struct findings findings;
	struct arena arena;
	struct err e;
	struct draft d;
};

static char fixture_memory[4 << 20] __attribute__((aligned(16)));

static inline void fixture_begin_plan(struct fixture *x)
{
	struct oci_config *c = &x->plan.config;

	x->plan = (struct bundle_plan){ .instance = &x->in };
	c->process = ARENA_NEW(&x->arena, struct oci_process);
	c->root = ARENA_NEW(&x->arena, struct oci_root);
	c->linux = ARENA_NEW(&x->arena, struct oci_linux);
}

/* app/web.0, user 1, of the host's network, no maps, no limits. */
static inline void fixture_make(struct fixture *x)
{
	static const char *args[] = { "/bin/web", "--listen" };
	static struct lithos_pair environ_[] = { { "A", "1" }, { "LITHOS_NAME", "app/web.0" }, { "LITHOS_CONFIG", "/web.yaml" } };

	memset(fixture_memory, 0, sizeof fixture_memory);
	*x = (struct fixture){
		.master = { .cgroup_name = "lithos.slice", .runtime_dir = "/run/lithos", .state_dir = "/run/lithos/state",
			    .devfs_dir = "/var/lib/lithos/dev", .stdio_log_dir = "/var/log/lithos/stderr" },
		.sandbox = { .name = "app", .image_dir = "/images", .image_dir_levels = 1, .resolv_conf = "/etc/resolv.conf",
			     .hosts_file = "/etc/hosts" },
		.process = { .name = "web", .kind = LITHOS_DAEMON, .image = "web-1", .config = "/web.yaml", .instances = 1 },
		.container = { .kind = LITHOS_DAEMON, .memory_limit = INT64_MAX, .cpu_shares = 1024, .fileno_limit = 1024,
			       .restart_timeout = 1, .kill_timeout = 5, .executable = "/bin/web", .workdir = "/",
			       .resolv_conf = { .copy_from_host = true }, .hosts_file = { .copy_from_host = true } },
		.network = { .bridge = "br0", .network = "10.64.0.0/16", .default_gateway = "10.64.0.1" },
		.facts = { .term = "xterm" },
		.arena = { .base = fixture_memory, .size = sizeof fixture_memory },
	};
	x->in = (struct instance){
		.name = "app/web.0", .master = &x->master, .sandbox = &x->sandbox, .process = &x->process,
		.container = &x->container, .uid = 1, .gid = 2, .uid_map = &x->container.uid_map,
		.gid_map = &x->container.gid_map, .args = args, .n_args = 2, .environ = environ_, .n_environ = 3,
	};
	x->d = (struct draft){
		.plan = &x->plan, .in = &x->in, .facts = &x->facts, .a = &x->arena, .f = &x->findings, .e = &x->e,
	};
	fixture_begin_plan(x);
}

static inline void fixture_done(struct fixture *x)
{
	findings_done(&x->findings);
}
#define auto_fixture __attribute__((cleanup(fixture_done)))

static inline bool fixture_has(const char *const *v, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i], text) == 0)
			return true;
	return false;
}

/* Whether the last finding says that. */
static inline bool fixture_said(const struct fixture *x, enum finding_level level, const char *text)
{
	const struct finding *last = x->findings.n ? &x->findings.v[x->findings.n - 1] : NULL;

	if (last && last->level == level && strstr(last->text, text))
		return true;
	printf("last finding: %s\n", last ? last->text : "none");
	return false;
}

#endif
