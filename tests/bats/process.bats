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

@test "process: run.oci.keep_original_groups keeps the caller's, for exec too" {
	cfg '.annotations = {"run.oci.keep_original_groups": "1"} | .process.user = {uid: 1000, gid: 1000}'
	args cat /proc/self/status
	ok setpriv --groups 7,8,9 "$CIST" --root "$R" run -b "$B" "$C"
	is "$(status_field Groups | xargs)" "7 8 9"
	args sleep 1000
	running
	ok setpriv --groups 7,8 "$CIST" --root "$R" exec "$C" cat /proc/self/status
	is "$(status_field Groups | xargs)" "7 8"
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

@test "process: capabilities that the caller cannot give are left out with a warning" {
	cfg '.process.capabilities |= map_values(["CAP_KILL", "CAP_MKNOD"])'
	args grep -E "Cap(Prm|Eff|Bnd)" /proc/self/status
	ok setpriv --bounding-set=-mknod "$CIST" --root "$R" run -b "$B" "$C"
	is "$(cut -f 2 "$W/out" | sort -u)" 0000000000000020
	err 'process.capabilities: CAP_MKNOD is not this caller'
	is "$(grep -c MKNOD "$W/err")" 1
	# In a user namespace of its own it has them all.
	with_userns
	ok setpriv --bounding-set=-mknod "$CIST" --root "$R" run -b "$B" "$C"
	is "$(cut -f 2 "$W/out" | sort -u)" 0000000008000020
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

# policy_of PID, as chrt(1) names it
policy_of() {
	chrt -p "$1" | sed -n 's/.*scheduling policy: //p'
}

@test "process: scheduler, each policy that needs no more than root" {
	cfg '.process.scheduler = {policy: "SCHED_BATCH", nice: 5}'
	running
	pid=$(pid_of "$C")
	is "$(policy_of "$pid")" SCHED_BATCH
	is "$(ps -o ni= -p "$pid" | xargs)" 5
	P delete --force "$C"
	cfg '.process.scheduler = {policy: "SCHED_IDLE"}'
	running
	is "$(policy_of "$(pid_of "$C")")" SCHED_IDLE
	P delete --force "$C"
	cfg '.process.scheduler = {policy: "SCHED_OTHER", nice: 3}'
	inside 'cut -d " " -f 19 /proc/self/stat'
	out 3
}

@test "process: scheduler: realtime, also of a user namespace" {
	chrt -f 10 true || skip "this host does not let root have a realtime priority"
	cfg '.process.scheduler = {policy: "SCHED_RR", priority: 7, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	# With CONFIG_RT_GROUP_SCHED a cgroup of v1 has no realtime until it is given some.
	[[ ! -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ]] ||
		cfg '.linux.resources.cpu = {realtimePeriod: 1000000, realtimeRuntime: 10000}'
	running
	chrt -p "$(pid_of "$C")" >"$W/chrt"
	grep -q "policy: SCHED_RR|SCHED_RESET_ON_FORK" "$W/chrt" || die "$(cat "$W/chrt")"
	grep -q "priority: 7$" "$W/chrt" || die "$(cat "$W/chrt")"
	P delete --force "$C"
	with_userns
	running
	is "$(policy_of "$(pid_of "$C")")" "SCHED_RR|SCHED_RESET_ON_FORK"
}

@test "process: scheduler: a deadline, with hooks, which such a process could not start" {
	chrt -d -T 1000000 -D 100000000 -P 100000000 0 true || skip "this host has no SCHED_DEADLINE for root"
	cfg '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 50000000, period: 100000000}
		| .hooks.createContainer = [{path: "/bin/true"}]'
	running
	chrt -p "$(pid_of "$C")" >"$W/chrt"
	grep -q "policy: SCHED_DEADLINE" "$W/chrt" || die "$(cat "$W/chrt")"
	grep -q "1000000/50000000/100000000" "$W/chrt" || die "$(cat "$W/chrt")"
}

@test "process: scheduler: refused with a sentence, by the program and by the kernel" {
	cfg '.process.scheduler = {policy: "SCHED_ISO"}'
	fails 1 P run -b "$B" "$C"
	err 'process.scheduler.policy: SCHED_ISO is a name that Linux reserves'
	cfg '.process.scheduler = {policy: "SCHED_FIFO", priority: 1}'
	fails 1 setpriv --bounding-set=-sys_nice "$CIST" --root "$R" run -b "$B" "$C"
	err 'process.scheduler: operation not permitted' CAP_SYS_NICE
	cfg '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 99000000000, deadline: 99000000000, period: 99000000000}'
	fails 1 P run -b "$B" "$C"
	err process.scheduler
}

@test "process: ioPriority, also of a user namespace" {
	cfg '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
	running
	is "$(ionice -p "$(pid_of "$C")")" idle
	P delete --force "$C"
	with_userns
	cfg '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
	running
	is "$(ionice -p "$(pid_of "$C")")" "best-effort: prio 6"
	P delete --force "$C"
	cfg '.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 2}'
	running
	is "$(ionice -p "$(pid_of "$C")")" "realtime: prio 2"
	P delete --force "$C"
	fails 1 setpriv --bounding-set=-sys_nice,-sys_admin "$CIST" --root "$R" run -b "$B" "$C"
}

@test "process: execCPUAffinity says nothing of the container's own process" {
	cfg '.process.execCPUAffinity = {initial: "0", final: "0"}'
	args grep Cpus_allowed_list /proc/self/status
	run_it
	is "$(cut -f 2 "$W/out")" "$(grep Cpus_allowed_list /proc/self/status | cut -f 2)"
	cfg '.process.execCPUAffinity = {initial: "0-"}'
	fails 1 P run -b "$B" "$C"
	err 'process.execCPUAffinity.initial: "0-" is not a list'
}

@test "process: personality" {
	cfg '.linux.personality = {domain: "LINUX32"}'
	inside 'cat /proc/self/personality; uname -m'
	is "$(sed -n 1p "$W/out")" 00000008
	[[ $(uname -m) != x86_64 ]] || is "$(sed -n 2p "$W/out")" i686
	args sleep 1000
	running
	ok P exec "$C" cat /proc/self/personality
	out 00000008
	P delete --force "$C"
	cfg '.linux.personality = {domain: "LINUX"}'
	args cat /proc/self/personality
	ok setarch linux32 "$CIST" --root "$R" run -b "$B" "$C"
	out 00000000
	cfg '.linux.personality.flags = ["ADDR_NO_RANDOMIZE"]'
	fails 1 P run -b "$B" "$C"
	err linux.personality.flags
}

@test "process: memoryPolicy, also for exec" {
	[[ -e /proc/self/numa_maps ]] || skip "this kernel is built without NUMA"
	cfg '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
	inside 'head -n 1 /proc/self/numa_maps'
	line ' bind=static:0 '
	args sleep 1000
	running
	ok P exec "$C" head -n 1 /proc/self/numa_maps
	line ' bind=static:0 '
	P delete --force "$C"
	cfg '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0"}'
	inside 'head -n 1 /proc/self/numa_maps'
	line ' interleave:0 '
	cfg '.linux.memoryPolicy = {mode: "MPOL_LOCAL"}'
	inside 'head -n 1 /proc/self/numa_maps'
	line ' local '
}

@test "process: memoryPolicy: a node that is not there is not dropped" {
	[[ -e /proc/self/numa_maps ]] || skip "this kernel is built without NUMA"
	cfg '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0,1000"}'
	fails 1 P run -b "$B" "$C"
	err linux.memoryPolicy
	cfg '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "1023"}'
	fails 1 P run -b "$B" "$C"
	err linux.memoryPolicy
	cfg '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "5000"}'
	fails 1 P run -b "$B" "$C"
	err 'linux.memoryPolicy.nodes: "5000": the kernel counts up to 1023'
}

@test "process: labels that this host has no module for are refused, and nothing is left" {
	[[ $(cat /sys/module/apparmor/parameters/enabled 2>/dev/null) != Y ]] || skip "this host has AppArmor"
	[[ ! -e /sys/fs/selinux/enforce ]] || skip "this host has SELinux"
	cfg '.process.apparmorProfile = "docker-default"'
	fails 1 P create -b "$B" "$C"
	err 'process.apparmorProfile: docker-default: AppArmor is not enabled on this host'
	cfg '.process.apparmorProfile = "unconfined" | .process.selinuxLabel = "system_u:system_r:container_t:s0"'
	fails 1 P create -b "$B" "$C"
	err 'process.selinuxLabel: system_u:system_r:container_t:s0: SELinux is not enabled on this host'
	cfg '.process.selinuxLabel = ""'
	running
	fails 255 P exec --apparmor some-profile "$C" true
	err 'process.apparmorProfile: some-profile: AppArmor is not enabled'
	fails 255 P exec --process-label some-label "$C" true
	err 'process.selinuxLabel: some-label: SELinux is not enabled'
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
	[[ $exe == /bin/* || $exe == */rootfs/bin/* ]] || die "executable $exe"
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

@test "process: annotations that ask for another executor are refused" {
	cfg '.annotations = {"run.oci.handler": "krun"}'
	fails 1 P create -b "$B" "$C"
	err 'annotations: run.oci.handler: names another executor, and cist has none'
}

@test "process: annotations do not change anything, and are shown" {
	cfg '.annotations = {"run.oci.unknown": "x", "org.example": "äö\n\"\\"}'
	created
	is "$(P state "$C" | jq -r '.annotations["org.example"]')" $'äö\n"\\'
}
