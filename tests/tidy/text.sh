#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later

# White space, widths, names of files, syntax of scripts, and nothing that only one machine has.

. "$(dirname "${BASH_SOURCE[0]}")/report.bash"

# each PATTERN RULE: every line of standard input's files that matches
each() {
	local file

	while read -r file; do
		looked
		findings_from < <(grep -nE -- "$1" "$file" | sed "s|^\([0-9]*\):.*|$file:\1: $2|")
	done
}

code() {
	our_files | grep -E '^(src|libocispec|tests)/.*\.[ch]$'
}

ours() {
	our_files | grep -vE '^(COPYING|tests/golden/|tests/data/|tests/fuzz/.*\.dict)'
}

each '[[:blank:]]$' 'blank at the end of the line' < <(ours)
each $'\r|[\001-\010\013\014\016-\037]' 'control character' < <(ours)
each '^ {8}.*[^\\]$' 'indented with blanks, not with a tab' < <(code)

# 128 columns with a tab of eight; rows of tables may be wider
while read -r file; do
	looked
	findings_from < <(expand "$file" | awk -v f="$file" '
		length > 128 && !/^ *(X\(|\{ |[A-Z_]+\()/ && !/\\$/ { print f ":" NR ": wider than 128 columns" }')
done < <(our_files | grep -E '^(src|libocispec)/.*\.[ch]$')

while read -r file; do
	looked
	[[ -z $(tail -c 1 "$file") ]] || finding "$file" "no newline at the end"
	name=${file##*/}
	case ${name%%.*} in
	util | utils | misc | common | helper | helpers | stuff | lib)
		[[ $file == tests/bats/helpers.bash ]] || finding "$file" "a file is named after what it holds"
		;;
	esac
done < <(ours)

# a path of one machine, or of whoever built this
each '(^|[^[:alnum:]/.])/(work|home|root)/[a-z]' 'a path of one machine' \
	< <(ours | grep -vE '^(tests/|docs/man|src/priv/|libocispec/)')

while read -r file; do
	looked
	bash -n "$file" 2>/dev/null || finding "$file" "bash -n: $(bash -n "$file" 2>&1 | head -n 1)"
	[[ $file == *.bash || -x $file ]] || finding "$file" "not executable"
done < <(scripts)
tidy_end
