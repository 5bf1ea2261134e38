#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# The built-in init: `--init`, and the annotations org.cist.init and org.cist.init.title.

load helpers

# Runs the bundle's program below the init; $output is what it printed.
below() {
	sh_args "$1"
	ok P run --init -b "$B" "$C"
}

# The program of a detached container, and its init.
run_below() {
	sh_args "$1"
	running --init "$C"
	INIT=$(pid_of "$C")
	until_true test -n "$(pgrep -P "$INIT")"
	PROGRAM=$(pgrep -o -P "$INIT")
}

@test "init: the program is process 2 below it" {
	# shellcheck disable=SC2016
	below 'echo $$ $PPID; tr "\0" "|" </proc/1/cmdline; cat /proc/1/comm'
	line '^2 1$'
	line '^cist-init\|'
	line 'cist-init$'
	nothing_left
}

@test "init: without it the program is process 1, and no exit record is there" {
	args sleep 100
	cfg '.annotations["org.cist.init"] = "false"'
	running
	[[ ! -e $R/$C/exit ]] || die "an exit record"
	is "$(tr '\0' ' ' <"/proc/$(pid_of "$C")/cmdline")" "sleep 100 "
}

@test "init: the title is the command line, also before the start" {
	cfg '.annotations = {"org.cist.init": "true", "org.cist.init.title": "lithos_knot --name app/web.0"}'
	created
	[[ $(tr '\0' ' ' <"/proc/$(pid_of "$C")/cmdline") == "lithos_knot --name app/web.0 "* ]] || die "before the start"
	quiet P start "$C"
	[[ $(tr '\0' ' ' <"/proc/$(pid_of "$C")/cmdline") == "lithos_knot --name app/web.0 "* ]] || die "after the start"
	is "$(cat "/proc/$(pid_of "$C")/comm")" lithos_knot
	is "$(P state "$C" | jq -r '.annotations["org.cist.init"]')" true
}

@test "init: hooks in the container do not take process 2" {
	# shellcheck disable=SC2016
	sh_args 'echo $$'
	cfg --arg hook "$B/rootfs/bin/busybox" '.hooks = {
		createContainer: [{path: $hook, args: ["true"]}, {path: $hook, args: ["true"]}],
		startContainer: [{path: "/bin/busybox", args: ["true"]}]}'
	ok P run --init -b "$B" "$C"
	out 2
}

@test "init: values that are none, and a title without an init" {
	refuses_each "neither \"true\" nor \"false\"" <<-'END'
		.annotations = {"org.cist.init": "1"}
		.annotations = {"org.cist.init": ""}
	END
	refuses_each "org.cist.init.title" <<-'END'
		.annotations = {"org.cist.init.title": "x"}
		.annotations = {"org.cist.init": "true", "org.cist.init.title": ""}
		.annotations = {"org.cist.init": "true", "org.cist.init.title": "a\u0007b"}
	END
	cfg '.annotations = {"org.cist.init": "false"}'
	fails 1 P create --init -b "$B" "$C"
	err "--init"
}

@test "init: the exit status is the program's, 128+N after a signal" {
	local want

	for want in 0 3 255; do
		sh_args "exit $want"
		fails_or_not "$want" P run --init -b "$B" "$C"
	done
	# shellcheck disable=SC2016
	sh_args 'kill -9 $$'
	fails 137 P run --init -b "$B" "$C"
	# shellcheck disable=SC2016
	sh_args 'kill -TERM $$'
	fails 143 P run --init -b "$B" "$C"
}

fails_or_not() {
	local want=$1

	shift
	try "$@"
	[[ $status -eq $want ]] || show "expected exit status $want"
}

@test "init: how it ended stays in the record until delete" {
	sh_args 'exit 42'
	quiet P run -d --init -b "$B" "$C"
	wait_status "$C" stopped
	is "$(cat "$R/$C/exit")" "exit 42"
	is "$(stat -c %a "$R/$C/exit")" 600
	quiet P delete "$C"
	[[ ! -e $R/$C ]] || die "still there"
}

@test "init: orphans are reaped" {
	local n

	# each subshell's child outlives it
	run_below 'for i in 1 2 3 4 5; do (sleep 0.1 & ) ; done; exec sleep 100'
	only_program_left() {
		[[ $(pgrep -c -P "$INIT") -eq 1 ]]
	}
	until_true only_program_left || die "left: $(pgrep -l -P "$INIT")"
	quiet P exec "$C" sh -c '(sleep 0.1 &)'
	until_true only_program_left || die "left: $(pgrep -l -P "$INIT")"
	is "$(pgrep -P "$INIT")" "$PROGRAM"
}

@test "init: the end of the program ends what it left behind" {
	local left

	sh_args 'sleep 1000 & exit 5'
	fails 5 P run --init --keep -b "$B" "$C"
	ok P ps -f json "$C"
	[[ $output == null || $output == "[]" ]] || show "expected none"
}

@test "init: it forwards signals, also real-time ones" {
	local sig

	# shellcheck disable=SC2016
	sh_args 'for s in HUP INT QUIT USR1 USR2 TERM TSTP TTIN TTOU WINCH URG PIPE ALRM CONT 34 50 64; do
			trap "echo $s >>/got" $s
		done
		echo ready >/ready
		while :; do sleep 0.02; done'
	running --init "$C"
	wait_file "$B/rootfs/ready"
	for sig in HUP INT QUIT USR1 USR2 TERM TSTP TTIN TTOU WINCH URG PIPE ALRM CONT 34 50 64; do
		quiet P kill "$C" "$sig"
		wait_text "$B/rootfs/got" "^$sig\$"
	done
	is "$(wc -l <"$B/rootfs/got")" 17 "signals"
	is "$(status_of "$C")" running
}

@test "init: a default action ends the program, which is no process 1" {
	run_below 'exec sleep 1000'
	quiet P kill "$C" TERM
	wait_status "$C" stopped
	is "$(cat "$R/$C/exit")" "signal 15"
}

@test "init: it forwards to a program that has become another user" {
	cat >"$B/rootfs/su" <<-'END'
		#!/bin/sh
		exec su -s /bin/sh user -c 'trap "exit 9" TERM; touch /tmp/ready; while :; do sleep 0.05; done'
	END
	chmod 0755 "$B/rootfs/su"
	args /su
	cfg '.process.capabilities |= map_values(. + ["CAP_SETUID", "CAP_SETGID"] - ["CAP_KILL"]) | .process.noNewPrivileges = false'
	running --init "$C"
	wait_file "$B/rootfs/tmp/ready"
	quiet P kill "$C" TERM
	wait_status "$C" stopped
	is "$(cat "$R/$C/exit")" "exit 9"
}

@test "init: SIGKILL ends all, and the record says so" {
	run_below 'sleep 1000'
	quiet P kill "$C" KILL
	wait_status "$C" stopped
	is "$(cat "$R/$C/exit")" "signal 9"
	wait_gone "$PROGRAM"
}

@test "init: a program that cannot be executed fails the start, and nothing runs" {
	args /bin/garbage
	fails 1 P run --init -b "$B" "$C"
	err "exec format error"
	nothing_left
	quiet P create --init -b "$B" "$C"
	fails 1 P start "$C"
	err "exec format error"
	wait_status "$C" stopped
}

@test "init: a filter that allows the program little is not the init's" {
	cfg '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"], syscalls: [
		{names: ["rt_sigtimedwait", "kill", "rt_sigqueueinfo"], action: "SCMP_ACT_KILL_PROCESS"}]}'
	run_below 'trap "exit 6" USR1; touch /ready; while :; do sleep 0.05; done'
	wait_file "$B/rootfs/ready"
	quiet P kill "$C" USR1
	wait_status "$C" stopped
	is "$(cat "$R/$C/exit")" "exit 6"
}

@test "init: without a pid namespace of its own it reaps all the same" {
	cfg '.linux.namespaces |= map(select(.type != "pid"))'
	run_below 'for i in 1 2 3; do (sleep 0.1 & ) ; done; exec sleep 100'
	isnt "$PROGRAM" 2
	only_program_left() {
		[[ $(pgrep -c -P "$INIT") -eq 1 ]]
	}
	until_true only_program_left || die "left: $(pgrep -l -P "$INIT")"
	quiet P kill "$C" TERM
	wait_status "$C" stopped
	is "$(cat "$R/$C/exit")" "signal 15"
}

@test "init: with a user namespace" {
	with_userns
	run_below 'trap "exit 8" TERM; touch /tmp/ready; while :; do sleep 0.05; done'
	wait_file "$B/rootfs/tmp/ready"
	quiet P kill "$C" TERM
	wait_status "$C" stopped
	is "$(cat "$R/$C/exit")" "exit 8"
}

@test "init: the terminal and its foreground are the program's" {
	# shellcheck disable=SC2016
	sh_args 'set -- $(cat /proc/self/stat); echo "session $6 foreground $8 me $$"; set -- $(cat /proc/1/stat)
		echo "init terminal $7"; tty; exit 4'
	cfg '.process.terminal = true'
	status=0
	"$TOOLS/ptyrun" 24 80 "$CIST" --root "$R" run --init -b "$B" "$C" >"$W/out" 2>&1 </dev/null 3>&- || status=$?
	tr -d '\r' <"$W/out" >"$W/seen"
	grep -qE '^session 2 foreground [0-9]+ me 2$' "$W/seen" || die "$(cat "$W/seen")"
	grep -qx 'init terminal 0' "$W/seen" || die "$(cat "$W/seen")"
	grep -qx '/dev/pts/0' "$W/seen" || die "$(cat "$W/seen")"
	is "$status" 4
}

@test "init: it holds none of the program's streams" {
	run_below 'exec >/dev/null 2>&1 </dev/null; exec sleep 100'
	is "$(find "/proc/$INIT/fd" -mindepth 1 | wc -l)" 1 "descriptors"
	is "$(readlink "/proc/$INIT/fd/0")" "$R/$C/exit"
	is "$(readlink "/proc/$INIT/cwd")" /
}

@test "init: descriptors of LISTEN_FDS are process 2's" {
	# shellcheck disable=SC2016
	sh_args 'echo "$LISTEN_FDS $LISTEN_PID $$"; readlink /proc/self/fd/3'
	try sh -c 'exec 3</etc/passwd; LISTEN_FDS=1 LISTEN_PID=$$; export LISTEN_FDS LISTEN_PID
		exec "$0" --root "$1" run --init -b "$2" "$3"' "$CIST" "$R" "$B" "$C"
	is "$status" 0
	line '^1 2 2$'
	line '^/etc/passwd$'
}

@test "init: READY of the program arrives" {
	background "$TOOLS/recvfd" --dgram "$W/n" "$W/heard"
	wait_file "$W/n"
	sh_args 'probe notify READY=1; exec sleep 100'
	NOTIFY_SOCKET=$W/n ok P run --init -d -b "$B" "$C"
	wait_text "$W/heard" '^READY=1'
}

@test "init: exec is as without it; explain says what it does" {
	run_below 'exec sleep 100'
	fails 7 P exec "$C" sh -c 'exit 7'
	cfg '.annotations["org.cist.init"] = "true"'
	ok P explain "$B"
	line 'init: stay as the init'
	line 'host: make the exit record'
	cfg 'del(.annotations)'
	ok P explain "$B"
	no_line 'stay as the init'
	no_line 'exit record'
}

@test "init: a restart of everything finds the status: wait and delete after the runtime's death" {
	sh_args 'until [ -e /go ]; do sleep 0.05; done; exit 11'
	"$CIST" --root "$R" run --init --keep -b "$B" "$C" >/dev/null 2>&1 </dev/null 3>&- &
	BG=$!
	wait_status "$C" running
	kill -KILL "$BG"
	wait_for "$BG"
	touch "$B/rootfs/go"
	wait_status "$C" stopped
	is "$(cat "$R/$C/exit")" "exit 11"
}

# ---- org.cist.init.kill-timeout ----

# Two processes that no SIGTERM ends, the program and its child; it tells when it has one. $INIT, $PROGRAM
DEAF='trap "echo told >>/told" TERM; sh -c "trap : TERM; while :; do sleep 0.05; done" & touch /ready; while :; do sleep 0.05; done'

limited() { # MS SCRIPT
	cfg --arg ms "$1" '.annotations += {"org.cist.init": "true", "org.cist.init.kill-timeout": $ms}'
	run_below "$2"
	wait_file "$B/rootfs/ready"
}

now_ms() {
	echo $(($(date +%s%N) / 1000000))
}

@test "init kill-timeout: what ignores SIGTERM is killed when the time is over, with all that is there" {
	local began left

	limited 700 "$DEAF"
	left=$(pgrep -P "$PROGRAM" -f 'trap : TERM')
	began=$(now_ms)
	kill -TERM "$INIT"
	wait_text "$B/rootfs/told" told
	is "$(status_of "$C")" running
	wait_status "$C" stopped
	[[ $(($(now_ms) - began)) -ge 699 ]] || die "after $(($(now_ms) - began)) ms"
	wait_gone "$PROGRAM"
	wait_gone "$left"
	is "$(cat "$R/$C/exit")" "signal 9 deaf"
	fails 137 P wait "$C"
}

@test "init kill-timeout: what ends in time has its own status" {
	limited 60000 'trap "exit 6" TERM; touch /ready; while :; do sleep 0.05; done'
	quiet P kill "$C" TERM
	wait_status "$C" stopped
	is "$(cat "$R/$C/exit")" "exit 6"
	fails 6 P wait "$C"
}

@test "init kill-timeout: a second SIGTERM does not prolong it" {
	local began now

	limited 1500 "$DEAF"
	began=$(now_ms)
	kill -TERM "$INIT"
	while alive "$INIT" && [[ $(($(now_ms) - began)) -lt 20000 ]]; do
		sleep 0.1
		kill -TERM "$INIT" 2>/dev/null || true
	done
	now=$(now_ms)
	[[ $((now - began)) -ge 1499 && $((now - began)) -lt 20000 ]] || die "after $((now - began)) ms"
	# they were sent on all the same
	[[ $(wc -l <"$B/rootfs/told") -gt 1 ]] || die "$(cat "$B/rootfs/told")"
	wait_status "$C" stopped
	is "$(cat "$R/$C/exit")" "signal 9 deaf"
}

@test "init kill-timeout: only SIGTERM begins it, and nothing without the annotation" {
	local sig

	limited 100 'trap : HUP INT QUIT USR1; touch /ready; while :; do sleep 0.05; done'
	for sig in HUP INT QUIT USR1; do
		quiet P kill "$C" "$sig"
	done
	sleep 0.4
	is "$(status_of "$C")" running
	quiet P kill "$C" TERM
	wait_status "$C" stopped
	is "$(cat "$R/$C/exit")" "signal 15"
	quiet P delete "$C"
	rm "$B/rootfs/ready"
	cfg 'del(.annotations["org.cist.init.kill-timeout"])'
	run_below "$DEAF"
	wait_file "$B/rootfs/ready"
	quiet P kill "$C" TERM
	wait_text "$B/rootfs/told" told
	sleep 0.4
	is "$(status_of "$C")" running
}

@test "init kill-timeout: no time at all" {
	limited 0 "$DEAF"
	quiet P kill "$C" TERM
	wait_status "$C" stopped
	is "$(cat "$R/$C/exit")" "signal 9 deaf"
}

@test "init kill-timeout: in the foreground" {
	cfg '.annotations += {"org.cist.init": "true", "org.cist.init.kill-timeout": "200"}'
	# shellcheck disable=SC2016
	sh_args 'trap "" TERM; kill -TERM $PPID; while :; do sleep 0.05; done'
	fails 137 P run -b "$B" "$C"
	nothing_left
}

@test "init kill-timeout: without a pid namespace of its own it means the program" {
	cfg '.linux.namespaces |= map(select(.type != "pid"))'
	limited 300 "$DEAF"
	quiet P kill "$C" TERM
	wait_gone "$PROGRAM"
	wait_status "$C" stopped
	is "$(cat "$R/$C/exit")" "signal 9 deaf"
}

@test "init kill-timeout: a program that has become another user, below root of a user namespace" {
	cat >"$B/rootfs/su" <<-'END'
		#!/bin/sh
		exec su -s /bin/sh user -c 'trap "" TERM; touch /tmp/ready; while :; do sleep 0.05; done'
	END
	chmod 0755 "$B/rootfs/su"
	with_userns
	args /su
	cfg '.process.capabilities |= map_values(. + ["CAP_SETUID", "CAP_SETGID"] - ["CAP_KILL"]) | .process.noNewPrivileges = false
		| .annotations += {"org.cist.init": "true", "org.cist.init.kill-timeout": "200"}'
	running "$C"
	wait_file "$B/rootfs/tmp/ready"
	quiet P kill "$C" TERM
	wait_status "$C" stopped
	is "$(cat "$R/$C/exit")" "signal 9 deaf"
}

@test "init kill-timeout: values that are none; explain tells of it" {
	refuses_each "org.cist.init.kill-timeout" <<-'END'
		.annotations = {"org.cist.init.kill-timeout": "100"}
		.annotations = {"org.cist.init": "true", "org.cist.init.kill-timeout": ""}
		.annotations = {"org.cist.init": "true", "org.cist.init.kill-timeout": "-1"}
		.annotations = {"org.cist.init": "true", "org.cist.init.kill-timeout": "5s"}
		.annotations = {"org.cist.init": "true", "org.cist.init.kill-timeout": "86400001"}
	END
	cfg '.annotations = {"org.cist.init": "true", "org.cist.init.kill-timeout": "5000"}'
	ok P explain "$B"
	line 'kill all of the pid namespace 5000 ms after SIGTERM'
}

# ---- org.cist.init.respawn ----

respawning() {
	sh_args "$2"
	cfg --arg ms "$1" '.annotations += {"org.cist.init": "true", "org.cist.init.respawn": $ms}'
}

record_has() {
	[[ -s $R/$C/exit ]] && grep -qE "$1" "$R/$C/exit"
}

@test "init respawn: the program comes again in its container, not too soon, until it is told to end" {
	local first

	# shellcheck disable=SC2016
	respawning 300 'read -r up _ </proc/uptime; echo "$up $$ $PPID" >>/tmp/starts; [ -e /tmp/keep ] && exec sleep 100; exit 3'
	cfg '.mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs"}]'
	running "$C"
	first=$(pid_of "$C")
	until_true record_has '^exit 3 again 3 [0-9]+$' || die "$(cat "$R/$C/exit")"
	is "$(pid_of "$C")" "$first"
	quiet P exec "$C" touch /tmp/keep
	stays() {
		[[ $(tr '\0' ' ' <"/proc/$(pgrep -P "$first")/cmdline") == "sleep 100 " ]]
	}
	until_true stays
	quiet P exec "$C" awk '{ t = int($1 * 100 + 0.5); if (NR > 1 && t - last < 29) exit 1; if ($3 != 1) exit 2; last = t }' /tmp/starts
	is "$(P state "$C" | jq -r .status)" running
	quiet P kill "$C" TERM
	wait_status "$C" stopped
	is "$(tail -n 1 "$R/$C/exit")" "signal 15"
	is "$(grep -vc '^exit 3 again [0-9]* [0-9]*$' "$R/$C/exit")" 1
	fails 143 P wait "$C"
}

@test "init respawn: it is ended in a pause too, and other signals do not end it" {
	respawning 86400000 'exit 5'
	running "$C"
	until_true record_has '^exit 5 again 1 '
	quiet P kill "$C" HUP
	quiet P kill "$C" USR1
	is "$(status_of "$C")" running
	quiet P kill "$C" TERM
	wait_status "$C" stopped
	is "$(tail -n 1 "$R/$C/exit")" "signal 15"
	fails 143 P wait "$C"
}

@test "init respawn: SIGKILL in a pause is how the container ended" {
	respawning 86400000 'exit 5'
	running "$C"
	until_true record_has '^exit 5 again 1 '
	quiet P kill "$C" KILL
	wait_status "$C" stopped
	is "$(tail -n 1 "$R/$C/exit")" "signal 9"
}

@test "init respawn: told to end, it gives its program the kill-timeout, also one out of reach of its signals" {
	local began

	respawning 100 'trap "" TERM; touch /ready; while :; do sleep 0.05; done'
	cfg '.annotations["org.cist.init.kill-timeout"] = "600"'
	running "$C"
	wait_file "$B/rootfs/ready"
	began=$(now_ms)
	quiet P kill "$C" TERM
	wait_status "$C" stopped
	[[ $(($(now_ms) - began)) -ge 599 ]] || die "after $(($(now_ms) - began)) ms"
	is "$(cat "$R/$C/exit")" "signal 9 deaf"
	fails 137 P wait "$C"
	quiet P delete "$C"
	rm "$B/rootfs/ready"
	# which SIGTERM does not even reach
	cat >"$B/rootfs/su" <<-'END'
		#!/bin/sh
		exec su -s /bin/sh user -c 'touch /tmp/ready; exec sleep 1000'
	END
	chmod 0755 "$B/rootfs/su"
	respawning 100 'exec /su'
	cfg '.process.capabilities |= map_values(. + ["CAP_SETUID", "CAP_SETGID"] - ["CAP_KILL"]) | .process.noNewPrivileges = false'
	running "$C"
	wait_file "$B/rootfs/tmp/ready"
	quiet P kill "$C" TERM
	wait_status "$C" stopped
	is "$(cat "$R/$C/exit")" "signal 9 deaf"
}

@test "init respawn: it is what the program is" {
	local init program

	respawning 100 'exec sleep 100'
	cfg '.process.user = {uid: 1000, gid: 1000} | .process.capabilities |= map_values([]) | .process.noNewPrivileges = true
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mount"], action: "SCMP_ACT_ERRNO"}]}'
	running "$C"
	init=$(pid_of "$C")
	until_true test -n "$(pgrep -P "$init")"
	program=$(pgrep -P "$init")
	is "$(grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)' "/proc/$init/status")" \
		"$(grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)' "/proc/$program/status")"
	is "$(readlink "/proc/$init/cwd")" "$(readlink "/proc/$program/cwd")"
	is "$(stat -c %u "/proc/$init/fd")" 0 "owner of what is not dumpable"
	is "$(find "/proc/$init/fd" -mindepth 1 | wc -l)" 4 "descriptors"
	# the plan is gone
	! grep -q '^1c157' "/proc/$init/maps" || die "$(cat "/proc/$init/maps")"
}

@test "init respawn: descriptors of LISTEN_FDS are each start's, under its number" {
	# shellcheck disable=SC2016
	respawning 50 'echo "$LISTEN_FDS $((LISTEN_PID - $$))" >>/log; readlink /proc/self/fd/3 >>/log; ls /proc/self/fd | wc -l >>/log'
	status=0
	sh -c 'exec 3</etc/passwd; LISTEN_FDS=1 LISTEN_PID=$$; export LISTEN_FDS LISTEN_PID
		exec "$0" --root "$1" run -d -b "$2" "$3"' "$CIST" "$R" "$B" "$C" >/dev/null 2>&1 </dev/null || status=$?
	is "$status" 0
	until_true record_has '^exit 0 again 3 '
	is "$(head -n 9 "$B/rootfs/log" | sort -u | tr '\n' ' ')" "/etc/passwd 1 0 5 "
}

@test "init respawn: orphans stay, and are reaped" {
	local init

	respawning 100 '[ -e /tmp/once ] && exec sleep 100; touch /tmp/once; sleep 1000 & (sleep 0.2 &); exit 1'
	running "$C"
	init=$(pid_of "$C")
	two_left() {
		[[ $(pgrep -c -P "$init") -eq 2 ]]
	}
	until_true record_has '^exit 1 again 1 '
	until_true two_left || die "left: $(pgrep -l -P "$init")"
}

@test "init respawn: a program that cannot be executed fails the first start, and is an exit 127 later" {
	args /bin/garbage
	cfg '.annotations += {"org.cist.init": "true", "org.cist.init.respawn": "100"}'
	fails 1 P run -b "$B" "$C"
	err "exec format error"
	nothing_left
	printf '#!/bin/sh\nsleep 0.3\n' >"$B/rootfs/once"
	chmod 0755 "$B/rootfs/once"
	args /once
	running "$C"
	rm "$B/rootfs/once"
	until_true record_has '^exit 127 again 3 '
	grep -q '^exit 0 again 1 ' "$R/$C/exit" || die "$(cat "$R/$C/exit")"
	is "$(status_of "$C")" running
}

@test "init respawn: a filter that does not let it says so" {
	local call

	for call in wait4 rt_sigtimedwait kill; do
		respawning 100 'exec sleep 100'
		cfg --arg call "$call" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
			{names: [$call], action: "SCMP_ACT_ERRNO"}]}'
		fails 1 P run -d -b "$B" "$C"
		err "refuses $call"
		nothing_left
	done
}

@test "init respawn: values that are none" {
	refuses_each "org.cist.init.respawn" <<-'END'
		.annotations = {"org.cist.init.respawn": "100"}
		.annotations = {"org.cist.init": "true", "org.cist.init.respawn": ""}
		.annotations = {"org.cist.init": "true", "org.cist.init.respawn": "9"}
		.annotations = {"org.cist.init": "true", "org.cist.init.respawn": "1s"}
	END
}
