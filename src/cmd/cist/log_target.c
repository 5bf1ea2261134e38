/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arr.h"
#include "base/fmt.h"
#include "cmd/cist/log_target.h"
#include "sys/file.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Priorities of syslog(3), which the journal has as well; facility "daemon". */
enum { FACILITY = 3 << 3 };
static const int priorities[] = { [LOG_LEVEL_ERROR] = 3, [LOG_LEVEL_WARNING] = 4, [LOG_LEVEL_DEBUG] = 7 };

static const char syslog_socket[] = "/dev/log";
static const char journal_socket[] = "/run/systemd/journal/socket";

/*
 * The descriptor that a path names, or -1.  Opened again through /proc these fail for a socket, which the standard error
 * of a service may be, and all of them are links.
 */
static int named_fd(const char *path)
{
	static const char *const names[] = { "/dev/stdin", "/dev/stdout", "/dev/stderr" };
	size_t len;
	int fd = 0;

	for (int i = 0; i < (int)ARRAY_LEN(names); i++)
		if (strcmp(path, names[i]) == 0)
			return i;
	if (strncmp(path, "/dev/fd/", 8) != 0)
		return -1;
	len = strspn(path + 8, "0123456789");
	if (len == 0 || len > 6 || path[8 + len])
		return -1;
	for (const char *p = path + 8; *p; p++)
		fd = fd * 10 + (*p - '0');
	return fd;
}

static int open_file(struct log_target *t, const char *path, struct err *e)
{
	int given = named_fd(path);

	if (given >= 0) {
		t->fd = fcntl(given, F_DUPFD_CLOEXEC, 3);
		return t->fd < 0 ? err_sys(e, -errno, "open log file %s", path) : 0;
	}
	/*
	 * O_NONBLOCK: a FIFO that nobody reads is an error now, one that is full loses lines later.  The last
	 * component is not followed: whoever may write to the directory of the log could else make us append to any
	 * file.
	 */
	t->fd = sys_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0644);
	if (t->fd == -ELOOP)
		return err_set(e, t->fd, "open log file %s: it is a symbolic link", path);
	return t->fd < 0 ? err_sys(e, t->fd, "open log file %s", path) : 0;
}

static int open_socket(struct log_target *t, const char *path, const char *name, struct err *e)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	t->name = *name ? name : "cist";
	for (const char *p = t->name; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return err_set(e, -EINVAL, "the name of a log must not have blanks or control characters");
	if (strlen(t->name) > 128)
		return err_set(e, -EINVAL, "the name of a log is longer than 128 bytes");
	fmt(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	t->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (t->fd < 0 || connect(t->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return err_sys(e, -errno, "open log: connect to %s", path);
	return 0;
}

int log_target_open(struct log_target *t, const char *where, struct err *e)
{
	enum log_target_kind kind;
	int rc;

	if (strncmp(where, "syslog:", 7) == 0) {
		kind = LOG_TO_SYSLOG;
		rc = open_socket(t, syslog_socket, where + 7, e);
	} else if (strncmp(where, "journald:", 9) == 0) {
		kind = LOG_TO_JOURNALD;
		rc = open_socket(t, journal_socket, where + 9, e);
	} else {
		kind = LOG_TO_FILE;
		rc = open_file(t, strncmp(where, "file:", 5) == 0 ? where + 5 : where, e);
	}
	/* An error about the log itself goes to standard error alone. */
	if (rc == 0)
		t->kind = kind;
	return rc;
}

/* One datagram.  A log that cannot be written must not fail the work, and there is nobody to tell. */
static void send_record(const struct log_target *t, enum log_level level, char *line)
{
	char record[LOG_LINE_MAX + 256];
	size_t n;

	for (char *p = line; *p; p++)
		if (*p == '\n')
			*p = p[1] ? ' ' : '\0';
	if (t->kind == LOG_TO_SYSLOG)
		n = fmt(record, sizeof(record), "<%d>%s[%d]: %s", FACILITY | priorities[level], t->name,
			(int)getpid(), line);
	else
		n = fmt(record, sizeof(record), "MESSAGE=%s\nPRIORITY=%d\nSYSLOG_IDENTIFIER=%s\n", line,
			priorities[level], t->name);
	(void)!write(t->fd, record, n < sizeof(record) ? n : sizeof(record) - 1);
}

void log_target_say(struct log_target *t, enum log_level level, const char *text)
{
	char line[LOG_LINE_MAX];
	int64_t now = time(NULL);
	size_t n;

	if (level > t->level)
		return;
	if (t->kind == LOG_TO_STDERR && t->silent && level != LOG_LEVEL_ERROR)
		return;
	if (t->kind == LOG_TO_STDERR) {
		n = log_line(line, t->form, level, text, now);
		sys_write_all(STDERR_FILENO, line, n);
		return;
	}
	n = log_line(line, LOG_BARE, level, text, now);
	if (level == LOG_LEVEL_ERROR)
		sys_write_all(STDERR_FILENO, line, n);
	if (t->kind != LOG_TO_FILE) {
		send_record(t, level, line);
		return;
	}
	n = log_line(line, t->form, level, text, now);
	if (t->form != LOG_JSON || level != LOG_LEVEL_WARNING) {
		sys_write_all(t->fd, line, n);
	} else if (n <= sizeof(t->held) - t->n_held) {
		memcpy(t->held + t->n_held, line, n);
		t->n_held += n;
	}
}

void log_target_succeeded(struct log_target *t)
{
	if (t->n_held > 0)
		sys_write_all(t->fd, t->held, t->n_held);
	t->n_held = 0;
}
