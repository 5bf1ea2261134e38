/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mounts add, mounts remove: the sources are opened here, on the host; a cist-init that joins the container's namespaces
 * attaches them there, where every path is the container's.
 */
#include "base/arr.h"
#include "base/fmt.h"
#include "init/sync.h"
#include "libocispec/check.h"
#include "runtime/blueprint.h"
#include "runtime/container.h"
#include "runtime/image.h"
#include "runtime/input.h"
#include "runtime/interrupt.h"
#include "runtime/launch.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/socket.h"

#include <stdlib.h>

struct change {
	const struct mounts_options *o;
	struct container *c;
	const struct oci_config *config;
	struct oci_doc *doc;		/* of the file */
	struct facts facts;
	struct plan_memory memory;
	struct blueprint bp;
	int userns;			/* that the container has joined, for id-mapped mounts */
	int image, sync, init_sock, pidfd;
	pid_t pid;
};
#define CHANGE_INIT { .memory = PLAN_MEMORY_INIT, .userns = -1, .image = -1, .sync = -1, .init_sock = -1, .pidfd = -1 }

static void change_done(struct change *ch)
{
	int *const fds[] = { &ch->userns, &ch->image, &ch->sync, &ch->init_sock, &ch->pidfd };

	if (ch->bp.plan)
		mnt_close_sources(&ch->bp.plan->mnt);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fd_close(fds[i]);
	plan_memory_done(&ch->memory);
	ch->doc = oci_doc_free(ch->doc);
}

static int check_status(struct container *c, struct err *e)
{
	int status = container_status(c, e);

	if (status < 0)
		return status;
	if (status == STATUS_STOPPED)
		return err_set(e, -ESRCH, "container not running");
	if (status == STATUS_CREATING)
		return err_set(e, -EBUSY, "the container is being created");
	return 0;
}

static int read_mounts(struct change *ch, size_t *ret_bytes, struct err *e)
{
	struct oci_findings found;
	struct oci_err oe;
	char *json, text[1024];

	if (input_read(ch->o->file, &json, ret_bytes, e) < 0)
		return e->code;
	ch->doc = oci_doc_parse_mounts(json, *ret_bytes, OCI_LENIENT, &oe);
	free(json);
	if (!ch->doc)
		return err_set(e, oe.code, "%s: %s", ch->o->file, oe.text);
	if (oci_check_mounts(ch->doc->mounts, &found) == OCI_REJECTED)
		return err_set(e, -EINVAL, "%s: %s", ch->o->file, oci_findings_text(&found, text, sizeof(text)));
	return 0;
}

static int decide(struct change *ch, struct err *e)
{
	struct mounts_request r = { .config = ch->config, .bundle = ch->c->record->bundle, .facts = &ch->facts,
				    .remove = ch->o->remove };
	size_t bytes;

	if (read_mounts(ch, &bytes, e) < 0 || plan_memory_make(&ch->memory, bytes, e) < 0 ||
	    facts_gather(ch->config, NULL, &ch->memory.arena, &ch->facts, e) < 0)
		return e->code;
	r.mounts = ch->doc->mounts;
	if (blueprint_make_mounts(&r, &ch->memory.arena, &ch->bp, e) < 0)
		return e->code;
	ch->bp.plan->target_pidfd = ch->c->pidfd;
	return 0;
}

/* The pid was the init's when it was used if that has not been reaped by now. */
static int find_userns(struct change *ch, struct err *e)
{
	struct mnt_plan *p = &ch->bp.plan->mnt;
	char path[32];
	bool wanted = false;

	for (uint32_t i = 0; i < p->n_idmaps; i++)
		wanted |= !p->idmaps[i].uid_map;
	if (!wanted)
		return 0;
	fmt(path, sizeof(path), "/proc/%d/ns/user", ch->c->record->pid);
	ch->userns = sys_openat(AT_FDCWD, path, O_RDONLY, 0);
	if (ch->userns < 0)
		return err_sys(e, ch->userns, "open the user namespace of the container");
	if (sys_pidfd_send_signal(ch->c->pidfd, 0) < 0)
		return err_set(e, -ESRCH, "container not running");
	p->userns_fd = ch->userns;
	return 0;
}

static int launch(struct change *ch, struct err *e)
{
	int pair[2], rc = sys_socketpair(pair);
	struct launch l = { .memory = &ch->memory, .plan = ch->bp.plan, .cgroup_fd = -1 };

	if (rc < 0)
		return err_sys(e, rc, "make the sync socket");
	ch->sync = l.sync = pair[0];
	ch->init_sock = l.init_sock = pair[1];
	if (image_make(&ch->image, e) < 0)
		return e->code;
	l.image = ch->image;
	rc = launch_init(&l, &ch->pid, &ch->pidfd, e);
	fd_close(&ch->init_sock);
	if (rc < 0)
		return rc;
	interrupt_kills(ch->pidfd);
	if (launch_follow(ch->bp.plan, ch->sync, &ch->pid, &ch->pidfd, e) < 0)
		return e->code;
	interrupt_kills(ch->pidfd);
	/* Before that it says nothing, or it would be heard before the BORN of its parent. */
	if (sync_send(ch->sync, SYNC_GO, -1, e) < 0)
		return e->code;
	return sync_expect(ch->sync, SYNC_READY, NULL, e);
}

static void finish(struct change *ch)
{
	interrupt_kills(-1);
	if (ch->pidfd < 0)
		return;
	(void)sys_pidfd_wait(ch->pidfd);
}

static int carry_out(struct change *ch, struct err *e)
{
	int rc;

	if (find_userns(ch, e) < 0 || mnt_open_sources(&ch->bp.plan->mnt, e) < 0)
		return err_ctx(e, "%s", ch->o->file);
	interrupt_catch();
	if (launch(ch, e) == 0) {
		finish(ch);
		return 0;
	}
	launch_epitaph(ch->pidfd, ch->sync, e);
	rc = err_ctx(e, "%s", ch->o->file);
	if (ch->pidfd >= 0)
		sys_pidfd_send_signal(ch->pidfd, SIGKILL);
	finish(ch);
	return rc;
}

int runtime_mounts(const struct runtime *rt, const struct mounts_options *o, struct err *e)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_oci_doc struct oci_doc *config = NULL;
	struct change ch = CHANGE_INIT;
	int rc;

	if (container_open(rt, o->id, &c, e) < 0 || check_status(&c, e) < 0 || container_config(&c, &config, e) < 0)
		return e->code;
	ch.o = o;
	ch.c = &c;
	ch.config = config->config;
	rc = decide(&ch, e);
	if (rc == 0 && ch.doc->mounts->n_mounts > 0)
		rc = carry_out(&ch, e);
	change_done(&ch);
	return rc;
}
