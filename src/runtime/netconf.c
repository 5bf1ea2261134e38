/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/netconf.h"
#include "base/fmt.h"
#include "base/limits.h"
#include "hook/hook.h"
#include "libocispec/netconf.h"
#include "state/store.h"
#include "sys/file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SAFE_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* ---- the file ---- */

static int open_file(const char *path, int more_flags, int *ret_fd, size_t *ret_n, struct err *e)
{
	/* Not blocking, in case it is a FIFO. */
	auto_close int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | more_flags, 0);
	struct stat st;

	if (fd < 0)
		return err_sys(e, fd, "open %s", path);
	if (sys_fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s is not a regular file", path);
	if (st.st_size > NETCONF_BYTES_MAX)
		return err_set(e, -EFBIG, "%s has %lld bytes, more than %d", path, (long long)st.st_size, NETCONF_BYTES_MAX);
	*ret_n = (size_t)st.st_size;
	*ret_fd = take_fd(fd);
	return 0;
}

static int parse(const char *path, int fd, size_t size, struct oci_doc **ret_doc, struct err *e)
{
	char *text = malloc(size + 1);
	struct oci_err oe;
	ssize_t n;

	if (!text)
		return err_nomem(e);
	n = sys_read_all(fd, text, size);
	if (n < 0)
		err_sys(e, (int)n, "read %s", path);
	else if (!(*ret_doc = oci_netconf_parse(text, (size_t)n, &oe)))
		err_set(e, oe.code, "%s: %s", path, oe.text);
	free(text);
	return e->code;
}

static int find_in_bundle(const char *name, const char *bundle, char path[PATH_MAX], struct err *e)
{
	if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return err_set(e, -EINVAL, "annotations: " NET_CONF_ANNOTATION ": \"%.*s\" is not the name of a file in the "
			       "bundle", 64, name);
	if (fmt(path, PATH_MAX, "%s/%s", bundle, name) >= PATH_MAX)
		return err_set(e, -ENAMETOOLONG, "annotations: " NET_CONF_ANNOTATION ": the path is too long");
	return 0;
}

int netconf_read(const struct oci_config *c, const char *file, const char *bundle, struct oci_doc **ret_doc, struct err *e)
{
	/* Most have none. */
	const char *name = file || c->n_annotations == 0 ? NULL : oci_annotation(c, NET_CONF_ANNOTATION);
	auto_close int fd = -EBADF;
	char path[PATH_MAX];
	size_t n;

	*ret_doc = NULL;
	if (!file && !name)
		return 0;
	if (name && find_in_bundle(name, bundle, path, e) < 0)
		return e->code;
	if (open_file(file ? file : path, file ? 0 : O_NOFOLLOW, &fd, &n, e) < 0)
		return e->code;
	return parse(file ? file : path, fd, n, ret_doc, e);
}

/* ---- what is made of it ---- */

void netconf_files(const struct net_conf *c, struct netconf_file ret[NETCONF_FILES])
{
	ret[0] = (struct netconf_file){ "netconf.dns", c->resolver, "resolv.conf", "/etc/resolv.conf" };
	ret[1] = (struct netconf_file){ "netconf.hosts", c->hosts, "hosts", "/etc/hosts" };
}

int netconf_write_files(const struct net_conf *c, int dir, struct err *e)
{
	struct netconf_file files[NETCONF_FILES];

	netconf_files(c, files);
	for (size_t i = 0; i < NETCONF_FILES; i++) {
		const struct netconf_file *f = &files[i];
		int rc;

		if (!f->text)
			continue;
		if (store_write(dir, f->name, f->text, strlen(f->text), e) < 0)
			return err_ctx(e, "%s", f->from);
		rc = sys_fchmodat(dir, f->name, 0644);
		if (rc < 0)
			return err_sys(e, rc, "%s: let everybody read %s", f->from, f->name);
	}
	return 0;
}

int netconf_after_setup(const struct net_conf *c, int netns_fd, struct err *e)
{
	static const char *const environment[] = { SAFE_PATH, NULL };
	const struct hook_state nothing = { .before_pid = "", .after_pid = "" };
	const struct hook_setting setting = { .state = &nothing, .cwd = "/", .netns_fd = netns_fd };

	if (!c->after_setup)
		return 0;
	return hook_run(&(struct hook){ .path = c->after_setup[0], .argv = c->after_setup, .envp = environment,
					.timeout_ms = AFTER_SETUP_MS, .from = "netconf.after_setup" }, &setting, e);
}
