#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# crun's `mounts add` and `mounts remove`: a JSON list of mounts, into and out of a container that runs.

load helpers

begin() {
	mkdir "$W/src"
	echo data >"$W/src/file"
	F=$W/mounts.json
	list "[{\"destination\": \"/new/dir\", \"type\": \"bind\", \"source\": \"$W/src\", \"options\": [\"rbind\", \"ro\"]},
		{\"destination\": \"/new/tmp\", \"type\": \"tmpfs\", \"source\": \"tmpfs\", \"options\": [\"size=64k\", \"mode=1770\"]}]"
}

list() {
	printf '%s' "$1" >"$F"
}

# The lines of mountinfo of the container's init below /new.
seen() {
	awk '$5 ~ /^\/new/ { print $5 }' "/proc/$(pid_of "$C")/mountinfo" | sort | tr '\n' ' '
}

add() {
	quiet P mounts add "$C" "$F"
}

@test "mounts add: a bind mount and a tmpfs, and remove takes both" {
	running
	add
	is "$(seen)" "/new/dir /new/tmp "
	ok P exec "$C" sh -c 'cat /new/dir/file; touch /new/dir/x; touch /new/tmp/x; stat -c %a /new/tmp; grep " /new/tmp " /proc/self/mountinfo'
	line '^data$'
	line '^1770$'
	line 'size=64k'
	[[ $stderr == *Read-only* && ! -e $W/src/x ]]
	quiet P mounts remove "$C" "$F"
	is "$(seen)" ""
	ok P exec "$C" ls -A /new/dir
	out ""
	is "$(our_mounts)" "" "mounts on the host"
}

@test "mounts add: created and paused containers, not stopped ones" {
	created
	add
	quiet P start "$C"
	is "$(seen)" "/new/dir /new/tmp "
	quiet P pause "$C"
	quiet P mounts remove "$C" "$F"
	is "$(seen)" ""
	quiet P resume "$C"
	quiet P kill "$C" KILL
	wait_status "$C" stopped
	fails 1 P mounts add "$C" "$F"
	err "container not running"
	fails 1 P mounts add "none$C" "$F"
	err "does not exist"
}

@test "mounts add: in a user namespace, with the ids of the container" {
	with_userns
	list "[{\"destination\": \"/new/dir\", \"type\": \"bind\", \"source\": \"$W/src\", \"options\": [\"bind\", \"idmap\"]},
		{\"destination\": \"/new/tmp\", \"type\": \"tmpfs\"}]"
	running
	try P mounts add "$C" "$F"
	[[ $status -eq 0 || $stderr != *"cannot be mapped"* ]] || skip "ids of $W cannot be mapped by this kernel"
	[[ $status -eq 0 ]] || show "expected success"
	ok P exec "$C" stat -c '%u %g' /new/dir/file /new/tmp
	out $'0 0\n0 0'
	quiet P mounts remove "$C" "$F"
	is "$(seen)" ""
}

@test "mounts add: all or none" {
	list "[{\"destination\": \"/new/dir\", \"type\": \"bind\", \"source\": \"$W/src\"},
		{\"destination\": \"/new/tmp\", \"type\": \"tmpfs\"},
		{\"destination\": \"/new/tmp\", \"type\": \"tmpfs\", \"options\": [\"frobnicate=1\"]}]"
	running
	fails 1 P mounts add "$C" "$F"
	err "[2]: /new/tmp" frobnicate
	is "$(seen)" ""
	list "[{\"destination\": \"/new/dir\", \"type\": \"bind\", \"source\": \"$W/src\"},
		{\"destination\": \"/new/none\", \"type\": \"bind\", \"source\": \"$W/none\"}]"
	fails 1 P mounts add "$C" "$F"
	err "[1]: /new/none" "no such file or directory"
	is "$(seen)" ""
}

@test "mounts remove: all or none, last first" {
	running
	list '[{"destination": "/new", "type": "tmpfs"}, {"destination": "/new/sub", "type": "tmpfs"}, {"destination": "/new/sub", "type": "tmpfs"}]'
	add
	is "$(seen)" "/new /new/sub /new/sub "
	cp "$F" "$W/good.json"
	list '[{"destination": "/etc", "type": "tmpfs"}, {"destination": "/new"}]'
	fails 1 P mounts remove "$C" "$F"
	err "[0]: /etc" "nothing is mounted there"
	is "$(seen)" "/new /new/sub /new/sub "
	quiet P mounts remove "$C" "$W/good.json"
	is "$(seen)" ""
}

@test "mounts remove: what keeps the container where it is stays" {
	mkdir "$B/rootfs/hidden"
	touch "$B/rootfs/secret"
	cfg '.linux.maskedPaths += ["/hidden", "/secret"] | .linux.readonlyPaths += ["/etc"]'
	running
	cp "/proc/$(pid_of "$C")/mountinfo" "$W/before"
	for place in / /. /proc /proc/kcore /proc/sys /proc/self/../kcore /hidden /secret /etc /../etc; do
		list "[{\"destination\": \"$place\"}]"
		fails 1 P mounts remove "$C" "$F"
	done
	ln -s secret "$B/rootfs/link"
	ln -s . "$B/rootfs/dot"
	for place in /link /dot/hidden; do
		list "[{\"destination\": \"$place\"}]"
		fails 1 P mounts remove "$C" "$F"
		err symlink
	done
	cmp "$W/before" "/proc/$(pid_of "$C")/mountinfo"
}

@test "mounts add: documents that make no sense" {
	running
	while IFS= read -r doc; do
		list "$doc"
		fails 1 P mounts add "$C" "$F"
	done <<-'END'
		{}
		{"mounts": []}
		[{"type": "tmpfs"}]
		[{"destination": "/"}]
		[{"destination": "/x", "type": "nosuchfs"}]
		[{"destination": "/x", "type": "cgroup"}]
		[{"destination": "/x", "options": ["remount", "ro"]}]
		[{"destination": "/proc/self", "type": "tmpfs"}]
		[{"destination": "/x", "type": "bind", "source": "/etc", "options": ["size=1"]}]
		[1]
		nonsense
	END
	fails 1 P mounts frob "$C" "$F"
	err "neither add nor remove"
	fails 1 P mounts add "$C" "$W/none"
	err "no such file or directory"
	list '[]'
	add
	STDIN=$F ok P mounts add "$C" -
}

@test "mounts add: a container without a mount namespace is refused" {
	cfg '.linux.namespaces |= map(select(.type != "mount")) | .mounts = [] | .linux.maskedPaths = [] | .linux.readonlyPaths = []
		| .root.readonly = false'
	running
	fails 1 P mounts add "$C" "$F"
	err "mount namespace"
}

@test "mounts add: proc and sysfs are the container's" {
	list '[{"destination": "/new/proc", "type": "proc"}, {"destination": "/new/sys", "type": "sysfs", "options": ["ro"]}]'
	running
	add
	ok P exec "$C" sh -c 'cat /new/proc/1/cmdline | tr "\0" " "; ls /new/sys/class/net'
	out $'sleep 1000 lo'
}

@test "mounts add: tmpcopyup, and read-only after it" {
	mkdir "$B/rootfs/new"
	echo image >"$B/rootfs/new/f"
	list '[{"destination": "/new", "type": "tmpfs", "options": ["tmpcopyup", "ro"]}]'
	running
	add
	ok P exec "$C" sh -c 'cat /new/f; touch /new/x || echo denied'
	out $'image\ndenied'
}
