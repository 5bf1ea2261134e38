/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/container.h"
#include "base/fmt.h"
#include "base/limits.h"
#include "base/shared_image.h"
#include "state/id.h"
#include "state/store.h"
#include "sys/file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int no_such(struct err *e)
{
	return err_set(e, -ENOENT, "container does not exist");
}

int container_load(struct container *c, struct err *e)
{
	int rc = record_load(c->dir, &c->doc, &c->record, e);

	if (rc == RECORD_ABSENT)
		return CONTAINER_ABSENT;
	if (rc != RECORD_FOUND) {
		err_ctx(e, "container %s", c->id);
		return rc < 0 ? rc : CONTAINER_DAMAGED;
	}
	if (strcmp(c->record->id, c->id) != 0) {
		err_set(e, -EINVAL, "container %s: %s is that of %s", c->id, STORE_RECORD, c->record->id);
		return CONTAINER_DAMAGED;
	}
	rc = record_open_init(c->record, &c->pidfd, e);
	if (rc < 0)
		return err_ctx(e, "container %s", c->id);
	rc = cg_open(&c->record->cgroup, &c->cg, e);
	if (rc < 0)
		err_ctx(e, "container %s", c->id);
	return rc == -EINVAL ? CONTAINER_DAMAGED : rc;
}

/* For all who need it whole. */
static int load_found(struct container *c, struct err *e)
{
	int rc = container_load(c, e);

	return rc == CONTAINER_ABSENT ? no_such(e) : rc == CONTAINER_FOUND ? 0 : e->code;
}

int container_lock_in(int store, const char *id, struct container *c, struct err *e)
{
	int rc = store_find(store, id, &c->dir, e);

	c->id = id;
	if (rc == 0)
		rc = store_lock(c->dir, id, e);
	return rc == STORE_ABSENT ? CONTAINER_ABSENT : rc;
}

int container_open_in(int store, const char *id, struct container *c, struct err *e)
{
	int rc = store_find(store, id, &c->dir, e);

	c->id = id;
	if (rc == STORE_ABSENT)
		return no_such(e);
	return rc < 0 ? rc : load_found(c, e);
}

static int open_store(const struct runtime *rt, const char *id, struct container *c, struct err *e)
{
	int rc;

	if (container_id_check(id, e) < 0)
		return e->code;
	rc = store_open(rt->root, false, &c->store, e);
	return rc == STORE_ABSENT ? no_such(e) : rc;
}

int container_open(const struct runtime *rt, const char *id, struct container *c, struct err *e)
{
	return open_store(rt, id, c, e) < 0 ? e->code : container_open_in(c->store, id, c, e);
}

int container_open_locked(const struct runtime *rt, const char *id, struct container *c, struct err *e)
{
	int rc;

	if (open_store(rt, id, c, e) < 0)
		return e->code;
	rc = container_lock_in(c->store, id, c, e);
	if (rc == CONTAINER_ABSENT)
		return no_such(e);
	return rc < 0 ? rc : load_found(c, e);
}

void container_close(struct container *c)
{
	cg_close(&c->cg);
	fd_close(&c->pidfd);
	c->doc = oci_doc_free(c->doc);
	fd_close(&c->dir);
	fd_close(&c->store);
}

static const char *const names[] = {
	[STATUS_CREATING] = "creating",
	[STATUS_CREATED]  = "created",
	[STATUS_RUNNING]  = "running",
	[STATUS_PAUSED]   = "paused",
	[STATUS_STOPPED]  = "stopped",
};

const char *status_name(enum status s)
{
	return names[s];
}

/*
 * A `start` that was killed may have left its gate although the program runs.  Until that is executed the init is cist-init,
 * which has no path but this; whom the kernel does not tell (a nested root without CAP_SYS_PTRACE) sees the gate alone.
 */
static bool waits_at_gate(const struct container *c)
{
	static const char image[] = "/memfd:" SHARED_IMAGE_NAME;
	char path[32], exe[PATH_MAX];
	struct stat st;

	if (sys_fstatat(c->dir, STORE_GATE, AT_SYMLINK_NOFOLLOW, &st) < 0)
		return false;
	fmt(path, sizeof(path), "/proc/%d/exe", c->record->pid);
	return sys_readlinkat(AT_FDCWD, path, exe, sizeof(exe)) < 0 || strncmp(exe, image, strlen(image)) == 0;
}

int container_status(struct container *c, struct err *e)
{
	int frozen;

	if (c->pidfd < 0)
		return STATUS_STOPPED;
	if (!c->record->created)
		return STATUS_CREATING;
	frozen = cg_is_frozen(&c->cg, e);
	if (frozen < 0)
		return frozen;
	if (frozen > 0)
		return STATUS_PAUSED;
	return waits_at_gate(c) ? STATUS_CREATED : STATUS_RUNNING;
}

int container_config(const struct container *c, struct oci_doc **ret_doc, struct err *e)
{
	struct oci_err oe;
	char *json;
	size_t n;
	int rc = store_read(c->dir, STORE_CONFIG, CONFIG_BYTES_MAX, &json, &n, e);

	if (rc == STORE_ABSENT)
		return err_set(e, -ENOENT, "the saved configuration of %s is gone", c->id);
	if (rc < 0)
		return rc;
	*ret_doc = oci_doc_parse(json, n, OCI_LENIENT, &oe);
	free(json);
	return *ret_doc ? 0 : err_set(e, -EINVAL, "the saved configuration of %s is damaged: %s", c->id, oe.text);
}
