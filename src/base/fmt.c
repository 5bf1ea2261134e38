/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fmt.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct out {
	char *buf;
	size_t size;
	size_t len;	/* what the whole text would need, may pass size */
};

struct spec {
	bool zero;
	size_t width;
	size_t precision;	/* SIZE_MAX: none given */
	int longs;		/* 0 int, 1 long or size_t, 2 long long */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void put_text(struct out *o, const struct spec *sp, const char *s)
{
	size_t n = s ? strnlen(s, sp->precision) : 0;

	for (size_t i = n; i < sp->width; i++)
		put(o, ' ');
	for (size_t i = 0; i < n; i++)
		put(o, s[i]);
}

static void put_number(struct out *o, const struct spec *sp, uint64_t v, unsigned int base, bool minus)
{
	char digits[24];
	size_t n = 0, width = sp->width;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v > 0);
	if (minus && !sp->zero)
		digits[n++] = '-';
	else if (minus)
		put(o, '-');
	if (minus && sp->zero && width > 0)
		width--;
	for (size_t i = n; i < width; i++)
		put(o, sp->zero ? '0' : ' ');
	while (n > 0)
		put(o, digits[--n]);
}

static const char *read_spec(struct spec *sp, const char *p, int star)
{
	*sp = (struct spec){ .precision = SIZE_MAX };
	if (*p == '0') {
		sp->zero = true;
		p++;
	}
	for (; *p >= '0' && *p <= '9'; p++)
		sp->width = sp->width * 10 + (size_t)(*p - '0');
	if (p[0] == '.' && p[1] == '*') {
		sp->precision = star < 0 ? SIZE_MAX : (size_t)star;
		p += 2;
	}
	for (; *p == 'l' || *p == 'z'; p++)
		sp->longs++;
	return p;
}

size_t fmt_v(char *buf, size_t size, const char *f, va_list ap)
{
	struct out o = { buf, size, 0 };
	struct spec sp;

	for (; *f; f++) {
		int64_t d;

		if (*f != '%') {
			put(&o, *f);
			continue;
		}
		f = read_spec(&sp, f + 1, strncmp(f + 1, ".*", 2) == 0 ? va_arg(ap, int) : -1);
		switch (*f) {
		case 's':
			put_text(&o, &sp, va_arg(ap, const char *));
			break;
		case 'c':
			put(&o, (char)va_arg(ap, int));
			break;
		case 'd':
		case 'i':
			d = sp.longs > 1 ? va_arg(ap, long long) :
			    sp.longs ? va_arg(ap, long) : va_arg(ap, int);
			put_number(&o, &sp, d < 0 ? 0 - (uint64_t)d : (uint64_t)d, 10, d < 0);
			break;
		case 'u':
		case 'x':
		case 'o':
			put_number(&o, &sp,
				   sp.longs > 1 ? va_arg(ap, unsigned long long) :
				   sp.longs ? va_arg(ap, unsigned long) : va_arg(ap, unsigned int),
				   *f == 'u' ? 10 : *f == 'x' ? 16 : 8, false);
			break;
		case '%':
			put(&o, '%');
			break;
		case '\0':
			f--;
			break;
		default:
			put(&o, '%');
			put(&o, *f);
		}
	}
	if (size > 0)
		buf[o.len < size ? o.len : size - 1] = '\0';
	return o.len;
}

size_t fmt(char *buf, size_t size, const char *f, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, f);
	n = fmt_v(buf, size, f, ap);
	va_end(ap);
	return n;
}
