#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later

# Includes point down: every "folder/file.h" that a folder includes is a pair that this list allows
# (docs/architecture.md draws it).

. "$(dirname "${BASH_SOURCE[0]}")/report.bash"

allowed='
libocispec:
base:
sys: base
ns: base sys libocispec
mnt: base sys libocispec
cgroup: base sys libocispec
seccomp: base sys libocispec
priv: base sys libocispec
console: base sys libocispec
hook: base sys libocispec
net: base sys libocispec
listen: base sys libocispec
lsm: base sys libocispec
systemd: base sys
rdt: base sys libocispec
state: base sys libocispec cgroup rdt net
doctor: base sys libocispec ns cgroup
init: base sys ns mnt seccomp priv console hook listen lsm net
lithos: base sys
secret: base sys
translate: base sys libocispec lithos secret
supervise: base sys libocispec lithos translate
runtime: base sys libocispec ns mnt cgroup seccomp priv console hook listen lsm rdt state doctor init systemd net
cmd: base sys
cmd/cist: cmd base sys state runtime libocispec
cmd/lithos: cmd base sys libocispec lithos secret translate supervise
'

# folder_of FILE: a program below cmd/ has a row of its own: none includes another's headers.
folder_of() {
	[[ $1 == cmd/*/* ]] && folder=${1%/*} || folder=${1%%/*}
}

declare -A may
while IFS=: read -r folder others; do
	[[ -z $folder ]] || may[$folder]=" $others "
done <<<"$allowed"

mapfile -t files < <(sources | grep '\.[ch]$')
for file in "${files[@]}"; do
	looked
	folder_of "${file#src/}"
	[[ -n ${may[$folder]-} ]] || finding "$file" "folder $folder is not in the list of layers"
done
while IFS=: read -r file number text; do
	folder_of "${file#src/}"
	from=$folder
	path=${text#*\"}
	path=${path%%\"*}
	folder_of "$path"
	[[ $path == */* || $path == build_id.h ]] || finding "$file:$number" "include \"$path\" must name its folder"
	[[ $path != */* || $folder == "$from" || ${may[$from]-} == *" $folder "* ]] ||
		finding "$file:$number" "$from may not include $folder"
done < <(grep -Hn '^#include "' "${files[@]}")

# The files that cist-init is made of.
init_sources() {
	local fragment

	for fragment in src/*/module.am; do
		awk '/^init_sources/ { on = 1 } on { print } !/\\$/ { on = 0 }' "$fragment" |
			grep -o '%reldir%/[a-z_0-9]*\.c' | sed "s|%reldir%|${fragment%/module.am}|"
	done
}

heap='#include <(stdlib|locale|pwd|grp|dlfcn|pthread|malloc)\.h>|\b(malloc|calloc|realloc|free|[fds]?n?printf|fopen|puts)\('
while read -r file; do
	looked
	findings_from < <(grep -nE "$heap" "$file" | sed "s|^\([0-9]*\):.*|$file:\1: cist-init has no heap and no stdio|")
done < <(init_sources)

tidy_end
