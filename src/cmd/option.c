/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arr.h"
#include "base/fmt.h"
#include "cmd/option.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* How much of a word an error repeats. */
enum { QUOTED_MAX = 256 };

struct parser {
	const struct cli_table *table;
	const char *const *words;
	size_t n_words;
	size_t next;		/* word to be read */
	char *values;
	struct cli_call *call;
};

int cli_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	int at = 0;

	if (len == 0 || strchr(word, ' '))
		return -1;
	for (const char *p = words; p; at++) {
		if (strncmp(p, word, len) == 0 && (p[len] == ' ' || p[len] == '\0'))
			return at;
		p = strchr(p, ' ');
		p = p ? p + 1 : NULL;
	}
	return -1;
}

bool cli_boolean(const char *text, bool *ret)
{
	bool yes = cli_word("1 t T true TRUE True", text) >= 0;

	if (!yes && cli_word("0 f F false FALSE False", text) < 0)
		return false;
	*ret = yes;
	return true;
}

static const struct cli_option *find_option(const struct parser *p, const char *name, size_t len)
{
	for (size_t i = 0; i < p->table->n_options; i++) {
		const struct cli_option *o = &p->table->options[i];

		if (strncmp(o->name, name, len) == 0 && !o->name[len])
			return o;
		if (o->other && strncmp(o->other, name, len) == 0 && !o->other[len])
			return o;
	}
	return NULL;
}

static int set_flag(bool *value, const char *name, const char *text, struct err *e)
{
	if (!text) {
		*value = true;
		return 0;
	}
	if (!cli_boolean(text, value))
		return err_set(e, -EINVAL, "invalid boolean value \"%.*s\" for -%s: parse error", QUOTED_MAX, text,
			       name);
	return 0;
}

static int bad_count(const struct parser *p, int code, const char *name, const char *text, struct err *e)
{
	const char *why = code == -ERANGE ? "value out of range" : "parse error";

	if (p->table->grammar == CLI_ARGPARSE)
		return err_set(e, code, "Option %s: \"%.*s\": %s", name, QUOTED_MAX, text, why);
	return err_set(e, code, "invalid value \"%.*s\" for flag -%s: %s", QUOTED_MAX, text, name, why);
}

static int set_count(const struct parser *p, uint32_t *value, const char *name, const char *text, struct err *e)
{
	bool minus = *text == '-' && p->table->grammar == CLI_GO;
	const char *digits = text + minus;
	size_t len = strspn(digits, "0123456789");
	uint64_t n = 0;

	if (len == 0 || digits[len])
		return bad_count(p, -EINVAL, name, text, e);
	for (; *digits && n <= UINT32_MAX; digits++)
		n = n * 10 + (uint64_t)(*digits - '0');
	if (n > INT32_MAX)
		return bad_count(p, -ERANGE, name, text, e);
	*value = minus ? 0 : (uint32_t)n;
	return 0;
}

/* A list cannot have more elements than there are words, so its memory is taken once. */
static int grow_list(struct parser *p, const struct cli_option *o, const char *text, struct err *e)
{
	size_t *count = (size_t *)(void *)(p->values + o->count_offset);
	const char **list;

	if (*count == 0) {
		assert(p->call->n_lists < ARRAY_LEN(p->call->lists));
		list = calloc(p->n_words, sizeof(*list));
		if (!list)
			return err_nomem(e);
		p->call->lists[p->call->n_lists++] = list;
		memcpy(p->values + o->offset, &list, sizeof(list));
	}
	memcpy(&list, p->values + o->offset, sizeof(list));
	list[(*count)++] = text;
	return 0;
}

/* name as it was written, for errors; text: the value when it stood in the same word, or NULL. */
static int set_option(struct parser *p, const struct cli_option *o, const char *name, const char *text,
		      struct err *e)
{
	if (o->kind == CLI_FLAG)
		return set_flag((bool *)(p->values + o->offset), name, text, e);
	if (!text && p->next == p->n_words)
		return p->table->grammar == CLI_GO ? err_set(e, -EINVAL, "flag needs an argument: -%s", name) :
						     err_set(e, -EINVAL, "Option %s requires an argument", name);
	if (!text)
		text = p->words[p->next++];
	if (o->kind == CLI_COUNT)
		return set_count(p, (uint32_t *)(void *)(p->values + o->offset), name, text, e);
	if (o->kind == CLI_LIST)
		return grow_list(p, o, text, e);
	*(const char **)(void *)(p->values + o->offset) = text;
	return 0;
}

static bool asks_for_help(const char *name, size_t len)
{
	return (len == 1 && *name == 'h') || (len == 4 && strncmp(name, "help", 4) == 0);
}

/* ---- Go's grammar ---- */

/* word begins with a dash and is more than that. */
static int read_go(struct parser *p, const char *word, struct err *e)
{
	const char *name = word + (word[1] == '-' ? 2 : 1);
	size_t len = strcspn(name, "=");
	const struct cli_option *o;

	if (len == 0 || *name == '-')
		return err_set(e, -EINVAL, "bad flag syntax: %.*s", QUOTED_MAX, word);
	o = find_option(p, name, len);
	if (o) {
		const char *as_written = strlen(o->name) == len && strncmp(o->name, name, len) == 0 ?
					 o->name : o->other;

		return set_option(p, o, as_written, name[len] ? name + len + 1 : NULL, e);
	}
	if (asks_for_help(name, len))
		return CLI_HELP;
	return err_set(e, -EINVAL, "flag provided but not defined: -%.*s", (int)(len < QUOTED_MAX ? len : QUOTED_MAX),
		       name);
}

/* ---- argparse's grammar ---- */

/* word begins with "--" and is more than that. */
static int read_long(struct parser *p, const char *word, struct err *e)
{
	const char *name = word + 2;
	size_t len = strcspn(name, "=");
	int quoted = (int)(len < QUOTED_MAX ? len : QUOTED_MAX);
	const struct cli_option *o = len > 1 ? find_option(p, name, len) : NULL;
	char as_written[QUOTED_MAX + 3];

	fmt(as_written, sizeof(as_written), "--%.*s", quoted, name);
	if (!o && len > 1 && asks_for_help(name, len))
		return CLI_HELP;
	if (!o && len == 7 && strncmp(name, "version", len) == 0)
		return CLI_VERSION;
	if (!o)
		return err_set(e, -EINVAL, "Unknown option %s", as_written);
	if (o->kind == CLI_FLAG && name[len])
		return err_set(e, -EINVAL, "Option %s does not accept an argument", as_written);
	return set_option(p, o, as_written, name[len] ? name + len + 1 : NULL, e);
}

/* word begins with one dash: flags of one letter, and at the end perhaps one that takes what is left as its value. */
static int read_short(struct parser *p, const char *word, struct err *e)
{
	for (const char *letter = word + 1; *letter; letter++) {
		const struct cli_option *o = find_option(p, letter, 1);
		const char as_written[] = { '-', *letter, '\0' };
		const char *rest = letter + 1;
		int rc;

		if (!o && asks_for_help(letter, 1))
			return CLI_HELP;
		if (!o && *letter == 'V')
			return CLI_VERSION;
		if (!o)
			return err_set(e, -EINVAL, "Unknown short option \"%s\"", as_written + 1);
		if (o->kind != CLI_FLAG) {
			rest += *rest == '=';
			return set_option(p, o, as_written, rest > letter + 1 || *rest ? rest : NULL, e);
		}
		rc = set_option(p, o, as_written, NULL, e);
		if (rc < 0)
			return rc;
	}
	return CLI_PARSED;
}

static int read_option(struct parser *p, const char *word, struct err *e)
{
	if (p->table->grammar == CLI_GO)
		return read_go(p, word, e);
	return word[1] == '-' ? read_long(p, word, e) : read_short(p, word, e);
}

int cli_parse(const struct cli_table *table, const char *const *words, size_t n_words, void *values,
	      struct cli_call *ret, struct err *e)
{
	struct parser p = { table, words, n_words, 0, values, ret };
	bool more_options = true;
	int rc;

	*ret = (struct cli_call){ .options = values, .args = calloc(n_words + 1, sizeof(*ret->args)) };
	if (!ret->args)
		return err_nomem(e);
	while (p.next < n_words) {
		const char *word = words[p.next++];

		if (more_options && strcmp(word, "--") == 0) {
			more_options = false;
		} else if (more_options && word[0] == '-' && word[1]) {
			rc = read_option(&p, word, e);
			if (rc != 0)
				return rc;
		} else {
			ret->args[ret->n_args++] = word;
			more_options = more_options && !table->options_first;
		}
	}
	return CLI_PARSED;
}

void cli_done(struct cli_call *call)
{
	for (size_t i = 0; i < call->n_lists; i++)
		free(call->lists[i]);
	free(call->args);
	*call = (struct cli_call){ 0 };
}
