#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

resources() {
	cfg --argjson r "$1" '.linux.resources += $r'
}

# value CONTROLLER FILE: what the running container's cgroup says
value() {
	cat "$(cgroup_dir "$(pid_of "$C")" "$1")/$2"
}

# Runs a command where /sys/fs/cgroup is a cgroup2 mount and nothing else, as on a v2 host. The
# hierarchy is the machine's one; only the controllers that no v1 hierarchy holds are in it.
v2_view() {
	unshare -m sh -c 'umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' \
		sh "$@"
}

PV() {
	v2_view "$CIST" --root "$R" "$@"
}

# What was made in a v2 view can only be removed in one.
end() {
	[[ ! -e $R/$C || -e /sys/fs/cgroup/cgroup.controllers ]] || PV delete --force "$C" 3>&- 2>/dev/null || true
}

needs_v2_view() {
	v2_view true 2>/dev/null || skip "cannot mount cgroup2 in a private mount namespace"
}

@test "cgroups: memory limits on v1" {
	needs_v1 memory
	resources '{"memory": {"limit": 67108864, "reservation": 33554432, "swappiness": 10}}'
	running
	is "$(value memory memory.limit_in_bytes)" 67108864
	is "$(value memory memory.soft_limit_in_bytes)" 33554432
	is "$(value memory memory.swappiness)" 10
}

@test "cgroups: memory and swap together on v1" {
	needs_v1 memory
	[[ -e /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ]] || skip "no swap accounting here"
	resources '{"memory": {"limit": 67108864, "swap": 134217728}}'
	running
	is "$(value memory memory.memsw.limit_in_bytes)" 134217728
}

@test "cgroups: the memory limit is felt" {
	resources '{"memory": {"limit": 16777216, "swap": 16777216}}'
	args probe eat 67108864
	fails 137 P run -b "$B" "$C"
	nothing_left
}

@test "cgroups: memory limit of -1 is none" {
	resources '{"memory": {"limit": -1}}'
	args true
	run_it
}

@test "cgroups: cpu on v1" {
	needs_v1 cpu
	resources '{"cpu": {"shares": 512, "quota": 50000, "period": 100000}}'
	running
	is "$(value cpu cpu.shares)" 512
	is "$(value cpu cpu.cfs_quota_us)" 50000
	is "$(value cpu cpu.cfs_period_us)" 100000
}

@test "cgroups: cpuset on v1" {
	needs_v1 cpuset
	resources '{"cpu": {"cpus": "0", "mems": "0"}}'
	running
	is "$(value cpuset cpuset.cpus)" 0
	is "$(value cpuset cpuset.mems)" 0
	ok P exec "$C" grep Cpus_allowed_list /proc/self/status
	line '[[:space:]]0$'
}

@test "cgroups: cpus that are not there" {
	resources '{"cpu": {"cpus": "4000"}}'
	refused
}

@test "cgroups: pids limit, and that it is felt" {
	resources '{"pids": {"limit": 7}}'
	sh_args 'sh -c "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 5 & done"; exec sleep 1000'
	ok P run -d -b "$B" "$C"
	is "$(value pids pids.max)" 7
	wait_text "$W/err" fork
}

@test "cgroups: pids limit of -1 and of nothing is none" {
	resources '{"pids": {"limit": -1}}'
	running
	is "$(value pids pids.max)" max
}

@test "cgroups: block io throttling" {
	dev=$(lsblk -dno MAJ:MIN 2>/dev/null | head -1 | xargs)
	[[ -n $dev ]] || skip "no block device"
	needs_v1 blkio
	resources "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": ${dev%:*}, \"minor\": ${dev#*:}, \"rate\": 1048576}],
		\"throttleWriteIOPSDevice\": [{\"major\": ${dev%:*}, \"minor\": ${dev#*:}, \"rate\": 500}]}}"
	running
	is "$(value blkio blkio.throttle.read_bps_device)" "$dev 1048576"
	is "$(value blkio blkio.throttle.write_iops_device)" "$dev 500"
}

@test "cgroups: memory and swap on v2" {
	needs_v2 memory
	resources '{"memory": {"limit": 67108864, "reservation": 33554432, "swap": 134217728}}'
	running
	is "$(value memory memory.max)" 67108864
	is "$(value memory memory.low)" 33554432
	[[ ! -e $(cgroup_dir "$(pid_of "$C")" memory)/memory.swap.max ]] ||
		is "$(value memory memory.swap.max)" 67108864
}

@test "cgroups: cpu and cpuset on v2" {
	needs_v2 cpu
	needs_v2 cpuset
	resources '{"cpu": {"shares": 512, "quota": 50000, "period": 100000, "cpus": "0", "mems": "0"}}'
	running
	is "$(value cpu cpu.weight)" 59
	is "$(value cpu cpu.max)" "50000 100000"
	is "$(value cpuset cpuset.cpus)" 0
	is "$(value cpuset cpuset.mems)" 0
	ok P exec "$C" grep Cpus_allowed_list /proc/self/status
	line '[[:space:]]0$'
}

@test "cgroups: io on v2: weight and throttling" {
	needs_v2 io
	dev=$(lsblk -dno MAJ:MIN 2>/dev/null | head -1 | xargs)
	[[ -n $dev ]] || skip "no block device"
	resources "{\"blockIO\": {\"weight\": 300,
		\"throttleReadBpsDevice\": [{\"major\": ${dev%:*}, \"minor\": ${dev#*:}, \"rate\": 1048576}],
		\"throttleWriteIOPSDevice\": [{\"major\": ${dev%:*}, \"minor\": ${dev#*:}, \"rate\": 500}]}}"
	running
	is "$(value io io.max)" "$dev rbps=1048576 wbps=max riops=max wiops=500"
	if [[ -e $(cgroup_dir "$(pid_of "$C")" io)/io.bfq.weight ]]; then
		is "$(value io io.bfq.weight)" "default 300"
	else
		is "$(value io io.weight)" "default 2930"
	fi
}

@test "cgroups: on v2 every controller is on, limited or not" {
	needs_v2 memory
	cfg 'del(.linux.resources)'
	running
	is "$(value memory cgroup.controllers | tr ' ' '\n' | sort)" \
		"$(tr ' ' '\n' </sys/fs/cgroup/cgroup.controllers | sort)"
}

@test "cgroups: v2: below a cgroup with processes, without and with limits" {
	needs_v2 pids
	mkdir "/sys/fs/cgroup/p$MARK"
	background sleep 1000
	echo "$BG" >"/sys/fs/cgroup/p$MARK/cgroup.procs"
	cfg --arg p "/p$MARK/$C" '.linux.cgroupsPath = $p'
	running
	is "$(cat "/sys/fs/cgroup/p$MARK/cgroup.type")" domain
	quiet P delete --force "$C"
	resources '{"pids": {"limit": 7}}'
	refused
	err "no internal process rule"
	echo "$BG" >/sys/fs/cgroup/cgroup.procs
}

@test "cgroups: hugetlb where its controller is" {
	grep -qw hugetlb /proc/cgroups || skip "no hugetlb controller"
	resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	running
	dir=$(cgroup_dir "$(pid_of "$C")" hugetlb)
	for f in "$dir"/hugetlb.2MB.limit_in_bytes "$dir"/hugetlb.2MB.max; do
		[[ ! -e $f ]] || found=$(cat "$f")
	done
	is "${found-no file in $dir}" 4194304
}

@test "cgroups: a page size that this machine has not" {
	resources '{"hugepageLimits": [{"pageSize": "3MB", "limit": 0}]}'
	refused
}

@test "cgroups: an absolute path, in every hierarchy" {
	cfg --arg p "/p$MARK/deep/$C" '.linux.cgroupsPath = $p'
	running
	is "$(grep -v "/p$MARK/deep/$C\$" "/proc/$(pid_of "$C")/cgroup")" "" "cgroups elsewhere"
	quiet P delete --force "$C"
	is "$(our_cgroups)" ""
}

@test "cgroups: without a path, below the caller's, on v2 beside it" {
	running
	own=$(awk -F: '$2 == "pids" || $1 == 0 { print $3; exit }' /proc/self/cgroup)
	# a v2 cgroup with processes cannot have children with controllers
	has_v1 pids || own=${own%/*}
	dir=$(cgroup_dir "$(pid_of "$C")" pids)
	[[ $dir == /sys/fs/cgroup*"${own%/}/$C" ]] || die "cgroup $dir, caller's $own"
}

@test "cgroups: a path that climbs out stays in the hierarchy" {
	cfg --arg p "/../../../../../p$MARK/$C" '.linux.cgroupsPath = $p'
	try P run -d -b "$B" "$C"
	[[ ! -e /p$MARK && ! -e /sys/fs/p$MARK && ! -e /sys/p$MARK ]] || die "made outside"
	P delete --force "$C"
}

@test "cgroups: one that is in use is refused" {
	cfg --arg p "/p$MARK/$C" '.linux.cgroupsPath = $p'
	running
	fails 1 P create -b "$B" "$C-2"
	err "cgroup is not empty"
	is "$(status_of "$C")" running
}

@test "cgroups: init is in its cgroup from its first instruction on" {
	cfg '.linux.namespaces += [{type: "cgroup"}] | .linux.namespaces |= unique_by(.type)'
	inside 'cat /proc/self/cgroup'
	is "$(grep -vE ':/$' "$W/out")" ""
}

@test "cgroups: resources left out and empty ones" {
	cfg 'del(.linux.resources)'
	args true
	run_it
	cfg '.linux.resources = {memory: {}, cpu: {}, pids: {limit: 0}, blockIO: {}, hugepageLimits: [], devices: [], unified: {}}'
	run_it
}

@test "cgroups: v2 alone: life of a container" {
	needs_v2_view
	quiet PV create -b "$B" "$C"
	ok PV state "$C"
	pid=$(jq -r .pid <<<"$output")
	grep -qE "^0::.*$C" "/proc/$pid/cgroup"
	quiet PV start "$C"
	ok PV ps -f json "$C"
	out "[$pid]"
	ok PV exec "$C" cat /proc/self/cgroup
	line '^0::'
	quiet PV pause "$C"
	is "$(PV state "$C" | jq -r .status)" paused
	quiet PV resume "$C"
	is "$(PV state "$C" | jq -r .status)" running
	quiet PV kill "$C" KILL
	wait_gone "$pid"
	quiet PV delete "$C"
	nothing_left
}

@test "cgroups: v2 alone: devices are denied by a program of the cgroup" {
	needs_v2_view
	cfg '.linux.devices = [{path: "/dev/fuse2", type: "c", major: 10, minor: 229, fileMode: 438}]'
	sh_args 'probe open /dev/fuse2; probe open /dev/null; probe open /dev/tty 2>&1 | grep -c permitted'
	try PV run -b "$B" "$C"
	line '/dev/fuse2: Operation not permitted'
	line '^ok$'
	line '^0$'
}

@test "cgroups: v2 alone: every device, as privileged containers have" {
	needs_v2_view
	[[ -c /dev/fuse ]] || skip "this host has no /dev/fuse"
	cfg '.linux.resources.devices = [{allow: true, access: "rwm"}]
		| .process.capabilities |= map_values(. + ["CAP_MKNOD"])'
	sh_args 'mknod /m c 10 229 && probe open /m'
	ok PV run -b "$B" "$C"
	out ok
}

@test "cgroups: v2 alone: hugetlb and unified" {
	needs_v2_view
	grep -qw hugetlb /sys/fs/cgroup/cgroup.controllers /sys/fs/cgroup/unified/cgroup.controllers 2>/dev/null ||
		skip "no controller in the v2 hierarchy"
	resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}], "unified": {"hugetlb.2MB.rsvd.max": "8388608"}}'
	quiet PV run -d -b "$B" "$C"
	dir=$(cgroup_dir "$(PV state "$C" | jq -r .pid)" hugetlb)
	is "$(cat "$dir/hugetlb.2MB.max")" 4194304
	is "$(cat "$dir/hugetlb.2MB.rsvd.max")" 8388608
	quiet PV delete --force "$C"
}

@test "cgroups: v2 alone: a file of unified that is not there, and one with a slash" {
	needs_v2_view
	for key in frob.max ../../cgroup.procs; do
		cfg --arg k "$key" '.linux.resources.unified = {($k): "1"}'
		fails 1 PV create -b "$B" "$C"
		nothing_left
	done
}

@test "cgroups: v2 alone: SIGKILL without a PID namespace reaches all" {
	needs_v2_view
	cfg '.linux.namespaces |= map(select(.type != "pid"))'
	sh_args 'sleep 1001 & echo $! >/child; exec sleep 1002'
	quiet PV run -d -b "$B" "$C"
	init=$(PV state "$C" | jq -r .pid)
	wait_text "$B/rootfs/child" '[0-9]'
	child=$(pgrep -P "$init" -x sleep)
	also_kill "$child" "$init"
	quiet PV kill --all "$C" KILL
	wait_gone "$child"
	quiet PV delete --force "$C"
}

@test "cgroups: v2 alone: the cgroup mount in the container" {
	needs_v2_view
	cfg '.linux.namespaces += [{type: "cgroup"}] | .linux.namespaces |= unique_by(.type)'
	sh_args 'grep " /sys/fs/cgroup " /proc/self/mountinfo; cat /proc/self/cgroup; cat /sys/fs/cgroup/cgroup.procs'
	try PV run -b "$B" "$C"
	line ' - cgroup2 '
	line '^0::/$'
	line '^1$'
}

# The container's own cgroup in a v2 view, and who owns a file in it.
v2_dir() {
	cgroup_dir "$(PV state "$C" | jq -r .pid)" none
}

v2_owner() {
	stat -c %u "$(v2_dir)/$1"
}

writable_cgroup() {
	cfg '.linux.namespaces += [{type: "cgroup"}] | .linux.namespaces |= unique_by(.type)
		| .mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
}

@test "cgroups: v2 alone: a user namespace's root gets the cgroup that it can write" {
	needs_v2_view
	with_userns
	writable_cgroup
	quiet PV run -d -b "$B" "$C"
	for f in . cgroup.procs cgroup.subtree_control cgroup.threads; do
		is "$(v2_owner "$f")" 100000 "owner of $f"
	done
	# what could raise its own limits is not among them
	is "$(v2_owner cgroup.freeze)" 0
	is "$(v2_owner cgroup.max.descendants)" 0
	ok PV exec "$C" sh -c 'mkdir /sys/fs/cgroup/sub && echo $$ >/sys/fs/cgroup/sub/cgroup.procs && cat /proc/self/cgroup'
	line '^0::/sub$'
	fails 1 PV exec "$C" sh -c 'echo 1 >/sys/fs/cgroup/cgroup.max.descendants'
	quiet PV delete --force "$C"
	nothing_left
}

@test "cgroups: v2 alone: nobody gets a cgroup that is mounted read-only, or without an own namespace" {
	needs_v2_view
	with_userns
	cp "$B/config.json" "$W/kept.json"
	writable_cgroup
	cfg '.mounts |= map(if .type == "cgroup" then .options += ["ro"] else . end)'
	quiet PV run -d -b "$B" "$C"
	is "$(v2_owner cgroup.procs)" 0
	fails 1 PV exec "$C" mkdir /sys/fs/cgroup/sub
	quiet PV delete --force "$C"
	cp "$W/kept.json" "$B/config.json"
	cfg '.linux.namespaces |= map(select(.type != "cgroup"))
		| .mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
	quiet PV run -d -b "$B" "$C"
	is "$(v2_owner cgroup.procs)" 0
	fails 1 PV exec "$C" sh -c "mkdir /sys/fs/cgroup/p$MARK || mkdir /sys/fs/cgroup/*/sub"
	quiet PV delete --force "$C"
}

@test "cgroups: v2 alone: a cgroup below the container's for the init" {
	needs_v2_view
	writable_cgroup
	cfg '.annotations = {"run.oci.delegate-cgroup": "deep/init"}
		| .linux.resources.unified = {"cgroup.max.descendants": "16"}'
	quiet PV run -d -b "$B" "$C"
	is "$(basename "$(v2_dir)")" init
	is "$(cat "$(v2_dir)/../../cgroup.max.descendants")" 16
	ok PV exec "$C" cat /proc/1/cgroup
	line "^0::/deep/init$"
	# the limits stay with the level above, and exec finds its way although that is an inner node now
	is "$(cat "$(v2_dir)/../../cgroup.subtree_control")" "$(cat "$(v2_dir)/../../cgroup.controllers")"
	ok PV ps -f json "$C"
	out "[$(PV state "$C" | jq -r .pid)]"
	quiet PV pause "$C"
	quiet PV resume "$C"
	quiet PV delete --force "$C"
	nothing_left
}

@test "cgroups: a cgroup below the container's that would be elsewhere, or on v1" {
	has_v1 devices || skip "this host has no cgroup v1"
	cfg '.annotations = {"run.oci.delegate-cgroup": "init"}'
	refused
	err "run.oci.delegate-cgroup: needs cgroup v2"
	cfg '.annotations = {"run.oci.delegate-cgroup": "../init"}'
	fails 1 PV create -b "$B" "$C"
	err "is not a path below"
	nothing_left
}

@test "cgroups: settings that no kernel of today has, each with its reason" {
	needs_v1 memory
	needs_v1 blkio
	refuses_each "linux.resources.memory.kernel" "since Linux 5.16" <<-'END'
		.linux.resources.memory = {kernel: 1048576}
	END
	refuses_each "linux.resources.memory.useHierarchy" "always hierarchical" <<-'END'
		.linux.resources.memory = {useHierarchy: false}
	END
	cfg 'del(.linux.resources.memory)'
	refuses_each "linux.resources.blockIO.leafWeight" "CFQ" <<-'END'
		.linux.resources.blockIO = {leafWeight: 100}
	END
	cfg 'del(.linux.resources.blockIO)'
	resources '{"memory": {"kernel": -1, "kernelTCP": -1, "useHierarchy": true, "disableOOMKiller": false}}'
	args true
	run_it
}

@test "cgroups: TCP buffers on v1, and what v2 alone refuses" {
	needs_v1 memory
	[[ -e /sys/fs/cgroup/memory/memory.kmem.tcp.limit_in_bytes ]] || skip "this kernel has no limit of TCP buffers"
	resources '{"memory": {"kernelTCP": 4194304}}'
	running
	is "$(value memory memory.kmem.tcp.limit_in_bytes)" 4194304
	quiet P delete --force "$C"
	needs_v2_view
	for r in memory:kernel memory:kernelTCP memory:swappiness network:classID blockIO:leafWeight cpu:realtimePeriod; do
		cfg --arg a "${r%:*}" --arg b "${r#*:}" '.linux.resources = {($a): {($b): 100}}'
		fails 1 PV create -b "$B" "$C"
		err "linux.resources.${r/:/.}: cgroup v2 has no such setting"
	done
	nothing_left
}

@test "cgroups: v2 alone: a joined cgroup namespace shows its own root" {
	needs_v2_view
	cfg '.linux.namespaces += [{type: "cgroup"}] | .linux.namespaces |= unique_by(.type)'
	quiet PV run -d -b "$B" "$C"
	dir=$(v2_dir)
	mkdir "$dir/marker"
	pid=$(PV state "$C" | jq -r .pid)
	cfg --arg p "/proc/$pid/ns/cgroup" '.linux.namespaces |= map(if .type == "cgroup" then .path = $p else . end)'
	sh_args 'ls -d /sys/fs/cgroup/marker; mkdir /sys/fs/cgroup/x; grep ^0: /proc/self/cgroup'
	try PV run -b "$B" "$C-2"
	line '^/sys/fs/cgroup/marker$'
	line "^0::/\\.\\./$C-2\$"
	err "read-only file system"
	quiet PV delete --force "$C"
}

# Runs a command where no cgroup file system is mounted.
without_cgroups() {
	unshare -m sh -c 'umount -R /sys/fs/cgroup && exec "$@"' sh "$@"
}

@test "cgroups: on a host without any, and with the manager that is none" {
	without_cgroups true 2>/dev/null || skip "cannot unmount cgroups in a private mount namespace"
	fails 1 without_cgroups "$CIST" --root "$R" create -b "$B" "$C"
	err "no cgroup file system is mounted on this host" "--cgroup-manager=disabled"
	sh_args 'ls -A /sys/fs/cgroup; mkdir /sys/fs/cgroup/x || echo kept'
	try without_cgroups "$CIST" --root "$R" --cgroup-manager=disabled run -b "$B" "$C"
	out kept
	cfg '.linux.resources.pids.limit = 5'
	fails 1 without_cgroups "$CIST" --root "$R" --cgroup-manager=disabled create -b "$B" "$C"
	err "linux.resources.pids.limit" "cgroups are disabled"
	nothing_left
}

@test "cgroups: where they are read-only" {
	needs_v2_view
	read_only=$(printf 'mount -o remount,bind,ro /sys/fs/cgroup && exec "$@"')
	fails 1 v2_view sh -c "$read_only" sh "$CIST" --root "$R" create -b "$B" "$C"
	err "read-only file system" "--cgroup-manager=disabled"
	args echo works
	ok v2_view sh -c "$read_only" sh "$CIST" --root "$R" --cgroup-manager=disabled run -b "$B" "$C"
	out works
	nothing_left
}
