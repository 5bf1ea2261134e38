/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translate/look.h"
#include "translate/etc.h"
#include "translate/place.h"

#include "lithos/image.h"
#include "sys/file.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>

enum { HOST_FILE_MAX = 1 << 20 };	/* bytes of a hosts file or resolv.conf that is copied */

struct look {
	const struct instance *in;
	struct look_host *host;
	struct arena *a;
	struct findings *f;
	struct translate_facts *facts;
	struct err *e;
};

/* ---- /etc of the container ---- */

/* What is at path, a handle; not of a link's target. */
static int open_entry(int dir, const char *path)
{
	return sys_openat2(dir, path, O_PATH | O_NOFOLLOW, 0, K_RESOLVE_BENEATH | K_RESOLVE_NO_SYMLINKS);
}

/* The volume that is mounted on path, or NULL. */
static const struct lithos_volume *find_volume(struct look *l, const char *path, int *ret_rc)
{
	const struct lithos_container *c = l->in->container;

	for (size_t i = 0; i < c->n_volumes; i++) {
		const char *at = NULL;

		*ret_rc = volume_normal(c->volumes[i].mount_point, l->a, &at, l->e);
		if (*ret_rc < 0)
			return NULL;
		if (at && strcmp(at, path) == 0)
			return &c->volumes[i];
	}
	*ret_rc = 0;
	return NULL;
}

static mode_t type_of(int fd)
{
	struct stat st;

	return fd >= 0 && sys_fstat(fd, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

/*
 * What a volume shows where it is mounted: a handle in *ret_fd, or -EBADF of one that begins empty (a tmpfs, a state
 * directory, one that is still to be made).
 */
static int open_volume(struct look *l, const struct lithos_volume *v, int *ret_fd)
{
	struct volume_place place;
	int rc;

	if (v->type != LITHOS_READONLY && v->type != LITHOS_PERSISTENT)
		return 0;
	rc = volume_find(l->in->sandbox, v, l->a, &place, l->e);
	if (rc > 0)
		*ret_fd = place_open(&place);
	return rc < 0 ? rc : 0;
}

/* Whether name in /etc, of which dir is a handle (or none: it is empty), will be a regular file. */
static int is_file(struct look *l, int dir, const char *path, const char *name, bool *ret)
{
	auto_close int fd = -EBADF;
	int rc;
	const struct lithos_volume *v = find_volume(l, path, &rc);

	if (rc < 0)
		return rc;
	if (v && open_volume(l, v, &fd) < 0)
		return l->e->code;
	if (!v && dir >= 0)
		fd = open_entry(dir, name);
	*ret = type_of(fd) == S_IFREG;
	return 0;
}

static int open_image_etc(struct look *l, int *ret_fd)
{
	const struct lithos_sandbox *s = l->in->sandbox;
	auto_close int image = -EBADF;
	struct err why = { 0 };
	int rc = image_open(s->image_dir, l->in->process->image, s->image_dir_levels, &image, &why);

	if (rc == -ENOMEM)
		return err_nomem(l->e);
	if (rc < 0)
		finding_err(l->f, DRAFT_AT(l->in->process->doc, l->in->process->name, "image", NULL), &why);
	else
		*ret_fd = open_entry(image, "etc");
	return 0;
}

static int look_at_etc(struct look *l)
{
	auto_close int etc = -EBADF;
	int rc;
	const struct lithos_volume *v = find_volume(l, "/etc", &rc);

	if (rc < 0)
		return rc;
	if ((v ? open_volume(l, v, &etc) : open_image_etc(l, &etc)) < 0)
		return l->e->code;
	/* A volume that begins empty is a directory, as its mount point is one. */
	l->facts->etc_is_directory = v && etc < 0 ? true : type_of(etc) == S_IFDIR;
	if (v && v->type == LITHOS_STATEDIR) {
		/* the state directory shows what is made; below it nothing is */
		l->facts->etc_hosts_is_file = l->facts->etc_resolv_is_file = false;
		return 0;
	}
	if (is_file(l, etc, "/etc/hosts", "hosts", &l->facts->etc_hosts_is_file) < 0 ||
	    is_file(l, etc, "/etc/resolv.conf", "resolv.conf", &l->facts->etc_resolv_is_file) < 0)
		return l->e->code;
	return 0;
}

/* ---- files of the host ---- */

/* What cannot be read is an empty text, so that it is complained about once. */
static int read_host(struct look *l, const char *key, const char *what, const char *path, const char **ret, size_t *ret_len,
		     mode_t *ret_mode)
{
	auto_close int fd = -EBADF;
	struct err why = { 0 };
	struct stat st = { 0 };
	ssize_t n = -1;
	char *text;
	int rc = image_open_host_file(path, &fd, &why);

	if (rc == 0)
		rc = sys_fstat(fd, &st);
	if (rc == 0 && st.st_size > HOST_FILE_MAX)
		rc = err_set(&why, -EFBIG, "it has more than %d bytes", HOST_FILE_MAX);
	text = arena_alloc(l->a, rc == 0 ? (size_t)st.st_size + 2 : 1);
	if (!text)
		return err_nomem(l->e);
	if (rc == 0)
		n = sys_read_all(fd, text, (size_t)st.st_size + 1);
	if (rc == 0 && n < 0)
		rc = err_sys(&why, (int)n, "read");
	if (rc == 0 && n > st.st_size)
		rc = err_set(&why, -EFBIG, "it grows while it is read");
	if (rc < 0)
		finding_error(l->f, DRAFT_AT(l->in->sandbox->doc, key, NULL),
			      "state dir: error preparing %s: error reading \"%s\": %s", what, path, why.text);
	*ret = text;
	*ret_len = rc < 0 ? 0 : (size_t)n;
	if (ret_mode)
		*ret_mode = rc < 0 ? 0644 : st.st_mode & 07777;
	return 0;
}

/* ---- the host's name ---- */

/* The first IPv4 address that the host's resolver knows for its own name; false: none. */
static bool find_address(const char *name, char ret[INET_ADDRSTRLEN])
{
	const struct addrinfo want = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	bool found = false;

	if (getaddrinfo(name, NULL, &want, &list) != 0)
		return false;
	if (list && list->ai_addr && list->ai_addrlen >= sizeof(struct sockaddr_in))
		found = inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)list->ai_addr)->sin_addr, ret,
				  INET_ADDRSTRLEN) != NULL;
	freeaddrinfo(list);
	return found;
}

static int know_name(struct look_host *host)
{
	struct utsname name;

	if (host->name_is_known)
		return 0;
	if (uname(&name) < 0)
		return -errno;
	memcpy(host->name, name.nodename, sizeof(host->name));
	if (!find_address(host->name, host->address))
		host->address[0] = '\0';
	host->name_is_known = true;
	return 0;
}

static int look_at_name(struct look *l)
{
	int rc = know_name(l->host);

	if (rc < 0)
		return err_sys(l->e, rc, "uname");
	if (!l->host->address[0]) {
		finding_error(l->f, DRAFT_AT(l->in->container->doc, "hosts_file", "public_hostname", NULL),
			      "state dir: error preparing hosts: no IPv4 address is known for the name of this host, \"%s\"",
			      l->host->name);
		finding_hint(l->f, "public-hostname: false, or a line in the host's /etc/hosts");
	}
	l->facts->host_name = arena_str(l->a, l->host->name);
	l->facts->host_address = arena_str(l->a, l->host->address);
	return l->facts->host_name && l->facts->host_address ? 0 : err_nomem(l->e);
}

/* ---- the rest of the host ---- */

static void look_at_kernel(struct look_host *host)
{
	char text[32];
	struct stat st;

	if (host->kernel_is_known)
		return;
	if (sys_read_at(AT_FDCWD, "/proc/sys/fs/nr_open", text, sizeof(text)) > 0)
		host->files_max = strtoull(text, NULL, 10);
	host->no_swap_limit = sys_fstatat(AT_FDCWD, "/sys/fs/cgroup/memory", 0, &st) == 0 &&
		sys_fstatat(AT_FDCWD, "/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", 0, &st) < 0;
	host->kernel_is_known = true;
}

int translate_look(const struct instance *i, struct look_host *host, struct arena *a, struct findings *f,
		   struct translate_facts *ret, struct err *e)
{
	struct look l = { .in = i, .host = host, .a = a, .f = f, .facts = ret, .e = e };
	const struct etc_hosts hosts = etc_hosts_of(i);
	const char *term = getenv("TERM");
	size_t errors = f->n_errors;

	look_at_kernel(host);
	*ret = (struct translate_facts){
		.term = term && *term ? arena_str(a, term) : "dumb",
		.files_max = host->files_max, .no_swap_limit = host->no_swap_limit,
	};
	if (!ret->term)
		return err_nomem(e);
	if (look_at_etc(&l) < 0)
		return e->code;
	if (etc_needs_hosts(i, ret) && hosts.copy &&
	    read_host(&l, "hosts_file", "hosts", i->sandbox->hosts_file, &ret->hosts, &ret->hosts_len, NULL) < 0)
		return e->code;
	if (etc_needs_hosts(i, ret) && hosts.public_hostname && look_at_name(&l) < 0)
		return e->code;
	if (etc_needs_resolv(i, ret) && read_host(&l, "resolv_conf", "resolv.conf", i->sandbox->resolv_conf, &ret->resolv,
						  &ret->resolv_len, &ret->resolv_mode) < 0)
		return e->code;
	return f->n_errors == errors ? 1 : 0;
}
