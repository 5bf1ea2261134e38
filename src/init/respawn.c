/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "init/respawn.h"
#include "base/fmt.h"
#include "init/grace.h"
#include "sys/file.h"
#include "sys/process.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum {
	NOT_EXECUTED = 127,		/* as shells say it */
	RECORD_BYTES = 64 << 10,	/* after these the record of one that dies all the time begins anew */
};

struct life {
	int record;
	pid_t program;			/* 0: it rests */
	int32_t *refused;
	int64_t pause_ms, started_ms;
	uint64_t n_endings;
	size_t recorded;
	bool is_told;			/* to end: the program's next end is the init's */
	bool has_lived;			/* a start that was not refused: from then on others may be */
	bool is_first;			/* process of its pid namespace, which ends with it */
	struct grace grace;
};

/* ---- endings ---- */

static _Noreturn void end_with(const struct life *l, struct ending end)
{
	char text[ENDING_TEXT_MAX];

	(void)sys_write_all(l->record, text, ending_text(&end, text));
	_exit(ending_status(&end));
}

/* Without these calls it can do nothing: only a filter refuses them, and one that did so at the start was told. */
static _Noreturn void give_up(const struct life *l)
{
	if (l->program > 0)
		kill(l->program, SIGKILL);
	_exit(EXIT_FAILED);
}

/* A record that cannot be begun anew is left as it is: whoever looks sees that endings are missing by their numbers. */
static void note(struct life *l, const struct ending *end)
{
	const struct ending_line line = {
		.end = *end, .is_again = true, .number = ++l->n_endings,
		.ran_ms = (uint64_t)(sys_now_ms() - l->started_ms),
	};
	char text[ENDING_LINE_MAX];
	size_t n = ending_line_text(&line, text);

	if (l->recorded + n > RECORD_BYTES && ftruncate(l->record, 0) == 0)
		l->recorded = 0;
	if (l->recorded + n > RECORD_BYTES)
		return;
	(void)sys_write_all(l->record, text, n);
	l->recorded += n;
}

static void program_ended(struct life *l, struct ending end)
{
	const bool was_refused = *l->refused != 0;

	l->program = 0;
	if (was_refused && !l->has_lived)
		end_with(l, end);
	if (was_refused)
		end = (struct ending){ .number = NOT_EXECUTED };
	l->has_lived = true;
	if (l->is_told)
		end_with(l, grace_ending(&l->grace, end));
	note(l, &end);
}

/* The program may have become another user, out of reach of its init, but for the end of both. */
static void kill_deaf(struct life *l)
{
	l->grace.is_over = true;
	if (l->is_first)
		end_with(l, grace_deaf);
	kill(l->program, SIGKILL);
}

/* ---- signals ---- */

/* Reaps all that has ended; in a pid namespace every orphan is this process' child. */
static void reap(struct life *l)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == l->program)
			program_ended(l, ending_of(status));
	if (pid < 0 && (errno != ECHILD || l->program > 0))
		give_up(l);
}

/* What programs are told to end with.  Whatever else comes while there is no program concerns nobody. */
static void pass(struct life *l, siginfo_t *info)
{
	const int sig = info->si_signo;

	l->is_told |= sig == SIGTERM || sig == SIGINT || sig == SIGQUIT;
	if (l->program > 0)
		(void)sys_pass_signal(l->program, info);
	else if (l->is_told)
		end_with(l, (struct ending){ .by_signal = true, .number = sig });
	grace_signal(&l->grace, sig, sys_now_ms());
}

static int64_t pause_left(const struct life *l, int64_t now_ms)
{
	const int64_t until_ms = l->started_ms + l->pause_ms;

	return until_ms > now_ms ? until_ms - now_ms : 0;
}

/* Returns when the program is to be started again. */
static void keep(struct life *l)
{
	for (;;) {
		const int64_t now_ms = sys_now_ms();
		const int64_t left = l->program > 0 ? grace_left(&l->grace, now_ms) : pause_left(l, now_ms);
		siginfo_t info;
		int rc = sys_wait_signal_for(SYS_ALL_SIGNALS, left, &info);

		if (rc == -EAGAIN && l->program > 0)
			kill_deaf(l);
		/* Also when the time was up before: what has been sent comes first. */
		else if (rc == -EAGAIN && left == 0)
			return;
		if (rc == -EINTR || rc == -EAGAIN)
			continue;
		if (rc < 0)
			give_up(l);
		if (info.si_signo == SIGCHLD)
			reap(l);
		if (info.si_signo != SIGCHLD || info.si_code <= 0)
			pass(l, &info);
	}
}

/* ---- becoming it ---- */

static size_t bytes_of(const char *const *words, size_t *n_words)
{
	size_t bytes = 0;

	for (*n_words = 0; words[*n_words]; ++*n_words)
		bytes += sizeof(*words) + strlen(words[*n_words]) + 1;
	return bytes + sizeof(*words);
}

static const char *const *copy(const char *const *words, size_t n_words, char **at)
{
	const char **to = (const char **)(void *)*at;
	char *text = *at + (n_words + 1) * sizeof(*to);

	for (size_t i = 0; i < n_words; i++) {
		size_t len = strlen(words[i]) + 1;

		to[i] = memcpy(text, words[i], len);
		text += len;
	}
	to[n_words] = NULL;
	*at = text + -(uintptr_t)text % sizeof(*to);
	return to;
}

/*
 * Of the plan there are hooks and the host's paths in memory, which the program is not to have.  What is left is what it is
 * executed with; and behind that a page of which a child's are this process' too.
 */
static int keep_program(struct init *in, struct life *l, struct err *e)
{
	const struct plan_header *h = (const void *)PLAN_ADDRESS;
	const struct program *p = &in->plan->program;
	const char *const *envp = in->envp ? in->envp : p->envp;
	size_t n_args, n_env, bytes = bytes_of(p->argv, &n_args) + bytes_of(envp, &n_env) + sizeof(*in->plan) + 64;
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct plan *own = (void *)at;

	l->refused = mmap(NULL, sizeof(*l->refused), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED || l->refused == MAP_FAILED)
		return err_sys(e, -errno, "memory for the program of the init");
	at += sizeof(*own) + -sizeof(*own) % sizeof(char *);
	own->program.argv = copy(p->argv, n_args, &at);
	own->program.envp = copy(envp, n_env, &at);
	own->program.n_env = (uint32_t)n_env;
	own->keeper.wanted = true;
	in->plan = own;
	in->envp = NULL;
	in->refused = l->refused;
	(void)munmap((void *)PLAN_ADDRESS, h->size);
	return 0;
}

/* What the program would not have had from its execution; the record and the way to `start` are for later. */
static int leave_descriptors(const struct init *in)
{
	int last = in->record_fd > in->report_fd ? in->record_fd : in->report_fd;

	for (int fd = STDERR_FILENO + 1; fd < last; fd++)
		if (fd != in->record_fd && fd != in->report_fd && fcntl(fd, F_GETFD) > 0)
			close(fd);
	return sys_close_range((uint32_t)last + 1, 0);
}

/* The program's filter is its own: what that refuses is said while there is somebody to hear it. */
static int try_calls(struct err *e)
{
	const char *refused = NULL;
	siginfo_t info;
	int status;

	if (waitpid(-1, &status, WNOHANG) < 0 && errno != ECHILD)
		refused = "wait4";
	else if (sys_wait_signal_for(0, 0, &info) != -EAGAIN)
		refused = "rt_sigtimedwait";
	else if (kill(getpid(), 0) < 0)
		refused = "kill";
	return refused ? err_set(e, -EPERM, "the program's filter (linux.seccomp) refuses %s, and its init starts the program "
				 "again from behind that filter", refused) : 0;
}

static void take_name(const struct plan *p)
{
	const char *name = p->keeper.title[0], *slash = strrchr(name, '/');

	(void)sys_prctl(K_PR_SET_NAME, (unsigned long)(slash ? slash + 1 : name), 0);
}

static int settle(struct init *in, struct life *l, struct err *e)
{
	const bool is_first = in->plan->keeper.is_first;
	int rc = sys_hold_signals();

	*l = (struct life){
		.record = in->record_fd, .pause_ms = in->plan->keeper.respawn_ms, .is_first = is_first,
		.grace = grace_of(&in->plan->keeper),
	};
	take_name(in->plan);
	if (rc == 0)
		rc = sys_prctl(K_PR_SET_DUMPABLE, 0, 0);
	/* Where the pid namespace is somebody else's, orphans come here all the same. */
	if (rc == 0 && !is_first)
		rc = sys_prctl(K_PR_SET_CHILD_SUBREAPER, 1, 0);
	if (rc == 0)
		rc = leave_descriptors(in);
	if (rc < 0)
		return err_sys(e, rc, "become the init");
	rc = try_calls(e);
	return rc < 0 ? rc : keep_program(in, l, e);
}

/* ---- starts ---- */

/* sd_listen_fds(3): the descriptors are for the process of that number. */
static void set_listen_pid(struct init *in)
{
	static const char name[] = "LISTEN_PID=";
	static char text[sizeof(name) + 16];
	const char **envp = (const char **)(uintptr_t)in->plan->program.envp;

	fmt(text, sizeof(text), "%s%d", name, (int)getpid());
	for (; *envp; envp++)
		if (strncmp(*envp, name, sizeof(name) - 1) == 0)
			*envp = text;
}

static int begin_child(struct init *in, struct err *e)
{
	int rc = setsid() < 0 ? -errno : sys_reset_signals(0);

	set_listen_pid(in);
	return rc < 0 ? err_sys(e, rc, "begin the program's session") : 0;
}

int respawn_split(struct init *in, struct err *e)
{
	struct life l;

	if (settle(in, &l, e) < 0 || !l.refused)
		return e->code;
	for (;;) {
		*l.refused = 0;
		l.started_ms = sys_now_ms();
		l.program = sys_fork();
		if (l.program == 0)
			return begin_child(in, e);
		if (l.program < 0 && !l.has_lived)
			return err_sys(e, l.program, "fork the program");
		fd_close(&in->report_fd);
		if (l.program < 0) {
			*l.refused = l.program;
			program_ended(&l, (struct ending){ .number = NOT_EXECUTED });
		}
		keep(&l);
	}
}
