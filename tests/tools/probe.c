/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What busybox cannot show of a container's inside. Static, copied into the test's root.
 *
 *   probe notify MESSAGE...     one datagram each to $NOTIFY_SOCKET
 *   probe keyring               description of the session keyring
 *   probe syscall NR [ARG...]   make the call; print "RESULT ERRNO"
 *   probe eat BYTES             touch that much memory; print "ate BYTES"
 *   probe open PATH             open read-write; print "ok" or the error
 *   probe getcwd                what the kernel says about the working directory
 *   probe wait                  pause, without a shell
 *   probe serve FD TEXT         say TEXT to whoever connects to the socket that listens at FD
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

static int do_notify(int argc, char **argv)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (!path || strlen(path) >= sizeof(sa.sun_path))
		return fail("NOTIFY_SOCKET");
	memcpy(sa.sun_path, path, strlen(path));
	for (int i = 0; i < argc; i++)
		if (sendto(fd, argv[i], strlen(argv[i]), 0, (const struct sockaddr *)&sa,
			   sizeof(sa)) < 0)
			return fail(path);
	return 0;
}

static int do_serve(int argc, char **argv)
{
	int listener = argc == 2 ? (int)strtol(argv[0], NULL, 10) : -1, fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		if (write(fd, argv[1], strlen(argv[1])) < 0)
			return fail("write");
		close(fd);
	}
	return fail("accept");
}

static int do_keyring(int argc, char **argv)
{
	char buf[256];
	long n;

	(void)argc;
	(void)argv;
	/* KEYCTL_DESCRIBE (6) of KEY_SPEC_SESSION_KEYRING (-3) */
	n = syscall(SYS_keyctl, 6, -3, buf, sizeof(buf) - 1);
	if (n < 0)
		return fail("keyctl");
	buf[sizeof(buf) - 1] = '\0';
	printf("%s\n", buf);
	return 0;
}

static int do_syscall(int argc, char **argv)
{
	unsigned long a[7] = { 0 };
	long ret;

	for (int i = 0; i < argc && i < 7; i++)
		a[i] = strtoul(argv[i], NULL, 0);
	errno = 0;
	ret = syscall((long)a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
	printf("%ld %d\n", ret, errno);
	return 0;
}

static int do_eat(int argc, char **argv)
{
	size_t size = argc > 0 ? strtoul(argv[0], NULL, 0) : 0;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return fail("mmap");
	for (size_t i = 0; i < size; i += 4096)
		((volatile char *)p)[i] = 1;
	printf("ate %zu\n", size);
	return 0;
}

static int do_open(int argc, char **argv)
{
	int fd = argc > 0 ? open(argv[0], O_RDWR | O_CLOEXEC | O_NOCTTY) : -1;

	if (fd < 0)
		return fail(argc > 0 ? argv[0] : "open");
	printf("ok\n");
	return 0;
}

static int do_getcwd(int argc, char **argv)
{
	char buf[4096];

	(void)argc;
	(void)argv;
	if (syscall(SYS_getcwd, buf, sizeof(buf)) < 0)
		return fail("getcwd");
	printf("%s\n", buf);
	return 0;
}

static int do_wait(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	pause();
	return 0;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "notify", do_notify }, { "keyring", do_keyring }, { "syscall", do_syscall },
	{ "eat", do_eat },       { "open", do_open },       { "getcwd", do_getcwd },
	{ "wait", do_wait },     { "serve", do_serve },
};

int main(int argc, char **argv)
{
	int status;

	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[1], verbs[i].name) == 0) {
			status = verbs[i].run(argc - 2, argv + 2);
			return fflush(stdout) == 0 ? status : 1;
		}
	fprintf(stderr, "probe: unknown verb\n");
	return 2;
}
