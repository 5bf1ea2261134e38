/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One program with SECCOMP_RET_USER_NOTIF becomes two; the same is done for what comes ready made. */
#include "seccomp/listen.h"
#include "seccomp/code.h"
#include "seccomp/table.h"
#include "base/fmt.h"
#include "libocispec/oci_config.h"

#include <string.h>

enum { BPF_CLASS = 0x07, BPF_RET_CLASS = 0x06 };

bool seccomp_notifies(const struct oci_seccomp *s)
{
	static const char notify[] = "SCMP_ACT_NOTIFY";

	if (!s)
		return false;
	for (size_t i = 0; i < s->n_syscalls; i++)
		if (s->syscalls[i].action && strcmp(s->syscalls[i].action, notify) == 0)
			return true;
	return s->default_action && strcmp(s->default_action, notify) == 0;
}

static bool is_notify(const struct k_sock_filter *f)
{
	return f->code == BPF_RETURN && (f->k & 0xffff0000u) == ACTION_NOTIFY;
}

/* The copy in which only NOTIFY, or only what is not NOTIFY, is left of the verdicts. */
static const struct k_sock_filter *half(const struct k_sock_filter *f, uint32_t n, bool listener, struct arena *a)
{
	struct k_sock_filter *copy = ARENA_ARRAY(a, n, struct k_sock_filter);

	for (uint32_t i = 0; copy && i < n; i++) {
		copy[i] = f[i];
		if (f[i].code == BPF_RETURN && is_notify(&f[i]) != listener)
			copy[i].k = ACTION_ALLOW;
	}
	return copy;
}

int seccomp_split(struct seccomp_plan *p, struct arena *a, struct err *e)
{
	const uint32_t about_listeners = K_SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, flags = p->flags;
	const struct k_sock_filter *whole = p->filter;
	bool listens = false;

	for (uint32_t i = 0; i < p->n; i++)
		listens |= is_notify(&whole[i]);
	/* On a filter without a listener it means nothing and the kernel refuses it. */
	p->flags = flags & ~about_listeners;
	if (!listens)
		return 0;
	p->listens = true;
	/* The init is one thread: there is nobody to synchronise with, and the kernel takes only one of the two flags. */
	p->listener_flags = (flags & ~K_SECCOMP_FILTER_FLAG_TSYNC) | K_SECCOMP_FILTER_FLAG_NEW_LISTENER;
	p->listener = half(whole, p->n, true, a);
	p->filter = half(whole, p->n, false, a);
	return p->listener && p->filter ? 0 : err_nomem(e);
}

/* ---- ready made ---- */

static int sextet(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 :
	       c == '+' ? 62 : c == '/' ? 63 : -1;
}

int seccomp_base64(const char *text, uint8_t *out, size_t size, size_t *ret_n)
{
	size_t len = strlen(text), n = 0;
	uint32_t bits = 0, held = 0;

	while (len > 0 && text[len - 1] == '=' && held < 2) {
		len--;
		held++;
	}
	if (held > 0 && (len + held) % 4 != 0)
		return -EINVAL;
	held = 0;
	for (size_t i = 0; i < len; i++) {
		int six = sextet(text[i]);

		if (six < 0)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)six;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		if (n == size)
			return -E2BIG;
		out[n++] = (uint8_t)(bits >> held);
	}
	/* What is left are the padding's bits, fewer than a character has and none of them set. */
	if (held >= 6 || (bits & ((1u << held) - 1)) != 0)
		return -EINVAL;
	*ret_n = n;
	return 0;
}

static const char member[] = "annotations: " SECCOMP_READY_ANNOTATION;

/* seccomp(2) is the judge of the instructions; here is what would make an unlucky filter of a wrong text. */
static int judge_ready(const struct k_sock_filter *f, uint32_t n, struct err *e)
{
	for (uint32_t i = 0; i < n; i++)
		if ((f[i].code & BPF_CLASS) == BPF_RET_CLASS && f[i].code != BPF_RETURN)
			return err_set(e, -EOPNOTSUPP, "%s: instruction %u returns a computed value; only constant ones "
				       "can be told to ask for a listener or not", member, i);
	if ((f[n - 1].code & BPF_CLASS) != BPF_RET_CLASS)
		return err_set(e, -EINVAL, "%s: the last instruction does not return", member);
	return 0;
}

int seccomp_ready(const char *base64, const struct oci_seccomp *s, struct arena *a, struct seccomp_plan *ret_plan,
		  struct err *e)
{
	const size_t each = sizeof(struct k_sock_filter);
	struct seccomp_plan p = { .wanted = true };
	struct k_sock_filter *f = ARENA_ARRAY(a, CODE_MAX, struct k_sock_filter);
	size_t bytes = 0;
	int rc = f ? seccomp_base64(base64, (uint8_t *)f, CODE_MAX * each, &bytes) : -ENOMEM;

	if (rc == -ENOMEM)
		return err_nomem(e);
	if (rc == -E2BIG)
		return err_set(e, rc, "%s: it has more than the %d instructions that the kernel takes", member, CODE_MAX);
	if (rc < 0)
		return err_set(e, rc, "%s: it is not base64", member);
	if (bytes == 0 || bytes % each != 0)
		return err_set(e, -EINVAL, "%s: %zu bytes are no whole number of instructions of %zu bytes", member, bytes,
			       each);
	p.n = (uint32_t)(bytes / each);
	p.filter = f;
	if (judge_ready(f, p.n, e) < 0 || seccomp_flags(s, &p.flags, e) < 0 || seccomp_split(&p, a, e) < 0)
		return e->code;
	*ret_plan = p;
	return 0;
}
