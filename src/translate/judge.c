/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translate/judge.h"
#include "base/fmt.h"
#include "sys/file.h"
#include "translate/judging.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

int judge_make(struct judge **ret, struct err *e)
{
	struct judge *j = calloc(1, sizeof(*j));
	struct sysinfo info;

	if (!j)
		return err_nomem(e);
	j->proc_fd = sys_openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY, 0);
	if (sysinfo(&info) == 0)
		j->memory = (uint64_t)info.totalram * info.mem_unit;
	*ret = j;
	return 0;
}

void judge_free(struct judge *j)
{
	if (!j)
		return;
	secret_keys_done(&j->keys);
	fd_close(&j->proc_fd);
	free(j);
}

/* ---- a sandbox ---- */

static void judge_bridge(const struct lithos_sandbox *s, struct findings *f)
{
	const char *bridge = s->bridged_network->bridge;
	struct mark at = yaml_mark(s->doc, "bridged_network", "bridge", NULL);
	char path[128];
	struct stat st;

	if (strchr(bridge, '/') || fmt(path, sizeof(path), "/sys/class/net/%s", bridge) >= sizeof(path))
		return;
	if (sys_fstatat(AT_FDCWD, path, 0, &st) == -ENOENT) {
		finding_warning(f, at, "this host has no network device %s", bridge);
		finding_hint(f, "ip link add %s type bridge", bridge);
		return;
	}
	if (fmt(path, sizeof(path), "/sys/class/net/%s/bridge", bridge) < sizeof(path) &&
	    sys_fstatat(AT_FDCWD, path, 0, &st) == -ENOENT)
		finding_warning(f, at, "network device %s is not a bridge", bridge);
}

/* The command is the host's, and is started without a search path. */
static void judge_after_setup(const struct lithos_sandbox *s, struct findings *f)
{
	const struct lithos_network *n = s->bridged_network;
	const char *program = n->n_after_setup_command ? n->after_setup_command[0] : NULL;
	struct mark at = yaml_mark(s->doc, "bridged_network", "after_setup_command", "[0]", NULL);
	char meaning[64];
	struct stat st;
	int rc;

	if (!program)
		return;
	rc = sys_fstatat(AT_FDCWD, program, 0, &st);
	if (rc == -EACCES)
		return;
	if (rc < 0)
		finding_error(f, at, "after-setup-command %s: %s", program, err_meaning(rc, meaning));
	else if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		finding_error(f, at, "after-setup-command %s is no program", program);
}

int judge_sandbox(struct judge *j, const struct lithos_sandbox *s, struct findings *f, struct err *e)
{
	(void)e;
	secret_keys_done(&j->keys);
	j->keys = (struct secret_keys){ 0 };
	j->keys_are = JUDGE_KEYS_UNTRIED;
	j->sandbox = s;
	if (s->bridged_network) {
		judge_bridge(s, f);
		judge_after_setup(s, f);
	}
	return 0;
}

/* ---- a process ---- */

static void judge_memory(const struct judging *g)
{
	if (g->j->memory && g->c->memory_limit != INT64_MAX && g->c->memory_limit > g->j->memory)
		finding_warning(g->f, yaml_mark(g->c->doc, "memory_limit", NULL),
				"memory-limit is %llu MiB, this host has %llu MiB",
				(unsigned long long)(g->c->memory_limit >> 20), (unsigned long long)(g->j->memory >> 20));
}

static int judge_files(struct judging *g)
{
	int rc = view_init(&g->view, g->p->image);

	if (rc < 0)
		return err_sys(g->e, rc, "look at image %s", g->in->process->image);
	rc = judge_mounts(g);
	if (rc == 0)
		rc = judge_program(g);
	return rc < 0 ? rc : judge_output(g);
}

int judge_process(struct judge *j, const struct judge_process *p, struct arena *a, struct findings *f, struct err *e)
{
	struct judging g = { .j = j, .p = p, .in = p->in, .c = p->in->container, .a = a, .f = f, .e = e };
	int rc = judge_files(&g);

	view_done(&g.view);
	if (rc == 0)
		rc = judge_secrets(&g);
	judge_memory(&g);
	return rc;
}
