/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lithos_crypt: seals a secret for a key, shows what is in one, tells whose it is. */
#include "base/arr.h"
#include "cmd/lithos/tools.h"
#include "secret/secret.h"
#include "sys/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct crypt_words {
	const char *key_file;
	const char *data;	/* NULL: standard input */
	const char *name_space;
};

/* Enough for a line of a public key with its comment. */
enum { PUBLIC_KEY_FILE_MAX = 64 << 10, PATH_QUOTED_MAX = 1024 };

/* ---- what is read ---- */

/* Twice as much, with the n bytes that are there; what was there is wiped. */
static int grow(struct locked *m, size_t n, struct err *e)
{
	struct locked larger;

	if (locked_new(m->size * 2, &larger, e) < 0)
		return e->code;
	memcpy(larger.data, m->data, n);
	locked_done(m);
	*m = larger;
	return 0;
}

/* Standard input to its end, into locked memory, terminated and without one newline at the end. */
static int read_input(size_t max, struct locked *m, size_t *ret_len, struct err *e)
{
	size_t n = 0;
	ssize_t rc;

	if (isatty(STDIN_FILENO))
		return err_set(e, TOOL_USAGE, "Option --data is required, or standard input that is not a terminal");
	rc = locked_new(1, m, e);
	if (rc < 0)
		return (int)rc;
	for (;;) {
		rc = sys_read_all(STDIN_FILENO, m->data + n, m->size - n);
		if (rc < 0)
			return err_sys(e, (int)rc, "read standard input");
		n += (size_t)rc;
		if (n < m->size)
			break;
		if (n > max)
			return err_set(e, -EFBIG, "standard input has more than %zu bytes", max);
		rc = grow(m, n, e);
		if (rc < 0)
			return (int)rc;
	}
	if (n > 0 && m->data[n - 1] == '\n')
		n--;
	m->data[n] = '\0';
	*ret_len = n;
	return 0;
}

/* The text that --data or standard input gives. */
static int take_data(const struct crypt_words *w, size_t max, struct locked *m, const char **ret, size_t *ret_len,
		     struct err *e)
{
	int rc;

	if (w->data) {
		*ret = w->data;
		*ret_len = strlen(w->data);
		return 0;
	}
	rc = read_input(max, m, ret_len, e);
	if (rc < 0)
		return rc;
	*ret = (const char *)m->data;
	return 0;
}

/* A token has no NUL; one that has would be taken for a shorter one. */
static int take_token(const struct crypt_words *w, struct locked *m, const char **ret, struct err *e)
{
	size_t len;
	int rc = take_data(w, SECRET_TOKEN_MAX, m, ret, &len, e);

	if (rc < 0)
		return rc;
	return strlen(*ret) == len ? 0 : err_set(e, -EINVAL, "invalid key format");
}

static int need_key_file(const struct crypt_words *w, struct err *e)
{
	return w->key_file && *w->key_file ? 0 : err_set(e, TOOL_USAGE, "Option --key-file is required");
}

/* Public, so it may be anybody's file, a link or a pipe. */
static int read_public_key(const char *path, struct secret_public_key *ret, struct err *e)
{
	auto_close int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NOCTTY, 0);
	static char text[PUBLIC_KEY_FILE_MAX];
	ssize_t n = fd < 0 ? fd : sys_read_all(fd, text, sizeof(text));

	if (n < 0)
		return err_sys(e, (int)n, "%.*s", PATH_QUOTED_MAX, path);
	if (secret_public_key_parse(text, (size_t)n, ret, e) < 0)
		return err_ctx(e, "%.*s", PATH_QUOTED_MAX, path);
	return 0;
}

/* ---- the commands ---- */

static int check_namespace(const char *name_space, struct err *e)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	if (name_space[strspn(name_space, characters)])
		return err_set(e, TOOL_USAGE, "invalid namespace, it has to match `^[a-zA-Z0-9_.-]*$`");
	return 0;
}

static int run_encrypt(const struct cli_call *call, struct err *e)
{
	const struct crypt_words *w = call->options;
	const char *name_space = w->name_space ? w->name_space : "", *text;
	auto_locked struct locked memory = { 0 };
	struct secret_public_key key;
	char *token;
	size_t len;

	if (need_key_file(w, e) < 0 || check_namespace(name_space, e) < 0 || secret_guard_process(e) < 0 ||
	    read_public_key(w->key_file, &key, e) < 0 || take_data(w, SECRET_BYTES_MAX, &memory, &text, &len, e) < 0 ||
	    secret_seal(&key, name_space, text, len, &token, e) < 0)
		return e->code;
	printf("%s\n", token);
	free(token);
	return 0;
}

/*
 * The namespace goes to standard error, so that standard output is the secret and nothing else.  Written without stdio,
 * which keeps copies.
 */
static int show(const struct secret_text *t, struct err *e)
{
	int rc;

	fprintf(stderr, "%s:", t->name_space);
	rc = sys_write_all(STDOUT_FILENO, t->text, t->len);
	if (rc < 0)
		return err_sys(e, rc, "write to standard output");
	fprintf(stderr, "\n");
	return 0;
}

static int run_decrypt(const struct cli_call *call, struct err *e)
{
	const struct crypt_words *w = call->options;
	auto_secret_keys struct secret_keys keys = { 0 };
	auto_secret_text struct secret_text text = { 0 };
	auto_locked struct locked memory = { 0 };
	const char *token;

	if (need_key_file(w, e) < 0 || secret_keys_open(w->key_file, &keys, e) < 0 ||
	    take_token(w, &memory, &token, e) < 0 || secret_open(&keys, NULL, &token, 1, NULL, &text, e) < 0)
		return e->code;
	return show(&text, e);
}

static int run_check_key(const struct cli_call *call, struct err *e)
{
	const struct crypt_words *w = call->options;
	auto_locked struct locked memory = { 0 };
	struct secret_public_key key;
	const char *token;
	int rc;

	if (need_key_file(w, e) < 0 || read_public_key(w->key_file, &key, e) < 0 || take_token(w, &memory, &token, e) < 0)
		return e->code;
	rc = secret_is_for(&key, token, e);
	return rc == 0 ? err_set(e, -EKEYREJECTED, "key doesn't match") : rc < 0 ? rc : 0;
}

/* ---- the tables ---- */

static const char data_help[] = "the secret, as v2:...; from standard input if not given";

static const struct cli_option encrypt_options[] = {
	CLI_TEXT_ROW(crypt_words, key_file, "key-file", "k", "FILE", "public key of the recipient, in OpenSSH's format"),
	CLI_TEXT_ROW(crypt_words, data, "data", "d", "TEXT",
		     "what is sealed; from standard input, without a newline at the end, if not given"),
	CLI_TEXT_ROW(crypt_words, name_space, "namespace", "n", "NAME", "namespace of the secret, if it is to have one"),
};

static const struct cli_option decrypt_options[] = {
	CLI_TEXT_ROW(crypt_words, key_file, "key-file", "i", "FILE", "private keys, in OpenSSH's format and not encrypted"),
	CLI_TEXT_ROW(crypt_words, data, "data", "d", "SECRET", data_help),
};

static const struct cli_option check_key_options[] = {
	CLI_TEXT_ROW(crypt_words, key_file, "key-file", "k", "FILE", "public key, in OpenSSH's format"),
	CLI_TEXT_ROW(crypt_words, data, "data", "d", "SECRET", data_help),
};

#define ROW(name, help, table, prints, run) \
	{ name, "", help, table, ARRAY_LEN(table), sizeof(struct crypt_words), 0, 0, false, prints, run }
static const struct tool_command commands[] = {
	ROW("encrypt", "seal a secret and print it", encrypt_options, true, run_encrypt),
	ROW("decrypt", "print what is in a secret", decrypt_options, true, run_decrypt),
	ROW("check-key", "tell by the exit status whether a secret is sealed for a key", check_key_options, false,
	    run_check_key),
};

const struct tool tool_crypt = {
	"crypt", "seal and open secrets for configurations of lithos", commands, ARRAY_LEN(commands), 1,
};
