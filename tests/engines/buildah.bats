#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load ../bats/helpers
load engine

engine_start() {
	command -v buildah >/dev/null || skip "buildah is not installed"
	mkdir -p "$T/b"
	printf '[engine]\n[containers]\n' >"$T/b/containers.conf"
}

engine_stop() {
	[[ -d $T/b ]] || return 0
	bh rm -a >/dev/null 2>&1
	umount -R "$T/b/root" 2>/dev/null
	return 0
}

bh() {
	CONTAINERS_CONF=$T/b/containers.conf BUILDAH_ISOLATION=oci TMPDIR=$T timeout -k 5 $((40 * SLOW)) \
		buildah --root "$T/b/root" --runroot "$T/b/run" --storage-driver vfs "$@"
}

brun() {
	bh run --runtime "$RT" --isolation oci "$@"
}

# A working container from nothing, filled with the busybox root.
working() {
	ok bh from --name "$N" --network none --cgroup-parent "$(parent)" scratch
	ok bh add "$N" "$T/rootfs.tar" /
	ok bh config --env PATH=/bin:/usr/bin "$N"
}

cleanup() {
	bh rm -a
} >/dev/null 2>&1

@test "buildah: run: output, status; the calls it makes" {
	working
	ok brun "$N" echo hello
	out hello
	called "create --bundle .* --pid-file .*pid " "start " "state " "delete "
	fails 7 brun "$N" sh -c 'exit 7'
	is "$(grep -c '^create\|create --bundle' "$T/calls")" 2
}

@test "buildah: standard input and error" {
	working
	echo typed >"$W/in"
	STDIN=$W/in ok brun "$N" sh -c 'cat; echo to-err >&2'
	out typed
	err to-err
}

@test "buildah: a program that is not there" {
	working
	try brun "$N" /nope
	isnt "$status" 0
	err "/nope"
}

@test "buildah: a terminal" {
	working
	bh_tty() {
		CONTAINERS_CONF=$T/b/containers.conf TMPDIR=$T "$TOOLS/ptyrun" 40 120 timeout $((40 * SLOW)) buildah --root "$T/b/root" \
			--runroot "$T/b/run" --storage-driver vfs "$@"
	}
	ok bh_tty run --runtime "$RT" --isolation oci -t "$N" tty
	line '/dev/pts/0|/dev/console'
	called "create .* --console-socket "
}

@test "buildah: user, volume, capabilities, host name, directory" {
	working
	mkdir "$W/dir"
	echo shared >"$W/dir/f"
	ok brun --user 1000:1000 --volume "$W/dir:/m:ro" --hostname stone --workingdir /usr "$N" \
		sh -c 'id -u; cat /m/f; touch /m/x 2>/dev/null || echo read-only; hostname; pwd'
	out $'1000\nshared\nread-only\nstone\n/usr'
	ok brun --cap-add CAP_NET_ADMIN "$N" grep CapEff /proc/self/status
	is $((16#${output##*[[:space:]]} >> 12 & 1)) 1
}

@test "buildah: what a step wrote is in the next, and in the image" {
	working
	ok brun "$N" sh -c 'echo one >/f'
	ok brun "$N" sh -c 'cat /f; echo two >>/f'
	out one
	ok bh commit --format docker "$N" "image$N"
	ok bh from --name "$N-2" --network none "image$N"
	ok brun "$N-2" cat /f
	out $'one\ntwo'
}

@test "buildah: a build from a file" {
	working
	ok bh commit --format docker "$N" base
	mkdir "$W/ctx"
	printf 'FROM localhost/base\nRUN echo built >/made\nRUN ["cp", "/made", "/copy"]\nCMD cat /copy\n' \
		>"$W/ctx/Dockerfile"
	ok bh build --runtime "$RT" --isolation oci --network none --pull-never -t "built$N" "$W/ctx"
	called "create --bundle " "start " "delete " "create --bundle " "start " "delete "
}

@test "buildah: an interrupted run" {
	working
	CONTAINERS_CONF=$T/b/containers.conf TMPDIR=$T buildah --root "$T/b/root" --runroot "$T/b/run" \
		--storage-driver vfs run --runtime "$RT" --isolation oci "$N" sh -c 'echo up; sleep 1000' \
		>"$W/ran" 2>&1 </dev/null 3>&- &
	BG=$!
	wait_text "$W/ran" up
	kill -INT "$BG"
	LIMIT=15 until_true gone "$BG" || kill -KILL "$BG"
	wait_for "$BG"
	called "kill .* SIGKILL|kill .* KILL|kill .* 9" "delete "
}
