/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `doctor`: what src/doctor finds, and for a bundle whether a plan can be made on this host. */
#include "doctor/doctor.h"
#include "lsm/lsm.h"
#include "runtime/birth.h"
#include "sys/scratch.h"

#include <stdio.h>

enum { PLAN_FINDING = 1 };

static int examine(const struct runtime *rt, const struct oci_config *c, struct arena *a, struct doctor_report *ret,
		   struct err *e)
{
	struct doctor_facts f = { .root = rt->root, .wants_systemd = rt->manager == CGROUP_MANAGER_SYSTEMD };
	struct lsm_host labels;

	lsm_probe(&labels);
	f.has_apparmor = labels.apparmor;
	f.has_selinux = labels.selinux;
	if (cg_probe(a, &f.cgroups, e) < 0 || doctor_look(&f, a, e) < 0)
		return e->code;
	return doctor_judge(&f, c, PLAN_FINDING, a, ret, e);
}

/* Everything that create would refuse before it touches anything. */
static void judge_plan(const struct err *refusal, struct doctor_report *r)
{
	if (refusal->code < 0)
		doctor_add(r, DOCTOR_FATAL, "bundle", refusal->text, NULL);
	else
		doctor_add(r, DOCTOR_OK, "bundle", "its configuration can be planned for this host", NULL);
}

static int answer(const struct doctor_report *r, bool json, struct err *e)
{
	/* By exit status, what is absent from most hosts is no finding. */
	static const int status[DOCTOR__LEVELS] = { [DOCTOR_LACK] = 1, [DOCTOR_FATAL] = 2 };

	return doctor_write(r, json, stdout, e) < 0 ? e->code : status[r->worst];
}

static int doctor_host(const struct runtime *rt, bool json, struct err *e)
{
	auto_scratch struct arena a = { 0 };
	struct doctor_report r = { 0 };

	if (scratch_make(&a, e) < 0 || examine(rt, NULL, &a, &r, e) < 0)
		return e->code;
	return answer(&r, json, e);
}

static int doctor_bundle(const struct runtime *rt, const struct create_options *o, bool json, struct err *e)
{
	auto_scratch struct arena a = { 0 };
	auto_birth struct birth b = BIRTH_INIT;
	struct err refusal = { 0 };
	struct doctor_report r = { 0 };

	if (scratch_make(&a, e) < 0)
		return e->code;
	b.rt = rt;
	b.o = o;
	if (birth_explain(&b, &a, &refusal) < 0 && !b.doc) {
		*e = refusal;
		return e->code;
	}
	if (examine(rt, b.doc->config, &a, &r, e) < 0)
		return e->code;
	judge_plan(&refusal, &r);
	return answer(&r, json, e);
}

int runtime_doctor(const struct runtime *rt, const char *bundle, const char *config, bool json, struct err *e)
{
	const struct create_options o = { .id = "ID", .bundle = bundle, .config = config };

	return bundle || config ? doctor_bundle(rt, &o, json, e) : doctor_host(rt, json, e);
}
