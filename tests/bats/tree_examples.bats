#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# The deployments in bundles/, kept by lithos_tree.

load helpers
load supervised

deploy() {
	D=$W/d
	M=$D/master.yaml
	LOGS=$D/log
	rm -rf "$D"
	RUNTIME_DIR=$RUN LITHOS_MKDEV=$LITHOS/lithos_mkdev "$top_srcdir/bundles/deploy.sh" "$1" "$D" >/dev/null 3>&-
	chmod 0755 "$W"
	sed -i "s,^cgroup-name:.*,cgroup-name: p$MARK.slice," "$M"
}

# inits NAME: of what begins with this name, and not of another test that runs the same example
inits() {
	local p

	for p in $(pgrep -f "lithos_knot --name $1"); do
		! grep -qsF "p$MARK" "/proc/$p/cgroup" || echo "$p"
	done
}

# so many inits of that sandbox
knots() {
	inits "$1/" | wc -l
}

has_knots() {
	[[ $(knots "$1") -eq $2 ]]
}

wait_knots() {
	until_true has_knots "$1" "$2" || die "not $2 but $(knots "$1") of $1:" "$(tail -n 20 "$LOGS"/*.log "$LOGS"/stderr/*.log "$W/tree.out" 2>&1)"
}

page() { # ADDRESS PORT
	python3 -c 'import sys, urllib.request; print(urllib.request.urlopen("http://%s:%s/" % (sys.argv[1], sys.argv[2]), timeout=10).read().decode())' "$1" "$2"
}

# Who runs what a shell says about itself: pids of an example's programs.
programs() {
	inits "$1/" | while read -r p; do pgrep -P "$p"; done | sort
}

@test "tree examples: web: two instances behind one socket, a reload, the death of one, a command" {
	local port before old

	port=$(free_port)
	deploy lithos-web
	sed -i "s/8080/$port/" "$D/processes/web.yaml"
	sed -i "s/allow-tcp-ports.*/allow-tcp-ports: [$port]/" "$D/sandboxes/web.yaml"
	tree_start
	wait_knots web 2
	ok page 127.0.0.1 "$port"
	line '^web/front.[01], process 2$'
	before=$(programs web)
	kill -QUIT "$TREE"
	ok page 127.0.0.1 "$port"
	is "$(programs web)" "$before" "programs after a reload"
	old=$(pgrep -P "$(inits web/front.0)")
	kill -KILL "$old"
	wait_logged 'Process "web/front.0" killed by signal SIGKILL'
	wait_knots web 2
	ok page 127.0.0.1 "$port"
	ok "$LITHOS/lithos_cmd" --master "$M" web report some words
	grep -qE '^report of web/cmd.report.[0-9]+: [0-9]+ programs, arguments: some words$' "$LOGS/stderr/web.log"
	tree_stop
	is "$(knots web)" 0
}

@test "tree examples: worker: takes its work, also after its supervisor was killed" {
	local before

	deploy lithos-worker
	tree_start
	wait_knots worker 1
	before=$(programs worker)
	tree_kill
	echo 12345 >"$D/data/jobs/one.job"
	chown 100100:100100 "$D/data/jobs/one.job"
	wait_file "$D/data/jobs/one.done"
	is "$(cat "$D/data/jobs/one.done")" 6
	tree_start
	wait_taken_over
	tree_stop
	is "$(knots worker)" 0
	# it was the one from before, which ended as it was told to
	logged 'Process "worker/queue.0" exited with code 0'
	is "$(grep -c 'Starting "worker/queue.0"' "$LOGS/stderr/worker.log")" 1 "starts of $before"
}

@test "tree examples: bridged: each instance at its address" {
	deploy lithos-bridged
	bridged_host
	nsenter --net="/run/netns/cist-$MARK" "$LITHOS/lithos_tree" --config "$M" --runtime "$CIST" </dev/null >>"$W/tree.out" 2>&1 3>&- &
	TREE=$!
	wait_knots bridged 2
	answers() {
		inside_net python3 -c 'import sys, urllib.request as r; print(r.urlopen("http://%s/" % sys.argv[1], timeout=5).read().decode(), end="")' \
			"$1" >"$W/page" 2>"$W/why"
	}
	for address in 10.99.7.10 10.99.7.11; do
		until_true answers "$address" || die "no answer: $(cat "$W/why")" "$(tail -n 20 "$LOGS"/*.log)"
		is "$(cat "$W/page")" "a page of its own address"
	done
	tree_stop
	is "$(inside_net ip -o link show master cistbr0)" ""
}

end() {
	supervised_end
	[[ ! -e /run/netns/cist-$MARK ]] || ip netns del "cist-$MARK"
}
