#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# The built-in init runs beside what it watches: what does a hostile program get of it?

load ../bats/helpers

@test "init: root of the container cannot look into it, nor write the record" {
	sh_args 'for f in exe cwd root fd/0; do readlink /proc/1/$f && echo "reads $f"; done
		for f in mem environ maps auxv; do cat /proc/1/$f >/dev/null && echo "opens $f"; done
		echo "exit 0" >/proc/1/fd/0 && echo "writes the record"
		exit 3'
	try P run --init --keep -b "$B" "$C"
	is "$status" 3
	no_line '^(reads|opens|writes)'
	is "$(cat "$R/$C/exit")" "exit 3"
}

@test "init: as the program's user neither, and its limits are not to be changed" {
	sh_args 'readlink /proc/1/fd/0 && echo reads; kill -KILL 1 && sleep 0.2; exit 3'
	cfg '.process.user = {uid: 1000, gid: 1000}'
	try P run --init --keep -b "$B" "$C"
	is "$status" 3
	no_line '^reads'
	is "$(cat "$R/$C/exit")" "exit 3"
}

@test "init: with CAP_SYS_PTRACE there is its record and a memory file, and nothing of the host besides" {
	sh_args 'ls /proc/1/fd; readlink /proc/1/exe; readlink /proc/1/cwd; ls -di /proc/1/root/. /.; tr "\0" "\n" </proc/1/environ'
	cfg '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE", "CAP_KILL"]) | .process.capabilities.ambient = []
		| .process.capabilities.inheritable = []'
	try P run --init --keep -b "$B" "$C"
	is "$status" 0
	is "$(sed -n 1,2p "$W/out" | tr '\n' ' ' | cut -c1-10)" "0 /memfd:c"
	is "$(sed -n 3p "$W/out")" /
	is "$(sed -n 4p "$W/out" | awk '{ print $1 }')" "$(sed -n 5p "$W/out" | awk '{ print $1 }')" "root"
	is "$(wc -l <"$W/out")" 5 "lines, the environment being empty"
}

@test "init: it has one capability, no new privileges, and a filter" {
	sh_args 'cat /proc/1/status'
	ok P run --init -b "$B" "$C"
	line '^CapEff:[[:space:]]*0000000000000020$'
	line '^CapPrm:[[:space:]]*0000000000000020$'
	line '^CapInh:[[:space:]]*0000000000000000$'
	line '^CapAmb:[[:space:]]*0000000000000000$'
	line '^NoNewPrivs:[[:space:]]*1$'
	line '^Seccomp:[[:space:]]*2$'
}
