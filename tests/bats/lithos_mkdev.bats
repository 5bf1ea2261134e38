#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# lithos_mkdev: once, again, and where something else stands in the way.

bats_require_minimum_version 1.5.0

top_srcdir=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
mkdev=${LITHOS_MKDEV:-$top_srcdir/src/cmd/lithos/lithos_mkdev}

setup() {
	[[ $EUID -eq 0 ]] || skip "needs root, to make devices"
	cd "$BATS_TEST_TMPDIR" || return 1
	mknod probe c 1 3 || skip "devices cannot be made here"
	rm probe
}

listing() {
	(cd "$1" && find . -printf '%P %y %m|%l\n' | sort && stat -c '%n %t:%T' null zero full random urandom tty)
}

refused() {
	local text=$1

	run --separate-stderr "$mkdev" dev
	echo "$stderr"
	[[ $status -eq 1 && $stderr == *"$text"* ]]
}

@test "lithos_mkdev: makes all, tells what it does, and works" {
	umask 077
	run --separate-stderr "$mkdev" new/dev
	[[ $status -eq 0 && -z $output && $stderr == *"+ mknod -m 666 new/dev/null c 1 3"* ]]
	chmod 0755 new
	diff <(listing new/dev) - <<-'END'
		 d 755|
		fd l 777|/proc/self/fd
		full c 666|
		null c 666|
		ptmx l 777|pts/ptmx
		pts d 755|
		random c 666|
		shm d 755|
		stderr l 777|/proc/self/fd/2
		stdin l 777|/proc/self/fd/0
		stdout l 777|/proc/self/fd/1
		tty c 666|
		urandom c 666|
		zero c 666|
		null 1:3
		zero 1:5
		full 1:7
		random 1:8
		urandom 1:9
		tty 5:0
	END
}

@test "lithos_mkdev: again, and after half of it" {
	"$mkdev" dev
	listing dev >before
	run --separate-stderr "$mkdev" dev
	[[ $status -eq 0 && -z $output && -z $stderr ]]
	listing dev | diff before -
	rm -r dev/null dev/pts dev/ptmx dev/stderr
	chmod 600 dev/tty
	"$mkdev" dev
	listing dev | diff before -
	echo keep >dev/extra
	"$mkdev" dev
	[[ $(<dev/extra) == keep ]]
}

@test "lithos_mkdev: what stands in the way is told and kept" {
	mkdir dev
	echo precious >file
	ln -s ../file dev/null
	refused "dev/null is a symbolic link, not a device"
	[[ $(<file) == precious && $(stat -c %a file) == 644 && -L dev/null ]]
	rm dev/null
	ln -s nowhere dev/null
	refused "dev/null is a symbolic link, not a device"
	[[ -L dev/null && ! -e dev/nowhere ]]
	rm dev/null
	echo precious >dev/null
	refused "dev/null is not a character device"
	[[ $(<dev/null) == precious ]]
	rm dev/null
	mknod -m 600 dev/null c 1 5
	refused "dev/null is another device than 1:3"
	[[ $(stat -c '%a %t:%T' dev/null) == "600 1:5" ]]
	rm dev/null
	mknod dev/null b 1 3
	refused "dev/null is not a character device"
	rm dev/null
	ln -s ../elsewhere dev/pts
	mkdir elsewhere
	refused "dev/pts is a symbolic link, not a directory"
	rm dev/pts
	ln -s /dev/ptmx dev/ptmx
	refused "dev/ptmx leads to /dev/ptmx, not to pts/ptmx"
	rm dev/ptmx
	echo precious >dev/stdin
	refused "dev/stdin is not a symbolic link"
	rm dev/stdin
	"$mkdev" dev
}

@test "lithos_mkdev: names that a shell could trip over" {
	mkdir ./-p
	for dir in "with blank" 'a*b' -p; do
		"$mkdev" "$dir"
		[[ -c ./$dir/null && -L ./$dir/fd ]]
	done
	ln -s elsewhere link
	run "$mkdev" link
	[[ $status -eq 1 ]]
}

@test "lithos_mkdev: ends at the first thing that fails" {
	mkdir dev
	touch dev/shm
	run --separate-stderr "$mkdev" dev
	[[ $status -eq 1 && $stderr == *"failed: mkdir dev/shm"* && ! -e dev/ptmx ]]
}

@test "lithos_mkdev: words" {
	run --separate-stderr "$mkdev"
	[[ $status -eq 1 && -z $output && $stderr == "usage: lithos_mkdev DIR" ]]
	run --separate-stderr "$mkdev" ''
	[[ $status -eq 1 ]]
	run --separate-stderr "$mkdev" a b
	[[ $status -eq 1 && ! -e a ]]
}
