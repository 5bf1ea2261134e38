#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

@test "run: a program of garbage, a script without interpreter (row 31, row 32)" {
	args /bin/garbage
	fails 1 P run -b "$B" "$C"
	err "exec format error"
	nothing_left
	args /bin/orphan-script
	fails 1 P run -b "$B" "$C"
	err "no such file or directory"
	nothing_left
}

@test "run: a working directory that is not there is made (row 33)" {
	cfg '.process.cwd = "/new/dir"'
	args pwd
	run_it
	out /new/dir
}

@test "run: a working directory that is a file (row 34)" {
	cfg '.process.cwd = "/etc/passwd"'
	args pwd
	fails 1 P run -b "$B" "$C"
	err "not a directory"
	nothing_left
}

@test "run: status of the program; the container is gone (row 90)" {
	sh_args 'exit 3'
	fails 3 P run -b "$B" "$C"
	nothing_left
}

@test "run: a program killed by a signal" {
	sh_args 'sleep 1000 & wait'
	"$CIST" --root "$R" run -b "$B" "$C" </dev/null >/dev/null 2>&1 3>&- &
	BG=$!
	wait_status "$C" running
	P kill "$C" KILL
	rc=0
	wait "$BG" || rc=$?
	is "$rc" 137
	nothing_left
}

@test "run: SIGTERM to the runtime reaches the program (row 91)" {
	sh_args 'trap "exit 42" TERM; echo up; while :; do sleep 0.02; done'
	"$CIST" --root "$R" run -b "$B" "$C" >"$W/ran" </dev/null 3>&- &
	BG=$!
	wait_text "$W/ran" up
	kill -TERM "$BG"
	rc=0
	wait "$BG" || rc=$?
	is "$rc" 42
	nothing_left
}

@test "run: other signals are forwarded too" {
	sh_args 'for s in HUP INT QUIT USR1 USR2 CONT ALRM; do trap "echo got $s" $s; done
		trap "exit 7" TERM; echo up; while :; do sleep 0.02; done'
	"$CIST" --root "$R" run -b "$B" "$C" >"$W/ran" </dev/null 3>&- &
	BG=$!
	wait_text "$W/ran" up
	for s in HUP USR1 USR2 CONT ALRM; do
		kill "-$s" "$BG"
		wait_text "$W/ran" "got $s"
	done
	kill -TERM "$BG"
	rc=0
	wait "$BG" || rc=$?
	is "$rc" 7
}

@test "run: deleted by somebody else while it is in the foreground" {
	"$CIST" --root "$R" run -b "$B" "$C" </dev/null >/dev/null 2>"$W/ran" 3>&- &
	BG=$!
	wait_status "$C" running
	quiet timeout 5 "$CIST" --root "$R" delete --force "$C"
	# the name is free at once, and whoever has it now is left alone by the one that ran before
	created
	rc=0
	wait "$BG" || rc=$?
	is "$rc" 137
	is "$(cat "$W/ran")" ""
	is "$(status_of "$C")" created
}

@test "run: SIGKILL of the runtime does not kill the container" {
	"$CIST" --root "$R" run -b "$B" "$C" </dev/null >/dev/null 2>&1 3>&- &
	BG=$!
	wait_status "$C" running
	kill -KILL "$BG"
	wait_for "$BG"
	is "$(status_of "$C")" running
	quiet P delete --force "$C"
	nothing_left
}

@test "run: --keep leaves it stopped (row 92)" {
	args echo hello
	ok P run --keep -b "$B" "$C"
	out hello
	is "$(status_of "$C")" stopped
	quiet P delete "$C"
	nothing_left
}

@test "run: --detach with a PID file; delete -f twice (row 93)" {
	quiet P run -d --pid-file "$W/pid" -b "$B" "$C"
	is "$(cat "$W/pid")" "$(pid_of "$C")"
	pid=$(cat "$W/pid")
	quiet P delete -f "$C"
	wait_gone "$pid"
	quiet P delete -f "$C"
}

@test "run: --no-subreaper and --detach=true are known" {
	args true
	quiet P run --no-subreaper -b "$B" "$C"
	args sleep 1000
	quiet P run --detach=true -b "$B" "$C"
}

@test "run: HOME from the container's passwd (row 94)" {
	inside 'echo $HOME'
	out /root
	cfg '.process.user = {"uid": 1000, "gid": 1000}'
	run_it
	out /home/user
	cfg '.process.env += ["HOME=/mine"]'
	run_it
	out /mine
	cfg '.process.env -= ["HOME=/mine"] | .process.user = {"uid": 54321, "gid": 1}'
	run_it
	out /
}

@test "run: no descriptor of the caller leaks (row 95)" {
	args ls /proc/self/fd
	try sh -c 'exec 3</etc/passwd 4</etc/group 5</etc/hostname
		exec "$0" --root "$1" run -b "$2" "$3"' "$CIST" "$R" "$B" "$C"
	is "$status" 0
	is "$(tr '\n' ' ' <"$W/out")" "0 1 2 3 "
}

@test "run: --preserve-fds 1 lets 3 through, not 4 (row 96)" {
	sh_args 'readlink /proc/self/fd/3; ls /proc/self/fd'
	try sh -c 'exec 3</etc/passwd 4</etc/group
		exec "$0" --root "$1" run --preserve-fds 1 -b "$2" "$3"' "$CIST" "$R" "$B" "$C"
	is "$status" 0
	is "$(tr '\n' ' ' <"$W/out")" "/etc/passwd 0 1 2 3 4 "
}

@test "run: LISTEN_FDS for this process, and --preserve-fds after them (row 97)" {
	sh_args 'env | grep LISTEN; readlink /proc/self/fd/3; readlink /proc/self/fd/4; ls /proc/self/fd'
	try sh -c 'exec 3</etc/passwd 4</etc/group 5</etc/hostname
		LISTEN_FDS=1 LISTEN_PID=$$; export LISTEN_FDS LISTEN_PID
		exec "$0" --root "$1" run --preserve-fds 1 -b "$2" "$3"' "$CIST" "$R" "$B" "$C"
	is "$status" 0
	line '^LISTEN_FDS=1$'
	line '^LISTEN_PID=1$'
	line '^/etc/passwd$'
	line '^/etc/group$'
	no_line '^6$'
}

@test "run: LISTEN_FDS of another process is ignored" {
	sh_args 'env | grep LISTEN; ls /proc/self/fd; true'
	try sh -c 'exec 3</etc/passwd
		LISTEN_FDS=1 LISTEN_PID=1; export LISTEN_FDS LISTEN_PID
		exec "$0" --root "$1" run -b "$2" "$3"' "$CIST" "$R" "$B" "$C"
	is "$(tr '\n' ' ' <"$W/out")" "0 1 2 3 "
}

@test "run: a capability that does not exist is a warning at most (row 107)" {
	cfg '.process.capabilities.bounding += ["CAP_FOO"]'
	ok P --log "$W/log" --log-format json run -d -b "$B" "$C"
	quiet P delete --force "$C"
	args /nope
	fails 1 P --log "$W/log2" --log-format json create -b "$B" "$C"
	is "$(head -1 "$W/log2" | jq -r .level)" error "first line of the log"
}

@test "run: standard input ends, output arrives whole" {
	args wc -c
	head -c 300000 /dev/zero >"$W/in"
	STDIN=$W/in ok P run -b "$B" "$C"
	out 300000
	args sh -c 'dd if=/dev/zero bs=1k count=2000 2>/dev/null'
	is "$(P run -b "$B" "$C" </dev/null 3>&- | wc -c)" 2048000
}

@test "run: standard files belong to the process user, /dev/null does not change" {
	before=$(stat -c %u:%a /dev/null)
	cfg '.process.user = {"uid": 1000, "gid": 1000}'
	sh_args 'echo again >/proc/self/fd/1'
	run_it
	out again
	is "$(stat -c %u:%a /dev/null)" "$before"
}

@test "run: on a terminal: a tty inside, its size, raw outside, status kept" {
	cfg '.process.terminal = true'
	sh_args 'tty; stty size; ls -l /dev/console; exit 6'
	rc=0
	"$TOOLS/ptyrun" 37 117 "$CIST" --root "$R" run -b "$B" "$C" >"$W/screen" </dev/null 3>&- || rc=$?
	is "$rc" 6
	grep -qE '^/dev/(pts/0|console)' "$W/screen"
	grep -q '^37 117' "$W/screen"
	nothing_left
}

@test "run: a resize of the terminal reaches the program" {
	cfg '.process.terminal = true'
	# the first size is there before the program, so a signal can only be the second
	sh_args 'trap "stty size; exit 0" WINCH; stty size; echo up; while :; do sleep 0.05; done'
	"$TOOLS/ptyrun" -r 50 150 20 60 "$CIST" --root "$R" run -b "$B" "$C" >"$W/screen" </dev/null 3>&- &
	BG=$!
	wait_text "$W/screen" up
	grep -q "^20 60" "$W/screen"
	kill -USR1 "$BG"
	wait_text "$W/screen" "50 150"
	rc=0
	wait "$BG" || rc=$?
	is "$rc" 0
}

@test "run: what is typed reaches the program, Ctrl-C interrupts it" {
	cfg '.process.terminal = true'
	sh_args 'trap "echo interrupted; exit 9" INT; echo up; read x; echo "read $x"; while :; do sleep 0.05; done'
	mkfifo "$W/keys"
	"$TOOLS/ptyrun" 20 60 "$CIST" --root "$R" run -b "$B" "$C" >"$W/screen" <"$W/keys" 3>&- &
	BG=$!
	exec 7>"$W/keys"
	wait_text "$W/screen" up
	echo word >&7
	wait_text "$W/screen" "read word"
	printf '\003' >&7
	rc=0
	wait "$BG" || rc=$?
	exec 7>&-
	is "$rc" 9
	grep -q interrupted "$W/screen"
}

@test "run: terminal wanted, none there" {
	cfg '.process.terminal = true'
	fails 1 setsid -w "$CIST" --root "$R" run -b "$B" "$C"
	err tty
	nothing_left
}

@test "run: NOTIFY_SOCKET: READY and MAINPID come out, the rest does not (row 113)" {
	sh_args 'probe notify STATUS=busy "READY=1" WATCHDOG=1; sleep 1000'
	background "$TOOLS/recvfd" --dgram "$W/n" "$W/heard"
	wait_file "$W/n"
	NOTIFY_SOCKET=$W/n ok P run -d --pid-file "$W/pid" -b "$B" "$C"
	wait_text "$W/heard" "^READY=1"
	wait_text "$W/heard" "^MAINPID=$(cat "$W/pid")"
	is "$(grep -cE 'STATUS|WATCHDOG' "$W/heard")" 0
}

@test "run: NOTIFY_SOCKET: returns only after READY" {
	sh_args 'echo $NOTIFY_SOCKET >/where; while [ ! -e /go ]; do sleep 0.02; done; probe notify READY=1; sleep 1000'
	background "$TOOLS/recvfd" --dgram "$W/n" "$W/heard"
	wait_file "$W/n"
	NOTIFY_SOCKET=$W/n "$CIST" --root "$R" run -d -b "$B" "$C" </dev/null >/dev/null 2>&1 3>&- &
	BG=$!
	wait_file "$B/rootfs/where"
	sleep 0.3
	alive "$BG"
	: >"$B/rootfs/go"
	rc=0
	wait "$BG" || rc=$?
	is "$rc" 0
	is "$(cat "$B/rootfs/where")" /run/notify/notify.sock
}

@test "run: create and start with NOTIFY_SOCKET" {
	sh_args 'probe notify READY=1; sleep 1000'
	background "$TOOLS/recvfd" --dgram "$W/n" "$W/heard"
	wait_file "$W/n"
	NOTIFY_SOCKET=$W/n quiet P create -b "$B" "$C"
	NOTIFY_SOCKET=$W/n ok P start "$C"
	wait_text "$W/heard" "^READY=1"
}

@test "run, start: NOTIFY_SOCKET: one that is never READY can be deleted" {
	background "$TOOLS/recvfd" --dgram "$W/n" "$W/heard"
	wait_file "$W/n"
	NOTIFY_SOCKET=$W/n quiet P create -b "$B" "$C"
	background env NOTIFY_SOCKET="$W/n" "$CIST" --root "$R" start "$C"
	wait_status "$C" running
	quiet timeout 5 "$CIST" --root "$R" delete --force "$C"
	wait_gone "$BG"
	nothing_left
}

@test "run: --detach with NOTIFY_SOCKET: SIGTERM while it waits ends both" {
	background "$TOOLS/recvfd" --dgram "$W/n" "$W/heard"
	wait_file "$W/n"
	NOTIFY_SOCKET=$W/n "$CIST" --root "$R" run -d -b "$B" "$C" </dev/null >/dev/null 2>"$W/ran" 3>&- &
	BG=$!
	wait_status "$C" running
	kill -TERM "$BG"
	rc=0
	wait "$BG" || rc=$?
	is "$rc" 1
	grep -q "interrupted by signal 15" "$W/ran"
	nothing_left
}
