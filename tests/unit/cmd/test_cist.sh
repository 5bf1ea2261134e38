#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later

# The command line, row by row: words in; what the runtime is asked for, or the error and the exit status, out.
# The program under test is the real command around a runtime that only prints what it is told.

set -u
unset XDG_RUNTIME_DIR USER

cist=$(readlink -f "${CIST_FAKE:-tests/unit/cmd/cist_fake}")
srcdir=$(readlink -f "${srcdir:-.}")
T=$(mktemp -d "${TMPDIR:-/tmp}/cist-test-cmd.XXXXXX")
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1

passed=0
failed=0

verdict() { # CONDITION-RESULT TEXT
	if [[ $1 -eq 0 ]]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf '%s\n  stdout: %s\n  stderr: %s\n' "$2" "$(head -c 400 out)" "$(head -c 400 err)"
	fi
}

# row STATUS STDOUT STDERR WORD...: stdout is compared whole (without root= and manager= in front when they
# are the defaults), stderr must contain the text and be empty when it is.
row() {
	local status=$1 out=$2 err=$3 rc got
	shift 3
	"$cist" "$@" >out 2>err
	rc=$?
	got=$(sed 's,^root=/run/cist manager=0 ,,' out)
	[[ $rc -eq $status && $got == "$out" && $(<err) == *"$err"* && (-n $err || ! -s err) ]]
	verdict $? "cist $*: status $rc, wanted $status, '$out', '$err'"
}

# Only the beginning of standard output counts.
shows() {
	local out=$1
	shift
	"$cist" "$@" >out 2>err
	[[ $? -eq 0 && $(<out) == "$out"* && ! -s err ]]
	verdict $? "cist $*: wanted '$out'"
}

# ---- forms of options ----
for form in "--bundle d" "--bundle=d" "-bundle d" "-bundle=d" "-b d" "-b=d" "--b d" "-b x -b d"; do
	# shellcheck disable=SC2086
	row 0 'create id=c bundle=d fds=0' '' create $form c
done
row 0 'create id=c bundle=d fds=0' '' create c -b d
row 0 'create id=c bundle= fds=0' '' create --bundle= c
row 0 'create id=c bundle=-x fds=0' '' create --bundle -x c
row 0 'create id=-x fds=0' '' create -- -x
row 0 'delete id=c force' '' delete -force c
row 0 'delete id=c force' '' delete c --force
row 0 'delete id=c force' '' delete --force=true c
row 0 'delete id=c force' '' delete -f=1 c
row 0 'delete id=c' '' delete --force --force=false c
row 0 'delete id=^a.*b$ regex' '' delete --regex '^a.*b$'
row 1 '' 'invalid boolean value \"maybe\" for -force: parse error' delete --force=maybe c
row 1 '' 'invalid boolean value \"\" for -f: parse error' delete -f= c
row 1 '' 'bad flag syntax: ---force' delete ---force c
row 1 '' 'bad flag syntax: -=x' delete -=x c
row 1 '' 'bad flag syntax: --=x' delete --=x c

# ---- create, run ----
row 0 'create id=c bundle=b config=f netconf=n console=s pid=p pidfd=q no-pivot no-new-keyring fds=3 no-subreaper' '' \
	create --bundle b --config f --netconf n --console-socket s --pid-file p --pidfd-socket q --no-pivot \
	--no-new-keyring --preserve-fds 3 -no-subreaper c
row 0 'run id=c fds=0 detach keep' '' run -d --keep c
row 7 'run id=seven fds=0' '' run seven
row 1 '' 'flag provided but not defined: -detach' create --detach c
row 0 'create id=c fds=0' '' create --preserve-fds -5 c
row 0 'create id=c fds=2147483647' '' create --preserve-fds=2147483647 c
for n in x '' 1x -- - 0x1 ' 1' 1.0; do
	row 1 '' "invalid value \\\"$n\\\" for flag -preserve-fds: parse error" create --preserve-fds "$n" c
done
for n in 2147483648 4294967297 99999999999999999999999; do
	row 1 '' 'value out of range' create --preserve-fds "$n" c
done
row 0 'root=/run/cist manager=1 create id=c fds=0' '' --systemd-cgroup create c
row 0 'root=/run/cist manager=1 run id=c fds=0' '' --cgroup-manager=systemd run c
row 0 'root=/run/cist manager=1 delete id=c force' '' --systemd-cgroup delete --force c
row 0 'root=/run/cist manager=2 create id=c fds=0' '' --cgroup-manager disabled create c
row 1 '' 'unknown cgroup manager \"x\"' --cgroup-manager x list
row 1 '' 'unknown cgroup manager' --cgroup-manager '' list

# ---- ids ----
for id in a/b 'a b' .. . ../x $'a\nb' $'a\033b' 'a*' ä; do
	row 1 '' 'create failed: invalid container ID format' create "$id"
	row 255 '' 'exec failed: invalid container ID format' exec "$id" true
	for verb in start state kill delete pause resume update ps; do
		row 1 '' 'msg="invalid container ID format' "$verb" "$id"
	done
done
row 1 '' 'container id cannot be empty' create ''

# ---- numbers of arguments ----
row 1 '' '"\"cist state\" requires exactly 1 argument(s)"' state
row 1 '' 'requires exactly 1 argument(s)' state a b
row 1 '' 'requires exactly 1 argument(s)' create -b A
row 1 '' 'requires exactly 1 argument(s)' delete a b
row 1 '' '\"cist kill\" requires a minimum of 1 argument(s)' kill
row 1 '' '\"cist kill\" requires a maximum of 2 argument(s)' kill c 9 9
row 1 '' '\"cist exec\" requires a minimum of 1 argument(s)' exec
row 1 '' 'requires exactly 0 argument(s)' list x

# ---- unknown, incomplete ----
row 3 '' "No help topic for 'frobnicate'" frobnicate
row 3 '' "No help topic for 'checkpoint'" checkpoint --help
row 3 '' "No help topic for 'x'" help x
row 1 '' 'flag provided but not defined: -frob' --frob list
row 1 '' 'flag provided but not defined: -frob' state --frob x
row 1 '' 'flag provided but not defined: -frob' state x -frob=1
row 1 '' 'flag needs an argument: -bundle' create --bundle
row 1 '' 'flag needs an argument: -b' create c -b
row 1 '' 'flag needs an argument: -log' --log

# ---- kill, exec, ps: the first positional word ends the options ----
row 0 'kill id=c signal=SIGTERM' '' kill c
row 0 'kill id=c signal=9 all' '' kill --all c 9
row 0 'kill id=c signal=-9' '' kill c -9
row 0 'kill id=c signal=KILL all' '' kill -a c KILL
row 0 'kill id=^c.*$ signal=KILL regex' '' kill --regex '^c.*$' KILL
row 0 'ps id=c arg[0]=-o arg[1]=pid' '' ps c -o pid
row 0 'ps id=c json' '' ps --format json c
row 0 'exec id=c arg[0]=ls arg[1]=-l arg[2]=--help fds=0' '' exec c ls -l --help
row 0 'exec id=c arg[0]=ls fds=0' '' exec c -- ls
row 0 'exec id=c arg[0]=-- arg[1]=ls fds=0' '' exec c -- -- ls
row 0 'exec id=c arg[0]=ls fds=0' '' exec -- c ls
row 0 'exec id=c process=f console=s pid=p fds=0 tty detach' '' \
	exec --tty --process f --console-socket s -d --pid-file p c
row 0 'exec id=c arg[0]=x pidfd=q cwd=/d user=1:2 label=l apparmor=a env[0]=A=1 env[1]=B=2,3 cap[0]=X cap[1]=Y gid[0]=5 gid[1]=6 cgroup[0]=cpu:/a fds=1 no-new-privs ignore-paused' '' \
	exec --pidfd-socket q --cwd /d -u 1:2 --process-label l --apparmor a -e A=1 --env B=2,3 -c X --cap=Y \
	-g 5 --additional-gids 6 --cgroup cpu:/a --preserve-fds 1 --no-new-privs --ignore-paused c x
row 255 '' 'exec failed: exec args cannot be empty' exec c
row 255 '' 'exec failed: exec args cannot be empty' exec c --
row 255 '' 'exec failed: Cwd must be an absolute path' exec --cwd rel c true
row 255 '' 'not of the form NAME=VALUE' exec -e A c true
row 255 '' 'not of the form NAME=VALUE' exec -e =1 c true
row 7 'exec id=seven arg[0]=x fds=0' '' exec seven x
row 255 'exec id=broken arg[0]=x fds=0' 'exec failed: it' exec broken x
row 1 'exec id=noexec arg[0]=x fds=0' 'exec format error' exec noexec x

# ---- mounts ----
row 0 'mounts-add id=c file=/f' '' mounts add c /f
row 0 'mounts-remove id=c file=-' '' mounts remove c -
row 1 '' 'neither add nor remove' mounts move c /f
row 1 '' 'requires exactly 3 argument(s)' mounts add c
row 1 '' 'invalid container ID format' mounts add a/b /f

# ---- update ----
row 0 'update id=c resources=-' '' update --resources - c
row 0 'update id=c resources=/f' '' update --resources=/f c
row 0 'update id=c resources=- memory=-1' '' update -r=- c --memory -1
row 0 'update id=c blkio-weight=1 cpu-period=2 cpu-quota=-1 cpu-burst=4 cpu-share=5 cpu-rt-period=6 cpu-rt-runtime=7 cpu-idle=0' \
	'' update --blkio-weight 1 --cpu-period 2 --cpu-quota -1 --cpu-burst 4 --cpu-share 5 --cpu-rt-period 6 \
	--cpu-rt-runtime 7 --cpu-idle 0 c
row 0 'update id=c cpuset-cpus=0 cpuset-mems=1 memory=64M memory-reservation=3 memory-swap=4 pids-limit=5 kernel-memory=6 kernel-memory-tcp=7 l3-cache-schema=a mem-bw-schema=b' \
	'' update --cpuset-cpus 0 --cpuset-mems 1 --memory 64M --memory-reservation 3 --memory-swap 4 --pids-limit 5 \
	--kernel-memory 6 --kernel-memory-tcp 7 --l3-cache-schema a --mem-bw-schema b c
row 1 '' 'requires exactly 1 argument(s)' update --memory 1

# ---- list, spec, explain ----
row 0 'list format=0' '' list
row 0 'list format=1' '' list -f table --format=json
row 0 'list format=2' '' list -q
row 1 '' 'invalid format option' list -f xml
row 1 '' 'invalid format option' list -f ''
row 1 '' 'invalid format option' ps -f xml c
row 0 'spec bundle=d file=f rootless' '' spec -b d -f f --rootless
row 0 'explain' '' explain
row 0 'explain bundle=d json' '' explain --json d
row 0 'explain bundle=d config=f netconf=n' '' explain -b d --config f --netconf n
row 1 '' 'the bundle is given twice' explain -b d d
row 0 'doctor' '' doctor
row 0 'doctor bundle=d json' '' doctor --json d
row 0 'doctor bundle=d config=f' '' doctor -b d --config f
row 3 '' 'the bundle is given twice' doctor -b d d

# ---- global options ----
row 0 "root=$T/r manager=0 list given format=0" '' --root r list
row 0 'root=/x/r manager=0 list given format=0' '' --root=/x/r list
row 1 '' '--root must not be empty' --root= list
row 1 '' 'file name too long' --root "$(printf '/%04096d' 1)" list
row 0 'list format=0' '' --rootless=true --criu /usr/sbin/criu --log-level=error list
row 0 'list format=0' '' --rootless auto list
row 1 '' 'flag -rootless' --rootless=maybe list
row 1 '' 'invalid log-format: xml' --log-format xml list
row 0 'list format=0' '' --log-format= list
row 1 '' 'invalid log-level: loud' --log-level loud list
row 0 'list format=0' 'level=debug msg="list begins"' --debug list
for words in --version -v -V "--debug -v"; do
	# shellcheck disable=SC2086
	row 0 'cist version' '' $words
done

# ---- help ----
for words in '' --help -h help; do
	# shellcheck disable=SC2086
	shows $'NAME:\n   cist - ' $words
done
for c in create start state kill delete run exec list ps pause resume update spec features explain doctor completion help; do
	for words in "$c --help" "$c -h" "$c --help --frob" "help $c"; do
		# shellcheck disable=SC2086
		shows $'NAME:\n   cist '"$c - " $words
	done
	grep -q "^   $c " <("$cist")
	verdict $? "the help names $c"
done
shows $'NAME:\n   cist delete - ' delete c -h

# ---- where errors go ----
bare=$'it "broke"\nin\\x1b[2J two'
line='it \"broke\"\nin\u001b[2J two'

row 1 'state id=broken' 'level=warning msg="before the error"' state broken
row 0 'state id=warned' 'level=warning msg="mind the gap"' state warned
row 0 'state id=warned' '' --log-level error state warned
row 0 'create id=warned fds=0' '' create warned
row 0 'create id=warned fds=0' 'level=warning' --log-level warning create warned
row 1 'create id=broken fds=0' 'level=error msg="create failed: it' create broken
grep -qE '^time="[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z" level=error msg="[^"]+"$' <("$cist" frob 2>&1)
verdict $? "logfmt on standard error"

"$cist" --log log --log-format json state broken >out 2>err
[[ $? -eq 1 && $(<err) == "$bare" && $(wc -l <log) -eq 1 && $(stat -c %a log) == 644 ]] &&
	grep -qE '^\{"level":"error","msg":".*","time":"[0-9T:-]+Z"\}$' log && grep -qF "$line" log
verdict $? "one JSON object in the log, bare text on standard error: $(<log)"

"$cist" --log log --log-format json state warned >out 2>err
[[ $? -eq 0 && ! -s err && $(wc -l <log) -eq 2 ]] && tail -1 log | grep -q '"level":"warning"'
verdict $? "the log is appended to; a warning is written after success: $(<log)"

"$cist" --log file:text state broken >out 2>err
[[ $? -eq 1 && $(<err) == "$bare" && $(wc -l <text) -eq 2 ]] && tail -1 text | grep -q 'level=error msg="it \\"broke\\"\\nin\\x1b'
verdict $? "a log in text: $(<text)"

"$cist" --log-format json state broken >out 2>err
[[ $? -eq 1 && $(tail -1 err) == '{"level":"error","msg":"'"$line"* ]]
verdict $? "JSON on standard error"

("$cist" --log /dev/stderr --log-format json frob 2>&1 >/dev/null) | cat >err
[[ $(head -1 err) == "No help topic for 'frob'" && $(tail -1 err) == '{"level":"error"'* ]]
verdict $? "--log /dev/stderr on a pipe"

"$cist" --log /dev/fd/5 frob 5>log >out 2>err
grep -q '^time=.*frob' log
verdict $? "--log /dev/fd/5: $(<log)"
row 1 '' 'open log file /dev/fd/77: bad file descriptor' --log /dev/fd/77 list
row 1 '' 'no such file or directory' --log none/x list
row 1 '' 'is a directory' --log . list
ln -s target link
row 1 '' 'it is a symbolic link' --log link list
[[ ! -e target ]]
verdict $? "the target of a link is not made"
mkfifo fifo
row 1 '' 'open log file fifo' --log fifo list
row 1 '' 'the name of a log' --log $'syslog:a\nb' list

# ---- standard output ----
"$cist" state c >&- 2>err
verdict $(($? == 1 ? 0 : 1)) "standard output closed: status"
grep -q 'standard output is closed' err
verdict $? "standard output closed: text"
"$cist" --help >/dev/full 2>err
verdict $(($? == 1 ? 0 : 1)) "standard output full: status"
grep -q 'write to standard output: no space left on device' err
verdict $? "standard output full: text"
{
	sleep 0.2
	"$cist" state c 2>err
	echo $? >rc
} | :
grep -q 'write to standard output: broken pipe' err && [[ $(<rc) -eq 1 ]]
verdict $? "standard output a broken pipe: status $(<rc)"
"$cist" create c <&- 2>err >out
verdict $? "standard input closed"
"$cist" frob 2>&- >out
verdict $(($? == 3 ? 0 : 1)) "standard error closed"

# ---- default root ----
XDG_RUNTIME_DIR='' row 0 'list format=0' '' list
if [[ $EUID -eq 0 ]]; then
	XDG_RUNTIME_DIR=$T row 0 'list format=0' '' list
	cp "$cist" other && chmod 755 "$T" other
	XDG_RUNTIME_DIR=/xdg setpriv --reuid 65534 --regid 65534 --clear-groups ./other list >out 2>err
	[[ $(<out) == 'root=/xdg/cist manager=0 list users format=0' ]]
	verdict $? "XDG_RUNTIME_DIR of an ordinary user"
	cp "$cist" setuid && chmod 4755 setuid
	setpriv --reuid 65534 --regid 65534 --clear-groups ./setuid list >out 2>err
	[[ $? -eq 1 && ! -s out ]] && grep -q 'must not be installed set-uid' err
	verdict $? "set-uid is refused"
else
	XDG_RUNTIME_DIR=$T row 0 "root=$T/cist manager=0 list users format=0" '' list
	XDG_RUNTIME_DIR=$T row 0 "root=$T/cist manager=0 create users id=c fds=0" '' create c
	[[ $(stat -c %a "$T/cist") == 1700 ]]
	verdict $? "the root of a user is sticky"
fi

# ---- completions and the manual ----
for shell in bash zsh fish; do
	"$cist" completion "$shell" >"completion.$shell" 2>err
	for c in create exec completion; do
		grep -qw "$c" "completion.$shell"
		verdict $? "completion for $shell names $c"
	done
	if command -v "$shell" >/dev/null; then
		"$shell" -n "completion.$shell" >out 2>err
		verdict $? "completion for $shell is valid"
	fi
done
complete_words() { # WORD...: what bash offers for the last one
	# shellcheck disable=SC1091
	(
		cist() { [[ $* == "list -q" ]] && echo web1 db1; }
		source ./completion.bash
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_cist
		echo "${COMPREPLY[*]}"
	)
}
for pair in "cist cre=create" "cist --root x cre=create" "cist delete --fo=--force" "cist delete w=web1" \
	"cist list -f j=json" "cist completion f=fish" "cist --log-fo=--log-format" "cist exec --ig=--ignore-paused"; do
	read -ra words <<<"${pair%=*}"
	got=$(complete_words "${words[@]}")
	[[ $got == "${pair##*=}" ]]
	verdict $? "bash completes '${pair%=*}' to '$got'"
done
row 1 '' 'no completions for' completion tcsh
"$cist" completion man | diff - <(sed -n '/^\.SH GLOBAL OPTIONS/,/^\.SH EXIT STATUS/p' "$srcdir/docs/man/cist.8" | sed '$d') >out
verdict $? "docs/man/cist.8 has what 'cist completion man' prints"

echo "$passed passed, $failed failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
