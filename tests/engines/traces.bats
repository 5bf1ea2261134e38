#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# What the engines call, replayed: recorded call sequences, one per operation. In a row, words in
# capitals are filled in:
#   G  containerd's and docker's globals    L  podman's globals
#   B  the bundle    ID  the container      F  a process file    S  a console socket, listening
#   R  the root directory
# ">N" at the end is the exit status that the engine got; without it, 0. "wait STATUS" is
# the test's own.

load ../bats/helpers

G() {
	echo "--root $R --log $B/log.json --log-format json"
}

replay() {
	local row word words want status_now

	while IFS= read -r row; do
		[[ -n $row ]] || continue
		want=0
		if [[ $row == *" >"* ]]; then
			want=${row##* >}
			row=${row% >*}
		fi
		case $row in
		wait\ *)
			wait_status "$C" "${row#wait }"
			continue
			;;
		esac
		words=()
		for word in $row; do
			case $word in
			# shellcheck disable=SC2207
			G) words+=($(G)) ;;
			L) words+=(--root "$R" --log-format=json --log "$W/oci-log") ;;
			*) words+=("$(sed "s|\bB\b|$B|g; s|\bID\b|$C|g; s|\bF\b|$W/process|g; s|\bS\b|$W/sock|g; s|\bR\b|$R|g" <<<"$word")") ;;
			esac
		done
		[[ $row != *"--console-socket"* ]] || listen
		try "$CIST" "${words[@]}"
		[[ $status -eq $want ]] || show "expected exit status $want"
		# what engines read must be alone on its descriptor
		[[ $want -ne 0 || -z $stderr ]] || show "expected nothing on stderr"
		[[ $row != *" delete --force"* || -z $output ]] || show "expected nothing on stdout"
	done
}

listen() {
	rm -f "$W/sock"
	background "$TOOLS/recvfd" "$W/sock" "$W/report"
	wait_file "$W/sock"
}

begin() {
	jq -n '{args: ["sh", "-c", "sleep 0.1"], cwd: "/", env: ["PATH=/bin"], user: {uid: 0, gid: 0},
		capabilities: {bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]},
		noNewPrivileges: true, rlimits: [{type: "RLIMIT_NOFILE", hard: 100, soft: 100}]}' >"$W/process"
	cfg --arg p "/p$MARK/$C" '.linux.cgroupsPath = $p'
}

short() {
	args true
}

terminal() {
	cfg '.process.terminal = true'
}

@test "traces: containerd: run --rm" {
	short
	replay <<-'END'
		G create --bundle B --pid-file B/init.pid ID
		G start ID
		wait stopped
		G delete ID
		G delete --force ID
	END
}

@test "traces: containerd: run --rm with the old shim" {
	short
	replay <<-'END'
		G create --bundle B --pid-file B/init.pid ID
		G start ID
		wait stopped
		G delete ID
	END
}

@test "traces: containerd: run -t" {
	terminal
	replay <<-'END'
		G create --bundle B --pid-file B/init.pid --console-socket S ID
		G start ID
		G kill ID 9
		wait stopped
		G delete ID
		G delete --force ID
	END
}

@test "traces: containerd: --no-pivot" {
	short
	replay <<-'END'
		G create --bundle B --pid-file B/init.pid --no-pivot ID
		G start ID
		wait stopped
		G delete ID
		G delete --force ID
	END
}

@test "traces: containerd: a missing command" {
	args /nope
	replay <<-'END'
		G create --bundle B --pid-file B/init.pid ID >1
		G delete --force ID
	END
	jq -e '.level == "error" and (.msg | contains("no such file or directory")) and (.msg | contains("/nope"))' "$B/log.json"
	[[ ! -e $B/init.pid ]]
}

@test "traces: containerd: exec, pause, ps, kill, delete" {
	replay <<-'END'
		G create --bundle B --pid-file B/init.pid ID
		G start ID
		G exec --process F --detach --pid-file B/e1.pid ID
		G pause ID
		G resume ID
		G ps --format json ID
		G kill ID 10
		G kill --all ID 9
		wait stopped
		G kill ID 15 >1
		G delete ID
		G delete --force ID
	END
}

@test "traces: containerd: exec -t" {
	jq '.terminal = true' "$W/process" >"$W/p" && mv "$W/p" "$W/process"
	replay <<-'END'
		G create --bundle B --pid-file B/init.pid ID
		G start ID
		G exec --process F --console-socket S --detach --pid-file B/e1.pid ID
		G delete --force ID
	END
	grep -qx "tty yes" "$W/report"
}

@test "traces: containerd: rm -f" {
	replay <<-'END'
		G create --bundle B --pid-file B/init.pid ID
		G start ID
		G kill --all ID 9
		wait stopped
		G delete --force ID
	END
}

@test "traces: containerd: a shim that was killed" {
	replay <<-'END'
		G create --bundle B --pid-file B/init.pid ID
		G start ID
		G delete --force ID
		G delete --force ID
	END
}

@test "traces: CRI: stop a container that shares its PID namespace" {
	cfg '.linux.namespaces |= map(select(.type != "pid"))'
	replay <<-'END'
		G create --bundle B --pid-file B/init.pid ID
		G start ID
		G kill ID 15
		wait stopped
		G kill --all ID 9
		G kill --all ID 9
		G delete ID
		G delete --force ID
	END
}

@test "traces: CRI: remove a running container" {
	replay <<-'END'
		G create --bundle B --pid-file B/init.pid ID
		G start ID
		G kill ID 9
		wait stopped
		G kill --all ID 9
		G kill --all ID 9
		G delete ID
		G delete --force ID
	END
}

@test "traces: docker: daemon start" {
	replay <<-'END'
		--version
		features
	END
}

@test "traces: docker: stop -t 1 of a deaf program; restart" {
	sh_args 'trap "" TERM; while :; do sleep 0.05; done'
	replay <<-'END'
		G create --bundle B --pid-file B/init.pid ID
		G start ID
		G kill ID 15
		G kill ID 9
		wait stopped
		G delete ID
		G delete --force ID
		G create --bundle B --pid-file B/init.pid ID
		G start ID
		G kill ID 10
		G kill ID 9
		wait stopped
		G delete ID
		G delete --force ID
	END
}

@test "traces: docker: a BuildKit step, and one with exec" {
	short
	replay <<-'END'
		--root R --log B/runc-log.json --log-format json run --bundle B ID
		--root R --log B/runc-log.json --log-format json delete --force ID
	END
	replay <<-'END'
		--root R --log B/l --log-format json run --bundle B --keep ID
		--root R --log B/l --log-format json state ID
		--root R --log B/l --log-format json delete ID
	END
}

@test "traces: podman: run --rm" {
	short
	replay <<-'END'
		--version
		L create --bundle B --pid-file B/pidfile ID
		L start ID
		wait stopped
		L delete --force ID
	END
}

@test "traces: podman: with a terminal" {
	terminal
	replay <<-'END'
		L create --bundle B --pid-file B/pidfile --console-socket S ID
		L start ID
		L delete --force ID
	END
}

@test "traces: podman: a missing command" {
	args /nope
	replay <<-'END'
		L create --bundle B --pid-file B/pidfile ID >1
		L delete --force ID
	END
	jq -e '.level == "error"' "$W/oci-log"
}

@test "traces: podman: exec, pause, kill, stop" {
	replay <<-'END'
		L create --bundle B --pid-file B/pidfile ID
		L start ID
		L exec --pid-file B/exec_pid --process F --detach ID
		L pause ID
		L resume ID
		L kill ID 10
		L kill ID 9
		wait stopped
		L kill ID 9 >1
		L state ID
		L delete --force ID
		L state ID >1
	END
}

@test "traces: podman: exec -it" {
	jq '.terminal = true' "$W/process" >"$W/p" && mv "$W/p" "$W/process"
	replay <<-'END'
		L create --bundle B --pid-file B/pidfile ID
		L start ID
		L exec --pid-file B/exec_pid --process F --detach --tty --console-socket S ID
		L delete --force ID
	END
	grep -qx "tty yes" "$W/report"
}

@test "traces: podman: cgroups disabled" {
	short
	replay <<-'END'
		L --cgroup-manager disabled create --bundle B --pid-file B/pidfile ID
		L start ID
		wait stopped
		L delete --force ID
	END
}

@test "traces: buildah: a step, and one that fails" {
	short
	replay <<-'END'
		--root R create --bundle B --pid-file B/pid --no-new-keyring ID
		--root R start ID
		--root R state ID
		wait stopped
		--root R state ID
		--root R delete ID
	END
	args /nope
	replay <<-'END'
		--root R create --bundle B --pid-file B/pid ID >1
	END
	nothing_left
}

@test "traces: buildah: interrupted" {
	replay <<-'END'
		--root R create --bundle B --pid-file B/pid ID
		--root R start ID
		--root R kill ID SIGKILL
		wait stopped
		--root R delete ID
	END
}

@test "traces: CRI-O: life of a container" {
	replay <<-'END'
		--version
		features
		--root=R create --bundle B --pid-file B/pidfile ID
		--root R start ID
		--root R state ID
		--root R exec --process F ID
		--root R kill ID TERM
		--root R kill ID KILL
		wait stopped
		--root R kill ID KILL >1
		--root R kill -a ID 9
		--root R delete --force ID
	END
}

@test "traces: CRI with systemd: a pod's first container and another one" {
	[[ -d /run/systemd/system ]] || skip "systemd is not process 1 here"
	cfg --arg p "p$MARK.slice:cri-containerd:$C" '.linux.cgroupsPath = $p
		| .linux.resources = {memory: {limit: 67108864}, cpu: {shares: 512, quota: 50000, period: 100000}}'
	replay <<-'END'
		G --systemd-cgroup create --bundle B --pid-file B/init.pid ID
		G --systemd-cgroup start ID
		G --systemd-cgroup exec --process F --detach --pid-file B/e.pid ID
		G --systemd-cgroup ps --format json ID
	END
	pid=$(cat "$B/init.pid")
	grep -q "p$MARK.slice/cri-containerd-$C.scope" "/proc/$pid/cgroup"
	is "$(systemctl show -P ActiveState "cri-containerd-$C.scope")" active
	is "$(systemctl show -P MemoryMax "cri-containerd-$C.scope")" 67108864
	echo '{"memory": {"limit": 134217728}}' >"$W/resources"
	STDIN=$W/resources ok "$CIST" $(G) --systemd-cgroup update --resources - "$C"
	is "$(systemctl show -P MemoryMax "cri-containerd-$C.scope")" 134217728
	replay <<-'END'
		G --systemd-cgroup kill --all ID 9
		wait stopped
		G --systemd-cgroup delete ID
	END
	until_true scope_gone
	systemctl stop "p$MARK.slice"
}

scope_gone() {
	[[ $(systemctl show -P ActiveState "cri-containerd-$C.scope") == inactive ]]
}
