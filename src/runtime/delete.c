/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/limits.h"
#include "runtime/container.h"
#include "runtime/teardown.h"
#include "state/id.h"
#include "state/store.h"
#include "sys/process.h"

#include <stdlib.h>
#include <string.h>

static int no_such(bool force, struct err *e)
{
	return force ? 0 : err_set(e, -ENOENT, "container does not exist");
}

/* A crash right after the claim leaves a directory without a record. */
static int delete_empty(int store, const char *id, bool force, struct err *e)
{
	return store_forget(store, id, e) < 0 ? e->code : no_such(force, e);
}

/* Where the saved configuration says that the cgroup is; a relative path means another place to another caller. */
static int find_cgroup(const struct container *c, const struct oci_config *config, struct cg *ret_cg, struct err *e)
{
	const size_t bytes = 4 << 20;
	const char *path = config->linux ? config->linux->cgroups_path : NULL;
	const bool is_units = path && *path != '/' && strchr(path, ':');	/* systemd forgets the unit when it is empty */
	struct arena a = { .base = calloc(1, bytes), .size = bytes };
	struct cg_host host;
	struct cg_plan plan;
	struct cg_record record;
	int rc = 0;

	if (!a.base)
		return err_nomem(e);
	if (path && (*path == '/' || is_units) &&
	    (cg_probe(&a, &host, e) < 0 || (is_units && cg_probe_manager(&host, &a, e) < 0) ||
	     cg_plan(config, c->id, &host, is_units ? CG_DRIVER_SYSTEMD : CG_DRIVER_CGROUPFS, &a, &plan, e) < 0 ||
	     cg_record_make(&plan, NULL, &a, &record, e) < 0 || cg_open(&record, ret_cg, e) < 0))
		rc = e->code;
	free(a.base);
	return rc;
}

/* A full disk or somebody's editor left a record that cannot be read: what is the container's for certain is ended. */
static int delete_damaged(const struct runtime *rt, int store, struct container *c, struct err *e)
{
	auto_oci_doc struct oci_doc *config = NULL;
	auto_cg struct cg cg = CG_INIT;
	struct err why = { 0 };

	if (container_config(c, &config, &why) < 0 || find_cgroup(c, config->config, &cg, &why) < 0)
		rt->warn(why.text);
	if (c->pidfd >= 0)
		sys_pidfd_send_signal(c->pidfd, SIGKILL);
	if (cg_kill(&cg, e) < 0 || cg_remove(&cg, DELETE_WAIT_MS, e) < 0 || net_let_go(c->dir, e) < 0)
		return e->code;
	return store_forget(store, c->id, e);
}

static int refuse_unless_over(struct container *c, bool force, struct err *e)
{
	int status = container_status(c, e);

	if (status < 0)
		return status;
	if (force || status == STATUS_STOPPED || status == STATUS_CREATED || status == STATUS_CREATING)
		return 0;
	return err_set(e, -EBUSY, "cannot delete container %s that is not stopped: %s", c->id,
		       status_name((enum status)status));
}

static int delete_found(const struct runtime *rt, int store, struct container *c, bool force, struct err *e)
{
	auto_oci_doc struct oci_doc *config = NULL;
	struct err ignored;
	struct teardown t = { .rt = rt, .store = store, .dir = c->dir, .record = c->record, .pidfd = c->pidfd, .cg = &c->cg };

	if (refuse_unless_over(c, force, e) < 0)
		return e->code;
	if (c->record->has_poststop && container_config(c, &config, &ignored) < 0)
		rt->warn(ignored.text);
	t.config = config;
	return teardown(&t, e);
}

static int delete_in(const struct runtime *rt, int store, const char *id, bool force, struct err *e)
{
	auto_container struct container c = CONTAINER_INIT;
	/* Whoever is creating, starting or deleting it finishes first. */
	int rc = container_lock_in(store, id, &c, e);

	if (rc == CONTAINER_ABSENT)
		return no_such(force, e);
	if (rc < 0)
		return rc;
	rc = container_load(&c, e);
	if (rc == CONTAINER_ABSENT)
		return delete_empty(store, id, force, e);
	if (rc == CONTAINER_DAMAGED && force)
		return delete_damaged(rt, store, &c, e);
	return rc == CONTAINER_FOUND ? delete_found(rt, store, &c, force, e) : e->code;
}

static int delete_matching(const struct runtime *rt, int store, const struct delete_options *o, struct err *e)
{
	char **ids;
	size_t n;
	int rc = store_ids_matching(store, o->id, &ids, &n, e);

	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = delete_in(rt, store, ids[i], o->force, e);
	free(ids);
	return rc;
}

int runtime_delete(const struct runtime *rt, const struct delete_options *o, struct err *e)
{
	auto_close int store = -EBADF;
	int rc;

	if (!o->regex && container_id_check(o->id, e) < 0)
		return e->code;
	rc = store_open(rt->root, false, &store, e);
	if (rc == STORE_ABSENT)
		return no_such(o->force, e);
	if (rc < 0)
		return rc;
	return o->regex ? delete_matching(rt, store, o, e) : delete_in(rt, store, o->id, o->force, e);
}
