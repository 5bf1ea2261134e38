#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# /etc/hosts and /etc/resolv.conf of containers from lithos YAML.

load helpers
load lithos

begin_lithos() {
	printf '10.1.1.1 copied\n' >"$T/hosts"
	printf 'nameserver 10.9.9.9\n' >"$T/resolv"
	export ADDRESS
	ADDRESS=$(getent ahostsv4 "$(hostname)" | awk '{ print $1; exit }')
}

with_files() {
	sandbox <<-END
		allow-users: [0-65535]
		allow-groups: [0-65535]
		default-user: 0
		hosts-file: $T/hosts
		resolv-conf: $T/resolv
		$(printf '%s\n' "$@")
	END
}

both='cat /etc/hosts; echo --; cat /etc/resolv.conf'

@test "lithos etc: copies of the sandbox's files, the first with one more newline" {
	with_files
	prints 'wc -c </etc/hosts; head -n 1 /etc/hosts; cat /etc/resolv.conf' <<<''
	line '^17$'
	line '^10.1.1.1 copied$'
	line '^nameserver 10.9.9.9$'
}

@test "lithos etc: the host's by default" {
	prints 'cat /etc/hosts' <<<''
	is "$output" "$(cat /etc/hosts)"
}

@test "lithos etc: lines of our own" {
	with_files 'additional-hosts: {b: 2.2.2.2, a: 1.1.1.1}'
	prints "$both" <<-'END'
		hosts-file: { copy-from-host: false, public-hostname: false }
	END
	out "127.0.0.1 localhost.localdomain localhost
1.1.1.1 a
2.2.2.2 b
--
nameserver 10.9.9.9"
}

@test "lithos etc: the name of the host" {
	[[ -n $ADDRESS ]] || skip "this host's name does not resolve"
	with_files
	prints 'cat /etc/hosts' <<-'END'
		hosts-file: { copy-from-host: false }
	END
	out "127.0.0.1 localhost.localdomain localhost
$ADDRESS $(hostname)"
}

@test "lithos etc: a copy and all else" {
	with_files 'additional-hosts: {b: 2.2.2.2}'
	prints 'cat /etc/hosts' <<-'END'
		hosts-file: { localhost: true }
	END
	out "10.1.1.1 copied

127.0.0.1 localhost.localdomain localhost
2.2.2.2 b"
}

@test "lithos etc: never, when that is said" {
	with_files
	prints "$both" <<-'END'
		hosts-file: { mount: false }
		resolv-conf: { mount: false }
	END
	out --
}

@test "lithos etc: without a copy resolv.conf is the image's" {
	with_files
	echo 'nameserver 10.0.0.1' >"$I/etc/resolv.conf"
	prints 'cat /etc/resolv.conf' <<-'END'
		resolv-conf: { copy-from-host: false }
	END
	out 'nameserver 10.0.0.1'
}

@test "lithos etc: not over a link, and an error where it is asked for" {
	with_files
	rm "$I/etc/hosts"
	ln -s /tmp/hosts "$I/etc/hosts"
	prints 'grep -c /etc/hosts /proc/self/mountinfo; true' <<<''
	out 0
	rm -rf "$LB"
	script true <<-'END'
		hosts-file: { mount: true }
	END
	refuses "/etc/hosts is not a valid mount point"
	rm "$I/etc/resolv.conf"
	script true <<-'END'
		resolv-conf: { mount: true }
	END
	refuses "/etc/resolv.conf is not a valid mount point"
}

@test "lithos etc: a file that is to be copied and is not there" {
	with_files
	sed -i "s|^hosts-file.*|hosts-file: $W/none|" "$L/sandboxes/$S.yaml"
	script true <<<''
	refuses "$W/none"
}

@test "lithos etc: a host file that is no file is an error and keeps nobody waiting" {
	local kind

	mkfifo "$W/fifo"
	for kind in "$W/fifo" /dev/zero "$W"; do
		with_files
		sed -i "s|^resolv-conf.*|resolv-conf: $kind|" "$L/sandboxes/$S.yaml"
		script true <<<''
		fails 1 timeout 10 "$LITHOS/lithos_bundle" --config "$M" --launch --output "$LB" "$N"
		err "$kind"
	done
}
