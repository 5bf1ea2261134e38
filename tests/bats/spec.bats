#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

@test "spec: refuses to overwrite; writes into a new directory (row 114)" {
	cd "$B"
	fails 1 P spec
	err "exists"
	mkdir "$W/new"
	quiet P spec -b "$W/new"
	jq -e . "$W/new/config.json"
}

@test "spec: what the default configuration holds (3.7)" {
	jq -e '.process.terminal == true and .process.user == {uid: 0, gid: 0} and .process.args == ["sh"]
		and .process.cwd == "/" and (.process.env | any(startswith("PATH=")) and any(. == "TERM=xterm"))
		and ([.process.capabilities[] | select(length > 0) | sort] | unique
			== [["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]])
		and .process.noNewPrivileges == true
		and .process.rlimits == [{type: "RLIMIT_NOFILE", hard: 1024, soft: 1024}]
		and .root == {path: "rootfs", readonly: true} and (.hostname | length > 0)
		and ([.mounts[].destination] == ["/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup"])
		and ([.linux.namespaces[].type] | contains(["pid", "network", "ipc", "uts", "mount"]))
		and (.linux.maskedPaths | contains(["/proc/kcore", "/sys/firmware"]))
		and (.linux.readonlyPaths | contains(["/proc/sys", "/proc/bus"]))
		and .linux.resources.devices == [{allow: false, access: "rwm"}]' "$T/spec/config.json"
	grep -q "^$(printf '\t')\"ociVersion\"" "$T/spec/config.json"
}

@test "spec: --rootless (2.15)" {
	mkdir "$W/new"
	quiet P spec --rootless -b "$W/new"
	jq -e '([.linux.namespaces[].type] | contains(["user"]) and all(. != "network"))
		and .linux.uidMappings[0].containerID == 0 and .linux.uidMappings[0].size == 1
		and (.linux | has("resources") | not)
		and ([.mounts[] | select(.destination == "/sys")][0].type != "sysfs")
		and ([.mounts[].options[]?] | all((startswith("gid=") or startswith("uid=")) | not))' \
		"$W/new/config.json"
}

@test "spec: its own output runs" {
	mkdir "$W/new"
	cp -a "$T/rootfs.template" "$W/new/rootfs"
	quiet P spec -b "$W/new"
	jq '.process.terminal = false | .process.args = ["echo", "works"]' "$W/new/config.json" \
		>"$W/new/config"
	mv "$W/new/config" "$W/new/config.json"
	ok P run -b "$W/new" "$C"
	out works
}
