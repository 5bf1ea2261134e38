# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# What the tree_*.bats files share: a deployment of a sandbox for each test, and the real lithos_tree that keeps it. Loaded
# after helpers.
#
# Names a test uses: $D directory of the deployment, $M its master file, $S name of its sandbox, $RUN its runtime-dir (in
# memory), $LOGS its logs, $I its image, $BOOKS the directory that programs see as /books, $TREE the pid of lithos_tree.

LITHOS=${LITHOS:-$top_builddir}

begin_file() {
	[[ -x $LITHOS/lithos_tree ]] || die "no lithos_tree in $LITHOS (build first)"
	memory_make
	mkdir -p "$T/devfs" "$T/rootfs.template"/{books,config,state}
	touch "$T/rootfs.template/etc/hosts" "$T/rootfs.template/etc/resolv.conf"
	cp "$TOOLS/life" "$T/rootfs.template/bin/life"
	"$LITHOS/lithos_mkdev" "$T/devfs" >/dev/null 2>&1
}

end_file() {
	[[ -z ${MEMORY-} ]] || rm -rf "$MEMORY"
}

# A file whose tests have more in common defines its own begin, which calls this.
supervised_begin() {
	S=app$MARK
	D=$W/d
	M=$D/master.yaml
	RUN=$MEMORY/$BATS_TEST_NUMBER
	LOGS=$D/log
	BOOKS=$D/books
	I=$B/rootfs
	TREE=
	STOPPED=
	mkdir -p "$D"/{sandboxes,processes,books} "$LOGS"/{config,stderr} "$RUN"
	chmod 0755 "$W"
	cat >"$M" <<-END
		runtime-dir: $RUN
		devfs-dir: $T/devfs
		default-log-dir: $LOGS
		config-log-dir: $LOGS/config
		stdio-log-dir: $LOGS/stderr
		cgroup-name: p$MARK.slice
	END
	cat >"$D/sandboxes/$S.yaml" <<-END
		image-dir: $B
		allow-users: [0-65535]
		allow-groups: [0-65535]
		default-user: 0
		allow-tcp-ports: [1-65535]
		writable-paths: {/books: $BOOKS}
	END
}

begin() { supervised_begin; }

# processes: the process file, from standard input
processes() {
	cat >"$D/processes/$S.yaml"
}

# container NAME: that container file, from standard input
container() {
	cat >"$I/config/$1.yaml"
}

# lives NAME ARGUMENT...: a container file of the program that keeps books; more of it from standard input
lives() {
	local name=$1 words

	shift
	printf -v words '"%s", ' /books "$@"
	{
		printf 'executable: /bin/life\narguments: [%s]\n' "${words%, }"
		printf 'volumes:\n  /books: !Persistent {path: /books}\n'
		cat
	} >"$I/config/$name.yaml"
}

# Two instances of web that stay, of two processes each, and bad, which fails at once.
two_stay_one_fails() {
	processes <<-END
		web: {image: rootfs, config: /config/web.yaml, instances: 2}
		bad: {image: rootfs, config: /config/bad.yaml}
	END
	container web <<-END
		executable: /bin/sh
		arguments: ["-c", "sleep 999 & exec sleep 1000"]
		restart-timeout: 0
		kill-timeout: 1
	END
	container bad <<-END
		executable: /bin/sh
		arguments: ["-c", "exit 3"]
		restart-timeout: 1000
	END
}

# ---- the tree -------------------------------------------------------------------------------

tree_start() {
	STOPPED=
	"$LITHOS/lithos_tree" --config "$M" --runtime "$CIST" "$@" </dev/null >>"$W/tree.out" 2>&1 3>&- &
	TREE=$!
	also_kill "$TREE"
}

wait_taken_over() {
	taken_over() { [[ $(cat "$RUN/master.pid" 2>/dev/null) == "$TREE" ]]; }
	until_true taken_over
}

tree_kill() {
	kill -KILL "$TREE"
	wait "$TREE" 2>/dev/null || true
}

# Stops everything, and is gone with status 0.
tree_stop() {
	local status=0

	kill -TERM "$TREE"
	LIMIT=${LIMIT:-20} wait_gone "$TREE"
	wait "$TREE" || status=$?
	TREE=
	is "$status" 0 "exit status of lithos_tree"
	STOPPED=yes
}

# What there is in our runtime-dir, whoever began it: the tree, lithos_hold, commands.
tree_processes() {
	local p

	# an empty word would find everybody, and what is found is killed
	: "${RUN:?}" "${M:?}"
	for p in $(grep -lsa -- "$RUN" /proc/[0-9]*/cmdline) $(grep -lsa -- "$M" /proc/[0-9]*/cmdline); do
		p=${p#/proc/}
		echo "${p%%/*}"
	done | sort -un | grep -vxE "$$|$BASHPID"
}

no_tree_processes() {
	[[ -z $(tree_processes) ]]
}

supervised_end() {
	local left

	# skipped before it began
	[[ -n ${RUN-} ]] || return 0
	# one that a test left without a tree is taken over, and stopped
	if [[ -e $RUN/master.pid && -z $STOPPED ]]; then
		[[ -n $TREE ]] && alive "$TREE" || { tree_start && wait_taken_over; }
		kill -TERM "$TREE" 2>/dev/null || true
		LIMIT=20 until_true gone "$TREE" || kill -KILL "$TREE"
		wait "$TREE" 2>/dev/null || true
	fi
	LIMIT=5 until_true no_tree_processes || {
		left=$(for p in $(tree_processes); do echo "$p: $(tr '\0' ' ' <"/proc/$p/cmdline")"; done)
		# shellcheck disable=SC2046 # words
		kill -KILL $(tree_processes)
		die "still there:" "$left"
	}
	rm -rf "$RUN"
}

# ---- what it knows --------------------------------------------------------------------------

# The pid of the init of an instance, as operators find it: init_of PROCESS.N
init_of() {
	pgrep -f "lithos_knot --name $S/$1( |\$)"
}

# The pid of the program of an instance.
program_of() {
	pgrep -P "$(init_of "$1")"
}

is_up() {
	[[ -n $(init_of "$1") ]]
}

wait_up() {
	until_true is_up "$1" || die "$S/$1 does not run:" "$(tail -n 20 "$LOGS"/*.log "$LOGS"/stderr/*.log "$W/tree.out" 2>&1)"
}

logged() { # EXPRESSION
	cat "$LOGS"/*.log "$LOGS"/stderr/*.log 2>/dev/null | grep -qE -- "$1"
}

wait_logged() {
	until_true logged "$1" || die "no '$1' in the logs:" "$(tail -n 30 "$LOGS"/*.log "$LOGS"/stderr/*.log 2>&1)"
}

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

end() { supervised_end; }
