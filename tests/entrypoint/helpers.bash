# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034 # for the tests that load this
# What the tests of crumple-run share.

# shellcheck source=tests/lib.bash
source "${BASH_SOURCE[0]%/*}/../lib.bash"

RUN=$BUILD/crumple-run

setup() {
    trace_test
    TMP=$BATS_TEST_TMPDIR
    CRASHES=$TMP/crashes
    export CRUMPLE_DIR=$CRASHES
}
