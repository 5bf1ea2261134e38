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
