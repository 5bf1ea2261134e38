#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# box's command: kills, waits, removes.

load helpers

@test "destroy: unknown container; --force does not mind" {
	fails 1 P destroy nope
	err "container does not exist"
	quiet P destroy --force nope
}

@test "destroy: running, created, paused, stopped" {
	local how pid

	for how in running created paused stopped; do
		if [[ $how == created ]]; then created; else running; fi
		pid=$(pid_of "$C")
		[[ $how != paused ]] || quiet P pause "$C"
		if [[ $how == stopped ]]; then
			quiet P kill "$C" KILL
			wait_status "$C" stopped
		fi
		quiet P destroy "$C"
		gone "$pid" || die "$how: alive"
		nothing_left
	done
}

@test "destroy: poststop hooks run" {
	cfg --arg w "$W" '.hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", "touch \($w)/stopped"]}]'
	running
	quiet P destroy --timeout 5 "$C"
	[[ -e $W/stopped ]] || die "no poststop hook"
}

@test "destroy: a timeout that is none" {
	local word

	running
	for word in 0 -1 x 1x '' 99999999999; do
		fails 1 P destroy --timeout "$word" "$C"
		err "--timeout"
	done
	is "$(status_of "$C")" running
}

@test "destroy: a damaged record needs --force" {
	cfg --arg p "/p$MARK/$C" '.linux.cgroupsPath = $p'
	running
	echo nonsense >"$R/$C/state.json"
	fails 1 P destroy "$C"
	err "damaged"
	quiet P destroy --force "$C"
	nothing_left
}
