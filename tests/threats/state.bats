#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# The state directory, damaged, stale or forged: an error that names the file, in time; no process, cgroup or file of
# somebody else is ever touched; delete --force removes what is proven ours.

load ../bats/helpers

begin() {
	STATE=$R/$C/state.json
	VERBS=("state $C" "start $C" "kill $C KILL" "pause $C" "resume $C" "ps $C" "exec $C true" "delete $C")
}

# A process that is nobody's container: it must survive every test here.
bystander() {
	# in a session of its own, so that a kill of a group that misses shows
	background setsid sleep 1000
	BYSTANDER=$BG
}

unharmed() {
	alive "$BYSTANDER" || die "the bystander was killed"
	[[ $(awk '/^State/ { print $2 }' "/proc/$BYSTANDER/status") != T ]] || die "the bystander was stopped"
}

# Every command says what is wrong, in time; none dies or hangs.
all_refuse() {
	local verb

	for verb in "${VERBS[@]}"; do
		# shellcheck disable=SC2086
		try timeout -k 1 6 "$CIST" --root "$R" $verb
		[[ $status -ne 0 && $status -ne 124 && ($status -lt 126 || $status -eq 255) ]] || show "$1: $verb"
		[[ -n $stderr ]] || show "$1: no reason from $verb"
	done
	try timeout -k 1 6 "$CIST" --root "$R" list -q
	[[ $status -ne 124 && $status -lt 126 ]] || show "$1: list"
}

force_removes() {
	try timeout -k 1 15 "$CIST" --root "$R" delete --force "$C"
	[[ $status -ne 124 && $status -lt 126 ]] || show "$1: delete --force"
	[[ ! -e $R/$C ]] || show "$1: delete --force left $(ls -A "$R/$C")"
}

edit_state() {
	jq "$@" <"$STATE" >"$W/edited"
	cat "$W/edited" >"$STATE"
}

# What create left in the cgroups when the state no longer tells.
sweep_container() {
	kill -KILL "$1" 2>/dev/null || true
	wait_gone "$1"
	our_cgroups | while read -r dir; do
		rmdir "$dir" 2>/dev/null || true
	done
}

@test "state: a file that is empty, cut, random, zeroes, huge, a directory, a FIFO, a link" {
	local kind pid

	created
	pid=$(pid_of "$C")
	cp -a "$R/$C" "$W/keep"
	for kind in empty cut random zeroes huge directory fifo dangling link array null; do
		rm -rf "$STATE"
		case $kind in
		empty) : >"$STATE" ;;
		cut) head -c 100 "$W/keep/state.json" >"$STATE" ;;
		random) head -c 2000 /dev/urandom >"$STATE" ;;
		zeroes) head -c 2000 /dev/zero >"$STATE" ;;
		huge) truncate -s 1G "$STATE" ;;
		directory) mkdir "$STATE" ;;
		fifo) mkfifo "$STATE" ;;
		dangling) ln -s /no/such/file "$STATE" ;;
		link) ln -s "$W/keep/state.json" "$STATE" ;;
		array) echo '[]' >"$STATE" ;;
		null) echo null >"$STATE" ;;
		esac
		VERBS=("state $C" "start $C" "kill $C KILL" "exec $C true" "delete $C")
		all_refuse "$kind"
		err_any "state.json" "$C" "does not exist"
		alive "$pid" || die "$kind: the container was killed"
	done
	rm -rf "$STATE"
	cp "$W/keep/state.json" "$STATE"
	is "$(status_of "$C")" created
	# whatever is there, --force takes the directory away, and the others stay
	created "$C-other"
	for kind in random fifo directory; do
		rm -rf "$STATE"
		mkdir -p "$R/$C"
		case $kind in
		random) head -c 2000 /dev/urandom >"$STATE" ;;
		fifo) mkfifo "$STATE" ;;
		directory) mkdir "$STATE" ;;
		esac
		force_removes "$kind"
	done
	is "$(status_of "$C-other")" created
	ok P list -q
	line "^$C-other\$"
	sweep_container "$pid"
}

@test "state: a directory without a state file" {
	mkdir "$R/$C"
	all_refuse "no state file"
	mkdir -p "$R/$C"
	force_removes "no state file"
	created
}

@test "state: of another version, or another runtime" {
	local text

	mkdir "$R/$C"
	for text in '{"version": 999, "id": "x", "birth": "x", "bundle": "/", "rootfs": "/"}' \
		'{"id": "'"$C"'", "init_process_pid": 1, "config": {}}' '{"ociVersion": "1.0.2", "id": "'"$C"'", "pid": 1}'; do
		mkdir -p "$R/$C"
		echo "$text" >"$STATE"
		VERBS=("state $C" "start $C" "kill $C KILL" "delete $C")
		all_refuse "$text"
		is "$(cat "$STATE")" "$text"
	done
	rm -rf "${R:?}/$C"
}

@test "state: a pid that is none is damage, and never signalled" {
	local pid bad

	bystander
	running
	pid=$(pid_of "$C")
	cp "$STATE" "$W/keep.json"
	for bad in 0 -1 1 2147483648 4294967297 '"x"' 1.5 -9223372036854775809; do
		jq '.pid = "@@"' "$W/keep.json" | sed "s/\"@@\"/$bad/" >"$STATE"
		for verb in "kill $C KILL" "kill $C 0" "pause $C" "exec $C true" "ps $C"; do
			# shellcheck disable=SC2086
			try timeout -k 1 6 "$CIST" --root "$R" $verb
			[[ $status -ne 124 && ($status -lt 126 || $status -eq 255) ]] || show "pid $bad: $verb"
			[[ $verb != exec* && $verb != kill* || $status -ne 0 ]] || show "pid $bad: $verb was done"
		done
		alive "$pid" || die "pid $bad: killed"
		unharmed
	done
	P resume "$C" || true
	cp "$W/keep.json" "$STATE"
	is "$(status_of "$C")" running
}

@test "state: a pid that belongs to another process now: stopped, and that one is left alone" {
	local verb other

	bystander
	other=$(awk '{ print $22 }' "/proc/$BYSTANDER/stat")
	created
	also_kill "$(pid_of "$C")"
	cp "$STATE" "$W/keep.json"
	for edit in '.pid = $p' '.pid = $p | .startTime = 0' '.pid = $p | del(.startTime)' \
		'.pid = $p | .startTime = $s | .bootId = "00000000-0000-0000-0000-000000000000"' \
		'.pid = $p | .startTime = $s | del(.bootId)' '.pid = $p | .startTime = ($s + 1)'; do
		jq --argjson p "$BYSTANDER" --argjson s "$other" "$edit" "$W/keep.json" >"$STATE"
		try P state "$C"
		[[ $status -ne 0 || $output == *'"stopped"'* ]] || show "after $edit"
		for verb in "start $C" "kill $C KILL" "kill --all $C KILL" "exec $C true"; do
			# shellcheck disable=SC2086
			try timeout -k 1 6 "$CIST" --root "$R" $verb
			[[ $status -ne 124 ]] || show "$edit: $verb hangs"
			unharmed
		done
	done
	force_removes "foreign pid"
	unharmed
}

@test "state: a cgroup path that is the root, above, elsewhere or somebody else's is not killed or removed" {
	local dir edit

	bystander
	dir=/sys/fs/cgroup/pids
	[[ -d $dir ]] || dir=/sys/fs/cgroup
	mkdir "$dir/foreign$MARK"
	echo "$BYSTANDER" >"$dir/foreign$MARK/cgroup.procs"
	created
	also_kill "$(pid_of "$C")"
	cp -a "$R/$C" "$W/keep"
	for path in / "" /.. "/foreign$MARK" "/../../etc" "/foreign$MARK/.." . ".." "relative" "//" "/foreign$MARK/../foreign$MARK"; do
		rm -rf "${R:?}/$C"
		cp -a "$W/keep" "$R/$C"
		edit_state --arg p "$path" '.cgroup.places |= map(.path = $p)'
		for verb in "kill --all $C KILL" "pause $C" "delete --force $C"; do
			# shellcheck disable=SC2086
			try timeout -k 1 15 "$CIST" --root "$R" $verb
			[[ $status -ne 124 ]] || show "path '$path': $verb hangs"
			alive "$BYSTANDER" || show "path '$path': $verb killed a process of another cgroup"
			[[ -d $dir/foreign$MARK ]] || show "path '$path': $verb removed another cgroup"
			[[ ! -e $dir/foreign$MARK/freezer.state || $(cat "$dir/foreign$MARK/freezer.state") == THAWED ]] ||
				show "path '$path': frozen"
		done
	done
	for mount in / /tmp /proc /etc "$T"; do
		rm -rf "${R:?}/$C"
		cp -a "$W/keep" "$R/$C"
		edit_state --arg m "$mount" '.cgroup.places |= map(.mountPoint = $m)'
		try timeout -k 1 15 "$CIST" --root "$R" delete --force "$C"
		[[ $status -ne 124 ]] || show "mount point $mount: hangs"
	done
	alive "$BYSTANDER" || die "killed"
	kill -KILL "$BYSTANDER"
	wait_gone "$BYSTANDER"
	until_true rmdir "$dir/foreign$MARK"
	rm -rf "${R:?}/$C"
	cp -a "$W/keep" "$R/$C"
	force_removes "the true paths"
	nothing_left
}

@test "state: an id in the file that is another's" {
	created
	created "$C-other"
	edit_state --arg i "$C-other" '.id = $i'
	try P delete --force "$C"
	is "$(status_of "$C-other")" created
	[[ ! -e $R/$C ]] || {
		edit_state --arg i "$C" '.id = $i'
		quiet P delete --force "$C"
	}
}

@test "state: a gate that is missing, a file, a FIFO, or nobody's: start ends in time" {
	local kind gate=$R/$C/gate

	for kind in missing file fifo directory nobody; do
		created
		rm -rf "$gate"
		case $kind in
		file) : >"$gate" ;;
		fifo) mkfifo "$gate" ;;
		directory) mkdir "$gate" ;;
		nobody) background "$TOOLS/recvfd" --dgram "$gate" "$W/report" && wait_file "$gate" ;;
		esac
		try timeout -k 1 15 "$CIST" --root "$R" start "$C"
		[[ $status -ne 0 && $status -ne 124 ]] || show "with a gate that is $kind"
		force_removes "$kind"
	done
	kill -KILL "$BG"
	nothing_left
}

@test "state: a lock that is held for ever ends in an error, and delete works after" {
	local begun=$SECONDS

	command -v flock >/dev/null || skip "needs flock"
	created
	background flock "$R/$C" sleep 1000
	sleep 0.3
	try timeout -k 1 30 "$CIST" --root "$R" delete --force "$C"
	[[ $status -ne 0 && $status -ne 124 ]] || show "expected an error"
	[[ $((SECONDS - begun)) -lt 25 ]] || die "took $((SECONDS - begun)) s"
	err "$C"
	is "$(status_of "$C")" created "the container of which somebody holds the lock"
	# flock's child has the lock too
	kill -KILL "$BG" $(pgrep -P "$BG")
	ok P delete --force "$C"
}

@test "state: two roots, one id: the second create fails and harms nothing" {
	created
	quiet P start "$C"
	mkdir -m 0700 "$W/root2"
	fails 1 "$CIST" --root "$W/root2" create -b "$B" "$C"
	err "not empty"
	is "$(ls -A "$W/root2")" ""
	is "$(status_of "$C")" running
}

@test "state: the bundle is gone: start and delete work" {
	created
	rm "$B/config.json"
	quiet P start "$C"
	is "$(status_of "$C")" running
	quiet P delete --force "$C"
}
