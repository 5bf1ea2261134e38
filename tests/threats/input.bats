#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# Bad input: each wrong configuration (input.table), file and command line gets a sentence that names the place, a
# status that is not 0, in bounded time, and nothing is made.

load ../bats/helpers

# One wrong call of create: prints what is wrong about how it was taken.
complaint() {
	local want=$1 dir

	if [[ $status -eq 124 ]]; then
		echo "no answer in time"
	elif [[ $status -ne 1 ]]; then
		echo "exit status $status"
	elif [[ $(wc -l <"$W/err") -ne 1 ]]; then
		echo "$(wc -l <"$W/err") lines: $stderr"
	elif [[ $(reason) != *"${want,,}"* ]]; then
		echo "expected '$want' in: $stderr"
	elif [[ -n $(ls -A "$R" 2>/dev/null) ]]; then
		echo "left below --root: $(ls -A "$R")"
	else
		for dir in /sys/fs/cgroup/*/"$C" /sys/fs/cgroup/"$C"; do
			[[ ! -d $dir ]] || echo "left $dir"
		done
	fi
}

# wrong WANT: the bundle's configuration is refused with these words
wrong() {
	local bad

	try timeout -k 1 8 "$CIST" --root "$R" create -b "$B" "$C"
	bad=$(complaint "$1")
	[[ -z $bad ]] || {
		P delete --force "$C"
		echo "${2:-$1}: $bad" >&2
		return 1
	}
}

# The rows of the table from number $1 on, every third
rows() {
	local edit want n=0 bad=0

	cp "$B/config.json" "$W/good.json"
	while IFS=$'\t' read -r edit want; do
		n=$((n + 1))
		[[ $((n % 3)) -eq $1 ]] || continue
		want=${want##*$'\t'}
		[[ $want != '""' ]] || want=
		jq "$edit" "$W/good.json" >"$B/config.json" || die "jq: $edit"
		wrong "$want" "$edit" || bad=$((bad + 1))
	done < <(grep -v '^#' "$BATS_TEST_DIRNAME/input.table")
	[[ $n -gt 50 ]] || die "only $n rows"
	is "$bad" 0 "rows that were taken in the wrong way"
	nothing_left
}

@test "input: wrong configurations, first third" {
	rows 0
}

@test "input: wrong configurations, second third" {
	rows 1
}

@test "input: wrong configurations, last third" {
	rows 2
}

# Numbers that jq would round, and JSON that it would not write.
@test "input: numbers beyond their width, by a digit or by many" {
	local member number bad=0

	for member in process.user.uid process.oomScoreAdj linux.resources.pids.limit linux.resources.memory.limit; do
		for number in 2147483648 4294967296 9223372036854775808 18446744073709551616 -9223372036854775809 1e400 1e19 \
			0.5 -1e400 123456789012345678901234567890 0x10 01 +1 1. .5 NaN Infinity --1; do
			# what the field can hold, or the kernel takes, is not for this test
			case $member.$number in
			linux.resources.*.2147483648 | linux.resources.*.4294967296) continue ;;
			process.user.uid.2147483648) continue ;;
			esac
			jq ".$member = \"@@\"" "$T/spec/config.json" | sed "s/\"@@\"/$number/; s/\"terminal\": true/\"terminal\": false/" \
				>"$B/config.json"
			wrong "" "$member = $number" || bad=$((bad + 1))
		done
	done
	is "$bad" 0 "numbers that were taken"
}

@test "input: what is no JSON, or not an object" {
	local bad=0 good

	good=$(cat "$B/config.json")
	while IFS= read -r text; do
		printf "$text" >"$B/config.json"
		wrong "config.json" "text $text" || bad=$((bad + 1))
	done <<-'END'

		null
		[]
		"x"
		{}
		0
		{
		{"ociVersion": "1.0.2"
		{"ociVersion": "1.0.2"}}
		{"ociVersion": "1.0.2"} trailing
		\xef\xbb\xbf{"ociVersion": "1.0.2"}
		{"ociVersion": "1.0.\xff2"}
		{"ociVersion": "1.0.2", "hostname": "\\ud800"}
		{"ociVersion": "1.0.2", "ociVersion": "1.0.2"}
		{"ociVersion": "1.0.2", "hostname": "a\\u0000b"}
		{"ociVersion": "1.0.2", "hostname": "a\nb"}
		{'ociVersion': '1.0.2'}
		{"ociVersion": "1.0.2",}
	END
	head -c "$((${#good} / 2))" <<<"$good" >"$B/config.json"
	wrong "config.json" "cut in half" || bad=$((bad + 1))
	head -c 4096 /dev/urandom >"$B/config.json"
	wrong "config.json" "random bytes" || bad=$((bad + 1))
	head -c 4096 /dev/zero >"$B/config.json"
	wrong "config.json" "zeroes" || bad=$((bad + 1))
	is "$bad" 0 "texts that were taken in the wrong way"
}

@test "input: a parse error tells line and column" {
	printf '{\n  "ociVersion": "1.0.2",\n  "process": oops\n}\n' >"$B/config.json"
	wrong "config.json"
	err_any "line 3" ":3:"
}

@test "input: what is in place of config.json never blocks" {
	local kind bad=0

	for kind in missing directory fifo device zero loop socket; do
		rm -rf "$B/config.json"
		case $kind in
		directory) mkdir "$B/config.json" ;;
		fifo) mkfifo "$B/config.json" ;;
		device) ln -s /dev/null "$B/config.json" ;;
		zero) ln -s /dev/zero "$B/config.json" ;;
		loop) ln -s config.json "$B/config.json" ;;
		socket)
			background "$TOOLS/recvfd" "$B/config.json" "$W/report"
			wait_file "$B/config.json"
			;;
		esac
		wrong "config.json" "$kind" || bad=$((bad + 1))
	done
	is "$bad" 0 "kinds that were taken in the wrong way"
}

@test "input: nesting of 100000 levels, 45 MiB of annotations, an argument of 3 MiB" {
	cp "$B/config.json" "$W/good.json"
	{ printf '{"ociVersion": "1.0.2", "x": ' && head -c 100000 /dev/zero | tr '\0' '[' &&
		head -c 100000 /dev/zero | tr '\0' ']' && printf '}'; } >"$B/config.json"
	wrong "" "nesting"
	{ printf '{"ociVersion": "1.0.2", "x": ' && for _ in $(seq 20); do printf '{"a":%.0s' $(seq 5000); done; } >"$B/config.json"
	wrong "" "nesting of objects"
	{ printf '{"ociVersion": "1.0.2", "annotations": {"a": "' && head -c 47185920 /dev/zero | tr '\0' 'a' && printf '"}}'; } \
		>"$B/config.json"
	wrong "bytes" "annotations"
	head -c 3145728 /dev/zero | tr '\0' a >"$W/long"
	jq --rawfile a "$W/long" '.process.args += [$a]' "$W/good.json" >"$B/config.json"
	try timeout -k 1 8 "$CIST" --root "$R" run -b "$B" "$C"
	[[ $status -ne 0 && $status -ne 124 && -n $stderr && $(wc -c <"$W/err") -lt 5000 ]] || show "3 MiB argument"
	nothing_left
}

@test "input: hooks that hang, flood or fail end a create in time, and leave nothing" {
	printf '#!/bin/sh\nsleep 100 & sleep 100\n' >"$B/hang"
	printf '#!/bin/sh\nhead -c 5000000 /dev/zero | tr "\\0" x; head -c 5000000 /dev/zero | tr "\\0" x >&2; exit 3\n' >"$B/flood"
	chmod 0755 "$B/hang" "$B/flood"
	cfg --arg h "$B/hang" '.hooks.createRuntime = [{path: $h, timeout: 1}]'
	wrong hooks.createRuntime
	cfg --arg h "$B/flood" '.hooks.createRuntime = [{path: $h}]'
	wrong hooks.createRuntime
	[[ $(wc -c <"$W/err") -lt 5000 ]] || die "$(wc -c <"$W/err") bytes of complaint"
	nothing_left
}

# ---- the command line -----------------------------------------------------------------------

@test "input: wrong calls are told apart from containers that do not exist" {
	local call bad=0

	while IFS= read -r call; do
		# shellcheck disable=SC2086
		try timeout -k 1 8 "$CIST" --root "$R" $call
		[[ $status -ne 0 && $status -ne 124 && $status -lt 128 || $status -eq 255 ]] || {
			echo "$call: exit status $status" >&2
			bad=1
		}
		[[ -n $stderr ]] || {
			echo "$call: not a word" >&2
			bad=1
		}
	done <<-END
		no-such-command
		--no-such-option list
		create
		create --no-such-option $C
		create -b
		create -b $B $C another
		create -b /no/such/bundle $C
		create -b $B --preserve-fds 99999999999 $C
		create -b $B --preserve-fds x $C
		create -b $B --pid-file /no/such/directory/pid $C
		create -b $B --console-socket /no/such/socket $C
		start
		start $C
		state
		state $C
		kill $C
		kill $C TERM
		kill $C NOSIG
		kill $C 65
		kill $C -1
		delete
		delete $C
		exec
		exec $C
		exec $C true
		exec --process /no/such/file $C
		pause $C
		resume $C
		ps $C
		ps -f xml $C
		list -f xml
		--log-format xml list
		--log /no/such/directory/log list
		--log $T list
		--root /dev/null list
		--root /dev/null create -b $B $C
	END
	is "$bad" 0 "calls that were taken in the wrong way"
	is "$(ls -A "$R")" "" "below --root"
}

@test "input: no wrong signal is sent" {
	local sig pid

	running
	pid=$(pid_of "$C")
	for sig in 0 65 -1 -9 9x x9 SIGNONE "" " 9" 9.0 1e1 KILLER 4294967305 99999999999; do
		try P kill -- "$C" "$sig"
		[[ $sig == 0 || $status -ne 0 ]] || show "signal '$sig' was taken"
		alive "$pid" || die "'$sig' killed it"
	done
}

@test "input: a log that is a FIFO, and output that is full or closed" {
	mkfifo "$W/fifo"
	try timeout -k 1 5 "$CIST" --root "$R" --log "$W/fifo" state nope
	[[ $status -ne 0 && $status -lt 124 ]] || show "a FIFO as log"
	running
	status=0
	timeout 5 "$CIST" --root "$R" state "$C" >/dev/full 2>"$W/err" 3>&- || status=$?
	[[ $status -ne 0 && $status -lt 124 ]] || die "state to a full device: status $status"
	status=0
	timeout 5 "$CIST" --root "$R" list >/dev/full 2>"$W/err" 3>&- || status=$?
	[[ $status -ne 0 && $status -lt 124 ]] || die "list to a full device: status $status"
	status=0
	timeout 5 "$CIST" --root "$R" state "$C" >&- 2>"$W/err" 3>&- || status=$?
	[[ $status -ne 0 && $status -lt 124 ]] || die "state to a closed descriptor: status $status"
	is "$(status_of "$C")" running
}

@test "input: a pid file that cannot be written takes the container back" {
	mkdir "$W/a-directory"
	try P create -b "$B" --pid-file "$W/a-directory" "$C"
	isnt "$status" 0 "status"
	nothing_left
	try P create -b "$B" --pid-file /proc/pid-file "$C"
	isnt "$status" 0 "status"
	nothing_left
}

@test "input: --process files that are none" {
	local kind

	running
	for kind in missing empty garbage directory fifo zero null array; do
		rm -rf "$W/process"
		case $kind in
		empty) : >"$W/process" ;;
		garbage) head -c 1000 /dev/urandom >"$W/process" ;;
		directory) mkdir "$W/process" ;;
		fifo) mkfifo "$W/process" ;;
		zero) ln -s /dev/zero "$W/process" ;;
		null) echo null >"$W/process" ;;
		array) echo '[]' >"$W/process" ;;
		esac
		try timeout -k 1 5 "$CIST" --root "$R" exec --process "$W/process" "$C"
		[[ $status -ne 0 && ($status -lt 124 || $status -eq 255) && -n $stderr ]] || show "$kind"
	done
	is "$(status_of "$C")" running
}
