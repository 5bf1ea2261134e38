/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/image.h"
#include "base/fmt.h"
#include "base/shared_image.h"
#include "init/image.h"
#include "sys/file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	SEALS = K_F_SEAL_SEAL | K_F_SEAL_SHRINK | K_F_SEAL_GROW | K_F_SEAL_WRITE,
	MODE = 0555,
};

/* At their places, not where the offset is: of one that is offered others have the same. */
static int write_bytes(int fd)
{
	const ssize_t n = pwrite(fd, cist_init_begin, cist_init_size(), 0);

	if (n < 0)
		return -errno;
	if ((size_t)n != cist_init_size())
		return -ENOSPC;
	return ftruncate(fd, (off_t)n) < 0 || fchmod(fd, MODE) < 0 ? -errno : 0;
}

/* F_SEAL_EXEC (6.3) fixes the mode too; a kernel without it lacks nothing that matters. */
static int seal(int fd)
{
	return sys_add_seals(fd, SEALS | K_F_SEAL_EXEC) < 0 ? sys_add_seals(fd, SEALS) : 0;
}

int image_make(int *ret_fd, struct err *e)
{
	auto_close int fd = sys_memfd_program(SHARED_IMAGE_NAME);
	int rc;

	if (fd == -EACCES)
		return err_set(e, fd, "the sysctl vm.memfd_noexec forbids to execute what is not on a disk; set it below 2");
	if (fd < 0)
		return err_sys(e, fd, "make memory for cist-init");
	rc = write_bytes(fd);
	if (rc == 0)
		rc = seal(fd);
	if (rc < 0)
		return err_sys(e, rc, "write and seal cist-init");
	*ret_fd = take_fd(fd);
	return 0;
}

/* ---- one that is offered ---- */

enum { NUMBER_MAX = 8 };	/* digits */

int image_offered(unsigned int first)
{
	const char *text = getenv(SHARED_IMAGE_VARIABLE);
	unsigned int fd = 0;
	bool is_number = text && *text && strlen(text) <= NUMBER_MAX;

	for (const char *c = text; is_number && *c; c++) {
		is_number = *c >= '0' && *c <= '9';
		fd = 10 * fd + (unsigned int)(*c - '0');
	}
	if (text)
		unsetenv(SHARED_IMAGE_VARIABLE);
	/* The caller's are the ones that are not close-on-exec: ours all are. */
	if (!is_number || fd < first || fcntl((int)fd, F_GETFD) != 0 || sys_set_cloexec((int)fd, true) < 0)
		return -1;
	return (int)fd;
}

/* By container_status() an init that waits is known by its name. */
static bool has_name(int fd)
{
	static const char name[] = "/memfd:" SHARED_IMAGE_NAME " (deleted)";
	char link[32], is[sizeof(name) + 1];

	fmt(link, sizeof(link), "/proc/self/fd/%d", fd);
	return sys_readlinkat(AT_FDCWD, link, is, sizeof(is)) > 0 && strcmp(is, name) == 0;
}

/* A memory file of ours, of small pages.  Its owner could change its mode, so it is not anybody else's. */
static bool is_memory(int fd)
{
	struct stat st;

	return sys_fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && has_name(fd) &&
	       sys_fs_magic(fd) == K_TMPFS_MAGIC;
}

/* Whether there is F_SEAL_EXEC: it came with MFD_EXEC. */
static bool kernel_seals_mode(void)
{
	auto_close int fd = sys_memfd(SHARED_IMAGE_NAME, K_MFD_EXEC);

	return fd >= 0;
}

static bool is_sealed(int fd)
{
	const int seals = sys_get_seals(fd);

	return seals >= 0 && (seals & SEALS) == SEALS && (seals & K_F_SEAL_EXEC || !kernel_seals_mode());
}

/* Of one that is sealed; nothing changes any more while it is looked at, and after that. */
static bool has_our_bytes(int fd)
{
	struct stat st;
	bool same;
	void *at;

	if (sys_fstat(fd, &st) < 0 || (st.st_mode & 07777) != MODE || (size_t)st.st_size != cist_init_size())
		return false;
	at = mmap(NULL, cist_init_size(), PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		return false;
	same = memcmp(at, cist_init_begin, cist_init_size()) == 0;
	munmap(at, cist_init_size());
	return same;
}

/*
 * Two may fill it at once, also of two versions, and one may be killed before it has sealed it: whatever comes of that, what
 * counts is what is there once it is sealed.
 */
static bool is_image(int fd)
{
	if (fd < 0 || !is_memory(fd))
		return false;
	if (sys_get_seals(fd) == 0 && write_bytes(fd) == 0)
		(void)seal(fd);
	return is_sealed(fd) && has_our_bytes(fd);
}

int image_settle(int *fd, struct err *e)
{
	if (is_image(*fd))
		return 0;
	*fd = -1;
	return image_make(fd, e);
}
