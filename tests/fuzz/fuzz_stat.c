/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /proc/PID/stat: the name in it is the program's own choice. */
#include "tests/fuzz/fuzz.h"

#include "sys/proc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_text char *text = fuzz_text(&data, &size, "");
	struct proc_stat st = { .state = '\0' };
	int rc = sys_proc_stat_parse(text, &st);

	MUST(rc == -EPROTO || (rc == 0 && st.state));
	return 0;
}
