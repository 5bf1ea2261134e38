/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The supervisor's own files: a record, a set, a status file.  The first byte says which; the rest stands between the first
 * line and the last, whose checksum fits, as no mutation of a whole file would ever come upon one.
 */
#include "tests/fuzz/fuzz.h"

#include "base/fmt.h"
#include "supervise/record.h"
#include "supervise/report.h"
#include "supervise/wanted.h"

static const char boot[] = "11111111-2222-3333-4444-555555555555";

static char *whole(const char *kind, const uint8_t *data, size_t size, size_t *ret_len)
{
	char *text = malloc(size + 256);
	uint64_t sum = UINT64_C(0xcbf29ce484222325);
	size_t n;

	MUST(text);
	n = fmt(text, 256, "cist-%s 1 %s\n", kind, boot);
	memcpy(text + n, data, size);
	n += size;
	text[n++] = '\n';
	for (size_t i = 0; i < n; i++)
		sum = (sum ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	n += fmt(text + n, 64, "end %016llx\n", (unsigned long long)sum);
	*ret_len = n;
	return text;
}

static void try_record(char *text, size_t len, struct arena *a)
{
	static struct record r;
	char sentence[RECORD_SENTENCE_MAX];

	if (record_read(text, len, boot, a, &r) != SHEET_READ)
		return;
	MUST(r.id && r.name && r.n_lives <= RECORD_LIVES && r.n_ports <= RECORD_PORTS);
	MUST(r.untold <= r.n_lives && (unsigned int)r.proc.state < PROC__STATES);
	for (size_t i = 0; i < r.n_lives; i++)
		record_explain(&r.lives[i], sentence);
}

static void try_wanted(char *text, size_t len, struct arena *a)
{
	struct err e = { 0 };
	struct wanted w, next;
	int rc = wanted_read(text, len, boot, a, &w, &e);

	fuzz_judge(rc, &e);
	if (rc != SHEET_READ)
		return;
	for (size_t i = 0; i < w.set.n; i++)
		MUST(desired_find(&w.set, w.set.v[i].id) == &w.set.v[i]);
	rc = wanted_accept(&w, &w, a, &next, &e);
	fuzz_judge(rc, &e);
}

static void try_report(char *text, size_t len, struct arena *a)
{
	struct err e = { 0 };
	struct report r;
	int rc = report_read(text, len, boot, a, &r, &e);

	fuzz_judge(rc, &e);
	for (size_t i = 0; rc == 0 && i < r.n_instances; i++)
		MUST(r.instances[i].id && r.instances[i].name && (unsigned int)r.instances[i].state < PROC__STATES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		const char *kind;
		void (*try)(char *text, size_t len, struct arena *a);
	} kinds[] = { { "record", try_record }, { "wanted", try_wanted }, { "status", try_report } };
	struct arena a = { .size = 1 << 20 };
	size_t len;
	char *text;

	if (size == 0)
		return 0;
	/* Sometimes it runs out. */
	if (data[0] & 0x80)
		a.size = (size_t)512 << (data[0] & 3);
	a.base = calloc(1, a.size);
	MUST(a.base);
	text = whole(kinds[data[0] % 3].kind, data + 1, size - 1, &len);
	kinds[data[0] % 3].try(text, len, &a);
	free(text);
	free(a.base);
	return 0;
}
