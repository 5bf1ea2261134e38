/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arr.h"
#include "base/limits.h"
#include "state/id.h"
#include "tests/check.h"

static const struct {
	const char *id;
	const char *error;	/* its beginning; NULL: a good id */
} ids[] = {
	{ "web1", NULL },
	{ "A-z_0+9.", NULL },
	{ "...", NULL },
	{ ".hidden", NULL },
	{ "buildah-buildah123", NULL },
	{ "", "container id cannot be empty" },
	{ ".", "invalid container ID format" },
	{ "..", "invalid container ID format" },
	{ "a/b", "invalid container ID format" },
	{ "../x", "invalid container ID format" },
	{ "/abs", "invalid container ID format" },
	{ "a b", "invalid container ID format" },
	{ "a\nb", "invalid container ID format" },
	{ "a%sb", "invalid container ID format" },
	{ "a\033b", "invalid container ID format" },
	{ "a,b", "invalid container ID format" },
	{ "a*", "invalid container ID format" },
	{ "\xc3\xa4", "invalid container ID format" },
};

int main(void)
{
	char id[2001];
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		e = (struct err){ 0 };
		CASE(ids[i].id);
		CHECK(container_id_check(ids[i].id, &e) == (ids[i].error ? -EINVAL : 0));
		if (ids[i].error)
			CHECK(strncmp(e.text, ids[i].error, strlen(ids[i].error)) == 0);
	}
	CASE("long ids");
	memset(id, '7', sizeof(id));
	id[2000] = '\0';
	CHECK(container_id_check(id, &e) == -EINVAL);
	id[CONTAINER_ID_MAX + 1] = '\0';
	CHECK(container_id_check(id, &e) == -EINVAL);
	id[CONTAINER_ID_MAX] = '\0';
	CHECK(container_id_check(id, &e) == 0);
	return check_summary();
}
