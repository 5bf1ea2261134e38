# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# What every .bats file here shares: a root file system, a bundle per test, calls of the runtime
# under test with checks of what they print, polling, cleaning up, and proof that nothing is left.
#
#   CIST           the runtime under test; default $top_builddir/cist. Any drop-in works.
#   top_builddir   where the tree was built; default: build/ of the source tree
#   SLOW           by how much everything waits longer than usual; default 1
#
# A file loads this and writes tests; hooks it may define: begin_file, end_file, begin, end.
# Names a test uses: $T directory of the file, $R value of --root, $B bundle, $C container id.

bats_require_minimum_version 1.5.0

top_srcdir=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
top_builddir=${top_builddir:-$top_srcdir/build}
SLOW=${SLOW:-1}
CIST=$(command -v "${CIST:-$top_builddir/cist}" || true)
TOOLS=${CIST_TOOLS:-$top_builddir/tests/tools}
PATH=$PATH:/usr/sbin:/sbin

begin_file() { :; }
end_file() { :; }
begin() { :; }
end() { :; }

# ---- life of a file and of a test -----------------------------------------------------------

setup_file() {
	[[ -x $CIST ]] || die "no runtime to test: ${CIST:-cist} (build first, or set CIST)"
	[[ -x $TOOLS/probe ]] || die "no test tools in $TOOLS (run: make check)"
	T=$(mktemp -d "${TMPDIR:-/tmp}/cist-bats.XXXXXX")
	chmod 0755 "$T"
	export T R=$T/root MARK=${T##*.}
	mkdir -p "$R" "$T/spec"
	make_rootfs "$T/rootfs.template"
	"$CIST" spec --bundle "$T/spec" 3>&-
	jq '.process.terminal = false | .root.readonly = false
	    | .process.args = ["sleep", "1000"]' "$T/spec/config.json" >"$T/spec/usual.json"
	begin_file
}

teardown_file() {
	local left

	end_file
	[[ -n ${T-} ]] || return 0
	left=$(leftovers)
	[[ -z $left ]] || sweep
	rm -rf --one-file-system "$T"
	[[ -z $left && ! -e $T ]] || die "left behind by $BATS_TEST_FILENAME:" "$left"
}

setup() {
	W=$T/w$BATS_TEST_NUMBER
	C=c$MARK-$BATS_TEST_NUMBER
	mkdir -p "$W"
	bundle "$W/b"
	begin
}

# Ends everything that the test started. What a correct runtime should have removed itself, and
# did not, fails the test here, so that the report names the test at fault.
teardown() {
	local dir left pid since

	end
	while read -r pid since; do
		[[ -z $since || $(began "$pid") != "$since" ]] || kill -KILL "$pid" 2>/dev/null || true
	done < <(cat "$W/pids" 2>/dev/null)
	for dir in "$R"/*/; do
		[[ -d $dir ]] || continue
		dir=${dir%/}
		"$CIST" --root "$R" delete --force "${dir##*/}" 3>&- || true
	done
	LIMIT=3 until_true no_leftovers || {
		left=$(leftovers)
		sweep
		remove_parent_cgroups
		die "left behind:" "$left"
	}
	remove_parent_cgroups
	rm -rf --one-file-system "$W" "$R"
	mkdir -p "$R"
}

die() {
	printf '%s\n' "$@" >&2
	return 1
}

# Starts a helper program in the background; teardown kills it.
background() {
	"$@" 3>&- &
	BG=$!
	also_kill "$BG"
}

# Waits for these only: a bare "wait" would also wait for what bats itself has in the background.
wait_for() {
	local pid

	for pid in "$@"; do
		wait "$pid" || true
	done
}

# When a process began: where the numbers of processes are few, another one has its number soon after it.
began() {
	local line words

	read -r line 2>/dev/null <"/proc/$1/stat" || return 0
	# the name, in parentheses, may have blanks; field 22 is the 20th after it
	read -ra words <<<"${line##*) }"
	echo "${words[19]}"
}

also_kill() {
	local pid

	for pid in "$@"; do
		echo "$pid $(began "$pid")" >>"$W/pids"
	done
}

# ---- leaks ----------------------------------------------------------------------------------

# Directories of ours in any hierarchy: container ids carry the mark of the file. Names that begin
# with p and the mark are parents in a cgroupsPath; a runtime makes those, and leaves them.
our_cgroups() {
	: "${MARK:?}"
	find /sys/fs/cgroup -depth -type d -name "*$MARK*" ! -name "p$MARK*" 2>/dev/null
}

remove_parent_cgroups() {
	find /sys/fs/cgroup -type d -name "p$MARK*" 2>/dev/null | while read -r p; do
		find "$p" -depth -type d -exec rmdir {} \; 2>/dev/null
	done
}

# Processes that sit in a container of ours (their mount table shows our directory as a root) or
# were called with it. A mount of ours that a test which failed has left on the host is in the
# table of every process of the host: those in our own mount namespace are not meant by that.
our_processes() {
	local p host ns

	# an empty word would find everybody, and what is found is killed
	: "${T:?}" "${R:?}"
	host=$(readlink /proc/self/ns/mnt)
	{
		for p in $(grep -ls "$T/" /proc/[0-9]*/mountinfo); do
			ns=$(readlink "${p%/*}/ns/mnt") || continue
			[[ $ns == "$host" ]] || echo "${p%/*}"
		done
		for p in $(grep -ls -- "$R" /proc/[0-9]*/cmdline); do
			echo "${p%/*}"
		done
	} | sed 's,^/proc/,,' | sort -un | grep -vxE "$$|$BASHPID|${BG_KEEP:-0}"
}

our_mounts() {
	awk -v t="$T/" 'index($5, t) == 1 { print $5 }' /proc/self/mountinfo | tac
}

leftovers() {
	local p

	for p in $(our_processes); do
		echo "process $p: $({ tr '\0' ' ' <"/proc/$p/cmdline"; grep State: "/proc/$p/status"; } 2>/dev/null)"
	done
	our_mounts | sed 's/^/mount /'
	our_cgroups | sed 's/^/cgroup /'
	find "$R" -mindepth 1 2>/dev/null | sed 's/^/file /'
}

no_leftovers() {
	[[ -z $(leftovers) ]]
}

sweep() {
	local p

	for p in $(our_processes); do
		kill -KILL "$p" 2>/dev/null
	done
	our_cgroups | while read -r p; do
		[[ -e $p/cgroup.freeze ]] && echo 0 >"$p/cgroup.freeze"
		[[ -e $p/freezer.state ]] && echo THAWED >"$p/freezer.state"
		xargs -r kill -KILL <"$p/cgroup.procs" 2>/dev/null
	done
	sleep 0.2
	our_mounts | while read -r p; do
		umount -l "$p"
	done
	our_cgroups | while read -r p; do
		rmdir "$p"
	done
	rm -rf --one-file-system "$R"
} 2>/dev/null

# ---- root file system and bundles -----------------------------------------------------------

make_rootfs() {
	local dir=$1

	mkdir -p "$dir"/{bin,dev,etc,proc,root,sys,tmp,usr/lib,var,home/user}
	chmod 1777 "$dir/tmp"
	cp "$(command -v busybox)" "$dir/bin/busybox"
	# its own shell needs no new program for each; each test has a copy, in which a link of this kind costs a twentieth
	(cd "$dir/bin" && ./busybox sh -c 'for i in $(./busybox --list); do [ -e "$i" ] || ln busybox "$i"; done')
	cp "$TOOLS/probe" "$dir/bin/probe"
	cat >"$dir/etc/passwd" <<-END
		root:x:0:0:root:/root:/bin/sh
		user:x:1000:1000:user:/home/user:/bin/sh
	END
	printf 'root:x:0:\nuser:x:1000:\n' >"$dir/etc/group"
	head -c 64 /dev/zero | tr '\0' '\377' >"$dir/bin/garbage"
	printf '#!/no/such/interpreter\n' >"$dir/bin/orphan-script"
	chmod 0755 "$dir/bin/garbage" "$dir/bin/orphan-script"
	chown 1000:1000 "$dir/home/user"
}

# Makes $B: own copy of the root, the runtime's default configuration without terminal, writable
# root, and a program that waits.
bundle() {
	B=$1
	mkdir -p "$B"
	cp -a "$T/rootfs.template" "$B/rootfs"
	cp "$T/spec/usual.json" "$B/config.json"
}

# Edits the bundle's configuration: cfg [jq options] FILTER
cfg() {
	jq "$@" <"$B/config.json" >"$B/.config.json"
	mv "$B/.config.json" "$B/config.json"
}

# Sets the program: args WORD...
args() {
	jq '.process.args = $ARGS.positional' "$B/config.json" --args -- "$@" >"$B/.config.json"
	mv "$B/.config.json" "$B/config.json"
}

sh_args() {
	args sh -c "$1"
}

# Makes the bundle's user namespace: root inside is 100000 outside.
with_userns() {
	cfg '.linux.namespaces += [{"type": "user"}]
	     | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
	     | .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$B/rootfs"
}

# ---- calls and checks -----------------------------------------------------------------------

P() {
	"$CIST" --root "$R" "$@"
}

# Runs a command; leaves $status, $output, $stderr. Through files, not pipes: containers keep the
# descriptors and a pipe would only end with them. Standard input is $STDIN or /dev/null.
try() {
	TRIED="$*"
	status=0
	"$@" >"$W/out" 2>"$W/err" <"${STDIN:-/dev/null}" 3>&- || status=$?
	output=$(tr -d '\0' <"$W/out")
	stderr=$(tr -d '\0' <"$W/err")
}

show() {
	printf '%s\n' "$1" "  command: $TRIED" "  exit status: $status" "  stdout: $output" \
		"  stderr: $stderr" >&2
	return 1
}

ok() {
	try "$@"
	[[ $status -eq 0 ]] || show "expected success"
}

# Success without a word on either descriptor.
quiet() {
	ok "$@"
	[[ ! -s $W/out && ! -s $W/err ]] || show "expected no output"
}

# fails STATUS COMMAND...
fails() {
	local want=$1

	shift
	try "$@"
	[[ $status -eq $want ]] || show "expected exit status $want"
}

# The error text without the quoting of logfmt, in lower case (as the engines compare it).
reason() {
	local text=${stderr//\\\"/\"}

	printf '%s' "${text,,}"
}

# The error text contains each of these.
err() {
	local text

	for text in "$@"; do
		[[ $(reason) == *"${text,,}"* ]] || show "expected on stderr: $text"
	done
}

# One of these.
err_any() {
	local text

	for text in "$@"; do
		[[ $(reason) != *"${text,,}"* ]] || return 0
	done
	show "expected on stderr one of: $(printf '[%s] ' "$@")"
}

# Standard output is exactly this (trailing newlines aside).
out() {
	[[ $output == "$1" ]] || show "expected on stdout: $1"
}

# Standard output has a line that matches this extended regular expression.
line() {
	grep -qE -- "$1" <<<"$output" || show "expected on stdout a line: $1"
}

no_line() {
	! grep -qE -- "$1" <<<"$output" || show "expected no such line on stdout: $1"
}

# is GOT WANTED [WHAT]
is() {
	[[ $1 == "$2" ]] || die "${3:-value}: got '$1', wanted '$2'"
}

isnt() {
	[[ $1 != "$2" ]] || die "${3:-value}: must not be '$2'"
}

# Called often; jq takes its time to start.
status_of() {
	P state "$1" 2>/dev/null | sed -n 's/^ *"status": *"\(.*\)".*/\1/p'
}

pid_of() {
	P state "$1" | sed -n 's/^ *"pid": *\([0-9]*\).*/\1/p'
}

# Starts the bundle's container $C detached.
running() {
	quiet P run -d -b "$B" "${@:-$C}"
}

created() {
	quiet P create -b "$B" "${@:-$C}"
}

# A created container that refuses leaves nothing: no state, no cgroup, no process.
refused() {
	fails 1 P create -b "$B" "$C"
	[[ -n $stderr ]] || show "expected a reason"
	nothing_left
}

# Each line of standard input is an edit of the configuration that create must refuse, with these
# words in the reason. Says which ones it did not.
refuses_each() {
	local edit bad=0

	cp "$B/config.json" "$W/config.kept"
	while IFS= read -r edit; do
		cp "$W/config.kept" "$B/config.json"
		cfg "$edit"
		if ! (refused && err "$@"); then
			echo "  after: $edit" >&2
			bad=1
			P delete --force "$C"
		fi
	done
	[[ $bad -eq 0 ]]
}

nothing_left() {
	LIMIT=3 until_true no_leftovers || show "expected nothing left behind: $(leftovers)"
}

# Runs the bundle's program to its end; $output is what it printed.
run_it() {
	ok P run -b "$B" "$C"
}

# What a shell script prints in the bundle's container.
inside() {
	sh_args "$1"
	run_it
}

# ---- waiting --------------------------------------------------------------------------------

# Polls until the command succeeds; ten seconds at most, or $LIMIT.
until_true() {
	local deadline=$((SECONDS + ${LIMIT:-10} * SLOW))

	until "$@"; do
		[[ $SECONDS -lt $deadline ]] || return 1
		sleep 0.05
	done
}

status_is() {
	[[ $(status_of "$1") == "$2" ]]
}

wait_status() {
	until_true status_is "$1" "$2" || die "container $1 is '$(status_of "$1")', not '$2'"
}

wait_file() {
	until_true test -e "$1" || die "file $1 did not appear"
}

wait_text() {
	until_true grep -qs -- "$2" "$1" || die "no '$2' in $1:" "$(cat "$1" 2>&1)"
}

gone() {
	[[ ! -d /proc/$1 ]] || grep -q 'State:.*[ZX]' "/proc/$1/status" 2>/dev/null
}

wait_gone() {
	until_true gone "$1" || die "process $1 is still there"
}

alive() {
	[[ -d /proc/$1 ]] && ! gone "$1"
}

# ---- cgroups --------------------------------------------------------------------------------

# Where a process's cgroup for a controller is in the file system: v1, or v2 wherever mounted.
cgroup_dir() {
	local pid=$1 controller=$2 path v2

	path=$(awk -F: -v c="$controller" '("," $2 ",") ~ ("," c ",") { print $3 }' "/proc/$pid/cgroup")
	if [[ -n $path ]]; then
		echo "/sys/fs/cgroup/$controller$path"
		return
	fi
	v2=$(awk '{ for (i = 7; i < NF; i++) if ($i == "-" && $(i + 1) == "cgroup2") { print $5; exit } }' \
		/proc/self/mountinfo)
	path=$(awk -F: '$1 == 0 { print $3 }' "/proc/$pid/cgroup")
	echo "$v2$path"
}

has_v1() {
	[[ -e /sys/fs/cgroup/$1/tasks ]]
}

needs_v1() {
	has_v1 "$1" || skip "this host has no cgroup v1 controller '$1'"
}

# A host with cgroup v2 alone, and this controller in it.
needs_v2() {
	grep -qw "$1" /sys/fs/cgroup/cgroup.controllers 2>/dev/null ||
		skip "this host has no cgroup v2 controller '$1'"
}

# $MEMORY: a directory in memory, for all tests of a file; bundles for launch are nowhere else
memory_make() {
	local dir

	for dir in /run /dev/shm; do
		[[ $(stat -f -c %T "$dir") == tmpfs ]] && break
	done
	MEMORY=$(mktemp -d "$dir/cist-bats.XXXXXX")
	export MEMORY
}

# A network namespace of the test's own, with the bridge of bundles/lithos-bridged, stands for the host: inside_net COMMAND...
bridged_host() {
	ip netns add "cist-$MARK" || skip "no network namespace may be made here"
	inside_net() { nsenter --net="/run/netns/cist-$MARK" "$@"; }
	inside_net ip link add cistbr0 type bridge && inside_net ip address add 10.99.7.1/24 dev cistbr0 &&
		inside_net ip link set cistbr0 up || skip "no bridge may be made here"
}

needs_root() {
	[[ $EUID -eq 0 ]] || skip "needs root"
}
