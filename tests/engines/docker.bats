#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load ../bats/helpers
load engine

# Debian's; another client may be in /usr/local
client=/usr/bin/docker

engine_start() {
	[[ -x $client ]] && command -v dockerd >/dev/null || skip "docker is not installed"
	mkdir -p "$T/d"
	echo "{}" >"$T/d/daemon.json"
	dockerd --config-file "$T/d/daemon.json" -H "unix://$T/d/sock" --data-root "$T/d/data" \
		--exec-root "$T/d/exec" --pidfile "$T/d/daemon.pid" --storage-driver vfs \
		--iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --bridge=none \
		--cgroup-parent "$(parent)" --exec-opt "native.cgroupdriver=$DRIVER" \
		--add-runtime "cist=$RT" --default-runtime cist \
		>"$T/d/log" 2>&1 </dev/null &
	echo $! >"$T/d/pid"
	LIMIT=30 until_true dk version >/dev/null 2>&1 || die "dockerd did not start:" "$(tail "$T/d/log")"
	dk import -c 'CMD ["sh"]' -c 'ENV PATH=/bin:/usr/bin' "$T/rootfs.tar" busybox:test >/dev/null
}

engine_stop() {
	[[ -s $T/d/pid ]] || return 0
	dk ps -aq 2>/dev/null | xargs -r "$client" -H "unix://$T/d/sock" rm -f >/dev/null 2>&1
	stop_daemon "$(cat "$T/d/pid")"
	# its containerd ends after it
	LIMIT=10 until_true no_leftovers || true
	find "$T/d" -name netns -o -name default -path '*netns*' | while read -r p; do
		umount "$p" 2>/dev/null
	done
	return 0
}

dk() {
	timeout -k 5 $((40 * SLOW)) "$client" -H "unix://$T/d/sock" "$@"
}

drun() {
	dk run --network none "$@"
}

cleanup() {
	dk ps -aq | xargs -r "$client" -H "unix://$T/d/sock" rm -f
} >/dev/null 2>&1

status_now() {
	dk inspect -f '{{.State.Status}}' "$N"
}

docker_is() {
	[[ $(status_now) == "$1" ]]
}

@test "docker: info names the runtime and its version" {
	ok dk info
	line 'Default Runtime: cist'
}

@test "docker: run --rm, output and status; the calls it makes" {
	ok drun --rm busybox:test echo hello
	out hello
	called "create --bundle .* --pid-file .*init.pid" "start " "delete "
	fails 7 drun --rm busybox:test sh -c 'exit 7'
}

@test "docker: statuses of programs that cannot run" {
	fails 127 drun --rm busybox:test /nope
	err "no such file or directory"
	fails 127 drun --rm busybox:test nope
	err "executable file not found"
	fails 126 drun --rm busybox:test /etc/passwd
	err "permission denied"
}

@test "docker: standard input, error and a lot of output" {
	echo typed >"$W/in"
	STDIN=$W/in ok drun -i --rm busybox:test sh -c 'cat; echo to-err >&2'
	out typed
	is "$stderr" to-err
	is "$(drun --rm busybox:test sh -c 'dd if=/dev/zero bs=1k count=2000 2>/dev/null' 3>&- </dev/null | wc -c)" 2048000
}

@test "docker: a terminal" {
	ok "$TOOLS/ptyrun" 40 120 timeout $((40 * SLOW)) "$client" -H "unix://$T/d/sock" run --network none --rm -it \
		busybox:test sh -c 'tty; sleep 0.5; stty size; exit 0'
	line '/dev/pts/0|/dev/console'
	line '^40 120'
	called "create .* --console-socket "
}

@test "docker: exec: output, status, terminal, user, variables" {
	ok drun -d --name "$N" busybox:test sleep 1000
	ok dk exec "$N" echo from-exec
	out from-exec
	fails 5 dk exec "$N" sh -c 'exit 5'
	ok dk exec -u 1000:1000 -w /usr -e A=b "$N" sh -c 'id -u; pwd; echo $A'
	out $'1000\n/usr\nb'
	ok "$TOOLS/ptyrun" 40 120 timeout $((40 * SLOW)) "$client" -H "unix://$T/d/sock" exec -it "$N" tty
	line '/dev/pts/'
	try dk exec "$N" nope
	[[ $status -eq 126 || $status -eq 127 ]] || show "expected 126 (20.10) or 127"
	fails 126 dk exec "$N" /etc/passwd
	called "exec --process .* --detach --pid-file "
}

@test "docker: stop, start, restart, kill" {
	ok drun -d --name "$N" busybox:test sh -c 'trap "exit 9" TERM; while :; do sleep 0.05; done'
	ok dk stop -t 5 "$N"
	is "$(dk inspect -f '{{.State.ExitCode}}' "$N")" 9
	called "create " "start " "kill .* 15" "delete "
	ok dk start "$N"
	docker_is running
	ok dk restart -t 1 "$N"
	docker_is running
	ok dk kill -s USR1 "$N"
	ok dk kill "$N"
	until_true docker_is exited
	called "kill .* 10" "kill .* 9"
}

@test "docker: stop of a program that does not listen" {
	ok drun -d --name "$N" busybox:test sh -c 'trap "" TERM; while :; do sleep 0.05; done'
	ok dk stop -t 1 "$N"
	is "$(dk inspect -f '{{.State.ExitCode}}' "$N")" 137
}

@test "docker: pause and unpause" {
	ok drun -d --name "$N" busybox:test sleep 1000
	ok dk pause "$N"
	docker_is paused
	ok dk unpause "$N"
	docker_is running
	called "pause " "resume "
}

@test "docker: top, stats, logs, cp, diff, inspect, wait" {
	ok drun -d --name "$N" busybox:test sh -c 'echo spoken; sleep 1000'
	ok dk top "$N"
	line 'sleep 1000'
	called "ps --format json "
	ok dk stats --no-stream "$N"
	line "$N"
	wait_log() {
		[[ $(dk logs "$N") == spoken ]]
	}
	until_true wait_log
	echo copied >"$W/f"
	ok dk cp "$W/f" "$N:/tmp/f"
	ok dk exec "$N" cat /tmp/f
	out copied
	ok dk kill "$N"
	ok dk wait "$N"
	out 137
}

@test "docker: update" {
	needs_command update
	ok drun -d --name "$N" -m 64m busybox:test sleep 1000
	ok dk update --cpu-shares 200 --memory 48m --memory-swap 96m "$N"
	called "update --resources - "
}

@test "docker: --init" {
	[[ -x /usr/bin/docker-init ]] || skip "docker-init is not installed"
	ok drun --rm --init busybox:test ps -o pid,args
	line '^ *1 /sbin/docker-init'
}

@test "docker: --read-only, --tmpfs, a volume" {
	mkdir "$W/dir"
	echo shared >"$W/dir/f"
	ok drun --rm --read-only --tmpfs /scratch:size=1m,mode=1777 -v "$W/dir:/m:ro" busybox:test \
		sh -c 'touch /x 2>/dev/null || echo 1; touch /scratch/x && echo 2; cat /m/f; touch /m/x 2>/dev/null || echo 3'
	out $'1\n2\nshared\n3'
}

@test "docker: --cap-add, --cap-drop" {
	ok drun --rm --cap-drop ALL --cap-add NET_ADMIN busybox:test grep CapEff /proc/self/status
	line '0000000000001000'
}

@test "docker: --privileged" {
	last=$(cat /proc/sys/kernel/cap_last_cap)
	[[ $((16#$(awk '$1 == "CapBnd:" { print $2 }' /proc/self/status))) -eq $(((1 << (last + 1)) - 1)) ]] ||
		skip "root of this host has not all capabilities itself"
	ok drun --rm --privileged busybox:test sh -c 'mount -t tmpfs x /tmp && echo mounted; ls /dev | wc -l'
	line mounted
}

@test "docker: --ulimit, --pids-limit, --memory, --cpus, --cpuset-cpus, --oom-score-adj" {
	ok drun -d --name "$N" --ulimit nofile=123:456 --pids-limit 33 -m 64m --cpus 0.5 --cpuset-cpus 0 \
		--oom-score-adj 500 busybox:test sleep 1000
	pid=$(dk inspect -f '{{.State.Pid}}' "$N")
	grep -qE '^Max open files +123 +456 ' "/proc/$pid/limits"
	is "$(cat "/proc/$pid/oom_score_adj")" 500
	is "$(cat "$(cgroup_dir "$pid" pids)/pids.max")" 33
	through_systemd "$pid"
	if has_v1 memory; then
		is "$(cat "$(cgroup_dir "$pid" memory)/memory.limit_in_bytes")" 67108864
		is "$(cat "$(cgroup_dir "$pid" cpu)/cpu.cfs_quota_us")" 50000
		is "$(cat "$(cgroup_dir "$pid" cpuset)/cpuset.cpus")" 0
	else
		is "$(cat "$(cgroup_dir "$pid" memory)/memory.max")" 67108864
		is "$(cat "$(cgroup_dir "$pid" cpu)/cpu.max")" "50000 100000"
		is "$(cat "$(cgroup_dir "$pid" cpuset)/cpuset.cpus")" 0
	fi
}

@test "docker: --user, --group-add, --workdir, --hostname, --env" {
	ok drun --rm -u 1000:1000 --group-add 5 -w /new/dir -h stone -e A=b busybox:test \
		sh -c 'id -u; id -G; pwd; hostname; echo $A'
	out $'1000\n1000 5\n/new/dir\nstone\nb'
}

@test "docker: namespaces of the host and of another container" {
	ok drun --rm --pid host --ipc host --uts host busybox:test sh -c 'readlink /proc/self/ns/pid /proc/self/ns/ipc; readlink /proc/self/ns/uts'
	ok drun -d --name "$N" busybox:test sleep 1000
	pid=$(dk inspect -f '{{.State.Pid}}' "$N")
	ok dk run --rm --network "container:$N" --pid "container:$N" busybox:test readlink /proc/self/ns/net
	out "$(readlink "/proc/$pid/ns/net")"
	ok dk run --rm --network host busybox:test readlink /proc/self/ns/net
	out "$(readlink /proc/self/ns/net)"
}

@test "docker: --security-opt: no-new-privileges, seccomp off and on, --sysctl, --device, --shm-size" {
	ok drun --rm --security-opt no-new-privileges busybox:test grep -E 'NoNewPrivs|Seccomp:' /proc/self/status
	line 'NoNewPrivs:.1'
	line 'Seccomp:.2'
	ok drun --rm --security-opt seccomp=unconfined busybox:test grep Seccomp: /proc/self/status
	line 'Seccomp:.0'
	ok drun --rm --sysctl net.ipv4.ip_forward=1 --shm-size 5m busybox:test \
		sh -c 'cat /proc/sys/net/ipv4/ip_forward; df -k /dev/shm | tail -1'
	line '^1$'
	line ' 5120 '
}

@test "docker: a health check" {
	ok drun -d --name "$N" --health-cmd true --health-interval 200ms busybox:test sleep 1000
	healthy() {
		[[ $(dk inspect -f '{{.State.Health.Status}}' "$N") == healthy ]]
	}
	LIMIT=20 until_true healthy
}

@test "docker: a build, each step in a container" {
	mkdir "$W/ctx"
	printf 'FROM busybox:test\nRUN echo built >/made\nRUN ["cp", "/made", "/copy"]\nCMD cat /copy\n' \
		>"$W/ctx/Dockerfile"
	DOCKER_BUILDKIT=0 ok dk build --network none -t "built$N" "$W/ctx"
	ok drun --rm "built$N"
	out built
}

@test "docker: attached run, the client gets SIGTERM" {
	"$client" -H "unix://$T/d/sock" run --network none --rm --name "$N" busybox:test \
		sh -c 'trap "exit 42" TERM; echo up; while :; do sleep 0.05; done' >"$W/ran" 2>&1 </dev/null 3>&- &
	BG=$!
	wait_text "$W/ran" up
	kill -TERM "$BG"
	rc=0
	wait "$BG" || rc=$?
	is "$rc" 42
}
