/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The digest changes with everything that makes the container another one, and with nothing else. */
#include "tests/unit/translate/fixture.h"

#include "base/arr.h"

/* An instance with something of everything, whose parts a case changes. */
struct whole {
	struct fixture x;
	struct lithos_pair environ_[4], hosts[2], readonly[2], writable[2];
	struct lithos_volume volumes[4];
	struct lithos_map uids[1], gids[1];
	const char *values[2], *spaces[1], *extra[1], *args[3], *pids[1], *controllers[2], *after[2];
	struct lithos_secret secrets[2];
	struct instance_port ports[2];
	int32_t codes[2];
	struct translate_options how;
};

static struct whole w;

#define KEY_A "v2:i4+dWTpg:KqWSX0BY:8MtOoWUX:AAAA"
#define KEY_B "v2:i4+dWTpg:KqWSX0BY:8MtOoWUX:BBBB"

static void lists(void)
{
	w.environ_[0] = (struct lithos_pair){ "A", "1" };
	w.environ_[1] = (struct lithos_pair){ "B", "2" };
	w.environ_[2] = (struct lithos_pair){ "LITHOS_NAME", "app/web.0" };
	w.environ_[3] = (struct lithos_pair){ "LITHOS_CONFIG", "/web.yaml" };
	w.hosts[0] = (struct lithos_pair){ "db", "10.0.0.1" };
	w.hosts[1] = (struct lithos_pair){ "mq", "10.0.0.2" };
	w.readonly[0] = (struct lithos_pair){ "/conf", "/etc/app" };
	w.readonly[1] = (struct lithos_pair){ "/unused", "/etc/none" };
	w.writable[0] = (struct lithos_pair){ "/db", "/srv/db" };
	w.writable[1] = (struct lithos_pair){ "/unused", "/srv/none" };
	w.volumes[0] = (struct lithos_volume){ .mount_point = "/conf", .type = LITHOS_READONLY, .path = "/conf" };
	w.volumes[1] = (struct lithos_volume){
		.mount_point = "/data", .type = LITHOS_PERSISTENT, .path = "/db/x", .mkdir = true, .mode = 0700, .user = 1 };
	w.volumes[2] = (struct lithos_volume){ .mount_point = "/tmp/x", .type = LITHOS_TMPFS, .size = 4096, .mode = 0777 };
	w.volumes[3] = (struct lithos_volume){
		.mount_point = "/state", .type = LITHOS_STATEDIR, .path = "/s", .mode = 0755 };
	w.uids[0] = w.gids[0] = (struct lithos_map){ 0, 100000, 65536 };
	w.values[0] = KEY_A;
	w.values[1] = KEY_B;
	w.secrets[0] = (struct lithos_secret){ "S", w.values, 1 };
	w.secrets[1] = (struct lithos_secret){ "T", w.values + 1, 1 };
	w.spaces[0] = "prod";
	w.extra[0] = "more";
	w.args[0] = "/bin/web";
	w.args[1] = "--listen";
	w.args[2] = "80";
	w.pids[0] = "PID";
	w.controllers[0] = "cpu";
	w.controllers[1] = "memory";
	w.after[0] = "/bin/ip";
	w.after[1] = "@{container_ip}";
	w.ports[0] = (struct instance_port){ .port = 80, .fd = 3, .host = "0.0.0.0", .backlog = 128, .reuse_addr = true };
	w.ports[1] = (struct instance_port){ .port = 81, .fd = 4, .host = "0.0.0.0", .backlog = 128, .on_host = true };
	w.codes[0] = 7;
	w.codes[1] = 9;
}

static void sandbox(struct lithos_sandbox *s)
{
	s->readonly_paths = w.readonly;
	s->writable_paths = w.writable;
	s->n_readonly_paths = s->n_writable_paths = 2;
	s->additional_hosts = w.hosts;
	s->n_additional_hosts = 2;
	s->secrets_private_key = "/etc/lithos/key";
	s->secrets_namespaces = w.spaces;
	s->n_secrets_namespaces = 1;
	s->bridged_network = &w.x.network;
	w.x.network.after_setup_command = w.after;
	w.x.network.n_after_setup_command = 2;
}

static void container(struct lithos_container *c)
{
	c->volumes = w.volumes;
	c->n_volumes = ARRAY_LEN(w.volumes);
	c->uid_map = (struct lithos_maps){ w.uids, 1 };
	c->gid_map = (struct lithos_maps){ w.gids, 1 };
	c->secret_environ = w.secrets;
	c->n_secret_environ = 2;
	c->memory_limit = 1 << 20;
	c->cpu_shares = 512;
	c->normal_exit_codes = w.codes;
	c->n_normal_exit_codes = 2;
}

static void make(void)
{
	findings_done(&w.x.findings);
	w = (struct whole){ .how.harden = false };
	fixture_make(&w.x);
	lists();
	sandbox(&w.x.sandbox);
	container(&w.x.container);
	w.x.master.cgroup_controllers = w.controllers;
	w.x.master.n_cgroup_controllers = 2;
	w.x.process.extra_secrets_namespaces = w.extra;
	w.x.process.n_extra_secrets_namespaces = 1;
	w.x.in.args = w.args;
	w.x.in.n_args = 3;
	w.x.in.environ = w.environ_;
	w.x.in.n_environ = 4;
	w.x.in.pid_variables = w.pids;
	w.x.in.n_pid_variables = 1;
	w.x.in.ports = w.ports;
	w.x.in.n_ports = 2;
	w.x.in.ip_address = "10.64.0.10";
	w.x.facts = (struct translate_facts){
		.term = "xterm", .etc_is_directory = true, .etc_hosts_is_file = true, .etc_resolv_is_file = true,
		.hosts = "127.0.0.1 h\n", .hosts_len = 12, .resolv = "nameserver 1.1.1.1\n", .resolv_len = 19, .resolv_mode = 0644,
		.host_name = "h", .host_address = "192.0.2.1",
	};
}

/* Into digest; an empty one when it could not be translated. */
static void take(char digest[BUNDLE_DIGEST_LEN + 1])
{
	struct bundle_plan plan;
	int rc = translate(&w.x.in, &w.x.facts, &w.how, &w.x.arena, &w.x.findings, &plan, &w.x.e);

	digest[0] = '\0';
	if (!CHECK(rc == 1)) {
		printf("  %s\n", w.x.findings.n ? w.x.findings.v[w.x.findings.n - 1].text : w.x.e.text);
		return;
	}
	memcpy(digest, plan.digest, sizeof plan.digest);
	CHECK(strlen(digest) == BUNDLE_DIGEST_LEN && strspn(digest, "0123456789abcdef") == BUNDLE_DIGEST_LEN);
	CHECK_STR(oci_annotation(&plan.config, "org.cist.lithos.digest"), digest);
}

static char first[BUNDLE_DIGEST_LEN + 1];

static bool is_changed(void)
{
	char now[BUNDLE_DIGEST_LEN + 1];

	take(now);
	return *now && strcmp(first, now) != 0;
}

/* After `change` the digest is another one; it is the first one again without it. */
#define CHANGES(change) do { CASE(#change); make(); change; CHECK(is_changed()); } while (0)
#define KEEPS(change) do { CASE(#change); make(); change; CHECK(!is_changed()); } while (0)

static void of_process(void)
{
	CHANGES(w.args[0] = "/bin/web2");
	CHANGES(w.args[2] = "81");
	CHANGES(w.x.in.n_args = 2);
	CHANGES(w.x.in.uid = 5);
	CHANGES(w.x.in.gid = 5);
	CHANGES(w.environ_[0].value = "3");
	CHANGES(w.environ_[0].key = "C");
	CHANGES(w.x.in.n_environ = 3);
	CHANGES(w.pids[0] = "PID2");
	CHANGES(w.x.container.workdir = "/srv");
	CHANGES(w.x.container.fileno_limit = 2048);
	CHANGES(w.x.in.name = "app/web.1");
	CHANGES(w.x.process.image = "web-2"; w.x.sandbox.image_dir = "/other");
	CHANGES(w.environ_[0] = ((struct lithos_pair){ "TERM", "xterm" }));
}

static void of_volumes(void)
{
	CHANGES(w.volumes[0].mount_point = "/conf2");
	CHANGES(w.volumes[1].path = "/db/y");
	CHANGES(w.volumes[1].mkdir = false);
	CHANGES(w.volumes[1].mode = 0755);
	CHANGES(w.volumes[1].user = 2);
	CHANGES(w.volumes[1].group = 2);
	CHANGES(w.volumes[2].size = 8192);
	CHANGES(w.volumes[2].mode = 0700);
	CHANGES(w.volumes[3].path = "/t");
	CHANGES(w.volumes[3].mode = 0700);
	CHANGES(w.x.container.n_volumes = 3);
	CHANGES(w.readonly[0].value = "/etc/app2");
	CHANGES(w.writable[0].value = "/srv/db2");
	CHANGES(w.x.master.devfs_dir = "/dev");
	CHANGES(w.x.master.state_dir = "/run/other/state");
}

static void of_identity(void)
{
	CHANGES(w.uids[0].outside = 200000);
	CHANGES(w.gids[0].count = 65535);
	CHANGES(w.x.container.memory_limit = 1 << 21);
	CHANGES(w.x.container.cpu_shares = 256);
	CHANGES(w.x.master.n_cgroup_controllers = 1);
	CHANGES(w.x.master.cgroup_name = "other.slice");
	CHANGES(w.x.master.cgroup_name = NULL);
	CHANGES(w.how.harden = true);
	CHANGES(w.x.sandbox.x_cist_harden = true);
}

static void of_secrets(void)
{
	CHANGES(w.values[0] = KEY_B);
	CHANGES(w.secrets[0].n_values = 2);
	CHANGES(w.secrets[0].name = "U");
	CHANGES(w.x.container.n_secret_environ = 1);
	CHANGES(w.spaces[0] = "test");
	CHANGES(w.extra[0] = "less");
	CHANGES(w.x.process.n_extra_secrets_namespaces = 0);
	CHANGES(w.x.sandbox.secrets_private_key = "/etc/lithos/key2");
}

static void of_network(void)
{
	CHANGES(w.ports[0].port = 82);
	CHANGES(w.ports[0].host = "127.0.0.1");
	CHANGES(w.ports[0].backlog = 5);
	CHANGES(w.ports[0].reuse_addr = false);
	CHANGES(w.ports[0].reuse_port = true);
	CHANGES(w.ports[0].non_block = true);
	CHANGES(w.ports[0].on_host = true);
	CHANGES(w.ports[1].fd = 5);
	CHANGES(w.x.in.ip_address = "10.64.0.11");
	CHANGES(w.x.network.bridge = "br1");
	CHANGES(w.x.network.network = "10.64.0.0/24");
	CHANGES(w.x.network.default_gateway = NULL);
	CHANGES(w.after[0] = "/sbin/ip");
	CHANGES(w.x.sandbox.bridged_network = NULL);
}

static void of_etc(void)
{
	CHANGES(w.hosts[0].value = "10.0.0.9");
	CHANGES(w.x.sandbox.n_additional_hosts = 1);
	CHANGES(w.x.sandbox.hosts_file = "/etc/hosts2");
	CHANGES(w.x.sandbox.resolv_conf = "/etc/resolv2");
	CHANGES(w.x.container.hosts_file.localhost = LITHOS_YES);
	CHANGES(w.x.container.hosts_file.public_hostname = LITHOS_YES);
	CHANGES(w.x.container.hosts_file.copy_from_host = false);
	CHANGES(w.x.container.hosts_file.mount = LITHOS_NO);
	CHANGES(w.x.container.resolv_conf.mount = LITHOS_NO);
	CHANGES(w.x.container.resolv_conf.copy_from_host = false);
}

static void of_supervision(void)
{
	static const struct lithos_backoff one = { "2", 1, 1 }, other = { "2", 1, 2 };

	CHANGES(w.x.container.restart_timeout = 2);
	CHANGES(w.x.container.kill_timeout = 6);
	CHANGES(w.x.container.interactive = true);
	CHANGES(w.x.container.restart_process_only = true);
	CHANGES(w.x.container.has_ready_timeout = true);
	CHANGES(w.x.container.restart_backoff = &one);
	CHANGES(w.x.container.restart_backoff = &other);
	CHANGES(w.x.container.n_normal_exit_codes = 1);
	CHANGES(w.codes[0] = 8);
	CHANGES(w.x.container.kind = LITHOS_COMMAND_OR_DAEMON);
	CHANGES(w.x.container.stdout_stderr_file = "/log");
	CHANGES(w.x.master.stdio_log_dir = "/var/log/other");
}

/* a and b change places */
#define SWAP(a, b) do { __typeof__(a) t_ = (a); (a) = (b); (b) = t_; } while (0)

static void of_nothing(void)
{
	KEEPS((void)0);
	KEEPS(SWAP(w.environ_[0], w.environ_[3]));
	KEEPS(SWAP(w.secrets[0], w.secrets[1]));
	KEEPS(SWAP(w.hosts[0], w.hosts[1]));
	KEEPS(SWAP(w.volumes[0], w.volumes[3]));
	KEEPS(SWAP(w.volumes[1], w.volumes[2]));
	KEEPS(SWAP(w.codes[0], w.codes[1]));
	KEEPS(SWAP(w.readonly[0], w.readonly[1]));
	KEEPS(SWAP(w.controllers[0], w.controllers[1]));
	KEEPS(w.x.facts.term = "vt100");
	KEEPS(w.x.facts.hosts = "127.0.0.1 i\n");
	KEEPS(w.x.facts.resolv = "nameserver 1.1.1.2\n");
	KEEPS(w.readonly[1].value = "/etc/never");
	KEEPS(w.x.process.instances = 7);
	KEEPS(w.x.sandbox.auto_clean = true);
	KEEPS(w.x.sandbox.log_level = "debug");
}

int main(void)
{
	CASE("the digest");
	make();
	take(first);
	of_process();
	of_volumes();
	of_identity();
	of_secrets();
	of_network();
	of_etc();
	of_supervision();
	of_nothing();
	findings_done(&w.x.findings);
	return check_summary();
}
