/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/keeper.h"
#include "base/arr.h"
#include "base/explain.h"
#include "libocispec/ocispec.h"
#include "sys/abi.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* What means nothing without it. */
static const struct {
	const char *annotation, *purpose;
} of_init[] = {
	{ KEEPER_TITLE_ANNOTATION,	"it could be the title of" },
	{ KEEPER_RESPAWN_ANNOTATION,	"could start the program again" },
	{ KEEPER_KILL_ANNOTATION,	"could kill the program" },
};

static int is_wanted(const struct oci_config *c, bool by_option, bool *ret, struct err *e)
{
	struct oci_err oe;

	if (oci_annotation_flag(c, KEEPER_ANNOTATION, ret, &oe) < 0)
		return err_set(e, oe.code, "%s", oe.text);
	if (by_option && !*ret && oci_annotation(c, KEEPER_ANNOTATION))
		return err_set(e, -EINVAL, "annotations: %s: is \"false\", and --init asks for it", KEEPER_ANNOTATION);
	*ret |= by_option;
	for (size_t i = 0; !*ret && i < ARRAY_LEN(of_init); i++)
		if (oci_annotation(c, of_init[i].annotation))
			return err_set(e, -EINVAL, "annotations: %s: there is no init that %s: set %s to \"true\"",
				       of_init[i].annotation, of_init[i].purpose, KEEPER_ANNOTATION);
	return 0;
}

/* cist schedules the init, and this does not go on to a child (sched(7), "Resetting scheduling policy for child processes"). */
static int check_scheduler(const struct oci_process *p, struct err *e)
{
	const struct oci_scheduler *s = p ? p->scheduler : NULL;
	bool ends_at_fork = s && s->policy && strcmp(s->policy, "SCHED_DEADLINE") == 0;

	for (size_t i = 0; s && i < s->n_flags; i++)
		ends_at_fork |= strcmp(s->flags[i], "SCHED_FLAG_RESET_ON_FORK") == 0;
	return ends_at_fork ? err_set(e, -EINVAL, "process.scheduler: SCHED_DEADLINE and SCHED_FLAG_RESET_ON_FORK do not "
				      "reach the program of a built-in init (%s)", KEEPER_ANNOTATION) : 0;
}

static int check_title(const char *title, struct err *e)
{
	size_t n = strlen(title);

	if (n > KEEPER_TITLE_MAX)
		return err_set(e, -EINVAL, "annotations: %s: longer than %d bytes", KEEPER_TITLE_ANNOTATION,
			       KEEPER_TITLE_MAX);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)title[i] < ' ' || title[i] == '\x7f')
			return err_set(e, -EINVAL, "annotations: %s: a control character", KEEPER_TITLE_ANNOTATION);
	if (title[strspn(title, " ")] == '\0')
		return err_set(e, -EINVAL, "annotations: %s: no word in it", KEEPER_TITLE_ANNOTATION);
	return 0;
}

static int split_title(const char *title, struct arena *a, const char *const **ret_words, struct err *e)
{
	const char **words = ARENA_ARRAY(a, KEEPER_WORDS_MAX + 1, const char *);
	size_t n = 0;

	if (!words)
		return err_nomem(e);
	for (title += strspn(title, " "); *title; title += strspn(title, " ")) {
		size_t len = strcspn(title, " ");

		if (n == KEEPER_WORDS_MAX)
			return err_set(e, -EINVAL, "annotations: %s: more than %d words", KEEPER_TITLE_ANNOTATION,
				       KEEPER_WORDS_MAX);
		words[n] = arena_fmt(a, "%.*s", (int)len, title);
		if (!words[n++])
			return err_nomem(e);
		title += len;
	}
	*ret_words = words;
	return 0;
}

/*
 * A terminal is hung up with the session that it controlled, for whoever still has it open; and no label of the kernel's
 * security modules can be asked for once more by a process that is under that label.
 */
static int check_respawn(const struct oci_process *p, struct err *e)
{
	const char *with = NULL;

	if (p && p->terminal)
		with = "terminal";
	else if (p && p->apparmor_profile && *p->apparmor_profile)
		with = "apparmorProfile";
	else if (p && p->selinux_label && *p->selinux_label)
		with = "selinuxLabel";
	return with ? err_set(e, -EINVAL, "annotations: %s: a program with process.%s cannot be started again in its container",
			      KEEPER_RESPAWN_ANNOTATION, with) : 0;
}

/* 1: *ret; 0: there is no such annotation. */
static int parse_ms(const struct oci_config *c, const char *annotation, uint32_t least, uint32_t *ret, struct err *e)
{
	const char *text = oci_annotation(c, annotation);
	size_t n = text ? strspn(text, "0123456789") : 0;
	unsigned long ms;

	if (!text)
		return 0;
	ms = n > 0 && n < 10 && text[n] == '\0' ? strtoul(text, NULL, 10) : ULONG_MAX;
	if (ms < least || ms > KEEPER_MS_MOST)
		return err_set(e, -EINVAL, "annotations: %s: \"%s\" is no number of milliseconds from %u to %d", annotation,
			       text, least, KEEPER_MS_MOST);
	*ret = (uint32_t)ms;
	return 1;
}

static int plan_times(const struct oci_config *c, struct keeper_plan *k, struct err *e)
{
	int rc = parse_ms(c, KEEPER_KILL_ANNOTATION, 0, &k->kill_ms, e);

	if (rc < 0)
		return rc;
	k->kills = rc > 0;
	rc = parse_ms(c, KEEPER_RESPAWN_ANNOTATION, KEEPER_RESPAWN_LEAST, &k->respawn_ms, e);
	return rc > 0 ? check_respawn(c->process, e) : rc;
}

int keeper_plan(const struct oci_config *c, bool by_option, const struct ns_plan *ns, struct arena *a,
		struct keeper_plan *ret, struct err *e)
{
	const char *title = oci_annotation(c, KEEPER_TITLE_ANNOTATION);
	struct keeper_plan k = { .record_fd = -1, .is_first = (ns->fresh & K_CLONE_NEWPID) != 0 };

	if (is_wanted(c, by_option, &k.wanted, e) < 0)
		return e->code;
	if (k.wanted && (plan_times(c, &k, e) < 0 || check_scheduler(c->process, e) < 0 ||
			 (title && check_title(title, e) < 0) ||
			 split_title(title ? title : "cist-init", a, &k.title, e) < 0))
		return e->code;
	*ret = k;
	return 0;
}

/* What its loop calls, and its end; names that a machine does not have are passed over. */
static const char *const calls[] = {
	"rt_sigtimedwait", "rt_sigtimedwait_time64", "wait4", "waitid", "kill", "rt_sigqueueinfo", "write", "close",
	"munmap", "exit", "exit_group", "restart_syscall", "clock_gettime", "clock_gettime64",
};

int keeper_compile(struct keeper_plan *k, struct arena *a, struct err *e)
{
	const char *names[ARRAY_LEN(calls)];
	struct oci_syscall allowed = { .names = names, .n_names = ARRAY_LEN(calls), .action = "SCMP_ACT_ALLOW" };
	const struct oci_seccomp profile = { .default_action = "SCMP_ACT_ERRNO", .syscalls = &allowed, .n_syscalls = 1 };

	if (!k->wanted || k->respawn_ms > 0)
		return 0;
	memcpy(names, calls, sizeof(names));
	return seccomp_compile(&profile, a, &k->filter, e) < 0 ? err_ctx(e, "%s", KEEPER_ANNOTATION) : 0;
}

void keeper_explain(const struct keeper_plan *k, struct explain *x)
{
	if (k->respawn_ms > 0) {
		explain_act(x, KEEPER_RESPAWN_ANNOTATION, "fork: the child becomes the program, again whenever "
			    "that has ended, %u ms from start to start at least", k->respawn_ms);
		explain_act(x, KEEPER_RESPAWN_ANNOTATION, "forward signals, reap and append to exit until told to end");
	} else {
		explain_act(x, KEEPER_ANNOTATION, "fork: the child goes on%s", k->is_first ? " as process 2" : "");
		explain_act(x, KEEPER_ANNOTATION, "forward signals and reap until the program ends, then write exit");
	}
	if (k->kills)
		explain_act(x, KEEPER_KILL_ANNOTATION, "kill %s %u ms after SIGTERM",
			    k->is_first ? "all of the pid namespace" : "the program", k->kill_ms);
}
