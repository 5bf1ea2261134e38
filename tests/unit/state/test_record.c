/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state/record.h"
#include "base/arr.h"
#include "base/limits.h"
#include "state/store.h"
#include "sys/process.h"
#include "tests/check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[] = "/tmp/cist-test-record.XXXXXX";
static int dir = -1;
static struct err e;

static void test_round_trip(void)
{
	struct oci_pair annotations[] = { { "org.example.a", "1" }, { "with \"quotes\"\n", "\xc3\xa4" } };
	struct cg_record_place places[] = { { "/sys/fs/cgroup/cpu", "/a/b", "cpu,cpuacct", false, 2 },
					    { "/sys/fs/cgroup/unified", "/a/b", "", true, 0 } };
	struct net_made links[] = { { "web0", "cist:/run/cist/web1", "fe:01:02:03:04:05" } };
	const struct record r = {
		.version = RECORD_VERSION, .id = "web1", .created = true, .pid = INT32_MAX, .start_time = UINT64_MAX,
		.boot_id = "b", .birth = "2026-11-21T19:55:21.927340001Z", .bundle = "/bundle", .rootfs = "/bundle/rootfs",
		.annotations = annotations, .n_annotations = 2,
		.cgroup = { .driver = "cgroupfs", .places = places, .n_places = 2 },
		.has_poststart = true, .own_pid_namespace = true, .keyring = "_ses.web1", .notify_socket = "/run/n",
		.net = { .host_namespace = UINT64_MAX, .links = links, .n_links = 1 },
	};
	struct oci_doc *doc = NULL;
	const struct record *got = NULL;

	CASE("what is saved is loaded");
	CHECK(record_load(dir, &doc, &got, &e) == RECORD_ABSENT && !doc);
	CHECK(record_save(dir, &r, &e) == 0 && record_load(dir, &doc, &got, &e) == RECORD_FOUND);
	if (!CHECK(got != NULL))
		return;
	CHECK(got->version == RECORD_VERSION && got->created && got->pid == INT32_MAX && got->start_time == UINT64_MAX);
	CHECK(got->has_poststart && !got->has_poststop && got->own_pid_namespace);
	CHECK_STR(got->id, "web1");
	CHECK_STR(got->boot_id, "b");
	CHECK_STR(got->birth, r.birth);
	CHECK_STR(got->bundle, "/bundle");
	CHECK_STR(got->rootfs, "/bundle/rootfs");
	CHECK_STR(got->keyring, "_ses.web1");
	CHECK_STR(got->notify_socket, "/run/n");
	CHECK(got->n_annotations == 2);
	CHECK_STR(got->annotations[1].key, "with \"quotes\"\n");
	CHECK_STR(got->annotations[1].value, "\xc3\xa4");
	CHECK_STR(got->cgroup.driver, "cgroupfs");
	CHECK(got->cgroup.n_places == 2 && got->cgroup.places[0].made == 2 && !got->cgroup.places[0].is_v2 &&
	      got->cgroup.places[1].is_v2);
	CHECK_STR(got->cgroup.places[0].mount_point, "/sys/fs/cgroup/cpu");
	CHECK_STR(got->cgroup.places[0].path, "/a/b");
	CHECK_STR(got->cgroup.places[0].controllers, "cpu,cpuacct");
	if (CHECK(got->net.host_namespace == UINT64_MAX && got->net.n_links == 1)) {
		CHECK_STR(got->net.links[0].name, "web0");
		CHECK_STR(got->net.links[0].alias, "cist:/run/cist/web1");
		CHECK_STR(got->net.links[0].address, "fe:01:02:03:04:05");
	}
	doc = oci_doc_free(doc);
}

#define REST "\"id\":\"a\",\"birth\":\"b\",\"bundle\":\"/b\",\"rootfs\":\"/r\""

static const struct {
	const char *says, *json;
	int rc;
} damaged[] = {
	{ "the least", "{\"version\":1," REST "}", RECORD_FOUND },
	{ "members of a later release", "{\"version\":1," REST ",\"later\":{\"x\":[1]}}", RECORD_FOUND },
	{ "an empty file", "", RECORD_DAMAGED },
	{ "cut off", "{\"version\":1,\"id\":\"a", RECORD_DAMAGED },
	{ "zeroes of a crash", "\0\0\0\0", RECORD_DAMAGED },
	{ "another document", "[]", RECORD_DAMAGED },
	{ "no version", "{" REST "}", RECORD_DAMAGED },
	{ "no id", "{\"version\":1,\"birth\":\"b\",\"bundle\":\"/b\",\"rootfs\":\"/r\"}", RECORD_DAMAGED },
	{ "a negative pid", "{\"version\":1," REST ",\"pid\":-1}", RECORD_DAMAGED },
	{ "a pid of all processes", "{\"version\":1," REST ",\"pid\":4294967295}", RECORD_DAMAGED },
	{ "a pid that wraps around", "{\"version\":1," REST ",\"pid\":18446744073709551615}", RECORD_DAMAGED },
	{ "a pid in a string", "{\"version\":1," REST ",\"pid\":\"1\"}", RECORD_DAMAGED },
	{ "the same member twice", "{\"version\":1," REST ",\"pid\":2,\"pid\":3}", RECORD_DAMAGED },
	{ "a place without a path", "{\"version\":1," REST ",\"cgroup\":{\"places\":[{\"mountPoint\":\"/\"}]}}", RECORD_DAMAGED },
	{ "a version of the future", "{\"version\":2," REST "}", -EPROTO },
	{ "version 0", "{\"version\":0," REST "}", -EPROTO },
};

static void test_damaged(void)
{
	for (size_t i = 0; i < ARRAY_LEN(damaged); i++) {
		size_t n = i == 4 ? 4 : strlen(damaged[i].json);
		const struct record *r = NULL;
		struct oci_doc *doc = NULL;

		CASE(damaged[i].says);
		CHECK(store_write(dir, STORE_RECORD, damaged[i].json, n, &e) == 0);
		CHECK(record_load(dir, &doc, &r, &e) == damaged[i].rc);
		CHECK((doc != NULL) == (damaged[i].rc == 0));
		if (damaged[i].rc == RECORD_DAMAGED)
			CHECK(strncmp(e.text, "state.json is damaged: ", 23) == 0);
		doc = oci_doc_free(doc);
	}
	CASE("the sentence for another version");
	CHECK_STR(e.text, "state.json is of version 0, and this is a program for version 1");
	CHECK(unlinkat(dir, STORE_RECORD, 0) == 0);
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		alarm(60);
		for (;;)
			pause();
	}
	return pid;
}

/* Never is another process than the recorded one held. */
static void test_open_init(void)
{
	pid_t pid = sleeper();
	struct record r = { .pid = pid }, other;
	char boot[37];
	int fd = -1;

	CASE("the recorded process");
	CHECK(record_identify(&r, boot, &e) == 0 && r.start_time > 0 && strlen(r.boot_id) == 36);
	CHECK(record_open_init(&r, &fd, &e) == 0 && fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
	close(fd);
	CASE("another start time: the pid was given to somebody else");
	other = r;
	other.start_time++;
	CHECK(record_open_init(&other, &fd, &e) == 0 && fd == -1);
	other.start_time = 0;
	CHECK(record_open_init(&other, &fd, &e) == 0 && fd == -1);
	CASE("another boot");
	other = r;
	other.boot_id = "00000000-0000-0000-0000-000000000000";
	CHECK(record_open_init(&other, &fd, &e) == 0 && fd == -1);
	other.boot_id = NULL;
	CHECK(record_open_init(&other, &fd, &e) == 0 && fd == -1);
	CASE("pids of nobody, of init, of groups");
	for (pid_t p = -1; p <= 1; p++) {
		other = r;
		other.pid = p;
		CHECK(record_open_init(&other, &fd, &e) == 0 && fd == -1);
	}
	other.pid = INT32_MAX;
	CHECK(record_open_init(&other, &fd, &e) == 0 && fd == -1);
	CASE("this very process, with the start time of another");
	other = r;
	other.pid = getpid();
	other.start_time = r.start_time + 1000000;
	CHECK(record_open_init(&other, &fd, &e) == 0 && fd == -1);
	CASE("one that has ended, before and after it is reaped");
	CHECK(kill(pid, SIGKILL) == 0);
	siginfo_t info;
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(record_open_init(&r, &fd, &e) == 0 && fd == -1);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(record_open_init(&r, &fd, &e) == 0 && fd == -1);
	CASE("one that is gone cannot be identified");
	CHECK(record_identify(&r, boot, &e) < 0);
}

/* The calendar is our own; gmtime_r(3) judges it. */
static void test_time(void)
{
	char got[40], want[80];
	struct timespec t;
	struct tm tm;
	time_t last = 4102444800 * 3;	/* beyond 2300 */

	CASE("as gmtime has it");
	for (t.tv_sec = 0; t.tv_sec < last; t.tv_sec += 86400 * 17 + 12345) {
		t.tv_nsec = (long)(t.tv_sec % 1000000007);
		t.tv_nsec %= 1000000000;
		gmtime_r(&t.tv_sec, &tm);
		snprintf(want, sizeof(want), "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
			 tm.tm_hour, tm.tm_min, tm.tm_sec, t.tv_nsec);
		record_time(&t, got);
		if (!CHECK_STR(got, want))
			return;
	}
	CASE("ends of years and months");
	record_time(&(struct timespec){ 951782399, 999999999 }, got);
	CHECK_STR(got, "2000-02-28T23:59:59.999999999Z");
	record_time(&(struct timespec){ 951782400, 0 }, got);
	CHECK_STR(got, "2000-02-29T00:00:00.000000000Z");
	record_time(&(struct timespec){ 4107542400, 1 }, got);
	CHECK_STR(got, "2100-03-01T00:00:00.000000001Z");
	record_time(&(struct timespec){ 1798761599, 0 }, got);
	CHECK_STR(got, "2026-12-31T23:59:59.000000000Z");
	record_time(&(struct timespec){ 0, 0 }, got);
	CHECK_STR(got, "1970-01-01T00:00:00.000000000Z");
	CASE("now");
	record_now(got);
	CHECK(strlen(got) == 30 && got[29] == 'Z' && strcmp(got, "2024") > 0);
}

int main(void)
{
	if (!mkdtemp(top) || (dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		printf("cannot make %s\n", top);
		return 1;
	}
	test_round_trip();
	test_damaged();
	test_open_init();
	test_time();
	CASE("nothing is left");
	CHECK(rmdir(top) == 0);
	return check_summary();
}
