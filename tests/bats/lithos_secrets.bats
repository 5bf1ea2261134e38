#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# Secrets of lithos YAML: who sees them, and who does not.

load helpers
load lithos

# sealed by others for the key of bundles/lithos-web, namespace myapp
SEALED=v2:i4+dWTpg:KqWSX0BY:8MtOoWUX:zpmwFffIOpBuym3NGR56U9J11j4b/d6ojKdDYB/SxWsb5H7WmA+xQt8oCDNvbxdSTC8Km14YtL9Xc4bHyxtXfw==

# with_key NAMESPACE-LINE: a copy of that key with the right owner and mode
with_key() {
	install -m 0600 "$top_srcdir/bundles/lithos-web/keys/example.key" "$L/web.key"
	sandbox <<-END
		allow-users: [0]
		allow-groups: [0]
		default-user: 0
		secrets-private-key: $L/web.key
		$(printf '%s\n' "$@")
	END
}

with_secret() {
	container <<-END
		executable: /bin/env
		secret-environ:
		  PASSWORD: ${1:-$SEALED}
	END
}

seal() { # NAMESPACE TEXT
	"$LITHOS/lithos_crypt" encrypt -k "$top_srcdir/bundles/lithos-web/keys/example.key.pub" -n "$1" -d "$2"
}

# The plain text is in no file of these directories.
nowhere() {
	! grep -rlsa "$1" "${@:2}" || die "the secret is in a file"
}

@test "lithos secrets: seen inside, in no bundle for review, and left nowhere" {
	with_key 'secrets-namespaces: [myapp]'
	with_secret
	reviewed
	nowhere the_secret "$W"
	launched
	ok P run -b "$LB" "$C"
	line '^PASSWORD=the_secret$'
	nowhere the_secret "$L" "$B" "$R" "$W/review"
	is "$(stat -c '%a %u' "$LB")" '700 0'
	[[ $stderr != *the_secret* ]] || die "told"
}

@test "lithos secrets: while it runs no command line and no foreign environment has it" {
	local pid

	with_key 'secrets-namespaces: [myapp]'
	with_secret
	sed -i 's|^executable.*|executable: /bin/sleep\narguments: [1000]|' "$I/config/web.yaml"
	launched
	ok P run -d -b "$LB" "$C"
	pid=$(pid_of "$C")
	! grep -lsa the_secret /proc/[0-9]*/cmdline || die "in a command line"
	for other in $(grep -lsa PASSWORD=the_secret /proc/[0-9]*/environ); do
		other=${other#/proc/}
		other=${other%%/*}
		[[ $(awk '/^NSpid/ { print NF }' "/proc/$other/status") -gt 2 ]] || die "process $other has it: $(tr '\0' ' ' <"/proc/$other/cmdline")"
	done
	# nor has the state directory, where config.json is kept, so that the like of exec go without
	[[ -s $R/$C/config.json ]] || die "no config.json is kept"
	nowhere the_secret "$L" "$W/review" "$R" /proc/"$pid"/root/etc
	ok P exec "$C" /bin/env
	no_line "^PASSWORD="
	line "^LITHOS_NAME="
}

@test "lithos secrets: a bundle that is wiped is gone" {
	with_key 'secrets-namespaces: [myapp]'
	with_secret
	launched
	grep -qa the_secret "$LB/config.json"
	ok lb --wipe "$LB"
	[[ ! -e $LB ]] || die "still there"
}

@test "lithos secrets: sealed here, opened here: namespaces" {
	with_key 'secrets-namespaces: [one, two]'
	with_secret "'$(seal two 'Größe "2" \n $x')'"
	it_runs
	line '^PASSWORD=Größe "2" \\n \$x$'
	rm -rf "$LB"
	with_secret "'$(seal three hidden_text)'"
	refuses PASSWORD
	[[ $stderr != *hidden_text* ]] || die "told"
	process <<-'END'
		web: {image: rootfs, config: /config/web.yaml, extra-secrets-namespaces: [three]}
	END
	it_runs
	line '^PASSWORD=hidden_text$'
	# the empty namespace is allowed where none is named
	rm -rf "$LB"
	with_key
	with_secret "'$(seal '' plain_one)'"
	it_runs
	line '^PASSWORD=plain_one$'
	rm -rf "$LB"
	with_key 'secrets-namespaces: [one]'
	process <<-'END'
		web: {image: rootfs, config: /config/web.yaml}
	END
	refuses PASSWORD namespace
}

@test "lithos secrets: the first value of a list that opens; a secret wins over environ" {
	with_key 'secrets-namespaces: [myapp]'
	container <<-END
		executable: /bin/env
		environ: {PASSWORD: open, OTHER: x}
		secret-environ:
		  PASSWORD: ['v2:AAAAAAAA:KqWSX0BY:8MtOoWUX:AAAA', $SEALED]
	END
	it_runs
	line '^PASSWORD=the_secret$'
	line '^OTHER=x$'
	no_line '^PASSWORD=open$'
}

@test "lithos secrets: in a file of the image" {
	with_key 'secrets-namespaces: [myapp]'
	echo "PASSWORD: $SEALED" >"$I/config/secrets.yaml"
	container <<-'END'
		executable: /bin/env
		secret-environ-file: secrets.yaml
	END
	it_runs
	line '^PASSWORD=the_secret$'
	rm -rf "$LB"
	sed -i 's|secrets.yaml|/config/secrets.yaml|' "$I/config/web.yaml"
	it_runs
	line '^PASSWORD=the_secret$'
}

@test "lithos secrets: that file is no link to the host's, and its text is not told" {
	with_key
	ln -s /etc/shadow "$I/config/secrets.yaml"
	container <<-'END'
		executable: /bin/env
		secret-environ-file: /config/secrets.yaml
	END
	refuses web.yaml:2
	rm "$I/config/secrets.yaml"
	printf 'root:$6$verysecret:1:::\n- [\n' >"$I/config/secrets.yaml"
	refuses secrets.yaml
	[[ $stderr != *verysecret* ]] || show "its text was told"
	rm "$I/config/secrets.yaml"
	mkfifo "$I/config/secrets.yaml"
	fails 1 timeout 10 "$LITHOS/lithos_bundle" --config "$M" --launch --output "$LB" "$N"
}

@test "lithos secrets: what is wrong is named, never its text" {
	local bad

	with_key 'secrets-namespaces: [myapp]'
	for bad in v1:a:b:c:d garbage "${SEALED%??????}" "${SEALED/zpmw/zpmx}" "${SEALED/i4+d/i4+e}" "${SEALED/8Mt/9Mt}" 'v2::::' \
		'v2:i4+dWTpg:KqWSX0BY:8MtOoWUX:AAAA'; do
		with_secret "'$bad'"
		refuses PASSWORD
		[[ $stderr != *the_secret* ]] || show "told"
	done
	container <<-END
		executable: /bin/env
		secret-environ: {A: $SEALED}
		secret-environ-file: /x
	END
	refuses 'mutually exclusive'
}

@test "lithos secrets: the key must be root's alone, a file, and be there" {
	with_key 'secrets-namespaces: [myapp]'
	with_secret
	chmod 0640 "$L/web.key"
	refuses "0600"
	chmod 0400 "$L/web.key"
	it_runs
	rm -rf "$LB"
	chown 1000 "$L/web.key"
	refuses "root"
	chown 0 "$L/web.key"
	mv "$L/web.key" "$L/real.key"
	ln -s real.key "$L/web.key"
	refuses web.key
	rm "$L/web.key"
	mkfifo -m 0600 "$L/web.key"
	fails 1 timeout 10 "$LITHOS/lithos_bundle" --config "$M" --launch --output "$LB" "$N"
	rm "$L/web.key"
	refuses web.key
	sandbox <<-'END'
		allow-users: [0]
		allow-groups: [0]
		default-user: 0
	END
	refuses 'No secrets key file defined to decode secrets'
}

@test "lithos secrets: not into a directory on a disk" {
	[[ $(stat -f -c %T "$W") != tmpfs ]] || skip "everything here is in memory"
	with_key 'secrets-namespaces: [myapp]'
	with_secret
	fails 1 lb --launch --output "$W/launch" "$N"
	[[ ! -e $W/launch ]] || die "written"
}

@test "lithos secrets: killed at any moment, it leaves nothing that --wipe does not remove" {
	local n status calls

	with_key 'secrets-namespaces: [myapp]'
	with_secret
	status=0
	"$TOOLS/kill_at_syscall" -c "$W/calls" "$LITHOS/lithos_bundle" --config "$M" --launch --output "$LB" "$N" \
		>/dev/null 2>&1 || status=$?
	[[ $status -ne 2 ]] || skip "no tracing here"
	is "$status" 0
	calls=$(cat "$W/calls")
	# the last of them are those that write
	for ((n = calls > 120 ? calls - 120 : 1; n <= calls; n += 3)); do
		rm -rf "$LB"
		"$TOOLS/kill_at_syscall" "$n" "$LITHOS/lithos_bundle" --config "$M" --launch --output "$LB" "$N" >/dev/null 2>&1 || true
		[[ ! -e $LB ]] || : >"$W/was-whole"
		[[ -z $(find "$MEMORY" -name ".${LB##*/}.*") ]] || : >"$W/was-left"
		ok lb --wipe "$LB"
		is "$(find "$MEMORY" -mindepth 1 -name "*${LB##*/}*")" "" "left by one that was killed at call $n of $calls"
	done
	[[ -e $W/was-whole && -e $W/was-left ]] || die "none of them was killed where it matters"
}
