#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

# Starts a program that counts, so that standing still can be seen.
counter() {
	sh_args 'i=0; while :; do i=$((i+1)); echo $i >/count; sleep 0.02; done'
	running
	wait_file "$B/rootfs/count"
}

@test "pause, resume: unknown container (row 16)" {
	fails 1 P pause nope
	err "container does not exist"
	fails 1 P resume nope
	err "container does not exist"
}

@test "pause: created, and back (row 45)" {
	created
	quiet P pause "$C"
	is "$(status_of "$C")" paused
	quiet P resume "$C"
	is "$(status_of "$C")" created
	quiet P start "$C"
}

@test "pause: running; twice (row 73)" {
	running
	quiet P pause "$C"
	is "$(status_of "$C")" paused
	fails 1 P pause "$C"
	err "container not running"
}

@test "resume: twice (row 78)" {
	running
	quiet P pause "$C"
	quiet P resume "$C"
	is "$(status_of "$C")" running
	fails 1 P resume "$C"
	err "container not paused"
}

@test "pause: a stopped container (row 86); resume (row 87)" {
	running
	quiet P kill "$C" 9
	wait_status "$C" stopped
	fails 1 P pause "$C"
	err "container not running"
	fails 1 P resume "$C"
	err "not paused"
}

@test "pause: returns only when everything stands still; resume goes on" {
	counter
	quiet P pause "$C"
	before=$(cat "$B/rootfs/count")
	sleep 0.3
	is "$(cat "$B/rootfs/count")" "$before"
	quiet P resume "$C"
	counted_on() {
		[[ $(cat "$B/rootfs/count") != "$before" ]]
	}
	until_true counted_on
}

@test "exec: into a paused container (row 74); --ignore-paused waits for resume" {
	running
	quiet P pause "$C"
	fails 255 P exec "$C" true
	err paused
	P exec --ignore-paused "$C" echo through >"$W/exec" 2>&1 </dev/null 3>&- &
	BG=$!
	sleep 0.3
	[[ ! -s $W/exec ]] || die "ran while paused: $(cat "$W/exec")"
	quiet P resume "$C"
	wait "$BG"
	is "$(cat "$W/exec")" through
}
