/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The structs of the four files and of an instance as lines "KEY = VALUE", with the names that the keys have. */
#ifndef CIST_TESTS_CONFORMANCE_SHOWN_H
#define CIST_TESTS_CONFORMANCE_SHOWN_H

#include "lithos/instance.h"
#include "lithos/lithos.h"
#include "tests/unit/conformance/lines.h"

void show_master(struct lines *l, const struct lithos_master *m);
void show_sandbox(struct lines *l, const struct lithos_sandbox *s);
void show_processes(struct lines *l, const struct lithos_processes *p);
void show_container(struct lines *l, const struct lithos_container *c);
void show_instance(struct lines *l, const struct instance *i);

#endif
