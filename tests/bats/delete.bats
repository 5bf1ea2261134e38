#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

@test "delete: unknown container (row 17)" {
	fails 1 P delete nope
	err "does not exist"
}

@test "delete: --force of an unknown container is silent, twice (row 19)" {
	quiet P delete --force nope
	quiet P delete --force nope
}

@test "delete: created: init dead, cgroup gone (row 46)" {
	created
	pid=$(pid_of "$C")
	quiet P delete "$C"
	gone "$pid" || wait_gone "$pid"
	nothing_left
}

@test "delete: running is refused (row 79)" {
	running
	fails 1 P delete "$C"
	err "that is not stopped: running"
	is "$(status_of "$C")" running
}

@test "delete: paused is refused, so is start (row 75)" {
	running
	quiet P pause "$C"
	fails 1 P delete "$C"
	err "that is not stopped: paused"
	fails 1 P start "$C"
	err "paused state"
	quiet P resume "$C"
}

@test "delete: stopped; a second time; with --force (row 89)" {
	running
	quiet P kill "$C" 9
	wait_status "$C" stopped
	quiet P delete "$C"
	is "$(ls -A "$R")" ""
	fails 1 P delete "$C"
	err "does not exist"
	quiet P delete --force "$C"
}

@test "delete: --force of a running and of a paused container" {
	running
	pid=$(pid_of "$C")
	quiet P delete --force "$C"
	wait_gone "$pid"
	nothing_left
	running
	quiet P pause "$C"
	quiet P delete --force "$C"
	nothing_left
}

@test "delete: a directory without a state file" {
	mkdir "$R/$C"
	fails 1 P delete "$C"
	err "does not exist"
	mkdir -p "$R/$C"
	quiet P delete --force "$C"
	is "$(ls -A "$R")" ""
}

@test "delete: sub-cgroups that the container made go too" {
	cfg '.mounts |= map(if .destination == "/sys/fs/cgroup" then .options -= ["ro"] else . end)'
	sh_args 'for d in /sys/fs/cgroup/pids /sys/fs/cgroup; do
			[ -e $d/cgroup.procs ] && mkdir $d/sub && mkdir $d/sub/sub && break
		done; echo done >/made; sleep 1000'
	running
	wait_file "$B/rootfs/made"
	quiet P delete --force "$C"
	nothing_left
}

@test "delete: processes that outlived init are ended" {
	cfg '.linux.namespaces |= map(select(.type != "pid"))'
	sh_args 'sleep 1001 & echo $! >/child; exec sleep 1002'
	running
	init=$(pid_of "$C")
	wait_text "$B/rootfs/child" '[0-9]'
	child=$(pgrep -P "$init" -x sleep)
	also_kill "$child"
	quiet P kill "$C" TERM
	wait_status "$C" stopped
	alive "$child"
	quiet P delete --force "$C"
	wait_gone "$child"
	nothing_left
}

@test "delete: state files of garbage are an error, and --force removes them" {
	created
	for f in $(find "$R/$C" -type f -name 'state*'); do
		cp "$f" "$W/saved"
		head -c 300 /dev/urandom >"$f"
		try P state "$C"
		[[ $status -ne 0 && $status -lt 126 && -n $stderr ]] || show "expected an error"
		cp "$W/saved" "$f"
	done
	quiet P delete --force "$C"
}

@test "delete: --force with a damaged record ends what the configuration's cgroup has" {
	cfg --arg p "/p$MARK/$C" '.linux.cgroupsPath = $p'
	running
	pid=$(pid_of "$C")
	head -c 300 /dev/urandom >"$R/$C/state.json"
	fails 1 P delete "$C"
	alive "$pid"
	quiet P delete --force "$C"
	wait_gone "$pid"
	nothing_left
}

@test "delete: the record of another version is not touched, not even by --force" {
	running
	cp "$R/$C/state.json" "$W/saved"
	jq '.version = 99' "$W/saved" >"$R/$C/state.json"
	fails 1 P delete --force "$C"
	err "version 99"
	cp "$W/saved" "$R/$C/state.json"
	is "$(status_of "$C")" running
}

@test "delete: when the system cannot be asked, nothing is taken for gone" {
	running
	for force in "" --force; do
		fails 1 unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' sh \
			"$CIST" --root "$R" delete $force "$C"
		[[ $stderr != *"does not exist"* ]] || show "expected another reason"
	done
	is "$(status_of "$C")" running
}

@test "delete: a record without an init does not reach into a cgroup that others live in" {
	running
	local other=$C-other
	mkdir -m 700 "$R/$other"
	jq --arg id "$other" '.id = $id | .pid = 0 | .startTime = 0 | .created = false' \
		"$R/$C/state.json" >"$R/$other/state.json"
	ok P delete --force "$other"
	[[ ! -e $R/$other ]] || die "the directory is still there"
	ok P state "$C"
	is "$(jq -r .status <<<"$output")" running
}
