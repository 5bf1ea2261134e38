#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# Volumes of lithos YAML, seen from inside.

load helpers
load lithos

# paths KEY PREFIX-AND-PATH...: the usual sandbox with path tables
paths() {
	sandbox <<-END
		allow-users: [0-65535, 100000-165535]
		allow-groups: [0-65535, 100000-165535]
		default-user: 0
		$(printf '%s\n' "$@")
	END
}

# The line of the mount table inside for a mount point.
mounted() {
	awk -v at="$1" '$5 == at' <<<"$output" | tail -n 1
}

@test "lithos volumes: what every container has, and nothing else" {
	prints 'cat /proc/self/mountinfo; touch /x; touch /tmp/x; touch /dev/x; ls /dev; cat /dev/null; head -c 3 /dev/zero | wc -c' <<<''
	is "$(awk '{ print $5 }' <<<"$output" | grep '^/' | sort -u | tr '\n' ' ')" "/ /dev /dev/pts /etc/hosts /etc/resolv.conf /proc /sys "
	[[ $(mounted /) == *" ro,"* ]] || die "the root: $(mounted /)"
	[[ $(mounted /dev) == *" ro,"* ]] || die "/dev: $(mounted /dev)"
	[[ $(mounted /sys) == *" ro,"* && $(mounted /sys) == *nosuid* && $(mounted /sys) == *nodev* ]] || die "/sys: $(mounted /sys)"
	[[ $(mounted /proc) == *" rw,"*nosuid* && $(mounted /dev/pts) == *nosuid*noexec* ]] || die "$output"
	is "$(grep -c 'Read-only file system' <<<"$stderr")" 3
	line '^urandom$'
	line '^3$'
}

@test "lithos volumes: nothing is masked, the cgroup and the host's name are the host's" {
	# shellcheck disable=SC2016
	prints 'grep -c . /proc/self/mountinfo; cat /proc/kcore | head -c 4 | wc -c; echo $(($(cat /proc/sys/kernel/ostype | wc -c)))
		readlink /proc/self/ns/cgroup; readlink /proc/self/ns/net; hostname; grep NoNewPrivs /proc/self/status; grep Seccomp: /proc/self/status' <<<''
	line "^$(readlink /proc/self/ns/cgroup | sed 's/[][]/\\&/g')\$"
	line "^$(readlink /proc/self/ns/net | sed 's/[][]/\\&/g')\$"
	line "^$(hostname)\$"
	line '^NoNewPrivs:.0$'
	line "^Seccomp:.$(awk '/^Seccomp:/ { print $2 }' /proc/self/status)\$"
}

@test "lithos volumes: tmpfs: size, mode, flags; programs run from it" {
	prints 'cat /proc/self/mountinfo; stat -c "%n %a %u:%g" /tmp /data /more; cp /bin/busybox /tmp/echo; /tmp/echo ran' <<-'END'
		volumes:
		  /tmp: !Tmpfs { size: 10Mi, mode: 0o1777 }
		  /data: !Tmpfs { size: 1Mi, mode: 0o766 }
		  /more: !Tmpfs
	END
	[[ $(mounted /tmp) == *nosuid,nodev*"- tmpfs "*size=10240k* ]] || die "$(mounted /tmp)"
	[[ $(mounted /tmp) != *noexec* ]] || die "$(mounted /tmp)"
	[[ $(mounted /data) == *size=1024k* ]] || die "$(mounted /data)"
	[[ $(mounted /more) == *size=102400k* ]] || die "$(mounted /more)"
	line '^/tmp 1777 0:0$'
	line '^/data 766 0:0$'
	line '^/more 777 0:0$'
	line '^ran$'
}

@test "lithos volumes: read-only all the way down; nosuid and nodev, but programs run" {
	mkdir -p "$W/src/sub"
	mount -t tmpfs below "$W/src/sub"
	echo text >"$W/src/sub/file"
	cp "$I/bin/busybox" "$W/src/echo"
	paths "readonly-paths: {/ro: $W/src}"
	prints 'cat /proc/self/mountinfo; cat /data/sub/file; touch /data/x; touch /data/sub/x; /data/echo ran' <<-'END' || true
		volumes:
		  /data: !Readonly /ro
	END
	umount "$W/src/sub"
	[[ $(mounted /data) == *" ro,nosuid,nodev"* && $(mounted /data) != *noexec* ]] || die "$(mounted /data)"
	[[ $(mounted /data/sub) == *" ro,nosuid,nodev"* ]] || die "$(mounted /data/sub)"
	line '^text$'
	line '^ran$'
	is "$(grep -c 'Read-only file system' <<<"$stderr")" 2
	[[ ! -e $W/src/x && ! -e $W/src/sub/x ]] || die "written"
}

@test "lithos volumes: a file on a file" {
	echo settings >"$W/settings"
	touch "$I/etc/settings"
	paths "readonly-paths: {/s: $W/settings}"
	prints 'cat /etc/settings' <<-'END'
		volumes:
		  /etc/settings: !Readonly /s
	END
	out settings
}

@test "lithos volumes: persistent: written through, as it was found" {
	mkdir -m 0700 -p "$W/db/a/b"
	chown 7:8 "$W/db/a/b"
	paths "writable-paths: {/db: $W/db}"
	prints 'stat -c "%a %u:%g" /data; echo x >/data/file' <<-'END'
		volumes:
		  /data: !Persistent { path: /db/a/b, mkdir: true, mode: 0o755, user: 5, group: 6 }
	END
	out '700 7:8'
	is "$(cat "$W/db/a/b/file")" x
}

@test "lithos volumes: persistent: made with parents, owner and mode" {
	mkdir "$W/db"
	paths "writable-paths: {/db: $W/db}"
	prints 'stat -c "%a %u:%g" /data' <<-'END'
		volumes:
		  /data: !Persistent { path: /db/new/deep, mkdir: true, mode: 0o1750, user: 5, group: 6 }
	END
	out '1750 5:6'
	is "$(stat -c '%a %u:%g' "$W/db/new/deep")" '1750 5:6'
	is "$(stat -c '%u:%g' "$W/db/new")" 0:0
}

@test "lithos volumes: persistent: not there, and not to be made" {
	mkdir "$W/db"
	paths "writable-paths: {/db: $W/db}"
	script true <<-'END'
		volumes:
		  /data: !Persistent { path: /db/none }
	END
	try lb --launch --output "$LB" "$N"
	if [[ $status -eq 0 ]]; then
		fails 1 P run -b "$LB" "$C"
	fi
	err none
	[[ ! -e $W/db/none ]] || die "made"
}

@test "lithos volumes: owners through the sandbox's maps, as the container sees them" {
	mkdir "$W/db"
	paths "writable-paths: {/db: $W/db}" \
		"uid-map: [{inside: 0, outside: 100000, count: 65536}]" "gid-map: [{inside: 0, outside: 100000, count: 65536}]"
	chmod 0755 "$W" "$B"
	prints 'stat -c "%a %u:%g" /data; touch /data/x; stat -c "%u:%g" /data/x; cat /proc/self/uid_map' <<-'END'
		volumes:
		  /data: !Persistent { path: /db/new, mkdir: true, mode: 0o777, user: 5, group: 6 }
	END
	line '^777 5:6$'
	line '^0:0$'
	line '^ *0 +100000 +65536$'
	is "$(stat -c '%u:%g' "$W/db/new")" 100005:100006
	is "$(stat -c '%u:%g' "$W/db/new/x")" 100000:100000
}

@test "lithos volumes: owners through the container's maps" {
	mkdir "$W/db"
	paths "writable-paths: {/db: $W/db}"
	chmod 0755 "$W" "$B"
	prints 'stat -c "%u:%g" /data; id -u' <<-'END'
		user-id: 5
		group-id: 6
		uid-map: [{inside: 0, outside: 100000, count: 10}]
		gid-map: [{inside: 0, outside: 110000, count: 10}]
		volumes:
		  /data: !Persistent { path: /db/new, mkdir: true, user: 5, group: 6 }
	END
	line '^5:6$'
	line '^5$'
	is "$(stat -c '%u:%g' "$W/db/new")" 100005:110006
}

@test "lithos volumes: a link below the administrator's directory is not followed" {
	local how

	mkdir -p "$W/db/inner" "$W/outside"
	chmod 0700 "$W/outside"
	ln -s "$W/outside" "$W/db/link"
	ln -s ../../outside "$W/db/inner/up"
	paths "writable-paths: {/db: $W/db}" "readonly-paths: {/ro: $W/db}"
	for how in '!Persistent { path: /db/link, mkdir: true, mode: 0o777, user: 9 }' '!Persistent { path: /db/link }' \
		'!Persistent { path: /db/link/new, mkdir: true, user: 9 }' '!Persistent { path: /db/inner/up }' '!Readonly /ro/link'; do
		script 'ls /data' <<-END
			volumes:
			  /data: $how
		END
		rm -rf "$LB"
		try lb --launch --output "$LB" "$N"
		if [[ $status -eq 0 ]]; then
			try P run -b "$LB" "$C"
		fi
		[[ $status -ne 0 ]] || show "expected an error for $how"
	done
	is "$(stat -c '%a %u' "$W/outside")" '700 0'
	is "$(find "$W/outside" | wc -l)" 1
}

@test "lithos volumes: the administrator's own directory may be a link" {
	mkdir -p "$W/real/a"
	ln -s "$W/real" "$W/db"
	paths "writable-paths: {/db: $W/db}"
	prints 'echo x >/data/file' <<-'END'
		volumes:
		  /data: !Persistent { path: /db/a }
	END
	is "$(cat "$W/real/a/file")" x
}

@test "lithos volumes: the state directory: where it is, its modes" {
	prints 'stat -c "%n %a %u:%g" /state /more; echo x >/state/file' <<-'END'
		volumes:
		  /state: !Statedir
		  /more: !Statedir { path: /sub, mode: 0o750, user: 3, group: 4 }
	END
	line '^/state 1777 0:0$'
	line '^/more 750 3:4$'
	is "$(cat "$L/run/state/$N/file")" x
	is "$(stat -c '%a' "$L/run/state/$N")" 1777
	is "$(stat -c '%a %u:%g' "$L/run/state/$N/sub")" '750 3:4'
	# what it was changed to comes back
	chmod 0700 "$L/run/state/$N/sub"
	prints 'stat -c "%a" /more' <<-'END'
		volumes:
		  /more: !Statedir { path: /sub, mode: 0o750, user: 3, group: 4 }
	END
	out 750
}

@test "lithos volumes: hosts and resolv.conf of the state directory cannot be turned into something else" {
	echo precious >"$W/precious"
	mkdir -p "$L/run/state/$N"
	chmod 1777 "$L/run/state/$N"
	ln -s "$W/precious" "$L/run/state/$N/hosts"
	ln -s "$W/precious" "$L/run/state/$N/resolv.conf"
	script 'echo bad >/state/hosts; echo bad >/etc/hosts; cat /etc/hosts' <<-'END'
		hosts-file: { copy-from-host: false, public-hostname: false }
		volumes:
		  /state: !Statedir
	END
	try lb --launch --output "$LB" "$N"
	[[ $status -ne 0 ]] || try P run -b "$LB" "$C"
	is "$(cat "$W/precious")" precious
}

@test "lithos volumes: files of /etc that are links to the state directory" {
	ln -sf /state/hosts "$I/etc/hosts"
	ln -sf /state/resolv.conf "$I/etc/resolv.conf"
	prints 'cat /etc/hosts; grep -c . /etc/resolv.conf; echo bad >>/etc/hosts' <<-'END' || true
		hosts-file: { copy-from-host: false, public-hostname: false }
		volumes:
		  /state: !Statedir
	END
	line '^127.0.0.1 localhost.localdomain localhost$'
	is "$(tail -n 1 <<<"$output")" "$(grep -c . /etc/resolv.conf)"
	[[ $stderr == *"Read-only file system"* ]] || show "expected it to be read-only"
	is "$(stat -c %s "$L/run/state/$N/hosts")" 0 "what is on the host"
}

@test "lithos volumes: a directory that a container turned into a link is not followed at the next launch" {
	mkdir -p "$W/db" "$W/outside"
	chmod 0700 "$W/outside"
	paths "writable-paths: {/db: $W/db}"
	volumes='volumes: {/data: !Persistent { path: /db/mine/deep, mkdir: true, mode: 0o777, user: 9 }, /more: !Persistent { path: /db }}'
	prints 'rm -r /more/mine; ln -s ../outside /more/mine; ls -l /more' <<<"$volumes"
	rm -rf "$LB"
	refuses "symbolic link"
	is "$(stat -c '%a %u' "$W/outside")" '700 0'
	is "$(find "$W/outside" | wc -l)" 1
}

@test "lithos volumes: with maps /sys is there, read-only" {
	paths "uid-map: [{inside: 0, outside: 100000, count: 65536}]" "gid-map: [{inside: 0, outside: 100000, count: 65536}]"
	chmod 0755 "$W" "$B"
	prints 'ls /sys/class >/dev/null && echo there; cat /proc/self/mountinfo' <<<''
	line '^there$'
	[[ $(mounted /sys) == *" ro,nosuid,nodev,noexec"* ]] || die "$(mounted /sys)"
}

@test "lithos volumes: one within another, in the order of their length" {
	mkdir -p "$W/db/below"
	paths "writable-paths: {/db: $W/db}"
	prints 'cat /proc/self/mountinfo; touch /data/below/x' <<-'END'
		volumes:
		  /data/below: !Tmpfs { size: 1Mi }
		  /data: !Persistent { path: /db }
	END
	[[ $(mounted /data/below) == *tmpfs* ]] || die "$output"
	[[ ! -e $W/db/below/x ]] || die "the tmpfs is below"
}

@test "lithos volumes: mount points are not made in an image; what is missing is told" {
	script true <<-'END'
		volumes:
		  /nowhere/at/all: !Tmpfs
	END
	try lb --launch --output "$LB" "$N"
	if [[ $status -eq 0 ]]; then
		try P run -b "$LB" "$C"
	fi
	[[ $status -ne 0 ]] || show "expected an error"
	err /nowhere/at/all
	[[ ! -e $I/nowhere ]] || die "made in the image"
}

@test "lithos volumes: what cannot be mapped" {
	local bad

	paths "writable-paths: {/db: $W}"
	while IFS= read -r bad; do
		script true <<<"$(printf 'volumes:\n  %s\n' "${bad%% =>*}")"
		refuses "${bad##*=> }" web.yaml
	done <<-'END'
		/data: !Persistent { path: /dbx } => Can't find volume for "/dbx", probably missing entry in writable-paths
		/data: !Readonly /nope => probably missing entry in readonly-paths
		/data: !Persistent { path: /db/../.. } => ..
		/data: !Tmpfs { size: 100m } => number error: invalid digit
		/data: !Tmpfs { mode: 1777 } => Value must be at most 1023
		/data: /db => One of the tags
	END
}

# ---- images that are not what they seem ----

@test "lithos volumes: a mount point that is a link stays within the image" {
	mkdir "$W/outside"
	rmdir "$I/data"
	ln -s "$W/outside" "$I/data"
	ln -s /../../../../../../tmp "$I/up"
	script 'touch /data/x 2>/dev/null; touch /up/y; ls /tmp' <<-'END'
		volumes:
		  /up: !Tmpfs
	END
	try lb --launch --output "$LB" "$N"
	[[ $status -ne 0 ]] || try P run -b "$LB" "$C"
	[[ ! -e /tmp/y ]] || die "out of the image"
	script 'touch /data/x' <<-'END'
		volumes:
		  /data: !Tmpfs
	END
	rm -rf "$LB"
	try lb --launch --output "$LB" "$N"
	[[ $status -ne 0 ]] || try P run -b "$LB" "$C"
	is "$(find "$W/outside" | wc -l)" 1
}

@test "lithos volumes: /etc that is a link is left alone" {
	mkdir "$W/outside"
	echo host >"$W/outside/hosts"
	rm -rf "$I/etc"
	ln -s "$W/outside" "$I/etc"
	prints 'grep -c /etc/ /proc/self/mountinfo || true' <<<''
	out 0
	is "$(cat "$W/outside/hosts")" host
}
