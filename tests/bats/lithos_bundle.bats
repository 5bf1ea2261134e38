#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# lithos_bundle as a program: what it writes, where, and when not.

load helpers
load lithos

@test "lithos bundle: help, version and bad usage" {
	ok "$LITHOS/lithos_bundle" --help
	line --launch
	line --output
	ok "$LITHOS/lithos_bundle" --version
	fails 2 "$LITHOS/lithos_bundle"
	isnt "$stderr" ""
	fails 2 "$LITHOS/lithos_bundle" --no-such-option "$N"
	err no-such-option
	fails 2 lb --output "$W/review"
	ok "$LITHOS/lithos" bundle --help
}

@test "lithos bundle: for review: config.json and what belongs to it" {
	container <<-'END'
		executable: /bin/true
	END
	reviewed
	ok "$CIST" --root "$R" explain "$W/review"
	is "$(config_of '.root.path')" "$I"
	is "$(config_of '.root.readonly')" true
	is "$(config_of '.process.args[0]')" /bin/true
	[[ -f $W/review/hosts && -f $W/review/resolv.conf ]] || die "$(ls "$W/review")"
	[[ ! -e $L/run/state ]] || die "a bundle for review made directories: $(find "$L/run")"
}

@test "lithos bundle: the same in another shape: options in either form" {
	ok "$LITHOS/lithos_bundle" "--config=$M" "--output=$W/review" "$N"
	ok "$LITHOS/lithos_bundle" "-C$M" --output "$W/review2" "$N"
	diff -r "$W/review" "$W/review2"
}

@test "lithos bundle: it runs, and so it does under runc where it needs nothing of ours" {
	command -v runc >/dev/null || skip "runc is not installed"
	# runc 1.1 gives a tmpfs the mode of its mount point, whatever was asked for
	chmod 0777 "$I/data"
	script 'echo "$LITHOS_NAME"; id -u; id -g; pwd; echo x >/data/x && ls /data; touch /x; true' <<-'END'
		user-id: 1000
		group-id: 1000
		workdir: /tmp
		volumes:
		  /data: !Tmpfs { size: 1Mi }
	END
	it_runs
	local ours=$output errors=$stderr
	ok runc --root "$W/runc" run -b "$LB" "r$C"
	is "$output" "$ours"
	is "$(grep -v '^time=' <<<"$stderr")" "$(grep -v '^time=' <<<"$errors")"
	rm -rf "$W/runc"
}

@test "lithos bundle: crun runs it, too" {
	command -v crun >/dev/null || skip "crun is not installed"
	script 'echo "$LITHOS_NAME"' <<<''
	launched
	# crun gives its standard streams to the container's user, the host's /dev/null too
	try bash -c ': | crun --root "$1" run -b "$2" "$3"' "$N" "$W/crun" "$LB" "r$C"
	rm -rf "$W/crun"
	[[ $status -eq 0 ]] || skip "crun does not run here: $stderr"
	out "$N"
}

@test "lithos bundle: all of them" {
	process <<-'END'
		web: {image: rootfs, config: /config/web.yaml, instances: 3}
		none: {image: rootfs, config: /config/web.yaml, instances: 0}
		other: {image: rootfs, config: /config/web.yaml}
		tool: {image: rootfs, config: /config/tool.yaml, kind: Command}
	END
	printf 'kind: Command\nexecutable: /bin/true\n' >"$I/config/tool.yaml"
	ok lb --all --output "$W/all"
	is "$(find "$W/all" -name config.json | wc -l)" 4
	[[ -e $W/all/$S/web.0/config.json ]] || die "$(find "$W/all")"
	line "$S/web\.0"
	line "$S/web\.2"
	line "$S/other\.0"
	no_line "none"
}

@test "lithos bundle: one broken sandbox leaves the others" {
	mkdir -p "$W/all"
	printf 'allow-users: 1\n' >"$L/sandboxes/broken.yaml"
	fails 1 lb --all --output "$W/all"
	err 'Value must be sequence' broken.yaml
	is "$(find "$W/all" -name config.json | wc -l)" 1
}

digest() {
	ok lb --print-digest "$N"
	[[ $output =~ ^[0-9a-f]{64}"  $N"$ ]] || show "expected a digest and the name"
	echo "${output%% *}"
}

@test "lithos bundle: the digest is the same for the same, and another for another" {
	local first file

	first=$(digest)
	[[ ! -e $W/review ]] || die "written"
	ok lb --output "$W/review" "$N"
	is "$output" "$first  $W/review"
	is "$(config_of '.annotations["org.cist.lithos.digest"]')" "$first"
	# what changes by itself
	touch "$I/config/web.yaml" "$M"
	is "$(TERM=other digest)" "$first"
	{ echo '# a comment'; cat "$I/config/web.yaml"; } >"$W/x" && cp "$W/x" "$I/config/web.yaml"
	is "$(digest)" "$first"
	# what makes it another container
	for file in "$I/config/web.yaml:memory-limit: 1Gi" "$L/sandboxes/$S.yaml:additional-hosts: {a: 1.1.1.1}" "$M:cgroup-controllers: []" \
		"$I/config/web.yaml:kill-timeout: 7" "$I/config/web.yaml:environ: {A: b}"; do
		echo "${file#*:}" >>"${file%%:*}"
		[[ ${file%%:*} != "$M" ]] || continue
		isnt "$(digest)" "$first" "digest after ${file#*:}"
		first=$(digest)
	done
}

@test "lithos bundle: a bundle is replaced whole" {
	local before

	ok lb --output "$W/review" "$N"
	before=$(stat -c %i "$W/review")
	echo 'environ: {A: b}' >>"$I/config/web.yaml"
	ok lb --output "$W/review" "$N"
	isnt "$(stat -c %i "$W/review")" "$before" "the directory"
	is "$(find "$W" -maxdepth 1 -name '*review*' | wc -l)" 1 "files beside"
	# what is wrong leaves the old one
	echo 'memory-limit: 100m' >>"$I/config/web.yaml"
	fails 1 lb --output "$W/review" "$N"
	is "$(config_of '.process.env | contains(["A=b"])')" true
}

@test "lithos bundle: a directory that is no bundle is not replaced" {
	mkdir "$W/review"
	echo precious >"$W/review/file"
	fails 1 lb --output "$W/review" "$N"
	err "$W/review"
	is "$(cat "$W/review/file")" precious
	# nor one with something of somebody else's in it
	rm -r "$W/review"
	ok lb --output "$W/review" "$N"
	echo precious >"$W/review/file"
	fails 1 lb --output "$W/review" "$N"
	is "$(cat "$W/review/file")" precious
	ln -s "$W/elsewhere" "$W/link"
	try lb --output "$W/link" "$N"
	[[ ! -e $W/elsewhere ]] || die "through a link"
}

@test "lithos bundle: an instance that is not there" {
	fails 1 lb --output "$W/review" "$S/web.1"
	err web
	fails 1 lb --output "$W/review" "$S/nobody.0"
	err nobody
	fails 1 lb --output "$W/review" "nowhere/web.0"
	err nowhere
	for name in web "$S/web" "$S/web.x" "../$S/web.0" "$S/web.-1" "$S/web.99999999999"; do
		try lb --output "$W/review" "$name"
		[[ $status -ne 0 && -n $stderr ]] || show "expected an error"
	done
	[[ ! -e $W/review ]] || die "written"
}

@test "lithos bundle: an ad-hoc command with arguments" {
	process <<-'END'
		web: {image: rootfs, config: /config/web.yaml, kind: Command}
	END
	container <<-'END'
		kind: Command
		executable: /bin/echo
		arguments: [one, '@{lithos:name}']
	END
	ok lb --command --pid 4711 --launch --output "$LB" "$S/web" two '@{x}'
	ok P run -b "$LB" "$C"
	out "one $S/cmd.web.4711 two @{x}"
	fails 1 lb --output "$W/review" "$N"
	isnt "$stderr" ""
	# without a number it is the caller's
	ok lb --command --output "$W/review" "$S/web"
	[[ $(config_of '.process.env[]') =~ LITHOS_NAME=$S/cmd\.web\.[0-9]+ ]] || die "$(config_of .process.env)"
}

@test "lithos bundle: all errors of all files in one run" {
	echo 'log-level: warn
no-such-key: 1' >>"$M"
	fails 1 lb --output "$W/review" "$N"
	err 'master.yaml:5' 'no-such-key'
	sed -i '/no-such-key/d' "$M"
	container <<-'END'
		executable: /bin/true
		memory-limit: 100m
		interactive: yes
		enviroment: {}
	END
	fails 1 lb --output "$W/review" "$N"
	err 'web.yaml:2' 'web.yaml:3' 'web.yaml:4' 'number error: invalid digit' 'bad boolean "yes"' environ
	is "$(grep -c . <<<"$stderr")" 3 "lines"
}

# ---- a hostile image ----

@test "lithos bundle: a container file that is none" {
	local file=$I/config/web.yaml

	rm "$file"
	refuses web.yaml
	ln -s "$W/outside.yaml" "$file"
	echo 'executable: /bin/true' >"$W/outside.yaml"
	refuses web.yaml
	rm "$file"
	ln -s ../../../../../../../../../../"$W/outside.yaml" "$file"
	refuses web.yaml
	rm "$file"
	mkdir "$file"
	refuses web.yaml
	rmdir "$file"
	mkfifo "$file"
	fails 1 timeout 10 "$LITHOS/lithos_bundle" --config "$M" --launch --output "$LB" "$N"
	err web.yaml
	rm "$file"
	mknod "$file" c 1 5 2>/dev/null || skip "no device nodes may be made here"
	refuses web.yaml
	rm "$file"
	truncate -s 1T "$file" 2>/dev/null || truncate -s 1G "$file"
	fails 1 timeout 10 "$LITHOS/lithos_bundle" --config "$M" --launch --output "$LB" "$N"
	err web.yaml
}

@test "lithos bundle: a link within the image is followed there" {
	mv "$I/config/web.yaml" "$I/data/real.yaml"
	ln -s /data/real.yaml "$I/config/web.yaml"
	reviewed
	is "$(config_of '.process.args[0]')" /bin/true
}

@test "lithos bundle: YAML that is meant to hurt is refused in no time" {
	local started=$SECONDS

	{
		echo 'executable: /bin/true'
		echo '_a: &a [x, x, x, x, x, x, x, x, x, x]'
		for n in b c d e f g h i j; do
			p=$(tr bcdefghij abcdefghi <<<"$n")
			echo "_$n: &$n [*$p, *$p, *$p, *$p, *$p, *$p, *$p, *$p, *$p, *$p]"
		done
	} >"$I/config/web.yaml"
	refuses web.yaml
	{ echo 'executable: /bin/true'; printf '_a: '; head -c 20000 /dev/zero | tr '\0' '['; } >"$I/config/web.yaml"
	refuses web.yaml
	printf 'executable: /bin/true\nenviron: {A: "x\0y"}\n' >"$I/config/web.yaml"
	refuses web.yaml
	printf 'executable: "/bin/\xff\xfe"\n' >"$I/config/web.yaml"
	refuses web.yaml
	{ echo 'executable: /bin/true'; echo 'environ:'; seq -f '  K%g: v' 100000; } >"$I/config/web.yaml"
	refuses web.yaml
	[[ $((SECONDS - started)) -le $((20 * SLOW)) ]] || die "it took $((SECONDS - started)) s"
}

@test "lithos bundle: names of images that climb" {
	local name

	for name in ../rootfs /etc . .. rootfs/. 'rootfs/../rootfs' ''; do
		process <<-END
			web: {image: '$name', config: /config/web.yaml}
		END
		refuses image
	done
	process <<-'END'
		web: {image: none, config: /config/web.yaml}
	END
	refuses none
	for name in config/web.yaml ../web.yaml /config/../../../web.yaml; do
		process <<-END
			web: {image: rootfs, config: $name}
		END
		fails 1 lb --launch --output "$LB" "$N"
	done
}
