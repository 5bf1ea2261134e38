#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# Devices and terminals that are not what they seem (CVE-2025-31133, CVE-2025-52565, CVE-2026-88265, CVE-2017-5226).

load ../bats/helpers

begin() {
	cp "$TOOLS/hostile" "$B/rootfs/bin/hostile"
	mkdir -p "$W/outside"
	echo secret >"$W/outside/file"
}

end() {
	is "$(cat "$W/outside/file")" secret "the file outside"
}

# The image's own /dev, nothing mounted on it.
own_dev() {
	cfg '.mounts |= map(select(.destination | startswith("/dev") | not))'
	rm -rf "$B/rootfs/dev"
	mkdir -p "$B/rootfs/dev/pts"
}

# What is masked reads empty and takes no writing, or the start fails.
masked_or_refused() {
	sh_args 'cat /masked; echo pwned >/masked 2>/dev/null; cat /masked; true'
	cfg '.linux.maskedPaths = ["/masked"]'
	echo sensitive >"$B/rootfs/masked"
	try P run -b "$B" "$C"
	P delete --force "$C"
	[[ $output != *sensitive* && $output != *pwned* && $output != *forged* && $output != *secret* ]] ||
		show "the mask shows something"
	is "$(cat "$B/rootfs/masked")" sensitive "the masked file"
	[[ ! -f $B/rootfs/forged ]] || is "$(cat "$B/rootfs/forged")" forged "the forged null device"
}

@test "devices: a forged /dev/null masks nothing with something else" {
	own_dev
	echo forged >"$B/rootfs/forged"
	ln -s /forged "$B/rootfs/dev/null"
	masked_or_refused
	rm "$B/rootfs/dev/null"
	ln -s "$W/outside/file" "$B/rootfs/dev/null"
	masked_or_refused
	rm "$B/rootfs/dev/null"
	echo forged >"$B/rootfs/dev/null"
	masked_or_refused
	rm "$B/rootfs/dev/null"
	mkfifo "$B/rootfs/dev/null"
	masked_or_refused
	rm "$B/rootfs/dev/null"
	masked_or_refused
	rm -f "$B/rootfs/dev/null"
	mknod "$B/rootfs/dev/null" c 1 5 || skip "cannot make a device"
	masked_or_refused
}

@test "devices: the same with a bind on /dev, where nothing is made" {
	mkdir "$B/dev"
	echo forged >"$B/dev/null"
	cfg --arg s "$B/dev" '.mounts |= map(select(.destination | startswith("/dev") | not))
		+ [{destination: "/dev", type: "bind", source: $s, options: ["rbind"]}]'
	masked_or_refused
	# the script itself opens it for its errors; what was meant for the masked file must not be in it
	! grep -q pwned "$B/dev/null" || die "the forged null device took it"
}

@test "devices: standard streams that are /dev/null do not become a file of the image" {
	own_dev
	echo forged >"$B/rootfs/forged"
	chmod 0600 "$B/rootfs/forged"
	ln -s /forged "$B/rootfs/dev/null"
	args sh -c 'ls -lL /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 >/seen; cat; echo written'
	cfg '.process.user = {uid: 1000, gid: 1000}'
	chmod 1777 "$B/rootfs"
	"$CIST" --root "$R" run -b "$B" "$C" </dev/null >/dev/null 2>/dev/null 3>&- || true
	P delete --force "$C"
	is "$(cat "$B/rootfs/forged")" forged
	is "$(stat -c %u "$B/rootfs/forged")" 0 "owner of the image's file"
	is "$(stat -c %u /dev/null)" 0 "owner of the host's null device"
	[[ ! -e $B/rootfs/seen ]] || ! grep -v '^c' "$B/rootfs/seen" || die "$(cat "$B/rootfs/seen")"
}

@test "devices: nodes of the image, and new ones, give no access" {
	local node

	for node in "c 1 1" "c 1 2" "c 1 4" "c 1 11" "b 8 0" "b 254 0" "c 10 223"; do
		args sh -c "hostile mknod $node"
		cfg '.process.capabilities |= map_values(. + ["CAP_MKNOD"]) | .process.capabilities.ambient = []
		     | .process.capabilities.inheritable = []'
		run_it
		line '^(mknod|open): (operation not permitted|Operation not permitted)$'
	done
	args sleep 1000
	running "$C-2"
	for node in "c 1 1" "c 1 11" "b 8 0"; do
		ok P exec --cap CAP_MKNOD "$C-2" sh -c "hostile mknod $node"
		line '^(mknod|open): .peration not permitted$'
	done
}

@test "devices: without a list of devices in the configuration all but the standard ones are denied" {
	cfg 'del(.linux.resources)
	     | .process.capabilities |= map_values(. + ["CAP_MKNOD"]) | .process.capabilities.ambient = []
	     | .process.capabilities.inheritable = []'
	inside 'hostile mknod c 1 11; hostile mknod b 8 0; cat /dev/null && echo null'
	line '^null$'
	is "$(grep -c 'peration not permitted' <<<"$output")" 2 "denied"
}

@test "devices: nodes in the image are dead where nodev is" {
	mknod "$B/rootfs/kmsg" c 1 11 || skip "cannot make a device"
	inside 'cat /kmsg 2>&1 | head -1'
	line 'not permitted|denied'
}

@test "devices: no controlling terminal of the caller, and no typing on it" {
	[[ -x $TOOLS/ptyrun ]] || skip "no ptyrun"
	sh_args 'hostile tty'
	"$TOOLS/ptyrun" 24 80 "$CIST" --root "$R" run -b "$B" "$C" >"$W/screen" 2>&1 </dev/null 3>&-
	grep -q '^open: No such device or address' "$W/screen" || die "$(cat "$W/screen")"
	grep -q '^TIOCSTI: ok' "$W/screen" && die "$(cat "$W/screen")"
	args sleep 1000
	running "$C-2"
	"$TOOLS/ptyrun" 24 80 "$CIST" --root "$R" exec "$C-2" hostile tty >"$W/screen" 2>&1 </dev/null 3>&-
	grep -q '^open: No such device or address' "$W/screen" || die "$(cat "$W/screen")"
	! grep -q '^TIOCSTI: ok' "$W/screen" || die "$(cat "$W/screen")"
}

@test "devices: a terminal is of the container's own devpts, whatever /dev/ptmx and /dev/pts/0 are in the image" {
	[[ -x $TOOLS/ptyrun ]] || skip "no ptyrun"
	own_dev
	ln -s "$W/outside/file" "$B/rootfs/dev/ptmx"
	ln -s "$W/outside/file" "$B/rootfs/dev/pts/0"
	ln -s "$W/outside/file" "$B/rootfs/dev/pts/ptmx"
	cfg '.process.terminal = true'
	sh_args 'echo typed >/dev/console; stat -c %t:%T /dev/console; echo end'
	"$TOOLS/ptyrun" 24 80 "$CIST" --root "$R" run -b "$B" "$C" >"$W/screen" 2>&1 </dev/null 3>&- || true
	is "$(cat "$W/outside/file")" secret
}
