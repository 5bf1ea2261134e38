#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

status_field() {
	awk -v f="$1:" '$1 == f { $1 = ""; print substr($0, 2) }' "$W/out"
}

# What /proc/self/status says with the bundle's configuration.
self_status() {
	args cat /proc/self/status
	run_it
}

@test "process: arguments arrive as they are" {
	args sh -c 'for a; do echo "[$a]"; done' argv0 'two words' '' '$HOME "quoted"' 'tab	x' 'ü'
	run_it
	out $'[two words]\n[]\n[$HOME "quoted"]\n[tab\tx]\n[ü]'
}

@test "process: environment is the configuration's and nothing else" {
	cfg '.process.env = ["PATH=/bin", "A=1", "EMPTY=", "SPACES=a b  c", "HOME=/h"]'
	args env
	SECRET=host run_it
	is "$(sort "$W/out" | grep -v '^container=')" "$(printf '%s\n' A=1 EMPTY= HOME=/h PATH=/bin 'SPACES=a b  c')"
}

@test "process: of a variable given twice the last counts" {
	cfg '.process.env = ["PATH=/bin", "A=first", "A=last"]'
	inside 'echo $A'
	out last
}

@test "process: user, group, additional groups" {
	cfg '.process.user = {uid: 1000, gid: 1001, additionalGids: [5, 6, 4000000000]}'
	self_status
	is "$(status_field Uid)" "1000 1000 1000 1000"
	is "$(status_field Gid)" "1001 1001 1001 1001"
	is "$(status_field Groups | xargs)" "5 6 4000000000"
}

@test "process: no groups of the caller are kept" {
	ok setpriv --groups 7,8,9 "$CIST" --root "$R" list
	args cat /proc/self/status
	ok setpriv --groups 7,8,9 "$CIST" --root "$R" run -b "$B" "$C"
	is "$(status_field Groups | xargs)" ""
}

@test "process: umask" {
	inside umask
	out 0022
	cfg '.process.user.umask = 63'
	run_it
	out 0077
}

@test "process: rlimits, also above the caller's soft ones" {
	cfg '.process.rlimits = [
		{type: "RLIMIT_NOFILE", soft: 123, hard: 456}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
		{type: "RLIMIT_NPROC", soft: 1001, hard: 1002}, {type: "RLIMIT_STACK", soft: 4194304, hard: "max"},
		{type: "RLIMIT_AS", soft: "max", hard: "max"},
		{type: "RLIMIT_MSGQUEUE", soft: 11, hard: 12},
		{type: "RLIMIT_RTTIME", soft: 5, hard: 6}]'
	args cat /proc/self/limits
	# jq calculates with doubles, which cannot hold this number
	sed -i 's/"max"/18446744073709551615/' "$B/config.json"
	run_it
	line '^Max open files +123 +456 '
	line '^Max core file size +0 +0 '
	line '^Max processes +1001 +1002 '
	line '^Max stack size +4194304 +unlimited'
	line '^Max address space +unlimited +unlimited'
	line '^Max msgqueue size +11 +12 '
	line '^Max realtime timeout +5 +6 '
}

@test "process: the five capability sets" {
	cfg '.process.capabilities = {
		bounding: ["CAP_KILL", "CAP_CHOWN", "CAP_SETUID"], permitted: ["CAP_KILL", "CAP_CHOWN"],
		effective: ["CAP_KILL"], inheritable: ["CAP_CHOWN", "CAP_KILL"], ambient: ["CAP_CHOWN"]}
		| .process.user = {uid: 1000, gid: 1000}'
	self_status
	is "$(status_field CapBnd)" 00000000000000a1
	is "$(status_field CapInh)" 0000000000000021
	is "$(status_field CapAmb)" 0000000000000001
	# execve by an ordinary user leaves what is ambient
	is "$(status_field CapPrm)" 0000000000000001
	is "$(status_field CapEff)" 0000000000000001
}

@test "process: capabilities of root" {
	cfg '.process.capabilities = ({bounding: ["CAP_KILL", "CAP_NET_RAW"]} | .permitted = .bounding | .effective = .bounding)'
	self_status
	for set in CapPrm CapEff CapBnd; do
		is "$(status_field $set)" 0000000000002020 "$set"
	done
	is "$(status_field CapInh)" 0000000000000000
	is "$(status_field CapAmb)" 0000000000000000
}

@test "process: capabilities left out are none at all" {
	cfg 'del(.process.capabilities)'
	self_status
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		is "$(status_field $set)" 0000000000000000 "$set"
	done
}

@test "process: a capability's effect is there and its absence too" {
	cfg '.process.capabilities |= map_values(["CAP_CHOWN"])'
	inside 'touch /f; chown 5 /f && stat -c %u /f; hostname other 2>&1; mount -t tmpfs x /tmp 2>&1; true'
	line '^5$'
	line 'Operation not permitted|permission denied'
}

@test "process: no_new_privs on and off" {
	cfg '.process.noNewPrivileges = true'
	self_status
	is "$(status_field NoNewPrivs)" 1
	cfg '.process.noNewPrivileges = false'
	self_status
	is "$(status_field NoNewPrivs)" 0
	cfg 'del(.process.noNewPrivileges)'
	self_status
	is "$(status_field NoNewPrivs)" 0
}

@test "process: oomScoreAdj" {
	cfg '.process.oomScoreAdj = 345'
	inside 'cat /proc/self/oom_score_adj'
	out 345
}

@test "process: a negative oomScoreAdj" {
	sh -c 'echo -7 >/proc/self/oom_score_adj' || skip "this host does not let root lower oom_score_adj"
	cfg '.process.oomScoreAdj = -7'
	args cat /proc/self/oom_score_adj
	run_it
	out -7
}

@test "process: without oomScoreAdj the caller's stays" {
	args cat /proc/self/oom_score_adj
	ok sh -c 'echo 77 >/proc/self/oom_score_adj; exec "$0" "$@"' "$CIST" --root "$R" run -b "$B" "$C"
	out 77
}

@test "process: working directory" {
	cfg '.process.cwd = "/usr/lib"'
	args probe getcwd
	run_it
	out /usr/lib
}

@test "process: no working directory outside by way of descriptors" {
	args probe getcwd
	for fd in 3 4 5 6 7 8 9 10; do
		cfg --arg d "/proc/self/fd/$fd" '.process.cwd = $d'
		try sh -c 'exec 7</etc 8</; exec "$0" "$@"' "$CIST" --root "$R" run -b "$B" "$C"
		[[ $status -ne 0 || ($output == /* && ! -e $B/rootfs/etc/hostname && $output != *unreach*) ]] ||
			show "a directory of the host"
		nothing_left
	done
}

@test "process: init is PID 1 without a tracer, a parent of its own outside" {
	self_status
	is "$(status_field Pid)" 1
	is "$(status_field PPid)" 0
	is "$(status_field TracerPid)" 0
	is "$(status_field NSpid)" 1
}

@test "process: a session of its own" {
	inside 'cat /proc/self/stat | cut -d" " -f6; cat /proc/1/stat | cut -d" " -f6'
	is "$(sort -u "$W/out" | tr '\n' ' ')" "1 "
}

@test "process: the program's executable and memory show nothing of the host" {
	running
	pid=$(pid_of "$C")
	is "$(readlink "/proc/$pid/root")" /
	exe=$(readlink "/proc/$pid/exe")
	[[ $exe == /bin/busybox || $exe == */rootfs/bin/busybox ]] || die "executable $exe"
	is "$(grep -cE 'cist|runc|memfd' "/proc/$pid/maps")" 0 "maps of the runtime"
	is "$(find "/proc/$pid/fd" -type l | wc -l)" 3 "descriptors"
}

@test "process: consoleSize without a terminal is ignored" {
	cfg '.process.consoleSize = {height: 5, width: 5}'
	args true
	run_it
}

@test "process: a read-only root" {
	cfg '.root.readonly = true'
	inside 'touch /x 2>&1; touch /dev/shm/x && echo shm-writable'
	line 'Read-only file system'
	line shm-writable
}

@test "process: annotations do not change anything, and are shown" {
	cfg '.annotations = {"run.oci.unknown": "x", "org.example": "äö\n\"\\"}'
	created
	is "$(P state "$C" | jq -r '.annotations["org.example"]')" $'äö\n"\\'
}
