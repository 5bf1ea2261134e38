#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# SIGKILL of the runtime at each of its system calls, shortages, signals, many at once: nothing half-done stays.
#
#   CIST_KILLS   how many system calls of each command are tried; default 8 to 24, "all": every one

load ../bats/helpers

needs_tracing() {
	"$TOOLS/kill_at_syscall" -c "$W/calls" true 2>/dev/null || skip "no tracing of processes here"
}

calls_of() {
	"$TOOLS/kill_at_syscall" -c "$W/calls" "$CIST" --root "$R" "$@" >"$W/out" 2>"$W/err" </dev/null 3>&- || true
	cat "$W/calls"
}

killed_at() {
	local n=$1 rc=0

	shift
	"$TOOLS/kill_at_syscall" "$n" "$CIST" --root "$R" "$@" >"$W/out" 2>"$W/err" </dev/null 3>&- || rc=$?
	[[ $rc -eq 0 || $rc -eq 10 ]] || die "kill_at_syscall: status $rc: $(cat "$W/err")"
}

# What a container of this id may have left. Cheaper than leftovers, which the end of each test calls too.
remains() {
	[[ ! -e $R/$C ]] || echo "state: $(ls -A "$R/$C" 2>&1)"
	our_cgroups
	# the program carries it in its environment; cist-init has the bundle in its mount table
	grep -alsF -- "OURS=$MARK" /proc/[0-9]*/environ
	grep -alsF -- "$T/" /proc/[0-9]*/mountinfo
	our_mounts
}

nothing_remains() {
	[[ -z $(remains) ]]
}

# delete --force, twice at most, and then nothing remains
clean_after() {
	try P delete --force "$C"
	[[ $status -eq 0 ]] || ok P delete --force "$C"
	LIMIT=2 until_true nothing_remains || die "killed at call $1 of '$2':" "$(remains)"
}

# every_call COMMAND... with a function before_each: kills the command at its system calls, and cleans after each
every_call() {
	local total step n=0

	needs_tracing
	before_each
	total=$(calls_of "$@")
	clean_after "$total" "$*"
	[[ $total -gt 10 ]] || die "only $total system calls: $(cat "$W/err")"
	step=1
	[[ ${CIST_KILLS-} == all ]] || step=$((total / ${CIST_KILLS:-12} + 1))
	for ((n = 1; n <= total; n += step)); do
		before_each
		killed_at "$n" "$@"
		clean_after "$n" "$*"
	done
	# and the id is free
	before_each
	P delete --force "$C"
	quiet P create -b "$B" "$C"
	quiet P start "$C"
	is "$(status_of "$C")" running
}

begin() {
	cfg --arg m "$MARK" '.process.env += ["OURS=" + $m]
	     | .mounts += [{destination: "/extra", type: "tmpfs", source: "tmpfs", options: ["size=64k"]}]
	     | .linux.resources = {pids: {limit: 50}, memory: {limit: 33554432}}'
}

before_each() { :; }

@test "crash: SIGKILL at the system calls of create" {
	CIST_KILLS=${CIST_KILLS:-24} every_call create -b "$B" "$C"
}

@test "crash: SIGKILL at the system calls of create, with a user namespace" {
	with_userns
	CIST_KILLS=${CIST_KILLS:-8} every_call create -b "$B" "$C"
}

@test "crash: SIGKILL at the system calls of create, with joined namespaces" {
	local pid

	P create -b "$B" "$C-other" >"$W/out" 2>&1 3>&- </dev/null
	pid=$(pid_of "$C-other")
	cfg --arg p "/proc/$pid/ns" '(.linux.namespaces[] | select(.type == "pid")).path = $p + "/pid"
	     | (.linux.namespaces[] | select(.type == "network")).path = $p + "/net"'
	remains() {
		[[ ! -e $R/$C ]] || echo "state: $(ls -A "$R/$C" 2>&1)"
		our_cgroups | grep -v "$C-other"
		our_mounts
	}
	CIST_KILLS=${CIST_KILLS:-8} every_call create -b "$B" "$C"
	P delete --force "$C"
	P delete --force "$C-other"
}

@test "crash: SIGKILL at the system calls of run --detach" {
	CIST_KILLS=${CIST_KILLS:-12} every_call run -d -b "$B" "$C"
}

@test "crash: SIGKILL at the system calls of start" {
	before_each() {
		created
	}
	every_call start "$C"
}

@test "crash: SIGKILL at the system calls of delete" {
	before_each() {
		created
	}
	every_call delete "$C"
}

@test "crash: SIGKILL at the system calls of delete --force of a running container" {
	before_each() {
		running
	}
	CIST_KILLS=${CIST_KILLS:-10} every_call delete --force "$C"
}

@test "crash: a runtime killed in create takes its init with it" {
	local total n

	needs_tracing
	total=$(calls_of create -b "$B" "$C")
	P delete --force "$C"
	for ((n = total / 2; n < total; n += total / 12)); do
		killed_at "$n" create -b "$B" "$C"
		LIMIT=3 until_true no_processes || die "after call $n:" "$(our_processes)"
		P delete --force "$C"
	done
}

# Before RELEASE the container is nobody's; at the last calls it is created, and stays.
no_processes() {
	[[ $(status_of "$C") == created || -z $(our_processes) ]]
}

@test "crash: creates and deletes of one id at once end in time and leave nothing" {
	local i pids=()

	for i in $(seq 8); do
		timeout 20 "$CIST" --root "$R" run -d -b "$B" "$C" </dev/null >/dev/null 2>&1 3>&- &
		pids+=($!)
		timeout 20 "$CIST" --root "$R" delete --force "$C" </dev/null >/dev/null 2>"$W/d$i" 3>&- || echo "$?" >"$W/bad$i" &
		pids+=($!)
	done
	wait_for "${pids[@]}"
	! cat "$W"/bad* 2>/dev/null | grep -q 124 || die "a delete hangs"
	ok P delete --force "$C"
	LIMIT=3 until_true nothing_remains || die "$(remains)"
}

@test "crash: SIGTERM, SIGINT and SIGHUP in the middle of create clean up" {
	local sig pid

	# a hook holds the create where it is
	mkdir -p "$B/hooks"
	printf '#!/bin/sh\necho here >%s\nsleep 1\n' "$W/here" >"$B/hooks/slow"
	chmod 0755 "$B/hooks/slow"
	cfg --arg h "$B/hooks/slow" '.hooks.createRuntime = [{path: $h}]'
	for sig in TERM INT HUP; do
		rm -f "$W/here"
		# not in the background of this shell: there SIGINT would be ignored
		setsid env --default-signal=INT "$CIST" --root "$R" create -b "$B" "$C" </dev/null >"$W/out" 2>"$W/err" 3>&- &
		pid=$!
		wait_file "$W/here"
		pkill_runtime "$sig"
		LIMIT=8 until_true gone "$pid" || die "still there after $sig"
		! wait "$pid" || die "success in spite of $sig"
		LIMIT=6 until_true nothing_remains || die "after $sig:" "$(remains)"
	done
}

# The runtime of this test alone: known by its --root.
pkill_runtime() {
	local p

	for p in $(grep -lsF -- "$R" /proc/[0-9]*/cmdline); do
		p=${p#/proc/}
		[[ $(readlink "/proc/${p%/cmdline}/exe") -ef $CIST ]] || continue
		[[ "$(readlink "/proc/${p%/cmdline}/exe")" == "$(realpath "$CIST")" ]] && kill -s "$1" "${p%/cmdline}"
	done
}

@test "shortage: descriptors" {
	local n begun=$SECONDS seen=0

	for n in 4 5 6 7 8 10 12 14 16 20 24 28 32 36 40 48 56 64; do
		try timeout 10 prlimit --nofile="$n:$n" "$CIST" --root "$R" create -b "$B" "$C"
		isnt "$status" 124 "with $n descriptors: time is up"
		[[ $status -lt 126 ]] || show "died with $n descriptors"
		if [[ $status -ne 0 ]]; then
			seen=1
			[[ -n $stderr ]] || show "no reason with $n descriptors"
			LIMIT=2 until_true nothing_remains || show "left with $n descriptors: $(remains)"
		fi
		P delete --force "$C"
	done
	is "$seen" 1 "a limit that is too low"
	[[ $((SECONDS - begun)) -lt $((60 * SLOW)) ]] || die "took $((SECONDS - begun)) s"
}

@test "shortage: a full file system below --root" {
	local size

	mkdir "$W/small"
	for size in 4k 8k 12k 16k; do
		mount -t tmpfs -o size=$size,mode=0700 cist-test "$W/small"
		# fills all but the last page
		head -c "$((${size%k} * 1024 - 4096))" /dev/zero >"$W/small/fill" 2>/dev/null || true
		cfg '.annotations.long = ("x" * 20000)'
		try timeout 10 "$CIST" --root "$W/small" create -b "$B" "$C"
		find "$W/small" -mindepth 1 ! -name fill >"$W/found"
		"$CIST" --root "$W/small" delete --force "$C" || true
		umount "$W/small"
		[[ $status -ne 0 && $status -ne 124 ]] || show "with $size"
		err "no space left"
		[[ ! -s $W/found ]] || die "left behind on the full file system: $(cat "$W/found")"
	done
}

@test "shortage: a full file system keeps the state that is there" {
	mkdir "$W/small"
	mount -t tmpfs -o size=256k,mode=0700 cist-test "$W/small"
	R=$W/small
	created
	head -c 1M /dev/zero >"$W/small/fill" 2>/dev/null || true
	is "$(status_of "$C")" created
	try P start "$C"
	[[ $(status_of "$C") =~ ^(created|running)$ ]] || die "status $(status_of "$C")"
	ok P delete --force "$C"
	is "$(ls -A "$W/small")" fill
	umount "$W/small"
}

@test "shortage: a pids limit of one" {
	cfg '.linux.resources.pids.limit = 1'
	try timeout 10 "$CIST" --root "$R" run -b "$B" -d "$C"
	isnt "$status" 124 "time is up"
	try timeout 10 "$CIST" --root "$R" exec "$C" true
	isnt "$status" 124 "time is up"
	ok P delete --force "$C"
	LIMIT=2 until_true nothing_remains || die "$(remains)"
}

@test "shortage: a memory limit that nothing can start in" {
	cfg '.linux.resources.memory.limit = 65536'
	try timeout 15 "$CIST" --root "$R" run -b "$B" "$C"
	isnt "$status" 124 "time is up"
	isnt "$status" 0 "status"
	LIMIT=3 until_true nothing_remains || die "$(remains)"
}

# ---- errors of single calls -----------------------------------------------------------------

created_or_gone() {
	gone "$pid" || status_is "$C" created
}

# inject CALL ERROR: each of the first calls of this name fails in turn; create says so and leaves nothing
inject() {
	local call=$1 error=$2 n failed=0 pid

	for n in 1 2; do
		TRIED="create with $call number $n failing"
		strace -f -qq -o /dev/null -e trace="$call" -e inject="$call:error=$error:when=$n" \
			"$CIST" --root "$R" create -b "$B" "$C" >"$W/out" 2>"$W/err" </dev/null 3>&- &
		pid=$!
		LIMIT=10 until_true created_or_gone || die "neither created nor failed: $TRIED"
		status=0
		# it also waits for the init, so a container that was created is first deleted
		if status_is "$C" created; then
			P delete --force "$C"
			wait_for "$pid"
		else
			wait "$pid" || status=$?
		fi
		stderr=$(cat "$W/err")
		[[ $status -lt 126 ]] || show "died when $call number $n failed"
		if [[ $status -ne 0 ]]; then
			failed=1
			[[ $(wc -l <"$W/err") -le 2 && -n $stderr ]] || show "$call number $n: expected one sentence"
			LIMIT=3 until_true nothing_remains || show "$call number $n left: $(remains)"
		fi
		P delete --force "$C"
	done
	[[ $failed -eq 1 ]] || die "no failure of $call was noticed"
}

@test "injection: errors of the kernel's calls are sentences, and nothing is left" {
	command -v strace >/dev/null || skip "needs strace"
	strace -f -qq -o /dev/null -e trace=getppid -e inject=getppid:error=EPERM true 2>/dev/null ||
		skip "strace cannot inject errors here"
	inject openat2 ENOSYS
	inject clone3 EAGAIN
	inject fsopen EPERM
	inject move_mount ENOSYS
	inject mount_setattr EINVAL
	inject pivot_root EINVAL
	inject memfd_create ENOSYS
	inject execveat EACCES
	inject mkdirat ENOSPC
	inject socketpair EMFILE
}

@test "injection: a filter or a capability call that fails keeps the program from running" {
	local call

	command -v strace >/dev/null || skip "needs strace"
	strace -f -qq -o /dev/null -e trace=getppid -e inject=getppid:error=EPERM true 2>/dev/null ||
		skip "strace cannot inject errors here"
	args sh -c 'echo RAN; sleep 0.1'
	cfg '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
	     syscalls: [{names: ["mount"], action: "SCMP_ACT_ERRNO"}]} | .process.noNewPrivileges = true
	     | .process.user = {uid: 5, gid: 6, additionalGids: [7]}'
	for call in seccomp setresuid setresgid setgroups capset; do
		try timeout -k 1 10 strace -f -qq -o "$W/trace" -e trace="$call" -e inject="$call:error=EPERM" \
			"$CIST" --root "$R" run -b "$B" "$C"
		grep -q INJECTED "$W/trace" || continue
		[[ $status -ne 0 && $output != *RAN* ]] || show "$call failed, and the program ran"
		LIMIT=3 until_true nothing_remains || show "$call left: $(remains)"
		P delete --force "$C"
	done
}
