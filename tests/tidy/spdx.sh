#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later

# Every file that somebody writes names its licence in one of its first five lines.  Data for tests and plain
# documents are covered by COPYING.

. "$(dirname "${BASH_SOURCE[0]}")/report.bash"

while read -r file; do
	looked
	head -n 5 "$file" | grep -q 'SPDX-License-Identifier: LGPL-2.1-or-later' || finding "$file" "no SPDX line"
done < <(
	our_files | grep -E '\.([chS]|am|ac|bats|bash|sh|py)$'
	scripts | grep -vE '\.(bash|sh)$'
)
tidy_end
