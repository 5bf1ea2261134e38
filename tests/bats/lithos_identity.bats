#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# Who a program from lithos YAML is, and what it may use.

load helpers
load lithos

allowed() {
	sandbox <<-END
		allow-users: [0-65535, 100000-165535]
		allow-groups: [0-65535, 100000-165535]
		$(printf '%s\n' "$@")
	END
}

capabilities='grep -E "^Cap" /proc/self/status'
full() { # the bounding set of this process, which is the most that there can be
	awk '/^CapBnd/ { print $2 }' /proc/self/status
}

has() { # SET VALUE
	line "^Cap$1:.$2\$"
}

@test "lithos identity: user, group, and no other group" {
	allowed "default-user: 7" "default-group: 8"
	prints 'id -u; id -g; id -G; grep ^Groups /proc/self/status; umask' <<<''
	line '^7$'
	line '^8$'
	line '^Groups:[[:space:]]*(8[[:space:]]*)?$'
	prints 'id -u; id -g' <<-'END'
		user-id: 0x10
		group-id: 17
	END
	out "16
17"
}

@test "lithos identity: not root: no capabilities, the whole bounding set" {
	allowed "default-user: 7"
	prints "$capabilities" <<<''
	has Eff 0000000000000000
	has Prm 0000000000000000
	has Amb 0000000000000000
	has Inh 0000000000000000
	has Bnd "$(full)"
}

@test "lithos identity: root: all of them" {
	allowed "default-user: 0"
	prints "$capabilities" <<<''
	has Eff "$(full)"
	has Prm "$(full)"
	has Bnd "$(full)"
	has Amb 0000000000000000
}

@test "lithos identity: a set-user-id program works" {
	allowed "default-user: 7"
	# a copy of its own, since the others are links to it
	printf '#include <stdio.h>\n#include <unistd.h>\nint main(void) { printf("%%d %%d\\n", getuid(), geteuid()); }\n' >"$W/ids.c"
	"${MUSL_GCC:-musl-gcc}" -static -o "$I/bin/ids" "$W/ids.c"
	chmod 4755 "$I/bin/ids"
	prints 'ids' <<<''
	out '7 0'
}

@test "lithos identity: the sandbox's maps" {
	chmod 0755 "$W" "$B"
	allowed "default-user: 5" "default-group: 6" \
		"uid-map: [{inside: 0, outside: 100000, count: 65536}]" "gid-map: [{inside: 0, outside: 110000, count: 100}]"
	prints 'id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map; stat -c %u /bin/busybox' <<<''
	line '^5$'
	line '^6$'
	line '^ *0 +100000 +65536$'
	line '^ *0 +110000 +100$'
	line '^65534$'
}

@test "lithos identity: the container's maps, without an inside 0" {
	chmod 0755 "$W" "$B"
	allowed
	prints 'id -u; id -g; cat /proc/self/uid_map' <<-'END'
		user-id: 5
		group-id: 5
		uid-map: [{inside: 5, outside: 100005, count: 1}]
		gid-map: [{inside: 5, outside: 100005, count: 1}]
	END
	line '^5$'
	line '^ *5 +100005 +1$'
}

@test "lithos identity: whoever is not allowed or not mapped" {
	allowed
	container <<<'executable: /bin/true'
	refuses 'No user id specified and no default is found'
	sandbox <<-'END'
		allow-users: [1-9]
		allow-groups: [0]
		default-user: 10
	END
	refuses 'User is not in allowed range (uid: 10)'
	allowed
	container <<-'END'
		executable: /bin/true
		user-id: 2
		uid-map: [{inside: 0, outside: 1000, count: 2}]
		gid-map: [{inside: 0, outside: 1000, count: 2}]
	END
	refuses 'User is not in mapped range (uid: 2)'
	container <<-'END'
		executable: /bin/true
		user-id: 1
		uid-map: [{inside: 0, outside: 200000, count: 2}]
		gid-map: [{inside: 0, outside: 1000, count: 2}]
	END
	refuses "Bad uid mapping (probably doesn't match allow_users)"
}

@test "lithos identity: limit of files, soft and hard" {
	prints 'grep "Max open files" /proc/self/limits' <<-'END'
		fileno-limit: 1k
	END
	line '^Max open files +1000 +1000 '
	prints 'grep "Max open files" /proc/self/limits' <<<''
	line '^Max open files +1024 +1024 '
}

@test "lithos identity: memory and cpu in the cgroup of that name" {
	local dir pid

	# the name has colons
	group() {
		if has_v1 "$1"; then
			echo "/sys/fs/cgroup/$1$(sed -nE "s/^[0-9]+:([^:]*,)?$1(,[^:]*)?://p" "/proc/$pid/cgroup")"
		else
			echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")"
		fi
	}
	script 'sleep 1000' <<-'END'
		memory-limit: 100Mi
		cpu-shares: 512
	END
	launched
	ok P run -d -b "$LB" "$C"
	pid=$(pid_of "$C")
	dir=$(group memory)
	[[ $dir == */p$MARK.slice/$S:web.0.scope ]] || die "cgroup: $dir"
	if has_v1 memory; then
		is "$(cat "$dir/memory.limit_in_bytes")" 104857600
		[[ ! -e $dir/memory.memsw.limit_in_bytes ]] || is "$(cat "$dir/memory.memsw.limit_in_bytes")" 104857600
		is "$(cat "$(group cpu)/cpu.shares")" 512
	elif [[ -e $dir/memory.max ]]; then
		is "$(cat "$dir/memory.max")" 104857600
		[[ ! -e $dir/memory.swap.max ]] || is "$(cat "$dir/memory.swap.max")" 0
		# on the curve of shares (1024 are 100), not on a straight line
		is "$(cat "$dir/cpu.weight")" 59
	else
		skip "this host has no memory controller"
	fi
}

@test "lithos identity: no cgroup-name, no cgroup and no limits" {
	sed -i 's/^cgroup-name.*/cgroup-name: null/' "$M"
	script true <<-'END'
		memory-limit: 100Mi
	END
	reviewed
	is "$(config_of '.linux.cgroupsPath, .linux.resources.memory, .linux.resources.cpu')" "null
null
null"
	launched
	ok P run -b "$LB" "$C"
}

@test "lithos identity: hardened by the option and by the sandbox" {
	script 'grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status; head -c 1 /proc/kcore | wc -c; touch /proc/sys/kernel/x 2>&1;
		cat /proc/self/mountinfo | grep -c " /proc/sys "' <<<''
	launched "$N" --harden
	ok P run -b "$LB" "$C"
	line '^NoNewPrivs:.1$'
	line '^Seccomp:.2$'
	line '^0$'
	line '^1$'
	rm -rf "$LB"
	allowed "default-user: 0" "x-cist-harden: true"
	it_runs
	line '^NoNewPrivs:.1$'
	line '^Seccomp:.2$'
}

@test "lithos identity: namespaces: its own of mounts, processes, ipc and names; the host's network" {
	local ns

	# shellcheck disable=SC2016
	prints 'for n in mnt pid ipc uts net user cgroup; do echo $n $(readlink /proc/self/ns/$n); done; ps -o pid | grep -c "[0-9]"' <<<''
	for ns in mnt pid ipc uts; do
		no_line "^$ns $(readlink "/proc/self/ns/$ns" | sed 's/[][]/\\&/g')\$"
	done
	for ns in net user cgroup; do
		line "^$ns $(readlink "/proc/self/ns/$ns" | sed 's/[][]/\\&/g')\$"
	done
}
