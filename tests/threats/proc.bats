#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# /proc and /sys are not what they seem (CVE-2019-16884, CVE-2019-19921, CVE-2023-27561, CVE-2025-52881).

load ../bats/helpers

begin() {
	mkdir -p "$W/outside"
}

end() {
	is "$(ls -A "$W/outside")" "" "what is outside"
}

# A tree that looks like a procfs to who does not ask.
forge_proc() {
	mkdir -p "$1"/{self/attr/apparmor,self/fd,thread-self/attr,sys/kernel,sys/net/core,1}
	local f

	for f in self/attr/exec self/attr/apparmor/exec thread-self/attr/exec self/setgroups self/oom_score_adj \
		self/uid_map self/gid_map sys/kernel/domainname sys/net/core/somaxconn self/sched sysrq-trigger; do
		mkdir -p "$(dirname "$1/$f")"
		echo forged >"$1/$f"
	done
}

refused_or_unharmed() {
	try P run -b "$B" "$C"
	P delete --force "$C"
	[[ -z $(find "$B/forged" -type f -print0 2>/dev/null | xargs -r0 grep -Lx forged) ]] ||
		die "written to: $(find "$B/forged" -type f -print0 | xargs -r0 grep -Lx forged)"
}

@test "proc: a forged tree bound on /proc is refused, by whatever name" {
	local dest

	forge_proc "$B/forged"
	mkdir -p "$B/rootfs/x"
	ln -s proc "$B/rootfs/alias"
	args true
	cfg '.process.oomScoreAdj = 10 | .linux.sysctl = {"kernel.domainname": "real"}'
	for dest in /proc /proc/. /x/../proc //proc /alias; do
		cfg --arg d "$dest" --arg s "$B/forged" '.mounts |= [{destination: $d, type: "bind", source: $s,
			options: ["bind"]}] + map(select(.type != "bind" and .destination != "/proc"))'
		refused_or_unharmed
		isnt "$status" 0 "a forged /proc by the name $dest: exit status"
	done
}

@test "proc: with a tmpfs on /proc the runtime's own writes reach the kernel" {
	args true
	cfg '.mounts |= [{destination: "/proc", type: "tmpfs", source: "tmpfs"}] + map(select(.destination != "/proc"))
	     | .process.oomScoreAdj = 123 | .linux.sysctl = {"net.core.somaxconn": "77"}'
	try P run -b "$B" "$C"
	# refused, or the container gets what it asked for: never a silent loss
	if [[ $status -eq 0 ]]; then
		args sleep 100
		ok P run -d -b "$B" "$C"
		is "$(cat "/proc/$(pid_of "$C")/oom_score_adj")" 123
		is "$(nsenter -t "$(pid_of "$C")" -n cat /proc/sys/net/core/somaxconn)" 77
	fi
}

@test "proc: /proc and /sys of the image that are links" {
	local what target

	args sh -c 'cat /proc/self/status /real/self/status >/dev/null 2>&1; true'
	for what in proc sys; do
		for target in "$W/outside" /real "../../../../../../..$W/outside" real; do
			rm -rf "${B:?}/rootfs/$what"
			mkdir -p "$B/rootfs/real"
			ln -s "$target" "$B/rootfs/$what"
			fails 1 P run -b "$B" "$C"
			[[ -n $stderr ]] || show "no reason"
			rm "$B/rootfs/$what"
			mkdir "$B/rootfs/$what"
		done
	done
}

@test "proc: /proc of the image that is a file" {
	rm -rf "$B/rootfs/proc"
	echo file >"$B/rootfs/proc"
	fails 1 P run -b "$B" "$C"
	err "proc"
}

@test "proc: a sysctl does not leave its namespace, by any spelling" {
	local key before after

	before=$(cat /proc/sys/kernel/panic /proc/sys/kernel/hostname /proc/sys/vm/swappiness /proc/sys/kernel/core_pattern)
	args true
	for key in kernel.panic vm.swappiness net/../kernel/panic net.ipv4/../../kernel/panic kernel.core_pattern \
		net...kernel.panic ../kernel/panic kernel/./panic kernel.hostname/../panic fs.mqueue/../../kernel/panic \
		net/ipv4/../../../sysrq-trigger "" . .. kernel net. ".kernel.domainname"; do
		cfg --arg k "$key" '.linux.sysctl = {($k): "42"}'
		fails 1 P run -b "$B" "$C"
		[[ -n $stderr ]] || show "no reason"
		P delete --force "$C"
	done
	# names with a namespace, when the container has none of its own
	cfg '.linux.sysctl = {"net.core.somaxconn": "42"} | .linux.namespaces |= map(select(.type != "network"))'
	before+=$(cat /proc/sys/net/core/somaxconn)
	fails 1 P run -b "$B" "$C"
	after=$(cat /proc/sys/kernel/panic /proc/sys/kernel/hostname /proc/sys/vm/swappiness /proc/sys/kernel/core_pattern)
	after+=$(cat /proc/sys/net/core/somaxconn)
	is "$after" "$before" "values on the host"
}

@test "proc: mounts below /proc are refused but for the few that show numbers" {
	local dest

	echo forged >"$W/b/forged"
	args true
	for dest in /proc/self/attr /proc/self/attr/exec /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/1/environ \
		/proc/self/fd /proc/net/dev /proc/sys /proc/../proc/self/attr /proc/./sysrq-trigger; do
		cfg --arg d "$dest" --arg s "$B/forged" '.mounts |= map(select(.source != $s))
			| .mounts += [{destination: $d, type: "bind", source: $s, options: ["bind"]}]'
		fails 1 P run -b "$B" "$C"
		err_any "proc" "mounts["
		P delete --force "$C"
	done
	for dest in /proc/cpuinfo /proc/meminfo /proc/stat /proc/uptime /proc/loadavg /proc/diskstats /proc/swaps; do
		cfg --arg d "$dest" --arg s "$B/forged" '.mounts |= map(select(.source != $s))
			| .mounts += [{destination: $d, type: "bind", source: $s, options: ["bind"]}]'
		args cat "$dest"
		run_it
		out forged
	done
}

@test "proc: a link in the image that leads a mount below /proc is judged by where it leads" {
	echo forged >"$B/forged"
	ln -s /proc "$B/rootfs/innocent"
	args true
	cfg --arg s "$B/forged" '.mounts += [{destination: "/innocent/sysrq-trigger", type: "bind", source: $s,
		options: ["bind"]}]'
	fails 1 P run -b "$B" "$C"
}

@test "proc: masked and read-only paths hold, also with a user namespace" {
	cfg '.linux.maskedPaths = ["/proc/keys", "/proc/timer_list", "/proc/acpi", "/sys/firmware"]
	     | .linux.readonlyPaths = ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq"]'
	inside 'cat /proc/keys; ls /proc/acpi /sys/firmware 2>/dev/null; echo 1 2>/dev/null >/proc/sys/kernel/panic && echo WROTE
		echo x 2>/dev/null >/proc/sysrq-trigger && echo WROTE; true'
	no_line WROTE
	no_line '[0-9a-f]{8}'
}
