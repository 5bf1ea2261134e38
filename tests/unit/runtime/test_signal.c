/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arr.h"
#include "runtime/signal.h"
#include "tests/check.h"

#include <signal.h>

static const struct {
	const char *text;
	int number;	/* -1: unknown */
} signals[] = {
	{ "9", 9 }, { "15", 15 }, { "0", 0 }, { "009", 9 }, { "64", 64 },
	/* not ours to judge: the kernel says "invalid argument" */
	{ "65", 65 }, { "999", 999 },
	{ "KILL", SIGKILL }, { "SIGKILL", SIGKILL }, { "sigkill", SIGKILL }, { "SigUsr1", SIGUSR1 },
	{ "usr1", SIGUSR1 }, { "TERM", SIGTERM }, { "CLD", SIGCHLD }, { "CHLD", SIGCHLD }, { "IOT", SIGABRT },
	{ "POLL", SIGIO }, { "SYS", SIGSYS }, { "WINCH", SIGWINCH }, { "STKFLT", SIGSTKFLT },
	{ "RTMIN", 34 }, { "SIGRTMIN", 34 }, { "RTMIN+0", 34 }, { "rtmin+3", 37 }, { "SIGRTMIN+30", 64 },
	{ "RTMAX", 64 }, { "RTMAX-1", 63 }, { "SIGRTMAX-30", 34 },
	{ "", -1 }, { "FOO", -1 }, { "SIG", -1 }, { "SIGSIGKILL", -1 }, { "-1", -1 }, { "-9", -1 }, { "+9", -1 },
	{ " 9", -1 }, { "9 ", -1 }, { "9x", -1 }, { "0x9", -1 }, { "9.0", -1 }, { "KILL ", -1 }, { "KILLx", -1 },
	{ "KIL", -1 }, { "SIG9", -1 }, { "RTMIN+", -1 }, { "RTMIN-1", -1 }, { "RTMIN+31", -1 }, { "RTMAX+1", -1 },
	{ "RTMAX-31", -1 }, { "RTMIN+1x", -1 }, { "RTMIN1", -1 }, { "4294967305", -1 }, { "99999999999999999999", -1 },
};

int main(void)
{
	char want[300];

	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		struct err e = { 0 };
		int number = -1;

		CASE(signals[i].text);
		CHECK(signal_parse(signals[i].text, &number, &e) == (signals[i].number < 0 ? -EINVAL : 0));
		CHECK(signals[i].number < 0 || number == signals[i].number);
		snprintf(want, sizeof(want), "unknown signal \"%s\"", signals[i].text);
		if (signals[i].number < 0)
			CHECK_STR(e.text, want);
	}
	return check_summary();
}
