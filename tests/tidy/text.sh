#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later

# White space, widths, names of files, syntax of scripts, and nothing that only one machine has.

. "$(dirname "${BASH_SOURCE[0]}")/report.bash"

# each PATTERN RULE: every line of standard input's files that matches
each() {
	local files

	mapfile -t files
	looked "${#files[@]}"
	findings_from < <(grep -HnE -- "$1" "${files[@]}" | ruled "$2")
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
mapfile -t files < <(our_files | grep -E '^(src|libocispec)/.*\.[ch]$')
looked "${#files[@]}"
findings_from < <(awk '
	function expanded(s, out, i) {
		while ((i = index(s, "\t")) > 0) {
			out = out substr(s, 1, i - 1) " "
			while (length(out) % 8)
				out = out " "
			s = substr(s, i + 1)
		}
		return out s
	}
	length + 7 * gsub(/\t/, "\t") > 128 {
		s = expanded($0, "")
		if (length(s) > 128 && s !~ /^ *(X\(|\{ |[A-Z_]+\()/ && s !~ /\\$/)
			print FILENAME ":" FNR ": wider than 128 columns"
	}' "${files[@]}")

mapfile -t files < <(ours)
# one process for all, as nearly always nothing is wrong
all_end_well=
[[ -n $(tail -q -c 1 -- "${files[@]}" | tr -d '\n') ]] || all_end_well=yes
for file in "${files[@]}"; do
	looked
	[[ -n $all_end_well || -z $(tail -c 1 "$file") ]] || finding "$file" "no newline at the end"
	name=${file##*/}
	case ${name%%.*} in
	util | utils | misc | common | helper | helpers | stuff | lib)
		[[ $file == tests/bats/helpers.bash ]] || finding "$file" "a file is named after what it holds"
		;;
	esac
done

# a path of one machine, or of whoever built this
each '(^|[^[:alnum:]/.])/(work|home|root)/[a-z]' 'a path of one machine' \
	< <(ours | grep -vE '^(tests/|docs/man|src/priv/|libocispec/)')

while read -r file; do
	looked
	bash -n "$file" 2>/dev/null || finding "$file" "bash -n: $(bash -n "$file" 2>&1 | head -n 1)"
	[[ $file == *.bash || -x $file ]] || finding "$file" "not executable"
done < <(scripts)
tidy_end
