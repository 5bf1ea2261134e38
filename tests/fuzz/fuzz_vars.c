/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* @{variables} put into texts: a value and its name, then the text that uses them. */
#include "tests/fuzz/fuzz.h"

#include "lithos/vars.h"

struct given {
	const char *name, *value;
	size_t asked, missed;
};

static const char *look_up(void *arg, const char *name, size_t len)
{
	struct given *g = arg;

	g->asked++;
	MUST(!memchr(name, '}', len));
	MUST(len == 0 || (!strchr(" \t\r\n\v\f", name[0]) && !strchr(" \t\r\n\v\f", name[len - 1])));
	return strlen(g->name) == len && memcmp(g->name, name, len) == 0 ? g->value : NULL;
}

static void unknown(void *arg, const char *name, size_t len)
{
	struct given *g = arg;

	g->missed++;
	MUST(strlen(g->name) != len || memcmp(g->name, name, len) != 0);
}

/* How often a variable is asked for, counted in another way: each "@{" that has a "}" after it. */
static size_t count_names(const char *text)
{
	size_t n = 0;

	while ((text = strstr(text, "@{")) && (text = strchr(text, '}')))
		n++;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = fuzz_arena(size);
	auto_text char *name = fuzz_text(&data, &size, "\n"), *value = fuzz_text(&data, &size, "\n");
	auto_text char *text = fuzz_text(&data, &size, ""), *memory = a.base;
	struct given g = { name, value, 0, 0 };
	const struct vars_set set = { look_up, unknown, &g, 2048 };
	const char *got = NULL;
	const int rc = vars_substitute(&set, text, &a, &got);
	const size_t names = count_names(text);

	(void)memory;
	MUST(rc == 0 || rc == -E2BIG || rc == -ENOMEM);
	MUST(g.missed <= names && g.asked == (rc == 0 ? 2 * names : names));
	if (rc < 0)
		return 0;
	MUST(strlen(got) <= 2048);
	MUST(names > 0 || strcmp(got, text) == 0);
	return 0;
}
