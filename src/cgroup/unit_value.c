/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The values of org.systemd.property annotations: GLib's text form of GVariant, as far as units have such types.  Pure. */
#include "cgroup/unit.h"

#include "base/arr.h"
#include "base/fmt.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ELEMENTS_MAX = 1024, NUMBER_MAX = 64, TEXT_MAX = 64 << 10 };

static const struct {
	const char *word;
	char type;
	int64_t min;	/* of an integer */
	uint64_t max;
} types[] = {
	{ "boolean", 'b', 0, 0 },
	{ "byte",    'y', 0, UINT8_MAX },
	{ "int16",   'n', INT16_MIN, INT16_MAX },
	{ "uint16",  'q', 0, UINT16_MAX },
	{ "int32",   'i', INT32_MIN, INT32_MAX },
	{ "uint32",  'u', 0, UINT32_MAX },
	{ "int64",   'x', INT64_MIN, INT64_MAX },
	{ "uint64",  't', 0, UINT64_MAX },
	{ "double",  'd', 0, 0 },
	{ "string",  's', 0, 0 },
};

struct parser {
	const char *at;
	const char *text;	/* all of it, for errors */
	struct arena *a;
	struct err *e;
};

static int bad(const struct parser *p, const char *why)
{
	return err_set(p->e, -EINVAL, "'%.*s' is not a value: %s at '%.*s'", 64, p->text, why, 16, p->at);
}

static void skip_space(struct parser *p)
{
	p->at += strspn(p->at, " \t\n");
}

static size_t word_length(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

/* ---- one value ---- */

/* The character after a backslash; 0 = that is no escape. */
static char unescaped(char c)
{
	static const char from[] = "abfnrtv'\"\\", to[] = "\a\b\f\n\r\t\v'\"\\";
	const char *at = c ? strchr(from, c) : NULL;

	return at ? to[at - from] : 0;
}

static int parse_string(struct parser *p, const char **ret)
{
	const char quote = *p->at++;
	char *out = arena_alloc(p->a, strlen(p->at) + 1);
	size_t n = 0;

	if (!out)
		return err_nomem(p->e);
	for (; *p->at && *p->at != quote; p->at++) {
		char c = *p->at;

		if (c == '\\') {
			c = unescaped(*++p->at);
			if (!c)
				return bad(p, "an escape that is not known");
		}
		out[n++] = c;
	}
	if (*p->at != quote)
		return bad(p, "a string without its end");
	p->at++;
	*ret = out;
	return 0;
}

static int parse_boolean(struct parser *p, const char **ret)
{
	size_t n = word_length(p->at);

	if (n == 4 && memcmp(p->at, "true", n) == 0)
		*ret = "true";
	else if (n == 5 && memcmp(p->at, "false", n) == 0)
		*ret = "false";
	else
		return bad(p, "neither true nor false");
	p->at += n;
	return 0;
}

/* The characters that a number is made of; its copy ends, so that strtoull(3) reads no further. */
static int take_number(struct parser *p, char buf[NUMBER_MAX])
{
	size_t n = strspn(p->at, "+-.0123456789abcdefxABCDEFX");

	if (n == 0 || n >= NUMBER_MAX)
		return bad(p, "a number is expected");
	memcpy(buf, p->at, n);
	buf[n] = '\0';
	return 0;
}

static bool is_double(const char *number)
{
	return !strpbrk(number, "xX") && strpbrk(number, ".eE");
}

static int parse_double(struct parser *p, const char *number, const char **ret)
{
	char *end, *out = arena_alloc(p->a, strlen(number) + 1);
	double d = strtod(number, &end);

	if (end == number || *end || !isfinite(d))
		return bad(p, "no number");
	if (!out)
		return err_nomem(p->e);
	memcpy(out, number, strlen(number) + 1);
	*ret = out;
	return 0;
}

static int parse_integer(struct parser *p, const char *number, int64_t min, uint64_t max, const char **ret)
{
	const bool negative = *number == '-';
	const char *digits = number + (negative || *number == '+');
	unsigned long long v;
	char *end;

	if (!isdigit((unsigned char)*digits))
		return bad(p, "no number");
	errno = 0;
	v = strtoull(digits, &end, 0);
	if (*end)
		return bad(p, "no number");
	if (errno || (negative ? v > (min < 0 ? -(uint64_t)min : 0) : v > max))
		return bad(p, "too large or too small for its type");
	*ret = arena_fmt(p->a, "%s%llu", negative && v ? "-" : "", v);
	return *ret ? 0 : err_nomem(p->e);
}

static size_t row_of(char type)
{
	size_t i = 0;

	while (types[i].type != type)
		i++;
	return i;
}

static int parse_number(struct parser *p, char *type, const char **ret)
{
	char number[NUMBER_MAX];
	size_t row;
	int rc;

	if (take_number(p, number) < 0)
		return p->e->code;
	if (!*type)
		*type = is_double(number) ? 'd' : 'i';
	row = row_of(*type);
	rc = *type == 'd' ? parse_double(p, number, ret)
			  : parse_integer(p, number, types[row].min, types[row].max, ret);
	if (rc == 0)
		p->at += strlen(number);
	return rc;
}

/* "uint64 " in front of a value; *type is kept when there is none. */
static int parse_type_word(struct parser *p, char *type)
{
	size_t n = word_length(p->at);

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (strlen(types[i].word) != n || memcmp(types[i].word, p->at, n) != 0)
			continue;
		if (*type && *type != types[i].type)
			return bad(p, "another type than before");
		*type = types[i].type;
		p->at += n;
		skip_space(p);
		break;
	}
	return 0;
}

/* *type: what it has to be, or 0, and then it is filled. */
static int parse_basic(struct parser *p, char *type, const char **ret)
{
	char natural;

	if (parse_type_word(p, type) < 0)
		return p->e->code;
	natural = *p->at == '\'' || *p->at == '"' ? 's' : *p->at == 't' || *p->at == 'f' ? 'b' : 0;
	if (natural && !*type)
		*type = natural;
	if (natural != (*type == 's' || *type == 'b' ? *type : 0))
		return bad(p, "not of the type that is asked for");
	if (natural == 's')
		return parse_string(p, ret);
	return natural == 'b' ? parse_boolean(p, ret) : parse_number(p, type, ret);
}

/* ---- arrays ---- */

static int parse_elements(struct parser *p, char *type, struct cg_property *ret)
{
	const char **values = ARENA_ARRAY(p->a, ELEMENTS_MAX, const char *);
	size_t n = 0;

	if (!values)
		return err_nomem(p->e);
	p->at++;
	skip_space(p);
	while (*p->at != ']') {
		if (n == ELEMENTS_MAX)
			return bad(p, "too many elements");
		if (n > 0) {
			if (*p->at != ',')
				return bad(p, "a comma is expected");
			p->at++;
			skip_space(p);
		}
		if (parse_basic(p, type, &values[n++]) < 0)
			return p->e->code;
		skip_space(p);
	}
	p->at++;
	ret->values = values;
	ret->n_values = n;
	return 0;
}

/* "@as []": the only way to say of what type nothing is. */
static int parse_array_type(struct parser *p, char *type)
{
	if (*p->at != '@')
		return 0;
	if (p->at[1] != 'a' || !p->at[2] || !strchr("bynqiuxtds", p->at[2]))
		return bad(p, "not an array of a basic type");
	*type = p->at[2];
	p->at += 3;
	skip_space(p);
	return *p->at == '[' ? 0 : bad(p, "an array is expected");
}

static int parse_value(struct parser *p, struct cg_property *ret)
{
	char type = 0;

	if (parse_array_type(p, &type) < 0)
		return p->e->code;
	if (*p->at == '[') {
		if (parse_elements(p, &type, ret) < 0)
			return p->e->code;
		if (!type)
			return bad(p, "the type of an empty array is not known; write @as []");
		ret->type = arena_fmt(p->a, "a%c", type);
	} else {
		const char **value = ARENA_NEW(p->a, const char *);

		if (!value)
			return err_nomem(p->e);
		if (parse_basic(p, &type, value) < 0)
			return p->e->code;
		ret->values = value;
		ret->n_values = 1;
		ret->type = arena_fmt(p->a, "%c", type);
	}
	return ret->type ? 0 : err_nomem(p->e);
}

int cg_unit_value(const char *text, struct arena *a, struct cg_property *ret, struct err *e)
{
	struct parser p = { .at = text, .text = text, .a = a, .e = e };
	struct cg_property r = { 0 };

	if (strlen(text) > TEXT_MAX)
		return err_set(e, -E2BIG, "the value has more than %d bytes", TEXT_MAX);
	skip_space(&p);
	if (parse_value(&p, &r) < 0)
		return e->code;
	skip_space(&p);
	if (*p.at)
		return bad(&p, "more than one value");
	ret->type = r.type;
	ret->values = r.values;
	ret->n_values = r.n_values;
	return 0;
}

/* ---- the annotation ---- */

static bool is_in_seconds(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && strcmp(name + len - 3, "Sec") == 0 && islower((unsigned char)name[len - 4]);
}

static int to_microseconds(struct cg_property *p, struct arena *a, struct err *e)
{
	const char *text = p->values[0];
	const char **value = ARENA_NEW(a, const char *);
	unsigned long long usec = 0;
	bool fits;

	if (!value)
		return err_nomem(e);
	if (*p->type == 'd') {
		double d = strtod(text, NULL) * 1e6;

		fits = d >= 0 && d < 1.8e19;
		usec = fits ? (unsigned long long)d : 0;
	} else {
		fits = *text != '-' && !__builtin_mul_overflow(strtoull(text, NULL, 10), 1000000ull, &usec);
	}
	if (!fits)
		return err_set(e, -ERANGE, "%s s are no time in microseconds", text);
	*value = arena_fmt(a, "%llu", usec);
	p->values = value;
	p->type = "t";
	return *value ? 0 : err_nomem(e);
}

int cg_unit_annotation(const char *name, const char *text, const char *from, struct arena *a, struct cg_property *ret,
		       struct err *e)
{
	struct cg_property p = { .name = name, .from = from };
	size_t len = 0;

	while (isascii((unsigned char)name[len]) && isalpha((unsigned char)name[len]))
		len++;
	if (name[len] || len < 3)
		return err_set(e, -EINVAL, "%s: the name of a property is three or more letters", from);
	if (cg_unit_value(text, a, &p, e) < 0)
		return err_ctx(e, "%s", from);
	if (is_in_seconds(name)) {
		if (!strchr("ynqiuxtd", *p.type))
			return err_set(e, -EINVAL, "%s: %s is no number of seconds", from, text);
		p.name = arena_fmt(a, "%.*sUSec", (int)(len - 3), name);
		if (!p.name)
			return err_nomem(e);
		if (to_microseconds(&p, a, e) < 0)
			return err_ctx(e, "%s", from);
	}
	*ret = p;
	return 0;
}
