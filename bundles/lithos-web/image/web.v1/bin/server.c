/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers each connection to the socket that it was handed as descriptor 3 with its name and its environment, but for what
 * is secret.  One connection at a time; instances share the socket, and the kernel chooses.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

extern char **environ;

/*
 * Whatever is asked, it is the same page; but the request has to be read to its end (an empty line): the kernel resets
 * a connection that is closed while something unread is in it, and the client may lose the page.
 */
static bool read_request(int fd)
{
	struct timeval patience = {.tv_sec = 5};
	char some[1024];
	size_t line = 0;
	ssize_t len;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	while ((len = read(fd, some, sizeof(some))) > 0)
		for (ssize_t i = 0; i < len; i++) {
			if (some[i] == '\n' && line == 0)
				return true;
			if (some[i] == '\n')
				line = 0;
			else if (some[i] != '\r')
				line++;
		}
	return false;
}

static void answer(int fd, const char *name)
{
	char text[8192];
	int len;

	if (!read_request(fd))
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
