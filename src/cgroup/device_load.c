/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads a device filter and attaches it: bpf(2). */
#include "cgroup/device.h"

#include "base/arr.h"
#include "sys/process.h"

#include <sys/syscall.h>

enum {
	/* enum bpf_cmd */
	PROG_LOAD = 5, PROG_ATTACH = 8, PROG_DETACH = 9, PROG_GET_FD_BY_ID = 13, PROG_QUERY = 16,
	TYPE_CGROUP_DEVICE = 15,	/* enum bpf_prog_type */
	ATTACH_CGROUP_DEVICE = 6,	/* enum bpf_attach_type */
	F_ALLOW_MULTI = 2, F_REPLACE = 4,
	LOADED_MAX = 64,		/* the kernel's own bound on programs of one kind on a cgroup */
};

/* The members of union bpf_attr that we use. */
struct k_bpf_load {
	uint32_t prog_type;
	uint32_t insn_cnt;
	uint64_t insns;
	uint64_t license;
	uint32_t log_level;
	uint32_t log_size;
	uint64_t log_buf;
	uint32_t kern_version;
	uint32_t prog_flags;
	char prog_name[16];
	uint32_t prog_ifindex;
	uint32_t expected_attach_type;
};

struct k_bpf_attach {
	uint32_t target_fd;
	uint32_t attach_bpf_fd;
	uint32_t attach_type;
	uint32_t attach_flags;
	uint32_t replace_bpf_fd;
};

struct k_bpf_query {
	uint32_t target_fd;
	uint32_t attach_type;
	uint32_t query_flags;
	uint32_t attach_flags;
	uint64_t prog_ids;
	uint32_t prog_cnt;
	uint32_t unused;
};

struct k_bpf_id {
	uint32_t prog_id;
	uint32_t next_id;
	uint32_t open_flags;
};

static int bpf(int cmd, void *attr, size_t size)
{
	long rc;

	/* EAGAIN: the verifier was interrupted by a signal. */
	for (int i = 0; i < 5; i++) {
		rc = syscall(SYS_bpf, cmd, attr, size);
		if (rc >= 0 || errno != EAGAIN)
			break;
	}
	return rc < 0 ? -errno : (int)rc;
}

int cg_filter_load(const struct cg_filter *f, struct err *e)
{
	struct k_bpf_load attr = {
		.prog_type = TYPE_CGROUP_DEVICE, .insn_cnt = (uint32_t)f->n, .insns = (uintptr_t)f->v,
		.license = (uintptr_t)"LGPL-2.1-or-later", .prog_name = "cist_devices",
		.expected_attach_type = ATTACH_CGROUP_DEVICE,
	};
	int fd = bpf(PROG_LOAD, &attr, sizeof attr);

	return fd < 0 ? err_sys(e, fd, "load the device filter (bpf)") : fd;
}

/* Programs that are there, as ids; the number of them. */
static int query(int cgroup_fd, uint32_t ids[LOADED_MAX])
{
	struct k_bpf_query attr = { .target_fd = (uint32_t)cgroup_fd, .attach_type = ATTACH_CGROUP_DEVICE,
				    .prog_ids = (uintptr_t)ids, .prog_cnt = LOADED_MAX };
	int rc = bpf(PROG_QUERY, &attr, sizeof attr);

	return rc < 0 ? rc : (int)attr.prog_cnt;
}

static int open_by_id(uint32_t id)
{
	struct k_bpf_id attr = { .prog_id = id };

	return bpf(PROG_GET_FD_BY_ID, &attr, sizeof attr);
}

static int attach(int cgroup_fd, int prog_fd, int replaced_fd)
{
	struct k_bpf_attach attr = { .target_fd = (uint32_t)cgroup_fd, .attach_bpf_fd = (uint32_t)prog_fd,
				     .attach_type = ATTACH_CGROUP_DEVICE, .attach_flags = F_ALLOW_MULTI };

	if (replaced_fd >= 0) {
		attr.attach_flags |= F_REPLACE;
		attr.replace_bpf_fd = (uint32_t)replaced_fd;
	}
	return bpf(PROG_ATTACH, &attr, sizeof attr);
}

static int detach(int cgroup_fd, uint32_t id)
{
	auto_close int fd = open_by_id(id);
	struct k_bpf_attach attr = { .target_fd = (uint32_t)cgroup_fd, .attach_bpf_fd = (uint32_t)fd,
				     .attach_type = ATTACH_CGROUP_DEVICE };

	return fd < 0 ? fd : bpf(PROG_DETACH, &attr, sizeof attr);
}

int cg_filter_add(const struct cg_filter *f, int cgroup_fd, struct err *e)
{
	auto_close int prog_fd = cg_filter_load(f, e);
	int rc = prog_fd < 0 ? prog_fd : attach(cgroup_fd, prog_fd, -1);

	if (prog_fd < 0)
		return e->code;
	return rc < 0 ? err_sys(e, rc, "attach the device filter") : 0;
}

int cg_filter_attach(const struct cg_filter *f, int cgroup_fd, struct err *e)
{
	auto_close int prog_fd = cg_filter_load(f, e);
	uint32_t ids[LOADED_MAX];
	auto_close int old_fd = -EBADF;
	int n, rc;

	if (prog_fd < 0)
		return e->code;
	n = query(cgroup_fd, ids);
	if (n == 1) {
		old_fd = open_by_id(ids[0]);
		if (old_fd < 0)
			return err_sys(e, old_fd, "open the device filter that is attached already");
	}
	rc = attach(cgroup_fd, prog_fd, old_fd);
	if (rc < 0)
		return err_sys(e, rc, "attach the device filter");
	/* All that are attached must agree, so between these calls the rules are stricter, never weaker. */
	for (int i = 0; n > 1 && i < n; i++) {
		rc = detach(cgroup_fd, ids[i]);
		if (rc < 0)
			return err_sys(e, rc, "detach an older device filter");
	}
	return 0;
}
