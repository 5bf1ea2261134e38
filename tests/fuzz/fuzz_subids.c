/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /etc/subuid: whatever it says, no more than all ids for each of its lines. */
#include "tests/fuzz/fuzz.h"

#include "doctor/doctor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_text char *text = fuzz_text(&data, &size, "");
	uint64_t lines = 1;

	for (const char *s = text; *s; s++)
		lines += *s == '\n';
	MUST(doctor_subids(text, 1000, "jane") <= lines * UINT32_MAX);
	MUST(doctor_subids(text, 1000, NULL) <= doctor_subids(text, 1000, "jane"));
	return 0;
}
