#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load ../bats/helpers
load engine

engine_start() {
	command -v podman >/dev/null && command -v conmon >/dev/null || skip "podman is not installed"
	mkdir -p "$T/p"
	containers_conf "$T/p" "$DRIVER"
	pm import -c 'CMD ["sh"]' -c 'ENV PATH=/bin:/usr/bin' "$T/rootfs.tar" busybox:test >/dev/null
}

engine_stop() {
	[[ -d $T/p ]] || return 0
	pm rm -af -t 0 >/dev/null 2>&1
	umount -R "$T/p/root" 2>/dev/null
	# conmon sits there for a moment after its container
	LIMIT=5 until_true remove_podman_cgroups
	return 0
}

remove_podman_cgroups() {
	find /sys/fs/cgroup -depth -type d -path '*/libpod_parent*' -exec rmdir {} \; 2>/dev/null
	[[ -z $(find /sys/fs/cgroup -type d -name libpod_parent) ]]
}

pm() {
	CONTAINERS_CONF=$T/p/containers.conf timeout -k 5 $((40 * SLOW)) podman --root "$T/p/root" \
		--runroot "$T/p/run" --tmpdir "$T/p/tmp" --storage-driver vfs "$@"
}

prun() {
	pm run --network none --cgroup-parent "$(parent)" "$@"
}

cleanup() {
	pm rm -af -t 0
	pm pod rm -af
} >/dev/null 2>&1

podman_is() {
	[[ $(pm inspect -f '{{.State.Status}}' "$N") == "$1" ]]
}

@test "podman: info names the runtime" {
	ok pm info -f '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Version}}'
	line '^cist .*version'
}

@test "podman: run --rm, output and status; the calls it makes" {
	ok prun --rm busybox:test echo hello
	out hello
	called "create --bundle .* --pid-file " "start " "delete --force "
	fails 7 prun --rm busybox:test sh -c 'exit 7'
}

@test "podman: statuses of programs that cannot run" {
	fails 127 prun --rm busybox:test /nope
	err "no such file or directory"
	fails 127 prun --rm busybox:test nope
	err "executable file not found in"
	fails 126 prun --rm busybox:test /etc/passwd
	err "permission denied"
	called "create " "delete --force "
}

@test "podman: standard input, error and a lot of output" {
	echo typed >"$W/in"
	STDIN=$W/in ok prun -i --rm busybox:test sh -c 'cat; echo to-err >&2'
	out typed
	is "$stderr" to-err
	is "$(prun --rm busybox:test sh -c 'dd if=/dev/zero bs=1k count=2000 2>/dev/null' 3>&- </dev/null | wc -c)" 2048000
}

@test "podman: a terminal" {
	pm_tty() {
		CONTAINERS_CONF=$T/p/containers.conf "$TOOLS/ptyrun" 40 120 timeout $((40 * SLOW)) podman --root "$T/p/root" \
			--runroot "$T/p/run" --tmpdir "$T/p/tmp" --storage-driver vfs "$@"
	}
	ok pm_tty run --network none --rm -it busybox:test sh -c 'tty; sleep 0.5; stty size; exit 0'
	line '/dev/pts/0|/dev/console'
	line '^40 120'
	called "create .* --console-socket "
	ok prun -d --name "$N" busybox:test sleep 1000
	ok pm_tty exec -it "$N" tty
	line '/dev/pts/'
	called "exec .* --process .* --tty --console-socket "
}

@test "podman: exec: output, status, user, detached" {
	ok prun -d --name "$N" busybox:test sleep 1000
	ok pm exec "$N" echo from-exec
	out from-exec
	fails 5 pm exec "$N" sh -c 'exit 5'
	ok pm exec -u 1000:1000 -w /usr -e A=b "$N" sh -c 'id -u; pwd; echo $A'
	out $'1000\n/usr\nb'
	fails 127 pm exec "$N" nope
	fails 126 pm exec "$N" /etc/passwd
	ok pm exec -d "$N" sh -c 'echo x >/done'
	there() {
		pm exec "$N" test -e /done
	}
	until_true there
	called "exec --pid-file .* --process .* --detach"
}

@test "podman: stop, start, restart, kill" {
	ok prun -d --name "$N" busybox:test sh -c 'trap "exit 9" TERM; while :; do sleep 0.05; done'
	ok pm stop -t 5 "$N"
	is "$(pm inspect -f '{{.State.ExitCode}}' "$N")" 9
	called "create " "start " "kill .* 15" "delete --force "
	ok pm start "$N"
	podman_is running
	ok pm restart -t 1 "$N"
	podman_is running
	ok pm kill -s USR1 "$N"
	ok pm kill "$N"
	until_true podman_is exited
	called "kill .* 10" "kill .* 9"
}

@test "podman: pause and unpause" {
	ok prun -d --name "$N" busybox:test sleep 1000
	ok pm pause "$N"
	podman_is paused
	ok pm unpause "$N"
	podman_is running
	called "pause " "resume "
}

@test "podman: top, logs, ps, inspect, wait, cp" {
	ok prun -d --name "$N" busybox:test sh -c 'echo spoken; sleep 1000'
	ok pm top "$N"
	line 'sleep 1000'
	wait_log() {
		[[ $(pm logs "$N") == spoken ]]
	}
	until_true wait_log
	ok pm ps --format '{{.Names}} {{.Status}}'
	line "^$N Up"
	echo copied >"$W/f"
	ok pm cp "$W/f" "$N:/tmp/f"
	ok pm exec "$N" cat /tmp/f
	out copied
	ok pm kill "$N"
	ok pm wait "$N"
	out 137
}

@test "podman: update" {
	needs_command update
	ok prun -d --name "$N" -m 64m busybox:test sleep 1000
	ok pm update --cpu-shares 200 "$N"
	called "update --resources="
}

@test "podman: --init" {
	command -v catatonit >/dev/null || skip "catatonit is not installed"
	ok prun --rm --init busybox:test ps -o pid,args
	line '^ *1 /'
}

@test "podman: --read-only, --tmpfs with the image's content, a volume" {
	mkdir "$W/dir"
	echo shared >"$W/dir/f"
	ok prun --rm --read-only --tmpfs /etc:size=1m -v "$W/dir:/m:ro" busybox:test \
		sh -c 'touch /x 2>/dev/null || echo 1; touch /etc/x && echo 2; cat /m/f; touch /m/x 2>/dev/null || echo 3; ls /etc/passwd'
	out $'1\n2\nshared\n3\n/etc/passwd'
}

@test "podman: --cap-add, --cap-drop, --ulimit, --pids-limit, --memory, --user" {
	ok prun -d --name "$N" --cap-drop ALL --cap-add NET_ADMIN --ulimit nofile=123:456 --ulimit nproc=99:99 --pids-limit 33 \
		-m 64m --oom-score-adj 500 -h stone -e A=b busybox:test sleep 1000
	pid=$(pm inspect -f '{{.State.Pid}}' "$N")
	grep -q 'CapEff:.0000000000001000' "/proc/$pid/status"
	grep -qE '^Max open files +123 +456 ' "/proc/$pid/limits"
	is "$(cat "/proc/$pid/oom_score_adj")" 500
	is "$(cat "$(cgroup_dir "$pid" pids)/pids.max")" 33
	if has_v1 memory; then
		is "$(cat "$(cgroup_dir "$pid" memory)/memory.limit_in_bytes")" 67108864
	elif grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null; then
		is "$(cat "$(cgroup_dir "$pid" memory)/memory.max")" 67108864
	fi
	through_systemd "$pid"
	ok prun --rm -u 1000:1000 --group-add 5 -w /tmp busybox:test sh -c 'id -u; id -G; pwd'
	out $'1000\n1000 5\n/tmp'
}

@test "podman: --preserve-fds" {
	try_fds() {
		prun --rm --preserve-fds 1 busybox:test sh -c 'cat <&3' 3<"$W/in"
	}
	echo through >"$W/in"
	STATUS=0
	try_fds >"$W/ran" 2>&1 </dev/null || STATUS=$?
	is "$STATUS $(cat "$W/ran")" "0 through"
	called "create .* --preserve-fds 1 "
}

@test "podman: a pod shares namespaces" {
	ok pm pod create --network none --infra-command "/bin/probe wait" --infra-image busybox:test --name "pod$N"
	try pm run -d --pod "pod$N" --name "$N" busybox:test sleep 1000
	[[ $status -eq 0 ]] || skip "this host cannot start a pod's infra container from a local image: $stderr"
	ok pm run --rm --pod "pod$N" busybox:test hostname
	out "pod$N"
}

@test "podman: a user namespace" {
	ok prun --rm --uidmap 0:100000:65536 --gidmap 0:100000:65536 busybox:test cat /proc/self/uid_map
	line '0 +100000 +65536'
}

@test "podman: without cgroups" {
	ok pm run --network none --rm --cgroups=disabled busybox:test cat /proc/self/cgroup
	no_line libpod
	called "--cgroup-manager disabled .*create "
}

@test "podman: build, each step in a container" {
	mkdir "$W/ctx"
	printf 'FROM localhost/busybox:test\nRUN echo built >/made\nRUN ["cp", "/made", "/copy"]\nCMD cat /copy\n' \
		>"$W/ctx/Dockerfile"
	ok pm build --isolation oci --network none --runtime "$RT" -t "built$N" "$W/ctx"
	called "create --bundle " "start " "state " "delete "
	ok prun --rm "built$N"
	out built
}
