/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hook/hook.h"
#include "base/fmt.h"
#include "base/limits.h"
#include "sys/file.h"
#include "sys/process.h"

#include <poll.h>
#include <string.h>

struct running {
	int pidfd;
	pid_t pid;
	int in;			/* the state goes in here */
	int out;		/* what it prints comes out here */
	char pid_text[16];
	const char *todo[3];	/* parts of the state that are not written yet */
	size_t output_len;
	char output[HOOK_OUTPUT_MAX + 1];
};

static int out_of(const struct hook_setting *s, size_t which, int caught)
{
	return s->files && s->files[which].fd > 0 ? s->files[which].fd : caught;
}

/* In the child of a clone, whose parent may be gone by the time that it says so. */
static int enter_network(int netns_fd)
{
	int rc = sys_prctl(K_PR_SET_PDEATHSIG, SIGKILL, 0);

	return rc < 0 ? rc : sys_setns(netns_fd, K_CLONE_NEWNET);
}

/* In the child of a clone; reports through its exit status and what it prints. */
static _Noreturn void become_hook(const struct hook *h, const struct hook_setting *s, int in, int out)
{
	const char *const *envp = h->envp ? h->envp : s->envp;
	const int to[] = { out_of(s, HOOK_STDOUT, out), out_of(s, HOOK_STDERR, out) };
	char text[256], meaning[64];

	/* A process group of its own, so that the time-out reaches what the hook starts. */
	setpgid(0, 0);
	if (dup2(in, 0) == 0 && dup2(to[HOOK_STDOUT], 1) == 1 && dup2(to[HOOK_STDERR], 2) == 2 &&
	    sys_close_range(3, K_CLOSE_RANGE_CLOEXEC) == 0 && sys_reset_signals(SYS_ALL_SIGNALS) == 0 &&
	    (!s->cwd || chdir(s->cwd) == 0) && (s->netns_fd == 0 || enter_network(s->netns_fd) == 0))
		execve(h->path, (char *const *)(uintptr_t)h->argv, (char *const *)(uintptr_t)envp);
	fmt(text, sizeof(text), "execute it: %s", err_meaning(errno, meaning));
	sys_write_all(2, text, strlen(text));
	_exit(127);
}

static int spawn(const struct hook *h, const struct hook_setting *s, struct running *r)
{
	int in[2], out[2], pidfd = -1;
	struct k_clone_args args = { .flags = K_CLONE_PIDFD, .exit_signal = SIGCHLD,
				     .pidfd = (uint64_t)(uintptr_t)&pidfd };

	if (pipe2(in, O_CLOEXEC) < 0)
		return -errno;
	auto_close int in_read = in[0];
	auto_close int in_write = in[1];
	if (pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	auto_close int out_read = out[0];
	auto_close int out_write = out[1];
	r->pid = sys_clone3(&args);
	if (r->pid < 0)
		return r->pid;
	if (r->pid == 0)
		become_hook(h, s, in_read, out_write);
	fcntl(in_write, F_SETFL, O_NONBLOCK);
	fcntl(out_read, F_SETFL, O_NONBLOCK);
	r->pidfd = pidfd;
	r->in = take_fd(in_write);
	r->out = take_fd(out_read);
	return 0;
}

static void feed_state(struct running *r)
{
	for (int i = 0; i < 3; i++) {
		ssize_t n;

		if (!r->todo[i] || !*r->todo[i])
			continue;
		n = write(r->in, r->todo[i], strlen(r->todo[i]));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0)	/* EPIPE: a hook need not read its input */
			break;
		r->todo[i] += n;
		if (*r->todo[i])
			return;
	}
	fd_close(&r->in);
}

/* Keeps the first HOOK_OUTPUT_MAX bytes and drops the rest, so that a chatty hook never blocks.  Whether there was any. */
static bool take_output(struct running *r)
{
	char drop[512];
	ssize_t n;

	if (r->output_len < HOOK_OUTPUT_MAX)
		n = read(r->out, r->output + r->output_len, HOOK_OUTPUT_MAX - r->output_len);
	else
		n = read(r->out, drop, sizeof(drop));
	if (n > 0 && r->output_len < HOOK_OUTPUT_MAX)
		r->output_len += (size_t)n;
	if (n == 0)
		fd_close(&r->out);
	return n > 0;
}

/*
 * Until the hook itself ends: a grandchild that keeps its standard output open is not waited for.
 * 1 it ended, 0 its time is up.
 */
static int attend(struct running *r, int64_t deadline_ms)
{
	for (;;) {
		/* A negative descriptor is ignored by poll(2). */
		struct pollfd p[3] = {
			{ .fd = r->pidfd, .events = POLLIN },
			{ .fd = r->in, .events = POLLOUT },
			{ .fd = r->out, .events = POLLIN },
		};
		int64_t left = deadline_ms < 0 ? -1 : deadline_ms - sys_now_ms();

		if (deadline_ms >= 0 && left <= 0)
			return 0;
		if (poll(p, 3, left > INT32_MAX ? INT32_MAX : (int)left) < 0 && errno != EINTR)
			return -errno;
		if (p[1].revents)
			feed_state(r);
		if (p[0].revents) {
			/* All that it printed is in the pipe by now; a grandchild may go on printing for ever. */
			while (r->output_len < HOOK_OUTPUT_MAX && r->out >= 0 && take_output(r))
				;
			return 1;
		}
		if (p[2].revents)
			take_output(r);
	}
}

static const char *printed(struct running *r)
{
	while (r->output_len > 0 && strchr("\n\r \t", r->output[r->output_len - 1]))
		r->output_len--;
	r->output[r->output_len] = '\0';
	for (size_t i = 0; i < r->output_len; i++)
		if (r->output[i] == '\0')
			r->output[i] = '?';
	return r->output;
}

int hook_run(const struct hook *h, const struct hook_setting *s, struct err *e)
{
	struct running r = { .pidfd = -1, .in = -1, .out = -1,
			     .todo = { s->state->before_pid, "", s->state->after_pid } };
	int rc, status;

	if (s->state->has_pid) {
		fmt(r.pid_text, sizeof(r.pid_text), "%d", s->state->pid);
		r.todo[1] = r.pid_text;
	}
	rc = spawn(h, s, &r);
	if (rc < 0)
		return err_sys(e, rc, "error running %s %s", h->from, h->path);
	rc = attend(&r, h->timeout_ms < 0 ? -1 : sys_now_ms() + h->timeout_ms);
	if (rc <= 0) {
		kill(-r.pid, SIGKILL);
		sys_pidfd_send_signal(r.pidfd, SIGKILL);
	}
	status = sys_pidfd_wait(r.pidfd);
	fd_close(&r.in);
	fd_close(&r.out);
	fd_close(&r.pidfd);
	if (rc < 0)
		return err_sys(e, rc, "error running %s %s: wait for it", h->from, h->path);
	if (rc == 0)
		return err_set(e, -ETIMEDOUT, "error running %s %s: hook ran past specified timeout of %lld s",
			       h->from, h->path, (long long)(h->timeout_ms / 1000));
	if (status != 0)
		return err_set(e, -ECANCELED, "error running %s %s: exit status %d%s%s", h->from, h->path, status,
			       r.output_len > 0 ? ": " : "", printed(&r));
	return 0;
}

int hook_run_list(const struct hook_list *l, const struct hook_setting *s, struct err *e)
{
	for (uint32_t i = 0; i < l->n; i++)
		if (hook_run(&l->v[i], s, e) < 0)
			return e->code;
	return 0;
}
