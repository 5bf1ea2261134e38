/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/usage.h"
#include "base/arr.h"
#include "base/fmt.h"
#include "sys/file.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A part of a text that is no string by itself. */
struct slice {
	const char *p;
	size_t n;
};

static bool is_word(struct slice s, const char *word)
{
	return s.n == strlen(word) && memcmp(s.p, word, s.n) == 0;
}

/* The part up to the separator, which is taken off *rest with it; false: nothing is left. */
static bool take(struct slice *rest, char separator, struct slice *ret)
{
	const char *end = memchr(rest->p, separator, rest->n);

	if (rest->n == 0)
		return false;
	*ret = (struct slice){ rest->p, end ? (size_t)(end - rest->p) : rest->n };
	rest->p += ret->n + (end != NULL);
	rest->n -= ret->n + (end != NULL);
	return true;
}

static bool has_word(struct slice list, char separator, const char *word)
{
	struct slice one;

	while (take(&list, separator, &one))
		if (is_word(one, word))
			return true;
	return false;
}

/* ---- where they are ---- */

/* Where the process is in the hierarchy of that controller; with "" in the one of v2, which is listed as "0::/PATH". */
static bool find_path(const char *cgroup, const char *controller, struct slice *ret)
{
	struct slice text = { cgroup, strlen(cgroup) }, line, number, controllers;

	while (take(&text, '\n', &line))
		if (take(&line, ':', &number) && line.n > 0) {
			const char *colon = memchr(line.p, ':', line.n);

			if (!colon)
				continue;
			controllers = (struct slice){ line.p, (size_t)(colon - line.p) };
			*ret = (struct slice){ colon + 1, line.n - controllers.n - 1 };
			if (*controller ? has_word(controllers, ',', controller) : is_word(number, "0") && controllers.n == 0)
				return true;
		}
	return false;
}

/* Fields of a line of mountinfo (proc(5)): ID PARENT DEVICE ROOT POINT OPTIONS [TAG…] - TYPE SOURCE SUPER */
struct mount {
	struct slice root, point, type, super;
};

static bool read_mount(struct slice line, struct mount *ret)
{
	struct slice field;

	for (int i = 0; i < 3; i++)
		if (!take(&line, ' ', &field))
			return false;
	if (!take(&line, ' ', &ret->root) || !take(&line, ' ', &ret->point))
		return false;
	while (take(&line, ' ', &field) && !is_word(field, "-"))
		;
	return take(&line, ' ', &ret->type) && take(&line, ' ', &field) && take(&line, ' ', &ret->super);
}

/* Of the hierarchy of that controller, or with "" of v2. */
static bool is_mount_of(const struct mount *m, const char *controller)
{
	if (!*controller)
		return is_word(m->type, "cgroup2");
	return is_word(m->type, "cgroup") && has_word(m->super, ',', controller);
}

static bool find_mount(const char *mountinfo, const char *controller, struct mount *ret)
{
	struct slice text = { mountinfo, strlen(mountinfo) }, line;

	while (take(&text, '\n', &line))
		if (read_mount(line, ret) && is_mount_of(ret, controller))
			return true;
	return false;
}

/*
 * The directory, or "": it is not mounted, lies outside of what is, or is all that is: the numbers would be everybody's.  A
 * name with a blank, which mountinfo writes as \040, is not found later, and that is all.
 */
static int put_directory(const struct mount *m, struct slice path, char *to, size_t size)
{
	const size_t skip = is_word(m->root, "/") ? 0 : m->root.n;

	if (path.n <= skip + 1 || memcmp(path.p, m->root.p, skip) != 0 || path.p[skip] != '/')
		return 0;
	path.p += skip;
	path.n -= skip;
	return fmt(to, size, "%.*s%.*s", (int)m->point.n, m->point.p, (int)path.n, path.p) < size ? 0 : -ENAMETOOLONG;
}

/* In the hierarchy of v1 that has the controller, else in that of v2. */
static int find_directory(const char *cgroup, const char *mountinfo, const char *controller, char *to, size_t size)
{
	const char *const tried[] = { controller, "" };

	*to = '\0';
	for (size_t i = 0; i < ARRAY_LEN(tried); i++) {
		struct slice path;
		struct mount m;

		if (find_path(cgroup, tried[i], &path))
			return find_mount(mountinfo, tried[i], &m) ? put_directory(&m, path, to, size) : 0;
	}
	return 0;
}

int usage_place(const char *cgroup, const char *mountinfo, char ret_place[USAGE_PLACE_MAX], struct err *e)
{
	static const char *const controllers[] = { "memory", "cpuacct" };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(controllers); i++) {
		int rc;

		/* A line for each; of the last byte nothing is left for the next. */
		if (i > 0 && n + 2 >= USAGE_PLACE_MAX)
			return err_set(e, -ENAMETOOLONG, "the path of a cgroup is too long");
		if (i > 0)
			ret_place[n++] = '\n';
		rc = find_directory(cgroup, mountinfo, controllers[i], ret_place + n, USAGE_PLACE_MAX - n);
		if (rc < 0)
			return err_set(e, rc, "the path of a cgroup is too long");
		n += strlen(ret_place + n);
	}
	return 0;
}

/* A file of procfs, which has no length until it is read; the caller's to free. */
static int read_whole(const char *path, char **ret)
{
	enum { FIRST = 16 << 10, MOST = 4 << 20 };
	auto_close int fd = sys_openat(AT_FDCWD, path, O_RDONLY, 0);

	if (fd < 0)
		return fd;
	for (size_t size = FIRST; size <= MOST; size *= 2) {
		char *text = malloc(size);
		ssize_t n = !text ? -ENOMEM : lseek(fd, 0, SEEK_SET) < 0 ? -errno : sys_read_all(fd, text, size - 1);

		if (n >= 0 && (size_t)n < size - 1) {
			text[n] = '\0';
			*ret = text;
			return 0;
		}
		free(text);
		if (n < 0)
			return (int)n;
	}
	return -EFBIG;
}

int usage_where(pid_t pid, char ret_place[USAGE_PLACE_MAX], struct err *e)
{
	char path[64], *cgroup = NULL, *mountinfo = NULL;
	int rc;

	fmt(path, sizeof(path), "/proc/%d/cgroup", pid);
	rc = read_whole(path, &cgroup);
	if (rc == 0)
		rc = read_whole("/proc/self/mountinfo", &mountinfo);
	if (rc < 0)
		(void)err_sys(e, rc == -ENOENT ? -ESRCH : rc, "ask for the cgroups of process %d", pid);
	else
		rc = usage_place(cgroup, mountinfo, ret_place, e);
	free(cgroup);
	free(mountinfo);
	return rc < 0 ? e->code : 0;
}

/* ---- what they say ---- */

/* "17\n" without a key; of "key 17" lines that of key.  0: there is none. */
static uint64_t number_in(int dir, const char *file, const char *key)
{
	char text[8192];
	struct slice rest = { text, 0 }, line, word;

	if (dir < 0 || sys_read_at(dir, file, text, sizeof(text)) < 0)
		return 0;
	if (!key)
		return strtoull(text, NULL, 10);
	rest.n = strlen(text);
	while (take(&rest, '\n', &line))
		if (take(&line, ' ', &word) && is_word(word, key) && line.n > 0)
			return strtoull(line.p, NULL, 10);
	return 0;
}

/* Only a directory of a cgroup file system: what stood there may have been replaced by anything. */
static int open_place(const char *path)
{
	auto_close int fd = *path ? sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0) : -ENOENT;
	const long magic = fd < 0 ? 0 : sys_fs_magic(fd);

	return magic == K_CGROUP2_SUPER_MAGIC || magic == K_CGROUP_SUPER_MAGIC ? take_fd(fd) : -ENOENT;
}

/* Of two files, of which one kernel has the one and one the other, that which says more. */
static uint64_t most_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void usage_read(const char *place, struct usage *ret)
{
	char memory[USAGE_PLACE_MAX];
	const char *cpu = place ? strchr(place, '\n') : NULL;

	*ret = (struct usage){ 0 };
	if (!cpu || (size_t)(cpu - place) >= sizeof(memory))
		return;
	fmt(memory, sizeof(memory), "%.*s", (int)(cpu - place), place);
	auto_close int memory_dir = open_place(memory);
	auto_close int cpu_dir = open_place(cpu + 1);
	ret->oom_kills = most_of(number_in(memory_dir, "memory.events", "oom_kill"),
				 number_in(memory_dir, "memory.oom_control", "oom_kill"));
	ret->memory_peak = most_of(number_in(memory_dir, "memory.peak", NULL),
				   number_in(memory_dir, "memory.max_usage_in_bytes", NULL));
	ret->cpu_us = most_of(number_in(cpu_dir, "cpu.stat", "usage_usec"),
			      number_in(cpu_dir, "cpuacct.usage", NULL) / 1000);
}
