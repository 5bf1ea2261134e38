#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later

# Calls that are not made (each with its reason), and the few places where one is right.

. "$(dirname "${BASH_SOURCE[0]}")/report.bash"

mapfile -t files < <(sources | grep '\.[ch]$')

# Every line as FILE:NUMBER:TEXT.  Comments and strings are not calls.
code=$(grep -Hn '' "${files[@]}" | sed -E 's,"([^"\\]|\\.)*","",g; s,/\*.*\*/,,; s,^([^:]*:[0-9]+:)[[:space:]]*/?\*.*,\1,; s,/\*.*,,' |
	grep '(')

# rule REASON EXTENDED-REGULAR-EXPRESSION [EXCEPTION...]; an exception is FILE or FILE=EXPRESSION
rule() {
	local reason=$1 pattern=$2 file number text exception allowed

	shift 2
	looked "${#files[@]}"
	while IFS=: read -r file number text; do
		allowed=
		for exception in "$@"; do
			if [[ $file == "${exception%%=*}" ]] &&
				{ [[ $exception != *=* ]] || grep -qE -- "${exception#*=}" <<<"$text"; }; then
				allowed=yes
			fi
		done
		[[ -n $allowed ]] || finding "$file:$number" "$reason"
	done < <(grep -E -- "$pattern" <<<"$code")
}

rule 'writes without a bound: use base/fmt.h or snprintf' '\b(strcpy|strcat|sprintf|vsprintf|gets|stpcpy)[[:space:]]*\('
rule 'keeps state between calls or cannot report an error' '\b(strtok|atoi|atol|atoll|atof)[[:space:]]*\('
rule 'runs a shell' '\b(system|popen)[[:space:]]*\('
rule 'a name that others can guess or take' '\b(tmpnam|tempnam|mktemp)[[:space:]]*\('
rule 'the stack has no bound' '\balloca[[:space:]]*\('
rule 'the name service loads libraries' '\b(getpw[a-z_]+|getgr(gid|nam|ent)[a-z_]*|initgroups|getaddrinfo|dlopen|setlocale|iconv_open)[[:space:]]*\(' \
	'src/translate/look.c=[^a-z]getaddrinfo'
rule 'use sys/process.h' '\bsignal[[:space:]]*\(' \
	'src/init/run.c=SIG_IGN' 'src/cmd/settle.c=SIG_(DFL|IGN)'
rule 'files are opened in sys/, close-on-exec and from a directory descriptor' \
	'(^|[^a-z_])(open|openat|creat|fopen|opendir|freopen)[[:space:]]*\(' \
	'src/sys/file.c' 'src/sys/proc.c' 'src/sys/mount.c' \
	'src/cmd/settle.c=open\("", O_RDWR\)'
rule 'mounts are made in sys/, by descriptor' '(^|[^a-z_])(mount|umount|umount2|chroot|pivot_root)[[:space:]]*\(' \
	'src/sys/mount.c' 'src/sys/mount.h' 'src/init/run.c=chroot\("?"?\)'
rule 'only main ends the program' '(^|[^a-z_])(exit|abort|perror|err|errx)[[:space:]]*\(' 'src/cmd/cist/main.c'
# query, ps and features are the verbs whose answer goes to standard output, and so is explain's
rule 'only cmd/ and the verbs that answer print' '(^|[^a-z_])(printf|puts|putchar|fputs)[[:space:]]*\(' \
	src/cmd/cist/{cli,completion,main,usage,verbs}.c src/cmd/option_text.c src/cmd/lithos/{bundle,check,clean_sandbox,crypt,main,preview,ps,switch,tell}.c src/runtime/{features,ps,query}.c src/base/explain.c src/doctor/write.c
# It jumps. What it tells is written down and shown; what the supervisor decides it decides by monotonic time.
rule 'the wall clock decides nothing' '^src/supervise/[^:]*:[0-9]+:.*(\btime\(NULL\)|CLOCK_REALTIME|\bgettimeofday\()' \
	'src/supervise/adhoc_log.c=now =' 'src/supervise/adopt.c=began_s =' 'src/supervise/clear.c=ended_s =' 'src/supervise/inside.c=now_s =' \
	'src/supervise/journal.c=now =' 'src/supervise/launch.c=ward_note' 'src/supervise/plan.c=config_log_append' \
	'src/supervise/say.c=line_write' 'src/supervise/show.c=(return time|written_s =)' 'src/supervise/start.c=started_s =' \
	'src/supervise/wish.c=(began_s =|ward_note)'
tidy_end
