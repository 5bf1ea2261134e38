/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console/console.h"
#include "sys/socket.h"

#include <fcntl.h>
#include <sys/socket.h>

int console_connect(const char *path, int *ret_sock, struct err *e)
{
	int sock = sys_unix_connect(SOCK_STREAM, AT_FDCWD, path);

	if (sock < 0)
		return err_sys(e, sock, "console socket %s", path);
	*ret_sock = sock;
	return 0;
}

int console_send(int sock, int master, struct err *e)
{
	/* Receivers want at least one byte and take it for the terminal's name: the one that runc gives. */
	static const char name[] = "/dev/ptmx";
	int rc = sys_send(sock, name, sizeof(name) - 1, master);

	return rc < 0 ? err_sys(e, rc, "send the terminal to the console socket") : 0;
}
