/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state/record.h"
#include "base/arr.h"
#include "base/fmt.h"
#include "base/limits.h"
#include "libocispec/table.h"
#include "state/store.h"
#include "sys/proc.h"
#include "sys/process.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct oci_row place_rows[] = {
	OCI_STR (struct cg_record_place, "mountPoint",  mount_point, OCI_REQUIRED),
	OCI_STR (struct cg_record_place, "path",        path,        OCI_REQUIRED),
	OCI_STR (struct cg_record_place, "controllers", controllers, OCI_REQUIRED),
	OCI_FLAG(struct cg_record_place, "v2",          is_v2,       0),
	OCI_INT0(struct cg_record_place, "made",        made,        0),
};
static const struct oci_table place_table = OCI_TABLE(struct cg_record_place, place_rows);

static const struct oci_row cgroup_rows[] = {
	OCI_STR (struct cg_record, "driver", driver, 0),
	OCI_STR (struct cg_record, "unit",   unit,   0),
	OCI_FLAG(struct cg_record, "unitIsUsers", unit_is_users, 0),
	OCI_OBJS(struct cg_record, "places", places, &place_table, 0),
};
static const struct oci_table cgroup_table = OCI_TABLE(struct cg_record, cgroup_rows);

static const struct oci_row rdt_rows[] = {
	OCI_STR (struct rdt_record, "root",        root,         0),
	OCI_STR (struct rdt_record, "group",       group,        0),
	OCI_STR (struct rdt_record, "monitor",     monitor,      0),
	OCI_FLAG(struct rdt_record, "madeGroup",   made_group,   0),
	OCI_FLAG(struct rdt_record, "madeMonitor", made_monitor, 0),
};
static const struct oci_table rdt_table = OCI_TABLE(struct rdt_record, rdt_rows);

static const struct oci_row address_rows[] = {
	OCI_STR (struct net_address, "local",     local,     OCI_REQUIRED),
	OCI_STR (struct net_address, "peer",      peer,      0),
	OCI_STR (struct net_address, "broadcast", broadcast, 0),
	OCI_STR (struct net_address, "label",     label,     0),
	OCI_NUM0(struct net_address, "prefix",    prefix,    0, 128, 0),
	OCI_INT0(struct net_address, "flags",     flags,     0),
	OCI_INT0(struct net_address, "metric",    metric,    0),
};
static const struct oci_table address_table = OCI_TABLE(struct net_address, address_rows);

static const struct oci_row moved_rows[] = {
	OCI_STR (struct net_moved, "name",      name,      OCI_REQUIRED),
	OCI_STR (struct net_moved, "inside",    inside,    OCI_REQUIRED),
	OCI_STR (struct net_moved, "kind",      kind,      0),
	OCI_STR (struct net_moved, "parent",    parent,    0),
	OCI_INT0(struct net_moved, "index",     index,     0),
	OCI_FLAG(struct net_moved, "wasUp",     was_up,    0),
	OCI_OBJS(struct net_moved, "addresses", addresses, &address_table, 0),
};
static const struct oci_table moved_table = OCI_TABLE(struct net_moved, moved_rows);

static const struct oci_row made_rows[] = {
	OCI_STR(struct net_made, "name",    name,    OCI_REQUIRED),
	OCI_STR(struct net_made, "alias",   alias,   OCI_REQUIRED),
	OCI_STR(struct net_made, "address", address, OCI_REQUIRED),
};
static const struct oci_table made_table = OCI_TABLE(struct net_made, made_rows);

static const struct oci_row net_rows[] = {
	OCI_INT0(struct net_record, "hostNamespace", host_namespace, 0),
	OCI_OBJS(struct net_record, "devices",       devices,        &moved_table, 0),
	OCI_OBJS(struct net_record, "links",         links,          &made_table, 0),
};
static const struct oci_table net_table = OCI_TABLE(struct net_record, net_rows);

static const struct oci_row record_rows[] = {
	OCI_INT0 (struct record, "version",         version,           OCI_REQUIRED),
	OCI_STR  (struct record, "id",              id,                OCI_REQUIRED),
	OCI_FLAG (struct record, "created",         created,           0),
	OCI_NUM0 (struct record, "pid",             pid,               0, INT32_MAX, 0),
	OCI_INT0 (struct record, "startTime",       start_time,        0),
	OCI_STR  (struct record, "bootId",          boot_id,           0),
	OCI_STR  (struct record, "birth",           birth,             OCI_REQUIRED),
	OCI_STR  (struct record, "bundle",          bundle,            OCI_REQUIRED),
	OCI_STR  (struct record, "rootfs",          rootfs,            OCI_REQUIRED),
	OCI_PAIRS(struct record, "annotations",     annotations,       0),
	OCI_IN   (struct record, "cgroup",          cgroup,            &cgroup_table, 0),
	OCI_IN   (struct record, "rdt",             rdt,               &rdt_table, 0),
	OCI_FLAG (struct record, "hasPoststart",    has_poststart,     0),
	OCI_FLAG (struct record, "hasPoststop",     has_poststop,      0),
	OCI_FLAG (struct record, "ownPidNamespace", own_pid_namespace, 0),
	OCI_STR  (struct record, "keyring",         keyring,           0),
	OCI_STR  (struct record, "notifySocket",    notify_socket,     0),
	OCI_IN   (struct record, "net",             net,               &net_table, 0),
};
static const struct oci_table record_table = OCI_TABLE(struct record, record_rows);

int record_parse(const char *json, size_t n, struct oci_doc **ret_doc, const struct record **ret_record, struct err *e)
{
	struct oci_err oe;
	auto_oci_doc struct oci_doc *doc = oci_doc_parse_table(&record_table, json, n, OCI_LENIENT, &oe);
	const struct record *r;

	if (!doc)
		return err_set(e, oe.code == -ENOMEM ? -ENOMEM : -EINVAL, "%s is damaged: %s", STORE_RECORD, oe.text);
	r = doc->root;
	if (r->version != RECORD_VERSION)
		return err_set(e, -EPROTO, "%s is of version %u, and this is a program for version %d", STORE_RECORD,
			       r->version, RECORD_VERSION);
	*ret_doc = take_ptr(doc);
	*ret_record = r;
	return 0;
}

/* What open(2) says of a link or a socket, and store_read() of what is not a file or too large. */
static bool is_no_file(int code)
{
	return code == -ELOOP || code == -ENXIO || code == -EINVAL || code == -EFBIG;
}

int record_load(int dir, struct oci_doc **ret_doc, const struct record **ret_record, struct err *e)
{
	char *json;
	size_t n;
	int rc = store_read(dir, STORE_RECORD, RECORD_BYTES_MAX, &json, &n, e);

	if (rc == STORE_ABSENT)
		return RECORD_ABSENT;
	if (rc < 0)
		return is_no_file(rc) ? RECORD_DAMAGED : rc;
	rc = record_parse(json, n, ret_doc, ret_record, e);
	free(json);
	return rc == -EINVAL ? RECORD_DAMAGED : rc;
}

int record_save(int dir, const struct record *r, struct err *e)
{
	char *json = oci_table_write(&record_table, r, NULL);
	int rc;

	if (!json)
		return err_nomem(e);
	rc = store_write(dir, STORE_RECORD, json, strlen(json), e);
	free(json);
	return rc;
}

int record_identify(struct record *r, char buf[37], struct err *e)
{
	struct proc_stat st;
	int rc = sys_proc_stat(r->pid, &st);

	if (rc == 0)
		rc = sys_boot_id(buf);
	if (rc < 0)
		return err_sys(e, rc, "identify the container's init %d", r->pid);
	r->start_time = st.start_time;
	r->boot_id = buf;
	return 0;
}

static bool is_recorded_process(const struct record *r)
{
	struct proc_stat st;

	return sys_proc_stat(r->pid, &st) == 0 && st.start_time == r->start_time && st.state != 'Z' && st.state != 'X';
}

int record_open_init(const struct record *r, int *ret_pidfd, struct err *e)
{
	auto_close int fd = -EBADF;
	char boot[37];
	int rc;

	*ret_pidfd = -1;
	/* A start time of 0 proves nothing, and of pid 1 we are never the makers. */
	if (r->pid <= 1 || r->start_time == 0)
		return 0;
	rc = sys_boot_id(boot);
	if (rc < 0)
		return err_sys(e, rc, "read the boot id");
	if (!r->boot_id || strcmp(boot, r->boot_id) != 0)
		return 0;
	fd = sys_pidfd_open(r->pid);
	/*
	 * The number outlives its process as that of a session or group; such a one, like a thread's, is no process.  The
	 * kernel says EINVAL (Debian's 6.1) or ENOENT then.
	 */
	if (fd == -ESRCH || fd == -EINVAL || fd == -ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(e, fd, "open process %d", r->pid);
	/* Looked at after the descriptor was had: what it holds can no more become another process. */
	if (is_recorded_process(r))
		*ret_pidfd = take_fd(fd);
	return 0;
}

/*
 * The date of a day counted from 1970-01-01, in the Gregorian calendar.  gmtime_r(3) would read /etc/localtime first,
 * at every create.  Years begin in March here, so that a leap day is the last of its year.
 */
static void civil_date(int64_t day, int *ret_year, int *ret_month, int *ret_mday)
{
	const int64_t since = day + 719468;	/* 0000-03-01 */
	const int64_t era = since / 146097, of_era = since % 146097;
	const int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	const int64_t march = (5 * of_year + 2) / 153;

	*ret_mday = (int)(of_year - (153 * march + 2) / 5 + 1);
	*ret_month = (int)(march < 10 ? march + 3 : march - 9);
	*ret_year = (int)(year + era * 400 + (*ret_month <= 2));
}

void record_time(const struct timespec *t, char buf[40])
{
	int64_t second = t->tv_sec % 86400;
	int year, month, mday;

	civil_date(t->tv_sec / 86400, &year, &month, &mday);
	fmt(buf, 40, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", year, month, mday, (int)(second / 3600),
	    (int)(second / 60 % 60), (int)(second % 60), t->tv_nsec);
}

void record_now(char buf[40])
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	record_time(&t, buf);
}
