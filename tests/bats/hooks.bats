#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

# A hook that writes down, in $W/NAME.*: its input, directory, environment, arguments, namespaces
# and what state says. For the hooks that run in the host's file system.
begin() {
	cat >"$W/hook" <<-END
		#!/bin/sh
		name=\$1
		cat >$W/\$name.state
		pwd >$W/\$name.cwd
		env | sort >$W/\$name.env
		printf '%s\n' "\$0" "\$@" >$W/\$name.args
		readlink /proc/self/ns/mnt /proc/self/ns/uts /proc/self/ns/net >$W/\$name.ns
		echo \$name >>$W/order
	END
	chmod 0755 "$W/hook"
}

all_hooks() {
	cp "$W/hook" "$B/rootfs/hook"
	sed -i "s|$W/|/|g" "$B/rootfs/hook"
	cfg --arg h "$W/hook" '.hooks = ([ "prestart", "createRuntime", "createContainer", "poststart", "poststop" ]
			| map({(.): [{path: $h, args: ["argv0", .], env: ["KEY=value of \(.)", "PATH=/usr/bin:/bin"]}]}) | add)
		+ {startContainer: [{path: "/hook", args: ["argv0", "startContainer"], env: ["KEY=value of startContainer", "PATH=/bin"]}]}'
}

state_says() {
	jq -r "$2" "$1"
}

@test "hooks: all six, in their order, at their moment" {
	sh_args 'echo program >>/order; sleep 1000'
	all_hooks
	created
	is "$(tr '\n' ' ' <"$W/order")" "prestart createRuntime createContainer "
	[[ ! -e $B/rootfs/order ]] || die "startContainer ran at create"
	quiet P start "$C"
	wait_text "$B/rootfs/order" program
	is "$(tr '\n' ' ' <"$B/rootfs/order")" "startContainer program "
	is "$(tail -1 "$W/order")" poststart
	quiet P delete --force "$C"
	is "$(tail -1 "$W/order")" poststop
	is "$(wc -l <"$W/order")" 5
}

@test "hooks: the state on standard input" {
	all_hooks
	cfg '.annotations = {"org.example.k": "v"}'
	created
	pid=$(pid_of "$C")
	quiet P start "$C"
	quiet P delete --force "$C"
	for h in prestart createRuntime createContainer poststart poststop; do
		is "$(state_says "$W/$h.state" .id)" "$C" "$h id"
		is "$(state_says "$W/$h.state" .bundle)" "$B" "$h bundle"
		is "$(state_says "$W/$h.state" '.annotations["org.example.k"]')" v "$h annotation"
		is "$(state_says "$W/$h.state" '.ociVersion | type')" string "$h version"
		is "$(state_says "$W/$h.state" 'has("rootfs") or has("created") or has("owner")')" false "$h extras"
	done
	is "$(state_says "$B/rootfs/startContainer.state" .id)" "$C"
	for h in prestart createRuntime; do
		is "$(state_says "$W/$h.state" .status)" creating "$h status"
		is "$(state_says "$W/$h.state" .pid)" "$pid" "$h pid"
	done
	is "$(state_says "$W/createContainer.state" .status)" creating
	is "$(state_says "$W/createContainer.state" .pid)" 1
	is "$(state_says "$B/rootfs/startContainer.state" .status)" created
	is "$(state_says "$B/rootfs/startContainer.state" .pid)" 1
	is "$(state_says "$W/poststart.state" .status)" running
	is "$(state_says "$W/poststart.state" .pid)" "$pid"
	is "$(state_says "$W/poststop.state" .status)" stopped
	is "$(state_says "$W/poststop.state" 'has("pid") and .pid != 0')" false "poststop pid"
}

@test "hooks: arguments, environment and nothing but it" {
	all_hooks
	running
	quiet P delete --force "$C"
	for h in prestart createRuntime createContainer poststart poststop; do
		is "$(tail -1 "$W/$h.args")" "$h"
		grep -qx "KEY=value of $h" "$W/$h.env"
		is "$(grep -cE '^(HOME|TERM|BATS_)' "$W/$h.env")" 0 "foreign variables of $h"
	done
	grep -qx "KEY=value of startContainer" "$B/rootfs/startContainer.env"
}

@test "hooks: which namespaces they run in, and where" {
	all_hooks
	created
	pid=$(pid_of "$C")
	host=$(readlink /proc/self/ns/mnt /proc/self/ns/uts /proc/self/ns/net)
	inside=$(readlink "/proc/$pid/ns/mnt" "/proc/$pid/ns/uts" "/proc/$pid/ns/net")
	quiet P start "$C"
	quiet P delete --force "$C"
	for h in prestart createRuntime poststart poststop; do
		is "$(cat "$W/$h.ns")" "$host" "$h"
	done
	is "$(cat "$W/createContainer.ns")" "$inside"
	is "$(cat "$B/rootfs/startContainer.cwd")" /
	is "$(cat "$W/prestart.cwd")" "$B"
	is "$(cat "$W/createRuntime.cwd")" "$B"
}

@test "hooks: init's network namespace is there for a prestart hook, as docker's wants it" {
	printf '#!/bin/sh\npid=$(jq -r .pid)\nreadlink /proc/$pid/ns/net >%s/net\n' "$W" >"$W/hook"
	cfg --arg h "$W/hook" '.hooks.prestart = [{path: $h}]'
	PATH=$PATH created
	is "$(cat "$W/net")" "$(readlink "/proc/$(pid_of "$C")/ns/net")"
}

@test "hooks: several of a kind, in order; all in spite of one path" {
	cfg --arg h "$W/hook" '.hooks.prestart = [range(5) | {path: $h, args: ["x", "n\(.)"], env: ["PATH=/bin:/usr/bin"]}]'
	created
	is "$(tr '\n' ' ' <"$W/order")" "n0 n1 n2 n3 n4 "
}

@test "hooks: a failing prestart hook (row 101)" {
	printf '#!/bin/sh\ncat >%s/state\necho spoken >&2\nexit 1\n' "$W" >"$W/bad"
	chmod 0755 "$W/bad"
	for h in prestart createRuntime createContainer; do
		cfg --arg h "$h" --arg p "$W/bad" '.hooks = {($h): [{path: $p}]}'
		fails 1 P run -b "$B" "$C"
		err hook
		is "$(jq -r .status "$W/state")" creating
		is "$(jq '.pid > 0' "$W/state")" true
		fails 1 P state "$C"
		nothing_left
	done
}

@test "hooks: after a failed create, poststop hooks run" {
	cfg --arg h "$W/hook" '.hooks = {prestart: [{path: "/bin/false"}],
		poststop: [{path: $h, args: ["x", "poststop"], env: ["PATH=/bin:/usr/bin"]}]}'
	fails 1 P create -b "$B" "$C"
	grep -qx poststop "$W/order"
	nothing_left
}

@test "hooks: a time-out (row 102)" {
	cfg '.hooks.prestart = [{path: "/bin/sleep", args: ["sleep", "10"], timeout: 1}]'
	begun=$(date +%s%N)
	fails 1 P run -b "$B" "$C"
	took=$((($(date +%s%N) - begun) / 1000000))
	err "hook ran past specified timeout"
	[[ $took -ge 900 && $took -lt 9000 ]] || die "took $took ms"
	nothing_left
}

@test "hooks: a failing poststart hook (row 103)" {
	cfg '.hooks.poststart = [{path: "/bin/false"}]'
	fails 1 P run -b "$B" "$C"
	nothing_left
	created
	pid=$(pid_of "$C")
	fails 1 P start "$C"
	wait_gone "$pid"
}

@test "hooks: a failing poststop hook is logged, the others still run (row 104)" {
	args true
	cfg --arg h "$W/hook" '.hooks.poststop = [{path: "/bin/false"},
		{path: $h, args: ["x", "second"], env: ["PATH=/bin:/usr/bin"]}]'
	ok P run -b "$B" "$C"
	[[ -n $stderr ]] || show "expected a message"
	grep -qx second "$W/order"
	nothing_left
}

@test "hooks: a failing startContainer hook makes start fail" {
	cfg '.hooks.startContainer = [{path: "/bin/false"}]'
	created
	fails 1 P start "$C"
	wait_status "$C" stopped
}

@test "hooks: one that is not there" {
	cfg '.hooks.createRuntime = [{path: "/none/such"}]'
	refused
	err "/none/such"
}

@test "hooks: one that ignores its input and one that leaves a child behind" {
	printf '#!/bin/sh\nsleep 30 >/dev/null 2>&1 </dev/null &\necho $! >%s/child\n' "$W" >"$W/lazy"
	chmod 0755 "$W/lazy"
	cfg --arg p "$W/lazy" '.hooks.poststart = [{path: $p}]'
	created
	begun=$SECONDS
	is "$(timeout 20 "$CIST" --root "$R" start "$C" 3>&- | cat; echo end)" end
	[[ $((SECONDS - begun)) -lt 18 ]] || die "start waited for the hook's child"
	also_kill "$(cat "$W/child")"
}

@test "hooks: the runtime's environment where env is absent" {
	cfg --arg h "$W/hook" '.hooks.prestart = [{path: $h, args: ["x", "prestart"]}]'
	MY_OWN=seen created
	grep -qx "MY_OWN=seen" "$W/prestart.env"
}

@test "hooks: no descriptor of the runtime reaches a hook" {
	printf '#!/bin/sh\nls /proc/self/fd >%s/fds\n' "$W" >"$W/hook"
	cfg --arg h "$W/hook" '.hooks = {prestart: [{path: $h}]}'
	created
	is "$(tr '\n' ' ' <"$W/fds")" "0 1 2 3 "
}

@test "hooks: run.oci.hooks.stdout and stderr are appended to by hooks of every moment" {
	local m

	for m in prestart createRuntime createContainer startContainer poststart poststop; do
		cfg --arg m "$m" '.hooks[$m] = [{path: "/bin/sh", args: ["sh", "-c", "echo \($m); echo \($m) wrong >&2"]}]'
	done
	cfg --arg o "$W/hooks.out" '.annotations = {"run.oci.hooks.stdout": $o, "run.oci.hooks.stderr": "hooks.err"}'
	echo before >"$W/hooks.out"
	args true
	quiet P run -b "$B" "$C"
	is "$(xargs <"$W/hooks.out")" "before prestart createRuntime createContainer startContainer poststart poststop"
	is "$(grep -c wrong "$B/hooks.err")" 6
	is "$(stat -c %a "$B/hooks.err")" 600
	# The program gets nothing of it.
	cfg 'del(.hooks) | .hooks.startContainer = [{path: "/bin/true"}]'
	args sh -c 'ls /proc/self/fd'
	ok P run -b "$B" "$C"
	is "$(xargs <"$W/out")" "0 1 2 3"
}

@test "hooks: a file for their output that cannot be opened fails create, and leaves nothing" {
	cfg '.hooks.createRuntime = [{path: "/bin/true"}] | .annotations = {"run.oci.hooks.stderr": "no/such/directory/file"}'
	fails 1 P create -b "$B" "$C"
	err annotations.run.oci.hooks.stderr 'no such file or directory'
	mkfifo "$W/fifo"
	cfg --arg f "$W/fifo" '.annotations = {"run.oci.hooks.stderr": $f}'
	fails 1 P create -b "$B" "$C"
	[[ ! -e $R/$C ]] || die "state is left"
	# Without hooks nothing is opened.
	cfg 'del(.hooks)'
	args true
	quiet P run -b "$B" "$C"
}
