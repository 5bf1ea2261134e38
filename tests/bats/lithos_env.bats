#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# What a program from lithos YAML finds: environment, process id, arguments, sockets.

load helpers
load lithos

sorted() {
	sort <<<"$output"
}

@test "lithos env: exactly these three when none is asked for" {
	container <<-END
		executable: /bin/env
	END
	unset TERM
	it_runs
	is "$(sorted)" "LITHOS_CONFIG=/config/web.yaml
LITHOS_NAME=$N
TERM=dumb"
	reviewed
	is "$(config_of '.process.env | length')" 3
}

@test "lithos env: TERM is the caller's" {
	container <<-END
		executable: /bin/env
	END
	TERM=vt220 it_runs
	line '^TERM=vt220$'
}

@test "lithos env: what the file says, to the letter" {
	container <<-'END'
		executable: /bin/env
		environ:
		  A: yes
		  B: 0x10
		  C: ''
		  D: "two\nlines"
		  E: "a=b  c "
		  F: "ü€"
		  LITHOS_NAME: mine
		  TERM: own
	END
	it_runs
	line '^A=yes$'
	line '^B=0x10$'
	line '^C=$'
	line '^D=two$'
	line '^lines$'
	line '^E=a=b  c $'
	line '^F=ü€$'
	line "^LITHOS_NAME=$N\$"
	line '^TERM=own$'
	no_line '^(PATH|PWD|USER|SHLVL)='
}

@test "lithos env: the program is process 2 below lithos_knot" {
	# shellcheck disable=SC2016
	prints 'echo "$$ $PPID $P"; tr "\0" " " </proc/1/cmdline' <<-'END'
		environ: {P: '@{lithos:pid}'}
	END
	line '^2 1 2$'
	line "^lithos_knot --name $N *$"
}

@test "lithos env: arguments with variables; nothing else is substituted" {
	process <<-'END'
		web: {image: rootfs, config: /config/web.yaml, variables: {word: hello, v: '@{word}'}}
	END
	container <<-'END'
		executable: /bin/echo
		variables:
		  word: !Name
		  v: !Choice ['@{word}']
		arguments: ['@{word}', '@{ word }', '@{v}', '@{lithos:name}', '@{lithos:config_filename}', '@{unclosed', '$HOME *']
	END
	it_runs
	out "hello hello @{word} $N /config/web.yaml @{unclosed \$HOME *"
}

@test "lithos env: all unknown variables are told" {
	container <<-'END'
		executable: /bin/echo
		arguments: ['@{one}']
		environ: {A: '@{two}'}
	END
	refuses 'unknown variable "one"' 'unknown variable "two"' web.yaml
}

@test "lithos env: standard input, output and error are the caller's" {
	echo hello >"$W/in"
	script 'cat; echo oops >&2' <<-'END'
		interactive: true
	END
	launched
	STDIN=$W/in ok P run -b "$LB" "$C"
	out hello
	is "$(grep -v '^time=' <<<"$stderr")" oops
}

@test "lithos env: a working directory" {
	mkdir "$I/some"
	prints pwd <<-'END'
		workdir: /some
	END
	out /some
	prints pwd <<-'END'
		work-dir: /tmp
	END
	out /tmp
}

# ---- sockets ----

# A port that nobody listens on.
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

with_ports() {
	sandbox <<-END
		allow-users: [0-65535]
		allow-groups: [0-65535]
		allow-tcp-ports: [1-65535]
		default-user: 1000
	END
}

@test "lithos sockets: activation: LISTEN_FDS, names in order, process 2, the port on its descriptor" {
	local one two

	one=$(free_port)
	two=$(free_port)
	with_ports
	process <<-END
		web: {image: rootfs, config: /config/web.yaml, variables: {b: $one, a: $two}}
	END
	# shellcheck disable=SC2016
	script 'echo "$LISTEN_FDS $LISTEN_FDNAMES $LISTEN_PID $$"; cat /proc/net/tcp >&2
		readlink /proc/$$/fd/3; readlink /proc/$$/fd/4; [ -e /proc/$$/fd/5 ] || echo no 5' <<-'END'
		variables:
		  b: !TcpPort { activation: systemd }
		  a: !TcpPort { activation: systemd }
	END
	it_runs
	line '^2 a:b 2 2$'
	line '^no 5$'
	# listening (0A) on 0.0.0.0, and inodes in the order of the names
	inode() { awk -v p="$(printf ':%04X' "$1")" '$2 == "00000000" p && $4 == "0A" { print $10 }' "$W/err"; }
	is "$(grep -o 'socket:\[[0-9]*\]' <<<"$output" | tr -dc '0-9\n' | tr '\n' ' ')" "$(inode "$two") $(inode "$one") "
}

@test "lithos sockets: a port of its own, at any descriptor, also 0" {
	local one two

	one=$(free_port)
	two=$(free_port)
	with_ports
	# shellcheck disable=SC2016
	prints 'readlink /proc/$$/fd/0; readlink /proc/$$/fd/7; [ -e /proc/$$/fd/3 ] || echo no 3; echo "$LISTEN_FDS."' <<-END
		tcp-ports:
		  $one: { fd: 7, host: 127.0.0.1 }
		  $two: { fd: 0, listen-backlog: 3, set-non-block: true }
	END
	is "$(grep -c '^socket:' <<<"$output")" 2
	line '^no 3$'
	line '^\.$'
}

@test "lithos sockets: what is not allowed" {
	with_ports
	sed -i 's/allow-tcp-ports.*/allow-tcp-ports: [8000-9000]/' "$L/sandboxes/$S.yaml"
	container <<-'END'
		executable: /bin/true
		tcp-ports: { 80: { fd: 3 } }
	END
	refuses "Port 80 is not allowed"
	container <<-'END'
		executable: /bin/true
		tcp-ports: { 8000: { fd: 1 } }
	END
	refuses "passing fd 1 and fd 2 is not supported yet"
}

# ---- stdout-stderr-file ----

@test "lithos output: into a file inside the container, appended, as its user" {
	mkdir -m 0777 "$W/logs"
	sandbox <<-END
		allow-users: [1000]
		allow-groups: [1000]
		default-user: 1000
		default-group: 1000
		writable-paths: {/logs: $W/logs}
	END
	script 'echo out; echo err >&2' <<-'END'
		volumes:
		  /data: !Persistent { path: /logs }
		stdout-stderr-file: /data/web.log
	END
	it_runs
	out ""
	is "$(cat "$W/logs/web.log")" "out
err"
	is "$(stat -c '%u:%g' "$W/logs/web.log")" 1000:1000
	ok P run -b "$LB" "$C"
	is "$(wc -l <"$W/logs/web.log")" 4 "lines"
	[[ ! -e /data/web.log ]] || die "opened on the host"
}

@test "lithos output: a link, a FIFO or no directory there: it does not start, and nothing waits" {
	mkdir -m 0777 "$W/logs"
	echo precious >"$W/precious"
	ln -s "$W/precious" "$W/logs/link"
	ln -s /proc/1/root/etc/passwd "$W/logs/far"
	mkfifo "$W/logs/fifo"
	sandbox <<-END
		allow-users: [0]
		allow-groups: [0]
		default-user: 0
		writable-paths: {/logs: $W/logs}
	END
	local name
	for name in link far fifo none/web.log .; do
		script 'echo out' <<-END
			volumes:
			  /data: !Persistent { path: /logs }
			stdout-stderr-file: /data/$name
		END
		launched
		try timeout 20 "$CIST" --root "$R" run -b "$LB" "$C"
		[[ $status -ne 0 && $status -ne 124 ]] || show "expected an error for $name"
		P delete --force "$C"
	done
	is "$(cat "$W/precious")" precious
}
