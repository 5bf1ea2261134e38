/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The set-up of a container against roots that want to get out (docs: threats of paths, procfs, devices). */
#include "sys/cred.h"
#include "sys/process.h"
#include "tests/check.h"
#include "tests/unit/mnt/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONFIG(rest) "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"}" rest "}"
#define PROC "{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"}"
#define DEV "{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"nosuid\",\"mode=755\",\"size=64k\"]}"
#define PTS "{\"destination\":\"/dev/pts\",\"type\":\"devpts\",\"source\":\"devpts\",\"options\":[\"nosuid\",\"noexec\"," \
	"\"newinstance\",\"ptmxmode=0666\",\"mode=0620\"]}"

static bool has(const char *text, const char *part)
{
	bool ok = strstr(text, part) != NULL;

	if (!ok)
		printf("  %s\n  has no: %s\n", text, part);
	return ok;
}

/* Runs t and expects it to work. */
static bool works(const struct inside *t)
{
	int rc = inside_run(t);

	if (rc < 0)
		printf("  %s\n", result->e.text);
	return rc == 0 && result->reached;
}

/* ---- a default container ---- */

static const char default_config[] = CONFIG(
	",\"mounts\":[" PROC "," DEV "," PTS ","
	"{\"destination\":\"/dev/shm\",\"type\":\"tmpfs\",\"source\":\"shm\",\"options\":[\"nosuid\",\"noexec\",\"nodev\",\"mode=1777\"]},"
	"{\"destination\":\"/dev/mqueue\",\"type\":\"mqueue\",\"source\":\"mqueue\"},"
	"{\"destination\":\"/sys\",\"type\":\"sysfs\",\"source\":\"sysfs\",\"options\":[\"nosuid\",\"noexec\",\"nodev\",\"ro\"]},"
	"{\"destination\":\"/ro\",\"type\":\"tmpfs\",\"options\":[\"ro\"]},"
	"{\"destination\":\"/data/in\",\"type\":\"bind\",\"source\":\"volume\",\"options\":[\"rbind\",\"ro\"]},"
	"{\"destination\":\"/etc/name\",\"type\":\"bind\",\"source\":\"volume/name\",\"options\":[\"bind\"]}],"
	"\"linux\":{\"maskedPaths\":[\"/proc/kcore\",\"/proc/keys\",\"/proc/acpi\",\"/sys/firmware\",\"/none\",\"/proc/keys\"],"
	"\"readonlyPaths\":[\"/proc/sys\",\"/proc/irq\",\"/none\"]}");

static void make_volume(void)
{
	make_dir("volume");
	make_file("volume/name", "from the host\n");
}

static void look_at_default(void)
{
	struct statfs s;
	char buf[64];

	result->seen[0] = statfs("/proc", &s) == 0 && s.f_type == K_PROC_SUPER_MAGIC;
	result->seen[1] = is_device("/dev/null", 1, 3) && is_device("/dev/tty", 5, 0) && is_device("/dev/urandom", 1, 9);
	result->seen[2] = strcmp(file_text("/data/in/name", buf, sizeof(buf)), "from the host") == 0;
	result->seen[3] = strcmp(file_text("/etc/name", buf, sizeof(buf)), "from the host") == 0;
	result->seen[4] = open("/data/in/new", O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS;
	result->seen[5] = open("/proc/sys/kernel/domainname", O_WRONLY) < 0 && errno == EROFS;
	result->seen[6] = strcmp(file_text("/proc/keys", buf, sizeof(buf)), "") == 0;
	result->seen[7] = open("/ro/new", O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS;
	result->seen[8] = exists("/made/for/me");
	result->seen[9] = readlink("/dev/ptmx", buf, sizeof(buf)) == 8 && open("/dev/ptmx", O_RDWR) >= 0;
	result->seen[10] = statfs("/data/in", &s) == 0 && (s.f_flags & MS_RDONLY);
	result->seen[11] = chroot("..") == 0 && !exists("/bundle");
	result->seen[12] = statfs("/sys", &s) == 0 && (s.f_flags & MS_RDONLY) && (s.f_flags & MS_NOEXEC);
	file_text("/proc/1/comm", result->text[0], sizeof(result->text[0]));
}

static void test_default(bool no_pivot)
{
	const struct inside t = {
		.config = default_config, .on_host = make_volume, .in_container = look_at_default,
		.facts = { .may_mknod = true, .new_net_ns = true, .no_pivot = no_pivot },
	};

	CASE(no_pivot ? "a default container without pivot_root" : "a default container");
	CHECK(works(&t));
	for (int i = 0; i <= 12; i++)
		if (!CHECK(result->seen[i] == 1))
			printf("  nr. %d\n", i);
	CHECK_STR(result->text[0], "test_inside");
}

/*
 * Whoever can still see a whole procfs of the host, be it behind the root, may mount another one from a user namespace
 * (mount_too_revealing in the kernel).
 */
static void try_procfs(void)
{
	int status;
	pid_t pid;

	make_dir("/place");
	result->seen[0] = sys_unshare(K_CLONE_NEWUSER | K_CLONE_NEWNS | K_CLONE_NEWPID) == 0;
	pid = fork();
	if (pid == 0)
		_exit(mount("proc", "/place", "proc", 0, NULL) < 0 && errno == EPERM ? 0 : 1);
	result->seen[1] = waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void test_hidden_proc(bool no_pivot)
{
	const struct inside t = {
		.config = CONFIG(""), .in_container = try_procfs, .facts = { .may_mknod = true, .no_pivot = no_pivot },
	};

	CASE("the host's procfs is out of sight");
	CHECK(works(&t));
	CHECK(result->seen[0] == 1 && result->seen[1] == 1);
}

/* Runs t and expects it to be refused with a sentence that has all the parts. */
static bool refused(const struct inside *t, const char *part, const char *other)
{
	return inside_run(t) < 0 && !result->reached && has(result->e.text, part) && has(result->e.text, other);
}

/* A link in the root that leads to the directory "host" beside it, as seen from the host. */
static void link_to_host(const char *path)
{
	char *cwd = getcwd(NULL, 0), text[300];

	snprintf(text, sizeof(text), "%s/host", cwd);
	free(cwd);
	make_link(text, path);
}

static bool is_empty(const char *path)
{
	return rmdir(path) == 0;
}

static void host_is_empty(void)
{
	result->seen[0] = is_empty("host");
}

/* ---- paths ---- */

static void plant_links(void)
{
	make_volume();
	make_dir("host");
	link_to_host("rootfs/absolute");
	make_link("../host", "rootfs/relative");
	make_link("nowhere", "rootfs/dangling");
	make_dir("rootfs/run");
	make_dir("rootfs/var");
	make_link("/run", "rootfs/var/run");
	make_link("/", "rootfs/slash");
}

static void look_for_run(void)
{
	char buf[64];

	result->seen[1] = strcmp(file_text("/run/inside/name", buf, sizeof(buf)), "from the host") == 0;
}

#define BIND(dest, more) \
	"{\"destination\":\"" dest "\",\"type\":\"bind\",\"source\":\"volume\",\"options\":[\"rbind\"" more "]}"
#define BIND_FILE(dest) \
	"{\"destination\":\"" dest "\",\"type\":\"bind\",\"source\":\"volume/name\",\"options\":[\"bind\"]}"

static void test_links(void)
{
	struct inside t = { .on_host = plant_links, .after = host_is_empty, .facts = { .may_mknod = true } };

	CASE("an absolute link that leads out of the root");
	t.config = CONFIG(",\"mounts\":[" BIND("/absolute/x", "") "]");
	CHECK(refused(&t, "mounts[0]: /absolute/x: ", "/absolute"));
	CHECK(result->seen[0] == 1);

	CASE("a relative link that leads out of the root");
	t.config = CONFIG(",\"mounts\":[" BIND_FILE("/relative/x/y") "]");
	CHECK(refused(&t, "mounts[0]: /relative/x/y: ", "/relative"));
	CHECK(result->seen[0] == 1);

	CASE("a link that leads nowhere as the file to bind on");
	t.config = CONFIG(",\"mounts\":[" BIND_FILE("/dangling") "]");
	CHECK(refused(&t, "mounts[0]: /dangling: ", "symlink that leads nowhere"));

	CASE("an absolute link within the root");
	t.config = CONFIG(",\"mounts\":[" BIND("/var/run/inside", "") "]");
	t.in_container = look_for_run;
	CHECK(works(&t));
	CHECK(result->seen[0] == 1 && result->seen[1] == 1);

	CASE("\"..\" behind what is missing");
	t.config = CONFIG(",\"mounts\":[" BIND("/missing/../x", "") "]");
	CHECK(refused(&t, "mounts[0]: /missing/../x: ", "\"..\""));

	CASE("a link to the root itself");
	t.config = CONFIG(",\"mounts\":[" BIND("/slash", "") "]");
	CHECK(refused(&t, "mounts[0]: /slash: ", "a mount on / is refused"));

	CASE("a mount in a file");
	t.config = CONFIG(",\"mounts\":[" BIND("/etc", "") "," BIND("/etc/name/x", "") "]");
	CHECK(refused(&t, "mounts[1]: /etc/name/x: ", "not a directory"));
}

/* ---- a container next door that renames while we mount ---- */

static pid_t racer;

/* Exchanges a directory of the shared volume with a link to the host until it is killed. */
static void start_racer(void)
{
	plant_links();
	make_dir("volume/a");
	link_to_host("volume/b");
	racer = fork();
	while (racer == 0)
		renameat2(AT_FDCWD, "volume/a", AT_FDCWD, "volume/b", RENAME_EXCHANGE);
}

static void stop_racer(void)
{
	kill(racer, SIGKILL);
	waitpid(racer, NULL, 0);
	result->seen[0] = is_empty("host");
}

static void test_race(void)
{
	const struct inside t = {
		.config = CONFIG(",\"mounts\":[" BIND("/vol", "") "," BIND("/vol/a/x/y", "") "," BIND_FILE("/vol/a/f/g") "]"),
		.on_host = start_racer, .after = stop_racer, .facts = { .may_mknod = true },
	};
	int untouched = 0;

	CASE("a racing rename in a shared volume");
	for (int i = 0; i < 60; i++) {
		inside_run(&t);
		untouched += result->seen[0];
	}
	CHECK(untouched == 60);
}

/* ---- procfs and sysfs ---- */

static void proc_link(void)
{
	plant_links();
	link_to_host("rootfs/proc");
	make_link("run", "rootfs/sys");
}

static void proc_file(void)
{
	plant_links();
	make_file("rootfs/proc", "");
}

static void forged_proc(void)
{
	plant_links();
	make_dir("rootfs/x");
	make_dir("rootfs/proc");
	make_link("proc", "rootfs/alias");
	make_dir("volume/sys");
}

static void look_for_cpuinfo(void)
{
	char buf[64];

	result->seen[1] = strcmp(file_text("/proc/cpuinfo", buf, sizeof(buf)), "from the host") == 0;
}

#define SYS "{\"destination\":\"/sys\",\"type\":\"sysfs\",\"source\":\"sysfs\",\"options\":[\"ro\"]}"

static void test_proc(void)
{
	struct inside t = { .on_host = proc_link, .after = host_is_empty, .facts = { .may_mknod = true } };

	CASE("/proc is a link");
	t.config = CONFIG(",\"mounts\":[" PROC "]");
	CHECK(refused(&t, "mounts[0]: /proc: ", "symlink"));
	CHECK(result->seen[0] == 1);
	CASE("/sys is a link");
	t.config = CONFIG(",\"mounts\":[" SYS "]");
	CHECK(refused(&t, "mounts[0]: /sys: ", "symlink"));
	CASE("/proc is a file");
	t.config = CONFIG(",\"mounts\":[" PROC "]");
	t.on_host = proc_file;
	CHECK(refused(&t, "mounts[0]: /proc: ", "not a directory"));

	t.on_host = forged_proc;
	CASE("a forged tree on /proc");
	t.config = CONFIG(",\"mounts\":[" BIND("/proc", "") "]");
	CHECK(refused(&t, "mounts[0]: /proc: ", "only a procfs"));
	t.config = CONFIG(",\"mounts\":[" BIND("/proc/.", "") "]");
	CHECK(refused(&t, "mounts[0]: /proc: ", "only a procfs"));
	t.config = CONFIG(",\"mounts\":[" BIND("/x/../proc", "") "]");
	CHECK(refused(&t, "mounts[0]: /x/../proc: ", "only a procfs"));
	t.config = CONFIG(",\"mounts\":[" PROC "," BIND("/alias", "") "]");
	CHECK(refused(&t, "mounts[1]: /alias: ", "only a procfs"));
	t.config = CONFIG(",\"mounts\":[{\"destination\":\"/proc\",\"type\":\"tmpfs\"}]");
	CHECK(refused(&t, "mounts[0]: /proc: ", "only a procfs"));
	CASE("the host's procfs on /proc");
	t.config = CONFIG(",\"mounts\":[{\"destination\":\"/proc\",\"type\":\"bind\",\"source\":\"/proc\",\"options\":[\"rbind\"]}]");
	CHECK(inside_run(&t) == 0);

	CASE("a mount inside /proc");
	t.config = CONFIG(",\"mounts\":[" PROC "," BIND_FILE("/proc/self/attr/exec") "]");
	CHECK(refused(&t, "mounts[1]: /proc/self/attr/exec: ", "inside /proc"));
	t.config = CONFIG(",\"mounts\":[" PROC "," BIND("/alias/sys", "") "]");
	CHECK(refused(&t, "mounts[1]: /alias/sys: ", "inside /proc"));
	t.config = CONFIG(",\"mounts\":[" BIND("/proc/sys", "") "]");
	CHECK(refused(&t, "mounts[0]: /proc/sys: ", "inside /proc"));
	CASE("an allowed mount inside /proc");
	t.config = CONFIG(",\"mounts\":[" PROC "," BIND_FILE("/proc/cpuinfo") "]");
	t.in_container = look_for_cpuinfo;
	CHECK(works(&t) && result->seen[1] == 1);
}

/* ---- devices ---- */

static void dev_link(void)
{
	plant_links();
	link_to_host("rootfs/dev");
}

static void dev_link_relative(void)
{
	plant_links();
	make_link("../host", "rootfs/dev");
}

static void dev_null_is_file(void)
{
	plant_links();
	make_dir("rootfs/dev");
	make_file("rootfs/dev/null", "forged\n");
}

static void forged_dev(void)
{
	plant_links();
	make_dir("volume/dev");
	make_link("/proc/sys/kernel/domainname", "volume/dev/null");
}

static void look_at_mask(void)
{
	char buf[64];

	result->seen[1] = strcmp(file_text("/proc/keys", buf, sizeof(buf)), "") == 0;
	result->seen[2] = is_device("/proc/keys", 1, 3);
}

static void look_at_devices(void)
{
	struct stat st;

	result->seen[1] = is_device("/dev/net/tun", 10, 200) && stat("/dev/net/tun", &st) == 0 &&
			  (st.st_mode & 07777) == 0620 && st.st_uid == 3 && st.st_gid == 4;
	result->seen[2] = is_device("/else/where", 1, 3);
	result->seen[3] = stat("/dev/pipe", &st) == 0 && S_ISFIFO(st.st_mode);
	result->seen[4] = is_device("/dev/null", 1, 3) && stat("/dev/null", &st) == 0 && (st.st_mode & 07777) == 0600;
}

static void test_devices(void)
{
	struct inside t = { .after = host_is_empty, .facts = { .may_mknod = true } };

	t.config = CONFIG("");
	t.on_host = dev_link;
	CASE("/dev leads out of the root");
	CHECK(inside_run(&t) < 0);
	CHECK(result->seen[0] == 1);
	t.on_host = dev_link_relative;
	CHECK(inside_run(&t) < 0);
	CHECK(result->seen[0] == 1);

	CASE("something else is there");
	t.on_host = dev_null_is_file;
	CHECK(refused(&t, "/dev/null: ", "something else is there already"));

	CASE("the image's null device is never what masks");
	t.on_host = forged_dev;
	t.in_container = look_at_mask;
	t.config = CONFIG(",\"mounts\":[" PROC ",{\"destination\":\"/dev\",\"source\":\"volume/dev\",\"options\":[\"bind\"]}],"
			  "\"linux\":{\"maskedPaths\":[\"/proc/keys\"]}");
	CHECK(works(&t) && result->seen[1] == 1 && result->seen[2] == 1);

	CASE("configured devices");
	t.on_host = plant_links;
	t.in_container = look_at_devices;
	t.config = CONFIG(",\"linux\":{\"devices\":["
		"{\"path\":\"/dev/net/tun\",\"type\":\"c\",\"major\":10,\"minor\":200,\"fileMode\":400,\"uid\":3,\"gid\":4},"
		"{\"path\":\"/else/where\",\"type\":\"u\",\"major\":1,\"minor\":3},"
		"{\"path\":\"/dev/null\",\"type\":\"c\",\"major\":1,\"minor\":3,\"fileMode\":384},"
		"{\"path\":\"/dev/pipe\",\"type\":\"p\"}]}");
	CHECK(works(&t));
	for (int i = 1; i <= 4; i++)
		CHECK(result->seen[i] == 1);
}

/* ---- the terminal ---- */

static void look_at_terminal(void)
{
	struct stat console, zero;
	char name[64];

	result->seen[1] = stat("/dev/console", &console) == 0 && fstat(0, &zero) == 0 &&
			  console.st_dev == zero.st_dev && console.st_rdev == zero.st_rdev && isatty(0);
	result->seen[2] = zero.st_uid == 7;
	result->seen[3] = ttyname_r(0, name, sizeof(name)) == 0 && strcmp(name, "/dev/pts/0") == 0;
	result->seen[4] = open("/dev/tty", O_RDWR) >= 0;
}

static void console_link(void)
{
	plant_links();
	make_dir("rootfs/dev");
	make_dir("rootfs/dev/pts");
	make_link("../../host/made", "rootfs/dev/console");
}

static void forged_pts(void)
{
	plant_links();
	make_dir("rootfs/dev");
	make_dir("rootfs/dev/pts");
	make_file("rootfs/dev/pts/ptmx", "");
}

static void test_terminal(void)
{
	struct inside t = {
		.config = CONFIG(",\"mounts\":[" PROC "," DEV "," PTS "]"), .on_host = plant_links, .after = host_is_empty,
		.in_container = look_at_terminal, .facts = { .may_mknod = true, .terminal = true },
	};

	CASE("a terminal");
	CHECK(works(&t));
	for (int i = 1; i <= 4; i++)
		CHECK(result->seen[i] == 1);
	CASE("/dev/console is a link");
	t.config = CONFIG(",\"mounts\":[" PROC "," PTS "]");
	t.on_host = console_link;
	CHECK(refused(&t, "/dev/console: ", "neither a file nor a terminal"));
	CHECK(result->seen[0] == 1);
	CASE("/dev/pts is no devpts");
	t.config = CONFIG("");
	t.on_host = forged_pts;
	CHECK(refused(&t, "/dev/pts", "is not a devpts"));
}

/* ---- tmpfs, options, propagation ---- */

static void fill_image(void)
{
	plant_links();
	make_dir("rootfs/full");
	make_dir("rootfs/full/sub");
	make_file("rootfs/full/sub/file", "of the image\n");
	make_link("../../host", "rootfs/full/link");
	if (chmod("rootfs/full/sub", 0750) < 0 || chown("rootfs/full/sub", 5, 6) < 0 || chmod("rootfs/full", 0711) < 0 ||
	    mkfifo("rootfs/full/fifo", 0640) < 0)
		make_dir("/nonexistent/fails");
}

static void look_at_copy(void)
{
	struct stat st;
	struct statfs s;
	char buf[64];

	result->seen[1] = statfs("/full", &s) == 0 && s.f_type == K_TMPFS_MAGIC && (s.f_flags & MS_RDONLY);
	result->seen[2] = strcmp(file_text("/full/sub/file", buf, sizeof(buf)), "of the image") == 0;
	result->seen[3] = lstat("/full/link", &st) == 0 && S_ISLNK(st.st_mode);
	result->seen[4] = lstat("/full/fifo", &st) == 0 && S_ISFIFO(st.st_mode) && (st.st_mode & 07777) == 0640;
	result->seen[5] = lstat("/full/sub", &st) == 0 && (st.st_mode & 07777) == 0750 && st.st_uid == 5 && st.st_gid == 6;
	result->seen[6] = lstat("/full", &st) == 0 && (st.st_mode & 07777) == 0711;
	result->seen[7] = lstat("/new", &st) == 0 && (st.st_mode & 07777) == 01777;
	result->seen[8] = readlink("/copied", buf, sizeof(buf)) == 4 && memcmp(buf, "name", 4) == 0;
}

static void fill_image_and_link(void)
{
	fill_image();
	make_link("name", "volume/link");
}

static void test_tmpfs(void)
{
	const struct inside t = {
		.config = CONFIG(",\"mounts\":[{\"destination\":\"/full\",\"type\":\"tmpfs\",\"options\":[\"tmpcopyup\",\"ro\"]},"
			"{\"destination\":\"/new\",\"type\":\"tmpfs\"},"
			"{\"destination\":\"/copied\",\"source\":\"volume/link\",\"options\":[\"bind\",\"copy-symlink\"]}]"),
		.on_host = fill_image_and_link, .after = host_is_empty, .in_container = look_at_copy,
		.facts = { .may_mknod = true },
	};

	CASE("tmpfs that copies, inherits its mode, and a copied link");
	CHECK(works(&t));
	for (int i = 0; i <= 8; i++)
		if (!CHECK(result->seen[i] == 1))
			printf("  nr. %d\n", i);
}

static void mount_below_volume(void)
{
	make_volume();
	make_dir("volume/sub");
	if (mount("x", "volume/sub", "tmpfs", MS_NOSUID, NULL) < 0 || mount(NULL, ".", NULL, MS_REC | MS_SHARED, NULL) < 0)
		make_dir("/nonexistent/fails");
	make_file("volume/sub/there", "");
	make_dir("volume/new");
}

static void look_at_recursion(void)
{
	struct statfs s;

	result->seen[0] = exists("/all/sub/there") && !exists("/one/sub/there");
	result->seen[1] = statfs("/all/sub", &s) == 0 && (s.f_flags & MS_RDONLY) && (s.f_flags & MS_NOSUID);
	result->seen[2] = statfs("/top/sub", &s) == 0 && !(s.f_flags & MS_RDONLY) &&
			  statfs("/top", &s) == 0 && (s.f_flags & MS_RDONLY);
	result->seen[3] = mount("y", "/one/new", "tmpfs", 0, NULL) == 0;
	make_file("/one/new/hello", "");
}

static void host_sees_hello(void)
{
	result->seen[4] = exists("volume/new/hello");
}

static void test_binds(void)
{
	struct inside t = {
		.config = CONFIG(",\"mounts\":[" BIND("/all", ",\"rro\"") "," BIND("/top", ",\"ro\"") ","
			"{\"destination\":\"/one\",\"source\":\"volume\",\"options\":[\"bind\"]}]"),
		.on_host = mount_below_volume, .in_container = look_at_recursion, .after = host_sees_hello,
		.facts = { .may_mknod = true },
	};

	CASE("recursion, attributes, and no way back to the host");
	CHECK(works(&t));
	for (int i = 0; i <= 3; i++)
		CHECK(result->seen[i] == 1);
	CHECK(result->seen[4] == 0);

	CASE("a shared bind below a shared root reaches the host");
	t.config = CONFIG(",\"mounts\":[" BIND("/all", ",\"rro\"") "," BIND("/top", ",\"ro\"") ","
		"{\"destination\":\"/one\",\"source\":\"volume\",\"options\":[\"bind\",\"rshared\"]}],"
		"\"linux\":{\"rootfsPropagation\":\"rshared\"}");
	CHECK(works(&t));
	CHECK(result->seen[3] == 1 && result->seen[4] == 1);

	CASE("but not with a user namespace");
	t.facts.new_user_ns = true;
	CHECK(works(&t));
	CHECK(result->seen[3] == 1 && result->seen[4] == 0);
}

static void no_rootfs(void)
{
	rmdir("rootfs");
}

static void test_errors(void)
{
	struct inside t = { .on_host = make_volume, .facts = { .may_mknod = true } };

	CASE("errors name both places");
	t.config = CONFIG(",\"mounts\":[{\"destination\":\"/data\",\"source\":\"/nowhere/at/all\",\"options\":[\"bind\"]}]");
	CHECK(refused(&t, "mounts[0]: /data: ", "source /nowhere/at/all: no such file or directory"));
	t.config = CONFIG(",\"mounts\":[" BIND("/d", "") "," BIND_FILE("/d") "]");
	CHECK(refused(&t, "mounts[1]: /d: source ", "volume/name is not a directory"));
	t.config = CONFIG(",\"mounts\":[" BIND_FILE("/f") "," BIND("/f", "") "]");
	CHECK(refused(&t, "mounts[1]: /f: source ", "volume is a directory, the destination is not"));
	t.config = CONFIG(",\"mounts\":[{\"destination\":\"/data\",\"type\":\"nosuchfs\"}]");
	CHECK(refused(&t, "mounts[0]: /data: ", "file system type \"nosuchfs\" is unknown to the kernel"));
	t.config = CONFIG(",\"mounts\":[{\"destination\":\"/data\",\"type\":\"tmpfs\",\"options\":[\"size=banana\"]}]");
	CHECK(refused(&t, "mounts[0]: /data: option size: ", "Bad value for 'size'"));
	t.config = CONFIG(",\"mounts\":[{\"destination\":\"/data\",\"type\":\"tmpfs\",\"options\":[\"nonsense\"]}]");
	CHECK(refused(&t, "mounts[0]: /data: option nonsense: ", "Unknown parameter 'nonsense'"));
	CASE("no root file system");
	t.config = CONFIG("");
	t.on_host = no_rootfs;
	CHECK(refused(&t, "invalid rootfs: ", "rootfs: no such file or directory"));
}

/* ---- links that are not followed ---- */

static void plant_nofollow(void)
{
	plant_links();
	make_link("name", "volume/link");
	make_link("target", "rootfs/covered");
	make_file("rootfs/target", "of the image\n");
}

static void look_at_nofollow(void)
{
	struct stat st;
	char buf[64];

	result->seen[1] = strcmp(file_text("/target", buf, sizeof(buf)), "of the image") == 0;
	result->seen[2] = lstat("/covered", &st) == 0 && S_ISREG(st.st_mode);
	result->seen[3] = lstat("/source", &st) == 0 && S_ISLNK(st.st_mode);
}

static void test_nofollow(void)
{
	const struct inside t = {
		.config = CONFIG(",\"mounts\":["
			"{\"destination\":\"/covered\",\"source\":\"volume/name\",\"options\":[\"bind\",\"dest-nofollow\"]},"
			"{\"destination\":\"/source\",\"source\":\"volume/link\",\"options\":[\"bind\",\"src-nofollow\"]}]"),
		.on_host = plant_nofollow, .in_container = look_at_nofollow, .after = host_is_empty,
		.facts = { .may_mknod = true },
	};

	CASE("links that are not followed");
	CHECK(works(&t));
	for (int i = 0; i <= 3; i++)
		CHECK(result->seen[i] == 1);
}

/* ---- less privilege ---- */

static void drop_mknod(void)
{
	uint64_t effective, permitted, inheritable;
	const uint64_t mknod = UINT64_C(1) << 27;	/* CAP_MKNOD */

	if (sys_capget(&effective, &permitted, &inheritable) < 0 ||
	    sys_capset(effective & ~mknod, permitted & ~mknod, inheritable & ~mknod) < 0)
		make_dir("/nonexistent/fails");
}

static void look_at_nodes(void)
{
	result->seen[1] = is_device("/dev/null", 1, 3) && is_device("/dev/tty", 5, 0) && open("/dev/null", O_RDWR) >= 0;
}

/* The way to the bundle is closed to the root of a user namespace. */
static void close_bundle(void)
{
	make_volume();
	if (chown(".", 100000, 100000) < 0 || chmod(".", 0700) < 0)
		make_dir("/nonexistent/fails");
}

static void look_at_chroot(void)
{
	result->seen[1] = exists("/made/for/me") && !exists("/proc/self") && !exists("/volume");
}

static void test_less(void)
{
	struct inside t = {
		.config = CONFIG(",\"mounts\":[" PROC "]"), .on_host = make_volume, .first = drop_mknod,
		.in_container = look_at_nodes, .facts = { .may_mknod = true },
	};

	CASE("mknod is refused, contrary to what was to be expected");
	CHECK(works(&t) && result->seen[1] == 1);

	CASE("a bundle that the container's root cannot reach");
	t = (struct inside){
		.config = default_config, .on_host = close_bundle, .in_container = look_at_default,
		.facts = { .new_user_ns = true, .new_net_ns = true },
	};
	CHECK(works(&t));
	for (int i = 0; i <= 12; i++)
		if (!CHECK(result->seen[i] == 1))
			printf("  nr. %d\n", i);
	t.config = CONFIG(",\"mounts\":[" PROC "," BIND("/proc/sys", "") "]");
	CHECK(refused(&t, "mounts[1]: /proc/sys: ", "inside /proc"));

	CASE("no mount namespace");
	t = (struct inside){
		.config = CONFIG(""), .on_host = make_volume, .in_container = look_at_chroot, .no_mount_ns = true,
	};
	CHECK(works(&t) && result->seen[1] == 1);
}

/* ---- user namespaces, cgroups ---- */

static void look_at_sys(void)
{
	struct statfs s;

	result->seen[13] = statfs("/sys", &s) == 0 && (s.f_flags & MS_RDONLY);
	result->seen[14] = mkdir("/sys/fs/cgroup/cist-test-never", 0755) < 0 &&
			   mkdir("/sys/fs/cgroup/pids/cist-test-never", 0755) < 0;
}

/* Only if the attempt inside was not refused. */
static void remove_attempt(void)
{
	rmdir("/sys/fs/cgroup/cist-test-never");
	rmdir("/sys/fs/cgroup/pids/cist-test-never");
}

static void test_user_namespace(void)
{
	struct inside t = {
		.config = default_config, .on_host = make_volume, .in_container = look_at_default,
		.facts = { .may_mknod = true, .new_user_ns = true, .new_net_ns = true },
	};

	CASE("a user namespace");
	CHECK(works(&t));
	for (int i = 0; i <= 12; i++)
		if (!CHECK(result->seen[i] == 1))
			printf("  nr. %d\n", i);
	CASE("a user namespace with the host's network");
	t.facts.new_net_ns = false;
	t.in_container = look_at_sys;
	t.after = remove_attempt;
	CHECK(works(&t));
	CHECK(result->seen[13] == 1 && result->seen[14] == 1);
}

static void look_at_cgroup(void)
{
	struct statfs s;

	result->seen[0] = statfs("/sys/fs/cgroup/pids", &s) == 0 && s.f_type == K_CGROUP_SUPER_MAGIC && (s.f_flags & MS_RDONLY);
	result->seen[1] = statfs("/sys/fs/cgroup/unified", &s) == 0 && s.f_type == K_CGROUP2_SUPER_MAGIC;
	result->seen[2] = exists("/sys/fs/cgroup/alias/tasks");
	result->seen[3] = statfs("/sys/fs/cgroup", &s) == 0 && s.f_type == K_TMPFS_MAGIC && (s.f_flags & MS_RDONLY);
}

static void look_at_cgroup2(void)
{
	struct statfs s;

	result->seen[0] = statfs("/sys/fs/cgroup", &s) == 0 && s.f_type == K_CGROUP2_SUPER_MAGIC && (s.f_flags & MS_RDONLY);
}

static void test_cgroups(void)
{
	static const char *const links[] = { "alias" };
	static const struct mnt_cgroup_view hybrid[] = {
		{ .name = "pids", .own = "/sys/fs/cgroup/pids", .root = "/sys/fs/cgroup/pids", .links = links, .n_links = 1 },
		{ .name = "unified", .own = "/sys/fs/cgroup/unified", .root = "/sys/fs/cgroup/unified", .v2 = true },
	};
	static const struct mnt_cgroup_view v2 = { .name = "", .own = "/sys/fs/cgroup", .root = "/sys/fs/cgroup", .v2 = true };
	struct inside t = {
		.config = CONFIG(",\"mounts\":[" PROC "," SYS ",{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\","
			"\"source\":\"cgroup\",\"options\":[\"nosuid\",\"ro\"]}]"),
		.facts = { .may_mknod = true, .new_net_ns = true, .cgroups = hybrid, .n_cgroups = 2 },
		.in_container = look_at_cgroup,
	};
	struct statfs s;
	int n = 4;

	CASE("cgroups");
	if (statfs("/sys/fs/cgroup", &s) == 0 && s.f_type == K_CGROUP2_SUPER_MAGIC) {
		t.facts.cgroups = &v2;
		t.facts.n_cgroups = 1;
		t.in_container = look_at_cgroup2;
		n = 1;
	}
	CHECK(works(&t));
	while (n-- > 0)
		CHECK(result->seen[n] == 1);
}

int main(void)
{
	if (geteuid() != 0) {
		printf("skipped: mounting needs root\n");
		return 77;
	}
	test_default(false);
	test_default(true);
	test_hidden_proc(false);
	test_hidden_proc(true);
	test_links();
	test_race();
	test_proc();
	test_devices();
	test_terminal();
	test_tmpfs();
	test_binds();
	test_errors();
	test_nofollow();
	test_less();
	test_user_namespace();
	test_cgroups();
	return check_summary();
}
