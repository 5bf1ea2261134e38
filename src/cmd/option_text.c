/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fmt.h"
#include "cmd/option_text.h"

#include <string.h>

enum { NAMES_MAX = 128 };

/* "--format FORMAT, -f FORMAT" */
static void put_names(const struct cli_option *o, char buf[NAMES_MAX])
{
	const char *arg = o->arg ? o->arg : "", *gap = o->arg ? " " : "";
	size_t n = fmt(buf, NAMES_MAX, "--%s%s%s", o->name, gap, arg);

	if (o->other)
		fmt(buf + n, NAMES_MAX - n, ", -%s%s%s", o->other, gap, arg);
}

void option_help(FILE *to, const char *title, const struct cli_option *rows, size_t n)
{
	char names[NAMES_MAX];
	size_t width = strlen("--help, -h");

	for (size_t i = 0; i < n; i++) {
		put_names(&rows[i], names);
		if (rows[i].help && strlen(names) > width)
			width = strlen(names);
	}
	fprintf(to, "\n%s:\n", title);
	for (size_t i = 0; i < n; i++) {
		if (!rows[i].help)
			continue;
		put_names(&rows[i], names);
		fprintf(to, "   %-*s  %s", (int)width, names, rows[i].help);
		fprintf(to, rows[i].words ? ": %s\n" : "\n", rows[i].words);
	}
	fprintf(to, "   %-*s  print this help\n", (int)width, "--help, -h");
}

void option_roff(FILE *to, const char *text)
{
	for (; *text; text++)
		fprintf(to, *text == '-' ? "\\-" : *text == '\\' ? "\\e" : "%c", *text);
}

void option_manual(FILE *to, const struct cli_option *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!rows[i].help)
			continue;
		fprintf(to, ".TP\n\\fB\\-\\-");
		option_roff(to, rows[i].name);
		fprintf(to, "\\fR");
		if (rows[i].other)
			fprintf(to, ", \\fB\\-%s\\fR", rows[i].other);
		if (rows[i].arg)
			fprintf(to, " \\fI%s\\fR", rows[i].arg);
		fprintf(to, "\n");
		option_roff(to, rows[i].help);
		fprintf(to, rows[i].words ? ": %s\n" : "\n", rows[i].words);
	}
}
