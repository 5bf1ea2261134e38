#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later

# docs/lithos-mapping.md has a row for every key that the tables of src/lithos know and for no other, and the tests that it
# names are there.

. "$(dirname "${BASH_SOURCE[0]}")/report.bash"

page=docs/lithos-mapping.md

# rows HEADING: the keys of its table, as they are spelled in the page
rows() {
	sed -n "/^## $1\$/,/^## /s/^| \`\([a-z-]*\)\` |.*/\1/p" "$page" | sort -u
}

# keys SOURCE...: those of its tables
keys() {
	grep -hoE 'SCHEMA_[A-Z_]+\(([A-Za-z_ ]+, )?"[a-z_]+"' "$@" | sed -E 's/.*"([a-z_]+)"/\1/; s/_/-/g' | sort -u
}

# compare HEADING SOURCE...
compare() {
	local heading=$1 key

	shift
	while read -r key; do
		looked
		finding "$page" "'$heading' has no row for $key ($*)"
	done < <(comm -13 <(rows "$heading") <(keys "$@"))
	while read -r key; do
		looked
		finding "$page" "'$heading' has a row for $key, which no table of $* has"
	done < <(comm -23 <(rows "$heading") <(keys "$@"))
	while read -r key; do
		looked
	done < <(keys "$@")
}

compare 'Master file' src/lithos/master.c
compare 'Sandbox' src/lithos/sandbox.c
compare 'Process' src/lithos/process.c
compare 'Container' src/lithos/container.c src/lithos/allow.c

while IFS=: read -r number name; do
	looked
	[[ -n $(our_files | grep -E "^tests/unit/[a-z]+/$name\.c\$") ]] || finding "$page:$number" "there is no test $name"
done < <(sed -n '/^| key /,/^$/p' "$page" | grep -oE '`test_[a-z]+` \|$' | tr -d '` |' | sort -u | sed 's/^/0:/')
tidy_end
