/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/container.h"
#include "sys/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void print_json(const pid_t *pids, size_t n)
{
	if (n == 0) {
		puts("null");
		return;
	}
	for (size_t i = 0; i < n; i++)
		printf("%c%d", i == 0 ? '[' : ',', pids[i]);
	puts("]");
}

static int compare_pids(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Number of the column that is headed PID, counted from 0; -1: there is none. */
static int pid_column(const char *header)
{
	int column = 0;

	for (const char *p = header; *p; column++) {
		size_t n;

		p += strspn(p, " \t\n");
		n = strcspn(p, " \t\n");
		if (n == 3 && strncmp(p, "PID", 3) == 0)
			return column;
		p += n;
	}
	return -1;
}

static pid_t pid_of_line(const char *line, int column)
{
	const char *p = line + strspn(line, " \t");

	for (; column > 0; column--) {
		p += strcspn(p, " \t\n");
		p += strspn(p, " \t");
	}
	return (pid_t)strtol(p, NULL, 10);
}

static int filter(FILE *in, const pid_t *pids, size_t n, struct err *e)
{
	char *line = NULL;
	size_t size = 0;
	int column = -1;

	if (getline(&line, &size, in) > 0)
		column = pid_column(line);
	if (column < 0) {
		free(line);
		return err_set(e, -EINVAL, "couldn't find PID field in ps output");
	}
	fputs(line, stdout);
	while (getline(&line, &size, in) > 0) {
		pid_t pid = pid_of_line(line, column);

		if (bsearch(&pid, pids, n, sizeof(pid), compare_pids))
			fputs(line, stdout);
	}
	free(line);
	return 0;
}

static pid_t start_ps(const char *const *args, size_t n_args, int out)
{
	const char *argv[64] = { "ps", "-ef" };
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int rc;

	for (size_t i = 0; i < n_args && i < 62; i++)
		argv[i + 1] = args[i];
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	rc = posix_spawnp(&pid, "ps", &actions, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return rc == 0 ? pid : -rc;
}

static int print_table(const pid_t *pids, size_t n, const char *const *args, size_t n_args, struct err *e)
{
	int fds[2], rc, status = 0;
	pid_t ps;
	FILE *in;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(e, -errno, "pipe");
	ps = start_ps(args, n_args, fds[1]);
	close(fds[1]);
	if (ps < 0) {
		close(fds[0]);
		return err_sys(e, ps, "run ps");
	}
	in = fdopen(fds[0], "r");
	rc = in ? filter(in, pids, n, e) : err_sys(e, -errno, "read from ps");
	if (in)
		fclose(in);
	while (waitpid(ps, &status, 0) < 0 && errno == EINTR)
		;
	return rc;
}

int runtime_ps(const struct runtime *rt, const char *id, bool json, const char *const *args, size_t n_args, struct err *e)
{
	auto_container struct container c = CONTAINER_INIT;
	pid_t *pids = NULL;
	size_t n = 0;
	int rc;

	if (n_args > 60)
		return err_set(e, -E2BIG, "more arguments for ps than 60");
	if (container_open(rt, id, &c, e) < 0)
		return e->code;
	if (c.cg.n == 0 && c.pidfd >= 0)
		return err_set(e, -EOPNOTSUPP, "the container has no cgroup that would tell its processes");
	if (cg_pids(&c.cg, &pids, &n, e) < 0)
		return e->code;
	if (json) {
		print_json(pids, n);
		rc = 0;
	} else {
		rc = print_table(pids, n, args, n_args, e);
	}
	free(pids);
	return rc;
}
