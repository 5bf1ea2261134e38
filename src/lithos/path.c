/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/path.h"

#include "base/text.h"

#include <string.h>

/* Without the "./" that it may begin with. */
static const char *skip_here(const char *path)
{
	while (path[0] == '.' && path[1] == '/')
		path += 1 + strspn(path + 1, "/");
	return path;
}

const char *path_join(struct arena *a, const char *base, const char *path)
{
	const size_t len = strlen(base);

	if (*path == '/')
		return arena_str(a, path);
	path = skip_here(path);
	return arena_fmt(a, "%s%s%s", base, len > 0 && base[len - 1] == '/' ? "" : "/", path);
}

const char *path_join_beside(struct arena *a, const char *beside, const char *path)
{
	const char *slash = strrchr(beside, '/');

	if (*path == '/' || !slash)
		return arena_str(a, path);
	return arena_fmt(a, "%.*s%s", (int)(slash - beside) + 1, beside, skip_here(path));
}

/* The length of the component at *path, which is moved to the next one; 0 at the end. */
static size_t next_component(const char **path, const char **ret)
{
	size_t len;

	*path += strspn(*path, "/");
	*ret = *path;
	len = strcspn(*path, "/");
	*path += len;
	return len;
}

static bool is_parent(const char *part, size_t len)
{
	return len == 2 && part[0] == '.' && part[1] == '.';
}

bool path_has_parent(const char *path)
{
	const char *part;
	size_t len;

	while ((len = next_component(&path, &part)) > 0)
		if (is_parent(part, len))
			return true;
	return false;
}

bool path_climbs_out(const char *path)
{
	const char *part;
	size_t len, depth = 0;

	while ((len = next_component(&path, &part)) > 0) {
		if (is_parent(part, len) && depth-- == 0)
			return true;
		if (!is_parent(part, len) && !(len == 1 && *part == '.'))
			depth++;
	}
	return false;
}

int path_check_host(const char *path, struct err *e)
{
	return *path == '/' ? 0 : err_set(e, -EINVAL, "path must be absolute");
}

bool path_is_plain(const char *text)
{
	size_t n;

	for (; *text; text += n) {
		n = text_printable((const unsigned char *)text);
		if (n == 0)
			return false;
	}
	return true;
}

int path_check_plain(const char *path, struct err *e)
{
	if (*path != '/')
		return err_set(e, -EINVAL, "path must be absolute");
	if (path_has_parent(path))
		return err_set(e, -EINVAL, "path must not hold ..");
	return path_is_plain(path) ? 0 : err_set(e, -EINVAL, "path holds a control character");
}
