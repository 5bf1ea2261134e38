/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/filter.h"
#include "libocispec/oci_config.h"
#include "runtime/annotations.h"

#include <string.h>

#define VARIABLE "RUN_OCI_SECCOMP_RECEIVER"

static const char *variable(const char *const *environment, const char *name)
{
	const size_t n = strlen(name);

	for (; environment && *environment; environment++)
		if (strncmp(*environment, name, n) == 0 && (*environment)[n] == '=')
			return *environment + n + 1;
	return NULL;
}

static const struct oci_seccomp *profile_of(const struct oci_config *c)
{
	return c->linux ? c->linux->seccomp : NULL;
}

/* config-linux.md has listenerPath; crun an annotation, and a variable for who cannot write either. */
static int find_agent(const struct oci_config *c, const char *const *environment, struct filter_agent *ret, struct err *e)
{
	const struct oci_seccomp *s = profile_of(c);
	const struct { const char *path, *from; } places[] = {
		{ s ? s->listener_path : NULL, "linux.seccomp.listenerPath" },
		{ oci_annotation(c, FILTER_RECEIVER_ANNOTATION), "annotations: " FILTER_RECEIVER_ANNOTATION },
		{ variable(environment, VARIABLE), VARIABLE },
	};

	*ret = (struct filter_agent){ .metadata = s ? s->listener_metadata : NULL };
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !ret->path; i++)
		if (places[i].path && *places[i].path) {
			ret->path = places[i].path;
			ret->from = places[i].from;
		}
	if (ret->path && *ret->path != '/')
		return err_set(e, -EINVAL, "%s: \"%s\" is not an absolute path", ret->from, ret->path);
	return 0;
}

int filter_check(const struct oci_config *c, const char *const *environment, struct filter_agent *ret_agent, struct err *e)
{
	const struct oci_seccomp *s = profile_of(c);

	if (seccomp_check(s, e) < 0 || find_agent(c, environment, ret_agent, e) < 0)
		return e->code;
	if (!oci_annotation(c, SECCOMP_READY_ANNOTATION) && seccomp_notifies(s) && !ret_agent->path)
		return err_set(e, -EINVAL, "linux.seccomp: SCMP_ACT_NOTIFY is used and listenerPath is not set");
	return 0;
}

int filter_make(const struct oci_config *c, struct arena *a, struct seccomp_plan *p, struct err *e)
{
	const struct oci_seccomp *s = profile_of(c);
	const char *ready = oci_annotation(c, SECCOMP_READY_ANNOTATION);

	if (ready)
		return seccomp_ready(ready, s, a, p, e);
	if (seccomp_compile(s, a, p, e) < 0)
		return e->code;
	if (p->n_unknown > 0 && oci_annotation(c, FILTER_STRICT_ANNOTATION))
		return err_set(e, -EINVAL, "linux.seccomp: system call \"%s\" is unknown, and the annotation "
			       FILTER_STRICT_ANNOTATION " wants that to be an error", p->unknown[0]);
	return 0;
}
