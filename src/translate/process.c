/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program: its command line, directory, environment, user, limits and capabilities. */
#include "translate/draft.h"

#include "base/arr.h"
#include "lithos/vars.h"
#include "secret/secret.h"

#include <string.h>

#define DOC(d) ((d)->in->container->doc)

/* ---- what is executed ---- */

/*
 * The name goes to execve(2) as it is written, so one without a slash means a file of the working directory.  A runtime
 * would look such a one up in a PATH, and there is none; "./" in front keeps the meaning.
 */
static const char *executable(struct draft *d, const char *name)
{
	return strchr(name, '/') ? name : arena_fmt(d->a, "./%s", name);
}

static int command(struct draft *d)
{
	struct oci_process *p = d->plan->config.process;
	const struct instance *in = d->in;

	p->args = ARENA_ARRAY(d->a, in->n_args + 1, const char *);
	if (!p->args)
		return err_nomem(d->e);
	p->n_args = in->n_args;
	for (size_t i = 0; i < in->n_args; i++)
		p->args[i] = i == 0 ? executable(d, in->args[0]) : in->args[i];
	return in->n_args == 0 || p->args[0] ? 0 : err_nomem(d->e);
}

/* A relative one begins at the container's root, which is where chdir(2) begins. */
static int directory(struct draft *d)
{
	const char *dir = d->in->container->workdir;

	if (*dir != '/')
		dir = arena_fmt(d->a, "/%s", dir);
	d->plan->config.process->cwd = dir;
	return dir ? 0 : err_nomem(d->e);
}

/* ---- environment ---- */

static bool has_key(const struct lithos_pair *v, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].key, key) == 0)
			return true;
	return false;
}

static bool is_secret(const struct lithos_container *c, const char *key)
{
	for (size_t i = 0; i < c->n_secret_environ; i++)
		if (strcmp(c->secret_environ[i].name, key) == 0)
			return true;
	return false;
}

/* What nobody's environ or secret takes the place of. */
static bool is_given(const struct instance *in, const char *key)
{
	static const char *const reserved[] = { "LITHOS_NAME", "LITHOS_CONFIG", "LISTEN_FDS", "LISTEN_FDNAMES" };

	for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
		if (strcmp(reserved[i], key) == 0)
			return has_key(in->environ, in->n_environ, key);
	return instance_has_pid_variable(in, key);
}

static int put(struct draft *d, const char *key, const char *value)
{
	struct oci_process *p = d->plan->config.process;

	return draft_text(d, &p->env, &p->n_env, arena_fmt(d->a, "%s=%s", key, value));
}

/* The key's fingerprint is in front of a token; what does not look like one is not repeated. */
static const char *sealed_for(struct draft *d, const struct lithos_secret *s)
{
	static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *hash = s->n_values > 0 && strncmp(s->values[0], "v2:", 3) == 0 ? s->values[0] + 3 : "";

	if (strspn(hash, base64) != SECRET_HASH_LEN || hash[SECRET_HASH_LEN] != ':')
		return "<secret>";
	return arena_fmt(d->a, "<secret, sealed for %.*s>", SECRET_HASH_LEN, hash);
}

static int put_secret(struct draft *d, const struct lithos_secret *s)
{
	struct bundle_plan *plan = d->plan;
	const char *place = sealed_for(d, s);
	struct bundle_secret *b;

	if (is_given(d->in, s->name))
		return 0;
	b = place ? DRAFT_ADD(d, plan->secrets, plan->n_secrets) : NULL;
	if (!b)
		return err_nomem(d->e);
	*b = (struct bundle_secret){ .sealed = s, .env = plan->config.process->n_env };
	return put(d, s->name, place);
}

/* The built-in init is process 1, and the program its first child.  Of its later starts that init knows one variable. */
static int pids(struct draft *d)
{
	const struct instance *in = d->in;

	for (size_t i = 0; i < in->n_pid_variables; i++) {
		const char *name = in->pid_variables[i];

		if (put(d, name, "2") < 0)
			return d->e->code;
		if (translate_respawn_ms(in->container) > 0 && strcmp(name, "LISTEN_PID") != 0)
			finding_warning(d->f, DRAFT_AT(DOC(d), "restart_process_only", NULL),
					"%s is 2, and with restart-process-only that is the number of the program's first "
					"start alone", name);
	}
	return 0;
}

/* Later wins: TERM, environ, secrets, LITHOS_* and LISTEN_* (which in->environ has), pids.  Each name is there once. */
static int environment(struct draft *d)
{
	const struct instance *in = d->in;
	const struct lithos_container *c = in->container;

	if (!has_key(in->environ, in->n_environ, "TERM") && !is_secret(c, "TERM") && !instance_has_pid_variable(in, "TERM") &&
	    put(d, "TERM", d->facts->term) < 0)
		return d->e->code;
	for (size_t i = 0; i < in->n_environ; i++) {
		const char *key = in->environ[i].key;

		if (!instance_has_pid_variable(in, key) && (!is_secret(c, key) || is_given(in, key)) &&
		    put(d, key, in->environ[i].value) < 0)
			return d->e->code;
	}
	for (size_t i = 0; i < c->n_secret_environ; i++)
		if (put_secret(d, &c->secret_environ[i]) < 0)
			return d->e->code;
	return pids(d);
}

/* ---- limits ---- */

static int limits(struct draft *d)
{
	struct oci_process *p = d->plan->config.process;
	uint64_t files = d->in->container->fileno_limit;
	struct mark at = DRAFT_AT(DOC(d), "fileno_limit", NULL);
	struct oci_rlimit *r = DRAFT_ADD(d, p->rlimits, p->n_rlimits);

	if (!r)
		return err_nomem(d->e);
	*r = (struct oci_rlimit){ .type = "RLIMIT_NOFILE", .hard = files, .soft = files };
	if (d->facts->files_max && files > d->facts->files_max)
		finding_error(d->f, at, "fileno-limit %llu is above what this host's kernel takes (fs.nr_open, %llu)",
			      (unsigned long long)files, (unsigned long long)d->facts->files_max);
	return 0;
}

/* ---- capabilities ---- */

/* All that Linux has; a runtime leaves out those that its kernel or its caller lacks. */
static const char *const every[] = {
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
	"CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
	"CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
	"CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
};

static int put_set(struct draft *d, const char ***set, size_t *n, const char *const *names, size_t n_names)
{
	for (size_t i = 0; i < n_names; i++)
		if (draft_text(d, set, n, names[i]) < 0)
			return d->e->code;
	return 0;
}

/*
 * Root has all of them, another user none; in a network of its own a program may bind any port, whoever it is.  The
 * bounding set is never reduced, so that set-uid programs of an image work.
 */
static int capabilities(struct draft *d)
{
	static const char *const bind[] = { "CAP_NET_BIND_SERVICE" };
	struct oci_capabilities *c = ARENA_NEW(d->a, struct oci_capabilities);
	bool root = d->in->uid == 0, bridged = d->in->sandbox->bridged_network != NULL;
	const char *const *own = root ? every : bind;
	size_t n_own = root ? ARRAY_LEN(every) : bridged ? 1 : 0, n_bind = bridged ? 1 : 0;

	if (!c)
		return err_nomem(d->e);
	d->plan->config.process->capabilities = c;
	if (put_set(d, &c->bounding, &c->n_bounding, every, ARRAY_LEN(every)) < 0 ||
	    put_set(d, &c->effective, &c->n_effective, own, n_own) < 0 ||
	    put_set(d, &c->permitted, &c->n_permitted, own, n_own) < 0 ||
	    put_set(d, &c->inheritable, &c->n_inheritable, bind, n_bind) < 0 ||
	    put_set(d, &c->ambient, &c->n_ambient, bind, n_bind) < 0)
		return d->e->code;
	return 0;
}

int translate_process(struct draft *d)
{
	struct oci_process *p = d->plan->config.process;

	p->user.uid = d->in->uid;
	p->user.gid = d->in->gid;	/* and no other groups: those of whoever starts it are not the container's */
	p->has_terminal = true;		/* never one: whoever is `interactive` has the caller's streams */
	p->has_no_new_privileges = true;
	if (command(d) < 0 || directory(d) < 0 || environment(d) < 0 || limits(d) < 0 || capabilities(d) < 0)
		return d->e->code;
	return 0;
}
