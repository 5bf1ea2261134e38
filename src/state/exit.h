/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The exit record: a file in a container's directory that the built-in init holds open from its birth and writes a line
 * to when the program has ended (base/ending.h); one that starts it again writes such a line each time.  It stays until
 * the container is deleted, whoever has died meanwhile.  On reading it is hostile input.
 */
#ifndef CIST_STATE_EXIT_H
#define CIST_STATE_EXIT_H

#include "base/ending.h"
#include "base/err.h"

/* Makes the empty record.  *ret_fd can append to it and nothing else. */
must_use int exit_make(int dir, int *ret_fd, struct err *e);

/* Opens it for exit_read(); EXIT_ABSENT: the container was created without the built-in init. */
enum exit_answer { EXIT_KNOWN = 0, EXIT_ABSENT = 1, EXIT_OPEN = 2 };
must_use int exit_open(int dir, int *ret_fd, struct err *e);
/* EXIT_KNOWN, or EXIT_OPEN: it has not been written yet. */
must_use int exit_read(int fd, struct ending *ret_end, struct err *e);

/*
 * SIGKILL was sent to the init, which cannot write any more then.  Where a record is there it says so, if it says nothing
 * yet; failures are nobody's, as the record only helps.
 */
void exit_note_kill(int dir);

#endif
