/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of a file schemata: "L3:0=7f0;1=1f".  Pure. */
#include "rdt/rdt.h"

#include <ctype.h>
#include <string.h>

static bool is_bandwidth(const char *line)
{
	return strncmp(line, "MB:", 3) == 0;
}

/* Appends a line of len bytes and a newline to buf, which has room for it. */
static void add_line(char *buf, const char *line, size_t len)
{
	char *end = buf + strlen(buf);

	memcpy(end, line, len);
	end[len] = '\n';
	end[len + 1] = '\0';
}

static void add_lines(char *buf, const char *text, bool without_bandwidth)
{
	for (const char *line = text + strspn(text, "\n"); *line; line += strspn(line, "\n")) {
		size_t len = strcspn(line, "\n");

		if (!without_bandwidth || !is_bandwidth(line))
			add_line(buf, line, len);
		line += len;
	}
}

int rdt_schema_text(const char *l3, const char *mem_bw, struct arena *a, const char **ret_text, struct err *e)
{
	char *buf;

	l3 = l3 ? l3 : "";
	mem_bw = mem_bw ? mem_bw : "";
	buf = arena_alloc(a, strlen(l3) + strlen(mem_bw) + 3);
	if (!buf)
		return err_nomem(e);
	buf[0] = '\0';
	add_lines(buf, l3, true);
	add_lines(buf, mem_bw, false);
	*ret_text = *buf ? buf : NULL;
	return 0;
}

/* ---- comparing ---- */

/* The part in front of the colon, without the blanks that the kernel aligns it with. */
static const char *name_of(const char *line, size_t len, size_t *ret_len)
{
	const char *colon = memchr(line, ':', len);

	if (!colon)
		return NULL;
	while (line < colon && *line == ' ')
		line++;
	*ret_len = (size_t)(colon - line);
	return line;
}

/* What stands behind the colon of the line of that name, or NULL. */
static const char *values_of(const char *text, const char *name, size_t name_len)
{
	for (const char *line = text + strspn(text, "\n"); *line; line += strspn(line, "\n")) {
		size_t len = strcspn(line, "\n"), n = 0;
		const char *its = name_of(line, len, &n);

		if (its && n == name_len && memcmp(its, name, n) == 0)
			return its + n + 1;
		line += len;
	}
	return NULL;
}

static const char *skip_zeros(const char *s)
{
	s += strspn(s, " ");
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		s += 2;
	while (s[0] == '0' && isxdigit((unsigned char)s[1]))
		s++;
	return s;
}

static bool same_number(const char *a, const char *b)
{
	for (a = skip_zeros(a), b = skip_zeros(b); isxdigit((unsigned char)*a) || isxdigit((unsigned char)*b); a++, b++)
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
	return true;
}

/* In "0=7f0;1=1f", the value of the domain "1"; NULL when it is not there.  A line ends it. */
static const char *value_of(const char *values, const char *domain)
{
	for (const char *s = values; *s && *s != '\n'; s += *s == ';') {
		const char *equals = s + strcspn(s, "=;\n");

		if (*equals == '=' && same_number(s, domain))
			return equals + 1;
		s += strcspn(s, ";\n");
	}
	return NULL;
}

static bool line_holds(const char *line, size_t len, const char *have)
{
	size_t n = 0;
	const char *name = name_of(line, len, &n);
	const char *values = name ? values_of(have, name, n) : NULL;

	if (!values)
		return false;
	for (const char *s = name + n + 1; s < line + len; s += *s == ';') {
		const char *equals = s + strcspn(s, "=;\n");
		const char *its = *equals == '=' ? value_of(values, s) : NULL;

		if (strcspn(s, ";\n") > 0 && (!its || !same_number(equals + 1, its)))
			return false;
		s += strcspn(s, ";\n");
	}
	return true;
}

const char *rdt_schema_differs(const char *want, const char *have)
{
	for (const char *line = want + strspn(want, "\n"); *line; line += strspn(line, "\n")) {
		size_t len = strcspn(line, "\n");

		if (!line_holds(line, len, have))
			return line;
		line += len;
	}
	return NULL;
}
