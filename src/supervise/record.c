/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/record.h"

#include "base/arr.h"
#include "base/fmt.h"
#include "supervise/ending.h"
#include "supervise/log.h"
#include "supervise/rules.h"

#include <inttypes.h>
#include <string.h>

static void keep_life(struct record *r, const struct record_life *life)
{
	if (r->n_lives == RECORD_LIVES)
		memmove(r->lives, r->lives + 1, --r->n_lives * sizeof(r->lives[0]));
	r->lives[r->n_lives++] = *life;
}

void record_add_life(struct record *r, const struct record_life *life)
{
	keep_life(r, life);
	r->untold += r->untold < r->n_lives;
}

/* ---- writing ---- */

static void put_proc(struct sheet *s, const struct proc *p)
{
	sheet_row(s, "life");
	/* What is being looked for is for a successor what it was for this one. */
	sheet_text(s, "state", proc_state_name(p->state == PROC_ADOPTING ? p->was : p->state));
	sheet_count(s, "number", p->life);
	sheet_count(s, "again", p->again);
	sheet_flag(s, "term-sent", p->term_sent);
	sheet_flag(s, "killed", p->killed);
	sheet_flag(s, "counted", p->counted);
	sheet_flag(s, "is-ready", p->ready);
	sheet_flag(s, "late", p->late);
	sheet_number(s, "launched", p->launched_ms);
	sheet_number(s, "up", p->up_ms);
	sheet_number(s, "start", p->start_ms);
	if (p->deadline_ms != PROC_NEVER)
		sheet_number(s, "deadline", p->deadline_ms);
	sheet_count(s, "streak", p->streak);
	sheet_row(s, "ending");
	ending_put(s, &p->ending);
	sheet_row(s, "counts");
	sheet_count(s, "started", p->counts.started);
	sheet_count(s, "deaths", p->counts.deaths);
	sheet_count(s, "failures", p->counts.failures);
	rules_write(s, &p->rules);
}

static void put_life(struct sheet *s, const struct record_life *l)
{
	sheet_row(s, "past");
	sheet_count(s, "life", l->number);
	ending_put(s, &l->ending);
	sheet_flag(s, "asked", l->asked);
	sheet_flag(s, "killed", l->killed);
	sheet_flag(s, "failed", l->failed);
	sheet_flag(s, "refused", l->refused);
	sheet_flag(s, "inside", l->inside);
	sheet_count(s, "start", l->start);
	sheet_number(s, "began", l->began_s);
	sheet_number(s, "ended", l->ended_s);
	sheet_number(s, "uptime", l->uptime_ms);
	sheet_count(s, "oom-kills", l->oom_kills);
	sheet_count(s, "memory-peak", l->memory_peak);
	sheet_count(s, "cpu", l->cpu_us);
	sheet_text(s, "text", l->text);
}

int record_write(const struct record *r, const char *boot_id, struct sheet *s, struct err *e)
{
	sheet_begin(s, "record", RECORD_VERSION, boot_id);
	sheet_row(s, "instance");
	sheet_text(s, "id", r->id);
	sheet_text(s, "name", r->name);
	sheet_text(s, "digest", r->digest);
	sheet_number(s, "pid", r->pid);
	sheet_text(s, "cgroup", r->cgroup);
	sheet_text(s, "log-file", r->log_file);
	sheet_text(s, "output-file", r->output_file);
	sheet_text(s, "state-below", r->state_below);
	sheet_count(s, "untold", r->untold);
	sheet_count(s, "oom-before", r->oom_before);
	sheet_count(s, "cpu-before", r->cpu_before);
	put_proc(s, &r->proc);
	for (size_t i = 0; i < r->n_ports; i++) {
		sheet_row(s, "port");
		sheet_text(s, "host", r->ports[i].host);
		sheet_count(s, "port", r->ports[i].port);
		sheet_flag(s, "reuse-port", r->ports[i].reuse_port);
	}
	for (size_t i = 0; i < r->n_lives; i++)
		put_life(s, &r->lives[i]);
	return sheet_end(s, e);
}

/* ---- reading ---- */

/* ADOPTING stands for a state that nobody knows: what it is, the runtime will say. */
static void get_life(const struct sheet_reader *r, struct proc *p)
{
	const char *state = sheet_find(r, "state");

	if (!state || !proc_state_find(state, &p->state))
		p->state = PROC_ADOPTING;
	p->life = sheet_find_count(r, "number");
	p->again = sheet_find_count(r, "again");
	p->term_sent = sheet_find_flag(r, "term-sent");
	p->killed = sheet_find_flag(r, "killed");
	p->counted = sheet_find_flag(r, "counted");
	p->ready = sheet_find_flag(r, "is-ready");
	p->late = sheet_find_flag(r, "late");
	p->launched_ms = sheet_find_number(r, "launched", 0);
	p->up_ms = sheet_find_number(r, "up", 0);
	p->start_ms = sheet_find_number(r, "start", 0);
	p->deadline_ms = sheet_find_number(r, "deadline", PROC_NEVER);
	p->streak = (uint32_t)sheet_find_count(r, "streak");
}

static void get_past(const struct sheet_reader *r, struct record *ret)
{
	struct record_life l = {
		.number = sheet_find_count(r, "life"), .asked = sheet_find_flag(r, "asked"),
		.killed = sheet_find_flag(r, "killed"), .failed = sheet_find_flag(r, "failed"),
		.refused = sheet_find_flag(r, "refused"), .inside = sheet_find_flag(r, "inside"),
		.start = sheet_find_count(r, "start"), .began_s = sheet_find_number(r, "began", 0),
		.ended_s = sheet_find_number(r, "ended", 0), .uptime_ms = sheet_find_number(r, "uptime", 0),
		.oom_kills = sheet_find_count(r, "oom-kills"), .memory_peak = sheet_find_count(r, "memory-peak"),
		.cpu_us = sheet_find_count(r, "cpu"), .text = sheet_find(r, "text"),
	};

	ending_get(r, &l.ending);
	keep_life(ret, &l);
}

static void get_instance(const struct sheet_reader *r, struct record *ret)
{
	ret->id = sheet_find(r, "id");
	ret->name = sheet_find(r, "name");
	ret->digest = sheet_find(r, "digest");
	ret->pid = (int)sheet_find_number(r, "pid", 0);
	ret->cgroup = sheet_find(r, "cgroup");
	ret->log_file = sheet_find(r, "log-file");
	ret->output_file = sheet_find(r, "output-file");
	ret->state_below = sheet_find(r, "state-below");
	ret->oom_before = sheet_find_count(r, "oom-before");
	ret->cpu_before = sheet_find_count(r, "cpu-before");
	/* A version before this one has told them one by one. */
	ret->untold = sheet_find(r, "untold") ? sheet_find_count(r, "untold") : !sheet_find_flag(r, "told");
}

static void get_port(const struct sheet_reader *r, struct desired_port *ports, size_t *n)
{
	const char *host = sheet_find(r, "host");
	uint64_t port = sheet_find_count(r, "port");

	if (!host || port > UINT16_MAX || *n == RECORD_PORTS)
		return;
	ports[(*n)++] = (struct desired_port){
		.host = host, .port = (uint16_t)port, .reuse_port = sheet_find_flag(r, "reuse-port"),
	};
}

static void get_counts(const struct sheet_reader *r, struct proc_counts *ret)
{
	*ret = (struct proc_counts){
		sheet_find_count(r, "started"), sheet_find_count(r, "deaths"), sheet_find_count(r, "failures"),
	};
}

static void get_row(const char *row, const struct sheet_reader *r, struct record *ret, struct desired_port *ports)
{
	if (strcmp(row, "instance") == 0)
		get_instance(r, ret);
	else if (strcmp(row, "life") == 0)
		get_life(r, &ret->proc);
	else if (strcmp(row, "ending") == 0)
		ending_get(r, &ret->proc.ending);
	else if (strcmp(row, "counts") == 0)
		get_counts(r, &ret->proc.counts);
	else if (strcmp(row, "rules") == 0)
		rules_read(r, &ret->proc.rules);
	else if (strcmp(row, "port") == 0)
		get_port(r, ports, &ret->n_ports);
	else if (strcmp(row, "past") == 0)
		get_past(r, ret);
}

enum sheet_answer record_read(char *text, size_t len, const char *boot_id, struct arena *a, struct record *ret)
{
	static const struct proc_rules none;
	struct sheet_reader r;
	enum sheet_answer answer = sheet_open(text, len, "record", RECORD_VERSION, boot_id, &r);
	struct desired_port *ports = answer == SHEET_READ ? ARENA_ARRAY(a, RECORD_PORTS, struct desired_port) : NULL;
	struct record_life *lives = ports ? ARENA_ARRAY(a, RECORD_LIVES, struct record_life) : NULL;
	const char *row;

	if (answer != SHEET_READ)
		return answer;
	if (!ports || !lives)
		return SHEET_DAMAGED;
	*ret = (struct record){ .ports = ports, .lives = lives };
	proc_adopt(&ret->proc, &none);
	while ((row = sheet_next(&r)))
		get_row(row, &r, ret, ports);
	if (ret->untold > ret->n_lives)
		ret->untold = ret->n_lives;
	return ret->id && ret->name ? SHEET_READ : SHEET_DAMAGED;
}

/* ---- words ---- */

void record_uptime(int64_t ms, char buf[RECORD_TIME_MAX])
{
	long long s = ms > 0 ? (long long)(ms / 1000) : 0;

	if (s < 60)
		fmt(buf, RECORD_TIME_MAX, "%llds", s);
	else if (s < 3600)
		fmt(buf, RECORD_TIME_MAX, "%lldm%llds", s / 60, s % 60);
	else if (s < 86400)
		fmt(buf, RECORD_TIME_MAX, "%lldh%lldm%llds", s / 3600, s / 60 % 60, s % 60);
	else if (s < 3 * 86400)
		fmt(buf, RECORD_TIME_MAX, "%lldd%lldh%lldm", s / 86400, s / 3600 % 24, s / 60 % 60);
	else
		fmt(buf, RECORD_TIME_MAX, "%llddays", s / 86400);
}

void record_size(uint64_t bytes, char buf[RECORD_SIZE_MAX])
{
	static const char *const units[] = { "kiB", "MiB", "GiB" };
	uint64_t unit = 1024, tenths;
	size_t i = 0;

	if (bytes < 1024) {
		fmt(buf, RECORD_SIZE_MAX, "%lluB", (unsigned long long)bytes);
		return;
	}
	while (i + 1 < ARRAY_LEN(units) && bytes / unit >= 1024) {
		unit *= 1024;
		i++;
	}
	tenths = (bytes % unit * 10 + unit / 2) / unit;
	fmt(buf, RECORD_SIZE_MAX, "%" PRIu64 ".%" PRIu64 "%s", bytes / unit + tenths / 10, tenths % 10, units[i]);
}

/* What made it end, as far as that is more than how. */
static const char *cause(const struct record_life *l)
{
	if (l->killed)
		return ", as it did not respond to SIGTERM";
	if (l->asked)
		return ", as it was told to";
	return "";
}

void record_explain(const struct record_life *l, char buf[RECORD_SENTENCE_MAX])
{
	char status[LINE_STATUS_MAX], time[RECORD_TIME_MAX], size[RECORD_SIZE_MAX], start[32] = "";
	size_t n;

	if (l->refused) {
		fmt(buf, RECORD_SENTENCE_MAX, "life %llu did not begin: %.*s", (unsigned long long)l->number,
		    RECORD_SENTENCE_MAX - 128, l->text ? l->text : "the runtime did not say why");
		return;
	}
	record_uptime(l->uptime_ms, time);
	line_status(&l->ending, status);
	if (l->start > 0)
		fmt(start, sizeof(start), ", start %llu,", (unsigned long long)l->start);
	n = fmt(buf, RECORD_SENTENCE_MAX, "life %llu%s ran for %s and %s%s%s", (unsigned long long)l->number, start, time,
		l->ending.how == ENDING_SIGNAL ? "was " : "", status, cause(l));
	if (l->oom_kills > 0)
		n += fmt(buf + n, RECORD_SENTENCE_MAX - n, "; %llu of its processes %s killed for want of memory",
			 (unsigned long long)l->oom_kills, l->oom_kills == 1 ? "was" : "were");
	if (l->memory_peak > 0) {
		record_size(l->memory_peak, size);
		n += fmt(buf + n, RECORD_SENTENCE_MAX - n, "; it had at most %s of memory", size);
	}
	if (l->cpu_us > 0)
		n += fmt(buf + n, RECORD_SENTENCE_MAX - n, "; it used %llu.%02llus of CPU",
			 (unsigned long long)(l->cpu_us / 1000000), (unsigned long long)(l->cpu_us / 10000 % 100));
	fmt(buf + n, RECORD_SENTENCE_MAX - n, "%s", l->failed ? " (a failure)" : "");
}
