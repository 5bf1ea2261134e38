#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

# type in the configuration: name in /proc/PID/ns
declare -gA file=([pid]=pid [network]=net [ipc]=ipc [uts]=uts [mount]=mnt [cgroup]=cgroup [user]=user [time]=time)

ns() {
	readlink "/proc/$1/ns/${file[$2]}"
}

# Whether a process has a namespace of this type to itself by now.
is_apart() { # PID TYPE
	[[ $(ns "$1" "$2") != "$(ns self "$2")" ]]
}

@test "namespaces: listed ones are new, the others the caller's" {
	cfg '.linux.namespaces = [{type: "pid"}, {type: "mount"}, {type: "uts"}] | del(.linux.sysctl)'
	running
	pid=$(pid_of "$C")
	for t in pid mount uts; do
		isnt "$(ns "$pid" $t)" "$(ns self $t)" "$t"
	done
	for t in network ipc cgroup user time; do
		is "$(ns "$pid" $t)" "$(ns self $t)" "$t"
	done
}

@test "namespaces: all eight at once" {
	with_userns
	cfg '.linux.namespaces |= (map(select(.type != "cgroup" and .type != "time")) + [{type: "cgroup"}, {type: "time"}])'
	running
	pid=$(pid_of "$C")
	for t in pid network ipc uts mount cgroup user time; do
		isnt "$(ns "$pid" $t)" "$(ns self $t)" "$t"
	done
}

@test "namespaces: joined by path, each kind" {
	running "$C-first"
	first=$(pid_of "$C-first")
	for t in network ipc uts pid; do
		cfg --arg t $t --arg p "/proc/$first/ns/${file[$t]}" \
			'.linux.namespaces |= map(if .type == $t then .path = $p else . end)'
	done
	cfg 'del(.hostname)'
	running "$C-second"
	second=$(pid_of "$C-second")
	for t in network ipc uts pid; do
		is "$(ns "$second" $t)" "$(ns "$first" $t)" "$t"
	done
	isnt "$(ns "$second" mount)" "$(ns "$first" mount)" mount
	P delete --force "$C-second"
	alive "$first"
	P delete --force "$C-first"
}

@test "namespaces: a network namespace kept by a bind mount" {
	: >"$W/netns"
	unshare --net sh -c 'mount --bind /proc/self/ns/net "$1"' sh "$W/netns" ||
		skip "cannot make a network namespace"
	cfg --arg p "$W/netns" '.linux.namespaces |= map(if .type == "network" then .path = $p else . end)'
	running
	is "$(stat -L -c %i "/proc/$(pid_of "$C")/ns/net")" "$(stat -c %i "$W/netns")"
	P delete --force "$C"
	umount "$W/netns"
}

@test "namespaces: joining a user namespace keeps its maps" {
	with_userns
	running "$C-first"
	first=$(pid_of "$C-first")
	cfg --arg p "/proc/$first/ns/user" 'del(.linux.uidMappings, .linux.gidMappings)
		| .linux.namespaces |= map(if .type == "user" then .path = $p else . end)'
	running "$C-second"
	is "$(ns "$(pid_of "$C-second")" user)" "$(ns "$first" user)"
	P delete --force "$C-second"
	P delete --force "$C-first"
}

@test "namespaces: id maps, and who files belong to" {
	with_userns
	cfg '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}, {containerID: 1000, hostID: 300000, size: 10}]
		| .process.user = {uid: 1003, gid: 7}'
	chmod 0777 "$B/rootfs"
	inside 'cat /proc/self/uid_map; touch /mine; id -u'
	line '^ *0 +100000 +1000$'
	line '^ *1000 +300000 +10$'
	line '^1003$'
	is "$(stat -c %u:%g "$B/rootfs/mine")" 300003:100007
}

@test "namespaces: root of a user namespace has power inside only" {
	with_userns
	cfg '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_CHOWN"])'
	inside 'id -u; hostname inner && hostname; mkdir /m; mount -t tmpfs none /m && echo mounted
		echo 1 >/proc/sys/vm/drop_caches 2>/dev/null || echo denied'
	line '^0$'
	line '^inner$'
	line '^mounted$'
	line '^denied$'
}

@test "namespaces: setgroups is allowed with a map made by root" {
	with_userns
	cfg '.process.user.additionalGids = [5, 6]'
	args id -G
	run_it
	out "0 5 6"
}

@test "namespaces: host name and domain name" {
	cfg '.hostname = "stone.example" | .domainname = "quarry"'
	inside 'hostname; cat /proc/sys/kernel/domainname'
	out $'stone.example\nquarry'
	is "$(cat /proc/sys/kernel/hostname)" "$(uname -n)"
}

@test "namespaces: sysctl, by dots and by slashes" {
	cfg '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shmmax": "12345678", "fs/mqueue/msg_max": "13",
		"net.ipv4.conf.lo.forwarding": "1"}'
	host=$(cat /proc/sys/kernel/shmmax)
	inside 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax /proc/sys/fs/mqueue/msg_max'
	out $'1\n12345678\n13'
	is "$(cat /proc/sys/kernel/shmmax)" "$host" "the host's value"
}

@test "namespaces: the host's PID namespace" {
	cfg '.linux.namespaces |= map(select(.type != "pid"))'
	inside 'echo $$'
	[[ $output -gt 1 ]] || show "expected a PID of the host"
}

@test "namespaces: in a network namespace only lo" {
	inside 'ls /sys/class/net'
	no_line 'eth0|ens'
}

@test "namespaces: with a user namespace and the host's network, nothing below a read-only /sys is writable" {
	with_userns
	# As the engines write it: the host's /sys, with all that is mounted there.
	cfg '.linux.namespaces |= map(select(.type != "network")) | del(.linux.sysctl)
		| .mounts |= map(if .destination == "/sys" then .type = "bind" | .source = "/sys" | .options = ["rbind", "nosuid", "ro"] else . end)
		| .mounts |= map(select(.destination != "/sys/fs/cgroup"))'
	inside 'grep -c " /sys/fs/cgroup" /proc/self/mountinfo; grep " /sys" /proc/self/mountinfo | grep -vc " ro,"; true'
	is "$(sed -n 2p "$W/out")" 0 "writable mounts below /sys"
	isnt "$(sed -n 1p "$W/out")" 0 "mounts of cgroups"
}

# Joins namespace KIND of the process PID: join KIND PID
join() {
	cfg --arg t "$1" --arg p "/proc/$2/ns/${file[$1]}" \
		'.linux.namespaces |= map(select(.type != $t)) + [{type: $t, path: $p}]'
}

@test "namespaces: a cgroup namespace is joined" {
	cfg '.linux.namespaces |= map(select(.type != "cgroup")) + [{type: "cgroup"}]'
	running "$C-first"
	first=$(pid_of "$C-first")
	join cgroup "$first"
	running "$C-second"
	is "$(ns "$(pid_of "$C-second")" cgroup)" "$(ns "$first" cgroup)"
	P delete --force "$C-second"
	P delete --force "$C-first"
}

@test "namespaces: a time namespace is joined, with its offsets" {
	cfg '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 700000}}'
	running "$C-first"
	first=$(pid_of "$C-first")
	join time "$first"
	cfg 'del(.linux.timeOffsets)'
	running "$C-second"
	is "$(ns "$(pid_of "$C-second")" time)" "$(ns "$first" time)"
	ok P exec "$C-second" cut -d . -f 1 /proc/uptime
	[[ $output -gt 700000 ]] || show "expected an uptime above 700000"
	P delete --force "$C-second"
	cfg '.linux.timeOffsets = {boottime: {secs: 1}}'
	fails 1 P create -b "$B" "$C-second"
	err 'linux.timeOffsets: the offsets of a joined time namespace cannot be set'
	P delete --force "$C-first"
}

@test "namespaces: a mount namespace is joined, and nothing is mounted in it" {
	unshare -m --propagation private sleep 1000 3>&- &
	also_kill $!
	other=$!
	until_true is_apart $other mount
	# What is there belongs to others, and a mount would be theirs too: the root is entered by chroot(2).
	join mount $other
	fails 1 P create -b "$B" "$C"
	err 'mounts: needs a new mount namespace'
	cfg '.mounts = [] | del(.linux.maskedPaths, .linux.readonlyPaths)'
	cat /proc/$other/mounts >"$W/before"
	running
	pid=$(pid_of "$C")
	is "$(ns "$pid" mount)" "$(ns $other mount)"
	is "$(readlink "/proc/$pid/root")" "$B/rootfs"
	cmp "$W/before" /proc/$other/mounts
	ok P exec "$C" ls /
	line '^bin$'
	P delete --force "$C"
}

@test "namespaces: a pid namespace is joined, and the others are new" {
	running "$C-first"
	first=$(pid_of "$C-first")
	join pid "$first"
	running "$C-second"
	second=$(pid_of "$C-second")
	is "$(ns "$second" pid)" "$(ns "$first" pid)"
	for t in mount uts ipc network; do
		isnt "$(ns "$second" $t)" "$(ns "$first" $t)" $t
	done
	ok P exec "$C-second" sh -c 'echo $PPID; ps -o pid,args'
	line '^ *1 sleep'
	# The end of the other container is its end too.
	P delete --force "$C-first"
	wait_gone "$second"
	wait_status "$C-second" stopped
	P delete "$C-second"
}

@test "namespaces: a user namespace is joined, with new ones and with others of the same container" {
	with_userns
	running "$C-first"
	first=$(pid_of "$C-first")
	cfg 'del(.linux.uidMappings, .linux.gidMappings, .hostname, .linux.sysctl)'
	join user "$first"
	running "$C-second"
	second=$(pid_of "$C-second")
	is "$(ns "$second" user)" "$(ns "$first" user)" user
	for t in mount pid uts ipc network; do
		isnt "$(ns "$second" $t)" "$(ns "$first" $t)" $t
	done
	ok P exec "$C-second" id -u
	out 0
	is "$(awk '$1 == "Uid:" { print $2 }' "/proc/$second/status")" 100000
	P delete --force "$C-second"
	for t in network ipc uts pid; do
		join $t "$first"
	done
	running "$C-second"
	second=$(pid_of "$C-second")
	for t in user network ipc uts pid; do
		is "$(ns "$second" $t)" "$(ns "$first" $t)" $t
	done
	isnt "$(ns "$second" mount)" "$(ns "$first" mount)" mount
	P delete --force "$C-second"
	P delete --force "$C-first"
}

@test "namespaces: a new user namespace with a joined network" {
	unshare --net sleep 1000 3>&- &
	also_kill $!
	other=$!
	until_true is_apart $other network
	with_userns
	cfg 'del(.linux.sysctl)'
	join network $other
	# A sysfs shows a network that another user namespace owns: as the engines have it, the host's is bound.
	cfg '.mounts |= map(if .destination == "/sys" then .type = "bind" | .source = "/sys" | .options = ["rbind", "nosuid", "ro"] else . end)
		| .mounts |= map(select(.destination != "/sys/fs/cgroup"))'
	running
	is "$(ns "$(pid_of "$C")" network)" "$(ns $other network)"
	isnt "$(ns "$(pid_of "$C")" user)" "$(ns self user)" user
}

@test "namespaces: what is no namespace, or of another kind, or gone, is refused for each kind" {
	local t other

	sleep 1000 3>&- &
	also_kill $!
	other=$!
	mkfifo "$W/fifo"
	: >"$W/file"
	cp "$B/config.json" "$W/config.json"
	for t in pid network ipc uts mount cgroup user time; do
		# Without a mount namespace of its own a container mounts nothing.
		[[ $t != mount ]] || cfg '.mounts = [] | del(.linux.maskedPaths, .linux.readonlyPaths)'
		for path in "$W/file" "$W/fifo" "$W/none" "$W" /dev/null "/proc/$other/status" "/proc/$other/ns"; do
			cfg --arg t $t --arg p "$path" '.linux.namespaces |= map(select(.type != $t)) + [{type: $t, path: $p}]'
			fails 1 P create -b "$B" "$C"
			err "linux.namespaces[" "$path"
		done
		# Of another kind: the wrong file of the right directory.
		path=/proc/$other/ns/$([[ $t == uts ]] && echo ipc || echo uts)
		cfg --arg t $t --arg p "$path" '.linux.namespaces |= map(select(.type != $t)) + [{type: $t, path: $p}]'
		fails 1 P create -b "$B" "$C"
		err "$path is not a $t namespace"
		cp "$W/config.json" "$B/config.json"
		[[ ! -e $R/$C ]] || die "state is left"
	done
}
