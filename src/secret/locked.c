/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "secret/locked.h"
#include "secret/secret.h"
#include "sys/process.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* Before anything is written there: locked pages are never swapped, and none of this is inherited by a child. */
static int protect(struct locked *m, struct err *e)
{
	/* The system call itself: under a sanitizer the C library's does nothing. */
	if (syscall(SYS_mlock2, m->data, m->size, 0) < 0)
		return err_sys(e, -errno, "lock %zu bytes of memory for secrets (limit: RLIMIT_MEMLOCK)", m->size);
	if (madvise(m->data, m->size, MADV_DONTDUMP) < 0)
		return err_sys(e, -errno, "keep secrets out of a core");
	if (madvise(m->data, m->size, MADV_WIPEONFORK) < 0)
		return err_sys(e, -errno, "keep secrets from children");
	return 0;
}

int locked_new(size_t bytes, struct locked *ret, struct err *e)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct locked m = { .size = (bytes + page - 1) / page * page };

	*ret = (struct locked){ 0 };
	m.data = mmap(NULL, m.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m.data == MAP_FAILED)
		return err_nomem(e);
	if (protect(&m, e) < 0) {
		locked_done(&m);
		return e->code;
	}
	*ret = m;
	return 0;
}

void locked_done(struct locked *m)
{
	if (m->data) {
		explicit_bzero(m->data, m->size);
		munmap(m->data, m->size);
	}
	*m = (struct locked){ 0 };
}

int secret_guard_process(struct err *e)
{
	int rc = sys_prctl(K_PR_SET_DUMPABLE, 0, 0);

	if (rc < 0)
		return err_sys(e, rc, "make the process not dumpable");
	rc = sys_setrlimit(RLIMIT_CORE, 0, 0);
	return rc < 0 ? err_sys(e, rc, "limit cores to nothing") : 0;
}
