#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# The inits of all containers of a supervisor are executed from one copy of cist-init in memory, which outlives it.

load helpers
load supervised

begin() {
	[[ -e $top_builddir/cist-init ]] || skip "no cist-init in $top_builddir to compare with"
	supervised_begin
	processes <<-END
		a: {image: rootfs, config: /config/a.yaml}
		b: {image: rootfs, config: /config/b.yaml}
		c: {image: rootfs, config: /config/c.yaml}
	END
	for name in a b c; do
		lives "$name" steady <<<$'restart-timeout: 0\nkill-timeout: 1'
	done
}

all_up() {
	wait_up a.0
	wait_up b.0
	wait_up c.0
}

image_of() {
	stat -Lc %d:%i "/proc/$(init_of "$1")/exe"
}

accepted_sets() {
	sed -n 's/^tree .*accepted=\([0-9]*\).*/\1/p' "$RUN/status" 2>/dev/null
}

# The instance is killed, and has come back as another, which the supervisor has looked at.
again() {
	local before

	before=$(init_of "$1")
	kill -KILL "$before"
	is_another() {
		[[ -n $(init_of "$1") && $(init_of "$1") != "$before" ]] &&
			grep -q "^instance id=$S+$1 .* state=UP .* pid=$(init_of "$1") " "$RUN/status"
	}
	until_true is_another "$1" || die "$1 has not come back:" "$(tail -n 20 "$LOGS"/*.log)"
}

holder() {
	pgrep -f "^lithos_hold $RUN\$"
}

another_has_it() {
	local now

	now=$(holder) && [[ $now != "$1" ]] && readlink "/proc/$now/fd"/* | grep -q '^/memfd:cist-init '
}

# A runtime whose cist-init differs in a byte of its ELF header that nobody reads.
another_runtime() {
	command -v python3 >/dev/null || skip "needs python3"
	python3 - "$CIST" "$top_builddir/cist-init" "$1" <<-'END'
		import os, sys
		with open(sys.argv[1], "rb") as f, open(sys.argv[2], "rb") as g:
		    cist, init = bytearray(f.read()), g.read()
		at = cist.find(init)
		assert at > 0 and cist.count(init) == 1
		cist[at + 9] ^= 1
		with open(sys.argv[3] + ".new", "wb") as f:
		    f.write(cist)
		os.chmod(sys.argv[3] + ".new", 0o755)
		os.rename(sys.argv[3] + ".new", sys.argv[3])
	END
}

@test "image: all instances share it, also those started later, and after a reload" {
	local image sets

	tree_start
	all_up
	image=$(image_of a.0)
	is "$(image_of b.0) $(image_of c.0)" "$image $image" "images"
	cmp "/proc/$(init_of b.0)/exe" "$top_builddir/cist-init"
	again b.0
	is "$(image_of b.0)" "$image" "of one that was started again"
	sets=$(accepted_sets)
	kill -QUIT "$TREE"
	reloaded() { [[ $(accepted_sets) -gt $sets ]]; }
	until_true reloaded
	again c.0
	is "$(image_of c.0)" "$image" "after a reload"
	tree_stop
}

@test "image: the successor of a supervisor that was killed has it, with or without containers" {
	local image first

	tree_start
	all_up
	image=$(image_of a.0)
	tree_kill
	tree_start
	wait_taken_over
	again a.0
	is "$(image_of a.0)" "$image" "after a SIGKILL"
	# nobody but lithos_hold has it now
	tree_kill
	kill -KILL "$(init_of a.0)" "$(init_of b.0)" "$(init_of c.0)"
	tree_start
	wait_taken_over
	all_up
	is "$(image_of a.0) $(image_of b.0) $(image_of c.0)" "$image $image $image" "images"
	# nor need lithos_hold be what it was
	first=$(holder)
	kill -KILL "$first"
	until_true another_has_it "$first" || die "no other lithos_hold with it:" "$(tail "$LOGS"/*.log)"
	tree_kill
	tree_start
	wait_taken_over
	again b.0
	is "$(image_of b.0)" "$image" "with another lithos_hold"
	tree_stop
}

@test "image: a runtime that is replaced brings another, which is shared from then on" {
	local old new

	cp "$CIST" "$W/cist"
	CIST=$W/cist tree_start
	all_up
	old=$(image_of a.0)
	another_runtime "$W/cist"
	again a.0
	isnt "$(image_of a.0)" "$old" "of the first after it"
	again b.0
	again a.0
	new=$(image_of b.0)
	isnt "$new" "$old" "of the next one"
	is "$(image_of a.0)" "$new" "of those after it"
	is "$(image_of c.0)" "$old" "of what runs on"
	cmp "/proc/$(init_of c.0)/exe" "$top_builddir/cist-init"
	! cmp -s "/proc/$(init_of b.0)/exe" "$top_builddir/cist-init" || die "the old one's bytes"
	tree_stop
}

@test "image: what has been damaged is not used, and is replaced" {
	local image

	tree_start
	all_up
	image=$(image_of a.0)
	# its owner is all that can be changed, and only by root
	chown 1000 "/proc/$(init_of a.0)/exe"
	again b.0
	isnt "$(image_of b.0)" "$image" "of the next one"
	again c.0
	again b.0
	is "$(image_of b.0)" "$(image_of c.0)" "of those after it"
	tree_stop
}

@test "image: to another runtime nothing is handed" {
	cat >"$W/runtime" <<-END
		#!/bin/sh
		{ echo "image: \$CIST_INIT_IMAGE"; readlink /proc/self/fd/* | grep cist-init; } >>"$W/handed"
		exec "$CIST" "\$@"
	END
	chmod 0755 "$W/runtime"
	CIST=$W/runtime tree_start
	all_up
	isnt "$(image_of a.0)" "$(image_of b.0)" "images"
	is "$(grep -c '^image: $' "$W/handed")" "$(wc -l <"$W/handed")" "lines that say nothing was handed"
	tree_stop
}
