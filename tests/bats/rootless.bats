#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# Containers of an ordinary user. He exists in a mount namespace of each call only, where he has a name and, with
# SUBIDS=yes, ids to map; nothing of the host's /etc is changed.

load helpers

ME=61234
SUB=3000000

begin_file() {
	[[ $EUID -eq 0 ]] || skip "needs root, to become somebody else"
	local files=$T/etc f

	mkdir -p "$files" "$T/run"
	chown $ME:$ME "$T/run"
	chmod 0700 "$T/run"
	cp /etc/passwd /etc/group "$files"
	echo "rootless:x:$ME:$ME::/:/bin/sh" >>"$files/passwd"
	echo "rootless:x:$ME:" >>"$files/group"
	for f in subuid subgid; do
		: >"$files/$f"
		echo "rootless:$SUB:1000" >"$files/$f.given"
	done
	cat >"$T/as-user" <<-'END'
		#!/bin/bash
		# as-user ETC ME GIVEN COMMAND...
		etc=$1 me=$2 given=$3
		shift 3
		for f in passwd group; do
			mount --bind "$etc/$f" "/etc/$f"
		done
		for f in subuid subgid; do
			[[ ! -e /etc/$f ]] || mount --bind "$etc/$f$given" "/etc/$f"
		done
		groups=(--clear-groups)
		[[ -z ${GROUP_LIST-} ]] || groups=(--groups "$GROUP_LIST")
		exec setpriv --reuid "$me" --regid "$me" "${groups[@]}" "$@"
	END
	chmod 0755 "$T/as-user"
}

begin() {
	[[ $(cat /proc/sys/user/max_user_namespaces) -gt 0 ]] || skip "user namespaces are switched off"
	as_user unshare -Ur true 2>/dev/null || skip "this host lets no ordinary user make a user namespace"
	chown $ME:$ME "$B" "$W"
	chown -R -h $ME:$ME "$B/rootfs"
	rm "$B/config.json"
	as_user "$CIST" spec --rootless --bundle "$B"
	cfg '.process.terminal = false | .root.readonly = false | .process.args = ["sleep", "1000"]'
}

end() {
	local dir

	for dir in "$T"/run/cist/*/; do
		[[ -d $dir ]] || continue
		dir=${dir%/}
		U delete --force "${dir##*/}"
	done
	rm -rf "$T/run/cist"
	if [[ -n ${users_instance-} ]]; then
		N delete --force "$C" || true
		systemctl stop "$users_instance"
	fi
	remove_delegated
}

as_user() {
	unshare -m --propagation private "$T/as-user" "$T/etc" $ME "${SUBIDS:+.given}" \
		env -u USER XDG_RUNTIME_DIR="$T/run" "$@" 3>&-
}

# The runtime under test, called by the user; root's directory of states is not used at all.
U() {
	as_user "$CIST" "$@"
}

# Runs the bundle's program as the user; $output is what it printed.
run_user() {
	ok U run -b "$B" "$C"
}

inside_user() {
	sh_args "$1"
	run_user
}

refused_user() {
	fails 1 U create -b "$B" "$C"
	err "$@"
	is "$(ls "$T/run/cist" 2>/dev/null)" "" "states that are left"
}

# The range that is given, as rows after the own id.
with_range() {
	command -v newuidmap >/dev/null || skip "newuidmap is not installed"
	cfg --argjson sub "${1:-$SUB}" --argjson size "${2:-1000}" '.linux.uidMappings += [{containerID: 1, hostID: $sub, size: $size}]
		| .linux.gidMappings = (.linux.gidMappings + [{containerID: 1, hostID: $sub, size: $size}])'
}

user_status() {
	[[ $(U state "$1" | jq -r .status) == "$2" ]]
}

@test "rootless: what spec --rootless writes runs, with the own id as root" {
	inside_user 'id -u; cat /proc/self/uid_map /proc/self/setgroups; ls -ln /dev/shm | wc -l; hostname'
	line '^0$'
	line "^ *0 +$ME +1\$"
	line '^deny$'
	is "$(ls "$T/run/cist")" "" "states"
}

@test "rootless: a user who is in more groups than a page of /proc/self/status holds" {
	GROUP_LIST=$(seq -s, 4000000000 4000000600) inside_user 'id -u'
	out 0
}

@test "rootless: root of a user namespace, to whom the host's root is nobody, gets to systemd's helper" {
	[[ -x $top_builddir/cist-systemd ]] || skip "cist-systemd was not built: libsystemd is missing"
	fails 1 as_user DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere unshare -Ur "$CIST" --systemd-cgroup create -b "$B" "$C"
	err "bus"
}

@test "rootless: its states are below XDG_RUNTIME_DIR" {
	quiet U run -d -b "$B" "$C"
	[[ -e $T/run/cist/$C/state.json ]] || die "no state in XDG_RUNTIME_DIR"
	is "$(stat -c %a "$T/run/cist")" 1700
	ok U list --quiet
	out "$C"
}

@test "rootless: create, start, exec, kill, delete" {
	quiet U create -b "$B" "$C"
	user_status "$C" created
	ok U exec "$C" id -u
	out 0
	quiet U start "$C"
	user_status "$C" running
	ok U exec "$C" sh -c 'cat /proc/self/uid_map; cat /proc/1/comm'
	line '^sleep$'
	line "^ *0 +$ME +1\$"
	fails 3 U exec "$C" sh -c 'exit 3'
	quiet U kill "$C" KILL
	LIMIT=5 until_true user_status "$C" stopped
	quiet U delete "$C"
	quiet U delete --force "$C"
}

@test "rootless: a terminal, for run and for exec" {
	cfg '.process.terminal = true'
	args sh -c 'test -t 0 && echo terminal of "$(stat -c %u /dev/console)"'
	ok as_user "$TOOLS/ptyrun" 24 80 "$CIST" run -b "$B" "$C"
	line 'terminal of 0'
	cfg '.process.terminal = false | .process.args = ["sleep", "1000"]'
	quiet U run -d -b "$B" "$C"
	ok as_user "$TOOLS/ptyrun" 24 80 "$CIST" exec -t "$C" sh -c 'test -t 0 && echo terminal'
	line 'terminal'
}

@test "rootless: a range of ids, mapped by newuidmap and newgidmap" {
	SUBIDS=yes
	with_range
	cfg '.process.user = {uid: 7, gid: 8, additionalGids: [9]}'
	chmod 0777 "$B/rootfs"
	inside_user 'id -u; id -G; touch /mine; cat /proc/self/setgroups'
	line '^7$'
	line '^8 9$'
	line '^allow$'
	is "$(stat -c %u:%g "$B/rootfs/mine")" $((SUB + 6)):$((SUB + 7))
}

@test "rootless: ids that are not given to the user are refused, with the remedy" {
	with_range
	refused_user "linux.uidMappings: " newuidmap "not allowed" "/etc/subuid"
	SUBIDS=yes
	cfg '.linux.uidMappings[1].size = 2000'
	refused_user "linux.uidMappings: " "/etc/subuid"
	cfg '.linux.uidMappings |= [.[0]] | .linux.gidMappings[1].size = 2000'
	refused_user "linux.gidMappings: " newgidmap "/etc/subgid"
	cfg '.linux.gidMappings |= [.[0]] | .linux.uidMappings[0].hostID = 0'
	refused_user "linux.uidMappings: "
}

@test "rootless: groups cannot be set where setgroups is denied" {
	cfg '.process.user.additionalGids = [0]'
	refused_user "process.user.additionalGids: setgroups is denied"
}

@test "rootless: a user or an option with an id that is not mapped" {
	cfg '.process.user.uid = 5'
	refused_user "process.user.uid" "not mapped"
	cfg '.process.user.uid = 0 | .mounts |= map(if .destination == "/dev/pts" then .options += ["gid=5"] else . end)'
	refused_user 'mounts[2]: /dev/pts: option "gid=5": gid 5 is not mapped'
}

@test "rootless: without a user namespace nothing can be made" {
	cfg 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
	refused_user "linux.namespaces: user $ME has no CAP_SYS_ADMIN" "user namespace"
}

@test "rootless: a network namespace with its own sysfs, and one of each other kind" {
	cfg '.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "network"}, {type: "cgroup"}, {type: "time"}])
		| .linux.timeOffsets = {monotonic: {secs: 5000, nanosecs: 0}}
		| .mounts |= map(if .destination == "/sys" then .type = "sysfs" | .source = "sysfs" | .options = ["ro", "nosuid"] else . end)'
	inside_user 'ls /sys/class/net; cat /proc/self/timens_offsets; ip link show lo 2>/dev/null | grep -c UP'
	is "$(sed -n 1p "$W/out")" lo
	line '^monotonic +5000 +0$'
}

@test "rootless: nothing below /sys or /proc/sys can be written" {
	inside_user 'for f in /sys/fs/cgroup/x /sys/fs/cgroup/unified/x; do mkdir $f 2>/dev/null && echo "made $f"; done
		echo 1 2>/dev/null >/proc/sys/vm/drop_caches && echo wrote; grep " /sys" /proc/self/mountinfo | grep -vc " ro,"; true'
	no_line 'made|wrote'
	line '^0$'
}

@test "rootless: sources of mounts are opened in the new mount namespace, and keep their flags" {
	mkdir -p "$W/volume/sub"
	echo here >"$W/volume/file"
	chown -R $ME "$W/volume"
	cfg --arg v "$W/volume" '.mounts += [{destination: "/v", type: "bind", source: $v, options: ["rbind", "ro"]},
		{destination: "/dev/other", type: "bind", source: "/dev/null", options: ["bind"]}]'
	inside_user 'cat /v/file; touch /v/x 2>&1; echo gone >/dev/other; test -c /dev/other && echo device'
	line '^here$'
	line 'Read-only file system'
	line '^device$'
	cfg '.mounts += [{destination: "/w", type: "bind", source: "/", options: ["bind"]}]'
	refused_user 'mounts[9]: /w: source /: file systems are mounted below it'
}

@test "rootless: a flag that the host has locked cannot be cleared" {
	mkdir "$W/locked"
	mount -t tmpfs -o nosuid,nodev,ro none "$W/locked"
	cfg --arg v "$W/locked" '.mounts += [{destination: "/v", type: "bind", source: $v, options: ["rbind", "suid"]}]'
	try U run -b "$B" "$C"
	umount "$W/locked"
	is "$status" 1
	err "locked"
}

@test "rootless: the oom score can be raised, and not be lowered" {
	cfg '.process.oomScoreAdj = 700'
	args cat /proc/self/oom_score_adj
	run_user
	out 700
	cfg '.process.oomScoreAdj = -700'
	refused_user "process.oomScoreAdj: permission denied: -700 is below what this caller may set"
}

@test "rootless: capabilities, no_new_privs and a filter" {
	cfg '.process.capabilities = {bounding: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"], effective: ["CAP_CHOWN"]}
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
	inside_user 'grep -E "CapEff|NoNewPrivs|Seccomp:" /proc/self/status; mkdir /nope 2>/dev/null || echo filtered'
	line '^CapEff:.0000000000000001$'
	line '^NoNewPrivs:.1$'
	line '^Seccomp:.2$'
	line '^filtered$'
	cfg '.process.noNewPrivileges = false'
	run_user
	line '^NoNewPrivs:.0$'
	line '^filtered$'
}

@test "rootless: hooks run as the user, on both sides" {
	cat >"$W/hook" <<-END
		#!/bin/sh
		cat >/dev/null
		echo "\$1 \$(id -u)" >>$W/hooks
	END
	chmod 0755 "$W/hook"
	: >"$W/hooks"
	chown $ME "$W/hooks"
	cfg --arg h "$W/hook" '.hooks = ({createRuntime: "r", createContainer: "c", poststart: "s", poststop: "p"}
		| with_entries(.value = [{path: $h, args: ["hook", .value]}]))'
	args true
	run_user
	is "$(sort "$W/hooks" | tr '\n' ' ')" "c 0 p $ME r $ME s $ME "
}

@test "rootless: who needs no limit runs without a cgroup, who asks for one is told" {
	! [[ -w /sys/fs/cgroup/cgroup.procs ]] || as_user sh -c '! test -w /sys/fs/cgroup/cgroup.procs' || skip "cgroups are everybody's"
	quiet U run -d -b "$B" "$C"
	pid=$(U state "$C" | jq .pid)
	is "$(cat "/proc/$pid/cgroup")" "$(cat /proc/self/cgroup)" "its cgroups"
	fails 1 U pause "$C"
	err "no cgroup"
	fails 1 U ps "$C"
	err "no cgroup"
	fails 1 U update --pids-limit 10 "$C"
	err "no cgroup of its own"
	U delete --force "$C"
	cfg '.linux.resources = {pids: {limit: 20}}'
	refused_user "linux.resources.pids.limit: cgroup controller pids is not delegated"
	cfg 'del(.linux.resources)'
	fails 1 U --rootless=false create -b "$B" "$C"
	err "cgroup" "permission denied"
}

@test "rootless: device rules that forbid all but some are done without, one by name is refused" {
	cfg '.linux.resources = {devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 3, access: "rwm"}]}'
	args true
	run_user
	cfg '.linux.resources.devices = [{allow: false, type: "c", major: 1, minor: 3, access: "rwm"}]'
	refused_user "linux.resources.devices[0]: device rules take CAP_SYS_ADMIN"
}

# Delegates a cgroup of each hierarchy that has the controllers; the user's shell goes into it.
delegated() {
	local dir

	for dir in /sys/fs/cgroup /sys/fs/cgroup/{pids,memory,freezer,unified}; do
		[[ -e $dir/cgroup.procs ]] || continue
		mkdir -p "$dir/p$MARK/own"
		chown -R $ME "$dir/p$MARK"
	done
}

remove_delegated() {
	find /sys/fs/cgroup -depth -type d -path "*/p$MARK*" -exec rmdir {} \; 2>/dev/null || true
}

# The runtime, called by the user from within his cgroup.
D() {
	# shellcheck disable=SC2016
	sh -c 'for d in /sys/fs/cgroup/$0/own /sys/fs/cgroup/*/$0/own; do [ ! -d "$d" ] || echo $$ >"$d/cgroup.procs"; done; exec "$@"' \
		"p$MARK" unshare -m --propagation private "$T/as-user" "$T/etc" $ME "" env -u USER XDG_RUNTIME_DIR="$T/run" "$CIST" "$@" 3>&-
}

@test "rootless: limits in a delegated cgroup, pause, ps and update" {
	has_v1 freezer || needs_v2 pids
	delegated
	cfg '.linux.resources = {pids: {limit: 20}}'
	quiet D run -d -b "$B" "$C"
	pid=$(U state "$C" | jq .pid)
	is "$(cat "$(cgroup_dir "$pid" pids)/pids.max")" 20
	ok D ps --format json "$C"
	out "[$pid]"
	quiet D pause "$C"
	user_status "$C" paused
	quiet D resume "$C"
	quiet D update --pids-limit 30 "$C"
	is "$(cat "$(cgroup_dir "$pid" pids)/pids.max")" 30
	if has_v1 cpu; then
		fails 1 D update --cpu-share 512 "$C"
		err "cgroup controller cpu is not available"
	else
		quiet D update --cpu-share 512 "$C"
	fi
	ok D exec "$C" id -u
	quiet D delete --force "$C"
	is "$(find /sys/fs/cgroup -name "$C")" "" "cgroups"
}

# The user whom every host has; his instance of systemd runs for as long as the test does.
NOBODY=65534

users_systemd() {
	! systemctl -q is-active "user@$NOBODY" || skip "user $NOBODY is logged in"
	users_instance=user@$NOBODY.service
	systemctl start "$users_instance"
}

as_nobody() {
	setpriv --reuid $NOBODY --regid $NOBODY --clear-groups env -u USER XDG_RUNTIME_DIR=/run/user/$NOBODY "$@" 3>&-
}

N() {
	as_nobody "$CIST" "$@"
}

users_property() {
	as_nobody systemctl --user show --value -p "$1" "cist-$C.scope"
}

@test "rootless: limits by the user's own systemd" {
	[[ -d /run/systemd/system ]] || skip "process 1 is not systemd (tests/vm/run -k systemd has one)"
	[[ -x $top_builddir/cist-systemd ]] || skip "cist-systemd was not built: libsystemd is missing"
	needs_v2 pids
	users_systemd
	chown -R -h $NOBODY:$NOBODY "$B"
	cfg --argjson me $NOBODY '.linux.uidMappings[0].hostID = $me | .linux.gidMappings[0].hostID = $me
		| .linux.resources = {pids: {limit: 20}, memory: {limit: 67108864}}'
	quiet N --systemd-cgroup run -d -b "$B" "$C"
	pid=$(N state "$C" | jq .pid)
	grep -qE "/$users_instance/.*/cist-$C.scope(/|\$)" "/proc/$pid/cgroup"
	is "$(cat "$(cgroup_dir "$pid" pids)/pids.max")" 20
	is "$(users_property TasksMax) $(users_property MemoryMax)" "20 67108864"
	quiet N update --pids-limit 30 "$C"
	is "$(users_property TasksMax)" 30
	quiet N pause "$C"
	is "$(N state "$C" | jq -r .status)" paused
	quiet N resume "$C"
	quiet N exec -d --pid-file "/run/user/$NOBODY/exec-$C" "$C" sleep 100
	grep -q "/cist-$C.scope" "/proc/$(cat "/run/user/$NOBODY/exec-$C")/cgroup"
	quiet N delete --force "$C"
	is "$(users_property LoadState)" not-found
}

@test "rootless: root of a user namespace, with and without one of the container's own" {
	args sh -c 'id -u; cat /proc/self/uid_map'
	for own in yes no; do
		cfg '.linux.uidMappings[0].hostID = 0 | .linux.gidMappings[0].hostID = 0'
		[[ $own == yes ]] || cfg 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
		for how in -r -rm -rmn; do
			ok as_user unshare -U $how "$CIST" run -b "$B" "$C"
			line '^0$'
		done
		SUBIDS=yes
		ok as_user unshare -Urm --map-auto "$CIST" run -b "$B" "$C"
		line '^0$'
		SUBIDS=
	done
}

@test "rootless: a joined user namespace brings the rights over what belongs to it" {
	quiet U run -d -b "$B" "$C"
	pid=$(U state "$C" | jq .pid)
	cfg --arg u "/proc/$pid/ns/user" --arg i "/proc/$pid/ns/ipc" 'del(.linux.uidMappings, .linux.gidMappings, .hostname)
		| .linux.namespaces |= (map(select(.type != "user" and .type != "ipc"))
			+ [{type: "user", path: $u}, {type: "ipc", path: $i}])'
	sh_args 'readlink /proc/self/ns/user; readlink /proc/self/ns/ipc'
	ok U run -b "$B" "$C-second"
	out "$(readlink "/proc/$pid/ns/user" "/proc/$pid/ns/ipc")"
	cfg '.linux.uidMappings = [{containerID: 0, hostID: '$ME', size: 1}] | .linux.gidMappings = .linux.uidMappings
		| .linux.namespaces |= map(if .type == "user" then del(.path) else . end)'
	fails 1 U run -b "$B" "$C-third"
	err "join the user namespace that this one belongs to"
}

@test "rootless: explain needs nothing, and says who does what" {
	ok U explain "$B"
	line 'write deny to /proc/PID/setgroups'
	line 'init: open sources'
	no_line 'host: open sources'
	SUBIDS=yes
	with_range
	ok U explain "$B"
	line 'run newuidmap, which writes the map'
}
