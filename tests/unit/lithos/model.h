/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The four files from texts, for tests that look at what becomes of them. */
#ifndef CIST_TESTS_MODEL_H
#define CIST_TESTS_MODEL_H

#include "base/arena.h"
#include "base/fmt.h"
#include "lithos/container.h"
#include "lithos/instance.h"
#include "lithos/master.h"
#include "lithos/process.h"
#include "lithos/sandbox.h"
#include "lithos/yaml.h"
#include "tests/check.h"

#include <stdlib.h>

struct model {
	struct arena a;
	struct findings f;
	struct yaml *docs[8];
	size_t n_docs;
	struct lithos_master master;
	struct lithos_sandbox sandbox;
	struct lithos_processes processes;
	struct lithos_container container;
	char told[16384];
};

static inline void model_done(struct model *m)
{
	while (m->n_docs > 0)
		yaml_done(m->docs[--m->n_docs]);
	findings_done(&m->f);
	free(m->a.base);
	*m = (struct model){ 0 };
}

static inline void model_begin(struct model *m)
{
	model_done(m);
	m->a = (struct arena){ .base = calloc(1, 16 << 20), .size = 16 << 20 };
	CHECK(m->a.base);
}

/* The document of a text, or NULL with a finding. */
static inline const struct yaml *model_parse(struct model *m, const char *file, const char *text)
{
	struct yaml *y = NULL;
	struct err e = { 0 };
	int rc = yaml_parse(text, strlen(text), file, &YAML_OF_ADMIN, &m->f, &y, &e);

	CHECK(rc == (y != NULL));
	if (y)
		m->docs[m->n_docs++] = y;
	return y;
}

/* What was found, one a line: "FILE:LINE[ warning]: TEXT". */
static inline const char *model_told(struct model *m)
{
	size_t len = 0;

	m->told[0] = '\0';
	for (size_t i = 0; i < m->f.n && len + FINDING_TEXT_MAX + 128 < sizeof(m->told); i++)
		len += fmt(m->told + len, sizeof(m->told) - len, "%s%s:%u%s: %s", i > 0 ? "\n" : "", m->f.v[i].file, m->f.v[i].line,
			   m->f.v[i].level == FINDING_WARNING ? " warning" : "", m->f.v[i].text);
	return m->told;
}

/* Each reads into the struct of its name, and answers as the reader does; -1 where the text is no document. */
static inline int model_master(struct model *m, const char *file, const char *text)
{
	const struct yaml *y = model_parse(m, file, text);
	struct err e = { 0 };

	return y ? master_read(y, &m->a, &m->f, &m->master, &e) : -1;
}

static inline int model_sandbox(struct model *m, const char *name, const char *text)
{
	const struct yaml *y = model_parse(m, "sandbox", text);
	struct err e = { 0 };

	return y ? sandbox_read(y, name, &m->a, &m->f, &m->sandbox, &e) : -1;
}

static inline int model_processes(struct model *m, const char *text)
{
	const struct yaml *y = model_parse(m, "process", text);
	struct err e = { 0 };

	return y ? processes_read(y, &m->a, &m->f, &m->processes, &e) : -1;
}

static inline int model_container(struct model *m, const char *text)
{
	const struct yaml *y = model_parse(m, "container", text);
	struct err e = { 0 };

	return y ? container_read(y, &m->a, &m->f, &m->container, &e) : -1;
}

#endif
