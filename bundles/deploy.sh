#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later

# Puts an example into DIR, as an administrator would put his deployment onto a host: the configuration with @DIR@
# replaced, images of busybox, device nodes, keys.
#
#   deploy.sh EXAMPLE DIR        EXAMPLE is lithos-web, lithos-worker or lithos-bridged
#
# As root; lithos_mkdev is taken from the path, or from where LITHOS_MKDEV says.  RUNTIME_DIR is what @RUN@ becomes; it has
# to be in memory for lithos_tree, so the default is EXAMPLE in /run, or in /dev/shm where /run is on a disk.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
example=${1:?usage: deploy.sh EXAMPLE DIR}
dir=${2:?usage: deploy.sh EXAMPLE DIR}
memory=/run
[ "$(stat -f -c %T /run)" = tmpfs ] || memory=/dev/shm
run=${RUNTIME_DIR:-$memory/$example}
from=$here/$example

[ -e "$from/master.yaml" ] || { echo "deploy.sh: there is no example $example" >&2; exit 1; }
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
chmod 0755 "$dir"

fill_in() { # FILE...
	for file; do
		mkdir -p "$dir/$(dirname "$file")"
		sed "s|@DIR@|$dir|g; s|@RUN@|$run|g" "$from/$file" >"$dir/$file"
	done
}

make_image() { # NAME
	mkdir -p "$dir/images/$1"
	"$here/rootfs.sh" "$dir/images/$1"
	cp -R "$from/image/$1/." "$dir/images/$1/"
	for source in "$dir/images/$1"/bin/*.c; do
		[ -e "$source" ] || continue
		"${MUSL_GCC:-musl-gcc}" -static -Os -Wall -o "${source%.c}" "$source"
		rm "$source"
	done
}

cd "$from"
fill_in master.yaml sandboxes/*.yaml processes/*.yaml
# images stand as many directories deep as the sandbox says
for config in $(find image -type d -name config); do
	name=${config#image/}
	make_image "${name%/config}"
done
mkdir -p "$run" "$dir/log/config" "$dir/log/stderr" "$dir/data" "$dir/dev"
[ -e "$dir/dev/null" ] || "${LITHOS_MKDEV:-lithos_mkdev}" "$dir/dev" >/dev/null 2>&1 || {
	echo "deploy.sh: lithos_mkdev failed in $dir/dev" >&2
	exit 1
}
[ ! -d data ] || cp -R data/. "$dir/data/"
if [ -d keys ]; then
	mkdir -p "$dir/keys"
	cp keys/* "$dir/keys/"
	chmod 0700 "$dir/keys"
	chmod 0600 "$dir/keys"/*
fi
echo "$dir/master.yaml"
