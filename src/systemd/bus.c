/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.freedesktop.systemd1(5). */
#include "systemd/bus.h"
#include "base/arr.h"
#include "base/limits.h"
#include "sys/process.h"

#include <stdlib.h>
#include <string.h>

#define SERVICE "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER SERVICE ".Manager"

/* The manager's own socket, which root may use where no bus runs. */
#define PRIVATE_SOCKET "unix:path=/run/systemd/private"

struct call_error {
	sd_bus_error v;
};

static void call_error_free(struct call_error *c)
{
	sd_bus_error_free(&c->v);
}
#define auto_call_error __attribute__((cleanup(call_error_free)))

static void message_free(sd_bus_message **m)
{
	sd_bus_message_unref(*m);
}
#define auto_message __attribute__((cleanup(message_free)))

static int fail(const struct manager *m, int rc, const struct call_error *c, const char *what, const char *unit,
		struct err *e)
{
	char meaning[64];
	const char *why = c && sd_bus_error_is_set(&c->v) ? c->v.message : NULL;

	return err_set(e, rc < 0 ? rc : -EIO, "%s: %s %s: %s", m->who, what, unit, why ? why : err_meaning(rc, meaning));
}

/* A message could not be put together: memory, or a value that is not of its type. */
static int fail_message(int rc, const char *what, struct err *e)
{
	return rc == -ENOMEM ? err_nomem(e) : err_sys(e, rc, "a D-Bus message: %s", what);
}

/* ---- the connection ---- */

static int open_private(sd_bus **ret_bus)
{
	sd_bus *bus = NULL;
	int rc = sd_bus_new(&bus);

	if (rc >= 0)
		rc = sd_bus_set_address(bus, PRIVATE_SOCKET);
	if (rc >= 0)
		rc = sd_bus_start(bus);
	if (rc < 0) {
		sd_bus_unref(bus);
		return rc;
	}
	*ret_bus = bus;
	return 0;
}

/* Our job's result is kept, of all the jobs that end meanwhile. */
static int on_job_removed(sd_bus_message *message, void *arg, sd_bus_error *ignored)
{
	struct manager *m = arg;
	const char *job, *unit, *result;
	uint32_t id;

	(void)ignored;
	if (m->job && sd_bus_message_read(message, "uoss", &id, &job, &unit, &result) >= 0 && strcmp(job, m->job) == 0)
		snprintf(m->result, sizeof(m->result), "%s", result);
	return 0;
}

/* On the private socket signals come without a sender and without being asked for. */
static int listen_for_jobs(struct manager *m)
{
	auto_call_error struct call_error c = { SD_BUS_ERROR_NULL };
	int rc = sd_bus_match_signal(m->bus, NULL, NULL, MANAGER_PATH, MANAGER, "JobRemoved", on_job_removed, m);

	if (rc < 0)
		return rc;
	rc = sd_bus_call_method(m->bus, SERVICE, MANAGER_PATH, MANAGER, "Subscribe", &c.v, NULL, NULL);
	return rc < 0 && !sd_bus_error_has_name(&c.v, SERVICE ".AlreadySubscribed") ? rc : 0;
}

int manager_open(struct manager *m, bool is_users, struct err *e)
{
	int rc = is_users ? sd_bus_open_user(&m->bus) : sd_bus_open_system(&m->bus);

	m->who = is_users ? "systemd's user instance" : "systemd";
	if (rc < 0 && !is_users && open_private(&m->bus) == 0)
		rc = 0;
	if (rc == -ENOMEDIUM)
		return err_set(e, rc, "%s: no bus is known: neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set",
			       m->who);
	if (rc >= 0)
		rc = listen_for_jobs(m);
	return rc < 0 ? err_sys(e, rc, "%s: connect to the %s bus (is it running?)", m->who, is_users ? "user's" : "system")
		      : 0;
}

void manager_close(struct manager *m)
{
	m->bus = sd_bus_flush_close_unref(m->bus);
}

int manager_find(struct manager *m, char **ret_cgroup, struct err *e)
{
	auto_call_error struct call_error c = { SD_BUS_ERROR_NULL };
	int rc = sd_bus_get_property_string(m->bus, SERVICE, MANAGER_PATH, MANAGER, "ControlGroup", &c.v, ret_cgroup);

	return rc < 0 ? fail(m, rc, &c, "find the cgroup of", "all units", e) : 0;
}

/* ---- properties ---- */

static int append_integer(sd_bus_message *message, char type, const char *text)
{
	unsigned long long u;
	long long s;
	char *end;

	errno = 0;
	if (strchr("nix", type)) {
		s = strtoll(text, &end, 10);
		u = 0;
	} else {
		u = strtoull(text, &end, 10);
		s = 0;
	}
	if (errno || end == text || *end)
		return -EINVAL;
	switch (type) {
	case 'y': return sd_bus_message_append_basic(message, type, &(uint8_t){ (uint8_t)u });
	case 'n': return sd_bus_message_append_basic(message, type, &(int16_t){ (int16_t)s });
	case 'q': return sd_bus_message_append_basic(message, type, &(uint16_t){ (uint16_t)u });
	case 'i': return sd_bus_message_append_basic(message, type, &(int32_t){ (int32_t)s });
	case 'u': return sd_bus_message_append_basic(message, type, &(uint32_t){ (uint32_t)u });
	case 'x': return sd_bus_message_append_basic(message, type, &(int64_t){ (int64_t)s });
	default:  return sd_bus_message_append_basic(message, type, &(uint64_t){ (uint64_t)u });
	}
}

static int append_value(sd_bus_message *message, char type, const char *text)
{
	char *end;
	double d;

	switch (type) {
	case 's':
		return sd_bus_message_append_basic(message, type, text);
	case 'b':
		return sd_bus_message_append_basic(message, type, &(int){ strcmp(text, "true") == 0 });
	case 'd':
		d = strtod(text, &end);
		return end == text || *end ? -EINVAL : sd_bus_message_append_basic(message, type, &d);
	default:
		return append_integer(message, type, text);
	}
}

/* An array's elements: values, or structures of them. */
static int append_elements(sd_bus_message *message, const struct request_item *it)
{
	const bool is_struct = it->type[1] == '(';
	const char *members = it->type + (is_struct ? 2 : 1);
	char signature[32];
	int rc = 0;

	if (it->width >= sizeof(signature))
		return -EINVAL;
	snprintf(signature, sizeof(signature), "%.*s", (int)it->width, members);
	for (size_t i = 0; rc >= 0 && i < it->n_values; i += it->width) {
		if (is_struct)
			rc = sd_bus_message_open_container(message, 'r', signature);
		for (size_t k = 0; rc >= 0 && k < it->width; k++)
			rc = append_value(message, members[k], it->values[i + k]);
		if (rc >= 0 && is_struct)
			rc = sd_bus_message_close_container(message);
	}
	return rc;
}

static int append_variant(sd_bus_message *message, const struct request_item *it)
{
	int rc = sd_bus_message_open_container(message, 'v', it->type);

	if (rc < 0 || *it->type != 'a')
		rc = rc < 0 ? rc : append_value(message, *it->type, it->values[0]);
	else {
		rc = sd_bus_message_open_container(message, 'a', it->type + 1);
		if (rc >= 0)
			rc = append_elements(message, it);
		if (rc >= 0)
			rc = sd_bus_message_close_container(message);
	}
	return rc < 0 ? rc : sd_bus_message_close_container(message);
}

static int append_properties(sd_bus_message *message, const struct request *q, pid_t keeper, struct err *e)
{
	int rc = sd_bus_message_open_container(message, 'a', "(sv)");

	for (size_t i = 0; rc >= 0 && i < q->n_items; i++) {
		rc = sd_bus_message_open_container(message, 'r', "sv");
		if (rc >= 0)
			rc = sd_bus_message_append_basic(message, 's', q->items[i].name);
		if (rc >= 0)
			rc = append_variant(message, &q->items[i]);
		if (rc >= 0)
			rc = sd_bus_message_close_container(message);
		if (rc < 0)
			return fail_message(rc, q->items[i].name, e);
	}
	if (rc >= 0 && keeper > 0)
		rc = sd_bus_message_append(message, "(sv)", "PIDs", "au", 1, (uint32_t)keeper);
	if (rc >= 0)
		rc = sd_bus_message_close_container(message);
	return rc < 0 ? fail_message(rc, "properties", e) : 0;
}

/* ---- jobs ---- */

/* Until it has ended; what became of it stands in ->result. */
static int wait_for_job(struct manager *m, sd_bus_message *reply, const char *what, const char *unit, struct err *e)
{
	const int64_t deadline = sys_now_ms() + UNIT_WAIT_MS;
	int rc = sd_bus_message_read(reply, "o", &m->job);

	m->result[0] = '\0';
	while (rc >= 0 && !m->result[0]) {
		int64_t left = deadline - sys_now_ms();

		rc = sd_bus_process(m->bus, NULL);
		if (rc != 0 || m->result[0])
			continue;
		if (left <= 0)
			return err_set(e, -ETIMEDOUT, "%s: %s %s: the job has not ended within %d s", m->who, what, unit,
				       UNIT_WAIT_MS / 1000);
		rc = sd_bus_wait(m->bus, (uint64_t)left * 1000);
		rc = rc == -EINTR ? 0 : rc;
	}
	m->job = NULL;
	return rc < 0 ? fail(m, rc, NULL, what, unit, e) : 0;
}

static int expect_done(const struct manager *m, const char *what, const char *unit, struct err *e)
{
	static const struct {
		const char *result, *why;
	} rows[] = {
		{ "canceled",   "the job was cancelled" },
		{ "timeout",    "the job took longer than systemd lets it" },
		{ "failed",     "the job failed; `systemctl status` or the journal says why" },
		{ "dependency", "a unit that it depends on failed" },
		{ "skipped",    "the job did not apply to the unit's state" },
	};

	if (strcmp(m->result, "done") == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(m->result, rows[i].result) == 0)
			return err_set(e, -EIO, "%s: %s %s: %s", m->who, what, unit, rows[i].why);
	return err_set(e, -EIO, "%s: %s %s: the job's result is '%s'", m->who, what, unit, m->result);
}

/* ---- the calls ---- */

static int reset_failed(struct manager *m, const char *unit, struct call_error *c)
{
	return sd_bus_call_method(m->bus, SERVICE, MANAGER_PATH, MANAGER, "ResetFailedUnit", &c->v, NULL, "s", unit);
}

static int try_start(struct manager *m, const struct request *q, pid_t keeper, struct call_error *c,
		     sd_bus_message **ret_reply, struct err *e)
{
	auto_message sd_bus_message *message = NULL;
	int rc = sd_bus_message_new_method_call(m->bus, &message, SERVICE, MANAGER_PATH, MANAGER, "StartTransientUnit");

	/* "fail": not instead of a unit of that name. */
	if (rc >= 0)
		rc = sd_bus_message_append(message, "ss", q->unit, "fail");
	if (rc < 0)
		return fail_message(rc, "StartTransientUnit", e);
	if (append_properties(message, q, keeper, e) < 0)
		return e->code;
	rc = sd_bus_message_append(message, "a(sa(sv))", 0);
	if (rc < 0)
		return fail_message(rc, "StartTransientUnit", e);
	return sd_bus_call(m->bus, message, 0, &c->v, ret_reply);
}

/* Where systemd has put it; "" is its root. */
static int find_cgroup(struct manager *m, const char *unit, char **ret_cgroup, struct err *e)
{
	auto_call_error struct call_error c = { SD_BUS_ERROR_NULL };
	const char *dot = strrchr(unit, '.');
	const char *interface = dot && strcmp(dot, ".slice") == 0 ? SERVICE ".Slice" : SERVICE ".Scope";
	char *path = NULL;
	int rc = sd_bus_path_encode(MANAGER_PATH "/unit", unit, &path);

	if (rc >= 0)
		rc = sd_bus_get_property_string(m->bus, SERVICE, path, interface, "ControlGroup", &c.v, ret_cgroup);
	free(path);
	return rc < 0 ? fail(m, rc, &c, "find the cgroup of", unit, e) : 0;
}

int manager_start(struct manager *m, const struct request *q, pid_t keeper, char **ret_cgroup, struct err *e)
{
	auto_call_error struct call_error c = { SD_BUS_ERROR_NULL };
	auto_message sd_bus_message *reply = NULL;
	int rc = try_start(m, q, keeper, &c, &reply, e);

	/* One that failed and that nobody has looked at stays until it is told to go. */
	if (rc < 0 && sd_bus_error_has_name(&c.v, SERVICE ".UnitExists")) {
		auto_call_error struct call_error ignored = { SD_BUS_ERROR_NULL };

		if (reset_failed(m, q->unit, &ignored) >= 0) {
			sd_bus_error_free(&c.v);
			rc = try_start(m, q, keeper, &c, &reply, e);
		}
	}
	if (rc < 0)
		return e->code < 0 ? e->code : fail(m, rc, &c, "start", q->unit, e);
	if (wait_for_job(m, reply, "start", q->unit, e) < 0 || expect_done(m, "start", q->unit, e) < 0)
		return e->code;
	return find_cgroup(m, q->unit, ret_cgroup, e);
}

/*
 * systemd writes to the cgroup after it has answered, before it takes the next message: so one more is asked and
 * answered, and what cist writes to the same files comes later.
 */
static int settle(struct manager *m)
{
	return sd_bus_call_method(m->bus, SERVICE, MANAGER_PATH, "org.freedesktop.DBus.Peer", "Ping", NULL, NULL, NULL);
}

int manager_set(struct manager *m, const struct request *q, struct err *e)
{
	auto_call_error struct call_error c = { SD_BUS_ERROR_NULL };
	auto_message sd_bus_message *message = NULL;
	int rc = sd_bus_message_new_method_call(m->bus, &message, SERVICE, MANAGER_PATH, MANAGER, "SetUnitProperties");

	if (rc >= 0)
		rc = sd_bus_message_append(message, "sb", q->unit, true);
	if (rc < 0)
		return fail_message(rc, "SetUnitProperties", e);
	if (append_properties(message, q, 0, e) < 0)
		return e->code;
	rc = sd_bus_call(m->bus, message, 0, &c.v, NULL);
	if (rc < 0)
		return fail(m, rc, &c, "set the limits of", q->unit, e);
	rc = settle(m);
	return rc < 0 ? fail(m, rc, NULL, "set the limits of", q->unit, e) : 0;
}

int manager_attach(struct manager *m, const struct request *q, struct err *e)
{
	auto_call_error struct call_error c = { SD_BUS_ERROR_NULL };
	char subgroup[REQUEST_TEXT_MAX];
	int rc;

	snprintf(subgroup, sizeof(subgroup), "%s%s", *q->subgroup ? "/" : "", q->subgroup);
	rc = sd_bus_call_method(m->bus, SERVICE, MANAGER_PATH, MANAGER, "AttachProcessesToUnit", &c.v, NULL, "ssau",
				q->unit, subgroup, 1, (uint32_t)q->pid);
	return rc < 0 ? fail(m, rc, &c, "put the container's init into", q->unit, e) : 0;
}

int manager_stop(struct manager *m, const struct request *q, struct err *e)
{
	auto_call_error struct call_error c = { SD_BUS_ERROR_NULL }, ignored = { SD_BUS_ERROR_NULL };
	auto_message sd_bus_message *reply = NULL;
	int rc = sd_bus_call_method(m->bus, SERVICE, MANAGER_PATH, MANAGER, "StopUnit", &c.v, &reply, "ss", q->unit,
				    "replace");

	/* A scope is gone with its last process, and that has ended by now. */
	if (rc < 0 && sd_bus_error_has_name(&c.v, SERVICE ".NoSuchUnit"))
		return 0;
	if (rc < 0)
		return fail(m, rc, &c, "stop", q->unit, e);
	if (wait_for_job(m, reply, "stop", q->unit, e) < 0)
		return e->code;
	(void)reset_failed(m, q->unit, &ignored);
	return 0;
}

/* 1: it has processes. */
static int has_processes(struct manager *m, const char *unit, struct err *e)
{
	auto_call_error struct call_error c = { SD_BUS_ERROR_NULL };
	auto_message sd_bus_message *reply = NULL;
	int rc = sd_bus_call_method(m->bus, SERVICE, MANAGER_PATH, MANAGER, "GetUnitProcesses", &c.v, &reply, "s", unit);

	if (rc < 0 && sd_bus_error_has_name(&c.v, SERVICE ".NoSuchUnit"))
		return 0;
	if (rc >= 0)
		rc = sd_bus_message_enter_container(reply, 'a', "(sus)");
	if (rc >= 0)
		rc = sd_bus_message_at_end(reply, false);
	return rc < 0 ? fail(m, rc, &c, "find the processes of", unit, e) : rc == 0;
}

int manager_clear(struct manager *m, const struct request *q, struct err *e)
{
	int rc = has_processes(m, q->unit, e);

	return rc == 0 ? manager_stop(m, q, e) : rc < 0 ? rc : 0;
}
