/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/err.h"
#include "tests/check.h"

#include <errno.h>

static void test_sentences(void)
{
	struct err e = { 0 };

	CASE("a verdict, a failed call, frames in front");
	CHECK(err_set(&e, -EINVAL, "%s is %d", "it", 3) == -EINVAL && e.code == -EINVAL);
	CHECK_STR(e.text, "it is 3");
	CHECK(err_sys(&e, -ENOENT, "open %s", "/x") == -ENOENT && e.code == -ENOENT);
	CHECK_STR(e.text, "open /x: no such file or directory");
	CHECK(err_ctx(&e, "mounts[%d]", 3) == -ENOENT);
	CHECK(err_ctx(&e, "create %s", "web1") == -ENOENT);
	CHECK_STR(e.text, "create web1: mounts[3]: open /x: no such file or directory");
	CHECK(err_nomem(&e) == -ENOMEM && e.code == -ENOMEM);
	CHECK(strncmp(e.text, "out of memory", 13) == 0);
}

static void test_meaning(void)
{
	char buf[64];

	CASE("errno in words, in lower case, whatever its sign");
	CHECK_STR(err_meaning(-EACCES, buf), "permission denied");
	CHECK_STR(err_meaning(EACCES, buf), "permission denied");
	/* An acronym stays as it is. */
	CHECK_STR(err_meaning(EXDEV, buf), "invalid cross-device link");
	CHECK(err_meaning(99999, buf)[0] != '\0');
}

/* The cause is what gets fixed: frames that do not fit are dropped, whole. */
static void test_overflow(void)
{
	static char cause[ERR_TEXT_MAX + 100];
	static char frame[2000];
	struct err e = { 0 };
	size_t n;

	CASE("the cause survives any number of frames");
	err_set(&e, -EIO, "the cause");
	for (int i = 0; i < 5000; i++)
		CHECK(err_ctx(&e, "frame %d", i) == -EIO);
	n = strlen(e.text);
	CHECK(n < ERR_TEXT_MAX && strcmp(e.text + n - strlen(": the cause"), ": the cause") == 0);

	CASE("a frame is cut, not the cause");
	memset(frame, 'f', sizeof(frame) - 1);
	err_set(&e, -EIO, "the cause");
	CHECK(err_ctx(&e, "%s", frame) == -EIO);
	CHECK_STR(strstr(e.text, "f: the"), "f: the cause");

	CASE("a cause that fills all");
	memset(cause, 'c', sizeof(cause) - 1);
	CHECK(err_set(&e, -EIO, "%s", cause) == -EIO);
	CHECK(strlen(e.text) == ERR_TEXT_MAX - 1);
	CHECK(err_ctx(&e, "where") == -EIO);
	CHECK(strlen(e.text) == ERR_TEXT_MAX - 1 && e.text[0] == 'c');
	CHECK(err_sys(&e, -EIO, "%s", cause) == -EIO);
	CHECK(strlen(e.text) == ERR_TEXT_MAX - 1);

	CASE("a cause that leaves room for exactly one more frame");
	cause[ERR_TEXT_MAX - 1 - 4] = '\0';
	err_set(&e, -EIO, "%s", cause);
	CHECK(err_ctx(&e, "abc") == -EIO && e.text[0] == 'c');
	CHECK(err_ctx(&e, "ab") == -EIO && strncmp(e.text, "ab: ccc", 7) == 0);
	CHECK(strlen(e.text) == ERR_TEXT_MAX - 1);
}

int main(void)
{
	test_sentences();
	test_meaning();
	test_overflow();
	return check_summary();
}
