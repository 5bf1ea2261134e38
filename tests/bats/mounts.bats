#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

# The mountinfo line of a mount point, from the last run's output.
mount_at() {
	awk -v p="$1" '$5 == p { l = $0 } END { print l }' "$W/out"
}

# options of the mount itself; of the file system; propagation
vfs_options() {
	mount_at "$1" | awk '{ print $6 }'
}

super_options() {
	mount_at "$1" | sed 's/.* - //' | awk '{ print $3 }'
}

propagation() {
	mount_at "$1" | sed 's/ - .*//' | awk '{ for (i = 7; i <= NF; i++) printf "%s ", $i }'
}

has() {
	[[ ,$1, == *,$2,* ]] || die "expected $2 in $1"
}

hasnt() {
	[[ ,$1, != *,$2,* ]] || die "expected no $2 in $1"
}

mountinfo() {
	args cat /proc/self/mountinfo
	run_it
}

# A source with a mount below it: $W/src (tmpfs) and $W/src/sub (tmpfs).
tree() {
	mkdir "$W/src"
	mount -t tmpfs top "$W/src"
	mkdir "$W/src/sub"
	mount -t tmpfs below "$W/src/sub"
	touch "$W/src/file" "$W/src/sub/file"
	mount --make-rprivate "$W/src"
}

end() {
	umount -R "$W/src" 2>/dev/null || true
}

add_mount() {
	cfg --arg d "$1" --arg t "$2" --arg s "$3" --arg o "$4" '.mounts += [
		{destination: $d, type: $t, source: $s, options: ($o | split(","))}]'
}

@test "mounts: those of the default configuration" {
	mountinfo
	for m in /proc /dev /dev/pts /dev/shm /dev/mqueue /sys /sys/fs/cgroup; do
		[[ -n $(mount_at $m) ]] || die "no mount at $m"
	done
	has "$(vfs_options /sys)" ro
	has "$(vfs_options /dev)" nosuid
	has "$(super_options /dev)" mode=755
	has "$(vfs_options /dev/pts)" noexec
	has "$(super_options /dev/pts)" ptmxmode=666
	line ' /proc rw.* - proc '
	line ' /dev/mqueue .* - mqueue '
	line ' /dev/shm .* - tmpfs '
}

@test "mounts: nothing of the host's tree is left" {
	mountinfo
	is "$(awk '$5 == "/" { n++ } END { print n }' "$W/out")" 1 "root mounts"
	no_line ' /tmp/cist-bats[^ ]* /tmp'
	no_line ' /boot| /run/lock'
}

@test "mounts: bind, of a directory and of a file, making the places" {
	mkdir "$W/dir"
	echo in-dir >"$W/dir/f"
	echo in-file >"$W/one"
	add_mount /made/here bind "$W/dir" rbind,rw
	add_mount /made/file bind "$W/one" bind,ro
	inside 'cat /made/here/f /made/file; touch /made/here/new && echo written; echo x >/made/file; true'
	line in-dir
	line in-file
	line written
	[[ -e $W/dir/new ]]
	is "$(cat "$W/one")" in-file
}

@test "mounts: type none and no type at all are bind mounts when the options say so" {
	mkdir "$W/dir"
	add_mount /a none "$W/dir" bind
	cfg --arg s "$W/dir" '.mounts += [{destination: "/b", source: $s, options: ["bind"]}]'
	mountinfo
	[[ -n $(mount_at /a) && -n $(mount_at /b) ]]
}

@test "mounts: a relative source is relative to the bundle" {
	mkdir "$B/shared"
	touch "$B/shared/f"
	add_mount /m bind shared bind
	args ls /m
	run_it
	out f
}

@test "mounts: a relative destination is below the root" {
	mkdir "$W/dir"
	add_mount rel/place bind "$W/dir" bind
	mountinfo
	[[ -n $(mount_at /rel/place) ]]
}

@test "mounts: flags of a tmpfs, one by one" {
	i=0
	while read -r option want; do
		add_mount "/m$i" tmpfs tmpfs "$option"
		echo "/m$i $want" >>"$W/want"
		i=$((i + 1))
	done <<-'END'
		nosuid nosuid
		nodev nodev
		noexec noexec
		ro ro
		noatime noatime
		nodiratime nodiratime
		relatime relatime
		nosymfollow nosymfollow
		rw rw
	END
	mountinfo
	while read -r place want; do
		has "$(vfs_options "$place")" "$want"
	done <"$W/want"
}

@test "mounts: strictatime" {
	add_mount /m tmpfs tmpfs strictatime
	mountinfo
	hasnt "$(vfs_options /m)" relatime
	hasnt "$(vfs_options /m)" noatime
}

@test "mounts: the later option wins" {
	add_mount /a tmpfs tmpfs nosuid,suid,nodev,dev,ro,rw,noexec,exec
	add_mount /b tmpfs tmpfs suid,nosuid,rw,ro
	mountinfo
	for o in nosuid nodev noexec ro; do
		hasnt "$(vfs_options /a)" $o
	done
	has "$(vfs_options /b)" nosuid
	has "$(vfs_options /b)" ro
}

@test "mounts: file system options go to the file system" {
	add_mount /m tmpfs tmpfs size=64k,mode=1711,nr_inodes=50,uid=5,gid=6
	sh_args 'cat /proc/self/mountinfo; stat -c "%a %u %g" /m'
	run_it
	has "$(super_options /m)" size=64k
	has "$(super_options /m)" nr_inodes=50
	line '^1711 5 6$'
}

@test "mounts: options that only matter to mount(8) are no error" {
	add_mount /m tmpfs tmpfs defaults,silent,loud
	mountinfo
	[[ -n $(mount_at /m) ]]
}

@test "mounts: an option that nobody knows is an error that names it" {
	add_mount /m tmpfs tmpfs frobnicate=3
	refused
	err /m
}

@test "mounts: bind leaves out what is below, rbind takes it" {
	tree
	add_mount /one bind "$W/src" bind
	add_mount /all bind "$W/src" rbind
	inside 'ls /one/sub /all/sub; cat /proc/self/mountinfo'
	is "$(grep -c '^file$' "$W/out")" 1
	[[ -n $(mount_at /all/sub) && -z $(mount_at /one/sub) ]]
}

@test "mounts: flags of a bind mount need no second entry, and spare the source" {
	tree
	add_mount /m bind "$W/src" rbind,ro,nosuid,nodev,noexec
	mountinfo
	for o in ro nosuid nodev noexec; do
		has "$(vfs_options /m)" $o
		hasnt "$(vfs_options /m/sub)" $o
	done
	touch "$W/src/still-writable"
}

@test "mounts: in a user namespace a bind mount keeps the flags its source has" {
	with_userns
	mkdir "$W/src"
	mount -t tmpfs -o nosuid,nodev,noexec top "$W/src"
	add_mount /m bind "$W/src" bind,ro
	mountinfo
	for o in ro nosuid nodev noexec; do
		has "$(vfs_options /m)" $o
	done
}

@test "mounts: recursive flags reach what is below" {
	tree
	add_mount /m bind "$W/src" rbind,rro,rnosuid,rnodev,rnoexec,rnoatime
	mountinfo
	for at in /m /m/sub; do
		for o in ro nosuid nodev noexec noatime; do
			has "$(vfs_options $at)" $o
		done
	done
	touch "$W/src/sub/still-writable"
}

@test "mounts: recursive flags that take away" {
	mkdir "$W/src"
	mount -t tmpfs -o nosuid,nodev,noexec,ro top "$W/src"
	add_mount /m bind "$W/src" rbind,rsuid,rdev,rexec,rrw
	mountinfo
	for o in nosuid nodev noexec ro; do
		hasnt "$(vfs_options /m)" $o
	done
}

@test "mounts: rnosymfollow and rrelatime" {
	tree
	add_mount /m bind "$W/src" rbind,rnosymfollow,rrelatime
	mountinfo
	has "$(vfs_options /m/sub)" nosymfollow
	has "$(vfs_options /m/sub)" relatime
}

@test "mounts: propagation of a mount" {
	tree
	mount --make-rshared "$W/src"
	for p in private shared slave unbindable rprivate rshared rslave runbindable; do
		add_mount "/$p" bind "$W/src" "rbind,$p"
	done
	mountinfo
	[[ $(propagation /private) != *shared* && $(propagation /private) != *master* ]]
	[[ $(propagation /shared) == *shared:* ]]
	[[ $(propagation /slave) == *master:* ]]
	[[ $(propagation /unbindable) == *unbindable* ]]
	[[ $(propagation /rshared/sub) == *shared:* ]]
	[[ $(propagation /rslave/sub) == *master:* ]]
	[[ $(propagation /rprivate/sub) != *master:* && $(propagation /rprivate/sub) != *shared:* ]]
	[[ $(propagation /runbindable/sub) == *unbindable* ]]
}

@test "mounts: a slave sees what the host mounts later" {
	mkdir "$W/src"
	mount -t tmpfs top "$W/src"
	mount --make-shared "$W/src"
	mkdir "$W/src/later"
	add_mount /m bind "$W/src" rbind,rslave
	running
	mount -t tmpfs late "$W/src/later"
	touch "$W/src/later/seen"
	ok P exec "$C" ls /m/later
	out seen
	quiet P delete --force "$C"
}

@test "mounts: rootfsPropagation" {
	for p in private slave shared unbindable rprivate rslave rshared runbindable; do
		cfg --arg p $p '.linux.rootfsPropagation = $p'
		mountinfo
		case $p in
		private | rprivate) [[ $(propagation /) != *shared* && $(propagation /) != *master* ]] ;;
		shared | rshared) [[ $(propagation /) == *shared:* ]] ;;
		unbindable | runbindable) [[ $(propagation /) == *unbindable* ]] ;;
		esac
	done
}

@test "mounts: nothing a container mounts reaches the host" {
	cfg '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	sh_args 'mount -t tmpfs x /tmp && touch /tmp/inner; sleep 1000'
	running
	wait_inner() {
		[[ -e /proc/$(pid_of "$C")/root/tmp/inner ]]
	}
	until_true wait_inner
	[[ ! -e $B/rootfs/tmp/inner ]] || die "visible on the host"
	is "$(our_mounts)" ""
}

# As on a host whose /dev is shared, which is every one with systemd.
shared_host() {
	unshare -m sh -c 'mount --make-rshared / && "$@"' sh "$@"
}

@test "mounts: the host's nodes, bound or over masked files, are no peers of the host's" {
	with_userns
	cfg '.linux.maskedPaths = ["/proc/keys"]'
	args cat /proc/self/mountinfo
	ok shared_host "$CIST" --root "$R" run -b "$B" "$C"
	for place in /dev/null /dev/zero /proc/keys; do
		[[ -n $(mount_at $place) ]] || show "expected a mount on $place"
		[[ $(propagation $place) != *shared* ]] || show "$place is shared with the host"
	done
}

@test "mounts: the container's cgroup mounts are not the host's, not even with rootfsPropagation shared" {
	cfg '.linux.rootfsPropagation = "rshared" | .process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	sh_args 'for d in /sys/fs/cgroup/* /sys/fs/cgroup; do
		[ ! -d $d ] || mount -t tmpfs inner $d && echo mounted; done'
	ok shared_host sh -c '"$@" && awk '\''/ - tmpfs inner / { print "host: " $5 }'\'' /proc/self/mountinfo' sh \
		"$CIST" --root "$R" run -b "$B" "$C"
	line '^mounted$'
	no_line '^host:'
}

@test "mounts: tmpcopyup fills a tmpfs from the image" {
	mkdir -p "$B/rootfs/data/deep"
	echo text >"$B/rootfs/data/deep/f"
	ln -s deep/f "$B/rootfs/data/link"
	chmod 0666 "$B/rootfs/data/deep/f"
	chown 5:6 "$B/rootfs/data/deep/f"
	chmod 0751 "$B/rootfs/data"
	add_mount /data tmpfs tmpfs tmpcopyup,size=1m
	inside 'cat /data/link; stat -c "%a %u %g" /data/deep/f; echo changed >/data/deep/f; grep " /data " /proc/self/mountinfo'
	line '^text$'
	line '^666 5 6$'
	line ' - tmpfs '
	is "$(cat "$B/rootfs/data/deep/f")" text "the image"
}

@test "mounts: masked paths, files and directories, and ones that are not there" {
	mkdir "$B/rootfs/secrets"
	echo hidden | tee "$B/rootfs/secrets/f" >"$B/rootfs/secret"
	cfg '.linux.maskedPaths += ["/secret", "/secrets", "/none/such"]'
	inside 'wc -c </secret; ls -A /secrets | wc -l; touch /secrets/x 2>/dev/null || echo denied; cat /proc/kcore | wc -c'
	is "$(tr '\n' ' ' <"$W/out")" "0 0 denied 0 "
}

@test "mounts: read-only paths, and ones that are not there" {
	mkdir "$B/rootfs/fixed"
	cfg '.linux.readonlyPaths += ["/fixed", "/etc/passwd", "/none/such"]'
	inside 'touch /fixed/x 2>/dev/null || echo 1; echo >>/etc/passwd || echo 2; echo 1 >/proc/sys/kernel/printk || echo 3'
	is "$(tr '\n' ' ' <"$W/out" | tr -dc '0-9 ')" "1 2 3 "
}

@test "mounts: devpts of the container's own, proc of its PID namespace" {
	inside 'ls /dev/pts; ls -d /proc/[0-9]* | wc -l'
	line '^ptmx$'
	[[ $(tail -1 "$W/out") -le 4 ]]
}

@test "mounts: sysfs read-only shows the container's network only" {
	inside 'ls /sys/class/net; touch /sys/x 2>/dev/null || echo denied'
	line denied
}

@test "mounts: links in the root stay in the root" {
	mkdir "$W/outside"
	ln -s "$W/outside" "$B/rootfs/absolute"
	ln -s ../../../../../../../../"$W/outside" "$B/rootfs/relative"
	add_mount /absolute/a tmpfs tmpfs nosuid
	add_mount /relative/b tmpfs tmpfs nosuid
	mkdir "$W/dir"
	add_mount /absolute/c bind "$W/dir" bind
	args true
	try P run -b "$B" "$C"
	is "$(ls -A "$W/outside")" "" "made on the host"
	nothing_left
}

@test "mounts: a link where /proc belongs is refused" {
	rm -r "$B/rootfs/proc"
	mkdir "$B/rootfs/elsewhere"
	ln -s elsewhere "$B/rootfs/proc"
	refused
}

@test "mounts: a destination that climbs out stays below the root" {
	mkdir "$W/dir"
	add_mount /../../../../climbed bind "$W/dir" bind
	mountinfo
	[[ -n $(mount_at /climbed) ]]
}

@test "mounts: overlay with layers" {
	mkdir "$W/lower" "$W/upper" "$W/work"
	echo low >"$W/lower/f"
	add_mount /o overlay overlay "lowerdir=$W/lower,upperdir=$W/upper,workdir=$W/work"
	inside 'cat /o/f; echo high >/o/g'
	out low
	is "$(cat "$W/upper/g")" high
}

@test "mounts: forty of them" {
	mkdir "$W/dir"
	cfg --arg s "$W/dir" '.mounts += [range(40) | {destination: "/m/\(.)", type: "bind", source: $s, options: ["rbind", "rprivate", "ro"]}]'
	mountinfo
	is "$(grep -c ' /m/' "$W/out")" 40
}

@test "mounts: a mount on top of the root's file in order of the list" {
	echo first >"$W/1"
	echo second >"$W/2"
	add_mount /etc/passwd bind "$W/1" bind
	add_mount /etc/passwd bind "$W/2" bind
	args cat /etc/passwd
	run_it
	out second
}

@test "mounts: cgroup shows the container's own, read-only" {
	inside 'cat /proc/self/cgroup; for f in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/pids/cgroup.procs; do [ -e $f ] && cat $f; done; mkdir /sys/fs/cgroup/pids/x /sys/fs/cgroup/x 2>&1; true'
	line '^1$'
	line 'Read-only|Permission|can.t create'
}

@test "mounts: remount changes the file system of an earlier entry, and its attributes" {
	add_mount /m tmpfs tmpfs size=64k
	add_mount /m none none remount,size=128k,nosuid
	mountinfo
	has "$(super_options /m)" size=128k
	has "$(vfs_options /m)" nosuid
}

@test "mounts: remount never changes a file system of the host" {
	mkdir "$W/src"
	mount -t tmpfs -o size=64k top "$W/src"
	add_mount /m bind "$W/src" bind
	add_mount /m none none remount,size=128k
	fails 1 P create -b "$B" "$C"
	err "mounts[" /m '"size" with "remount"'
	grep -q " $W/src .*size=64k" /proc/self/mountinfo
	cfg '.mounts[-1].options = ["remount", "ro"]'
	mountinfo
	has "$(vfs_options /m)" ro
	touch "$W/src/still-writable"
}

@test "mounts: copy-symlink makes the link, src-nofollow and dest-nofollow mount on links themselves" {
	echo target >"$W/target"
	ln -s target "$W/link"
	mkdir "$B/rootfs/place"
	ln -s nowhere "$B/rootfs/dangling"
	add_mount /place/copy bind "$W/link" bind,copy-symlink
	add_mount /place/file bind "$W/target" bind,copy-symlink
	add_mount /dangling bind "$W/link" bind,src-nofollow,dest-nofollow
	inside 'readlink /place/copy; cat /place/file; readlink /dangling; grep -c " /dangling " /proc/self/mountinfo'
	out $'target\ntarget\ntarget\n1'
	is "$(readlink "$B/rootfs/dangling")" nowhere
}

@test "mounts: linux.mountLabel wants SELinux" {
	[[ ! -e /sys/fs/selinux/enforce ]] || skip "SELinux is enabled here"
	cfg '.linux.mountLabel = "system_u:object_r:container_file_t:s0"'
	refused
	err "linux.mountLabel" "SELinux is not enabled"
	cfg '.linux.mountLabel = "" | .annotations = {"run.oci.mount_context_type": "fscontext"}'
	args true
	run_it
	cfg '.annotations = {"run.oci.mount_context_type": "anything"}'
	refused
	err "run.oci.mount_context_type" '"anything"'
}
