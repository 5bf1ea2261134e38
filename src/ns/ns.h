/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Namespaces: which are made, which are joined by path, and what is set inside them.
 *
 * The deciding half is ns_plan(), the host's acting half opens and checks the paths and writes id maps and
 * time offsets, the init's acting half (ns/inside.c) sets names, sysctls and the loopback device.
 */
#ifndef CIST_NS_NS_H
#define CIST_NS_NS_H

#include "base/arena.h"
#include "base/err.h"
#include "sys/abi.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct explain;
struct oci_config;

enum ns_kind { NS_USER, NS_MOUNT, NS_PID, NS_NET, NS_IPC, NS_UTS, NS_CGROUP, NS_TIME, NS__COUNT };

struct ns_kind_row {
	const char *oci;	/* the name config.json uses */
	const char *proc;	/* the name below /proc/PID/ns */
	uint64_t flag;		/* CLONE_NEW… */
};
extern const struct ns_kind_row ns_kinds[NS__COUNT];

/* 0 and *ret_kind, or -EINVAL. */
int ns_kind_from_oci(const char *name, enum ns_kind *ret_kind);

struct ns_join {
	uint32_t kind;		/* enum ns_kind */
	int32_t fd;		/* opened by ns_open_joins() */
	const char *path;
	const char *from;	/* JSON path */
};

struct ns_sysctl {
	const char *file;	/* below /proc: "sys/net/core/somaxconn" */
	const char *value;
	const char *from;
};

/* Who writes an id map: new_idmap_permitted() of the kernel lets an ordinary user map one id, his own. */
enum ns_map_writer {
	NS_MAP_WRITE,			/* cist itself */
	NS_MAP_HELPER,			/* newuidmap(1), newgidmap(1): what /etc/subuid and /etc/subgid give to the user */
};

/* What the decisions need to know about who calls. */
struct ns_caller {
	uint32_t uid, gid;		/* effective */
	bool may_make;			/* CAP_SYS_ADMIN in its user namespace: all kinds of namespaces */
	bool may_set_uids;		/* CAP_SETUID there: any id that is mapped there */
	bool may_set_gids;
};

struct ns_plan {
	uint64_t fresh;			/* CLONE_NEW… of all that are made */
	uint64_t joined;		/* … of all that are joined */
	struct ns_join *joins;		/* in the order of joining: user last, since it takes rights away */
	uint32_t n_joins;
	const char *uid_map;		/* text for /proc/PID/uid_map; NULL: no new user namespace */
	const char *gid_map;
	uint8_t uid_writer;		/* enum ns_map_writer */
	uint8_t gid_writer;
	bool denies_setgroups;		/* user_namespaces(7): the price of a group map that needs no privilege */
	const char *time_offsets;	/* text for timens_offsets, or NULL */
	const char *hostname;
	const char *domainname;
	const struct ns_sysctl *sysctls;
	uint32_t n_sysctls;
};

static inline bool ns_has(const struct ns_plan *p, uint64_t flag)
{
	return ((p->fresh | p->joined) & flag) != 0;
}

/* What clone3(2) makes: the cgroup namespace is entered later (init/steps.h), the time namespace is for children. */
static inline uint64_t ns_of_clone(const struct ns_plan *p)
{
	return p->fresh & ~(K_CLONE_NEWCGROUP | K_CLONE_NEWTIME);
}

/*
 * The same where a process goes in between (launch.h): it is made in the new user namespace already, so that the others
 * belong to that, unless it has to join some with the rights of the caller before.
 */
static inline uint64_t ns_of_between(const struct ns_plan *p)
{
	return p->n_joins == 0 ? p->fresh & K_CLONE_NEWUSER : 0;
}

/* CLONE_NEW… of each kind that a container has of its own, made or joined; the others it shares with the runtime. */
uint64_t ns_of_config(const struct oci_config *c);

/* Pure.  Errors name the member.  What libocispec/check.h judges is not judged again. */
must_use int ns_plan(const struct oci_config *c, const struct ns_caller *who, struct arena *a, struct ns_plan *ret_plan,
		     struct err *e);

/* Part of it: whether this caller may do that, and who writes the maps. */
must_use int ns_plan_rights(const struct oci_config *c, const struct ns_caller *who, struct ns_plan *p, struct err *e);

/* Opens the paths of the joins; each must be an nsfs file of the right type. */
must_use int ns_open_joins(struct ns_plan *p, struct err *e);

/*
 * Joins all of p->joins: first those that the caller's rights suffice for, then the user namespace, then those
 * that only its root may join.  pid and time apply to children only.
 */
must_use int ns_enter(const struct ns_plan *p, bool keep_groups, struct err *e);

/*
 * As root in the present user namespace, with no group but its own: needed after joining or waiting for a map.
 * keep_groups: those of the caller stay.
 */
must_use int ns_become_root(bool keep_groups, struct err *e);

/* Where the newuidmap or newgidmap is that would be executed: one that only root can have put there.  False: nowhere. */
enum { NS_HELPER_PATH_MAX = 4096 };
bool ns_find_helper(const char *name, char ret_path[NS_HELPER_PATH_MAX]);

/* Writes the id maps of the process pid, each in one write(2), or has them written. */
must_use int ns_write_maps(const struct ns_plan *p, pid_t pid, struct err *e);

/*
 * Makes the new time namespace for the caller's children and sets its offsets: the kernel takes them only as long
 * as nobody is inside.
 */
must_use int ns_make_time(const struct ns_plan *p, struct err *e);

/* In the init. */
must_use int ns_loopback_up(struct err *e);
must_use int ns_set_names(const struct ns_plan *p, struct err *e);
/* proc_fd is a trusted procfs (mnt/mnt.h). */
must_use int ns_write_sysctls(const struct ns_plan *p, int proc_fd, struct err *e);

void ns_explain_joins(const struct ns_plan *p, struct explain *x);
void ns_explain_enter(const struct ns_plan *p, struct explain *x);
/* flags: CLONE_NEW… that one clone makes. */
void ns_explain_fresh(uint64_t flags, struct explain *x);
void ns_explain_maps(const struct ns_plan *p, struct explain *x);
void ns_explain_names(const struct ns_plan *p, struct explain *x);
void ns_explain_sysctls(const struct ns_plan *p, struct explain *x);

#endif
