# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests of restarts with real servers share.

source "${BASH_SOURCE[0]%/*}/servers.bash"

setup() {
    trace_test
    # Servers that drop their user must be able to reach it: bats' own folder is for root alone.
    TMP=$(mktemp -d /tmp/crumple-test-XXXXXX)
    chmod 755 "$TMP"
    WORK=$TMP CRASHES=$TMP/crashes
    export CRUMPLE_DIR=$CRASHES
    cd "$TMP" || return 1
}

teardown() {
    end_all
    cd / && rm -rf "$TMP"
}
