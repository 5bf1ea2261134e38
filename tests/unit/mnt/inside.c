/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/mnt/inside.h"
#include "console/console.h"
#include "libocispec/ocispec.h"
#include "sys/file.h"
#include "sys/mount.h"
#include "sys/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

struct inside_result *result;

static _Noreturn void give_up(const char *what)
{
	result->rc = -EIO;
	snprintf(result->e.text, sizeof(result->e.text), "the test itself failed: %s: %s", what, strerror(errno));
	_exit(2);
}

void make_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		give_up(path);
}

void make_dir(const char *path)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		give_up(path);
}

void make_link(const char *text, const char *path)
{
	if (symlink(text, path) < 0)
		give_up(path);
}

const char *file_text(const char *path, char *buf, unsigned int size)
{
	auto_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (n < 0)
		snprintf(buf, size, "!%s", strerrorname_np(errno));
	else
		buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return buf;
}

bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

bool is_device(const char *path, unsigned int maj, unsigned int min)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(maj, min);
}

static int open_console(const struct mnt_plan *p, struct mnt_init *in, struct err *e)
{
	const struct console_size size = { 31, 97 };
	auto_close int slave = -EBADF;
	int master, rc = console_open(in->root_fd, in->devpts_fd, &size, 7, &master, &slave, e);

	if (rc == 0 && setsid() < 0)
		rc = err_sys(e, -errno, "setsid");
	if (rc == 0)
		rc = mnt_bind_console(p, in, slave, e);
	return rc == 0 ? console_attach(slave, e) : rc;
}

static int run_steps(const struct mnt_plan *p, const struct inside *t, const char *bundle, struct err *e)
{
	struct mnt_init in;
	int rc;

	mnt_init_begin(&in);
	rc = mnt_prepare_root(p, &in, e);
	if (rc == 0)
		rc = mnt_mount_all(p, &in, e);
	if (rc == 0)
		rc = mnt_make_devices(p, &in, e);
	if (rc == 0 && t->before_switch && chdir(bundle) == 0)
		t->before_switch();
	if (rc == 0 && p->bind_console)
		rc = open_console(p, &in, e);
	if (rc == 0)
		rc = mnt_switch_root(p, &in, e);
	if (rc == 0)
		rc = mnt_make_cwd(&in, "/made/for/me", e);
	if (rc == 0)
		rc = mnt_restrict(p, &in, e);
	mnt_init_close(&in);
	return rc;
}

static void write_map(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	make_file(path, "0 0 65536\n");
}

/* The second process: what cist-init does of it. */
static void be_init(const struct mnt_plan *p, const struct inside *t, const char *bundle, int gate)
{
	char c;

	if (read(gate, &c, 1) != 1)
		_exit(2);
	if (t->first)
		t->first();
	result->rc = run_steps(p, t, bundle, &result->e);
	if (result->rc == 0 && t->in_container) {
		t->in_container();
		result->reached = true;
	}
	_exit(0);
}

static void launch(const struct mnt_plan *p, const struct inside *t, const char *bundle)
{
	struct k_clone_args args = {
		.flags = K_CLONE_NEWPID | K_CLONE_NEWIPC | (t->no_mount_ns ? 0 : K_CLONE_NEWNS) |
			 (t->facts.new_user_ns ? K_CLONE_NEWUSER : 0),
		.exit_signal = SIGCHLD,
	};
	int gate[2], status;
	pid_t pid;

	if (t->facts.new_net_ns)
		args.flags |= K_CLONE_NEWNET;
	if (pipe(gate) < 0)
		give_up("pipe");
	pid = sys_clone3(&args);
	if (pid < 0)
		give_up("clone3");
	if (pid == 0)
		be_init(p, t, bundle, gate[0]);
	if (t->facts.new_user_ns) {
		write_map(pid, "uid_map");
		write_map(pid, "gid_map");
	}
	if (write(gate[1], "x", 1) != 1 || waitpid(pid, &status, 0) < 0)
		give_up("wait");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		result->rc = result->rc ? result->rc : -ECHILD;
}

static void run_on_host(const struct inside *t, const char *bundle)
{
	static char memory[1 << 20] __attribute__((aligned(16)));
	struct arena a = { .base = memory, .size = sizeof(memory) };
	struct mnt_facts f = t->facts;
	struct mnt_plan p = { 0 };
	struct oci_err oe;
	struct oci_doc *d = oci_doc_parse(t->config, strlen(t->config), OCI_LENIENT, &oe);

	f.bundle = bundle;
	f.new_mount_ns = !t->no_mount_ns;
	if (!d) {
		fprintf(stderr, "%s\n", oe.text);
		give_up("the configuration");
	}
	result->rc = mnt_plan(d->config, &f, &a, &p, &result->e);
	if (result->rc == 0)
		result->rc = mnt_open_sources(&p, &result->e);
	if (result->rc == 0)
		launch(&p, t, bundle);
	mnt_close_sources(&p);
	d = oci_doc_free(d);
}

static void make_node(const char *path, unsigned int maj, unsigned int min)
{
	if (mknod(path, S_IFCHR | 0666, makedev(maj, min)) < 0)
		give_up(path);
}

/*
 * A host to play with: were a defence missing, the files that a hostile root is after would be these.  Only the views of
 * the kernel are the real ones.
 */
static void enter_play_host(const char *place)
{
	if (sys_unshare(K_CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("host", place, "tmpfs", 0, "mode=755") < 0 ||
	    chdir(place) < 0)
		give_up("a private mount namespace");
	umask(0);
	make_dir("proc");
	make_dir("sys");
	make_dir("dev");
	make_dir("bundle");
	make_node("dev/null", 1, 3);
	make_node("dev/zero", 1, 5);
	make_node("dev/full", 1, 7);
	make_node("dev/random", 1, 8);
	make_node("dev/urandom", 1, 9);
	make_node("dev/tty", 5, 0);
	make_node("dev/ptmx", 5, 2);
	umask(022);
	if (mount("/proc", "proc", NULL, MS_BIND | MS_REC, NULL) < 0 ||
	    mount("/sys", "sys", NULL, MS_BIND | MS_REC, NULL) < 0 ||
	    mount("bundle", "bundle", "tmpfs", 0, "mode=755") < 0 ||
	    sys_pivot_root(".", ".") < 0 ||
	    sys_umount_detach(".") < 0 ||
	    chdir("/bundle") < 0)
		give_up("a host to play with");
}

/* The first process: it makes the bundle and starts the second. */
static _Noreturn void be_host(const struct inside *t, const char *place)
{
	enter_play_host(place);
	make_dir("rootfs");
	if (t->on_host)
		t->on_host();
	run_on_host(t, "/bundle");
	if (t->after)
		t->after();
	_exit(0);
}

int inside_run(const struct inside *t)
{
	char place[] = "/tmp/cist-mnt-XXXXXX";
	int status;
	pid_t pid;

	if (!result)
		result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(result, 0, sizeof(*result));
	if (!mkdtemp(place))
		return -errno;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		be_host(t, place);
	waitpid(pid, &status, 0);
	rmdir(place);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		printf("  %s (status %d)\n", result->e.text, status);
	return result->rc;
}
