#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# Seccomp listeners (config-linux.md#containerprocessstate): a real agent gets them and answers calls.

load helpers

begin() {
	[[ $(uname -m) == x86_64 ]] || skip "the numbers in these tests are those of x86-64"
	needs_root
	S=$W/agent.sock
}

# agent NUMBER=ERRNO...
agent() {
	background "$TOOLS/agent" "$S" "$W/seen" "$@"
	until_true test -S "$S"
}

# notify NAME...: these calls ask the agent.
notify() {
	local names

	names=$(printf '%s\n' "$@" | jq -R . | jq -s .)
	cfg --argjson names "$names" --arg s "$S" '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW",
		"listenerPath": $s, "listenerMetadata": "for the agent",
		"syscalls": [{"names": $names, "action": "SCMP_ACT_NOTIFY"}]}'
}

seen() {
	wait_file "$W/seen.$1"
	head -1 "$W/seen.$1" | jq -r "$2"
}

@test "notify: create hands the listener over with the state of the process (row 112)" {
	agent
	notify sethostname
	cfg '.annotations = {"a.b": "c"}'
	created
	is "$(seen 1 .ociVersion)" 1.3.0
	is "$(seen 1 '.fds | join(",")')" seccompFd
	is "$(sed -n 's/^fds //p' "$W/seen.1")" 1 descriptors
	is "$(seen 1 .pid)" "$(pid_of "$C")" pid
	is "$(seen 1 .metadata)" "for the agent"
	is "$(seen 1 .state.id)" "$C"
	is "$(seen 1 .state.status)" creating
	is "$(seen 1 .state.pid)" "$(pid_of "$C")" state.pid
	is "$(seen 1 .state.bundle)" "$B"
	is "$(seen 1 '.state.annotations["a.b"]')" c
	is "$(seen 1 '.state | keys | join(",")')" annotations,bundle,id,ociVersion,pid,status
}

@test "notify: the agent's answer is the call's result, with and without no_new_privs" {
	agent 170=77
	notify sethostname
	for nnp in true false; do
		cfg ".process.noNewPrivileges = $nnp"
		inside 'probe syscall 170 0 0; probe syscall 171 0 0; grep -c . /proc/self/fd/9 2>/dev/null; ls -l /proc/self/fd'
		line '^-1 77$'
		no_line seccomp
		quiet P delete --force "$C"
	done
}

@test "notify: exec has a listener of its own" {
	agent 170=77
	notify sethostname
	running
	ok P exec "$C" probe syscall 170 0 0
	out "-1 77"
	is "$(seen 2 .state.status)" running
	is "$(seen 2 .state.pid)" "$(pid_of "$C")" state.pid
	isnt "$(seen 2 .pid)" "$(pid_of "$C")" pid
}

@test "notify: calls that the set-up itself makes wait for the agent and go on" {
	agent
	notify write sendmsg sendto recvmsg accept4 accept close close_range prctl capset setresuid setgroups execve poll
	sh_args 'echo hello'
	run_it
	out hello
	cfg '.process.args = ["sleep", "1000"]'
	running
	ok P exec "$C" echo again
	out again
}

@test "notify: the other actions of the profile hold as without" {
	agent 170=77
	cfg --arg s "$S" '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": $s,
		"flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"], "syscalls": [
		{"names": ["sethostname"], "action": "SCMP_ACT_NOTIFY", "args": [{"index": 1, "value": 9, "op": "SCMP_CMP_NE"}]},
		{"names": ["sethostname"], "action": "SCMP_ACT_ERRNO", "errnoRet": 55, "args": [{"index": 1, "value": 9, "op": "SCMP_CMP_EQ"}]},
		{"names": ["setdomainname"], "action": "SCMP_ACT_ERRNO", "errnoRet": 66}]}'
	inside 'probe syscall 170 0 0; probe syscall 170 0 9; probe syscall 171 0 0'
	line '^-1 77$'
	line '^-1 55$'
	line '^-1 66$'
}

@test "notify: WAIT_KILLABLE_RECV" {
	agent 170=77
	notify sethostname
	cfg '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
	args probe syscall 170 0 0
	run_it
	out "-1 77"
}

@test "notify: nobody listens" {
	notify sethostname
	refused
	err "$S" "no such file"
	: >"$S"
	refused
	err "$S" "connection refused"
	rm "$S"
	agent
	running
	kill -KILL "$BG"
	rm "$S"
	wait_gone "$BG"
	fails 255 P exec "$C" true
	err "$S" "no such file"
}

@test "notify: an agent that dies makes its calls fail, and hangs nobody" {
	agent
	notify sethostname
	created
	seen 1 .pid
	kill -KILL "$BG"
	wait_gone "$BG"
	cfg .
	quiet P start "$C"
	# ENOSYS, says seccomp_unotify(2); the program is already there.
	wait_status "$C" running
}

@test "notify: an agent that dies takes a built-in init along whose own calls it answers" {
	agent
	notify rt_sigtimedwait rt_sigtimedwait_time64
	quiet P run -d --init -b "$B" "$C"
	wait_status "$C" running
	kill -KILL "$BG"
	wait_gone "$BG"
	# It may have been let into the call before; from the next one on it would hear nothing.
	P kill "$C" WINCH
	wait_status "$C" stopped
}

@test "notify: without listenerPath; as default" {
	notify sethostname
	cfg 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata)'
	refused
	err "listenerPath is not set"
	cfg '.linux.seccomp.listenerMetadata = "x"'
	refused
	err listenerMetadata
	cfg --arg s "$S" '.linux.seccomp = {"defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": $s}'
	refused
	err SCMP_ACT_NOTIFY default
}

@test "notify: listenerPath is ignored when no action is NOTIFY" {
	cfg --arg s "$S" '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": $s}'
	args true
	run_it
}

@test "notify: crun's annotation and variable name the agent" {
	agent 170=77
	notify sethostname
	cfg --arg s "$S" 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata)
		| .annotations["run.oci.seccomp.receiver"] = $s'
	args probe syscall 170 0 0
	run_it
	out "-1 77"
	is "$(seen 1 'has("metadata")')" false
	cfg '.annotations["run.oci.seccomp.receiver"] = "relative"'
	refused
	err "not an absolute path"
	cfg 'del(.annotations)'
	RUN_OCI_SECCOMP_RECEIVER=$S ok P run -b "$B" "$C"
	out "-1 77"
}

@test "notify: plugins inside the runtime are refused" {
	cfg '.annotations["run.oci.seccomp.plugins"] = "/lib/x.so"'
	refused
	err "run.oci.seccomp.plugins" "agent"
}

# One instruction: code, jt, jf, k, as the kernel has it on a little-endian machine.
insn() {
	printf "\\x$(printf %02x $(($1 & 255)))\\x$(printf %02x $(($1 >> 8)))\\x$(printf %02x "$2")\\x$(printf %02x "$3")"
	printf "\\x$(printf %02x $(($4 & 255)))\\x$(printf %02x $(($4 >> 8 & 255)))\\x$(printf %02x $(($4 >> 16 & 255)))\\x$(printf %02x $(($4 >> 24 & 255)))"
}

# ready ACTION: sethostname gets that, all else is allowed.
ready() {
	{
		insn 0x20 0 0 0
		insn 0x15 0 1 170
		insn 0x06 0 0 "$1"
		insn 0x06 0 0 $((0x7fff0000))
	} | base64 -w0
}

@test "notify: a program that comes ready made, in place of linux.seccomp" {
	agent 170=88
	cfg --arg p "$(ready $((0x00050000 + 77)))" '.annotations["run.oci.seccomp_bpf_data"] = $p
		| .linux.seccomp = {"defaultAction": "SCMP_ACT_KILL"}'
	args probe syscall 170 0 0
	run_it
	out "-1 77"
	cfg --arg p "$(ready $((0x7fc00000)))" --arg s "$S" '.annotations["run.oci.seccomp_bpf_data"] = $p
		| .annotations["run.oci.seccomp.receiver"] = $s'
	run_it
	out "-1 88"
}

@test "notify: ready made programs that are none" {
	refuses_each run.oci.seccomp_bpf_data <<-'END'
		.annotations["run.oci.seccomp_bpf_data"] = ""
		.annotations["run.oci.seccomp_bpf_data"] = "!!!!"
		.annotations["run.oci.seccomp_bpf_data"] = "AAAA"
		.annotations["run.oci.seccomp_bpf_data"] = "IAAAAAAAAAA="
		.annotations["run.oci.seccomp_bpf_data"] = "FgAAAAAAAAA="
	END
	# A jump behind the end: the kernel's verdict.
	cfg '.annotations["run.oci.seccomp_bpf_data"] = "FQBjYwAAAAAGAAAAAAD/fw=="'
	created
	fails 1 P start "$C"
	err "kernel refuses the filter"
	quiet P delete --force "$C"
}

@test "notify: an unknown system call is an error when the annotation says so" {
	cfg '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW",
		"syscalls": [{"names": ["frobnicate"], "action": "SCMP_ACT_ERRNO"}]}
		| .annotations["run.oci.seccomp_fail_unknown_syscall"] = "1"'
	refused
	err frobnicate
	cfg 'del(.annotations)'
	args true
	run_it
}

@test "notify: a pidfd goes to the socket that crun's annotation names" {
	background "$TOOLS/recvfd" "$W/s" "$W/report"
	until_true test -S "$W/s"
	cfg --arg s "$W/s" '.annotations["run.oci.pidfd_receiver"] = $s'
	created
	wait_file "$W/report"
	grep -qx "pidfd $(pid_of "$C")" "$W/report"
	grep -qx "text standard" "$W/report"
	quiet P delete --force "$C"
	kill -KILL "$BG"
	refused
	err run.oci.pidfd_receiver "$W/s"
}
