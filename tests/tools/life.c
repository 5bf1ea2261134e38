/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that is supervised and keeps books of its own lives in a directory that stays, so that a test can compare what
 * has happened with what the supervisor says.
 *
 *	life DIR steady			lives until it is told to end
 *	life DIR mortal MIN MAX		ends after MIN to MAX milliseconds, in one way after the other
 *	life DIR answers [N]		answers connections to descriptor 3 with its name; ends after N of them
 *
 * DIR/ledger gets a line "begin NAME LIFE" for each life and "end NAME LIFE CODE" before it ends by itself, CODE being
 * its exit code or -SIGNAL; and "double NAME" when another one of its name is alive.  No two lives in a row end alike.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char name[128];	/* with '+' for '/': also of files */
static int dir, ledger;
static long life;

static void book(const char *what, long code)
{
	char line[256];
	int n;

	if (strcmp(what, "end") == 0)
		n = snprintf(line, sizeof(line), "end %s %ld %ld\n", name, life, code);
	else
		n = snprintf(line, sizeof(line), "%s %s %ld\n", what, name, life);
	/* in one write, so that lines of many do not mix */
	if (write(ledger, line, (size_t)n) != n)
		_exit(98);
}

static void named(const char *prefix, char path[192])
{
	snprintf(path, 192, "%s.%s", prefix, name);
}

/* Held until the process is gone; a lock that somebody has is a second one of us. */
static void claim(void)
{
	char path[192];
	int fd;

	named("lock", path);
	fd = openat(dir, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
		book("double", 0);
		_exit(99);
	}
}

static void count(void)
{
	char path[192], text[32] = "";
	int fd;

	named("count", path);
	fd = openat(dir, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || pread(fd, text, sizeof(text) - 1, 0) < 0)
		_exit(97);
	life = atol(text) + 1;
	snprintf(text, sizeof(text), "%ld", life);
	if (pwrite(fd, text, strlen(text), 0) < 0)
		_exit(97);
	close(fd);
}

static void end(void)
{
	static const int signals[] = { SIGKILL, SIGSEGV, SIGABRT, SIGUSR1 };
	int number = signals[life / 10 % 4];

	if (life % 10 != 0) {
		book("end", 1 + life % 100);
		_exit((int)(1 + life % 100));
	}
	book("end", -number);
	kill(getpid(), number);
	pause();
}

static void mortal(long least, long most)
{
	struct timespec now, t;
	long ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	srand((unsigned int)(now.tv_nsec ^ getpid() ^ life << 8));
	ms = least + rand() % (most - least + 1);
	t = (struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
	end();
}

/* A request is a line; the whole of it is read, so that closing is no reset. */
static void answer(int fd)
{
	char c = 0, text[160];
	int n = snprintf(text, sizeof(text), "%s %ld\n", name, life);

	while (c != '\n' && read(fd, &c, 1) == 1)
		;
	if (write(fd, text, (size_t)n) < 0)
		return;
	shutdown(fd, SHUT_WR);
	while (read(fd, &c, 1) == 1)
		;
}

static void answers(long many)
{
	for (long i = 0; many == 0 || i < many; i++) {
		int fd = accept(3, NULL, NULL);

		if (fd < 0) {
			perror("life: accept");
			_exit(96);
		}
		answer(fd);
		close(fd);
	}
	end();
}

int main(int argc, char **argv)
{
	const char *who = getenv("LITHOS_NAME"), *mode = argc > 2 ? argv[2] : "";

	if (argc < 3 || !who)
		return 2;
	snprintf(name, sizeof(name), "%s", who);
	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '+';
	dir = open(argv[1], O_DIRECTORY | O_CLOEXEC);
	ledger = openat(dir, "ledger", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (dir < 0 || ledger < 0)
		return 3;
	signal(SIGPIPE, SIG_IGN);
	claim();
	count();
	book("begin", 0);
	if (strcmp(mode, "mortal") == 0 && argc == 5 && atol(argv[4]) >= atol(argv[3]))
		mortal(atol(argv[3]), atol(argv[4]));
	else if (strcmp(mode, "answers") == 0)
		answers(argc > 3 ? atol(argv[3]) : 0);
	else
		for (;;)
			pause();
	return 2;
}
