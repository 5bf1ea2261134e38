/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's side of terminals: console socket and foreground relay.  Needs no privilege. */
#include "console/console.h"
#include "libocispec/oci_config.h"
#include "sys/socket.h"
#include "tests/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct err e;

/* ---- console socket ---- */

static void test_send(void)
{
	char bytes[16];
	int fds[2], fd = -1;
	struct stat a, b;

	CASE("one message with one descriptor");
	CHECK(sys_socketpair(fds) == 0);
	CHECK(console_send(fds[0], STDOUT_FILENO, &e) == 0);
	CHECK(sys_recv(fds[1], bytes, sizeof(bytes), &fd) == 9 && memcmp(bytes, "/dev/ptmx", 9) == 0);
	CHECK(fstat(fd, &a) == 0 && fstat(STDOUT_FILENO, &b) == 0 && a.st_ino == b.st_ino);
	close(fd);
	close(fds[0]);
	close(fds[1]);
}

static void test_connect(void)
{
	char dir[] = "/tmp/cist-console-XXXXXX", deep[512], path[640];
	int sock, peer = -1, rc;

	CASE("a socket with a long path");
	CHECK(mkdtemp(dir) != NULL);
	snprintf(deep, sizeof(deep), "%s/%0150d", dir, 0);
	CHECK(mkdir(deep, 0700) == 0);
	snprintf(path, sizeof(path), "%s/console.sock", deep);
	sock = sys_unix_bind(SOCK_STREAM, AT_FDCWD, path);
	CHECK(sock >= 0);
	CHECK(console_connect(path, &peer, &e) == 0 && peer >= 0);
	close(peer);
	close(sock);
	unlink(path);

	CASE("no socket, or something else");
	rc = console_connect(path, &peer, &e);
	CHECK(rc < 0 && strstr(e.text, "console socket ") && strstr(e.text, "no such file or directory"));
	sock = open(path, O_CREAT | O_WRONLY, 0600);
	CHECK(console_connect(path, &peer, &e) < 0);
	close(sock);
	unlink(path);
	rmdir(deep);
	rmdir(dir);
}

/* ---- relay ---- */

struct pair {
	int master, slave;
};

static struct pair new_pair(void)
{
	struct pair p = { .master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC) };

	if (p.master < 0 || grantpt(p.master) < 0 || unlockpt(p.master) < 0)
		return (struct pair){ -1, -1 };
	p.slave = open(ptsname(p.master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	return p;
}

/* What `cist run` does in the foreground, with host as its terminal. */
static _Noreturn void relay_until_end(struct pair host, struct pair container)
{
	static struct relay r;
	struct pollfd fds[RELAY_FDS];
	int rc = 0;

	close(container.slave);
	for (int fd = 0; fd <= 2; fd++)
		dup2(host.slave, fd);
	if (relay_start(&r, container.master, &e) < 0)
		_exit(3);
	while (rc == 0) {
		relay_want(&r, fds);
		if (poll(fds, RELAY_FDS, 5000) <= 0)
			_exit(4);
		rc = relay_serve(&r, fds, &e);
	}
	relay_finish(&r);
	_exit(rc == 1 ? 0 : 5);
}

/* Reads until n bytes are there or two seconds are over. */
static bool reads(int fd, const char *want)
{
	char buf[128];
	size_t have = 0, n = strlen(want);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (have < n && poll(&p, 1, 2000) > 0) {
		ssize_t got = read(fd, buf + have, sizeof(buf) - 1 - have);

		if (got <= 0)
			break;
		have += (size_t)got;
	}
	buf[have] = '\0';
	return check_str(buf, want, "what came through", __FILE__, __LINE__);
}

static bool wait_for_size(int fd, const struct winsize *want)
{
	struct winsize ws = { 0 };

	for (int i = 0; i < 200 && ws.ws_col != want->ws_col; i++) {
		usleep(10000);
		ioctl(fd, TIOCGWINSZ, &ws);
	}
	return ws.ws_col == want->ws_col && ws.ws_row == want->ws_row;
}

static void test_relay(void)
{
	const struct winsize size = { .ws_row = 17, .ws_col = 61 };
	struct pair host = new_pair(), container = new_pair();
	struct termios before, after;
	int status;
	pid_t pid;

	CASE("a relay between two terminals");
	if (!CHECK(host.slave >= 0 && container.slave >= 0))
		return;
	tcgetattr(host.slave, &before);
	ioctl(host.slave, TIOCSWINSZ, &size);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		relay_until_end(host, container);
	close(container.master);
	CHECK(wait_for_size(container.slave, &size));

	tcgetattr(container.slave, &after);
	CHECK(!(after.c_oflag & ONLCR));
	after.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	tcsetattr(container.slave, TCSANOW, &after);
	CHECK(write(host.master, "in\3", 3) == 3);
	CHECK(reads(container.slave, "in\3"));
	CHECK(write(container.slave, "out\n", 4) == 4);
	CHECK(reads(host.master, "out\r\n"));
	CHECK(write(container.slave, "last words", 10) == 10);
	close(container.slave);
	CHECK(reads(host.master, "last words"));
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	tcgetattr(host.slave, &after);
	CHECK(after.c_lflag == before.c_lflag && after.c_iflag == before.c_iflag);
	close(host.master);
	close(host.slave);
}

/* ---- a file for output ---- */

static int plan_output(const char *path, bool terminal, const char **ret)
{
	static _Alignas(16) char memory[4096];
	struct oci_pair annotation = { CONSOLE_OUTPUT_ANNOTATION, path };
	struct oci_process process = { .terminal = terminal };
	const struct oci_config c = { .process = &process, .annotations = &annotation, .n_annotations = path != NULL };
	struct arena a = { memory, sizeof(memory), 0 };

	e = (struct err){ 0 };
	return console_plan_output(&c, &a, ret, &e);
}

static void test_output_plan(void)
{
	const char *path = NULL;

	CASE("a file for output: what is asked for");
	CHECK(plan_output(NULL, true, &path) == 0 && !path);
	CHECK(plan_output("/log/x", false, &path) == 0);
	CHECK_STR(path, "/log/x");
	CHECK(plan_output("log", false, &path) == -EINVAL && strstr(e.text, "\"log\" is not an absolute path"));
	CHECK(plan_output("/log", true, &path) == -EINVAL && strstr(e.text, "process.terminal is true"));
}

/* What a child that writes to both streams leaves in it; the status is that of console_open_output(). */
static int output_of(const char *path)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		if (console_open_output(path, &e) < 0)
			_exit(-e.code);
		_exit(write(1, "out", 3) == 3 && write(2, "err", 3) == 3 ? 0 : 255);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_output(void)
{
	char dir[] = "/tmp/cist-output-XXXXXX", file[64], link[64], fifo[64], text[32] = "";
	int fd;

	CHECK(mkdtemp(dir) != NULL);
	snprintf(file, sizeof(file), "%s/file", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	CHECK(symlink(file, link) == 0 && mkfifo(fifo, 0600) == 0);

	CASE("a file for output: made, and appended to");
	CHECK(output_of(file) == 0 && output_of(file) == 0);
	fd = open(file, O_RDONLY);
	CHECK(read(fd, text, sizeof(text) - 1) == 12);
	CHECK_STR(text, "outerrouterr");
	close(fd);

	CASE("a file for output: a link, a FIFO, a device, a directory, nothing to make it in");
	CHECK(output_of(link) == ELOOP);
	CHECK(output_of(fifo) == ENXIO);
	CHECK(output_of("/dev/null") == EINVAL);
	CHECK(output_of(dir) == EISDIR);
	snprintf(text, sizeof(text), "%s/x/y", dir);
	CHECK(output_of(text) == ENOENT);
	unlink(link);
	unlink(fifo);
	unlink(file);
	rmdir(dir);
}

int main(void)
{
	test_output_plan();
	test_output();
	test_send();
	test_connect();
	test_relay();
	return check_summary();
}
