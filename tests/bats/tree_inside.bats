#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# restart-process-only: a program that ends is started again in its container, by the container's init; lithos_tree hears of
# it, counts and tells.

load helpers
load supervised

# One process, whose program runs a script; more of its container file from standard input.
again() { # SCRIPT
	{
		printf 'executable: /bin/sh\nrestart-process-only: true\nkill-timeout: 1\nvolumes:\n  /tmp: !Tmpfs {}\n'
		printf 'arguments:\n- -c\n- |\n'
		sed 's/^/  /' <<<"$1"
		cat
	} >"$I/config/web.yaml"
}

begin() {
	supervised_begin
	mkdir -p "$I/tmp"
	processes <<-END
		web: {image: rootfs, config: /config/web.yaml}
	END
	again 'exec sleep 1000' <<<'restart-timeout: 0'
}

of_web() { # KEY: a value of its row in the status file
	sed -n "s/^instance id=$S+web\.0 .* $1=\([^ ]*\).*/\1/p" "$RUN/status"
}

has() { # KEY VALUE
	[[ $(of_web "$1") == "$2" ]]
}

wait_has() {
	until_true has "$1" "$2" || die "$1 is not $2 but $(of_web "$1")" "$(cat "$RUN/status")" "$(tail "$LOGS"/*.log)"
}

# The init as the runtime has told it; what looks through all of /proc is for the tools of operators.
init() {
	cat "$RUN/tree/log/$S+web.0.pid" 2>/dev/null
}

children() {
	local at=/proc/$1/task/$1/children

	if [[ -e $at ]]; then cat "$at" 2>/dev/null; else pgrep -P "$1"; fi
}

# Its program, once that is what it is to be and not the init on the way to it.
program() {
	local p

	for p in $(children "$(init)"); do
		[[ $(tr '\0' ' ' 2>/dev/null <"/proc/$p/cmdline") != "sleep 1000 " ]] || { echo "$p" && return; }
	done 2>/dev/null
	return 1
}

is_replaced() { # INIT
	[[ $(init) && $(init) != "$1" ]]
}

wait_program() { # [NOT-THAT-ONE]
	another() { local now; now=$(program) && [[ $now != "${1-}" ]]; }
	until_true another "${1-}" || die "no program of it:" "$(tail -n 20 "$LOGS"/*.log "$LOGS"/stderr/*.log)"
}

told() { # EXPRESSION: how often an end of it is told among the output
	grep -cE "Process \"$S/web\.0\" $1, uptime" "$LOGS/stderr/$S.log" || true
}

is_told() { # EXPRESSION TIMES
	[[ $(told "$1") -eq $2 ]]
}

wait_told() {
	until_true is_told "$1" "$2" || die "'$1' is told $(told "$1") times, not $2:" "$(cat "$LOGS/stderr/$S.log")"
}

environment() { # PID
	tr '\0' '\n' <"/proc/$1/environ" | grep -v '^LISTEN_PID=' | sort
}

listen_pid() {
	tr '\0' '\n' <"/proc/$1/environ" | sed -n 's/^LISTEN_PID=//p'
}

number_inside() {
	awk '$1 == "NSpid:" { print $NF }' "/proc/$1/status"
}

@test "tree inside: the program is another, its container is not" {
	local init first second port ns

	port=$(free_port)
	install -m 0600 "$top_srcdir/bundles/lithos-web/keys/example.key" "$D/key"
	printf 'secrets-private-key: %s\nsecrets-namespaces: [myapp]\n' "$D/key" >>"$D/sandboxes/$S.yaml"
	processes <<-END
		web: {image: rootfs, config: /config/web.yaml, variables: {port: $port}}
	END
	# shellcheck disable=SC2016
	again '[ -e /tmp/first ] || { touch /tmp/first; sleep 2000 & }; exec sleep 1000' <<-END
		restart-timeout: 0
		variables: {port: !TcpPort {activation: systemd}}
		environ: {A: b}
		secret-environ:
		  PASSWORD: v2:i4+dWTpg:KqWSX0BY:8MtOoWUX:zpmwFffIOpBuym3NGR56U9J11j4b/d6ojKdDYB/SxWsb5H7WmA+xQt8oCDNvbxdSTC8Km14YtL9Xc4bHyxtXfw==
	END
	tree_start
	wait_program
	init=$(init_of web.0)
	first=$(program)
	environment "$first" >"$W/env"
	grep -q '^PASSWORD=the_secret$' "$W/env" || die "$(cat "$W/env")"
	ns=$(readlink "/proc/$first/ns/mnt" "/proc/$first/ns/pid")
	readlink "/proc/$first/fd/"* >"$W/fds"
	grep -q '^socket:' "$W/fds"
	is "$(listen_pid "$first")" "$(number_inside "$first")"
	kill -KILL "$first"
	wait_program "$first"
	second=$(program)
	is "$(init)" "$init"
	is "$(readlink "/proc/$second/ns/mnt" "/proc/$second/ns/pid")" "$ns"
	[[ -e /proc/$second/root/tmp/first ]] || die "its tmpfs is another"
	is "$(pgrep -c -P "$init" sleep)" 2 "the other process of the container, and the program"
	diff "$W/env" <(environment "$second")
	diff "$W/fds" <(readlink "/proc/$second/fd/"*)
	is "$(listen_pid "$second")" "$(number_inside "$second")"
	wait_told 'killed by signal SIGKILL\[9\]' 1
	is "$(grep -c "Starting \"$S/web.0\"" "$LOGS/stderr/$S.log")" 2
	wait_logged "Container \"$S/web.0\" \(pid: $init\) killed by signal SIGKILL\[9\]"
	wait_has deaths 1
	is "$(of_web started) $(of_web failures) $(of_web life) $(of_web pid) $(of_web state)" "2 1 1 $init UP"
	# who restarts an instance so means no failure
	kill "$second"
	wait_has deaths 2
	is "$(of_web failures) $(of_web life)" "1 1"
	ok "$LITHOS/lithos_ps" --master "$M" --why "$S/web.0"
	line 'life 1, start 1, ran for [0-9]+s and was killed by signal SIGKILL\[9\].* \(a failure\)'
	line 'life 1, start 2, ran for [0-9]+s and was killed by signal SIGTERM\[15\]'
	tree_stop
}

@test "tree inside: between two starts there is restart-timeout" {
	local first

	again 'exec sleep 1000' <<<'restart-timeout: 3'
	tree_start
	wait_program
	first=$(program)
	kill -SEGV "$first"
	wait_program "$first"
	wait_told 'killed by signal SIGSEGV\[11\]' 1
	# the program is 3 seconds younger than its container, at least
	is "$(($(awk '{ print $22 }' "/proc/$(program)/stat") - $(awk '{ print $22 }' "/proc/$(init)/stat") >= 298))" 1
	tree_stop
}

@test "tree inside: a pause is shown, and ended" {
	again 'exec sleep 1000' <<<'restart-timeout: 1000'
	tree_start
	wait_program
	kill -SEGV "$(program)"
	wait_told 'killed by signal SIGSEGV\[11\]' 1
	is "$(children "$(init)")" ""
	wait_has state UP
	shown() { "$LITHOS/lithos_ps" --master "$M" >"$W/ps"; grep -qE '<failing> killed by signal SIGSEGV\[11\], starts in 1[56]m[0-9]+s' "$W/ps"; }
	until_true shown || die "$(cat "$W/ps")"
	# shown by the successor, too
	tree_kill
	tree_start
	wait_taken_over
	until_true shown || die "$(cat "$W/ps")"
	tree_stop
	is "$(told '.*')" 2 "an end of the program, and one of the container"
}

@test "tree inside: what ended while there was no tree is told once" {
	local init signal p

	tree_start
	wait_program
	init=$(init)
	p=$(program)
	kill -KILL "$p"
	wait_program "$p"
	wait_told 'killed by signal SIGKILL\[9\]' 1
	wait_has deaths 1
	tree_kill
	for signal in SEGV USR1 TERM; do
		p=$(program)
		kill -"$signal" "$p"
		wait_program "$p"
	done
	tree_start
	wait_told 'killed by signal SIGTERM\[15\]' 1
	wait_told 'killed by signal SIGSEGV\[11\]' 1
	wait_told 'killed by signal SIGUSR1\[10\]' 1
	wait_has deaths 4
	is "$(of_web started) $(of_web failures) $(of_web life)" "5 3 1"
	is "$(init)" "$init"
	# and by no other that takes over
	tree_kill
	tree_start
	wait_taken_over
	kill -ABRT "$(program)"
	wait_told 'killed by signal SIGABRT\[6\]' 1
	is "$(told '.*')" 5 "$(cat "$LOGS/stderr/$S.log")"
	wait_has deaths 5
	tree_stop
}

@test "tree inside: a container that ended while there was no tree, and its program before" {
	local init p

	tree_start
	wait_program
	init=$(init)
	wait_has state UP
	tree_kill
	p=$(program)
	kill -HUP "$p"
	wait_program "$p"
	kill -TERM "$init"
	wait_gone "$init"
	tree_start
	until_true is_replaced "$init"
	wait_program
	wait_told 'killed by signal SIGHUP\[1\]' 1
	is "$(told 'killed by signal SIGTERM\[15\]')" 1
	is "$(told '.*')" 2
	wait_has deaths 2
	is "$(of_web life) $(of_web failures)" "2 1"
	ok "$LITHOS/lithos_ps" --master "$M" --why "$S/web.0"
	line 'life 1, start 1, ran .* SIGHUP\[1\]'
	line 'life 1, start 2, ran .* SIGTERM\[15\]'
	tree_stop
}

@test "tree inside: another configuration is another container, and a stop ends it" {
	local init

	tree_start
	wait_program
	init=$(init)
	again 'exec sleep 1000' <<<$'restart-timeout: 0\nenviron: {B: c}'
	kill -QUIT "$TREE"
	until_true is_replaced "$init"
	wait_program
	environment "$(program)" | grep -qx B=c
	wait_told 'killed by signal SIGTERM\[15\]' 1
	# without the key an end is the container's again
	again 'exec sleep 1000' <<<'restart-timeout: 0'
	sed -i '/restart-process-only/d' "$I/config/web.yaml"
	init=$(init)
	kill -QUIT "$TREE"
	until_true is_replaced "$init"
	wait_program
	init=$(init)
	kill -KILL "$(program)"
	until_true is_replaced "$init"
	tree_stop
	is "$(pgrep -fc "lithos_knot --name $S/")" 0 "inits"
	is "$(find "$RUN/containers" "$RUN/bundles" "$RUN/state" "$RUN/tree/record" -mindepth 1 | wc -l)" 0 "files"
}

@test "tree inside: one that is deaf to TERM is killed" {
	again 'trap "" TERM; while :; do sleep 1000; done' <<<'restart-timeout: 0'
	tree_start
	wait_up web.0
	wait_has state UP
	tree_stop
	wait_logged "Container \"$S/web.0\" .* did not respond to SIGTERM in 1 seconds"
}

@test "tree inside: one that is deaf to what its init was told is killed, and comes back in another container" {
	local init

	again 'trap "" TERM; exec sleep 1000' <<<'restart-timeout: 0'
	tree_start
	wait_program
	wait_has state UP
	init=$(init)
	kill "$init"
	until_true is_replaced "$init"
	wait_program
	wait_told 'killed by signal SIGKILL\[9\]' 1
	wait_logged "Process \"$S/web.0\" did not respond to SIGTERM in 1, uptime"
	wait_has life 2
	is "$(of_web failures)" 1
	tree_stop
}

@test "tree inside: one that ends all the time keeps nobody busy" {
	local before after ticks

	again 'exit 7' <<<'restart-timeout: 0'
	tree_start
	many() { [[ $(of_web deaths) -gt 20 ]]; }
	until_true many || die "$(cat "$RUN/status")"
	ticks() { awk '{ print $14 + $15 }' "/proc/$TREE/stat"; }
	before=$(of_web deaths)
	ticks=$(ticks)
	sleep 3
	[[ $(($(ticks) - ticks)) -lt 15 ]] || die "$(($(ticks) - ticks)) ticks of CPU in three seconds"
	after=$(of_web deaths)
	[[ $((after - before)) -ge 10 && $((after - before)) -le 45 ]] || die "$((after - before)) deaths in three seconds"
	is "$(of_web life)" 1
	all_told() { [[ $(told 'exited with code 7') -ge $after ]]; }
	until_true all_told
	tree_stop
	is "$(told 'exited with code 7')" "$(grep -c "Starting \"$S/web.0\"" "$LOGS/stderr/$S.log" | awk '{ print $1 - 1 }')" \
		"each start but the last has such an end"
}

@test "tree inside: what somebody else writes into its record" {
	local record p

	tree_start
	wait_program
	record=$RUN/containers/$S+web.0/exit
	{
		head -c 100000 /dev/zero
		printf 'exit 0 again 999999 1\nexit 0 again 999999999999999999 999999999999999999\nsignal 9 again 0 0\nnonsense\n'
	} >>"$record"
	wait_logged "$S/web.0: in the record of its container there is what no init writes"
	p=$(program)
	kill -KILL "$p"
	wait_program "$p"
	wait_has deaths 1
	is "$(of_web state)" UP
	rm "$record"
	mkfifo "$record"
	p=$(program)
	kill -KILL "$p"
	wait_program "$p"
	is "$(of_web state)" UP
	tree_stop
}

@test "tree inside: each start says that it is ready" {
	local p

	again 'until [ -e /books/go ]; do sleep 0.05; done; /bin/probe notify READY=1; exec sleep 1000' <<-END
		restart-timeout: 0
		ready-timeout: 30
	END
	sed -i 's|^volumes:|&\n  /books: !Persistent {path: /books}|' "$I/config/web.yaml"
	mkdir -p "$I/run/lithos"
	cp "$TOOLS/probe" "$I/bin/probe"
	touch "$BOOKS/go"
	tree_start
	wait_program
	wait_has is-ready yes
	rm "$BOOKS/go"
	kill -KILL "$(program)"
	wait_has is-ready ""
	is "$(of_web available)" ""
	touch "$BOOKS/go"
	wait_has is-ready yes
	for _ in 1 2 3; do
		p=$(program)
		kill -KILL "$p"
		wait_program "$p"
		wait_has is-ready yes
	done
	wait_has deaths 4
	is "$(of_web available) $(of_web life)" "yes 1"
	tree_stop
}

@test "tree inside: hardened, as another user, in a user namespace" {
	local p

	printf 'x-cist-harden: true\n' >>"$D/sandboxes/$S.yaml"
	again 'exec sleep 1000' <<-END
		restart-timeout: 0
		user-id: 1000
		group-id: 1000
		uid-map: [{inside: 0, outside: 0, count: 65536}]
		gid-map: [{inside: 0, outside: 0, count: 65536}]
	END
	tree_start
	wait_program
	p=$(program)
	kill -KILL "$p"
	wait_program "$p"
	wait_has deaths 1
	is "$(awk '$1 == "Seccomp:" { print $2 }' "/proc/$(program)/status")" 2
	tree_stop
}

@test "tree inside: another runtime replaces the container, and that is said" {
	command -v runc >/dev/null || skip "runc is not installed"
	again 'exit 3' <<<'restart-timeout: 0'
	CIST=$(command -v runc) tree_start
	wait_logged "$S/web: restart-process-only: only cist starts a program again"
	lives() { [[ $(of_web life) -gt 2 ]]; }
	until_true lives || skip "runc does not run here: $(tail -n 3 "$LOGS/master.log")"
	wait_told 'exited with code 3' "$(told 'exited with code 3')"
	tree_stop
}
