/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/tree.h"

#include "base/fmt.h"
#include "supervise/notify.h"
#include "supervise/score.h"
#include "supervise/stock.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "sys/process.h"
#include "sys/scratch.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RAMFS_MAGIC 0x858458f6

/* ---- files ---- */

int tree_replace(int dir, const char *name, const void *data, size_t len, struct err *e)
{
	char beside[PATH_MAX];
	int rc, fd;

	fmt(beside, sizeof beside, "%s.new", name);
	fd = sys_openat(dir, beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return err_sys(e, fd, "write %s", name);
	rc = sys_write_all(fd, data, len);
	close(fd);
	if (rc >= 0)
		rc = sys_renameat(dir, beside, name);
	if (rc < 0)
		sys_unlinkat(dir, beside, 0);
	return rc < 0 ? err_sys(e, rc, "write %s", name) : 0;
}

char *tree_read(int dir, const char *name, size_t most, size_t *ret_len)
{
	auto_close int fd = sys_openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	struct stat st;
	char *text;
	ssize_t n;

	if (fd < 0 || sys_fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size > most)
		return NULL;
	text = malloc((size_t)st.st_size + 1);
	n = text ? sys_read_all(fd, text, (size_t)st.st_size) : -1;
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[n] = '\0';
	*ret_len = (size_t)n;
	return text;
}

/* ---- settings ---- */

static void tell_problems(const struct wanted *w)
{
	for (size_t i = 0; i < w->n_problems; i++)
		fprintf(stderr, "%s%s%s\n", w->problems[i].about ? w->problems[i].about : "",
			w->problems[i].about ? ": " : "", w->problems[i].text);
}

/* Those of the accepted set, for a reload that meets a broken master file. */
static int old_settings(struct tree *t, const char *dir, struct settings *ret)
{
	auto_close int fd = sys_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0);
	size_t len;
	char *text = fd >= 0 ? tree_read(fd, "tree/wanted", SHEET_BYTES_MAX, &len) : NULL, *copy;
	struct wanted w;
	struct err e;

	copy = text ? arena_alloc(&t->a, len + 1) : NULL;
	if (copy)
		memcpy(copy, text, len);
	free(text);
	if (!copy || wanted_read(copy, len, t->boot_id, &t->a, &w, &e) != 0 || !w.settings.runtime_dir)
		return -ENOENT;
	*ret = w.settings;
	return 0;
}

static int find_settings(struct tree *t, struct err *e)
{
	char dir[PATH_MAX];
	struct wanted w = { 0 };
	struct settings old;
	int rc, inherited = master_inherit(t->words->envp, dir, sizeof dir, &t->crash);
	bool has_old = inherited >= 0 && old_settings(t, dir, &old) == 0;

	t->lock = inherited >= 0 ? inherited : -EBADF;
	rc = planner_settings(t->words->master, t->boot_id, &t->a, &w, e);
	if (rc > 0 && (!has_old || strcmp(w.settings.runtime_dir, old.runtime_dir) == 0)) {
		t->settings = w.settings;
		return 0;
	}
	if (!has_old) {
		tell_problems(&w);
		return rc < 0 ? rc : err_set(e, -EINVAL, "Fatal error: the master configuration cannot be used");
	}
	/* A directory that is another now is a problem that the planner tells. */
	t->settings = old;
	return 0;
}

static int open_directory(const char *path, int *ret, struct err *e)
{
	*ret = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	return *ret < 0 ? err_sys(e, *ret, "open %s", path) : 0;
}

/* Bundles hold opened secrets, and what is said there is of this boot. */
static int check_memory(const struct tree *t, struct err *e)
{
	long magic = sys_fs_magic(t->home);

	if (magic == K_TMPFS_MAGIC || magic == RAMFS_MAGIC)
		return 0;
	return err_set(e, -EINVAL, "Fatal error: runtime-dir %s is not on a file system in memory (tmpfs)",
		       t->places.runtime_dir);
}

static int find_places(struct tree *t, struct err *e)
{
	const struct lithos_master m = settings_master(&t->settings);

	if (places_find(&m, &t->a, &t->places, e) < 0 || places_make(&m, &t->places, e) < 0 ||
	    open_directory(t->places.runtime_dir, &t->home, e) < 0 || check_memory(t, e) < 0 ||
	    open_directory(t->places.records, &t->records, e) < 0 || open_directory(t->places.locks, &t->locks, e) < 0 ||
	    open_directory(t->places.logs, &t->logs, e) < 0 ||
	    open_directory(t->places.containers, &t->containers, e) < 0)
		return e->code;
	return runtime_find(t->words->runtime, &t->places, t->settings.cgroup_name, &t->a, &t->runtime, e);
}

static int open_log(struct tree *t, struct err *e)
{
	const struct journal_words words = {
		.dir = t->settings.default_log_dir, .file = t->settings.log_file,
		.level = t->words->log_level ? t->words->log_level : t->settings.log_level,
		.facility = t->settings.syslog_facility, .app = t->settings.syslog_app_name, .to_stderr = t->words->log_stderr,
	};

	return journal_open(&t->log, &words, e);
}

/* ---- signals ---- */

static void reload(struct tree *t)
{
	if (t->phase == TREE_STOPPING)
		tree_say(t, LINE_WARN, "Everything is being stopped: the signal to reload is not obeyed");
	else
		t->again = true;
}

static void shut_down(struct tree *t)
{
	if (t->phase == TREE_STOPPING)
		return;
	/* One that came before in the same turn. */
	t->again = false;
	tree_say(t, LINE_WARN, "Everything is stopped");
	manager_tell(&t->manager, MANAGER_STOPPING, NULL);
	loop_unwatch(&t->loop, &t->planned);
	planner_stop(&t->planner);
	accept_nothing(t);
}

static void reap(struct tree *t)
{
	if (!t->zombies)
		loop_set_alarm(&t->loop, &t->reap_due, t->loop.now_ms + WORK_REAP_MS);
	t->zombies = true;
}

static void on_reap(void *arg)
{
	struct tree *t = arg;

	work_reap(t);
	if (t->zombies)
		loop_set_alarm(&t->loop, &t->reap_due, t->loop.now_ms + WORK_REAP_MS);
}

static const struct {
	int sig;
	void (*fn)(struct tree *t);
} signals[] = {
	{ SIGQUIT, reload }, { SIGHUP, reload }, { SIGUSR1, reload }, { SIGUSR2, reload },
	{ SIGTERM, shut_down }, { SIGINT, shut_down }, { SIGCHLD, reap },
};

static void on_signal(void *arg)
{
	struct tree *t = arg;
	struct signalfd_siginfo info;

	while (read(t->signals.fd, &info, sizeof info) == sizeof info)
		for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
			if (signals[i].sig == (int)info.ssi_signo)
				signals[i].fn(t);
}

static void fill_signals(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(set, signals[i].sig);
}

/*
 * First of all: what comes during the start is obeyed after it.  A predecessor that executed this had the same ones blocked,
 * so none of them was ever free to end this process.  Who reads what is written here may end at any time.
 */
static int block_signals(struct err *e)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;

	sigaction(SIGPIPE, &ignore, NULL);
	fill_signals(&set);
	return sigprocmask(SIG_SETMASK, &set, NULL) < 0 ? err_sys(e, -errno, "block signals") : 0;
}

static int watch_signals(struct tree *t, struct err *e)
{
	const struct sigaction by_default = { .sa_handler = SIG_DFL };
	sigset_t set;
	int fd;

	fill_signals(&set);
	/* Whoever started this may have ignored some. */
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i].sig, &by_default, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return err_sys(e, -errno, "make a descriptor of signals");
	t->signals = (struct watch){ .fd = -EBADF, .ready = on_signal, .arg = t };
	return loop_watch(&t->loop, &t->signals, fd, e);
}

/* ---- the service manager ---- */

static void on_alive(void *arg)
{
	struct tree *t = arg;

	manager_tell(&t->manager, MANAGER_ALIVE, NULL);
	loop_set_alarm(&t->loop, &t->alive, t->loop.now_ms + t->manager.watchdog_ms);
}

static void greet_manager(struct tree *t)
{
	struct err e = { 0 };

	if (manager_open(&t->manager, &e) < 0)
		tree_say(t, LINE_WARN, "%s", e.text);
	if (t->manager.watchdog_ms > 0 && loop_add_alarm(&t->loop, &t->alive, on_alive, t, &e) == 0)
		on_alive(t);
}

static void tell_ready(struct tree *t)
{
	char status[64];
	size_t n = 0;

	if (t->told_ready || !t->adopted || !t->planned_once)
		return;
	t->told_ready = true;
	for (size_t i = 0; i < t->wards.n; i++)
		n += t->wards.v[i]->end.fd >= 0;
	fmt(status, sizeof status, "%zu of %zu instances run", n, t->accepted.w.set.n);
	manager_tell(&t->manager, MANAGER_READY, status);
}

/* ---- the end of an instance ---- */

static void wipe_bundle(struct tree *t, const char *id, const char *digest)
{
	struct err e;

	/* What a planner makes in this moment may be the same; accept_sweep() comes when it has ended. */
	if (digest && t->planner.pid <= 0 && stock_wipe(t->places.bundles, id, digest, &e) < 0)
		tree_say(t, LINE_WARN, "%s", e.text);
}

static void forget(struct tree *t, struct ward *w)
{
	char pid_file[DESIRED_ID_MAX + 8];
	struct err e;

	fmt(pid_file, sizeof pid_file, "%s.pid", w->r.id);
	ready_end(w);
	init_forget(w);
	if (notify_remove(t->home, w->r.id, &e) < 0)
		tree_say(t, LINE_WARN, "%s: %s", w->r.name, e.text);
	wipe_bundle(t, w->r.id, w->r.digest);
	sys_unlinkat(t->logs, pid_file, 0);
	sys_unlinkat(t->logs, w->r.id, 0);
	sys_unlinkat(t->locks, w->r.id, 0);
	sys_unlinkat(t->records, w->r.id, 0);
	ward_free(w);
}

/* Whoever is wanted again by now stays. */
static void forget_all(struct tree *t)
{
	t->forget_due = false;
	for (size_t i = t->wards.n; i-- > 0;) {
		struct ward *w = t->wards.v[i];

		if (w->forget && w->r.proc.state == PROC_DOWN && !w->r.proc.goal_up)
			forget(t, w);
		else
			w->forget = false;
	}
	ports_sweep(t);
	tree_changed(t);
}

/* ---- the loop ---- */

static void go_again(struct tree *t)
{
	t->again = false;
	loop_unwatch(&t->loop, &t->planned);
	planner_stop(&t->planner);
	manager_tell(&t->manager, MANAGER_RELOADING, NULL);
	master_again(t);
	/* It could not be: then at least the configuration is read. */
	t->told_ready = t->planned_once = false;
	accept_plan(t);
}

/* Logs, lithos_hold, files: a successor does not wait for those. */
static void catch_up(struct tree *t)
{
	wards_catch_up(t);
	if (t->sweep_due)
		accept_sweep(t);
	if (t->show_is_due)
		show_write(t);
}

/* What events have left for later, so that none is handled from within another. */
static void end_turn(struct tree *t)
{
	if (t->updates)
		updates_step(t);
	survey_begin(t);
	work_begin(t);
	catch_up(t);
	if (t->forget_due)
		forget_all(t);
	tell_ready(t);
	if (t->again)
		go_again(t);
}

static bool is_over(const struct tree *t)
{
	return t->phase == TREE_STOPPING && t->adopted && t->wards.n == 0;
}

static int run(struct tree *t, struct err *e)
{
	int rc = 0;

	end_turn(t);
	while (rc == 0 && !is_over(t)) {
		rc = loop_turn(&t->loop, t->work_due || t->forget_due ? 0 : -1, e);
		end_turn(t);
	}
	return rc;
}

/* A few descriptors for each instance; what cannot be had is missed at a launch. */
static void raise_limits(void)
{
	uint64_t soft, hard;

	if (sys_getrlimit(RLIMIT_NOFILE, &soft, &hard) == 0 && soft < hard)
		(void)!sys_setrlimit(RLIMIT_NOFILE, hard, hard);
}

static int begin(struct tree *t, struct err *e)
{
	struct proc_stat self;

	if (block_signals(e) < 0)
		return e->code;
	raise_limits();
	score_lower(t->words->envp);
	t->started_s = time(NULL);
	if (sys_proc_stat(getpid(), &self) == 0)
		t->pid_start = self.start_time;
	t->most_commands = 2 * (size_t)sysconf(_SC_NPROCESSORS_ONLN);
	if (scratch_make(&t->a, e) < 0)
		return e->code;
	if (sys_boot_id(t->boot_id) < 0)
		return err_set(e, -EIO, "Fatal error: /proc does not tell the id of this boot");
	if (find_settings(t, e) < 0 || find_places(t, e) < 0 || master_environment(t, e) < 0 || master_lock(t, e) < 0 ||
	    open_log(t, e) < 0 || loop_open(&t->loop, e) < 0 ||
	    loop_add_alarm(&t->loop, &t->reap_due, on_reap, t, e) < 0 || watch_signals(t, e) < 0 || master_catch(t, e) < 0)
		return e->code;
	if (sys_prctl(PR_SET_CHILD_SUBREAPER, 1, 0) < 0)
		return err_set(e, -EPERM, "Fatal error: it cannot become a subreaper");
	if (t->crash > 0)
		tree_say(t, LINE_ERROR, "The supervisor has crashed with signal %d, and was executed anew", t->crash);
	greet_manager(t);
	holder_open(t);
	accept_load(t);
	if (show_open(t, e) < 0)
		return e->code;
	adopt_begin(t);
	accept_plan(t);
	return 0;
}

static void finish(struct tree *t, bool clean)
{
	while (t->wards.n > 0)
		ward_free(t->wards.v[t->wards.n - 1]);
	free(t->wards.v);
	command_abandon(&t->survey);
	command_abandon(&t->tidy);
	if (clean)
		tidy_finish(t);
	updates_drop(t);
	show_close(t, clean);
	holder_close(t, clean);
	accept_close(t);
	manager_close(&t->manager);
	tree_logs_close(t);
	loop_unwatch(&t->loop, &t->signals);
	loop_unwatch(&t->loop, &t->inside);
	loop_close(&t->loop);
	fd_close(&t->home);
	fd_close(&t->records);
	fd_close(&t->locks);
	fd_close(&t->logs);
	fd_close(&t->containers);
	fd_close(&t->lock);
	scratch_done(&t->a);
}

int tree_run(const struct tree_words *words, struct err *e)
{
	struct tree t = {
		.words = words, .home = -EBADF, .records = -EBADF, .locks = -EBADF, .logs = -EBADF, .containers = -EBADF,
		.lock = -EBADF, .signals = WATCH_INIT, .manager = MANAGER_INIT, .log = JOURNAL_INIT, .planner = PLANNER_INIT,
		.planned = WATCH_INIT, .inside = WATCH_INIT, .hold = HOLD_INIT, .hold_end = WATCH_INIT, .survey_out = -EBADF,
		.loop.epoll = -EBADF,
	};
	int rc = begin(&t, e);

	if (rc == 0)
		rc = run(&t, e);
	if (rc < 0)
		tree_say(&t, LINE_ERROR, "%s", e->text);
	finish(&t, rc == 0);
	return rc;
}
