#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later

# Every file that somebody writes names its licence in one of its first five lines.  Data for tests and plain
# documents are covered by COPYING.

. "$(dirname "${BASH_SOURCE[0]}")/report.bash"

mapfile -t files < <(
	our_files | grep -E '\.([chS]|am|ac|bats|bash|sh|py)$'
	scripts | grep -vE '\.(bash|sh)$'
)
looked "${#files[@]}"
findings_from < <(
	awk 'FNR <= 5 && /SPDX-License-Identifier: LGPL-2.1-or-later/ { print FILENAME }' "${files[@]}" | sort -u |
		grep -vxF -f - <(printf '%s\n' "${files[@]}") | sed 's|$|: no SPDX line|'
)
tidy_end
