/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/explain.h"
#include "base/fmt.h"
#include "base/text.h"

#include <stdarg.h>

/* A byte that is no character becomes the replacement character: JSON has no escape for it. */
static void json_string(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	fputc('"', out);
	while (*s) {
		size_t n = text_printable(s);

		if (*s == '"' || *s == '\\')
			fputc('\\', out);
		if (n > 0)
			fwrite(s, 1, n, out);
		else
			fprintf(out, "\\u%04x", *s < 0x80 ? *s : 0xfffdu);
		s += n > 0 ? n : 1;
	}
	fputc('"', out);
}

/* One act a line, whatever a value contains. */
static void plain_text(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		size_t n = text_printable(s);

		if (n > 0)
			fwrite(s, 1, n, out);
		else
			fputc('?', out);
		s += n > 0 ? n : 1;
	}
}

/* A sentence that was cut may end within a character. */
static void drop_half_character(char *text, size_t size)
{
	size_t n = size - 1, back = 1;

	while (back < 4 && back < n && ((unsigned char)text[n - back] & 0xc0) == 0x80)
		back++;
	if ((unsigned char)text[n - back] >= 0xc0 && text_printable((const unsigned char *)text + n - back) == 0)
		text[n - back] = '\0';
}

void explain_begin(struct explain *x, FILE *out, enum explain_form form)
{
	*x = (struct explain){ .out = out, .form = form };
	if (form == EXPLAIN_JSON)
		fputs("{\"steps\":[", out);
}

static void close_step(struct explain *x)
{
	if (x->form == EXPLAIN_JSON && x->n_steps > 0)
		fputs("]}", x->out);
}

void explain_step(struct explain *x, const char *side, const char *name)
{
	close_step(x);
	if (x->form == EXPLAIN_JSON) {
		fprintf(x->out, "%s\n{\"side\":\"%s\",\"step\":", x->n_steps > 0 ? "," : "", side);
		json_string(x->out, name);
		fputs(",\"acts\":[", x->out);
	} else {
		fprintf(x->out, "%2d  %s: %s\n", x->n_steps + 1, side, name);
	}
	x->n_steps++;
	x->n_acts = 0;
}

void explain_act(struct explain *x, const char *from, const char *f, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, f);
	if (fmt_v(text, sizeof(text), f, ap) >= sizeof(text))
		drop_half_character(text, sizeof(text));
	va_end(ap);
	if (x->form == EXPLAIN_JSON) {
		fputs(x->n_acts > 0 ? ",\n  {\"does\":" : "\n  {\"does\":", x->out);
		json_string(x->out, text);
		if (from) {
			fputs(",\"from\":", x->out);
			json_string(x->out, from);
		}
		fputc('}', x->out);
	} else {
		fputs("      ", x->out);
		plain_text(x->out, text);
		if (from) {
			fputs("  [", x->out);
			plain_text(x->out, from);
			fputc(']', x->out);
		}
		fputc('\n', x->out);
	}
	x->n_acts++;
}

void explain_end(struct explain *x)
{
	close_step(x);
	if (x->form == EXPLAIN_JSON)
		fputs("]}\n", x->out);
}
