/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests on real cgroups share: a place of their own, a host, a plan. */
#ifndef CIST_TESTS_CGROUP_LIVE_H
#define CIST_TESTS_CGROUP_LIVE_H

#include "cgroup/cgroup.h"
#include "sys/file.h"
#include "sys/process.h"
#include "tests/check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char block[1 << 20];
static char live_parent[64], live_leaf[96];
static inline bool ok(int rc, const struct err *e)
{
	if (rc < 0)
		printf("  error: %s\n", e->text);
	return rc >= 0;
}

/* A process in the cgroup that forks one more, and both wait. */
static inline pid_t spawn_into(const struct cg *cg)
{
	struct k_clone_args args = { .exit_signal = SIGCHLD };

	if (cg_v2_fd(cg) >= 0) {
		args.flags = K_CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cg_v2_fd(cg);
	}
	pid_t pid = sys_clone3(&args);

	if (pid == 0) {
		raise(SIGSTOP);		/* until it is in the v1 places */
		if (fork() >= 0)
			for (;;)
				pause();
		_exit(1);
	}
	return pid;
}

static inline size_t count(const struct cg *cg)
{
	struct err e = { 0 };
	pid_t *v = NULL;
	size_t n = 0;

	if (!ok(cg_pids(cg, &v, &n, &e), &e))
		return 999;
	free(v);
	return n;
}

static inline bool await_count(const struct cg *cg, size_t n)
{
	for (int i = 0; i < 2000 && count(cg) != n; i++)
		usleep(1000);
	return count(cg) == n;
}

static inline bool exists(const struct cg_host *h, const char *path)
{
	char where[512];

	for (size_t i = 0; i < h->n; i++) {
		snprintf(where, sizeof where, "%s%s", h->h[i].mount_point, path);
		if (access(where, F_OK) == 0) {
			printf("  still there: %s\n", where);
			return true;
		}
	}
	return false;
}

struct fixture {
	struct arena a;
	struct cg_host host;
	struct oci_config config;
	struct oci_linux linux;
	struct oci_resources resources;
	struct oci_memory memory;
	struct oci_cpu cpu;
	struct oci_pids pids;
	struct cg_plan plan;
};

static inline bool has(const struct cg_host *h, enum cg_controller c)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->h[i].controllers & CG_BIT(c))
			return true;
	return false;
}

/* Limits for the controllers that the host has. */
static inline bool set_up(struct fixture *f)
{
	struct err e = { 0 };

	f->a = (struct arena){ block, sizeof block, 0 };
	memset(block, 0, sizeof block);
	if (!ok(cg_probe(&f->a, &f->host, &e), &e))
		return false;
	f->config.linux = &f->linux;
	f->linux.cgroups_path = live_leaf;
	f->linux.resources = &f->resources;
	f->memory = (struct oci_memory){ .limit = 64 << 20, .swap = 64 << 20, .reservation = 32 << 20,
					 .check_before_update = true };
	f->cpu = (struct oci_cpu){ .shares = 512, .quota = 50000, .period = 100000 };
	f->pids = (struct oci_pids){ .has_limit = true, .limit = 32 };
	f->resources.memory = has(&f->host, CG_MEMORY) ? &f->memory : NULL;
	f->resources.cpu = has(&f->host, CG_CPU) ? &f->cpu : NULL;
	f->resources.pids = has(&f->host, CG_PIDS) ? &f->pids : NULL;
	return ok(cg_plan(&f->config, "x", &f->host, CG_DRIVER_CGROUPFS, &f->a, &f->plan, &e), &e);
}

/* 0: go on.  Else what main returns: 77 is "skipped" to automake. */
static inline int live_begin(struct fixture *f)
{
	if (geteuid() != 0) {
		printf("skipped: making cgroups needs root\n");
		return 77;
	}
	snprintf(live_parent, sizeof live_parent, "/cist-unit-%d", (int)getpid());
	snprintf(live_leaf, sizeof live_leaf, "%s/leaf", live_parent);
	if (!set_up(f))
		return 1;
	if (f->host.layout == CG_LAYOUT_NONE) {
		printf("skipped: no cgroup file system is mounted\n");
		return 77;
	}
	return 0;
}

#endif
