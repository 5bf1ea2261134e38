#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# Rootless podman and buildah: the runtime as root of the user namespace that they make. The user has a name and
# a range of ids in a mount namespace of each call only.

load ../bats/helpers
load engine

ME=61235

engine_start() {
	command -v podman >/dev/null && command -v conmon >/dev/null || skip "podman is not installed"
	command -v newuidmap >/dev/null || skip "newuidmap is not installed"
	local f

	mkdir -p "$T/etc" "$T/h/run" "$T/h/tmp"
	cp /etc/passwd /etc/group "$T/etc"
	echo "rootless:x:$ME:$ME::$T/h:/bin/sh" >>"$T/etc/passwd"
	echo "rootless:x:$ME:" >>"$T/etc/group"
	for f in subuid subgid; do
		echo "rootless:4000000:65536" >"$T/etc/$f"
	done
	cat >"$T/as-user" <<-'END'
		#!/bin/bash
		etc=$1 me=$2 home=$3
		shift 3
		for f in passwd group subuid subgid; do
			mount --bind "$etc/$f" "/etc/$f"
		done
		cd "$home"
		exec setpriv --reuid "$me" --regid "$me" --clear-groups env -i PATH="$PATH" HOME="$home" TMPDIR="$home/tmp" \
			XDG_RUNTIME_DIR="$home/run" CONTAINERS_CONF="$home/containers.conf" "$@"
	END
	chmod 0755 "$T/as-user"
	containers_conf "$T/h" cgroupfs
	chown -R $ME:$ME "$T/h"
	chmod 0700 "$T/h/run"
	: >"$T/calls"
	chmod 0666 "$T/calls"
	chmod 0644 "$T/rootfs.tar"
	as_user unshare -Ur true 2>/dev/null || skip "this host lets no ordinary user make a user namespace"
	pm import -c 'CMD ["sh"]' -c 'ENV PATH=/bin:/usr/bin' "$T/rootfs.tar" busybox:test >/dev/null
}

engine_stop() {
	[[ -d $T/h ]] || return 0
	pm rm -af -t 0 >/dev/null 2>&1
	# the process that keeps podman's namespaces
	pm system migrate >/dev/null 2>&1
	return 0
}

as_user() {
	unshare -m --propagation shared "$T/as-user" "$T/etc" $ME "$T/h" "$@"
}

pm() {
	as_user timeout -k 5 60 podman --root "$T/h/root" --runroot "$T/h/run/st" --tmpdir "$T/h/run/tmp" \
		--storage-driver vfs "$@"
}

prun() {
	pm run --rm --network none "$@"
}

cleanup() {
	pm rm -af -t 0
} >/dev/null 2>&1

@test "rootless podman: run --rm, output and status" {
	ok prun busybox:test sh -c 'echo hello; id -u'
	out $'hello\n0'
	called "create --bundle .* --pid-file " "start " "delete --force "
	fails 7 prun busybox:test sh -c 'exit 7'
	fails 127 prun busybox:test nope
	err "executable file not found in"
}

@test "rootless podman: no cgroups, and the host's network" {
	ok pm run --rm --network host --cgroups=disabled busybox:test id -u
	out 0
}

@test "rootless podman: a network of its own, seen in a sysfs of its own" {
	command -v slirp4netns >/dev/null || skip "slirp4netns is not installed"
	[[ -c /dev/net/tun ]] || skip "this host has no /dev/net/tun"
	ok pm run --rm --network slirp4netns busybox:test ls /sys/class/net
	line '^tap0$'
	no_line '^eth0$'
}

@test "rootless podman: users, groups and keep-id" {
	ok prun --user 7:8 --group-add 9 busybox:test sh -c 'id -u; id -G'
	out $'7\n8 9'
	ok prun --userns keep-id busybox:test id -u
	out $ME
	ok prun --group-add keep-groups busybox:test id -u
}

@test "rootless podman: volumes, a tmpfs, a read-only root" {
	as_user mkdir -p "$T/h/vol"
	ok prun -v "$T/h/vol:/v" --read-only --tmpfs /t busybox:test sh -c 'touch /v/a /t/b; touch /c || echo refused'
	line refused
	is "$(stat -c %u "$T/h/vol/a")" $ME
	fails 1 prun -v "$T/h/vol:/v:ro" busybox:test touch /v/b
}

@test "rootless podman: a terminal, --init, --privileged, --pid host" {
	ok prun -t busybox:test sh -c 'test -t 0 && echo terminal'
	line terminal
	ok prun --init busybox:test id -u
	ok prun --privileged busybox:test id -u
	ok prun --pid host busybox:test sh -c 'test $$ -ne 1 && echo shared'
	line shared
}

@test "rootless podman: run -d, exec, stop, rm" {
	ok pm run -d --name "$N" --network none busybox:test sleep 1000
	ok pm exec "$N" id -u
	out 0
	ok pm exec "$N" cat /proc/self/uid_map
	line "^ *0 +$ME +1\$"
	line "^ *1 +4000000 +65536\$"
	ok pm stop -t 0 "$N"
	ok pm rm "$N"
}

@test "rootless buildah: RUN in a build" {
	command -v buildah >/dev/null || skip "buildah is not installed"
	printf 'FROM localhost/busybox:test\nRUN id -u && touch /made\n' >"$T/h/Containerfile"
	ok as_user env BUILDAH_RUNTIME="$RT" timeout -k 5 60 buildah --root "$T/h/root" --runroot "$T/h/run/st" \
		--storage-driver vfs bud --isolation rootless --network none --pull-never -t built "$T/h"
	called "run --bundle|create --bundle"
	ok prun localhost/built test -e /made
}
