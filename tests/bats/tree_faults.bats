#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# What goes wrong around lithos_tree: each time there is an error in the log, and everything else keeps running.

load helpers
load supervised

begin() {
	supervised_begin
	processes <<-END
		web: {image: rootfs, config: /config/web.yaml, instances: 2}
	END
	stays web
}

# stays NAME: a container file of a process that lives until it is told to end
stays() {
	container "$1" <<-END
		executable: /bin/sh
		arguments: ["-c", "echo began; exec sleep 1000"]
		restart-timeout: 0
		kill-timeout: 1
	END
}

of_instance() {
	sed -n "s/^instance id=$S+$1 .* $2=\([^ ]*\).*/\1/p" "$RUN/status"
}

# A predecessor's file says it, too.
settled() {
	[[ $(sed -n "s/^tree pid=$TREE .*phase=\\([a-z]*\\).*/\\1/p" "$RUN/status" 2>/dev/null) == settled ]]
}

both_up() {
	wait_up web.0
	wait_up web.1
	until_true settled
}

@test "tree faults: a signal that comes while it executes itself anew is obeyed afterwards" {
	local sig

	mkdir "$W/bin"
	cp "$LITHOS/lithos" "$W/bin/lithos_tree"
	LITHOS=$W/bin tree_start
	both_up
	# an execution that takes its time; a shell would change which signals are blocked
	cat >"$W/bin/new" <<-END
		#!/usr/bin/env python3
		import os, sys, time
		open("$W/between", "w").close()
		time.sleep(1)
		os.execv("$LITHOS/lithos_tree", sys.argv)
	END
	chmod +x "$W/bin/new"
	mv "$W/bin/new" "$W/bin/lithos_tree"
	kill -QUIT "$TREE"
	wait_file "$W/between"
	for sig in QUIT HUP USR1 TERM INT; do
		kill -"$sig" "$TREE"
	done
	LIMIT=20 wait_gone "$TREE"
	is "$(pgrep -fc "lithos_knot --name $S/")" 0 "inits"
	[[ ! -e $RUN/status ]] || die "it ended without stopping anything"
	STOPPED=yes
}

# Also of a test that fails: nothing stays mounted on the host.
end() {
	local dir

	supervised_end
	our_mounts | while read -r dir; do
		umount -l "$dir"
	done
}

# A file system that never answers, in the place of that directory.
mount_dead() {
	cat >"$W/dead.py" <<-'END'
		import ctypes, os, signal, sys
		fd = os.open("/dev/fuse", os.O_RDWR)
		words = "fd=%d,rootmode=40000,user_id=0,group_id=0" % fd
		if ctypes.CDLL(None, use_errno=True).mount(b"dead", sys.argv[1].encode(), b"fuse", 6, words.encode()) != 0:
		    sys.exit(os.strerror(ctypes.get_errno()))
		open(sys.argv[2], "w").close()
		signal.pause()
	END
	background python3 "$W/dead.py" "$1" "$W/dead"
	DEAD=$BG
	until_true dead_or_gone
	alive "$DEAD"
}

dead_or_gone() {
	[[ -e $W/dead ]] || gone "$DEAD"
}

# Microseconds of processor time that the supervisor has taken.
ticks() {
	awk '{ print $14 + $15 }' "/proc/$TREE/stat"
}

@test "tree faults: a deployment that does not answer, and a runtime that does not: both are killed after a minute" {
	local a b before

	[[ -w /dev/fuse ]] || skip "there is no /dev/fuse"
	mkdir "$W/bin"
	cat >"$W/bin/cist" <<-END
		#!/bin/sh
		case "\$* \$(cat $W/hang 2>/dev/null)" in *" run "*yes) exec sleep 1000;; esac
		exec "$CIST" "\$@"
	END
	chmod +x "$W/bin/cist"
	CIST=$W/bin/cist tree_start
	both_up
	a=$(init_of web.0)
	b=$(init_of web.1)
	before=$(ticks)
	mount_dead "$D/processes" || skip "a file system of FUSE cannot be mounted here"
	kill -QUIT "$TREE"
	LIMIT=20 until_true pgrep -P "$TREE" -f -- '--bundles'
	echo yes >"$W/hang"
	kill -KILL "$(program_of web.1)"
	wait_gone "$b"
	LIMIT=90 wait_logged "Error starting \"$S/web.1\": the runtime did not come to an end within 60 seconds"
	LIMIT=90 wait_logged 'The configuration was not read: the planner did not come to an end within 60 seconds'
	rm "$W/hang"
	is "$(init_of web.0)" "$a"
	is "$(grep -c '^problem.*planner did not come to an end' "$RUN/status")" 1 "problems"
	"$LITHOS/lithos_ps" --runtime-dir "$RUN" | grep -q '^problem: .*did not come to an end'
	LIMIT=80 wait_up web.1
	is "$(init_of web.0)" "$a"
	[[ $(($(ticks) - before)) -lt 200 ]] || die "the supervisor has been busy"
	# it answers again, and the next try finds that
	umount -l "$D/processes"
	kill -KILL "$DEAD"
	no_problem() { settled && ! grep -q '^problem' "$RUN/status"; }
	LIMIT=90 until_true no_problem || die "$(cat "$RUN/status")"
	is "$(init_of web.0)" "$a"
	tree_stop
}
