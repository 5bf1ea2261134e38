#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

# examine STATUS[|STATUS...] OPTION...: the JSON of doctor; nothing is said on stderr.
examine() {
	local want=$1

	shift
	try P "$@" doctor --json "${BUNDLE[@]}"
	[[ "|$want|" == *"|$status|"* ]] || show "expected exit status $want"
	is "$stderr" ""
}

level() {
	jq -r --arg n "$1" '.findings[] | select(.name == $n) | .level' <<<"$output"
}

# has FILE FINDING LEVEL OTHER-LEVEL: whether the file is there decides.
has() {
	local want=$4

	[[ ! -e $1 ]] || want=$3
	is "$(level "$2")" "$want" "$2"
}

begin() {
	BUNDLE=()
}

@test "doctor: the exit status is the worst finding, and each lack has a remedy" {
	local -A statuses=([ok]=0 [absent]=0 [lack]=1 [fatal]=2)
	local worst=ok each

	examine "0|1|2"
	for each in absent lack fatal; do
		! jq -e --arg l "$each" '.findings | any(.level == $l)' <<<"$output" >/dev/null || worst=$each
	done
	is "$(jq -r .worst <<<"$output")" "$worst"
	is "$status" "${statuses[$worst]}"
	jq -e '.findings | map(select(.level == "lack" or .level == "fatal")) | all(.remedy)' <<<"$output"
}

@test "doctor: what it says of this host is true" {
	examine "0|1"
	is "$(jq -r '.findings[] | select(.name == "kernel") | .evidence' <<<"$output")" "Linux $(uname -r)"
	# The other tests make containers here.
	for each in "system calls" "memory files" "state directory" namespaces; do
		is "$(level "$each")" ok "$each"
	done
	has /sys/kernel/security/apparmor AppArmor ok absent
	has /sys/fs/selinux/enforce SELinux ok absent
	has /sys/fs/resctrl/schemata resctrl ok absent
	has /proc/sys/kernel/seccomp/actions_avail seccomp ok lack
}

@test "doctor: text for people has a line for each finding and one for each remedy" {
	local findings remedies

	examine "0|1"
	findings=$(jq '.findings | length' <<<"$output")
	remedies=$(jq '.findings | map(select(.remedy)) | length' <<<"$output")
	try P doctor
	is "$(grep -cE '^(ok|absent|lack|fatal) ' <<<"$output")" "$findings"
	is "$(grep -c '^ .* -> ' <<<"$output")" "$remedies"
}

@test "doctor BUNDLE: judges what this bundle needs, and no more" {
	cfg '.linux.namespaces = [{type: "mount"}] | del(.linux.seccomp, .linux.resources, .hostname, .process.rlimits)'
	BUNDLE=("$B")
	examine "0|1"
	is "$(level bundle)" ok
	[[ $output != *CAP_SYS_RESOURCE* ]]
	for each in seccomp systemd CRIU "user namespaces"; do
		is "$(level "$each")" "" "$each"
	done
}

@test "doctor BUNDLE: a need that this host does not meet is fatal" {
	[[ ! -e /sys/fs/selinux/enforce ]] || skip "SELinux is enabled here"
	cfg '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
	BUNDLE=("$B")
	examine 2
	is "$(level SELinux)" fatal
}

@test "doctor BUNDLE: what create would refuse is told" {
	cfg '.linux.namespaces += [{type: "pid"}, {type: "pid"}]'
	BUNDLE=("$B")
	examine 2
	is "$(level bundle)" fatal
	jq -e '.findings[] | select(.name == "bundle") | .evidence | test("namespaces")' <<<"$output"
}

@test "doctor BUNDLE: no bundle is an error, with a status of its own" {
	fails 3 P doctor "$W/none"
	err "no such file"
	fails 3 P doctor "$W"
	err "config.json not found"
}

@test "doctor --systemd-cgroup: asks for the bus" {
	[[ ! -d /run/systemd/system ]] || skip "systemd runs here"
	examine 2 --systemd-cgroup
	is "$(level systemd)" fatal
}

@test "doctor: an ordinary user is told what is missing" {
	needs_root
	cp "$(readlink -f "$CIST")" "$T/runtime-copy"
	chmod 0755 "$T/runtime-copy"
	fails 2 setpriv --reuid 65534 --regid 65534 --clear-groups "$T/runtime-copy" --root /run/cist doctor --json
	rm "$T/runtime-copy"
	is "$(level "state directory")" fatal
	is "$(level newuidmap)" lack
}

@test "doctor: root of a user namespace with several ranges is not the host's" {
	needs_root
	cat >"$W/nested" <<-'END'
		mount --bind /dev/null /proc/version
		coproc unshare -U bash -c 'read -r; exec "$@"' - "$@"
		until [[ $(readlink "/proc/$COPROC_PID/ns/user") != "$(readlink /proc/self/ns/user)" ]]; do sleep 0.01; done
		for map in uid_map gid_map; do
			echo $'0 0 1\n1 100000 10' | dd of="/proc/$COPROC_PID/$map" bs=4096 status=none
		done
		exec 3<&"${COPROC[0]}"
		echo >&"${COPROC[1]}"
		cat <&3
	END
	ok unshare -m --propagation private bash "$W/nested" "$CIST" doctor --json
	is "$(level procfs)" lack
}
