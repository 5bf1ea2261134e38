/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fmt.h"
#include "sys/file.h"
#include "translate/judging.h"

#include <string.h>

/* As much of a first line as the kernel looks at. */
enum { LINE_MAX_BYTES = 256 };

/* The interpreter of a script, in line; NULL: it is none, or cannot be read by the caller. */
static const char *interpreter_of(const struct judging *g, int program, char line[LINE_MAX_BYTES + 1])
{
	auto_close int fd = sys_reopen(g->j->proc_fd, program, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd < 0 ? fd : sys_read_all(fd, line, LINE_MAX_BYTES);
	char *name = line + 2;

	if (n < 2 || memcmp(line, "#!", 2) != 0)
		return NULL;
	line[n] = '\0';
	name += strspn(name, " \t");
	name[strcspn(name, " \t\r\n")] = '\0';
	return *name ? name : NULL;
}

static void judge_interpreter(const struct judging *g, int program, struct mark at)
{
	char line[LINE_MAX_BYTES + 1];
	const char *name = interpreter_of(g, program, line);
	auto_found struct view_found x = { .fd = -EBADF };

	if (!name)
		return;

	int rc = view_look(&g->view, name, true, &x);

	if (rc < 0)
		finding_warning(g->f, at, "executable %s is a script of %s, which the image does not have",
				g->c->executable, name);
	else if (rc == VIEW_FOUND && !(x.st.st_mode & 0111))
		finding_warning(g->f, at, "executable %s is a script of %s, which is not executable",
				g->c->executable, name);
}

static void judge_executable(const struct judging *g, const char *path)
{
	struct mark at = yaml_mark(g->c->doc, "executable", NULL);
	auto_found struct view_found x = { .fd = -EBADF };
	char meaning[64];
	int rc = view_look(&g->view, path, true, &x);

	if (rc < 0)
		finding_error(g->f, at, "executable %s: %s in the image", g->c->executable, err_meaning(rc, meaning));
	else if (rc == VIEW_NOBODY_KNOWS)
		return;
	else if (!S_ISREG(x.st.st_mode))
		finding_error(g->f, at, "executable %s is not a regular file", g->c->executable);
	else if (!(x.st.st_mode & 0111))
		finding_error(g->f, at, "executable %s has no right to be executed (mode %04o)", g->c->executable,
			      x.st.st_mode & 07777u);
	else
		judge_interpreter(g, x.fd, at);
}

static void judge_workdir(const struct judging *g)
{
	struct mark at = yaml_mark(g->c->doc, "workdir", NULL);
	auto_found struct view_found x = { .fd = -EBADF };
	char meaning[64];

	int rc = view_look(&g->view, g->c->workdir, true, &x);

	if (rc < 0)
		finding_error(g->f, at, "workdir %s: %s in the image", g->c->workdir, err_meaning(rc, meaning));
	else if (rc == VIEW_FOUND && !S_ISDIR(x.st.st_mode))
		finding_error(g->f, at, "workdir %s is not a directory", g->c->workdir);
}

int judge_program(struct judging *g)
{
	char path[VIEW_PATH_MAX];

	judge_workdir(g);
	if (g->c->executable[0] == '/') {
		judge_executable(g, g->c->executable);
		return 0;
	}
	/* execve(2) takes it from the working directory, and looks for it nowhere else. */
	if (fmt(path, sizeof(path), "%s/%s", g->c->workdir, g->c->executable) < sizeof(path))
		judge_executable(g, path);
	return 0;
}

/* ---- output ---- */

static void judge_output_directory(const struct judging *g, const char *file, struct mark at)
{
	auto_found struct view_found x = { .fd = -EBADF };
	char directory[VIEW_PATH_MAX], meaning[64];
	const char *slash = strrchr(file, '/');

	if (fmt(directory, sizeof(directory), "/%.*s", slash ? (int)(slash - file) : 0, file) >= sizeof(directory))
		return;

	int rc = view_look(&g->view, directory, true, &x);

	if (rc < 0)
		finding_error(g->f, at, "stdout-stderr-file %s: %s: its directory is not in the container", file,
			      err_meaning(rc, meaning));
	else if (rc == VIEW_NOBODY_KNOWS)
		return;
	else if (!S_ISDIR(x.st.st_mode))
		finding_error(g->f, at, "stdout-stderr-file %s: %s is not a directory", file, directory);
	else if (x.mount->readonly)
		finding_error(g->f, at, "stdout-stderr-file %s: nothing can be written there, it is read-only", file);
}

int judge_output(struct judging *g)
{
	const char *file = g->c->stdout_stderr_file;
	struct mark at = yaml_mark(g->c->doc, "stdout_stderr_file", NULL);
	auto_found struct view_found x = { .fd = -EBADF };

	if (!file)
		return 0;

	int rc = view_look(&g->view, file, false, &x);

	if (rc < 0)
		judge_output_directory(g, file, at);
	else if (rc == VIEW_FOUND && !S_ISREG(x.st.st_mode))
		finding_error(g->f, at, "stdout-stderr-file %s is not a regular file%s", file,
			      S_ISLNK(x.st.st_mode) ? " but a symbolic link" : "");
	else if (rc == VIEW_FOUND && x.mount->readonly)
		finding_error(g->f, at, "stdout-stderr-file %s: nothing can be written there, it is read-only", file);
	return 0;
}
