#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# The deployments in bundles/, from their YAML to running containers.

load helpers
load lithos

deploy() {
	D=$W/d
	RUNTIME_DIR=$D/run LITHOS_MKDEV=$LITHOS/lithos_mkdev "$top_srcdir/bundles/deploy.sh" "$1" "$D" >/dev/null 3>&-
	M=$D/master.yaml
	chmod 0755 "$W"
	sed -i "s/^cgroup-name:.*/cgroup-name: p$MARK.slice/" "$M"
}

# lithos' own, and what a test made
end() {
	rm -rf "$LB" "$LB".*
	[[ ! -e /run/netns/cist-$MARK ]] || ip netns del "cist-$MARK"
}

checked() {
	[[ -x $LITHOS/lithos_check ]] || skip "there is no lithos_check"
	quiet "$LITHOS/lithos_check" --config "$M"
}

# start NAME ID: a container in the background
start() {
	ok lb --launch --output "$LB.$2" "$1"
	ok P run -d -b "$LB.$2" "$C$2"
	rm -rf "$LB.$2"
}

page() { # ADDRESS PORT
	python3 -c 'import sys, urllib.request; print(urllib.request.urlopen("http://%s:%s/" % (sys.argv[1], sys.argv[2]), timeout=5).read().decode())' "$1" "$2"
}

@test "lithos examples: all three are accepted" {
	local example

	for example in lithos-web lithos-worker lithos-bridged; do
		rm -rf "$W/d"
		deploy "$example"
		ok lb --all --output "$W/all-$example"
	done
	is "$(find "$W"/all-* -name config.json | wc -l)" 5
}

@test "lithos examples: the checker is content" {
	local example

	for example in lithos-web lithos-worker; do
		rm -rf "$W/d"
		deploy "$example"
		checked
	done
}

@test "lithos examples: web: instances answer at the socket, with the secret" {
	local port

	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	deploy lithos-web
	sed -i "s/8080/$port/" "$D/processes/web.yaml"
	sed -i "s/allow-tcp-ports.*/allow-tcp-ports: [$port]/" "$D/sandboxes/web.yaml"
	start web/front.0 a
	ok page 127.0.0.1 "$port"
	line '^web/front.0, process 2$'
	line '^LISTEN_FDNAMES=port$'
	line '^PIDFILE_OF=2$'
	[[ $output != *the_secret* ]] || die "told"
	# a long request is read to its end: a connection that is closed before is reset, and the page may be lost
	exec 9<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET / HTTP/1.0\r\nX: %09000d\r\n\r\n' 0 >&9
	cat <&9 >"$W/page"
	exec 9>&-
	grep -qx 'web/front.0, process 2' "$W/page"
	tr '\0' '\n' <"/proc/$(pgrep -P "$(pid_of "${C}a")")/environ" | grep -qx SESSION_KEY=the_secret
	quiet P kill "${C}a" TERM
	wait_status "${C}a" stopped
	ok lb --command --pid 77 --launch --output "$LB" web/report some words
	ok P run -b "$LB" "$C"
	line '^report of web/cmd.report.77: [0-9]+ programs, arguments: some words$'
}

@test "lithos examples: worker: takes its work as its own user" {
	deploy lithos-worker
	start worker/queue.0 a
	is "$(stat -c '%a %u:%g' "$D/data/jobs")" '750 100100:100100'
	echo 12345 >"$D/data/jobs/one.job"
	chown 100100:100100 "$D/data/jobs/one.job"
	wait_file "$D/data/jobs/one.done"
	is "$(cat "$D/data/jobs/one.done")" 6
	is "$(stat -c '%u:%g' "$D/data/jobs/one.done")" 100100:100100
	quiet P kill "${C}a" TERM
	wait_status "${C}a" stopped
}

@test "lithos examples: bridged: each instance at its address" {
	deploy lithos-bridged
	bridged_host
	ok lb --launch --output "$LB" bridged/pages.0
	ok inside_net "$CIST" --root "$R" run -d -b "$LB" "$C"
	answers() {
		inside_net python3 -c 'import urllib.request as r; print(r.urlopen("http://10.99.7.10/", timeout=2).read().decode(), end="")' \
			>"$W/page" 2>"$W/why"
	}
	until_true answers || die "no answer"
	is "$(cat "$W/page")" "a page of its own address"
}
