/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/journal.h"

#include "tests/tree.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static char text[4096];

static const char *file_text(const char *name)
{
	int fd = open(tree_path(name), O_RDONLY);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

/* What follows the time, of each line. */
static const char *words_of(const char *name)
{
	static char out[4096];
	char *line, *next = (char *)file_text(name);
	size_t at = 0;

	while ((line = strsep(&next, "\n")) && *line)
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s\n", strchr(line, ']') + 1);
	out[at] = '\0';
	return out;
}

static void test_file(void)
{
	struct journal_words w = { .dir = tree_path(""), .file = "app.log" };
	auto_journal struct journal j = JOURNAL_INIT;
	struct err e = { 0 };

	CASE("levels");
	CHECK(journal_open(&j, &w, &e) == 0);
	journal_say(&j, LINE_WARN, "Starting \"%s\": %d", "app/web.0", 7);
	journal_say(&j, LINE_INFO, "nobody wants to know");
	journal_say(&j, LINE_ERROR, "two\nlines");
	CHECK_STR(words_of("app.log"), "[WARN] Starting \"app/web.0\": 7\n[ERROR] two\\x0alines\n");

	CASE("opened anew, after it was moved");
	CHECK(rename(tree_path("app.log"), tree_path("app.log.1")) == 0);
	w.level = "INFO";
	CHECK(journal_open(&j, &w, &e) == 0);
	journal_say(&j, LINE_INFO, "more");
	CHECK_STR(words_of("app.log"), "[INFO] more\n");

	CASE("a facility that there is not means the file");
	w.facility = "local9";
	w.level = "loud";
	CHECK(journal_open(&j, &w, &e) == 0 && j.facility < 0 && j.level == LINE_WARN);

	CASE("what cannot be opened leaves what there was");
	CHECK(symlink("/etc/passwd", tree_path("link")) == 0);
	w.file = "link";
	CHECK(journal_open(&j, &w, &e) < 0 && strstr(e.text, "link"));
	journal_say(&j, LINE_ERROR, "still here");
	CHECK_STR(words_of("app.log"), "[INFO] more\n[ERROR] still here\n");
	w.dir = tree_path("nowhere");
	CHECK(journal_open(&j, &w, &e) == -ENOENT);
}

/* ---- syslog, in namespaces of its own ---- */

static bool write_id_map(const char *file, unsigned int id)
{
	char line[64];
	int fd = open(file, O_WRONLY | O_CLOEXEC), n = snprintf(line, sizeof(line), "0 %u 1", id);
	bool good = fd >= 0 && write(fd, line, (size_t)n) == n;

	if (fd >= 0)
		close(fd);
	return good;
}

static bool loopback_up(void)
{
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool good = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &r) == 0;

	if (fd >= 0)
		close(fd);
	return good;
}

/* /dev and /var/run with nothing in them, and a network with nobody. */
static bool be_alone(void)
{
	const unsigned int uid = getuid(), gid = getgid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) < 0)
		return false;
	int fd = open("/proc/self/setgroups", O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, "deny", 4) == 4;

	if (fd >= 0)
		close(fd);
	return good && write_id_map("/proc/self/uid_map", uid) && write_id_map("/proc/self/gid_map", gid) &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount("none", "/dev", "tmpfs", 0, NULL) == 0 &&
	       mount("none", "/var", "tmpfs", 0, NULL) == 0 && mkdir("/var/run", 0755) == 0 && loopback_up();
}

static int listen_unix(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	return fd;
}

static int listen_inet(int type, uint16_t port)
{
	const struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int one = 1;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	CHECK(fd >= 0 && bind(fd, (const struct sockaddr *)&a, sizeof(a)) == 0 && (type == SOCK_DGRAM || listen(fd, 5) == 0));
	return fd;
}

/* What has come there, from behind the time and the name. */
static const char *heard(int fd)
{
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);
	char *words;

	text[n > 0 ? n : 0] = '\0';
	words = strstr(text, "]: ");
	return words ? words + 3 : text;
}

static int syslogs(void)
{
	const struct journal_words w = { .dir = "/", .file = "none", .facility = "daemon", .app = "lithos" };
	auto_journal struct journal j = JOURNAL_INIT;
	struct err e = { 0 };
	int udp, tcp, stream, run, dev;

	CHECK(journal_open(&j, &w, &e) == 0);

	CASE("nobody is there: it goes to a port that nobody hears");
	journal_say(&j, LINE_ERROR, "lost");
	journal_say(&j, LINE_ERROR, "lost");
	CHECK(j.file.fd < 0);

	CASE("UDP, with priority and name");
	udp = listen_inet(SOCK_DGRAM, 514);
	CHECK(journal_open(&j, &w, &e) == 0);
	journal_say(&j, LINE_ERROR, "by %s", "UDP");
	CHECK_STR(heard(udp), "by UDP");
	CHECK(strncmp(text, "<27>", 4) == 0 && strstr(text, " lithos["));

	CASE("TCP comes before it, with a newline behind each");
	tcp = listen_inet(SOCK_STREAM, 601);
	CHECK(journal_open(&j, &w, &e) == 0);
	journal_say(&j, LINE_ERROR, "by\nTCP");
	stream = accept4(tcp, NULL, NULL, SOCK_CLOEXEC);
	CHECK_STR(heard(stream), "by\\x0aTCP\n");

	CASE("a daemon that was started again");
	close(stream);
	close(tcp);
	tcp = listen_inet(SOCK_STREAM, 601);
	journal_say(&j, LINE_ERROR, "again");
	stream = accept4(tcp, NULL, NULL, SOCK_CLOEXEC);
	CHECK_STR(heard(stream), "again\n");

	CASE("it is gone: the next one is asked");
	close(stream);
	close(tcp);
	journal_say(&j, LINE_ERROR, "by UDP again");
	CHECK_STR(heard(udp), "by UDP again");

	CASE("sockets of a name come first");
	run = listen_unix("/var/run/syslog");
	CHECK(journal_open(&j, &w, &e) == 0);
	journal_say(&j, LINE_WARN, "by /var/run");
	CHECK_STR(heard(run), "by /var/run");
	dev = listen_unix("/dev/log");
	CHECK(journal_open(&j, &w, &e) == 0);
	journal_say(&j, LINE_WARN, "by /dev");
	CHECK_STR(heard(dev), "by /dev");
	CHECK(strncmp(text, "<28>", 4) == 0);

	CASE("one that takes nothing holds up nobody, and what is lost is counted");
	for (int i = 0; i < 2000; i++)
		journal_say(&j, LINE_WARN, "%01000d", i);
	CHECK(j.file.dropped_ever > 1000);
	close(udp);
	close(run);
	close(dev);
	return check_summary();
}

static void test_syslog(void)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (!be_alone()) {
			printf("skipped: syslog: no namespaces of its own: %s\n", strerror(errno));
			exit(0);
		}
		exit(syslogs());
	}
	waitpid(pid, &status, 0);
	CASE("syslog");
	CHECK(status == 0);
}

int main(void)
{
	if (!tree_make())
		return 1;
	test_file();
	test_syslog();
	tree_remove();
	return check_summary();
}
