/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arr.h"
#include "runtime/signal.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* The kernel's range: libc's SIGRTMIN leaves out what libc itself uses, and a container may have another libc. */
enum { REALTIME_FIRST = 34, REALTIME_LAST = 64 };

#define S(name) { #name, SIG##name }
static const struct {
	const char *name;
	int number;
} signals[] = {
	S(HUP), S(INT), S(QUIT), S(ILL), S(TRAP), S(ABRT), S(IOT), S(BUS), S(FPE), S(KILL), S(USR1), S(SEGV),
	S(USR2), S(PIPE), S(ALRM), S(TERM), S(STKFLT), S(CHLD), { "CLD", SIGCHLD }, S(CONT), S(STOP), S(TSTP),
	S(TTIN), S(TTOU), S(URG), S(XCPU), S(XFSZ), S(VTALRM), S(PROF), S(WINCH), S(IO), S(POLL), S(PWR), S(SYS),
	{ "UNUSED", SIGSYS },
};
#undef S

/* All of s as a number of at most nine digits; false when it is something else. */
static bool all_digits(const char *s, int *ret_n)
{
	size_t len = strspn(s, "0123456789");

	if (len == 0 || len > 9 || s[len])
		return false;
	*ret_n = 0;
	for (; *s; s++)
		*ret_n = *ret_n * 10 + (*s - '0');
	return true;
}

/* RTMIN[+n], RTMAX[-n]; a number outside of the range has no name. */
static bool realtime(const char *name, int *ret_signal)
{
	bool min = strncasecmp(name, "RTMIN", 5) == 0;
	int n = 0;

	if (!min && strncasecmp(name, "RTMAX", 5) != 0)
		return false;
	if (name[5] && (name[5] != (min ? '+' : '-') || !all_digits(name + 6, &n)))
		return false;
	if (n > REALTIME_LAST - REALTIME_FIRST)
		return false;
	*ret_signal = min ? REALTIME_FIRST + n : REALTIME_LAST - n;
	return true;
}

int signal_parse(const char *text, int *ret_signal, struct err *e)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;

	if (all_digits(text, ret_signal) || realtime(name, ret_signal))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		if (strcasecmp(signals[i].name, name) == 0) {
			*ret_signal = signals[i].number;
			return 0;
		}
	return err_set(e, -EINVAL, "unknown signal \"%.*s\"", 256, text);
}
