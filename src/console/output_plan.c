/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console/console.h"
#include "libocispec/oci_config.h"

int console_plan_output(const struct oci_config *c, struct arena *a, const char **ret_path, struct err *e)
{
	const char *path = oci_annotation(c, CONSOLE_OUTPUT_ANNOTATION);

	*ret_path = NULL;
	if (!path)
		return 0;
	if (*path != '/')
		return err_set(e, -EINVAL, "annotations: %s: \"%.*s\" is not an absolute path", CONSOLE_OUTPUT_ANNOTATION, 200,
			       path);
	if (c->process && c->process->terminal)
		return err_set(e, -EINVAL, "annotations: %s: process.terminal is true, and output goes there",
			       CONSOLE_OUTPUT_ANNOTATION);
	*ret_path = arena_str(a, path);
	return *ret_path ? 0 : err_nomem(e);
}
