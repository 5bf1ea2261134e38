/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translate/keyring.h"

#include "sys/file.h"
#include "translate/bundle.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

void keyring_done(struct keyring *k)
{
	secret_keys_done(&k->keys);
	*k = (struct keyring){ 0 };
}

static int open_keys(struct keyring *k, const struct lithos_sandbox *s, struct err *e)
{
	if (k->open || !s->secrets_private_key)
		return 0;
	if (secret_keys_open(s->secrets_private_key, &k->keys, e) < 0)
		return err_ctx(e, "Error decoding private keys");
	k->open = true;
	return 0;
}

int keyring_launch(struct keyring *k, const struct bundle_plan *p, const char *dir, struct err *e)
{
	if (p->n_secrets > 0 && open_keys(k, p->instance->sandbox, e) < 0)
		return e->code;
	return bundle_launch(p, k->open ? &k->keys : NULL, dir, e);
}

static int launch_guarded(const struct bundle_plan *p, const char *dir, struct err *e)
{
	auto_keyring struct keyring k = { .open = false };

	return secret_guard_process(e) < 0 ? e->code : keyring_launch(&k, p, dir, e);
}

int keyring_launch_apart(const struct bundle_plan *p, const char *dir, struct err *e)
{
	int ends[2], status = 1;
	ssize_t n;
	pid_t pid;

	if (p->n_secrets == 0)
		return bundle_launch(p, NULL, dir, e);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, -errno, "pipe");
	pid = fork();
	if (pid == 0) {
		int rc = launch_guarded(p, dir, e);

		_exit(rc == 0 ? 0 : sys_write_all(ends[1], e, sizeof(*e)) < 0 ? 2 : 1);
	}
	close(ends[1]);
	n = pid < 0 ? 0 : sys_read_all(ends[0], e, sizeof(*e));
	close(ends[0]);
	if (pid < 0)
		return err_sys(e, -errno, "start a process");
	if (waitpid(pid, &status, 0) < 0 || (status != 0 && n != (ssize_t)sizeof(*e))) {
		*e = (struct err){ 0 };
		return err_set(e, -EIO, "the process that opens the secrets has died");
	}
	return status == 0 ? 0 : e->code;
}
