#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later

# The tests that docs/spec-conformance.md names are there: `FILE: WORDS`, `golden/FOLDER/CASE`.

. "$(dirname "${BASH_SOURCE[0]}")/report.bash"

page=docs/spec-conformance.md

# check_named FILE WORDS NUMBER
check_named() {
	local found

	found=$(our_files | grep -E "^tests/.*/$1\$")
	if [[ -z $found ]]; then
		finding "$page:$3" "there is no test $1"
	elif [[ -n $2 ]]; then
		grep -hE '^@test |CASE\(' $found | grep -qF -- "$2" ||
			finding "$page:$3" "$1 has no test \"$2\""
	fi
}

while IFS=: read -r number cell; do
	looked
	cell=${cell//\`/}
	case $cell in
	golden/*)
		[[ -n $(our_files | grep "^tests/${cell%% *}\.") ]] || finding "$page:$number" "there is no tests/$cell.*"
		;;
	*": "*)
		check_named "${cell%%: *}" "${cell#*: }" "$number"
		;;
	*)
		check_named "$cell" "" "$number"
		;;
	esac
done < <(grep -nE '^\| ' "$page" | grep -vE ':\| (---|member|clause) ' |
	sed -E 's/^([0-9]+):.* \| ([^|]*) \|$/\1:\2/' | sed -E ':a; s/^([0-9]+):(.*)`, `/\1:\2\n\1:`/; ta')
tidy_end
