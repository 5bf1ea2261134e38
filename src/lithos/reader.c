/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/reader.h"
#include "lithos/confine.h"

#include "base/fmt.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/socket.h"

#include <stdlib.h>
#include <string.h>

enum {
	FILES_MAX = 256,	/* that one child reads */
	CHUNK = 32 << 10,	/* is sent or taken at once; the sockets' buffers hold some of these */
	ANSWER_MS = 10 * 1000,	/* a child that takes no processor time and says nothing */
	WORK_US = 1000,		/* of processor time within that: it works */
	BUSY_MS = 200,		/* a child that has worked this long has used up what the next file may need */
};

/* Before the bytes of a file. */
struct question {
	struct yaml_limits limits;
	uint32_t size;
	uint32_t more;		/* not 0: another one follows, and the answers are wanted together */
};

/* The first that a child says, before it is asked: whether it is confined, and if not, what kept it from that. */
struct greeting {
	int code;
	char text[FINDING_TEXT_MAX];
};

enum outcome { PARSED = 1, REFUSED, NO_MEMORY };

/* Before a packed document, if one was made. */
struct answer {
	uint32_t outcome;
	uint32_t size;
	uint32_t line, column;
	char kind[32];
	char text[FINDING_TEXT_MAX];
	char hint[FINDING_TEXT_MAX];
};

/* Bytes that are sent together. */
struct block {
	char *data;
	size_t n, room;
};

static void block_done(struct block *b)
{
	free(b->data);
}
#define auto_block __attribute__((cleanup(block_done)))

/* Room for so many bytes at the end; NULL: there is no memory, and the block is what it was. */
static char *block_room(struct block *b, size_t size)
{
	size_t room = b->room ? b->room : CHUNK;
	char *data;

	while (room - b->n < size)
		room *= 2;
	data = room == b->room ? b->data : realloc(b->data, room);
	if (!data)
		return NULL;
	b->data = data;
	b->room = room;
	return data + b->n;
}

static void block_put(struct block *b, const void *from, size_t size)
{
	if (size > 0)
		memcpy(b->data + b->n, from, size);
	b->n += size;
}

struct reader {
	int sock, pidfd;	/* of the child, or negative */
	pid_t pid;
	int64_t worked_us;	/* that the child had when it was last waited for in vain */
	unsigned int n_files;
	int64_t busy_ms;
};

/* ---- the child ---- */

static bool child_take(void *to, size_t size)
{
	for (size_t at = 0; at < size;) {
		const ssize_t n = read(CONFINED_FD, (char *)to + at, size - at);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static bool child_give(const void *from, size_t size)
{
	for (size_t at = 0; at < size;) {
		const ssize_t n = write(CONFINED_FD, (const char *)from + at, size - at);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static void copy_text(char *to, size_t size, const char *text)
{
	fmt(to, size, "%s", text ? text : "");
}

/* The answer is put to those that wait to be given. */
static bool child_parse(const struct question *q, const char *data, struct block *answers)
{
	struct findings auto_findings f = { 0 };
	struct yaml auto_yaml *y = NULL;
	struct answer a = { .outcome = NO_MEMORY };
	struct err e = { 0 };
	void *block = NULL;
	size_t size = 0;
	const int rc = yaml_parse(data, q->size, "", &q->limits, &f, &y, &e);

	if (rc == 1 && yaml_pack(y, &block, &size) == 0 && block_room(answers, sizeof(a) + size)) {
		a.outcome = PARSED;
		a.size = (uint32_t)size;
	} else if (rc == 0 && f.n > 0) {
		a.outcome = REFUSED;
		a.line = f.v[0].line;
		a.column = f.v[0].column;
		copy_text(a.kind, sizeof(a.kind), f.v[0].kind);
		copy_text(a.text, sizeof(a.text), f.v[0].text);
		copy_text(a.hint, sizeof(a.hint), f.v[0].hint);
	}
	if (!block_room(answers, sizeof(a)))
		return false;
	block_put(answers, &a, sizeof(a));
	if (block)
		block_put(answers, block, a.size);
	free(block);
	return true;
}

static bool child_greet(void)
{
	struct greeting g = { 0 };
	struct err e = { 0 };

	g.code = confine(CONFINED_FD, &e);
	copy_text(g.text, sizeof(g.text), e.text);
	return child_give(&g, sizeof(g)) && g.code == 0;
}

static _Noreturn void child(int sock)
{
	struct block answers = { 0 };
	struct question q;
	bool ok = (sock == CONFINED_FD || dup3(sock, CONFINED_FD, O_CLOEXEC) >= 0) && child_greet();

	while (ok && child_take(&q, sizeof(q))) {
		char *data = malloc((size_t)q.size + 1);

		ok = data && child_take(data, q.size) && child_parse(&q, data, &answers);
		free(data);
		if (ok && !q.more) {
			ok = child_give(answers.data, answers.n);
			answers.n = 0;
		}
	}
	_exit(ok ? 0 : 1);
}

/* ---- the parent ---- */

int reader_make(struct reader **ret, struct err *e)
{
	struct reader *r = malloc(sizeof(*r));

	if (!r)
		return err_nomem(e);
	*r = (struct reader){ .sock = -EBADF, .pidfd = -EBADF };
	*ret = r;
	return 0;
}

/* Lets the child go, or kills it at once; its wait status as a shell counts it. */
static int end_child(struct reader *r, bool kill)
{
	int status = -ESRCH;

	fd_close(&r->sock);	/* end of file, at which it ends */
	if (r->pidfd < 0)
		return status;
	if (kill || sys_pidfd_poll(r->pidfd, ANSWER_MS) != 1)
		(void)sys_pidfd_send_signal(r->pidfd, SIGKILL);
	status = sys_pidfd_wait(r->pidfd);
	fd_close(&r->pidfd);
	return status;
}

void reader_renew(struct reader *r)
{
	(void)end_child(r, true);
}

void reader_free(struct reader *r)
{
	if (r)
		(void)end_child(r, true);
	free(r);
}

/* On a busy machine two seconds of processor time may take minutes; whoever works is heard out. */
static bool worked_meanwhile(struct reader *r)
{
	const int64_t before = r->worked_us;

	r->worked_us = sys_processor_us(r->pid);
	return r->worked_us > before + WORK_US;
}

/* -EPIPE when the child has ended; -EPROTO when it sends something else; -EAGAIN when it does nothing. */
static int take_all(struct reader *r, void *to, size_t size)
{
	for (size_t at = 0; at < size;) {
		const size_t n = size - at < CHUNK ? size - at : CHUNK;
		auto_close int fd = -EBADF;
		const ssize_t rc = sys_recv(r->sock, (char *)to + at, n, &fd);

		if (rc == -EAGAIN && worked_meanwhile(r))
			continue;
		if (rc <= 0)
			return rc < 0 ? (int)rc : -EPIPE;
		if (fd >= 0)
			return -EPROTO;
		at += (size_t)rc;
	}
	return 0;
}

static int take_greeting(struct reader *r, struct err *e)
{
	struct greeting g = { 0 };
	int rc = take_all(r, &g, sizeof(g));

	if (rc < 0) {
		(void)end_child(r, true);
		return err_sys(e, rc, "hear from the process of the parser");
	}
	if (g.code == 0)
		return 0;
	(void)end_child(r, true);
	g.text[sizeof(g.text) - 1] = '\0';
	return err_set(e, g.code < 0 ? g.code : -EPROTO, "confine the parser: %s", g.text);
}

static int start_child(struct reader *r, struct err *e)
{
	int sock[2], pidfd = -1;
	struct k_clone_args args = { .flags = K_CLONE_PIDFD, .exit_signal = SIGCHLD, .pidfd = (uint64_t)(uintptr_t)&pidfd };
	int rc = sys_socketpair_stream(sock);
	pid_t pid;

	if (rc < 0)
		return err_sys(e, rc, "a socket for the parser");
	auto_close int ours = sock[0];
	auto_close int theirs = sock[1];
	rc = sys_socket_timeout(ours, ANSWER_MS);
	if (rc < 0)
		return err_sys(e, rc, "a socket for the parser");
	pid = sys_clone3(&args);
	if (pid < 0)
		return err_sys(e, (int)pid, "make the process of the parser");
	if (pid == 0)
		child(theirs);
	r->sock = take_fd(ours);
	r->pidfd = pidfd;
	r->pid = pid;
	r->worked_us = 0;
	r->n_files = 0;
	r->busy_ms = 0;
	return take_greeting(r, e);
}

/* More than any document of that size has: a \P of a quoted text becomes three bytes. */
static bool can_be(const struct answer *a, const struct yaml_limits *limits)
{
	return a->size <= limits->nodes * sizeof(struct yaml_node) + 3 * (size_t)limits->bytes + CHUNK;
}

static int take_document(struct reader *r, const struct answer *a, const char *file, const struct yaml_limits *limits,
			 struct yaml **ret)
{
	char *block = can_be(a, limits) ? malloc((size_t)a->size + 1) : NULL;
	int rc = !block ? can_be(a, limits) ? -ENOMEM : -EPROTO : take_all(r, block, a->size);

	if (rc == 0)
		rc = yaml_unpack(block, a->size, file, ret);
	free(block);
	return rc == 0 ? -EPROTO : rc;
}

static void told(struct findings *f, const char *file, const struct answer *a)
{
	const char *kind = strcmp(a->kind, "Preprocess Error") == 0 ? a->kind : "Parse Error";

	finding_error_of(f, kind, (struct mark){ file, a->line, a->column, NULL }, "%s", a->text);
	if (a->hint[0])
		finding_hint(f, "%s", a->hint);
}

/* The child is of no more use: rc is how that was seen. */
static void told_its_end(struct reader *r, int rc, const char *file, struct findings *f)
{
	const struct mark at = { file, 0, 0, NULL };
	const int status = end_child(r, rc != -EPIPE && rc != -ECONNRESET);

	if (rc == -EAGAIN)
		finding_error(f, at, "the parser gave no answer within %u s", ANSWER_MS / 1000u);
	else if (rc == -EPROTO || rc == -EMSGSIZE)
		finding_error(f, at, "the parser gave an answer that is none");
	else if (status == 128 + SIGXCPU || status == 128 + SIGKILL)
		finding_error(f, at, "the parser ended: it took more than %u s", (unsigned int)CONFINED_SECONDS);
	else if (status > 128)
		finding_error(f, at, "the parser ended: signal %d", status - 128);
	else
		finding_error(f, at, "the parser ended: exit status %d", status);
}

/* What the child says to one question. */
static int take_answer(struct reader *r, struct reading *x, const struct yaml_limits *limits, struct findings *f)
{
	struct answer a = { .outcome = 0 };
	int rc = take_all(r, &a, sizeof(a));

	if (rc < 0)
		return rc;
	a.kind[sizeof(a.kind) - 1] = a.text[sizeof(a.text) - 1] = a.hint[sizeof(a.hint) - 1] = '\0';
	f->about = x->about;
	switch (a.outcome) {
	case PARSED:
		return take_document(r, &a, x->file, limits, &x->doc);
	case REFUSED:
		told(f, x->file, &a);
		return 0;
	case NO_MEMORY:
		finding_error(f, (struct mark){ x->file, 0, 0, NULL }, "the parser had not enough memory");
		return 0;
	default:
		return -EPROTO;
	}
}

static int have_child(struct reader *r, struct err *e)
{
	if (r->pidfd >= 0 && sys_pidfd_poll(r->pidfd, 0) == 1)	/* it ended while nobody asked */
		(void)end_child(r, true);
	return r->pidfd < 0 ? start_child(r, e) : 0;
}

/* Asks about n files, which are one after the other in sent.  *ret_n of them were answered; 0 or negative. */
static int exchange(struct reader *r, const struct block *sent, struct reading *const *v, size_t n,
		    const struct yaml_limits *limits, struct findings *f, size_t *ret_n)
{
	const int64_t begin = sys_now_ms();
	const size_t from = v[0]->at, to = v[n - 1]->at + sizeof(struct question) + v[n - 1]->size;
	int rc = sys_send_all(r->sock, sent->data + from, to - from);

	*ret_n = 0;
	while (rc >= 0 && *ret_n < n) {
		rc = take_answer(r, v[*ret_n], limits, f);
		if (rc >= 0)
			++*ret_n;
	}
	r->busy_ms += sys_now_ms() - begin;
	r->n_files += (unsigned int)n;
	return rc < 0 ? rc : 0;
}

/* A child that ended over several says not which one it was: each is asked about alone then, and pays for itself. */
static int ask(struct reader *r, struct block *sent, struct reading *const *v, size_t n, const struct yaml_limits *limits,
	       struct findings *f, struct err *e)
{
	const uint32_t no_more = 0;
	size_t n_answered = 0;

	for (size_t i = 0, together = n; i < n; i += n_answered, together = 1) {
		int rc = have_child(r, e);

		if (rc < 0)
			return rc;
		memcpy(sent->data + v[i + together - 1]->at + offsetof(struct question, more), &no_more, sizeof(no_more));
		rc = exchange(r, sent, v + i, together, limits, f, &n_answered);
		if (rc < 0 && rc != -ENOMEM && together == 1) {
			f->about = v[i]->about;
			told_its_end(r, rc, v[i]->file, f);
			n_answered = 1;
		} else if (rc < 0 || r->n_files >= FILES_MAX || r->busy_ms > BUSY_MS) {
			(void)end_child(r, true);
		}
		if (rc == -ENOMEM)
			return err_nomem(e);
	}
	return 0;
}

/* The whole of a file that is not too large and stays as it is, behind its question.  What is wrong with it is told. */
static int take_file(struct block *to, struct reading *x, const struct yaml_limits *limits, struct findings *f)
{
	const struct mark at = { x->file, 0, 0, NULL };
	struct question q = { *limits, 0, 1 };
	struct err e = { 0 };
	struct stat st;
	ssize_t n;
	int rc = sys_fstat(x->fd, &st);

	if (rc < 0) {
		err_sys(&e, rc, "Error reading file");
		finding_err(f, at, &e);
		return 0;
	}
	if (!S_ISREG(st.st_mode)) {
		finding_error(f, at, "this is no regular file");
		return 0;
	}
	if (st.st_size > limits->bytes) {
		finding_error(f, at, "the file has more than %u bytes", limits->bytes);
		return 0;
	}
	if (!block_room(to, sizeof(q) + (size_t)st.st_size + 1))
		return -ENOMEM;
	n = sys_read_all(x->fd, to->data + to->n + sizeof(q), (size_t)st.st_size + 1);
	if (n == st.st_size) {
		x->at = to->n;
		x->size = q.size = (uint32_t)n;
		block_put(to, &q, sizeof(q));
		to->n += (size_t)n;
		return 0;
	}
	if (n < 0)
		err_sys(&e, (int)n, "Error reading file");
	else
		err_set(&e, -EAGAIN, "the file was changed while it was read");
	finding_err(f, at, &e);
	return 0;
}

int reader_read_all(struct reader *r, struct reading *v, size_t n, const struct yaml_limits *limits, struct findings *f,
		    struct err *e)
{
	struct reading *asked[READINGS_MAX];
	auto_block struct block sent = { 0 };
	size_t n_asked = 0;

	for (size_t i = 0; i < n; i++)
		v[i].doc = NULL;
	if (n > READINGS_MAX)
		return err_set(e, -E2BIG, "more than %d files to be read at once", READINGS_MAX);
	for (size_t i = 0; i < n; i++) {
		const size_t before = sent.n;

		f->about = v[i].about;
		if (take_file(&sent, &v[i], limits, f) < 0)
			return err_nomem(e);
		if (sent.n > before)
			asked[n_asked++] = &v[i];
	}
	return n_asked > 0 ? ask(r, &sent, asked, n_asked, limits, f, e) : 0;
}

int reader_read(struct reader *r, int fd, const char *file, const struct yaml_limits *limits, struct findings *f,
		struct yaml **ret, struct err *e)
{
	struct reading x = { .fd = fd, .file = file, .about = f->about };
	int rc = reader_read_all(r, &x, 1, limits, f, e);

	if (x.doc)
		*ret = x.doc;
	return rc < 0 ? rc : x.doc != NULL;
}
