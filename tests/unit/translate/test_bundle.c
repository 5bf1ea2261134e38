/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bundles on disk: whole or not at all, secrets only in memory, and nobody else's directory is touched. */
#include "tests/unit/secret/keys.h"
#include "tests/unit/translate/fixture.h"

#include "libocispec/ocispec.h"
#include "translate/bundle.h"

#include <dirent.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

static char base[PATH_MAX];	/* of the present test, removed by it */

static const char *in(const char *name)
{
	static char paths[4][PATH_MAX];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%.3000s/%.1000s", base, name);
	return path;
}

static bool there(const char *name)
{
	struct stat st;

	return lstat(in(name), &st) == 0;
}

static unsigned int mode_of(const char *name)
{
	struct stat st;

	return lstat(in(name), &st) == 0 ? st.st_mode & 07777 : 0;
}

static const char *text_of(const char *name)
{
	static char text[64 << 10];
	FILE *f = fopen(in(name), "re");
	size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = '\0';
	return text;
}

static void write_text(const char *name, const char *text)
{
	FILE *f = fopen(in(name), "we");

	if (CHECK(f != NULL)) {
		fputs(text, f);
		fclose(f);
	}
}

/* How many names the directory has, hidden ones included. */
static int count(const char *name)
{
	struct dirent **v;
	int n = scandir(in(name), &v, NULL, NULL);

	for (int i = 0; i < n; i++)
		free(v[i]);
	if (n >= 0)
		free(v);
	return n - 2;
}

static void plan_of(struct fixture *x)
{
	fixture_make(x);
	CHECK(translate_process(&x->d) == 0 && translate_isolation(&x->d) == 0 && translate_resources(&x->d) == 0);
	x->plan.config.oci_version = "1.3.0";
	x->plan.config.root->path = "/images/web-1";
	CHECK(draft_file(&x->d, &(struct bundle_file){ .name = "hosts", .text = "127.0.0.1 x\n", .len = 12, .mode = 0644 }) == 0);
	memset(x->plan.digest, 'd', BUNDLE_DIGEST_LEN);
}

static void review(void)
{
	auto_fixture struct fixture x;
	char digest[BUNDLE_DIGEST_LEN + 1];

	CASE("a bundle for review");
	plan_of(&x);
	CHECK(bundle_write(&x.plan, in("a/b/app/web.0"), &x.e) == 0);
	CHECK(mode_of("a/b/app/web.0") == 0755);
	CHECK(mode_of("a/b/app/web.0/config.json") == 0644);
	CHECK_STR(text_of("a/b/app/web.0/hosts"), "127.0.0.1 x\n");
	CHECK(bundle_digest(in("a/b/app/web.0"), digest, &x.e) == 0);
	CHECK_STR(digest, x.plan.digest);
	CHECK(strstr(text_of("a/b/app/web.0/digest"), "d  app/web.0\n") != NULL);

	CASE("a new one takes its place, with what it has, and nothing is left beside");
	x.plan.n_files = 0;
	memset(x.plan.digest, 'e', BUNDLE_DIGEST_LEN);
	CHECK(bundle_write(&x.plan, in("a/b/app/web.0/"), &x.e) == 0);
	CHECK(!there("a/b/app/web.0/hosts") && there("a/b/app/web.0/config.json"));
	CHECK(count("a/b/app") == 1);

	CASE("it is wiped");
	CHECK(bundle_wipe(in("a/b/app/web.0"), &x.e) == 0);
	CHECK(!there("a/b/app/web.0") && there("a/b/app") && count("a/b/app") == 0);
	CHECK(bundle_wipe(in("a/b/app/web.0"), &x.e) == 0);
	CHECK(bundle_wipe(in("nobody/has/this"), &x.e) == 0);
	CHECK(!there("nobody"));
	CHECK(bundle_digest(in("a/b/app/web.0"), digest, &x.e) == -ENOENT);
}

static ino_t inode_of(const char *name)
{
	struct stat st;

	return CHECK(lstat(in(name), &st) == 0) ? st.st_ino : 0;
}

/* Writes the bundle "same" once more: whether it was left as it was, file by file. */
static bool is_left(struct fixture *x)
{
	ino_t dir = inode_of("same");

	CHECK(bundle_write(&x->plan, in("same"), &x->e) == 0);
	return inode_of("same") == dir;
}

static void once_more(void)
{
	auto_fixture struct fixture x;
	static char resolv[10000];

	plan_of(&x);
	memset(resolv, '#', sizeof(resolv));
	CHECK(draft_file(&x.d, &(struct bundle_file){ .name = "resolv.conf", .text = resolv, .len = sizeof(resolv),
						      .mode = 0640 }) == 0);
	CASE("the same once more is left as it is");
	CHECK(bundle_write(&x.plan, in("same"), &x.e) == 0);
	CHECK(is_left(&x));
	CASE("what differs anywhere is replaced");
	resolv[9999] = ';';
	CHECK(!is_left(&x) && is_left(&x));
	CHECK(text_of("same/resolv.conf")[0] == '#' && mode_of("same/resolv.conf") == 0640);
	x.plan.files[0].len--;
	CHECK(!is_left(&x) && is_left(&x));
	x.plan.config.root->path = "/images/web-2";
	CHECK(!is_left(&x) && is_left(&x));
	CASE("so is a mode, and a file that does not belong to it any more");
	CHECK(chmod(in("same/hosts"), 0600) == 0);
	CHECK(!is_left(&x) && is_left(&x));
	CHECK(chmod(in("same"), 0700) == 0);
	CHECK(!is_left(&x) && is_left(&x));
	write_text("same/netconf.json", "{}");
	CHECK(!is_left(&x) && is_left(&x));
	CHECK(!there("same/netconf.json"));
	CHECK(unlink(in("same/hosts")) == 0 && symlink("/etc/hosts", in("same/hosts")) == 0);
	CHECK(!is_left(&x) && is_left(&x));
	CASE("and what a machine that stopped left of it");
	CHECK(truncate(in("same/digest"), 0) == 0 && truncate(in("same/config.json"), 0) == 0);
	CHECK(!is_left(&x) && is_left(&x));
}

static void others(void)
{
	auto_fixture struct fixture x;

	plan_of(&x);
	CASE("an empty directory may become a bundle");
	CHECK(mkdir(in("empty"), 0700) == 0);
	CHECK(bundle_write(&x.plan, in("empty"), &x.e) == 0);
	CHECK(there("empty/config.json"));

	CASE("a directory with something else in it may not");
	CHECK(mkdir(in("mine"), 0755) == 0);
	write_text("mine/letter", "dear");
	CHECK(bundle_write(&x.plan, in("mine"), &x.e) == -EEXIST);
	CHECK(strstr(x.e.text, "no bundle that lithos made") != NULL);
	CHECK(bundle_wipe(in("mine"), &x.e) == -EEXIST);
	CHECK_STR(text_of("mine/letter"), "dear");

	CASE("nor a bundle that somebody else made");
	CHECK(mkdir(in("theirs"), 0755) == 0);
	write_text("theirs/config.json", "{\"ociVersion\": \"1.0.0\"}");
	CHECK(bundle_write(&x.plan, in("theirs"), &x.e) == -EEXIST);
	CHECK_STR(text_of("theirs/config.json"), "{\"ociVersion\": \"1.0.0\"}");

	CASE("nor hosts alone");
	CHECK(mkdir(in("etc"), 0755) == 0);
	write_text("etc/hosts", "::1 h\n");
	CHECK(bundle_write(&x.plan, in("etc"), &x.e) == -EEXIST);
	CHECK_STR(text_of("etc/hosts"), "::1 h\n");

	CASE("nor a file, nor a link to a bundle");
	write_text("file", "x");
	CHECK(bundle_write(&x.plan, in("file"), &x.e) == -EEXIST);
	CHECK(symlink("empty", in("link")) == 0);
	CHECK(bundle_write(&x.plan, in("link"), &x.e) == -EEXIST);
	CHECK(there("empty/config.json"));

	CASE("nor what has no name of its own");
	CHECK(bundle_write(&x.plan, in(".."), &x.e) == -EINVAL);
	CHECK(bundle_write(&x.plan, "/", &x.e) == -EINVAL);
	CHECK(bundle_write(&x.plan, "", &x.e) == -EINVAL);
}

static void failing(void)
{
	auto_fixture struct fixture x;

	CASE("nothing half-made is left");
	plan_of(&x);
	CHECK(mkdir(in("f"), 0755) == 0);
	CHECK(draft_file(&x.d, &(struct bundle_file){ .name = "no/such", .text = "x", .len = 1, .mode = 0644 }) == 0);
	CHECK(bundle_write(&x.plan, in("f/web.0"), &x.e) == -ENOENT);
	CHECK(!there("f/web.0") && count("f") == 0);

	CASE("and the old one stays");
	x.plan.n_files = 1;
	CHECK(bundle_write(&x.plan, in("f/web.0"), &x.e) == 0);
	x.plan.n_files = 2;
	CHECK(bundle_write(&x.plan, in("f/web.0"), &x.e) == -ENOENT);
	CHECK(there("f/web.0/config.json") && there("f/web.0/hosts") && count("f") == 1);
}

/* ---- launch ---- */

static bool is_memory(const char *path)
{
	struct statfs st;

	return statfs(path, &st) == 0 && (st.f_type == TMPFS_MAGIC || st.f_type == RAMFS_MAGIC);
}

static void on_disk(void)
{
	auto_fixture struct fixture x;

	CASE("no bundle for launch on a disk");
	if (is_memory(base)) {
		printf("skipped: %s is in memory itself\n", base);
		return;
	}
	plan_of(&x);
	CHECK(bundle_launch(&x.plan, NULL, in("l/web.0"), &x.e) == -EINVAL);
	CHECK(strstr(x.e.text, "not on a file system in memory") != NULL);
	CHECK(!there("l"));
}

struct sealed {
	struct secret_keys keys;
	char *token;
	const char *values[1];
	struct lithos_secret secret;
};

/* `plain`, sealed for a key that is in keys. */
static void seal(struct sealed *s, const char *name_space, const char *plain)
{
	unsigned char pair[1][64];
	char text[4096] = "";
	struct secret_public_key public_key;
	struct err e = { 0 };

	make_pair(0, pair[0]);
	memcpy(public_key.ed25519, pair[0] + 32, 32);
	usual_key(0, text, sizeof text);
	CHECK(secret_keys_parse(text, strlen(text), &s->keys, &e) == 0);
	CHECK(secret_seal(&public_key, name_space, plain, strlen(plain), &s->token, &e) == 0);
	s->values[0] = s->token;
	s->secret = (struct lithos_secret){ "PASSWORD", s->values, 1 };
}

static void sealed_done(struct sealed *s)
{
	secret_keys_done(&s->keys);
	free(s->token);
}

static const char *env_of(const char *config, const char *name)
{
	static char value[4096];
	struct oci_err e;
	const char *text = text_of(config);
	auto_oci_doc struct oci_doc *doc = oci_doc_parse(text, strlen(text), OCI_STRICT, &e);
	size_t n = strlen(name);

	if (!CHECK(doc != NULL))
		return NULL;
	for (size_t i = 0; i < doc->config->process->n_env; i++)
		if (strncmp(doc->config->process->env[i], name, n) == 0 && doc->config->process->env[i][n] == '=') {
			snprintf(value, sizeof value, "%s", doc->config->process->env[i] + n + 1);
			return value;
		}
	return NULL;
}

#define PLAIN "a\"b\\c\n\x01\x7f/\xc3\xa9 <secret>"

static void in_memory(void)
{
	auto_fixture struct fixture x;
	struct sealed s = { 0 };
	const char *spaces[] = { "prod" }, *place;
	int writer;

	CASE("secrets are opened for a launch");
	seal(&s, "prod", PLAIN);
	fixture_make(&x);
	x.sandbox.secrets_namespaces = spaces;
	x.sandbox.n_secrets_namespaces = 1;
	x.container.secret_environ = &s.secret;
	x.container.n_secret_environ = 1;
	CHECK(translate_process(&x.d) == 0);
	x.plan.config.oci_version = "1.3.0";
	x.plan.config.root->path = "/images/web-1";
	memset(x.plan.digest, 'd', BUNDLE_DIGEST_LEN);
	CHECK(bundle_launch(&x.plan, &s.keys, in("m/app/web.0"), &x.e) == 0);
	CHECK_STR(x.e.text, "");
	CHECK_STR(env_of("m/app/web.0/config.json", "PASSWORD"), PLAIN);
	CHECK_STR(env_of("m/app/web.0/config.json", "A"), "1");
	CHECK(mode_of("m/app/web.0") == 0700 && mode_of("m/app/web.0/config.json") == 0600 && mode_of("m/app") == 0700);

	CASE("and not for review");
	CHECK(bundle_write(&x.plan, in("m/review"), &x.e) == 0);
	place = env_of("m/review/config.json", "PASSWORD");
	CHECK(place && strncmp(place, "<secret, sealed for ", 20) == 0);

	CASE("it is replaced and wiped");
	CHECK(bundle_launch(&x.plan, &s.keys, in("m/app/web.0"), &x.e) == 0);
	CHECK(count("m/app") == 1);
	CHECK(bundle_wipe(in("m/app/web.0"), &x.e) == 0);
	CHECK(!there("m/app/web.0") && count("m/app") == 0);

	CASE("what one that was killed has left is wiped as well; what is somebody's, or is no bundle, is not");
	CHECK(bundle_launch(&x.plan, &s.keys, in("m/app/web.0"), &x.e) == 0);
	CHECK(mkdir(in("m/app/.web.0.0123456789ab"), 0700) == 0);
	write_text("m/app/.web.0.0123456789ab/config.json", PLAIN);
	CHECK(mkdir(in("m/app/.web.0.ba9876543210"), 0700) == 0);
	write_text("m/app/.web.0.ba9876543210/config.json", PLAIN);
	writer = open(in("m/app/.web.0.ba9876543210"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(writer >= 0 && flock(writer, LOCK_EX) == 0);
	CHECK(mkdir(in("m/app/.web.0.000000000000"), 0700) == 0);
	write_text("m/app/.web.0.000000000000/notes", "mine");
	CHECK(mkdir(in("m/app/.web.1.0123456789ab"), 0700) == 0);
	CHECK(mkdir(in("m/app/.web.0.0123456789a"), 0700) == 0);
	CHECK(bundle_wipe(in("m/app/web.0"), &x.e) == 0);
	CHECK(!there("m/app/web.0") && !there("m/app/.web.0.0123456789ab"));
	CHECK(there("m/app/.web.0.ba9876543210/config.json") && there("m/app/.web.0.000000000000/notes"));
	CHECK(there("m/app/.web.1.0123456789ab") && there("m/app/.web.0.0123456789a"));
	CHECK(bundle_sweep(in("m/app"), &x.e) == 0);
	CHECK(!there("m/app/.web.1.0123456789ab") && there("m/app/.web.0.ba9876543210/config.json"));
	close(writer);
	CHECK(bundle_wipe(in("m/app/web.0"), &x.e) == 0 && !there("m/app/.web.0.ba9876543210"));
	CHECK(unlink(in("m/app/.web.0.000000000000/notes")) == 0 && rmdir(in("m/app/.web.0.0123456789a")) == 0);
	CHECK(bundle_sweep(in("m/app"), &x.e) == 0 && count("m/app") == 0);
	CHECK(bundle_sweep(in("m/nobody"), &x.e) == 0);

	CASE("nothing of it without a key");
	CHECK(bundle_launch(&x.plan, NULL, in("m/app/web.0"), &x.e) == -ENOKEY);
	CHECK(strstr(x.e.text, "No secrets key file defined") != NULL);
	CHECK(count("m/app") == 0);

	CASE("nor of a namespace that is not the sandbox'");
	x.e = (struct err){ 0 };
	spaces[0] = "test";
	CHECK(bundle_launch(&x.plan, &s.keys, in("m/app/web.0"), &x.e) < 0);
	CHECK(strstr(x.e.text, "PASSWORD") != NULL && strstr(x.e.text, "expected namespaces") != NULL);
	CHECK(strstr(x.e.text, "a\"b") == NULL);
	CHECK(count("m/app") == 0);
	sealed_done(&s);
}

/* ---- */

static void remove_base(void)
{
	char *const argv[] = { (char *)"rm", (char *)"-rf", base, NULL };
	pid_t pid = fork();

	if (pid == 0) {
		execv("/bin/rm", argv);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

static bool make_base(const char *below)
{
	snprintf(base, sizeof base, "%s/cist-test-bundle.XXXXXX", below);
	return mkdtemp(base) != NULL;
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	if (CHECK(make_base(tmp && *tmp ? tmp : "/tmp"))) {
		review();
	once_more();
		others();
		failing();
		on_disk();
		remove_base();
	}
	if (!is_memory("/dev/shm")) {
		printf("skipped: /dev/shm is not in memory\n");
	} else if (CHECK(make_base("/dev/shm"))) {
		in_memory();
		remove_base();
	}
	return check_summary();
}
