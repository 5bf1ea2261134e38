/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the init sets in the namespaces that it finds itself in. */
#include "ns/ns.h"
#include "sys/file.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int ns_loopback_up(struct err *e)
{
	auto_close int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = { .ifr_name = "lo" };

	if (sock < 0 || ioctl(sock, SIOCGIFFLAGS, &req) < 0)
		return err_sys(e, -errno, "find the loopback device");
	req.ifr_flags |= IFF_UP;
	return ioctl(sock, SIOCSIFFLAGS, &req) < 0 ? err_sys(e, -errno, "bring up the loopback device") : 0;
}

int ns_set_names(const struct ns_plan *p, struct err *e)
{
	if (p->hostname && sethostname(p->hostname, strlen(p->hostname)) < 0)
		return err_sys(e, -errno, "hostname: set \"%s\"", p->hostname);
	if (p->domainname && setdomainname(p->domainname, strlen(p->domainname)) < 0)
		return err_sys(e, -errno, "domainname: set \"%s\"", p->domainname);
	return 0;
}

static int write_sysctl(const struct ns_sysctl *s, int proc_fd, struct err *e)
{
	auto_close int fd = sys_open_in_proc(proc_fd, s->file, O_WRONLY);
	int rc;

	if (fd < 0)
		return err_sys(e, fd, "%s: open /proc/%s", s->from, s->file);
	rc = sys_write_all(fd, s->value, strlen(s->value));
	return rc < 0 ? err_sys(e, rc, "%s: write %s", s->from, s->value) : 0;
}

int ns_write_sysctls(const struct ns_plan *p, int proc_fd, struct err *e)
{
	for (uint32_t i = 0; i < p->n_sysctls; i++)
		if (write_sysctl(&p->sysctls[i], proc_fd, e) < 0)
			return e->code;
	return 0;
}
