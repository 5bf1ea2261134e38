/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cist-init: what runs inside the new namespaces until it becomes the container's program.
 *
 * A small static program, executed from a sealed memfd, so that no inode of the host's runtime is ever reachable from
 * a container (CVE-2019-5736).  It has no parser, no heap and no library: it carries out the plan that it is handed.
 * Its last argument is the number of the plan's descriptor.  What stands before is its name, or for a built-in init the title
 * that it shows: the number is wiped out then.
 */
#include "init/init.h"
#include "init/build_id.h"
#include "sys/file.h"

#include <string.h>
#include <sys/mman.h>

static int number_of(const char *text)
{
	int n = 0;

	for (; *text >= '0' && *text <= '9' && n < 1000000; text++)
		n = n * 10 + (*text - '0');
	return n;
}

/*
 * The sources of mounts that only this process can open get their descriptors here: a private copy of just these pages, as
 * cist goes on to write to others.
 */
static bool own_pages(const struct plan_header *h, int fd)
{
	const struct mnt_plan *p = &h->plan->mnt;
	char *at = p->pages;

	return !at || mmap(at, p->n_page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd,
			   (off_t)(at - (const char *)h)) == at;
}

static const struct plan *map_plan(int fd)
{
	struct stat st;
	const struct plan_header *h;
	void *at = (void *)PLAN_ADDRESS;

	if (sys_fstat(fd, &st) < 0 ||
	    mmap(at, (size_t)st.st_size, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0) != at)
		return NULL;
	h = at;
	if (h->magic != PLAN_MAGIC || h->build != PLAN_BUILD || h->size != (uint64_t)st.st_size)
		return NULL;
	if (!own_pages(h, fd))
		return NULL;
	close(fd);
	return h->plan;
}

int main(int argc, char **argv)
{
	char *number = argc > 1 ? argv[argc - 1] : NULL;
	const struct plan *plan = number ? map_plan(number_of(number)) : NULL;

	/* Without its plan it has nobody to tell: cist sees the end of file. */
	if (!plan)
		_exit(EXIT_NO_PLAN);
	if (plan->keeper.wanted)
		memset(number, 0, strlen(number));
	init_run(plan);
}
