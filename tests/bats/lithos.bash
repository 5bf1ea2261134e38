# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# What the lithos_*.bats files share: a small deployment for each test, bundles made of it by the real lithos_bundle, and
# their containers run by the runtime under test. Loaded after helpers.
#
# Names a test uses: $L directory of the deployment, $S name of its sandbox, $M its master file, $I its image,
# $N full name of the first instance, $LB the bundle made for launch.

LITHOS=${LITHOS:-$top_builddir}

begin_file() {
	[[ -x $LITHOS/lithos_bundle ]] || die "no lithos_bundle in $LITHOS (build first)"
	memory_make
	mkdir -p "$T/devfs"
	"$LITHOS/lithos_mkdev" "$T/devfs" >/dev/null 2>&1
	rm -rf "$T/rootfs.template/etc/hosts" "$T/rootfs.template/etc/resolv.conf"
	mkdir -p "$T/rootfs.template"/{config,state,data,more,other,dev/shm,var/lib}
	touch "$T/rootfs.template/etc/hosts" "$T/rootfs.template/etc/resolv.conf"
	begin_lithos
}

end_file() {
	[[ -z ${MEMORY-} ]] || rm -rf "$MEMORY"
}

begin_lithos() { :; }

begin() {
	S=app$MARK
	N=$S/web.0
	L=$W/l
	M=$L/master.yaml
	I=$B/rootfs
	LB=$MEMORY/$BATS_TEST_NUMBER
	mkdir -p "$L"/{sandboxes,processes,run,log}
	# names with p and the mark are parents that a runtime leaves
	master <<-END
		runtime-dir: $L/run
		devfs-dir: $T/devfs
		cgroup-name: p$MARK.slice
	END
	sandbox <<-END
		allow-users: [0-65535]
		allow-groups: [0-65535]
		default-user: 0
	END
	process <<-END
		web: {image: rootfs, config: /config/web.yaml}
	END
	container <<-END
		executable: /bin/true
	END
	rm -rf "$LB"
}

end() {
	rm -rf "$LB" "$LB".*
}

# Each takes the text of its file from standard input.
master() { cat >"$M"; }
sandbox() { { echo "image-dir: $B" && cat; } >"$L/sandboxes/$S.yaml"; }
process() { cat >"$L/processes/$S.yaml"; }
container() { cat >"$I/config/web.yaml"; }

# A container that runs a shell script; the rest of its file comes from standard input.
script() {
	{
		printf 'executable: /bin/sh\narguments:\n- -c\n- |\n'
		sed 's/^/  /' <<<"$1"
		[[ -t 0 ]] || cat
	} >"$I/config/web.yaml"
}

# lithos_bundle of this deployment, with what a test adds.
lb() {
	"$LITHOS/lithos_bundle" --config "$M" "$@"
}

# The bundle for launch in $LB: launched [INSTANCE] [OPTION...]
launched() {
	local name=${1:-$N}

	[[ $# -eq 0 ]] || shift
	ok lb --launch --output "$LB" "$@" "$name"
}

# The same, and its container run to its end; $output is what it printed.
it_runs() {
	launched "$@"
	ok P run -b "$LB" "$C"
}

# A script in a container with the rest of the file from standard input: its output, in one call.
prints() {
	script "$1"
	it_runs
}

# Errors of lithos_bundle: exit status 1, these words on standard error, and nothing is there.
refuses() {
	fails 1 lb --launch --output "$LB" "$N"
	err "$@"
	[[ ! -e $LB ]] || die "a bundle was written: $(ls -la "$LB")"
	is "$(find "$(dirname "$LB")" -mindepth 1 -maxdepth 1 -name "*${LB##*/}*" | wc -l)" 0 "files beside"
}

# A bundle for review in $W/review and a member of its config.json.
reviewed() {
	ok lb --output "$W/review" "${@:-$N}"
}

config_of() {
	jq -r "$1" "${2:-$W/review}/config.json"
}
