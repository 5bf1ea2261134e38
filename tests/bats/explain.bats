#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

# The bundle of the test with the configuration that docker makes, and files where it points to.
docker_bundle() {
	printf 'nameserver 192.0.2.1\n' >"$W/resolv.conf"
	printf '127.0.0.1 localhost\n' >"$W/hosts"
	jq --arg w "$W" --arg cgroup "/p$MARK/$C" '
		(.mounts[] | select(.type == "bind")).source |= sub("/var/lib/docker"; $w)
		| .linux.cgroupsPath = $cgroup
		| .process.args = ["true"]' \
		"$top_srcdir/tests/golden/explain/docker/config.json" >"$B/config.json"
}

explained() {
	ok P explain --json --bundle "$B"
	jq -r '.steps[] | .side as $side | .step as $step | .acts[] | [$side, $step, .does] | @tsv' \
		"$W/out" >"$W/acts"
}

# create under strace, and the start that lets the traced init end.
traced() {
	local calls=openat,openat2,fsopen,fsconfig,fsmount,open_tree,move_mount,mount_setattr,mount,umount2

	calls+=,pivot_root,mknodat,symlinkat,mkdirat,write,renameat,execve,sethostname,setdomainname,unshare
	calls+=,setns,clone3,setsid,prctl,seccomp,bind
	mkdir "$W/trace"
	background strace -ff -y -s 4096 -o "$W/trace/t" -e "trace=$calls" \
		"$CIST" --root "$R" create --bundle "$B" "$C"
	wait_status "$C" created
	quiet P start "$C"
	wait_for "$BG"
	mapfile -t traces < <(find "$W/trace" -type f | sort -V)
}

as_explained() {
	awk -f "$top_srcdir/tests/bats/explain-order.awk" "$W/acts" "${traces[@]}"
}

same_order() {
	command -v strace >/dev/null || skip "strace is not installed"
	explained
	traced
	[[ ${#traces[@]} -ge 2 ]] || die "traced ${#traces[@]} processes"
	as_explained >&2
}

@test "explain: every step of a docker bundle, as text" {
	docker_bundle
	ok P explain "$B"
	for step in 'host: reserve the id' 'host: make the cgroup' 'host: open sources' 'host: launch the init' \
		'host: enter the cgroup' 'host: limit resources' 'host: compile the filter' 'host: publish' \
		'init: prepare the rootfs' 'init: mount' 'init: make devices' 'init: switch root' \
		'init: write sysctls' 'init: restrict the rootfs' 'init: limit the bounding set' \
		'init: switch user' 'init: load the filter' 'init: set capabilities' 'init: become the program'; do
		line "^ ?[0-9]+  $step\$"
	done
	line '^      mount tmpfs on /dev \(nosuid,strictatime,mode=755,size=65536k\): attach  \[mounts\[1\]\]$'
	line "^      bind $W/hosts on /etc/hosts: .*ro, attach, rprivate  \\[mounts\\[8\\]\\]\$"
	line '^      make /dev/null c 1:3 \(0666, 0:0\)$'
	line '^      mask /proc/kcore, where it exists  \[linux.maskedPaths\[2\]\]$'
	line '^      write 0 to /proc/sys/net/ipv4/ip_unprivileged_port_start  \[linux.sysctl'
	nothing_left
}

@test "explain: every step of a docker bundle, as JSON" {
	docker_bundle
	ok P explain --json "$B"
	is "$(jq -r '.steps | length > 30' "$W/out")" true
	is "$(jq -r '[.steps[] | select((.side | IN("host", "init") | not) or (.step | type) != "string")] | length' "$W/out")" 0
	is "$(jq -r '[.steps[].acts[] | select((.does | type) != "string")] | length' "$W/out")" 0
	# each member that asks for something is named by what it leads to
	for from in root.path hostname process.args process.cwd process.user process.oomScoreAdj 'process.rlimits[0]' \
		process.capabilities.bounding process.capabilities.ambient \
		'mounts[0]' 'mounts[1]' 'mounts[2]' 'mounts[3]' 'mounts[4]' 'mounts[5]' 'mounts[6]' \
		'mounts[7]' 'mounts[8]' linux.namespaces linux.cgroupsPath linux.seccomp 'linux.maskedPaths[4]' \
		'linux.readonlyPaths[4]' linux.sysctl.net.ipv4.ping_group_range; do
		isnt "$(jq --arg f "$from" '[.steps[].acts[] | select(.from == $f)] | length' "$W/out")" 0 "acts from $from"
	done
	nothing_left
}

@test "explain: a run does what was explained, in that order" {
	docker_bundle
	same_order
}

@test "explain: a run of the default bundle does what was explained" {
	args true
	cfg --arg cgroup "/p$MARK/$C" '.linux.cgroupsPath = $cgroup'
	same_order
}

@test "explain: a run in a user namespace does what was explained" {
	args true
	with_userns
	cfg --arg cgroup "/p$MARK/$C" '.linux.cgroupsPath = $cgroup'
	same_order
}

@test "explain: a run that joins a namespace does what was explained" {
	unshare --uts sleep 1000 3>&- &
	also_kill $!
	LIMIT=5 until_true sh -c "[ \"\$(readlink /proc/$!/ns/uts)\" != \"\$(readlink /proc/self/ns/uts)\" ]"
	args true
	cfg --arg cgroup "/p$MARK/$C" --arg uts "/proc/$!/ns/uts" '.linux.cgroupsPath = $cgroup
		| del(.hostname) | (.linux.namespaces[] | select(.type == "uts")).path = $uts'
	same_order
}

@test "explain: a run with a time namespace does what was explained" {
	[[ -e /proc/self/ns/time ]] || skip "this kernel has no time namespaces"
	args true
	cfg --arg cgroup "/p$MARK/$C" '.linux.cgroupsPath = $cgroup | .linux.namespaces += [{type: "time"}]
		| .linux.timeOffsets = {monotonic: {secs: 100, nanosecs: 5}}'
	same_order
}

@test "explain: the comparison notices what is missing, strange, or in another order" {
	docker_bundle
	same_order
	cp "$W/acts" "$W/acts.right"
	awk '/ on \/dev\/shm / { kept = $0; next } { print } / on \/etc\/hosts/ { print kept }' "$W/acts.right" >"$W/acts"
	! as_explained || die "a mount in another place went unnoticed"
	sed '/pids.max/d' "$W/acts.right" >"$W/acts"
	! as_explained || die "a write that was not explained went unnoticed"
	sed 's/size=65536k/size=64k/' "$W/acts.right" >"$W/acts"
	! as_explained || die "another option went unnoticed"
	sed '/restrict the rootfs/{h;s/mask [^,]*/mask \/proc\/version/;/version/{x;G}}' "$W/acts.right" >"$W/acts"
	printf 'init\trestrict\tmake / read-only\n' >>"$W/acts"
	! as_explained || die "something that was not done went unnoticed"
}

@test "explain: a bad bundle is refused as create refuses it, and nothing is made" {
	cfg '.linux.sysctl = {"kernel.panic": "1"}'
	fails 1 P explain "$B"
	err 'sysctl "kernel.panic" is not in a separate kernel namespace'
	is "$output" ""
	fails 1 P explain "$W/nowhere"
	err "no such file or directory"
	nothing_left
}
