#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

# Writes a process file: process FILTER, from a base with args, cwd and PATH.
process() {
	jq -n '{args: ["id"], cwd: "/", env: ["PATH=/bin:/usr/bin"], user: {uid: 0, gid: 0}}
		| '"${1:-.}" >"$W/process"
}

@test "exec: unknown container (row 18)" {
	fails 255 P exec nope true
	err "does not exist"
}

@test "exec: in created (row 44)" {
	created
	ok P exec "$C" echo x
	out x
}

@test "exec: status of the program, and of one that was killed (row 51)" {
	running
	fails 7 P exec "$C" sh -c 'exit 7'
	fails 137 P exec "$C" sh -c 'kill -9 $$'
	fails 143 P exec "$C" sh -c 'kill -15 $$'
}

@test "exec: programs that cannot be run (row 52)" {
	running
	fails 255 P exec "$C" /nope
	err 'exec: "/nope": stat /nope: no such file or directory'
	fails 255 P exec "$C" nope
	err 'exec: "nope": executable file not found in $PATH'
	for program in /etc/passwd /bin; do
		fails 255 P exec "$C" "$program"
		err "permission denied" "$program"
	done
}

@test "exec: a program of garbage (row 53)" {
	running
	fails 1 P exec "$C" /bin/garbage
	err "exec format error"
	fails 1 P exec "$C" /bin/orphan-script
	err "no such file or directory"
}

@test "exec: without arguments (row 54)" {
	running
	fails 255 P exec "$C"
	err "args cannot be empty"
}

@test "exec: variables after the configuration's, HOME from passwd (row 55)" {
	cfg '.process.env += ["BASE=1"]'
	running
	ok P exec -e A=1 --env B=2 -e BASE=2 "$C" env
	line '^A=1$'
	line '^B=2$'
	line '^BASE=2$'
	line '^HOME=/root$'
	line '^PATH='
}

@test "exec: working directory (row 56)" {
	running
	ok P exec --cwd /usr "$C" pwd
	out /usr
	fails 255 P exec --cwd /no "$C" pwd
	err "no such file"
	fails 255 P exec --cwd rel "$C" pwd
	err absolute
}

@test "exec: user (row 57)" {
	running
	ok P exec -u 1000:2000 "$C" id
	line 'uid=1000'
	line 'gid=2000'
	ok P exec --user 1000 "$C" id -u
	out 1000
	fails 255 P exec -u bob "$C" id
	for bad in -1 1000:x 4294967296 1:-1; do
		fails 255 P exec "--user=$bad" "$C" id
	done
}

@test "exec: HOME of another user" {
	running
	ok P exec -u 1000:1000 "$C" sh -c 'echo $HOME'
	out /home/user
}

@test "exec: additional groups (row 58)" {
	running
	ok P exec -g 5 --additional-gids 6 "$C" id -G
	out "0 5 6"
}

@test "exec: capabilities are added (row 59)" {
	running
	ok P exec "$C" grep CapEff /proc/self/status
	before=$((16#${output##*[[:space:]]}))
	ok P exec --cap CAP_NET_ADMIN -c CAP_SYS_TIME "$C" grep CapEff /proc/self/status
	after=$((16#${output##*[[:space:]]}))
	is "$after" $((before | 1 << 12 | 1 << 25))
}

@test "exec: --no-new-privs (row 60)" {
	cfg '.process.noNewPrivileges = false'
	running
	ok P exec "$C" grep NoNew /proc/self/status
	line '0$'
	ok P exec --no-new-privs "$C" grep NoNew /proc/self/status
	line '1$'
}

@test "exec: flags end at the first word; one -- is dropped (row 61)" {
	running
	ok P exec "$C" ls -d /usr
	out /usr
	ok P exec "$C" -- ls -d /usr
	out /usr
}

@test "exec: detached: silent, PID file, child of the caller's subreaper (row 62)" {
	running
	quiet "$TOOLS/client" -s "$W/children" "$CIST" --root "$R" \
		exec -d --pid-file "$W/pid" "$C" sleep 77
	pid=$(cat "$W/pid")
	is "$(tr -d 0-9 <"$W/pid" | wc -c)" 0 "bytes that are not digits"
	alive "$pid"
	is "$(cut -d: -f2 "$W/children")" " $pid" "children of the client"
	is "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "sleep 77 "
}

@test "exec: detached, failing: no PID file (row 63)" {
	running
	fails 255 P exec -d --pid-file "$W/pid" "$C" /nope
	[[ ! -e $W/pid ]] || die "a PID file was written"
}

@test "exec: terminal without one (row 64)" {
	running
	fails 255 setsid -w "$CIST" --root "$R" exec -t "$C" true
	err tty
	fails 255 P exec -t -d "$C" true
	err tty
	fails 255 setsid -w "$CIST" --root "$R" exec -t "$C" sh -c 'trap "" HUP; exec sleep 1000'
	is "$(P ps -f json "$C" | jq length)" 1 "processes in the container"
}

@test "exec: process file with user and groups (row 65)" {
	running
	process '.user = {uid: 12, gid: 34, additionalGids: [56]}'
	ok P exec -p "$W/process" "$C"
	out "uid=12 gid=34 groups=56"
}

@test "exec: process files that are wrong (row 66)" {
	running
	process 'del(.cwd)'
	fails 255 P exec -p "$W/process" "$C"
	err "Cwd property must not be empty"
	process 'del(.args)'
	fails 255 P exec -p "$W/process" "$C"
	for text in '{' '[]' 'null' '' '"x"' '{"args": 7, "cwd": "/"}'; do
		printf '%s' "$text" >"$W/process"
		fails 255 P exec -p "$W/process" "$C"
		[[ -n $stderr ]] || show "expected a reason"
	done
	fails 255 P exec -p "$W/none" "$C"
	err "no such file"
}

@test "exec: what a process file leaves out comes from the configuration or is nothing" {
	cfg '.process.noNewPrivileges = true | .process.rlimits = [{"type": "RLIMIT_NOFILE", "hard": 99, "soft": 88}]
		| .process.capabilities |= map_values(["CAP_KILL"])'
	running
	process '.args = ["sh", "-c", "ulimit -n; ulimit -Hn; grep -E \"NoNew|CapBnd\" /proc/self/status; env"]'
	ok P exec -p "$W/process" "$C"
	line '^88$'
	line '^99$'
	# A member that is not there takes no protection away.
	line 'NoNewPrivs:.1$'
	line 'CapBnd:.0000000000000020$'
	no_line '^TERM='
}

@test "exec: a process file without an OOM score gets the container's" {
	cfg '.process.oomScoreAdj = 321'
	running
	process '.args = ["cat", "/proc/self/oom_score_adj"]'
	ok P exec -p "$W/process" "$C"
	out 321
	process '.args = ["cat", "/proc/self/oom_score_adj"] | .oomScoreAdj = 400'
	ok P exec -p "$W/process" "$C"
	out 400
}

@test "exec: a process file may set every member" {
	running
	process '.args = ["sh", "-c", "umask; ulimit -n; grep -E \"NoNew|Cap\" /proc/self/status"]
		| .user.umask = 63 | .noNewPrivileges = true
		| .rlimits = [{type: "RLIMIT_NOFILE", hard: 77, soft: 66}]
		| .capabilities = {bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"], inheritable: [], ambient: []}
		| .frobnicate = true'
	ok P exec -p "$W/process" "$C"
	line '^0?077$'
	line '^66$'
	line 'NoNewPrivs:.1$'
	line 'CapEff:.0000000000000020$'
}

@test "exec: --tty and --process together: the file decides (row 67)" {
	running
	process '.terminal = true | .consoleSize = {height: 31, width: 97}
		| .args = ["sh", "-c", "tty; stty size; sleep 1000"]'
	background "$TOOLS/recvfd" --relay "$W/s" "$W/report" >"$W/screen" </dev/null
	wait_file "$W/s"
	quiet P exec --tty --process "$W/process" --console-socket "$W/s" -d --pid-file "$W/pid" "$C"
	wait_file "$W/report"
	grep -qx "fds 1" "$W/report"
	grep -qx "messages 1" "$W/report"
	grep -qx "tty yes" "$W/report"
	wait_text "$W/screen" "31 97"
	grep -q "^/dev/pts/" "$W/screen"
}

@test "exec: --tty with a process file that wants none" {
	running
	process '.args = ["tty"]'
	try P exec --tty --process "$W/process" "$C"
	line "not a tty"
}

@test "exec: --pidfd-socket gets a pidfd with the word setns" {
	running
	background "$TOOLS/recvfd" "$W/s" "$W/report"
	wait_file "$W/s"
	quiet P exec -d --pidfd-socket "$W/s" --pid-file "$W/pid" "$C" sleep 77
	wait_file "$W/report"
	grep -qx "fds 1" "$W/report"
	grep -qx "text setns" "$W/report"
	grep -qx "pidfd $(cat "$W/pid")" "$W/report"
}

@test "exec: --cgroup that is not there (row 68), and escapes" {
	running
	fails 255 P exec --cgroup /nope "$C" true
	err "no such file"
	fails 255 P exec --cgroup ../.. "$C" true
	err "bad sub cgroup path"
}

@test "exec: --cgroup puts the process there" {
	running
	dir=$(cgroup_dir "$(pid_of "$C")" pids)
	mkdir "$dir/sub"
	ok P exec --cgroup pids:/sub "$C" cat /proc/self/cgroup
	line 'pids:.*/sub$|^0::.*/sub$'
	rmdir "$dir/sub"
}

@test "exec: a stopped container (row 85)" {
	running
	quiet P kill "$C" 9
	wait_status "$C" stopped
	fails 255 P exec "$C" true
	err stopped
}

@test "exec: joins all namespaces and the cgroups of init" {
	running
	pid=$(pid_of "$C")
	quiet P exec -d --pid-file "$W/pid" "$C" sleep 77
	for ns in pid net ipc uts mnt user cgroup; do
		is "$(readlink "/proc/$(cat "$W/pid")/ns/$ns")" "$(readlink "/proc/$pid/ns/$ns")"
	done
	is "$(cat "/proc/$(cat "$W/pid")/cgroup")" "$(cat "/proc/$pid/cgroup")"
	is "$(readlink "/proc/$(cat "$W/pid")/root")" /
}

@test "exec: the container's keyring" {
	running
	ok P exec "$C" probe keyring
	line "_ses.$C"
}

@test "exec: the container's seccomp filter" {
	cfg '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["sethostname"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]}'
	running
	ok P exec "$C" probe syscall 170 0 0
	out "-1 77"
}

@test "exec: standard input, output and error are the caller's" {
	running
	echo typed >"$W/in"
	STDIN=$W/in ok P exec "$C" sh -c 'cat; echo to-err >&2'
	out typed
	is "$stderr" to-err
}

@test "exec: pipes do not stall with a lot of data" {
	running
	is "$(P exec "$C" sh -c 'dd if=/dev/zero bs=1k count=3000 2>/dev/null' 3>&- </dev/null | wc -c)" 3072000
	is "$(head -c 500000 /dev/zero | P exec "$C" wc -c 3>&-)" 500000
}

@test "exec: no descriptor of the caller leaks; --preserve-fds lets N through" {
	running
	try sh -c 'exec 3</etc/passwd 4</etc/group 5</etc/hostname
		exec "$0" --root "$1" exec "$2" ls /proc/self/fd' "$CIST" "$R" "$C"
	is "$(tr '\n' ' ' <"$W/out")" "0 1 2 3 "
	try sh -c 'exec 3</etc/passwd 4</etc/group 5</etc/hostname
		exec "$0" --root "$1" exec --preserve-fds 2 "$2" \
			sh -c "readlink /proc/self/fd/3; readlink /proc/self/fd/4; ls /proc/self/fd"' "$CIST" "$R" "$C"
	is "$status" 0
	line /etc/passwd
	line /etc/group
	no_line '^6$'
}

@test "exec: a foreground signal is forwarded" {
	running
	"$CIST" --root "$R" exec "$C" sh -c 'trap "exit 42" TERM; echo up; while :; do sleep 0.02; done' \
		>"$W/exec" </dev/null 3>&- &
	BG=$!
	wait_text "$W/exec" up
	kill -TERM "$BG"
	rc=0
	wait "$BG" || rc=$?
	is "$rc" 42
}

@test "exec: foreground on a terminal: a tty inside, sized, resized, status kept" {
	running
	rc=0
	"$TOOLS/ptyrun" 41 101 "$CIST" --root "$R" exec -t "$C" \
		sh -c 'tty; stty size; exit 5' >"$W/screen" </dev/null 3>&- || rc=$?
	is "$rc" 5
	grep -q '^/dev/pts/' "$W/screen"
	grep -q '^41 101' "$W/screen"
}

@test "exec: many at once" {
	local pids=()

	running
	for i in {1..10}; do
		P exec "$C" echo "$i" >"$W/exec$i" </dev/null 3>&- &
		pids+=($!)
	done
	wait_for "${pids[@]}"
	is "$(cat "$W"/exec* | sort -n | tr '\n' ' ')" "1 2 3 4 5 6 7 8 9 10 "
}

@test "exec: none of its processes shows an executable of the host" {
	running
	P exec "$C" sleep 3 </dev/null >/dev/null 3>&- &
	BG=$!
	also_kill "$BG"
	seen() {
		[[ $(P ps -f json "$C" | jq length) -eq 2 ]]
	}
	until_true seen
	for pid in $(P ps -f json "$C" | jq '.[]'); do
		exe=$(readlink "/proc/$pid/exe")
		[[ $exe == /bin/* || $exe == *memfd:* || $exe == "$B"/rootfs/bin/* ]] ||
			die "process $pid is $exe"
	done
	P kill "$C" KILL
	wait_for "$BG"
}

@test "exec: on a terminal: nobody reads the output, and the program does not hear of it" {
	running
	"$TOOLS/ptyrun" 24 80 sh -c '"$0" --root "$1" exec -t "$2" \
		sh -c "sleep 0.3; echo one; sleep 0.3; echo two; sleep 0.3; : >/survived" | true; sleep 2' \
		"$CIST" "$R" "$C" >"$W/screen" </dev/null 3>&-
	wait_file "$B/rootfs/survived"
}

@test "exec: what enters the namespaces is killed before it has said which process is the new one" {
	command -v strace >/dev/null || skip "needs strace"
	running
	fails 255 timeout -s KILL 20 strace -f -o "$W/trace" -e trace=sendmsg -e inject=sendmsg:signal=KILL:when=1 \
		"$CIST" --root "$R" exec "$C" true
	[[ -n $stderr ]] || show "expected a reason"
	is "$(status_of "$C")" running
}

@test "exec: scheduler and ioPriority, the container's or the process file's" {
	cfg '.process.scheduler = {policy: "SCHED_BATCH", nice: 5} | .process.ioPriority = {class: "IOPRIO_CLASS_IDLE"}'
	running
	ok P exec "$C" sh -c 'cut -d " " -f 19,41 /proc/self/stat; ionice -p $$'
	line '^5 3$'
	line '^idle'
	process '.args = ["sh", "-c", "cut -d \" \" -f 19,41 /proc/self/stat; ionice -p $$"]'
	ok P exec -p "$W/process" "$C"
	line '^5 3$'
	line '^idle'
	process '.args = ["sh", "-c", "cut -d \" \" -f 19,41 /proc/self/stat; ionice -p $$"] | .scheduler = {policy: "SCHED_OTHER", nice: 9}
		| .ioPriority = {class: "IOPRIO_CLASS_BE", priority: 3}'
	ok P exec -p "$W/process" "$C"
	line '^9 0$'
	line '^best-effort: prio 3$'
	process '.scheduler = {policy: "SCHED_FIFO"}'
	fails 255 P exec -p "$W/process" "$C"
	err 'process.scheduler.priority: 0 is not between 1 and 99'
}

@test "exec: execCPUAffinity" {
	[[ $(nproc) -ge 2 ]] || skip "this host has one CPU"
	cfg '.process.execCPUAffinity = {initial: "0", final: "1"}'
	running
	ok P exec "$C" grep Cpus_allowed_list /proc/self/status
	is "$(cut -f 2 "$W/out")" 1 "the container's final"
	process '.args = ["grep", "Cpus_allowed_list", "/proc/self/status"] | .execCPUAffinity = {final: "0-1"}'
	ok P exec -p "$W/process" "$C"
	is "$(cut -f 2 "$W/out")" 0-1 "the file's"
	process '.args = ["grep", "Cpus_allowed_list", "/proc/self/status"] | .execCPUAffinity = {final: "4000"}'
	fails 255 P exec -p "$W/process" "$C"
	err 'process.execCPUAffinity.final: none of the CPUs 4000 is there'
	process '.execCPUAffinity = {initial: "x"}'
	fails 255 P exec -p "$W/process" "$C"
	err 'execCPUAffinity.initial: "x" is not a list of CPUs'
}
