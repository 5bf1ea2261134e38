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

# Where each claim is proved: a test of this file, or FILE: WORDS of another.
declare -gA proved_by=(
	[ociVersionMin]="both versions"
	[ociVersionMax]="both versions"
	[hooks]="every hook"
	[mountOptions]="every mount option"
	[linux.namespaces]="every namespace"
	[linux.capabilities]="every capability"
	[linux.cgroup.v1]="cgroups.bats: memory limits on v1"
	[linux.cgroup.v2]="cgroups.bats: v2 alone: life of a container"
	[linux.cgroup.systemd]="systemd.bats: "
	[linux.cgroup.systemdUser]="systemd.bats: "
	[linux.cgroup.rdma]="golden/cgroup/rdma"
	[linux.seccomp.enabled]="every seccomp action"
	[linux.seccomp.actions]="every seccomp action"
	[linux.seccomp.operators]="every seccomp operator"
	[linux.seccomp.archs]="every seccomp architecture"
	[linux.seccomp.knownFlags]="every seccomp flag"
	[linux.seccomp.supportedFlags]="every seccomp flag"
	[linux.apparmor.enabled]="process.bats: labels that this host has no module for"
	[linux.selinux.enabled]="process.bats: labels that this host has no module for"
	[linux.intelRdt.enabled]="unit/rdt/test_group.c"
	[linux.intelRdt.schemata]="unit/rdt/test_group.c"
	[linux.intelRdt.monitoring]="unit/rdt/test_group.c"
	[linux.memoryPolicy.modes]="every memory policy"
	[linux.memoryPolicy.flags]="every memory policy"
	[linux.mountExtensions.idmap.enabled]="idmap.bats: "
	[linux.netDevices.enabled]="net_devices.bats: "
	[potentiallyUnsafeConfigAnnotations]="every annotation"
	[annotations.io.github.seccomp.libseccomp.version]="its annotations"
	[annotations.org.opencontainers.runc.checkpoint.enabled]="no checkpoint"
	[annotations.org.opencontainers.runc.version]="its annotations"
)

# claims PATH: the words of a list of the document.
claims() {
	P features | jq -r "$1"
}

@test "features: nothing is claimed that no test proves" {
	local claim proof file

	ok P features
	while read -r claim; do
		proof=${proved_by[$claim]-}
		[[ -n $proof ]] || die "no test proves $claim"
		case $proof in
		golden/*) compgen -G "$top_srcdir/tests/$proof.*" >/dev/null || die "$claim: $proof is not there" ;;
		unit/*) [[ -f $top_srcdir/tests/$proof ]] || die "$claim: $proof is not there" ;;
		*": "*)
			file=$(find "$top_srcdir/tests" -name "${proof%%: *}")
			[[ -n $file ]] || die "$claim: ${proof%%: *} is not there"
			grep -qE "^@test .*${proof#*: }" "$file" || die "$claim: $file has no test \"${proof#*: }\""
			;;
		*) grep -qE "^@test .*$proof" "$BATS_TEST_FILENAME" || die "$claim: there is no test \"$proof\"" ;;
		esac
	done < <(jq -r '[paths(scalars)] | map(map(strings) | join(".")) | unique | .[]' <<<"$output")
}

@test "features: both versions are taken, and so is one between them" {
	for version in $(claims '.ociVersionMin, .ociVersionMax') 1.1.0; do
		cfg --arg v "$version" '.ociVersion = $v'
		created
		ok P delete --force "$C"
	done
}

@test "features: every hook it names is run" {
	claims '.hooks[]' >"$W/hooks"
	cp "$TOOLS/probe" "$W/probe"
	mkdir "$B/rootfs/hooks"
	printf '#!/bin/sh\necho "$1" >>"$2"\n' >"$W/hook"
	cp "$W/hook" "$B/rootfs/hook"
	chmod 0755 "$W/hook" "$B/rootfs/hook"
	# what runs in the container sees its own files
	cfg --rawfile names "$W/hooks" --arg w "$W" '.hooks = ($names | split("\n")[:-1] | map({key: ., value: [
		if . == "startContainer" then {path: "/hook", args: ["hook", ., "/hooks/ran"]}
		else {path: "\($w)/hook", args: ["hook", ., "\($w)/ran"]} end]}) | from_entries)'
	args true
	run_it
	is "$(sort "$W/ran" "$B/rootfs/hooks/ran")" "$(sort "$W/hooks")"
}

@test "features: every mount option it names is accepted by create" {
	# these need a partner that decides, or are not for a bind mount
	claims '.mountOptions[]' | grep -vxE 'idmap|ridmap|tmpcopyup|remount|move|defaults|rbind|bind|r?private|r?shared|r?slave|r?unbindable' |
		jq -R . | jq -s . >"$W/options"
	mkdir "$W/source"
	cfg --slurpfile o "$W/options" --arg s "$W/source" '.mounts += [$o[0] | to_entries[]
		| {destination: "/m\(.key)", type: "bind", source: $s, options: ["bind", .value]}]
		| [["rbind"], ["bind", "defaults"], ["bind", "private"], ["bind", "rprivate"], ["bind", "shared"],
			["bind", "rshared"], ["bind", "slave"], ["bind", "rslave"], ["bind", "unbindable"], ["bind", "runbindable"]]
		  as $more | .mounts += [$more | to_entries[] | {destination: "/n\(.key)", source: $s, options: .value}]
		| .mounts += [{destination: "/t", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]},
			{destination: "/t", type: "tmpfs", source: "tmpfs", options: ["remount", "ro"]}]'
	created
}

@test "features: every namespace it names is made" {
	local kind file

	cfg '.linux.namespaces = []'
	with_userns
	claims '.linux.namespaces[]' >"$W/kinds"
	cfg --rawfile k "$W/kinds" '.linux.namespaces = ($k | split("\n")[:-1] | map({type: .}))'
	created
	while read -r kind; do
		case $kind in mount) file=mnt ;; network) file=net ;; *) file=$kind ;; esac
		isnt "$(readlink "/proc/$(pid_of "$C")/ns/$file")" "$(readlink "/proc/self/ns/$file")" "$kind"
	done <"$W/kinds"
}

@test "features: every capability it names is given" {
	local mine number=0 name

	# What the caller does not have nobody can give.
	mine=$(awk '/CapBnd/ { print $2 }' /proc/self/status)
	for name in $(claims '.linux.capabilities[]'); do
		(((16#$mine >> number++ & 1) == 0)) || printf '%s\n' "$name"
	done >"$W/caps"
	is "$number" "$(($(</proc/sys/kernel/cap_last_cap) + 1))"
	cfg --rawfile c "$W/caps" '.process.capabilities = ($c | split("\n")[:-1]
		| {bounding: ., effective: ., permitted: ., inheritable: ., ambient: .})'
	inside 'grep Cap /proc/self/status'
	for set in Inh Prm Eff Bnd Amb; do line "^Cap$set:.$mine\$"; done
}

@test "features: every seccomp action it names does what it means" {
	# result of a sethostname that it is applied to, or the status of the program
	local -A effect=(
		[SCMP_ACT_ALLOW]='^(0 0|-1 (1|14|22))$' [SCMP_ACT_LOG]='^(0 0|-1 (1|14|22))$' [SCMP_ACT_ERRNO]='^-1 1$'
		[SCMP_ACT_TRACE]='^-1 38$' [SCMP_ACT_KILL]='^status 159$' [SCMP_ACT_KILL_THREAD]='^status 159$'
		[SCMP_ACT_KILL_PROCESS]='^status 159$' [SCMP_ACT_TRAP]='^status 159$' [SCMP_ACT_NOTIFY]='^-1 77$'
	)

	[[ $(uname -m) == x86_64 ]] || skip "the number of the call is that of x86-64"
	background "$TOOLS/agent" "$W/agent.sock" "$W/seen" 170=77
	until_true test -S "$W/agent.sock"
	for action in $(claims '.linux.seccomp.actions[]'); do
		[[ -n ${effect[$action]-} ]] || die "no proof for $action"
		cfg --arg a "$action" --arg s "$W/agent.sock" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
			listenerPath: $s, syscalls: [{names: ["sethostname"], action: $a}]}'
		inside 'probe syscall 170 0 0; echo "status $?"'
		line "${effect[$action]}"
	done
}

@test "features: every seccomp operator it names compares" {
	# value of the rule, and arguments for which it is true and false
	local -A cases=(
		[SCMP_CMP_EQ]="5 5 6" [SCMP_CMP_NE]="5 6 5" [SCMP_CMP_LT]="5 4 5" [SCMP_CMP_LE]="5 5 6"
		[SCMP_CMP_GT]="5 6 5" [SCMP_CMP_GE]="5 5 4" [SCMP_CMP_MASKED_EQ]="12 5 9"
	)

	[[ $(uname -m) == x86_64 ]] || skip "the number of the call is that of x86-64"
	for operator in $(claims '.linux.seccomp.operators[]'); do
		[[ -n ${cases[$operator]-} ]] || die "no proof for $operator"
		read -r value true_for false_for <<<"${cases[$operator]}"
		# of a masked comparison value is the mask, and 4 what is left
		cfg --arg o "$operator" --argjson v "$value" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
			{names: ["sethostname"], action: "SCMP_ACT_ERRNO", errnoRet: 99,
			 args: [{index: 1, op: $o, value: $v, valueTwo: 4}]}]}'
		inside "probe syscall 170 0 $true_for; probe syscall 170 0 $false_for"
		is "$(grep -c '^-1 99$' <<<"$output")" 1 "$operator"
		is "$(head -1 <<<"$output")" "-1 99" "$operator"
	done
}

@test "features: every seccomp architecture it names is taken" {
	claims '.linux.seccomp.archs' >"$W/archs"
	cfg --slurpfile a "$W/archs" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: $a[0],
		syscalls: [{names: ["sethostname"], action: "SCMP_ACT_ERRNO"}]}'
	args true
	run_it
}

@test "features: every seccomp flag it names is taken" {
	is "$(claims '.linux.seccomp.knownFlags - .linux.seccomp.supportedFlags | length')" 0
	background "$TOOLS/agent" "$W/agent.sock" "$W/seen"
	until_true test -S "$W/agent.sock"
	for flag in $(claims '.linux.seccomp.supportedFlags[]'); do
		# this one is about listeners
		action=SCMP_ACT_ERRNO
		[[ $flag != *WAIT_KILLABLE_RECV ]] || action=SCMP_ACT_NOTIFY
		cfg --arg f "$flag" --arg a "$action" --arg s "$W/agent.sock" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
			flags: [$f], listenerPath: $s, syscalls: [{names: ["sethostname"], action: $a}]}'
		args true
		run_it
	done
}

@test "features: every memory policy it names is set" {
	# modes that take no nodes, and flags that go with one mode only
	for mode in $(claims '.linux.memoryPolicy.modes[]'); do
		nodes=0
		[[ $mode != MPOL_DEFAULT && $mode != MPOL_LOCAL ]] || nodes=
		cfg --arg m "$mode" --arg n "$nodes" '.linux.memoryPolicy = ({mode: $m} + if $n == "" then {} else {nodes: $n} end)'
		args true
		try P run -b "$B" "$C"
		# the kernel may be older than the mode
		[[ $status -eq 0 ]] || { [[ $mode == MPOL_WEIGHTED_INTERLEAVE ]] && err "memoryPolicy"; } || show "$mode"
	done
	for flag in $(claims '.linux.memoryPolicy.flags[]'); do
		cfg --arg f "$flag" '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: [$f]}'
		args true
		run_it
	done
}

# differs NAME VALUE: explain tells something else with that annotation than without it, or says what is wrong with it.
differs() {
	local plain with options=()

	case $1 in
	# systemd's are looked at by nobody else
	org.systemd.property.* | run.oci.systemd.subgroup) [[ -d /run/systemd/system ]] || return 0; options=(--systemd-cgroup) ;;
	esac
	plain=$("$CIST" --root "$R" "${options[@]}" explain "$B" 2>&1) || die "$plain"
	cp "$B/config.json" "$W/config.json"
	cfg --arg n "$1" --arg v "$2" '.annotations[$n] = $v'
	with=$("$CIST" --root "$R" "${options[@]}" explain "$B" 2>&1) || true
	[[ $with == *"$1"* ]] || with=$(grep -v "^cist: " <<<"$with")
	if [[ $1 == run.oci.pidfd_receiver ]]; then
		# it is nothing but a message
		fails 1 P create -b "$B" "$C"
		err "annotations: $1"
	else
		[[ $with != "$plain" ]] || return 1
	fi
	cp "$W/config.json" "$B/config.json"
}

@test "features: every annotation it names changes what is done, and no other does" {
	local -A value=(
		[org.cist.bind.beneath]=x [org.cist.console.unbound]=x [org.cist.env.exact]=true [org.cist.env.secret]=[]
		[org.cist.init]=true [org.cist.init.kill-timeout]=100 [org.cist.init.respawn]=100 [org.cist.init.title]=x
		[org.cist.netconf]=.. [org.cist.output.file]=/x [org.cist.root.sealed]=true [org.cist.sockets]='[{"fd": 3, "port": 80}]'
		[org.systemd.property.]="TimeoutStopUSec uint64 1000"
		[run.oci.delegate-cgroup]=../x [run.oci.handler]=krun [run.oci.hooks.stderr]= [run.oci.hooks.stdout]=
		[run.oci.keep_original_groups]=1 [run.oci.mount_context_type]=x [run.oci.pidfd_receiver]=/nowhere
		[run.oci.seccomp.plugins]=/x.so [run.oci.seccomp.receiver]=x [run.oci.seccomp_bpf_data]=x
		[run.oci.seccomp_fail_unknown_syscall]=1 [run.oci.systemd.force_cgroup_v1]=/x [run.oci.systemd.subgroup]=a/b
	)
	local name

	# a filter, for what is about filters, with a call that nobody knows
	cfg '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["no_such_call"], action: "SCMP_ACT_ERRNO"}]}'
	for name in $(claims '.potentiallyUnsafeConfigAnnotations[]'); do
		[[ -v value[$name] ]] || die "no proof for $name"
		if [[ $name == *. ]]; then
			differs "$name${value[$name]%% *}" "${value[$name]#* }" || die "$name: nothing is different"
		else
			differs "$name" "${value[$name]}" || die "$name: nothing is different"
		fi
	done
	for name in org.example io.kubernetes.cri.container-type run.oci.other org.cist module.wasm.image/variant; do
		! differs "$name" true || die "$name: something is different"
		cp "$W/config.json" "$B/config.json"
	done
	# and the runtime has no other names
	is "$(grep -rhoE --exclude-dir={lithos,translate,supervise} '"(run\.oci|org\.cist|org\.systemd\.property|org\.criu)\.[a-zA-Z0-9._-]*"' "$top_srcdir"/{src,libocispec} | tr -d '"' | sort -u)" \
		"$(claims '.potentiallyUnsafeConfigAnnotations[]' | sort -u)"
}

@test "features: its annotations are those of --version" {
	ok P --version
	line "^libseccomp: $(claims '.annotations["io.github.seccomp.libseccomp.version"]')\$"
	[[ $(claims '.annotations["org.opencontainers.runc.version"]') =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "features: no checkpoint is claimed, and there is none" {
	is "$(claims '.annotations["org.opencontainers.runc.checkpoint.enabled"]')" false
	fails 3 P checkpoint "$C"
}

@test "features: works for an ordinary user" {
	[[ $EUID -eq 0 ]] || skip "is one already"
	cp "$(readlink -f "$CIST")" "$T/runtime-copy"
	chmod 0755 "$T/runtime-copy"
	ok setpriv --reuid 65534 --regid 65534 --clear-groups "$T/runtime-copy" features
	jq -e .linux "$W/out"
	rm "$T/runtime-copy"
}
