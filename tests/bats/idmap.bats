#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# Id-mapped bind mounts: uidMappings and gidMappings of a mount, idmap, ridmap, and crun's maps within the option.

load helpers

begin_file() {
	mkdir "$T/probe"
	# what makes the other tests possible: a file system with ids that this kernel can map
	if can_map "$T/probe"; then
		echo yes >"$T/can"
	fi
}

can_map() {
	bundle "$T/can.b"
	args true
	map_mount /m "$1" bind '[{containerID: 0, hostID: 1000, size: 1}]'
	"$CIST" --root "$R" run -b "$B" "probe$MARK" >"$T/can.out" 2>&1 3>&-
}

needs_map() {
	[[ -e $T/can ]] || skip "ids of $T cannot be mapped: $(cat "$T/can.out")"
}

begin() {
	mkdir -p "$W/src/sub"
	touch "$W/src/zero" "$W/src/five" "$W/src/far"
	chown 5:6 "$W/src/five"
	chown 70000:70000 "$W/src/far"
}

end() {
	umount -R "$W/src/sub" 2>/dev/null || true
	umount -R "$W/src" 2>/dev/null || true
}

# map_mount DESTINATION SOURCE OPTIONS [MAP]: the same map for users and groups
map_mount() {
	cfg --arg d "$1" --arg s "$2" --arg o "$3" ".mounts += [{destination: \$d, type: \"bind\", source: \$s,
		options: (\$o | split(\",\"))} + (if \"${4-}\" == \"\" then {} else
		{uidMappings: ${4:-[]}, gidMappings: ${4:-[]}} end)]"
}

# Owners of the three files as the container sees them.
owners() {
	inside 'stat -c "%n %u %g" '"$1"'/zero '"$1"'/five '"$1"'/far'
}

@test "idmap: a mount's own maps, without a user namespace" {
	needs_map
	map_mount /m "$W/src" bind,idmap '[{containerID: 0, hostID: 1000, size: 100}]'
	owners /m
	line '^/m/zero 1000 1000$'
	line '^/m/five 1005 1006$'
	line '^/m/far 65534 65534$'
}

@test "idmap: maps without the option are maps all the same" {
	needs_map
	map_mount /m "$W/src" rbind '[{containerID: 0, hostID: 1000, size: 100}]'
	owners /m
	line '^/m/five 1005 1006$'
}

@test "idmap: what is written through the mount lands with the ids of the source" {
	needs_map
	map_mount /m "$W/src" bind,idmap '[{containerID: 0, hostID: 1000, size: 100}]'
	cfg '.process.user = {uid: 1007, gid: 1008}'
	chmod 0777 "$W/src"
	inside 'touch /m/new; stat -c "%u %g" /m/new'
	out "1007 1008"
	is "$(stat -c '%u %g' "$W/src/new")" "7 8"
}

@test "idmap: as the container's user namespace when the mount has no maps" {
	needs_map
	with_userns
	map_mount /m "$W/src" bind,idmap
	map_mount /plain "$W/src" bind
	owners /m
	line '^/m/zero 0 0$'
	line '^/m/five 5 6$'
	line '^/m/far 65534 65534$'
	owners /plain
	line '^/plain/zero 65534 65534$'
}

@test "idmap: own maps win over the container's user namespace" {
	needs_map
	with_userns
	map_mount /m "$W/src" bind,idmap '[{containerID: 0, hostID: 100010, size: 100}]'
	owners /m
	line '^/m/zero 10 10$'
	line '^/m/five 15 16$'
}

in_namespace() {
	[[ $(readlink "/proc/$BG/ns/user") != "$(readlink /proc/self/ns/user)" ]]
}

@test "idmap: as a user namespace that is joined" {
	needs_map
	with_userns
	background unshare --user sleep 1000
	LIMIT=30 until_true in_namespace
	echo "0 100000 65536" >/proc/$BG/uid_map
	echo "0 100000 65536" >/proc/$BG/gid_map
	cfg --arg p "/proc/$BG/ns/user" '.linux.namespaces |= map(if .type == "user" then .path = $p else . end)
		| .linux |= del(.uidMappings, .gidMappings)'
	map_mount /m "$W/src" bind,idmap
	owners /m
	line '^/m/zero 0 0$'
	line '^/m/five 5 6$'
}

@test "idmap: idmap maps the one mount, ridmap all below it" {
	needs_map
	mount -t tmpfs below "$W/src/sub"
	touch "$W/src/sub/zero"
	map_mount /one "$W/src" rbind,idmap '[{containerID: 0, hostID: 1000, size: 100}]'
	map_mount /all "$W/src" rbind,ridmap '[{containerID: 0, hostID: 1000, size: 100}]'
	sh_args 'stat -c "%n %u" /one/zero /one/sub/zero /all/zero /all/sub/zero'
	try P run -b "$B" "$C"
	[[ $status -eq 0 ]] || { err "file system"; skip "ids of a tmpfs cannot be mapped by this kernel"; }
	out $'/one/zero 1000\n/one/sub/zero 0\n/all/zero 1000\n/all/sub/zero 1000'
}

@test "idmap: maps in the option, several ranges, relative ones" {
	needs_map
	map_mount /m "$W/src" 'bind,idmap=uids=0-2000-1#5-3000-10;gids=0-4000-10'
	owners /m
	line '^/m/zero 2000 4000$'
	line '^/m/five 3000 4006$'
	with_userns
	map_mount /r "$W/src" 'bind,ridmap=uids=@0-20-10;gids=@0-30-10'
	owners /r
	line '^/r/zero 20 30$'
	line '^/r/five 25 36$'
}

@test "idmap: a file, and the attributes of the mount besides" {
	needs_map
	map_mount /file "$W/src/five" bind,idmap,ro,nosuid '[{containerID: 0, hostID: 1000, size: 100}]'
	inside 'stat -c "%u %g" /file; echo x >/file; grep " /file " /proc/self/mountinfo'
	line '^1005 1006$'
	line ' /file ro,nosuid,.*idmapped'
	[[ ! -s $W/src/five ]]
}

@test "idmap: the source itself stays as it is, and nothing is left behind" {
	needs_map
	map_mount /m "$W/src" bind,idmap '[{containerID: 0, hostID: 1000, size: 100}]'
	args true
	run_it
	is "$(stat -c '%u %g' "$W/src/five")" "5 6"
	nothing_left
}

@test "idmap: a file system without support is an error, never a mount without its map" {
	map_mount /m /proc/sys bind,idmap '[{containerID: 0, hostID: 1000, size: 100}]'
	refused
	err "mounts[" "/m" "/proc/sys" "cannot be mapped"
}

@test "idmap: ridmap over a file system without support below is an error" {
	needs_map
	mount -t proc proc "$W/src/sub"
	map_mount /m "$W/src" rbind,ridmap '[{containerID: 0, hostID: 1000, size: 100}]'
	fails 1 P create -b "$B" "$C"
	err "cannot be mapped" "of a mount below it"
}

@test "idmap: what makes no sense is refused" {
	mkdir "$W/x"
	export X=$W/x
	refuses_each "map" <<-'END'
		.mounts += [{destination: "/m", type: "bind", source: env.X, options: ["bind", "idmap"]}]
		.mounts += [{destination: "/m", type: "tmpfs", options: ["idmap=uids=0-1-1;gids=0-1-1"]}]
		.mounts += [{destination: "/m", type: "bind", source: env.X, options: ["bind"], uidMappings: [{containerID: 0, hostID: 1, size: 1}]}]
		.mounts += [{destination: "/m", type: "bind", source: env.X, options: ["bind", "idmap=uids=0-1-1;gids=0-1-1"], uidMappings: [{containerID: 0, hostID: 1, size: 1}], gidMappings: [{containerID: 0, hostID: 1, size: 1}]}]
		.mounts += [{destination: "/m", type: "bind", source: env.X, options: ["bind", "idmap=uids=0-1-1"]}]
		.mounts += [{destination: "/m", type: "bind", source: env.X, options: ["bind", "idmap=uids=0-1;gids=0-1-1"]}]
		.mounts += [{destination: "/m", type: "bind", source: env.X, options: ["bind", "idmap=uids=@0-1-1;gids=0-1-1"]}]
		.mounts += [{destination: "/m", type: "bind", source: env.X, options: ["bind", "idmap"], uidMappings: [{containerID: 0, hostID: 1, size: 3}, {containerID: 2, hostID: 9, size: 3}], gidMappings: [{containerID: 0, hostID: 1, size: 1}]}]
	END
}

@test "idmap: features says so" {
	ok P features
	jq -e '.linux.mountExtensions.idmap.enabled and (.mountOptions | contains(["idmap", "ridmap"]))' "$W/out"
}
