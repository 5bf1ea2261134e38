#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

@test "create: a bundle that does not exist (row 22)" {
	fails 1 P create -b /none/such "$C"
	err "no such file or directory"
}

@test "create: a bundle without config.json (row 23)" {
	rm "$B/config.json"
	refused
	err "config.json not found"
}

@test "create: config that is no JSON, null or empty (row 24)" {
	echo '{' >"$B/config.json"
	refused
	echo 'null' >"$B/config.json"
	refused
	err "config cannot be null"
	echo '{}' >"$B/config.json"
	refused
	err "process property must not be empty"
	: >"$B/config.json"
	refused
	head -c 100 /dev/urandom >"$B/config.json"
	refused
}

@test "create: missing and wrong members of process and root (row 25)" {
	local row
	while IFS='|' read -r edit text; do
		bundle "$W/b$((++row))"
		cfg "$edit"
		refused
		err "$text"
	done <<-'END'
		.process.args = []|args must not be empty
		.process.cwd = "rel"|Cwd must be an absolute path
		del(.process.cwd)|Cwd property must not be empty
		del(.process)|process property must not be empty
		del(.root)|root must be specified
	END
}

@test "create: root.path that is not there, or no directory (row 26)" {
	cfg '.root.path = "nope"'
	refused
	err "invalid rootfs"
	cfg '.root.path = "config.json"'
	refused
}

@test "create: without ociVersion (row 27)" {
	cfg 'del(.ociVersion)'
	created
}

@test "create: program that is not there (row 28)" {
	args /nope
	fails 1 P create --pid-file "$W/pid" -b "$B" "$C"
	err 'exec: "/nope": stat /nope: no such file or directory'
	[[ ! -e $W/pid ]] || die "a PID file was written"
	fails 1 P state "$C"
	nothing_left
}

@test "create: program that is not in PATH (row 29)" {
	args nope
	refused
	err 'exec: "nope": executable file not found in $PATH'
}

@test "create: program that may not be executed, or is a directory (row 30)" {
	for program in /etc/passwd /bin; do
		args "$program"
		refused
		err "permission denied" "$program"
	done
}

@test "create: the program is looked up in the container's PATH, not the caller's" {
	mkdir "$B/rootfs/opt"
	cp "$B/rootfs/bin/probe" "$B/rootfs/opt/special"
	cfg '.process.env = ["PATH=/nowhere:/opt"]'
	args special getcwd
	run_it
	out /
}

@test "create: terminal without console socket (row 35)" {
	cfg '.process.terminal = true'
	refused
	err "console socket"
	fails 1 P run -d -b "$B" "$C"
	err "console socket"
	nothing_left
}

@test "create: console socket without terminal (row 36)" {
	fails 1 P create --console-socket "$W/s" -b "$B" "$C"
	err "cannot use console socket"
	nothing_left
}

@test "create: console socket that nobody listens on (row 37)" {
	cfg '.process.terminal = true'
	fails 1 P create --console-socket "$W/s" -b "$B" "$C"
	err_any "no such file" "connection refused"
	nothing_left
}

@test "create: --preserve-fds of a closed descriptor (row 38)" {
	try sh -c 'exec 3</dev/null 4</dev/null 5<&- 6<&- 7<&-
		exec "$0" --root "$1" create --preserve-fds 5 -b "$2" "$3"' "$CIST" "$R" "$B" "$C"
	is "$status" 1
	err "unable to stat preserved-fd"
	nothing_left
}

@test "create: a negative --preserve-fds acts as 0" {
	quiet P create --preserve-fds -1 -b "$B" "$C"
}

@test "create: PID file that cannot be written (row 39)" {
	fails 1 P create --pid-file "$R/no/pid" -b "$B" "$C"
	fails 1 P state "$C"
	nothing_left
}

@test "create: PID file is digits only, replaces an old one, mode 0644 (row 40)" {
	echo old >"$W/pid"
	chmod 0600 "$W/pid"
	(umask 022 && quiet P create --pid-file "$W/pid" -b "$B" "$C")
	is "$(tr -d 0-9 <"$W/pid" | wc -c)" 0 "bytes that are not digits"
	is "$(cat "$W/pid")" "$(pid_of "$C")"
	is "$(stat -c %a "$W/pid")" 644
	is "$(find "$W" -name '.pid*')" "" "leftover of the write"
}

@test "create: init becomes a child of the caller's subreaper (row 40)" {
	quiet "$TOOLS/client" -s "$W/children" "$CIST" --root "$R" create -b "$B" "$C"
	is "$(cut -d: -f2 "$W/children")" " $(pid_of "$C")" "children of the client"
}

@test "create: a relative PID file is relative to the caller, not to the bundle" {
	cd "$W"
	quiet P create --pid-file pid -b b "$C"
	is "$(cat "$W/pid")" "$(pid_of "$C")"
}

@test "create: bundle is the working directory by default" {
	cd "$B"
	quiet P create "$C"
	is "$(P state "$C" | jq -r .bundle)" "$B"
}

@test "create: an id that is taken; the first is unharmed (row 42)" {
	created
	before=$(pid_of "$C")
	fails 1 P create -b "$B" "$C"
	err "already exists"
	is "$(pid_of "$C")" "$before"
	alive "$before"
	quiet P start "$C"
}

@test "create: a directory without a state file counts as taken" {
	mkdir "$R/$C"
	fails 1 P create -b "$B" "$C"
	err "already exists"
	quiet P delete --force "$C"
}

@test "create: makes the root with parents, mode 0700" {
	quiet "$CIST" --root "$R/deep/er" create -b "$B" "$C"
	is "$(stat -c %a "$R/deep/er")" 700
	quiet "$CIST" --root "$R/deep/er" delete "$C"
	rm -r "$R/deep"
}

@test "create: the program does not run before start" {
	sh_args 'touch /ran'
	created
	sleep 0.2
	[[ ! -e $B/rootfs/ran ]] || die "it ran"
	quiet P start "$C"
	wait_file "$B/rootfs/ran"
	wait_status "$C" stopped
}

@test "create: wrong namespaces and maps (row 106)" {
	refuses_each <<-'END'
		.linux.namespaces |= map(select(.type != "uts"))
		.linux.namespaces += [{"type": "pid"}]
		.linux.namespaces += [{"type": "frob"}]
		.linux.namespaces += [{"type": "ipc", "path": "/none/such"}] | .linux.namespaces |= map(select(.type != "ipc" or .path))
		.linux.namespaces |= map(if .type == "ipc" then .path = "/proc/self/ns/uts" else . end)
		.linux.uidMappings = [{"containerID": 0, "hostID": 0, "size": 1}]
	END
}

@test "create: wrong sysctl, seccomp, mounts and devices (row 106)" {
	refuses_each <<-'END'
		.linux.sysctl = {"vm.swappiness": "1"}
		.linux.sysctl = {"kernel.frob/../../x": "1"}
		.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.namespaces |= map(select(.type != "network"))
		.linux.seccomp = {"defaultAction": "SCMP_ACT_FROB"}
		.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_FROB"]}
		.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_FROB"]}
		.linux.rootfsPropagation = "frob"
		.mounts += [{"destination": "/x", "type": "frobfs", "source": "none"}]
		.mounts += [{"destination": "/x", "type": "bind", "source": "/none/such", "options": ["bind"]}]
		.linux.devices = [{"path": "/dev/x", "type": "q", "major": 1, "minor": 3}]
	END
}

@test "create: wrong limits, users and hooks (row 106)" {
	refuses_each <<-'END'
		.process.rlimits = [{"type": "RLIMIT_FOO", "hard": 1, "soft": 1}]
		.process.rlimits = [{"type": "RLIMIT_CORE", "hard": 1, "soft": 1}, {"type": "RLIMIT_CORE", "hard": 1, "soft": 1}]
		.process.rlimits = [{"type": "RLIMIT_CORE", "hard": 1, "soft": 2}]
		.process.user.uid = -1
		.process.user.uid = 4294967296
		.process.oomScoreAdj = 5000
		.process.capabilities.ambient = 7
		.hooks = {"prestart": [{"path": "relative"}]}
	END
}

@test "create: a duplicate key in the configuration is refused" {
	sed -i '0,/"ociVersion"/s//"hostname": "a", "ociVersion"/' "$B/config.json"
	refused
}

@test "create: unknown members are ignored" {
	cfg '.frobnicate = {"a": [1, {}]} | .process.frob = 1 | .linux.frob = null'
	created
}

@test "create: members that this version cannot do are refused, not dropped" {
	refuses_each "annotations: run.oci.handler: names another executor" <<-'END'
		.annotations = {"run.oci.handler": "krun"}
	END
}

@test "create: intelRdt where resctrl is not mounted" {
	! grep -q ' - resctrl ' /proc/self/mountinfo || skip "resctrl is mounted here"
	refuses_each "linux.intelRdt: no resctrl file system is mounted" <<-'END'
		.linux.intelRdt = {}
		.linux.intelRdt = {"closID": "x"}
		.linux.intelRdt = {"closID": "/", "enableMonitoring": true}
		.linux.intelRdt = {"l3CacheSchema": "L3:0=f", "memBwSchema": "MB:0=20"}
	END
	refuses_each linux.intelRdt <<-'END'
		.linux.intelRdt = {"closID": "../x"}
		.linux.intelRdt = {"closID": "info"}
		.linux.intelRdt = {"memBwSchema": "L3:0=f"}
		.linux.intelRdt = {"schemata": [""]}
	END
}

@test "create: --systemd-cgroup where there is no systemd (row 108)" {
	[[ ! -d /run/systemd/system ]] || skip "this host runs systemd"
	fails 1 P --systemd-cgroup create -b "$B" "$C"
	err systemd
	nothing_left
}

@test "create: a memory limit too small for anything (row 110)" {
	cfg '.linux.resources.memory = {"limit": 4096}'
	refused
	err memory
}

@test "create: console socket gets one message with one tty, then the end (row 111)" {
	cfg '.process.terminal = true | .process.consoleSize = {"height": 33, "width": 99}'
	sh_args 'tty; [ -c /dev/console ] && echo console; stty size; sleep 1000'
	background "$TOOLS/recvfd" --relay "$W/s" "$W/report" >"$W/screen" </dev/null
	wait_file "$W/s"
	quiet P create --console-socket "$W/s" --pid-file "$W/pid" -b "$B" "$C"
	wait_file "$W/report"
	grep -qx "messages 1" "$W/report"
	grep -qx "fds 1" "$W/report"
	grep -qx "tty yes" "$W/report"
	grep -qx "end yes" "$W/report"
	grep -qx "size 33 99" "$W/report"
	quiet P start "$C"
	wait_text "$W/screen" "33 99"
	grep -q "^/dev/pts/0" "$W/screen" || grep -q "^/dev/console" "$W/screen"
	grep -q "^console" "$W/screen"
	pid=$(cat "$W/pid")
	for fd in 0 1 2; do
		[[ $(readlink "/proc/$pid/fd/$fd") == /dev/pts/* ]] ||
			die "fd $fd is $(readlink "/proc/$pid/fd/$fd")"
	done
	isnt "$(awk '{print $7}' "/proc/$pid/stat")" 0 "controlling terminal"
}

@test "create: a console socket path longer than an address" {
	cfg '.process.terminal = true'
	long=$W/$(printf 'd%.0s' {1..100})
	mkdir "$long"
	(cd "$long" && exec "$TOOLS/recvfd" s "$W/report" 3>&-) &
	also_kill $!
	wait_file "$long/s"
	quiet P create --console-socket "$long/s" -b "$B" "$C"
	wait_text "$W/report" "tty yes"
}

@test "create: the terminal belongs to the process user" {
	cfg '.process.terminal = true | .process.user = {"uid": 1000, "gid": 1000}'
	sh_args 'stat -c "owner %u" "$(tty)"; sleep 1000'
	background "$TOOLS/recvfd" --relay "$W/s" "$W/report" >"$W/screen" </dev/null
	wait_file "$W/s"
	quiet P run -d --console-socket "$W/s" -b "$B" "$C"
	wait_text "$W/screen" "owner 1000"
}

@test "create: --pidfd-socket gets a pidfd of init with the word standard" {
	background "$TOOLS/recvfd" "$W/s" "$W/report"
	wait_file "$W/s"
	quiet P create --pidfd-socket "$W/s" -b "$B" "$C"
	wait_file "$W/report"
	grep -qx "fds 1" "$W/report"
	grep -qx "text standard" "$W/report"
	grep -qx "pidfd $(pid_of "$C")" "$W/report"
}

@test "create: run.oci.pidfd_receiver gets the same" {
	background "$TOOLS/recvfd" "$W/s" "$W/report"
	wait_file "$W/s"
	cfg --arg s "$W/s" '.annotations = {"run.oci.pidfd_receiver": $s}'
	quiet P create -b "$B" "$C"
	wait_file "$W/report"
	grep -qx "fds 1" "$W/report"
	grep -qx "pidfd $(pid_of "$C")" "$W/report"
	P delete --force "$C"
	cfg --arg s "$W/nobody" '.annotations = {"run.oci.pidfd_receiver": $s}'
	fails 1 P create -b "$B" "$C"
	err 'annotations: run.oci.pidfd_receiver' 'connect to'
}

@test "create: --no-pivot" {
	args cat /proc/self/mountinfo
	ok P run --no-pivot -b "$B" "$C"
	line ' / rw'
	line ' /proc rw'
}

@test "create: a session keyring of its own, or none with --no-new-keyring" {
	args probe keyring
	run_it
	line "_ses.$C"
	ok P run --no-new-keyring -b "$B" "$C"
	no_line "_ses.$C"
}

@test "create: 20 at once of one id: one wins and starts, the rest say so (row 120)" {
	local pids=()
	for i in {1..20}; do
		(
			rc=0
			"$CIST" --root "$R" create -b "$B" "$C" >/dev/null 2>"$W/err$i" </dev/null 3>&- || rc=$?
			echo "$rc" >"$W/rc$i"
		) 3>&- &
		pids+=($!)
	done
	wait_for "${pids[@]}"
	is "$(cat "$W"/rc* | grep -cx 0)" 1 "winners"
	is "$(cat "$W"/rc* | grep -cx 1)" 19 "losers"
	is "$(cat "$W"/err* | grep -c 'already exists')" 19 "losers that say why"
	ok P list -q
	out "$C"
	quiet P start "$C"
	is "$(status_of "$C")" running
}

@test "create: 20 different ones at once" {
	local pids=()
	for i in {1..20}; do
		"$CIST" --root "$R" create -b "$B" "$C-$i" >/dev/null 2>"$W/err$i" </dev/null 3>&- &
		pids+=($!)
	done
	wait_for "${pids[@]}"
	is "$(cat "$W"/err*)" ""
	is "$(P list -q | wc -l)" 20
}

@test "create: later edits of config.json have no effect; the bundle may move away (row 119)" {
	created
	cfg '.process.args = ["false"]'
	mv "$B" "$W/elsewhere"
	ok P state "$C"
	is "$(jq -r .status <<<"$output")" created
	quiet P start "$C"
	is "$(status_of "$C")" running
	jq '{args: ["echo", "still"], cwd: "/", user: {uid: 0, gid: 0}, env: ["PATH=/bin"]}' -n \
		>"$W/process"
	ok P exec -p "$W/process" "$C"
	out still
	quiet P kill "$C" 9
	wait_status "$C" stopped
	quiet P delete "$C"
}

@test "create: no executable of the host in a waiting container" {
	created
	exe=$(readlink "/proc/$(pid_of "$C")/exe")
	[[ $exe == *memfd:* ]] || die "init's executable is $exe"
}

@test "create: signals are reset: nothing ignored or blocked reaches the program" {
	args grep -E 'Sig(Blk|Ign)' /proc/self/status
	ok "$TOOLS/client" -i "$CIST" --root "$R" run -b "$B" "$C"
	line 'SigBlk:.0000000000000000'
	line 'SigIgn:.0000000000000000'
}
