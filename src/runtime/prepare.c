/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is read, checked and decided before anything is made. */
#include "base/fmt.h"
#include "base/limits.h"
#include "libocispec/check.h"
#include "runtime/birth.h"
#include "runtime/image.h"
#include "runtime/netconf.h"
#include "runtime/prepare.h"
#include "state/id.h"
#include "sys/file.h"

#include <stdlib.h>
#include <string.h>

static int find_bundle(const char *given, char bundle[PATH_MAX], struct err *e)
{
	const char *path = given && *given ? given : ".";

	return realpath(path, bundle) ? 0 : err_sys(e, -errno, "bundle %s", path);
}

static int read_config(struct birth *b, struct err *e)
{
	const char *dir = b->o->config ? "" : b->bundle;
	char path[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (fmt(path, sizeof(path), "%s%s", dir, b->o->config ? b->o->config : "/config.json") >= sizeof(path))
		return err_set(e, -ENAMETOOLONG, "the path of the configuration is too long");
	/* Not blocking, in case it is a FIFO. */
	auto_close int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd == -ENOENT)
		return err_set(e, fd, "JSON specification file config.json not found: %s", path);
	if (fd < 0)
		return err_sys(e, fd, "open %s", path);
	if (sys_fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s is not a regular file", path);
	if (st.st_size > CONFIG_BYTES_MAX)
		return err_set(e, -EFBIG, "%s has %lld bytes, more than %d", path, (long long)st.st_size, CONFIG_BYTES_MAX);
	b->config_text = malloc((size_t)st.st_size + 1);
	if (!b->config_text)
		return err_nomem(e);
	n = sys_read_all(fd, b->config_text, (size_t)st.st_size);
	if (n < 0)
		return err_sys(e, (int)n, "read %s", path);
	b->config_len = (size_t)n;
	return 0;
}

static int parse_config(struct birth *b, enum oci_mode mode, struct err *e)
{
	struct oci_err oe;
	struct oci_findings found;
	char text[1024];

	b->doc = oci_doc_parse(b->config_text, b->config_len, mode, &oe);
	if (!b->doc)
		return err_set(e, oe.code, "config.json: %s", oe.text);
	if (oci_check(b->doc->config, OCI_CHECK_RUN, &found) == OCI_REJECTED)
		return err_set(e, -EINVAL, "config.json: %s", oci_findings_text(&found, text, sizeof(text)));
	return 0;
}

/* The caller's are the ones that are not close-on-exec: ours all are. */
int check_kept_descriptors(uint32_t listen_fds, uint32_t preserve, struct err *e)
{
	for (uint32_t i = 0; i < listen_fds + preserve; i++) {
		int flags = fcntl(3 + (int)i, F_GETFD);

		if (flags < 0 || flags & FD_CLOEXEC)
			return err_set(e, -EBADF, "unable to stat preserved-fd %u (of %u): descriptor %u is not open",
				       i + 1, listen_fds + preserve, 3 + i);
	}
	return 0;
}

int check_terminal(bool terminal, bool foreground, const char *console_socket, struct err *e)
{
	if (terminal && !foreground && !console_socket)
		return err_set(e, -EINVAL, "cannot allocate tty if cist will detach without setting console socket");
	if (console_socket && (!terminal || foreground))
		return err_set(e, -EINVAL, "cannot use console socket if cist will not detach or allocate tty");
	return 0;
}

int find_pid_file(const char *given, char ret_path[PATH_MAX], struct err *e)
{
	char cwd[PATH_MAX] = "";

	ret_path[0] = '\0';
	if (!given)
		return 0;
	if (*given != '/' && !getcwd(cwd, sizeof(cwd)))
		return err_sys(e, -errno, "the working directory");
	if (fmt(ret_path, PATH_MAX, "%s%s%s", cwd, *cwd ? "/" : "", given) >= PATH_MAX)
		return err_set(e, -ENAMETOOLONG, "--pid-file: the path is too long");
	return 0;
}

static enum cg_driver_kind driver_of(const struct runtime *rt)
{
	static const enum cg_driver_kind drivers[] = {
		[CGROUP_MANAGER_CGROUPFS] = CG_DRIVER_CGROUPFS,
		[CGROUP_MANAGER_SYSTEMD]  = CG_DRIVER_SYSTEMD,
		[CGROUP_MANAGER_DISABLED] = CG_DRIVER_DISABLED,
	};

	return drivers[rt->manager];
}

/* What an ordinary user, or root of a user namespace, has of cgroups. */
static int find_rights(struct birth *b, struct arena *a, struct err *e)
{
	const struct oci_linux *l = b->doc->config->linux;
	struct facts *f = &b->facts;

	f->cgroups.rootless = b->rt->rootless == ROOTLESS_YES ||
			      (b->rt->rootless == ROOTLESS_AUTO && facts_is_rootless(f));
	f->cgroups.no_device_rules = f->in_user_ns || !facts_has_cap(f, FACT_CAP_SYS_ADMIN);
	if (!f->cgroups.rootless || driver_of(b->rt) != CG_DRIVER_CGROUPFS)
		return 0;
	return cg_probe_rights(&f->cgroups, l ? l->cgroups_path : NULL, b->o->id, a, e);
}

/* explain asks nobody: it says where a user's systemd is as a rule. */
static int find_manager(struct birth *b, struct arena *a, struct err *e)
{
	struct cg_host *h = &b->facts.cgroups;

	if (driver_of(b->rt) != CG_DRIVER_SYSTEMD)
		return 0;
	if (cg_probe_manager(h, a, e) < 0)
		return e->code;
	return h->manager.is_users && !b->only_explains ? scope_find(&b->scope, &h->manager, a, e) : 0;
}

static int decide(struct birth *b, struct arena *a, struct err *e)
{
	const struct blueprint_request r = {
		.config = b->doc->config, .netconf = b->netconf ? b->netconf->root : NULL,
		.id = b->o->id, .bundle = b->bundle, .state_dir = b->state_dir,
		.facts = &b->facts, .driver = driver_of(b->rt), .preserve_fds = b->o->preserve_fds,
		.no_pivot = b->o->no_pivot, .no_new_keyring = b->o->no_new_keyring,
		.init = b->o->init,
	};

	if (facts_gather(b->doc->config, b->doc->config->process, a, &b->facts, e) < 0 ||
	    find_rights(b, a, e) < 0 ||
	    check_kept_descriptors(b->facts.listen_fds, b->o->preserve_fds, e) < 0 || find_manager(b, a, e) < 0)
		return e->code;
	b->image = image_offered(3 + b->facts.listen_fds + b->o->preserve_fds);
	return blueprint_make(&r, a, &b->bp, e);
}

static int read_all(struct birth *b, enum oci_mode mode, struct err *e)
{
	if (container_id_check(b->o->id, e) < 0 || find_bundle(b->o->bundle, b->bundle, e) < 0 ||
	    find_pid_file(b->o->pid_file, b->pid_file, e) < 0 || read_config(b, e) < 0 || parse_config(b, mode, e) < 0 ||
	    netconf_read(b->doc->config, b->o->netconf, b->bundle, &b->netconf, e) < 0)
		return e->code;
	if (fmt(b->state_dir, sizeof(b->state_dir), "%s/%s", b->rt->root, b->o->id) >= sizeof(b->state_dir))
		return err_set(e, -ENAMETOOLONG, "--root %s: too long", b->rt->root);
	return 0;
}

int birth_prepare(struct birth *b, bool foreground, struct err *e)
{
	if (read_all(b, OCI_LENIENT, e) < 0 ||
	    check_terminal(b->doc->config->process->terminal, foreground, b->o->console_socket, e) < 0 ||
	    plan_memory_make(&b->memory, b->config_len, e) < 0 || decide(b, &b->memory.arena, e) < 0)
		return e->code;
	for (uint32_t i = 0; i < b->bp.warnings.n; i++)
		b->rt->warn(b->bp.warnings.v[i]);
	for (size_t i = 0; i < b->bp.cgroup.n_warnings; i++)
		b->rt->warn(b->bp.cgroup.warnings[i]);
	if (b->bp.rdt.warning)
		b->rt->warn(b->bp.rdt.warning);
	return 0;
}

int birth_explain(struct birth *b, struct arena *a, struct err *e)
{
	b->only_explains = true;
	if (read_all(b, OCI_STRICT, e) < 0 || decide(b, a, e) < 0)
		return e->code;
	b->bp.unknown = b->doc->unknown;
	b->bp.n_unknown = b->doc->n_unknown < OCI_UNKNOWN_MAX ? b->doc->n_unknown : OCI_UNKNOWN_MAX;
	return 0;
}
