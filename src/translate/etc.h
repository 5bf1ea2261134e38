/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /etc/hosts and /etc/resolv.conf of a container: made from the host's and what the files say, and bound read-only.  A
 * container that mounts its state directory as a whole finds them there too, where images have links to.
 */
#ifndef CIST_TRANSLATE_ETC_H
#define CIST_TRANSLATE_ETC_H

#include "translate/draft.h"

/* What the text of hosts is made of, defaults taken. */
struct etc_hosts {
	bool copy;
	bool localhost;
	bool public_hostname;
	bool others;		/* additional-hosts of the sandbox */
};

struct etc_hosts etc_hosts_of(const struct instance *in);

/* Whether any place of the container shows the text, so that it has to be made; of the facts only those about /etc count. */
bool etc_needs_hosts(const struct instance *in, const struct translate_facts *facts);
bool etc_needs_resolv(const struct instance *in, const struct translate_facts *facts);

/* Appends the files and their mounts.  Findings as translate() has them. */
must_use int translate_etc(struct draft *d);

#endif
