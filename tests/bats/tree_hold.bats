#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# Listening sockets outlive programs, containers, the supervisor, and the process that keeps them.

load helpers
load supervised

begin() {
	supervised_begin
	PORT=$(free_port)
	processes <<<'web: {image: rootfs, config: /config/web.yaml}'
	lives web answers <<-END
		restart-timeout: 0
		tcp-ports: {$PORT: {fd: 3}}
	END
}

holder() {
	pgrep -f "^lithos_hold $RUN\$"
}

has_holder() {
	[[ -n $(holder) ]]
}

has_another_holder() {
	local now

	now=$(holder) && [[ -n $now && $now != "$1" ]]
}

# The inode of what listens at the port, as whoever has it open sees it.
listener() {
	ss -Hltne "sport = :$PORT" | grep -o 'ino:[0-9]*'
}

ask() {
	python3 - "$PORT" "${1:-20}" <<-'END'
		import socket, sys
		with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=float(sys.argv[2])) as s:
		    s.sendall(b"who\n")
		    print(s.recv(200).decode().split()[0])
	END
}

gone_program() {
	! is_up web.0
}

no_holder() {
	! has_holder
}

@test "hold: one that is killed is replaced, and what listens stays what it is" {
	local before first

	tree_start
	wait_up web.0
	until_true has_holder || die "no lithos_hold"
	is "$(ask)" "$S+web.0"
	before=$(listener) first=$(holder)
	kill -KILL "$first"
	until_true has_another_holder "$first" || die "no other lithos_hold:" "$(cat "$LOGS"/*.log)"
	wait_logged 'lithos_hold has ended; another is started'
	is "$(listener)" "$before"

	# and the other has it: with the supervisor and the program gone nobody else does
	tree_kill
	kill -KILL "$(init_of web.0)"
	LIMIT=5 until_true gone_program || die "the container is still there"
	is "$(listener)" "$before"
	tree_start
	is "$(ask)" "$S+web.0"
	is "$(listener)" "$before"
	tree_stop
	is "$(listener)" ""
	until_true no_holder || die "lithos_hold is still there"
}

@test "hold: who connects while there is no program and no supervisor waits, and is answered" {
	local asks

	tree_start
	wait_up web.0
	is "$(ask)" "$S+web.0"
	tree_kill
	kill -KILL "$(init_of web.0)"
	LIMIT=5 until_true gone_program || die "the container is still there"
	ask 60 >"$W/answer" 2>&1 3>&- &
	asks=$!
	also_kill "$asks"
	sleep 0.3
	is "$(cat "$W/answer")" ""
	tree_start
	wait "$asks" || die "refused:" "$(cat "$W/answer")"
	is "$(cat "$W/answer")" "$S+web.0"
	tree_stop
}

@test "hold: one that is stopped is not in the way of the next supervisor" {
	local first

	tree_start
	wait_up web.0
	until_true has_holder || die "no lithos_hold"
	first=$(holder)
	tree_kill
	kill -STOP "$first"
	tree_start
	LIMIT=20 until_true has_another_holder "$first" || die "no other lithos_hold:" "$(cat "$LOGS"/*.log)"
	wait_gone "$first"
	# its program has the socket; it runs on, and is the same
	is "$(ask)" "$S+web.0"
	is "$(grep -c '^begin' "$BOOKS/ledger")" 1
	tree_stop
}

@test "hold: nobody but root is answered, and by hand it does not start" {
	tree_start
	wait_up web.0
	until_true has_holder || die "no lithos_hold"
	is "$(stat -c '%a %U' "$RUN/hold.sock")" "600 root"
	run "$LITHOS/lithos" hold
	is "$status" 1
	is "$output" "lithos_hold is started by lithos_tree"
	tree_stop
}
