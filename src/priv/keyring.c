/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "priv/keyring.h"
#include "sys/cred.h"

int keyring_join(const char *name, struct err *e)
{
	/*
	 * The kernel makes a session keyring with all rights for the possessor and view, read, link for its
	 * user.  Search for its user comes on top: without it `exec` would not find it by name and get a
	 * second one.
	 */
	const uint32_t perm =
	    K_KEY_POS_ALL | K_KEY_USR_VIEW | K_KEY_USR_READ | K_KEY_USR_SEARCH | K_KEY_USR_LINK;
	int key = sys_join_session_keyring(name), rc;

	if (key == -ENOSYS)
		return 0;
	if (key < 0)
		return err_sys(e, key, "join the session keyring %s", name);
	rc = sys_key_setperm(key, perm);
	return rc < 0 ? err_sys(e, rc, "set the permissions of the session keyring %s", name) : 0;
}
