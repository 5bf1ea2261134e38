/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/rules.h"

#include "base/fmt.h"

#include <string.h>

void rules_write(struct sheet *s, const struct proc_rules *r)
{
	char normal[2 * sizeof(r->normal) + 1];

	for (size_t i = 0; i < sizeof(r->normal); i++)
		fmt(normal + 2 * i, 3, "%02x", r->normal[i]);
	sheet_row(s, "rules");
	sheet_number(s, "restart", r->restart_ms);
	sheet_number(s, "kill", r->kill_ms);
	sheet_number(s, "ready", r->ready_ms);
	sheet_number(s, "again", r->again_ms);
	sheet_text(s, "normal", normal);
	sheet_count(s, "factor", r->backoff_permille);
	sheet_number(s, "max", r->backoff_max_ms);
	sheet_number(s, "reset", r->backoff_reset_ms);
}

static void get_normal(const char *text, struct proc_rules *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; text && i < 2 * sizeof(ret->normal) && text[i]; i++) {
		const char *digit = strchr(digits, text[i]);

		if (digit)
			ret->normal[i / 2] |= (uint8_t)((digit - digits) << (i % 2 ? 0 : 4));
	}
}

void rules_read(const struct sheet_reader *row, struct proc_rules *ret)
{
	*ret = (struct proc_rules){
		.restart_ms = sheet_find_number(row, "restart", 0), .kill_ms = sheet_find_number(row, "kill", 0),
		.ready_ms = sheet_find_number(row, "ready", 0), .again_ms = sheet_find_number(row, "again", 0),
		.backoff_permille = (uint32_t)sheet_find_count(row, "factor"),
		.backoff_max_ms = sheet_find_number(row, "max", 0), .backoff_reset_ms = sheet_find_number(row, "reset", 0),
	};
	get_normal(sheet_find(row, "normal"), ret);
}
