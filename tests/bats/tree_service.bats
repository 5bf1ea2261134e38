#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# lithos_tree as a service: what the service manager is told, and the unit itself where systemd is process 1.

load helpers
load supervised

begin() {
	supervised_begin
	UNIT=
	processes <<-END
		web: {image: rootfs, config: /config/web.yaml, instances: 2}
	END
	lives web steady <<<'kill-timeout: 2'
}

end() {
	if [[ -n ${UNIT-} ]]; then
		systemctl stop "$UNIT" || true
		rm -f "/run/systemd/system/$UNIT"
		systemctl daemon-reload
	fi
	supervised_end
}

# Writes down each message that is sent to the socket $W/notify, one in a line.
listens() {
	background python3 -u -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(4096).decode().replace("\n", " "), flush=True)' "$W/notify" >"$W/heard"
	until_true test -S "$W/notify"
}

with_manager() {
	NOTIFY_SOCKET=$W/notify WATCHDOG_USEC=400000 tree_start
}

@test "tree service: the service manager is told: ready, reloading, alive, stopping" {
	local n

	listens
	with_manager
	wait_text "$W/heard" '^READY=1 '
	wait_up web.0
	wait_text "$W/heard" '^WATCHDOG=1 '
	kill -QUIT "$TREE"
	wait_text "$W/heard" '^RELOADING=1 MONOTONIC_USEC=[0-9]* '
	ready_again() { [[ $(sed '1,/^RELOADING=1/d' "$W/heard" | grep -c '^READY=1 ') -ge 1 ]]; }
	until_true ready_again || die "not ready again:" "$(cat "$W/heard")"
	n=$(grep -c '^WATCHDOG=1' "$W/heard")
	alive_on() { [[ $(grep -c '^WATCHDOG=1' "$W/heard") -gt $((n + 1)) ]]; }
	until_true alive_on || die "nothing of a watchdog after a reload"
	tree_stop
	wait_text "$W/heard" '^STOPPING=1 '
	# of containers nothing: they are not this service's main process
	is "$(grep -c MAINPID "$W/heard")" 0
}

@test "tree service: containers know nothing of the service manager" {
	listens
	with_manager
	wait_up web.0
	is "$(tr '\0' '\n' <"/proc/$(program_of web.0)/environ" | grep -cE '^(NOTIFY_SOCKET|WATCHDOG_)')" 0
	is "$(tr '\0' '\n' <"/proc/$(init_of web.0)/environ" | grep -cE '^(NOTIFY_SOCKET|WATCHDOG_)')" 0
}

@test "tree service: the unit: a reload, a death of the supervisor, a stop" {
	local main pid

	[[ $(cat /proc/1/comm) == systemd ]] || skip "process 1 is not systemd"
	UNIT=lithos-$MARK.service
	sed "s,^ExecStart=.*,ExecStart=$LITHOS/lithos_tree --config $M --runtime $CIST,; s,^RequiresMountsFor=.*,," \
		"$top_builddir/service/lithos.service" >"/run/systemd/system/$UNIT"
	systemctl daemon-reload
	ok systemctl start "$UNIT"
	is "$(systemctl is-active "$UNIT")" active
	wait_up web.0
	wait_up web.1
	main=$(systemctl show -p MainPID --value "$UNIT")
	is "$main" "$(cat "$RUN/master.pid")"
	pid=$(program_of web.0)

	ok systemctl reload "$UNIT"
	is "$(systemctl show -p MainPID --value "$UNIT")" "$main" "pid after a reload"
	is "$(program_of web.0)" "$pid" "a program after a reload"

	kill -KILL "$main"
	another() { [[ $(systemctl is-active "$UNIT") == active && $(systemctl show -p MainPID --value "$UNIT") != "$main" ]]; }
	until_true another || die "no other supervisor: $(systemctl status "$UNIT" 2>&1)"
	is "$(program_of web.0)" "$pid" "a program after its supervisor"

	ok systemctl stop "$UNIT"
	wait_gone "$pid"
	is "$(systemctl is-failed "$UNIT")" inactive
	no_tree_processes
	is "$(grep -c '^begin' "$BOOKS/ledger")" 2 "lives"
}
