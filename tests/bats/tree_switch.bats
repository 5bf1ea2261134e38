#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# lithos_switch, and how instances are replaced: one after another, each waiting for the next to be ready, and back again.

load helpers
load supervised

begin() {
	supervised_begin
	mkdir -p "$I/run/lithos"
	cp "$TOOLS/probe" "$I/bin/probe"
	lives web steady </dev/null
	processes <<-END
		web: {image: rootfs, config: /config/web.yaml, instances: 2}
	END
}

switch() {
	"$LITHOS/lithos_switch" --master "$M" "$@"
}

# new: another process file in $W/new.yaml, from standard input
new() {
	cat >"$W/new.yaml"
}

programs() {
	local p

	for p in "$@"; do program_of "$p"; done | tr '\n' ' '
}

# A container file whose program says that it is ready after a while: ready NAME SECONDS-UNTIL TIMEOUT
ready() {
	lives "$1" steady <<-END
		ready-timeout: $3
		kill-timeout: 1
	END
	sed -i "s|^executable:.*|executable: /bin/sh|; s|^arguments:.*|arguments: [-c, 'sleep $2; /bin/probe notify READY=1; exec /bin/life /books steady']|" \
		"$I/config/$1.yaml"
}

is_ready() {
	grep "name=$S/$1 " "$RUN/status" | grep -q " is-ready=yes"
}

@test "lithos switch: help, version and bad usage" {
	ok "$LITHOS/lithos_switch" --help
	line --plan
	ok "$LITHOS/lithos_switch" --version
	fails 2 "$LITHOS/lithos_switch" --master "$M" "$S"
	fails 2 "$LITHOS/lithos_switch" --master "$M" "$S" a b
}

@test "lithos switch: a file takes the place of another, also without a tree" {
	new <<-END
		web: {image: rootfs, config: /config/web.yaml, instances: 3}
	END
	ok switch "$S" "$W/new.yaml"
	err "no lithos_tree runs"
	cmp "$W/new.yaml" "$D/processes/$S.yaml"
	is "$(ls -A "$D/processes")" "$S.yaml"
	fails 1 switch --wait "$S" "$W/new.yaml"
	err "no lithos_tree to wait for"
}

@test "lithos switch: what is broken is refused, and nothing has changed" {
	local before

	before=$(cat "$D/processes/$S.yaml")
	new <<<'web: {image: rootfs, config: /config/none.yaml}'
	fails 1 switch "$S" "$W/new.yaml"
	err "$W/new.yaml:1" "Configuration check failed with exit status: 1"
	new <<<'web: [['
	fails 1 switch "$S" "$W/new.yaml"
	fails 1 switch "$S" "$W/none.yaml"
	fails 1 switch "$S" "$W"
	mkfifo "$W/fifo"
	fails 1 switch "$S" "$W/fifo"
	fails 1 switch none "$W/new.yaml"
	err 'there is no sandbox "none"'
	is "$(cat "$D/processes/$S.yaml")" "$before"
	is "$(ls -A "$D/processes")" "$S.yaml"
}

says_up() {
	grep -q "^instance id=$S+$1 .*state=UP" "$RUN/status"
}

@test "lithos switch: says what would happen, and it happens; who is not changed keeps running" {
	local before

	tree_start
	wait_up web.0
	wait_up web.1
	# what runs is what the supervisor says, a moment later
	until_true says_up web.0 && until_true says_up web.1 || die "$(cat "$RUN/status")"
	before=$(programs web.0)
	new <<-END
		web: {image: rootfs, config: /config/web.yaml, instances: 1}
		more: {image: rootfs, config: /config/web.yaml, instances: 1}
	END
	ok switch --plan "$S" "$W/new.yaml"
	is "$output" "start   $S/more.0
stop    $S/web.1
1 stays as it is"
	is "$(programs web.0)" "$before"
	ok switch --wait --timeout 30 "$S" "$W/new.yaml"
	is "$(programs web.0)" "$before"
	is_up more.0 || die "more.0 does not run"
	is_up web.1 && die "web.1 runs"
	ok switch --plan "$S" "$W/new.yaml"
	is "$output" "2 stay as they are"
	# the container's file makes another container, though the process file is the same
	printf 'fileno-limit: 77\n' >>"$I/config/web.yaml"
	ok switch --plan "$S" "$W/new.yaml"
	is "$output" "restart $S/more.0
restart $S/web.0
0 stay as they are"
	tree_stop
}

@test "lithos switch: the log of configurations has what was read" {
	tree_start
	wait_up web.0
	is "$(wc -l <"$LOGS/config/$S.log")" 1
	new <<<'web: {image: rootfs, config: /config/web.yaml, instances: 1}'
	ok switch --wait --timeout 30 "$S" "$W/new.yaml"
	is "$(sed 's/^[^ ]* //' "$LOGS/config/$S.log" | tail -n 1)" \
		'{"web":{"instances":1,"image":"rootfs","config":"/config/web.yaml","kind":"Daemon"}}'
	is "$(wc -l <"$LOGS/config/$S.log")" 2
	tree_stop
}

# Two instances of web that are ready, and are to be replaced one after another.
start_two() {
	ready web 0 30
	new <<-END
		web: {image: rootfs, config: /config/web.yaml, instances: 2, update: {max-unavailable: 1}}
	END
	cp "$W/new.yaml" "$D/processes/$S.yaml"
	tree_start
	wait_up web.0
	wait_up web.1
	until_true is_ready web.0 && until_true is_ready web.1 || die "not ready: $(cat "$RUN/status")"
}

@test "tree update: one after another, each ready before the next is replaced" {
	start_two
	: >"$BOOKS/ledger"
	ready web 1 30
	ok switch --wait --timeout 60 "$S" "$W/new.yaml"
	is "$(grep -c '^begin' "$BOOKS/ledger")" 2
	is "$(grep -c '^double' "$BOOKS/ledger")" 0
	tree_stop
}

@test "tree update: turned around when the new configuration does not become ready" {
	start_two
	# one of the two is left as it is all the time
	before=$(programs web.0 web.1)
	ready bad 1000 2
	sed 's|web.yaml|bad.yaml|' "$W/new.yaml" >"$W/bad.yaml"
	fails 1 switch --wait --timeout 60 "$S" "$W/bad.yaml"
	err "turned around"
	back() {
		local now common

		now=$(programs web.0 web.1)
		common=$(comm -12 <(tr ' ' '\n' <<<"$before" | sort) <(tr ' ' '\n' <<<"$now" | sort) | grep -c .)
		[[ $common -eq 1 && $(wc -w <<<"$now") -eq 2 ]]
	}
	LIMIT=20 until_true back || die "before $before now $(programs web.0 web.1)"
	tree_stop
}
