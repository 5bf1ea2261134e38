/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the four files of lithos mean: each case of tests/golden/lithos is read, put together, translated and compared, in
 * memory.  The README there says what a case is made of.
 */
#include "base/arr.h"
#include "lithos/allow.h"
#include "lithos/container.h"
#include "lithos/instance.h"
#include "lithos/master.h"
#include "lithos/process.h"
#include "lithos/sandbox.h"
#include "libocispec/ocispec.h"
#include "lithos/yaml.h"
#include "tests/check.h"
#include "tests/unit/libocispec/file.h"
#include "tests/unit/conformance/cases.h"
#include "tests/unit/conformance/lines.h"
#include "tests/unit/conformance/shown.h"
#include "translate/translate.h"

#include <glob.h>

#define NEWLINE_SIGN "\xe2\x8f\x8e"

enum which { MASTER, SANDBOX, PROCESS, CONTAINER, N_FILES };

/* Each file, as findings name it, and what stands in it when a case says nothing. */
static const struct {
	const char *name, *path, *usual;
} files[N_FILES] = {
	[MASTER] = { "master", "/etc/lithos/master.yaml", "" },
	[SANDBOX] = { "sandbox", "/etc/lithos/sandboxes/app.yaml", "allow-users: [0-65535]\nallow-groups: [0-65535]\ndefault-user: 0\n" },
	[PROCESS] = { "process", "/etc/lithos/processes/app.yaml", "web: {image: i, config: /c}\n" },
	[CONTAINER] = { "container", "/config/app.yaml", "executable: /bin/x\n" },
};

/* What came out of one case. */
static struct {
	struct findings findings;
	struct lines model, instance, config, netconf, annotations, directories;
	const struct bundle_plan *plan;		/* NULL: it did not come that far */
} got;

static char memory[4 << 20] __attribute__((aligned(16)));
static struct arena arena;
static char label[512];

/* ---- options ---- */

static struct {
	struct instance_request request;
	const char *argv[16];
	struct translate_facts facts;
	struct translate_options options;
	bool reading;
	char words[1024];
	size_t used;
} how;

static const char *keep(const char *word, size_t len)
{
	char *to = how.words + how.used;

	if (how.used + len + 1 > sizeof(how.words))
		abort();
	memcpy(to, word, len);
	to[len] = '\0';
	how.used += len + 1;
	return to;
}

static void how_image(const char *word)
{
	how.facts.etc_is_directory &= strcmp(word, "no-etc") != 0;
	how.facts.etc_hosts_is_file &= strcmp(word, "no-hosts") != 0 && how.facts.etc_is_directory;
	how.facts.etc_resolv_is_file &= strcmp(word, "no-resolv") != 0 && how.facts.etc_is_directory;
}

static void how_words(const char *const *v, size_t n)
{
	if (strcmp(v[0], "reading") == 0) {
		how.reading = true;
	} else if (strcmp(v[0], "harden") == 0) {
		how.options.harden = true;
	} else if (strcmp(v[0], "term") == 0) {
		how.facts.term = v[1];
	} else if (strcmp(v[0], "name") == 0) {
		how.request.number = (uint32_t)strtoul(strrchr(v[1], '.') + 1, NULL, 10);
	} else if (strcmp(v[0], "host") == 0) {
		how.facts.host_name = v[1];
		how.facts.host_address = n > 2 ? v[2] : NULL;
	} else if (strcmp(v[0], "command") == 0) {
		how.request.command = true;
		how.request.command_pid = (uint32_t)strtoul(v[1], NULL, 10);
		memcpy(how.argv, v + 2, (n - 2) * sizeof(*v));
		how.request.more_args = how.argv;
		how.request.n_more_args = n - 2;
	} else if (strcmp(v[0], "image") == 0) {
		for (size_t i = 1; i < n; i++)
			how_image(v[i]);
	} else {
		CHECK(0 && "known option");
	}
}

static void how_line(const char *line, void *arg)
{
	const char *v[16] = { NULL };
	size_t n = 0;

	(void)arg;
	while (*line && n < ARRAY_LEN(v)) {
		size_t len = strcspn(line, " ");

		v[n++] = keep(line, len);
		line += len;
		line += strspn(line, " ");
	}
	if (n > 0)
		how_words(v, n);
}

static void read_how(const struct one_case *c)
{
	static const char hosts[] = "10.1.1.1 copied\n", resolv[] = "nameserver 10.9.9.9\n";

	memset(&how, 0, sizeof(how));
	how.facts = (struct translate_facts){
		.term = "dumb", .etc_is_directory = true, .etc_hosts_is_file = true, .etc_resolv_is_file = true,
		.hosts = hosts, .hosts_len = strlen(hosts), .resolv = resolv, .resolv_len = strlen(resolv), .resolv_mode = 0644,
		.files_max = 1 << 20,
	};
	section_lines(case_section(c, "how"), how_line, NULL);
}

/* ---- running a case ---- */

static struct yaml *documents[N_FILES];

/* The text of a file: what the case has, or body in place of that, and what it may leave out. */
static char *text_of(enum which w, const struct one_case *c, const char *body)
{
	const struct section *s = case_section(c, files[w].name);
	const char *own = body ? body : s ? s->body : files[w].usual, *more = "";
	char *text;

	if (s && strcmp(s->word, "+") == 0)
		more = files[w].usual;
	if (s && w == CONTAINER && strcmp(s->word, "only") != 0 && !strstr(own, "executable:"))
		more = files[w].usual;
	if (asprintf(&text, "%s%s", own, more) < 0)
		abort();
	return text;
}

static bool parse(enum which w, const struct one_case *c, const char *body)
{
	struct err e = { 0 };
	char *text = text_of(w, c, body);
	int rc = yaml_parse(text, strlen(text), files[w].path, &YAML_OF_IMAGE, &got.findings, &documents[w], &e);

	free(text);
	CHECK(rc >= 0);
	return rc > 0;
}

struct read {
	struct lithos_master master;
	struct lithos_sandbox sandbox;
	struct lithos_processes processes;
	struct lithos_container container;
};

static int read_master(struct read *r, struct err *e)
{
	return master_read(documents[MASTER], &arena, &got.findings, &r->master, e);
}

static int read_sandbox(struct read *r, struct err *e)
{
	return sandbox_read(documents[SANDBOX], "app", &arena, &got.findings, &r->sandbox, e);
}

static int read_processes(struct read *r, struct err *e)
{
	return processes_read(documents[PROCESS], &arena, &got.findings, &r->processes, e);
}

static int read_container(struct read *r, struct err *e)
{
	return container_read(documents[CONTAINER], &arena, &got.findings, &r->container, e);
}

static int (*const readers[N_FILES])(struct read *, struct err *) = {
	[MASTER] = read_master, [SANDBOX] = read_sandbox, [PROCESS] = read_processes, [CONTAINER] = read_container,
};

static void show_file(enum which w, const struct read *r)
{
	if (w == MASTER)
		show_master(&got.model, &r->master);
	else if (w == SANDBOX)
		show_sandbox(&got.model, &r->sandbox);
	else if (w == PROCESS)
		show_processes(&got.model, &r->processes);
	else
		show_container(&got.model, &r->container);
}

/* All four; body is the text of file `each`, if that is one of them. */
static bool read_all(const struct one_case *c, enum which each, const char *body, struct read *r)
{
	bool good = true;

	for (enum which w = 0; w < N_FILES; w++) {
		struct err e = { 0 };
		int rc = 0;

		if (parse(w, c, w == each ? body : NULL))
			rc = readers[w](r, &e);
		if (!CHECK(rc >= 0))
			printf("  %s\n", e.text);
		good &= rc > 0;
		if (rc > 0)
			show_file(w, r);
	}
	return good;
}

static void show_annotations(const struct oci_config *config)
{
	for (size_t i = 0; i < config->n_annotations; i++) {
		const char *value = config->annotations[i].value, first = value[0];
		char *prefix;

		if (first != '[' && first != '{') {
			line_add(&got.annotations, "%s = %s", config->annotations[i].key, value);
			continue;
		}
		if (asprintf(&prefix, "%s ", config->annotations[i].key) < 0)
			abort();
		lines_add_json(&got.annotations, prefix, value);
		free(prefix);
	}
}

static void show_plan(const struct bundle_plan *p)
{
	char *json = oci_config_write(&p->config, "  ");

	if (CHECK(json))
		lines_add_json(&got.config, "", json);
	free(json);
	show_annotations(&p->config);
	for (size_t i = 0; i < p->n_files; i++)
		if (strcmp(p->files[i].name, "netconf.json") == 0)
			lines_add_json(&got.netconf, "", p->files[i].text);
	for (size_t i = 0; i < p->n_directories; i++) {
		const struct bundle_directory *d = &p->directories[i];

		line_add(&got.directories, "%s + %s %04o %u:%u%s", d->prefix, d->below, (unsigned)d->mode, d->uid, d->gid,
			 d->keep ? " keep" : "");
	}
}

static struct instance instance;
static struct bundle_plan plan;

static void put_together(const struct read *r)
{
	struct err e = { 0 };
	int rc;

	if (!CHECK(r->processes.n > 0))
		return;
	/* as the walk over a deployment does */
	allow_check_sandbox(&r->sandbox, &got.findings);
	if (!allow_image(&r->sandbox, &r->processes.v[0], &got.findings))
		return;
	rc = instance_make(&r->master, &r->sandbox, &r->processes.v[0], &r->container, &how.request, &arena, &got.findings,
			   &instance, &e);
	if (!CHECK(rc >= 0))
		printf("  %s\n", e.text);
	if (rc <= 0)
		return;
	show_instance(&got.instance, &instance);
	rc = translate(&instance, &how.facts, &how.options, &arena, &got.findings, &plan, &e);
	if (!CHECK(rc >= 0))
		printf("  %s\n", e.text);
	if (rc <= 0)
		return;
	got.plan = &plan;
	show_plan(&plan);
}

static void run(const struct one_case *c, enum which each, const char *body)
{
	struct read r = { 0 };

	memset(memory, 0, arena.used);
	arena = (struct arena){ .base = memory, .size = sizeof(memory) };
	read_how(c);
	if (read_all(c, each, body, &r) && !how.reading)
		put_together(&r);
}

static void clean_up(void)
{
	findings_done(&got.findings);
	lines_done(&got.model);
	lines_done(&got.instance);
	lines_done(&got.config);
	lines_done(&got.netconf);
	lines_done(&got.annotations);
	lines_done(&got.directories);
	memset(&got, 0, sizeof(got));
	for (enum which w = 0; w < N_FILES; w++) {
		yaml_done(documents[w]);
		documents[w] = NULL;
	}
}

/* ---- comparing: findings ---- */

static void tell_findings(void)
{
	char line[2048];

	for (size_t i = 0; i < got.findings.n; i++) {
		finding_print(&got.findings.v[i], line, sizeof(line));
		printf("  %s: %s\n", got.findings.v[i].level == FINDING_ERROR ? "error" : "warning", line);
	}
}

/* "container:3: TEXT", "container: TEXT", "TEXT": takes the place off. */
static const char *place_of(const char *wanted, const char **ret_file, uint32_t *ret_line)
{
	*ret_file = NULL;
	*ret_line = 0;
	for (enum which w = 0; w < N_FILES; w++) {
		size_t len = strlen(files[w].name);
		char *end;

		if (strncmp(wanted, files[w].name, len) != 0 || wanted[len] != ':')
			continue;
		*ret_file = files[w].path;
		wanted += len + 1;
		if (*wanted >= '0' && *wanted <= '9') {
			*ret_line = (uint32_t)strtoul(wanted, &end, 10);
			wanted = *end == ':' ? end + 1 : end;
		}
		break;
	}
	return wanted + strspn(wanted, " ");
}

static bool is_finding(const struct finding *x, const char *wanted)
{
	const char *file;
	uint32_t line;
	const char *text = place_of(wanted, &file, &line);
	char shown[2048];

	finding_print(x, shown, sizeof(shown));
	return strstr(shown, text) && (!file || (x->file && strcmp(x->file, file) == 0)) && (line == 0 || x->line == line);
}

static bool taken[FINDINGS_MAX];

static void expect_finding(enum finding_level level, const char *wanted)
{
	for (size_t i = 0; i < got.findings.n; i++) {
		if (taken[i] || got.findings.v[i].level != level || !is_finding(&got.findings.v[i], wanted))
			continue;
		taken[i] = true;
		CHECK(true);
		return;
	}
	if (!CHECK(0 && "it was told")) {
		printf("  wanted: %s: %s\n", level == FINDING_ERROR ? "error" : "warning", wanted);
		tell_findings();
	}
}

static size_t wanted_errors;

static void expect_error(const char *line, void *arg)
{
	(void)arg;
	if (!*line)
		return;
	wanted_errors++;
	expect_finding(FINDING_ERROR, line);
}

static void expect_warning(const char *line, void *arg)
{
	(void)arg;
	if (*line)
		expect_finding(FINDING_WARNING, line);
}

/* All errors are in the list: no other, and no fewer. */
static void expect_no_more_errors(void)
{
	if (!CHECK(got.findings.n_errors == wanted_errors)) {
		printf("  errors: %zu, wanted: %zu\n", got.findings.n_errors, wanted_errors);
		tell_findings();
	}
}

/* ---- comparing: lines ---- */

static void tell_lines(const struct lines *l, const char *about)
{
	size_t len = strcspn(about, "[= ");

	for (size_t i = 0; i < l->n; i++)
		if (strncmp(l->v[i], about, len) == 0)
			printf("  got:    %s\n", l->v[i]);
}

/* A line that has to be there; "!PATH" and "!PATH = VALUE" must not. */
static void expect_line(const struct lines *l, const char *wanted)
{
	bool ok;

	if (*wanted == '!')
		ok = !(strchr(wanted, '=') ? lines_have(l, wanted + 1) : lines_begin(l, wanted + 1));
	else
		ok = lines_have(l, wanted);
	if (!CHECK(ok)) {
		printf("  wanted: %s\n", wanted);
		tell_lines(l, *wanted == '!' ? wanted + 1 : wanted);
		tell_findings();
	}
}

static void expect_line_of(const char *line, void *arg)
{
	if (*line)
		expect_line(arg, line);
}

static void expect_prefixed(const struct lines *l, const char *prefix, const char *line)
{
	char *whole;

	if (asprintf(&whole, "%s%s", prefix, line) < 0)
		abort();
	expect_line(l, whole);
	free(whole);
}

static void expect_instance(const char *line, void *arg)
{
	(void)arg;
	if (*line)
		expect_prefixed(&got.instance, "instance.", line);
}

/* ---- comparing: environment, mounts, files ---- */

static void expect_env(const char *line, void *arg)
{
	size_t *n = arg;

	if (!*line)
		return;
	++*n;
	for (size_t i = 0; got.plan && i < got.plan->config.process->n_env; i++)
		if (strcmp(got.plan->config.process->env[i], line) == 0) {
			CHECK(true);
			return;
		}
	CHECK(0 && "in the environment");
	printf("  wanted: %s\n", line);
}

static void compare_env(const struct section *s)
{
	size_t n = 0;

	if (!s)
		return;
	section_lines(s, expect_env, &n);
	if (got.plan && !CHECK(got.plan->config.process->n_env == n))
		for (size_t i = 0; i < got.plan->config.process->n_env; i++)
			printf("  got: %s\n", got.plan->config.process->env[i]);
}

static ssize_t find_mount(const char *destination, size_t len, size_t from)
{
	const struct oci_config *c = &got.plan->config;

	for (size_t i = from; i < c->n_mounts; i++)
		if (strlen(c->mounts[i].destination) == len && memcmp(c->mounts[i].destination, destination, len) == 0)
			return (ssize_t)i;
	return -1;
}

/* Numbers are the same with zeros in front: mode=0777 is mode=777. */
static bool same_word(const char *a, const char *b, size_t len)
{
	if (strncmp(a, "mode=", 5) == 0 && len > 5 && strncmp(b, "mode=", 5) == 0)
		return strtoul(a + 5, NULL, 8) == strtoul(b + 5, NULL, 8);
	return strlen(a) == len && memcmp(a, b, len) == 0;
}

/* A blank within a word is written \040. */
static bool mount_has(const struct oci_mount *m, const char *word, size_t len)
{
	char plain[256], *blank;

	snprintf(plain, sizeof(plain), "%.*s", (int)len, word);
	blank = strstr(plain, "\\040");
	if (blank) {
		*blank = ' ';
		memmove(blank + 1, blank + 4, strlen(blank + 4) + 1);
	}
	len = strlen(plain);
	if ((m->type && same_word(m->type, plain, len)) || (m->source && same_word(m->source, plain, len)))
		return true;
	for (size_t i = 0; i < m->n_options; i++)
		if (same_word(m->options[i], plain, len))
			return true;
	return false;
}

static void tell_mount(const struct oci_mount *m)
{
	printf("  got: %s %s %s", m->destination, m->type ? m->type : "-", m->source ? m->source : "-");
	for (size_t i = 0; i < m->n_options; i++)
		printf(" %s", m->options[i]);
	printf("\n");
}

static void expect_mount(const char *line, void *arg)
{
	bool none = *line == '!', ok = true;
	size_t len;
	ssize_t at;

	(void)arg;
	if (!*line || !CHECK(got.plan))
		return;
	line += none;
	len = strcspn(line, " ");
	at = find_mount(line, len, 0);
	if (!CHECK((at >= 0) == !none))
		printf("  mount %s\n", line);
	if (at < 0)
		return;
	for (const char *word = line + len + strspn(line + len, " "); *word; word += len + strspn(word + len, " ")) {
		bool absent = *word == '!';

		word += absent;
		len = strcspn(word, " ");
		ok &= mount_has(&got.plan->config.mounts[at], word, len) == !absent;
	}
	if (!CHECK(ok)) {
		printf("  wanted: %s\n", line);
		tell_mount(&got.plan->config.mounts[at]);
	}
}

static void expect_order(const char *line, void *arg)
{
	size_t *from = arg;
	ssize_t at;

	if (!*line || !CHECK(got.plan))
		return;
	at = find_mount(line, strlen(line), *from);
	if (!CHECK(at >= 0))
		printf("  %s is not mounted after the one before it\n", line);
	else
		*from = (size_t)at + 1;
}

/* A newline sign in a text of several lines keeps an empty line at its end. */
static void compare_text(const struct bundle_file *file, const char *body)
{
	char *wanted = strdup(body), *sign;

	if (!wanted)
		abort();
	while ((sign = strstr(wanted, NEWLINE_SIGN)))
		memmove(sign, sign + strlen(NEWLINE_SIGN), strlen(sign + strlen(NEWLINE_SIGN)) + 1);
	if (!CHECK(file->len == strlen(wanted) && memcmp(file->text, wanted, file->len) == 0))
		printf("  got:\n%.*s  wanted:\n%s", (int)file->len, file->text, wanted);
	free(wanted);
}

static void compare_file(const struct section *s)
{
	bool none = strncmp(s->name, "no file ", 8) == 0;
	const char *name = s->name + (none ? 8 : 5);
	const struct bundle_file *file = NULL;

	if (!CHECK(got.plan)) {
		tell_findings();
		return;
	}
	for (size_t i = 0; i < got.plan->n_files; i++)
		if (strcmp(got.plan->files[i].name, name) == 0)
			file = &got.plan->files[i];
	if (!CHECK((file != NULL) == !none) || !file)
		return;
	compare_text(file, s->body);
}

/* ---- all of a case ---- */

static void compare(const struct one_case *c)
{
	size_t from = 0;

	memset(taken, 0, sizeof(taken));
	wanted_errors = 0;
	section_lines(case_section(c, "error"), expect_error, NULL);
	expect_no_more_errors();
	section_lines(case_section(c, "warning"), expect_warning, NULL);
	section_lines(case_section(c, "model"), expect_line_of, &got.model);
	section_lines(case_section(c, "instance"), expect_instance, NULL);
	section_lines(case_section(c, "config"), expect_line_of, &got.config);
	section_lines(case_section(c, "netconf"), expect_line_of, &got.netconf);
	section_lines(case_section(c, "annotations"), expect_line_of, &got.annotations);
	section_lines(case_section(c, "directories"), expect_line_of, &got.directories);
	compare_env(case_section(c, "env"));
	section_lines(case_section(c, "mounts"), expect_mount, NULL);
	section_lines(case_section(c, "order"), expect_order, &from);
	for (size_t i = 0; i < c->n; i++)
		if (strstr(c->sections[i].name, "file "))
			compare_file(&c->sections[i]);
}

/* "config PATH = VALUE" and its like; whatever else stands behind the arrow is of the file, which need not be named. */
static void compare_answer_line(enum which w, const char *answer)
{
	static const struct {
		const char *word;
		const struct lines *lines;
	} kinds[] = {
		{ "config ", &got.config }, { "netconf ", &got.netconf }, { "annotation ", &got.annotations },
		{ "directory ", &got.directories },
	};
	char prefix[32];

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strncmp(answer, kinds[i].word, strlen(kinds[i].word)) == 0) {
			expect_line(kinds[i].lines, answer + strlen(kinds[i].word));
			return;
		}
	snprintf(prefix, sizeof(prefix), "%s.", files[w].name);
	if (strncmp(answer, "instance.", 9) == 0)
		expect_line(&got.instance, answer);
	else if (strncmp(answer, prefix, strlen(prefix)) == 0)
		expect_line(&got.model, answer);
	else
		expect_prefixed(&got.model, prefix, answer);
}

/* "error:" alone: whatever it says. */
static void compare_answer(enum which w, const char *answer)
{
	memset(taken, 0, sizeof(taken));
	wanted_errors = 0;
	if (strncmp(answer, "error:", 6) == 0) {
		answer += 6;
		answer += strspn(answer, " ");
		if (*answer) {
			expect_error(answer, NULL);
			expect_no_more_errors();
		} else if (!CHECK(got.findings.n_errors > 0)) {
			tell_findings();
		}
		return;
	}
	expect_no_more_errors();
	if (strcmp(answer, "fine") != 0)
		compare_answer_line(w, answer);
}

struct each {
	const struct one_case *c;
	enum which which;
};

/* "a: 1⏎b: 2", with newlines for the signs. */
static void plain_newlines(char *text)
{
	char *at;

	while ((at = strstr(text, NEWLINE_SIGN))) {
		*at = '\n';
		memmove(at + 1, at + strlen(NEWLINE_SIGN), strlen(at + strlen(NEWLINE_SIGN)) + 1);
	}
}

static void one_line_of(const char *line, void *arg)
{
	const struct each *x = arg;
	const char *arrow = strstr(line, " ==>");
	char body[2048];
	size_t len;

	if (!*line)
		return;
	snprintf(label, sizeof(label), "%s: %s", x->c->title, line);
	CASE(label);
	if (!CHECK(arrow))
		return;
	len = (size_t)(arrow - line);
	while (len > 0 && line[len - 1] == ' ')
		len--;
	snprintf(body, sizeof(body), "%.*s\n", (int)len, line);
	plain_newlines(body);
	run(x->c, x->which, body);
	compare_answer(x->which, arrow + strlen(" ==>") + strspn(arrow + strlen(" ==>"), " "));
	clean_up();
}

static const char *only;

static void one(const struct one_case *c)
{
	for (enum which w = 0; w < N_FILES; w++) {
		const struct section *s = case_section(c, files[w].name);

		if (s && strcmp(s->word, "each") == 0) {
			section_lines(s, one_line_of, &(struct each){ c, w });
			return;
		}
	}
	CASE(c->title);
	run(c, N_FILES, NULL);
	compare(c);
	clean_up();
}

int main(int argc, char **argv)
{
	char pattern[1024];
	glob_t found;

	only = argc > 1 ? argv[1] : "*";
	snprintf(pattern, sizeof(pattern), "%s/tests/golden/lithos/%s.cases", source_dir(), only);
	if (!CHECK(glob(pattern, 0, NULL, &found) == 0))
		return check_summary();
	for (size_t i = 0; i < found.gl_pathc; i++) {
		size_t len;
		char *text = file_read(found.gl_pathv[i], &len);

		CASE(found.gl_pathv[i]);
		CHECK(text && cases_each(text, one));
		free(text);
	}
	globfree(&found);
	return check_summary();
}
