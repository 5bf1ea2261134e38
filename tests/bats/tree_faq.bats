#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# What operators of lithos do by hand, from its questions and answers, with the commands that are written there.

load helpers
load supervised

# One process whose container has a shell to look around with.
begin() {
	supervised_begin
	processes <<-END
		web: {image: rootfs, config: /config/web.yaml}
	END
	container web <<-END
		executable: /bin/sh
		arguments: ["-c", "echo ready; exec sleep 1000"]
		restart-timeout: 0
		kill-timeout: 1
		volumes:
		  /books: !Persistent {path: /books}
	END
}

@test "tree faq: the pid of an instance, by the name of its init" {
	local pid

	tree_start
	wait_up web.0
	ok pgrep -f "lithos_knot --name $S/web.0"
	is "$(wc -l <<<"$output")" 1 "pids"
	pid=$output
	is "$(awk '$1 == "NSpid:" { print $NF }' "/proc/$pid/status")" 1
	is "$(awk '$1 == "NSpid:" { print $NF }' "/proc/$(program_of web.0)/status")" 2
}

@test "tree faq: nsenter into a running container" {
	tree_start
	wait_up web.0
	echo in-the-image >"$I/etc/marker"
	ok nsenter -m -p --target="$(pgrep -f "lithos_knot --name $S/web.0")" /bin/sh -c 'cat /etc/marker; ps'
	line '^in-the-image$'
	line 'sleep 1000'
	no_line 'lithos_tree'
}

@test "tree faq: what is mounted where: root, findmnt, mountinfo" {
	local pid

	tree_start
	wait_up web.0
	pid=$(program_of web.0)
	echo 12.5 >"$I/etc/alpine-release"
	ok cat "/proc/$pid/root/etc/alpine-release"
	out 12.5
	ok findmnt -n -o SOURCE,OPTIONS -N "$pid" /books
	line "\[.*$BOOKS\].*rw"
	ok cat "/proc/$pid/mountinfo"
	line "^[0-9]+ [0-9]+ [0-9:]+ .*${B#"$T"}/rootfs / ro"
	line "^[0-9]+ [0-9]+ [0-9:]+ .*${BOOKS#"$T"} /books rw"
}

@test "tree faq: a syslog daemon of the host listens in devfs-dir" {
	container web <<-END
		executable: /bin/sh
		arguments: ["-c", "logger -t web 'it works'; exec sleep 1000"]
		kill-timeout: 1
	END
	background python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
open(sys.argv[2], "w").write(s.recv(1000).decode())' "$T/devfs/log" "$W/syslog"
	until_true test -S "$T/devfs/log"
	chmod 0666 "$T/devfs/log"
	tree_start
	wait_text "$W/syslog" 'web: it works'
	rm -f "$T/devfs/log"
}

@test "tree faq: to restart a process it is killed, with any signal" {
	local old signal

	tree_start
	wait_up web.0
	for signal in TERM KILL; do
		old=$(program_of web.0)
		kill -"$signal" "$old"
		wait_gone "$old"
		another() { is_up web.0 && [[ -n $(program_of web.0) && $(program_of web.0) != "$old" ]]; }
		until_true another || die "it does not come back after $signal"
	done
	wait_logged 'killed by signal SIGKILL\[9\]'
}

# One that no SIGTERM ends, and a child of the same kind.
deaf() {
	container web <<-END
		executable: /bin/sh
		arguments:
		- -c
		- |
		  trap "echo told" TERM
		  sh -c 'trap : TERM; while :; do sleep 0.1; done' &
		  echo ready
		  while :; do sleep 0.1; done
		restart-timeout: 0
		kill-timeout: 1
	END
}

# How often a line of the log of the sandbox' programs says so.
said() { # EXPRESSION
	grep -cE "$1" "$LOGS/stderr/$S.log" || true
}

@test "tree faq: to restart a process its init is told to end, also when the program does not listen" {
	local old program rest unheard="Process \"$S/web.0\" did not respond to SIGTERM in 1, uptime"

	deaf
	tree_start
	wait_text "$LOGS/stderr/$S.log" '^ready$'
	old=$(init_of web.0)
	program=$(program_of web.0)
	rest=$(pgrep -P "$program")
	# the line of the documentation
	kill "$(pgrep -f "lithos_knot --name $S/web.0")"
	another() { is_up web.0 && [[ $(init_of web.0) != "$old" ]]; }
	until_true another || die "it does not come back"
	gone "$program"
	for rest in $rest; do
		gone "$rest"
	done
	wait_text "$LOGS/stderr/$S.log" "$unheard"
	wait_logged "Container \"$S/web.0\" \(pid: $old\) killed by signal SIGKILL\[9\]"
	ok "$LITHOS/lithos_ps" --master "$M" --why "$S/web.0"
	line 'was killed by signal SIGKILL\[9\], as it did not respond to SIGTERM.* \(a failure\)'
	# with nobody there, too; the successor tells
	ready_again() { [[ $(said '^ready$') -ge "$1" ]]; }
	until_true ready_again 2
	old=$(init_of web.0)
	tree_kill
	kill "$old"
	wait_gone "$old"
	tree_start
	until_true another || die "it does not come back"
	said_twice() { [[ $(said "$unheard") -eq 2 ]]; }
	until_true said_twice || die "$(cat "$LOGS/stderr/$S.log")"
	# what the supervisor stops is told once, whoever was first
	until_true ready_again 3
	tree_stop
	is "$(said "$unheard")" 3 "$(cat "$LOGS/stderr/$S.log")"
	! logged 'could not be killed' || die "$(cat "$LOGS"/*.log)"
}

@test "tree faq: one that is being stopped has its kill-timeout without a supervisor, too" {
	local old

	deaf
	tree_start
	wait_text "$LOGS/stderr/$S.log" '^ready$'
	old=$(init_of web.0)
	kill -TERM "$TREE"
	wait_text "$LOGS/stderr/$S.log" '^told$'
	tree_kill
	wait_gone "$old"
	tree_start
	wait_text "$LOGS/stderr/$S.log" "did not respond to SIGTERM in 1, uptime"
	wait_taken_over
	tree_stop
}

@test "tree faq: to start and to stop a process it is added to the configuration, or removed" {
	local old

	tree_start
	wait_up web.0
	old=$(init_of web.0)
	cat >>"$D/processes/$S.yaml" <<-END
		more: {image: rootfs, config: /config/web.yaml, instances: 2}
	END
	ok "$LITHOS/lithos_check" -C "$M"
	# the line of the documentation; only this test's tree is its child
	ok pkill -QUIT -P $$ lithos_tree
	wait_up more.0
	wait_up more.1
	is "$(init_of web.0)" "$old" "what was not changed"
	alive "$TREE"
	processes <<-END
		web: {image: rootfs, config: /config/web.yaml}
	END
	pkill -QUIT -x -F "$RUN/master.pid" lithos_tree
	gone_both() { ! is_up more.0 && ! is_up more.1; }
	until_true gone_both || die "they are still there"
	is "$(init_of web.0)" "$old" "what was not changed"
}

@test "tree faq: lithos_switch: a new process configuration, in place and in effect" {
	tree_start
	wait_up web.0
	printf 'web: {image: rootfs, config: /config/web.yaml, instances: 2}\n' >"$W/new.yaml"
	ok "$LITHOS/lithos_switch" --master "$M" "$S" "$W/new.yaml"
	wait_up web.1
	is "$(cat "$D/processes/$S.yaml")" "$(cat "$W/new.yaml")"
	printf 'web: {image: rootfs\n' >"$W/broken.yaml"
	fails 1 "$LITHOS/lithos_switch" --master "$M" "$S" "$W/broken.yaml"
	is "$(cat "$D/processes/$S.yaml")" "$(cat "$W/new.yaml")"
}

@test "tree faq: output of programs is in a file for each sandbox" {
	tree_start
	wait_up web.0
	wait_text "$LOGS/stderr/$S.log" '^ready$'
	grep -qE '^[0-9-]{10}T[0-9:]{8}Z: ----- Starting "'"$S"'/web.0": "/bin/sh" "-c" .* -----$' "$LOGS/stderr/$S.log"
	# one line for each reading of the configuration
	wait_text "$LOGS/config/$S.log" '"web":{'
}

@test "tree faq: a moved log is begun anew" {
	tree_start
	wait_up web.0
	wait_file "$LOGS/master.log"
	if ! command -v logrotate >/dev/null; then
		skip "logrotate is not installed"
	fi
	sed -e "s,/var/log/lithos,$LOGS,; s,/run/lithos,$RUN,g" -e 's/notifempty/ifempty/' "$top_srcdir/service/lithos.logrotate" >"$W/rotate"
	chmod 0644 "$W/rotate"
	old=$(program_of web.0)
	ok logrotate --force --state "$W/rotate.state" "$W/rotate"
	wait_file "$LOGS/master.log.1"
	wait_file "$LOGS/master.log"
	is "$(program_of web.0)" "$old"
	# programs hold their file, and go on at its end
	[[ -e $LOGS/stderr/$S.log ]]
	grep -q '^ready$' <(zcat -f "$LOGS/stderr/$S.log".1*)
}

@test "tree faq: mnt is empty, and nothing of a container is mounted on the host" {
	tree_start
	wait_up web.0
	is "$(our_mounts)" ""
	[[ ! -d $RUN/mnt ]] || is "$(ls -A "$RUN/mnt")" ""
}

@test "tree faq: lithos_cmd: a shell in a container of its own, beside the one that runs" {
	processes <<-END
		web: {image: rootfs, config: /config/web.yaml}
		shell: {image: rootfs, config: /config/shell.yaml, kind: Command}
	END
	sed -e 's/^arguments:.*/interactive: true\nkind: Command/' -e '/restart-timeout/d' "$I/config/web.yaml" >"$I/config/shell.yaml"
	tree_start
	wait_up web.0
	echo seen >"$BOOKS/mark"
	echo 'cat /books/mark; ls /proc | grep -c "^[0-9]"; exit 7' >"$W/typed"
	fails 7 bash -c '"$@" <"$0"' "$W/typed" "$LITHOS/lithos_cmd" --master "$M" --runtime "$CIST" "$S" shell
	line '^seen$'
	# its init, itself, and what it executes: nobody of the other container
	[[ $(tail -n 1 <<<"$output") -le 4 ]] || die "it sees others:" "$output"
	is_up web.0
	tree_stop
}
