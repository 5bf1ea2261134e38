#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

@test "features: a document that engines can read, nothing on stderr (3.6)" {
	ok P features
	is "$stderr" ""
	jq -e '.ociVersionMin and .ociVersionMax
		and (.hooks == ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"])
		and (.mountOptions | contains(["bind", "rbind", "ro", "rro", "tmpcopyup"]) and . == sort)
		and (.linux.namespaces | contains(["cgroup", "ipc", "mount", "network", "pid", "user", "uts"]))
		and (.linux.capabilities | contains(["CAP_SYS_ADMIN", "CAP_NET_RAW"]))
		and .linux.cgroup.v1 == true and .linux.cgroup.v2 == true
		and .linux.seccomp.enabled == true
		and (.linux.seccomp.actions | contains(["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"]))
		and (.linux.seccomp.operators | contains(["SCMP_CMP_MASKED_EQ"]))
		and (.linux.seccomp.archs | contains(["SCMP_ARCH_X86_64"]))' <<<"$output"
}

@test "features: every mount option it names is accepted by create" {
	ok P features
	# these need a partner that decides, or are not for a bind mount
	jq -r '.mountOptions[]' <<<"$output" | grep -vxE 'idmap|ridmap|tmpcopyup|remount|move|defaults|rbind|bind|r?private|r?shared|r?slave|r?unbindable' |
		jq -R . | jq -s . >"$W/options"
	mkdir "$W/source"
	cfg --slurpfile o "$W/options" --arg s "$W/source" '.mounts += [$o[0] | to_entries[]
		| {destination: "/m\(.key)", type: "bind", source: $s, options: ["bind", .value]}]'
	created
}

@test "features: works for an ordinary user" {
	[[ $EUID -eq 0 ]] || skip "is one already"
	cp "$(readlink -f "$CIST")" "$T/runtime-copy"
	chmod 0755 "$T/runtime-copy"
	ok setpriv --reuid 65534 --regid 65534 --clear-groups "$T/runtime-copy" features
	jq -e .linux "$W/out"
	rm "$T/runtime-copy"
}
