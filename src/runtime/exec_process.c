/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/exec_process.h"
#include "base/limits.h"
#include "libocispec/check.h"
#include "priv/user.h"
#include "sys/file.h"

#include <stdlib.h>
#include <string.h>

/* runtime-cli.md 2.7: what a --process file leaves out comes from the container. */
static void inherit(struct oci_process *p, const struct oci_process *base)
{
	if (!p->capabilities)
		p->capabilities = base->capabilities;
	if (!p->apparmor_profile)
		p->apparmor_profile = base->apparmor_profile;
	if (!p->selinux_label)
		p->selinux_label = base->selinux_label;
	if (p->n_rlimits == 0) {
		p->rlimits = base->rlimits;
		p->n_rlimits = base->n_rlimits;
	}
	if (!p->scheduler)
		p->scheduler = base->scheduler;
	if (!p->io_priority)
		p->io_priority = base->io_priority;
	if (!p->exec_cpu_affinity)
		p->exec_cpu_affinity = base->exec_cpu_affinity;
	/* Engines protect themselves from the OOM killer; what they start is not to have that. */
	if (!p->has_oom_score_adj) {
		p->has_oom_score_adj = base->has_oom_score_adj;
		p->oom_score_adj = base->oom_score_adj;
	}
	/* A flag that was not given does not take protection away. */
	if (!p->has_no_new_privileges)
		p->no_new_privileges = base->no_new_privileges;
	if (!p->user.has_umask && base->user.has_umask) {
		p->user.has_umask = true;
		p->user.umask = base->user.umask;
	}
}

static int read_file(const char *path, const struct oci_process *base, struct exec_process *ret, struct err *e)
{
	auto_close int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct oci_err oe;
	struct stat st;
	char *json;
	ssize_t n;

	if (fd < 0)
		return err_sys(e, fd, "--process %s", path);
	if (sys_fstat(fd, &st) < 0 || !(S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode)))
		return err_set(e, -EINVAL, "--process %s is not a regular file", path);
	if (S_ISFIFO(st.st_mode) && fcntl(fd, F_SETFL, 0) < 0)	/* a shell's <(…): wait for its writer */
		return err_sys(e, -errno, "--process %s", path);
	json = malloc(CONFIG_BYTES_MAX + 1);
	if (!json)
		return err_nomem(e);
	n = sys_read_all(fd, json, CONFIG_BYTES_MAX + 1);
	ret->file = n > 0 && n <= CONFIG_BYTES_MAX ? oci_doc_parse_process(json, (size_t)n, OCI_LENIENT, &oe) : NULL;
	free(json);
	if (n < 0)
		return err_sys(e, (int)n, "--process %s", path);
	if (n == 0 || n > CONFIG_BYTES_MAX)
		return err_set(e, -EINVAL, "--process %s: %s", path, n == 0 ? "it is empty" : "it is too large");
	if (!ret->file)
		return err_set(e, -EINVAL, "--process %s: %s", path, oe.text);
	ret->process = *ret->file->process;
	inherit(&ret->process, base);
	return 0;
}


static int add_environment(const struct exec_options *o, struct oci_process *p, const char **env, struct err *e)
{
	for (size_t i = 0; i < o->n_env; i++)
		if (!strchr(o->env[i], '=') || o->env[i][0] == '=')
			return err_set(e, -EINVAL, "--env %s: not of the form NAME=VALUE", o->env[i]);
	if (p->n_env > 0)
		memcpy(env, p->env, p->n_env * sizeof(*env));
	if (o->n_env > 0)
		memcpy(env + p->n_env, o->env, o->n_env * sizeof(*env));
	p->env = env;
	p->n_env += o->n_env;
	return 0;
}

static int add_groups(const struct exec_options *o, struct oci_process *p, uint32_t *gids, struct err *e)
{
	size_t n = p->user.n_additional_gids;

	if (n > 0)
		memcpy(gids, p->user.additional_gids, n * sizeof(*gids));
	for (size_t i = 0; i < o->n_additional_gids; i++)
		if (user_parse_id(o->additional_gids[i], "--additional-gids", &gids[n++], e) < 0)
			return e->code;
	p->user.additional_gids = gids;
	p->user.n_additional_gids = n;
	return 0;
}

static int set_user(const struct exec_options *o, struct oci_process *p, struct err *e)
{
	uint32_t gid;
	bool has_gid;

	if (!o->user)
		return 0;
	if (user_parse(o->user, &p->user.uid, &has_gid, &gid, e) < 0)
		return e->code;
	if (has_gid)
		p->user.gid = gid;
	return 0;
}

static int apply_options(const struct exec_options *o, const struct oci_process *base, struct exec_process *ret,
			 struct err *e)
{
	struct oci_process *p = &ret->process;
	size_t n_env = base->n_env + o->n_env + 1, n_gids = base->user.n_additional_gids + o->n_additional_gids + 1;
	const char **env = calloc(1, n_env * sizeof(*env) + n_gids * sizeof(uint32_t));

	ret->memory = env;
	if (!env)
		return err_nomem(e);
	*p = *base;
	p->args = (const char **)(uintptr_t)o->args;
	p->n_args = o->n_args;
	p->has_terminal = true;
	p->terminal = o->tty;
	p->cwd = o->cwd ? o->cwd : base->cwd;
	p->apparmor_profile = o->apparmor ? o->apparmor : base->apparmor_profile;
	p->selinux_label = o->process_label ? o->process_label : base->selinux_label;
	p->no_new_privileges = o->no_new_privs || base->no_new_privileges;
	if (add_environment(o, p, env, e) < 0 || add_groups(o, p, (uint32_t *)(env + n_env), e) < 0)
		return e->code;
	return set_user(o, p, e);
}

int exec_process_make(const struct exec_options *o, const struct oci_config *container, struct exec_process *ret,
		      struct err *e)
{
	const struct oci_process *base = container->process;
	struct oci_findings found;
	char text[1024];
	int rc;

	if (!o->process_file && o->n_args == 0)
		return err_set(e, -EINVAL, "exec args cannot be empty");
	if (o->process_file)
		rc = read_file(o->process_file, base, ret, e);
	else
		rc = apply_options(o, base, ret, e);
	if (rc < 0)
		return rc;
	if (oci_check_process(&ret->process, &found) == OCI_REJECTED)
		return err_set(e, -EINVAL, "%s", oci_findings_text(&found, text, sizeof(text)));
	return 0;
}

void exec_process_done(struct exec_process *p)
{
	p->file = oci_doc_free(p->file);
	free(p->memory);
	p->memory = NULL;
}
