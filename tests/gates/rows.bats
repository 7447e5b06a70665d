#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The fault matrix: every row has a test that says so in its name.

load helpers

ROWS=77
BENCHES=70 # the overhead: bench/costs

@test "every row of the fault matrix is the name of a test" {
    local row missing='' names
    names=$(grep -hoE '^@test "[^"]*"' "$ROOT"/tests/*/*.bats)
    for ((row = 1; row <= ROWS; row++)); do
        [ $row -ne $BENCHES ] || continue
        grep -qE "\"rows?( [0-9a-e, ]+and)?[0-9a-e, ]* ${row}[a-e]?[:, ]" <<<"$names" || missing+=" $row"
    done
    [ -z "$missing" ] || fail "no test is named after row$missing"
}
