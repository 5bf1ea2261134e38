#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# The runtime's own binary is out of reach of a container (CVE-2019-5736 and what followed it).

load ../bats/helpers

begin_file() {
	# the binary under attack is a copy: a runtime without the defence must not lose the real one
	mkdir "$T/sbin"
	cp "$CIST" "$T/sbin/cist"
}

begin() {
	CIST=$T/sbin/cist
	HASH=$(sha256sum <"$CIST")
}

end() {
	is "$(sha256sum <"$CIST")" "$HASH" "the runtime's binary after the test"
}

# No process of the container has an executable that is neither memory nor of its root.
no_host_executable() {
	local p exe is want seen=0

	for p in $(our_cgroups | sed 's,$,/cgroup.procs,' | xargs cat 2>/dev/null | sort -u); do
		exe=$(readlink "/proc/$p/exe") && is=$(stat -Lc %d:%i "/proc/$p/exe" 2>/dev/null) || continue
		seen=1
		[[ $exe != /memfd:cist-init* ]] || continue
		want=$(stat -Lc %d:%i "/proc/$p/root$exe" 2>/dev/null) || continue
		is "$is" "$want" "executable of process $p ($exe)"
	done
	is "$seen" 1 "processes seen"
}

seals_of() {
	# F_GET_SEALS
	python3 -c 'import fcntl, os, sys; print(fcntl.fcntl(os.open(sys.argv[1], os.O_RDONLY), 1034))' "$1"
}

@test "binary: in created the executable is memory, sealed against writing, growing, shrinking, unsealing" {
	local pid

	created
	pid=$(pid_of "$C")
	[[ $(readlink "/proc/$pid/exe") == /memfd:cist-init* ]] || die "$(readlink "/proc/$pid/exe")"
	isnt "$(stat -Lc %d:%i "/proc/$pid/exe")" "$(stat -Lc %d:%i "$CIST")" "executable in created"
	command -v python3 >/dev/null || skip "no python3 to ask for the seals"
	is $(($(seals_of "/proc/$pid/exe") & 15)) 15 "seals"
}

@test "binary: in created no descriptor and no mapping leads to the runtime's binary" {
	local pid inode fd

	created
	pid=$(pid_of "$C")
	inode=$(stat -c %i "$CIST")
	for fd in "/proc/$pid/fd"/*; do
		isnt "$(stat -Lc %d:%i "$fd")" "$(stat -c %d:%i "$CIST")" "descriptor ${fd##*/}"
	done
	! awk -v i="$inode" '$5 == i' "/proc/$pid/maps" | grep -F "$CIST" || die "mapped: $(cat "/proc/$pid/maps")"
}

@test "binary: after start and during exec every executable is the container's own" {
	local i pids=()

	running
	no_host_executable
	for i in 1 2 3 4 5 6 7 8 9 10; do
		P exec "$C" sleep 0.1 3>&- &
		pids+=($!)
		no_host_executable
	done
	for i in 1 2 3 4 5; do
		no_host_executable
	done
	wait_for "${pids[@]}"
}

@test "binary: an exec is of sealed memory from the first moment in the container's pid namespace" {
	command -v strace >/dev/null || skip "needs strace"
	running
	strace -f -qq -e trace=execveat,execve,setns,clone3,clone -o "$W/trace" "$CIST" --root "$R" exec "$C" true \
		</dev/null >"$W/out" 2>&1 3>&- || skip "strace does not work here: $(head -1 "$W/out")"
	# whoever joins the pid namespace has executed cist-init before, and execution comes before the join
	awk '/execveat\(.*cist-init/ && / = 0$/ { image[$1] = 1 }
	     /setns\(/ && /NEWPID/ { joined++; if (!image[$1]) bad = 1 }
	     END { exit bad || !joined }' "$W/trace" || die "$(cat "$W/trace")"
}

@test "binary: a hostile entry point whose interpreter is /proc/self/exe does not run the runtime" {
	printf '#!/proc/self/exe\n' >"$B/rootfs/entry"
	chmod 0755 "$B/rootfs/entry"
	args /entry
	try P run -b "$B" "$C"
	isnt "$status" 0 "exit status"
	no_line 'cist|USAGE'
}

@test "binary: writers that wait inside do not get it, however often exec runs what they want" {
	local i

	printf '#!/proc/self/exe\n' >"$B/rootfs/bin/bait"
	chmod 0755 "$B/rootfs/bin/bait"
	# opens for writing whatever executable appears beside it
	cat >"$B/rootfs/bin/hunter" <<-'END'
		#!/bin/sh
		echo ready >/ready
		while :; do
			for p in /proc/[0-9]*; do
				[ "$p" = /proc/$$ ] && continue
				exe=$(readlink $p/exe) || continue
				case $exe in /bin/*|"") continue ;; esac
				(echo overwritten >>$p/exe) 2>/dev/null && echo "$exe" >>/caught
			done
		done
	END
	chmod 0755 "$B/rootfs/bin/hunter"
	args hunter
	running
	wait_file "$B/rootfs/ready"
	for i in $(seq 20); do
		try P exec "$C" bait
		isnt "$status" 0 "status of the bait"
		try P exec "$C" true
		is "$status" 0 "status of an exec"
	done
	[[ ! -e $B/rootfs/caught ]] || die "written to: $(sort -u "$B/rootfs/caught")"
}

# One memory file with cist-init for two: what can a container with every right do to the other, and to the next one?
@test "binary: an image that containers share is out of reach of one of them" {
	command -v python3 >/dev/null || skip "needs python3"
	[[ -x $top_builddir/cist-init ]] || skip "needs the cist-init of the build"
	cp -a "$B" "$W/victim"
	jq '.process.args = ["sleep", "1000"]' "$B/config.json" >"$W/victim/config.json"
	cfg '.process.capabilities |= map_values(["CAP_SYS_PTRACE", "CAP_KILL", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_CHOWN",
		"CAP_FSETID", "CAP_SYS_ADMIN"])'
	sh_args 'exec 2>/errors
		exe=/proc/1/exe
		readlink $exe || echo blind
		dd if=/bin/busybox of=$exe conv=notrunc && echo wrote
		echo x >>$exe && echo appended
		true >$exe && echo emptied
		truncate -s 0 $exe && echo shrank
		truncate -s 1000000 $exe && echo grew
		fallocate -l 1000000 $exe && echo allocated
		for mode in 0444 0000 0644; do chmod $mode $exe && echo "mode $mode"; done
		chmod 4555 $exe && echo set-uid
		chown 1000:1000 $exe && echo owned
		exit 0'
	# shellcheck disable=SC2016 # another shell's
	ok python3 -c '
import os, sys
os.dup2(os.memfd_create("cist-init", 2 | 16), 9)
os.environ["CIST_INIT_IMAGE"] = "9"
os.execvp(sys.argv[1], sys.argv[1:])' sh -c 'set -e
		"$1" --root "$2" run --init -d -b "$3/victim" "$4-victim" >/dev/null 2>&1
		"$1" --root "$2" run --init -b "$5" "$4"
		"$1" --root "$2" run --init -d -b "$3/victim" "$4-next" >/dev/null 2>&1' - "$CIST" "$R" "$W" "$C" "$B"
	line '^/memfd:cist-init'
	no_line '^(blind|wrote|appended|emptied|shrank|grew|allocated)'
	# Linux 6.3 has a seal for that
	[[ $(($(seals_of "/proc/$(pid_of "$C-victim")/exe") & 32)) -eq 0 ]] || no_line '^mode'
	for c in victim next; do
		cmp "/proc/$(pid_of "$C-$c")/exe" "$top_builddir/cist-init"
		quiet P exec "$C-$c" true
		is "$(status_of "$C-$c")" running
	done
	# what could be changed, owner and set-uid, only ends the sharing
	is "$(stat -Lc '%a %u' "/proc/$(pid_of "$C-next")/exe")" "555 0"
	isnt "$(stat -Lc %i "/proc/$(pid_of "$C-next")/exe")" "$(stat -Lc %i "/proc/$(pid_of "$C-victim")/exe")" "image of the next"
}

@test "binary: the copy does not count against a small memory limit" {
	cfg '.linux.resources.memory.limit = 6291456'
	args true
	run_it
}

@test "binary: a set-uid copy refuses to run for others" {
	command -v setpriv >/dev/null || skip "needs setpriv"
	cp "$CIST" "$T/sbin/setuid"
	chmod 4755 "$T/sbin/setuid"
	findmnt -no OPTIONS -T "$T" | grep -q nosuid && skip "$T is on a nosuid file system"
	fails 1 setpriv --reuid 1000 --regid 1000 --clear-groups "$T/sbin/setuid" --root "$R" list
	err_any "set-uid" "setuid" "set-user"
	rm "$T/sbin/setuid"
}
