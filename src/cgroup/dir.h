/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The acting half's view of one directory of a cgroup file system, and of the trees below it. */
#ifndef CIST_CGROUP_DIR_H
#define CIST_CGROUP_DIR_H

#include "cgroup/cgroup.h"

/* ---- dir.c ---- */

/* A directory for use with the *at calls: O_PATH, below dirfd without links or mounts in between. */
int cg_dir_below(int dirfd, const char *path);

/* Fills *d but for fd; the mount point is opened and must be a cgroup file system of the right version. */
int cg_dir_init(struct cg_dir *d, const char *mount_point, const char *path, bool is_v2, uint32_t controllers,
		struct err *e);
void cg_dir_close(struct cg_dir *d);

/* The place that stands for all: every process of the container is in each, so one v2 and one v1 are looked at. */
const struct cg_dir *cg_dir_v2(const struct cg *cg);
const struct cg_dir *cg_dir_v1(const struct cg *cg);
/* Where freezing works: v1's controller if it is there, else v2.  NULL: nowhere. */
const struct cg_dir *cg_dir_freezer(const struct cg *cg);

/* What does not exist, is being removed, or was removed while we looked. */
static inline bool cg_is_gone(int rc)
{
	return rc == -ENOENT || rc == -ENODEV || rc == -ESTALE;
}

/* ---- apply.c, journal.c: writing, and the way back ---- */

int cg_fits(const struct cg *cg, const struct cg_plan *p, struct err *e);
/* The writes of a plan in their order, from that one on.  With a journal, which has room for all of them, it can be undone. */
int cg_write_from(size_t first, const struct cg *cg, const struct cg_plan *p, void (*warn)(const char *text),
		  struct cg_journal *journal, struct err *e);
/* What file holds now that writing value would change; an empty one when there is no such file. */
int cg_old_read(const struct cg_dir *d, const char *file, const char *value, struct cg_old *ret_old, struct err *e);
void cg_old_free(struct cg_old *old);
/* Pure: what has to be written to file so that it reads `now` again after value was written; malloc'ed. */
char *cg_old_value(const char *file, const char *value, const char *now);

/* ---- level.c: making one level of a path ---- */

/* v2: switches the place's controllers on for the children of the cgroup dirfd, called `where` in errors. */
int cg2_enable(int dirfd, const char *where, const struct cg_place *place, struct err *e);
/* "+cpu +memory" */
size_t cg2_enable_text(uint32_t set, char *buf, size_t size);
/* v1 cpuset: a child without CPUs and memory nodes can hold no process, so it gets its parent's. */
int cg1_inherit_cpuset(int parent_fd, int child_fd, const char *where, struct err *e);

/* ---- create.c ---- */

/* rmdir of a path below the mount point; no link and no other mount on the way. */
int cg_rmdir(int root_fd, const char *path);
/* Removes n levels of the first len bytes of a path, from its end upwards, as far as they are empty. */
void cg_remove_levels(int root_fd, const char *path, size_t len, uint32_t n);

/* ---- freeze.c ---- */

/* 1 when a process put there would stop at once, as it or a cgroup above it is frozen; else 0. */
int cg_is_held(const struct cg *cg, struct err *e);

/* ---- tree.c ---- */

/* Pids of the subtree of the directory, appended to a growing list. */
struct cg_pid_list {
	pid_t *v;
	size_t n;
	size_t room;
};
void cg_pid_list_free(struct cg_pid_list *l);
#define auto_pids __attribute__((cleanup(cg_pid_list_free)))
int cg_tree_pids(const struct cg_dir *d, struct cg_pid_list *l, struct err *e);
/* Of the v2 place and one v1 place: sorted, each once. */
int cg_all_pids(const struct cg *cg, struct cg_pid_list *l, struct err *e);
bool cg_pid_list_has(const struct cg_pid_list *l, pid_t pid);

/* Removes all below fd until deadline_ms (sys_now_ms). */
int cg_tree_remove_below(int fd, int64_t deadline_ms);

/* ---- events.c ---- */

/*
 * Waits until `key` in the directory's cgroup.events is `value`: 0, or 1 when the deadline has passed; a cgroup that
 * is gone counts as empty and not frozen.
 */
int cg_events_wait(const struct cg_dir *d, const char *key, int value, int64_t deadline_ms);
/* The value of key at present, or a negative errno. */
int cg_events_get(const struct cg_dir *d, const char *key);
/* Lets other processes go on for ms (v1 gives no event to wait for); never beyond the deadline. */
void cg_pause(int ms, int64_t deadline_ms);

#endif
