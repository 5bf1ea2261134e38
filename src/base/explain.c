/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/explain.h"
#include "base/fmt.h"

#include <stdarg.h>

static void json_string(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			fprintf(out, "\\u%04x", (unsigned int)(unsigned char)*s);
		else
			fputc(*s, out);
	}
	fputc('"', out);
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
	fmt_v(text, sizeof(text), f, ap);
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
		/* One act a line, whatever a value contains. */
		fputs("      ", x->out);
		for (const char *p = text; *p; p++)
			fputc((unsigned char)*p < 0x20 || *p == 0x7f ? '?' : *p, x->out);
		if (from)
			fprintf(x->out, "  [%s]", from);
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
