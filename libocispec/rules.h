/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files with rules share: a rule, what it looks at, and how it says what it found. */
#ifndef OCI_RULES_H
#define OCI_RULES_H

#include "libocispec/check.h"

/* Whatever is NULL is not there to be judged; paths are put in front of member names. */
struct oci_subject {
	const struct oci_config *config;
	const struct oci_process *process;
	const struct oci_resources *resources;
	const char *process_at;		/* "process." or "" */
	const char *resources_at;	/* "linux.resources." or "" */
	bool run;
};

struct oci_report;

struct oci_rule {
	const char *says;
	const char *clause;
	void (*judge)(const struct oci_subject *s, struct oci_report *r);
};

struct oci_rules {
	const struct oci_rule *v;
	size_t n;
};
#define OCI_RULES(array) { (array), sizeof(array) / sizeof((array)[0]) }

extern const struct oci_rules oci_document_rules;	/* check_document.c: with a config */
extern const struct oci_rules oci_mount_rules;		/* check_document.c: of a config only mounts are looked at */
extern const struct oci_rules oci_linux_rules;		/* check_linux.c: with config->linux */
extern const struct oci_rules oci_seccomp_rules;	/* check_seccomp.c: with config->linux->seccomp */
extern const struct oci_rules oci_process_rules;	/* check_process.c: with a process */
extern const struct oci_rules oci_resources_rules;	/* check_resources.c: with resources */

void oci_wrong(struct oci_report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void oci_doubtful(struct oci_report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Strings as the user wrote them, for use within a sentence: short and without control characters. */
struct oci_shown {
	char text[96];
};
struct oci_shown oci_show(const char *s);
#define SHOW(s) (oci_show(s).text)

/* Whether s is one of the n names. */
bool oci_is_one_of(const char *s, const char *const *names, size_t n);
#define IS_ONE_OF(s, names) oci_is_one_of((s), (names), sizeof(names) / sizeof((names)[0]))

/* Whether one component of path is "..". */
bool oci_has_dotdot(const char *path);

/* The rules of user_namespaces(7) for a map; at names it ("linux.uidMappings"). */
void oci_judge_id_map(struct oci_report *r, const char *at, const struct oci_id_mapping *v, size_t n);

#endif
