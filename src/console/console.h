/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Terminals: a pty from the container's own devpts, its hand-over to the console socket, and the relay of a
 * terminal in the foreground.
 */
#ifndef CIST_CONSOLE_CONSOLE_H
#define CIST_CONSOLE_CONSOLE_H

#include "base/arena.h"
#include "base/err.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

struct oci_config;

/* ---- in the container (cist-init: no heap, no stdio) ---- */

struct console_size {
	uint16_t rows, columns;		/* set when both are not 0 */
};

/*
 * A new pty.  devpts_fd is the root of the devpts that the runtime mounted itself; when it is -1 the container's
 * /dev/pts is looked up below root_fd.  Either way ptmx is used only if it is what devpts has there.  The peer belongs to uid.
 */
int console_open(int root_fd, int devpts_fd, const struct console_size *size, uint32_t uid, int *ret_master, int *ret_slave,
		 struct err *e);

/* The caller, a session leader without a terminal, gets slave_fd as its controlling terminal and as descriptors 0 to 2. */
int console_attach(int slave_fd, struct err *e);
/* The two halves of it, for where the one is a parent's and the other its child's: the descriptors, then the control. */
int console_use(int slave_fd, struct err *e);
int console_control(int fd, struct err *e);

/*
 * Standard output and error of the caller go to path, in the root that the caller has: appended to, made where it is missing
 * (with the mode 0666 that the umask leaves), a regular file and nothing else; a symbolic link as its last part is not
 * followed.  The caller is the user whose file it shall be.
 */
must_use int console_open_output(const char *path, struct err *e);

/* ---- on the host ---- */

#define CONSOLE_OUTPUT_ANNOTATION "org.cist.output.file"

/* What the annotation asks for, in a; NULL: nothing. */
must_use int console_plan_output(const struct oci_config *c, struct arena *a, const char **ret_path, struct err *e);


/* Connects to the console socket, whose path may be longer than an address holds. */
int console_connect(const char *path, int *ret_sock, struct err *e);
/* One message with one descriptor, as receivers demand. */
int console_send(int sock, int master, struct err *e);

enum { RELAY_FDS = 3, RELAY_BUFFER = 16 << 10 };

/* Bytes on their way from one terminal to the other. */
struct relay_lane {
	int from, to;
	size_t begin, end;
	bool eof;			/* from has no more */
	char bytes[RELAY_BUFFER];
};

/*
 * Copies between the terminal of the caller and the container's.  The caller polls:
 *
 *	relay_start(&r, master, &e);
 *	while (...) {
 *		relay_want(&r, fds);			RELAY_FDS entries, beside a signalfd and a pidfd
 *		poll(fds, ...);
 *		relay_serve(&r, fds, &e);
 *	}
 *	relay_finish(&r);
 *
 * and calls relay_resize() on SIGWINCH.
 */
struct relay {
	int host_fd;			/* the caller's terminal */
	int master_fd;			/* the container's; the relay owns it */
	bool is_raw;
	struct termios saved;		/* of host_fd */
	struct relay_lane in;		/* host to container */
	struct relay_lane out;
};

/*
 * The host's terminal is the first of stderr, stdout, stdin that is one, else /dev/tty; it becomes raw.  Takes
 * master over when it succeeds.
 */
int relay_start(struct relay *r, int master, struct err *e);
/* Whether relay_start() would find a terminal of the host. */
int relay_check(struct err *e);
void relay_want(const struct relay *r, struct pollfd fds[RELAY_FDS]);
/* Returns 1 when the container's side has been closed and all of its output is out, else 0. */
int relay_serve(struct relay *r, const struct pollfd fds[RELAY_FDS], struct err *e);
void relay_resize(struct relay *r);
/* Copies what the container's side still holds, and restores the host's terminal. */
void relay_finish(struct relay *r);

#endif
