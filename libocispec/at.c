/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "libocispec/at.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A sentence being built in a buffer that may be too small; what does not fit is left out. */
struct words {
	char *buf;
	size_t size;
	size_t used;
};

static void add(struct words *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add_v(struct words *w, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

static void add_v(struct words *w, const char *fmt, va_list ap)
{
	int n = vsnprintf(w->buf + w->used, w->size - w->used, fmt, ap);

	if (n > 0)
		w->used += (size_t)n < w->size - w->used ? (size_t)n : w->size - w->used - 1;
}

static void add(struct words *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_v(w, fmt, ap);
	va_end(ap);
}

const char *oci_quote(char *buf, size_t size, const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (n + 4 >= size) {
			memcpy(buf + n, "...", 3);
			n += 3;
			break;
		}
		/* A log line or a terminal must not be steered by somebody's config.json. */
		buf[n++] = (unsigned char)s[i] < 0x20 || s[i] == 0x7f ? '?' : s[i];
	}
	buf[n] = '\0';
	return buf;
}

static bool is_plain(const struct oci_seg *seg)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	return seg->key_len > 0 && strspn(seg->key, plain) >= seg->key_len;
}

static void add_path(struct words *w, const struct oci_at *at)
{
	char name[100];

	for (size_t i = 0; i < at->depth; i++) {
		const struct oci_seg *seg = &at->seg[i];

		if (!seg->key)
			add(w, "[%zu]", seg->index);
		else if (!seg->free_key || is_plain(seg))
			add(w, "%s%s", i ? "." : "", oci_quote(name, sizeof(name), seg->key, seg->key_len));
		else
			add(w, "[\"%s\"]", oci_quote(name, sizeof(name), seg->key, seg->key_len));
	}
}

/* Columns count bytes, from 1, as compilers do. */
static void add_place(struct words *w, const struct oci_at *at)
{
	size_t line = 1, start = 0;
	size_t token = at->token < at->len ? at->token : at->len;

	for (size_t i = 0; i < token; i++)
		if (at->text[i] == '\n') {
			line++;
			start = i + 1;
		}
	add(w, " (line %zu, column %zu)", line, token - start + 1);
}

int oci_at_fail(const struct oci_at *at, struct oci_err *e, int code, const char *fmt, ...)
{
	struct words w = { e->text, sizeof(e->text), 0 };
	va_list ap;

	e->text[0] = '\0';
	add_path(&w, at);
	if (w.used)
		add(&w, ": ");
	va_start(ap, fmt);
	add_v(&w, fmt, ap);
	va_end(ap);
	add_place(&w, at);
	return e->code = code;
}

void oci_at_print(const struct oci_at *at, char *buf, size_t size)
{
	struct words w = { buf, size, 0 };

	buf[0] = '\0';
	add_path(&w, at);
	add_place(&w, at);
}
