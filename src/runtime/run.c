/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/birth.h"
#include "runtime/container.h"
#include "runtime/foreground.h"
#include "runtime/notify.h"
#include "runtime/start.h"
#include "runtime/teardown.h"
#include "state/store.h"
#include "sys/process.h"

/* What the foreground leaves behind, unless it is kept; also when it fails.  The lock may be this process' already. */
static int remove_container(const struct runtime *rt, struct birth *b, struct err *e)
{
	const int rc = store_lock(b->dir, b->o->id, e);
	const struct teardown t = { .rt = rt, .store = b->store, .dir = b->dir, .record = &b->record,
				    .pidfd = b->pidfd, .cg = &b->cg, .config = b->doc, .is_child = true };

	/* Somebody else may have deleted it: that is how it ended. */
	return rc == 0 ? teardown(&t, e) : rc;
}

/* What the birth knows and holds, as a container; borrowed, so never closed. */
static struct container as_container(struct birth *b)
{
	return (struct container){ .id = b->o->id, .store = b->store, .dir = b->dir, .record = &b->record,
				   .pidfd = b->pidfd, .cg = b->cg };
}

static int start_and_wait(struct birth *b, struct container *c, struct foreground *f, struct err *e)
{
	int rc = notify_listen(c, &f->notify, e);

	if (rc == 0)
		rc = foreground_attach(f, &b->master, e);
	if (rc == 0)
		rc = start_created(c, e);
	if (rc < 0)
		return rc;
	/* From now on it may be deleted under our hands. */
	store_unlock(b->dir);
	return b->o->detach ? notify_wait(c, f->notify, e) : foreground_wait(f, e);
}

static int run_born(const struct runtime *rt, struct birth *b, struct err *e)
{
	struct container c = as_container(b);
	struct foreground f = FOREGROUND_INIT;
	struct err ignored = { 0 };
	int rc;

	f.pidfd = b->pidfd;
	f.c = &c;
	rc = start_and_wait(b, &c, &f, e);
	foreground_end(&f);
	if ((rc < 0 || !(b->o->keep || b->o->detach)) && remove_container(rt, b, &ignored) < 0)
		rt->warn(ignored.text);
	return rc;
}

int runtime_run(const struct runtime *rt, const struct create_options *o, struct err *e)
{
	auto_birth struct birth b = BIRTH_INIT;

	b.rt = rt;
	b.o = o;
	if (birth_prepare(&b, !o->detach, e) < 0 ||
	    (b.bp.plan->terminal && !o->detach && foreground_check(e) < 0))
		return e->code;
	if (!o->detach && !o->no_subreaper)
		sys_prctl(K_PR_SET_CHILD_SUBREAPER, 1, 0);
	if (birth_give(&b, e) < 0)
		return e->code;
	if (!o->detach)
		foreground_begin();
	return run_born(rt, &b, e);
}
