/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/image.h"
#include "base/shared_image.h"
#include "init/image.h"
#include "sys/file.h"
#include "tests/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ALL = K_F_SEAL_SEAL | K_F_SEAL_SHRINK | K_F_SEAL_GROW | K_F_SEAL_WRITE };

static struct err e;

static struct stat of(int fd)
{
	struct stat st = { 0 };

	CHECK(fstat(fd, &st) == 0);
	return st;
}

/* Whether the one that is offered is the one that is used; in any case what is used is whole. */
static bool is_taken(int offered)
{
	const struct stat before = of(offered);
	int fd = offered;
	bool taken;

	e = (struct err){ 0 };
	if (!CHECK(image_settle(&fd, &e) == 0))
		return false;
	taken = of(fd).st_ino == before.st_ino && fd == offered;
	CHECK((size_t)of(fd).st_size == cist_init_size() && (of(fd).st_mode & 07777) == 0555);
	CHECK((sys_get_seals(fd) & ALL) == ALL);
	if (!taken) {
		/* the other is the caller's */
		CHECK(fcntl(offered, F_GETFD) >= 0);
		close(fd);
	}
	return taken;
}

static int memory_of(const char *name, const void *bytes, size_t n, unsigned int mode, int seals)
{
	int fd = sys_memfd_program(name);

	CHECK(fd >= 0 && pwrite(fd, bytes, n, 0) == (ssize_t)n && fchmod(fd, mode) == 0);
	CHECK(seals == 0 || sys_add_seals(fd, seals) == 0);
	return fd;
}

static bool is_taken_of(const char *name, const void *bytes, size_t n, unsigned int mode, int seals)
{
	auto_close int fd = memory_of(name, bytes, n, mode, seals);

	return is_taken(fd);
}

static void test_made(void)
{
	int fd = -1, other;

	CASE("one that is made");
	CHECK(image_settle(&fd, &e) == 0 && (sys_get_seals(fd) & ALL) == ALL);
	CHECK(pwrite(fd, "x", 1, 0) < 0 && ftruncate(fd, 0) < 0 && ftruncate(fd, 1 << 20) < 0);
	CHECK(image_make(&other, &e) == 0 && of(other).st_ino != of(fd).st_ino);
	CASE("one that is made is one that can be offered, again and again");
	CHECK(is_taken(fd) && is_taken(fd) && is_taken(other));
	close(fd);
	close(other);
}

static void test_filled(void)
{
	const int empty = sys_memfd_program(SHARED_IMAGE_NAME);
	char *garbage = calloc(2, cist_init_size());

	CASE("an empty one becomes one; the offset, which others have too, stays");
	CHECK(is_taken(empty) && lseek(empty, 0, SEEK_CUR) == 0);
	CHECK(pwrite(empty, "x", 1, 0) < 0 && fchmod(empty, 0444) < 0);
	CHECK(is_taken(empty));
	close(empty);
	CASE("one that somebody has begun and not finished, also of another version that is longer");
	CHECK(is_taken_of(SHARED_IMAGE_NAME, cist_init_begin, 5000, 0777, 0));
	CHECK(is_taken_of(SHARED_IMAGE_NAME, cist_init_begin, cist_init_size(), 0555, 0));
	CHECK(garbage && is_taken_of(SHARED_IMAGE_NAME, garbage, 2 * cist_init_size(), 0777, 0));
	free(garbage);
}

static void test_sealed(void)
{
	char *other = calloc(1, cist_init_size() + 1);

	if (!CHECK(other))
		return;
	memcpy(other, cist_init_begin, cist_init_size());
	CASE("sealed, and its bytes, size and mode");
	CHECK(is_taken_of(SHARED_IMAGE_NAME, other, cist_init_size(), 0555, ALL | K_F_SEAL_EXEC));
	CHECK(!is_taken_of(SHARED_IMAGE_NAME, other, cist_init_size() + 1, 0555, ALL | K_F_SEAL_EXEC));
	CHECK(!is_taken_of(SHARED_IMAGE_NAME, other, cist_init_size() - 1, 0555, ALL | K_F_SEAL_EXEC));
	CHECK(!is_taken_of(SHARED_IMAGE_NAME, other, 0, 0555, ALL | K_F_SEAL_EXEC));
	CHECK(!is_taken_of(SHARED_IMAGE_NAME, other, cist_init_size(), 0755, ALL | K_F_SEAL_EXEC));
	CHECK(!is_taken_of(SHARED_IMAGE_NAME, other, cist_init_size(), 04555, ALL | K_F_SEAL_EXEC));
	CHECK(!is_taken_of(SHARED_IMAGE_NAME, other, cist_init_size(), 0444, ALL | K_F_SEAL_EXEC));
	CASE("a name by which it would not be known");
	CHECK(!is_taken_of("cist-init2", other, cist_init_size(), 0555, ALL | K_F_SEAL_EXEC));
	CHECK(!is_taken_of("", other, cist_init_size(), 0555, ALL | K_F_SEAL_EXEC));
	CHECK(!is_taken_of("cist-init (deleted)", other, cist_init_size(), 0555, ALL | K_F_SEAL_EXEC));
	CASE("another byte at the end, at the beginning");
	other[cist_init_size() - 1] ^= 1;
	CHECK(!is_taken_of(SHARED_IMAGE_NAME, other, cist_init_size(), 0555, ALL | K_F_SEAL_EXEC));
	other[cist_init_size() - 1] ^= 1;
	other[9] ^= 1;
	CHECK(!is_taken_of(SHARED_IMAGE_NAME, other, cist_init_size(), 0555, ALL | K_F_SEAL_EXEC));
	free(other);
}

static void test_open(void)
{
	static const int lacks[] = { K_F_SEAL_SEAL, K_F_SEAL_SHRINK, K_F_SEAL_GROW, K_F_SEAL_WRITE };
	auto_close int fd = memory_of(SHARED_IMAGE_NAME, cist_init_begin, cist_init_size(), 0555, 0);
	void *at = mmap(NULL, cist_init_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CASE("one of its seals is lacking");
	for (size_t i = 0; i < sizeof(lacks) / sizeof(lacks[0]); i++)
		CHECK(!is_taken_of(SHARED_IMAGE_NAME, cist_init_begin, cist_init_size(), 0555, ALL & ~lacks[i]));
	CHECK(!is_taken_of(SHARED_IMAGE_NAME, cist_init_begin, cist_init_size(), 0555,
			   (ALL & ~K_F_SEAL_WRITE) | K_F_SEAL_FUTURE_WRITE));
	auto_close int probe = sys_memfd("probe", K_MFD_EXEC);
	if (probe >= 0)
		CHECK(!is_taken_of(SHARED_IMAGE_NAME, cist_init_begin, cist_init_size(), 0555, ALL));
	CASE("somebody can write it through a mapping, so it cannot be sealed; later it can");
	CHECK(at != MAP_FAILED && !is_taken(fd));
	munmap(at, cist_init_size());
	CHECK(is_taken(fd));
}

static void test_others(void)
{
	int fds[2];
	auto_close int file = open("/dev/null", O_RDONLY | O_CLOEXEC), huge = -1, fixed = -1, path;

	CASE("what is no memory file");
	CHECK(file >= 0 && !is_taken(file));
	CHECK(pipe2(fds, O_CLOEXEC) == 0 && !is_taken(fds[0]) && !is_taken(fds[1]));
	close(fds[0]);
	close(fds[1]);
	char name[] = "/dev/shm/cist-init.XXXXXX";
	auto_close int shm = mkstemp(name);

	if (shm >= 0) {
		unlink(name);
		CASE("a file of a memory file system stays as it is");
		CHECK(!is_taken(shm) && of(shm).st_size == 0);
	}
	CASE("one that cannot be sealed is not written either");
	fixed = sys_memfd(SHARED_IMAGE_NAME, 0);
	CHECK(fixed >= 0 && !is_taken(fixed) && of(fixed).st_size == 0);
	CASE("one of large pages");
	huge = sys_memfd(SHARED_IMAGE_NAME, K_MFD_ALLOW_SEALING | MFD_HUGETLB);
	if (huge >= 0)
		CHECK(!is_taken(huge) && of(huge).st_size == 0);
	CASE("a path");
	auto_close int whole = sys_memfd_program(SHARED_IMAGE_NAME);
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", whole);
	CHECK(is_taken(whole));
	path = open(link, O_PATH | O_CLOEXEC);
	CHECK(path >= 0 && !is_taken(path));
	CASE("what can only be read is good enough, for one that is whole");
	auto_close int reads = open(link, O_RDONLY | O_CLOEXEC);
	CHECK(reads >= 0 && is_taken(reads));
}

static void test_owner(void)
{
	auto_close int fd = sys_memfd_program(SHARED_IMAGE_NAME);

	if (geteuid() != 0)
		return;
	CASE("somebody else's: he could change its mode, before there was a seal for that");
	CHECK(is_taken(fd) && fchown(fd, 1000, 1000) == 0 && !is_taken(fd));
	CHECK(fchown(fd, 0, 1000) == 0 && is_taken(fd));
}

static int offered(const char *text, unsigned int first)
{
	int fd;

	CHECK(setenv(SHARED_IMAGE_VARIABLE, text, 1) == 0);
	fd = image_offered(first);
	CHECK(getenv(SHARED_IMAGE_VARIABLE) == NULL);
	return fd;
}

static void test_offered(void)
{
	static const char *const names[] = {
		"", " 10", "+10", "-1", "10x", "0xa", "999999999", "99999999999999999999", "1234567", "/proc/self/fd/10", "1.0",
	};
	int fd = fcntl(STDIN_FILENO, F_DUPFD, 10);
	char number[16];

	CASE("nobody offers one");
	unsetenv(SHARED_IMAGE_VARIABLE);
	CHECK(image_offered(3) == -1);
	CASE("what is no number of a descriptor");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!CHECK(offered(names[i], 3) == -1))
			printf("  %s\n", names[i]);
	CASE("it is not the program's, nor one that we have opened; from then on it is close-on-exec");
	snprintf(number, sizeof(number), "%d", fd);
	CHECK(fd >= 10 && offered("2", 3) == -1 && fcntl(2, F_GETFD) == 0);
	CHECK(offered(number, (unsigned int)fd + 1) == -1 && fcntl(fd, F_GETFD) == 0);
	CHECK(offered(number, (unsigned int)fd) == fd && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(offered(number, 3) == -1);
	close(fd);
}

int main(void)
{
	test_made();
	test_filled();
	test_sealed();
	test_open();
	test_others();
	test_owner();
	test_offered();
	return check_summary();
}
