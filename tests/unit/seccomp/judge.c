/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "judge.h"
#include "seccomp/table.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* libseccomp 2.5.4 forgets a snapshot when it refuses a rule.  In its archive only its allocator's name is to be seen. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libseccomp\nleak:zmalloc\n";
}

enum { WORDS_MAX = 1024, ENTRIES_MAX = 256 };

/* Zeroed memory that is kept until the end, and stays reachable for the leak checker. */
static void *keep(size_t n, size_t each)
{
	struct block { struct block *next; _Alignas(16) char bytes[]; };
	static struct block *blocks;
	struct block *b = calloc(1, sizeof(*b) + n * each);

	if (!b)
		abort();
	b->next = blocks;
	blocks = b;
	return b->bytes;
}

static uint64_t number(const char *s)
{
	return strtoull(s, NULL, 0);
}

static void parse_args(struct oci_syscall *c, char **w, size_t n)
{
	c->args = keep(n, sizeof(*c->args));
	for (size_t i = 0; i + 2 < n;) {
		struct oci_syscall_arg *a = &c->args[c->n_args++];
		bool masked = strcmp(w[i + 1], "SCMP_CMP_MASKED_EQ") == 0;

		a->index = (uint32_t)number(w[i]);
		a->op = w[i + 1];
		a->value = number(w[i + 2]);
		a->value_two = masked && i + 3 < n ? number(w[i + 3]) : 0;
		i += masked ? 4 : 3;
	}
}

static void parse_rule(struct oci_seccomp *s, char **w, size_t n)
{
	struct oci_syscall *c = &s->syscalls[s->n_syscalls++];
	char *equals = strchr(w[1], '=');
	size_t names = 2;

	c->action = w[1];
	if (equals) {
		*equals = '\0';
		c->has_errno_ret = true;
		c->errno_ret = (uint32_t)number(equals + 1);
	}
	while (names < n && strcmp(w[names], "if") != 0)
		names++;
	c->names = (const char **)&w[2];
	c->n_names = names - 2;
	if (names < n)
		parse_args(c, &w[names + 1], n - names - 1);
}

static void parse_line(struct oci_seccomp *s, char **w, size_t n)
{
	if (strcmp(w[0], "default") == 0) {
		s->default_action = w[1];
		s->has_default_errno_ret = n > 2;
		s->default_errno_ret = n > 2 ? (uint32_t)number(w[2]) : 0;
	} else if (strcmp(w[0], "arch") == 0) {
		s->architectures = (const char **)&w[1];
		s->n_architectures = n - 1;
	} else if (strcmp(w[0], "flag") == 0) {
		s->flags = (const char **)&w[1];
		s->n_flags = n - 1;
	} else if (strcmp(w[0], "rule") == 0) {
		parse_rule(s, w, n);
	}
}

struct oci_seccomp *profile_parse(const char *words)
{
	struct oci_seccomp *s = keep(1, sizeof(*s));
	char **w = NULL, *save = NULL, *text = keep(strlen(words) + 1, 1);
	size_t n = 0;

	memcpy(text, words, strlen(words));
	s->syscalls = keep(ENTRIES_MAX, sizeof(*s->syscalls));
	for (char *line = text; line && *line;) {
		char *end = strchr(line, '\n');
		char *hash;

		if (end)
			*end = '\0';
		hash = strchr(line, '#');
		if (hash)
			*hash = '\0';
		if (*line != ' ' && *line != '\t') {
			if (n > 0)
				parse_line(s, w, n);
			w = keep(WORDS_MAX, sizeof(*w));
			n = 0;
		}
		for (char *word = strtok_r(line, " \t", &save); word; word = strtok_r(NULL, " \t", &save))
			w[n++] = word;
		line = end ? end + 1 : NULL;
	}
	if (n > 0)
		parse_line(s, w, n);
	return s;
}

struct oci_seccomp *profile_load(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = keep(1, 65536);

	if (!f || fread(text, 1, 65535, f) == 0) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(1);
	}
	fclose(f);
	return profile_parse(text);
}

uint32_t bpf_run(const struct k_sock_filter *f, size_t n, const struct call_data *d, size_t *steps)
{
	uint32_t a = 0, word;

	for (size_t pc = 0; pc < n; pc++) {
		const struct k_sock_filter *i = &f[pc];

		++*steps;
		switch (i->code) {
		case 0x20:	/* ld [k] */
			if (i->k > sizeof(*d) - 4 || i->k % 4 != 0)
				return UINT32_MAX;
			memcpy(&word, (const char *)d + i->k, 4);
			a = word;
			break;
		case 0x54:
			a &= i->k;
			break;
		case 0x05:
			pc += i->k;
			break;
		case 0x15:
			pc += a == i->k ? i->jt : i->jf;
			break;
		case 0x25:
			pc += a > i->k ? i->jt : i->jf;
			break;
		case 0x35:
			pc += a >= i->k ? i->jt : i->jf;
			break;
		case 0x06:
			return i->k;
		default:
			return UINT32_MAX;
		}
	}
	return UINT32_MAX;
}

/* ---- libseccomp ---- */

static uint32_t action_of(const char *name, bool has, uint32_t data)
{
	static const struct { const char *name; uint32_t action; } rows[] = {
		{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW }, { "SCMP_ACT_KILL", SCMP_ACT_KILL },
		{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS }, { "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD },
		{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP }, { "SCMP_ACT_LOG", SCMP_ACT_LOG },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].action;
	if (strcmp(name, "SCMP_ACT_TRACE") == 0)
		return SCMP_ACT_TRACE(has ? data : 1);
	return SCMP_ACT_ERRNO(has ? data : 1);
}

static enum scmp_compare op_of(const char *name)
{
	static const struct { const char *name; enum scmp_compare op; } rows[] = {
		{ "SCMP_CMP_NE", SCMP_CMP_NE }, { "SCMP_CMP_LT", SCMP_CMP_LT }, { "SCMP_CMP_LE", SCMP_CMP_LE },
		{ "SCMP_CMP_EQ", SCMP_CMP_EQ }, { "SCMP_CMP_GE", SCMP_CMP_GE }, { "SCMP_CMP_GT", SCMP_CMP_GT },
		{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].op;
	abort();
}

/* The token of SCMP_ARCH_X86_64, from libseccomp's own name "x86_64". */
static uint32_t token_of(const char *name)
{
	char lower[32];
	size_t i = 0;

	for (name += strlen("SCMP_ARCH_"); name[i] && i + 1 < sizeof(lower); i++)
		lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
	lower[i] = '\0';
	return seccomp_arch_resolve_name(lower);
}

static int add_entry(scmp_filter_ctx ctx, const struct oci_syscall *c, uint32_t action)
{
	struct scmp_arg_cmp cmp[16];
	unsigned int seen = 0;
	bool twice = false;

	for (size_t i = 0; i < c->n_args; i++) {
		cmp[i] = (struct scmp_arg_cmp){ c->args[i].index, op_of(c->args[i].op), c->args[i].value,
						c->args[i].value_two };
		twice |= seen >> c->args[i].index & 1;
		seen |= 1u << c->args[i].index;
	}
	for (size_t i = 0; i < c->n_names; i++) {
		int nr = seccomp_syscall_resolve_name(c->names[i]), rc = 0;

		if (nr == __NR_SCMP_ERROR)
			continue;
		if (!twice)
			rc = seccomp_rule_add_array(ctx, action, nr, (unsigned int)c->n_args, cmp);
		for (size_t j = 0; twice && rc == 0 && j < c->n_args; j++)
			rc = seccomp_rule_add_array(ctx, action, nr, 1, &cmp[j]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int add_all(scmp_filter_ctx ctx, const struct oci_seccomp *s, uint32_t standard)
{
	for (size_t i = 0; i < s->n_architectures; i++) {
		int rc = seccomp_arch_add(ctx, token_of(s->architectures[i]));

		if (rc < 0 && rc != -EEXIST)
			return rc;
	}
	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct oci_syscall *c = &s->syscalls[i];
		uint32_t action = action_of(c->action, c->has_errno_ret, c->errno_ret);
		int rc = action == standard ? 0 : add_entry(ctx, c, action);

		if (rc < 0)
			return rc;
	}
	return 0;
}

long judge_compile(const struct oci_seccomp *s, struct k_sock_filter *out, size_t max)
{
	uint32_t standard = action_of(s->default_action, s->has_default_errno_ret, s->default_errno_ret);
	scmp_filter_ctx ctx = seccomp_init(standard);
	int fd = memfd_create("filter", 0);
	long rc = add_all(ctx, s, standard);

	if (rc == 0)
		rc = seccomp_export_bpf(ctx, fd);
	if (rc == 0) {
		rc = pread(fd, out, max * sizeof(*out), 0);
		rc = rc < 0 ? -errno : rc / (long)sizeof(*out);
	}
	close(fd);
	seccomp_release(ctx);
	return rc;
}

/* ---- the words themselves ---- */

static bool holds(const struct oci_syscall_arg *a, uint64_t arg, bool is_64)
{
	uint64_t v = is_64 ? a->value : (uint32_t)a->value, two = is_64 ? a->value_two : (uint32_t)a->value_two;

	arg = is_64 ? arg : (uint32_t)arg;
	switch ((int)op_of(a->op)) {
	case SCMP_CMP_NE:
		return arg != v;
	case SCMP_CMP_LT:
		return arg < v;
	case SCMP_CMP_LE:
		return arg <= v;
	case SCMP_CMP_EQ:
		return arg == v;
	case SCMP_CMP_GE:
		return arg >= v;
	case SCMP_CMP_GT:
		return arg > v;
	case SCMP_CMP_MASKED_EQ:
		return (arg & v) == (two & v);
	default:
		abort();
	}
}

/* Which of the conditions look at a bit at all on this machine. */
static size_t n_real(const struct oci_syscall *c, bool is_64)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_args; i++)
		n += op_of(c->args[i].op) != SCMP_CMP_MASKED_EQ || (is_64 ? c->args[i].value : (uint32_t)c->args[i].value) != 0;
	return n;
}

/* -1: the entry does not speak of this call; 0: its conditions do not hold; 1: they do; 2: and it has none. */
static int speaks(const struct oci_syscall *c, const char *name, const struct arch_row *row, const struct call_data *d)
{
	int nr = seccomp_syscall_resolve_name_arch(row->token, name);
	struct mux_call mux = { 0 };
	bool is_mux = nr < 0 && mux_find(row, nr, &mux), hidden;
	bool twice = false, any = false, all = true;

	if (nr == __NR_SCMP_ERROR || (!is_mux && (uint32_t)nr != d->nr))
		return -1;
	hidden = is_mux && d->nr == mux.call;
	if (is_mux && !hidden && (mux.direct == 0 || mux.direct != d->nr))
		return -1;
	if (hidden && (uint32_t)d->args[0] != mux.selector)
		return 0;
	for (size_t i = 0; i < c->n_args; i++)
		for (size_t j = 0; j < i; j++)
			twice |= c->args[i].index == c->args[j].index;
	for (size_t i = 0; i < c->n_args; i++) {
		/* The first argument of a multiplexed call is the selector, and conditions on it are lost. */
		bool ok = (hidden && c->args[i].index == 0) || holds(&c->args[i], d->args[c->args[i].index], row->is_64);

		any |= ok;
		all &= ok;
	}
	if (!hidden && n_real(c, row->is_64) == 0)
		return 2;
	return twice ? any : all;
}

size_t judge_meaning(const struct oci_seccomp *s, const struct call_data *d, uint32_t *out, size_t max)
{
	uint32_t standard = action_of(s->default_action, s->has_default_errno_ret, s->default_errno_ret);
	bool is_x32 = d->arch == SCMP_ARCH_X86_64 && d->nr >= 0x40000000u;
	const struct arch_row *row = arch_find(is_x32 ? "SCMP_ARCH_X32" : d->arch == SCMP_ARCH_X86 ? "SCMP_ARCH_X86" :
					       "SCMP_ARCH_X86_64");
	size_t n = 0;

	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct oci_syscall *c = &s->syscalls[i];
		uint32_t action = action_of(c->action, c->has_errno_ret, c->errno_ret);

		for (size_t j = 0; action != standard && j < c->n_names; j++) {
			int said = speaks(c, c->names[j], row, d);

			if (said == 2) {
				out[0] = action;
				return 1;
			}
			if (said == 1 && n < max)
				out[n++] = action;
		}
	}
	if (n == 0)
		out[n++] = standard;
	return n;
}

bool judge_is_newer(const struct oci_seccomp *s, uint32_t arch, uint32_t nr)
{
	uint32_t kind = action_of(s->default_action, true, 0);
	bool is_x32 = arch == SCMP_ARCH_X86_64 && nr >= 0x40000000u;

	if (kind == SCMP_ACT_ALLOW || kind == SCMP_ACT_LOG || kind == SCMP_ACT_TRACE(0))
		return false;
	for (size_t i = 0; i < s->n_architectures; i++) {
		uint32_t token = token_of(s->architectures[i]);
		int largest = 0;

		if (is_x32 ? token != SCMP_ARCH_X32 : token != arch)
			continue;
		for (size_t j = 0; j < s->n_syscalls; j++)
			for (size_t k = 0; k < s->syscalls[j].n_names; k++) {
				int known = seccomp_syscall_resolve_name_arch(token, s->syscalls[j].names[k]);

				largest = known > largest ? known : largest;
			}
		return largest > 0 && nr > (uint32_t)largest;
	}
	return false;
}
