/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The decisions for one launch: the plan that cist-init carries out, and what cist does around it.  Making it needs
 * no privilege and touches nothing; facts about the host come in as data.
 */
#ifndef CIST_RUNTIME_BLUEPRINT_H
#define CIST_RUNTIME_BLUEPRINT_H

#include "cgroup/cgroup.h"
#include "init/plan.h"
#include "net/conf.h"
#include "rdt/rdt.h"
#include "runtime/facts.h"
#include "runtime/filter.h"

struct oci_config;
struct oci_process;

/* "true": the program has the variables of process.env; no HOME is looked up for it. */
#define BLUEPRINT_EXACT_ANNOTATION "org.cist.env.exact"

struct blueprint {
	struct arena *arena;
	const struct oci_config *config;	/* the caller's document; outlives this */
	const struct oci_config *kept;		/* of it, for the state directory; NULL: the bytes as they are */
	struct plan *plan;			/* all that the init needs */
	struct cg_plan cgroup;
	struct filter_agent agent;
	struct rdt_plan rdt;
	struct net_conf network;		/* of netconf.json; all of it is cist's to make */
	struct priv_warnings warnings;
	const char *id;
	const char *bundle;			/* absolute */
	const char *rootfs;			/* absolute */
	const char *const *unknown;		/* members of the configuration that nobody knows; for explain alone */
	size_t n_unknown;
	const char *notify_dir;			/* STATE/notify, when somebody waits for READY */
};

struct blueprint_request {
	const struct oci_config *config;
	const struct oci_netconf *netconf;	/* NULL: none */
	const char *id;
	const char *bundle;			/* absolute */
	const char *state_dir;			/* absolute path that the container's state directory will have */
	const struct facts *facts;
	enum cg_driver_kind driver;
	uint32_t preserve_fds;
	bool no_pivot;
	bool no_new_keyring;
	bool init;				/* --init; the configuration may ask for it too */
};

/* For create, run and explain. */
must_use int blueprint_make(const struct blueprint_request *r, struct arena *a, struct blueprint *ret_bp, struct err *e);

/* For exec: a plan for one more process of a container; process is complete already. */
struct join_request {
	const struct oci_config *config;	/* what the container was created from */
	const struct oci_process *process;
	const struct facts *facts;
	const char *keyring;			/* NULL: none */
	uint32_t preserve_fds;
};
must_use int blueprint_make_join(const struct join_request *r, struct arena *a, struct blueprint *ret_bp, struct err *e);

/* For mounts of a container that is there: added, or removed. */
struct mounts_request {
	const struct oci_config *config;	/* what the container was created from */
	const struct oci_mounts *mounts;
	const char *bundle;
	const struct facts *facts;
	bool remove;
};
must_use int blueprint_make_mounts(const struct mounts_request *r, struct arena *a, struct blueprint *ret_bp,
				   struct err *e);

#endif
