/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define CIST_BASE_ERR_HERE
#include "base/err.h"
#include "base/fmt.h"

#include <string.h>

const char *err_meaning(int code, char buf[64])
{
	fmt(buf, 64, "%s", strerror(code < 0 ? -code : code));
	if (buf[0] >= 'A' && buf[0] <= 'Z' && buf[1] >= 'a' && buf[1] <= 'z')
		buf[0] = (char)(buf[0] - 'A' + 'a');
	return buf;
}

int err_set(struct err *e, int code, const char *f, ...)
{
	va_list ap;

	va_start(ap, f);
	fmt_v(e->text, sizeof(e->text), f, ap);
	va_end(ap);
	e->code = code;
	return code;
}

int err_sys(struct err *e, int code, const char *f, ...)
{
	char meaning[64];
	size_t n;
	va_list ap;

	va_start(ap, f);
	n = fmt_v(e->text, sizeof(e->text), f, ap);
	va_end(ap);
	if (n < sizeof(e->text))
		fmt(e->text + n, sizeof(e->text) - n, ": %s", err_meaning(code, meaning));
	e->code = code;
	return code;
}

int err_ctx(struct err *e, const char *f, ...)
{
	char frame[512];
	size_t have = strlen(e->text), add;
	va_list ap;

	va_start(ap, f);
	add = fmt_v(frame, sizeof(frame), f, ap);
	va_end(ap);
	if (add >= sizeof(frame))
		add = sizeof(frame) - 1;
	if (have + add + 2 < sizeof(e->text)) {
		memmove(e->text + add + 2, e->text, have + 1);
		memcpy(e->text, frame, add);
		memcpy(e->text + add, ": ", 2);
	}
	return e->code;
}

int err_nomem(struct err *e)
{
	return err_set(e, -ENOMEM, "out of memory: the configuration is too large for its plan");
}
