/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors, alarms, and commands that are children. */
#include "supervise/command.h"
#include "supervise/loop.h"
#include "sys/file.h"
#include "sys/process.h"
#include "tests/check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct loop l;
static int calls, last_status;
static struct watch a, b;

static void on_ready(void *arg)
{
	char c;

	calls++;
	CHECK(read(*(int *)arg, &c, 1) == 1);
}

static void turn(int ms)
{
	struct err e = { 0 };

	CHECK(loop_turn(&l, ms, &e) == 0);
}

static void watches(void)
{
	struct err e = { 0 };
	int p[2];

	CHECK(pipe2(p, O_CLOEXEC) == 0);
	a = (struct watch){ .fd = -1, .ready = on_ready, .arg = &a.fd };
	CHECK(loop_watch(&l, &a, p[0], &e) == 0);
	calls = 0;
	CHECK(write(p[1], "xy", 2) == 2);
	turn(0);
	CHECK(calls == 1);
	loop_mute(&l, &a, true);
	turn(0);
	CHECK(calls == 1);
	loop_mute(&l, &a, false);
	turn(0);
	CHECK(calls == 2);
	loop_unwatch(&l, &a);
	CHECK(a.fd < 0 && fcntl(p[0], F_GETFD) < 0);
	close(p[1]);
	/* Not to be watched: a file is always ready. */
	CHECK(loop_watch(&l, &a, open("/dev/zero", O_RDONLY | O_CLOEXEC), &e) < 0 || (loop_unwatch(&l, &a), true));
}

static void on_drop(void *arg)
{
	(void)arg;
	calls++;
	loop_unwatch(&l, &a);
	loop_unwatch(&l, &b);
}

/* Both are ready in the same turn; the first takes the other away. */
static void drops_within_a_turn(void)
{
	struct err e = { 0 };
	int p[2], q[2];

	CHECK(pipe2(p, O_CLOEXEC) == 0 && pipe2(q, O_CLOEXEC) == 0);
	a = b = (struct watch){ .fd = -1, .ready = on_drop };
	CHECK(loop_watch(&l, &a, p[0], &e) == 0 && loop_watch(&l, &b, q[0], &e) == 0);
	CHECK(write(p[1], "x", 1) == 1 && write(q[1], "x", 1) == 1);
	calls = 0;
	turn(0);
	CHECK(calls == 1);
	close(p[1]);
	close(q[1]);
}

/* What is lent stays open, and tells nothing any more although a copy of it is ready. */
static void lends(void)
{
	struct err e = { 0 };
	int p[2], copy;

	CHECK(pipe2(p, O_CLOEXEC) == 0);
	copy = fcntl(p[0], F_DUPFD_CLOEXEC, 3);
	a = (struct watch){ .fd = -1, .lent = true, .ready = on_drop };
	CHECK(loop_watch(&l, &a, p[0], &e) == 0);
	loop_unwatch(&l, &a);
	CHECK(fcntl(p[0], F_GETFD) >= 0);
	CHECK(write(p[1], "x", 1) == 1);
	calls = 0;
	turn(0);
	CHECK(calls == 0);
	close(p[0]);
	close(p[1]);
	close(copy);
}

static void on_ring(void *arg)
{
	calls = calls * 10 + *(int *)arg;
}

static void alarms(void)
{
	static const int names[] = { 1, 2, 3 };
	struct alarm v[3];
	struct err e = { 0 };

	for (size_t i = 0; i < 3; i++)
		CHECK(loop_add_alarm(&l, &v[i], on_ring, (void *)&names[i], &e) == 0);
	loop_set_alarm(&l, &v[0], sys_now_ms() + 30);
	loop_set_alarm(&l, &v[1], sys_now_ms() - 5);
	loop_set_alarm(&l, &v[2], sys_now_ms() + 10);
	calls = 0;
	while (calls < 100)
		turn(-1);
	CHECK(calls == 231);
	for (size_t i = 0; i < 3; i++)
		loop_drop_alarm(&l, &v[i]);
	turn(0);
	CHECK(calls == 231);
}

/* ---- commands ---- */

static void on_done(struct command *c, int status)
{
	CHECK(c->pid == 0);
	calls++;
	last_status = status;
}

static int work_of(void *arg)
{
	const char *what = arg;

	if (strcmp(what, "hang") == 0)
		pause();
	if (strcmp(what, "missing") == 0)
		return command_execute((const char *const[]){ "/nonexistent/program", NULL }, (const char *const[]){ NULL }) == -ENOENT;
	if (strcmp(what, "call") == 0)
		return command_call((const char *const[]){ "sh", "-c", "exit 9", NULL }, (const char *const[]){ NULL });
	if (strcmp(what, "call missing") == 0)
		return command_call((const char *const[]){ "/nonexistent", NULL }, (const char *const[]){ NULL }) == -ENOENT;
	return 42;
}

static int run(const char *what, int64_t limit_ms)
{
	static struct command c;
	struct err e = { 0 };

	calls = 0;
	CHECK(command_start(&c, &l, work_of, (void *)what, limit_ms, on_done, &e) == 0);
	while (calls == 0)
		turn(-1);
	return last_status;
}

static void commands(void)
{
	struct command c;
	struct err e = { 0 };

	CHECK(run("", 10000) == 42);
	CHECK(run("hang", 20) == 128 + SIGKILL);
	CHECK(run("missing", 10000) == 1);
	CHECK(run("call", 10000) == 9);
	CHECK(run("call missing", 10000) == 1);
	calls = 0;
	CHECK(command_start(&c, &l, work_of, (void *)"hang", 10000, on_done, &e) == 0);
	command_abandon(&c);
	turn(0);
	CHECK(calls == 0 && c.pid == 0);
}

static int wired(void *arg)
{
	const int *fds = arg;
	const int std[3] = { fds[0], 1, 2 }, keep[2] = { fds[1], fds[0] };
	char c = 0;

	if (command_wire(std, keep, 2) < 0 || fcntl(3, F_GETFD) != 0 || fcntl(4, F_GETFD) != 0)
		return 1;
	/* 0 and 4 are the pipe's end to read from, 3 that to write to. */
	return write(3, "z", 1) == 1 && read(4, &c, 1) == 1 && c == 'z' ? 0 : 2;
}

static void wires(void)
{
	static struct command c;
	struct err e = { 0 };
	int p[2];

	CHECK(pipe2(p, O_CLOEXEC) == 0);
	calls = 0;
	CHECK(command_start(&c, &l, wired, p, 10000, on_done, &e) == 0);
	while (calls == 0)
		turn(-1);
	CHECK(last_status == 0);
	close(p[0]);
	close(p[1]);
}

static int hold_lock(void *arg)
{
	command_sign(*(int *)arg);
	kill(getppid(), 0);
	pause();
	return 0;
}

static void locks(void)
{
	char dir[] = "/tmp/test_loop.XXXXXX";
	static struct command c;
	struct err e = { 0 };
	int fd, again, d;

	CHECK(mkdtemp(dir) != NULL);
	d = sys_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0);
	CHECK(!command_is_locked(d, "a"));
	CHECK(command_lock(d, "a", &fd, &e) == 0);
	CHECK(command_is_locked(d, "a"));
	CHECK(command_lock(d, "a", &again, &e) == COMMAND_BUSY);
	calls = 0;
	CHECK(command_start(&c, &l, hold_lock, &fd, 10000, on_done, &e) == 0);
	close(fd);
	CHECK(command_is_locked(d, "a"));
	/* Not before it has signed. */
	for (int i = 0; i < 1000 && calls == 0; i++) {
		command_kill_holder(d, "a");
		turn(10);
	}
	CHECK(calls == 1 && last_status == 128 + SIGKILL);
	CHECK(!command_is_locked(d, "a"));
	/* Whoever has signed is gone. */
	command_kill_holder(d, "a");
	command_kill_holder(d, "none");
	CHECK(unlinkat(d, "a", 0) == 0);
	close(d);
	CHECK(rmdir(dir) == 0);
}

int main(void)
{
	struct err e = { 0 };

	CHECK(loop_open(&l, &e) == 0);
	watches();
	drops_within_a_turn();
	lends();
	alarms();
	commands();
	wires();
	locks();
	loop_close(&l);
	return check_summary();
}
