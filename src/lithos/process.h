/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_LITHOS_PROCESS_H
#define CIST_LITHOS_PROCESS_H

#include "base/arena.h"
#include "lithos/finding.h"
#include "lithos/lithos.h"
#include "lithos/yaml.h"

/*
 * A file of processes from its document.  Answers as master_read(); after 0 *ret holds also processes with errors, so
 * whoever goes on with the others compares f->n_errors, or leaves all of the file alone.
 */
must_use int processes_read(const struct yaml *y, struct arena *a, struct findings *f, struct lithos_processes *ret,
			    struct err *e);

/* The process of that name, or NULL. */
const struct lithos_process *processes_find(const struct lithos_processes *p, const char *name);

/*
 * What a process is, as JSON in one line without blanks, for instance `number` of it: "instances" is 1, the address is its
 * own.  Variables stand in the order of their names.  In a; NULL when a is full.
 */
must_use const char *process_json(const struct lithos_process *p, uint32_t number, struct arena *a);

/*
 * A whole file of processes as JSON, as the log of configurations has it: names sorted, what is empty left out.  In a; NULL
 * when a is full.
 */
must_use const char *processes_json(const struct lithos_processes *p, struct arena *a);

#endif
