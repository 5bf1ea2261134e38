/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* subuid(5): NAME-OR-UID:FIRST:COUNT, a line each. */
#include "base/fmt.h"
#include "doctor/doctor.h"

#include <stdlib.h>
#include <string.h>

static bool is_owner(const char *line, size_t len, uint32_t uid, const char *name)
{
	char number[16];

	fmt(number, sizeof(number), "%u", uid);
	return (strlen(number) == len && strncmp(line, number, len) == 0) ||
	       (name && *name && strlen(name) == len && strncmp(line, name, len) == 0);
}

uint64_t doctor_subids(const char *text, uint32_t uid, const char *name)
{
	uint64_t sum = 0;

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t len = strcspn(line, ":\n");
		const char *first = line + len + 1, *count;
		uint64_t n;

		if (line[len] != ':' || !is_owner(line, len, uid, name))
			continue;
		count = first + strcspn(first, ":\n");
		/* strtoull(3) would go on to the next line */
		if (*count != ':' || count[1] < '0' || count[1] > '9')
			continue;
		n = strtoull(count + 1, NULL, 10);
		sum += n <= UINT32_MAX ? n : 0;
	}
	return sum;
}
