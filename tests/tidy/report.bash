# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# What the tidy checks share.  A check calls finding for each breach and looked once for each place it looked at;
# it ends with tidy_end.

export LC_ALL=C
cd "${top_srcdir:-$(dirname "${BASH_SOURCE[0]}")/../..}" || exit 1

findings=0
places=0

# looked [PLACES]
looked() {
	places=$((places + ${1:-1}))
}

# finding PLACE RULE
finding() {
	printf '%s: %s\n' "$1" "$2"
	findings=$((findings + 1))
}

# ruled RULE: of lines as grep -Hn prints them, lines "place: rule".
ruled() {
	sed -E "s|^([^:]*:[0-9]+):.*|\\1: $1|"
}

# Lines "place: rule" on standard input, each a finding.
findings_from() {
	local text

	while IFS= read -r text; do
		printf '%s\n' "$text"
		findings=$((findings + 1))
	done
}

tidy_end() {
	local good=$((places > findings ? places - findings : 0))

	echo "$good passed, $findings failed"
	[[ $findings -eq 0 && $places -gt 0 ]]
}

list_our_files() {
	if [[ -e .git ]] && command -v git >/dev/null && git rev-parse >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard
	else
		find . -type f -not -path './build*' -not -path './autom4te.cache/*' -not -path '*/.deps/*' \
			-not -path './quickstart.d/*' -not -path './.git*' \
			-not -name 'Makefile.in' -not -name aclocal.m4 -not -name configure -not -name 'config.h*' \
			-not -name '*.o' -not -name '*.a' | sed 's|^\./||' | while read -r f; do
			# builds inside of an unpacked archive are recognized by what configure leaves there
			[[ $f == */* && -e ${f%%/*}/config.status ]] || printf '%s\n' "$f"
		done
	fi | while read -r f; do
		[[ ! -f $f ]] || printf '%s\n' "$f"
	done | sort
}

all_files=$(list_our_files)

# All files that are ours to write: what git knows, or in a release archive what is there without what a build makes.
our_files() {
	printf '%s\n' "$all_files"
}

# The C files of the products.
sources() {
	our_files | grep -E '^(src|libocispec)/.*\.[chS]$'
}

scripts() {
	local f first

	our_files | while read -r f; do
		case $f in
		*.sh | *.bash)
			printf '%s\n' "$f"
			;;
		*.*) ;;
		*)
			IFS= read -r first <"$f"
			[[ $first != '#!'*sh ]] || printf '%s\n' "$f"
			;;
		esac
	done
}
