#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

@test "devices: the default ones" {
	inside 'for d in null zero full random urandom tty ptmx; do
		stat -L -c "%n %F %t:%T %a" /dev/$d; done'
	line '^/dev/null character special file 1:3 666$'
	line '^/dev/zero character special file 1:5 666$'
	line '^/dev/full character special file 1:7 666$'
	line '^/dev/random character special file 1:8 666$'
	line '^/dev/urandom character special file 1:9 666$'
	line '^/dev/tty character special file 5:0 666$'
	line '^/dev/ptmx character special file 5:2 666$'
}

@test "devices: the default links" {
	inside 'for d in fd stdin stdout stderr ptmx core; do echo "$d $(readlink /dev/$d)"; done'
	line '^fd /proc/self/fd$'
	line '^stdin /proc/self/fd/0$'
	line '^stdout /proc/self/fd/1$'
	line '^stderr /proc/self/fd/2$'
	line '^ptmx pts/ptmx$'
}

@test "devices: the default ones work, others are denied" {
	inside 'echo x >/dev/null && head -c 4 /dev/zero | wc -c; head -c 4 /dev/urandom | wc -c
		echo x 2>&1 >/dev/full; ls /dev'
	line '^4$'
	line 'No space left'
	no_line '^(sda|vda|mem|kmsg|kvm)$'
}

@test "devices: of the configuration: type, numbers, mode, owner, directories on the way" {
	cfg '.linux.devices = [
		{path: "/dev/mine", type: "c", major: 1, minor: 3, fileMode: 416, uid: 12, gid: 34},
		{path: "/dev/deep/er/zero", type: "u", major: 1, minor: 5, fileMode: 438},
		{path: "/dev/block", type: "b", major: 7, minor: 0, fileMode: 384},
		{path: "/dev/pipe", type: "p", fileMode: 438},
		{path: "/elsewhere", type: "c", major: 1, minor: 7, fileMode: 438}]'
	inside 'for d in /dev/mine /dev/deep/er/zero /dev/block /dev/pipe /elsewhere; do
		stat -c "%n %F %t:%T %a %u:%g" $d; done'
	line '^/dev/mine character special file 1:3 640 12:34$'
	line '^/dev/deep/er/zero character special file 1:5 666 0:0$'
	line '^/dev/block block special file 7:0 600 0:0$'
	line '^/dev/pipe fifo 0:0 666 0:0$'
	line '^/elsewhere character special file 1:7 666 0:0$'
}

@test "devices: what resources.devices denies cannot be opened" {
	cfg '.linux.devices = [{path: "/dev/fuse2", type: "c", major: 10, minor: 229, fileMode: 438}]
		| .process.capabilities |= map_values(. + ["CAP_MKNOD"])'
	# making nodes is always allowed (image layers have some); using them is not
	inside 'probe open /dev/fuse2; mknod /m c 1 1; probe open /m; true'
	line '/dev/fuse2: Operation not permitted'
	line '/m: Operation not permitted'
	no_line '^ok$'
}

@test "devices: what resources.devices allows works" {
	[[ -c /dev/fuse ]] || skip "this host has no /dev/fuse"
	cfg '.linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438}]
		| .linux.resources.devices = [{allow: false, access: "rwm"},
			{allow: true, type: "c", major: 10, minor: 229, access: "rwm"}]'
	args probe open /dev/fuse
	run_it
	out ok
}

@test "devices: access letters count: read without write" {
	cfg '.linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438}]
		| .linux.resources.devices = [{allow: false, access: "rwm"},
			{allow: true, type: "c", major: 10, minor: 229, access: "r"}]'
	[[ -c /dev/fuse ]] || skip "this host has no /dev/fuse"
	inside 'probe open /dev/fuse; : </dev/fuse && echo readable'
	line '/dev/fuse: Operation not permitted'
	line '^readable$'
}

@test "devices: a rule with wildcards" {
	cfg '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, access: "rw"}]
		| .linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438}]'
	[[ -c /dev/fuse ]] || skip "this host has no /dev/fuse"
	args probe open /dev/fuse
	run_it
	out ok
}

@test "devices: allow everything, as privileged containers have" {
	cfg '.linux.resources.devices = [{allow: true, access: "rwm"}]
		| .process.capabilities |= map_values(. + ["CAP_MKNOD"])'
	inside 'mknod /m c 1 11 && echo made'
	line made
}

@test "devices: in a user namespace they come by bind mount" {
	with_userns
	inside 'echo x >/dev/null && head -c 4 /dev/zero | wc -c; stat -c %t:%T /dev/null'
	line '^4$'
	line '^1:3$'
}

@test "devices: the rootfs' own /dev is not followed when it is a link outside" {
	rm -r "$B/rootfs/dev"
	mkdir "$W/outside"
	ln -s "$W/outside" "$B/rootfs/dev"
	args true
	try P run -b "$B" "$C"
	is "$(ls -A "$W/outside")" "" "files made on the host"
	nothing_left
}

# v1 has a file for what is forbidden and one for what is allowed: between the two writes nothing is allowed. The trace holds
# cist up there, and the init at its first device until then.
@test "devices: made while the rules of v1 are half written" {
	local n

	needs_v1 devices
	command -v strace >/dev/null || skip "strace is not installed"
	args true
	cfg '.linux.devices = [{path: "/dev/nowhere-on-the-host", type: "c", major: 1, minor: 3, fileMode: 438}]'
	ok strace -y -o "$W/trace" -e trace=write "$CIST" --root "$R" run -b "$B" "$C"
	n=$(grep -n 'devices\.deny' "$W/trace" | head -n 1 | cut -d : -f 1)
	ok strace -f -y -o "$W/trace" -e trace=write,mknodat -e inject=write:delay_exit=600000:when="$n" \
		-e inject=mknodat:delay_enter=300000:when=1 "$CIST" --root "$R" run -b "$B" "$C"
	grep -q 'devices\.deny.*DELAYED' "$W/trace" || die "nothing was held up: $(cat "$W/trace")"
}
