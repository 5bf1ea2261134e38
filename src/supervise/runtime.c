/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/runtime.h"

#include "base/fmt.h"
#include "sys/file.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

/* ---- which ---- */

static const char *find_program(const char *asked, struct arena *a)
{
	static const char name[] = "cist";
	char path[PATH_MAX];
	ssize_t n;
	char *slash;

	if (asked)
		return arena_str(a, asked);
	n = sys_readlinkat(AT_FDCWD, "/proc/self/exe", path, sizeof(path));
	slash = n > 0 ? strrchr(path, '/') : NULL;
	if (!slash || (size_t)(slash + 1 - path) + sizeof(name) > sizeof(path))
		return arena_str(a, name);
	memcpy(slash + 1, name, sizeof(name));
	return arena_str(a, sys_faccessat(AT_FDCWD, path, X_OK) == 0 ? path : name);
}

static bool is_cist(const char *program)
{
	const char *slash = strrchr(program, '/');

	return strncmp(slash ? slash + 1 : program, "cist", strlen("cist")) == 0;
}

int runtime_find(const char *asked, const struct places *p, const char *cgroup_name, struct arena *a, struct runtime *ret,
		 struct err *e)
{
	*ret = (struct runtime){ .program = find_program(asked, a), .containers = p->containers };
	if (!ret->program)
		return err_nomem(e);
	ret->is_cist = is_cist(ret->program);
	ret->no_cgroups = !cgroup_name && ret->is_cist;
	return 0;
}

/* ---- how it is called ---- */

void runtime_add(struct runtime_words *r, const char *word)
{
	assert(r->n + 1 < RUNTIME_WORDS);
	r->v[r->n++] = word;
	r->v[r->n] = NULL;
}

void runtime_words(const struct runtime *r, const char *log, struct runtime_words *ret)
{
	ret->n = 0;
	runtime_add(ret, r->program);
	runtime_add(ret, "--root");
	runtime_add(ret, r->containers);
	if (log) {
		fmt(ret->log, sizeof ret->log, "%s", log);
		runtime_add(ret, "--log");
		runtime_add(ret, ret->log);
	}
	if (r->no_cgroups)
		runtime_add(ret, "--cgroup-manager=disabled");
}

/* ---- what it says ---- */

void runtime_message(char *text, char *buf, size_t size)
{
	char *line = text + strlen(text), *msg;

	while (line > text && line[-1] == '\n')
		*--line = '\0';
	while (line > text && line[-1] != '\n')
		line--;
	msg = strstr(line, "msg=\"");
	if (msg) {
		line = msg + strlen("msg=\"");
		msg = strrchr(line, '"');
		if (msg)
			*msg = '\0';
	}
	fmt(buf, size, "%s", line);
}
