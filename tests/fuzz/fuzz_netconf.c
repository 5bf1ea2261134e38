/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netconf.json: whatever is planned stays within its bounds, and no word of a file leads to a line of its own. */
#include "tests/fuzz/fuzz.h"

#include "base/limits.h"
#include "libocispec/netconf.h"
#include "net/ip.h"

/* Each line begins with one of the words, and nothing but printable ASCII is in it. */
static void judge_file(const char *text, const char *const *words, size_t n)
{
	while (text && *text) {
		const size_t line = strcspn(text, "\n");
		bool known = n == 0;

		MUST(text[line] == '\n' && line > 0);
		for (size_t i = 0; i < n; i++)
			known |= strncmp(text, words[i], strlen(words[i])) == 0;
		MUST(known);
		for (size_t i = 0; i < line; i++)
			MUST(text[i] >= ' ' && text[i] <= '~' && text[i] != '#');
		text += line + 1;
	}
}

static void judge_op(const struct net_conf *c, const struct net_op *op)
{
	char text[NET_OP_TEXT];

	MUST(op->kind < NET_OP__COUNT && op->from && op->device);
	MUST(op->kind == NET_OP_UP || !net_name_wrong(op->device));
	if (op->kind == NET_OP_PAIR)
		MUST(net_conf_pair(c, op->device));
	if (op->kind == NET_OP_ADDRESS || op->kind == NET_OP_ROUTE)
		MUST(op->text && op->subnet.bits <= net_ip_bits(&op->subnet.ip));
	if (op->kind == NET_OP_ADDRESS)
		MUST(!net_subnet_not_a_host(&op->subnet));
	MUST(net_op_says(op, text, sizeof(text))[0]);
}

static void judge(const struct oci_netconf *doc, const struct net_conf *c)
{
	static const char *const words[] = { "domain ", "search ", "nameserver ", "options " };

	MUST(c->n_pairs == doc->n_interfaces && c->n_pairs <= INTERFACES_MAX && c->n_ops <= 1 + 7 * INTERFACES_MAX + ROUTES_MAX);
	for (uint32_t i = 0; i < c->n_pairs; i++) {
		MUST(!net_name_wrong(c->pairs[i].name) && !net_name_wrong(c->pairs[i].peer) && strlen(c->pairs[i].alias) < 256);
		MUST(!(c->pairs[i].mac[0] & 1) && !(c->pairs[i].peer_mac[0] & 1));
	}
	for (uint32_t i = 0; i < c->n_ops; i++)
		judge_op(c, &c->ops[i]);
	judge_file(c->resolver, words, sizeof(words) / sizeof(words[0]));
	judge_file(c->hosts, NULL, 0);
	MUST(!c->after_setup || c->after_setup[0][0] == '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = fuzz_arena(size + 7 * (size % 3));
	auto_text char *memory = a.base;
	struct oci_err oe = { 0 };
	auto_oci_doc struct oci_doc *d = oci_netconf_parse((const char *)data, size, &oe);
	const struct net_conf_request r = { .conf = d ? d->root : NULL, .owner = "/run/cist/fuzz", .may_administer = size % 16 != 0 };
	struct net_conf c = { 0 };
	struct err e = { 0 };
	char *text;
	int rc;

	if (!d) {
		MUST(oe.code < 0 && oe.text[0]);
		return 0;
	}
	rc = net_conf_plan(&r, &a, &c, &e);
	fuzz_judge(rc, &e);
	if (rc == 0)
		judge(d->root, &c);
	/* What was read is written, and is read again. */
	text = oci_table_write(&oci_netconf_table, d->root, NULL);
	MUST(text);
	auto_oci_doc struct oci_doc *again = oci_netconf_parse(text, strlen(text), &oe);
	MUST(again);
	free(text);
	return 0;
}
