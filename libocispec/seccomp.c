/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of config-linux.md#seccomp. */
#include "libocispec/rows.h"

static const struct oci_row arg_rows[] = {
	OCI_INT0(struct oci_syscall_arg, "index",    index,     OCI_REQUIRED),
	OCI_INT0(struct oci_syscall_arg, "value",    value,     OCI_REQUIRED),
	OCI_INT0(struct oci_syscall_arg, "valueTwo", value_two, 0),
	OCI_STR (struct oci_syscall_arg, "op",       op,        OCI_REQUIRED),
};
static const struct oci_table arg = OCI_TABLE(struct oci_syscall_arg, arg_rows);

static const struct oci_row syscall_rows[] = {
	OCI_STRS(struct oci_syscall, "names",    names,     OCI_REQUIRED),
	OCI_STR (struct oci_syscall, "action",   action,    OCI_REQUIRED),
	OCI_INT (struct oci_syscall, "errnoRet", errno_ret, 0),
	OCI_OBJS(struct oci_syscall, "args",     args,      &arg, 0),
};
static const struct oci_table syscall = OCI_TABLE(struct oci_syscall, syscall_rows);

static const struct oci_row seccomp_rows[] = {
	OCI_STR (struct oci_seccomp, "defaultAction",    default_action,    OCI_REQUIRED),
	OCI_INT (struct oci_seccomp, "defaultErrnoRet",  default_errno_ret, 0),
	OCI_STRS(struct oci_seccomp, "architectures",    architectures,     0),
	OCI_STRS(struct oci_seccomp, "flags",            flags,             0),
	OCI_STR (struct oci_seccomp, "listenerPath",     listener_path,     0),
	OCI_STR (struct oci_seccomp, "listenerMetadata", listener_metadata, 0),
	OCI_OBJS(struct oci_seccomp, "syscalls",         syscalls,          &syscall, 0),
};
const struct oci_table oci_seccomp_table = OCI_TABLE(struct oci_seccomp, seccomp_rows);
