#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

@test "ps: json is one line of host pids (row 48)" {
	running
	ok P ps --format json "$C"
	out "[$(pid_of "$C")]"
	is "$(wc -l <"$W/out")" 1 "lines"
	is "$stderr" ""
}

@test "ps: table, with arguments for ps(1), without a PID column (row 49)" {
	running
	pid=$(pid_of "$C")
	ok P ps "$C"
	line "PID"
	line "^ *[^ ]+ +$pid "
	is "$(wc -l <"$W/out")" 2 "lines"
	ok P ps "$C" -o pid,comm
	line '^ *PID COMMAND'
	line "^ *$pid sleep"
	fails 1 P ps "$C" -o comm
	err "couldn't find PID field"
}

@test "ps: processes of sub-cgroups and of exec are counted" {
	running
	quiet P exec -d --pid-file "$W/pid" "$C" sleep 77
	ok P ps -f json "$C"
	is "$(jq -c sort "$W/out")" "$(jq -nc "[$(pid_of "$C"), $(cat "$W/pid")] | sort")"
}

@test "ps: stopped container (row 88)" {
	running
	quiet P kill "$C" 9
	wait_status "$C" stopped
	ok P ps -f json "$C"
	[[ $output == null || $output == "[]" ]] || show "expected none"
}

@test "ps: unknown container and unknown format (row 16)" {
	fails 1 P ps nope
	err "container does not exist"
	running
	fails 1 P ps -f xml "$C"
	err "invalid format option"
}
