#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

# Starts a program that writes down the signals it gets.
listener() {
	sh_args 'for s in HUP INT QUIT USR1 USR2 TERM; do trap "echo $s >>/got" $s; done
		: >/ready; while :; do sleep 0.02; done'
	running
	wait_file "$B/rootfs/ready"
}

@test "kill: unknown container (row 17)" {
	fails 1 P kill nope 9
	err "container does not exist"
	fails 1 P kill --all nope 9
	err "does not exist"
}

@test "kill: unknown and impossible signals (row 80)" {
	running
	fails 1 P kill "$C" FOO
	err 'unknown signal "FOO"'
	fails 1 P kill "$C" 999
	err "invalid argument"
	for bad in -1 9x SIG 4294967305; do
		fails 1 P kill "$C" "$bad"
	done
	is "$(status_of "$C")" running
}

@test "kill: names with and without SIG, any case, numbers, 0 (row 81)" {
	running
	for sig in 0 USR1 SIGUSR1 usr1 sigusr1 10 RTMIN+3 SIGRTMIN+3; do
		quiet P kill "$C" "$sig"
	done
	is "$(status_of "$C")" running
}

@test "kill: the default is SIGTERM" {
	listener
	quiet P kill "$C"
	wait_text "$B/rootfs/got" TERM
}

@test "kill: each signal arrives as itself" {
	listener
	for sig in HUP int SIGQUIT 12; do
		quiet P kill "$C" "$sig"
	done
	for sig in HUP INT QUIT USR2; do
		wait_text "$B/rootfs/got" "$sig"
	done
}

@test "kill: KILL ends it; status stopped, pid 0 (row 82)" {
	running
	quiet P kill "$C" KILL
	wait_status "$C" stopped
	is "$(pid_of "$C")" 0
}

@test "kill: a stopped container (row 83)" {
	running
	quiet P kill "$C" KILL
	wait_status "$C" stopped
	fails 1 P kill "$C" 9
	err "container not running"
	fails 1 P kill "$C"
	err "container not running"
}

@test "kill: --all of a stopped container is fine (row 84)" {
	running
	quiet P kill "$C" SIGKILL
	wait_status "$C" stopped
	quiet P kill --all "$C" 9
	quiet P kill -a "$C" 15
}

@test "kill: in created" {
	created
	quiet P kill "$C" 9
	wait_status "$C" stopped
	quiet P delete "$C"
}

@test "kill: without a PID namespace SIGKILL reaches all that is left (row 105)" {
	cfg '.linux.namespaces |= map(select(.type != "pid"))'
	sh_args 'sleep 1001 & echo $! >/child; exec sleep 1002'
	running
	init=$(pid_of "$C")
	wait_text "$B/rootfs/child" '[0-9]'
	child=$(pgrep -P "$init" -x sleep)
	also_kill "$child" "$init"
	quiet P kill "$C" TERM
	wait_status "$C" stopped
	alive "$child"
	quiet P kill --all "$C" KILL
	wait_gone "$child"
	ok P ps -f json "$C"
	[[ $output == null || $output == "[]" ]] || show "expected no process"
}

@test "kill: SIGKILL to init alone also ends the children of a shared PID namespace" {
	cfg '.linux.namespaces |= map(select(.type != "pid"))'
	sh_args 'sleep 1001 & echo $! >/child; exec sleep 1002'
	running
	init=$(pid_of "$C")
	wait_text "$B/rootfs/child" '[0-9]'
	child=$(pgrep -P "$init" -x sleep)
	also_kill "$child" "$init"
	quiet P kill "$C" KILL
	wait_gone "$child"
	wait_gone "$init"
}

@test "kill: --all with another signal still reaches init" {
	listener
	ok P kill --all "$C" USR1
	wait_text "$B/rootfs/got" USR1
}

@test "kill: a signal to a paused container waits for resume (row 76)" {
	listener
	quiet P pause "$C"
	quiet P kill "$C" USR2
	[[ ! -e $B/rootfs/got ]] || die "delivered while paused"
	quiet P resume "$C"
	wait_text "$B/rootfs/got" USR2
}

@test "kill: KILL of a paused container works at once (row 77)" {
	running
	quiet P pause "$C"
	quiet P kill "$C" KILL
	wait_status "$C" stopped
}

@test "kill: --regex signals each container that matches, and no other" {
	running "$C-one"
	running "$C-two"
	quiet P kill --regex "^$C-o" KILL
	wait_status "$C-one" stopped
	is "$(P state "$C-two" | jq -r .status)" running
	fails 1 P kill --regex '(' KILL
	err regex
	P delete --force "$C-one"
	P delete --force "$C-two"
}
