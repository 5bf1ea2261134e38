#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# Paths inside a hostile root: links in place of mount targets, of /dev and what is in it, of directories to copy, and
# a racing container (CVE-2015-1335, CVE-2021-30465, CVE-2024-45310, CVE-2026-41579, CVE-2026-88264 and their like).

load ../bats/helpers

begin() {
	# what must not change, whatever a root leads to
	mkdir -p "$W/outside/dir"
	echo secret >"$W/outside/file"
	FINGERPRINT=$(fingerprint)
}

end() {
	[[ -z ${FINGERPRINT-} ]] || is "$(fingerprint)" "$FINGERPRINT" "what is outside"
}

fingerprint() {
	find "$W/outside" -printf '%p %y %m %U %G %s %l\n' | sort
	cat "$W/outside/file"
}

# The start is refused, or nothing of the outside is seen, and in either case nothing of it changes (see end).
stays_inside() {
	try P run -b "$B" "$C"
	[[ $output != *secret* ]] || show "the secret is visible"
	P delete --force "$C"
}

add_mount() {
	cfg --argjson m "$1" '.mounts += [$m]'
}

@test "paths: a mount target that is a link, absolute, relative or with .., stays inside" {
	local target

	sh_args 'cat /target/file /dest/file 2>/dev/null; cat /proc/mounts'
	for target in "$W/outside" "../../../../../../../../$W/outside" "/proc/self/root/../..$W/outside" \
		"/proc/1/cwd/$W/outside"; do
		rm -rf "$B/rootfs/target"
		ln -s "$target" "$B/rootfs/target"
		cfg '.mounts |= map(select(.destination != "/target" and .destination != "/target/dir/new"))'
		add_mount '{"destination": "/target", "type": "tmpfs", "source": "tmpfs"}'
		stays_inside
		add_mount '{"destination": "/target/dir/new", "type": "tmpfs", "source": "tmpfs"}'
		stays_inside
	done
}

@test "paths: missing targets of files and directories are not made through links" {
	mkdir "$B/src"
	echo data >"$B/src/file"
	ln -s "$W/outside" "$B/rootfs/abs"
	ln -s "../../../../../../../../../../..$W/outside" "$B/rootfs/rel"
	ln -s /proc/self/root/.. "$B/rootfs/magic"
	sh_args true
	add_mount "$(jq -n --arg s "$B/src/file" '{destination: "/abs/new-file", type: "bind", source: $s, options: ["bind"]}')"
	add_mount "$(jq -n --arg s "$B/src" '{destination: "/rel/new-dir/deeper", type: "bind", source: $s, options: ["rbind"]}')"
	stays_inside
	cfg --arg d "/magic$W/outside/made" '.mounts[-1].destination = $d'
	stays_inside
	cfg --arg d "/../../..$W/outside/made" '.mounts[-1].destination = $d'
	stays_inside
}

@test "paths: the last component of a file's target may be a link to nowhere" {
	mkdir "$B/src"
	echo data >"$B/src/file"
	ln -s "$W/outside/made-by-a-dangling-link" "$B/rootfs/dangling"
	sh_args true
	add_mount "$(jq -n --arg s "$B/src/file" '{destination: "/dangling", type: "bind", source: $s, options: ["bind"]}')"
	stays_inside
}

@test "paths: a FIFO or a device in place of a target does not hold up a start" {
	mkdir "$B/src"
	echo data >"$B/src/file"
	mkfifo "$B/rootfs/fifo"
	sh_args 'cat /fifo'
	add_mount "$(jq -n --arg s "$B/src/file" '{destination: "/fifo", type: "bind", source: $s, options: ["bind"]}')"
	try timeout 10 "$CIST" --root "$R" run -b "$B" "$C"
	isnt "$status" 124 "time is up"
}

@test "paths: /dev as a link to the host, with nothing mounted on it" {
	local target

	mkdir "$W/outside/dev"
	echo mine >"$W/outside/dev/ptmx"
	FINGERPRINT=$(fingerprint)
	sh_args true
	cfg '.mounts |= map(select(.destination | startswith("/dev") | not))'
	for target in "$W/outside/dev" "../../../../../../../../../..$W/outside/dev"; do
		rm -rf "$B/rootfs/dev"
		ln -s "$target" "$B/rootfs/dev"
		stays_inside
		is "$(cat "$W/outside/dev/ptmx")" mine
	done
}

@test "paths: devices and links below a /dev of the image with links in it" {
	rm -rf "$B/rootfs/dev"
	mkdir -p "$B/rootfs/dev"
	for name in null zero full random urandom tty console ptmx fd stdin stdout stderr core pts shm mqueue; do
		ln -s "$W/outside/from-$name" "$B/rootfs/dev/$name"
	done
	ln -s "$W/outside/dir" "$B/rootfs/dev/sub"
	sh_args true
	cfg '.mounts |= map(select(.destination | startswith("/dev") | not))
	     | .linux.devices = [{path: "/dev/sub/fuse", type: "c", major: 10, minor: 229}]'
	stays_inside
}

@test "paths: /dev/console as a link, with a terminal" {
	[[ -x $TOOLS/ptyrun ]] || skip "no ptyrun"
	rm -rf "$B/rootfs/dev"
	mkdir -p "$B/rootfs/dev"
	ln -s "$W/outside/console" "$B/rootfs/dev/console"
	sh_args true
	cfg '.process.terminal = true | .mounts |= map(select(.destination | . != "/dev"))'
	"$TOOLS/ptyrun" 24 80 "$CIST" --root "$R" run -b "$B" "$C" >"$W/out" 2>&1 </dev/null 3>&- || true
	[[ ! -e $W/outside/console ]] || die "made outside"
	P delete --force "$C"
	cfg '.root.readonly = true'
	"$TOOLS/ptyrun" 24 80 "$CIST" --root "$R" run -b "$B" "$C" >"$W/out" 2>&1 </dev/null 3>&- || true
}

@test "paths: a working directory that has to be made stays inside" {
	ln -s "$W/outside" "$B/rootfs/out"
	sh_args 'probe getcwd; ls /'
	cfg '.process.cwd = "/out/new/directory"'
	stays_inside
	cfg --arg d "/../../..$W/outside/new" '.process.cwd = $d'
	stays_inside
}

@test "paths: tmpcopyup copies links as links, and does not open FIFOs or devices" {
	mkdir -p "$B/rootfs/copied/sub"
	ln -s "$W/outside/file" "$B/rootfs/copied/link"
	ln -s "$W/outside" "$B/rootfs/copied/dirlink"
	mkfifo "$B/rootfs/copied/fifo"
	mknod "$B/rootfs/copied/node" c 1 5 || skip "cannot make a device"
	echo text >"$B/rootfs/copied/sub/file"
	add_mount '{"destination": "/copied", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup"]}'
	sh_args 'cat /copied/sub/file; readlink /copied/link; cat /copied/link /copied/dirlink/file 2>/dev/null; true'
	try timeout 15 "$CIST" --root "$R" run -b "$B" "$C"
	isnt "$status" 124 "time is up"
	[[ $output != *secret* ]] || show "the secret was copied"
	if [[ $status -eq 0 ]]; then
		line '^text$'
		line "^$W/outside/file$"
	fi
}

@test "paths: tmpcopyup of a directory that is a link copies nothing of the host" {
	ln -s "$W/outside" "$B/rootfs/copied"
	add_mount '{"destination": "/copied", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup"]}'
	sh_args 'cat /copied/file /etc/../copied/file 2>/dev/null; true'
	stays_inside
}

@test "paths: masked and read-only paths that are links mask nothing of the host" {
	ln -s "$W/outside/file" "$B/rootfs/mask-me"
	ln -s "$W/outside/dir" "$B/rootfs/read-only-me"
	cfg '.linux.maskedPaths = ["/mask-me"] | .linux.readonlyPaths = ["/read-only-me"]'
	sh_args true
	stays_inside
	echo x >"$W/outside/dir/writable"
	rm "$W/outside/dir/writable"
}

@test "paths: cgroupsPath with .. makes nothing outside" {
	local path

	for path in "/../../escape-$MARK" "/a/../../../escape-$MARK" "../escape-$MARK"; do
		cfg --arg p "$path" '.linux.cgroupsPath = $p'
		try P run -b "$B" "$C"
		P delete --force "$C"
	done
	[[ ! -e /sys/escape-$MARK && ! -e /sys/fs/escape-$MARK ]] || die "made outside"
	fails 255 P exec --cgroup ../.. "$C" true || fails 1 P exec --cgroup ../.. "$C" true
}

# A volume that another container shares and in which it swaps a directory with a link to the host, for as long as
# containers start whose mounts go through it.
@test "paths: an exchange race on a shared volume reaches nothing outside in 100 starts" {
	local i seen=0

	mkdir -p "$B/volume/swap" "$B/src"
	echo data >"$B/src/file"
	ln -s "/../../../../../../../../../../$W/outside" "$B/volume/link"
	background "$TOOLS/hostile" exchange "$B/volume/swap" "$B/volume/link"
	sh_args 'cat /volume/swap/file /volume/swap/inner/file /volume/link/file 2>/dev/null; true'
	cfg --arg b "$B" '.mounts += [
		{destination: "/volume", type: "bind", source: ($b + "/volume"), options: ["rbind"]},
		{destination: "/volume/swap", type: "tmpfs", source: "tmpfs"},
		{destination: "/volume/swap/inner", type: "tmpfs", source: "tmpfs"},
		{destination: "/volume/swap/new-file", type: "bind", source: ($b + "/src/file"), options: ["bind"]}]
		| .linux.maskedPaths = ["/volume/swap/x"]'
	for i in $(seq 100); do
		try P run -b "$B" "$C"
		[[ $status -ne 0 ]] || seen=$((seen + 1))
		[[ $output != *secret* ]] || show "start $i saw the secret"
		[[ $status -eq 0 || -n $stderr ]] || show "start $i failed without a reason"
	done
	[[ -d /proc/$BG ]] || die "the race has ended by itself"
	# a mount outside would be in this mount namespace or leave its target behind
	is "$(our_mounts)" "" "mounts on the host"
	is "$(find "$W/outside" -mindepth 1 | wc -l)" 2 "things outside"
	[[ $seen -gt 0 ]] || die "not one start came through"
}

@test "paths: the root itself may be behind a link, and nothing is taken from elsewhere" {
	mv "$B/rootfs" "$B/real"
	ln -s "$B/real" "$B/rootfs"
	sh_args 'echo inside; cat /../../file 2>/dev/null'
	try P run -b "$B" "$C"
	[[ $output != *secret* ]] || show "the secret is visible"
	rm "$B/rootfs"
	ln -s /nowhere "$B/rootfs"
	fails 1 P run -b "$B" "$C"
	nothing_left
}

@test "paths: nothing of the runtime appears in shared temporary directories" {
	local before

	before=$(ls -A /tmp /var/tmp /dev/shm | sort)
	created
	ok P start "$C"
	ok P exec "$C" true
	diff <(echo "$before") <(ls -A /tmp /var/tmp /dev/shm | sort) | grep -i cist | grep -v cist-bats && die "left in /tmp" || true
}

# beneath PREFIX...: what is bound on /v comes from below these.
beneath() {
	cfg '.annotations["org.cist.bind.beneath"] = ($ARGS.positional | tojson)' --args "$@"
}

@test "paths: what a container left as a link in a volume is not bound by the next one" {
	local link

	mkdir -p "$W/volume/sub/dir" "$B/rootfs/v"
	echo mine >"$W/volume/sub/dir/file"
	add_mount "$(jq -n --arg s "$W/volume/sub/dir" \
		'{destination: "/v", type: "bind", source: $s, options: ["rbind", "rnosuid", "rnodev"]}')"
	sh_args 'cat /v/file'
	beneath "$W/volume"
	ok P run -b "$B" "$C"
	out mine
	ok P delete --force "$C"

	rm -r "$W/volume/sub"
	mkdir "$W/volume/other"
	echo other >"$W/volume/other/file"
	for link in "$W/outside" "../../../../../../../../$W/outside" /proc/self/root other; do
		ln -s "$link" "$W/volume/sub"
		fails 1 P run -b "$B" "$C"
		err "/v: source $W/volume/sub/dir: a symbolic link beneath $W/volume, where none is followed"
		rm "$W/volume/sub"
		mkdir "$W/volume/sub"
		ln -s "$link" "$W/volume/sub/dir"
		fails 1 P run -b "$B" "$C"
		err "a symbolic link beneath $W/volume"
		rm -r "$W/volume/sub"
	done
	P delete --force "$C"
}

@test "paths: a prefix is the administrator's, and may be a link; of several the shortest counts" {
	mkdir -p "$W/volume/dir" "$B/rootfs/v"
	echo mine >"$W/volume/dir/file"
	ln -s volume "$W/link"
	ln -s dir "$W/volume/inner"
	sh_args 'cat /v/file'
	add_mount "$(jq -n --arg s "$W/link/dir" '{destination: "/v", type: "bind", source: $s, options: ["rbind", "rro"]}')"
	beneath "$W/link" "$W/nowhere"
	ok P run -b "$B" "$C"
	out mine
	ok P delete --force "$C"
	cfg --arg s "$W/link/inner" '.mounts[-1].source = $s'
	beneath "$W/link/inner"
	ok P run -b "$B" "$C"
	ok P delete --force "$C"
	beneath "$W/link/inner" "$W/link"
	fails 1 P run -b "$B" "$C"
	err "a symbolic link beneath $W/link, "
}

@test "paths: a source leaves its prefix neither with .. nor by a rename meanwhile" {
	local i

	mkdir -p "$W/volume/a/b" "$B/rootfs/v"
	sh_args 'cat /v/file 2>/dev/null; true'
	add_mount "$(jq -n --arg s "$W/volume/../outside" '{destination: "/v", type: "bind", source: $s, options: ["bind"]}')"
	beneath "$W/volume"
	fails 1 P run -b "$B" "$C"
	err "leads out of $W/volume"

	cfg --arg s "$W/volume/a/b" '.mounts[-1].source = $s'
	mkdir -p "$W/volume/links"
	ln -s "$W/outside" "$W/volume/links/b"
	background "$TOOLS/hostile" exchange "$W/volume/a" "$W/volume/links"
	for i in {1..20}; do
		stays_inside
	done
	[[ -d /proc/$BG ]] || die "the race has ended by itself"
}

@test "paths: nothing is made in a sealed root, and nothing below it can be written" {
	mkdir -p "$B/rootfs/v" "$W/volume" "$B/rootfs/sub" "$W/sub"
	cfg '.root.readonly = true | .annotations["org.cist.root.sealed"] = "true" | .process.cwd = "/"'
	sh_args 'touch /sub/x /x 2>/dev/null && echo written; touch /v/x && echo volume'
	add_mount "$(jq -n --arg s "$W/volume" '{destination: "/v", type: "bind", source: $s, options: ["bind"]}')"
	mount --bind "$W/sub" "$B/rootfs/sub"
	ok P run -b "$B" "$C"
	out volume
	ok P delete --force "$C"
	umount "$B/rootfs/sub"
	is "$(ls -A "$W/sub")" ""

	cfg '.mounts[-1].destination = "/missing"'
	fails 1 P run -b "$B" "$C"
	err "the directory /missing in the root file system: read-only file system"
	[[ ! -e $B/rootfs/missing ]] || show "the mount point was made"
}
