#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later

# A function fits a screen: 60 lines, or it is named here with the reason for which it is longer.

. "$(dirname "${BASH_SOURCE[0]}")/report.bash"

longest=60
exceptions='
'

while read -r file; do
	looked
	while read -r line lines name; do
		grep -qx "$file $name" <<<"$exceptions" ||
			finding "$file:$line" "$name has $lines lines, more than $longest"
	done < <(awk -v max=$longest '
		/^[a-z_].*\)$/ || /^[a-z_].*[a-z_]\(.*,$/ { head = $0; start = NR }
		/^\{/ { open = NR }
		/^\}/ && open {
			if (NR - open - 1 > max) {
				name = head
				sub(/\(.*/, "", name)
				sub(/.*[ *]/, "", name)
				print start, NR - open - 1, name
			}
			open = 0
		}' "$file")
done < <(sources | grep '\.c$')
tidy_end
