/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/sheet.h"

#include "base/fmt.h"

#include <stdlib.h>
#include <string.h>

static uint64_t checksum(const char *text, size_t n)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++)
		sum = (sum ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return sum;
}

/* ---- writing ---- */

void sheet_done(struct sheet *s)
{
	free(s->text);
	*s = (struct sheet){ 0 };
}

static void put(struct sheet *s, const char *text, size_t n)
{
	size_t room = s->room > 0 ? s->room : 1024;
	char *bigger;

	if (s->failed)
		return;
	while (room - s->len <= n)
		room *= 2;
	if (room > SHEET_BYTES_MAX) {
		s->failed = true;
		return;
	}
	if (room > s->room) {
		bigger = realloc(s->text, room);
		if (!bigger) {
			s->failed = true;
			return;
		}
		s->text = bigger;
		s->room = room;
	}
	memcpy(s->text + s->len, text, n);
	s->len += n;
	s->text[s->len] = '\0';
}

static void put_word(struct sheet *s, const char *word)
{
	put(s, word, strlen(word));
}

void sheet_begin(struct sheet *s, const char *kind, unsigned int version, const char *boot_id)
{
	char number[16];

	fmt(number, sizeof(number), " %u ", version);
	s->len = 0;
	s->failed = false;
	put_word(s, "cist-");
	put_word(s, kind);
	put_word(s, number);
	put_word(s, boot_id);
}

void sheet_row(struct sheet *s, const char *name)
{
	put_word(s, "\n");
	put_word(s, name);
}

static void put_key(struct sheet *s, const char *key)
{
	put_word(s, " ");
	put_word(s, key);
	put_word(s, "=");
}

static bool is_plain(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != '\\';
}

void sheet_text(struct sheet *s, const char *key, const char *value)
{
	char code[8];

	if (!value)
		return;
	put_key(s, key);
	while (*value) {
		size_t n = 0;

		while (is_plain((unsigned char)value[n]))
			n++;
		put(s, value, n);
		value += n;
		if (*value) {
			fmt(code, sizeof(code), "\\x%02x", (unsigned char)*value++);
			put_word(s, code);
		}
	}
}

void sheet_number(struct sheet *s, const char *key, int64_t value)
{
	char number[32];

	fmt(number, sizeof(number), "%lld", (long long)value);
	put_key(s, key);
	put_word(s, number);
}

void sheet_count(struct sheet *s, const char *key, uint64_t value)
{
	char number[32];

	fmt(number, sizeof(number), "%llu", (unsigned long long)value);
	put_key(s, key);
	put_word(s, number);
}

void sheet_flag(struct sheet *s, const char *key, bool value)
{
	if (value)
		sheet_text(s, key, "yes");
}

int sheet_end(struct sheet *s, struct err *e)
{
	char last[32];

	put_word(s, "\n");
	if (!s->failed) {
		fmt(last, sizeof(last), "end %016llx\n", (unsigned long long)checksum(s->text, s->len));
		put_word(s, last);
	}
	return s->failed ? err_nomem(e) : 0;
}

void sheet_texts(struct sheet *s, const char *row, const struct sheet_text_key *keys, size_t n, const void *from)
{
	sheet_row(s, row);
	for (size_t i = 0; i < n; i++)
		sheet_text(s, keys[i].key, *(const char *const *)((const char *)from + keys[i].offset));
}

/* ---- reading ---- */

enum { LAST_ROW = 4 + 16 + 1 };	/* "end " and sixteen digits and a newline */

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool sum_fits(const char *text, size_t len)
{
	const char *last = text + len - LAST_ROW;
	uint64_t sum = 0;

	if (memcmp(last, "end ", 4) != 0 || last[LAST_ROW - 1] != '\n' || last[-1] != '\n')
		return false;
	for (int i = 4; i < LAST_ROW - 1; i++) {
		if (digit(last[i]) < 0)
			return false;
		sum = sum << 4 | (uint64_t)digit(last[i]);
	}
	return sum == checksum(text, len - LAST_ROW);
}

/* Cuts what stands up to the next `stop` (or the end) off *at. */
static char *cut(char **at, char stop)
{
	char *word = *at, *end = strchrnul(word, stop);

	*at = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

enum sheet_answer sheet_open(char *text, size_t len, const char *kind, unsigned int version, const char *boot_id,
			     struct sheet_reader *ret)
{
	char *at = text, *head, *word, *end;
	unsigned long has;

	if (len <= LAST_ROW || len > SHEET_BYTES_MAX || memchr(text, '\0', len) || !sum_fits(text, len))
		return SHEET_DAMAGED;
	text[len - LAST_ROW] = '\0';
	head = cut(&at, '\n');
	word = cut(&head, ' ');
	if (strncmp(word, "cist-", 5) != 0 || strcmp(word + 5, kind) != 0)
		return SHEET_DAMAGED;
	word = cut(&head, ' ');
	errno = 0;
	has = strtoul(word, &end, 10);
	if (errno != 0 || end == word || *end)
		return SHEET_DAMAGED;
	if (has > version)
		return SHEET_VERSION;
	if (strcmp(head, boot_id) != 0)
		return SHEET_BOOT;
	*ret = (struct sheet_reader){ .at = at, .end = text + len - LAST_ROW };
	return SHEET_READ;
}

/* In place, as it becomes shorter; what is no escape of ours stays as it is. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++, to++) {
		*to = *text;
		if (text[0] != '\\' || text[1] != 'x' || digit(text[2]) < 0 || digit(text[3]) < 0)
			continue;
		*to = (char)(digit(text[2]) << 4 | digit(text[3]));
		text += 3;
	}
	*to = '\0';
}

const char *sheet_next(struct sheet_reader *r)
{
	char *row, *name;

	if (r->at >= r->end)
		return NULL;
	row = cut(&r->at, '\n');
	name = cut(&row, ' ');
	r->n = 0;
	while (*row && r->n < SHEET_FIELDS_MAX) {
		char *value = cut(&row, ' '), *key = cut(&value, '=');

		unescape(value);
		r->fields[r->n].key = key;
		r->fields[r->n++].value = value;
	}
	return name;
}

const char *sheet_find(const struct sheet_reader *r, const char *key)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->fields[i].key, key) == 0)
			return r->fields[i].value;
	return NULL;
}

int64_t sheet_find_number(const struct sheet_reader *r, const char *key, int64_t otherwise)
{
	const char *text = sheet_find(r, key);
	long long value;
	char *end;

	if (!text || !*text)
		return otherwise;
	errno = 0;
	value = strtoll(text, &end, 10);
	return errno != 0 || *end ? otherwise : value;
}

uint64_t sheet_find_count(const struct sheet_reader *r, const char *key)
{
	const char *text = sheet_find(r, key);
	unsigned long long value;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	value = strtoull(text, &end, 10);
	return errno != 0 || *end ? 0 : value;
}

bool sheet_find_flag(const struct sheet_reader *r, const char *key)
{
	const char *text = sheet_find(r, key);

	return text && strcmp(text, "yes") == 0;
}

void sheet_find_texts(const struct sheet_reader *r, const struct sheet_text_key *keys, size_t n, void *to)
{
	for (size_t i = 0; i < n; i++)
		*(const char **)((char *)to + keys[i].offset) = sheet_find(r, keys[i].key);
}
