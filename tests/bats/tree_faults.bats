#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# What goes wrong around lithos_tree: each time there is an error in the log, and everything else keeps running.

load helpers
load supervised

# One test waits for limits that are a minute each.
BATS_TEST_TIMEOUT=300

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

	umount -l "$RUN/tree/record" 2>/dev/null || true
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
	ok "$LITHOS/lithos_ps" --runtime-dir "$RUN"
	line '^problem: The configuration was not read: the planner did not come to an end'
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

# The group of pids of this process, where it can be limited; else nothing.
pids_group() {
	local group

	group=/sys/fs/cgroup/pids
	[[ -d $group ]] || group=/sys/fs/cgroup
	mkdir "$group/p$MARK-tree" 2>/dev/null || return 0
	if [[ -e $group/p$MARK-tree/pids.max ]]; then
		echo "$group/p$MARK-tree"
	else
		rmdir "$group/p$MARK-tree"
	fi
}

@test "tree faults: no descriptors, no processes: said, the others are not touched, and later it goes on" {
	local a before group n

	# so many that a limit for the supervisor, which commands inherit, is none for the runtime
	processes <<<'web: {image: rootfs, config: /config/web.yaml, instances: 36}'
	tree_start
	both_up
	LIMIT=60 wait_up web.35
	a=$(init_of web.0)
	before=$(ticks)
	n=$(find "/proc/$TREE/fd" -mindepth 1 | wc -l)

	# too few to begin something new; what ended is cleared all the same
	prlimit --pid "$TREE" --nofile="$((n + 8)):"
	kill -KILL "$(program_of web.1)"
	wait_logged "Error starting \"$S/web.1\": it is not started with fewer than 24 descriptors left"
	told() { "$LITHOS/lithos_ps" --runtime-dir "$RUN" | grep -q "$S/web\.1 <.*> could not be started: it is not started with fewer"; }
	until_true told || die "$("$LITHOS/lithos_ps" --runtime-dir "$RUN")"
	[[ ! -e $RUN/containers/$S+web.1 ]] || die "it was not cleared"
	ok "$LITHOS/lithos_ps" --runtime-dir "$RUN" --why "$S/web.1"
	line 'did not begin: it is not started with fewer than 24 descriptors left'
	sleep 3
	is "$(init_of web.0)" "$a"
	[[ $(($(ticks) - before)) -lt 50 ]] || die "the supervisor has been busy"
	# none at all
	prlimit --pid "$TREE" --nofile=4:
	wait_logged "Container \"$S/web.1\" could not be removed: open the lock of .*: too many open files"
	sleep 2
	is "$(init_of web.0)" "$a"
	[[ $(($(ticks) - before)) -lt 50 ]] || die "the supervisor has been busy"
	prlimit --pid "$TREE" --nofile=1000:
	LIMIT=20 wait_up web.1

	group=$(pids_group)
	if [[ -n $group ]]; then
		settled_up() { [[ $(of_instance web.1 state) == UP ]]; }
		until_true settled_up
		echo "$TREE" >"$group/cgroup.procs"
		echo 1 >"$group/pids.max"
		kill -KILL "$(program_of web.1)"
		wait_logged "Container \"$S/web.1\" could not be removed: start a process: resource temporarily unavailable"
		sleep 2
		is "$(init_of web.0)" "$a"
		[[ $(($(ticks) - before)) -lt 80 ]] || die "the supervisor has been busy"
		echo max >"$group/pids.max"
		LIMIT=20 wait_up web.1
	else
		echo "# the number of processes cannot be limited here" >&3
	fi
	is "$(init_of web.0)" "$a"
	tree_stop
}

# Tells the supervisor to read its configuration, and waits until it has.
reload() {
	local before

	before=$(sed -n 's/^tree .* restarts=\([0-9]*\).*/\1/p' "$RUN/status")
	kill -QUIT "$TREE"
	again() { [[ $(sed -n 's/^tree .* restarts=\([0-9]*\).*/\1/p' "$RUN/status") -gt $before ]] && settled; }
	LIMIT=20 until_true again || die "no reload:" "$(tail "$LOGS"/*.log "$W/tree.out")"
}

@test "tree faults: files that are not what they were, a storm of processes, names that nobody reads aloud" {
	local a file

	cat >"$I/config/storm.yaml" <<-'END'
		executable: /bin/sh
		arguments: ["-c", "for i in 1 2 3 4 5 6; do (for k in 1 2 3 4 5 6 7 8; do true & true & true & true & done) & done; exec sleep 1000"]
		kill-timeout: 1
	END
	processes <<-END
		web: {image: rootfs, config: /config/web.yaml, instances: 2}
		storm: {image: rootfs, config: /config/storm.yaml}
	END
	tree_start
	both_up
	wait_up storm.0
	a=$(init_of web.0)

	# the container's file
	cp "$I/config/web.yaml" "$W/good"
	rm "$I/config/web.yaml"
	mkfifo "$I/config/web.yaml"
	reload
	is "$(init_of web.0)" "$a"
	grep -q '^problem' "$RUN/status" || die "a FIFO is no problem"
	rm "$I/config/web.yaml"
	ln -s ../../../../../../etc/shadow "$I/config/web.yaml"
	reload
	is "$(init_of web.0)" "$a"
	grep -q '^problem' "$RUN/status" || die "a link that leads outside is no problem"
	[[ $(cat "$LOGS"/*.log "$RUN/status") != *root:* ]] || die "what is outside was read"
	rm "$I/config/web.yaml"
	cp "$W/good" "$I/config/web.yaml"

	# a name with a newline: each record is still one line
	printf 'image-dir: /\n' >"$D/sandboxes/"$'new\nline\033[31m.yaml'
	reload
	is "$(init_of web.0)" "$a"
	is "$(grep -cvE '^\[20[0-9-]+T[0-9:]+Z\]\[[A-Z]+\] ' "$LOGS/master.log")" 0 "lines that are no record"
	grep -q 'new\\x0aline' "$LOGS/master.log"
	rm "$D/sandboxes/"$'new\nline\033[31m.yaml'
	reload
	! grep -q '^problem' "$RUN/status" || die "$(cat "$RUN/status")"

	# what a supervisor leaves for its successor: cut, of another version, garbage, not there
	for file in "$RUN/tree/wanted" "$RUN/tree/record/$S+web.0" "$RUN/tree/record/$S+web.1"; do
		tree_kill
		case $file in
		*web.0) truncate -s 100 "$file" ;;
		*web.1) sed -i '1s/^cist-[a-z]* [0-9]*/cist-record 999/' "$file" ;;
		*) head -c 3000 /dev/urandom >"$file" ;;
		esac
		tree_start
		until_true settled_as_this || die "$(tail "$LOGS"/*.log "$W/tree.out")"
		is "$(init_of web.0)" "$a" "init after damage to ${file##*/}"
		is "$(pgrep -fc "lithos_knot --name $S/web.1( |\$)")" 1 "inits of web.1"
	done
	tree_kill
	rm -r "$RUN/tree/record" "$RUN/tree/wanted"
	tree_start
	until_true settled_as_this
	is "$(init_of web.0)" "$a" "init after all was lost"

	# records that cannot be written
	mount --bind "$RUN/tree/record" "$RUN/tree/record"
	mount -o remount,bind,ro "$RUN/tree/record"
	tree_kill
	tree_start
	until_true settled_as_this
	kill -KILL "$(program_of web.1)"
	wait_logged 'is kept in memory only: .*read-only'
	LIMIT=20 wait_up web.1
	is "$(init_of web.0)" "$a"
	mount -o remount,bind,rw "$RUN/tree/record"
	[[ $(ticks) -lt 100 ]] || die "the supervisor has been busy"
	tree_stop
	umount "$RUN/tree/record"
}

settled_as_this() {
	settled && grep -q "^tree pid=$TREE " "$RUN/status"
}

# The host's clock is not ours to set.
@test "tree faults: the clock is set, a year ahead and back: pauses are as long as ever, and what runs runs on" {
	local init clock jump n=1

	[[ -n ${VM_KIND-} ]] || skip "sets the clock, so in a guest only"
	processes <<-END
		web: {image: rootfs, config: /config/web.yaml, instances: 1}
		ends: {image: rootfs, config: /config/ends.yaml}
	END
	container ends <<-END
		executable: /bin/sh
		arguments: ["-c", "cut -d. -f1 /proc/uptime >>/books/starts"]
		volumes: {/books: !Persistent {path: /books}}
		restart-timeout: 12
	END
	tree_start
	wait_up web.0
	init=$(init_of web.0)
	starts() { [[ $(wc -l <"$BOOKS/starts") -ge $1 ]]; }
	rests() { [[ $(of_instance ends.0 state) == RESTING && $(of_instance ends.0 life) == "$n" ]]; }
	for jump in '+1 year' '-1 year'; do
		LIMIT=30 until_true starts "$n"
		until_true rests || die "$(cat "$RUN/status")"
		date -s "$jump"
		n=$((n + 1))
	done
	LIMIT=30 until_true starts "$n" || die "$(cat "$BOOKS/starts" "$RUN/status")"
	awk 'NR > 1 && $1 - last < 12 { print "started after " $1 - last " seconds"; bad = 1 } { last = $1 } END { exit bad }' "$BOOKS/starts"
	is "$(init_of web.0)" "$init"
	tree_stop
}
