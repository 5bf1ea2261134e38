/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/net.h"
#include "base/explain.h"
#include "libocispec/oci_config.h"

#include <string.h>

/* Two devices cannot have one name; the kernel would find out after the first has been moved. */
static int names_differ(const struct net_device *v, uint32_t n, struct err *e)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < i; k++)
			if (strcmp(v[i].inside, v[k].inside) == 0 && !strstr(v[i].inside, NET_TEMPLATE))
				return err_set(e, -EINVAL, "%s: %s would be called %s in the container as well", v[i].from,
					       v[k].name, v[i].inside);
	return 0;
}

int net_plan(const struct oci_linux *l, struct arena *a, struct net_plan *ret_plan, struct err *e)
{
	const size_t n = l ? l->n_net_devices : 0;
	struct net_device *v = ARENA_ARRAY(a, n, struct net_device);

	if (!v)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		const struct oci_net_device *d = &l->net_devices[i];

		v[i] = (struct net_device){
			.name = arena_str(a, d->key),
			.inside = arena_str(a, d->name && *d->name ? d->name : d->key),
			.from = arena_fmt(a, "linux.netDevices[\"%s\"]", d->key),
		};
		if (!v[i].name || !v[i].inside || !v[i].from)
			return err_nomem(e);
		/* Each network namespace has its own, which the kernel does not move. */
		if (strcmp(d->key, "lo") == 0)
			return err_set(e, -EINVAL, "%s: the loopback device cannot be moved", v[i].from);
	}
	if (names_differ(v, (uint32_t)n, e) < 0)
		return e->code;
	*ret_plan = (struct net_plan){ v, (uint32_t)n };
	return 0;
}

void net_explain(const struct net_plan *p, struct explain *x)
{
	for (uint32_t i = 0; i < p->n; i++)
		explain_act(x, p->v[i].from, "move the network device %s, as %s, with its addresses, and bring it up",
			    p->v[i].name, p->v[i].inside);
}
