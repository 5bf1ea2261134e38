/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/process.h"

#include "lithos/allow.h"
#include "lithos/path.h"
#include "lithos/schema.h"

#include <string.h>

static const char *const kinds[] = { [LITHOS_DAEMON] = "Daemon", [LITHOS_COMMAND] = "Command", NULL };

static int check_config(const char *path, struct err *e)
{
	if (*path != '/')
		return err_set(e, -EINVAL, "Config path must be absolute");
	return path_climbs_out(path) ? err_set(e, -EINVAL, "Config path must not lead above the image") : 0;
}

static const struct schema_row update_rows[] = {
	SCHEMA_NUMBER(struct lithos_update, "max_unavailable", max_unavailable, 1, 1, LITHOS_INSTANCES_MAX, 0),
};
static const struct schema_table update_table = SCHEMA_TABLE(struct lithos_update, update_rows);

static const struct schema_row rows[] = {
	SCHEMA_ENUM(struct lithos_process, "kind", kind, kinds, LITHOS_DAEMON, 0),
	SCHEMA_TEXT(struct lithos_process, "image", image, NULL, SCHEMA_REQUIRED),
	SCHEMA_PATH(struct lithos_process, "config", config, NULL, SCHEMA_REQUIRED, .check = check_config),
	SCHEMA_NUMBER(struct lithos_process, "instances", instances, 1, 0, LITHOS_INSTANCES_MAX, 0),
	SCHEMA_PAIRS(struct lithos_process, "variables", variables, 0),
	SCHEMA_TEXTS(struct lithos_process, "extra_secrets_namespaces", extra_secrets_namespaces, 0),
	SCHEMA_TEXTS(struct lithos_process, "ip_addresses", ip_addresses, 0, .check = schema_check_ip),
	SCHEMA_STRUCT(struct lithos_process, "update", update, &update_table, SCHEMA_OPTIONAL),
};
static const struct schema_table table = SCHEMA_TABLE(struct lithos_process, rows);
/* The document itself is the mapping. */
static const struct schema_row file_row = {
	.kind = &schema_keyed, .table = &table,
	.offset = offsetof(struct lithos_processes, v), .aux = offsetof(struct lithos_processes, n),
};

static void check_name(const struct lithos_process *p, struct findings *f)
{
	const struct mark at = yaml_mark(p->doc, p->name, NULL);

	lithos_name_check("process", p->name, at, f);
	if (strncmp(p->name, "cmd.", 4) == 0)
		finding_warning(f, at, "instances of \"%s\" are called as commands of \"%s\" are", p->name, p->name + 4);
}

int processes_read(const struct yaml *y, struct arena *a, struct findings *f, struct lithos_processes *ret, struct err *e)
{
	const size_t before = f->n_errors;
	int rc;

	*ret = (struct lithos_processes){ 0 };
	rc = schema_read_row(&file_row, y, a, f, ret, e);
	if (rc < 0)
		return rc;
	ret->doc = y;
	ret->file = arena_str(a, y->file);
	if (!ret->file)
		return err_nomem(e);
	for (size_t i = 0; i < ret->n; i++) {
		ret->v[i].doc = y;
		check_name(&ret->v[i], f);
	}
	return f->n_errors == before;
}

const struct lithos_process *processes_find(const struct lithos_processes *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->v[i].name, name) == 0)
			return &p->v[i];
	return NULL;
}
