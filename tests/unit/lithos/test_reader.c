/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/lithos/dump.h"

#include "lithos/confine.h"
#include "lithos/reader.h"
#include "sys/allow.h"
#include "sys/cred.h"
#include "sys/file.h"
#include "sys/process.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct reader *reader;

static const char *read_fd(int fd, const struct yaml_limits *limits)
{
	static struct dump d;
	struct findings auto_findings f = { 0 };
	struct yaml auto_yaml *y = NULL;
	struct err e = { 0 };
	const int rc = reader_read(reader, fd, "f", limits, &f, &y, &e);

	d = (struct dump){ 0 };
	CHECK(rc >= 0 && (rc == 1) == (y != NULL) && (rc == 1) == (f.n == 0));
	if (rc < 0)
		printf("%s\n", e.text);
	if (y) {
		CHECK_STR(y->file, "f");
		CHECK(dump_node(&d, y, 0) == y->n_nodes);
	}
	dump_findings(&d, &f);
	return d.text;
}

static const char *read_bytes(const char *text, size_t size, const struct yaml_limits *limits)
{
	int auto_close fd = sys_memfd("test", 0);

	CHECK(fd >= 0 && sys_write_all(fd, text, size) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	return read_fd(fd, limits);
}

static const char *read_text(const char *text)
{
	return read_bytes(text, strlen(text), &YAML_OF_IMAGE);
}

static void test_files(void)
{
	CASE("documents");
	CHECK_STR(read_text("a: !T [x, ~]\nb:\n"), "{'a'=!T ['x' ~] 'b'=-}");
	CHECK_STR(read_text(""), "-");
	CASE("what is none, as it is told in this process");
	CHECK_STR(read_text("a: 1\na: 2\n"), "f:2:1: Parse Error: Duplicate key \"a\", first in line 1");
	CHECK_STR(read_text("a: @x"), "f:1:4: Parse Error: a text cannot begin with this character (quote it)");
	CHECK_STR(read_text("!*Include x"), "f:1:1: Preprocess Error: Includes are not supported");
	CHECK_STR(read_text("a: \"\\e[2J\\\n"), DUMP("a: \"\\e[2J\\\n"));
	CASE("and again");
	CHECK_STR(read_text("[1]"), "['1']");
}

static void test_odd_files(void)
{
	const struct yaml_limits small = { 10, 10 };
	int auto_close grows = sys_openat(AT_FDCWD, "/proc/self/status", O_RDONLY, 0);
	int auto_close directory = sys_openat(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY, 0);
	int auto_close unreadable = sys_openat(AT_FDCWD, "/proc/self/exe", O_PATH, 0);
	int auto_close pipe = -1;
	int both[2];

	CASE("files that are not as they should be");
	CHECK_STR(read_bytes("a: 1234567", 10, &small), "{'a'='1234567'}");
	CHECK_STR(read_bytes("a: 12345678", 11, &small), "f: the file has more than 10 bytes");
	CHECK_STR(read_fd(grows, &YAML_OF_IMAGE), "f: the file was changed while it was read");
	CHECK_STR(read_fd(directory, &YAML_OF_IMAGE), "f: this is no regular file");
	CHECK(strstr(read_fd(unreadable, &YAML_OF_ADMIN), "f: "));
	CHECK(pipe2(both, O_CLOEXEC) == 0);
	pipe = both[0];
	close(both[1]);
	CHECK_STR(read_fd(pipe, &YAML_OF_IMAGE), "f: this is no regular file");
}

static void test_large(void)
{
	const size_t size = 1 << 20;
	char *text = malloc(size);

	CASE("as large as a file may be");
	if (!text)
		abort();
	memset(text, 'x', size);
	for (size_t i = 0; i < size; i += 40000)
		memcpy(text + i, "\n- ", 3);
	CHECK(strncmp(read_bytes(text, size, &YAML_OF_IMAGE), "['xxxxx", 7) == 0);
	memset(text, ' ', size);
	for (size_t i = 0; i + 4 <= size && i < 4 * 199999; i += 4)
		memcpy(text + i, "- x\n", 4);
	CHECK(strncmp(read_bytes(text, size, &YAML_OF_ADMIN), "['x' 'x'", 8) == 0);
	CHECK_STR(read_bytes(text, size, &YAML_OF_IMAGE), "f:10000:3: Parse Error: more than 10000 values in one file");
	free(text);
}

/* The only child that there is, or 0. */
static pid_t child_of_this(void)
{
	char path[64], text[64];

	fmt(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	if (sys_read_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return 0;
	return (pid_t)strtol(text, NULL, 10);
}

static void test_many(void)
{
	pid_t first, next;

	CASE("a child is renewed");
	reader_renew(reader);
	CHECK_STR(read_text("[1]"), "['1']");
	first = child_of_this();
	for (unsigned int i = 0; i < 600; i++)
		CHECK_STR(read_text("[1, {a: b}]"), "['1' {'a'='b'}]");
	next = child_of_this();
	if (first == 0)
		printf("skipped: this kernel does not tell children\n");
	else
		CHECK(next != first && next > 0);
	CASE("one that has ended is replaced, and no file pays for it");
	if (next > 0) {
		siginfo_t end;

		CHECK(kill(next, SIGKILL) == 0 && waitid(P_PID, (id_t)next, &end, WEXITED | WNOWAIT) == 0);
		CHECK_STR(read_text("[1]"), "['1']");
		CHECK(child_of_this() > 0 && child_of_this() != next);
	}
}

static void test_renewal(void)
{
	pid_t first, next;

	CASE("files of another author are for another child");
	reader_renew(reader);
	CHECK_STR(read_text("[1]"), "['1']");
	first = child_of_this();
	reader_renew(reader);
	CHECK(child_of_this() == 0);
	CHECK_STR(read_text("[1]"), "['1']");
	next = child_of_this();
	if (first == 0)
		printf("skipped: this kernel does not tell children\n");
	else
		CHECK(next != first && next > 0);
}

/* Many files that take little: the time that a child has is that of all of them. */
static void test_time_of_all(void)
{
	const size_t size = 1 << 20;
	char *text = malloc(size);
	struct findings auto_findings f = { 0 };
	int64_t sum = 0, last = 0;
	struct err e = { 0 };
	pid_t first = 0;

	CASE("a child is renewed before its time is up");
	if (!text)
		abort();
	memset(text, ' ', size);
	for (size_t i = 0; i + 4 <= size && i < 4 * 100000; i += 4)
		memcpy(text + i, "- x\n", 4);
	reader_renew(reader);
	for (unsigned int i = 0; i < 200; i++) {
		int auto_close fd = sys_memfd("test", 0);
		struct yaml auto_yaml *y = NULL;
		const int64_t begin = sys_now_ms();

		CHECK(fd >= 0 && sys_write_all(fd, text, size) == 0 && lseek(fd, 0, SEEK_SET) == 0);
		CHECK(reader_read(reader, fd, "f", &YAML_OF_ADMIN, &f, &y, &e) == 1);
		last = sys_now_ms() - begin;
		sum += last;
		if (i == 0)
			first = child_of_this();
		if (child_of_this() != first || first == 0)	/* one alone took as long, or this kernel does not tell */
			break;
	}
	CHECK(first == 0 || sum - last < 1000);
	free(text);
}

/* The caller's bounds may be lower than those of the parser, and nobody may raise them. */
static void test_bounded_caller(void)
{
	struct rlimit files;
	pid_t pid = fork();
	int status = -1;

	CASE("a caller with few descriptors");
	if (pid == 0) {
		struct err e = { 0 };

		reader_free(reader);
		files = (struct rlimit){ 12, 12 };
		if (setrlimit(RLIMIT_NOFILE, &files) < 0 || sys_capset(0, 0, 0) < 0 || reader_make(&reader, &e) < 0)
			_exit(2);
		_exit(strcmp(read_text("[1]"), "['1']") == 0 ? 0 : 1);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

#if !SYS_SANITIZED
/* A child that cannot be confined says why, and nobody goes on without. */
static void test_unconfined(void)
{
	pid_t pid = fork();
	int status = -1;

	CASE("what cannot be confined");
	if (pid == 0) {
		struct findings f = { 0 };
		struct yaml *y = NULL;
		struct err e = { 0 };
		int fd = sys_memfd("test", 0);

		reader_free(reader);
		/* Without a procfs nobody knows how large the process is. */
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 || mount("none", "/proc", "tmpfs", 0, NULL) < 0)
			_exit(77);
		if (fd < 0 || reader_make(&reader, &e) < 0)
			_exit(2);
		_exit(reader_read(reader, fd, "f", &YAML_OF_IMAGE, &f, &y, &e) < 0 && strstr(e.text, "confine the parser: ") &&
		      strstr(e.text, "/proc") ? 0 : 1);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		printf("skipped: /proc cannot be hidden here\n");
	else
		CHECK(status == 0);
}

static void test_end(void)
{
	const struct yaml_limits endless = { 256 << 20, UINT32_MAX };
	const size_t size = 64 << 20;
	char *text = malloc(size);

	CASE("memory is bounded, and it is one file's own fault");
	if (!text)
		abort();
	for (size_t i = 0; i < size; i += 4)
		memcpy(text + i, "- x\n", 4);
	CHECK_STR(read_bytes(text, size, &endless), "f: the parser had not enough memory");
	CHECK_STR(read_text("[1]"), "['1']");
	CASE("and so is time");
	for (size_t i = 0; i < size; i += 16)
		memcpy(text + i, i < 16000 ? "- &aaaaaaaaaa x\n" : "- *aaaaaaaaab  \n", 16);
	memcpy(text, "- &aaaaaaaaab x\n", 16);
	CHECK_STR(read_bytes(text, 32 << 20, &endless), "f: the parser ended: it took more than 2 s");
	CHECK_STR(read_text("[1]"), "['1']");
	free(text);
}
#else
static void test_unconfined(void)
{
	printf("skipped: under AddressSanitizer nobody asks procfs how large the process is\n");
}

static void test_end(void)
{
	printf("skipped: AddressSanitizer needs all addresses there are\n");
}
#endif

int main(void)
{
	struct err e = { 0 };

	if (!CHECK(reader_make(&reader, &e) == 0))
		return check_summary();
	test_files();
	test_odd_files();
	test_large();
	test_many();
	test_renewal();
	test_time_of_all();
	test_bounded_caller();
	test_unconfined();
	test_end();
	reader_free(reader);
	return check_summary();
}
