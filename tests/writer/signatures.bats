#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Twenty bugs, three compilers' builds of each: what signatures join and what they keep apart.

load ../crash/helpers

BUILDS=(gcc-O0 gcc-O2 clang-O2)

# One crash directory for a build and run; the index gives the signature.
signature_of() {
    local build=$1 bug=$2 run=$3
    local crashes=$BATS_FILE_TMPDIR/$build-$bug-$run
    CRUMPLE_DIR=$crashes LD_PRELOAD=$BUILD/libcrumple.so "$T/bugs-$build" "$bug" </dev/null >/dev/null 2>&1 || true
    gojq -r .signature "$crashes/$(id -u)/crashes.ndjson"
    rm -rf "$crashes"
}

# Lines 'BUG <tab> BUILD <tab> SIGNATURE', one file for each run.
setup_file() {
    local run build bug
    unset "${!CRUMPLE@}"
    for run in 1 2; do
        for build in "${BUILDS[@]}"; do
            for bug in $("$T/bugs-gcc-O0" list); do
                printf '%s\t%s\t%s\n' "$bug" "$build" "$(signature_of "$build" "$bug" $run)"
            done
        done >"$BATS_FILE_TMPDIR/run$run"
    done 2>/dev/null
}

@test "twenty bugs, each with a signature in every build" {
    [ "$("$T/bugs-gcc-O0" list | wc -l)" = 20 ]
    [ "$(awk -F'\t' '$3 != ""' "$BATS_FILE_TMPDIR/run1" | wc -l)" = 60 ] || fail "$(cat "$BATS_FILE_TMPDIR/run1")"
}

@test "two runs of one build get the same signature" {
    [ -s "$BATS_FILE_TMPDIR/run1" ]
    diff "$BATS_FILE_TMPDIR/run1" "$BATS_FILE_TMPDIR/run2"
}

@test "no two bugs share a signature, in any builds" {
    local joined
    joined=$(awk -F'\t' '$3 != "" && seen[$3] != "" && seen[$3] != $1 {print seen[$3], "and", $1, "share:", $3}
        {seen[$3] = $1; n++} END {if (n != 60) print "only", n + 0, "signatures"}' "$BATS_FILE_TMPDIR/run1" | sort -u)
    [ -z "$joined" ] || fail "$joined"
}

@test "the bugs whose builds split are those listed with a reason" {
    local splitting listed
    splitting=$(awk -F'\t' '{n[$1, $3]++; if (n[$1, $3] == 1) kinds[$1]++}
        END {for (bug in kinds) if (kinds[bug] > 1) print bug}' "$BATS_FILE_TMPDIR/run1" | sort)
    listed=$(sed -n 's/^\([a-z0-9-]*\): ..*/\1/p' "$ROOT/tests/writer/splits.txt" | sort)
    diff <(echo "$listed") <(echo "$splitting") || fail "$(sort "$BATS_FILE_TMPDIR/run1")"
}
