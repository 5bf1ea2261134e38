/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From an instance to an OCI bundle, in two halves.  translate() decides: it looks at no file of the host but through the
 * facts it is given, needs no privilege, and its result is plain data (config.json as a struct, texts of the files beside
 * it, the directories that a launch will make, the sealed secrets).  bundle_write() (bundle.h) carries out.  The checker
 * stops after the first half.
 */
#ifndef CIST_TRANSLATE_TRANSLATE_H
#define CIST_TRANSLATE_TRANSLATE_H

#include "base/arena.h"
#include "lithos/finding.h"
#include "lithos/instance.h"
#include "libocispec/oci_config.h"

#include <sys/types.h>

/* What the decisions need to know of the world; gathered by translate_look() (look.h), or by a test by hand. */
struct translate_facts {
	const char *term;		/* TERM of the caller, or "dumb" */
	bool etc_is_directory;		/* of the image: /etc is a real directory */
	bool etc_hosts_is_file;		/* and these are regular files in it */
	bool etc_resolv_is_file;
	const char *hosts;		/* text of the sandbox' hosts file; NULL: not read, because not copied */
	size_t hosts_len;
	const char *resolv;		/* the same of its resolv.conf */
	size_t resolv_len;
	mode_t resolv_mode;
	const char *host_name;		/* and its IPv4 address, only where `public-hostname` asks for them; NULL: unknown */
	const char *host_address;
	uint64_t files_max;		/* what RLIMIT_NOFILE may be at most (fs.nr_open); 0: unknown */
	bool no_swap_limit;		/* a host of cgroup v1 whose kernel does not account for swap */
};

/* A directory that a launch makes before the runtime runs: of `!Persistent {mkdir: true}` and of `!Statedir`. */
struct bundle_directory {
	const char *prefix;		/* host directory of the administrator, followed as it is */
	const char *below;		/* the rest, resolved beneath prefix without symbolic links; "": prefix itself */
	mode_t mode;
	uid_t uid;			/* of the host, through the effective maps */
	gid_t gid;
	bool keep;			/* one that exists is left as it is (persistent), else mode and owner are set */
	const char *points[2];		/* empty files in it that hosts and resolv.conf are bound on; NULL: none */
	const char *from;		/* key path, for messages */
};

struct bundle_file {
	const char *name;		/* within the bundle */
	const char *text;
	size_t len;
	mode_t mode;
	bool of_host;			/* holds what a file of the host says, so that the digest leaves its text out */
};

/* An entry of config.process->env that reads `NAME=<secret, sealed for KEYHASH>` until a launch puts the plain text there. */
struct bundle_secret {
	const struct lithos_secret *sealed;
	size_t env;			/* its index */
};

enum { BUNDLE_DIGEST_LEN = 64 };	/* hexadecimal digits of a BLAKE2b of 32 bytes */

struct bundle_plan {
	const struct instance *instance;
	struct oci_config config;	/* with placeholders where secrets will be */
	struct bundle_file *files;	/* hosts, resolv.conf, netconf.json */
	size_t n_files;
	struct bundle_directory *directories;
	size_t n_directories;
	struct bundle_secret *secrets;	/* all of the container's but those that LITHOS_* and LISTEN_* take the place of */
	size_t n_secrets;
	char digest[BUNDLE_DIGEST_LEN + 1];
};

/*
 * Milliseconds from one start of the program to the next, where the container's init is to start it again
 * (restart-process-only of a daemon); 0: its end is the container's.
 */
enum { TRANSLATE_RESPAWN_LEAST = 100 };
int64_t translate_respawn_ms(const struct lithos_container *c);

struct translate_options {
	bool harden;			/* or'ed with the sandbox' x-cist-harden */
	/*
	 * Where a supervisor has the socket that hears when an instance is ready, SANDBOX+PROCESS.N/socket beneath it; NULL:
	 * nobody listens, and a program with `ready-timeout` is not told of a socket.
	 */
	const char *notify_dir;
};

/*
 * The plan of an instance, in a; it points into the instance and the facts.  1: complete; 0: there were errors, all of
 * them findings, and *ret is not to be used; negative: no memory.
 *
 * The digest is over the resolved configuration: everything that would make the container another one, nothing that
 * changes by itself (times, the contents of the host's files that are copied, TERM of the caller, plain text of secrets), and
 * not where a supervisor has its sockets.
 */
must_use int translate(const struct instance *i, const struct translate_facts *facts, const struct translate_options *how,
		       struct arena *a, struct findings *f, struct bundle_plan *ret, struct err *e);

#endif
