#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

# Every command; help and completion must know each.
commands=(create start state kill delete run exec list ps pause resume spec features)

both() {
	cat "$W/out" "$W/err"
}

said() {
	both | grep -qF -- "$1" || show "expected somewhere: $1"
}

@test "cli: --version and -v print version, commit and spec, nothing on stderr (row 1)" {
	for flag in --version -v; do
		ok "$CIST" "$flag"
		is "$stderr" ""
		[[ $(head -1 "$W/out") =~ ^[a-z]+\ version\ [0-9] ]] || show "first line"
		line '^commit: '
		line '^spec: [0-9]+\.[0-9]+\.[0-9]+'
		is "$(grep -c version "$W/out")" 1 "lines with the word version"
	done
}

@test "cli: --help, -h and no command at all print usage on stdout (row 2)" {
	for call in --help -h ""; do
		# shellcheck disable=SC2086
		ok "$CIST" $call
		[[ -n $output ]] || show "expected usage"
		is "$stderr" ""
		line create
	done
}

@test "cli: help of each command on stdout, exit 0, even without an id" {
	for c in "${commands[@]}"; do
		ok P "$c" --help
		[[ $output == *"$c"* ]] || show "expected usage of $c"
		is "$stderr" ""
		ok P "$c" -h
	done
}

@test "cli: unknown command (row 3)" {
	fails 3 P frobnicate
	err "No help topic for 'frobnicate'"
}

@test "cli: unknown flags, global and of a command (row 4)" {
	fails 1 P --frob list
	said "flag provided but not defined: -frob"
	fails 1 P state --frob x
	said "flag provided but not defined: -frob"
}

@test "cli: --log-format xml (row 5)" {
	fails 1 P --log-format xml list
	err "invalid log-format: xml"
}

@test "cli: --log below a missing directory (row 6)" {
	fails 1 P --log "$R/none/x" list
	err "no such file or directory"
}

@test "cli: wrong number of arguments (row 7)" {
	for call in "state" "state a b" "kill c 9 9" "delete a b" "create -b $B" "start" "pause" \
		"resume a b" "ps" "run -b $B"; do
		# shellcheck disable=SC2086
		fails 1 P $call
		said "requires"
	done
}

@test "cli: forms of flags: one dash, after the id, with =true (row 8)" {
	quiet P delete -force nope
	quiet P delete nope --force
	quiet P delete --force=true nope
	quiet P delete nope -f
	fails 1 P delete --force=false nope
	err "does not exist"
}

@test "cli: --f V, --f=V, -f V and -f=V are equal; the last of a scalar counts" {
	for form in "--format json" "--format=json" "-f json" "-f=json" "-format json" \
		"-f table -f json"; do
		# shellcheck disable=SC2086
		ok P list $form
		[[ $output == null || $output == "[]" ]] || show "expected an empty JSON list for $form"
	done
}

@test "cli: a flag without its value says so" {
	fails 1 P create --bundle
	[[ $(both) == *"flag needs an argument"* || $(both) == *"requires an argument"* ]] ||
		show "expected: flag needs an argument"
}

@test "cli: --rootless=true and a bad value (row 11)" {
	ok P --rootless=true list
	for value in true false auto; do
		ok P --rootless "$value" list
	done
	fails 1 P --rootless=maybe create -b "$B" "$C"
	nothing_left
}

@test "cli: --preserve-fds x is an invalid value (row 12)" {
	fails 1 P create --preserve-fds x -b "$B" "$C"
	said "invalid value"
}

@test "cli: globals of other runtimes are accepted: --cgroup-manager, --log-level, --debug, --criu" {
	ok P --cgroup-manager cgroupfs list
	ok P --cgroup-manager=cgroupfs list
	ok P --log-level error list
	ok P --debug list
	ok P --criu /usr/sbin/criu list
}

@test "cli: --log FILE --log-format json: one JSON line in the file, bare text on stderr (row 98)" {
	args /nope
	fails 1 P --log "$W/log" --log-format json create -b "$B" "$C"
	is "$(wc -l <"$W/log")" 1 "lines in the log"
	jq -e '.level == "error" and (.msg | contains("/nope"))
		and (.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?(Z|[+-][0-9:]{5})$"))' \
		"$W/log"
	is "$(jq -r .msg "$W/log")" "$stderr" "stderr is the message"
	[[ $stderr != *level=* ]] || show "expected bare text"
	is "$(stat -c %a "$W/log")" 644 "mode of the log"
}

@test "cli: --log-format json alone: the JSON object on stderr (row 99)" {
	args /nope
	fails 1 P --log-format json create -b "$B" "$C"
	jq -e '.level == "error" and (.msg | contains("/nope")) and has("time")' <<<"$stderr"
}

@test "cli: --log /dev/stderr on a pipe: bare text and the JSON line (row 100)" {
	args /nope
	"$CIST" --root "$R" --log /dev/stderr --log-format json create -b "$B" "$C" 2>&1 >/dev/null 3>&- |
		cat >"$W/err" || true
	grep -q '^{.*"level":"error"' "$W/err"
	grep -v '^{' "$W/err" | grep -q /nope
}

@test "cli: --log FILE in text format is one logfmt line" {
	args /nope
	fails 1 P --log "$W/log" create -b "$B" "$C"
	grep -qE '^time="[^"]+" level=error msg=".*nope' "$W/log"
	[[ $stderr != *level=* ]] || show "expected bare text"
}

@test "cli: without --log, errors are logfmt on stderr" {
	fails 1 P state nope
	[[ $stderr =~ ^time=\"[^\"]+\"\ level=error\ msg= ]] || show "expected logfmt"
}

@test "cli: the log file is appended to" {
	echo before >"$W/log"
	fails 1 P --log "$W/log" --log-format json state nope
	is "$(head -1 "$W/log")" before
	is "$(wc -l <"$W/log")" 2
}

@test "cli: quotes, newlines and control characters in a message stay valid JSON" {
	args $'/a"b\\c\nd\te\x01'
	fails 1 P --log "$W/log" --log-format json create -b "$B" "$C"
	is "$(wc -l <"$W/log")" 1 "lines in the log"
	jq -e '.msg | contains("a")' "$W/log"
}

@test "cli: --debug writes debug lines to the log, and the error is still the last" {
	fails 1 P --debug --log "$W/log" --log-format json state nope
	is "$(tail -1 "$W/log" | jq -r .level)" error
}

@test "cli: works without PATH and HOME, with an empty XDG_RUNTIME_DIR" {
	quiet env -i XDG_RUNTIME_DIR= "$CIST" --root "$R" delete --force nope
	quiet env -i "$CIST" --root "$R" create -b "$B" "$C"
	quiet env -i XDG_RUNTIME_DIR= "$CIST" --root "$R" delete --force "$C"
}

@test "cli: delete --force with nothing but XDG_RUNTIME_DIR= uses the default root (row 118)" {
	quiet env -i XDG_RUNTIME_DIR= "$CIST" create -b "$B" "$C"
	ok env -i XDG_RUNTIME_DIR= "$CIST" list -q
	line "^$C\$"
	quiet env -i XDG_RUNTIME_DIR= "$CIST" delete --force "$C"
	ok env -i XDG_RUNTIME_DIR= "$CIST" list -q
	no_line "^$C\$"
}

@test "cli: container ids (row 20, row 21)" {
	for id in 'a/b' 'a b' '..' '.' 'a*' $'a\nb' 'ä' '../x' '/abs'; do
		fails 1 P create -b "$B" "$id"
		err "invalid container ID format"
	done
	fails 1 P create -b "$B" ''
	err "container id cannot be empty"
	nothing_left
}

@test "cli: allowed characters and a long id" {
	for id in "A-z_0+9.$C" "$(printf '%0200d' 7)$C"; do
		quiet P create -b "$B" "$id"
		is "$(status_of "$id")" created
		quiet P delete "$id"
	done
}

@test "cli: an id of 1024 characters is an error, not a crash" {
	fails 1 P create -b "$B" "$(printf '%01024d' 7)"
	[[ -n $stderr ]] || show "expected a reason"
	nothing_left
}

@test "cli: completion for bash, zsh and fish names every command" {
	for shell in bash zsh fish; do
		ok P completion "$shell"
		for c in "${commands[@]}"; do
			line "$c"
		done
	done
	P completion bash >"$W/completion"
	bash -n "$W/completion"
	fails 1 P completion tcsh
}
