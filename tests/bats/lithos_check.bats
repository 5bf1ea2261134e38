# SPDX-License-Identifier: LGPL-2.1-or-later

# lithos_check with deployments that have one fault each: the sentence and its place, the exit status, and nothing written.
# It needs no runtime, and most of it no root.

bats_require_minimum_version 1.5.0

top_srcdir=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
top_builddir=${top_builddir:-$top_srcdir/build}
CHECK=$(realpath "${LITHOS:-$top_builddir}")/lithos_check

setup_file() {
	[[ -x $CHECK ]] || { echo "no lithos_check to test: $CHECK (build first)" >&2; return 1; }
	# every user may read it, and nobody else write to it
	T=$(mktemp -d "${TMPDIR:-/tmp}/cist-bats.XXXXXX")
	chmod 0755 "$T"
	export T
	make_template
}

teardown_file() {
	[[ -z ${T-} ]] || rm -rf --one-file-system "$T"
}

setup() {
	L=$T/l$BATS_TEST_NUMBER
	fresh
}

teardown() {
	rm -rf --one-file-system "$L"
}

make_template() {
	local d=$T/template

	mkdir -p "$d"/{sandboxes,processes,run,log/config,log/stderr,dev/pts,host/data,host/www,keys}
	mkdir -p "$d"/images/web/{bin,config,data,dev,etc,proc,sys,tmp,var/log,www}
	touch "$d"/images/web/etc/{hosts,resolv.conf} "$d/images/web/file"
	printf '#!/bin/sh\n' >"$d/images/web/bin/prog"
	cp "$d/images/web/bin/prog" "$d/images/web/bin/sh"
	chmod 0755 "$d"/images/web/bin/*
}

# The deployment as it is without a fault, in $L, which is the working directory then.
fresh() {
	cd "$T"
	rm -rf --one-file-system "$L"
	cp -a "$T/template" "$L"
	cd "$L"
	cat >master.yaml <<-END
		runtime-dir: $L/run
		devfs-dir: $L/dev
		default-log-dir: $L/log
		config-log-dir: $L/log/config
		stdio-log-dir: $L/log/stderr
	END
	cat >sandboxes/app.yaml <<-END
		image-dir: $L/images
		allow-users: [1-1000]
		allow-groups: [1-1000]
		default-group: 1
		allow-tcp-ports: [8000-9000]
		readonly-paths: {/www: $L/host/www}
		writable-paths: {/data: $L/host/data}
	END
	process
	container
	echo 'executable: /bin/prog' >>images/web/config/web.yaml
}

# The file of one process with these lines more.
process() {
	printf '%s\n' 'web:' '  image: web' '  config: /config/web.yaml' "${@/#/  }" >processes/app.yaml
}

# The container file with these lines after the first, and no executable.
container() {
	printf '%s\n' 'user-id: 1' "$@" >images/web/config/web.yaml
}

# The same with an executable, as its last line.
lines() {
	container "$@" 'executable: /bin/prog'
}

sandbox() {
	printf '%s\n' "$@" >>sandboxes/app.yaml
}

master() {
	printf '%s\n' "$@" >>master.yaml
}

# A second sandbox that is the first one's twin.
twin() {
	cp sandboxes/app.yaml sandboxes/two.yaml
	cp processes/app.yaml processes/two.yaml
}

state_of() {
	find "$1" -printf '%p %y %m %U %G %s %T@ %l\n' | sort
}

# Runs it on $L: $status, $stdout, $stderr.
check() {
	timeout 5 "$CHECK" -C "$L/master.yaml" "$@" >"$T/out" 2>"$T/err" 3>&- && status=0 || status=$?
	stdout=$(<"$T/out")
	stderr=$(<"$T/err")
}

# row TEXT [COMMAND]: after the command, TEXT is told as an error, and nothing has changed.
row() {
	local before

	fresh
	eval "${2-:}"
	before=$(state_of "$L")
	check
	if [[ $status -ne 1 || $stderr != *"$1"* || -n $stdout || $(state_of "$L") != "$before" ]] ||
		[[ $(grep -F -- "$1" "$T/err") == *': warning: '* ]]; then
		printf 'after: %s\nwanted: %s\nstatus %s, stderr:\n%s\nstdout: %s\n' "${2-}" "$1" "$status" "$stderr" "$stdout"
		BAD=$((${BAD-0} + 1))
	fi
}

# good [TEXT] [COMMAND]: no error; and TEXT, if any, as a warning.
good() {
	fresh
	eval "${2-:}"
	check
	if [[ $status -ne 0 || -n $stdout || (-z $1 && -n $stderr) || $stderr != *"$1"* ]]; then
		printf 'after: %s\nwanted success, and: %s\nstatus %s, stderr:\n%s\nstdout: %s\n' "${2-}" "$1" "$status" "$stderr" "$stdout"
		BAD=$((${BAD-0} + 1))
	fi
}

all_good() {
	[[ ${BAD-0} -eq 0 ]] || { echo "$BAD of them"; return 1; }
}

C=images/web/config/web.yaml

@test "check: a good deployment says nothing" {
	good ''
	check --json
	[[ $status -eq 0 && $stdout == '[]' && -z $stderr ]]
}

@test "check: files that are none" {
	row 'processes/app.yaml: no such file' 'rm processes/app.yaml'
	row 'processes/app.yaml: ' 'rm processes/app.yaml; mkdir processes/app.yaml'
	row 'processes/app.yaml: ' 'rm processes/app.yaml; mkfifo processes/app.yaml'
	row 'processes/app.yaml: ' 'ln -sf /dev/zero processes/app.yaml'
	row 'processes/app.yaml: ' 'truncate -s 1T processes/app.yaml'
	row 'sandboxes/app.yaml: ' 'rm sandboxes/app.yaml; mkfifo sandboxes/app.yaml'
	row 'sandboxes/app.yaml: ' 'rm sandboxes/app.yaml; mkdir sandboxes/app.yaml'
	row 'sandboxes/gone.yaml: ' 'ln -s nowhere sandboxes/gone.yaml'
	row 'master.yaml: no such file' 'rm master.yaml'
	row 'master.yaml: ' 'rm master.yaml; mkfifo master.yaml'
	row 'web.yaml' "rm $C"
	row 'web.yaml' "rm $C; mkdir $C"
	row 'web.yaml' "rm $C; mkfifo $C"
	row 'web.yaml' "ln -sf /dev/zero $C"
	row 'web.yaml' "ln -sf /etc/passwd $C"
	row 'web.yaml' "ln -sf /proc/self/environ $C"
	row 'web.yaml' "ln -sf ../../../../../../../../../etc/hostname $C"
	row 'web.yaml: ' "truncate -s 100M $C"
	row 'web.yaml: ' "truncate -s 1T $C"
	row 'web.yaml:1:1: Decode error' ": >$C"
	row 'web.yaml:2:1: Parse Error' "printf 'executable: /bin/prog\n\0' >$C"
	# links mean what they mean within the image
	good '' "mv $C images/web/data/; ln -s /data/web.yaml $C"
	all_good
}

@test "check: one broken item does not keep the others from being checked" {
	twin
	echo 'nonsense: 1' >>processes/app.yaml
	printf 'web: {image: web, config: /config/none.yaml}\nmore: {image: web, config: /config/web.yaml, instances: -1}\n' \
		>processes/two.yaml
	sed 's/allow-users/alow-users/' sandboxes/app.yaml >sandboxes/three.yaml
	check
	echo "$stderr"
	[[ $status -eq 1 && $stderr == *processes/app.yaml:4:* && $stderr == *none.yaml* && $stderr == *processes/two.yaml:2:* ]]
	[[ $stderr == *three.yaml:2:1:*alow-users*allow-users* ]]
}

@test "check: what is no YAML of the dialect" {
	row 'web.yaml:2:' "printf 'executable: /bin/prog\n\tx: 1\n' >$C"
	row 'web.yaml:4:4: Parse Error' "printf 'executable: /bin/prog\nenviron:\n A: 1\n  B: 2\n' >$C"
	row 'a quoted scalar that begins in line 2' "container 'executable: \"/bin/prog'"
	row 'The tag Nonsense is not expected' "lines 'volumes:' '  /tmp: !Nonsense'"
	row 'web.yaml:2:1: Validation Error: Keys {"memry-limit"} are not expected' "lines 'memry-limit: 1Mi'"
	row 'memory-limit' "lines 'memry-limit: 1Mi'"
	row 'Duplicate key' "lines 'user-id: 2'"
	row 'web.yaml:2:1: Parse Error: a second document' "lines '---'"
	row 'Value must be mapping' "lines 'environ: x'"
	row 'Value must be sequence' "lines 'arguments: x'"
	row 'bad boolean "yes"' "lines 'interactive: yes'"
	all_good
}

@test "check: bombs end at a limit, in little time and memory" {
	# the limit of time is that of check()
	row 'web.yaml:' "awk 'BEGIN { print \"metadata:\\n - &a0 [x, x]\"; for (i = 1; i < 40; i++)
		printf \" - &a%d [*a%d, *a%d]\\n\", i, i - 1, i - 1 }' >$C"
	row 'web.yaml:' "lines 'metadata: &a [*a]'"
	row 'web.yaml:' "{ echo 'environ:'; seq -f ' k%.0f: v' 100000; } >$C"
	row 'web.yaml:' "{ printf 'metadata: '; printf '[%.0s' {1..10000}; } >$C"
	row 'web.yaml:' "{ printf 'metadata: '; head -c 900000 /dev/zero | tr '\0' x; } >$C"
	row 'web.yaml:' "{ printf 'metadata: '; head -c 10485760 /dev/zero | tr '\0' x; } >$C"
	all_good
}

@test "check: kinds" {
	row 'unknown variant' "lines 'kind: Nonsense'"
	row 'unknown variant' "process 'kind: CommandOrDaemon'"
	row 'Container type mismatch Command != Daemon' "lines 'kind: Command'"
	row 'Container type mismatch Daemon != Command' "process 'kind: Command'"
	good '' "lines 'kind: CommandOrDaemon'"
	good '' "lines 'kind: CommandOrDaemon'; process 'kind: Command'"
	all_good
}

@test "check: images and paths of container files" {
	row 'processes/app.yaml:2:' "sed -i 's/image: web/image: ../' processes/app.yaml"
	row 'processes/app.yaml:2:' "sed -i 's/image: web/image: a\/..\/web/' processes/app.yaml"
	row 'processes/app.yaml:2:' "sed -i 's|image: web|image: $L/images/web|' processes/app.yaml"
	row 'processes/app.yaml:2:' "sed -i 's/image: web/image: none/' processes/app.yaml"
	row 'processes/app.yaml:2:' "sandbox 'image-dir-levels: 2'"
	row 'processes/app.yaml:2:' "ln -s / images/root; sed -i 's/image: web/image: root/' processes/app.yaml"
	row 'Value must be at most 16' "sandbox 'image-dir-levels: 17'"
	row 'Config path must be absolute' "sed -i 's|/config/web|config/web|' processes/app.yaml"
	row 'processes/app.yaml:3:' "sed -i 's|/config/web|/../../config/web|' processes/app.yaml"
	row 'processes/app.yaml:3:' "sed -i 's|/config/web|/config/none|' processes/app.yaml"
	row 'Field image is expected' "sed -i '/image:/d' processes/app.yaml"
	all_good
}

@test "check: users and groups" {
	row 'No user id specified and no default is found' "sed -i '/user-id/d' $C"
	row 'User is not in allowed range (uid: 1001)' "container 'executable: /bin/prog'; sed -i 's/user-id: 1/user-id: 1001/' $C"
	row 'web.yaml:1:' "sed -i 's/user-id: 1/user-id: -1/' $C"
	row 'web.yaml:1:' "sed -i 's/user-id: 1/user-id: 4294967296/' $C"
	row 'Group is not in allowed range (gid: 2000)' "lines 'group-id: 2000'"
	row 'No allowed users range' "sed -i '/allow-users/d' sandboxes/app.yaml"
	row 'No allowed groups range' "sed -i '/allow-groups/d' sandboxes/app.yaml"
	row 'Error parsing range' "sed -i 's/allow-users: .*/allow-users: [1-]/' sandboxes/app.yaml"
	row 'Error parsing range' "sed -i 's/allow-users: .*/allow-users: [-]/' sandboxes/app.yaml"
	row 'User is not in allowed range' "sed -i 's/allow-users: .*/allow-users: [9-1]/' sandboxes/app.yaml"
	row 'Value must be sequence' "sed -i 's/allow-users: .*/allow-users: 1/' sandboxes/app.yaml"
	all_good
}

@test "check: id maps" {
	row 'web.yaml:2:11: count must be at least 1' "lines 'uid-map: [{inside: 0, outside: 1, count: 0}]' 'gid-map: [{inside: 0, outside: 1, count: 10}]'"
	row 'web.yaml:2:11: the last id' "lines 'uid-map: [{inside: 4294967290, outside: 1, count: 10}]' 'gid-map: [{inside: 0, outside: 1, count: 10}]'"
	row 'web.yaml:2:47: inside ids overlap' "lines 'uid-map: [{inside: 0, outside: 1, count: 10}, {inside: 5, outside: 100, count: 10}]' 'gid-map: [{inside: 0, outside: 1, count: 10}]'"
	row "Bad uid mapping (probably doesn't match allow_users)" \
		"lines 'uid-map: [{inside: 0, outside: 990, count: 100}]' 'gid-map: [{inside: 0, outside: 1, count: 10}]'"
	row "Bad gid mapping (probably doesn't match allow_groups)" \
		"lines 'uid-map: [{inside: 0, outside: 1, count: 10}]' 'gid-map: [{inside: 0, outside: 990, count: 100}]'"
	row "Can't have uid_maps in both the sandbox and a container itself" \
		"sandbox 'uid-map: [{inside: 0, outside: 100000, count: 1000}]' 'gid-map: [{inside: 0, outside: 100000, count: 1000}]';
		 lines 'uid-map: [{inside: 0, outside: 1, count: 10}]' 'gid-map: [{inside: 0, outside: 1, count: 10}]'"
	row 'User is not in mapped range (uid: 1)' \
		"lines 'uid-map: [{inside: 0, outside: 1, count: 1}]' 'gid-map: [{inside: 0, outside: 1, count: 10}]'"
	all_good
}

@test "check: volumes" {
	row 'web.yaml:3:' "lines 'volumes:' '  tmp: !Tmpfs'"
	row 'web.yaml:3:' "lines 'volumes:' '  /www: !Readonly www'"
	row 'web.yaml:3:' "lines 'volumes:' '  /a/../tmp: !Tmpfs'"
	row 'web.yaml:3:' "lines 'volumes:' '  /data: !Persistent {path: /data/../x}'"
	row "Can't find volume for /none, probably missing entry in readonly-paths" "lines 'volumes:' '  /www: !Readonly /none'"
	row "Can't find volume for \"/www\", probably missing entry in writable-paths" "lines 'volumes:' '  /www: !Persistent {path: /www}'"
	row 'mount point /none' "lines 'volumes:' '  /none: !Tmpfs'"
	row 'web.yaml:4:' "lines 'volumes:' '  /tmp: !Tmpfs' '  /tmp/: !Tmpfs'"
	row 'mount point /tmp/x' "lines 'volumes:' '  /tmp: !Tmpfs' '  /tmp/x: !Tmpfs'"
	row 'mount point /data/new/x' "lines 'volumes:' '  /data: !Persistent {path: /data}' '  /data/new/x: !Tmpfs'"
	good '' "mkdir host/data/sub; lines 'volumes:' '  /data/sub: !Tmpfs' '  /data: !Persistent {path: /data}'"
	row 'web.yaml:3:' "lines 'volumes:' '  /: !Tmpfs'"
	row 'web.yaml:3:' "lines 'volumes:' '  /dev: !Tmpfs'"
	row 'web.yaml:3:' "lines 'volumes:' '  /proc: !Tmpfs'"
	good ': warning: ' "lines 'volumes:' '  /sys: !Tmpfs'"
	row 'host/www, the source of /www: no such file or directory' "rmdir host/www; lines 'volumes:' '  /www: !Readonly /www'"
	row 'host/data/new, the source of /data: no such file or directory' "lines 'volumes:' '  /data: !Persistent {path: /data/new}'"
	good '' "lines 'volumes:' '  /data: !Persistent {path: /data/new, mkdir: true}'"
	row 'symbolic links are not followed there' "ln -s /etc host/data/out; lines 'volumes:' '  /data: !Persistent {path: /data/out}'"
	row 'symbolic links are not followed there' \
		"ln -s / host/data/out; lines 'volumes:' '  /data: !Persistent {path: /data/out/etc, mkdir: true}'"
	row 'is a directory, and its mount point is none' "lines 'volumes:' '  /file: !Readonly /www'"
	row 'is no directory, and its mount point is one' "touch host/www/f; lines 'volumes:' '  /www: !Readonly /www/f'"
	good '' "touch host/www/f; lines 'volumes:' '  /file: !Readonly /www/f'"
	row 'mount point /file is not a directory' "lines 'volumes:' '  /file: !Statedir'"
	row 'One of the tags' "lines 'volumes:' '  /tmp: /data'"
	row 'mount point /dev' "rmdir images/web/dev"
	row 'mount point /proc' "rmdir images/web/proc; touch images/web/proc"
	row 'mount point /sys' "rmdir images/web/sys; ln -s nowhere images/web/sys"
	all_good
}

@test "check: sizes and limits" {
	row 'web.yaml:3:' "lines 'volumes:' '  /tmp: !Tmpfs {size: -1}'"
	row 'number error: invalid digit' "lines 'volumes:' '  /tmp: !Tmpfs {size: 1e30}'"
	row 'Value must be at most 1023' "lines 'volumes:' '  /tmp: !Tmpfs {mode: 0o2777}'"
	row 'web.yaml:2:' "lines 'memory-limit: 0'"
	good ': warning: memory-limit is ' "lines 'memory-limit: 1000000000000000'"
	row 'number error: invalid digit' "lines 'memory-limit: 100m'"
	row 'web.yaml:2:' "lines 'fileno-limit: 0'"
	row 'web.yaml:2:' "lines 'fileno-limit: 100000000000'"
	row 'number error: ' "lines 'cpu-shares: 1.5'"
	row 'web.yaml:2:' "lines 'restart-timeout: -1'"
	row 'number error: invalid digit' "lines 'restart-timeout: NaN'"
	row 'Value must be at most 86400' "lines 'restart-timeout: 1000000000'"
	row 'Value must be at most 86400' "lines 'kill-timeout: 86401'"
	row 'web.yaml:2:' "lines 'kill-timeout: -1'"
	all_good
}

@test "check: programs" {
	row 'executable /bin/none: no such file' "container 'executable: /bin/none'"
	row 'executable /bin is not a regular file' "container 'executable: /bin'"
	row 'executable /bin/prog has no right to be executed' 'chmod a-x images/web/bin/prog'
	row 'Field executable is expected' "container 'memory-limit: 1Mi'"
	good ': warning: ' "container 'executable: bin/prog'"
	row 'executable prog: no such file' "container 'executable: prog'"
	good '' "ln -s /bin/prog images/web/data/p; container 'executable: /data/p'"
	row 'executable /data/p: ' "ln -s $CHECK images/web/data/p; container 'executable: /data/p'"
	good '' "cp images/web/bin/prog host/data/p; container 'volumes:' '  /data: !Persistent {path: /data}' 'executable: /data/p'"
	row 'executable /data/p: no such file' \
		"cp images/web/bin/prog images/web/data/p; container 'volumes:' '  /data: !Persistent {path: /data}' 'executable: /data/p'"
	good 'is a script of /bin/none' "echo '#! /bin/none -x' >images/web/bin/prog"
	row 'workdir /none: no such file' "lines 'workdir: /none'"
	row 'workdir /file is not a directory' "lines 'workdir: /file'"
	good '' "lines 'work-dir: /tmp'"
	all_good
}

@test "check: variables" {
	row 'unknown variable "nope"' "lines 'arguments:' '- \"@{nope}\"'"
	row 'Variable "p" is undefined' "lines 'variables: {p: !Name }'"
	row 'One of the tags' "lines 'variables: {p: Name}'"
	row 'Variable "p" is invalid: ' "lines 'variables:' '  p: !TcpPort'; process 'variables: {p: 65536}'"
	row 'Variable "p" is invalid: ' "lines 'variables:' '  p: !TcpPort'; process 'variables: {p: 0}'"
	row 'Variable "p" is invalid: ' "lines 'variables:' '  p: !TcpPort'; process 'variables: {p: 80}'"
	row 'variable value "c" is not one of ["a", "b"]' "lines 'variables:' '  p: !Choice [a, b]'; process 'variables: {p: c}'"
	row 'Variable "p" is invalid: ' "lines 'variables:' '  p: !DottedName'; process 'variables: {p: a..b}'"
	row 'processes/app.yaml:5:' "lines 'variables:' '  p: !Name'; process 'variables:' '  p: \"a\\nb\"'"
	good ': warning: ' "lines 'arguments:' '- \"@{unclosed\"'"
	good '' "lines 'environ:' '  P: \"@{lithos:pid}\"' 'arguments:' '- \"@{lithos:name}\"' '- \"@{lithos:config_filename}\"'"
	row 'lithos:pid variable can only be used' "lines 'arguments:' '- \"@{lithos:pid}\"'"
	# all at once
	fresh
	lines 'variables:' '  a: !Name' '  b: !TcpPort' 'arguments:' '- "@{x}"' '- "@{y}"'
	process 'variables: {b: z}'
	check
	[[ $status -eq 1 && $(grep -c 'Variable "a"\|Variable "b"\|variable "x"\|variable "y"' "$T/err") -eq 4 ]]
	all_good
}

@test "check: ports" {
	row 'web.yaml:' "lines 'tcp-ports:' '  8001: {fd: 3}' '  8002: {fd: 3}'"
	row 'passing fd 1 and fd 2 is not supported' "lines 'tcp-ports:' '  8001: {fd: 1}'"
	row 'web.yaml:3:' "lines 'tcp-ports:' '  8001: {fd: 70000}'"
	row 'Port 80 is not allowed for' "lines 'tcp-ports:' '  80: {fd: 3}'"
	row 'Bad port "70000"' "lines 'tcp-ports:' '  70000: {fd: 3}'"
	row 'invalid IP address syntax' "lines 'tcp-ports:' '  8001: {fd: 3, host: localhost}'"
	row 'Port 8001 of 0.0.0.0 is that of app/web, which is of another sandbox' "lines 'tcp-ports:' '  8001: {fd: 3}'; twin"
	row 'conflicts with var "p" for fd: 3' \
		"lines 'variables:' '  p: !TcpPort {activation: systemd}' 'tcp-ports:' '  8001: {fd: 3}'; process 'variables: {p: 8002}'"
	good '' "lines 'tcp-ports:' '  8001: {fd: 3}'; process 'instances: 3'"
	all_good
}

@test "check: instances and addresses" {
	local bridged="bridged-network: {bridge: none0, network: 10.0.0.0/24}"

	row 'processes/app.yaml:4:' "process 'instances: -1'"
	row 'processes/app.yaml:4:' "process 'instances: 1000000000'"
	good '' "process 'instances: 0'"
	row "Instance no 1, but there's only 1 ip addresses" "sandbox '$bridged'; process 'instances: 2' 'ip-addresses: [10.0.0.1]'"
	row 'no IP address specified' "sandbox '$bridged'"
	row 'invalid ip 10.0.1.1' "sandbox '$bridged'; process 'ip-addresses: [10.0.1.1]'"
	row 'processes/app.yaml:5:' "sandbox '$bridged'; process 'instances: 2' 'ip-addresses: [10.0.0.1, 10.0.0.1]'"
	good 'no network device none0' "sandbox '$bridged'; process 'ip-addresses: [10.0.0.1]'"
	good 'of bridge none0 is that of app/web as well' "sandbox '$bridged'; process 'ip-addresses: [10.0.0.1]'; twin"
	good 'is not a bridge' "sandbox '${bridged/none0/lo}'; process 'ip-addresses: [10.0.0.1]'"
	all_good
}

@test "check: secrets" {
	local secret=v2:i4+dWTpg:KqWSX0BY:8MtOoWUX:zpmwFffIOpBuym3NGR56U9J11j4b/d6ojKdDYB/SxWsb5H7WmA+xQt8oCDNvbxdSTC8Km14YtL9Xc4bHyxtXfw==
	local key="cp '$top_srcdir/bundles/lithos-web/keys/example.key' keys/k; chmod 0600 keys/k; sandbox \"secrets-private-key: \$L/keys/k\""
	local in="sandbox 'secrets-namespaces: [myapp]'; lines 'secret-environ:'"

	good '' "$key; $in '  A: $secret'"
	row 'No secrets key file defined to decode secrets' "$in '  A: $secret'"
	row "Key's mode must be 0600" "$key; chmod 0644 keys/k; $in '  A: $secret'"
	row 'Key must have no other links' "$key; ln keys/k keys/k2; $in '  A: $secret'"
	row 'keys/k' "$key; mv keys/k keys/k2; ln -s k2 keys/k; $in '  A: $secret'"
	row 'keys/k' "$key; rm keys/k; $in '  A: $secret'"
	row "Can't decrypt secret \"A\"" "$key; $in '  A: ${secret/v2/v1}'"
	row "Can't decrypt secret \"A\"" "$key; $in '  A: ${secret%??????}'"
	row "Can't decrypt secret \"A\"" "$key; $in '  A: ${secret/zpm/!!!}'"
	row "Can't decrypt secret \"A\"" "$key; $in '  A: []'"
	row 'expected namespaces' "$key; lines 'secret-environ:' '  A: $secret'"
	row 'mutually exclusive' "$key; echo 'A: $secret' >images/web/config/s; $in '  A: $secret' 'secret-environ-file: s'"
	good '' "$key; echo 'A: $secret' >images/web/config/s; sandbox 'secrets-namespaces: [myapp]'; lines 'secret-environ-file: s'"
	row 'web.yaml:2:22: /config/none: no such file' "$key; lines 'secret-environ-file: none'"
	row 'web.yaml:2:' "ln -s /etc/shadow images/web/config/s; lines 'secret-environ-file: s'"
	# what is no file of secrets is not quoted
	fresh
	printf 'root: [hush\n' >images/web/config/s
	lines 'secret-environ-file: s'
	check
	[[ $status -eq 1 && $stderr == */config/s:* && $stderr != *hush* && $stderr != *root* ]]
	all_good
}

@test "check: files of output" {
	row 'its directory is not in the container' "lines 'stdout-stderr-file: /none/log'"
	row 'it is read-only' "lines 'stdout-stderr-file: /var/log/log'"
	good '' "lines 'volumes:' '  /var/log: !Tmpfs' 'stdout-stderr-file: /var/log/log'"
	good '' "lines 'volumes:' '  /data: !Persistent {path: /data}' 'stdout-stderr-file: /data/log'"
	row 'is not a regular file' "mkfifo host/data/log; lines 'volumes:' '  /data: !Persistent {path: /data}' 'stdout-stderr-file: /data/log'"
	row 'symbolic link' "ln -s x host/data/log; lines 'volumes:' '  /data: !Persistent {path: /data}' 'stdout-stderr-file: /data/log'"
	row 'is not a regular file' "mkdir host/data/log; lines 'volumes:' '  /data: !Persistent {path: /data}' 'stdout-stderr-file: /data/log'"
	all_good
}

@test "check: hosts and resolv.conf" {
	row '/etc/hosts is not a valid mount point' "rm images/web/etc/hosts; lines 'hosts-file: {mount: true}'"
	row '/etc/hosts is not a valid mount point' "ln -sf /file images/web/etc/hosts; lines 'hosts-file: {mount: true}'"
	row '/etc/resolv.conf is not a valid mount point' "rm images/web/etc/resolv.conf; lines 'resolv-conf: {mount: true}'"
	row '/etc/hosts is not a valid mount point' "mv images/web/etc images/web/e; ln -s e images/web/etc; lines 'hosts-file: {mount: true}'"
	good '' "ln -sf /file images/web/etc/hosts"
	row 'resolv' "sandbox 'resolv-conf: $L/none'"
	all_good
}

@test "check: commands after the network is set up" {
	local b="bridged-network: {bridge: lo, network: 10.0.0.0/24, after-setup-command:"
	local p="process 'ip-addresses: [10.0.0.1]'"

	row 'sandboxes/app.yaml:8:' "$p; sandbox '$b [arping]}'"
	row 'no such file or directory' "$p; sandbox '$b [/bin/none-of-that]}'"
	row 'is no program' "$p; sandbox '$b [/etc]}'"
	all_good
}

@test "check: directories of the master" {
	row "Can't open config directory" 'rm -r sandboxes'
	row 'processes-dir' 'rm -r processes'
	row 'must be absolute' "sed -i 's|runtime-dir: .*|runtime-dir: run|' master.yaml"
	row 'Cant create runtime-dir' "sed -i 's|runtime-dir: .*|runtime-dir: $L/none/run|' master.yaml"
	good '' "rm -r run"
	row 'is not a directory' 'rmdir run; touch run'
	row 'can be written by everybody' 'chmod 0777 processes'
	row 'can be written by everybody' 'chmod 1777 sandboxes'
	row 'can be written by everybody' 'chmod 0777 run'
	row 'config-log-dir and stdio-log-dir are the same directory' "sed -i 's|/log/stderr|/log/config|' master.yaml"
	row 'are the same directory' 'rmdir log/stderr; ln -s config log/stderr'
	row 'must exist and contain device nodes' 'rm -r dev'
	row 'has no directory pts' 'rmdir dev/pts'
	row 'master.yaml:6:1: Validation Error: Keys {"nonsense"} are not expected' "master 'nonsense: 1'"
	all_good
}

# ---- options ----

@test "check: another process file for one sandbox" {
	local name

	twin
	printf 'web: {image: web, config: /config/web.yaml, instances: -1}\n' >"$T/bad.yaml"
	printf 'web: {image: web, config: /config/web.yaml, instances: 2}\n' >"$T/fine.yaml"
	for name in sandbox sandbox-name tree subtree-name; do
		check "--$name" app --alternate-config "$T/bad.yaml"
		[[ $status -eq 1 && $stderr == *"$T/bad.yaml:1:"* && $stderr != *processes/* ]]
		check "--$name=app" "--alternate-config=$T/fine.yaml"
		[[ $status -eq 0 && -z $stderr ]]
	done
	check -T app --alternate-config "$T/bad.yaml"
	[[ $status -eq 1 ]]
	check --sandbox none --alternate-config "$T/fine.yaml"
	[[ $status -eq 1 && $stderr == *'Tree Some("none") is not used'* ]]
	check --alternate-config "$T/fine.yaml"
	[[ $status -eq 2 && $stderr == *'--alternate-config needs --sandbox'*usage:* ]]
	# a name alone asks for nothing
	check --sandbox none
	[[ $status -eq 0 ]]
	# the file that it would take the place of is not looked at
	echo 'nonsense' >processes/app.yaml
	check --sandbox app --alternate-config "$T/fine.yaml"
	[[ $status -eq 0 ]]
}

@test "check: container files alone" {
	lines 'memry-limit: 1Mi'
	check --check-container "$L/$C"
	[[ $status -eq 1 && $stderr == "$L/$C:2:1: "*memry-limit* ]]
	lines
	rm master.yaml
	check --check-container "$L/$C"
	[[ $status -eq 0 && -z $stdout$stderr ]]
	lines 'memory-limit: x'
	echo 'executable: [' >second.yaml
	check --check-container "$L/$C" --check-container second.yaml --check-container none.yaml
	[[ $status -eq 1 && $stderr == *web.yaml:2:*second.yaml:*none.yaml:* ]]
	mkfifo fifo
	check --check-container fifo
	[[ $status -eq 1 && $stderr == *fifo* ]]
}

@test "check: what programs read" {
	lines 'volumes:' '  /none: !Tmpfs' 'memory-limit: 1000000000000000'
	sandbox 'nonsens-key: 1'
	check --json
	[[ $status -eq 1 && -z $stderr ]]
	jq -e 'length == 1 and .[0].level == "error" and .[0].kind == "Validation Error" and .[0].line == 8 and
		.[0].column == 1 and (.[0].file | endswith("sandboxes/app.yaml")) and .[0].about == "app"' <<<"$stdout"
	sed -i '/nonsens/d' sandboxes/app.yaml
	check --json
	jq -e 'map(.level) == ["error", "warning"] and .[0].path == ".volumes./none" and .[0].about == "app/web" and
		(.[0].hint | type) == "string"' <<<"$stdout"
	# what is quoted stays JSON
	printf 'a"\\b\001: {image: web, config: /config/web.yaml, instances: -1}\n' >processes/app.yaml
	check --json
	[[ $status -eq 1 ]]
	jq -e 'length > 0' <<<"$stdout"
}

@test "check: other words" {
	check nonsense
	[[ $status -eq 2 && $stderr == *usage:* ]]
	check --nonsense
	[[ $status -eq 2 ]]
	lines 'hosts-file: {copy-from-host: false, public-hostname: true}'
	check -v
	[[ $status -ne 0 || $stdout == *"Hostname is $(hostname)"* ]]
	"$top_builddir/lithos" check --config="$L/master.yaml"
}

@test "check: a finding of all instances is told once" {
	process 'instances: 10'
	lines 'tcp-ports:' '  80: {fd: 3}'
	check
	[[ $status -eq 1 && $(grep -c 'Port 80 is not allowed' "$T/err") -eq 1 ]]
	sandbox 'bridged-network: {bridge: lo, network: 10.0.0.0/24}'
	lines
	check
	[[ $status -eq 1 && $(grep -c 'app/web.0: no IP address specified' "$T/err") -eq 1 ]]
	process 'instances: 10' 'ip-addresses: [10.0.0.1, 10.0.0.2]'
	check
	[[ $status -eq 1 && $(grep -c "Instance no .*, but there's only 2 ip addresses" "$T/err") -eq 1 ]]
}

@test "check: many instances do not keep what another process has to say from being told" {
	process 'instances: 5000'
	printf '%s\n' 'xyz: {image: web, config: /config/web.yaml, variables: {nobody: knows}}' >>processes/app.yaml
	lines 'arguments: ["@{x}"]'
	check
	[[ $status -eq 1 && $(grep -c 'unknown variable "x"' "$T/err") -eq 1 && $stderr == *'variable "nobody" is not declared'* ]]
	[[ $stderr != *'there is more'* ]]
}

@test "check: names of sandboxes and what else lies beside them" {
	touch sandboxes/{.hidden.yaml,app.yaml~,app.yaml.bak,'#app.yaml#',README}
	check
	[[ $status -eq 0 && -z $stderr ]]
	cp sandboxes/app.yaml sandboxes/-x.yaml
	check
	[[ $status -eq 1 && $stderr == *sandboxes/-x.yaml* ]]
	rm sandboxes/-x.yaml
	mv sandboxes/app.yaml elsewhere.yaml
	ln -s ../elsewhere.yaml sandboxes/app.yaml
	check
	[[ $status -eq 0 && -z $stderr ]]
}

@test "check: an ordinary user" {
	[[ $EUID -eq 0 ]] || skip "needs root to become somebody else"
	cp "$top_srcdir/bundles/lithos-web/keys/example.key" keys/k
	chmod 0700 keys
	chmod 0600 keys/k
	sandbox "secrets-private-key: $L/keys/k" 'secrets-namespaces: [myapp]'
	lines 'secret-environ: {A: "v2:i4+dWTpg:KqWSX0BY:8MtOoWUX:zpmwFffIOpBuym3NGR56U9J11j4b/d6ojKdDYB/SxWsb5H7WmA+xQt8oCDNvbxdSTC8Km14YtL9Xc4bHyxtXfw=="}'
	cp "$(realpath "$CHECK")" "$T/lithos"
	setpriv --reuid 65534 --regid 65534 --clear-groups "$T/lithos" check -C "$L/master.yaml" >"$T/out" 2>"$T/err" 3>&-
	[[ $(<"$T/err") == *': warning: '*'cannot be read by this user'* && ! -s $T/out ]]
	# and what he may look at is looked at
	container 'executable: /bin/none'
	setpriv --reuid 65534 --regid 65534 --clear-groups "$T/lithos" check -C "$L/master.yaml" 2>"$T/err" 3>&- && return 1
	[[ $(<"$T/err") == *'executable /bin/none: no such file'* ]]
	chmod 0700 images/web/data host
	container 'volumes:' '  /www: !Readonly /www' 'executable: /data/x'
	setpriv --reuid 65534 --regid 65534 --clear-groups "$T/lithos" check -C "$L/master.yaml" 2>"$T/err" 3>&-
}

@test "check: a hundred sandboxes are no trouble" {
	local i

	for ((i = 0; i < 100; i++)); do
		sed 's/allow-tcp-ports.*/allow-tcp-ports: [8000-9000]/' sandboxes/app.yaml >"sandboxes/s$i.yaml"
		cp processes/app.yaml "processes/s$i.yaml"
	done
	check
	[[ $status -eq 0 && -z $stderr ]]
	# errors of all of them are told
	lines 'nonsense: 1'
	check
	[[ $status -eq 1 && $(grep -c nonsense "$T/err") -eq 101 ]]
}
