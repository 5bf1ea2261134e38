/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The id maps of a new user namespace: written, or handed to the set-user-id helpers of shadow-utils. */
#include "ns/ns.h"
#include "base/arr.h"
#include "base/fmt.h"
#include "base/limits.h"
#include "sys/file.h"
#include "sys/process.h"

#include <stdlib.h>
#include <string.h>

/* What differs between the two maps. */
static const struct map_kind {
	const char *member;
	const char *file;
	const char *helper;
	const char *given;	/* where the administrator says what a user may map */
} kinds[] = {
	{ "linux.uidMappings", "uid_map", "newuidmap", "/etc/subuid" },
	{ "linux.gidMappings", "gid_map", "newgidmap", "/etc/subgid" },
};

enum { HELPER_SAYS_MAX = 512, HELPER_ARGS_MAX = 3 * ID_MAP_ROWS_MAX + 3 };

/* ---- the helper's file ---- */

/* It gets to act for the caller with more rights than he has, so it has to be one that only root could have put there. */
static bool is_trusted(const char *path)
{
	auto_close int fd = sys_openat(AT_FDCWD, path, O_PATH, 0);
	struct stat st;

	return fd >= 0 && sys_fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 &&
	       st.st_mode & 0111 && !(st.st_mode & 022);
}

static bool in_directory(const char *dir, size_t len, const char *name, char path[NS_HELPER_PATH_MAX])
{
	return len > 0 && *dir == '/' &&
	       fmt(path, NS_HELPER_PATH_MAX, "%.*s/%s", (int)len, dir, name) < NS_HELPER_PATH_MAX && is_trusted(path);
}

/* The usual places first, then absolute ones of PATH, as some systems keep set-user-id programs apart. */
bool ns_find_helper(const char *name, char ret_path[NS_HELPER_PATH_MAX])
{
	static const char usual[] = "/usr/bin:/bin:/usr/local/bin";
	const char *lists[] = { usual, getenv("PATH") };

	for (size_t i = 0; i < ARRAY_LEN(lists) && lists[i]; i++)
		for (const char *dir = lists[i]; *dir; dir += strspn(dir, ":")) {
			size_t len = strcspn(dir, ":");

			if (in_directory(dir, len, name, ret_path))
				return true;
			dir += len;
		}
	return false;
}

static int find_helper(const struct map_kind *k, char path[NS_HELPER_PATH_MAX], struct err *e)
{
	if (ns_find_helper(k->helper, path))
		return 0;
	return err_set(e, -ENOENT, "%s: more than one id takes the program %s, which is not there (package uidmap or "
		       "shadow-utils)", k->member, k->helper);
}

/* ---- its run ---- */

struct helper_call {
	char path[NS_HELPER_PATH_MAX];
	char pid[16];
	char words[ID_MAP_BYTES_MAX + 1];	/* the map, its blanks and newlines made into ends of strings */
	const char *argv[HELPER_ARGS_MAX];
};

static int make_call(const struct map_kind *k, const char *map, pid_t pid, struct helper_call *c, struct err *e)
{
	size_t n = 0;

	if (find_helper(k, c->path, e) < 0)
		return e->code;
	fmt(c->pid, sizeof(c->pid), "%d", pid);
	fmt(c->words, sizeof(c->words), "%s", map);
	c->argv[n++] = k->helper;
	c->argv[n++] = c->pid;
	for (char *p = c->words; *p && n + 1 < ARRAY_LEN(c->argv); p++) {
		c->argv[n++] = p;
		p += strcspn(p, " \n");
		*p = '\0';
	}
	c->argv[n] = NULL;
	return 0;
}

static _Noreturn void become_helper(const struct helper_call *c, int says)
{
	const char *const envp[] = { "PATH=/usr/bin:/bin", NULL };

	if (dup2(says, 1) == 1 && dup2(says, 2) == 2 && sys_close_range(3, K_CLOSE_RANGE_CLOEXEC) == 0 &&
	    sys_reset_signals(SYS_ALL_SIGNALS) == 0)
		execve(c->path, (char *const *)(uintptr_t)c->argv, (char *const *)(uintptr_t)envp);
	_exit(127);
}

/* What it said, on one line. */
static void hear(int fd, char says[HELPER_SAYS_MAX])
{
	ssize_t n = sys_read_all(fd, says, HELPER_SAYS_MAX - 1);

	says[n > 0 ? n : 0] = '\0';
	for (char *p = says; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = p[1] ? ' ' : '\0';
}

static int run_helper(const struct map_kind *k, const struct helper_call *c, struct err *e)
{
	int fds[2], pidfd = -EBADF, status;
	struct k_clone_args args = { .flags = K_CLONE_PIDFD, .exit_signal = SIGCHLD, .pidfd = (uint64_t)(uintptr_t)&pidfd };
	char says[HELPER_SAYS_MAX];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(e, -errno, "%s: pipe", k->member);
	auto_close int in = fds[0];
	auto_close int out = fds[1];
	pid = sys_clone3(&args);
	if (pid < 0)
		return err_sys(e, pid, "%s: run %s", k->member, c->path);
	if (pid == 0)
		become_helper(c, out);
	fd_close(&out);
	hear(in, says);
	status = sys_pidfd_wait(pidfd);
	fd_close(&pidfd);
	if (status == 0)
		return 0;
	if (status == 127)
		return err_set(e, -EACCES, "%s: cannot execute %s", k->member, c->path);
	return err_set(e, -EPERM, "%s: %s: %s (%s says which ids the user may map; usermod --add-sub%ss adds some)", k->member,
		       c->path, *says ? says : "it failed without a reason", k->given, k->file[0] == 'u' ? "uid" : "gid");
}

static int ask_helper(const struct map_kind *k, const char *map, pid_t pid, struct err *e)
{
	struct helper_call *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return err_nomem(e);
	rc = make_call(k, map, pid, c, e);
	if (rc == 0)
		rc = run_helper(k, c, e);
	free(c);
	return rc;
}

/* ---- both ---- */

static int write_map(const struct map_kind *k, int proc, const char *map, pid_t pid, uint8_t writer, struct err *e)
{
	int rc;

	if (writer == NS_MAP_HELPER)
		return ask_helper(k, map, pid, e);
	rc = sys_write_at(proc, k->file, map);
	return rc < 0 ? err_sys(e, rc, "%s: write %s", k->member, k->file) : 0;
}

int ns_write_maps(const struct ns_plan *p, pid_t pid, struct err *e)
{
	char dir[32];
	int rc;

	fmt(dir, sizeof(dir), "/proc/%d", pid);
	auto_close int proc = sys_openat(AT_FDCWD, dir, O_PATH | O_DIRECTORY, 0);
	if (proc < 0)
		return err_sys(e, proc, "open %s", dir);
	if (write_map(&kinds[0], proc, p->uid_map, pid, p->uid_writer, e) < 0)
		return e->code;
	/* Before the map: afterwards the kernel takes neither (CVE-2014-8989). */
	rc = p->denies_setgroups ? sys_write_at(proc, "setgroups", "deny") : 0;
	if (rc < 0)
		return err_sys(e, rc, "linux.gidMappings: write deny to setgroups");
	return write_map(&kinds[1], proc, p->gid_map, pid, p->gid_writer, e);
}
