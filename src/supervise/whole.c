/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/whole.h"

#include "base/fmt.h"
#include "supervise/places.h"
#include "sys/file.h"

#include <limits.h>
#include <string.h>

int whole_read(int dir, const char *path, size_t max, bool follow, char **ret, size_t *ret_len, struct err *e)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW);
	auto_close int fd = sys_openat(dir, path, flags, 0);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return err_sys(e, fd, "%s", path);
	if (sys_fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s is not a regular file", path);
	if ((uint64_t)st.st_size > max)
		return err_set(e, -EFBIG, "%s is larger than %zu bytes", path, max);
	*ret = malloc((size_t)st.st_size + 1);
	if (!*ret)
		return err_nomem(e);
	n = sys_read_all(fd, *ret, (size_t)st.st_size);
	if (n < 0) {
		free(*ret);
		*ret = NULL;
		return err_sys(e, (int)n, "%s", path);
	}
	(*ret)[n] = '\0';
	*ret_len = (size_t)n;
	return 0;
}

char *whole_text(int dir, const char *path, size_t max, size_t *ret_len)
{
	char *text = NULL;
	struct err e;

	return whole_read(dir, path, max, false, &text, ret_len, &e) == 0 ? text : NULL;
}

char *whole_keep(int dir, const char *path, size_t max, struct arena *a, size_t *ret_len)
{
	char auto_text *text = whole_text(dir, path, max, ret_len);
	char *kept = text ? arena_alloc(a, *ret_len + 1) : NULL;

	if (kept)
		memcpy(kept, text, *ret_len + 1);
	return kept;
}

int whole_replace(int dir, const char *name, const void *data, size_t len, struct err *e)
{
	char beside[PATH_MAX];
	int rc, fd;

	fmt(beside, sizeof beside, "%s.new", name);
	fd = sys_openat(dir, beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return err_sys(e, fd, "write %s", name);
	rc = sys_write_all(fd, data, len);
	close(fd);
	if (rc >= 0)
		rc = sys_renameat(dir, beside, name);
	if (rc < 0)
		sys_unlinkat(dir, beside, 0);
	return rc < 0 ? err_sys(e, rc, "write %s", name) : 0;
}

int whole_judge(int answer, const char *path, struct err *e)
{
	switch (answer) {
	case SHEET_READ:
		return 0;
	case SHEET_VERSION:
		return err_set(e, -EPROTO, "%s was written by a newer version of this program", path);
	case SHEET_BOOT:
		return err_set(e, -ESTALE, "%s is of another boot of this system", path);
	case SHEET_DAMAGED:
		return err_set(e, -EPROTO, "%s is damaged", path);
	default:
		return e->code;
	}
}

int whole_report(const char *runtime_dir, const char *boot_id, struct arena *a, char **text, struct report *ret,
		 struct err *e)
{
	const char *path = arena_fmt(a, "%s/" PLACE_STATUS, runtime_dir);
	size_t len = 0;
	int rc;

	if (!path)
		return err_nomem(e);
	rc = whole_read(AT_FDCWD, path, SHEET_BYTES_MAX, false, text, &len, e);
	if (rc == 0)
		rc = whole_judge(report_read(*text, len, boot_id, a, ret, e), path, e);
	/* What a boot before this one has left is nothing that runs. */
	return rc == -ENOENT || rc == -ESTALE ? 0 : rc < 0 ? rc : 1;
}
