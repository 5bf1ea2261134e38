/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What there is and how it is: state, list. */
#include "base/fmt.h"
#include "runtime/container.h"
#include "runtime/version.h"
#include "state/store.h"
#include "sys/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The document of one container; strings stay in c. */
static int describe(struct container *c, const char *owner, struct oci_state *ret, struct err *e)
{
	int status = container_status(c, e);

	if (status < 0)
		return status;
	*ret = (struct oci_state){
		.oci_version = SPEC_VERSION, .id = c->id, .pid = status == STATUS_STOPPED ? 0 : c->record->pid,
		.status = status_name((enum status)status), .bundle = c->record->bundle, .rootfs = c->record->rootfs,
		.created = c->record->birth, .annotations = c->record->annotations,
		.n_annotations = c->record->n_annotations, .owner = owner,
	};
	return 0;
}

int runtime_state(const struct runtime *rt, const char *id, struct err *e)
{
	auto_container struct container c = CONTAINER_INIT;
	struct oci_state s;
	char *json;

	if (container_open(rt, id, &c, e) < 0 || describe(&c, "", &s, e) < 0)
		return e->code;
	json = oci_state_write(&s, "  ");
	if (!json)
		return err_nomem(e);
	puts(json);
	free(json);
	return 0;
}

/* The name of the user that the directory belongs to, or "#1000": no library is asked that might load others. */
static void find_owner(const struct container *c, char *buf, size_t size)
{
	struct stat st;

	if (sys_fstat(c->dir, &st) < 0)
		fmt(buf, size, "%s", "");
	else if (st.st_uid == 0)
		fmt(buf, size, "root");
	else
		fmt(buf, size, "#%u", st.st_uid);
}

struct listing {
	struct container *c;		/* n of them, and their documents and owners */
	struct oci_state *s;
	char (*owners)[32];
	size_t n;
};

static void load_all(const struct runtime *rt, int store, char **ids, size_t n, struct listing *l)
{
	for (size_t i = 0; i < n; i++) {
		struct container *c = &l->c[l->n];
		struct err e = { 0 };

		*c = (struct container)CONTAINER_INIT;
		if (container_open_in(store, ids[i], c, &e) == 0) {
			find_owner(c, l->owners[l->n], sizeof(*l->owners));
			if (describe(c, l->owners[l->n], &l->s[l->n], &e) == 0) {
				l->n++;
				continue;
			}
		}
		err_ctx(&e, "load container %s", ids[i]);
		rt->warn(e.text);
		container_close(c);
	}
}

enum { COLUMNS = 6, COLUMN_MIN = 12, COLUMN_GAP = 3 };

/* Column k of a container as text; pid is room for its number. */
static const char *cell(const struct oci_state *s, int k, char pid[16])
{
	const char *const text[COLUMNS] = { s->id, pid, s->status, s->bundle, s->created, s->owner };

	fmt(pid, 16, "%d", s->pid);
	return text[k];
}

/* As runc's: three blanks between columns, which are at least twelve wide. */
static void print_table(const struct listing *l)
{
	static const char *const titles[COLUMNS] = { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" };
	int width[COLUMNS];
	char pid[16];

	for (int k = 0; k < COLUMNS; k++) {
		width[k] = COLUMN_MIN;
		for (size_t i = 0; i < l->n; i++) {
			int need = (int)strlen(cell(&l->s[i], k, pid)) + COLUMN_GAP;

			width[k] = need > width[k] ? need : width[k];
		}
	}
	for (int k = 0; k < COLUMNS; k++)
		printf("%-*s", k < COLUMNS - 1 ? width[k] : 0, titles[k]);
	putchar('\n');
	for (size_t i = 0; i < l->n; i++) {
		for (int k = 0; k < COLUMNS; k++)
			printf("%-*s", k < COLUMNS - 1 ? width[k] : 0, cell(&l->s[i], k, pid));
		putchar('\n');
	}
}

static int print_json(const struct listing *l, struct err *e)
{
	char *json = l->n > 0 ? oci_states_write(l->s, l->n, NULL) : NULL;

	if (l->n > 0 && !json)
		return err_nomem(e);
	puts(json ? json : "null");
	free(json);
	return 0;
}

static int print_listing(const struct listing *l, enum list_format format, struct err *e)
{
	if (format == LIST_JSON)
		return print_json(l, e);
	if (format == LIST_TABLE)
		print_table(l);
	else
		for (size_t i = 0; i < l->n; i++)
			puts(l->s[i].id);
	return 0;
}

static int list_all(const struct runtime *rt, int store, enum list_format format, struct err *e)
{
	struct listing l = { 0 };
	char **ids;
	size_t n;
	int rc = store_ids(store, &ids, &n, e);

	if (rc < 0)
		return rc;
	l.c = calloc(n + 1, sizeof(*l.c));
	l.s = calloc(n + 1, sizeof(*l.s));
	l.owners = calloc(n + 1, sizeof(*l.owners));
	if (l.c && l.s && l.owners) {
		load_all(rt, store, ids, n, &l);
		rc = print_listing(&l, format, e);
	} else {
		rc = err_nomem(e);
	}
	for (size_t i = 0; i < l.n; i++)
		container_close(&l.c[i]);
	free(l.c);
	free(l.s);
	free(l.owners);
	free(ids);
	return rc;
}

int runtime_list(const struct runtime *rt, enum list_format format, struct err *e)
{
	auto_close int store = -EBADF;
	int rc = store_open(rt->root, false, &store, e);

	if (rc < 0)
		return rc;
	if (rc == STORE_ABSENT && rt->root_is_given)
		return err_sys(e, -ENOENT, "open the state directory %s", rt->root);
	if (rc == STORE_ABSENT)
		return print_listing(&(struct listing){ 0 }, format, e);
	return list_all(rt, store, format, e);
}
