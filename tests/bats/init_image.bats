#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# A caller may offer a memory file for cist-init, so that its containers share one copy (src/base/shared_image.h). What is not
# that, byte for byte and sealed, is left alone, and the container gets its own.

load helpers

begin_file() {
	cat >"$T/offers" <<-'END'
		# offers KIND COMMAND...: executes it with a descriptor of that kind, number 9, offered
		import fcntl, os, sys
		kind, words = sys.argv[1], sys.argv[2:]
		SEALING, EXEC, ADD_SEALS = 2, 16, 1033

		def memory(data=b"", seals=0, name="cist-init"):
		    try:
		        fd = os.memfd_create(name, SEALING | EXEC)
		    except OSError:
		        fd = os.memfd_create(name, SEALING)
		    os.write(fd, data)
		    if seals:
		        os.fchmod(fd, 0o555)
		        try:
		            fcntl.fcntl(fd, ADD_SEALS, seals | 32)
		        except OSError:
		            fcntl.fcntl(fd, ADD_SEALS, seals)
		    return fd

		def other():
		    with open(os.environ["CIST_INIT"], "rb") as f:
		        data = bytearray(f.read())
		    data[9] ^= 1    # padding of the ELF header: it runs all the same
		    return bytes(data)

		kinds = {
		    "empty": memory,
		    "begun": lambda: memory(other()),
		    "other": lambda: memory(other(), 15),
		    "short": lambda: memory(other()[:-1], 15),
		    "named": lambda: memory(name="else"),
		    "file": lambda: os.open(os.environ["SOME_FILE"], os.O_RDWR),
		    "pipe": lambda: os.pipe()[1],
		    "directory": lambda: os.open("/", os.O_RDONLY),
		    "closed": lambda: None,
		}
		fd = kinds[kind]()
		if fd is not None:
		    os.dup2(fd, 9)
		os.environ["CIST_INIT_IMAGE"] = "9"
		os.execvp(words[0], words)
	END
}

begin() {
	[[ -e $top_builddir/cist-init ]] || skip "no cist-init in $top_builddir to compare with"
	cp "$top_builddir/cist-init" "$T/init"
	export CIST_INIT=$T/init SOME_FILE=$W/file
	cp "$T/init" "$SOME_FILE"
	chmod 0555 "$SOME_FILE"
}

offers() {
	command -v python3 >/dev/null || skip "needs python3"
	python3 "$T/offers" "$@"
}

image_of() {
	stat -Lc %d:%i "/proc/$(pid_of "$1")/exe"
}

seals() {
	python3 -c 'import fcntl, os, sys; print(fcntl.fcntl(os.open(sys.argv[1], os.O_RDONLY), 1034) & 15)' "/proc/$(pid_of "$1")/exe"
}

# Runs two containers with one offer, and says what they and the descriptor are.
two() {
	# shellcheck disable=SC2016 # another shell's
	quiet offers "$1" sh -c '
		set -e
		"$1" --root "$2" run --init -d -b "$3" "$4-one"
		"$1" --root "$2" run --init -d -b "$3" "$4-two"
		{ stat -Lc %d:%i /proc/self/fd/9 || :; } >"$5" 2>/dev/null' - "$CIST" "$R" "$B" "$C" "$W/offered"
	ONE=$(image_of "$C-one") TWO=$(image_of "$C-two") OFFERED=$(cat "$W/offered")
}

# The executable of both is what it should be, whose memory it may be.
whole() {
	local c

	for c in one two; do
		cmp "/proc/$(pid_of "$C-$c")/exe" "$T/init" || die "$c: not the bytes of cist-init"
		is "$(stat -Lc '%a %u' "/proc/$(pid_of "$C-$c")/exe")" "555 0" "mode and owner of $c"
		quiet P exec "$C-$c" true
		is "$(readlink "/proc/$(pid_of "$C-$c")/exe")" "/memfd:cist-init (deleted)"
	done
}

@test "image: an empty one is filled, sealed, and shared" {
	two empty
	isnt "$OFFERED" ""
	is "$ONE $TWO" "$OFFERED $OFFERED" "inodes"
	whole
	is "$(seals "$C-one")" 15 "seals"
}

@test "image: one that was begun by somebody who was killed is written anew" {
	two begun
	is "$ONE $TWO" "$OFFERED $OFFERED" "inodes"
	whole
}

@test "image: what is not one is not used, and stays what it is" {
	local kind

	for kind in other short named file pipe directory closed; do
		two "$kind"
		isnt "$ONE" "$OFFERED" "$kind: image of the first"
		isnt "$TWO" "$OFFERED" "$kind: image of the second"
		isnt "$ONE" "$TWO" "$kind: two of their own"
		whole
		cmp "$SOME_FILE" "$T/init"
		is "$(stat -c '%a %s' "$SOME_FILE")" "555 $(stat -c %s "$T/init")"
		quiet P delete --force "$C-one"
		quiet P delete --force "$C-two"
	done
}

@test "image: neither the program nor a hook has the descriptor or the variable" {
	cat >"$W/hook" <<-END
		#!/bin/sh
		cat >/dev/null
		{ env; readlink /proc/self/fd/9; ls /proc/self/fd; } >>"$W/hook.out" 2>/dev/null
		:
	END
	chmod 0755 "$W/hook"
	cfg --arg h "$W/hook" '.hooks = {prestart: [{path: $h}], createRuntime: [{path: $h}], poststart: [{path: $h}]}'
	sh_args 'env; for fd in /proc/self/fd/*; do readlink $fd; done; exit 0'
	ok offers empty "$CIST" --root "$R" run --init -b "$B" "$C"
	no_line 'CIST_INIT|cist-init'
	[[ -s $W/hook.out ]] || die "no hook was run"
	! grep -E 'CIST_INIT_IMAGE|cist-init' "$W/hook.out" || die "a hook has it"
}

@test "image: descriptors that the program is given keep their numbers, and one of these is no offer" {
	sh_args 'cat <&3; cat <&4; readlink /proc/self/fd/5; readlink /proc/self/fd/9; exit 0'
	echo three >"$W/3"
	echo four >"$W/4"
	# shellcheck disable=SC2016
	ok offers empty sh -c 'exec 3<"$1" 4<"$2"; shift 2; "$@"' - "$W/3" "$W/4" "$CIST" --root "$R" run --init --preserve-fds 2 -b "$B" "$C"
	is "$output" "three"$'\n'"four"
	# all of 3 to 9 are the program's
	sh_args 'readlink /proc/self/fd/9'
	# shellcheck disable=SC2016
	ok offers empty sh -c 'exec 3<"$1" 4<"$1" 5<"$1" 6<"$1" 7<"$1" 8<"$1"; shift; "$@"' - "$W/3" \
		"$CIST" --root "$R" run --preserve-fds 7 -b "$B" "$C"
	is "$output" "/memfd:cist-init (deleted)"
}

@test "image: many at once fill one, and all use it" {
	# shellcheck disable=SC2016
	quiet offers empty sh -c '
		for i in 1 2 3 4 5 6 7 8; do
			"$1" --root "$2" run --init -d -b "$3" "$4-$i" &
		done
		wait' - "$CIST" "$R" "$B" "$C"
	for i in 1 2 3 4 5 6 7 8; do
		image_of "$C-$i"
	done >"$W/images"
	is "$(sort -u "$W/images" | wc -l)" 1 "inodes"
}

@test "image: between created and running it is as with one of its own" {
	quiet offers empty "$CIST" --root "$R" create --init -b "$B" "$C"
	is "$(status_of "$C")" created
	quiet P start "$C"
	wait_status "$C" running
	quiet P delete --force "$C"
}

@test "image: in a user namespace, where its owner is nobody, it is executed and shared as well" {
	with_userns
	sh_args 'chmod 0444 /proc/1/exe 2>>/denied; chown 0 /proc/1/exe 2>>/denied; touch /done; exec sleep 1000 2>/dev/null'
	cfg '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE", "CAP_FOWNER", "CAP_CHOWN"])'
	two empty
	is "$ONE $TWO" "$OFFERED $OFFERED" "inodes"
	wait_file "$B/rootfs/done"
	is "$(head -n 2 "$B/rootfs/denied" | grep -c 'Operation not permitted')" 2 "refusals"
	whole
}
