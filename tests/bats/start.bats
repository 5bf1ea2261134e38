#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

@test "start: twice (row 47)" {
	created
	quiet P start "$C"
	is "$(status_of "$C")" running
	fails 1 P start "$C"
	err "cannot start an already running container"
}

@test "start: unknown and stopped containers (row 16, row 85)" {
	fails 1 P start nope
	err "container does not exist"
	created
	quiet P kill "$C" 9
	wait_status "$C" stopped
	fails 1 P start "$C"
	err "stopped"
}

@test "start: one that was killed and left its gate: the container runs all the same" {
	created
	cp -a "$R/$C/gate" "$W/gate"
	quiet P start "$C"
	cp -a "$W/gate" "$R/$C/gate"
	is "$(status_of "$C")" running
	fails 1 P start "$C"
	err "cannot start an already running container"
	fails 1 P delete "$C"
}

@test "start: returns after the program has been executed" {
	args sleep 1000
	created
	pid=$(pid_of "$C")
	quiet P start "$C"
	is "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "sleep 1000 "
}

@test "start: leaves nobody who holds its standard output" {
	created
	# the pipe ends when the last holder is gone; the container's program has /dev/null
	is "$(timeout 20 "$CIST" --root "$R" start "$C" 3>&- | cat; echo end)" end
}

@test "start: several at once: the program runs once" {
	local pids=()

	sh_args 'echo x >>/runs; sleep 1000'
	created
	for i in 1 2 3 4 5; do
		P start "$C" >/dev/null 2>&1 3>&- &
		pids+=($!)
	done
	wait_for "${pids[@]}"
	wait_file "$B/rootfs/runs"
	is "$(wc -l <"$B/rootfs/runs")" 1
}
