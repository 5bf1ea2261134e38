/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/filter.h"
#include "libocispec/oci_config.h"

#include <string.h>

/* crun's names; each may also come from podman through --annotation. */
#define RECEIVER	"run.oci.seccomp.receiver"
#define READY		"run.oci.seccomp_bpf_data"
#define PLUGINS		"run.oci.seccomp.plugins"
#define STRICT		"run.oci.seccomp_fail_unknown_syscall"
#define VARIABLE	"RUN_OCI_SECCOMP_RECEIVER"

static const char *annotation(const struct oci_config *c, const char *key)
{
	for (size_t i = 0; i < c->n_annotations; i++)
		if (strcmp(c->annotations[i].key, key) == 0)
			return c->annotations[i].value;
	return NULL;
}

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
		{ annotation(c, RECEIVER), "annotations: " RECEIVER },
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

	if (annotation(c, PLUGINS))
		return err_set(e, -EOPNOTSUPP, "annotations: " PLUGINS ": shared objects that answer system calls from within "
			       "the runtime are not loaded; let an agent listen, and name its socket in "
			       "linux.seccomp.listenerPath");
	if (seccomp_check(s, e) < 0 || find_agent(c, environment, ret_agent, e) < 0)
		return e->code;
	if (!annotation(c, READY) && seccomp_notifies(s) && !ret_agent->path)
		return err_set(e, -EINVAL, "linux.seccomp: SCMP_ACT_NOTIFY is used and listenerPath is not set");
	return 0;
}

int filter_make(const struct oci_config *c, struct arena *a, struct seccomp_plan *p, struct err *e)
{
	const struct oci_seccomp *s = profile_of(c);
	const char *ready = annotation(c, READY);

	if (ready)
		return seccomp_ready(ready, s, a, p, e);
	if (seccomp_compile(s, a, p, e) < 0)
		return e->code;
	if (p->n_unknown > 0 && annotation(c, STRICT))
		return err_set(e, -EINVAL, "linux.seccomp: system call \"%s\" is unknown, and the annotation " STRICT
			       " wants that to be an error", p->unknown[0]);
	return 0;
}
