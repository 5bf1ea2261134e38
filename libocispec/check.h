/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules that need no kernel to be judged.  The reader has asked whether a document is well shaped;
 * these ask whether it makes sense together, before anything is created.  Every rule is run, and
 * everything they find is reported:
 *
 *	struct oci_findings found;
 *
 *	if (oci_check(doc->config, OCI_CHECK_RUN, &found) == OCI_REJECTED)
 *		oci_findings_text(&found, buf, sizeof(buf));
 *
 * Rules that must ask the kernel (controllers, capabilities, security modules, the rootfs) are the
 * runtime's.  Unknown system call names and annotations are not judged: the specification has them
 * ignored.
 */
#ifndef OCI_CHECK_H
#define OCI_CHECK_H

#include "libocispec/oci_config.h"

#include <stddef.h>

enum {
	OCI_FINDINGS_MAX = 32,
	OCI_FINDING_TEXT = 256,
};

enum oci_check_how {
	OCI_CHECK_DOCUMENT,	/* what every config.json has to keep */
	OCI_CHECK_RUN,		/* ... and what it takes to run one here: a process, a root */
};

enum oci_verdict { OCI_ACCEPTED = 0, OCI_REJECTED = 1 };

enum oci_severity {
	OCI_ERROR,	/* the document is rejected */
	OCI_WARNING,	/* allowed by an older specification, or without effect */
};

struct oci_finding {
	enum oci_severity severity;
	const char *rule;			/* what the rule demands */
	const char *clause;			/* where the specification says so */
	char text[OCI_FINDING_TEXT];		/* what is wrong here, with its path: "mounts[3]: ..." */
};

struct oci_findings {
	struct oci_finding v[OCI_FINDINGS_MAX];
	size_t n;				/* that many are in v */
	size_t errors;				/* all of them, also those that found no room */
	size_t warnings;
};

/* *ret_found is filled in both cases: warnings do not reject. */
enum oci_verdict oci_check(const struct oci_config *c, enum oci_check_how how,
			   struct oci_findings *ret_found);

/* A process object on its own (exec --process). */
enum oci_verdict oci_check_process(const struct oci_process *p, struct oci_findings *ret_found);

/* A resources object on its own (update --resources). */
enum oci_verdict oci_check_resources(const struct oci_resources *r, struct oci_findings *ret_found);

/* A list of mounts on its own (mounts add). */
enum oci_verdict oci_check_mounts(const struct oci_mounts *m, struct oci_findings *ret_found);

/* All errors as one sentence, separated by "; " (cut when buf is too small).  Returns buf. */
const char *oci_findings_text(const struct oci_findings *found, char *buf, size_t size);

/* The n-th rule there is (for documentation and tests): false when there are not that many. */
bool oci_rule(size_t n, const char **ret_says, const char **ret_clause);

#endif
