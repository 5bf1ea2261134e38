/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Resources that the compiler releases.  A variable is declared holding nothing, with its
 * cleanup; leaving the scope with the resource alive needs a verb: take_fd(), undo_keep().
 */
#ifndef CIST_BASE_AUTO_H
#define CIST_BASE_AUTO_H

#include <errno.h>
#include <unistd.h>

#define must_use __attribute__((warn_unused_result))

/* Closes *fd when it is one and forgets it.  errno is kept, so that it may stand in error paths. */
static inline void fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -EBADF;
	errno = saved;
}
#define auto_close __attribute__((cleanup(fd_close)))

#define take_fd(fd) ({ int taken_ = (fd); (fd) = -EBADF; taken_; })
#define take_ptr(p) ({ __typeof__(p) taken_ = (p); (p) = NULL; taken_; })

/* A guard over something half-made in the world: it is undone unless it is kept. */
struct undo {
	void (*fn)(void *arg);
	void *arg;
};

static inline void undo_run(struct undo *u)
{
	if (u->fn)
		u->fn(u->arg);
	u->fn = NULL;
}
#define auto_undo __attribute__((cleanup(undo_run), unused))
#define undo_keep(u) ((u)->fn = NULL)

#endif
