#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

has_memory() {
	[[ -e $(cgroup_dir "$1" memory)/memory.stat ]]
}

@test "events: unknown container (row 16)" {
	fails 1 P events --stats nope
	err "container does not exist"
	fails 1 P events nope
	err "container does not exist"
}

@test "events: --stats is one line of type stats; an interval of 0 (row 50)" {
	running
	ok P events --stats "$C"
	is "$(wc -l <"$W/out")" 1 "lines"
	is "$stderr" ""
	jq -e --arg id "$C" '.type == "stats" and .id == $id' "$W/out"
	fails 1 P events --interval 0s "$C"
	err "must be greater than 0"
	fails 1 P events --interval -1s "$C"
	err "must be greater than 0"
	fails 1 P events --interval five "$C"
	err "invalid value"
}

@test "events: a stopped container (row 87)" {
	running
	quiet P kill "$C" 9
	wait_status "$C" stopped
	fails 1 P events --stats "$C"
	err "is not running"
}

@test "events: members and types, and what the cgroup says" {
	local dir

	sh_args 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; touch /done; exec sleep 1000'
	cfg '.linux.resources.pids.limit = 33'
	running
	wait_file "$B/rootfs/done"
	ok P events --stats "$C"
	jq -e '.data | (.cpu.usage.total | type) == "number" and .cpu.usage.total > 0
		and (.cpu.usage.kernel | type) == "number" and (.cpu.usage.user | type) == "number"
		and (.cpu.throttling | type) == "object" and (.cpuset.cpu_exclusive | type) == "number"
		and (.cpuset | has("sched_relax_domain_level"))
		and ([.memory.usage, .memory.swap, .memory.kernel, .memory.kernelTCP | .limit, .failcnt | type] | unique) == ["number"]
		and (.blkio | type) == "object" and (.hugetlb | type) == "object" and .intel_rdt == {}
		and has("network_interfaces") and .network_interfaces == null' "$W/out"
	dir=$(cgroup_dir "$(pid_of "$C")" pids)
	[[ -e $dir/pids.max ]] || skip "this host has no pids controller"
	is "$(jq -r .data.pids.limit "$W/out")" 33
	is "$(jq -r .data.pids.current "$W/out")" 1
	has_memory "$(pid_of "$C")" || skip "this host has no memory controller"
	is "$(jq -r '.data.memory.raw | keys_unsorted == keys' "$W/out")" true
	is "$(jq -r '.data.memory.raw.pgfault' "$W/out")" "$(awk '$1 == "pgfault" { print $2 }' "$(cgroup_dir "$(pid_of "$C")" memory)/memory.stat")"
}


@test "events: the same members as runc's" {
	local pid

	command -v runc >/dev/null || skip "runc is not installed"
	needs_v1 memory
	running
	cp -a "$B" "$W/other"
	jq --arg p "/p$MARK/$C-r" '.linux.cgroupsPath = $p | .linux.namespaces |= map(select(.type != "cgroup"))' \
		"$B/config.json" >"$W/other/config.json"
	try runc --root "$W/runc" run -d -b "$W/other" "$C-r"
	[[ $status -eq 0 ]] || skip "runc does not run here: $stderr"
	runc --root "$W/runc" events --stats "$C-r" >"$W/theirs" 3>&-
	runc --root "$W/runc" delete --force "$C-r" 3>&-
	ok P events --stats "$C"
	# 0 is left out on either side, and a kernel counts as it likes
	is "$(jq -c '.data | [keys_unsorted, (.cpu | keys_unsorted), (.cpu.usage | keys_unsorted), (.cpuset | keys_unsorted),
		(.memory | del(.cache) | keys_unsorted), (.memory.raw | keys_unsorted)]' "$W/out")" \
		"$(jq -c '.data | [keys_unsorted, (.cpu | keys_unsorted), (.cpu.usage | keys_unsorted), (.cpuset | keys_unsorted),
		(.memory | del(.cache) | keys_unsorted), (.memory.raw | keys_unsorted)]' "$W/theirs")" "members"
	is "$(jq -c '.data | .cpuset, .memory.usage.limit, .memory.swap.limit, .memory.kernel.limit, .memory.kernelTCP' "$W/out")" \
		"$(jq -c '.data | .cpuset, .memory.usage.limit, .memory.swap.limit, .memory.kernel.limit, .memory.kernelTCP' "$W/theirs")" "values"
}

@test "events: one line each interval, until the container stops" {
	running
	"$CIST" --root "$R" events --interval 100ms "$C" >"$W/lines" 2>"$W/err" </dev/null 3>&- &
	job=$!
	also_kill "$job"
	three_lines() {
		[[ $(wc -l <"$W/lines") -ge 3 ]]
	}
	until_true three_lines || die "$(cat "$W/lines" "$W/err")"
	quiet P kill "$C" KILL
	rc=0
	wait "$job" || rc=$?
	is "$rc" 0 "$(cat "$W/err")"
	is "$(jq -r .type "$W/lines" | sort -u)" stats
}

# watches PID: it has opened what tells of an OOM kill.
watches() {
	[[ -n $(find "/proc/$1/fd" \( -lname '*memory.oom_control*' -o -lname '*memory.events*' -o -lname '*eventfd*' \) 2>/dev/null) ]]
}

@test "events: OOM" {
	cfg '.linux.resources.memory.limit = 16777216 | .linux.resources.memory.swap = 16777216'
	sh_args 'until [ -e /go ]; do sleep 0.05; done; probe eat 67108864; sleep 1000'
	running
	has_memory "$(pid_of "$C")" || skip "this host has no memory controller"
	"$CIST" --root "$R" events --interval 1h "$C" >"$W/lines" 2>"$W/err" </dev/null 3>&- &
	job=$!
	also_kill "$job"
	until_true watches "$job"
	touch "$B/rootfs/go"
	wait_text "$W/lines" '"type":"oom"'
	is "$(head -1 "$W/lines")" "{\"type\":\"oom\",\"id\":\"$C\"}"
	quiet P kill "$C" KILL
	rc=0
	wait "$job" || rc=$?
	is "$rc" 0 "$(cat "$W/err")"
}

@test "events: a reader that goes away ends it" {
	running
	rc=0
	timeout 10 sh -c '"$0" --root "$1" events --interval 50ms "$2"; echo $? >"$3"' "$CIST" "$R" "$C" "$W/rc" 2>/dev/null 3>&- | head -1 >/dev/null
	wait_file "$W/rc"
	until_true test -s "$W/rc"
	is "$(cat "$W/rc")" 1
}
