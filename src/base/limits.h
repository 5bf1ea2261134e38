/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every bound of the runtime in one place; docs/limits.md says why each is what it is. */
#ifndef CIST_BASE_LIMITS_H
#define CIST_BASE_LIMITS_H

enum {
	CONTAINER_ID_MAX    = 1024,		/* bytes; engines' tests use long names */
	CONFIG_BYTES_MAX    = 16 << 20,
	RECORD_BYTES_MAX    = 16 << 20,		/* it carries the annotations */
	ID_MAP_ROWS_MAX     = 340,		/* user_namespaces(7), kernels since 4.15 */
	ID_MAP_BYTES_MAX    = 4095,		/* one write of less than a page, same page */
	HOOK_OUTPUT_MAX     = 1024,		/* bytes of a failing hook's stderr that are quoted */
	PASSWD_BYTES_MAX    = 1 << 20,		/* of an image's passwd or group file */
	PASSWD_LINE_MAX     = 64 << 10,
	GROUPS_MAX          = 65536,		/* NGROUPS_MAX */
	DELETE_WAIT_MS      = 10 * 1000,	/* for a killed container to be gone */
	UNIT_WAIT_MS        = 30 * 1000,	/* for systemd to start or stop a unit */
	NETCONF_BYTES_MAX   = 256 << 10,
	INTERFACES_MAX      = 32,		/* of a netconf.json; next, routes of all of them */
	ROUTES_MAX          = 256,
	HOSTS_MAX           = 256,
	DNS_NAME_MAX        = 253,		/* RFC 1035, in text; next, between two dots */
	DNS_LABEL_MAX       = 63,
	DNS_SERVERS_MAX     = 3,		/* MAXNS of resolv.conf(5); those behind it are never asked */
	DNS_SEARCH_MAX      = 6,		/* what every resolver takes, and how long the line may be */
	DNS_SEARCH_BYTES_MAX = 256,
	DNS_OPTIONS_MAX     = 16,
	AFTER_SETUP_MS      = 10 * 1000,	/* for the command of a netconf.json */
	LOCK_WAIT_MS        = 10 * 1000,	/* for another command to let go of a container */
};

#endif
