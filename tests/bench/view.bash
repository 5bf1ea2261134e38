# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later

# What benchmarks share that compare with crun: a view of the machine in which it runs.

# in_v2_view COMMAND...: in a mount namespace with cgroup v2 alone, and /run in memory
in_v2_view() {
	unshare --mount sh -c 'umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup &&
		mount -t tmpfs run /run && exec "$@"' - "$@"
}

# make_crun_willing DIR: crun before 1.9 raises RLIMIT_MEMLOCK for its device filter and gives up where it may not (no
# CAP_SYS_RESOURCE).  There the call is answered for it, by the small library DIR/memlock.so.
make_crun_willing() {
	cat >"$1/memlock.c" <<-'END'
		#include <sys/resource.h>
		#undef setrlimit
		int setrlimit(__rlimit_resource_t what, const struct rlimit *to) { (void)what; (void)to; return 0; }
		int setrlimit64(__rlimit_resource_t what, const struct rlimit64 *to) { (void)what; (void)to; return 0; }
	END
	gcc -O2 -shared -fPIC -w -o "$1/memlock.so" "$1/memlock.c"
}
