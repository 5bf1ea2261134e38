/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of config-linux.md#control-groups: what no kernel takes. */
#include "libocispec/rules.h"

#include <inttypes.h>
#include <string.h>

/* -1 and absent mean all numbers of a kind. */
static bool is_number_or_all(bool has, int64_t v)
{
	return !has || (v >= -1 && v <= UINT32_MAX);
}

static void device_rules_are_known(const struct oci_subject *s, struct oci_report *r)
{
	static const char *const types[] = { "", "a", "b", "c" };
	const struct oci_resources *res = s->resources;

	for (size_t i = 0; i < res->n_devices; i++) {
		const struct oci_device_cgroup *d = &res->devices[i];

		if (d->type && !IS_ONE_OF(d->type, types))
			oci_wrong(r, "%sdevices[%zu].type: \"%s\" is unknown", s->resources_at, i,
				  SHOW(d->type));
		if (d->access && (d->access[strspn(d->access, "rwm")] || strlen(d->access) > 3))
			oci_wrong(r, "%sdevices[%zu].access: \"%s\" is not made of r, w and m",
				  s->resources_at, i, SHOW(d->access));
		if (!is_number_or_all(d->has_major, d->major) || !is_number_or_all(d->has_minor, d->minor))
			oci_wrong(r, "%sdevices[%zu]: %" PRId64 ":%" PRId64 " is out of range",
				  s->resources_at, i, d->major, d->minor);
	}
}

static void memory_is_a_size(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_memory *m = s->resources->memory;

	if (!m)
		return;
	if (m->limit < -1)
		oci_wrong(r, "%smemory.limit: %" PRId64 " is below -1", s->resources_at, m->limit);
	if (m->reservation < -1)
		oci_wrong(r, "%smemory.reservation: %" PRId64 " is below -1", s->resources_at,
			  m->reservation);
	if (m->swap < -1)
		oci_wrong(r, "%smemory.swap: %" PRId64 " is below -1", s->resources_at, m->swap);
	/* Engines pass their "unset", -1, through an unsigned number. */
	if (m->swappiness > 100 && m->swappiness != UINT64_MAX)
		oci_wrong(r, "%smemory.swappiness: %" PRIu64 " is above 100", s->resources_at, m->swappiness);
}

static bool is_weight(bool has, uint16_t weight)
{
	return !has || weight == 0 || (weight >= 10 && weight <= 1000);		/* 0 = leave it alone */
}

static void weights_in_range(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_block_io *b = s->resources->block_io;

	if (!b)
		return;
	if (!is_weight(b->has_weight, b->weight) || !is_weight(b->has_leaf_weight, b->leaf_weight))
		oci_wrong(r, "%sblockIO.weight: must be between 10 and 1000", s->resources_at);
	for (size_t i = 0; i < b->n_weight_device; i++)
		if (!is_weight(b->weight_device[i].has_weight, b->weight_device[i].weight) ||
		    !is_weight(b->weight_device[i].has_leaf_weight, b->weight_device[i].leaf_weight))
			oci_wrong(r, "%sblockIO.weightDevice[%zu].weight: must be between 10 and 1000",
				  s->resources_at, i);
}

static bool is_block_device(int64_t major, int64_t minor)
{
	return major >= 0 && minor >= 0 && major <= UINT32_MAX && minor <= UINT32_MAX;
}

static void judge_throttle(const struct oci_subject *s, struct oci_report *r, const char *name,
			   const struct oci_throttle_device *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_block_device(v[i].major, v[i].minor))
			oci_wrong(r, "%sblockIO.%s[%zu]: %" PRId64 ":%" PRId64 " is out of range",
				  s->resources_at, name, i, v[i].major, v[i].minor);
}

static void block_devices_have_numbers(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_block_io *b = s->resources->block_io;

	if (!b)
		return;
	judge_throttle(s, r, "throttleReadBpsDevice", b->throttle_read_bps_device,
		       b->n_throttle_read_bps_device);
	judge_throttle(s, r, "throttleWriteBpsDevice", b->throttle_write_bps_device,
		       b->n_throttle_write_bps_device);
	judge_throttle(s, r, "throttleReadIOPSDevice", b->throttle_read_iops_device,
		       b->n_throttle_read_iops_device);
	judge_throttle(s, r, "throttleWriteIOPSDevice", b->throttle_write_iops_device,
		       b->n_throttle_write_iops_device);
	for (size_t i = 0; i < b->n_weight_device; i++)
		if (!is_block_device(b->weight_device[i].major, b->weight_device[i].minor))
			oci_wrong(r, "%sblockIO.weightDevice[%zu]: %" PRId64 ":%" PRId64 " is out of range",
				  s->resources_at, i, b->weight_device[i].major, b->weight_device[i].minor);
}

static bool is_page_size(const char *p)
{
	size_t digits = strspn(p, "0123456789");

	return digits > 0 && p[0] != '0' && p[digits] && strchr("KMG", p[digits]) &&
	       strcmp(p + digits + 1, "B") == 0;
}

static void page_sizes_are_sizes(const struct oci_subject *s, struct oci_report *r)
{
	for (size_t i = 0; i < s->resources->n_hugepage_limits; i++)
		if (!is_page_size(s->resources->hugepage_limits[i].page_size))
			oci_wrong(r, "%shugepageLimits[%zu].pageSize: \"%s\" is not like 64KB, 2MB or 1GB",
				  s->resources_at, i, SHOW(s->resources->hugepage_limits[i].page_size));
}

static void unified_names_are_files(const struct oci_subject *s, struct oci_report *r)
{
	for (size_t i = 0; i < s->resources->n_unified; i++) {
		const char *key = s->resources->unified[i].key;
		const char *dot = strchr(key, '.');

		if (strchr(key, '/'))
			oci_wrong(r, "unified resource \"%s\" must be a file name (no slashes)",
				  SHOW(key)); /* runc's words */
		else if (!dot || dot == key || dot[1] == '\0' || oci_has_dotdot(key))
			oci_wrong(r, "unified resource \"%s\" must be in the form CONTROLLER.PARAMETER",
				  SHOW(key));
	}
}

static void interfaces_are_named(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_network *n = s->resources->network;

	for (size_t i = 0; n && i < n->n_priorities; i++)
		if (n->priorities[i].name[0] == '\0')
			oci_wrong(r, "%snetwork.priorities[%zu].name must not be empty", s->resources_at, i);
}

static const struct oci_rule rules[] = {
	{ "device rules have known types and access", "config-linux.md#allowed-device-list", device_rules_are_known     },
	{ "memory limits are sizes or -1",            "config-linux.md#memory",              memory_is_a_size           },
	{ "block I/O weights are in range",           "config-linux.md#block-io",            weights_in_range           },
	{ "block devices have numbers",               "config-linux.md#block-io",            block_devices_have_numbers },
	{ "huge page sizes are sizes",                "config-linux.md#huge-page-limits",    page_sizes_are_sizes       },
	{ "unified names are file names",             "config-linux.md#unified",             unified_names_are_files    },
	{ "network priorities name an interface",     "config-linux.md#network",             interfaces_are_named       },
};
const struct oci_rules oci_resources_rules = OCI_RULES(rules);
