#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

# Metrics of lithos_tree: what cantal reads, and what a collector of text files does.

load helpers
load supervised

begin() {
	supervised_begin
	two_stay_one_fails
}

# value GROUP METRIC: from the files of cantal that begin with $BASE
value() {
	python3 - "$BASE" "$1" "$2" <<-'END'
		import json, struct, sys
		base, group, metric = sys.argv[1:]
		values = open(base + ".values", "rb").read()
		assert len(values) % 4096 == 0
		for i, line in enumerate(open(base + ".meta")):
		    kind, name = line.split(": ", 1)
		    assert kind in ("counter 8", "level 8 signed"), kind
		    if json.loads(name) == {"group": group, "metric": metric}:
		        print(struct.unpack_from("=q", values, 8 * i)[0])
	END
}

has() { [[ $(value "$1" "$2" 2>/dev/null) == "$3" ]]; }
wait_value() { until_true has "$@" || die "$1 $2 is $(value "$1" "$2"), wanted $3:" "$(cat "$BASE.meta")"; }
prom() { grep -qxF -- "$1" "$RUN/metrics.prom"; }
wait_prom() { until_true prom "$1" || die "no $1:" "$(cat "$RUN/metrics.prom")"; }

@test "tree metrics: counted, over a death of the supervisor as well, and gone after a clean end" {
	BASE=$RUN/metrics
	tree_start
	wait_up web.1
	wait_value containers running 2
	wait_value "processes.$S.bad" failures 1
	wait_value "processes.$S.web" started 2
	wait_value master restarts 1
	wait_value master containers 3
	wait_value master sandboxes 1
	kill -KILL "$(init_of web.0)"
	wait_value "processes.$S.web" deaths 1
	wait_value "processes.$S.web" started 3
	wait_value containers deaths 2
	tree_kill
	tree_start
	wait_value master restarts 2
	wait_value "processes.$S.web" running 2
	is "$(value "processes.$S.web" started)" 3
	is "$(value containers failures)" 2
	wait_prom "lithos_process_started_total{sandbox=\"$S\",process=\"web\"} 3"
	wait_prom "lithos_process_running{sandbox=\"$S\",process=\"web\"} 2"
	wait_prom "lithos_restarts_total 2"
	is "$(tail -n 1 "$RUN/metrics.prom")" "# EOF"
	is "$(stat -c %a "$RUN"/metrics.{prom,values,meta} | sort -u)" 644 "modes"
	# by another configuration: who stays keeps its counts
	sed -i '/^bad:/d' "$D/processes/$S.yaml"
	kill -QUIT "$TREE"
	wait_value master restarts 3
	wait_value master containers 2
	is "$(value "processes.$S.web" started)" 3
	is "$(value "processes.$S.bad" started)" ""
	tree_stop
	is "$(ls "$RUN" | grep -c metrics)" 0 "files of metrics"
}

@test "tree metrics: at CANTAL_PATH" {
	mkdir "$W/cantal"
	BASE=$W/cantal/us
	CANTAL_PATH=$BASE tree_start
	wait_up web.1
	wait_value "processes.$S.web" running 2
	[[ ! -e $RUN/metrics.values ]] || die "elsewhere as well"
	is "$(tr '\0' '\n' <"/proc/$(program_of web.0)/environ" | grep -c CANTAL)" 0
	tree_stop
	is "$(ls -A "$W/cantal")" "" "left behind"

	BASE=$RUN/metrics
	CANTAL_PATH=$W/nowhere/us tree_start
	wait_value "processes.$S.web" running 2
	wait_logged "CANTAL_PATH=$W/nowhere/us: no such file or directory; metrics are in $RUN"
	tree_stop
}
