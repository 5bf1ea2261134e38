/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs a container's set-up for real: plan and sources in one process, the steps of cist-init in a second one with
 * namespaces of its own.  The host that the first one lives on is a tmpfs that nobody else sees, so nothing is left, and
 * code without its defences does no harm either.
 */
#ifndef CIST_TESTS_MNT_INSIDE_H
#define CIST_TESTS_MNT_INSIDE_H

#include "mnt/mnt.h"

#include <stdbool.h>

struct inside {
	const char *config;		/* JSON of config.json; its root is "rootfs" */
	struct mnt_facts facts;		/* bundle and new_mount_ns are filled in */
	bool no_mount_ns;
	void (*first)(void);		/* in the container's namespaces, before the first step */
	void (*on_host)(void);		/* makes the bundle; the working directory is the bundle, rootfs/ is there */
	void (*before_switch)(void);	/* in the container's namespaces, all mounts made; working directory as above */
	void (*in_container)(void);	/* after all steps, "/" is the rootfs */
	void (*after)(void);		/* on the host again; working directory as above */
};

/* What the processes find out; shared between them. */
struct inside_result {
	int rc;
	struct err e;
	bool reached;			/* in_container ran to its end */
	int seen[16];			/* whatever the functions above have to say */
	char text[16][256];
};
extern struct inside_result *result;

/* Returns what the steps returned; *result has the error. */
int inside_run(const struct inside *t);

/* Small helpers for what the functions above do; they end the process with a message when they fail. */
void make_file(const char *path, const char *text);
void make_dir(const char *path);
void make_link(const char *text, const char *path);
/* First line of a file into buf, or "!NAME-OF-ERROR". */
const char *file_text(const char *path, char *buf, unsigned int size);
bool exists(const char *path);
bool is_device(const char *path, unsigned int major, unsigned int minor);

#endif
