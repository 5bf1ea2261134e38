/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls a runtime the way an engine does.
 *
 *   client -s REPORT CMD...   be a child subreaper; when CMD is done, write our pid and the pids of
 *                             the children we have inherited to REPORT, one line "SELF: CHILD..."
 *   client -k USEC CMD...     give CMD a PDEATHSIG of SIGKILL and die after USEC microseconds
 *   client -i CMD...          start CMD with SIGPIPE and SIGUSR2 ignored and SIGUSR1 blocked
 *
 * Exit status: CMD's, or 128 and the signal; 0 after -k.
 */

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int parent_of(const char *pid)
{
	char path[300];
	char line[1024];
	const char *p;
	FILE *f;
	int ppid = 0;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fgets(line, sizeof(line), f)) {
		/* the name may hold anything, so look from the last parenthesis */
		p = strrchr(line, ')');
		if (p && sscanf(p + 1, " %*c %d", &ppid) != 1)
			ppid = 0;
	}
	fclose(f);
	return ppid;
}

static void report_children(const char *path)
{
	FILE *report = fopen(path, "we");
	DIR *proc = opendir("/proc");

	if (!report || !proc) {
		fprintf(stderr, "client: %s: %s\n", path, strerror(errno));
		exit(2);
	}
	fprintf(report, "%d:", (int)getpid());
	for (struct dirent *d = readdir(proc); d; d = readdir(proc))
		if (d->d_name[0] >= '0' && d->d_name[0] <= '9' && parent_of(d->d_name) == getpid())
			fprintf(report, " %s", d->d_name);
	fprintf(report, "\n");
	closedir(proc);
	fclose(report);
}

static void hostile_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int main(int argc, char **argv)
{
	char mode = argc > 1 && argv[1][0] == '-' ? argv[1][1] : '?';
	int first = mode == 'i' ? 2 : 3;
	int status = 0;
	pid_t pid;

	if (argc <= first || !strchr("ski", mode)) {
		fprintf(stderr, "usage: client {-s REPORT | -k USEC | -i} CMD...\n");
		return 2;
	}
	if (mode == 's')
		prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = fork();
	if (pid == 0) {
		if (mode == 'k')
			prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		if (mode == 'i')
			hostile_signals();
		execvp(argv[first], argv + first);
		fprintf(stderr, "client: %s: %s\n", argv[first], strerror(errno));
		_exit(127);
	}
	if (mode == 'k') {
		usleep((useconds_t)strtoul(argv[2], NULL, 10));
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (mode == 's')
		report_children(argv[2]);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
