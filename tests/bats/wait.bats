#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

# The kernel tells others than the parent: Linux 6.15.
kernel_tells() {
	local major minor

	IFS=. read -r major minor _ < <(uname -r)
	[[ $major -gt 6 || ($major -eq 6 && ${minor%%[!0-9]*} -ge 15) ]]
}

# Starts `wait` in the background, and goes on when that has what it waits with: the exit record, which it opens last, or
# where there is none the init's pidfd.  What it says is in $W/waited.
waiting() {
	"$CIST" --root "$R" wait "$C" >"$W/waited" 2>"$W/waited.err" </dev/null 3>&- &
	WAITER=$!
	also_kill "$WAITER"
	until_true has_begun || die "wait did not begin: $(cat "$W/waited.err")"
}

has_begun() {
	local wanted=pidfd

	[[ ! -e $R/$C/exit ]] || wanted=$R/$C/exit
	readlink "/proc/$WAITER"/fd/* 2>/dev/null | grep -q -- "$wanted"
}

waited() {
	local rc=0

	wait "$WAITER" || rc=$?
	is "$rc" "$1" "exit status of wait ($(cat "$W/waited.err"))"
	is "$(cat "$W/waited")" "$1" "output of wait"
}

@test "wait: unknown container" {
	fails 255 P wait nope
	err "container does not exist"
	out ""
}

@test "wait: with the init, until the end and after it" {
	sh_args 'until [ -e /go ]; do sleep 0.05; done; exit 42'
	running --init "$C"
	waiting
	alive "$WAITER" || die "did not wait: $(cat "$W/waited" "$W/waited.err")"
	touch "$B/rootfs/go"
	waited 42
	wait_status "$C" stopped
	fails 42 P wait "$C"
	out 42
	fails 42 P wait "$C"
}

@test "wait: a status of 0" {
	args true
	running --init "$C"
	wait_status "$C" stopped
	ok P wait "$C"
	out 0
}

@test "wait: a signal, also one that nobody can catch" {
	sh_args 'exec sleep 1000'
	running --init "$C"
	waiting
	quiet P kill "$C" TERM
	waited 143
	quiet P delete "$C"
	running --init "$C"
	waiting
	quiet P kill "$C" KILL
	waited 137
	fails 137 P wait "$C"
}

@test "wait: begins in created, and the container is deleted under it" {
	sh_args 'exit 3'
	created --init "$C"
	waiting
	quiet P start "$C"
	until_true gone "$(pid_of "$C")"
	P delete --force "$C"
	waited 3
}

@test "wait: delete --force of a running one is a kill" {
	running --init "$C"
	waiting
	P delete --force "$C"
	waited 137
}

@test "wait: an init that was killed behind the runtime's back" {
	running --init "$C"
	kill -KILL "$(pid_of "$C")"
	wait_status "$C" stopped
	# its parent may not have asked yet; else nobody knows
	try P wait "$C"
	[[ $status -eq 137 || $status -eq 255 ]] || show "expected 137, or an error"
	[[ $status -eq 137 ]] || err "was killed before it could record it"
}

@test "wait: without the init the kernel tells, or a sentence why not" {
	sh_args 'until [ -e /go ]; do sleep 0.05; done; exit 9'
	running
	waiting
	touch "$B/rootfs/go"
	rc=0
	wait "$WAITER" || rc=$?
	if kernel_tells; then
		is "$rc" 9 "$(cat "$W/waited.err")"
	elif [[ $rc -ne 9 ]]; then
		is "$rc" 255
		grep -q "exit status of $C is not known" "$W/waited.err" || die "$(cat "$W/waited.err")"
	fi
}

# A parent of the container that takes its status at once.
@test "wait: without the init, ended before and taken by its parent" {
	sh_args 'exit 9'
	fails 9 P run --keep -b "$B" "$C"
	wait_status "$C" stopped
	fails 255 P wait "$C"
	err "not known" "--init"
}

@test "wait: a damaged record is an error" {
	sh_args 'exit 3'
	running --init "$C"
	wait_status "$C" stopped
	echo nonsense >"$R/$C/exit"
	fails 255 P wait "$C"
	err "exit record is damaged"
	rm "$R/$C/exit"
	mkfifo "$R/$C/exit"
	fails 255 P wait "$C"
	err "not a regular file"
}
