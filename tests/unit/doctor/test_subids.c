/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/doctor.h"
#include "tests/check.h"

int main(void)
{
	CASE("by name and by number, and nobody else's");
	CHECK(doctor_subids("ann:100000:65536\nbob:200000:10\n", 1000, "ann") == 65536);
	CHECK(doctor_subids("1000:100000:65536\n", 1000, "ann") == 65536);
	CHECK(doctor_subids("ann:100000:65536\n1000:200000:5\n", 1000, "ann") == 65541);
	CHECK(doctor_subids("anna:100000:65536\n10000:1:2\nan:3:4\n", 1000, "ann") == 0);
	CASE("without a name there is the number");
	CHECK(doctor_subids("ann:100000:65536\n1000:1:7", 1000, NULL) == 7);
	CHECK(doctor_subids(":100000:65536\n", 1000, "") == 0);
	CASE("what is no line of this form grants nothing");
	CHECK(doctor_subids("", 1000, "ann") == 0);
	CHECK(doctor_subids("ann\nann:\nann:1\nann:1:\nann::\n:::\n", 1000, "ann") == 0);
	CHECK(doctor_subids("ann:1:\n5000:1:2\nann:1:-1\nann:1: 3\n", 1000, "ann") == 0);
	CHECK(doctor_subids("ann:1:99999999999\n", 1000, "ann") == 0);
	CHECK(doctor_subids("# ann:1:2\n\n\nann:1:2", 1000, "ann") == 2);
	return check_summary();
}
