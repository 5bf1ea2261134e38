/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan while it is made: what the parts of translate() share. */
#ifndef CIST_TRANSLATE_DRAFT_H
#define CIST_TRANSLATE_DRAFT_H

#include "lithos/yaml.h"
#include "translate/translate.h"

struct draft {
	struct bundle_plan *plan;	/* config.process, config.root and config.linux are there from the start, zeroed */
	const struct instance *in;
	const struct translate_facts *facts;
	bool harden;			/* as the options or the sandbox say */
	struct arena *a;
	struct findings *f;
	struct err *e;
};

/*
 * One part each, called by translate() in this order.  What is wrong with the configuration is a finding; negative is for
 * no memory, as err_nomem(d->e) has it.
 */
must_use int translate_process(struct draft *d);	/* process.c: command, environment, user, rlimits, capabilities */
must_use int translate_isolation(struct draft *d);	/* isolation.c: namespaces, maps, init, annotations */
must_use int translate_mounts(struct draft *d);		/* mounts.c: root, /dev, /proc, /sys, volumes, /etc files */
must_use int translate_resources(struct draft *d);	/* resources.c: cgroup path, memory, cpu, devices */
must_use int translate_network(struct draft *d);	/* network.c: bridged network to netconf.json, sockets */
must_use int translate_harden(struct draft *d);		/* harden.c: masks, read-only paths, seccomp, where asked for */
must_use int translate_digest(struct draft *d);		/* digest.c: last, when there were no errors */
must_use int translate_notify(struct draft *d, const char *dir);	/* notify.c: behind that, by whoever listens */

/* Where the socket is in a container, and the directory that has to be there as its mount point. */
#define DRAFT_NOTIFY_DIR "/run/lithos"
#define DRAFT_NOTIFY_SOCKET DRAFT_NOTIFY_DIR "/socket"

/*
 * Room for one more in a list of the plan: v has n elements of `each` bytes; returns v, or a copy with room, zeroed behind
 * n.  NULL: no memory.
 */
void *draft_room(struct draft *d, void *v, size_t n, size_t each);

/* A zeroed element at the end of list v with its count n, or NULL: no memory. */
#define DRAFT_ADD(d, v, n) ({						\
	__typeof__(v) room_ = draft_room((d), (v), (n), sizeof *(v));	\
	if (room_)							\
		(v) = room_;						\
	room_ ? &(v)[(n)++] : NULL; })

/* An annotation; a file of the bundle; one more text of a list.  Texts are kept, not copied.  Negative: no memory. */
must_use int draft_annotation(struct draft *d, const char *key, const char *value);
must_use int draft_file(struct draft *d, const struct bundle_file *file);
must_use int draft_text(struct draft *d, const char ***list, size_t *n, const char *text);

/* Where keys stand in a document, which a test need not have; the last argument is NULL. */
#define DRAFT_AT(doc, ...) ((doc) ? yaml_mark((doc), __VA_ARGS__) : (struct mark){ .path = NULL })

#endif
