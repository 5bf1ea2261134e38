#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later

# The program lithos: its names, the words it takes, and each tool's manual, which has to say what the tables say.
# What the tools do has tests of its own.

set -u

build=$(readlink -f "${top_builddir:-.}")
srcdir=$(readlink -f "${srcdir:-.}")
T=$(mktemp -d "${TMPDIR:-/tmp}/cist-test-lithos.XXXXXX")
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1

passed=0
failed=0

verdict() { # CONDITION-RESULT TEXT
	if [[ $1 -eq 0 ]]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf '%s\n  stdout: %s\n  stderr: %s\n' "$2" "$(head -c 400 out)" "$(head -c 400 err)"
	fi
}

# row STATUS STDOUT STDERR PROGRAM WORD...: both hold the text, and are empty when it is.
row() {
	local status=$1 out=$2 err=$3 program=$4 rc
	shift 4
	"$build/$program" "$@" >out 2>err </dev/null
	rc=$?
	[[ $rc -eq $status && $(<out) == *"$out"* && (-n $out || ! -s out) && $(<err) == *"$err"* && (-n $err || ! -s err) ]]
	verdict $? "$program $*: status $rc, wanted $status, '$out', '$err'"
}

# ---- which tool ----
row 0 'TOOLS:' '' lithos --help
row 0 'lithos_crypt' '' lithos crypt -h
row 0 'lithos 0' '' lithos --version
row 0 'lithos_crypt 0' '' lithos crypt --version
row 2 '' 'TOOLS:' lithos
row 2 '' 'there is no tool "nonsense"' lithos nonsense
row 2 '' 'Unknown option --nonsense' lithos --nonsense crypt
ln -s "$build/lithos" lithos_nonsense
./lithos_nonsense >out 2>err
[[ $? -eq 2 && $(<err) == *'there is no tool "lithos_nonsense"'* ]]
verdict $? "a name that is no tool's"

grep -q 'man/lithos\.8' "$srcdir/docs/module.am"
verdict $? "docs/man/lithos.8 is installed"

# ---- every tool ----
mapfile -t tools < <("$build/lithos" --help | sed -n '/^TOOLS:/,$s/^   \([a-z]*\) .*/\1/p')
[[ ${#tools[@]} -gt 0 ]]
verdict $? "there are tools"
[[ "$(printf '%s\n' "${tools[@]}" | sort | xargs)" == "$(sed -n 's/^lithos_tools = //p' "$srcdir/src/cmd/lithos/module.am" | xargs -n 1 | sort | xargs)" ]]
verdict $? "lithos_tools in src/cmd/lithos/module.am has the tools of the table"
for tool in "${tools[@]}"; do
	usage=2
	[[ $tool == crypt ]] && usage=1
	row 0 "lithos_$tool" '' "lithos_$tool" --help
	row 0 "lithos_$tool " '' "lithos_$tool" --version
	row $usage '' "usage: lithos_$tool" "lithos_$tool" --nonsense
	row $usage '' 'Unknown option --nonsense' lithos "$tool" --nonsense
	"$build/lithos_$tool" --help >&- 2>err
	[[ $? -eq 1 && $(<err) == *'standard output is closed'* ]]
	verdict $? "lithos_$tool --help without a standard output"
	page=$srcdir/docs/man/lithos_$tool.8
	"$build/lithos_$tool" --manual >wanted
	# from the line that the tables' part begins with, as many lines as that has
	sed -n "/^$(head -n 1 wanted)\$/,\$p" "$page" 2>err | head -n "$(wc -l <wanted)" | diff wanted - >out
	verdict $? "docs/man/lithos_$tool.8 has what 'lithos_$tool --manual' prints"
	grep -q "man/lithos_$tool.8" "$srcdir/docs/module.am"
	verdict $? "docs/man/lithos_$tool.8 is installed"
	grep -A 1 "^.fBlithos_$tool.fR(8)" "$srcdir/docs/man/lithos.8" | tail -n 1 >out
	[[ "$("$build/lithos" --help | sed -n "s/^   $tool  *//p")" == "$(<out)" ]]
	verdict $? "docs/man/lithos.8 says of $tool what 'lithos --help' says"
done

# ---- lithos_crypt ----
row 1 '' 'COMMANDS:' lithos_crypt
row 0 'COMMANDS:' '' lithos_crypt help
row 0 'lithos_crypt encrypt' '' lithos_crypt encrypt -h
row 1 '' 'there is no command "nonsense"' lithos_crypt nonsense
row 1 '' 'Option --key-file is required' lithos_crypt encrypt -d x
row 1 '' 'Option --key-file is required' lithos_crypt decrypt -d x
row 1 '' 'Option --key-file is required' lithos_crypt check-key -d x
row 1 '' 'Unexpected argument x' lithos_crypt encrypt -k y x
row 1 '' 'Unknown short option "i"' lithos_crypt encrypt -i x
row 1 '' 'invalid namespace' lithos_crypt encrypt -k x -d x -n 'a:b'
row 1 '' 'invalid namespace' lithos_crypt encrypt -k x -d x -n 'a b'
row 1 '' 'missing: no such file or directory' lithos_crypt encrypt -k missing -d x

# ---- lithos_mkdev ----
row 1 '' 'usage: lithos_mkdev DIR' lithos_mkdev
row 1 '' 'usage: lithos_mkdev DIR' lithos_mkdev a b
row 0 'usage: lithos_mkdev DIR' '' lithos_mkdev --help

echo "$passed passed, $failed failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
