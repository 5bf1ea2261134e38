/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/plan.h"

#include "base/fmt.h"
#include "lithos/deploy.h"
#include "lithos/number.h"
#include "lithos/path.h"
#include "lithos/process.h"
#include "supervise/config_log.h"
#include "supervise/log.h"
#include "supervise/notify.h"
#include "sys/file.h"
#include "sys/scratch.h"
#include "translate/bundle.h"
#include "translate/keyring.h"
#include "translate/look.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PROBLEMS_MAX = 1000 };

struct planning {
	const struct plan_request *how;
	struct arena *a;		/* of the result */
	struct arena one;		/* of one instance */
	const char *notify_dir;		/* beneath which is a directory for each id */
	struct deploy *deploy;
	struct findings f;		/* of one sandbox */
	struct look_host host;
	struct keyring keys;
	struct wanted *ret;
	struct desired *v;
	struct desired_gap *gaps;
	struct report_problem *problems;
	const char **sandboxes;
};

static void planning_done(struct planning *p)
{
	deploy_close(p->deploy);
	findings_done(&p->f);
	keyring_done(&p->keys);
	scratch_done(&p->one);
}
#define auto_planning __attribute__((cleanup(planning_done)))

/* The next instance finds the arena as this one did: empty and zeroed. */
static void renew(struct arena *a)
{
	memset(a->base, 0, a->used);
	a->used = 0;
}

static const struct mark nowhere = { .file = NULL };

/* ---- what is wrong ---- */

static const char *words_of(const struct planning *p, const struct finding *x)
{
	struct finding alone = *x;
	char text[FINDING_TEXT_MAX + PATH_MAX];

	/* Whom it is about stands beside it. */
	alone.about = NULL;
	finding_print(&alone, text, sizeof(text));
	return arena_str(p->a, text);
}

static int add_problem(struct planning *p, const char *about, const char *text, struct err *e)
{
	struct report_problem *new = ARENA_ADD(p->a, p->problems, p->ret->n_problems);

	if (!new)
		return err_nomem(e);
	new->about = arena_str(p->a, about);
	new->text = text;
	p->ret->problems = p->problems;
	return text && (new->about || !about) ? 0 : err_nomem(e);
}

/* Told and forgotten, so that findings of a large deployment cost what they say. */
static int tell(struct planning *p, struct err *e)
{
	struct wanted *w = p->ret;

	findings_sort(&p->f);
	for (size_t i = 0; i < p->f.n; i++)
		if (!finding_is_repeated(&p->f, i) && w->n_problems < PROBLEMS_MAX &&
		    add_problem(p, p->f.v[i].about, words_of(p, &p->f.v[i]), e) < 0)
			return e->code;
	w->n_errors += p->f.n_errors;
	findings_done(&p->f);
	p->f = (struct findings){ 0 };
	return 0;
}

/* Whether something is said of a process of this file: within its file, or by whoever walks the deployment. */
static bool is_about(const struct finding *x, const struct lithos_processes *file, const char *sandbox, const char *process)
{
	size_t a = strlen(sandbox), b = strlen(process);

	if (x->about && strncmp(x->about, sandbox, a) == 0 && x->about[a] == '/' &&
	    strncmp(x->about + a + 1, process, b) == 0 && strchr(".", x->about[a + 1 + b]))
		return true;
	return x->file && x->path && x->path[0] == '.' && strcmp(x->file, file->file) == 0 &&
	       strncmp(x->path + 1, process, b) == 0 && strchr(".[", x->path[b + 1]);
}

/* The first error of the process, or with NULL of the sandbox, is the reason. */
static int add_gap(struct planning *p, const struct deploy_sandbox *s, const char *process, struct err *e)
{
	struct desired_gap *g = ARENA_ADD(p->a, p->gaps, p->ret->set.n_gaps);

	if (!g)
		return err_nomem(e);
	*g = (struct desired_gap){
		.sandbox = arena_str(p->a, s->name), .process = arena_str(p->a, process), .why = "its configuration has errors",
	};
	for (size_t i = 0; i < p->f.n; i++)
		if (p->f.v[i].level == FINDING_ERROR && (!process || is_about(&p->f.v[i], s->processes, s->name, process))) {
			g->why = words_of(p, &p->f.v[i]);
			break;
		}
	p->ret->set.gaps = p->gaps;
	return g->sandbox && g->why && (g->process || !process) ? 0 : err_nomem(e);
}

/* ---- bundles ---- */

/* A copy of a file of the host, if that has changed: in place, so that containers which have it see the new one. */
static int refresh_file(int dir, const struct bundle_file *x, struct err *e)
{
	auto_close int fd = sys_openat(dir, x->name, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0);
	char *now = malloc(x->len + 1);
	ssize_t n = now && fd >= 0 ? sys_read_all(fd, now, x->len + 1) : fd;
	bool same = now && n == (ssize_t)x->len && memcmp(now, x->text, x->len) == 0;
	int rc = n < 0 ? (int)n : 0;

	if (!now)
		return err_nomem(e);
	free(now);
	if (rc == 0 && !same)
		rc = lseek(fd, 0, SEEK_SET) < 0 ? -errno : sys_write_all(fd, x->text, x->len);
	if (rc == 0 && !same && (ftruncate(fd, (off_t)x->len) < 0 || fchmod(fd, x->mode) < 0))
		rc = -errno;
	return rc < 0 ? err_sys(e, rc, "%s", x->name) : 0;
}

static int refresh(const struct bundle_plan *plan, const char *path, struct err *e)
{
	auto_close int dir = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	if (dir < 0)
		return err_sys(e, dir, "%s", path);
	for (size_t i = 0; i < plan->n_files; i++)
		if (plan->files[i].of_host && refresh_file(dir, &plan->files[i], e) < 0)
			return err_ctx(e, "%s", path);
	return 0;
}

/*
 * A bundle's name is its digest, so one that is there stays: a runtime may be reading it.  Its directories are made at each
 * start.
 */
static int make_bundle(struct planning *p, const struct bundle_plan *plan, const char *id, struct err *e)
{
	char path[PATH_MAX], digest[BUNDLE_DIGEST_LEN + 1];
	struct bundle_plan bare = *plan;
	struct err none = { 0 };

	if (fmt(path, sizeof(path), "%s/bundles/%s/%s", p->ret->settings.runtime_dir, id, plan->digest) >= PATH_MAX)
		return err_set(e, -ENAMETOOLONG, "the path of the bundle is too long");
	if (bundle_digest(path, digest, &none) == 0 && strcmp(digest, plan->digest) == 0)
		return refresh(plan, path, e);
	bare.n_directories = 0;
	return keyring_launch(&p->keys, &bare, path, e);
}

/* ---- an instance ---- */

static int copy_ports(struct arena *a, const struct instance *in, struct desired *d)
{
	struct desired_port *v = NULL;
	uint32_t uid = 0, gid = 0;

	/* An instance whose ids are not mapped is none. */
	(void)instance_host_uid(in, in->uid, &uid);
	(void)instance_host_gid(in, in->gid, &gid);
	for (size_t i = 0; i < in->n_ports; i++) {
		const struct instance_port *from = &in->ports[i];
		struct desired_port *port = from->on_host ? ARENA_ADD(a, v, d->n_ports) : NULL;

		if (!from->on_host)
			continue;
		if (!port)
			return -ENOMEM;
		*port = (struct desired_port){
			.host = arena_str(a, from->host), .port = from->port, .fd = from->fd, .backlog = from->backlog,
			.uid = uid, .gid = gid, .reuse_addr = from->reuse_addr, .reuse_port = from->reuse_port,
			.non_block = from->non_block,
		};
		if (!port->host)
			return -ENOMEM;
	}
	d->ports = v;
	return 0;
}

static int copy_directories(struct arena *a, const struct bundle_plan *plan, struct desired *d)
{
	struct bundle_directory *v = ARENA_ARRAY(a, plan->n_directories + 1, struct bundle_directory);

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < plan->n_directories; i++) {
		const struct bundle_directory *from = &plan->directories[i];

		v[i] = *from;
		v[i].prefix = arena_str(a, from->prefix);
		v[i].below = arena_str(a, from->below);
		v[i].points[0] = arena_str(a, from->points[0]);
		v[i].points[1] = arena_str(a, from->points[1]);
		v[i].from = arena_str(a, from->from);
		if (!v[i].prefix || !v[i].below || !v[i].from || (from->points[0] && !v[i].points[0]) ||
		    (from->points[1] && !v[i].points[1]))
			return -ENOMEM;
	}
	d->directories = v;
	d->n_directories = plan->n_directories;
	return 0;
}

static struct proc_rules rules_of(const struct lithos_container *c)
{
	struct proc_rules r = {
		.restart_ms = (int64_t)c->restart_timeout * 1000, .kill_ms = (int64_t)c->kill_timeout * 1000,
		.ready_ms = c->has_ready_timeout ? (int64_t)c->ready_timeout * 1000 : 0,
		.process_only = c->restart_process_only,
	};
	const struct lithos_backoff *b = c->restart_backoff;
	struct err none = { 0 };

	/* A factor that is none was refused when it was read. */
	if (b && number_parse_permille(b->factor, &r.backoff_permille, &none) == 0) {
		r.backoff_max_ms = (int64_t)b->max * 1000;
		r.backoff_reset_ms = (int64_t)b->reset_after * 1000;
	}

	for (size_t i = 0; i < c->n_normal_exit_codes; i++)
		if (c->normal_exit_codes[i] >= 0 && c->normal_exit_codes[i] <= UINT8_MAX)
			proc_rules_allow(&r, (uint8_t)c->normal_exit_codes[i]);
	/* A daemon is not to end, and what may be a command is. */
	if (c->n_normal_exit_codes == 0 && c->kind != LITHOS_DAEMON)
		proc_rules_allow(&r, 0);
	return r;
}

static int copy_texts(struct arena *a, const struct instance *in, const struct bundle_plan *plan, struct desired *d)
{
	const struct lithos_master *m = in->master;
	const struct lithos_sandbox *s = in->sandbox;
	char command[LINE_MAX_BYTES];

	line_quote(in->args, in->n_args, command, sizeof(command));
	d->name = arena_str(a, in->name);
	d->sandbox = arena_str(a, s->name);
	d->process = arena_str(a, in->process->name);
	d->digest = arena_str(a, plan->digest);
	d->command = arena_str(a, command);
	d->state_below = d->name;
	d->log_file = s->log_file ? path_join(a, m->default_log_dir, s->log_file)
				  : arena_fmt(a, "%s/%s.log", m->default_log_dir, s->name);
	d->log_level = arena_str(a, s->log_level);
	if (!in->container->interactive)
		d->output_file = arena_fmt(a, "%s/%s.log", m->stdio_log_dir, s->name);
	return d->name && d->sandbox && d->process && d->digest && d->command && d->log_file &&
	       (d->log_level || !s->log_level) && (d->output_file || in->container->interactive) ? 0 : -ENOMEM;
}

static int add_instance(struct planning *p, const struct instance *in, const struct bundle_plan *plan, const char *id,
			struct err *e)
{
	struct desired *d = ARENA_ADD(p->a, p->v, p->ret->set.n);

	if (!d)
		return err_nomem(e);
	*d = (struct desired){
		.id = arena_str(p->a, id), .number = in->number, .rules = rules_of(in->container),
		.max_unavailable = in->process->update ? in->process->update->max_unavailable : 0,
	};
	p->ret->set.v = p->v;
	if (!d->id || copy_texts(p->a, in, plan, d) < 0 || copy_ports(p->a, in, d) < 0 || copy_directories(p->a, plan, d) < 0)
		return err_nomem(e);
	return 0;
}

/* A bundle that cannot be made is that process' trouble, as a configuration that cannot be translated. */
static int take_instance(struct planning *p, const struct instance *in, const struct bundle_plan *plan, struct err *e)
{
	struct err why = { 0 };
	char id[DESIRED_ID_MAX];

	desired_id(id, in->sandbox->name, in->process->name, in->number, 0);
	if (p->how->bundles && make_bundle(p, plan, id, &why) < 0) {
		if (why.code == -ENOMEM)
			return err_nomem(e);
		finding_err(&p->f, nowhere, &why);
		return 0;
	}
	return add_instance(p, in, plan, id, e);
}

static int plan_instance(struct planning *p, uint32_t number, struct err *e)
{
	const struct translate_options how = { .notify_dir = p->notify_dir };
	const struct instance_request request = { .number = number };
	struct translate_facts facts = { 0 };
	struct bundle_plan plan;
	struct instance in = { 0 };
	size_t errors = p->f.n_errors;
	int rc = deploy_instance(p->deploy, &request, &p->one, &p->f, &in, e);

	if (rc > 0)
		rc = translate_look(&in, &p->host, &p->one, &p->f, &facts, e);
	if (rc > 0)
		rc = translate(&in, &facts, &how, &p->one, &p->f, &plan, e);
	if (rc > 0 && p->f.n_errors == errors)
		rc = take_instance(p, &in, &plan, e);
	renew(&p->one);
	return rc < 0 ? rc : 0;
}

/* ---- processes and sandboxes ---- */

static int plan_process(struct planning *p, const struct deploy_sandbox *s, const struct deploy_process *process,
			struct err *e)
{
	size_t errors = p->f.n_errors;
	int rc = 0;

	/* Commands are started by hand. */
	if (process->config->kind == LITHOS_COMMAND)
		return 0;
	for (uint32_t i = 0; process->whole && rc == 0 && i < deploy_instances(process); i++)
		rc = plan_instance(p, i, e);
	if (rc < 0)
		return rc;
	return !process->whole || p->f.n_errors > errors ? add_gap(p, s, process->config->name, e) : 0;
}

static bool is_of_some_process(const struct deploy_sandbox *s, const struct finding *x)
{
	for (size_t i = 0; i < s->processes->n; i++)
		if (x->path && is_about(x, s->processes, s->name, s->processes->v[i].name))
			return true;
	return false;
}

/* Of a sandbox that was not read as a whole: whether that is the trouble of some of its processes only. */
static bool is_usable(const struct planning *p, const struct deploy_sandbox *s)
{
	if (!s->processes || p->f.n_dropped > 0)
		return false;
	for (size_t i = 0; i < p->f.n; i++)
		if (p->f.v[i].level == FINDING_ERROR && !is_of_some_process(s, &p->f.v[i]))
			return false;
	return true;
}

/* What cannot be logged does not hold up what is to run. */
static int log_config(struct planning *p, const struct deploy_sandbox *s, struct err *e)
{
	const char *dir = p->ret->settings.config_log_dir, *json = processes_json(s->processes, &p->one);
	struct err why = { 0 };

	if (!json)
		return err_nomem(e);
	if (config_log_append(dir, s->name, json, (int64_t)time(NULL), &why) < 0)
		finding_warning(&p->f, nowhere, "the configuration is not logged: %s", why.text);
	renew(&p->one);
	return 0;
}

static int plan_sandbox(struct planning *p, const struct deploy_sandbox *s, struct err *e)
{
	const struct deploy_process *process;
	int rc = 0;

	keyring_done(&p->keys);
	if (!s->whole && !is_usable(p, s))
		return add_gap(p, s, NULL, e);
	if (s->whole && p->how->log_configs && p->ret->settings.config_log_dir)
		rc = log_config(p, s, e);
	while (rc >= 0 && (rc = deploy_next_process(p->deploy, &p->f, &process, e)) > 0)
		rc = plan_process(p, s, process, e);
	return rc;
}

/* ---- ports ---- */

struct port_user {
	const struct desired *d;
	const struct desired_port *port;
};

static int by_address(const void *a, const void *b)
{
	const struct port_user *x = a, *y = b;
	int order = strcmp(x->port->host, y->port->host);

	if (order == 0)
		order = (x->port->port > y->port->port) - (x->port->port < y->port->port);
	return order != 0 ? order : strcmp(x->d->id, y->d->id);
}

/* A socket is made with the options of the first that asks: which one that is, nobody can tell. */
static bool same_socket(const struct desired_port *a, const struct desired_port *b)
{
	return a->backlog == b->backlog && a->uid == b->uid && a->gid == b->gid && a->reuse_addr == b->reuse_addr &&
	       a->reuse_port == b->reuse_port && a->non_block == b->non_block;
}

static void compare_ports(struct planning *p, const struct port_user *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const struct port_user *a = &v[i - 1], *b = &v[i];

		if (strcmp(a->port->host, b->port->host) != 0 || a->port->port != b->port->port ||
		    same_socket(a->port, b->port))
			continue;
		finding_warning(&p->f, nowhere, "Port %u of %s: %s and %s share a socket and differ in its options or its user",
				a->port->port, a->port->host, a->d->name, b->d->name);
		finding_hint(&p->f, "whichever starts first decides");
	}
}

static int check_ports(struct planning *p, struct err *e)
{
	const struct desired_set *set = &p->ret->set;
	struct port_user *v = NULL;
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		for (size_t k = 0; k < set->v[i].n_ports; k++) {
			struct port_user *new = ARENA_ADD(&p->one, v, n);

			if (!new)
				return err_nomem(e);
			*new = (struct port_user){ &set->v[i], &set->v[i].ports[k] };
		}
	if (n > 0)
		qsort(v, n, sizeof(*v), by_address);
	compare_ports(p, v, n);
	renew(&p->one);
	return 0;
}

/* ---- the walk ---- */

static int add_sandbox(struct planning *p, const char *name, struct err *e)
{
	const char **new = ARENA_ADD(p->a, p->sandboxes, p->ret->set.n_sandboxes);

	if (!new)
		return err_nomem(e);
	*new = arena_str(p->a, name);
	p->ret->set.sandboxes = p->sandboxes;
	return *new ? 0 : err_nomem(e);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct desired *)a)->id, ((const struct desired *)b)->id);
}

static int walk(struct planning *p, struct err *e)
{
	const struct deploy_sandbox *s;
	int rc;

	while ((rc = deploy_next(p->deploy, &p->f, &s, e)) > 0) {
		rc = add_sandbox(p, s->name, e);
		if (rc == 0)
			rc = plan_sandbox(p, s, e);
		if (rc < 0 || tell(p, e) < 0)
			return e->code;
	}
	if (rc < 0)
		return rc;
	deploy_finish(p->deploy, &p->f);
	if (p->ret->set.n > 0)
		qsort(p->v, p->ret->set.n, sizeof(*p->v), by_id);
	return check_ports(p, e);
}

/* ---- the master file ---- */

/* 1: it can be used; 0: findings say why not; negative: no memory. */
static int read_master(struct planning *p, struct err *e)
{
	const struct deploy_request how = {
		.master = p->how->master, .alternate = p->how->alternate, .alternate_for = p->how->alternate_for,
	};
	int rc = deploy_open(&how, &p->f, &p->deploy, e);
	const struct lithos_master *m;

	if (rc <= 0)
		return rc;
	m = deploy_master(p->deploy);
	deploy_check_directories(m, &p->f);
	if (p->how->runtime_dir && strcmp(p->how->runtime_dir, m->runtime_dir) != 0) {
		finding_error(&p->f, (struct mark){ .file = m->file }, "runtime-dir is %s, and the supervisor that runs has %s",
			      m->runtime_dir, p->how->runtime_dir);
		finding_hint(&p->f, "it takes effect when lithos_tree is stopped and started");
	}
	if (p->f.n_errors > 0)
		return 0;
	if (settings_copy(m, p->a, &p->ret->settings, e) < 0)
		return e->code;
	p->notify_dir = arena_fmt(p->a, "%s/" NOTIFY_DIRECTORY, p->ret->settings.runtime_dir);
	return p->notify_dir ? 1 : err_nomem(e);
}

int plan_make(const struct plan_request *how, struct arena *a, struct wanted *ret, struct err *e)
{
	auto_planning struct planning p = { .how = how, .a = a, .ret = ret };
	int rc;

	*ret = (struct wanted){ 0 };
	if (scratch_make(&p.one, e) < 0)
		return e->code;
	rc = read_master(&p, e);
	if (rc < 0 || tell(&p, e) < 0)
		return e->code;
	if (rc > 0 && !how->settings_only && walk(&p, e) < 0)
		return e->code;
	return tell(&p, e);
}
