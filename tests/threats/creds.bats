#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# Credentials and numbers (CVE-2022-29162, CVE-2024-40635, CVE-2026-30892 and their like), what exec takes over, keys
# and the environment of the caller.

load ../bats/helpers

begin() {
	cp "$TOOLS/hostile" "$B/rootfs/bin/hostile"
}

STATUS='grep -E "^(Cap|NoNewPrivs|Seccomp:|Groups|Uid|Gid)" /proc/self/status'

@test "creds: nothing inheritable or ambient arrives, whatever the caller has raised" {
	sh_args "$STATUS"
	ok "$TOOLS/hostile" raise "$CIST" --root "$R" run -b "$B" "$C"
	line '^CapInh:.0000000000000000$'
	line '^CapAmb:.0000000000000000$'
	args sleep 1000
	ok "$TOOLS/hostile" raise "$CIST" --root "$R" run -d -b "$B" "$C"
	ok "$TOOLS/hostile" raise "$CIST" --root "$R" exec "$C" sh -c "$STATUS"
	line '^CapInh:.0000000000000000$'
	line '^CapAmb:.0000000000000000$'
	ok "$TOOLS/hostile" raise "$CIST" --root "$R" exec --cap CAP_SYS_TIME "$C" sh -c "$STATUS"
	line '^CapInh:.0000000000000000$'
	line '^CapAmb:.0000000000000000$'
	line '^CapEff:.0000000022000420$'
}

@test "creds: without a block of capabilities there are none" {
	sh_args "$STATUS"
	cfg 'del(.process.capabilities)'
	ok "$TOOLS/hostile" raise "$CIST" --root "$R" run -b "$B" "$C"
	for set in Inh Prm Eff Bnd Amb; do
		line "^Cap$set:.0000000000000000\$"
	done
}

@test "creds: ids are exactly those given, groups exactly the list" {
	local u

	sh_args "$STATUS"
	for u in 1 1000 65534 4294967294; do
		cfg --argjson u "$u" '.process.user = {uid: $u, gid: $u, additionalGids: [7, 99, 4294967294]}'
		ok P run -b "$B" "$C"
		line "^Uid:.$u.$u.$u.$u\$"
		line "^Gid:.$u.$u.$u.$u\$"
		line '^Groups:.7 99 4294967294 ?$'
	done
	cfg '.process.user = {uid: 5, gid: 6}'
	ok P run -b "$B" "$C"
	line '^Groups:[[:space:]]*$'
	args sleep 1000
	running
	ok P exec --user 1 "$C" sh -c "$STATUS"
	line '^Uid:.1.1.1.1$'
	ok P exec --user 4294967294:4294967294 "$C" sh -c "$STATUS"
	line '^Uid:.4294967294.4294967294'
}

@test "creds: what is no id is refused in the configuration" {
	local id

	args sh -c 'echo RAN'
	for id in -1 4294967295 4294967296 99999999999 18446744073709551616 1.5 '"0"' '"root"' null '[]' -4294967296 1e10; do
		for member in uid gid; do
			[[ $id != null ]] || continue
			bundle_with ".process.user.$member" "$id"
		done
		[[ $id == null ]] || bundle_with '.process.user.additionalGids[0]' "$id"
	done
}

# jq would round such numbers, so the text is edited.
bundle_with() {
	jq "$1 = \"@@\"" "$T/spec/config.json" | sed "s/\"@@\"/$2/" | jq_free_edit >"$B/config.json"
	try P run -b "$B" "$C"
	[[ $status -ne 0 && $output != *RAN* ]] || show "$1 = $2 was taken"
	err "process.user"
	is "$(ls -A "$R")" "" "below --root"
}

jq_free_edit() {
	sed 's/"terminal": true/"terminal": false/'
}

@test "creds: what is no id is refused on the command line" {
	local id

	running
	for id in -1 4294967295 4294967296 99999999999 0x0 1x x1 :1 1: "1 " " 1" "" 1:-1 1:4294967296 1:4294967295 "1:1:1" \
		1,2 +1 1.0 18446744073709551616; do
		try P exec --user="$id" "$C" id
		[[ $status -ne 0 && -z $output ]] || show "--user '$id' was taken"
	done
	for id in -1 4294967295 4294967296 1x ""; do
		try P exec --additional-gids="$id" "$C" id
		[[ $status -ne 0 && -z $output ]] || show "--additional-gids '$id' was taken"
	done
}

@test "creds: exec keeps no_new_privs and the filter, and --no-new-privs only adds" {
	cfg '.process.noNewPrivileges = true | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
	     syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
	running
	ok P exec "$C" sh -c "$STATUS; mkdir /tmp/x 2>&1"' || true'
	line '^NoNewPrivs:.1$'
	line '^Seccomp:.2$'
	line 'peration not permitted'
	ok P exec --user 1000:1000 "$C" sh -c "$STATUS"
	line '^NoNewPrivs:.1$'
	line '^Seccomp:.2$'
	line '^CapEff:.0000000000000000$'
}

@test "creds: a set-uid program gains nothing with no_new_privs" {
	cp "$B/rootfs/bin/busybox" "$B/rootfs/bin/suid"
	chmod 4755 "$B/rootfs/bin/suid"
	cfg '.process.noNewPrivileges = true | .process.user = {uid: 1000, gid: 1000}'
	args /bin/suid id -u
	try P run -b "$B" "$C"
	[[ $output != 0 ]] || show "became root"
}

@test "creds: an unknown capability is a warning in the configuration, where the specification wants it, and an error in exec" {
	sh_args "$STATUS"
	ok P run -b "$B" "$C"
	line '^CapBnd:.0000000020000420$'
	cfg '.process.capabilities.bounding += ["CAP_DOES_NOT_EXIST"]'
	try "$CIST" --root "$R" --log "$W/log" run -b "$B" "$C"
	if [[ $status -eq 0 ]]; then
		grep -q CAP_DOES_NOT_EXIST "$W/log" || die "not a word about it"
		line '^CapBnd:.0000000020000420$'
	fi
	args sleep 1000
	ok P run -d -b "$B" "$C"
	try P exec --cap CAP_NOT_EITHER "$C" true
	isnt "$status" 0 "status"
	err CAP_NOT_EITHER
}

@test "creds: the caller's keys are not to be found inside" {
	"$TOOLS/hostile" addkey secret-key true >/dev/null 2>&1 || skip "no keyrings here"
	args hostile findkey secret-key
	is "$("$TOOLS/hostile" addkey secret-key "$TOOLS/hostile" findkey secret-key)" found "outside"
	ok "$TOOLS/hostile" addkey secret-key "$CIST" --root "$R" run -b "$B" "$C"
	no_line found
	args sleep 1000
	running
	ok "$TOOLS/hostile" addkey secret-key "$CIST" --root "$R" exec "$C" hostile findkey secret-key
	no_line found
}

@test "creds: the environment of init, and of exec, has nothing of the caller's" {
	local pid

	ok env SECRET_OF_CALLER=1 LD_PRELOAD=/nowhere.so _CIST_X=1 "$CIST" --root "$R" create -b "$B" "$C"
	pid=$(pid_of "$C")
	! tr '\0' '\n' <"/proc/$pid/environ" | grep -E 'SECRET|LD_|_CIST|HOME|PATH' || die "environment in created"
	P start "$C"
	! tr '\0' '\n' <"/proc/$pid/environ" | grep -E 'SECRET|LD_|_CIST' || die "environment of the program"
	ok env SECRET_OF_CALLER=1 LD_PRELOAD=/nowhere.so "$CIST" --root "$R" exec "$C" sh -c 'cat /proc/self/environ; env'
	no_line 'SECRET|LD_|_CIST'
}

@test "creds: passwd and group of the image that are no files, or endless, cost nothing" {
	local kind

	args sh -c 'echo HOME=$HOME'
	cfg '.process.env |= map(select(startswith("HOME=") | not))'
	for kind in fifo zero huge directory loop; do
		rm -rf "$B/rootfs/etc/passwd" "$B/rootfs/etc/group"
		case $kind in
		fifo) mkfifo "$B/rootfs/etc/passwd" "$B/rootfs/etc/group" ;;
		zero) ln -s /dev/zero "$B/rootfs/etc/passwd" && ln -s /dev/zero "$B/rootfs/etc/group" ;;
		huge) truncate -s 1G "$B/rootfs/etc/passwd" "$B/rootfs/etc/group" ;;
		directory) mkdir "$B/rootfs/etc/passwd" "$B/rootfs/etc/group" ;;
		loop) ln -s passwd "$B/rootfs/etc/passwd" && ln -s group "$B/rootfs/etc/group" ;;
		esac
		try timeout 5 "$CIST" --root "$R" run -b "$B" "$C"
		isnt "$status" 124 "with $kind: time is up"
		[[ $status -ne 0 || $output == HOME=* ]] || show "with $kind"
		P delete --force "$C"
	done
}
