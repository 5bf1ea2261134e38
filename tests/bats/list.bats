#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

@test "list: empty (row 13)" {
	ok P list
	is "$(wc -l <"$W/out")" 1 "lines"
	line '^ID +PID +STATUS +BUNDLE +CREATED +OWNER'
	ok P list -q
	out ""
	ok P list -f json
	[[ $output == null || $output == "[]" ]] || show "expected an empty list"
}

@test "list: an explicit root that is missing is an error (row 14)" {
	fails 1 P --root "$W/none" list
	err "no such file"
}

@test "list: skips what is not a container (row 15)" {
	touch "$R/file"
	mkdir "$R/empty" "$R/.dot"
	created
	ok P list -q
	out "$C"
	quiet P delete "$C"
	rm -r "$R"/file "$R"/empty "$R"/.dot
}

@test "list: survives --root /" {
	ok "$CIST" --root / list -q
	out ""
}

@test "list: one created container: quiet, json, bad format (row 43)" {
	created
	ok P list -q
	out "$C"
	ok P list -f json
	is "$(wc -l <"$W/out")" 1 "lines"
	jq -e --arg id "$C" --arg b "$B" 'length == 1 and .[0].id == $id and .[0].bundle == $b
		and .[0].status == "created" and .[0].pid > 0 and .[0].owner == "root"
		and (.[0] | has("ociVersion") and has("rootfs") and has("created"))' <<<"$output"
	fails 1 P list -f xml
	err "invalid format option"
}

@test "list: the table has a line per container, sorted by id" {
	quiet P create -b "$B" "$C-b"
	quiet P create -b "$B" "$C-a"
	ok P list
	is "$(sed -n 2p "$W/out" | cut -d' ' -f1)" "$C-a"
	is "$(sed -n 3p "$W/out" | cut -d' ' -f1)" "$C-b"
	line "^$C-a +[0-9]+ +created +$B +[0-9T:.Z-]+ +root"
	ok P list -q
	out "$C-a"$'\n'"$C-b"
}

@test "list: a container whose process died is stopped, with pid 0" {
	running
	kill -KILL "$(pid_of "$C")"
	wait_status "$C" stopped
	ok P list -f json
	jq -e '.[0].status == "stopped" and .[0].pid == 0' <<<"$output"
}
