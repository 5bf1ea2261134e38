/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/container.h"
#include "runtime/teardown.h"
#include "state/id.h"
#include "state/store.h"

#include <stdlib.h>

static int no_such(bool force, struct err *e)
{
	return force ? 0 : err_set(e, -ENOENT, "container does not exist");
}

/* A crash right after the claim leaves a directory without a record, a full disk one that cannot be read. */
static int delete_remains(int store, const char *id, bool absent, bool force, struct err *e)
{
	struct err forget = { 0 };

	if (!absent && !force)
		return e->code;
	if (store_forget(store, id, &forget) < 0)
		return err_set(e, forget.code, "%s", forget.text);
	*e = (struct err){ 0 };
	return absent ? no_such(force, e) : 0;
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
	struct teardown t = { .rt = rt, .store = store, .record = c->record, .pidfd = c->pidfd, .cg = &c->cg };

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

	if (rc == STORE_ABSENT)
		return no_such(force, e);
	if (rc < 0)
		return rc;
	rc = container_load(&c, e);
	if (rc < 0)
		return delete_remains(store, id, rc == -ENOENT, force, e);
	return delete_found(rt, store, &c, force, e);
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
