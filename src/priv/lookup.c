/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "priv/lookup.h"
#include "base/arr.h"
#include "base/fmt.h"
#include "sys/cred.h"
#include "sys/file.h"

#include <stdbool.h>
#include <string.h>

#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum {
	GROUPS_KEPT = 1024,		/* of the caller's; with more only uid and gid of the plan count */
	CAP_DAC_OVERRIDE_BIT = 1,	/* linux/capability.h */
};

/* The caller's identity while the program's is worn. */
struct self {
	bool worn;
	int n_groups;
	uint32_t groups[GROUPS_KEPT];
	uint32_t fsuid;
	uint32_t fsgid;
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
};

/*
 * Takes groups, file-system ids and effective capabilities that the program will have.  CAP_DAC_OVERRIDE
 * opens every directory and needs no more than one execute bit, for whoever has it: then nothing has to be
 * worn.
 */
static int wear(struct self *s, const struct cred_plan *p, struct err *e)
{
	int rc;

	s->worn = !(p->caps.effective >> CAP_DAC_OVERRIDE_BIT & 1);
	if (!s->worn)
		return 0;
	rc = sys_capget(&s->effective, &s->permitted, &s->inheritable);
	if (rc < 0)
		return err_sys(e, rc, "read the present capabilities");
	s->n_groups = p->keep_groups ? -1 : sys_getgroups(ARRAY_LEN(s->groups), s->groups);
	/* Where groups may not be set (a user namespace with one) the program will have the present ones. */
	if (s->n_groups >= 0 && sys_setgroups(p->n_groups, p->groups) < 0)
		s->n_groups = -1;
	/* The kernel does not tell an id that is not mapped from one that may not be taken. */
	rc = sys_setfsgid(p->gid, &s->fsgid);
	if (rc < 0)
		return err_set(e, rc,
			       "%s.user.gid: gid %u is not mapped in the user namespace or may not be taken",
			       p->from, p->gid);
	rc = sys_setfsuid(p->uid, &s->fsuid);
	if (rc < 0)
		return err_set(e, rc,
			       "%s.user.uid: uid %u is not mapped in the user namespace or may not be taken",
			       p->from, p->uid);
	rc = sys_capset(p->caps.effective & s->permitted, s->permitted, s->inheritable);
	return rc < 0 ? err_sys(e, rc, "take the capabilities of the program") : 0;
}

static int take_off(const struct self *s)
{
	uint32_t ignored;
	int rc;

	if (!s->worn)
		return 0;
	rc = sys_capset(s->effective, s->permitted, s->inheritable);
	if (rc == 0)
		rc = sys_setfsuid(s->fsuid, &ignored);
	if (rc == 0)
		rc = sys_setfsgid(s->fsgid, &ignored);
	if (rc == 0 && s->n_groups >= 0)
		rc = sys_setgroups((size_t)s->n_groups, s->groups);
	/* A file-system uid that becomes 0 raises capabilities of its own accord. */
	return rc < 0 ? rc : sys_capset(s->effective, s->permitted, s->inheritable);
}

/* 0, or why it cannot be executed; *ret_exists tells whether that is because there is nothing. */
static int judge(const char *path, bool *ret_exists)
{
	struct stat st;
	int rc = sys_fstatat(AT_FDCWD, path, 0, &st);

	*ret_exists = rc == 0;
	if (rc < 0)
		return rc;
	if (S_ISDIR(st.st_mode))
		return -EACCES;
	return sys_faccessat(AT_FDCWD, path, X_OK);
}

static int look_at(const char *name, char *ret_path, size_t size, struct err *e)
{
	char meaning[64];
	bool exists;
	int rc = judge(name, &exists);

	if (rc < 0 && !exists)
		return err_set(e, rc, "exec: \"%s\": stat %s: %s", name, name, err_meaning(rc, meaning));
	if (rc < 0)
		return lookup_exec_failed(name, rc, e);
	if (fmt(ret_path, size, "%s", name) >= size)
		return err_sys(e, -ENAMETOOLONG, "exec: \"%s\"", name);
	return 0;
}

static const char *path_of(const char *const envp[])
{
	const char *path = PATH_DEFAULT;

	/* The last of several wins, as in runc, which sets them one after the other. */
	for (; *envp; envp++)
		if (strncmp(*envp, "PATH=", 5) == 0)
			path = *envp + 5;
	return path;
}

static int search(const char *name, const char *path, char *ret_path, size_t size, struct err *e)
{
	bool exists;

	/* A PATH that is empty as a whole names no directory. */
	for (bool more = *path; more;) {
		int n = (int)strcspn(path, ":");
		/* An empty element is the working directory. */
		size_t have = fmt(ret_path, size, "%.*s/%s", n > 0 ? n : 1, n > 0 ? path : ".", name);

		if (have < size && judge(ret_path, &exists) == 0)
			return 0;
		more = path[n] == ':';
		path += n + 1;
	}
	return err_set(e, -ENOENT, "exec: \"%s\": executable file not found in $PATH", name);
}

int lookup_program(const char *name, const char *const envp[], const struct cred_plan *cred, char *ret_path,
		   size_t size, struct err *e)
{
	struct self self;
	int rc = wear(&self, cred, e), back;

	if (rc < 0)
		return rc;
	if (strchr(name, '/'))
		rc = look_at(name, ret_path, size, e);
	else
		rc = search(name, *name ? path_of(envp) : "", ret_path, size, e);
	back = take_off(&self);
	return back < 0 ? err_sys(e, back, "exec: \"%s\": take back the identity", name) : rc;
}

int lookup_exec_failed(const char *path, int code, struct err *e)
{
	return err_sys(e, code, "exec: \"%s\"", path);
}
