/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "priv/user.h"

#include <stddef.h>
#include <string.h>

/* n characters, all of them digits, as a number below 2^32 - 1. */
static int parse_digits(const char *s, size_t n, uint32_t *ret_id)
{
	uint64_t v = 0;

	if (n == 0)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -EINVAL;
		v = v * 10 + (uint64_t)(s[i] - '0');
		if (v >= UINT32_MAX)
			return -ERANGE;
	}
	*ret_id = (uint32_t)v;
	return 0;
}

static int refuse(int rc, const char *text, const char *what, struct err *e)
{
	if (rc == -ERANGE)
		return err_set(e, -EINVAL, "%s: %.*s is not within 0 and 4294967294", what, 200, text);
	return err_set(e, -EINVAL, "%s: '%.*s' is not a number of digits only", what, 200, text);
}

int user_parse_id(const char *text, const char *what, uint32_t *ret_id, struct err *e)
{
	int rc = parse_digits(text, strlen(text), ret_id);

	return rc < 0 ? refuse(rc, text, what, e) : 0;
}

int user_parse(const char *text, uint32_t *ret_uid, bool *ret_has_gid, uint32_t *ret_gid, struct err *e)
{
	const char *colon = strchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : strlen(text);
	uint32_t uid, gid = 0;
	int rc = parse_digits(text, n, &uid);

	if (rc == 0 && colon)
		rc = parse_digits(colon + 1, strlen(colon + 1), &gid);
	if (rc < 0)
		return refuse(rc, text, "--user", e);
	*ret_uid = uid;
	*ret_has_gid = colon != NULL;
	if (colon)
		*ret_gid = gid;
	return 0;
}
