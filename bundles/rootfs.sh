#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later

# Makes a root file system of busybox alone in DIR, with the directories that a container needs.
#
#   rootfs.sh DIR

set -eu

dir=${1:?usage: rootfs.sh DIR}
busybox=$(command -v busybox) || { echo 'rootfs.sh: busybox is needed (package busybox-static)' >&2; exit 1; }
mkdir -p "$dir/bin" "$dir/config" "$dir/dev" "$dir/etc" "$dir/proc" "$dir/state" "$dir/sys" "$dir/tmp" "$dir/var"
cp "$busybox" "$dir/bin/busybox"
# its own shell needs no new program for each
(cd "$dir/bin" && ./busybox sh -c 'for i in $(./busybox --list); do [ -e "$i" ] || ln -s busybox "$i"; done')
printf 'root:x:0:0:root:/:/bin/sh\nservice:x:1000:1000:service:/:/bin/sh\n' >"$dir/etc/passwd"
printf 'root:x:0:\nservice:x:1000:\n' >"$dir/etc/group"
# generated ones are mounted over these
: >"$dir/etc/hosts"
: >"$dir/etc/resolv.conf"
