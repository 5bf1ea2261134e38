/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* On the host that the test runs on: what has to be true of any, and what can be seen by other means. */
#include "doctor/doctor.h"
#include "tests/check.h"

#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

static _Alignas(16) char memory[1 << 20];

int main(void)
{
	struct arena a = { .base = memory, .size = sizeof(memory) };
	struct doctor_facts f = { .root = "/nowhere/that/is" };
	struct utsname names;
	struct err e = { 0 };

	CASE("a host without cgroups");
	CHECK(doctor_look(&f, &a, &e) == 0);
	CHECK(uname(&names) == 0);
	CHECK_STR(f.release, names.release);
	CHECK(f.uid == geteuid());
	CHECK(!f.may_make_cgroups);
	CASE("the unit tests need the calls themselves");
	CHECK(f.lacking_calls == 0);
	CHECK(f.namespaces & K_CLONE_NEWNS);
	CASE("the directory that would have to hold the first one is judged");
	CHECK((f.root_error == 0) == (access("/", W_OK) == 0));
	CASE("a file is no directory");
	f.root = "/dev/null/x";
	CHECK(doctor_look(&f, &a, &e) == 0);
	CHECK(f.root_error < 0);
	CASE("no arena");
	a.used = a.size;
	CHECK(doctor_look(&f, &a, &e) == -ENOMEM);
	return check_summary();
}
