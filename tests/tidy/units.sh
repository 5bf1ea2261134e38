#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later

# Every folder of the products has unit tests, and no unit test is left out of the build.

. "$(dirname "${BASH_SOURCE[0]}")/report.bash"

while read -r folder; do
	looked
	name=${folder##*/}
	compgen -G "tests/unit/$name/test_*" >/dev/null ||
		finding "$folder" "there is no tests/unit/$name/test_*"
done < <(sources | sed -n 's|^\(src/[a-z]*\)/.*|\1|p; s|^\(libocispec\)/.*|\1|p' | sort -u)

# A test that nobody runs is none.
while read -r file; do
	looked
	name=${file##*/}
	grep -rqw --include=module.am -- "${name%.c}" "${file%/*}" tests/module.am ||
		finding "$file" "it is not in its folder's module.am"
done < <(our_files | grep -E '^tests/unit/[a-z]+/test_[a-z_0-9]*\.(c|sh)$')
tidy_end
