/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of config-linux.md#seccomp.  System calls that nobody knows are no error there. */
#include "libocispec/rules.h"

#include <inttypes.h>
#include <string.h>

enum {
	ERRNO_MAX = 4095,	/* MAX_ERRNO of the kernel: a larger value would not come out as an error */
	TRACE_MAX = 65535,	/* SECCOMP_RET_DATA is 16 bits */
	INDEX_MAX = 5,		/* a system call has six arguments */
};

static const char *const actions[] = {
	"SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO",
	"SCMP_ACT_TRACE", "SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY",
};

#define SECCOMP(s) ((s)->config->linux->seccomp)

static void actions_are_known(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_seccomp *c = SECCOMP(s);

	if (!IS_ONE_OF(c->default_action, actions))
		oci_wrong(r, "linux.seccomp.defaultAction: action \"%s\" is unknown",
			  SHOW(c->default_action));
	for (size_t i = 0; i < c->n_syscalls; i++)
		if (!IS_ONE_OF(c->syscalls[i].action, actions))
			oci_wrong(r, "linux.seccomp.syscalls[%zu].action: action \"%s\" is unknown", i,
				  SHOW(c->syscalls[i].action));
}

static void architectures_are_known(const struct oci_subject *s, struct oci_report *r)
{
	static const char *const known[] = {
		"SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64",
		"SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32",
		"SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64",
		"SCMP_ARCH_PPC64LE", "SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB",
		"SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64",
	};
	const struct oci_seccomp *c = SECCOMP(s);

	for (size_t i = 0; i < c->n_architectures; i++)
		if (!IS_ONE_OF(c->architectures[i], known))
			oci_wrong(r, "linux.seccomp.architectures[%zu]: architecture \"%s\" is unknown", i,
				  SHOW(c->architectures[i]));
}

static void flags_are_known(const struct oci_subject *s, struct oci_report *r)
{
	static const char *const known[] = {
		"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
		"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
	};
	const struct oci_seccomp *c = SECCOMP(s);

	for (size_t i = 0; i < c->n_flags; i++)
		if (!IS_ONE_OF(c->flags[i], known))
			oci_wrong(r, "linux.seccomp.flags[%zu]: flag \"%s\" is unknown", i,
				  SHOW(c->flags[i]));
}

static void calls_are_named(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_seccomp *c = SECCOMP(s);

	for (size_t i = 0; i < c->n_syscalls; i++)
		if (c->syscalls[i].n_names == 0)
			oci_wrong(r, "linux.seccomp.syscalls[%zu].names must not be empty", i);
}

static void arguments_are_known(const struct oci_subject *s, struct oci_report *r)
{
	static const char *const operators[] = {
		"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ",
	};
	const struct oci_seccomp *c = SECCOMP(s);

	for (size_t i = 0; i < c->n_syscalls; i++)
		for (size_t j = 0; j < c->syscalls[i].n_args; j++) {
			const struct oci_syscall_arg *a = &c->syscalls[i].args[j];

			if (!IS_ONE_OF(a->op, operators))
				oci_wrong(r, "linux.seccomp.syscalls[%zu].args[%zu].op: operator \"%s\" is unknown",
					  i, j, SHOW(a->op));
			if (a->index > INDEX_MAX)
				oci_wrong(r, "linux.seccomp.syscalls[%zu].args[%zu].index: %" PRIu32 " is above %d",
					  i, j, a->index, INDEX_MAX);
		}
}

/* The specification: when an action does not take an errno, giving one is an error. */
static const char *errno_wrong(const char *action, uint32_t value)
{
	if (strcmp(action, "SCMP_ACT_ERRNO") == 0)
		return value <= ERRNO_MAX ? NULL : "is above 4095";
	if (strcmp(action, "SCMP_ACT_TRACE") == 0)
		return value <= TRACE_MAX ? NULL : "is above 65535";
	return IS_ONE_OF(action, actions) ? "is of no use to the action" : NULL;
}

static void errno_fits_action(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_seccomp *c = SECCOMP(s);
	const char *wrong =
	    c->has_default_errno_ret ? errno_wrong(c->default_action, c->default_errno_ret) : NULL;

	if (wrong)
		oci_wrong(r, "linux.seccomp.defaultErrnoRet: %" PRIu32 " %s", c->default_errno_ret, wrong);
	for (size_t i = 0; i < c->n_syscalls; i++) {
		const struct oci_syscall *call = &c->syscalls[i];

		wrong = call->has_errno_ret ? errno_wrong(call->action, call->errno_ret) : NULL;
		if (wrong)
			oci_wrong(r, "linux.seccomp.syscalls[%zu].errnoRet: %" PRIu32 " %s", i,
				  call->errno_ret, wrong);
	}
}

/* Whose socket the listener goes to may also be said elsewhere (crun's annotation): that is for the runtime to ask for. */
static void notify_has_a_listener(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_seccomp *c = SECCOMP(s);
	bool listener = c->listener_path && *c->listener_path;

	if (strcmp(c->default_action, "SCMP_ACT_NOTIFY") == 0)
		oci_wrong(r, "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be used as default action");
	if (c->listener_metadata && *c->listener_metadata && !listener)
		oci_wrong(r, "linux.seccomp.listenerMetadata: is of no use without listenerPath");
	if (listener && c->listener_path[0] != '/')
		oci_wrong(r, "linux.seccomp.listenerPath: \"%s\" is not an absolute path",
			  SHOW(c->listener_path));
}

static const struct oci_rule rules[] = {
	{ "seccomp actions are known",               "config-linux.md#seccomp", actions_are_known       },
	{ "seccomp architectures are known",         "config-linux.md#seccomp", architectures_are_known },
	{ "seccomp flags are known",                 "config-linux.md#seccomp", flags_are_known         },
	{ "seccomp rules name system calls",         "config-linux.md#seccomp", calls_are_named         },
	{ "seccomp arguments can be compared",       "config-linux.md#seccomp", arguments_are_known     },
	{ "seccomp errno values fit the action",     "config-linux.md#seccomp", errno_fits_action       },
	{ "seccomp notification has a listener",     "config-linux.md#seccomp", notify_has_a_listener   },
};
const struct oci_rules oci_seccomp_rules = OCI_RULES(rules);
