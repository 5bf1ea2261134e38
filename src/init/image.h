/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_INIT_IMAGE_H
#define CIST_INIT_IMAGE_H

#include <stddef.h>
#include <stdint.h>

extern const char cist_init_begin[] __attribute__((visibility("hidden")));
extern const char cist_init_end[] __attribute__((visibility("hidden")));

static inline size_t cist_init_size(void)
{
	return (uintptr_t)cist_init_end - (uintptr_t)cist_init_begin;
}

#endif
