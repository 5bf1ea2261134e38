#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# cgroups, sockets and files of the host side: sections 2.7 and 2.9 of the threats that this suite is made from.

load ../bats/helpers

@test "cgroups: the root of the cgroup namespace is the container's cgroup" {
	cfg '.linux.namespaces += [{"type": "cgroup"}] | .linux.namespaces |= unique'
	inside 'cat /proc/self/cgroup'
	[[ -n $output ]] || show "no cgroups"
	! grep -vE '^[0-9]+:[^:]*:/$' <<<"$output" || show "a path of the host"
	no_line "$C"
}

@test "cgroups: /sys/fs/cgroup cannot be written to, with and without namespaces of its own" {
	local edit

	sh_args 'for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do mkdir ${d%/}/pwned 2>/dev/null && echo MADE; done; true'
	for edit in . '.linux.namespaces += [{"type": "cgroup"}] | .linux.namespaces |= unique' \
		'.mounts |= map(select(.type != "cgroup"))'; do
		cfg "$edit"
		try P run -b "$B" "$C"
		[[ $output != *MADE* ]] || show "after $edit"
		P delete --force "$C"
	done
	bundle "$W/b2"
	with_userns
	sh_args 'for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do mkdir ${d%/}/pwned 2>/dev/null && echo MADE; done; true'
	try P run -b "$B" "$C"
	[[ $output != *MADE* ]] || show "in a user namespace"
}

@test "cgroups: nothing stays frozen after a kill, a failed exec or a delete" {
	local pid f

	running
	pid=$(pid_of "$C")
	quiet P pause "$C"
	try P exec "$C" true
	isnt "$status" 0 "exec in a paused container"
	P resume "$C"
	quiet P pause "$C"
	P kill "$C" KILL
	P resume "$C" || true
	wait_gone "$pid"
	for f in $(our_cgroups); do
		[[ ! -e $f/freezer.state ]] || is "$(cat "$f/freezer.state")" THAWED "$f"
		[[ ! -e $f/cgroup.freeze ]] || is "$(cat "$f/cgroup.freeze")" 0 "$f"
	done
	quiet P delete "$C"
	# and a paused one is deleted by force
	running
	quiet P pause "$C"
	quiet P delete --force "$C"
	nothing_left
}

@test "sockets: none of ours is abstract" {
	created
	! grep -E ' @.*(cist|'"$MARK"')' /proc/net/unix || die "an abstract socket"
	P start "$C"
	! grep -E ' @.*(cist|'"$MARK"')' /proc/net/unix || die "an abstract socket"
}

@test "files: nobody else may read what is below --root" {
	local f

	rm -rf "$R"
	(umask 0 && "$CIST" --root "$R" create -b "$B" "$C" </dev/null >"$W/out" 2>&1 3>&-) || die "$(cat "$W/out")"
	is "$(stat -c %a "$R")" 700 "mode of --root"
	is "$(stat -c %a "$R/$C")" 700 "mode of the container's directory"
	while read -r f; do
		[[ $(stat -c %a "$f") =~ ^[0-7]00$ || $(stat -c %a "$f") == 0 || -S $f ]] || die "$(stat -c '%a %n' "$f")"
	done < <(find "$R/$C" -type f)
}

@test "files: a --root that others may write to is refused" {
	mkdir "$W/open"
	chmod 0777 "$W/open"
	fails 1 "$CIST" --root "$W/open" create -b "$B" "$C"
	err_any "others" "mode" "owner"
	is "$(ls -A "$W/open")" ""
	mkdir "$W/theirs"
	chown 1234 "$W/theirs"
	fails 1 "$CIST" --root "$W/theirs" create -b "$B" "$C"
}

BAD_IDS=('' . .. ../x a/b /abs 'a b' $'a\nb' $'a\eb' 'a%b' 'a*b' $'a\tb' '../../etc' 'ä')

@test "ids: those that are none are refused by every command, and a neighbour survives" {
	local id verb

	mkdir -p "$T/neighbour"
	echo precious >"$T/neighbour/config.json"
	cp "$T/neighbour/config.json" "$T/neighbour/state.json"
	BAD_IDS+=("$(printf 'x%.0s' $(seq 2000))" ../neighbour)
	for id in "${BAD_IDS[@]}"; do
		for verb in "create -b $B" "run -b $B" start state "delete --force" kill pause resume ps exec; do
			# shellcheck disable=SC2086
			case $verb in
			kill) try P kill -- "$id" KILL ;;
			exec) try P exec -- "$id" true ;;
			*) try P $verb -- "$id" ;;
			esac
			[[ $status -ne 0 && $status -lt 126 || $verb == exec && $status -eq 255 ]] || show "'$id' was taken by $verb"
			[[ $(wc -l <"$W/err") -eq 1 ]] || show "expected one line"
		done
	done
	is "$(cat "$T/neighbour/config.json")" precious
	rm -rf "$T/neighbour"
	is "$(ls -A "$R")" "" "below --root"
}

@test "files: a link in place of the pid file is replaced, not followed" {
	echo precious >"$W/target"
	ln -s "$W/target" "$W/pid"
	quiet P create -b "$B" --pid-file "$W/pid" "$C"
	is "$(cat "$W/target")" precious
	[[ ! -L $W/pid ]] || die "the link is still there"
	is "$(cat "$W/pid")" "$(pid_of "$C")"
}

@test "files: a namespace path that is none, or of another kind, is refused" {
	local path

	args true
	for path in /etc/passwd /proc/self/ns/uts /dev/null "$T" /nowhere /proc/self/exe /dev/zero; do
		cfg --arg p "$path" '(.linux.namespaces[] | select(.type == "network")).path = $p'
		try timeout 10 "$CIST" --root "$R" create -b "$B" "$C"
		[[ $status -eq 1 ]] || show "expected an error"
		err "namespace"
		nothing_left
	done
}
