/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The private keys of the sandbox that is being worked on: opened once, with the first of its bundles that has secrets,
 * and forgotten with the sandbox.
 */
#ifndef CIST_TRANSLATE_KEYRING_H
#define CIST_TRANSLATE_KEYRING_H

#include "secret/secret.h"
#include "translate/translate.h"

/* Zeroed: nothing is open. */
struct keyring {
	struct secret_keys keys;
	bool open;
};

/* To be called between two sandboxes as well. */
void keyring_done(struct keyring *k);
#define auto_keyring __attribute__((cleanup(keyring_done)))

/*
 * bundle_launch() with the keys of the plan's sandbox.  The process is guarded (secret_guard_process()).
 */
must_use int keyring_launch(struct keyring *k, const struct bundle_plan *p, const char *dir, struct err *e);

/*
 * The same for a process that goes on afterwards, and is not guarded: keys and plain text are seen by a child alone, which
 * ends at once.  So nothing of them stays, and the limit of cores, which goes down for whoever sees them, is as it was.
 */
must_use int keyring_launch_apart(const struct bundle_plan *p, const char *dir, struct err *e);

#endif
