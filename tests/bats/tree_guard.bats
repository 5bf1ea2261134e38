#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# What is not to reach the supervisor, or to be reached through it: signals by name, its lock, its descriptors, who reads
# its standard error, the lack of memory.

load helpers
load supervised

begin() {
	supervised_begin
	processes <<<'web: {image: rootfs, config: /config/web.yaml}'
	container web <<-END
		executable: /bin/sh
		arguments: ["-c", "echo ready; exec sleep 1000"]
		restart-timeout: 0
		kill-timeout: 1
		volumes: {/state: !Statedir {path: /}}
	END
}

# A runtime of which `delete` takes until there is a file "go"; $D/deleting has the pid of one that waits.
slow_runtime() {
	cat >"$D/cist-slow" <<-END
		#!/bin/sh
		case " \$* " in
		*" delete "*)
			echo \$\$ >$D/deleting
			until [ -e $D/go ]; do sleep 0.02; done
			;;
		esac
		exec $CIST "\$@"
	END
	chmod 0755 "$D/cist-slow"
	CIST=$D/cist-slow tree_start
	wait_up web.0
}

deletes() { [[ -s $D/deleting ]]; }
again() { [[ $(grep -c "Starting \"$S/web.0\"" "$LOGS/stderr/$S.log") -eq ${1:-2} ]]; }

# The child of the tree that removes what is left: a fork that waits for the runtime, since there is a state directory.
own_children() {
	pgrep -P "$TREE" -x lithos_command
}

@test "tree guard: a command that takes its time does not hold the lock of a supervisor that was killed" {
	slow_runtime
	kill -KILL "$(init_of web.0)"
	until_true deletes
	tree_kill
	CIST=$D/cist-slow tree_start
	wait_taken_over
	alive "$TREE"
	touch "$D/go"
	until_true again || die "$(cat "$LOGS"/*.log "$W/tree.out")"
	wait_up web.0
	tree_stop
}

@test "tree guard: a command has no descriptor but its own" {
	local child

	slow_runtime
	kill -KILL "$(init_of web.0)"
	until_true deletes
	child=$(own_children)
	[[ -n $child ]] || die "no child: $(pgrep -P "$TREE" -a)"
	# its streams, its lock, and the way by which it learns that the runtime was executed
	is "$(find "/proc/$child/fd" -mindepth 1 | wc -l)" 4 "descriptors: $(ls -l "/proc/$child/fd")"
	touch "$D/go"
	until_true again
	tree_stop
}

@test "tree guard: what is sent to lithos_tree by name reaches the supervisor alone" {
	local child

	slow_runtime
	kill -KILL "$(init_of web.0)"
	until_true deletes
	child=$(own_children)
	is "$(pgrep -g 0,"$(ps -o pgid= -p "$TREE" | tr -d ' ')" lithos_tree | grep -cx "$TREE")" 1
	pgrep lithos_tree | grep -qx "$child" && die "a command is called lithos_tree"
	touch "$D/go"
	until_true again
	tree_stop
}

@test "tree guard: a command that crashes is no second supervisor" {
	local child

	slow_runtime
	# a crash within ten seconds of its start is left to the service manager
	sleep 10.5
	kill -KILL "$(init_of web.0)"
	until_true deletes
	child=$(own_children)
	kill -SEGV "$child"
	wait_gone "$child"
	wait_logged "Container \"$S/web.0\" could not be removed: the runtime ended with status 139"
	logged 'has crashed' && die "$(cat "$LOGS/master.log")"
	alive "$TREE"
	touch "$D/go"
	until_true again
	tree_stop
}

@test "tree guard: nobody reads its standard error: neither a full pipe nor one without a reader holds it up" {
	local keep

	mkfifo "$W/pipe"
	exec {keep}<>"$W/pipe"
	timeout 5 head -c 65536 /dev/zero >"$W/pipe" || die "the pipe has less room than is usual"
	"$LITHOS/lithos_tree" --config "$M" --runtime "$CIST" --log-stderr --log-level debug \
		</dev/null >/dev/null 2>"$W/pipe" 3>&- {keep}>&- &
	TREE=$!
	wait_up web.0
	until_true grep -q '^tree .*phase=settled' "$RUN/status"
	exec {keep}>&-
	kill -KILL "$(init_of web.0)"
	until_true again
	wait_up web.0
	alive "$TREE"
	tree_stop
}

@test "tree guard: nobody else can take its lock" {
	echo 1 >"$RUN/master.pid"
	chmod 0644 "$RUN/master.pid"
	tree_start
	wait_up web.0
	is "$(stat -c %a "$RUN/master.pid")" 600
	# what hands over the lock has it
	tree_kill
	LITHOS_TREE_LOCK=9 "$LITHOS/lithos_tree" --config "$M" --runtime "$CIST" </dev/null >/dev/null 2>&1 3>&- 9<>"$RUN/master.pid" &
	TREE=$!
	wait_taken_over
	fails 1 "$LITHOS/lithos_tree" --config "$M" --runtime "$CIST"
	err "Master pid is $TREE. And there is alive process with that pid."
	tree_stop
}

@test "tree guard: for want of memory it is among the last to be killed, and what it starts is not" {
	local own

	own=$(cat /proc/self/oom_score_adj)
	(echo -900 >"/proc/$BASHPID/oom_score_adj") 2>/dev/null || skip "oom_score_adj cannot be lowered here"
	score() { cat "/proc/$1/oom_score_adj"; }
	tree_start
	wait_up web.0
	is "$(score "$TREE")" -900
	is "$(score "$(pgrep -f "lithos_hold $RUN")")" -900
	is "$(score "$(init_of web.0)")" "$own"
	is "$(score "$(program_of web.0)")" "$own"
	kill -QUIT "$TREE"
	until_true logged 'Adopted'
	kill -KILL "$(init_of web.0)"
	until_true again
	wait_up web.0
	is "$(score "$TREE")" -900
	is "$(score "$(init_of web.0)")" "$own"
	tree_stop
}

@test "tree guard: a child that nobody knows is told, and no zombie" {
	cat >"$D/cist-leaves" <<-END
		#!/bin/sh
		case " \$* " in
		*" run "*) ( (sleep 0.3; exit 7) & ) >/dev/null 2>&1 ;;
		esac
		exec $CIST "\$@"
	END
	chmod 0755 "$D/cist-leaves"
	CIST=$D/cist-leaves tree_start
	wait_up web.0
	wait_logged 'Unknown process [0-9]+ exited with code 7$'
	no_zombie() { ! ps -o stat= --ppid "$TREE" | grep -q '^Z'; }
	until_true no_zombie
	is "$(grep -c 'Unknown process' "$LOGS/master.log")" 1
	tree_stop
}

@test "tree guard: a secret is in its bundle and in its program, and in nothing else that a supervisor writes" {
	install -m 0600 "$top_srcdir/bundles/lithos-web/keys/example.key" "$D/web.key"
	cat >>"$D/sandboxes/$S.yaml" <<-END
		secrets-private-key: $D/web.key
		secrets-namespaces: [myapp]
	END
	cat >>"$I/config/web.yaml" <<-END
		secret-environ:
		  PASSWORD: v2:i4+dWTpg:KqWSX0BY:8MtOoWUX:zpmwFffIOpBuym3NGR56U9J11j4b/d6ojKdDYB/SxWsb5H7WmA+xQt8oCDNvbxdSTC8Km14YtL9Xc4bHyxtXfw==
	END
	tree_start --log-level debug
	wait_up web.0
	grep -qzx 'PASSWORD=the_secret' "/proc/$(program_of web.0)/environ" || die "the program does not have it"
	until_true grep -q '^tree .*phase=settled' "$RUN/status"
	is "$(grep -rlsa the_secret "$D" "$RUN" | grep -v "^$RUN/bundles/")" "" "files with the secret"
	is "$(stat -c %a "$RUN/bundles")" 700
	! tr '\0' '\n' <"/proc/$TREE/environ" | grep -q the_secret || die "in the environment of the supervisor"
	! grep -qsa the_secret "/proc/$(init_of web.0)/cmdline" || die "on the command line of the init"
	tree_stop
	is "$(grep -rlsa the_secret "$D" "$RUN")" "" "left of the secret"
}
