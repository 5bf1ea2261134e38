#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# lithos_crypt with keys that ssh-keygen has made; needs root for files of other owners.

bats_require_minimum_version 1.5.0

top_srcdir=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
top_builddir=${top_builddir:-$top_srcdir/build}
crypt=${LITHOS_CRYPT:-$top_builddir/lithos_crypt}
PATH=$PATH:/usr/sbin:/sbin

# Sealed by lithos for the key whose seed is 00, 01 ... 1f.
vector=v2:i4+dWTpg:KqWSX0BY:8MtOoWUX:zpmwFffIOpBuym3NGR56U9J11j4b/d6ojKdDYB/SxWsb5H7WmA+xQt8oCDNvbxdSTC8Km14YtL9Xc4bHyxtXfw==

setup() {
	command -v ssh-keygen >/dev/null || skip "there is no ssh-keygen (package openssh-client)"
	W=$BATS_TEST_TMPDIR
	chmod 0755 "$W"
	cd "$W" || return 1
	umask 022
	ssh-keygen -q -t ed25519 -N '' -C one -f key
	ssh-keygen -q -t ed25519 -N '' -C two -f other
}

teardown() {
	[[ -z ${U-} ]] || rm -rf "$U"
}

# The words that a call has to print on standard error, with status 1 and nothing on standard output.
refused() {
	local text=$1

	shift
	run --separate-stderr timeout 20 "$@" </dev/null
	echo "$stderr"
	[[ $status -eq 1 && -z $output && $stderr == *"$text"* ]]
}

token_of() {
	"$crypt" encrypt -k "$1.pub" -d "$2" "${@:3}"
}

@test "lithos_crypt: opens what lithos has sealed, byte for byte" {
	cp "$top_srcdir/tests/fuzz/seeds/key/one" vector
	chmod 0600 vector
	"$crypt" decrypt -i vector -d "$vector" >out 2>err
	printf the_secret | cmp - out
	printf 'myapp:\n' | cmp - err
	"$crypt" check-key -k <(ssh-keygen -y -f vector) --data="$vector"
}

@test "lithos_crypt: opens what it seals, with and without namespace" {
	for text in a 'with: colons:' -dash 'gr\303\274n' ''; do
		printf -v text %b "$text"
		for ns in '' web my.app-1_X; do
			token=$("$crypt" encrypt --key-file key.pub --data="$text" --namespace "$ns")
			[[ $token =~ ^v2:([A-Za-z0-9+/]{8}:){3}[A-Za-z0-9+/]+=*$ ]]
			"$crypt" decrypt --key-file=key -d"$token" >out 2>err
			printf %s "$text" | cmp - out
			printf '%s:\n' "$ns" | cmp - err
		done
	done
}

@test "lithos_crypt: two tokens of one secret differ in the box only" {
	first=$(token_of key same) second=$(token_of key same)
	[[ $first != "$second" && ${first%:*} == "${second%:*}" ]]
}

@test "lithos_crypt: standard input in place of --data" {
	printf 'two\nlines\n' | "$crypt" encrypt -k key.pub >token
	"$crypt" decrypt -i key <token >out 2>/dev/null
	printf 'two\nlines' | cmp - out
	"$crypt" check-key -k key.pub <token
	head -c 100000 /dev/zero | tr '\0' x | "$crypt" encrypt -k key.pub >token
	[[ $("$crypt" decrypt -i key <token 2>/dev/null | wc -c) -eq 100000 ]]
}

@test "lithos_crypt: standard input that is no secret" {
	run --separate-stderr bash -c "printf 'a\0b' | '$crypt' encrypt -k key.pub"
	[[ $status -eq 1 && -z $output && $stderr == "no null bytes allowed in secret" ]]
	run --separate-stderr bash -c "printf '\377' | '$crypt' encrypt -k key.pub"
	[[ $status -eq 1 && -z $output && $stderr == "Can't decode secret as utf-8" ]]
	run --separate-stderr bash -c "head -c 200000 /dev/zero | tr '\0' x | '$crypt' encrypt -k key.pub"
	[[ $status -eq 1 && -z $output && $stderr == *"longer than"* ]]
	run --separate-stderr timeout 20 bash -c "tr '\0' x </dev/zero | '$crypt' encrypt -k key.pub"
	[[ $status -eq 1 && -z $output && $stderr == *"more than"* ]]
	run --separate-stderr bash -c "printf '%s\0' '$vector' | '$crypt' decrypt -i key"
	[[ $status -eq 1 && -z $output && $stderr == "invalid key format" ]]
}

@test "lithos_crypt: check-key tells whose a token is" {
	token=$(token_of key x)
	"$crypt" check-key -k key.pub -d "$token"
	refused "key doesn't match" "$crypt" check-key -k other.pub -d "$token"
	refused "Only v2 secrets are supported" "$crypt" check-key -k key.pub -d v1:x
}

@test "lithos_crypt: another key, and what was changed" {
	token=$(token_of key hunter2)
	refused "decryption error. This usually means the key is wrong." "$crypt" decrypt -i other -d "$token"
	[[ $stderr != *hunter2* ]]
	refused "invalid secret hash" "$crypt" decrypt -i key -d "$(sed 's/^\(v2:.*:.*:\).\{8\}:/\1AAAAAAAA:/' <<<"$token")"
	[[ $stderr != *hunter2* ]]
	refused "invalid key format" "$crypt" decrypt -i key -d "$token:"
	refused "Only v2 secrets are supported" "$crypt" decrypt -i key -d hunter2
	[[ $stderr != *hunter2* ]]
}

@test "lithos_crypt: several keys in one file" {
	token=$(token_of key x) newer=$(token_of other y)
	cat other key >both
	chmod 0600 both
	[[ $("$crypt" decrypt -i both -d "$token" 2>/dev/null) == x ]]
	[[ $("$crypt" decrypt -i both -d "$newer" 2>/dev/null) == y ]]
	ssh-keygen -q -t ed25519 -N '' -f third
	cat other third >neither
	chmod 0600 neither
	refused "decryption error. This usually means the key is wrong., decryption error." "$crypt" decrypt -i neither -d "$token"
}

@test "lithos_crypt: keys of other kinds" {
	token=$(token_of key x)
	ssh-keygen -q -t ed25519 -N 'a pass phrase' -f encrypted
	refused "key was encrypted" "$crypt" decrypt -i encrypted -d "$token"
	ssh-keygen -q -t ecdsa -N '' -f ecdsa
	refused 'unsupported key type "ecdsa-sha2-nistp256"' "$crypt" decrypt -i ecdsa -d "$token"
	refused 'unsupported key type "ecdsa-sha2-nistp256"' "$crypt" encrypt -k ecdsa.pub -d x
	for format in RFC4716 PEM; do
		ssh-keygen -q -t rsa -b 2048 -m $format -N '' -f rsa.$format
		refused "Only ed25519 keys are supported" "$crypt" decrypt -i rsa.$format -d "$token"
		refused "Only ed25519 keys are supported" "$crypt" encrypt -k rsa.$format.pub -d x
		cat rsa.$format key >mixed
		chmod 0600 mixed
		[[ $("$crypt" decrypt -i mixed -d "$token" 2>/dev/null) == x ]]
	done
	printf 'hunter2\n' >password
	chmod 0600 password
	refused 'unsupported key type "unknown"' "$crypt" decrypt -i password -d "$token"
	[[ $stderr != *hunter2* ]]
	refused 'unsupported key type "unknown"' "$crypt" encrypt -k password -d x
	[[ $stderr != *hunter2* ]]
	refused 'unsupported key type "unknown"' "$crypt" encrypt -k key -d x
}

@test "lithos_crypt: whose the key file is, its mode and what it is" {
	token=$(token_of key x)
	for mode in 0644 0640 0604 0700 4600; do
		chmod $mode key
		refused "Key's mode must be 0600" "$crypt" decrypt -i key -d "$token"
	done
	for mode in 0400 0600; do
		chmod $mode key
		[[ $("$crypt" decrypt -i "$W/key" -d "$token" 2>/dev/null) == x ]]
	done
	ln -s key symlink
	refused "Key must not be a symbolic link" "$crypt" decrypt -i symlink -d "$token"
	ln key second
	refused "Key must have no other links" "$crypt" decrypt -i key -d "$token"
	rm second
	mkfifo fifo
	refused "not a regular file" "$crypt" decrypt -i fifo -d "$token"
	refused "not a regular file" "$crypt" decrypt -i . -d "$token"
	refused "not a regular file" "$crypt" decrypt -i /dev/zero -d "$token"
	refused "missing: no such file or directory" "$crypt" decrypt -i missing -d "$token"
	truncate -s 1T sparse
	chmod 0600 sparse
	refused "larger than" "$crypt" decrypt -i sparse -d "$token"
}

@test "lithos_crypt: the key file's owner and directory" {
	[[ $EUID -eq 0 ]] || skip "needs root, to give files away"
	token=$(token_of key x)
	chown 12345 key
	refused "Key must be owned by root" "$crypt" decrypt -i key -d "$token"
	chown 0 key
	mkdir open
	cp -p key open/key
	chmod 0777 open
	refused "others can write to the directory of the key" "$crypt" decrypt -i open/key -d "$token"
	chmod 1777 open
	[[ $("$crypt" decrypt -i open/key -d "$token" 2>/dev/null) == x ]]
	chmod 0755 open
	chown 12345 open
	refused "others can write to the directory of the key" "$crypt" decrypt -i open/key -d "$token"
	chown 0 open
	[[ $("$crypt" decrypt -i open/key -d "$token" 2>/dev/null) == x ]]
}

@test "lithos_crypt: an ordinary user has keys too" {
	[[ $EUID -eq 0 ]] || skip "needs root, to become another user"
	token=$(token_of key x)
	as_user=(setpriv --reuid 12345 --regid 12345 --clear-groups)
	"${as_user[@]}" "$crypt" --help >/dev/null || skip "the build cannot be reached by an ordinary user"
	U=$(mktemp -d "${TMPDIR:-/tmp}/cist-bats.XXXXXX")
	chmod 0755 "$U"
	cp -p key "$U/key"
	refused "permission denied" "${as_user[@]}" "$crypt" decrypt -i "$U/key" -d "$token"
	chown 12345 "$U" "$U/key"
	[[ $("${as_user[@]}" "$crypt" decrypt -i "$U/key" -d "$token" 2>/dev/null) == x ]]
	chown 54321 "$U/key"
	refused "permission denied" "${as_user[@]}" "$crypt" decrypt -i "$U/key" -d "$token"
}

@test "lithos_crypt: the process that holds a key leaves no core, and its memory is locked" {
	mkfifo input
	"$crypt" decrypt -i key <input >out 2>/dev/null 3>&- &
	pid=$!
	exec 8>input
	for _ in {1..100}; do
		[[ $(sed -n 's/^VmLck:[^0-9]*\([0-9]*\).*/\1/p' /proc/$pid/status) -eq 0 ]] || break
		sleep 0.05
	done
	locked=$(grep VmLck /proc/$pid/status)
	core=$(grep 'Max core' /proc/$pid/limits)
	token_of key x >&8
	exec 8>&-
	wait $pid
	[[ $(<out) == x ]]
	echo "$locked; $core"
	[[ ! $locked =~ [^0-9]0\ kB && $core =~ 0\ +0\ +bytes ]]
}

@test "lithos_crypt: words" {
	refused "Option --key-file is required" "$crypt" encrypt -d x
	refused "invalid namespace" "$crypt" encrypt -k key.pub -d x -n a:b
	refused "usage: lithos_crypt" "$crypt" encrypt --nonsense
	refused "COMMANDS" "$crypt"
}
