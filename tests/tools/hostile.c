/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a hostile container, or a careless caller, does.  Static: works inside any root, and on the host.
 *
 *   hostile snoop SECONDS           looks through root, cwd, exe and descriptors from 3 on of all processes that it
 *                                   can see; prints "foreign PID NAME: TARGET" for what is not of this root, at the
 *                                   end "looked COUNT"
 *   hostile exchange A B            swaps two names for as long as it lives
 *   hostile raise CMD...            all of its capabilities inheritable and ambient, then CMD
 *   hostile addkey NAME CMD...      CMD in a new session keyring with a key of that name
 *   hostile findkey NAME            "found" or the error
 *   hostile tty                     errors of opening /dev/tty and of TIOCSTI on standard input
 *   hostile mknod TYPE MAJOR MINOR  makes and opens a node below /tmp: "ok" or the error
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* linux/fs.h, prctl.h, keyctl.h, magic.h and capability.h, which musl does not bring */
enum { EXCHANGE = 2, AMBIENT = 47, AMBIENT_RAISE = 2, JOIN_SESSION = 1, SEARCH = 10, SESSION_KEYRING = -3, PROC_SUPER_MAGIC = 0x9fa0 };

struct cap_header {
	uint32_t version;
	int pid;
};

struct cap_data {
	uint32_t effective, permitted, inheritable;
};

static int say(const char *what, int failed)
{
	printf("%s: %s\n", what, failed ? strerror(errno) : "ok");
	return 0;
}

/* ---- snoop ---- */

static unsigned long looked;

static int is_of_this_root(const char *text, const struct stat *st)
{
	struct stat mine;

	/* pipes, sockets, namespaces; memory; the null device and terminals, which everybody has */
	if (text[0] != '/' || strncmp(text, "/memfd:cist-", 12) == 0 || S_ISCHR(st->st_mode))
		return 1;
	return stat(text, &mine) == 0 && mine.st_dev == st->st_dev && mine.st_ino == st->st_ino;
}

/*
 * Another procfs of this pid namespace shows what /proc here does: its root, without anything but processes, or what it has
 * of one of ours.
 */
static int is_of_our_processes(int fd, const char *text, const struct stat *st)
{
	char in_it[32], mine[32], path[32];
	struct statfs fs;
	ssize_t n, m;
	int pid;

	if (fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return 0;
	if (sscanf(text, "/%d/", &pid) == 1) {
		snprintf(path, sizeof(path), "/proc/%d", pid);
		return access(path, F_OK) == 0;
	}
	n = readlinkat(fd, "self", in_it, sizeof(in_it));
	m = readlink("/proc/self", mine, sizeof(mine));
	return st->st_ino == 1 && n > 0 && n == m && memcmp(in_it, mine, (size_t)n) == 0 && faccessat(fd, "sys", F_OK, 0) < 0;
}

static void look_at(const char *pid, const char *name)
{
	char path[300], self[64], text[4096];
	struct stat st;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return;
	looked++;
	/* Of the handle that we now have, not of the process, which goes on. */
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	n = readlink(self, text, sizeof(text) - 1);
	if (n > 0 && fstat(fd, &st) == 0) {
		text[n] = '\0';
		if (!is_of_this_root(text, &st) && !is_of_our_processes(fd, text, &st))
			printf("foreign %s %s: %s\n", pid, name, text);
	}
	close(fd);
}

static void look_at_descriptors(const char *pid)
{
	char path[300];
	struct dirent *d;
	DIR *list;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	list = opendir(path);
	if (!list)
		return;
	while ((d = readdir(list))) {
		/* 0 to 2 are what the caller wants the process to have */
		if (d->d_name[0] == '.' || strtol(d->d_name, NULL, 10) < 3)
			continue;
		snprintf(path, sizeof(path), "fd/%s", d->d_name);
		look_at(pid, path);
	}
	closedir(list);
}

static void look_around(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;

	if (!proc)
		return;
	while ((d = readdir(proc))) {
		if (d->d_name[0] < '0' || d->d_name[0] > '9' || strtol(d->d_name, NULL, 10) == getpid())
			continue;
		look_at(d->d_name, "root");
		look_at(d->d_name, "exe");
		look_at(d->d_name, "cwd");
		look_at_descriptors(d->d_name);
	}
	closedir(proc);
}

static int do_snoop(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 0 ? strtol(argv[0], NULL, 10) : 1);

	while (time(NULL) < end)
		look_around();
	printf("looked %lu\n", looked);
	return 0;
}

/* ---- the others ---- */

static int do_exchange(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	for (;;)
		if (syscall(SYS_renameat2, AT_FDCWD, argv[0], AT_FDCWD, argv[1], EXCHANGE) < 0)
			return say(argv[0], 1) + 1;
}

static int become(char **argv)
{
	execvp(argv[0], argv);
	return say(argv[0], 1) + 1;
}

static int do_raise(int argc, char **argv)
{
	struct cap_header h = { .version = 0x20080522 };
	struct cap_data d[2];

	if (argc < 1 || syscall(SYS_capget, &h, d) < 0)
		return 2;
	for (int i = 0; i < 2; i++)
		d[i].inheritable = d[i].permitted;
	if (syscall(SYS_capset, &h, d) < 0)
		return say("capset", 1) + 1;
	for (unsigned long c = 0; c < 64; c++)
		prctl(AMBIENT, AMBIENT_RAISE, c, 0, 0);
	return become(argv);
}

static int do_addkey(int argc, char **argv)
{
	if (argc < 2 || syscall(SYS_keyctl, JOIN_SESSION, "hostile") < 0 ||
	    syscall(SYS_add_key, "user", argv[0], "secret", 6, SESSION_KEYRING) < 0)
		return say("add_key", 1) + 2;
	return become(argv + 1);
}

static int do_findkey(int argc, char **argv)
{
	if (argc < 1)
		return 2;
	if (syscall(SYS_keyctl, SEARCH, SESSION_KEYRING, "user", argv[0], 0) < 0)
		return say("keyctl", 1);
	printf("found\n");
	return 0;
}

static int do_tty(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	say("open", open("/dev/tty", O_RDWR | O_CLOEXEC) < 0);
	return say("TIOCSTI", ioctl(STDIN_FILENO, TIOCSTI, "x") < 0);
}

static int do_mknod(int argc, char **argv)
{
	const char *path = "/tmp/node";
	dev_t dev;
	int fd;

	if (argc < 3)
		return 2;
	dev = makedev(strtoul(argv[1], NULL, 10), strtoul(argv[2], NULL, 10));
	unlink(path);
	if (mknod(path, (argv[0][0] == 'b' ? S_IFBLK : S_IFCHR) | 0666, dev) < 0)
		return say("mknod", 1);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return say("open", fd < 0);
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "snoop", do_snoop },   { "exchange", do_exchange }, { "raise", do_raise }, { "addkey", do_addkey },
	{ "findkey", do_findkey }, { "tty", do_tty },         { "mknod", do_mknod },
};

int main(int argc, char **argv)
{
	int status;

	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[1], verbs[i].name) == 0) {
			status = verbs[i].run(argc - 2, argv + 2);
			return fflush(stdout) == 0 ? status : 1;
		}
	fprintf(stderr, "hostile: unknown verb\n");
	return 2;
}
