/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/history.h"

#include "base/arr.h"
#include "lithos/allow.h"
#include "sys/scratch.h"

#include <stdlib.h>
#include <string.h>

enum {
	DEPTH_MAX = 32,			/* of JSON */
	IMAGES_MAX = 10000,		/* of one line */
	TIME_LEN = 20,			/* "2018-08-20T12:34:56Z" */
	DAY = 24 * 60 * 60,
	ARENA_STEP = 16,		/* base/arena.h */
};

/* ---- names ---- */

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct names names_sort(const char **v, size_t n)
{
	size_t kept = 0;

	if (n > 0)
		qsort(v, n, sizeof(*v), compare);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || strcmp(v[kept - 1], v[i]) != 0)
			v[kept++] = v[i];
	return (struct names){ v, kept };
}

bool names_have(const struct names *s, const char *name)
{
	return s->n > 0 && bsearch(&name, s->v, s->n, sizeof(*s->v), compare);
}

bool names_equal(const struct names *a, const struct names *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
}

int names_join(const struct names *x, const struct names *y, struct arena *a, struct names *ret, struct err *e)
{
	const char **v = ARENA_ARRAY(a, x->n + y->n + 1, const char *);

	if (!v)
		return err_nomem(e);
	if (x->n > 0)
		memcpy(v, x->v, x->n * sizeof(*v));
	if (y->n > 0)
		memcpy(v + x->n, y->v, y->n * sizeof(*v));
	*ret = names_sort(v, x->n + y->n);
	return 0;
}

/* ---- a line: "TIME JSON" ---- */

struct scan {
	const char *p, *end;
	struct arena *a;
	const char *images[IMAGES_MAX];
	size_t n_images;
};

static void skip_blanks(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r'))
		s->p++;
}

static bool take(struct scan *s, char c)
{
	skip_blanks(s);
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/*
 * A string into *ret, in the arena; NULL: it is only skipped.  A character that is written as a number stands for one that no
 * name of an image has: nothing is known about such a line.
 */
static bool scan_string(struct scan *s, const char **ret)
{
	char *text, *to;

	if (!take(s, '"'))
		return false;
	text = to = ret ? arena_alloc(s->a, (size_t)(s->end - s->p) + 1) : NULL;
	if (ret && !text)
		return false;
	for (; s->p < s->end && *s->p != '"'; s->p++) {
		if ((unsigned char)*s->p < 0x20)
			return false;
		if (*s->p == '\\' && (++s->p == s->end || (ret && !strchr("\"\\/", *s->p))))
			return false;
		if (ret)
			*to++ = *s->p;
	}
	if (ret) {
		*to = '\0';
		/* What was asked for and not used goes back; what comes next is aligned as all of an arena is. */
		s->a->used = ((size_t)(to - s->a->base) + ARENA_STEP) / ARENA_STEP * ARENA_STEP;
		*ret = text;
	}
	return take(s, '"');
}

static bool skip_word(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", *s->p))
		s->p++;
	return s->p > from;
}

/* Anything: strings, words, and brackets that close what they have opened. */
static bool skip_value(struct scan *s)
{
	char open[DEPTH_MAX];
	int depth = 0;

	do {
		skip_blanks(s);
		if (s->p == s->end || depth == DEPTH_MAX)
			return false;
		if (*s->p == '{' || *s->p == '[') {
			open[depth++] = *s->p++ == '{' ? '}' : ']';
		} else if (depth > 0 && *s->p == open[depth - 1]) {
			s->p++;
			depth--;
		} else if (depth > 0 && (*s->p == ',' || *s->p == ':')) {
			s->p++;
		} else if (!(*s->p == '"' ? scan_string(s, NULL) : skip_word(s))) {
			return false;
		}
	} while (depth > 0);
	return true;
}

/* Members until the end of an object; the answer of `member`, which has to take the value. */
static bool scan_object(struct scan *s, bool (*member)(struct scan *s, const char *key, void *arg), void *arg)
{
	const char *key;

	if (!take(s, '{'))
		return false;
	if (take(s, '}'))
		return true;
	do {
		if (!scan_string(s, &key) || !take(s, ':') || !member(s, key, arg))
			return false;
	} while (take(s, ','));
	return take(s, '}');
}

static bool scan_property(struct scan *s, const char *key, void *arg)
{
	const char **image = arg;

	return strcmp(key, "image") == 0 ? scan_string(s, image) : skip_value(s);
}

static bool scan_process(struct scan *s, const char *key, void *arg)
{
	const char *image = NULL;

	(void)key;
	(void)arg;
	if (!scan_object(s, scan_property, &image) || !image || s->n_images == IMAGES_MAX)
		return false;
	s->images[s->n_images++] = image;
	return true;
}

/* Days since 1970 of a date of our calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year, era = y / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool scan_time(struct scan *s, int64_t *ret)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ ";
	int64_t v[6] = { 0 };
	size_t field = 0;

	if (s->end - s->p < TIME_LEN + 1)
		return false;
	for (size_t i = 0; form[i]; i++) {
		char c = s->p[i];

		if (form[i] == 'd' ? c < '0' || c > '9' : c != form[i])
			return false;
		if (form[i] == 'd')
			v[field] = v[field] * 10 + (c - '0');
		else if (field < ARRAY_LEN(v) - 1)
			field++;
	}
	if (v[0] < 1970 || v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > 31 || v[3] > 23 || v[4] > 59 || v[5] > 60)
		return false;
	*ret = days_of(v[0], v[1], v[2]) * DAY + v[3] * 3600 + v[4] * 60 + v[5];
	s->p += TIME_LEN + 1;
	return true;
}

/* ---- the history ---- */

void history_done(struct history *h)
{
	free(h->v);
	*h = (struct history){ .v = NULL };
}

static int add(struct history *h, const struct history_entry *entry, struct err *e)
{
	if (!h->v || h->n == h->room) {
		size_t room = h->room ? h->room * 2 : 64;
		struct history_entry *v = reallocarray(h->v, room, sizeof(*v));

		if (!v)
			return err_nomem(e);
		h->v = v;
		h->room = room;
	}
	h->v[h->n++] = *entry;
	return 0;
}

/* A copy of the list for the arena: the one in the scan is used again. */
static int add_line(struct history *h, struct scan *s, int64_t time_s, uint32_t file, size_t mark, struct err *e)
{
	struct names images = names_sort(s->images, s->n_images);
	struct history_entry *last = h->n > 0 ? &h->v[h->n - 1] : NULL;
	const char **kept;

	if (last && names_equal(&last->images, &images)) {
		/* Most lines say what the one before has said. */
		scratch_rewind(s->a, mark);
		last->time_s = time_s;
		last->file = file;
		return 0;
	}
	kept = ARENA_ARRAY(s->a, images.n + 1, const char *);
	if (!kept)
		return err_nomem(e);
	if (images.n > 0)
		memcpy(kept, images.v, images.n * sizeof(*kept));
	return add(h, &(struct history_entry){ time_s, file, { kept, images.n } }, e);
}

int history_read(struct history *h, const char *text, size_t len, uint32_t file, struct arena *a, struct err *e)
{
	struct scan *s = calloc(1, sizeof(*s));
	const char *end = text + len;
	size_t number = 0;
	int rc = 0;

	if (!s)
		return err_nomem(e);
	while (rc == 0 && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t mark = a->used;
		int64_t time_s = 0;

		number++;
		s->p = text;
		s->end = newline;
		s->a = a;
		s->n_images = 0;
		if (!newline || !scan_time(s, &time_s) || !scan_object(s, scan_process, NULL) ||
		    (skip_blanks(s), s->p != s->end))
			rc = err_set(e, -EPROTO, "line %zu is broken", number);
		else
			rc = add_line(h, s, time_s, file, mark, e);
		text = newline ? newline + 1 : end;
	}
	free(s);
	return rc;
}

size_t history_first(const struct history *h, const struct history_rules *rules, int64_t now_s)
{
	size_t first = h->n > rules->at_most ? h->n - rules->at_most : 0;

	if (!rules->has_days)
		return first;
	while (h->n - first > rules->at_least && h->v[first].time_s < now_s - (int64_t)rules->days * DAY)
		first++;
	return first;
}

int history_images(const struct history *h, size_t first, struct arena *a, struct names *ret, struct err *e)
{
	const char **v;
	size_t n = 0;

	for (size_t i = first; i < h->n; i++)
		n += h->v[i].images.n;
	v = ARENA_ARRAY(a, n + 1, const char *);
	if (!v)
		return err_nomem(e);
	n = 0;
	for (size_t i = first; i < h->n; i++)
		for (size_t j = 0; j < h->v[i].images.n; j++)
			v[n++] = h->v[i].images.v[j];
	*ret = names_sort(v, n);
	return 0;
}

/* ---- lists ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

int history_list(const char *text, size_t len, uint32_t levels, struct arena *a, struct names *ret, struct err *e)
{
	const char *end = text + len;
	size_t n = 1, number = 0;
	const char **v;

	for (const char *p = text; p < end; p++)
		n += *p == '\n';
	v = ARENA_ARRAY(a, n, const char *);
	if (!v)
		return err_nomem(e);
	n = 0;
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text)), *from = text, *to = newline ? newline : end;
		struct err why = { 0 };

		number++;
		text = newline ? newline + 1 : end;
		while (from < to && is_blank(*from))
			from++;
		while (to > from && is_blank(to[-1]))
			to--;
		if (from == to)
			continue;
		v[n] = arena_fmt(a, "%.*s", (int)(to - from), from);
		if (!v[n])
			return err_nomem(e);
		if (strlen(v[n]) != (size_t)(to - from) || lithos_image_check(v[n], levels, &why) != 0)
			return err_set(e, -EPROTO, "line %zu is no image with %u parts", number, levels);
		n++;
	}
	*ret = names_sort(v, n);
	return 0;
}

bool history_delta(const char *text, int64_t *ret_seconds)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = {
		{ "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", DAY }, { "w", 7 * DAY },
	};
	size_t digits = strspn(text, "0123456789");
	int64_t n = 0;

	if (digits == 0 || digits > 9)
		return false;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (text[i] - '0');
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strcmp(text + digits, units[i].unit) == 0) {
			*ret_seconds = n * units[i].seconds;
			return true;
		}
	}
	return false;
}
