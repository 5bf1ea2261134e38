/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stands between libsecret and the kernel (--wrap): what is given back has to be zero, and in the end nothing may be
 * left.  A test that includes this ends with CHECK_WIPED().
 */
#ifndef CIST_TESTS_SECRET_WIPED_H
#define CIST_TESTS_SECRET_WIPED_H

#include <sys/mman.h>
#include <sys/types.h>

void *__real_mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t n);
void *__wrap_mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset);
int __wrap_munmap(void *at, size_t n);

static size_t n_mapped, n_unmapped, n_dirty;

void *__wrap_mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset)
{
	n_mapped++;
	return __real_mmap(at, n, prot, flags, fd, offset);
}

int __wrap_munmap(void *at, size_t n)
{
	const unsigned char *p = at;

	n_unmapped++;
	for (size_t i = 0; i < n; i++)
		if (p[i]) {
			n_dirty++;
			break;
		}
	return __real_munmap(at, n);
}

#define CHECK_WIPED() (CASE("memory"), CHECK(n_mapped > 0), CHECK(n_mapped == n_unmapped), CHECK(n_dirty == 0))

#endif
