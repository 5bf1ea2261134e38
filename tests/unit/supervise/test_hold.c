/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/hold.h"
#include "supervise/hold_serve.h"

#include "sys/file.h"
#include "sys/process.h"
#include "sys/socket.h"
#include "tests/check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int dir;

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static ino_t inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : st.st_ino;
}

/* The reading end of a pipe as something that is held: its inode tells which one it is. */
static int new_pipe(ino_t *ret)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	close(fds[1]);
	*ret = inode_of(fds[0]);
	return fds[0];
}

/* ---- the set ---- */

static void test_set(void)
{
	static const char *const names[] = { "m", "c", "x", "a", "zz", "z", "d" };
	const int before = open_descriptors();
	struct held_set s = { 0 };
	char longest[HELD_NAME_MAX + 1];
	ino_t one, two;
	int fd;

	CASE("ascending, whatever the order they come in");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		CHECK(held_put(&s, names[i], new_pipe(&one)) == 0);
	for (size_t i = 1; i < s.n; i++)
		CHECK(strcmp(s.v[i - 1].name, s.v[i].name) < 0);
	CHECK(s.n == 7 && inode_of(held_find(&s, "d")) == one && held_find(&s, "e") == -ENOENT);

	CASE("the later one of two of a name, the earlier is closed; the same once more stays");
	fd = new_pipe(&two);
	CHECK(held_put(&s, "d", fd) == 0 && held_put(&s, "d", fd) == 0);
	CHECK(s.n == 7 && inode_of(held_find(&s, "d")) == two && open_descriptors() == before + 7);

	CASE("dropped");
	CHECK(held_drop(&s, "a") && !held_drop(&s, "a") && held_drop(&s, "zz") && s.n == 5);
	CHECK(open_descriptors() == before + 5);

	CASE("what is no name");
	memset(longest, 'n', sizeof(longest));
	CHECK(!held_is_name("", 0) && !held_is_name("a b", 3) && !held_is_name("a\n", 2) && !held_is_name("\303\244", 2));
	CHECK(held_is_name(longest, HELD_NAME_MAX - 1) && !held_is_name(longest, HELD_NAME_MAX));
	CHECK(held_put(&s, "", 0) == -EINVAL && held_put(&s, "q", -1) == -EINVAL && s.n == 5);
	held_done(&s);
	CHECK(open_descriptors() == before && s.n == 0);
}

/* ---- a request ---- */

static void test_request(void)
{
	const int before = open_descriptors();
	struct held_set s = { 0 };
	char message[HOLD_MESSAGE_MAX];
	ino_t one;

	CASE("what a message does; a descriptor is kept or closed");
	CHECK(hold_request(&s, "Pname", 5, new_pipe(&one)) == 0 && s.n == 1 && inode_of(held_find(&s, "name")) == one);
	CHECK(hold_request(&s, "Pname", 5, -1) == -EINVAL && s.n == 1);
	CHECK(hold_request(&s, "P", 1, new_pipe(&one)) == -EINVAL);
	CHECK(hold_request(&s, "Pna me", 6, new_pipe(&one)) == -EINVAL);
	CHECK(hold_request(&s, "Pna\0me", 6, new_pipe(&one)) == -EINVAL);
	CHECK(hold_request(&s, "L", 1, new_pipe(&one)) == 0 && hold_request(&s, "E", 1, -1) == 0);
	CHECK(hold_request(&s, "Lx", 2, -1) == -EINVAL && hold_request(&s, "", 0, new_pipe(&one)) == -EINVAL);
	CHECK(hold_request(&s, "Qname", 5, new_pipe(&one)) == -EINVAL);
	memset(message, 'n', sizeof(message));
	*message = HOLD_PUT;
	CHECK(hold_request(&s, message, sizeof(message), new_pipe(&one)) == -EINVAL && s.n == 1);
	CHECK(hold_request(&s, "Dother", 6, -1) == 0 && s.n == 1);
	CHECK(hold_request(&s, "Dname", 5, new_pipe(&one)) == 0 && s.n == 0);
	CHECK(open_descriptors() == before);
	held_done(&s);
}

/* ---- the process ---- */

static void expect(struct hold *h, const char *what, int rc, const struct err *e)
{
	if (!CHECK(rc == 0))
		printf("  %s: %s\n", what, e->text);
	(void)h;
}
#define EXPECT(h, call) expect((h), #call, (call), &e)

static bool ends_as(pid_t pid, int status)
{
	int found;

	for (int i = 0; i < 500; i++) {
		if (waitpid(pid, &found, WNOHANG) == pid)
			return CHECK(found == status);
		usleep(10 * 1000);
	}
	return false;
}

static void test_survival(void)
{
	struct hold h = HOLD_INIT, again = HOLD_INIT;
	struct err e = { 0 };
	ino_t one, two, three;
	pid_t holder;

	CASE("nobody answers: one is started");
	EXPECT(&h, hold_open(&h, dir, "/proc/self/exe", &e));
	holder = h.pid;
	CHECK(h.started && h.sock >= 0 && h.set.n == 0 && holder > 0 && kill(holder, 0) == 0);
	EXPECT(&h, hold_put(&h, "one", new_pipe(&one), &e));
	EXPECT(&h, hold_put(&h, "two", new_pipe(&two), &e));
	EXPECT(&h, hold_put(&h, "gone", new_pipe(&three), &e));
	EXPECT(&h, hold_drop(&h, "gone", &e));
	EXPECT(&h, hold_drop(&h, "never", &e));
	CHECK(inode_of(hold_find(&h, "one")) == one && hold_find(&h, "gone") == -ENOENT);

	CASE("a name that is no name");
	CHECK(hold_put(&h, "no name", new_pipe(&three), &e) == -EINVAL && h.sock >= 0 && h.set.n == 2);

	CASE("it outlives who started it, and gives to the next what it had");
	hold_close(&h);
	EXPECT(&again, hold_open(&again, dir, "/nowhere", &e));
	CHECK(!again.started && again.pid == holder && again.set.n == 2);
	CHECK(inode_of(hold_find(&again, "one")) == one && inode_of(hold_find(&again, "two")) == two);

	CASE("the later one of two of a name");
	EXPECT(&again, hold_put(&again, "two", new_pipe(&three), &e));
	hold_close(&again);
	EXPECT(&again, hold_open(&again, dir, "/nowhere", &e));
	CHECK(inode_of(hold_find(&again, "two")) == three);

	CASE("when it dies the connection is at its end, and another gets everything");
	CHECK(sys_poll_in(again.sock, 0) == 0);
	CHECK(kill(holder, SIGKILL) == 0 && sys_poll_in(again.sock, 5000) == 1 && ends_as(holder, SIGKILL));
	CHECK(hold_put(&again, "late", new_pipe(&two), &e) < 0 && again.sock < 0 && again.set.n == 3);
	CHECK(hold_put(&again, "later", new_pipe(&two), &e) == -ENOTCONN && again.set.n == 4);
	EXPECT(&again, hold_open(&again, dir, "/proc/self/exe", &e));
	CHECK(again.started && again.pid != holder);
	EXPECT(&h, hold_open(&h, dir, "/nowhere", &e));
	CHECK(h.set.n == 4 && inode_of(hold_find(&h, "one")) == one && inode_of(hold_find(&h, "later")) == two);

	CASE("who connects once more is right about what is to be held");
	CHECK(held_drop(&h.set, "later") && held_drop(&h.set, "late"));
	EXPECT(&h, hold_open(&h, dir, "/nowhere", &e));
	CHECK(h.set.n == 2);
	hold_close(&again);
	EXPECT(&again, hold_open(&again, dir, "/nowhere", &e));
	CHECK(again.set.n == 2);

	CASE("ended by END");
	holder = h.pid;
	EXPECT(&h, hold_end(&h, &e));
	CHECK(ends_as(holder, 0) && h.set.n == 0 && h.sock < 0);
	hold_close(&again);
	EXPECT(&h, hold_end(&h, &e));
}

/* A holder that cannot be asked must not be in the way of the next. */
static void test_deaf(void)
{
	struct hold h = HOLD_INIT, next = HOLD_INIT;
	struct err e = { 0 };
	pid_t holder;
	ino_t one;

	CASE("one that was stopped is killed and replaced");
	EXPECT(&h, hold_open(&h, dir, "/proc/self/exe", &e));
	EXPECT(&h, hold_put(&h, "one", new_pipe(&one), &e));
	holder = h.pid;
	CHECK(kill(holder, SIGSTOP) == 0);
	EXPECT(&next, hold_open(&next, dir, "/proc/self/exe", &e));
	CHECK(next.started && next.pid != holder && ends_as(holder, SIGKILL) && next.set.n == 0);
	hold_close(&h);

	CASE("signals that end a process do not end it");
	holder = next.pid;
	CHECK(kill(holder, SIGTERM) == 0 && kill(holder, SIGINT) == 0 && kill(holder, SIGHUP) == 0 && kill(holder, SIGUSR1) == 0);
	EXPECT(&next, hold_put(&next, "one", new_pipe(&one), &e));
	CHECK(next.pid == holder);

	CASE("with nothing to hold and nobody connected it ends by itself");
	EXPECT(&next, hold_drop(&next, "one", &e));
	hold_close(&next);
	CHECK(ends_as(holder, 0));
}

static void test_rubbish(void)
{
	struct hold h = HOLD_INIT;
	struct err e = { 0 };
	char message[2 * HOLD_MESSAGE_MAX] = "Pno\nname", answer[64];
	int32_t code = 0;
	int fd, sock;

	CASE("messages that are none do not disturb it");
	EXPECT(&h, hold_open(&h, dir, "/proc/self/exe", &e));
	sock = sys_unix_connect(SOCK_SEQPACKET, dir, HOLD_SOCKET);
	CHECK(sock >= 0 && sys_recv(sock, answer, sizeof(answer), &fd) == 2 && answer[0] == HOLD_HELLO);
	CHECK(sys_send(sock, message, 8, 0) == 0 && sys_recv(sock, answer, sizeof(answer), &fd) == 5);
	memcpy(&code, answer + 1, sizeof(code));
	CHECK(answer[0] == HOLD_DONE && code == -EINVAL);
	CHECK(sys_send(sock, message, sizeof(message), 0) == 0 && sys_recv(sock, answer, sizeof(answer), &fd) == 5);
	memcpy(&code, answer + 1, sizeof(code));
	CHECK(code == -EMSGSIZE);
	CHECK(sys_send(sock, "L", 1, -1) == 0 && sys_recv(sock, answer, sizeof(answer), &fd) == 5 && answer[0] == HOLD_DONE);

	CASE("an empty message is the end of that connection, and of no other");
	CHECK(sys_send(sock, "", 0, -1) == 0 && sys_recv(sock, answer, sizeof(answer), &fd) == 0);
	close(sock);

	CASE("more connections than there are places for: the ones that have one are served");
	for (int i = 0; i < 12; i++)
		message[i] = (char)sys_unix_connect(SOCK_SEQPACKET, dir, HOLD_SOCKET);
	EXPECT(&h, hold_put(&h, "x", sys_dup(0), &e));
	for (int i = 0; i < 12; i++)
		close(message[i]);
	EXPECT(&h, hold_drop(&h, "x", &e));
	EXPECT(&h, hold_end(&h, &e));
}

/* What the process has given up. */
static void test_confined(void)
{
	static const char *const lines[] = { "CapEff:\t0000000000000000\n", "CapPrm:\t0000000000000000\n", "NoNewPrivs:\t1\n",
					     "Seccomp:\t2\n", "Name:\tlithos_hold\n" };
	struct hold h = HOLD_INIT;
	struct err e = { 0 };
	char path[64], text[8192];
	ssize_t n;

	CASE("confined");
	EXPECT(&h, hold_open(&h, dir, "/proc/self/exe", &e));
	snprintf(path, sizeof(path), "/proc/%d/status", h.pid);
	n = sys_read_at(AT_FDCWD, path, text, sizeof(text));
	CHECK(n > 0);
	for (size_t i = 0; n > 0 && i < sizeof(lines) / sizeof(*lines); i++)
		if (!CHECK(strstr(text, lines[i]) != NULL))
			printf("  %s", lines[i]);
	EXPECT(&h, hold_end(&h, &e));
}

/* As many descriptors as it may have, less some for those who connect. */
static int fill(void)
{
	struct hold h = HOLD_INIT, second = HOLD_INIT;
	struct err e = { 0 };
	char name[32];
	int rc = 0, n = 0;

	if (sys_setrlimit(RLIMIT_NOFILE, 64, 64) < 0)
		return 1;
	EXPECT(&h, hold_open(&h, dir, "/proc/self/exe", &e));
	while (rc == 0 && n < 64) {
		snprintf(name, sizeof(name), "n%d", n++);
		rc = hold_put(&h, name, sys_dup(0), &e);
	}
	CHECK(rc == -EMFILE && h.sock >= 0 && n > 8 && strstr(e.text, name));
	CHECK(hold_find(&h, name) >= 0);
	EXPECT(&h, hold_drop(&h, "n0", &e));
	EXPECT(&h, hold_drop(&h, name, &e));
	held_done(&h.set);	/* room for the copies */
	EXPECT(&second, hold_open(&second, dir, "/nowhere", &e));
	CHECK(second.set.n == (size_t)n - 2);
	EXPECT(&second, hold_end(&second, &e));
	hold_close(&h);
	return check_failed > 0;
}

static void test_full(void)
{
	int status = -1;
	pid_t pid;

	CASE("full: it says so, and is there for those who connect");
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(fill());
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void test_failures(void)
{
	struct hold h = HOLD_INIT;
	struct err e = { 0 };

	CASE("a program that cannot be executed, or is no holder");
	CHECK(hold_open(&h, dir, "/nowhere", &e) == -ENOENT && h.sock < 0 && strstr(e.text, "/nowhere"));
	CHECK(hold_open(&h, dir, "/bin/false", &e) < 0 && h.sock < 0);
	CHECK(sys_unlinkat(dir, HOLD_SOCKET, 0) == 0 || errno == ENOENT);
	hold_close(&h);
}

int main(int argc, char **argv)
{
	char root[] = "/tmp/test_hold.XXXXXX";
	struct err e = { 0 };

	if (argc > 0 && strcmp(argv[0], HOLD_PROGRAM) == 0)
		_exit(hold_serve(&e) < 0);
	if (!mkdtemp(root))
		return 1;
	dir = sys_openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY, 0);
	test_set();
	test_request();
	test_survival();
	test_deaf();
	test_rubbish();
	test_confined();
	test_full();
	test_failures();
	(void)sys_unlinkat(dir, HOLD_SOCKET, 0);
	(void)sys_unlinkat(dir, HOLD_SOCKET ".new", 0);
	CHECK(rmdir(root) == 0);
	return check_summary();
}
