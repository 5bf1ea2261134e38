/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of config.json as a whole, and the entries that read and write it or a part of it. */
#include "libocispec/rows.h"

/* Of FreeBSD only what the specification's own bad examples ask about; the rest is passed over. */
static const struct oci_row jail_rows[] = {
	OCI_STR(struct oci_freebsd_jail, "vnet", vnet, 0),
	OCI_SKIP("parent"),
	OCI_SKIP("host"),
	OCI_SKIP("ip4"),
	OCI_SKIP("ip4Addr"),
	OCI_SKIP("ip6"),
	OCI_SKIP("ip6Addr"),
	OCI_SKIP("interface"),
	OCI_SKIP("vnetInterfaces"),
	OCI_SKIP("sysvmsg"),
	OCI_SKIP("sysvsem"),
	OCI_SKIP("sysvshm"),
	OCI_SKIP("enforceStatfs"),
	OCI_SKIP("allow"),
};
static const struct oci_table jail = OCI_TABLE(struct oci_freebsd_jail, jail_rows);

static const struct oci_row freebsd_rows[] = {
	OCI_OBJ(struct oci_freebsd, "jail", jail, &jail, 0),
	OCI_SKIP("devices"),
};
static const struct oci_table freebsd = OCI_TABLE(struct oci_freebsd, freebsd_rows);

static const struct oci_row config_rows[] = {
	OCI_STR  (struct oci_config, "ociVersion",  oci_version, 0),
	OCI_OBJ  (struct oci_config, "process",     process,     &oci_process_table, 0),
	OCI_OBJ  (struct oci_config, "root",        root,        &oci_root_table, 0),
	OCI_STR  (struct oci_config, "hostname",    hostname,    0),
	OCI_STR  (struct oci_config, "domainname",  domainname,  0),
	OCI_OBJS (struct oci_config, "mounts",      mounts,      &oci_mount_table, 0),
	OCI_OBJ  (struct oci_config, "hooks",       hooks,       &oci_hooks_table, 0),
	OCI_PAIRS(struct oci_config, "annotations", annotations, 0),
	OCI_OBJ  (struct oci_config, "linux",       linux,       &oci_linux_table, 0),
	OCI_OBJ  (struct oci_config, "freebsd",     freebsd,     &freebsd, 0),
	OCI_SKIP("solaris"),
	OCI_SKIP("windows"),
	OCI_SKIP("vm"),
	OCI_SKIP("zos"),
};
const struct oci_table oci_config_table = OCI_TABLE(struct oci_config, config_rows);

struct oci_doc *oci_doc_parse(const char *json, size_t len, enum oci_mode mode, struct oci_err *e)
{
	struct oci_doc *d = oci_doc_parse_table(&oci_config_table, json, len, mode, e);

	if (d)
		d->config = d->root;
	return d;
}

struct oci_doc *oci_doc_parse_process(const char *json, size_t len, enum oci_mode mode, struct oci_err *e)
{
	struct oci_doc *d = oci_doc_parse_table(&oci_process_table, json, len, mode, e);

	if (d)
		d->process = d->root;
	return d;
}

struct oci_doc *oci_doc_parse_resources(const char *json, size_t len, enum oci_mode mode, struct oci_err *e)
{
	struct oci_doc *d = oci_doc_parse_table(&oci_resources_table, json, len, mode, e);

	if (d)
		d->resources = d->root;
	return d;
}

struct oci_doc *oci_doc_parse_mounts(const char *json, size_t len, enum oci_mode mode, struct oci_err *e)
{
	static const struct oci_row list = OCI_OBJS(struct oci_mounts, "", mounts, &oci_mount_table, 0);
	struct oci_doc *d = oci_doc_parse_row(&list, sizeof(struct oci_mounts), json, len, mode, e);

	if (d)
		d->mounts = d->root;
	return d;
}

struct oci_doc *oci_strings_parse(const char *json, size_t len, struct oci_err *e)
{
	/* cppcheck-suppress nullPointer; only its type is looked at */
	static const struct oci_row list = OCI_STRS(struct oci_strings, "", v, 0);

	return oci_doc_parse_row(&list, sizeof(struct oci_strings), json, len, OCI_LENIENT, e);
}

char *oci_config_write(const struct oci_config *c, const char *indent)
{
	return oci_table_write(&oci_config_table, c, indent);
}

char *oci_process_write(const struct oci_process *p, const char *indent)
{
	return oci_table_write(&oci_process_table, p, indent);
}

char *oci_resources_write(const struct oci_resources *r, const char *indent)
{
	return oci_table_write(&oci_resources_table, r, indent);
}
