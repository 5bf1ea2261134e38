/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/ending.h"

#include "base/arr.h"
#include "base/fmt.h"
#include "supervise/desired.h"
#include "sys/file.h"
#include "sys/process.h"

#include <string.h>
#include <sys/wait.h>

enum { PARENT_MS = 50 };

struct proc_ending ending_as_known(const struct ending *end)
{
	return (struct proc_ending){
		.how = end->by_signal ? ENDING_SIGNAL : ENDING_EXIT,
		.number = end->number,
		.deaf = end->deaf,
	};
}

struct proc_ending ending_of_status(int wait_status)
{
	const struct ending end = ending_of(wait_status);
	struct proc_ending ret = ending_as_known(&end);

	ret.core = end.by_signal && WCOREDUMP(wait_status);
	return ret;
}

int ending_record(int containers, const char *id)
{
	char path[DESIRED_ID_MAX + sizeof("/exit")];
	struct stat st;

	if (fmt(path, sizeof(path), "%s/exit", id) >= sizeof(path))
		return -ENAMETOOLONG;
	/* Not blocking: what should be a file may have become a FIFO. */
	auto_close int fd = sys_openat2(containers, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0,
					K_RESOLVE_BENEATH | K_RESOLVE_NO_SYMLINKS | K_RESOLVE_NO_MAGICLINKS);
	if (fd >= 0 && (sys_fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)))
		return -EINVAL;
	return take_fd(fd);
}

struct proc_ending ending_of_child(const siginfo_t *info)
{
	return (struct proc_ending){
		.how = info->si_code == CLD_EXITED ? ENDING_EXIT : ENDING_SIGNAL,
		.number = info->si_status,
		.core = info->si_code == CLD_DUMPED,
	};
}

bool ending_line(int containers, const char *id, struct proc_ending *ret)
{
	auto_close int fd = ending_record(containers, id);
	struct ending end;

	if (fd < 0 || ending_read(fd, &end) != ENDING_FOUND)
		return false;
	*ret = ending_as_known(&end);
	return true;
}

enum reaped { REAPED, STILL_RUNS, NOT_OURS };

static enum reaped reap(int pidfd, struct proc_ending *ret)
{
	siginfo_t info = { .si_pid = 0 };
	int rc;

	do
		rc = waitid((idtype_t)K_P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG);
	while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return NOT_OURS;
	if (info.si_pid == 0)
		return STILL_RUNS;
	*ret = ending_of_child(&info);
	return REAPED;
}

/* Of somebody else's child. */
static void ask_pidfd(int pidfd, struct proc_ending *ret)
{
	int status;

	if (sys_pidfd_exit_status(pidfd, PARENT_MS, &status) == 0)
		*ret = ending_of_status(status);
}

enum ending_known ending_learn(int containers, const char *id, int pidfd, struct proc_ending *ret)
{
	struct proc_ending found = { .how = ENDING_UNKNOWN };
	const enum reaped reaped = pidfd < 0 ? NOT_OURS : reap(pidfd, &found);

	if (reaped == STILL_RUNS || (reaped == NOT_OURS && pidfd >= 0 && sys_pidfd_poll(pidfd, 0) == 0))
		return ENDING_RUNS;
	if (!ending_line(containers, id, &found) && reaped == NOT_OURS && pidfd >= 0)
		ask_pidfd(pidfd, &found);
	*ret = found;
	return ENDING_LEARNED;
}

/* ---- in files ---- */

static const char *const hows[] = {
	[ENDING_UNKNOWN] = "unknown", [ENDING_EXIT] = "exit", [ENDING_SIGNAL] = "signal",
};

void ending_put(struct sheet *s, const struct proc_ending *end)
{
	sheet_text(s, "how", hows[end->how]);
	sheet_number(s, "number", end->number);
	sheet_flag(s, "core", end->core);
}

void ending_get(const struct sheet_reader *row, struct proc_ending *ret)
{
	const char *how = sheet_find(row, "how");

	*ret = (struct proc_ending){ .number = (int)sheet_find_number(row, "number", 0), .core = sheet_find_flag(row, "core") };
	for (size_t i = 0; how && i < ARRAY_LEN(hows); i++)
		if (strcmp(how, hows[i]) == 0)
			ret->how = (enum ending_how)i;
}
