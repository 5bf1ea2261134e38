/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_INIT_IMAGE_H
#define CIST_INIT_IMAGE_H

extern const char cist_init_begin[] __attribute__((visibility("hidden")));
extern const char cist_init_end[] __attribute__((visibility("hidden")));

#endif
