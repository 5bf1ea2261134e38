#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# lithos_cmd: commands of a deployment, without a supervisor. What it leaves behind is looked at after each test.

load helpers
load lithos

eval "$(declare -f begin | sed '1s/begin/begin_deployment/')"

begin() {
	begin_deployment
	D=$MEMORY/run$BATS_TEST_NUMBER
	master <<-END
		runtime-dir: $D
		devfs-dir: $T/devfs
		cgroup-name: p$MARK.slice
		default-log-dir: $L/log
		stdio-log-dir: $L/log/stderr
		config-log-dir: null
	END
	process <<-END
		web: {image: rootfs, config: /config/web.yaml, kind: Command}
	END
}

end() {
	[[ ! -d $D ]] || {
		is "$(find "$D" -mindepth 1 | grep -vxE "$D/(state(/$S)?|bundles|containers|notify|tree(/(record|lock|log))?)")" \
			"" "left in $D"
		rm -rf "$D"
	}
}

cmd() {
	"$LITHOS/lithos_cmd" --master "$M" --runtime "$CIST" "$@"
}

# In the background, where signals are to reach it and not a shell.
started() {
	background "$LITHOS/lithos_cmd" --master "$M" --runtime "$CIST" "$S" web
}

# A command that runs a shell script, with further keys from standard input.
shell() {
	script "$1"
	printf '\nkind: Command\n' >>"$I/config/web.yaml"
}

stdio_log() {
	sed 's/^[^ ]*Z: //' "$L/log/stderr/$S.log"
}

# Waits for the command's container to run, that is for a word in the log.
said() {
	wait_text "$L/log/stderr/$S.log" "$1"
}

@test "lithos cmd: help, version and bad usage" {
	ok "$LITHOS/lithos_cmd" --help
	line --log-stderr
	ok "$LITHOS/lithos_cmd" --version
	fails 2 "$LITHOS/lithos_cmd"
	fails 2 "$LITHOS/lithos_cmd" "$S"
	fails 2 "$LITHOS/lithos_cmd" --no-such-option "$S" web
	err no-such-option
}

@test "lithos cmd: it runs, and its output is in the sandbox' file" {
	shell 'echo "hello from $LITHOS_NAME"; echo wrong >&2' </dev/null
	quiet cmd "$S" web
	stdio_log >"$W/lines"
	grep -qE "^----- Starting \"$S/cmd\.web\.[0-9]+\": \"/bin/sh\" \"-c\" .* -----$" "$W/lines"
	grep -qE "^hello from $S/cmd\.web\.[0-9]+$" "$W/lines"
	grep -qx wrong "$W/lines"
	grep -qE "^----- Process \"$S/cmd\.web\.[0-9]+\" exited with code 0, uptime 0s -----$" "$W/lines"
	is "$(wc -l <"$W/lines")" 4
	grep -qE '^\[20..-..-..T..:..:..Z\]\[WARN\] Starting "'"$S/cmd\.web\.[0-9]+\": " "$L/log/$S.log"
}

@test "lithos cmd: interactive: streams of the caller, and the program's exit status" {
	shell 'read line; echo "got $line $*"; echo complaint >&2; exit 7' <<-'END'
		interactive: true
	END
	printf 'executable: /bin/sh\narguments: [-c, %s, name]\nkind: Command\ninteractive: true\n' \
		"'read line; echo \"got \$line \$*\"; echo complaint >&2; exit 7'" >"$I/config/web.yaml"
	echo words >"$W/in"
	STDIN=$W/in fails 7 cmd "$S" web --help -- -x 'two words'
	out 'got words --help -- -x two words'
	is "$stderr" complaint
	stdio_log >"$W/lines"
	grep -q 'exited with code 7' "$W/lines"
}

@test "lithos cmd: something can be fed to one that is not interactive" {
	shell 'wc -c' </dev/null
	printf 12345 >"$W/in"
	STDIN=$W/in quiet cmd "$S" web
	stdio_log >"$W/lines"
	grep -qx 5 "$W/lines"
}

@test "lithos cmd: a terminal of its own where the caller has one" {
	shell 'tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all; : >/dev/tty && echo controlling; read x; echo "<$x>"; exit 3' <<-'END'
		interactive: true
	END
	echo typed >"$W/in"
	STDIN=$W/in fails 3 "$TOOLS/ptyrun" 24 80 "$LITHOS/lithos_cmd" --master "$M" --runtime "$CIST" "$S" web
	output=${output//$'\r'/}
	line '^/dev/pts/0$'
	line '^all$'
	line '^controlling$'
	line '^<typed>$'
}

@test "lithos cmd: the terminal of the caller is not the program's when that is not interactive" {
	shell 'tty' </dev/null
	fails 1 "$TOOLS/ptyrun" 24 80 "$LITHOS/lithos_cmd" --master "$M" --runtime "$CIST" "$S" web
	stdio_log >"$W/lines"
	grep -qx 'not a tty' "$W/lines"
}

@test "lithos cmd: secrets and state directories are gone afterwards, also after a failure" {
	shell 'touch /state/x; echo "$LITHOS_NAME" >/state/name; exit 1' <<-'END'
		volumes:
		  /state: !Statedir { path: /, mode: 0o700 }
	END
	fails 1 cmd "$S" web
	[[ ! -e $D/state/$S ]] || is "$(ls -A "$D/state/$S")" "" "state directories"
	is "$(ls -A "$D/bundles")" "" bundles
	is "$(ls -A "$D/containers")" "" containers
}

@test "lithos cmd: a secret is seen inside, and nowhere else afterwards" {
	install -m 0600 "$top_srcdir/bundles/lithos-web/keys/example.key" "$L/web.key"
	sandbox <<-END
		allow-users: [0]
		allow-groups: [0]
		default-user: 0
		secrets-private-key: $L/web.key
		secrets-namespaces: [myapp]
	END
	shell 'echo "$PASSWORD"; grep "Max core" /proc/self/limits' <<-END
		interactive: true
		secret-environ:
		  PASSWORD: v2:i4+dWTpg:KqWSX0BY:8MtOoWUX:zpmwFffIOpBuym3NGR56U9J11j4b/d6ojKdDYB/SxWsb5H7WmA+xQt8oCDNvbxdSTC8Km14YtL9Xc4bHyxtXfw==
	END
	ok prlimit --core=4096:8192 "$LITHOS/lithos_cmd" --master "$M" --runtime "$CIST" "$S" web
	line '^the_secret$'
	# who opens secrets may leave no core; the program is somebody else
	line '^Max core file size +4096 +8192 '
	! grep -rlsa the_secret "$D" "$L" "$B" || die "the secret is in a file"
	sed -i '/secrets-private-key/d' "$L/sandboxes/$S.yaml"
	fails 1 cmd "$S" web
	is "$(ls -A "$D/bundles")" "" bundles
}

@test "lithos cmd: several at once" {
	shell 'echo here; sleep 0.3' </dev/null
	for i in 1 2 3; do
		started
		local pid$i=$BG
	done
	wait_for "$pid1" "$pid2" "$pid3"
	stdio_log >"$W/lines"
	is "$(grep -c '^here$' "$W/lines")" 3
	is "$(grep -c 'exited with code 0' "$W/lines")" 3
}

@test "lithos cmd: TERM reaches the program, whose status is told" {
	shell "trap 'echo caught; exit 9' TERM; echo ready; while :; do sleep 0.1; done" </dev/null
	started
	said '^ready$'
	kill -TERM "$BG"
	status=0
	wait "$BG" || status=$?
	is "$status" 9
	stdio_log >"$W/lines"
	grep -qx caught "$W/lines"
}

@test "lithos cmd: one that is deaf to TERM is killed after the kill-timeout" {
	shell "trap '' TERM; echo ready; while :; do sleep 0.1; done" <<-'END'
		kill-timeout: 1
	END
	started
	said '^ready$'
	kill -TERM "$BG"
	status=0
	wait "$BG" || status=$?
	is "$status" 137
	stdio_log >"$W/lines"
	grep -qE 'did not respond to SIGTERM in 1, uptime [0-9]+s. Killing' "$W/lines"
	grep -q 'killed by signal SIGKILL' "$W/lines"
}

@test "lithos cmd: what a killed one leaves goes with the next" {
	shell 'echo ready; sleep 1000' </dev/null
	started
	said '^ready$'
	# its runtime is asked to end with it
	kill -KILL "$BG"
	until_true eval '[[ -z $(ls -A "$D/containers") ]]' || die "it goes on: $(ls "$D/containers")"
	isnt "$(ls -A "$D/bundles")" "" "a bundle is left"
	shell 'true' </dev/null
	ok cmd "$S" web
	is "$(ls -A "$D/bundles")" "" bundles
	grep -q 'Removed what 1 killed commands have left' "$L/log/$S.log"
}

@test "lithos cmd: one that is at work is left alone by the next" {
	shell 'echo ready; sleep 2; echo still' </dev/null
	started
	said '^ready$'
	quiet cmd "$S" web
	wait_for "$BG"
	stdio_log >"$W/lines"
	is "$(grep -c '^still$' "$W/lines")" 2
}

@test "lithos cmd: errors, each in a sentence" {
	shell true </dev/null
	fails 1 cmd '../x' web
	is "$stderr" 'Fatal error: Wrong sandbox name: ../x'
	fails 1 cmd "$S" a/b
	is "$stderr" 'Fatal error: Wrong command name: a/b'
	fails 1 cmd "$S" nothing
	err 'Command "nothing" not found'
	fails 1 cmd nowhere web
	err nowhere
	process <<-END
		web: {image: rootfs, config: /config/web.yaml}
	END
	fails 1 cmd "$S" web
	is "$stderr" 'Fatal error: The target container is: Daemon'
	[[ ! -d $D ]] || die "something was made"
	process <<-END
		web: {image: rootfs, config: /config/web.yaml, kind: Command}
	END
	printf 'kind: Command\n' >"$I/config/web.yaml"
	fails 1 cmd "$S" web
	err executable "cannot be used"
	printf 'executable: /no/such/program\nkind: Command\n' >"$I/config/web.yaml"
	fails 1 cmd "$S" web
	err /no/such/program
	shell true </dev/null
	fails 1 cmd --runtime /no/such/runtime "$S" web
	err "execute /no/such/runtime" "no such file"
	is "$(ls -A "$D/bundles")" "" bundles
}

@test "lithos cmd: a daemon's configuration is not a command's" {
	script true </dev/null
	fails 1 cmd "$S" web
	err 'Container type mismatch'
}

@test "lithos cmd: the runtime's own words reach who asked" {
	printf 'executable: /bin/garbage\nkind: Command\n' >"$I/config/web.yaml"
	fails 1 cmd "$S" web
	err garbage
	grep -q garbage "$L/log/$S.log"
}

@test "lithos cmd: cores are limited as the caller's are" {
	shell 'grep "Max core" /proc/self/limits' </dev/null
	ok prlimit --core=4096:8192 "$LITHOS/lithos_cmd" --master "$M" --runtime "$CIST" "$S" web
	stdio_log >"$W/lines"
	grep -qE '^Max core file size +4096 +8192 ' "$W/lines" || die "$(cat "$W/lines")"
}

@test "lithos cmd: under runc" {
	command -v runc >/dev/null || skip "runc is not installed"
	shell 'exit 5' <<-'END'
		user-id: 1000
		group-id: 1000
	END
	fails 5 "$LITHOS/lithos_cmd" --master "$M" --runtime runc "$S" web
	is "$(ls -A "$D/containers")" "" containers
}
