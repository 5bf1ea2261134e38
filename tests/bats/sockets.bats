#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# The annotations org.cist.sockets and org.cist.output.file: what a program finds at numbers that it knows.

load helpers

# A port of loopback that nobody uses, or used of late.
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

host_network() {
	cfg 'del(.linux.namespaces[] | select(.type == "network"))'
}

sockets() {
	cfg --argjson v "$1" '.annotations["org.cist.sockets"] = ($v | tojson)'
}

# What stands behind the arguments runs with the listening sockets of these ports of loopback as descriptors from 3 on.
with_sockets() {
	python3 -c '
import os, socket, sys
n = int(sys.argv[1])
for i in range(n):
    s = socket.socket()
    s.bind(("127.0.0.1", int(sys.argv[2 + i])))
    s.listen(5)
    os.dup2(s.fileno(), 100 + i, True)
for i in range(n):
    os.dup2(100 + i, 3 + i, True)
os.closerange(3 + n, 200)
os.execvp(sys.argv[2 + n], sys.argv[2 + n:])' "$@"
}

# Which descriptors the program has, and the inodes behind its sockets.
show_fds='for f in /proc/self/fd/*; do echo "$f $(readlink $f)"; done; cat /proc/net/tcp'

hex_port() {
	printf '%04X' "$1"
}

@test "sockets: made by the runtime, at exactly these numbers" {
	local a b

	a=$(free_port) b=$(free_port)
	host_network
	sockets "[{\"fd\": 7, \"host\": \"127.0.0.1\", \"port\": $a}, {\"fd\": 0, \"host\": \"127.0.0.1\", \"port\": $b}]"
	inside "$show_fds"
	line '^/proc/self/fd/7 socket:'
	line '^/proc/self/fd/0 socket:'
	no_line '^/proc/self/fd/[4-689] '
	line "0100007F:$(hex_port "$a") 00000000:0000 0A"
	line "0100007F:$(hex_port "$b") 00000000:0000 0A"
}

@test "sockets: the caller's, in the order of the list" {
	local a b

	a=$(free_port) b=$(free_port)
	host_network
	sh_args 'exec /bin/sh -c "ls -l /proc/self/fd; cat /proc/net/tcp"'
	sockets "[{\"fd\": 9, \"host\": \"127.0.0.1\", \"port\": $a}, {\"fd\": 3, \"host\": \"127.0.0.1\", \"port\": $b}]"
	ok with_sockets 2 "$a" "$b" "$CIST" --root "$R" run --preserve-fds 2 -b "$B" "$C"
	# the first of the caller's, 3, is 9, and its second, 4, is 3
	line " 9 -> socket:\\[$(inode_of_port "$a")\\]"
	line " 3 -> socket:\\[$(inode_of_port "$b")\\]"
	no_line ' 4 -> socket'
}

# From the listing that the program itself printed.
inode_of_port() {
	awk -v port=":$(hex_port "$1")" 'index($2, port) && $4 == "0A" { print $10 }' "$W/out"
}

@test "sockets: with another number of descriptors than sockets" {
	host_network
	args true
	sockets '[{"fd": 3, "port": 1}, {"fd": 4, "port": 2}]'
	fails 1 with_sockets 1 "$(free_port)" "$CIST" --root "$R" run --preserve-fds 1 -b "$B" "$C"
	err "org.cist.sockets" "hands over 1 descriptors, the sockets of the host's network are 2"
	nothing_left
}

@test "sockets: answer, also under the built-in init, and are gone with the program" {
	local port

	port=$(free_port)
	host_network
	args probe serve 3 "hello from inside"
	sockets "[{\"fd\": 3, \"host\": \"127.0.0.1\", \"port\": $port}]"
	running --init "$C"
	is "$(timeout 5 python3 -c 'import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1]))); print(s.recv(100).decode())' "$port")" "hello from inside"
	P kill "$C" KILL
	wait_status "$C" stopped
	fails 1 python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])))' "$port"
}

@test "sockets: of the container's own network" {
	sockets '[{"fd": 5, "host": "127.0.0.1", "port": 80, "inside": true}, {"fd": 6, "host": "::", "port": 80, "inside": true}]'
	inside "$show_fds; cat /proc/net/tcp6"
	line '^/proc/self/fd/5 socket:'
	line '^/proc/self/fd/6 socket:'
	line '0100007F:0050 00000000:0000 0A'
	line '00000000000000000000000000000000:0050 .* 0A'
}

@test "sockets: an ordinary user gets low ports too" {
	cfg '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
	sockets '[{"fd": 3, "port": 80, "inside": true}]'
	inside "$show_fds"
	line '^/proc/self/fd/3 socket:'
}

@test "sockets: in a user namespace" {
	with_userns
	sockets '[{"fd": 3, "port": 80, "inside": true}]'
	inside "$show_fds"
	line '^/proc/self/fd/3 socket:'
}

@test "sockets: a port that is taken, an address that is not there" {
	local port

	port=$(free_port)
	host_network
	args true
	background python3 -c 'import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(1); open(sys.argv[2], "w").close(); time.sleep(1000)' \
		"$port" "$W/bound"
	wait_file "$W/bound"
	sockets "[{\"fd\": 3, \"host\": \"127.0.0.1\", \"port\": $port}]"
	fails 1 P run -b "$B" "$C"
	err "listen at 127.0.0.1:$port: address already in use"
	sockets '[{"fd": 3, "host": "203.0.113.77", "port": 80}]'
	fails 1 P run -b "$B" "$C"
	err "listen at 203.0.113.77:80: cannot assign requested address"
	nothing_left
}

@test "sockets: a number above the limit of descriptors" {
	args true
	sockets '[{"fd": 60000, "port": 80, "inside": true}]'
	fails 1 sh -c 'ulimit -n 4096; exec "$@"' sh "$CIST" --root "$R" run -b "$B" "$C"
	err "place the sockets: a socket is to be descriptor 60000, which is above the limit of open files"
	nothing_left
}

@test "sockets: wrong lists" {
	refuses_each "org.cist.sockets" <<-'END'
		.annotations = {"org.cist.sockets": ""}
		.annotations = {"org.cist.sockets": "{}"}
		.annotations = {"org.cist.sockets": "[{\"fd\": 1, \"port\": 80}]"}
		.annotations = {"org.cist.sockets": "[{\"fd\": 3, \"port\": 80}, {\"fd\": 3, \"port\": 81}]"}
		.annotations = {"org.cist.sockets": "[{\"fd\": 3, \"port\": 80, \"host\": \"localhost\"}]"}
		.annotations = {"org.cist.sockets": "[{\"fd\": 3, \"port\": 80, \"frob\": 1}]"}
		.annotations = {"org.cist.sockets": "[{\"fd\": 3, \"port\": 80, \"inside\": true}]"} | .linux.namespaces |= map(select(.type != "network"))
	END
}

@test "sockets: explained" {
	sockets '[{"fd": 3, "port": 80}, {"fd": 4, "port": 81, "inside": true}]'
	ok P explain "$B"
	line 'host: listen$'
	line 'listen at 0.0.0.0:80, backlog 128, reuse of the address  \[annotations.org.cist.sockets\]'
	line 'init: listen$'
	line 'listen at 0.0.0.0:81'
	line 'make the socket of 0.0.0.0:80 descriptor 3'
}

# ---- org.cist.output.file ----

output_file() {
	cfg --arg f "$1" '.annotations["org.cist.output.file"] = $f'
}

@test "output file: both streams, appended to, of the user" {
	mkdir -m 0777 "$B/rootfs/log"
	cfg '.process.user = {uid: 1000, gid: 1001} | .root.readonly = false'
	output_file /log/both
	sh_args 'echo one; echo two >&2'
	ok P run -b "$B" "$C"
	out ""
	ok P run -b "$B" "$C"
	is "$(cat "$B/rootfs/log/both")" "$(printf 'one\ntwo\none\ntwo')"
	is "$(stat -c %u:%g "$B/rootfs/log/both")" 1000:1001
}

@test "output file: a link, a FIFO, a device, a directory, no place for it: not started" {
	mkdir -m 0777 "$B/rootfs/log"
	args true
	ln -s /etc/passwd "$B/rootfs/log/link"
	ln -s "$W/outside" "$B/rootfs/log/out"
	mkfifo "$B/rootfs/log/fifo"
	mkdir "$B/rootfs/log/dir"
	for f in link out fifo dir none/file; do
		output_file "/log/$f"
		fails 1 timeout 10 "$CIST" --root "$R" run -b "$B" "$C"
		err "open the output file: " "/log/$f"
		[[ ! -e $W/outside ]] || die "a file of the host was made"
		nothing_left
	done
	output_file /dev/null
	fails 1 P run -b "$B" "$C"
	err "/dev/null: not a regular file"
}

@test "output file: wrong values" {
	refuses_each "org.cist.output.file" <<-'END'
		.annotations = {"org.cist.output.file": "log"}
		.annotations = {"org.cist.output.file": ""}
	END
	cfg '.annotations = {"org.cist.output.file": "/log"} | .process.terminal = true'
	fails 1 P explain "$B"
	err "org.cist.output.file" "process.terminal is true"
}
