/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the rules and keeps what they find; the rules themselves are in check_*.c. */
#include "libocispec/at.h"
#include "libocispec/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct oci_report {
	struct oci_findings *found;
	const struct oci_rule *rule;
};

static void add_v(struct oci_report *r, enum oci_severity severity, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void add_v(struct oci_report *r, enum oci_severity severity, const char *fmt, va_list ap)
{
	struct oci_findings *found = r->found;
	struct oci_finding *f;

	*(severity == OCI_ERROR ? &found->errors : &found->warnings) += 1;
	if (found->n == OCI_FINDINGS_MAX)
		return;
	f = &found->v[found->n++];
	f->severity = severity;
	f->rule = r->rule->says;
	f->clause = r->rule->clause;
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
}

void oci_wrong(struct oci_report *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_v(r, OCI_ERROR, fmt, ap);
	va_end(ap);
}

void oci_doubtful(struct oci_report *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_v(r, OCI_WARNING, fmt, ap);
	va_end(ap);
}

struct oci_shown oci_show(const char *s)
{
	struct oci_shown shown;

	oci_quote(shown.text, sizeof(shown.text), s, strlen(s));
	return shown;
}

bool oci_is_one_of(const char *s, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], s) == 0)
			return true;
	return false;
}

bool oci_has_dotdot(const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.')
			return true;
		path += n;
		path += strspn(path, "/");
	}
	return false;
}

static void run(const struct oci_rules *rules, const struct oci_subject *s, struct oci_findings *found)
{
	for (size_t i = 0; i < rules->n; i++) {
		struct oci_report r = { found, &rules->v[i] };

		rules->v[i].judge(s, &r);
	}
}

static enum oci_verdict verdict(const struct oci_findings *found)
{
	return found->errors > 0 ? OCI_REJECTED : OCI_ACCEPTED;
}

enum oci_verdict oci_check(const struct oci_config *c, enum oci_check_how how, struct oci_findings *ret_found)
{
	const struct oci_subject s = {
		.config = c, .process = c->process, .resources = c->linux ? c->linux->resources : NULL,
		.process_at = "process.", .resources_at = "linux.resources.", .run = how == OCI_CHECK_RUN,
	};

	ret_found->n = ret_found->errors = ret_found->warnings = 0;
	run(&oci_document_rules, &s, ret_found);
	run(&oci_mount_rules, &s, ret_found);
	if (s.process)
		run(&oci_process_rules, &s, ret_found);
	if (c->linux)
		run(&oci_linux_rules, &s, ret_found);
	if (c->linux && c->linux->seccomp)
		run(&oci_seccomp_rules, &s, ret_found);
	if (s.resources)
		run(&oci_resources_rules, &s, ret_found);
	return verdict(ret_found);
}

enum oci_verdict oci_check_process(const struct oci_process *p, struct oci_findings *ret_found)
{
	const struct oci_subject s = { .process = p, .process_at = "", .run = true };

	ret_found->n = ret_found->errors = ret_found->warnings = 0;
	run(&oci_process_rules, &s, ret_found);
	return verdict(ret_found);
}

enum oci_verdict oci_check_resources(const struct oci_resources *res, struct oci_findings *ret_found)
{
	const struct oci_subject s = { .resources = res, .resources_at = "", .run = true };

	ret_found->n = ret_found->errors = ret_found->warnings = 0;
	run(&oci_resources_rules, &s, ret_found);
	return verdict(ret_found);
}

enum oci_verdict oci_check_mounts(const struct oci_mounts *m, struct oci_findings *ret_found)
{
	const struct oci_config c = { .mounts = m->mounts, .n_mounts = m->n_mounts };
	const struct oci_subject s = { .config = &c };

	ret_found->n = ret_found->errors = ret_found->warnings = 0;
	run(&oci_mount_rules, &s, ret_found);
	return verdict(ret_found);
}

const char *oci_findings_text(const struct oci_findings *found, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < found->n && used < size - 1; i++) {
		int n;

		if (found->v[i].severity != OCI_ERROR)
			continue;
		n = snprintf(buf + used, size - used, "%s%s", used ? "; " : "", found->v[i].text);
		used += n > 0 ? (size_t)n : 0;
	}
	return buf;
}

bool oci_rule(size_t n, const char **ret_says, const char **ret_clause)
{
	const struct oci_rules *all[] = { &oci_document_rules, &oci_mount_rules, &oci_process_rules, &oci_linux_rules,
					  &oci_seccomp_rules, &oci_resources_rules };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (n < all[i]->n) {
			*ret_says = all[i]->v[n].says;
			*ret_clause = all[i]->v[n].clause;
			return true;
		}
		n -= all[i]->n;
	}
	return false;
}
