/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "seccomp/seccomp.h"
#include "base/explain.h"
#include "base/fmt.h"
#include "libocispec/oci_config.h"

enum { NAMES_MAX = 1024 };	/* bytes of an entry's names that are shown */

static void explain_entry(const struct oci_seccomp *s, size_t i, struct explain *x)
{
	const struct oci_syscall *c = &s->syscalls[i];
	char names[NAMES_MAX], from[64];
	size_t n = 0, shown = 0;

	for (; shown < c->n_names && n < sizeof(names); shown++)
		n += fmt(names + n, sizeof(names) - n, "%s%s", shown > 0 ? " " : "", c->names[shown]);
	fmt(from, sizeof(from), "linux.seccomp.syscalls[%zu]", i);
	explain_act(x, from, "%s%s: %s%s (%zu names)", c->action,
		    c->n_args > 0 ? " depending on arguments" : "", names, n >= sizeof(names) ? " …" : "",
		    c->n_names);
}

void seccomp_explain(const struct seccomp_plan *p, const struct oci_seccomp *s, struct explain *x)
{
	if (!p->wanted)
		return;
	if (p->listens)
		explain_act(x, "linux.seccomp.listenerPath", "load %u instructions that ask the agent, flags %x, with the "
			    "listener", p->n, p->listener_flags);
	if (!s) {
		explain_act(x, "annotations", "load a filter of %u instructions, flags %x, which came ready", p->n, p->flags);
		return;
	}
	explain_act(x, "linux.seccomp",
		    "load a filter of %u instructions, flags %x; %s for what no rule names", p->n, p->flags,
		    s->default_action);
	for (size_t i = 0; i < s->n_syscalls; i++)
		explain_entry(s, i, x);
	for (uint32_t i = 0; i < p->n_unknown; i++)
		explain_act(x, NULL, "%s is no system call that libseccomp knows: passed over",
			    p->unknown[i]);
}
