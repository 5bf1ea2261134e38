/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/limits.h"
#include "state/id.h"

#include <string.h>

int container_id_check(const char *id, struct err *e)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-.";

	if (!*id)
		return err_set(e, -EINVAL, "container id cannot be empty");
	if (id[strspn(id, allowed)] || strcmp(id, ".") == 0 || strcmp(id, "..") == 0)
		return err_set(e, -EINVAL, "invalid container ID format: \"%.*s\"", 256, id);
	if (strlen(id) > CONTAINER_ID_MAX)
		return err_set(e, -EINVAL, "invalid container ID format: longer than %d bytes", CONTAINER_ID_MAX);
	return 0;
}
