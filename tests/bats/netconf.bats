#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# netconf.json, in a network namespace of the test's own, which plays the host: each command runs in it, so neither the
# machine's network nor a bridge of it is ever touched.

load helpers

begin() {
	needs_root
	command -v ip >/dev/null || skip "ip (iproute2) is not installed"
	HOSTNS=h$MARK-$BATS_TEST_NUMBER
	ip netns add "$HOSTNS" || skip "network namespaces cannot be made here"
	in_host ip link set lo up
	in_host ip link add br0 type bridge || skip "this kernel has no bridges"
	in_host ip addr add 10.9.0.1/24 dev br0
	in_host ip -6 addr add fd09::1/64 dev br0 nodad
	in_host ip link set br0 up
	C2=$C-2
}

# After the containers are gone.
end() {
	H delete --force "$C" || true
	H delete --force "$C2" || true
	ip netns del "$HOSTNS" || true
}

in_host() {
	nsenter --net="/run/netns/$HOSTNS" "$@" 3>&-
}

H() {
	in_host "$CIST" --root "$R" "$@"
}

# A document for the container with the last byte $1 of its address, after the edit $2: netconf BYTE [FILTER]
netconf() {
	jq -n --arg n "$1" '{loopback_name: "lo", model: {type: "bridge", bridge_name: "br0"}, interfaces: [
		{type: "veth", name: ("web" + $n), peer_name: "eth0", ip: "0.0.0.0/0", peer_ip: ("10.9.0." + $n + "/24"),
		 peer_ip6: ("fd09::" + $n + "/64"),
		 routes: [{subnet: "0.0.0.0/0", gateway: "10.9.0.1"}, {subnet: "::/0", gateway: "fd09::1"}]}]}
		| '"${2:-.}" >"$B/netconf.json"
}

up() {
	quiet H run -d --netconf "$B/netconf.json" -b "$B" "${1:-$C}"
}

# A program in the container gets an answer from the address $1, if only that nobody listens there.
reaches() {
	fails 1 H exec "$C" nc -w 5 "$1" 9
	[[ $stderr == *refused* ]] || show "expected an answer of $1"
}

# Devices of the host that are neither the bridge nor lo.
devices() {
	in_host ip -o link show | sed 's/^[0-9]*: \([^@:]*\).*/\1/' | grep -vE '^(br0|lo|foreign.*)$' | sort | tr '\n' ' '
}

none_left() {
	is "$(devices)" "" "devices that are left"
	nothing_left
}

# create fails with these words, before or after anything was made, and nothing stays.
refuses() {
	fails 1 H create --netconf "$B/netconf.json" -b "$B" "$C"
	err "$@"
	none_left
}

@test "netconf: two containers on a bridge reach each other, the host, and what is behind it" {
	netconf 2
	up
	netconf 3
	# nc ends as soon as the other side has said all, so that one does not before it has heard
	sh_args '{ echo hello from three; sleep 1; } | nc -l -p 7777 -w 5 >/got; sleep 1000'
	up "$C2"
	until_true H exec "$C2" sh -c 'netstat -ltn | grep -q :7777'
	ok H exec "$C" sh -c 'echo hello from two | nc 10.9.0.3 7777'
	out "hello from three"
	wait_text "$B/rootfs/got" "hello from two"
	ok H exec "$C" ip addr show dev eth0
	line 'inet 10\.9\.0\.2/24 .*eth0$'
	line 'inet6 fd09::2/64 scope global'
	line '[<,]UP[,>]'
	ok H exec "$C" ip route
	line '^default via 10\.9\.0\.1 dev eth0'
	ok H exec "$C" ip -6 route
	line '^default via fd09::1 dev eth0'
	# An address of the host on another subnet: by way of the default route.
	in_host ip addr add 198.51.100.1/32 dev lo
	reaches 198.51.100.1
	reaches 127.0.0.1
	ok in_host ip -d link show dev web2
	line 'master br0'
	line "alias cist:$R/$C\$"
	ok H delete --force "$C"
	is "$(devices)" "web3 "
	ok H delete --force "$C2"
	none_left
}

@test "netconf: an address of IPv6 can be bound at once, and reached" {
	netconf 2
	echo "from six" >"$B/rootfs/tmp/page"
	args httpd -f -p '[fd09::2]:7778' -h /tmp
	up
	six_answers() {
		in_host timeout 5 bash -c 'exec 5<>/dev/tcp/fd09::2/7778 && printf "GET /page HTTP/1.0\r\n\r\n" >&5 && cat <&5' |
			grep -qx "from six"
	}
	until_true six_answers
	ok H delete --force "$C"
	none_left
}

@test "netconf: the interface is there at the program's first instruction" {
	netconf 2
	args ip -o addr show dev eth0
	ok H run --netconf "$B/netconf.json" -b "$B" "$C"
	line '10\.9\.0\.2/24'
	none_left
}

@test "netconf: without a bridge, with an address at each end, MAC and MTU" {
	netconf 2 'del(.model) | .interfaces[0] += {ip: "10.8.0.1/30", peer_ip: "10.8.0.2/30", mac: "02:00:5e:10:00:01", mtu: 1280,
		routes: [{subnet: "10.7.0.1/32"}, {subnet: "10.6.0.0/16", gateway: "10.7.0.1"}]} | del(.interfaces[0].peer_ip6)'
	up
	ok H exec "$C" ip addr show dev eth0
	line 'mtu 1280'
	line '02:00:5e:10:00:01'
	ok H exec "$C" ip route
	line '^10\.7\.0\.1 dev eth0 scope link'
	line '^10\.6\.0\.0/16 via 10\.7\.0\.1 dev eth0'
	ok in_host ip addr show dev web2
	line 'mtu 1280'
	line '10\.8\.0\.1/30'
	reaches 10.8.0.1
	ok H delete --force "$C"
	none_left
}

@test "netconf: two interfaces, an empty document, and loopback alone" {
	netconf 2 '.interfaces += [{type: "veth", name: "web9", peer_name: "eth1", peer_ip: "10.9.1.9/24"}]'
	up
	ok H exec "$C" ip -o addr
	line 'eth0 .*10\.9\.0\.2/24'
	line 'eth1 .*10\.9\.1\.9/24'
	is "$(devices)" "web2 web9 "
	ok H delete --force "$C"
	none_left
	for document in '{}' '{"loopback_name":"lo"}'; do
		echo "$document" >"$B/netconf.json"
		args ip -o addr show dev lo
		ok H run --netconf "$B/netconf.json" -b "$B" "$C"
		line '127\.0\.0\.1/8'
	done
	none_left
}

@test "netconf: the annotation names a file of the bundle; the option wins" {
	netconf 2
	cfg '.annotations["org.cist.netconf"] = "netconf.json"'
	quiet H run -d -b "$B" "$C"
	ok H exec "$C" ip -o addr show dev eth0
	line '10\.9\.0\.2/24'
	ok H delete --force "$C"
	jq '.interfaces[0].peer_ip = "10.9.0.77/24"' "$B/netconf.json" >"$W/other.json"
	quiet H run -d --netconf "$W/other.json" -b "$B" "$C"
	ok H exec "$C" ip -o addr show dev eth0
	line '10\.9\.0\.77/24'
	ok H delete --force "$C"
	none_left
}

@test "netconf: the annotation leads nowhere else" {
	netconf 2
	cp "$B/netconf.json" "$B/rootfs/netconf.json"
	ln -s rootfs/netconf.json "$B/link.json"
	mkfifo "$B/fifo.json"
	mkdir "$B/dir.json"
	for name in rootfs/netconf.json ../b/netconf.json "$B/netconf.json" . .. ''; do
		cfg --arg n "$name" '.annotations["org.cist.netconf"] = $n'
		fails 1 H create -b "$B" "$C"
		err "is not the name of a file in the bundle"
	done
	for name in link.json fifo.json dir.json missing.json; do
		cfg --arg n "$name" '.annotations["org.cist.netconf"] = $n'
		fails 1 H create -b "$B" "$C"
		err "$name"
	done
	none_left
}

@test "netconf: it needs a network namespace that is made for the container" {
	netconf 2
	cfg '.linux.namespaces |= map(select(.type != "network"))'
	refuses "has no network namespace of its own"
	cfg --arg p "/run/netns/$HOSTNS" '.linux.namespaces += [{type: "network", path: $p}]'
	refuses "joins a network namespace"
}

@test "netconf: bridge that is missing, down, or none" {
	netconf 2 '.model.bridge_name = "br7"'
	refuses "the host has no bridge called br7"
	in_host ip link add foreign0 type veth peer name foreign1
	netconf 2 '.model.bridge_name = "foreign0"'
	refuses "foreign0 of the host is not a bridge"
	in_host ip link set br0 down
	netconf 2
	refuses "the bridge br0 is down"
}

@test "netconf: a foreign device of that name is left alone" {
	in_host ip link add foreign0 type veth peer name foreign1
	in_host ip link set foreign0 alias "cist:/somewhere/else"
	netconf 2 '.interfaces[0].name = "foreign0"'
	refuses "the host has a network device called foreign0 already" "cist:/somewhere/else"
	netconf 2 '.interfaces[0].name = "foreign1"'
	refuses "the host has a network device called foreign1 already" "not this container's"
	in_host ip link show dev foreign0
	in_host ip link show dev foreign1
}

@test "netconf: what the same container has left is replaced" {
	netconf 2
	in_host ip link add web2 type veth peer name foreign1
	in_host ip link set web2 alias "cist:$R/$C"
	up
	in_host ip link show dev foreign1 2>/dev/null && die "the old pair is still there"
	reaches 10.9.0.1
	# Of another container it is not.
	fails 1 H create --netconf "$B/netconf.json" -b "$B" "$C2"
	err "the host has a network device called web2 already" "cist:$R/$C"
	reaches 10.9.0.1
	ok H delete --force "$C"
	none_left
}

@test "netconf: after_setup runs in the container's network, with the host's files and nothing else" {
	cat >"$W/command" <<-END
		#!/bin/sh
		exec >"$W/said" 2>&1
		ip -o addr show dev eth0
		echo "args: \$*"
		env | sort
		readlink /proc/self/fd/0
		ls /proc/self/fd
		pwd
		echo "group: \$(cut -d' ' -f5 /proc/\$\$/stat) pid: \$\$"
	END
	chmod +x "$W/command"
	netconf 2 '.after_setup = ["'"$W"'/command", "-c", "two words"]'
	FOREIGN=1 up
	grep -q 'inet 10\.9\.0\.2/24' "$W/said" || die "$(cat "$W/said")"
	grep -qx 'args: -c two words' "$W/said" || die "$(cat "$W/said")"
	! grep -q FOREIGN "$W/said" || die "the environment of the caller came through"
	grep -qx 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' "$W/said" || die "$(cat "$W/said")"
	grep -qx / "$W/said" || die "$(cat "$W/said")"
	is "$(sed -n 's/group: //; s/ pid: .*//p' "$W/said")" "$(sed -n 's/.* pid: //p' "$W/said")" "its process group"
	ok H delete --force "$C"
	none_left
}

@test "netconf: after_setup that fails, is missing, or hangs" {
	netconf 2 '.after_setup = ["/bin/sh", "-c", "echo the reason >&2; exit 7"]'
	refuses "netconf.after_setup" "exit status 7: the reason"
	netconf 2 '.after_setup = ["/no/such/command"]'
	refuses "netconf.after_setup" "/no/such/command" "no such file or directory"
	netconf 2 '.after_setup = ["/bin/sh", "-c", "sleep 4321 & echo $! >'"$W"'/child; wait"]'
	local begun=$SECONDS
	refuses "netconf.after_setup" "ran past specified timeout of 10 s"
	[[ $((SECONDS - begun)) -lt $((15 * SLOW)) ]] || die "it took $((SECONDS - begun)) seconds"
	wait_gone "$(cat "$W/child")"
}

@test "netconf: resolv.conf and hosts, read-only, whatever the image has there" {
	netconf 2 '.dns = {domain: "example.org", search: ["a.example.org", "b.example.org"], nameservers: ["10.9.0.1", "fd09::1"],
		options: ["ndots:2", "edns0"]} | .hosts = {db: "10.9.0.3", "db.example.org": "fd09::3"}'
	printf 'domain example.org\nsearch a.example.org b.example.org\nnameserver 10.9.0.1\nnameserver fd09::1\n' >"$W/wanted"
	printf 'options ndots:2 edns0\n' >>"$W/wanted"
	printf '127.0.0.1 localhost localhost.example.org\n::1 localhost localhost.example.org\n' >>"$W/wanted"
	printf '10.9.0.3 db\nfd09::3 db.example.org\n' >>"$W/wanted"
	echo untouched >"$W/outside"
	sh_args 'cat /etc/resolv.conf /etc/hosts; echo x 2>/dev/null >/etc/hosts && echo writable'
	local what
	for what in 'echo image >"$f"' 'rm -f "$f"' 'echo image >"$f.there"; ln -sf "/etc/${f##*/}.there" "$f"' \
		'rm -f "$f"; mkfifo "$f"' 'rm -f "$f"; mknod "$f" c 1 3'; do
		for f in "$B/rootfs/etc/resolv.conf" "$B/rootfs/etc/hosts"; do eval "$what"; done
		try H run --netconf "$B/netconf.json" -b "$B" "$C"
		is "$output" "$(cat "$W/wanted")" "after $what: $stderr"
	done
	is "$(cat "$B/rootfs/etc/hosts.there")" image
	for target in "$W/outside" ../../../../../../../../tmp/elsewhere; do
		ln -sf "$target" "$B/rootfs/etc/resolv.conf"
		refuses "netconf.dns: /etc/resolv.conf" "leads nowhere"
		is "$(cat "$W/outside")" untouched
	done
	rm -f "$B/rootfs/etc/resolv.conf"
	rm "$B/rootfs/etc/hosts"
	mkdir "$B/rootfs/etc/hosts"
	refuses /etc/hosts
}

@test "netconf: in a user namespace" {
	netconf 2 '.dns = {nameservers: ["10.9.0.1"]}'
	with_userns
	args sh -c 'cat /etc/resolv.conf; ip -o addr show dev eth0; nc -w 5 10.9.0.1 9 2>&1 | grep refused'
	ok H run --netconf "$B/netconf.json" -b "$B" "$C"
	line '^nameserver 10\.9\.0\.1$'
	line 'inet 10\.9\.0\.2/24'
	none_left
}

@test "netconf: what makes no sense is refused before anything is made" {
	local n=0 edit words
	while IFS='|' read -r edit words; do
		netconf 2 "$edit"
		refuses "$words"
		n=$((n + 1))
	done <<-'END'
		.interfaces[0].peer_ip = "10.9.0.2"|netconf.interfaces[0].peer_ip: "10.9.0.2" has no prefix
		.interfaces[0].peer_ip = "10.9.0.2/33"|the prefix has to be a number from 0 to 32
		.interfaces[0].peer_ip = "10.9.0.0/24"|is the address of a network
		.interfaces[0].name = "a/b"|netconf.interfaces[0].name
		.interfaces[0].name = "eth0"|name and peer_name are the same
		.interfaces[0].routes[0].gateway = "10.10.0.1"|netconf.interfaces[0].routes[0].gateway: 10.10.0.1 is in no subnet
		.interfaces[0].type = "macvlan"|netconf.interfaces[0].type: macvlan is not implemented
		.model.type = "ovs"|netconf.model.type: "ovs" is unknown
		.ports = []|ports (line
		.interfaces[0].peerip = 1|there is no such member; "peer_ip" perhaps?
		.dns = {nameservers: ["10.9.0.1\nx"]}|netconf.dns.nameservers[0]
		.after_setup = ["true"]|is not an absolute path
	END
	is "$n" 12
	echo 'garbage' >"$B/netconf.json"
	refuses "netconf.json" "json syntax"
	rm "$B/netconf.json"
	refuses "no such file or directory"
}

@test "netconf: a failure half way leaves nothing" {
	# The kernel refuses the second address only when the first is there: IPv6 is switched off in the new namespace.
	netconf 2 '.interfaces += [{type: "veth", name: "web9", peer_name: "eth1", mtu: 70, peer_ip6: "fd09::9/64"}]'
	refuses "netconf.interfaces[1].peer_ip6: give eth1 of the container the address fd09::9/64"
}

@test "netconf: without the capabilities it takes" {
	command -v capsh >/dev/null || skip "capsh (libcap2-bin) is not installed"
	netconf 2
	fails 1 in_host capsh --drop=cap_net_admin -- -c '"$0" --root "$1" create --netconf "$2/netconf.json" -b "$2" "$3"' \
		"$CIST" "$R" "$B" "$C"
	err "netconf.interfaces" "CAP_NET_ADMIN"
	none_left
}

@test "netconf: killed at any moment, delete --force leaves nothing" {
	netconf 2 '.after_setup = ["/bin/sleep", "0.01"]'
	local i pid
	for i in {1..40}; do
		H create --netconf "$B/netconf.json" -b "$B" "$C" 2>/dev/null &
		pid=$!
		sleep "0.0$(printf %02d $((RANDOM % 60)))"
		pkill -KILL -P "$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" || true
		H delete --force "$C" || die "delete --force after death $i"
		is "$(devices)" "" "devices after death $i"
	done
	nothing_left
	up
	reaches 10.9.0.1
}

@test "netconf: a container that is killed, and one whose state directory is gone" {
	netconf 2
	up
	kill -KILL "$(pid_of "$C")"
	until_true status_is "$C" stopped
	ok H delete "$C"
	none_left
	# Something keeps the namespace, and so the pair, and the record is lost.
	up
	background nsenter --net="/proc/$(pid_of "$C")/ns/net" sleep 1000
	until_true sh -c "[ \"\$(readlink /proc/$BG/ns/net)\" = \"\$(readlink /proc/$(pid_of "$C")/ns/net)\" ]"
	kill -KILL "$(pid_of "$C")"
	until_true status_is "$C" stopped
	rm -rf "${R:?}/$C"
	is "$(devices)" "web2 "
	up
	reaches 10.9.0.1
	ok H delete --force "$C"
	none_left
	kill "$BG"
}

@test "netconf: explain says it, and a run does it in that order" {
	command -v strace >/dev/null || skip "strace is not installed"
	netconf 2 '.interfaces[0].ip = "10.8.0.1/24" | .after_setup = ["/bin/true"]'
	ok H explain --json --netconf "$B/netconf.json" "$B"
	jq -r '.steps[] | select(.step == "make the network") | .acts[] | .does' "$W/out" |
		sed -E 's/^pair .*/RTM_NEWLINK/; s/^put .*/RTM_NEWLINK/; s/^bring up .*/RTM_NEWLINK/; s/^give .*/RTM_NEWADDR/
			s/^route .*/RTM_NEWROUTE/; s/^run .*/execve/; /^write/d' >"$W/said"
	# The pair has its alias besides.
	sed -i '0,/RTM_NEWLINK/! {0,/RTM_NEWLINK/ s/RTM_NEWLINK/&\n&/}' "$W/said"
	background in_host strace -f -o "$W/trace" -e trace=sendto,execve \
		"$CIST" --root "$R" create --netconf "$B/netconf.json" -b "$B" "$C"
	wait_status "$C" created
	# What goes to another namespace strace does not know by its name.
	sed -nE 's/.*sendto.*nlmsg_type=(RTM_NEWLINK|0x10) *.*/RTM_NEWLINK/p; s/.*sendto.*nlmsg_type=(RTM_NEWADDR|0x14) *.*/RTM_NEWADDR/p
		s/.*sendto.*nlmsg_type=(RTM_NEWROUTE|0x18) *.*/RTM_NEWROUTE/p; s/.*execve\("\/bin\/true".*/execve/p' "$W/trace" >"$W/done"
	is "$(cat "$W/done")" "$(cat "$W/said")" "what was done"
	is "$(jq -r '[.steps[].acts[] | select(.from // "" | startswith("netconf")) | .from] | unique | join(" ")' "$W/out")" \
		"netconf.after_setup netconf.interfaces[0] netconf.interfaces[0].ip netconf.interfaces[0].peer_ip netconf.interfaces[0].peer_ip6 netconf.interfaces[0].routes[0] netconf.interfaces[0].routes[1] netconf.loopback_name netconf.model.bridge_name"
	ok H delete --force "$C"
	wait_for "$BG"
	none_left
}

@test "netconf: as lithos' bridged network is translated" {
	netconf 2 '.interfaces = [{type: "veth", name: "li_ca02f9_0002", peer_name: "li-ca02f9-0002", peer_ip: "10.9.0.2/24",
		routes: [{subnet: "0.0.0.0/0", gateway: "10.9.0.1"}]}] | .after_setup = ["/bin/sh", "-c", "ip -o addr >'"$W"'/said"]'
	cfg '.annotations["org.cist.netconf"] = "netconf.json" | .annotations += {"org.cist.init": "true", "org.cist.init.title": "lithos_knot --name web/process.0"}'
	quiet H run -d -b "$B" "$C"
	grep -q 'li-ca02f9-0002 .*10\.9\.0\.2/24' "$W/said" || die "$(cat "$W/said")"
	reaches 10.9.0.1
	# The instance that comes next has the same name and the same device.
	ok H delete --force "$C"
	quiet H run -d -b "$B" "$C"
	ok H delete --force "$C"
	none_left
}

@test "netconf: who has none pays nothing" {
	command -v strace >/dev/null || skip "strace is not installed"
	args true
	in_host strace -f -o "$W/trace" -e trace=socket "$CIST" --root "$R" run -b "$B" "$C"
	! grep -q NETLINK "$W/trace" || die "$(grep NETLINK "$W/trace")"
}
