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
	CHUNK = 32 << 10,	/* a message; the sockets' buffers hold some of these */
	ANSWER_MS = 10 * 1000,	/* a child that takes no processor time and says nothing */
	BUSY_MS = 200,		/* a child that has worked this long has used up what the next file may need */
};

/* Before the bytes of a file. */
struct question {
	struct yaml_limits limits;
	uint32_t size;
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

struct reader {
	int sock, pidfd;	/* of the child, or negative */
	unsigned int n_files;
	int64_t busy_ms;
};

/* ---- the child ---- */

static bool child_take(void *to, size_t size)
{
	for (size_t at = 0; at < size;) {
		const size_t n = size - at < CHUNK ? size - at : CHUNK;

		if (read(CONFINED_FD, (char *)to + at, n) != (ssize_t)n)
			return false;
		at += n;
	}
	return true;
}

static bool child_give(const void *from, size_t size)
{
	for (size_t at = 0; at < size;) {
		const size_t n = size - at < CHUNK ? size - at : CHUNK;

		if (write(CONFINED_FD, (const char *)from + at, n) != (ssize_t)n)
			return false;
		at += n;
	}
	return true;
}

static void copy_text(char *to, size_t size, const char *text)
{
	fmt(to, size, "%s", text ? text : "");
}

static bool child_parse(const struct question *q, const char *data)
{
	struct findings auto_findings f = { 0 };
	struct yaml auto_yaml *y = NULL;
	struct answer a = { .outcome = NO_MEMORY };
	struct err e = { 0 };
	void *block = NULL;
	size_t size = 0;
	const int rc = yaml_parse(data, q->size, "", &q->limits, &f, &y, &e);
	bool ok;

	if (rc == 1 && yaml_pack(y, &block, &size) == 0) {
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
	ok = child_give(&a, sizeof(a)) && child_give(block, size);
	free(block);
	return ok;
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
	struct question q;
	bool ok = (sock == CONFINED_FD || dup3(sock, CONFINED_FD, O_CLOEXEC) >= 0) && child_greet();

	while (ok && child_take(&q, sizeof(q))) {
		char *data = malloc((size_t)q.size + 1);

		ok = data && child_take(data, q.size) && child_parse(&q, data);
		free(data);
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

/* -EPIPE when the child has ended; -EPROTO when it sends something else. */
static int take_all(int sock, void *to, size_t size)
{
	for (size_t at = 0; at < size;) {
		const size_t n = size - at < CHUNK ? size - at : CHUNK;
		auto_close int fd = -EBADF;
		const ssize_t rc = sys_recv(sock, (char *)to + at, n, &fd);

		if (rc <= 0)
			return rc < 0 ? (int)rc : -EPIPE;
		if ((size_t)rc != n || fd >= 0)
			return -EPROTO;
		at += n;
	}
	return 0;
}

static int take_greeting(struct reader *r, struct err *e)
{
	struct greeting g = { 0 };
	int rc = take_all(r->sock, &g, sizeof(g));

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
	int rc = sys_socketpair(sock);
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
	r->n_files = 0;
	r->busy_ms = 0;
	return take_greeting(r, e);
}

static int send_all(int sock, const void *from, size_t size)
{
	int rc = 0;

	for (size_t at = 0; at < size && rc == 0;) {
		const size_t n = size - at < CHUNK ? size - at : CHUNK;

		rc = sys_send(sock, (const char *)from + at, n, -1);
		at += n;
	}
	return rc;
}

static int ask(const struct reader *r, const struct yaml_limits *limits, const char *data, uint32_t size, struct answer *a)
{
	const struct question q = { *limits, size };
	int rc = send_all(r->sock, &q, sizeof(q));

	if (rc == 0)
		rc = send_all(r->sock, data, size);
	if (rc == 0)
		rc = take_all(r->sock, a, sizeof(*a));
	a->kind[sizeof(a->kind) - 1] = a->text[sizeof(a->text) - 1] = a->hint[sizeof(a->hint) - 1] = '\0';
	return rc;
}

/* More than any document of that size has: a \P of a quoted text becomes three bytes. */
static bool can_be(const struct answer *a, const struct yaml_limits *limits)
{
	return a->size <= limits->nodes * sizeof(struct yaml_node) + 3 * (size_t)limits->bytes + CHUNK;
}

static int take_document(const struct reader *r, const struct answer *a, const char *file, const struct yaml_limits *limits,
			 struct yaml **ret)
{
	char *block = can_be(a, limits) ? malloc((size_t)a->size + 1) : NULL;
	int rc = !block ? can_be(a, limits) ? -ENOMEM : -EPROTO : take_all(r->sock, block, a->size);

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
static int told_its_end(struct reader *r, int rc, const char *file, struct findings *f)
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
	return 0;
}

static int parse(struct reader *r, const char *data, uint32_t size, const char *file, const struct yaml_limits *limits,
		 struct findings *f, struct yaml **ret, struct err *e)
{
	struct answer a = { .outcome = 0 };
	int rc = ask(r, limits, data, size, &a);

	if (rc < 0)
		return told_its_end(r, rc, file, f);
	switch (a.outcome) {
	case PARSED:
		rc = take_document(r, &a, file, limits, ret);
		if (rc == -ENOMEM)
			return err_nomem(e);
		return rc > 0 ? rc : told_its_end(r, rc, file, f);
	case REFUSED:
		told(f, file, &a);
		return 0;
	case NO_MEMORY:
		finding_error(f, (struct mark){ file, 0, 0, NULL }, "the parser had not enough memory");
		return 0;
	default:
		return told_its_end(r, -EPROTO, file, f);
	}
}

static int give_to_child(struct reader *r, const char *data, uint32_t size, const char *file, const struct yaml_limits *limits,
			 struct findings *f, struct yaml **ret, struct err *e)
{
	const int64_t begin = sys_now_ms();
	int rc = 0;

	if (r->pidfd >= 0 && sys_pidfd_poll(r->pidfd, 0) == 1)	/* it ended while nobody asked */
		(void)end_child(r, true);
	if (r->pidfd < 0)
		rc = start_child(r, e);
	if (rc < 0)
		return rc;
	rc = parse(r, data, size, file, limits, f, ret, e);
	r->busy_ms += sys_now_ms() - begin;
	if (rc < 0 || ++r->n_files >= FILES_MAX || r->busy_ms > BUSY_MS)
		(void)end_child(r, true);
	return rc;
}

/* The whole of a file that is not too large and stays as it is; NULL: *ret_rc is 0 when that was told, or negative. */
static char *take_file(int fd, const char *file, const struct yaml_limits *limits, struct findings *f, uint32_t *ret_size,
		       int *ret_rc)
{
	const struct mark at = { file, 0, 0, NULL };
	struct err e = { 0 };
	struct stat st;
	ssize_t n;
	char *data;
	int rc = sys_fstat(fd, &st);

	*ret_rc = 0;
	if (rc < 0) {
		err_sys(&e, rc, "Error reading file");
		finding_err(f, at, &e);
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		finding_error(f, at, "this is no regular file");
		return NULL;
	}
	if (st.st_size > limits->bytes) {
		finding_error(f, at, "the file has more than %u bytes", limits->bytes);
		return NULL;
	}
	data = malloc((size_t)st.st_size + 1);
	if (!data) {
		*ret_rc = -ENOMEM;
		return NULL;
	}
	n = sys_read_all(fd, data, (size_t)st.st_size + 1);
	if (n == st.st_size) {
		*ret_size = (uint32_t)n;
		return data;
	}
	free(data);
	if (n < 0)
		err_sys(&e, (int)n, "Error reading file");
	else
		err_set(&e, -EAGAIN, "the file was changed while it was read");
	finding_err(f, at, &e);
	return NULL;
}

int reader_read(struct reader *r, int fd, const char *file, const struct yaml_limits *limits, struct findings *f,
		struct yaml **ret, struct err *e)
{
	uint32_t size = 0;
	int rc = 0;
	char *data = take_file(fd, file, limits, f, &size, &rc);

	if (!data)
		return rc < 0 ? err_nomem(e) : 0;
	rc = give_to_child(r, data, size, file, limits, f, ret, e);
	free(data);
	return rc;
}
