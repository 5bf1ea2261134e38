/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `events`: what a container uses, now and then, and when the OOM killer was there. */
#include "runtime/container.h"
#include "runtime/duration.h"
#include "runtime/stats_json.h"
#include "sys/process.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>

/* A reader that is gone ends it, as its next line would go nowhere. */
static int flush(struct err *e)
{
	return fflush(stdout) == 0 ? 0 : err_sys(e, -errno, "write to standard output");
}

static int print_stats(const struct container *c, struct err *e)
{
	auto_cg_stats struct cg_stats s = { 0 };

	if (cg_stats_read(&c->cg, &s, e) < 0)
		return e->code;
	stats_json(stdout, c->id, &s);
	return flush(e);
}

static int print_ooms(const struct container *c, uint64_t n, struct err *e)
{
	for (; n > 0; n--)
		fprintf(stdout, "{\"type\":\"oom\",\"id\":\"%s\"}\n", c->id);
	return flush(e);
}

static int64_t after(int64_t now_ms, int64_t interval_ns)
{
	return now_ms + (interval_ns + 999999) / 1000000;
}

/* Until the container has stopped. */
static int watch(const struct container *c, int64_t interval_ns, struct cg_oom *oom, struct err *e)
{
	int64_t next = after(sys_now_ms(), interval_ns);

	for (;;) {
		int64_t left = next - sys_now_ms();
		struct pollfd p[2] = {
			{ .fd = c->pidfd, .events = POLLIN },
			{ .fd = oom->fd, .events = cg_oom_events(oom) },
		};

		if (poll(p, 2, left > INT_MAX ? INT_MAX : left > 0 ? (int)left : 0) < 0 && errno != EINTR)
			return err_sys(e, -errno, "wait for events");
		/* An OOM that ends the container is told of first. */
		if (print_ooms(c, p[1].revents || p[0].revents ? cg_oom_take(oom) : 0, e) < 0)
			return e->code;
		if (p[0].revents)
			return 0;
		if (sys_now_ms() >= next) {
			if (print_stats(c, e) < 0)
				return e->code;
			next = after(sys_now_ms(), interval_ns);
		}
	}
}

int runtime_events(const struct runtime *rt, const struct events_options *o, struct err *e)
{
	auto_container struct container c = CONTAINER_INIT;
	struct cg_oom oom = CG_OOM_INIT;
	int64_t interval = INT64_C(5000000000);
	int rc;

	if (o->interval && duration_parse(o->interval, &interval) < 0)
		return err_set(e, -EINVAL, "invalid value \"%.*s\" for flag -interval: parse error", 64, o->interval);
	if (interval <= 0)
		return err_set(e, -EINVAL, "duration interval must be greater than 0");
	if (container_open(rt, o->id, &c, e) < 0)
		return e->code;
	if (c.pidfd < 0)
		return err_set(e, -ESRCH, "container with id %s is not running", o->id);
	if (c.cg.n == 0)
		return err_set(e, -EOPNOTSUPP, "the container has no cgroup that could tell what it uses");
	if (o->stats)
		return print_stats(&c, e);
	if (cg_oom_watch(&c.cg, &oom, e) < 0)
		return e->code;
	rc = watch(&c, interval, &oom, e);
	fd_close(&oom.fd);
	return rc;
}
