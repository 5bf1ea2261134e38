/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of a command line: ids of users, ids of containers, names of signals. */
#include "tests/fuzz/fuzz.h"

#include "base/fmt.h"
#include "base/limits.h"
#include "priv/user.h"
#include "runtime/signal.h"
#include "state/id.h"

/* A number is taken as it was written, apart from zeros in front. */
static void judge_number(const char *text, uint64_t n)
{
	char again[24];

	fmt(again, sizeof(again), "%llu", (unsigned long long)n);
	MUST(strspn(text, "0123456789") == strlen(text));
	for (; text[0] == '0' && text[1]; text++)
		;
	MUST(strcmp(text, again) == 0);
}

static void try_user(const char *text)
{
	uint32_t uid = UINT32_MAX, gid = UINT32_MAX;
	bool has_gid = false;
	struct err e = { 0 };
	int rc = user_parse_id(text, "--user", &uid, &e);

	fuzz_judge(rc, &e);
	MUST((rc == 0) == (uid != UINT32_MAX));
	if (rc == 0)
		judge_number(text, uid);
	uid = UINT32_MAX;
	e = (struct err){ 0 };
	rc = user_parse(text, &uid, &has_gid, &gid, &e);
	fuzz_judge(rc, &e);
	MUST((rc == 0) == (uid != UINT32_MAX) && has_gid == (gid != UINT32_MAX));
	MUST(rc < 0 || has_gid == (strchr(text, ':') != NULL));
	if (has_gid)
		judge_number(strchr(text, ':') + 1, gid);
}

static void try_signal(const char *text)
{
	struct err e = { 0 };
	int signal = -1, rc = signal_parse(text, &signal, &e);

	fuzz_judge(rc, &e);
	MUST(rc < 0 || signal >= 0);
	if (rc == 0 && text[0] >= '0' && text[0] <= '9')
		judge_number(text, (uint64_t)signal);
}

static void try_id(const char *text)
{
	struct err e = { 0 };
	int rc = container_id_check(text, &e);

	fuzz_judge(rc, &e);
	MUST(rc < 0 || (text[0] && strlen(text) <= CONTAINER_ID_MAX && !strpbrk(text, "/ \n") && strcmp(text, "..") != 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_text char *text = fuzz_text(&data, &size, "\n");

	try_user(text);
	try_signal(text);
	try_id(text);
	return 0;
}
