/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OpenSSH's formats (PROTOCOL.key of its source): private keys in PEM blocks, public keys as lines.  Errors hold nothing
 * of the text: what is taken for a key file by mistake may be somebody's password.
 */
#include "base/arr.h"
#include "base/text.h"
#include "secret/base64.h"
#include "secret/key.h"

#include <sodium.h>
#include <string.h>

static const char invalid[] = "invalid key format";
static const char unknown_type[] = "unsupported key type \"unknown\"";

int secret_sodium(struct err *e)
{
	return sodium_init() < 0 ? err_set(e, -EIO, "libsodium cannot be used: no random numbers") : 0;
}

void secret_hash(const void *data, size_t n, char ret[SECRET_HASH_LEN + 1])
{
	unsigned char sum[6];

	/* Less than the 16 bytes that libsodium recommends as a minimum, which it does not enforce. */
	crypto_generichash(sum, sizeof(sum), data, n, NULL, 0);
	base64_write(sum, sizeof(sum), ret);
}

/* ---- strings with their length in front, big endian ---- */

struct span {
	const unsigned char *at;
	size_t n;
};

static int take(struct span *from, size_t n, struct span *ret, struct err *e)
{
	if (from->n < n)
		return err_set(e, -EINVAL, invalid);
	*ret = (struct span){ from->at, n };
	from->at += n;
	from->n -= n;
	return 0;
}

static int take_u32(struct span *from, uint32_t *ret, struct err *e)
{
	struct span s = { 0 };

	if (take(from, 4, &s, e) < 0)
		return e->code;
	*ret = (uint32_t)s.at[0] << 24 | (uint32_t)s.at[1] << 16 | (uint32_t)s.at[2] << 8 | s.at[3];
	return 0;
}

static int take_string(struct span *from, struct span *ret, struct err *e)
{
	uint32_t n = 0;

	return take_u32(from, &n, e) < 0 ? e->code : take(from, n, ret, e);
}

static bool is(struct span s, const char *word)
{
	return s.n == strlen(word) && memcmp(s.at, word, s.n) == 0;
}

/* ---- one key ---- */

/* The type is repeated when it is one of those that there are: what else stands there may be anything. */
static int bad_type(struct span type, struct err *e)
{
	static const char *const types[] = {
		"ssh-dss", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
		"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", "ssh-xmss@openssh.com",
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (is(type, types[i]))
			return err_set(e, -EOPNOTSUPP, "unsupported key type \"%s\"", types[i]);
	return err_set(e, -EOPNOTSUPP, unknown_type);
}

/*
 * seed and public key, 32 bytes each.  libsodium's conversion refuses points that no seed has as its public key; that
 * every key is compared with what its seed makes takes nothing away that could ever have opened anything.
 */
static int convert(const unsigned char pair[64], struct secret_key *ret, struct err *e)
{
	unsigned char public_key[32], secret_key[64];
	bool good;

	crypto_sign_seed_keypair(public_key, secret_key, pair);
	good = sodium_memcmp(public_key, pair + 32, 32) == 0 &&
	       crypto_sign_ed25519_sk_to_curve25519(ret->x25519_secret, secret_key) == 0 &&
	       crypto_sign_ed25519_pk_to_curve25519(ret->x25519_public, public_key) == 0;
	explicit_bzero(secret_key, sizeof(secret_key));
	if (!good)
		return err_set(e, -EINVAL, "%s: its public half is another key's", invalid);
	ret->is_ed25519 = true;
	secret_hash(public_key, sizeof(public_key), ret->hash);
	return 0;
}

static int read_private(struct span section, struct secret_key *ret, struct err *e)
{
	struct span type = { 0 }, public_key, pair = { 0 }, comment;
	uint32_t check[2] = { 0 };

	if (take_u32(&section, &check[0], e) < 0 || take_u32(&section, &check[1], e) < 0)
		return e->code;
	if (check[0] != check[1])
		return err_set(e, -EINVAL, invalid);
	if (take_string(&section, &type, e) < 0)
		return e->code;
	if (is(type, "ssh-rsa"))
		return 0;
	if (!is(type, "ssh-ed25519"))
		return bad_type(type, e);
	if (take_string(&section, &public_key, e) < 0 || take_string(&section, &pair, e) < 0 ||
	    take_string(&section, &comment, e) < 0)
		return e->code;
	/* The half within the pair is the one that counts. */
	if (pair.n != 64)
		return err_set(e, -EINVAL, invalid);
	return convert(pair.at, ret, e);
}

/* ---- one block ---- */

static struct secret_key *new_key(struct secret_keys *keys, struct err *e)
{
	if (keys->n == SECRET_KEYS_MAX) {
		err_set(e, -E2BIG, "more than %d keys", SECRET_KEYS_MAX);
		return NULL;
	}
	return &keys->v[keys->n++];
}

static int read_openssh(struct span data, struct secret_keys *keys, struct err *e)
{
	static const char magic[] = "openssh-key-v1";
	struct span s = { 0 }, cipher = { 0 }, kdf = { 0 }, options = { 0 };
	uint32_t n = 0;

	if (take(&data, sizeof(magic), &s, e) < 0)
		return e->code;
	if (memcmp(s.at, magic, sizeof(magic)) != 0)
		return err_set(e, -EINVAL, invalid);
	if (take_string(&data, &cipher, e) < 0 || take_string(&data, &kdf, e) < 0 ||
	    take_string(&data, &options, e) < 0 || take_u32(&data, &n, e) < 0)
		return e->code;
	if (!is(cipher, "none") || !is(kdf, "none") || options.n > 0)
		return err_set(e, -EOPNOTSUPP, "key was encrypted");
	for (; n > 0; n--) {
		struct secret_key *key;
		struct span public;

		if (take_string(&data, &public, e) < 0 || take_string(&data, &s, e) < 0)
			return e->code;
		key = new_key(keys, e);
		if (!key || read_private(s, key, e) < 0)
			return e->code;
	}
	return 0;
}

/* body: base64 in lines, of which work is a copy's place. */
static int read_block(struct span body, unsigned char *work, struct secret_keys *keys, struct err *e)
{
	static const char blanks[] = { ' ', '\t', '\r', '\n' };
	size_t n = 0;
	struct err ignored;

	for (size_t i = 0; i < body.n; i++)
		if (!memchr(blanks, body.at[i], sizeof(blanks)))
			work[n++] = body.at[i];
	/* Its errors quote a byte. */
	if (base64_read((const char *)work, n, work, &n, &ignored) < 0)
		return err_set(e, -EINVAL, invalid);
	return read_openssh((struct span){ work, n }, keys, e);
}

/* Keys of this kind open nothing, so nothing of them is needed but that they are there. */
static int read_rsa(struct span body, unsigned char *work, struct secret_keys *keys, struct err *e)
{
	static const char encrypted[] = "ENCRYPTED";

	(void)work;
	if (memmem(body.at, body.n, encrypted, strlen(encrypted)))
		return err_set(e, -EOPNOTSUPP, "key was encrypted");
	return new_key(keys, e) ? 0 : e->code;
}

static const struct block {
	const char *begin, *end;
	int (*read)(struct span body, unsigned char *work, struct secret_keys *keys, struct err *e);
} blocks[] = {
	{ "-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----", read_block },
	{ "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", read_rsa },
};

static const struct block *block_at(struct span text)
{
	for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
		if (text.n >= strlen(blocks[i].begin) && memcmp(text.at, blocks[i].begin, strlen(blocks[i].begin)) == 0)
			return &blocks[i];
	return NULL;
}

/* Takes the block that text begins with. */
static int take_block(struct span *text, unsigned char *work, struct secret_keys *keys, struct err *e)
{
	const struct block *b = block_at(*text);
	const unsigned char *end;
	struct span body;

	if (!b)
		return err_set(e, -EOPNOTSUPP, unknown_type);
	text->at += strlen(b->begin);
	text->n -= strlen(b->begin);
	end = memmem(text->at, text->n, b->end, strlen(b->end));
	if (!end)
		return err_set(e, -EINVAL, invalid);
	body = (struct span){ text->at, (size_t)(end - text->at) };
	text->n -= body.n + strlen(b->end);
	text->at = end + strlen(b->end);
	return b->read(body, work, keys, e);
}

/* To the next line that begins a block, of whatever kind: between blocks people write what they like. */
static void skip_to_block(struct span *text)
{
	static const char begin[] = "\n-----BEGIN ";
	const unsigned char *next = memmem(text->at, text->n, begin, strlen(begin));
	size_t skipped = next ? (size_t)(next + 1 - text->at) : text->n;

	text->at += skipped;
	text->n -= skipped;
}

static int read_blocks(struct span text, unsigned char *work, struct secret_keys *keys, struct err *e)
{
	do {
		if (take_block(&text, work, keys, e) < 0)
			return e->code;
		skip_to_block(&text);
	} while (text.n > 0);
	return keys->n > 0 ? 0 : err_set(e, -EINVAL, "%s: there is no key in it", invalid);
}

int secret_keys_parse(const char *text, size_t len, struct secret_keys *ret, struct err *e)
{
	auto_secret_keys struct secret_keys keys = { 0 };
	auto_locked struct locked work = { 0 };

	*ret = keys;
	if (len > SECRET_KEY_FILE_MAX)
		return err_set(e, -EFBIG, "larger than %d bytes", SECRET_KEY_FILE_MAX);
	if (!text_is_utf8(text, len))
		return err_set(e, -EILSEQ, "%s: not UTF-8", invalid);
	if (secret_sodium(e) < 0 || locked_new(len + 1, &work, e) < 0 ||
	    locked_new(SECRET_KEYS_MAX * sizeof(*keys.v), &keys.memory, e) < 0)
		return e->code;
	keys.v = (struct secret_key *)(void *)keys.memory.data;
	if (read_blocks((struct span){ (const unsigned char *)text, len }, work.data, &keys, e) < 0)
		return e->code;
	*ret = keys;
	keys = (struct secret_keys){ 0 };
	return 0;
}

void secret_keys_done(struct secret_keys *keys)
{
	locked_done(&keys->memory);
	*keys = (struct secret_keys){ 0 };
}

/* ---- public keys ---- */

static struct span take_word(struct span *line)
{
	struct span word = { line->at, 0 };

	while (word.n < line->n && line->at[word.n] != ' ' && line->at[word.n] != '\t')
		word.n++;
	line->at += word.n;
	line->n -= word.n;
	while (line->n > 0 && (*line->at == ' ' || *line->at == '\t')) {
		line->at++;
		line->n--;
	}
	return word;
}

/* string type, string key; what follows is not looked at. */
static int read_public_blob(struct span blob, struct secret_public_key *ret, struct err *e)
{
	unsigned char unused[32];
	struct span type = { 0 }, key = { 0 };

	if (take_string(&blob, &type, e) < 0 || take_string(&blob, &key, e) < 0)
		return e->code;
	if (!is(type, "ssh-ed25519") || key.n != sizeof(ret->ed25519))
		return err_set(e, -EINVAL, invalid);
	/* A point of small order would make a box that everybody can open. */
	if (crypto_sign_ed25519_pk_to_curve25519(unused, key.at) != 0)
		return err_set(e, -EINVAL, "%s: not a public key", invalid);
	memcpy(ret->ed25519, key.at, sizeof(ret->ed25519));
	return 0;
}

int secret_public_key_parse(const char *text, size_t len, struct secret_public_key *ret, struct err *e)
{
	const char *newline = memchr(text, '\n', len);
	struct span line = { (const unsigned char *)text, newline ? (size_t)(newline - text) : len };
	unsigned char blob[128];
	struct span type, encoded;
	struct err ignored;
	size_t n;

	if (line.n > 0 && line.at[line.n - 1] == '\r')
		line.n--;
	type = take_word(&line);
	encoded = take_word(&line);
	if (is(type, "ssh-rsa"))
		return err_set(e, -EOPNOTSUPP, "Only ed25519 keys are supported");
	if (!is(type, "ssh-ed25519"))
		return bad_type(type, e);
	if (secret_sodium(e) < 0)
		return e->code;
	if (encoded.n > sizeof(blob) || base64_read((const char *)encoded.at, encoded.n, blob, &n, &ignored) < 0)
		return err_set(e, -EINVAL, invalid);
	return read_public_blob((struct span){ blob, n }, ret, e);
}
