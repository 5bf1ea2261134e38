#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# lithos_tree: starts, restarts, reloads, takes over, stops; and what it does when something is wrong.

load helpers
load supervised

# A process that lives until it is told to end, and one word on its output.
stays() { # NAME, the rest of the container file from standard input
	{
		printf 'executable: /bin/sh\narguments: ["-c", "echo began; exec sleep 1000"]\nrestart-timeout: 0\nkill-timeout: 1\n'
		[[ -t 0 ]] || cat
	} >"$I/config/$1.yaml"
}

# A process that runs a script.
runs() { # NAME SCRIPT, the rest from standard input
	{
		printf 'executable: /bin/sh\nrestart-timeout: 0\nkill-timeout: 1\narguments:\n- -c\n- |\n'
		sed 's/^/  /' <<<"$2"
		cat
	} >"$I/config/$1.yaml"
}

begin() {
	supervised_begin
	processes <<-END
		web: {image: rootfs, config: /config/web.yaml, instances: 2}
	END
	stays web </dev/null
}

# A value of an instance's row in the status file: status_of_instance PROCESS.N KEY
of_instance() {
	sed -n "s/^instance id=$S+$1 .* $2=\([^ ]*\).*/\1/p" "$RUN/status"
}

is_state() {
	[[ $(of_instance "$1" state) == "$2" ]]
}

# A predecessor's file says it, too.
settled() {
	[[ $(sed -n "s/^tree pid=$TREE .*phase=\\([a-z]*\\).*/\\1/p" "$RUN/status" 2>/dev/null) == settled ]]
}

reload() {
	local accepted

	accepted=$(accepted_sets)
	kill -QUIT "$TREE"
	until_true more_sets_than "$accepted" || die "no reload:" "$(tail "$LOGS"/*.log "$W/tree.out")"
	until_true settled
}

accepted_sets() {
	sed -n 's/^tree .*accepted=\([0-9]*\).*/\1/p' "$RUN/status" 2>/dev/null
}

more_sets_than() {
	[[ $(accepted_sets) -gt $1 ]]
}

both_up() {
	wait_up web.0
	wait_up web.1
	until_true settled
}

ended() { # EXPRESSION: how an ending is told among the output
	grep -qE "Process \"$S/$1\" $2" "$LOGS/stderr/$S.log"
}

@test "tree: starts what is configured, and stops it" {
	tree_start
	both_up
	is "$(cat "$RUN/master.pid")" "$TREE"
	is "$(grep -c '^began$' "$LOGS/stderr/$S.log")" 2
	grep -q "Starting \"$S/web.0\": \"/bin/sh\" \"-c\" \"echo began; exec sleep 1000\" -----" "$LOGS/stderr/$S.log"
	is "$(of_instance web.0 state)" UP
	is "$(of_instance web.0 pid)" "$(init_of web.0)"
	tree_stop
	is "$(pgrep -fc "lithos_knot --name $S/")" 0 "inits"
	is "$(find "$RUN/containers" "$RUN/bundles" "$RUN/state" "$RUN/tree/record" -mindepth 1 | wc -l)" 0 "files"
	ended web.0 'killed by signal SIGTERM\[15\], uptime'
	[[ ! -e $RUN/status ]] || die "a status of nobody"
}

@test "tree: what ends is started again, and why it ended is told" {
	processes <<-END
		a: {image: rootfs, config: /config/a.yaml}
		b: {image: rootfs, config: /config/b.yaml}
		c: {image: rootfs, config: /config/c.yaml}
	END
	runs a 'sleep 0.2; exit 143' <<<''
	runs b 'sleep 0.2; kill -SEGV $$' <<<''
	runs c 'sleep 0.2; exit 3' <<<'normal-exit-codes: [3]'
	tree_start
	until_true ended a.0 'exited with code 143'
	until_true ended b.0 'killed by signal SIGSEGV\[11\]'
	until_true ended c.0 'exited with code 3'
	again() { [[ $(of_instance a.0 life) -gt 3 && $(of_instance c.0 life) -gt 3 ]]; }
	until_true again || die "$(cat "$RUN/status")"
	is "$(of_instance c.0 failures)" 0 "failures of a normal exit code"
	isnt "$(of_instance a.0 failures)" 0 "failures"
	tree_stop
}

@test "tree: between two starts there is restart-timeout" {
	runs web 'exit 1' <<<'restart-timeout: 5'
	sed -i '/restart-timeout: 0/d' "$I/config/web.yaml"
	tree_start
	until_true ended web.0 'exited with code 1'
	sleep 1
	is "$(grep -c "Starting \"$S/web.0\"" "$LOGS/stderr/$S.log")" 1 "starts"
	is "$(of_instance web.0 state)" RESTING
	twice() { [[ $(grep -c "Starting \"$S/web.0\"" "$LOGS/stderr/$S.log") -eq 2 ]]; }
	LIMIT=15 until_true twice
	tree_stop
}

@test "tree: a reload leaves alone what is the same, replaces what is another, stops what is gone, starts what is new" {
	local a b

	processes <<-END
		web: {image: rootfs, config: /config/web.yaml}
		other: {image: rootfs, config: /config/other.yaml}
		gone: {image: rootfs, config: /config/other.yaml}
	END
	stays other </dev/null
	tree_start
	wait_up web.0
	wait_up other.0
	wait_up gone.0
	until_true settled
	a=$(init_of web.0)
	b=$(init_of other.0)
	processes <<-END
		web: {image: rootfs, config: /config/web.yaml}
		other: {image: rootfs, config: /config/other.yaml}
		new: {image: rootfs, config: /config/web.yaml}
	END
	echo 'environ: {A: b}' >>"$I/config/other.yaml"
	reload
	is "$(cat "$RUN/master.pid")" "$TREE"
	is "$(cat "/proc/$TREE/comm")" lithos_tree
	wait_up new.0
	is "$(init_of web.0)" "$a" "init of what is the same"
	replaced() { is_up other.0 && [[ $(init_of other.0) != "$b" ]]; }
	until_true replaced || die "not replaced"
	stopped() { ! is_up gone.0; }
	until_true stopped || die "gone.0 goes on"
	reload
	is "$(init_of web.0)" "$a" "init after another reload"
	tree_stop
}

@test "tree: a broken configuration leaves everything as it is, and says so" {
	local a b good

	tree_start
	both_up
	a=$(init_of web.0)
	for good in "$M" "$D/sandboxes/$S.yaml" "$D/processes/$S.yaml" "$I/config/web.yaml"; do
		cp "$good" "$W/good"
		echo 'nonsense: [' >>"$good"
		reload
		is "$(init_of web.0)" "$a" "init with a broken ${good##*/}"
		grep -q "^problem" "$RUN/status" || die "no problem in the status:" "$(cat "$RUN/status")"
		logged "${good##*/}" || die "not in the log:" "$(cat "$LOGS/master.log")"
		cp "$W/good" "$good"
	done
	reload
	is "$(init_of web.0)" "$a"
	! grep -q "^problem" "$RUN/status" || die "still a problem:" "$(cat "$RUN/status")"
	# a master file that is broken when there is nothing yet
	tree_stop
	echo 'nonsense: [' >>"$M"
	fails 1 "$LITHOS/lithos_tree" --config "$M"
	err 'master.yaml'
	sed -i '$d' "$M"
}

@test "tree: killed, another takes over: same inits, and endings meanwhile are told" {
	local a b

	tree_start
	both_up
	a=$(init_of web.0)
	b=$(init_of web.1)
	tree_kill
	kill -KILL "$(program_of web.1)"
	wait_gone "$b"
	is_up web.0
	tree_start
	wait_up web.1
	is "$(init_of web.0)" "$a"
	ended web.1 'killed by signal SIGKILL\[9\]' || die "$(cat "$LOGS/stderr/$S.log")"
	is "$(grep -c "Starting \"$S/web.0\"" "$LOGS/stderr/$S.log")" 1 "starts of what was not touched"
	tree_stop
}

@test "tree: one for a runtime-dir" {
	tree_start
	both_up
	fails 1 "$LITHOS/lithos_tree" --config "$M"
	err "Master pid is $TREE. And there is alive process with that pid."
	is_up web.0
	tree_stop
}

@test "tree: a program that is deaf to TERM is killed after kill-timeout, which a death of the tree does not lengthen" {
	local a since

	runs web 'trap "" TERM; echo deaf; while :; do sleep 0.1; done' <<<''
	sed -i 's/kill-timeout: 1/kill-timeout: 6/; s/instances: 2//' "$I/config/web.yaml"
	processes <<<'web: {image: rootfs, config: /config/web.yaml}'
	tree_start
	wait_up web.0
	until_true settled
	a=$(init_of web.0)
	echo 'environ: {A: b}' >>"$I/config/web.yaml"
	since=$SECONDS
	reload
	until_true is_state web.0 STOPPING
	sleep 4
	tree_kill
	tree_start
	LIMIT=15 wait_gone "$a"
	# counted from the beginning again it would be ten and more
	[[ $((SECONDS - since)) -lt 10 ]] || die "it took $((SECONDS - since)) seconds"
	wait_logged 'did not respond to SIGTERM in 6'
	tree_stop
}

@test "tree: a socket is open between two lives, over a reload, and without a tree" {
	local port

	port=$(free_port)
	processes <<<'web: {image: rootfs, config: /config/web.yaml}'
	runs web 'sleep 1000' <<-END
		tcp-ports: {$port: {fd: 3}}
		restart-timeout: 60
	END
	sed -i '/restart-timeout: 0/d' "$I/config/web.yaml"
	connects() { python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)' "$port"; }
	tree_start
	wait_up web.0
	until_true settled
	connects
	kill -KILL "$(program_of web.0)"
	until_true is_state web.0 RESTING
	connects
	reload
	connects
	tree_kill
	connects
	tree_start
	until_true settled
	connects
	tree_stop
	! connects 2>/dev/null || die "it is open after everything was stopped"
}

@test "tree: reuse-port: a socket for each instance and each life; an external one too; not outside of allow-tcp-ports" {
	local port a b

	port=$(free_port)
	processes <<-END
		web: {image: rootfs, config: /config/web.yaml, instances: 2}
		bad: {image: rootfs, config: /config/bad.yaml}
	END
	sed -i "s/^allow-tcp-ports:.*/allow-tcp-ports: [$port]/" "$D/sandboxes/$S.yaml"
	lives web steady <<-END
		tcp-ports: {$port: {fd: 4, reuse-port: true, external: true}}
		restart-timeout: 0
		kill-timeout: 1
	END
	lives bad steady <<-END
		tcp-ports: {1: {fd: 4}}
	END
	socket_of() { readlink "/proc/$(program_of "$1")/fd/4"; }
	listening() { ss -Hltn "sport = :$port" | wc -l; }
	tree_start
	both_up
	a=$(socket_of web.0)
	b=$(socket_of web.1)
	[[ $a == socket:* && $b == socket:* && $a != "$b" ]] || die "sockets: $a $b"
	is "$(listening)" 2 "listening sockets"
	kill -KILL "$(program_of web.0)"
	another() { [[ $(socket_of web.0 2>/dev/null) == socket:* && $(socket_of web.0) != "$a" ]]; }
	until_true another || die "the same socket"
	is "$(socket_of web.1)" "$b"
	is "$(listening)" 2 "listening sockets in the second life"
	wait_logged 'Port 1 is not allowed'
	! is_up bad.0
	tree_stop
}

@test "tree: readiness and an update of one instance after the other, which turns around when the new one is not ready" {
	local a b

	processes <<-END
		web: {image: rootfs, config: /config/web.yaml, instances: 2, update: {max-unavailable: 1}}
	END
	stays web <<<''
	tree_start
	both_up
	a=$(init_of web.0)
	b=$(init_of web.1)
	echo 'environ: {A: b}' >>"$I/config/web.yaml"
	reload
	other() { is_up web.0 && is_up web.1 && [[ $(init_of web.0) != "$a" && $(init_of web.1) != "$b" ]]; }
	LIMIT=20 until_true other || die "not replaced:" "$(cat "$RUN/status" "$LOGS/master.log")"
	serve() { [[ $(of_instance web.0 available)$(of_instance web.1 available) == yesyes ]]; }
	until_true serve || die "$(cat "$RUN/status")"
	# never ready
	a=$(init_of web.0)
	b=$(init_of web.1)
	sed -i 's/environ:.*/environ: {A: c}/' "$I/config/web.yaml"
	echo 'ready-timeout: 1' >>"$I/config/web.yaml"
	LIMIT=20 reload
	LIMIT=20 wait_logged 'is turned around'
	back() { is_up web.0 && is_up web.1 && [[ $(grep -c '^update.*turned-around' "$RUN/status") -eq 1 ]]; }
	LIMIT=20 until_true back || die "$(cat "$RUN/status" "$LOGS/master.log")"
	[[ $(init_of web.0) == "$a" || $(init_of web.1) == "$b" ]] || die "both were replaced"
	tree_stop
}

@test "tree: a runtime that is missing, fails, or talks nonsense: nothing is started, it is said, and later it goes on" {
	mkdir -p "$W/bin"
	printf '#!/bin/sh\nexec %q "$@"\n' "$CIST" >"$W/bin/cist"
	chmod +x "$W/bin/cist"
	mv "$W/bin/cist" "$W/bin/good"
	CIST_REAL=$CIST
	CIST=$W/bin/cist tree_start
	wait_logged 'does not tell which containers there are.*no such file'
	printf '#!/bin/sh\necho "[{garbage"\n' >"$W/bin/cist"
	chmod +x "$W/bin/cist"
	sleep 1.5
	is "$(pgrep -fc "lithos_knot --name $S/")" 0 "inits"
	cp "$W/bin/good" "$W/bin/cist.new"
	mv "$W/bin/cist.new" "$W/bin/cist"
	both_up
	# and a launch that fails
	printf '#!/bin/sh\ncase "$*" in *" run "*) echo "no luck" >&2; exit 1;; *) exec %q "$@";; esac\n' "$CIST_REAL" >"$W/bin/cist.new"
	chmod +x "$W/bin/cist.new"
	mv "$W/bin/cist.new" "$W/bin/cist"
	kill -KILL "$(program_of web.0)"
	wait_logged "Error starting \"$S/web.0\": the runtime ended with status 1"
	is_up web.1
	cp "$W/bin/good" "$W/bin/cist.new"
	mv "$W/bin/cist.new" "$W/bin/cist"
	wait_up web.0
	tree_stop
}

@test "tree: logs on a disk that is full: supervision goes on" {
	mkdir -p "$D/small"
	mount -t tmpfs -o size=64k tmpfs "$D/small"
	mkdir "$D/small/stderr"
	sed -i "s,default-log-dir: .*,default-log-dir: $D/small,; s,stdio-log-dir: .*,stdio-log-dir: $D/small/stderr," "$M"
	head -c 1M /dev/zero >"$D/small/full" 2>/dev/null || true
	LOGS=$D/small tree_start
	until_true is_up web.0
	until_true is_up web.1
	kill -KILL "$(program_of web.0)"
	again() { [[ $(of_instance web.0 life) -ge 2 ]]; }
	until_true again
	tree_stop
	umount "$D/small"
}

@test "tree: without anything to do it sleeps" {
	local before after

	tree_start
	both_up
	sleep 2.5
	before=$(awk '/ctxt/ { n += $2 } END { print n }' "/proc/$TREE/status")
	sleep 3
	after=$(awk '/ctxt/ { n += $2 } END { print n }' "/proc/$TREE/status")
	is "$((after - before))" 0 "times that it was awake"
	tree_stop
}

@test "tree: lithos_hold is killed: another has the sockets, and they outlive the tree" {
	local port holder

	port=$(free_port)
	processes <<<'web: {image: rootfs, config: /config/web.yaml}'
	echo "tcp-ports: {$port: {fd: 3}}" >>"$I/config/web.yaml"
	connects() { python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)' "$port"; }
	tree_start
	wait_up web.0
	until_true settled
	holder=$(pgrep -P "$TREE" -x lithos_hold)
	kill -KILL "$holder"
	another() { [[ $(pgrep -P "$TREE" -x lithos_hold) -gt 0 && $(pgrep -P "$TREE" -x lithos_hold) != "$holder" ]]; }
	until_true another || die "no other holder:" "$(tail "$LOGS"/*.log)"
	connects
	tree_kill
	connects
	tree_start
	until_true settled
	is_up web.0
	connects
	tree_stop
}

@test "tree: a state directory is empty when a life begins, and one of nobody is removed" {
	processes <<-'END'
		web: {image: rootfs, config: /config/web.yaml}
		bare: {image: rootfs, config: /config/bare.yaml}
	END
	runs web 'ls -A /state; echo x >/state/x; sleep 1000' <<<'volumes: {/state: !Statedir {path: /}}'
	runs bare 'sleep 1000' </dev/null
	mkdir -p "$RUN/state/$S"/{web.0,bare.0,gone.3,cmd.tool.999999999}
	touch "$RUN/state/$S/"{web.0/old,bare.0/old,gone.3/old,cmd.tool.999999999/old}
	tree_start
	wait_up web.0
	wait_up bare.0
	until_true settled
	is "$(grep -c '^old$' "$LOGS/stderr/$S.log")" 0 "old files"
	none_left() { [[ ! -e $RUN/state/$S/gone.3 && ! -e $RUN/state/$S/cmd.tool.999999999 ]]; }
	until_true none_left || die "$(find "$RUN/state")"
	[[ -e $RUN/state/$S/web.0/x ]] || die "the state directory of what runs is gone"
	reload
	[[ -e $RUN/state/$S/web.0/x ]] || die "the state directory of what runs is gone after a reload"
	bare_left() { [[ ! -e $RUN/state/$S/bare.0 ]]; }
	until_true bare_left || die "left for one that has no state directory"
	kill -KILL "$(program_of web.0)"
	twice() { [[ $(grep -c "Starting \"$S/web.0\"" "$LOGS/stderr/$S.log") -eq 2 ]]; }
	LIMIT=15 until_true twice
	wait_up web.0
	is "$(grep -c '^x$' "$LOGS/stderr/$S.log")" 0 "files of the life before"
	tree_stop
	is "$(find "$RUN/state" -mindepth 1 | wc -l)" 0 "left of the state"
}

@test "tree: a crash: the supervisor is executed anew, says so, and nothing else has happened" {
	local a

	tree_start
	both_up
	a=$(init_of web.0)
	# within ten seconds of a start it would end: it is left to the service manager
	sleep 10.5
	kill -SEGV "$TREE"
	wait_logged 'The supervisor has crashed with signal 11'
	alive "$TREE"
	until_true settled
	is "$(init_of web.0)" "$a"
	kill -SEGV "$TREE"
	wait_gone "$TREE"
	is_up web.0
	tree_start
	both_up
	is "$(init_of web.0)" "$a"
	tree_stop
}

@test "tree: runc is executed just as well" {
	command -v runc >/dev/null || skip "runc is not installed"
	printf 'user-id: 1000\ngroup-id: 1000\n' >>"$I/config/web.yaml"
	chmod 0755 "$I"
	CIST=$(command -v runc) tree_start
	until_true is_state web.0 UP || skip "runc does not run here: $(tail -n 3 "$LOGS/master.log")"
	until_true is_state web.1 UP
	a=$(of_instance web.0 pid)
	kill -KILL "$(of_instance web.1 pid)"
	second() { is_state web.1 UP && [[ $(of_instance web.1 life) -eq 2 ]]; }
	until_true second || die "$(cat "$RUN/status" "$LOGS/master.log")"
	ended web.1 'killed by signal SIGKILL\[9\]'
	tree_kill
	CIST=$(command -v runc) tree_start
	until_true settled
	is "$(of_instance web.0 pid)" "$a"
	tree_stop
}
