# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# What the engine tests share: one engine per file, with everything it has below $T, and the
# runtime under test behind a wrapper that writes down how it was called.
#
# A file loads ../bats/helpers and then this, and defines engine_start and engine_stop.
#
#   $T/image.tar   an image "busybox:test" as docker save would write it
#   $T/rootfs      the root of that image; $T/rootfs.tar the same, packed
#   $RT            the wrapper, called "cist" since engines look at the name
#   $T/calls       one line per call of the runtime
#   $PARENT        a cgroup parent of ours, removed at the end; a slice where systemd manages cgroups
#   $DRIVER        what engines are told to leave cgroups to: systemd, their default where it is process 1 and cgroups
#                  are v2, or cgroupfs

setup_file() {
	[[ -x $CIST ]] || die "no runtime to test: ${CIST:-cist} (build first, or set CIST)"
	[[ $EUID -eq 0 ]] || skip "needs root"
	T=$(mktemp -d "${TMPDIR:-/tmp}/cist-eng.XXXXXX")
	chmod 0755 "$T"
	export T MARK=${T##*.} RT=$T/bin/cist
	export R=$T/root-of-traces PARENT=p$MARK DRIVER=cgroupfs
	if [[ -d /run/systemd/system && -e /sys/fs/cgroup/cgroup.controllers ]]; then
		PARENT=p$MARK.slice DRIVER=systemd
	fi
	mkdir -p "$T/bin" "$R"
	make_rootfs "$T/rootfs"
	tar -C "$T/rootfs" -cf "$T/rootfs.tar" .
	make_image "$T/image.tar"
	make_wrapper
	engine_start 3>&-
}

teardown_file() {
	local left

	[[ -n ${T-} ]] || return 0
	engine_stop 3>&-
	LIMIT=5 until_true no_leftovers || true
	left=$(leftovers)
	[[ -z $left ]] || sweep
	our_mounts | while read -r p; do umount -l "$p"; done
	[[ $DRIVER == cgroupfs ]] || systemctl stop "$PARENT"
	remove_parent_cgroups
	rm -rf --one-file-system "$T"
	[[ -z $left ]] || die "left behind by $BATS_TEST_FILENAME:" "$left"
	[[ ! -e $T ]] || die "cannot remove $T"
}

setup() {
	W=$T/w$BATS_TEST_NUMBER
	N=n$BATS_TEST_NUMBER
	mkdir -p "$W"
	: >"$T/calls"
}

teardown() {
	cleanup || true
	rm -rf "$W"
}

cleanup() { :; }

# Called from /bin/sh, without PATH: some engines give the runtime no environment at all.
make_wrapper() {
	cat >"$RT" <<-END
		#!/bin/sh
		printf '%s\n' "\$*" >>$T/calls
		exec "$CIST" "\$@"
	END
	chmod 0755 "$RT"
}

# An image archive: one layer, one configuration, one manifest.
make_image() {
	local dir=$T/archive layer

	mkdir -p "$dir"
	layer=$(sha256sum "$T/rootfs.tar" | cut -d' ' -f1)
	cp "$T/rootfs.tar" "$dir/layer.tar"
	jq -nc --arg l "sha256:$layer" '{architecture: "amd64", os: "linux",
		config: {Env: ["PATH=/bin:/usr/bin"], Cmd: ["sh"]},
		rootfs: {type: "layers", diff_ids: [$l]}, history: [{created_by: "test"}]}' >"$dir/config.json"
	jq -nc '[{Config: "config.json", RepoTags: ["docker.io/library/busybox:test"], Layers: ["layer.tar"]}]' \
		>"$dir/manifest.json"
	tar -C "$dir" -cf "$1" manifest.json config.json layer.tar
	rm -r "$dir"
}

our_processes() {
	local p

	for p in $(grep -ls "$T/" /proc/[0-9]*/mountinfo /proc/[0-9]*/cmdline); do
		p=${p#/proc/}
		echo "${p%%/*}"
	done | sort -un | grep -vxE "$$|$BASHPID"
}

our_cgroups() {
	find /sys/fs/cgroup -mindepth 2 -depth -type d -path "*/p$MARK*/*" 2>/dev/null
}

leftovers() {
	local p

	for p in $(our_processes); do
		echo "process $p: $({ tr '\0' ' ' <"/proc/$p/cmdline"; grep State: "/proc/$p/status"; } 2>/dev/null)"
	done
	our_mounts | sed 's/^/mount /'
	our_cgroups | sed 's/^/cgroup /'
}

# The parent as an engine wants it named.
parent() {
	[[ $DRIVER == systemd ]] && echo "$PARENT" || echo "/$PARENT"
}

# The runtime was told to leave cgroups to systemd, and systemd has a scope for this process.
through_systemd() {
	local pid=$1

	[[ $DRIVER == systemd ]] || return 0
	called '--systemd-cgroup|--cgroup-manager[ =]systemd'
	grep -qE "^0::/.*$PARENT/[^/]*\.scope(/|\$)" "/proc/$pid/cgroup" ||
		die "not in a scope of $PARENT:" "$(cat "/proc/$pid/cgroup")"
	is "$(systemctl show -P ActiveState "$(grep -o '[^/]*\.scope' "/proc/$pid/cgroup")")" active
}

# Ends a daemon by its pid and waits for it.
stop_daemon() {
	kill -TERM "$1" 2>/dev/null || return 0
	LIMIT=15 until_true gone "$1" || kill -KILL "$1"
}

# The runtime was called with these words, in this order, since the test began (other calls may
# lie between).
called() {
	local want n=1

	for want in "$@"; do
		n=$(tail -n "+$n" "$T/calls" | grep -nE -- "$want" | head -1 | cut -d: -f1)
		[[ -n $n ]] || die "no call '$want' (in this order) among:" "$(cat "$T/calls")"
	done
}

# Has the runtime under test this command? Some come with later issues.
needs_command() {
	"$CIST" "$1" --help >/dev/null 2>&1 3>&- || skip "the runtime has no '$1' yet"
}

# containers_conf DIR DRIVER: podman's configuration, for a podman that keeps its files in DIR.
# Podman goes by the base name of a runtime. 4.3 reads "nocgroup" where its manual says "nocgroups".
# Its own limits are the kernel's greatest, which not every root may set.
containers_conf() {
	cat >"$1/containers.conf" <<-END
		[engine]
		runtime = "cist"
		runtime_supports_json = ["cist", "crun", "runc"]
		runtime_supports_nocgroup = ["cist"]
		runtime_supports_nocgroups = ["cist"]
		cgroup_manager = "$2"
		events_logger = "file"
		events_logfile_path = "$1/events"
		[engine.runtimes]
		cist = ["$RT"]
		[containers]
		log_driver = "k8s-file"
		default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
	END
}
