/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netconf.json of a bundle: found, read, and what of it the runtime does itself: files, and the command. */
#ifndef CIST_RUNTIME_NETCONF_H
#define CIST_RUNTIME_NETCONF_H

#include "base/err.h"
#include "libocispec/ocispec.h"
#include "net/conf.h"

/*
 * file is --netconf's, NULL without.  Else the annotation names a file in the bundle, and there alone: whoever may add
 * annotations must not choose among the files of an image, or of the host.  *ret_doc is NULL when neither is there.
 */
must_use int netconf_read(const struct oci_config *c, const char *file, const char *bundle, struct oci_doc **ret_doc,
			  struct err *e);

/* Where the files are, in the container's state directory, and in the container. */
struct netconf_file {
	const char *from;
	const char *text;	/* NULL: none is made */
	const char *name, *dest;
};
enum { NETCONF_FILES = 2 };
void netconf_files(const struct net_conf *c, struct netconf_file ret[NETCONF_FILES]);

/* Into the directory dir, for everybody to read. */
must_use int netconf_write_files(const struct net_conf *c, int dir, struct err *e);

/* Runs after_setup, if there is one, in the network namespace netns_fd with the file system of this process. */
must_use int netconf_after_setup(const struct net_conf *c, int netns_fd, struct err *e);

#endif
