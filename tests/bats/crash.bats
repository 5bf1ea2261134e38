#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# SIGKILL of the runtime, or of its client, at any instant; then delete --force: nothing is left.

load helpers

# How long a command takes here, in microseconds: the instants are spread over twice that.
duration_of() {
	local begun

	begun=$(date +%s%N)
	"$@" >/dev/null 2>&1 </dev/null 3>&-
	echo $((($(date +%s%N) - begun) / 1000))
}

# What is left after delete --force must be nothing, and the id free again.
clean_again() {
	# what was killed a moment ago may still be on its way out
	until_true no_runtime_left
	quiet P delete --force "$C"
	LIMIT=3 until_true no_leftovers || die "left after a kill at $1 us:" "$(leftovers)"
}

no_runtime_left() {
	! grep -qs -- "$R" /proc/[0-9]*/cmdline
}

# at_any_instant COUNT COMMAND...: calls COMMAND with an instant in microseconds
at_any_instant() {
	local count=$1 i

	shift
	for ((i = 1; i <= count; i++)); do
		"$@" $((took * 2 * i / count))
	done
}

@test "crash: the client dies during create, the runtime with it (row 117)" {
	took=$(duration_of P create -b "$B" "$C")
	P delete --force "$C"
	one() {
		"$TOOLS/client" -k "$1" "$CIST" --root "$R" create -b "$B" "$C" >/dev/null 2>&1 </dev/null 3>&-
		clean_again "$1"
	}
	at_any_instant 25 one
	created
	quiet P start "$C"
}

@test "crash: SIGKILL during run" {
	args true
	took=$(duration_of P run -b "$B" "$C")
	one() {
		timeout -s KILL "$(printf '0.%06d' "$1")" "$CIST" --root "$R" run -b "$B" "$C" \
			>/dev/null 2>&1 </dev/null 3>&- || true
		clean_again "$1"
	}
	at_any_instant 15 one
	run_it
}

@test "crash: SIGKILL during start" {
	created
	took=$(duration_of P start "$C")
	P delete --force "$C"
	one() {
		created
		"$TOOLS/client" -k "$1" "$CIST" --root "$R" start "$C" >/dev/null 2>&1 </dev/null 3>&-
		until_true no_runtime_left
		[[ $(status_of "$C") =~ ^(created|running|stopped)$ ]] || die "status $(status_of "$C")"
		clean_again "$1"
	}
	at_any_instant 10 one
}

@test "crash: SIGKILL during delete" {
	created
	took=$(duration_of P delete "$C")
	one() {
		created
		"$TOOLS/client" -k "$1" "$CIST" --root "$R" delete --force "$C" >/dev/null 2>&1 </dev/null 3>&-
		clean_again "$1"
	}
	at_any_instant 10 one
	created
}

@test "crash: SIGKILL during exec leaves the container alone" {
	running
	took=$(duration_of P exec "$C" true)
	one() {
		"$TOOLS/client" -k "$1" "$CIST" --root "$R" exec "$C" true >/dev/null 2>&1 </dev/null 3>&-
		is "$(status_of "$C")" running
	}
	at_any_instant 10 one
	until_true no_runtime_left
	only_init() {
		[[ $(P ps -f json "$C" | jq length) -eq 1 ]]
	}
	until_true only_init
}

@test "crash: with a user namespace and hooks" {
	with_userns
	cfg '.hooks.prestart = [{path: "/bin/sleep", args: ["sleep", "0.05"]}]'
	took=$(duration_of P create -b "$B" "$C")
	P delete --force "$C"
	one() {
		"$TOOLS/client" -k "$1" "$CIST" --root "$R" create -b "$B" "$C" >/dev/null 2>&1 </dev/null 3>&-
		clean_again "$1"
	}
	at_any_instant 10 one
}

@test "crash: state, list and kill while others create and delete" {
	local pids=()

	for i in 1 2 3; do
		(
			for j in 1 2 3 4 5; do
				P create -b "$B" "$C-$i"
				P delete --force "$C-$i"
			done
		) >/dev/null 2>>"$W/changes" </dev/null 3>&- &
		pids+=($!)
	done
	for j in {1..15}; do
		ok P list -f json
		jq . "$W/out" >/dev/null
		try P state "$C-1"
		[[ $status -eq 0 || $stderr == *"does not exist"* ]] || show "expected a state or none"
		try P kill "$C-2" 0
		[[ $status -le 1 ]] || show "expected 0 or 1"
	done
	wait_for "${pids[@]}"
	is "$(cat "$W/changes")" ""
}
