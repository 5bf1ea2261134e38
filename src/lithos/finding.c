/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/finding.h"

#include "base/arr.h"
#include "base/fmt.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static void forget(struct finding *x)
{
	const char *const strings[] = { x->file, x->kind, x->path, x->about, x->text, x->hint };

	for (size_t i = 0; i < ARRAY_LEN(strings); i++)
		free((void *)strings[i]);
}

void findings_done(struct findings *f)
{
	for (size_t i = 0; i < f->n; i++)
		forget(&f->v[i]);
	free(f->v);
	*f = (struct findings){ 0 };
}

/* What a terminal may be shown; cut between two characters when buf is full. */
static void escape(char *buf, size_t size, const char *text)
{
	size_t len = 0;

	while (*text) {
		const size_t n = text_printable((const unsigned char *)text);

		if (len + (n ? n : 4) >= size)
			break;
		if (n)
			memcpy(buf + len, text, n);
		else
			fmt(buf + len, size - len, "\\x%02x", (unsigned int)(unsigned char)*text);
		len += n ? n : 4;
		text += n ? n : 1;
	}
	buf[len] = '\0';
}

/* An escaped copy in *ret; NULL stays NULL.  Whether there was memory. */
static bool copy(const char *text, const char **ret)
{
	char escaped[FINDING_TEXT_MAX];

	if (!text)
		return true;
	escape(escaped, sizeof(escaped), text);
	*ret = strdup(escaped);
	return *ret != NULL;
}

static bool has_room(struct findings *f)
{
	const size_t room = f->room ? f->room * 2 : 16;
	struct finding *v;

	if (f->n < f->room)
		return true;
	v = realloc(f->v, room * sizeof(*v));
	if (!v)
		return false;
	f->v = v;
	f->room = room;
	return true;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_place(const struct finding *a, const struct finding *b)
{
	return a->line == b->line && a->column == b->column && same_text(a->file, b->file);
}

static bool same_words(const struct finding *a, const struct finding *b)
{
	return a->level == b->level && same_text(a->text, b->text) && same_text(a->path, b->path) &&
	       same_text(a->kind, b->kind);
}

/* The length of "SANDBOX/PROCESS" in what a finding of it, or of an instance of it, is about; 0: it is about neither. */
static size_t process_len(const char *about)
{
	const char *slash = about ? strchr(about, '/') : NULL, *dot = slash ? strrchr(slash, '.') : NULL;
	const bool is_instance = dot && dot[1] && dot[1 + strspn(dot + 1, "0123456789")] == '\0';

	return !slash ? 0 : is_instance ? (size_t)(dot - about) : strlen(about);
}

/* Whether another instance of the same process has said it. */
static bool is_told(const struct findings *f, const struct finding *x)
{
	const size_t len = process_len(x->about);

	for (size_t i = f->n; len > 0 && i-- > 0;) {
		const struct finding *y = &f->v[i];

		if (same_place(y, x) && same_words(y, x) && process_len(y->about) == len &&
		    memcmp(y->about, x->about, len) == 0)
			return true;
	}
	return false;
}

/* Escaped copies of what belongs to x; false: no memory, and forget() is for what there is. */
static bool fill(struct finding *x, const char *kind, struct mark at, const char *about, const char *text)
{
	return copy(at.file, &x->file) && copy(kind, &x->kind) && copy(at.path, &x->path) && copy(about, &x->about) &&
	       copy(text, &x->text);
}

void finding_add(struct findings *f, enum finding_level level, const char *kind, struct mark at, const char *format, va_list ap)
{
	struct finding x = { .level = level, .line = at.line, .column = at.column };
	char text[FINDING_TEXT_MAX];
	bool filled, told;

	fmt_v(text, sizeof(text), format, ap);
	f->n_errors += level == FINDING_ERROR;
	filled = fill(&x, kind, at, f->about, text);
	told = filled && is_told(f, &x);
	f->hintless = told || !filled || f->n >= FINDINGS_MAX || !has_room(f);
	if (f->hintless) {
		forget(&x);
		f->n_dropped += !told;
		return;
	}
	f->v[f->n++] = x;
}

void finding_error(struct findings *f, struct mark at, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	finding_add(f, FINDING_ERROR, NULL, at, format, ap);
	va_end(ap);
}

void finding_error_of(struct findings *f, const char *kind, struct mark at, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	finding_add(f, FINDING_ERROR, kind, at, format, ap);
	va_end(ap);
}

void finding_warning(struct findings *f, struct mark at, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	finding_add(f, FINDING_WARNING, NULL, at, format, ap);
	va_end(ap);
}

void finding_hint(struct findings *f, const char *format, ...)
{
	char text[FINDING_TEXT_MAX];
	const char *hint = NULL;
	va_list ap;

	if (f->hintless || f->n == 0)
		return;
	va_start(ap, format);
	fmt_v(text, sizeof(text), format, ap);
	va_end(ap);
	if (!copy(text, &hint))
		return;		/* the finding itself is what counts */
	free((void *)f->v[f->n - 1].hint);
	f->v[f->n - 1].hint = hint;
}

void finding_err(struct findings *f, struct mark at, const struct err *e)
{
	finding_error(f, at, "%s", e->text);
}

void finding_print(const struct finding *x, char *buf, size_t size)
{
	const bool at_path = x->kind && strncmp(x->kind, "Decode", 6) == 0 && x->path && x->path[0];
	size_t len = 0;

	if (size == 0)
		return;
	buf[0] = '\0';
#define MORE(...) (len = len < size ? len + fmt(buf + len, size - len, __VA_ARGS__) : len)
	if (x->file || x->about)
		MORE("%s", x->file ? x->file : x->about);
	if (x->file && x->line)
		MORE(":%u:%u", x->line, x->column);
	if (x->file || x->about)
		MORE(": ");
	if (x->level == FINDING_WARNING)
		MORE("warning: ");
	if (x->kind)
		MORE("%s%s%s: ", x->kind, at_path ? " at " : "", at_path ? x->path : "");
	MORE("%s", x->text);
	if (x->hint)
		MORE(" (%s)", x->hint);
#undef MORE
}

/* A JSON string or null.  What is in a finding is printable UTF-8 already, and at most FINDING_TEXT_MAX bytes. */
static size_t put_json(char *buf, const char *name, const char *value)
{
	const size_t room = 2 * FINDING_TEXT_MAX + 32;
	size_t len = fmt(buf, room, ",\"%s\":%s", name, value ? "\"" : "null");

	if (!value)
		return len;
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			buf[len++] = '\\';
		buf[len++] = *value;
	}
	return len + fmt(buf + len, room - len, "\"");
}

void finding_print_json(const struct finding *x, char buf[FINDING_JSON_MAX])
{
	const struct { const char *name, *value; } strings[] = {
		{ "kind", x->kind }, { "path", x->path }, { "about", x->about }, { "text", x->text }, { "hint", x->hint },
	};
	size_t len = fmt(buf, 64, "{\"level\":\"%s\"", x->level == FINDING_ERROR ? "error" : "warning");

	len += put_json(buf + len, "file", x->file);
	len += fmt(buf + len, 64, ",\"line\":%u,\"column\":%u", x->line, x->column);
	for (size_t i = 0; i < ARRAY_LEN(strings); i++)
		len += put_json(buf + len, strings[i].name, strings[i].value);
	fmt(buf + len, 2, "}");
}

/* What belongs to no file comes last. */
static int compare(const struct finding *a, const struct finding *b)
{
	const int by_file = a->file && b->file ? strcmp(a->file, b->file) : !a->file - !b->file;

	if (by_file != 0)
		return by_file;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->column == b->column ? 0 : a->column < b->column ? -1 : 1;
}

bool finding_is_repeated(const struct findings *f, size_t i)
{
	const struct finding *x = &f->v[i];

	for (size_t k = i; k-- > 0;) {
		const struct finding *y = &f->v[k];

		if (!same_place(y, x))
			return false;
		if (same_words(y, x))
			return true;
	}
	return false;
}

/* By insertion: it is stable, there are FINDINGS_MAX at most, and nearly all come in order. */
void findings_sort(struct findings *f)
{
	for (size_t i = 1; i < f->n; i++) {
		const struct finding x = f->v[i];
		size_t to = i;

		for (; to > 0 && compare(&f->v[to - 1], &x) > 0; to--)
			f->v[to] = f->v[to - 1];
		f->v[to] = x;
	}
	f->hintless = true;	/* who is the newest is not known any more */
}
