/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_BASE_ARR_H
#define CIST_BASE_ARR_H

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
