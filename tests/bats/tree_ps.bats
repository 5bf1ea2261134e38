#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# lithos_ps: what it shows of a supervisor that runs, of one that has died, and of none.

load helpers
load supervised

begin() {
	supervised_begin
	two_stay_one_fails
	echo 'one: {image: rootfs, config: /config/one.yaml}' >>"$D/processes/$S.yaml"
	container one <<-END
		executable: /bin/sleep
		arguments: ["1000"]
		kill-timeout: 1
	END
}

ps_() {
	"$LITHOS/lithos_ps" --config "$M" "$@"
}

all_there() {
	[[ $(ps_ 2>/dev/null | grep -cE '(web\.[01]|one\.0) [0-9]+s \[|bad\.0 <failing> exited') == 4 ]]
}

wait_all() {
	until_true all_there || die "$(ps_ 2>&1)" "$(tail -n 20 "$LOGS"/*.log)"
}

@test "lithos ps: help and bad usage" {
	ok "$LITHOS/lithos_ps" --help
	line --monitor
	ok "$LITHOS/lithos_ps" --version
	fails 2 "$LITHOS/lithos_ps" more
	fails 2 ps_ --json --monitor
	fails 2 ps_ --why "$S"
	fails 2 ps_ --why "$S/web.0" --monitor
}

@test "lithos ps: nothing runs, or is known" {
	fails 1 ps_
	err "lithos_tree does not run" "$RUN"
	ok ps_ --json
	out '{"trees":[]}'
	fails 1 ps_ --why "$S/web.0"
	err "nothing is known about $S/web.0"
	echo garbage >"$RUN/status"
	fails 1 ps_
	err "status is damaged"
	fails 1 "$LITHOS/lithos_ps" --config /nowhere/master.yaml
	err /nowhere/master.yaml
}

@test "lithos ps: the tree" {
	tree_start
	wait_all
	ok ps_
	line "^$TREE tree $M \[5/5\] [0-9.]+[kM]iB$"
	line "^  └─$S \[5/5\] "
	line "^      ├─$S/bad\.0 <failing> exited with code 3, starts in 16m"
	line "^      ├─$(program_of one.0) $S/one\.0 [0-9]+s \[1/1\] "
	line "^      └─web \[4/4\] "
	line "^          ├─$(pgrep -P "$(init_of web.0)") $S/web\.0 [0-9]+s \[2/2\] "
	line "^          └─$(pgrep -P "$(init_of web.1)") $S/web\.1 [0-9]+s \[2/2\] "
	is "$(wc -l <<<"$output")" 7 lines
	[[ $output != *$'\033'* ]] || die "colours"
	ok ps_ --force-color
	[[ $output == *$'\033[32m'"$S/web.0"$'\033[0m'* ]] || die "no colours"
	ok "$LITHOS/lithos_ps" --runtime-dir "$RUN"
	line "^$TREE tree "
}

@test "lithos ps: JSON" {
	tree_start
	wait_all
	ok ps_ --json
	is "$(wc -l <"$W/out")" 0 "newlines"
	is "$(jq -r '.trees[0].pid' "$W/out")" "$TREE"
	is "$(jq -r '.trees[0].config' "$W/out")" "$M"
	is "$(jq -c '[.trees[0].children[] | [.name, .ok, .state]]' "$W/out")" \
		"[[\"$S/bad.0\",false,\"RESTING\"],[\"$S/one.0\",true,\"UP\"],[\"$S/web.0\",true,\"UP\"],[\"$S/web.1\",true,\"UP\"]]"
	is "$(jq -r '.trees[0].children[1] | .pid, .processes[0].pid, .processes[0].threads' "$W/out" | paste -sd' ')" \
		"$(init_of one.0) $(program_of one.0) 1"
	# keys in the order of the alphabet
	diff <(jq -c . "$W/out") <(jq -cS . "$W/out")
	[[ $(jq '.trees[0].children[1].processes[0].start_time' "$W/out") -gt $(($(date +%s) - 600)) ]]
}

@test "lithos ps: the supervisor has died, its containers have not" {
	tree_start
	wait_all
	tree_kill
	ok ps_
	line "^\($TREE\) tree $M .* <not running>$"
	line "^          └─[0-9]+ $S/web\.1 [0-9]+s \[2/2\] "
	is "$(ps_ --json | jq .trees[0].running)" false
}

@test "lithos ps: why" {
	tree_start
	wait_all
	ok ps_ --why "$S/bad.0"
	line '^20..-..-..T..:..:..Z life 1 ran for 0s and exited with code 3'
	ok ps_ --why "$S/one.0"
	out "$S/one.0: no life of it is over"
	kill -KILL "$(program_of one.0)"
	ended() { ps_ --why "$S/one.0" | grep -q SIGKILL; }
	until_true ended || die "$(ps_ --why "$S/one.0")"
	ok ps_ --why "$S/one.0"
	line 'life 1 ran for [0-9ms]+ and was killed by signal SIGKILL\[9\]'
	ok ps_ --why "$S/one.0" --json
	is "$(jq -c '[.name, (.lives | length), (.lives[0] | .number, .signal, .exit_code, .asked, .failed, .refused)]' "$W/out")" \
		"[\"$S/one.0\",1,1,9,null,false,true,null]"
	diff <(jq -c . "$W/out") <(jq -cS . "$W/out")
	is "$(ps_ --why "$S/bad.0" --json | jq -c '.lives[0] | [.exit_code, .signal]')" '[3,null]'
}

@test "lithos ps: a broken configuration is told" {
	tree_start
	wait_all
	container one <<<'executable: [1, 2'
	kill -QUIT "$TREE"
	told() { ps_ | grep -q '^problem: '; }
	until_true told || die "$(ps_)"
	ok ps_
	line "^problem: .*one\.yaml"
	line "[0-9]+ $S/one\.0 .* <former configuration>$"
}

@test "lithos ps: the live view" {
	tree_start
	wait_all
	timeout 2.5 "$LITHOS/lithos_ps" --config "$M" --monitor >"$W/view" || true
	[[ $(grep -cE '^ +PID NAME +CPU +THR +PRC +MEM$' "$W/view") -ge 2 ]] || die "$(cat "$W/view")"
	grep -qE "^ +$(pgrep -P "$(init_of web.0)") $S/web\.0 +[0-9]+\.[0-9] +2 +2 +[0-9.]+[kM]iB$" "$W/view"
	# on a terminal it stays on the screen
	timeout 1.5 "$TOOLS/ptyrun" 4 100 "$LITHOS/lithos_ps" --config "$M" --monitor >"$W/view" </dev/null || true
	grep -q $'\033\\[H\033\\[2J' "$W/view"
}

@test "lithos ps, lithos cmd: a command that runs is neither shown nor touched by a supervisor" {
	processes <<-END
		one: {image: rootfs, config: /config/one.yaml}
		job: {image: rootfs, config: /config/job.yaml, kind: Command}
	END
	container job <<-END
		kind: Command
		executable: /bin/sh
		arguments: ["-c", "echo begun; touch /state/x; sleep 3; ls /state"]
		volumes:
		  /state: !Statedir {path: /, mode: 0o700}
	END
	tree_start
	wait_up one.0
	background "$LITHOS/lithos_cmd" --master "$M" --runtime "$CIST" "$S" job
	wait_logged '^begun$'
	ls -R "$RUN/bundles/$S+cmd+job.$BG" >"$W/before"
	kill -QUIT "$TREE"
	settled() { [[ $(ps_ --json | jq -r '.trees[0] | .phase, .restarts' | paste -sd' ') == "settled "[1-9]* ]]; }
	until_true settled || die "$(ps_ --json)"
	ok ps_
	no_line job
	diff "$W/before" <(ls -R "$RUN/bundles/$S+cmd+job.$BG")
	status=0
	wait "$BG" || status=$?
	is "$status" 0
	wait_logged '^x$'
	[[ ! -e $RUN/bundles/$S+cmd+job.$BG && ! -e $RUN/state/$S/cmd.job.$BG ]]
}
