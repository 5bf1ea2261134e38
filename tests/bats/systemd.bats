#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# The systemd cgroup driver, on a host (or in a guest) whose process 1 is systemd.

load helpers

begin() {
	[[ -d /run/systemd/system ]] || skip "process 1 is not systemd (tests/vm/run -k systemd has one)"
	[[ -x $top_builddir/cist-systemd ]] || skip "cist-systemd was not built: libsystemd is missing"
	U=x$MARK-$C.scope
	cfg --arg path "system.slice:x$MARK:$C" '.linux.cgroupsPath = $path'
	G=$(unit_cgroup system.slice "$U")
}

end() {
	[[ -n ${U-} ]] || return 0
	systemctl stop "$U" 2>/dev/null || true
	systemctl reset-failed "$U" 2>/dev/null || true
}

is_v2() {
	[[ -e /sys/fs/cgroup/cgroup.controllers ]]
}

# Where a limit of this controller is written for the unit; on v2 the container is one level below.
unit_cgroup() {
	if is_v2; then
		echo "/sys/fs/cgroup/$1/$2"
	else
		echo "/sys/fs/cgroup/memory/$1/$2"
	fi
}

create() {
	quiet P --systemd-cgroup create -b "$B" --pid-file "$W/pid" "$C"
}

property() {
	systemctl show --value -p "$1" "${2:-$U}"
}

unit_is() {
	[[ $(property ActiveState) == "$1" ]]
}

has_processes() {
	[[ $(P ps -f json "$C" | jq length) == "$1" ]]
}

has_status() {
	[[ $(status_of "$C") == "$1" ]]
}

is_gone() {
	[[ $(loaded) == not-found ]]
}

loaded() {
	property LoadState "${1-}"
}

@test "systemd: the unit follows the container (row 109)" {
	create
	is "$(property ActiveState)" active
	is "$(property Slice)" system.slice
	is "$(property Delegate)" yes
	quiet P start "$C"
	is "$(status_of "$C")" running
	quiet P exec -d --pid-file "$W/exec" "$C" sleep 100
	grep -q "/system.slice/$U" "/proc/$(cat "$W/exec")/cgroup"
	quiet P update --memory 64M --pids-limit 33 "$C"
	is "$(property TasksMax)" 33
	quiet P pause "$C"
	is "$(status_of "$C")" paused
	quiet P resume "$C"
	is "$(status_of "$C")" running
	quiet P delete --force "$C"
	is "$(loaded)" not-found
	[[ ! -e $G ]]
}

@test "systemd: on v2 the container is in a cgroup below the unit's, or in the one that is asked for" {
	local want sub

	is_v2 || skip "cgroup v1"
	for sub in container '' below; do
		[[ $sub == container ]] || cfg --arg s "$sub" '.annotations["run.oci.systemd.subgroup"] = $s'
		create
		is "$(cut -d: -f3 "/proc/$(cat "$W/pid")/cgroup")" "/system.slice/$U${sub:+/$sub}"
		quiet P delete "$C"
	done
	for want in a/b .. .; do
		cfg --arg s "$want" '.annotations["run.oci.systemd.subgroup"] = $s'
		fails 1 P --systemd-cgroup create -b "$B" "$C"
		err run.oci.systemd.subgroup
	done
}

@test "systemd: limits are the unit's and the container's, and a reload changes nothing" {
	local sub=/container

	is_v2 || skip "cgroup v1"
	cfg '.linux.resources = {devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 229, access: "rw"}],
	     memory: {limit: 67108864, swap: 134217728, reservation: 33554432},
	     cpu: {shares: 512, quota: 50500, period: 100000, cpus: "0"}, pids: {limit: 50}}'
	create
	is "$(property MemoryMax)" 67108864
	is "$(property MemorySwapMax)" 67108864
	is "$(property MemoryLow)" 33554432
	is "$(property AllowedCPUs)" 0
	is "$(property TasksMax)" 50
	is "$(property CPUQuotaPerSecUSec)" 510ms
	is "$(property DevicePolicy)" strict
	[[ $(property DeviceAllow) == *"/dev/char/10:229 rw"* ]]
	systemctl daemon-reload
	is "$(cat "$G$sub/cpu.max")" "50500 100000"
	is "$(cat "$G/cpu.max")" "51000 100000"
	is "$(cat "$G/cpu.weight")" "$(cat "$G$sub/cpu.weight")"
	is "$(cat "$G$sub/memory.max")" 67108864
	is "$(cat "$G/memory.max")" 67108864
	is "$(cat "$G$sub/memory.low")" 33554432
	is "$(cat "$G/memory.low")" 33554432
	is "$(cat "$G$sub/cpuset.cpus")" 0
	quiet P start "$C"
	ok P exec --cap CAP_MKNOD "$C" sh -c 'mknod /tmp/kmsg c 1 11 && ! cat /tmp/kmsg 2>/dev/null && cat /dev/null && echo fine'
	out fine
	quiet P delete --force "$C"
}

@test "systemd: on v1 the limits survive a reload as well" {
	! is_v2 || skip "cgroup v2"
	cfg '.linux.resources.memory = {limit: 67108864} | .linux.resources.pids = {limit: 50}'
	create
	is "$(cat "$G/memory.limit_in_bytes")" 67108864
	systemctl daemon-reload
	is "$(cat "$G/memory.limit_in_bytes")" 67108864
	is "$(cat "/sys/fs/cgroup/pids/system.slice/$U/pids.max")" 50
	grep -q "freezer:/system.slice/$U" "/proc/$(cat "$W/pid")/cgroup"
	quiet P start "$C"
	ok P exec --cap CAP_MKNOD "$C" sh -c 'mknod /tmp/kmsg c 1 11 && ! cat /tmp/kmsg 2>/dev/null && cat /dev/null && echo fine'
	out fine
	quiet P delete --force "$C"
}

@test "systemd: annotations become properties of the unit" {
	cfg '.annotations = {"org.systemd.property.TimeoutStopSec": "uint64 7",
	     "org.systemd.property.Description": "'"'a box'"'", "org.systemd.property.CollectMode": "'"'inactive'"'",
	     "org.systemd.property.After": "['"'basic.target'"']"}'
	create
	is "$(property TimeoutStopUSec)" 7s
	is "$(property Description)" "a box"
	is "$(property CollectMode)" inactive
	[[ " $(property After) " == *" basic.target "* ]]
	quiet P delete "$C"
	cfg '.annotations = {"org.systemd.property.NoSuchThing": "1"}'
	fails 1 P --systemd-cgroup create -b "$B" "$C"
	err systemd NoSuchThing
	cfg '.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64"}'
	fails 1 P --systemd-cgroup create -b "$B" "$C"
	err org.systemd.property.TimeoutStopUSec
	is "$(loaded)" not-found
}

@test "systemd: names without a path, of slices, and bad ones" {
	local path

	cfg 'del(.linux.cgroupsPath)'
	create
	is "$(property ActiveState "cist-$C.scope")" active
	quiet P delete "$C"
	is "$(loaded "cist-$C.scope")" not-found
	cfg --arg path "p$MARK-a.slice:y:$C" '.linux.cgroupsPath = $path'
	create
	is "$(property ControlGroup "y-$C.scope")" "/p$MARK.slice/p$MARK-a.slice/y-$C.scope"
	quiet P delete "$C"
	for path in "/a/$C" a:b "a:b:$C" "a--b.slice:x:$C" "system.slice:x/y:$C" "system.slice:x y:$C"; do
		cfg --arg path "$path" '.linux.cgroupsPath = $path'
		fails 1 P --systemd-cgroup create -b "$B" "$C"
		err linux.cgroupsPath
	done
	systemctl stop "p$MARK-a.slice" "p$MARK.slice" || true
}

@test "systemd: a unit of that name is somebody else's, and stays" {
	systemd-run -q --scope --unit="$U" sleep 100 &
	also_kill $!
	until_true unit_is active
	fails 1 P --systemd-cgroup create -b "$B" "$C"
	err systemd "$U"
	is "$(property ActiveState)" active
	fails 1 P state "$C"
	systemctl stop "$U"
}

@test "systemd: what an init leaves behind is ended with the unit" {
	cfg '.linux.namespaces |= map(select(.type != "pid"))'
	sh_args 'sleep 1000 & exec sleep 1000'
	create
	quiet P start "$C"
	until_true has_processes 2
	quiet P kill "$C" TERM
	until_true has_status stopped
	is "$(property ActiveState)" active
	quiet P delete "$C"
	is "$(loaded)" not-found
}

@test "systemd: a failing create leaves no unit" {
	args /nope
	fails 1 P --systemd-cgroup create -b "$B" "$C"
	err "no such file"
	is "$(loaded)" not-found
	args true
	ok P --systemd-cgroup run -b "$B" "$C"
	is "$(loaded)" not-found
}

@test "systemd: a create that is killed at any moment leaves nothing after delete --force (row 117)" {
	local i

	for i in 0.02 0.05 0.1 0.15 0.2 0.3 0.4 0.6; do
		timeout -s KILL "$i" "$CIST" --root "$R" --systemd-cgroup create -b "$B" "$C" </dev/null >/dev/null 2>&1 3>&- || true
		quiet P delete --force "$C"
		until_true is_gone
		LIMIT=5 until_true test ! -e "$G"
	done
	create
	quiet P delete "$C"
}

@test "systemd: twenty at once" {
	local i pids=()

	for i in $(seq 20); do
		jq --arg path "system.slice:x$MARK:$C-$i" '.linux.cgroupsPath = $path' <"$B/config.json" >"$B/c$i.json"
		"$CIST" --root "$R" --systemd-cgroup create -b "$B" --config "$B/c$i.json" "$C-$i" </dev/null >/dev/null 2>"$W/e$i" 3>&- &
		pids+=($!)
	done
	wait_for "${pids[@]}"
	is "$(cat "$W"/e*)" ""
	is "$(systemctl list-units --no-legend "x$MARK-$C-*.scope" | wc -l)" 20
	for i in $(seq 20); do
		quiet P delete "$C-$i"
	done
	is "$(systemctl list-units --no-legend "x$MARK-$C-*.scope" | wc -l)" 0
}
