/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The features document (features.md, features-linux.md).  Members follow the rules of oci_config.h. */
#ifndef OCI_FEATURES_H
#define OCI_FEATURES_H

#include "libocispec/oci_config.h"

struct oci_features_cgroup {
	bool v1;
	bool v2;
	bool systemd;
	bool systemd_user;
	bool rdma;
};

struct oci_features_seccomp {
	bool enabled;
	const char **actions;
	size_t n_actions;
	const char **operators;
	size_t n_operators;
	const char **archs;
	size_t n_archs;
	const char **known_flags;
	size_t n_known_flags;
	const char **supported_flags;
	size_t n_supported_flags;
};

/* A feature that is there or not: apparmor, selinux, netDevices, idmap. */
struct oci_feature {
	bool enabled;
};

struct oci_features_intel_rdt {
	bool enabled;
	bool schemata;
	bool monitoring;
};

struct oci_features_memory_policy {
	const char **modes;
	size_t n_modes;
	const char **flags;
	size_t n_flags;
};

struct oci_features_mount_extensions {
	struct oci_feature *idmap;
};

struct oci_features_linux {
	const char **namespaces;
	size_t n_namespaces;
	const char **capabilities;
	size_t n_capabilities;
	struct oci_features_cgroup *cgroup;
	struct oci_features_seccomp *seccomp;
	struct oci_feature *apparmor;
	struct oci_feature *selinux;
	struct oci_features_intel_rdt *intel_rdt;
	struct oci_features_memory_policy *memory_policy;
	struct oci_features_mount_extensions *mount_extensions;
	struct oci_feature *net_devices;
};

struct oci_features {
	const char *oci_version_min;
	const char *oci_version_max;
	const char **hooks;
	size_t n_hooks;
	const char **mount_options;
	size_t n_mount_options;
	struct oci_features_linux *linux;
	struct oci_pair *annotations;
	size_t n_annotations;
	const char **potentially_unsafe_config_annotations;
	size_t n_potentially_unsafe_config_annotations;
};

#endif
