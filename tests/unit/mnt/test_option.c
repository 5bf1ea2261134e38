/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/option.h"
#include "base/arr.h"
#include "tests/check.h"

#include <stdlib.h>

static char memory[64 << 10] __attribute__((aligned(16)));
static struct arena arena;
static struct mnt_options o;
static struct err e;

static int read_words(const char *const *words, size_t n)
{
	memset(memory, 0, sizeof(memory));
	arena = (struct arena){ .base = memory, .size = sizeof(memory) };
	e = (struct err){ 0 };
	return mnt_options_read(words, n, &arena, &o, &e);
}
#define READ(...) \
	read_words((const char *const[]){ __VA_ARGS__ }, ARRAY_LEN(((const char *const[]){ __VA_ARGS__ })))

/* runtime-spec 1.3, config.md, table "Linux mount options". */
static const char *const spec_names[] = {
	"async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "idmap", "iversion", "lazytime", "loud", "mand",
	"noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime", "nomand", "norelatime", "nostrictatime",
	"nosuid", "nosymfollow", "private", "ratime", "rbind", "rdev", "rdiratime", "relatime", "remount", "rexec",
	"ridmap", "rnoatime", "rnodev", "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime", "rnosuid", "rnosymfollow", "ro",
	"rprivate", "rrelatime", "rro", "rrw", "rshared", "rslave", "rstrictatime", "rsuid", "rsymfollow", "runbindable",
	"rw", "shared", "silent", "slave", "strictatime", "suid", "symfollow", "sync", "tmpcopyup", "unbindable",
};

static void test_names(void)
{
	size_t n, found = 0;
	const char *const *names = mnt_option_names(&n);

	CASE("names are sorted, and each is known");
	for (size_t i = 0; i < n; i++) {
		CHECK(i == 0 || strcmp(names[i - 1], names[i]) < 0);
		CHECK(READ(names[i]) == 0 && !o.unknown);
	}
	CASE("all names of the specification");
	for (size_t i = 0; i < ARRAY_LEN(spec_names); i++)
		for (size_t k = 0; k < n; k++)
			found += strcmp(spec_names[i], names[k]) == 0;
	CHECK(found == ARRAY_LEN(spec_names));
}

static void test_attributes(void)
{
	CASE("attributes");
	CHECK(READ("nosuid", "nodev", "noexec", "ro", "nosymfollow", "nodiratime") == 0);
	CHECK(o.set == (K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NODEV | K_MOUNT_ATTR_NOEXEC | K_MOUNT_ATTR_RDONLY |
			K_MOUNT_ATTR_NOSYMFOLLOW | K_MOUNT_ATTR_NODIRATIME));
	CHECK(o.clr == 0 && o.rec_set == 0 && o.n_params == 0);
	CHECK_STR(o.words, "nosuid,nodev,noexec,ro,nosymfollow,nodiratime");

	CASE("the last word wins");
	CHECK(READ("ro", "rw") == 0 && o.set == 0 && o.clr == K_MOUNT_ATTR_RDONLY);
	CHECK(READ("rw", "ro") == 0 && o.set == K_MOUNT_ATTR_RDONLY && o.clr == 0);
	CHECK(READ("nosuid", "suid", "nosuid") == 0 && o.set == K_MOUNT_ATTR_NOSUID && o.clr == 0);
	CHECK(READ("private", "rslave") == 0 && o.propagation == (K_MS_SLAVE | K_MS_REC));
	CHECK(READ("rbind", "bind") == 0 && o.bind && !o.recursive);

	CASE("a recursive word wins over an earlier one of the mount itself, not over a later one");
	CHECK(READ("ro", "rrw") == 0 && o.set == 0 && o.rec_clr == K_MOUNT_ATTR_RDONLY);
	CHECK(READ("rrw", "ro") == 0 && o.set == K_MOUNT_ATTR_RDONLY && o.rec_clr == K_MOUNT_ATTR_RDONLY);
	CHECK(READ("rro", "rrw") == 0 && o.rec_set == 0 && o.rec_clr == K_MOUNT_ATTR_RDONLY);

	CASE("access times are one field");
	CHECK(READ("noatime") == 0 && o.set == K_MOUNT_ATTR_NOATIME && o.clr == K_MOUNT_ATTR__ATIME);
	CHECK(READ("noatime", "strictatime") == 0 && o.set == K_MOUNT_ATTR_STRICTATIME && o.clr == K_MOUNT_ATTR__ATIME);
	CHECK(READ("strictatime", "relatime") == 0 && o.set == 0 && o.clr == K_MOUNT_ATTR__ATIME);
	CHECK(READ("noatime", "atime") == 0 && o.set == 0 && o.clr == K_MOUNT_ATTR__ATIME);
	CHECK(READ("norelatime") == 0 && o.set == 0 && o.clr == 0);
	CHECK(READ("rnoatime") == 0 && o.rec_set == K_MOUNT_ATTR_NOATIME && o.rec_clr == K_MOUNT_ATTR__ATIME);
}

static void test_others(void)
{
	CASE("what the file system is told");
	CHECK(READ("mode=755", "size=64k", "newinstance", "sync") == 0 && o.n_params == 4 && o.has_mode);
	CHECK_STR(o.params[1].key, "size");
	CHECK_STR(o.params[1].value, "64k");
	CHECK_STR(o.params[2].key, "newinstance");
	CHECK(!o.params[2].value);
	CHECK_STR(o.unknown, "mode=755");
	CHECK(READ("lowerdir=/a:/b=c", "") == 0 && o.n_params == 1);
	CHECK_STR(o.params[0].value, "/a:/b=c");

	CASE("superblock words are nothing that a bind trips over");
	CHECK(READ("rbind", "sync", "lazytime", "silent") == 0 && !o.unknown);

	CASE("words of other runtimes");
	CHECK(READ("tmpcopyup", "copy-symlink", "src-nofollow", "dest-nofollow") == 0);
	CHECK(o.copy_up && o.copy_symlink && o.src_nofollow && o.dest_nofollow && !o.unknown);

	CASE("id maps, of which the last one counts");
	CHECK(READ("idmap") == 0 && o.idmap && !o.idmap_recursive && !o.idmap_maps && !o.unknown);
	CHECK(READ("ridmap") == 0 && o.idmap && o.idmap_recursive);
	CHECK(READ("ridmap", "idmap=uids=0-1-2;gids=0-1-2") == 0 && o.idmap && !o.idmap_recursive);
	CHECK_STR(o.idmap_maps, "uids=0-1-2;gids=0-1-2");
	CHECK(READ("idmap=uids=0-1-2", "ridmap=") == 0 && o.idmap_recursive && !o.idmap_maps);
	CHECK(READ("idmapped", "ridmap2=x") == 0 && !o.idmap && o.n_params == 2);

	CASE("no words");
	CHECK(read_words(NULL, 0) == 0 && o.n_params == 0);
	CHECK_STR(o.words, "");
}

int main(void)
{
	test_names();
	test_attributes();
	test_others();
	return check_summary();
}
