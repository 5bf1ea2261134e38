#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# SIGKILL of lithos_tree at random moments while instances live, die, and are connected to: none is lost, doubled or
# restarted by that, no connection is refused, and each ending is told.
#
# A thousand times, which takes less than three minutes on two processors that do nothing else; KILLS=60 is a quick look, and
# SEED=N has the same moments again.

load helpers
load supervised

KILLS=${KILLS:-1000}
BATS_TEST_TIMEOUT=1500

# Connects again and again to those ports, from several threads; at the end one line each: what happened, and how often.
load_of_connections() {
	cat >"$W/load.py" <<-'END'
		import collections, signal, socket, sys, threading, time
		ports, stop, seen, lock = [int(p) for p in sys.argv[1:]], threading.Event(), collections.Counter(), threading.Lock()
		signal.signal(signal.SIGTERM, lambda *_: stop.set())
		def one(port):
		    while not stop.is_set():
		        try:
		            with socket.create_connection(("127.0.0.1", port), timeout=60) as s:
		                s.sendall(b"who\n")
		                text = b""
		                while not text.endswith(b"\n"):
		                    part = s.recv(200)
		                    if not part:
		                        break
		                    text += part
		            what = "answered" if text.endswith(b"\n") else "cut"
		        except OSError as e:
		            what = type(e).__name__
		        with lock:
		            seen[str(port) + " " + what] += 1
		        time.sleep(0.003)
		threads = [threading.Thread(target=one, args=(p,)) for p in ports for _ in range(2)]
		for t in threads: t.start()
		while not stop.is_set(): time.sleep(0.05)
		for t in threads: t.join()
		for what, n in sorted(seen.items()): print(what, n)
	END
	background python3 "$W/load.py" "$@" >"$W/connections" 2>&1
}

# Instances that are wanted.
all_instances() {
	printf '%s\n' "$S"+steady.{0..3} "$S"+front.{0..1} "$S"+mortal.{0..2} "$S"+brief.{0..1} "$S"+last.0
}

begun() {
	[[ $(awk '$1 == "begin" { print $2 }' "$BOOKS/ledger" 2>/dev/null | sort -u) == "$(all_instances | sort)" ]]
}

deployment() {
	PORT=$(free_port)
	LAST=$(free_port)
	processes <<-END
		steady: {image: rootfs, config: /config/steady.yaml, instances: 4}
		front: {image: rootfs, config: /config/front.yaml, instances: 2}
		mortal: {image: rootfs, config: /config/mortal.yaml, instances: 3}
		brief: {image: rootfs, config: /config/brief.yaml, instances: 2}
		last: {image: rootfs, config: /config/last.yaml}
	END
	lives steady steady </dev/null
	lives front answers <<-END
		tcp-ports: {$PORT: {fd: 3}}
	END
	lives mortal mortal 0 1500 <<<'restart-timeout: 0'
	lives brief mortal 0 30 <<<'restart-timeout: 0'
	# the only one at its port, and often not there
	lives last answers 20 <<-END
		restart-timeout: 0
		tcp-ports: {$LAST: {fd: 3}}
	END
}

# Now and then very soon after a start, in the midst of adopting, or of a reload.
random_kills() {
	local i ms

	RANDOM=${SEED:-$$}
	for ((i = 0; i < KILLS; i++)); do
		case $((RANDOM % 4)) in
		0) ms=$((RANDOM % 15)) ;;
		1) ms=$((RANDOM % 60)) ;;
		*) ms=$((60 + RANDOM % 240)) ;;
		esac
		tree_start
		sleep "0.$(printf %03d "$ms")"
		if ((RANDOM % 6 == 0)); then
			kill -QUIT "$TREE"
			sleep "0.$(printf %03d $((RANDOM % 50)))"
		fi
		alive "$TREE" || die "lithos_tree ended by itself in round $i, seed ${SEED:-$$}:" "$(tail -n 20 "$W/tree.out" "$LOGS"/master.log)"
		tree_kill
	done
}

# NAME CODE for each ending, as the programs have it and as the log has it; an ending may be told twice. The last life of
# a program was ended by us, and is in its books as begun only.
endings_of_books() {
	awk '$1 == "end" { print $2, $4 }' "$BOOKS/ledger" | sort -s -k 1,1
}

endings_told() {
	sed -nE -e 's/.*----- Process "([^"]*)" exited with code ([0-9]+).*/\1 \2/p' \
		-e 's/.*----- Process "([^"]*)" killed by signal [^[]*\[([0-9]+)\].*/\1 -\2/p' "$LOGS/stderr/$S.log" |
		sed 's,/,+,' | sort -s -k 1,1 | uniq
}

@test "tree: killed at random moments: nothing is lost, doubled, restarted, refused or untold" {
	local load count ended

	deployment
	tree_start
	until_true begun || die "not all begin:" "$(cat "$BOOKS/ledger")" "$(tail -n 30 "$LOGS"/*.log)"
	load_of_connections "$PORT" "$LAST"
	load=$BG
	tree_kill
	random_kills

	# every one is there again
	cp "$BOOKS/ledger" "$W/ledger.before"
	tree_start
	lives_again() {
		local name

		for name in mortal.{0..2} brief.{0..1} last.0; do
			[[ $(grep -c "^begin $S+$name " "$BOOKS/ledger") -gt $(grep -c "^begin $S+$name " "$W/ledger.before") ]] || return 1
		done
	}
	LIMIT=20 until_true lives_again || die "not all live on:" "$(tail -n 40 "$LOGS"/*.log)"
	kill -TERM "$load"
	LIMIT=20 wait_gone "$load"
	tree_stop

	count=$(grep -c '^begin ' "$BOOKS/ledger")
	ended=$(grep -c '^end ' "$BOOKS/ledger")
	echo "# $KILLS kills, $count lives, $ended endings; $(tr '\n' ',' <"$W/connections")" >&3
	is "$(grep -c '^double' "$BOOKS/ledger")" 0 "second ones"
	is "$(awk '$1 == "begin" && $2 ~ /steady|front/ { n[$2]++ } END { for (i in n) if (n[i] != 1) print i, n[i] }' \
		"$BOOKS/ledger")" "" "restarted ones"
	is "$(grep -vc ' answered ' "$W/connections")" 0 "connections that were not answered ($(tr '\n' ',' <"$W/connections"))"
	is "$(grep -c answered "$W/connections")" 2
	# a life that has begun has ended, but for the last one
	is "$(awk '$1 == "begin" { b[$2]++ } $1 == "end" { e[$2]++ } END { for (i in b) if (b[i] - e[i] > 1) print i, b[i], e[i] }' \
		"$BOOKS/ledger")" "" "lives without an end"
	endings_of_books >"$W/books"
	endings_told >"$W/told"
	# the last ones, which were asked for, are told as well and not in the books
	diff "$W/books" "$W/told" >"$W/difference" || true
	is "$(grep -c '^<' "$W/difference")" 0 "endings that nobody told:
$(head -n 40 "$W/difference")"
	is "$(awk '$1 == ">" { n[$2]++ } END { for (i in n) if (n[i] > 1) print i, n[i] }' "$W/difference")" "" "endings that there were not"
}

# stops_all MOMENT: within twenty seconds, and nothing is left or begun by that
stops_all() {
	kill -TERM "$TREE"
	LIMIT=20 wait_gone "$TREE"
	wait "$TREE" 2>/dev/null || true
	is "$(pgrep -c -f "lithos_knot --name $S/")" 0 "containers after TERM $1"
}

@test "tree: TERM at any moment of a start stops everything" {
	local i ms

	deployment
	for ((i = 0; i < 10; i++)); do
		ms=$((i * i * 4))
		tree_start
		sleep "0.$(printf %03d "$ms")"
		# what has no handler yet has begun nothing
		stops_all "$ms ms after a start"
	done
	TREE=
}

@test "tree: TERM at any moment of taking over, or of a reload, stops everything" {
	local i ms

	deployment
	for i in 1 3 4 6; do
		ms=$((i * i * 4))
		tree_start
		wait_up steady.0
		tree_kill
		tree_start
		sleep "0.$(printf %03d "$ms")"
		wait_taken_over
		stops_all "$ms ms after a start that takes over"
	done
	for i in 0 2 5; do
		ms=$((i * i * 4))
		tree_start
		wait_up steady.0
		kill -QUIT "$TREE"
		[[ $i -eq 0 ]] || sleep "0.$(printf %03d "$ms")"
		stops_all "$ms ms after QUIT"
	done
	TREE=
}
