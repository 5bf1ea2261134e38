/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the host has: parse mountinfo and /proc/self/cgroup (pure), and read them. */
#include "cgroup/host.h"

#include "base/arr.h"
#include "base/limits.h"
#include "sys/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#define V2_MOUNT "/sys/fs/cgroup"

static const struct {
	const char *v1;
	const char *v2;
} names[CG__CONTROLLERS] = {
	[CG_CPU]	= { "cpu",		"cpu" },
	[CG_CPUACCT]	= { "cpuacct",		NULL },
	[CG_CPUSET]	= { "cpuset",		"cpuset" },
	[CG_MEMORY]	= { "memory",		"memory" },
	[CG_IO]		= { "blkio",		"io" },
	[CG_PIDS]	= { "pids",		"pids" },
	[CG_HUGETLB]	= { "hugetlb",		"hugetlb" },
	[CG_RDMA]	= { "rdma",		"rdma" },
	[CG_MISC]	= { "misc",		"misc" },
	[CG_DMEM]	= { NULL,		"dmem" },
	[CG_DEVICES]	= { "devices",		NULL },
	[CG_FREEZER]	= { "freezer",		NULL },
	[CG_NET_CLS]	= { "net_cls",		NULL },
	[CG_NET_PRIO]	= { "net_prio",		NULL },
	[CG_PERF_EVENT]	= { "perf_event",	NULL },
};

const char *cg_controller_name(enum cg_controller c, bool is_v2)
{
	return (is_v2 && names[c].v2) || !names[c].v1 ? names[c].v2 : names[c].v1;
}

bool cg_controller_is_in_v2(enum cg_controller c)
{
	return names[c].v2 != NULL;
}

uint32_t cg_controller_bit(const char *name, size_t len, bool is_v2)
{
	for (unsigned int c = 0; c < CG__CONTROLLERS; c++) {
		const char *known = is_v2 ? names[c].v2 : names[c].v1;

		if (known && strlen(known) == len && memcmp(known, name, len) == 0)
			return CG_BIT(c);
	}
	return 0;
}

uint32_t cg_controller_set(const char *list, const char *separators, bool is_v2)
{
	uint32_t set = 0;

	for (list += strspn(list, separators); *list; list += strspn(list, separators)) {
		size_t len = strcspn(list, separators);

		set |= cg_controller_bit(list, len, is_v2);
		list += len;
	}
	return set;
}

const char *cg_controller_list(uint32_t set, bool is_v2, struct arena *a)
{
	char text[256] = "";
	size_t used = 0;

	for (unsigned int c = 0; c < CG__CONTROLLERS; c++)
		if (set & CG_BIT(c))
			used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? "," : "",
						 cg_controller_name((enum cg_controller)c, is_v2));
	return arena_str(a, text);
}

/* ---- the texts ---- */

/* One line of mountinfo: 36 35 98:0 /root /mount/point rw,noatime master:1 - cgroup cgroup rw,cpu */
struct mount_line {
	char root[CG_PATH_MAX];
	char point[CG_PATH_MAX];
	char type[32];
	char options[512];	/* of the superblock */
};

/* mountinfo writes blank, tab, newline and backslash as \ooo. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' && s[3] >= '0' &&
		    s[3] <= '7') {
			*to++ = (char)(((s[1] - '0') << 6) | ((s[2] - '0') << 3) | (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

static bool parse_mount_line(const char *line, size_t len, struct mount_line *ret)
{
	const char *dash = memmem(line, len, " - ", 3);
	char head[2 * CG_PATH_MAX + 64], tail[1024];

	if (!dash || (size_t)(dash - line) >= sizeof head || len - (size_t)(dash - line) >= sizeof tail)
		return false;
	memcpy(head, line, (size_t)(dash - line));
	head[dash - line] = '\0';
	memcpy(tail, dash + 3, len - (size_t)(dash - line) - 3);
	tail[len - (size_t)(dash - line) - 3] = '\0';
	if (sscanf(head, "%*s %*s %*s %4095s %4095s", ret->root, ret->point) != 2 ||
	    sscanf(tail, "%31s %*s %511s", ret->type, ret->options) != 2)
		return false;
	unescape(ret->root);
	unescape(ret->point);
	return strcmp(ret->type, "cgroup") == 0 || strcmp(ret->type, "cgroup2") == 0;
}

/* "name=systemd" among the options of a v1 mount, or NULL. */
static const char *v1_name(const char *options, struct arena *a)
{
	const char *at = strstr(options, "name=");

	if (!at || (at != options && at[-1] != ','))
		return NULL;
	at += strlen("name=");
	return arena_fmt(a, "%.*s", (int)strcspn(at, ","), at);
}

/* Does the line "7:cpu,cpuacct:/x" of /proc/PID/cgroup belong to this hierarchy? */
static bool line_is_of(const char *list, size_t len, const struct cg_hierarchy *h)
{
	char text[512];

	if (len >= sizeof text)
		return false;
	memcpy(text, list, len);
	text[len] = '\0';
	if (h->is_v2)
		return len == 0;
	if (strncmp(text, "name=", 5) == 0)
		return h->controllers == 0 && strcmp(text + 5, h->name) == 0;
	return (cg_controller_set(text, ",", false) & h->controllers) != 0;
}

const char *cg_own_path(const char *proc_cgroup, const struct cg_hierarchy *h, size_t *ret_len)
{
	for (const char *line = proc_cgroup; *line; line += strspn(line, "\n")) {
		size_t len = strcspn(line, "\n");
		const char *list = memchr(line, ':', len);
		const char *path = list ? memchr(list + 1, ':', len - (size_t)(list + 1 - line)) : NULL;

		if (path && line_is_of(list + 1, (size_t)(path - list - 1), h)) {
			*ret_len = len - (size_t)(path + 1 - line);
			return path + 1;
		}
		line += len;
	}
	return NULL;
}

/*
 * The part of the caller's path that lies below what is mounted.  In a container without cgroup namespace the mount's
 * root is /docker/ID and the path too; a mount from outside of the own cgroup namespace begins with "/..".
 */
static const char *below_root(const char *own, size_t len, const char *root, struct arena *a)
{
	size_t skip = strcmp(root, "/") == 0 ? 0 : strlen(root);

	if (len < skip || strncmp(own, root, skip) != 0 || (len > skip && own[skip] != '/') ||
	    memmem(own, len, "/..", 3) || len == skip)
		return "/";
	return arena_fmt(a, "%.*s", (int)(len - skip), own + skip);
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Co-mounted controllers are reached through links of their single names. */
static int add_links(struct cg_hierarchy *h, struct arena *a)
{
	const char **v = ARENA_ARRAY(a, CG__CONTROLLERS, const char *);

	if (!v)
		return -ENOMEM;
	for (unsigned int c = 0; c < CG__CONTROLLERS && !h->is_v2; c++)
		if ((h->controllers & CG_BIT(c)) && strcmp(names[c].v1, h->name) != 0)
			v[h->n_links++] = names[c].v1;
	h->links = v;
	return 0;
}

static int make_hierarchy(const struct mount_line *m, const char *self_cgroup, const char *v2_controllers,
			  struct arena *a, struct cg_hierarchy *ret)
{
	struct cg_hierarchy h = { .is_v2 = strcmp(m->type, "cgroup2") == 0 };
	const char *name = h.is_v2 ? NULL : v1_name(m->options, a);
	const char *own;
	size_t len = 0;

	h.mount_point = arena_str(a, m->point);
	h.root = arena_str(a, m->root);
	h.controllers = h.is_v2 ? cg_controller_set(v2_controllers, " \n", true)
				: cg_controller_set(m->options, ",", false);
	h.name = name ? name : h.mount_point ? arena_str(a, last_component(h.mount_point)) : NULL;
	if (!h.mount_point || !h.root || !h.name)
		return -ENOMEM;
	own = cg_own_path(self_cgroup, &h, &len);
	h.own = own ? below_root(own, len, h.root, a) : "/";
	if (!h.own || add_links(&h, a) < 0)
		return -ENOMEM;
	*ret = h;
	return 0;
}

/* The same hierarchy can be mounted in many places (a container's rootfs); the usual place comes first. */
static struct cg_hierarchy *find_same(struct cg_host *host, const struct cg_hierarchy *h)
{
	for (size_t i = 0; i < host->n; i++) {
		struct cg_hierarchy *o = &host->h[i];

		if (o->is_v2 == h->is_v2 && (h->is_v2 || (o->controllers == h->controllers &&
							  (h->controllers || strcmp(o->name, h->name) == 0))))
			return o;
	}
	return NULL;
}

static bool is_usual(const struct cg_hierarchy *h)
{
	return strncmp(h->mount_point, V2_MOUNT, strlen(V2_MOUNT)) == 0;
}

static int add_hierarchy(struct cg_host *host, const struct cg_hierarchy *h, struct err *e)
{
	struct cg_hierarchy *same = find_same(host, h);

	if (same) {
		if (is_usual(h) && !is_usual(same))
			*same = *h;
		return 0;
	}
	if (!h->is_v2 && h->controllers == 0 && h->name[0] == '\0')
		return 0;
	if (host->n == CG_PLACES_MAX)
		return err_set(e, -E2BIG, "more than %d cgroup hierarchies are mounted", CG_PLACES_MAX);
	host->h[host->n++] = *h;
	return 0;
}

/* The v2 one goes last, and its directory has no name of its own where it is alone. */
static void settle(struct cg_host *host)
{
	for (size_t i = 0; i + 1 < host->n; i++) {
		if (host->h[i].is_v2) {
			struct cg_hierarchy v2 = host->h[i];

			memmove(&host->h[i], &host->h[i + 1], (host->n - i - 1) * sizeof v2);
			host->h[host->n - 1] = v2;
			break;
		}
	}
	if (host->n == 0)
		host->layout = CG_LAYOUT_NONE;
	else if (!host->h[host->n - 1].is_v2)
		host->layout = CG_LAYOUT_V1;
	else
		host->layout = host->n > 1 ? CG_LAYOUT_HYBRID : CG_LAYOUT_V2;
	if (host->layout == CG_LAYOUT_V2)
		host->h[0].name = "";
}

int cg_host_parse(const char *mountinfo, const char *self_cgroup, const char *v2_controllers, struct arena *a,
		  struct cg_host *ret_host, struct err *e)
{
	struct cg_host host = { .h = ARENA_ARRAY(a, CG_PLACES_MAX, struct cg_hierarchy) };
	static struct mount_line m;

	if (!host.h)
		return err_nomem(e);
	for (const char *line = mountinfo; *line; line += strspn(line, "\n")) {
		size_t len = strcspn(line, "\n");
		struct cg_hierarchy h;

		if (parse_mount_line(line, len, &m)) {
			if (make_hierarchy(&m, self_cgroup, v2_controllers, a, &h) < 0)
				return err_nomem(e);
			if (add_hierarchy(&host, &h, e) < 0)
				return e->code;
		}
		line += len;
	}
	settle(&host);
	*ret_host = host;
	return 0;
}

/* ---- reading them ---- */

char *cg_read_whole(int dirfd, const char *path, struct err *e)
{
	auto_close int fd = sys_openat(dirfd, path, O_RDONLY, 0);
	size_t room = 4096, n = 0;
	char *text = malloc(room);

	if (fd < 0)
		err_sys(e, fd, "open %s", path);
	while (fd >= 0 && text) {
		ssize_t got = sys_read_all(fd, text + n, room - n - 1);
		char *more;

		if (got < 0) {
			err_sys(e, (int)got, "read %s", path);
			break;
		}
		n += (size_t)got;
		text[n] = '\0';
		if (n < room - 1)
			return text;
		more = room < (16u << 20) ? realloc(text, room * 2) : NULL;
		if (!more)
			break;
		text = more;
		room *= 2;
	}
	if (fd >= 0 && e->code == 0)
		err_nomem(e);
	free(text);
	return NULL;
}

static void free_text(char **text)
{
	free(*text);
}
#define auto_text __attribute__((cleanup(free_text)))

/*
 * Pure v2 needs no mountinfo, which is long on a host with many containers: what is mounted at the usual place is the
 * root of the tree if the caller's own cgroup can be found in it.
 */
static int probe_v2(const char *self_cgroup, struct arena *a, struct cg_host *ret_host, struct err *e)
{
	static const char line[] = "1 1 0:1 / " V2_MOUNT " rw - cgroup2 cgroup2 rw\n";
	auto_close int root_fd = sys_openat(AT_FDCWD, V2_MOUNT, O_PATH | O_DIRECTORY, 0);
	auto_close int own_fd = -EBADF;
	char controllers[512] = "";

	if (root_fd < 0 || sys_read_at(root_fd, "cgroup.controllers", controllers, sizeof controllers) < 0)
		return 1;
	if (cg_host_parse(line, self_cgroup, controllers, a, ret_host, e) < 0)
		return e->code;
	if (strcmp(ret_host->h[0].own, "/") == 0)
		return 0;
	own_fd = sys_openat2(root_fd, ret_host->h[0].own + 1, O_PATH | O_DIRECTORY, 0, K_RESOLVE_BENEATH);
	return own_fd < 0;
}

/* Where mountinfo has a v2 mount, what its root offers. */
static void read_v2_controllers(const struct cg_host *host, char *buf, size_t size)
{
	for (size_t i = 0; i < host->n; i++) {
		auto_close int fd = host->h[i].is_v2 ? sys_openat(AT_FDCWD, host->h[i].mount_point, O_PATH, 0) : -EBADF;

		if (fd < 0 || sys_read_at(fd, "cgroup.controllers", buf, size) < 0)
			continue;
		host->h[i].controllers = cg_controller_set(buf, " \n", true);
	}
}

int cg_probe(struct arena *a, struct cg_host *ret_host, struct err *e)
{
	auto_text char *self_cgroup = cg_read_whole(AT_FDCWD, "/proc/self/cgroup", e);
	auto_text char *mountinfo = NULL;
	char controllers[512] = "";
	struct statfs st;

	if (!self_cgroup)
		return err_ctx(e, "find the cgroups of this process");
	if (statfs(V2_MOUNT, &st) == 0 && st.f_type == K_CGROUP2_SUPER_MAGIC) {
		int rc = probe_v2(self_cgroup, a, ret_host, e);

		if (rc <= 0)
			return rc;
	}
	mountinfo = cg_read_whole(AT_FDCWD, "/proc/self/mountinfo", e);
	if (!mountinfo)
		return err_ctx(e, "find the cgroup mounts");
	if (cg_host_parse(mountinfo, self_cgroup, "", a, ret_host, e) < 0)
		return e->code;
	read_v2_controllers(ret_host, controllers, sizeof controllers);
	return 0;
}

/* ---- systemd ---- */

/* The hierarchy that systemd keeps its units in: its own on v1, else v2. */
static const struct cg_hierarchy *units_hierarchy(const struct cg_host *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (!h->h[i].is_v2 && h->h[i].controllers == 0 && strcmp(h->h[i].name, "systemd") == 0)
			return &h->h[i];
	return h->n > 0 && h->h[h->n - 1].is_v2 ? &h->h[h->n - 1] : NULL;
}

/* The manager itself is in init.scope, below its root. */
static size_t without_init_scope(const char *path, size_t len)
{
	static const char own[] = "/init.scope";
	const size_t n = strlen(own);

	if (len >= n && memcmp(path + len - n, own, n) == 0)
		return len - n;
	return len == 1 ? 0 : len;
}

/* The end of ".../user@1000.service" in the path, or NULL. */
static const char *user_service(const char *path, size_t len)
{
	static const char service[] = ".service";
	const char *at = memmem(path, len, "/user@", 6);
	size_t n = at ? strcspn(at + 1, "/\n") : 0;

	if (!at || n <= strlen(service) || memcmp(at + 1 + n - strlen(service), service, strlen(service)) != 0)
		return NULL;
	return at + 1 + n;
}

int cg_manager_parse(struct cg_host *h, const char *proc_cgroup, bool is_users, uint32_t uid, struct arena *a,
		     struct err *e)
{
	const struct cg_hierarchy *units = units_hierarchy(h);
	struct cg_manager m = { .is_users = is_users };
	size_t len = 0;
	const char *path = units ? cg_own_path(proc_cgroup, units, &len) : NULL;
	const char *end = path && is_users ? user_service(path, len) : NULL;

	if (!units)
		return err_set(e, -ENOTSUP, "systemd: no cgroup hierarchy that it could use is mounted");
	if (is_users)	/* a session of the user is beside that service: its name is always the same (user@.service(5)) */
		m.root = end ? arena_fmt(a, "%.*s", (int)(end - path), path)
			     : arena_fmt(a, "/user.slice/user-%u.slice/user@%u.service", uid, uid);
	else
		m.root = path ? arena_fmt(a, "%.*s", (int)without_init_scope(path, len), path) : "";
	h->manager = m;
	return m.root ? 0 : err_nomem(e);
}

/* Root of a user namespace is somebody else outside, and systemd knows him by that. */
static uint32_t outer_uid(void)
{
	unsigned long inside, outside;
	char map[34 * ID_MAP_ROWS_MAX], *end;	/* 33 bytes are a row */

	if (sys_read_at(AT_FDCWD, "/proc/self/uid_map", map, sizeof map) <= 0)
		return geteuid();
	inside = strtoul(map, &end, 10);
	outside = strtoul(end, NULL, 10);
	return inside == geteuid() ? (uint32_t)outside : geteuid();
}

/* Root of the host, or, where process 1 is, of a system container with a systemd of its own. */
static bool is_systems_root(uint32_t uid)
{
	char own[64], first[64];

	if (geteuid() != 0 || uid == 0)
		return geteuid() == 0;
	return sys_readlinkat(AT_FDCWD, "/proc/self/ns/user", own, sizeof own) > 0 &&
	       sys_readlinkat(AT_FDCWD, "/proc/1/ns/user", first, sizeof first) > 0 && strcmp(own, first) == 0;
}

int cg_probe_manager(struct cg_host *h, struct arena *a, struct err *e)
{
	const uint32_t uid = outer_uid();
	const bool is_users = !is_systems_root(uid);
	auto_text char *text = NULL;

	text = cg_read_whole(AT_FDCWD, is_users ? "/proc/self/cgroup" : "/proc/1/cgroup", e);
	if (!text)
		return err_ctx(e, "find systemd's cgroup");
	return cg_manager_parse(h, text, is_users, uid, a, e);
}
