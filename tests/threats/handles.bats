#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# Handles that cross the boundary: descriptors, working directories, what a snooper inside finds in the processes
# that join (CVE-2016-9962, CVE-2016-8649, CVE-2024-21626).

load ../bats/helpers

begin() {
	cp "$TOOLS/hostile" "$B/rootfs/bin/hostile"
}

# snoop_during SECONDS COMMAND...: what a snooper in the container sees while the command is repeated is of its own root
snoop_during() {
	local seconds=$1 n=0 snooper end

	shift
	args hostile snoop "$seconds"
	"$CIST" --root "$R" run -b "$B" "$C" >"$W/snoop" 2>&1 </dev/null 3>&- &
	snooper=$!
	wait_status "$C" running
	end=$((SECONDS + seconds - 1))
	while [[ $SECONDS -lt $end ]]; do
		"$@" >/dev/null 2>&1 </dev/null 3>&- || true
		n=$((n + 1))
	done
	wait_for "$snooper"
	# on a busy machine, with each call slowed down, there are few
	[[ $n -gt 0 ]] || die "no call"
	nothing_foreign
}

nothing_foreign() {
	grep -q '^looked' "$W/snoop" || die "no report: $(cat "$W/snoop")"
	! grep -q '^foreign' "$W/snoop" || die "the snooper reached:" "$(grep '^foreign' "$W/snoop" | sort | uniq -c)"
}

with_ptrace() {
	cfg '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH", "CAP_DAC_OVERRIDE"])
	     | .process.capabilities.inheritable = [] | .process.capabilities.ambient = []'
}

exec_true() {
	P exec "$C" true
}

exec_everything() {
	P exec --cwd /tmp --env A=b --user 1:1 "$C" sleep 0.01
	exec 27<"$T" 28<"$CIST"
	P exec "$C" sleep 0.01
	exec 27<&- 28<&-
}

slow_exec() {
	strace -f -qq -o /dev/null -e trace=all -e inject=all:delay_exit=1500 "$CIST" --root "$R" exec "$C" true
}

@test "handles: the snooper notices a handle of the host (the test can fail)" {
	local job

	args hostile snoop 2
	"$CIST" --root "$R" run -b "$B" "$C" >"$W/snoop" 2>&1 </dev/null 3>&- &
	wait_status "$C" running
	job=$!
	"$CIST" --root "$R" exec --preserve-fds 1 "$C" sleep 1 </dev/null >/dev/null 2>&1 3<"$T" ||
		[[ $? -eq 137 ]]	# the container ended first, and its pid namespace with it
	wait_for "$job"
	grep -q '^foreign .*fd/3' "$W/snoop" || die "$(cat "$W/snoop")"
}

@test "handles: a snooper finds nothing of the host during many execs" {
	snoop_during 3 exec_true
}

@test "handles: a snooper with CAP_SYS_PTRACE finds nothing of the host during many execs" {
	with_ptrace
	snoop_during 4 exec_everything
}

@test "handles: the same with every system call of the exec slowed down" {
	command -v strace >/dev/null || skip "needs strace"
	strace -qq -o /dev/null -e inject=all:delay_exit=1 true 2>/dev/null || skip "strace cannot delay calls here"
	with_ptrace
	snoop_during 6 slow_exec
}

labelled_exec() {
	strace -f -qq -o /dev/null -e trace=all -e inject=all:delay_exit=1500 \
		"$CIST" --root "$R" exec --apparmor "cist-$MARK" "$C" true
}

@test "handles: the same when the program gets a label, which is written to a procfs" {
	[[ $(cat /sys/module/apparmor/parameters/enabled 2>/dev/null) == Y ]] || skip "this host has no AppArmor"
	command -v apparmor_parser >/dev/null || skip "needs apparmor_parser"
	command -v strace >/dev/null || skip "needs strace"
	mountpoint -q /sys/kernel/security || skip "securityfs is not mounted"
	echo "profile cist-$MARK flags=(attach_disconnected) { file, capability, signal, unix, ptrace, }" >"$W/profile"
	apparmor_parser -K -r "$W/profile"
	with_ptrace
	snoop_during 6 labelled_exec
	apparmor_parser -K -R "$W/profile"
}

@test "handles: a snooper of a shared pid namespace sees no executable and no descriptor of the host in a start" {
	local pid job rootfs=$B/rootfs

	# The root that the new init works in is the host's until it switches.  Only CAP_SYS_PTRACE, which lets a
	# container in its namespaces' maker do anything, opens that; so this snooper goes without.
	args hostile snoop 6
	"$CIST" --root "$R" run -b "$B" "$C" >"$W/snoop" 2>&1 </dev/null 3>&- &
	job=$!
	wait_status "$C" running
	pid=$(pid_of "$C")
	bundle "$W/b2"
	args true
	cfg --arg p "/proc/$pid/ns/pid" --arg r "$rootfs" '.root.path = $r | (.linux.namespaces[] | select(.type == "pid")).path = $p'
	for i in 1 2 3 4 5 6 7 8; do
		P run -b "$B" "$C-$i" >/dev/null 2>"$W/err" </dev/null 3>&- || break
	done
	[[ $i -gt 1 ]] || die "not one start: $(cat "$W/err")"
	wait_for "$job"
	nothing_foreign
}

# What a program sees whose working directory or path is a descriptor of the runtime: nothing outside of the root.
cannot_get_out() {
	try "$@"
	[[ $status -ne 0 || $output != *OUTSIDE* ]] || show "reached the host"
	if [[ $status -eq 0 ]]; then
		[[ $output == /* ]] || show "expected a working directory inside"
	fi
}

@test "handles: cwd of /proc/self/fd/N never leads outside, in run" {
	local n

	echo OUTSIDE >"$T/outside"
	exec 28<"$T" 29<"$T"
	sh_args "/bin/probe getcwd; cat ./outside ../../../../../../../$T/outside 2>/dev/null; true"
	for n in $(seq 3 30); do
		cfg --arg d "/proc/self/fd/$n" '.process.cwd = $d'
		cannot_get_out P run -b "$B" "$C"
		P delete --force "$C"
	done
	cfg '.process.cwd = "/proc/thread-self/fd/28"'
	cannot_get_out P run -b "$B" "$C"
	exec 28<&- 29<&-
}

@test "handles: cwd of /proc/self/fd/N never leads outside, in exec" {
	local n

	echo OUTSIDE >"$T/outside"
	running
	exec 28<"$T" 29<"$T"
	for n in $(seq 3 30); do
		cannot_get_out P exec --cwd "/proc/self/fd/$n" "$C" \
			sh -c "probe getcwd; cat ./outside ../../../../../../../$T/outside 2>/dev/null; true"
	done
	ln -s /proc/self/fd/28 "$B/rootfs/way-out"
	cannot_get_out P exec --cwd /way-out "$C" sh -c 'probe getcwd; cat outside 2>/dev/null; true'
	exec 28<&- 29<&-
}

@test "handles: a program path below /proc/self/fd/N is not found" {
	local n

	mkdir -p "$T/tools"
	printf '#!/bin/sh\necho OUTSIDE\n' >"$T/tools/run-me"
	chmod 0755 "$T/tools/run-me"
	running
	exec 28<"$T/tools"
	for n in $(seq 3 30); do
		try P exec "$C" "/proc/self/fd/$n/run-me"
		[[ $status -ne 0 && $output != *OUTSIDE* ]] || show "ran a program of the host"
	done
	bundle "$W/b2"
	for n in 3 9 15 28; do
		args "/proc/self/fd/$n/run-me"
		try P run -b "$B" "$C-2"
		[[ $status -ne 0 && $output != *OUTSIDE* ]] || show "ran a program of the host"
	done
	exec 28<&-
}

@test "handles: descriptors that the caller left open do not arrive" {
	exec 27<"$T" 28<"$CIST" 29<"$T/spec"
	# 3 is the directory that ls itself has open
	inside 'ls /proc/self/fd | tr "\n" " "'
	out '0 1 2 3 '
	args sleep 100
	running "$C-2"
	ok P exec "$C-2" sh -c 'ls /proc/self/fd | tr "\n" " "'
	out '0 1 2 3 '
	exec 27<&- 28<&- 29<&-
}

@test "handles: a huge limit of descriptors costs nothing" {
	local begun most

	most=$(cat /proc/sys/fs/nr_open)
	prlimit --nofile="$most:$most" true 2>/dev/null || skip "RLIMIT_NOFILE cannot be raised to fs.nr_open here"
	cfg --argjson n "$most" '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": $n, "hard": $n}]'
	begun=$(date +%s%N)
	prlimit --nofile="$most:$most" "$CIST" --root "$R" run -d -b "$B" "$C" </dev/null >"$W/out" 2>&1 3>&-
	prlimit --nofile="$most:$most" "$CIST" --root "$R" exec "$C" true </dev/null >"$W/out" 2>&1 3>&-
	[[ $((($(date +%s%N) - begun) / 1000000)) -lt 2000 ]] || die "took $((($(date +%s%N) - begun) / 1000000)) ms"
}

@test "handles: with a standard stream closed nothing of the runtime takes its place" {
	local n

	sh_args 'for n in 0 1 2; do readlink /proc/$$/fd/$n; done >/seen; true'
	for n in 0 1 2; do
		rm -f "$B/rootfs/seen"
		case $n in
		0) "$CIST" --root "$R" --log "$W/log" run -b "$B" "$C" <&- >"$W/o" 2>"$W/e" 3>&- ;;
		1) "$CIST" --root "$R" --log "$W/log" run -b "$B" "$C" </dev/null >&- 2>"$W/e" 3>&- ;;
		2) "$CIST" --root "$R" --log "$W/log" run -b "$B" "$C" </dev/null >"$W/o" 2>&- 3>&- ;;
		esac || die "with $n closed: $(cat "$W/e" "$W/log" 2>/dev/null)"
		! grep -vE "^(/dev/null|$W/[oe]|pipe:.*|/seen)$" "$B/rootfs/seen" || die "with $n closed"
	done
}

@test "handles: nothing in created but its gate, and the root is not the host's" {
	local pid fd

	created
	pid=$(pid_of "$C")
	isnt "$(stat -Lc %d:%i "/proc/$pid/root")" "$(stat -Lc %d:%i /)" "root"
	isnt "$(stat -Lc %d:%i "/proc/$pid/cwd")" "$(stat -Lc %d:%i /)" "cwd"
	for fd in "/proc/$pid/fd"/*; do
		[[ ${fd##*/} -gt 2 ]] || continue
		[[ $(readlink "$fd") =~ ^(socket:|anon_inode:) ]] || die "descriptor ${fd##*/}: $(readlink "$fd")"
	done
}
