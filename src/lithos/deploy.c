/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/deploying.h"
#include "base/fmt.h"
#include "lithos/allow.h"
#include "lithos/claim.h"
#include "lithos/image.h"
#include "lithos/yaml.h"
#include "sys/file.h"
#include "sys/scratch.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- files ---- */

int deploy_read_open(struct reader *reader, int rc, int fd, const char *file, const struct yaml_limits *limits,
		     struct mark at, struct findings *f, struct yaml **ret, struct err *e)
{
	if (rc == -ENOMEM)
		return rc;
	if (rc < 0) {
		finding_err(f, at, e);
		*e = (struct err){ 0 };
		return 0;
	}
	return reader_read(reader, fd, file, limits, f, ret, e);
}

static int read_host_file(struct deploy *d, const char *file, struct findings *f, struct yaml **ret, struct err *e)
{
	auto_close int fd = -EBADF;
	int rc = image_open_host_file(file, &fd, e);

	return deploy_read_open(d->reader, rc, fd, file, &YAML_OF_ADMIN, (struct mark){ .file = file }, f, ret, e);
}

/* ---- opening ---- */

static int read_master(struct deploy *d, struct findings *f, struct err *e)
{
	const char *file = d->how.master ? d->how.master : DEPLOY_MASTER;
	int rc = read_host_file(d, file, f, &d->master_doc, e);

	if (rc <= 0)
		return rc;
	return master_read(d->master_doc, &d->a, f, &d->master, e);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_name(struct deploy *d, const char *name, size_t len, size_t *room, struct err *e)
{
	if (d->n_names == *room) {
		size_t more = *room ? 2 * *room : 64;
		char **v = reallocarray(d->names, more, sizeof(*v));

		if (!v)
			return err_nomem(e);
		d->names = v;
		*room = more;
	}
	d->names[d->n_names] = strndup(name, len);
	if (!d->names[d->n_names])
		return err_nomem(e);
	d->n_names++;
	return 0;
}

/*
 * Names that end in ".yaml" and do not begin with a dot.  The other names that editors leave ("x.yaml~", "x.yaml.bak",
 * "#x.yaml#") do not end so.
 */
static int list_sandboxes(struct deploy *d, struct findings *f, struct err *e)
{
	static const char ending[] = ".yaml";
	const char *path = d->master.sandboxes_dir;
	int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	size_t room = 0;
	int rc = 0;

	if (!list) {
		char meaning[64];

		finding_error(f, yaml_mark(d->master.doc, "sandboxes_dir", NULL), "Can't open config directory \"%s\": %s",
			      path, err_meaning(fd < 0 ? fd : -errno, meaning));
		fd_close(&fd);
		return 0;
	}
	for (struct dirent *entry; rc == 0 && (entry = readdir(list)); ) {
		size_t len = strlen(entry->d_name), tail = sizeof(ending) - 1;

		if (entry->d_name[0] != '.' && len >= tail && strcmp(entry->d_name + len - tail, ending) == 0)
			rc = add_name(d, entry->d_name, len - tail, &room, e);
	}
	closedir(list);
	if (d->n_names > 0)
		qsort(d->names, d->n_names, sizeof(*d->names), compare_names);
	return rc < 0 ? rc : 1;
}

static int open_all(struct deploy *d, struct findings *f, struct err *e)
{
	int rc = scratch_make(&d->a, e);

	if (rc < 0)
		return rc;
	d->claims = claims_new();
	if (!d->claims)
		return err_nomem(e);
	rc = reader_make(&d->reader, e);
	if (rc == 0)
		rc = reader_make(&d->image_reader, e);
	if (rc < 0)
		return rc;
	rc = read_master(d, f, e);
	return rc <= 0 ? rc : list_sandboxes(d, f, e);
}

int deploy_open(const struct deploy_request *how, struct findings *f, struct deploy **ret, struct err *e)
{
	auto_deploy struct deploy *d = calloc(1, sizeof(*d));

	if (!d)
		return err_nomem(e);
	d->how = *how;
	d->process.image = -EBADF;

	int rc = open_all(d, f, e);

	if (rc > 0)
		*ret = take_ptr(d);
	return rc;
}

static void leave_process(struct deploy *d)
{
	fd_close(&d->process.image);
	d->open_image = NULL;
}

static void leave_sandbox(struct deploy *d)
{
	leave_process(d);
	d->parsed_image = NULL;
	for (size_t i = 0; i < DEPLOY_HEADS; i++) {
		for (struct deploy_cached *c = d->heads[i]; c; c = c->next) {
			yaml_done(c->doc);
			yaml_done(c->secrets);
		}
		d->heads[i] = NULL;
	}
	yaml_done_at(&d->sandbox_doc);
	yaml_done_at(&d->processes_doc);
	scratch_done(&d->box);
}

void deploy_close(struct deploy *d)
{
	if (!d)
		return;
	leave_sandbox(d);
	for (size_t i = 0; i < d->n_names; i++)
		free(d->names[i]);
	free(d->names);
	yaml_done(d->master_doc);
	reader_free(d->reader);
	reader_free(d->image_reader);
	claims_free(d->claims);
	scratch_done(&d->a);
	free(d);
}

const struct lithos_master *deploy_master(const struct deploy *d)
{
	return &d->master;
}

const char *const *deploy_names(const struct deploy *d, size_t *ret_n)
{
	*ret_n = d->n_names;
	return (const char *const *)d->names;
}

/* ---- a sandbox ---- */

/* Whether a finding is about something within the process of that name. */
static bool is_about(const struct finding *x, const char *process)
{
	size_t len = strlen(process);

	return x->path && x->path[0] == '.' && strncmp(x->path + 1, process, len) == 0 && strchr(".[", x->path[len + 1]);
}

/* Of "a" and "a.b" the longer name is the one that ".a.b.image" is about; the number of processes: none. */
static size_t process_of(const struct lithos_processes *p, const struct finding *x)
{
	size_t found = p->n;

	for (size_t i = 0; i < p->n; i++)
		if (is_about(x, p->v[i].name) && (found == p->n || strlen(p->v[i].name) > strlen(p->v[found].name)))
			found = i;
	return found;
}

/* Which processes have an error of their own.  Where findings were not kept, nobody knows; then it is all of them. */
static int mark_broken(struct deploy *d, const struct findings *f, size_t from, bool all, struct err *e)
{
	d->broken = d->processes.n ? ARENA_ARRAY(&d->box, d->processes.n, bool) : NULL;
	if (d->processes.n && !d->broken)
		return err_nomem(e);
	for (size_t i = 0; i < d->processes.n; i++)
		d->broken[i] = all;
	for (size_t k = from; k < f->n && !all; k++) {
		size_t i = f->v[k].level == FINDING_ERROR ? process_of(&d->processes, &f->v[k]) : d->processes.n;

		if (i < d->processes.n)
			d->broken[i] = true;
	}
	return 0;
}

static int read_processes(struct deploy *d, struct findings *f, struct err *e)
{
	bool alternate = d->how.alternate && d->how.alternate_for && strcmp(d->sandbox.name, d->how.alternate_for) == 0;
	const char *file = alternate ? d->how.alternate : sandbox_process_file(&d->master, &d->sandbox_config, &d->box);
	size_t from = f->n, dropped = f->n_dropped;

	if (!file)
		return err_nomem(e);
	d->alternate_seen |= alternate;

	int rc = read_host_file(d, file, f, &d->processes_doc, e);

	if (rc <= 0)
		return rc;
	rc = processes_read(d->processes_doc, &d->box, f, &d->processes, e);
	if (rc < 0 || mark_broken(d, f, from, f->n_dropped > dropped, e) < 0)
		return rc < 0 ? rc : e->code;
	d->sandbox.processes = &d->processes;
	return rc;
}

/* A sandbox with an error has no processes that could be judged: what it allows is not known. */
static int read_sandbox(struct deploy *d, struct findings *f, struct err *e)
{
	d->sandbox.file = arena_fmt(&d->box, "%s/%s.yaml", d->master.sandboxes_dir, d->sandbox.name);
	if (!d->sandbox.file)
		return err_nomem(e);

	int rc = read_host_file(d, d->sandbox.file, f, &d->sandbox_doc, e);

	if (rc > 0)
		rc = sandbox_read(d->sandbox_doc, d->sandbox.name, &d->box, f, &d->sandbox_config, e);
	if (rc <= 0)
		return rc;
	d->sandbox.config = &d->sandbox_config;

	size_t errors = f->n_errors;

	allow_check_sandbox(&d->sandbox_config, f);
	rc = read_processes(d, f, e);
	if (rc > 0)
		d->sandbox.whole = f->n_errors == errors;
	return rc;
}

static bool is_wanted(const struct deploy *d, const char *name)
{
	return !d->how.sandbox || strcmp(d->how.sandbox, name) == 0;
}

int deploy_next(struct deploy *d, struct findings *f, const struct deploy_sandbox **ret, struct err *e)
{
	leave_sandbox(d);
	d->sandbox = (struct deploy_sandbox){ 0 };
	d->processes = (struct lithos_processes){ 0 };
	d->next_process = 0;
	f->about = NULL;
	while (d->next_name < d->n_names && !is_wanted(d, d->names[d->next_name]))
		d->next_name++;
	if (d->next_name == d->n_names)
		return 0;
	d->sandbox.name = d->names[d->next_name++];
	d->sandbox_seen = true;
	f->about = d->sandbox.name;

	int rc = scratch_make(&d->box, e);

	if (rc == 0)
		rc = read_sandbox(d, f, e);
	if (rc < 0)
		return err_ctx(e, "%s", d->sandbox.name);
	*ret = &d->sandbox;
	return 1;
}

/* ---- a process ---- */

/* Processes of one image come one after the other, mostly. */
static int open_image(struct deploy *d, struct findings *f, struct err *e)
{
	const struct lithos_process *p = d->process.config;

	if (d->open_image && strcmp(d->open_image, p->image) == 0)
		return 1;
	leave_process(d);
	if (!allow_image(&d->sandbox_config, p, f))
		return 0;

	int rc = image_open(d->sandbox_config.image_dir, p->image, d->sandbox_config.image_dir_levels,
			    &d->process.image, e);

	if (rc < 0) {
		finding_error(f, yaml_mark(d->processes_doc, p->name, "image", NULL),
			      "Image \"%s\" in sandbox \"%s\", process \"%s\": %s", p->image, d->sandbox.name, p->name,
			      e->text);
		*e = (struct err){ 0 };
		return 0;
	}
	d->open_image = p->image;
	return 1;
}

static int enter_process(struct deploy *d, const struct lithos_process *p, struct findings *f, struct err *e)
{
	int image = d->process.image;

	d->process = (struct deploy_process){ .config = p, .image = image };
	if (!deploy_has_names(d, p))
		return 0;

	int rc = open_image(d, f, e);

	if (rc <= 0)
		return rc;
	d->process.image_path = arena_fmt(&d->box, "%s/%s", d->sandbox_config.image_dir, p->image);
	return d->process.image_path ? deploy_find_container(d, f, e) : err_nomem(e);
}

int deploy_next_process(struct deploy *d, struct findings *f, const struct deploy_process **ret, struct err *e)
{
	const struct lithos_process *p;

	f->about = d->sandbox.name;
	do {
		if (!d->sandbox.processes || d->next_process == d->processes.n)
			return 0;
		p = &d->processes.v[d->next_process++];
	} while (!deploy_is_asked_for(d, p));
	fmt(d->about, sizeof(d->about), "%s/%s", d->sandbox.name, p->name);
	f->about = d->about;
	if (enter_process(d, p, f, e) < 0)
		return err_ctx(e, "%s", d->about);
	*ret = &d->process;
	return 1;
}

uint32_t deploy_instances(const struct deploy_process *p)
{
	return p->config->kind == LITHOS_COMMAND ? 1 : p->config->instances;
}

/* ---- an instance ---- */

/* Where it was written that the instance has this port. */
static struct mark mark_port(const struct deploy *d, const struct instance_port *port)
{
	const struct lithos_container *c = d->process.container;

	if (port->variable)
		return yaml_mark(d->processes_doc, d->process.config->name, "variables", port->variable, NULL);
	for (size_t i = 0; i < c->n_tcp_ports; i++)
		if (c->tcp_ports[i].fd == port->fd)
			return yaml_mark(c->doc, "tcp_ports", c->tcp_ports[i].key, NULL);
	return yaml_mark(c->doc, "tcp_ports", NULL);
}

static void tell_owner(struct findings *f, struct mark mark, const struct instance_port *port,
		       const struct claim_owner *owner)
{
	if (owner->same_sandbox)
		finding_error(f, mark, "Port %u of %s and that of %s cannot be two sockets, and are not one", port->port,
			      port->host, owner->name);
	else
		finding_error(f, mark, "Port %u of %s is that of %s, which is of another sandbox", port->port, port->host,
			      owner->name);
	if (owner->file)
		finding_hint(f, "%s has it by %s", owner->name, owner->file);
}

/* Ports of a container with a network of its own are nobody else's; a command has them for a while only. */
static int claim_ports(struct deploy *d, const struct instance *in, struct findings *f, struct err *e)
{
	int answer = 1;

	for (size_t i = 0; i < in->n_ports && answer >= 0; i++) {
		const struct instance_port *port = &in->ports[i];
		const struct mark mark = mark_port(d, port);
		struct port_claim claim = {
			.sandbox = d->sandbox.name, .process = d->process.config->name, .file = mark.file,
			.host = port->host, .port = port->port, .reuse_port = port->reuse_port,
		};
		struct claim_owner owner;

		if (!port->on_host)
			continue;
		(void)instance_host_uid(in, in->uid, &claim.uid);

		int rc = claims_port(d->claims, &claim, &owner);

		if (rc > 0)
			tell_owner(f, mark, port, &owner);
		if (rc != 0)
			answer = rc < 0 ? err_nomem(e) : 0;
	}
	return answer;
}

static int claim_address(struct deploy *d, const struct instance *in, struct findings *f, struct err *e)
{
	const struct lithos_network *network = d->sandbox_config.bridged_network;
	const char *owner;

	if (!network || !in->ip_address)
		return 1;

	int rc = claims_address(d->claims, d->sandbox.name, d->process.config->name, network->bridge, in->ip_address, &owner);

	if (rc < 0)
		return err_nomem(e);
	if (rc > 0)
		finding_warning(f, yaml_mark(d->processes_doc, d->process.config->name, "ip_addresses", NULL),
				"address %s of bridge %s is that of %s as well", in->ip_address, network->bridge, owner);
	return 1;
}

int deploy_instance(struct deploy *d, const struct instance_request *how, struct arena *a, struct findings *f,
		    struct instance *ret, struct err *e)
{
	const struct lithos_process *p = d->process.config;
	char about[sizeof(d->about) + 16];

	fmt(about, sizeof(about), "%s.%u", d->about, how->number);
	if (!how->command)
		f->about = about;

	int rc = instance_make(&d->master, &d->sandbox_config, p, d->process.container, how, a, f, ret, e);
	int ports = rc < 0 ? rc : how->command ? 1 : claim_ports(d, ret, f, e);
	int address = ports < 0 ? ports : claim_address(d, ret, f, e);

	f->about = d->about;
	if (address < 0)
		return err_ctx(e, "%s", about);
	return rc && ports;
}

/* ---- the end, and what stands alone ---- */

void deploy_finish(struct deploy *d, struct findings *f)
{
	f->about = NULL;
	if (d->how.alternate && d->how.alternate_for && !d->alternate_seen)
		finding_error(f, (struct mark){ 0 }, "Tree Some(\"%s\") is not used", d->how.alternate_for);
	if (d->how.sandbox && !d->sandbox_seen)
		finding_error(f, (struct mark){ 0 }, "there is no sandbox \"%s\": no file %s/%s.yaml", d->how.sandbox,
			      d->master.sandboxes_dir, d->how.sandbox);
}

int deploy_read_container(const char *file, struct arena *a, struct findings *f, struct lithos_container *ret, struct err *e)
{
	auto_reader struct reader *reader = NULL;
	auto_yaml struct yaml *doc = NULL;
	auto_close int fd = -EBADF;
	int rc = reader_make(&reader, e);

	if (rc < 0)
		return rc;
	rc = image_open_host_file(file, &fd, e);
	rc = deploy_read_open(reader, rc, fd, file, &YAML_OF_IMAGE, (struct mark){ .file = file }, f, &doc, e);
	if (rc > 0)
		rc = container_read(doc, a, f, ret, e);
	ret->doc = NULL;
	return rc;
}
