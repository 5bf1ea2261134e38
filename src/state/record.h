/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is kept of a container between two commands: a small JSON document, so that `state` and `list` need not read
 * config.json.  It is written before the first side effect and says what has been made.
 *
 * On reading it is hostile input: a full disk or a crash may have left anything.
 */
#ifndef CIST_STATE_RECORD_H
#define CIST_STATE_RECORD_H

#include "base/err.h"
#include "cgroup/cgroup.h"
#include "libocispec/ocispec.h"
#include "net/net.h"
#include "rdt/rdt.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define RECORD_VERSION 1

struct record {
	uint32_t version;
	const char *id;
	bool created;			/* create has done its work; false: it is at it, or died */
	int32_t pid;			/* of the init, on the host; 0: not launched yet */
	uint64_t start_time;		/* of the init, ticks since boot */
	const char *boot_id;		/* of the boot that pid and start_time belong to */
	const char *birth;		/* RFC 3339, UTC: when create was called */
	const char *bundle;
	const char *rootfs;
	struct oci_pair *annotations;
	size_t n_annotations;
	struct cg_record cgroup;
	struct rdt_record rdt;
	bool has_poststart;		/* hooks: else the configuration need not be read again */
	bool has_poststop;
	bool own_pid_namespace;		/* the kernel ends everybody with the init */
	const char *keyring;		/* that exec joins; NULL: none was made */
	struct net_record net;		/* devices that were moved, and how to bring them back */
	const char *notify_socket;	/* of the host, where READY goes; NULL: nobody waits */
};

/*
 * One malloc'ed document that owns what the record points to: oci_doc_free().  RECORD_DAMAGED: it is no record, and *e says
 * what it is; that of another version of cist is an error (-EPROTO).
 */
enum record_answer { RECORD_FOUND = 0, RECORD_ABSENT = 1, RECORD_DAMAGED = 2 };
must_use int record_load(int dir, struct oci_doc **ret_doc, const struct record **ret_record, struct err *e);

/* The same from text that the caller keeps; untouched outputs and -EINVAL or -EPROTO when it is no record. */
must_use int record_parse(const char *json, size_t n, struct oci_doc **ret_doc, const struct record **ret_record,
			  struct err *e);

must_use int record_save(int dir, const struct record *r, struct err *e);

/* Fills boot_id (into buf) and start_time for the living process r->pid. */
must_use int record_identify(struct record *r, char buf[37], struct err *e);

/*
 * The init of the record: a pidfd, or -1 in *ret_pidfd when it has ended, is a zombie, or when pid now belongs to
 * somebody else.  No process but the recorded one is ever signalled or joined.
 */
must_use int record_open_init(const struct record *r, int *ret_pidfd, struct err *e);

/* "2026-11-21T19:55:21.927340001Z" of a time after 1970, and of this moment. */
void record_time(const struct timespec *t, char buf[40]);
void record_now(char buf[40]);

#endif
