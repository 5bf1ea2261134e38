#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# lithos_clean: what is in use, what is not, and when nothing is touched.

load helpers

LITHOS=${LITHOS:-$top_builddir}

begin() {
	KEEP=(--keep-recent 0s)
	S=app$MARK
	D=$W/d
	M=$D/master.yaml
	I=$D/images
	mkdir -p "$D"/{sandboxes,processes,run,log,config} "$I"/{now,was,long-ago,never,.hidden}
	ln -s ../elsewhere "$I/link"
	mkdir -p "$D/elsewhere/inside"
	touch "$I/file" "$I/never/file"
	cat >"$M" <<-END
		runtime-dir: $D/run
		default-log-dir: $D/log
		config-log-dir: $D/config
	END
	sandbox "$S" <<<"image-dir: $I"
	processes "$S" now
	{
		logged 2015-01-01T00:00:00Z long-ago
		logged "$(date -u -d '3 days ago' +%FT%TZ)" was
		logged "$(date -u -d '1 day ago' +%FT%TZ)" now
	} >"$D/config/$S.log"
}

# sandbox NAME, from standard input
sandbox() {
	{
		printf 'allow-users: [0]\nallow-groups: [0]\n'
		cat
	} >"$D/sandboxes/$1.yaml"
}

# processes SANDBOX IMAGE
processes() {
	printf 'web: {image: %s, config: /config/web.yaml}\n' "$2" >"$D/processes/$1.yaml"
}

# logged TIME IMAGE: a line
logged() {
	printf '%s {"web":{"instances":1,"image":"%s","config":"/config/web.yaml","kind":"Daemon"}}\n' "$1" "$2"
}

# All images of a test are young.
clean() {
	"$LITHOS/lithos_clean" --config "$M" "${KEEP[@]}" "$@"
}

# The names that were printed, in one line; each was a path in quotes.
names() {
	ok clean "$@"
	[[ -z $(grep -v "^\"$I/.*\"$" <<<"$output") ]] || [[ -z $output ]] || show "paths in quotes"
	sed "s|^\"$I/\(.*\)\"$|\1|" <<<"$output" | paste -sd' '
}

untouched() {
	is "$(ls -A "$I" | paste -sd' ')" ".hidden file link long-ago never now was"
}

@test "lithos clean: help and bad usage" {
	ok "$LITHOS/lithos_clean" --help
	line --delete-unused
	ok "$LITHOS/lithos_clean" --version
	fails 2 clean more
	fails 2 clean --used --unused
	KEEP=()
	fails 2 clean --keep-recent often
	fails 2 clean -D x
	fails 2 clean --vmax -1
}

@test "lithos clean: used and unused, and nothing is touched" {
	is "$(names)" "long-ago now was"
	is "$(names --used)" "long-ago now was"
	is "$(names --unused)" "never"
	is "$(names --unused -D 2)" "long-ago never was"
	is "$(names --unused -D 5)" "long-ago never"
	is "$(names --unused -D 0)" "long-ago never was"
	is "$(names --unused -D 0 --vmin 2)" "long-ago never"
	is "$(names --unused -D0 --versions-min=3)" "never"
	is "$(names --unused --vmax 2)" "long-ago never"
	is "$(names --unused --versions-max 1)" "long-ago never was"
	untouched
}

@test "lithos clean: an image that was made lately stays, unless that is not wanted" {
	KEEP=()
	is "$(names --unused)" ""
	quiet clean --delete-unused -D 0
	untouched
	is "$(names --unused --keep-recent 1d)" ""
	is "$(names --unused --keep-recent 0s -D 2)" "long-ago never was"
	# Some file system has no clock that is finer than a second.
	sleep 1.1
	is "$(names --unused --keep-recent 1s)" "never"
}

@test "lithos clean: deletes, by handle, and follows no link" {
	ln -s "$D/elsewhere" "$I/never/out"
	quiet clean --delete-unused
	is "$(ls -A "$I" | paste -sd' ')" ".hidden file link long-ago now was"
	[[ -d $D/elsewhere/inside ]]
	ok clean --delete-unused -v -D 2
	line "^20..-..-..T..:..:..Z: Deleting \"$I/long-ago\"$"
	line "^20..-..-..T..:..:..Z: Deleting \"$I/was\"$"
	is "$(wc -l <<<"$output")" 2
	is "$(ls -A "$I" | paste -sd' ')" ".hidden file link now"
}

@test "lithos clean: what an interrupted run has left goes as well" {
	mkdir -p "$I/.lithos_clean.4711/x"
	is "$(names --unused)" "never"
	quiet clean --delete-unused
	[[ ! -e $I/.lithos_clean.4711 && -d $I/.hidden ]]
}

@test "lithos clean: an image that some process has as its root stays" {
	cp "$(command -v busybox)" "$I/never/busybox"
	background chroot "$I/never" /busybox sleep 1000
	until_true eval '[[ $(readlink "/proc/$BG/exe") == */busybox ]]'
	is "$(names --unused)" ""
	quiet clean --delete-unused
	[[ -e $I/never/busybox ]]
	kill "$BG"
	wait_for "$BG"
	quiet clean --delete-unused
	[[ ! -e $I/never ]]
}

@test "lithos clean: a file system that is mounted there is not entered" {
	mkdir "$I/mounted"
	try unshare -m sh -c "mount -t tmpfs none '$I/mounted' && mkdir '$I/mounted/x' && '$LITHOS/lithos_clean' --config '$M' ${KEEP[*]} --unused"
	[[ $status -ne 0 || $output != *mounted* ]] || show "mounted"
	try unshare -m sh -c "mount -t tmpfs none '$I/never/' && touch '$I/never/kept' &&
		'$LITHOS/lithos_clean' --config '$M' ${KEEP[*]} --delete-unused; ls '$I/never'"
	line '^kept$'
}

@test "lithos clean: logs that are broken, cut off, unreadable or missing: nothing is deleted" {
	local log=$D/config/$S.log kept

	kept=$(cat "$log")
	for broken in 'garbage' '2018-08-20T12:34:56Z {"web":{}}' '2018-08-20T12:34:56Z {"web":{"image":"x"}'; do
		printf '%s\n%s\n' "$broken" "$kept" >"$log"
		ok clean --delete-unused -D 0
		err "$log" "line 1 is broken" "left alone"
		untouched
	done
	printf '%s' "$kept" >"$log"
	ok clean --delete-unused -D 0
	err "line 3 is broken"
	untouched
	rm "$log"
	ok clean --delete-unused -D 0
	err "there is no log of its configurations"
	untouched
	mkfifo "$log"
	ok clean --delete-unused -D 0
	err "not a regular file"
	untouched
	rm "$log"
	printf '%s\n' "$kept" >"$log"
	echo garbage >"$log.100"
	ok clean --delete-unused -D 0
	err "$log.100"
	untouched
}

@test "lithos clean: the history goes over all files in their order, and old ones go with --clean-logs" {
	local log=$D/config/$S.log

	rm "$log"
	logged 2016-01-01T00:00:00Z never >"$log.100"
	logged 2017-01-01T00:00:00Z long-ago >"$log.2"
	logged 2018-01-01T00:00:00Z was >"$log.1"
	logged 2019-01-01T00:00:00Z now >"$log"
	is "$(names --unused)" ""
	is "$(names --unused --vmax 3)" "never"
	is "$(names --unused --vmax 2)" "long-ago never"
	ok clean --unused --vmax 2 --clean-logs
	line "^\"$log.100\"$"
	line "^\"$log.2\"$"
	no_line "log.1\""
	ok clean --delete-unused --vmax 2 --clean-logs
	is "$(ls "$D/config" | paste -sd' ')" "$S.log $S.log.1"
	is "$(ls "$I" | paste -sd' ')" "file link now was"
}

@test "lithos clean: a list of images in place of the log" {
	printf 'image-dir: %s\nused-images-list: %s\n' "$I" "$D/list" | sandbox "$S"
	printf '  never\n\nlong-ago \n' >"$D/list"
	is "$(names --unused)" "was"
	is "$(names --unused -D 0)" "was"
	echo 'a/b' >>"$D/list"
	ok clean --delete-unused
	err "$D/list" "line 4 is no image with 1 part"
	untouched
	rm "$D/list"
	ok clean --delete-unused
	err "$D/list"
	untouched
}

@test "lithos clean: neither a log nor a list" {
	sed -i 's/^config-log-dir.*/config-log-dir: null/' "$M"
	ok clean --unused
	err "Neither config-log-dir nor used-images-list is set"
	is "$(sed "s|.*/||; s|\"||" <<<"$output" | paste -sd' ')" "long-ago never was"
}

@test "lithos clean: a shared directory: all its sandboxes count, and have to agree" {
	printf 'image-dir: %s\n' "$D/sandboxes/../images/" | sandbox "other$S"
	processes "other$S" never
	logged 2019-01-01T00:00:00Z never >"$D/config/other$S.log"
	is "$(names --unused -D 5 | sed "s|.*images/*||")" "long-ago"
	printf 'image-dir: %s\nauto-clean: false\n' "$I" | sandbox "other$S"
	ok clean --delete-unused -D 5
	err "auto-clean" differ
	untouched
	printf 'image-dir: %s\nimage-dir-levels: 2\n' "$I" | sandbox "other$S"
	processes "other$S" never/x
	logged 2019-01-01T00:00:00Z never/x >"$D/config/other$S.log"
	ok clean --delete-unused -D 5
	err image-dir-levels differ
	untouched
	printf 'image-dir: %s\n' "$I/was" | sandbox "other$S"
	processes "other$S" x
	logged 2019-01-01T00:00:00Z x >"$D/config/other$S.log"
	ok clean --delete-unused -D 0
	err "one within the other"
	untouched
}

@test "lithos clean: a broken history of one that shares it keeps all" {
	printf 'image-dir: %s\n' "$I" | sandbox "other$S"
	processes "other$S" never
	echo garbage >"$D/config/other$S.log"
	ok clean --delete-unused -D 0
	err "other$S" "line 1 is broken"
	untouched
}

@test "lithos clean: without auto-clean nothing is" {
	printf 'image-dir: %s\nauto-clean: false\n' "$I" | sandbox "$S"
	is "$(names --unused)" ""
	quiet clean --delete-unused -D 0
	untouched
}

@test "lithos clean: levels" {
	mkdir -p "$I"/a/{1,2,3/deep}
	printf 'image-dir: %s\nimage-dir-levels: 2\n' "$I" | sandbox "$S"
	processes "$S" a/1
	logged 2019-01-01T00:00:00Z a/2 >"$D/config/$S.log"
	is "$(names --unused)" "a/3"
	quiet clean --delete-unused
	is "$(ls "$I/a" | paste -sd' ')" "1 2"
	untouched_top=$(ls "$I" | paste -sd' ')
	is "$untouched_top" "a file link long-ago never now was"
}

@test "lithos clean: a configuration that cannot be read: status 1, and nothing is done" {
	echo 'image-dir: [' >"$D/sandboxes/broken.yaml"
	fails 1 clean --delete-unused -D 0
	err broken.yaml
	untouched
	rm "$D/sandboxes/broken.yaml" "$D/processes/$S.yaml"
	fails 1 clean --delete-unused -D 0
	err "$S.yaml"
	untouched
	processes "$S" a/b
	fails 1 clean --delete-unused -D 0
	err "a/b"
	untouched
	fails 1 "$LITHOS/lithos_clean" --config /nowhere.yaml
}

@test "lithos clean: a directory of images that is not there: status 2" {
	printf 'image-dir: %s\n' "$D/nowhere" | sandbox "$S"
	fails 2 clean --unused
	err "$D/nowhere"
}

@test "lithos clean: a status that cannot be read keeps all" {
	echo garbage >"$D/run/status"
	fails 1 clean --delete-unused -D 0
	err "status is damaged"
	untouched
}
