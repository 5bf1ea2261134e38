/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* update: new limits, all or none. */
#include "base/limits.h"
#include "libocispec/check.h"
#include "runtime/container.h"
#include "runtime/input.h"
#include "runtime/resources.h"
#include "runtime/scope.h"
#include "state/store.h"
#include "sys/file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* ---- what is asked for ---- */

struct asked {
	struct resources options;
	struct oci_doc *doc;			/* of --resources */
	const struct oci_resources *change;	/* one of the two */
};

static void asked_done(struct asked *q)
{
	q->doc = oci_doc_free(q->doc);
}
#define auto_asked __attribute__((cleanup(asked_done)))

static int read_resources(const char *path, struct oci_doc **ret_doc, struct err *e)
{
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	struct oci_err oe;
	struct oci_findings found;
	char *json, text[1024];
	size_t n;

	if (input_read(path, &json, &n, e) < 0)
		return err_ctx(e, "--resources");
	*ret_doc = oci_doc_parse_resources(json, n, OCI_LENIENT, &oe);
	free(json);
	if (!*ret_doc)
		return err_set(e, oe.code, "--resources: %s: %s", name, oe.text);
	if (oci_check_resources((*ret_doc)->resources, &found) == OCI_REJECTED)
		return err_set(e, -EINVAL, "--resources: %s: %s", name, oci_findings_text(&found, text, sizeof(text)));
	return 0;
}

static int ask(const struct runtime *rt, const struct update_options *o, struct asked *q, struct err *e)
{
	if (o->resources) {
		if (read_resources(o->resources, &q->doc, e) < 0)
			return e->code;
		q->change = q->doc->resources;
	} else {
		if (resources_from_options(o, &q->options, e) < 0)
			return e->code;
		q->change = &q->options.all;
	}
	if (o->kernel_memory || o->kernel_memory_tcp ||
	    (q->change->memory && (q->change->memory->kernel > 0 || q->change->memory->kernel_tcp > 0)))
		rt->warn("limits of kernel memory are ignored");
	return 0;
}

/* ---- what is stored ---- */

/*
 * Beside config.json and not in it: that one is what the container was created from, for hooks and exec, and is large.
 * This file is replaced as a whole at each update; before the first one the configuration says what holds.
 */
static int load_stored(const struct container *c, struct oci_doc **ret_doc, const struct oci_resources **ret,
		       struct err *e)
{
	struct oci_err oe;
	char *json;
	size_t n;
	int rc = store_read(c->dir, STORE_RESOURCES, CONFIG_BYTES_MAX, &json, &n, e);

	if (rc < 0)
		return rc;
	if (rc == STORE_ABSENT) {
		if (container_config(c, ret_doc, e) < 0)
			return e->code;
		*ret = (*ret_doc)->config->linux ? (*ret_doc)->config->linux->resources : NULL;
		return 0;
	}
	*ret_doc = oci_doc_parse_resources(json, n, OCI_LENIENT, &oe);
	free(json);
	if (!*ret_doc)
		return err_set(e, -EINVAL, "%s of %s is damaged: %s", STORE_RESOURCES, c->id, oe.text);
	*ret = (*ret_doc)->resources;
	return 0;
}

static int save(const struct container *c, const struct oci_resources *r, struct err *e)
{
	char *json = oci_resources_write(r, NULL);
	int rc;

	if (!json)
		return err_nomem(e);
	rc = store_write(c->dir, STORE_RESOURCES, json, strlen(json), e);
	free(json);
	return rc;
}

/* ---- update ---- */

/* Of address space; only what is written becomes memory.  A plan is about ten times its text, at most 16 MiB. */
#define ARENA_BYTES ((size_t)256 << 20)

/* In a unit's own cgroup systemd writes to the same files, and more coarsely: the exact numbers are put over that. */
static int tell_systemd(const struct container *c, const struct cg_plan *plan, struct err *e)
{
	auto_scope struct scope s = SCOPE_INIT;
	auto_cg_journal struct cg_journal again = { 0 };

	if (scope_limit(&s, &plan->unit, e) < 0)
		return e->code;
	return *plan->unit.subgroup ? 0 : cg_update(&c->cg, plan, NULL, &again, e);
}

/* The shares of cache and memory bandwidth, which --resources does not name. */
struct shares {
	const char *schema;	/* NULL: they stay as they are */
	int root;		/* of resctrl */
	char *old;		/* what was in force before the change */
};
#define SHARES_INIT { .root = -1 }

static void shares_done(struct shares *s)
{
	fd_close(&s->root);
	free(s->old);
}
#define auto_shares __attribute__((cleanup(shares_done)))

static int check_mem_bw(const char *schema, struct err *e)
{
	if (!schema || !*schema || (strncmp(schema, "MB:", 3) == 0 && !strchr(schema, '\n')))
		return 0;
	return err_set(e, -EINVAL, "invalid value for mem-bw-schema: %s", schema);
}

static int find_shares(const struct update_options *o, const struct container *c, struct arena *a, struct shares *s,
		       struct err *e)
{
	const struct rdt_record *r = &c->record->rdt;
	int rc;

	if (check_mem_bw(o->mem_bw_schema, e) < 0 ||
	    rdt_schema_text(o->l3_cache_schema, o->mem_bw_schema, a, &s->schema, e) < 0)
		return e->code;
	if (!s->schema)
		return 0;
	if (!r->root)
		return err_set(e, -ENOTSUP, "--%s: the container was created without linux.intelRdt",
			       o->l3_cache_schema && *o->l3_cache_schema ? "l3-cache-schema" : "mem-bw-schema");
	rc = rdt_open_recorded(r, &s->root, e);
	return rc > 0 ? err_set(e, -ENOENT, "resctrl is not mounted on %s any more", r->root) : rc;
}

/* Whatever fails after one of the writes takes all back. */
static int take_back(const struct container *c, const struct shares *s, struct cg_journal *done, struct err *e)
{
	if (s->old)
		rdt_write_back(s->root, &c->record->rdt, s->old, e);
	return done->n > 0 ? cg_revert(done, e) : e->code;
}

/* systemd last: what it has been told cannot be taken back, while the file can be written again. */
static int keep(const struct container *c, const struct cg_plan *plan, const struct oci_resources *stored,
		const struct oci_resources *merged, struct err *e)
{
	struct err ignored = { 0 };

	if (save(c, merged, e) < 0)
		return e->code;
	if (plan->unit.name && tell_systemd(c, plan, e) < 0) {
		(void)save(c, stored, &ignored);
		return e->code;
	}
	return 0;
}

static int apply(const struct runtime *rt, const struct container *c, const struct cg_plan *plan, struct shares *s,
		 const struct oci_resources *stored, const struct oci_resources *merged, struct err *e)
{
	auto_cg_journal struct cg_journal done = { 0 };

	if (plan->n_writes > 0 && cg_update(&c->cg, plan, rt->warn, &done, e) < 0)
		return e->code;
	if (s->schema && rdt_update(s->root, &c->record->rdt, s->schema, &s->old, e) < 0)
		return take_back(c, s, &done, e);
	if (plan->n_writes > 0 && keep(c, plan, stored, merged, e) < 0)
		return take_back(c, s, &done, e);
	return 0;
}

static int change(const struct runtime *rt, const struct update_options *o, const struct container *c,
		  const struct oci_resources *stored, const struct oci_resources *change, struct arena *a, struct err *e)
{
	auto_shares struct shares s = SHARES_INIT;
	struct oci_resources write, merged;
	struct cg_plan plan;

	if (resources_merge(stored, change, a, &write, &merged, e) < 0 ||
	    cg_plan_update(&c->record->cgroup, &write, a, &plan, e) < 0 || find_shares(o, c, a, &s, e) < 0)
		return e->code;
	return apply(rt, c, &plan, &s, stored, &merged, e);
}

static int check_alive(struct container *c, struct err *e)
{
	int status = container_status(c, e);

	if (status < 0)
		return status;
	if (status == STATUS_STOPPED || status == STATUS_CREATING)
		return err_set(e, -ESRCH, "container not running: it is %s", status_name((enum status)status));
	return 0;
}

int runtime_update(const struct runtime *rt, const struct update_options *o, struct err *e)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_oci_doc struct oci_doc *doc = NULL;
	auto_asked struct asked q = { 0 };
	const struct oci_resources *stored = NULL;
	struct arena a = { .size = ARENA_BYTES };
	int rc;

	/* Before the lock: whoever feeds standard input may take their time. */
	if (ask(rt, o, &q, e) < 0 || container_open_locked(rt, o->id, &c, e) < 0 ||
	    check_alive(&c, e) < 0 || load_stored(&c, &doc, &stored, e) < 0)
		return e->code;
	a.base = mmap(NULL, a.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (a.base == MAP_FAILED)
		return err_sys(e, -errno, "memory for the plan");
	rc = change(rt, o, &c, stored, q.change, &a, e);
	munmap(a.base, a.size);
	return rc;
}
