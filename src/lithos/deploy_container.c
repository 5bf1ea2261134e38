/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Container files, which are within images: each is read once for a sandbox, and those of one image that come one after the
 * other are given to the parser together.
 */
#include "lithos/deploying.h"
#include "lithos/image.h"
#include "lithos/yaml.h"
#include "sys/file.h"

/* A name for messages of what is at path within an image. */
static const char *name_within(const char *image_path, const char *path, struct arena *a)
{
	while (*path == '/')
		path++;
	return arena_fmt(a, "%s/%s", image_path, path);
}

/*
 * The file of secrets may be any file of the image, by a link also one of secrets of somebody else; a complaint of the
 * parser could quote it.  Where there is a line, that is all that is told; where there is none, nothing was parsed yet.
 */
static void tell_lines(const struct findings *from, struct findings *f)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct finding *x = &from->v[i];
		struct mark at = { .file = x->file, .line = x->line, .column = x->column };

		finding_error(f, at, "%s", x->line ? "this is no mapping of names to secrets in YAML" : x->text);
	}
}

static int read_secrets(struct deploy *d, struct deploy_cached *c, struct findings *f, struct err *e)
{
	auto_findings struct findings unsaid = { 0 };
	auto_close int fd = -EBADF;
	const char *path = container_secret_file(&c->container, c->config, &d->box);
	const char *file = path ? name_within(d->process.image_path, path, &d->box) : NULL;

	if (!file)
		return err_nomem(e);

	int rc = image_open_file(d->process.image, path, &fd, e);

	/* That it cannot be opened may be told. */
	rc = deploy_read_open(d->image_reader, rc, fd, file, &YAML_OF_IMAGE, yaml_mark(c->doc, "secret_environ_file", NULL),
		       fd < 0 ? f : &unsaid, &c->secrets, e);
	tell_lines(&unsaid, f);
	return rc <= 0 ? rc : container_read_secrets(c->secrets, &d->box, f, &c->container, e);
}

static struct deploy_cached **find_cached(struct deploy *d, const char *image, const char *config)
{
	uint32_t hash = 0;
	struct deploy_cached **c;

	for (const char *p = image; *p; p++)
		hash = hash * 31 + (unsigned char)*p;
	for (const char *p = config; *p; p++)
		hash = hash * 31 + (unsigned char)*p;
	for (c = &d->heads[hash % DEPLOY_HEADS]; *c; c = &(*c)->next)
		if (strcmp((*c)->image, image) == 0 && strcmp((*c)->config, config) == 0)
			break;
	return c;
}

static int add_cached(struct deploy *d, const struct lithos_process *p, struct deploy_cached **place, struct err *e)
{
	struct deploy_cached *c = ARENA_NEW(&d->box, struct deploy_cached);

	if (!c)
		return err_nomem(e);
	c->image = p->image;
	c->config = p->config;
	c->about = arena_fmt(&d->box, "%s/%s", d->sandbox.name, p->name);
	c->at = yaml_mark(d->processes_doc, p->name, "config", NULL);
	if (!c->about)
		return err_nomem(e);
	*place = c;
	return 0;
}

/* Of this process and of those that follow with the same image: what was not read yet, as many as are read at once. */
static int choose_ahead(struct deploy *d, struct deploy_cached *ret[READINGS_MAX], size_t *ret_n, struct err *e)
{
	const struct lithos_process *end = d->processes.v + d->processes.n;

	*ret_n = 0;
	for (const struct lithos_process *p = d->process.config; p < end && *ret_n < READINGS_MAX; p++) {
		struct deploy_cached **place;

		if (!deploy_is_asked_for(d, p) || !deploy_has_names(d, p))
			continue;
		if (strcmp(p->image, d->process.config->image) != 0)
			break;
		place = find_cached(d, p->image, p->config);
		if (*place)
			continue;
		if (add_cached(d, p, place, e) < 0)
			return e->code;
		ret[(*ret_n)++] = *place;
	}
	return 0;
}

/* 1: its file is open, 0: a finding says why it is not. */
static int open_container(struct deploy *d, struct deploy_cached *c, struct findings *f, struct reading *ret, struct err *e)
{
	const char *file = name_within(d->process.image_path, c->config, &d->box);
	int rc;

	if (!file)
		return err_nomem(e);
	*ret = (struct reading){ .fd = -EBADF, .file = file, .about = c->about };
	f->about = c->about;
	rc = image_open_file(d->process.image, c->config, &ret->fd, e);
	if (rc < 0 && rc != -ENOMEM) {
		finding_err(f, c->at, e);
		*e = (struct err){ 0 };
		return 0;
	}
	return rc < 0 ? rc : 1;
}

/* What is in the file of c, which was parsed. */
static int take_container(struct deploy *d, struct deploy_cached *c, struct findings *f, struct err *e)
{
	int rc;

	f->about = c->about;
	c->readable = true;
	rc = container_read(c->doc, &d->box, f, &c->container, e);
	if (rc > 0 && c->container.secret_environ_file)
		rc = read_secrets(d, c, f, e);
	c->whole = rc > 0;
	return rc < 0 ? rc : 0;
}

/* The files of n, those that can be opened first in v. */
static int read_containers(struct deploy *d, struct deploy_cached **c, size_t n, struct reading *v, size_t *ret_open,
			   struct findings *f, struct err *e)
{
	size_t n_open = 0;
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < n; i++) {
		rc = open_container(d, c[i], f, &v[n_open], e);
		if (rc > 0)
			c[n_open++] = c[i];
	}
	*ret_open = n_open;
	return rc < 0 ? rc : reader_read_all(d->image_reader, v, n_open, &YAML_OF_IMAGE, f, e);
}

/* Files of another image are another author's. */
static void enter_image(struct deploy *d, const char *image)
{
	if (!d->parsed_image || strcmp(d->parsed_image, image) != 0)
		reader_renew(d->image_reader);
	d->parsed_image = image;
}

static int read_ahead(struct deploy *d, struct findings *f, struct err *e)
{
	const char *about = f->about;
	struct deploy_cached *c[READINGS_MAX];
	struct reading v[READINGS_MAX];
	size_t n, n_open = 0;
	int rc = choose_ahead(d, c, &n, e);

	if (rc < 0)
		return rc;
	enter_image(d, d->process.config->image);
	rc = read_containers(d, c, n, v, &n_open, f, e);
	for (size_t i = 0; i < n_open; i++) {
		c[i]->doc = v[i].doc;
		fd_close(&v[i].fd);
	}
	for (size_t i = 0; rc >= 0 && i < n_open; i++)
		if (c[i]->doc)
			rc = take_container(d, c[i], f, e);
	f->about = about;
	return rc;
}

int deploy_find_container(struct deploy *d, struct findings *f, struct err *e)
{
	const struct lithos_process *p = d->process.config;
	const struct deploy_cached *c = *find_cached(d, p->image, p->config);
	int rc = 0;

	if (!c) {
		rc = read_ahead(d, f, e);
		c = *find_cached(d, p->image, p->config);
	}
	if (rc < 0 || !c)
		return rc;
	if (c->readable)
		d->process.container = &c->container;
	d->process.whole = c->whole;
	return 0;
}
