#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

# value CONTROLLER V1-FILE V2-FILE: what the running container's cgroup says
value() {
	local dir

	dir=$(cgroup_dir "$(pid_of "$C")" "$1")
	if [[ -e $dir/$2 ]]; then
		cat "$dir/$2"
	else
		cat "$dir/$3"
	fi
}

memory() {
	value memory memory.limit_in_bytes memory.max
}

# As the kernel of either side has it.
no_memory_limit() {
	[[ $1 == max || $1 -ge 9223372036854771712 ]] || die "memory is limited to $1"
}

# quota and period, "-1" being no quota
bandwidth() {
	local dir

	dir=$(cgroup_dir "$(pid_of "$C")" cpu)
	if [[ -e $dir/cpu.max ]]; then
		sed 's/^max/-1/' "$dir/cpu.max"
	else
		echo "$(cat "$dir/cpu.cfs_quota_us") $(cat "$dir/cpu.cfs_period_us")"
	fi
}

shares() {
	value cpu cpu.shares cpu.weight
}

swap_counts() {
	[[ -e /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ]]
}

limited() {
	cfg '.linux.resources += {
		"memory": {"limit": 67108864, "swap": 134217728},
		"cpu": {"shares": 512, "quota": 50000, "period": 100000, "cpus": "0"},
		"pids": {"limit": 100}}'
	running
}

# All that `limited` sets, on one line.
limits() {
	echo "$(memory) $(bandwidth) $(shares) $(value pids pids.max pids.max)" \
		"$(value cpuset cpuset.cpus cpuset.cpus)" "$(! swap_counts || value memory memory.memsw.limit_in_bytes -)"
}

# Same limits as before the test's last `before=$(limits)`, and still the same text in the store.
unchanged() {
	is "$(limits)" "$before" "limits"
}

from_json() {
	printf '%s' "$1" >"$W/resources.json"
	STDIN=$W/resources.json "${@:2}"
}

@test "update: unknown container (row 16)" {
	fails 1 P update --memory 64M nope
	err "container does not exist"
}

@test "update: memory, and a value that is none (row 69)" {
	running
	quiet P update --memory 64M "$C"
	is "$(memory)" 67108864
	for bad in abc '' ' ' -2 1x 64MM 9999999999999p 0x10 1.5; do
		[[ -n $bad ]] || continue
		fails 1 P update --memory "$bad" "$C"
		err "invalid value for memory: $bad"
	done
	is "$(memory)" 67108864
}

@test "update: sizes with a unit" {
	running
	for pair in 64m=67108864 65536k=67108864 65536K=67108864 67108864=67108864 67108864b=67108864 1g=1073741824 \
		1GB=1073741824 1GiB=1073741824 1t=1099511627776 1p=1125899906842624; do
		quiet P update --memory "${pair%=*}" "$C"
		is "$(memory)" "${pair#*=}" "$pair"
	done
}

@test "update: cpu (row 70)" {
	running
	quiet P update --cpu-quota 50000 --cpu-period 100000 --cpu-share 512 "$C"
	is "$(bandwidth)" "50000 100000"
	! has_v1 cpu || is "$(shares)" 512
}

@test "update: quota and period alone take their partner from what was stored" {
	limited
	quiet P update --cpu-period 200000 "$C"
	is "$(bandwidth)" "50000 200000"
	quiet P update --cpu-quota 20000 "$C"
	is "$(bandwidth)" "20000 200000"
	quiet P update --cpu-quota -1 "$C"
	is "$(bandwidth)" "-1 200000"
	is "$(shares)" "$(echo 512 | { has_v1 cpu && cat || echo 59; })"
}

@test "update: quota, period and burst in whatever order the kernel wants" {
	running
	[[ -e $(cgroup_dir "$(pid_of "$C")" cpu)/cpu.cfs_burst_us || -e $(cgroup_dir "$(pid_of "$C")" cpu)/cpu.max.burst ]] ||
		skip "this kernel has no CPU burst"
	quiet P update --cpu-quota 50000 --cpu-period 100000 --cpu-burst 40000 "$C"
	quiet P update --cpu-quota 20000 --cpu-burst 10000 "$C"
	is "$(bandwidth)" "20000 100000"
	is "$(value cpu cpu.cfs_burst_us cpu.max.burst)" 10000
	quiet P update --cpu-burst 0 "$C"
	is "$(value cpu cpu.cfs_burst_us cpu.max.burst)" 0
}

@test "update: idle leaves the weight alone, and both together work" {
	running
	idle=$(cgroup_dir "$(pid_of "$C")" cpu)/cpu.idle
	[[ -e $idle ]] || skip "this kernel has no cpu.idle"
	quiet P update --cpu-idle 1 "$C"
	is "$(cat "$idle")" 1
	quiet P update --cpu-idle 0 --cpu-share 512 "$C"
	is "$(cat "$idle")" 0
	! has_v1 cpu || is "$(shares)" 512
	fails 1 P update --cpu-idle 2 "$C"
	err "invalid value for cpu-idle: 2"
}

@test "update: resources as engines send them (row 71)" {
	running
	from_json '{"devices":[{"allow":false,"access":"rwm"}],"memory":{"limit":83886080,"swap":83886080},"cpu":{"shares":256,"quota":50000,"period":100000}}' \
		quiet P update --resources - "$C"
	is "$(memory) $(bandwidth)" "83886080 50000 100000"
	ok P exec "$C" sh -c 'echo x >/dev/null && head -c 1 /dev/zero | wc -c'
	from_json '{"memory":{"limit":67108864,"reservation":0,"swap":134217728,"kernel":0},"cpu":{"shares":0,"quota":50000,"period":100000},"pids":{"limit":50},"blockIO":{"weight":0}}' \
		quiet P update --resources=- "$C"
	is "$(memory) $(value pids pids.max pids.max)" "67108864 50"
	! swap_counts || is "$(value memory memory.memsw.limit_in_bytes -)" 134217728
	! has_v1 cpu || is "$(shares)" 256
	before=$(limits)
	from_json '{"memory":{"limit":0,"reservation":0,"kernel":0},"cpu":{"shares":0,"quota":0,"period":0,"cpus":"0"},"blockIO":{"weight":0}}' \
		quiet P update -r - "$C"
	is "$(value cpuset cpuset.cpus cpuset.cpus)" 0
	# what cgroup v2 inherits is not written there
	is "$(limits | sed 's/ 0 / x /')" "$(sed 's/ 0-[0-9]* / x /; s/ 0 / x /; s/  / x /' <<<"$before")"
	from_json '{"memory":{"limit":67108864,"swap":134217728},"cpu":{"quota":50000,"period":100000}}' true
	quiet P update --resources="$W/resources.json" "$C"
	is "$(memory) $(bandwidth)" "67108864 50000 100000"
}

@test "update: resources from a file, no options at all, no such file (row 72)" {
	limited
	before=$(limits)
	echo '{}' >"$W/empty.json"
	quiet P update --resources="$W/empty.json" "$C"
	unchanged
	quiet P update "$C"
	unchanged
	quiet P update --memory '' --pids-limit= "$C"
	unchanged
	fails 1 P update -r none "$C"
	err "no such file" none
	fails 1 P update -r "$W" "$C"
	err "is a directory"
	unchanged
}

@test "update: with --resources the limit options are not looked at" {
	limited
	echo '{"pids": {"limit": 33}}' >"$W/r.json"
	quiet P update -r "$W/r.json" --memory abc --cpu-quota 7 "$C"
	is "$(value pids pids.max pids.max)" 33
	is "$(memory) $(bandwidth)" "67108864 50000 100000"
}

@test "update: garbage for resources changes nothing (threat 52)" {
	limited
	before=$(limits)
	for json in '' '{' '[]' 'null' '{"memory": 7}' '{"memory": {"limit": "64M"}}' '{"memory": {"limit": -7}}' \
		'{"memory": {"limit": 1, "limit": 2}}' '{"cpu": {"quota": 1e99}}' '{"blockIO": {"weight": 7}}' \
		'{"unified": {"../x": "1"}}' '{"unified": {"cgroup.procs": "1"}}'; do
		from_json "$json" fails 1 P update -r - "$C"
		[[ -n $stderr ]] || show "expected a reason"
		unchanged
	done
	head -c 100000 /dev/urandom >"$W/noise"
	STDIN=$W/noise fails 1 P update -r - "$C"
	err "standard input"
	unchanged
}

@test "update: memory of -1 lifts the limit on swap too" {
	limited
	quiet P update --memory -1 "$C"
	no_memory_limit "$(memory)"
	! swap_counts || no_memory_limit "$(value memory memory.memsw.limit_in_bytes -)"
}

@test "update: memory and swap grow and shrink, in whatever order the kernel wants" {
	swap_counts || skip "no swap accounting here"
	limited
	quiet P update --memory 256M --memory-swap 512M "$C"
	is "$(memory) $(value memory memory.memsw.limit_in_bytes -)" "268435456 536870912"
	quiet P update --memory 32M --memory-swap 48M "$C"
	is "$(memory) $(value memory memory.memsw.limit_in_bytes -)" "33554432 50331648"
	quiet P update --memory-swap -1 "$C"
	no_memory_limit "$(value memory memory.memsw.limit_in_bytes -)"
	is "$(memory)" 33554432
}

@test "update: contradictory values are refused before anything is written (threat 52)" {
	limited
	before=$(limits)
	fails 1 P update --memory 128M --memory-swap 64M --cpu-quota 20000 "$C"
	err "memory.swap" "below memory.limit"
	unchanged
	# the stored swap is the partner
	fails 1 P update --memory 256M "$C"
	err "memory.swap" "below memory.limit"
	unchanged
}

@test "update: what the kernel refuses takes back what was written before (threat 52)" {
	limited
	before=$(limits)
	# a quota of one microsecond is refused, and memory and shares go before it
	fails 1 P update --memory 128M --memory-swap 256M --cpu-share 100 --cpuset-cpus 0 --cpu-quota 1 "$C"
	err "the old values stay in force" "cpu.quota" "invalid argument"
	unchanged
	# and the stored ones are the old ones too
	quiet P update --cpu-period 200000 "$C"
	is "$(bandwidth)" "50000 200000"
	quiet P update --memory 70M "$C"
	is "$(memory)" 73400320
}

@test "update: cpus that are not there" {
	limited
	before=$(limits)
	fails 1 P update --memory 80M --cpuset-cpus 4000 "$C"
	err "cpu.cpus"
	unchanged
}

@test "update: memory below what is in use (threat 52)" {
	needs_v1 memory
	sh_args 'dd if=/dev/zero of=/fill bs=1M count=1 2>/dev/null; x=$(head -c 30000000 /dev/zero | tr "\0" x); echo full >/full; sleep 1000; echo "$x"'
	limited
	wait_file "$B/rootfs/full"
	before=$(limits)
	echo '{"memory": {"limit": 10485760, "checkBeforeUpdate": true}, "pids": {"limit": 44}}' >"$W/r.json"
	fails 1 P update -r "$W/r.json" "$C"
	err "memory.limit" "below the present usage"
	unchanged
	is "$(status_of "$C")" running
}

@test "update: pids, where 0 is not unlimited" {
	limited
	quiet P update --pids-limit 55 "$C"
	is "$(value pids pids.max pids.max)" 55
	from_json '{"pids": {"limit": null}}' quiet P update -r - "$C"
	from_json '{"pids": {}}' quiet P update -r - "$C"
	is "$(value pids pids.max pids.max)" 55
	quiet P update --pids-limit -1 "$C"
	is "$(value pids pids.max pids.max)" max
	from_json '{"pids": {"limit": 0}}' quiet P update -r - "$C"
	is "$(value pids pids.max pids.max)" 1
}

@test "update: block io, and its way back" {
	dev=$(lsblk -dno MAJ:MIN 2>/dev/null | head -1 | xargs)
	[[ -n $dev ]] || skip "no block device"
	needs_v1 blkio
	running
	throttle() {
		echo "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": ${dev%:*}, \"minor\": ${dev#*:}, \"rate\": $1}]}$2}"
	}
	from_json "$(throttle 1048576)" quiet P update -r - "$C"
	is "$(value blkio blkio.throttle.read_bps_device -)" "$dev 1048576"
	# hugetlb comes after block io, and no machine has pages of 3 MB
	from_json "$(throttle 2097152 ', "hugepageLimits": [{"pageSize": "3MB", "limit": 3145728}]')" \
		fails 1 P update -r - "$C"
	is "$(value blkio blkio.throttle.read_bps_device -)" "$dev 1048576"
	from_json "$(throttle 0)" quiet P update -r - "$C"
	is "$(value blkio blkio.throttle.read_bps_device -)" ""
}

@test "update: a controller of cgroup v2 that nothing needed before" {
	running
	dir=$(cgroup_dir "$(pid_of "$C")" hugetlb)
	grep -qsw hugetlb "${dir%/*}/cgroup.controllers" || skip "hugetlb is not on cgroup v2 here"
	from_json '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}' quiet P update -r - "$C"
	is "$(cat "$dir/hugetlb.2MB.max")" 4194304
}

@test "update: created, paused; a stopped container (row 86)" {
	created
	quiet P update --memory 64M "$C"
	is "$(memory)" 67108864
	quiet P start "$C"
	quiet P pause "$C"
	quiet P update --memory 65M "$C"
	is "$(memory)" 68157440
	quiet P resume "$C"
	quiet P kill "$C" KILL
	wait_status "$C" stopped
	fails 1 P update --memory 1G "$C"
	err "container not running"
}

@test "update: options that are taken and have no effect, or are for others" {
	limited
	before=$(limits)
	ok P update --kernel-memory 5 --kernel-memory-tcp 6 "$C"
	[[ $stderr == *"kernel memory"*ignored* ]] || show "expected a warning"
	fails 1 P update --l3-cache-schema L3:0=ff --memory 80M "$C"
	err "--l3-cache-schema: the container was created without linux.intelRdt"
	fails 1 P update --mem-bw-schema MB:0=20 "$C"
	err "--mem-bw-schema: the container was created without linux.intelRdt"
	fails 1 P update --mem-bw-schema L3:0=20 --memory 80M "$C"
	err "invalid value for mem-bw-schema: L3:0=20"
	unchanged
}

@test "update: without a cgroup of its own" {
	quiet "$CIST" --root "$R" --cgroup-manager disabled run -d -b "$B" "$C"
	quiet P update "$C"
	fails 1 P update --memory 64M "$C"
	err "memory" "no cgroup of its own"
}

@test "update: the devices stay denied (threats 2.6)" {
	cfg '.process.capabilities[] += ["CAP_MKNOD"]'
	running
	from_json '{"devices":[{"allow":true,"access":"rwm"}],"memory":{"limit":83886080}}' quiet P update -r - "$C"
	ok P exec "$C" sh -c 'mknod /dev/m c 1 1 && ! head -c 1 /dev/m 2>/dev/null'
}

needs_strace() {
	strace -qq -o /dev/null true 2>/dev/null || skip "strace is not here or may not trace"
}

@test "update: what cannot be stored is taken back" {
	needs_strace
	limited
	before=$(limits)
	fails 1 strace -qq -o /dev/null -e inject=renameat,renameat2:error=ENOSPC \
		"$CIST" --root "$R" update --cpu-quota 20000 --memory 70M "$C"
	err "the old values stay in force" "no space left"
	unchanged
	quiet P update --cpu-period 200000 "$C"
	is "$(bandwidth)" "50000 200000"
}

@test "update: killed at any write, the next one and delete do their work (threat 102)" {
	needs_strace
	limited
	for ((n = 1; n < 50; n++)); do
		try strace -qq -o /dev/null -e inject=write:signal=KILL:when=$n \
			"$CIST" --root "$R" update --cpu-quota 20000 --memory 70M --cpu-share 300 "$C"
		[[ $status -ne 0 ]] || break
		is "$status" 137
		quiet P update --cpu-quota 50000 --memory 64M --cpu-share 512 "$C"
	done
	[[ $n -gt 3 && $n -lt 50 ]] || die "was killed $((n - 1)) times"
	is "$(memory) $(bandwidth)" "73400320 20000 100000"
	quiet P delete --force "$C"
	nothing_left
}

@test "update: two at a time, both hold" {
	running
	for _ in 1 2 3 4 5; do
		P update --cpu-quota 30000 "$C" 3>&- & a=$!
		P update --cpu-period 50000 "$C" 3>&- & b=$!
		P update --pids-limit 60 "$C" 3>&- & c=$!
		wait "$a" "$b" "$c"
		is "$(bandwidth) $(value pids pids.max pids.max)" "30000 50000 60"
		quiet P update --cpu-quota 50000 --cpu-period 100000 --pids-limit 70 "$C"
	done
}

# As on a v2 host, with the controllers that no v1 hierarchy of this machine holds.
v2_view() {
	unshare -m sh -c 'umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh "$@"
}

@test "update: v2 alone: written, taken back, and through unified" {
	v2_view grep -qw hugetlb /sys/fs/cgroup/cgroup.controllers 2>/dev/null || skip "no controller in the v2 hierarchy"
	PV() {
		v2_view "$CIST" --root "$R" "$@"
	}
	pages() {
		v2_view cat "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(PV state "$C" | jq -r .pid)/cgroup")/hugetlb.2MB.$1"
	}
	quiet PV run -d -b "$B" "$C"
	from_json '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}' quiet PV update -r - "$C"
	is "$(pages max) $(pages rsvd.max)" "4194304 4194304"
	from_json '{"unified": {"hugetlb.2MB.rsvd.max": "8388608"}}' quiet PV update -r - "$C"
	is "$(pages max) $(pages rsvd.max)" "4194304 8388608"
	from_json '{"unified": {"hugetlb.2MB.max": "2097152", "hugetlb.2MB.rsvd.max": "many"}}' \
		fails 1 PV update -r - "$C"
	err "the old values stay in force" "unified.hugetlb.2MB.rsvd.max"
	is "$(pages max) $(pages rsvd.max)" "4194304 8388608"
	quiet PV delete --force "$C"
}
