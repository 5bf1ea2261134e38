#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

@test "state: created shows status, pid, absolute bundle and rootfs, nothing on stderr (row 41)" {
	created
	ok P state "$C"
	is "$stderr" ""
	is "$(jq -r .status <<<"$output")" created
	is "$(jq -r .id <<<"$output")" "$C"
	is "$(jq -r .bundle <<<"$output")" "$B"
	is "$(jq -r .rootfs <<<"$output")" "$B/rootfs"
	alive "$(jq -r .pid <<<"$output")"
}

@test "state: members have the types that decoders want (3.1)" {
	cfg '.annotations = {"org.example.key": "value"}'
	created
	ok P state "$C"
	jq -e '(.ociVersion | type == "string") and (.pid | type == "number")
		and (.created | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?Z$"))
		and (.owner == "") and .annotations == {"org.example.key": "value"}' <<<"$output"
}

@test "state: annotations are absent when there are none (3.1)" {
	created
	ok P state "$C"
	jq -e 'has("annotations") | not' <<<"$output"
}

@test "state: relative bundle and rootfs are shown absolute" {
	cfg '.root.path = "rootfs"'
	cd "$W"
	quiet P create -b b "$C"
	ok P state "$C"
	is "$(jq -r .bundle <<<"$output")" "$B"
	is "$(jq -r .rootfs <<<"$output")" "$B/rootfs"
}

@test "state: running, then stopped with pid 0" {
	sh_args 'read x < /gate'
	mkfifo "$B/rootfs/gate"
	running
	is "$(status_of "$C")" running
	echo go >"$B/rootfs/gate"
	wait_status "$C" stopped
	is "$(pid_of "$C")" 0
}

@test "state: unknown container (row 16)" {
	fails 1 P state nope
	err "container does not exist"
}

@test "state: wants exactly one argument (row 7)" {
	fails 1 P state
	grep -q requires "$W/out" "$W/err"
	fails 1 P state a b
	grep -q requires "$W/out" "$W/err"
}

@test "state: a reused pid or another start time counts as stopped" {
	running
	kill -KILL "$(pid_of "$C")"
	wait_status "$C" stopped
}
