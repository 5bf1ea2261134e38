#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load ../bats/helpers
load engine

image=docker.io/library/busybox:test

engine_start() {
	command -v containerd >/dev/null && command -v ctr >/dev/null || skip "containerd is not installed"
	mkdir -p "$T/c" "$T/sockets"
	for s in /run/containerd/s/*; do
		: >"$T/sockets/${s##*/}"
	done
	cat >"$T/c/config.toml" <<-END
		version = 2
		root = "$T/c/root"
		state = "$T/c/state"
		disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs",
			"io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
			"io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt"]
		[grpc]
		  address = "$T/c/sock"
		[ttrpc]
		  address = "$T/c/sock.ttrpc"
	END
	containerd --config "$T/c/config.toml" >"$T/c/log" 2>&1 </dev/null &
	echo $! >"$T/c/pid"
	LIMIT=20 until_true ctl version >/dev/null 2>&1 || die "containerd did not start:" "$(tail "$T/c/log")"
	ctl image import --snapshotter native "$T/image.tar" >/dev/null
}

engine_stop() {
	[[ -s $T/c/pid ]] || return 0
	stop_daemon "$(cat "$T/c/pid")"
	remove_dead_sockets
}

# Shims listen in one directory whatever the state directory is; one that was killed leaves its
# socket there.
remove_dead_sockets() {
	local s

	for s in /run/containerd/s/*; do
		[[ ! -S $s || -e $T/sockets/${s##*/} ]] || grep -q "$s" /proc/net/unix || rm -f "$s"
	done
}

# The name of containerd's namespace is the first part of the cgroup path.
ctl() {
	timeout -k 5 $((40 * SLOW)) ctr -a "$T/c/sock" -n "p$MARK" "$@"
}

# run [OPTION...] COMMAND: in container $N
run_ctr() {
	local options=()

	while [[ $1 == -* ]]; do
		options+=("$1")
		shift
	done
	ctl run --snapshotter native --runc-binary "$RT" --runc-root "$T/c/runc" "${options[@]}" "$image" "$N" "$@"
}

detached() {
	ok run_ctr -d "$@"
}

cleanup() {
	local c

	for c in $(ctl task ls -q 2>/dev/null); do
		ctl task rm -f "$c"
	done
	for c in $(ctl c ls -q 2>/dev/null); do
		ctl c rm "$c"
	done
} >/dev/null 2>&1

task_status() {
	ctl task ls | awk -v n="$N" '$1 == n { print $3 }'
}

task_is() {
	[[ $(task_status) == "$1" ]]
}

@test "containerd: run --rm, output and status; the calls it makes" {
	ok run_ctr --rm echo hello
	out hello
	called "create --bundle .* --pid-file .*init.pid $N" "start $N" "delete $N"
	fails 7 run_ctr --rm sh -c 'exit 7'
	ok ctl c ls -q
	out ""
}

@test "containerd: a program that is not there" {
	try run_ctr --rm /nope
	isnt "$status" 0
	err "/nope" "no such file or directory"
}

@test "containerd: detached; task ls; kill; delete" {
	detached sleep 1000
	task_is RUNNING
	ok ctl task kill -s SIGTERM "$N"
	ok ctl task kill -s SIGKILL "$N"
	until_true task_is STOPPED
	ok ctl task rm "$N"
	called "create " "start $N" "kill $N 15" "kill $N 9" "delete $N"
}

@test "containerd: kill of a task that has ended is no mystery" {
	detached sh -c 'exit 0'
	until_true task_is STOPPED
	try ctl task kill "$N"
	isnt "$status" 0
	err_any "process already finished" "not found"
}

@test "containerd: task exec: output, status, user, directory" {
	detached sleep 1000
	ok ctl task exec --exec-id e1 "$N" echo from-exec
	out from-exec
	fails 5 ctl task exec --exec-id e2 "$N" sh -c 'exit 5'
	ok ctl task exec --exec-id e3 --user 1000:1000 --cwd /usr "$N" sh -c 'id -u; pwd'
	out $'1000\n/usr'
	try ctl task exec --exec-id e4 "$N" /nope
	isnt "$status" 0
	err "no such file or directory"
	called "exec --process .* --detach --pid-file .*e1.pid $N"
}

@test "containerd: pause and resume" {
	detached sleep 1000
	ok ctl task pause "$N"
	task_is PAUSED
	ok ctl task resume "$N"
	task_is RUNNING
	called "pause $N" "resume $N"
}

@test "containerd: task ps and metrics" {
	detached sleep 1000
	ok ctl task ps "$N"
	line '^[0-9]+'
	called "ps --format json $N"
	ok ctl task metrics "$N"
}

@test "containerd: a terminal, run and exec" {
	ok "$TOOLS/ptyrun" 40 120 ctr -a "$T/c/sock" -n "p$MARK" run --rm -t --snapshotter native \
		--runc-binary "$RT" --runc-root "$T/c/runc" "$image" "$N" \
		sh -c 'tty; sleep 0.5; stty size'
	line '/dev/pts/0|/dev/console'
	line '^40 120'
	called "create .* --console-socket "
	detached sleep 1000
	ok "$TOOLS/ptyrun" 40 120 ctr -a "$T/c/sock" -n "p$MARK" task exec -t --exec-id e "$N" tty
	line '/dev/pts/'
	called "exec .* --console-socket "
}

@test "containerd: memory and cpu limits" {
	detached --memory-limit=67108864 --cpus=0.5 sleep 1000
	pid=$(ctl task ls | awk -v n="$N" '$1 == n { print $2 }')
	dir=$(cgroup_dir "$pid" memory)
	[[ $(cat "$dir/memory.limit_in_bytes" 2>/dev/null || cat "$dir/memory.max") -eq 67108864 ]]
	dir=$(cgroup_dir "$pid" cpu)
	[[ ! -e $dir/cpu.cfs_quota_us ]] || is "$(cat "$dir/cpu.cfs_quota_us")" 50000
}

@test "containerd: a cgroup that systemd manages" {
	[[ $DRIVER == systemd ]] || skip "systemd is not process 1 here, or cgroups are not v2"
	detached --runc-systemd-cgroup "--cgroup=$PARENT:ctr:$N" --memory-limit=67108864 sleep 1000
	pid=$(ctl task ls | awk -v n="$N" '$1 == n { print $2 }')
	through_systemd "$pid"
	is "$(cat "$(cgroup_dir "$pid" memory)/memory.max")" 67108864
	ok ctl task exec --exec-id e "$N" cat /proc/self/cgroup
	line "ctr-$N\\.scope|^0::/"
}

@test "containerd: read-only root, privileged, host network, seccomp" {
	ok run_ctr --rm --read-only sh -c 'touch /x 2>/dev/null || echo read-only'
	out read-only
	ok run_ctr --rm --privileged sh -c 'mount -t tmpfs x /tmp && echo mounted'
	out mounted
	ok run_ctr --rm --net-host readlink /proc/self/ns/net
	out "$(readlink /proc/self/ns/net)"
	ok run_ctr --rm --seccomp grep Seccomp: /proc/self/status
	line '2$'
}

@test "containerd: a mount, a variable, a directory" {
	mkdir "$W/dir"
	echo shared >"$W/dir/f"
	ok run_ctr --rm "--mount=type=bind,src=$W/dir,dst=/m,options=rbind:ro" --env=A=b --cwd=/usr \
		sh -c 'cat /m/f; touch /m/x 2>/dev/null || echo read-only; echo $A; pwd'
	out $'shared\nread-only\nb\n/usr'
}

@test "containerd: a user namespace" {
	ok run_ctr --rm --uidmap=0:100000:65536 --gidmap=0:100000:65536 cat /proc/self/uid_map
	line '0 +100000 +65536'
}

@test "containerd: ten at once" {
	local pids=() i

	for i in {1..10}; do
		ctl run --rm --snapshotter native --runc-binary "$RT" --runc-root "$T/c/runc" "$image" "$N-$i" \
			echo "$i" >"$W/out$i" 2>&1 </dev/null 3>&- &
		pids+=($!)
	done
	wait_for "${pids[@]}"
	is "$(cat "$W"/out* | sort -n | tr '\n' ' ')" "1 2 3 4 5 6 7 8 9 10 "
}

@test "containerd: a shim that was killed: containerd cleans up with delete --force" {
	detached sleep 1000
	pid=$(ctl task ls | awk -v n="$N" '$1 == n { print $2 }')
	shim=$(awk '{ print $4 }' "/proc/$pid/stat")
	kill -KILL "$shim"
	wait_gone "$pid"
	called "delete --force $N"
}
