#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# process.apparmorProfile where the kernel has AppArmor.  The label is read from the host's /proc, whatever the container has.

load helpers

begin_file() {
	[[ $(cat /sys/module/apparmor/parameters/enabled 2>/dev/null) == Y ]] || return 0
	command -v apparmor_parser >/dev/null || return 0
	if ! mountpoint -q /sys/kernel/security; then
		mount -t securityfs securityfs /sys/kernel/security || return 0
		: >"$T/securityfs"
	fi
	cat >"$T/profiles" <<-END
		profile cist-$MARK flags=(attach_disconnected,mediate_deleted) {
			file, capability, network, mount, umount, signal, unix, ptrace, pivot_root,
			deny /etc/secret rw,
		}
		profile cist-$MARK-other flags=(attach_disconnected,mediate_deleted) {
			file, capability, network, mount, umount, signal, unix, ptrace,
		}
		profile cist-$MARK-runtime flags=(attach_disconnected,mediate_deleted) {
			file, capability, network, mount, umount, signal, unix, ptrace, pivot_root, remount,
			change_profile,
		}
	END
	apparmor_parser -K -r "$T/profiles" && : >"$T/loaded"
}

end_file() {
	[[ ! -e $T/loaded ]] || apparmor_parser -K -R "$T/profiles"
	[[ ! -e $T/securityfs ]] || umount /sys/kernel/security
}

begin() {
	[[ -e $T/loaded ]] || skip "this host has no AppArmor, or no apparmor_parser"
	profile=cist-$MARK
	cfg --arg p "$profile" '.process.apparmorProfile = $p'
	echo secret >"$B/rootfs/etc/secret"
}

label() {
	tr -d '\0' <"/proc/$1/attr/apparmor/current"
}

@test "apparmor: the container's program has the profile, with and without no_new_privs" {
	local nnp

	for nnp in true false; do
		cfg --argjson n $nnp '.process.noNewPrivileges = $n'
		running
		is "$(label "$(pid_of "$C")")" "$profile (enforce)" "noNewPrivileges $nnp"
		P delete --force "$C"
	done
	inside 'cat /etc/secret 2>/dev/null || echo denied; cat /etc/passwd >/dev/null && echo read'
	line '^denied$'
	line '^read$'
}

@test "apparmor: while it waits, the init is not confined, nor is a createContainer hook" {
	cat >"$W/hook" <<-END
		#!/bin/sh
		tr -d '\\0' </proc/self/attr/apparmor/current >"$W/label"
	END
	chmod +x "$W/hook"
	cfg --arg h "$W/hook" '.hooks.createContainer = [{path: $h}]'
	quiet P create -b "$B" "$C"
	is "$(cat "$W/label")" unconfined
	is "$(label "$(pid_of "$C")")" unconfined
	quiet P start "$C"
	is "$(label "$(pid_of "$C")")" "$profile (enforce)"
}

@test "apparmor: a profile that is not loaded fails create, and leaves nothing" {
	cfg '.process.apparmorProfile = "no-such-profile"'
	fails 1 P create -b "$B" "$C"
	err 'process.apparmorProfile: the profile no-such-profile is not loaded'
	[[ ! -e $R/$C ]] || die "state is left"
}

@test "apparmor: in a user namespace" {
	with_userns
	running
	is "$(label "$(pid_of "$C")")" "$profile (enforce)"
	P exec -d --pid-file "$W/pid" "$C" sleep 100
	is "$(label "$(cat "$W/pid")")" "$profile (enforce)"
}

@test "apparmor: exec has the container's profile, or the one that it asks for" {
	running
	ok P exec "$C" cat /proc/self/attr/current
	out "$profile (enforce)"
	ok P exec --apparmor "$profile-other" "$C" cat /proc/self/attr/current
	out "$profile-other (enforce)"
	jq -n --arg p "$profile-other" '{args: ["cat", "/proc/self/attr/current"], cwd: "/", user: {uid: 0, gid: 0},
		env: ["PATH=/bin"], noNewPrivileges: true, apparmorProfile: $p}' >"$W/process"
	ok P exec -p "$W/process" "$C"
	out "$profile-other (enforce)"
	fails 255 P exec --apparmor no-such-profile "$C" true
	err 'process.apparmorProfile: the profile no-such-profile is not loaded'
}

@test "apparmor: unconfined is what there is" {
	cfg '.process.apparmorProfile = "unconfined"'
	running
	is "$(label "$(pid_of "$C")")" unconfined
}

@test "apparmor: a runtime that is confined itself adds the profile to its own with no_new_privs" {
	cfg '.process.noNewPrivileges = true'
	quiet aa-exec -p "$profile-runtime" "$CIST" --root "$R" run -d -b "$B" "$C"
	is "$(label "$(pid_of "$C")")" "$profile//&$profile-runtime (enforce)"
	P delete --force "$C"
	cfg '.process.noNewPrivileges = false'
	quiet aa-exec -p "$profile-runtime" "$CIST" --root "$R" run -d -b "$B" "$C"
	is "$(label "$(pid_of "$C")")" "$profile (enforce)"
}

# CVE-2019-16884, CVE-2019-19921, CVE-2023-28642, CVE-2025-52881: what looks like procfs takes the label.
@test "apparmor: a tmpfs, a forged tree or a link on /proc does not get the label instead of the kernel" {
	local how

	mkdir -p "$B/forged/self/attr/apparmor" "$B/forged/thread-self/attr/apparmor"
	for how in forged/self/attr/exec forged/self/attr/apparmor/exec forged/thread-self/attr/apparmor/exec; do
		echo forged >"$B/$how"
	done
	cfg '.mounts |= [{destination: "/proc", type: "tmpfs", source: "tmpfs"}] + map(select(.destination != "/proc"))
		| .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	try P run -d -b "$B" "$C"
	[[ $status -ne 0 ]] || is "$(label "$(pid_of "$C")")" "$profile (enforce)" "with a tmpfs on /proc"
	P delete --force "$C"
	cfg --arg s "$B/forged" '.mounts[0] = {destination: "/proc", type: "bind", source: $s, options: ["bind"]}'
	try P run -d -b "$B" "$C"
	[[ $status -ne 0 ]] || is "$(label "$(pid_of "$C")")" "$profile (enforce)" "with a forged /proc"
	P delete --force "$C"
	# Without any mount on it: the tree of the image.
	cfg '.mounts |= map(select(.destination != "/proc"))'
	cp -r "$B/forged/." "$B/rootfs/proc/"
	try P run -d -b "$B" "$C"
	[[ $status -ne 0 ]] || is "$(label "$(pid_of "$C")")" "$profile (enforce)" "with the image's /proc"
	P delete --force "$C"
	rm -r "$B/rootfs/proc"
	ln -s ../../../../../../tmp "$B/rootfs/proc"
	try P run -d -b "$B" "$C"
	[[ $status -ne 0 ]] || is "$(label "$(pid_of "$C")")" "$profile (enforce)" "with a link"
	[[ -z $(find "$B/forged" "$B/rootfs/tmp" -type f -print0 | xargs -r0 grep -Lx forged) ]] || die "a forged file was written"
}

@test "apparmor: exec into a container that has covered its /proc" {
	cfg '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"]) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	args sh -c 'mount -t tmpfs none /proc && mkdir -p /proc/self/attr/apparmor /proc/thread-self/attr/apparmor &&
		for f in self thread-self; do echo forged >/proc/$f/attr/exec; echo forged >/proc/$f/attr/apparmor/exec; done
		touch /ready; exec sleep 1000'
	running
	wait_file "$B/rootfs/ready"
	ok P exec -d --pid-file "$W/pid" "$C" sleep 100
	is "$(label "$(cat "$W/pid")")" "$profile (enforce)"
	ok P exec "$C" cat /proc/self/attr/exec /proc/thread-self/attr/apparmor/exec
	out $'forged\nforged'
}
