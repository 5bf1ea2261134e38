#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# linux.netDevices, in a network namespace of the test's own, which plays the host: each command runs in it, so no device
# of the machine is ever touched.

load helpers

begin() {
	needs_root
	command -v ip >/dev/null || skip "ip (iproute2) is not installed"
	HOSTNS=h$MARK-$BATS_TEST_NUMBER
	OTHER=o$MARK-$BATS_TEST_NUMBER
	ip netns add "$HOSTNS" || skip "network namespaces cannot be made here"
	in_host ip link set lo up
	in_host ip link add net0 type veth peer name peer0 || skip "this kernel has no veth network devices"
}

# After the containers are gone, or the mount would stay busy.
end() {
	H delete --force "$C" || true
	ip netns del "$HOSTNS" || true
	[[ ! -e /run/netns/$OTHER ]] || ip netns del "$OTHER"
}

in_host() {
	nsenter --net="/run/netns/$HOSTNS" "$@" 3>&-
}

H() {
	in_host "$CIST" --root "$R" "$@"
}

devices() {
	cfg --argjson d "$1" '.linux.netDevices = $d'
}

# Properties of a device as the host sees it: host_has NAME PATTERN
host_has() {
	in_host ip -o addr show dev "$1" 2>/dev/null | grep -qE -- "$2" || die "host's $1 lacks '$2':" "$(in_host ip addr)"
}

@test "net devices: moved with address, MTU and MAC, up, and back" {
	in_host ip link set net0 mtu 1400 address 02:00:00:00:00:07 txqueuelen 77
	in_host ip addr add 192.0.2.7/24 brd 192.0.2.255 dev net0
	in_host ip addr add 192.0.2.8/24 dev net0 label net0:one
	in_host ip -6 addr add 2001:db8::7/64 dev net0 nodad
	in_host ip link set net0 up
	devices '{"net0": {}}'
	quiet H run -d -b "$B" "$C"
	ok in_host ip -o link
	no_line ' net0[@:]'
	ok H exec "$C" ip addr show dev net0
	line 'state (UP|UNKNOWN)|[<,]UP[,>]'
	line 'mtu 1400 .*qlen 77'
	line '02:00:00:00:00:07'
	line 'inet 192.0.2.7/24 brd 192.0.2.255 .*net0$'
	line 'inet 192.0.2.8/24 .*net0:one$'
	line 'inet6 2001:db8::7/64'
	ok H delete --force "$C"
	host_has net0 '192.0.2.7/24 brd 192.0.2.255'
	host_has net0 'net0:one'
	host_has net0 '2001:db8::7/64'
	ok in_host ip link show dev net0
	line 'mtu 1400 .*qlen 77'
	line '[<,]UP[,>]'
	line '02:00:00:00:00:07'
}

@test "net devices: renamed inside, the old name outside again, down stays down" {
	in_host ip addr add 192.0.2.7/24 dev net0
	in_host ip link add net1 type veth peer name peer1
	devices '{"net0": {"name": "eth0"}, "net1": {"name": "eth1"}}'
	quiet H run -d -b "$B" "$C"
	ok H exec "$C" ip addr
	line 'eth0@.*[<,]UP[,>]'
	line '192.0.2.7/24 .*eth0$'
	line 'eth1@'
	no_line 'net[01]'
	ok H delete --force "$C"
	[[ -z $stderr ]] || show "expected no warning"
	host_has net0 192.0.2.7/24
	ok in_host ip link
	line 'net1@'
	ok in_host ip link show dev net0
	no_line '[<,]UP[,>]'
}

@test "net devices: %d in a name is a number that is free" {
	in_host ip link add net1 type veth peer name peer1
	in_host ip link add net2 type veth peer name peer2
	devices '{"net0": {"name": "eth%d"}, "net1": {"name": "eth%d"}, "net2": {"name": "eth0"}}'
	args ip -o link
	H run -b "$B" "$C" >"$W/out" 2>"$W/err" || die "$(cat "$W/err")"
	is "$(grep -oE ' (eth|net)[0-9]+' "$W/out" | sort | tr -d '\n')" " eth0 eth1 eth2"
	for net in net0 net1 net2; do in_host ip link show dev "$net"; done
}

@test "net devices: back when the program has ended by itself" {
	in_host ip addr add 192.0.2.7/24 dev net0
	devices '{"net0": {"name": "eth0"}}'
	args ip -o addr show dev eth0
	ok H run -b "$B" "$C"
	line 192.0.2.7/24
	host_has net0 192.0.2.7/24
	nothing_left
	args true
	quiet H create -b "$B" "$C"
	quiet H start "$C"
	until_true status_is "$C" stopped
	quiet H delete "$C"
	host_has net0 192.0.2.7/24
}

@test "net devices: a namespace that is joined gets them, and gives them back" {
	ip netns add "$OTHER"
	devices '{"net0": {"name": "eth0"}}'
	cfg --arg p "/run/netns/$OTHER" '(.linux.namespaces[] | select(.type == "network")).path = $p'
	quiet H run -d -b "$B" "$C"
	ok ip -n "$OTHER" link show dev eth0
	ok H delete --force "$C"
	[[ -z $stderr ]] || show "expected no warning"
	in_host ip link show dev net0
	ip -n "$OTHER" link add eth0 type veth peer name peer9
	fails 1 H create -b "$B" "$C"
	err 'netDevices["net0"]' "eth0 already"
	in_host ip link show dev net0
	ip -n "$OTHER" link show dev eth0
}

@test "net devices: with a user namespace" {
	in_host ip addr add 192.0.2.7/24 dev net0
	with_userns
	devices '{"net0": {"name": "eth0"}}'
	args ip -o addr show dev eth0
	ok H run -b "$B" "$C"
	line 192.0.2.7/24
	host_has net0 192.0.2.7/24
}

@test "net devices: what cannot be moved is an error, and nothing is" {
	local edit

	in_host ip link add net1 type veth peer name peer1
	while IFS= read -r edit; do
		cfg "$edit"
		fails 1 H create -b "$B" "$C"
		err netDevices
		nothing_left
		in_host ip link show dev net0
		in_host ip link show dev net1
	done <<-'END'
		.linux.netDevices = {"none": {}}
		.linux.netDevices = {"net0": {}, "none": {}}
		.linux.netDevices = {"lo": {}}
		.linux.netDevices = {"net0": {"name": "lo"}}
		.linux.netDevices = {"net0": {"name": "same"}, "net1": {"name": "same"}}
		.linux.netDevices = {"net0": {"name": "a/b"}}
		.linux.netDevices = {"net0": {"name": "a-name-that-is-too-long"}}
		.linux.netDevices = {"net0": {"name": ".."}}
		.linux.netDevices = {"net0": {"name": "eth%s"}}
		.linux.netDevices = {"net0": {"name": "e%d-%d"}}
		.linux.netDevices = {"net0": {}} | .linux.namespaces |= map(select(.type != "network"))
	END
}

@test "net devices: the host's own namespace, joined by path, is an error" {
	devices '{"net0": {}}'
	cfg --arg p "/run/netns/$HOSTNS" '(.linux.namespaces + [{"type": "network"}]) as $n | .linux.namespaces = ($n | map(select(.type != "network")))
		+ [{"type": "network", "path": $p}]'
	fails 1 H create -b "$B" "$C"
	err "runtime's own"
	in_host ip link show dev net0
	nothing_left
}

@test "net devices: a failure after the move brings them back" {
	in_host ip addr add 192.0.2.7/24 dev net0
	devices '{"net0": {"name": "eth0"}}'
	args /no/such/program
	fails 1 H create -b "$B" "$C"
	host_has net0 192.0.2.7/24
	nothing_left
}

@test "net devices: hooks see them inside" {
	devices '{"net0": {"name": "eth0"}}'
	printf '#!/bin/sh\npid=$(sed "s/.*\\"pid\\":\\([0-9]*\\).*/\\1/")\nnsenter -t "$pid" -n ip link show dev eth0 >%s 2>&1\n' \
		"$W/hook.out" >"$W/hook"
	chmod +x "$W/hook"
	cfg --arg h "$W/hook" '.hooks.createRuntime = [{"path": $h}]'
	args true
	ok H run -b "$B" "$C"
	grep -q 'eth0' "$W/hook.out"
}

@test "net devices: what the container did to them is a warning, never a container that cannot be deleted" {
	devices '{"net0": {"name": "eth0"}}'
	cfg '.process.capabilities |= map_values(. + ["CAP_NET_ADMIN"])'
	sh_args 'ip link set eth0 down; ip link set eth0 name mine; sleep 1000'
	quiet H run -d -b "$B" "$C"
	until_true H exec "$C" ip link show dev mine
	ok H delete --force "$C"
	err net0 renamed
	nothing_left
}

@test "net devices: killed at any call of create, delete brings them back" {
	local at

	command -v strace >/dev/null || skip "strace is not installed"
	in_host ip addr add 192.0.2.7/24 dev net0
	devices '{"net0": {"name": "eth0"}}'
	for at in setns:1 setns:2 setns:4 move_mount:1 sendto:1 sendto:4 sendto:5 sendto:6 sendto:7 sendto:8; do
		in_host strace -qq -o /dev/null -e trace="${at%:*}" -e inject="${at%:*}:signal=KILL:when=${at#*:}" \
			"$CIST" --root "$R" create -b "$B" "$C" >/dev/null 2>&1 </dev/null || true
		ok H delete --force "$C"
		[[ -z $stderr ]] || show "expected no warning after $at"
		host_has net0 192.0.2.7/24
		nothing_left
	done
}

@test "net devices: explain names them, features has them" {
	devices '{"net0": {"name": "eth0"}}'
	ok P explain "$B"
	line 'move the network device net0, as eth0, .*\[linux.netDevices\["net0"\]\]'
	ok P features
	is "$(jq .linux.netDevices.enabled <<<"$output")" true
}
