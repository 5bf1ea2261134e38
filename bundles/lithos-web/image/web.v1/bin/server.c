/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers each connection to the socket that it was handed as descriptor 3 with its name and its environment, but for what
 * is secret.  One connection at a time; instances share the socket, and the kernel chooses.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

extern char **environ;

static void answer(int fd, const char *name)
{
	char request[4096], text[8192];
	int len;

	/* whatever was asked, it is the same page */
	if (read(fd, request, sizeof(request)) < 0)
		return;
	len = snprintf(text, sizeof(text), "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n%s, process %d\n", name, getpid());
	for (char **e = environ; *e && len < (int)sizeof(text) - 512; e++)
		if (strncmp(*e, "SESSION_KEY=", 12) != 0)
			len += snprintf(text + len, sizeof(text) - (size_t)len, "%.500s\n", *e);
	if (write(fd, text, (size_t)len) < 0)
		perror("server: write");
}

int main(int argc, char **argv)
{
	const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID"), *key = getenv("SESSION_KEY");
	const char *name = argc > 1 && strncmp(argv[1], "--name=", 7) == 0 ? argv[1] + 7 : "server";

	if (!fds || !pid || atoi(fds) < 1 || atoi(pid) != getpid() || !key) {
		fprintf(stderr, "%s: no socket for process %d, or no key\n", name, getpid());
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		int fd = accept(3, NULL, NULL);

		if (fd < 0) {
			perror("server: accept");
			return 1;
		}
		answer(fd, name);
		close(fd);
	}
}
