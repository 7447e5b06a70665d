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

# process_of NAME TEXT: the processes of that name whose command line has the text
process_of() {
    local pid
    for pid in $(pgrep -x "$1"); do
        if tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -- "$2"; then echo "$pid"; fi
    done
}

# server_of PID: the child of a crumple-run that is none of its helpers
server_of() {
    local pid name
    for pid in $(pgrep --parent "$1"); do
        read -r name <"/proc/$pid/comm" || continue
        [[ $name == crumple-* ]] || echo "$pid"
    done
}
