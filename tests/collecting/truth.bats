#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # common.bash sets the names
# What group and list say of directories made by chance, against a second program that counts the same reports.
load ../cli/common
setup() { common_setup; }

@test "truth: counts, shares, dates, trends, what members share, and gates are those of the reports" {
    run -0 "$here/../collecting/truth.py" 1 3
}

@test "truth: the second program sees an answer that is not so" {
    printf '#!/bin/sh\n%q "$@" | sed "s/\\"fatal\\":[0-9]*/\\"fatal\\":0/"\n' "$crumple" >"$BATS_TEST_TMPDIR/crumple"
    chmod +x "$BATS_TEST_TMPDIR/crumple"
    run -1 env BUILD="$BATS_TEST_TMPDIR" "$here/../collecting/truth.py" 1 2
    [[ $output == *"'fatal': 0"*"it is "* ]]
}
