#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load helpers

# x86-64 numbers; the program in the container is told them, so that no name need be known there.
begin() {
	[[ $(uname -m) == x86_64 ]] || skip "the numbers in these tests are those of x86-64"
}

filter() {
	cfg --argjson s "$1" '.linux.seccomp = $s'
}

allow_but() {
	filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [$1]}"
}

@test "seccomp: an error with its number, and with the default one" {
	allow_but '{"names": ["sethostname"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77},
		{"names": ["setdomainname"], "action": "SCMP_ACT_ERRNO"}'
	inside 'probe syscall 170 0 0; probe syscall 171 0 0; grep Seccomp: /proc/self/status'
	line '^-1 77$'
	line '^-1 1$'
	line 'Seccomp:.2'
}

@test "seccomp: defaultErrnoRet with an action that takes none is an error" {
	filter '{"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 5}'
	fails 1 P create -b "$B" "$C"
	err defaultErrnoRet
	nothing_left
}

@test "seccomp: kill the process, kill the thread, trap" {
	for action in SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL SCMP_ACT_KILL_THREAD SCMP_ACT_TRAP; do
		allow_but "{\"names\": [\"sethostname\"], \"action\": \"$action\"}"
		inside 'probe syscall 170 0 0; echo "status $?"'
		line '^status 159$'
	done
}

@test "seccomp: trace without a tracer, log" {
	allow_but '{"names": ["sethostname"], "action": "SCMP_ACT_TRACE"}, {"names": ["setdomainname"], "action": "SCMP_ACT_LOG"}'
	inside 'probe syscall 170 0 0; probe syscall 171 0 0'
	line '^-1 (38|1)$'
	line '^-1 (1|14)$'
}

@test "seccomp: the default denies what the list does not allow" {
	filter '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 99, "syscalls": [{"action": "SCMP_ACT_ALLOW", "names": [
		"execve", "exit", "exit_group", "brk", "mmap", "munmap", "mprotect", "read", "write", "writev", "close",
		"fstat", "newfstatat", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "ioctl",
		"readlink", "readlinkat", "getrandom", "uname", "rt_sigaction", "rt_sigprocmask", "futex", "lseek", "openat", "close_range", "fcntl",
		"recvmsg", "sendmsg", "sendto", "poll", "ppoll", "nanosleep", "clock_nanosleep", "epoll_create1",
		"epoll_ctl", "epoll_pwait", "getpid", "gettid", "tgkill", "madvise", "sigaltstack", "clone", "pipe2",
		"prctl", "chdir", "getcwd", "getppid", "kill", "stat", "lstat", "fstatfs", "getdents64", "capget",
		"faccessat", "faccessat2", "rt_sigreturn", "sched_yield", "sched_getaffinity", "eventfd2"]}]}'
	args probe syscall 170 0 0
	run_it
	out "-1 99"
}

@test "seccomp: comparisons of arguments" {
	row() {
		allow_but "{\"names\": [\"getpriority\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 77, \"args\": [$1]}"
		args probe syscall 140 "$2" 0
		run_it
		if [[ $3 == hit ]]; then
			out "-1 77"
		else
			[[ $output != "-1 77" ]] || show "expected no match: $1 with $2"
		fi
	}
	row '{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}' 2 hit
	row '{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}' 1 miss
	row '{"index": 0, "value": 2, "op": "SCMP_CMP_NE"}' 1 hit
	row '{"index": 0, "value": 2, "op": "SCMP_CMP_LT"}' 1 hit
	row '{"index": 0, "value": 2, "op": "SCMP_CMP_LT"}' 2 miss
	row '{"index": 0, "value": 2, "op": "SCMP_CMP_LE"}' 2 hit
	row '{"index": 0, "value": 2, "op": "SCMP_CMP_GE"}' 2 hit
	row '{"index": 0, "value": 2, "op": "SCMP_CMP_GT"}' 2 miss
	row '{"index": 0, "value": 4294967296, "op": "SCMP_CMP_EQ"}' 0x100000000 hit
	row '{"index": 0, "value": 4294967296, "op": "SCMP_CMP_EQ"}' 0 miss
	row '{"index": 0, "value": 6, "valueTwo": 2, "op": "SCMP_CMP_MASKED_EQ"}' 0xfffffffb hit
	row '{"index": 0, "value": 6, "valueTwo": 2, "op": "SCMP_CMP_MASKED_EQ"}' 6 miss
}

@test "seccomp: two arguments must both match; two entries are alternatives" {
	allow_but '{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77, "args": [
		{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 7, "op": "SCMP_CMP_EQ"}]},
		{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77, "args": [
		{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}]}'
	inside 'probe syscall 140 1 7; probe syscall 140 2 0; echo; probe syscall 140 0 0'
	is "$(grep -c '^-1 77$' "$W/out")" 2
}

@test "seccomp: names this kernel or library does not know are passed over" {
	allow_but '{"names": ["frobnicate_the_kernel", "sethostname"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77}'
	args probe syscall 170 0 0
	run_it
	out "-1 77"
}

@test "seccomp: flags" {
	filter '{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"],
		"syscalls": [{"names": ["sethostname"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77}]}'
	args probe syscall 170 0 0
	run_it
	out "-1 77"
}

@test "seccomp: several architectures" {
	filter '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
		"syscalls": [{"names": ["sethostname"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77}]}'
	inside 'probe syscall 170 0 0; probe syscall 0x400000aa 0 0'
	is "$(grep -c '^-1 77$' "$W/out")" 2 "native and x32"
}

@test "seccomp: with and without no_new_privs, as an ordinary user" {
	allow_but '{"names": ["sethostname"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77}'
	args probe syscall 170 0 0
	for nnp in true false; do
		cfg --argjson n $nnp '.process.noNewPrivileges = $n | .process.user = {uid: 1000, gid: 1000}'
		run_it
		out "-1 77"
	done
}

@test "seccomp: a filter that denies what a runtime itself needs late" {
	allow_but '{"names": ["setuid", "setgid", "setgroups", "capset", "prctl", "chdir", "mount", "pivot_root", "seccomp", "close_range"],
		"action": "SCMP_ACT_ERRNO", "errnoRet": 77}'
	cfg '.process.noNewPrivileges = true | .process.user = {uid: 1000, gid: 1000}'
	args probe syscall 105 0
	run_it
	out "-1 77"
}

@test "seccomp: docker's profile in shape: four hundred names, conditions, three architectures" {
	filter "$(jq -n '{defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1,
		architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
		syscalls: [{action: "SCMP_ACT_ALLOW", names: $names},
			{action: "SCMP_ACT_ALLOW", names: ["personality"], args: [{index: 0, value: 0, op: "SCMP_CMP_EQ"}]},
			{action: "SCMP_ACT_ALLOW", names: ["personality"], args: [{index: 0, value: 4294967295, op: "SCMP_CMP_EQ"}]},
			{action: "SCMP_ACT_ERRNO", errnoRet: 38, names: ["clone3"]},
			{action: "SCMP_ACT_ALLOW", names: ["clone"], args: [{index: 0, value: 2114060288, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ"}]}]}' \
		--argjson names "$(printf '%s\n' accept accept4 access alarm arch_prctl bind brk capget chdir chmod \
			chown clock_gettime clock_nanosleep close close_range connect dup dup2 dup3 epoll_create1 \
			epoll_ctl epoll_pwait execve execveat exit exit_group faccessat faccessat2 fchdir fchmod \
			fchown fcntl fork vfork fstat fstatfs ftruncate futex getcwd getdents getdents64 getegid geteuid \
			getgid getgroups getpgid getpgrp getpid getppid getpriority getrandom getrlimit getuid \
			ioctl kill lseek lstat madvise mkdir mkdirat mmap mprotect mremap munmap nanosleep \
			newfstatat open openat openat2 pause pipe pipe2 poll ppoll prctl pread64 prlimit64 pwrite64 \
			read readlink readlinkat readv rename rseq rt_sigaction rt_sigpending rt_sigprocmask \
			rt_sigreturn rt_sigsuspend select sendfile set_robust_list set_tid_address setgid setgroups \
			setpgid setsid setuid sigaltstack socket stat statfs statx tgkill time umask uname unlink \
			unlinkat utimensat wait4 waitid write writev | jq -R . | jq -s .)")"
	inside 'probe syscall 135 0xffffffff; probe syscall 135 5; probe syscall 170 0 0; probe syscall 435 0 0; ls / | head -1'
	is "$(tr '\n' '|' <"$W/out")" "0 0|-1 1|-1 1|-1 38|bin|"
}
