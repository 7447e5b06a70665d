# SPDX-License-Identifier: MIT
# shellcheck shell=bash

bats_require_minimum_version 1.5.0

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${TEST_BUILD:-$ROOT/build}
T=$BUILD/tests
export CRUMPLE_DIR=$BATS_TEST_TMPDIR/crashes CRUMPLE_WRITER=$BUILD/crumple-writer

fail() {
    printf '%s\n' "$@" >&2
    return 1
}

# everywhere VERB: in every build of the program.
everywhere() {
    local program
    for program in "$T"/redirected-*; do
        run -0 timeout 30 env LD_PRELOAD="$T/libredirect.so" "$program" "$1"
        [ -z "$output" ] || fail "$program: $output"
    done
}
