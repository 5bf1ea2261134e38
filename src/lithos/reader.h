/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that somebody else wrote are parsed by somebody else: a child that can do nothing but that.  It has no privileges
 * and gains none, sees no file (the bytes are sent to it), has a filter of a few system calls, is bounded in memory and in
 * time, and is not dumpable.  What it sends back is checked number by number (yaml_unpack()) before it is looked at.
 *
 * One child serves many files; it is renewed after some, and when it has ended.  That it ended is a finding about the file
 * that it was reading, and about no other.  But a file that makes the parser do what it wants decides over all that this
 * child reads from then on: files of another author are for another reader, or for this one renewed.
 *
 * To wake the child and to be woken by it takes longer than to parse a file of usual size, so files that are wanted
 * together are sent together and answered together.
 */
#ifndef CIST_LITHOS_READER_H
#define CIST_LITHOS_READER_H

#include "lithos/yaml.h"

struct reader;

/* A child is made by the first file that is read. */
must_use int reader_make(struct reader **ret, struct err *e);
void reader_free(struct reader *r);
static inline void reader_free_at(struct reader **r)
{
	reader_free(*r);
	*r = NULL;
}
#define auto_reader __attribute__((cleanup(reader_free_at)))

/* The files to come are another author's: no child that has read any so far will see them. */
void reader_renew(struct reader *r);

/*
 * Reads and parses a file.  fd is open for reading, is known to be a regular file, stands at its beginning, and stays the
 * caller's; file is the name that findings give it.  1: *ret is the document, yaml_done() is the caller's.  0: there is
 * none, findings say why: too large, it grew while it was read, it cannot be read, it is no YAML, the parser ended.
 * Negative: nothing can be parsed at all (no memory, no process).
 */
must_use int reader_read(struct reader *r, int fd, const char *file, const struct yaml_limits *limits, struct findings *f,
			 struct yaml **ret, struct err *e);

enum { READINGS_MAX = 16 };	/* at once */

/* One of several files. */
struct reading {
	int fd;
	const char *file;
	const char *about;	/* what findings about it are about (finding.h) */
	struct yaml *doc;	/* the document, or NULL; yaml_done() is the caller's, after an error as well */

	/* of the reader */
	size_t at;		/* where it is in what is sent */
	uint32_t size;
};

/* The same for n files of one author at once.  0, or negative as above; f->about is that of the last one afterwards. */
must_use int reader_read_all(struct reader *r, struct reading *v, size_t n, const struct yaml_limits *limits,
			     struct findings *f, struct err *e);

#endif
