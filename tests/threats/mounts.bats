#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# Mounts that are added to a container that runs, and id-mapped ones, against containers that want more from them.

load ../bats/helpers

begin() {
	mkdir -p "$W/src" "$W/outside"
	echo data >"$W/src/file"
	echo secret >"$W/outside/file"
	F=$W/mounts.json
}

add() {
	jq -n --arg s "$W/src" --arg d "$1" '[{destination: $d, type: "bind", source: $s, options: ["bind"]}]' >"$F"
	try timeout 20 "$CIST" --root "$R" mounts add "$C" "$F"
	isnt "$status" 124 "time is up"
}

outside_is_untouched() {
	is "$(ls -A "$W/outside")" file
	is "$(cat "$W/outside/file")" secret
	is "$(our_mounts)" "" "mounts on the host"
}

@test "mounts: links in the container's root lead nowhere outside" {
	local target

	for target in "$W/outside" "../../../../../../../..$W/outside" "/proc/1/root$W/outside" "/proc/self/cwd/..$W/outside"; do
		rm -f "$B/rootfs/link"
		ln -s "$target" "$B/rootfs/link"
		running
		add /link/new
		add /link
		outside_is_untouched
		quiet P delete --force "$C"
	done
}

@test "mounts: a container that swaps links all the time gets nothing of the host's, and nothing lands there" {
	local i

	mkdir "$B/rootfs/place"
	cp "$TOOLS/hostile" "$B/rootfs/bin/hostile" 2>/dev/null || true
	sh_args "while :; do mkdir -p /p; ln -sfn $W/outside /q; mv -T /p /r 2>/dev/null; ln -sfn $W/outside /p 2>/dev/null; rm -f /p; mv -T /r /p 2>/dev/null; done"
	running
	for i in 1 2 3 4 5 6 7 8; do
		add /p/new
		add /q/new
	done
	outside_is_untouched
}

@test "mounts: a FIFO or a device as the destination does not hold it up" {
	mkfifo "$B/rootfs/fifo"
	running
	add /fifo
	add /dev/null
	jq -n --arg s "$W/src/file" '[{destination: "/fifo", type: "bind", source: $s}]' >"$F"
	ok timeout 20 "$CIST" --root "$R" mounts add "$C" "$F"
	ok P exec "$C" cat /fifo
	out data
}

@test "mounts: /proc stays what it is" {
	running
	for place in /proc /proc/self/attr /proc/sys/kernel /proc/1/fd /proc/../proc/sysrq-trigger; do
		add "$place"
		[[ $status -eq 1 ]] || show "expected a refusal of $place"
	done
}

@test "mounts: a renamed parent does not uncover a masked file" {
	mkdir "$B/rootfs/box"
	touch "$B/rootfs/box/secret"
	cfg '.linux.maskedPaths += ["/box/secret"]'
	sh_args 'mv /box /other; sleep 1000'
	running
	until_true test -e "$B/rootfs/other"
	echo '[{"destination": "/other/secret"}]' >"$F"
	fails 1 P mounts remove "$C" "$F"
	err "masked"
}

@test "mounts: what joins the container cannot be opened by it, and is gone afterwards" {
	cfg '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	sh_args 'while :; do for p in /proc/[0-9]*; do case $p in /proc/1|/proc/self) ;; *)
		e=$(readlink $p/exe); case $e in *memfd*|"") ;; /bin/*) ;; *) echo "$p $e" >>/found;; esac; ls -l $p/fd 2>/dev/null | grep -q "'"$W"'" && echo "$p fd" >>/found;; esac; done; done'
	running
	for place in /m1 /m2 /m3; do
		add "$place"
		[[ $status -eq 0 ]] || show "expected success"
	done
	[[ ! -e $B/rootfs/found ]] || die "$(cat "$B/rootfs/found")"
}
