# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034 # for the tests that load this
# What the tests of this folder share: a program that dies below crumple, and its report.

# shellcheck source=tests/lib.bash
source "${BASH_SOURCE[0]%/*}/../lib.bash"

setup_context() {
    trace_test
    unset "${!CRUMPLE@}"
    TMP=$BATS_TEST_TMPDIR
    CRASHES=$TMP/crashes
    export CRUMPLE_DIR=$CRASHES
    cd "$TMP" || return 1
}

# dies [VARIABLE=VALUE...] PROGRAM [ARGUMENT...]: it runs with crumple, and leaves one bundle, whose report is $TMP/report.json
dies() {
    rm -rf "$CRASHES"
    timeout 60 env "LD_PRELOAD=$BUILD/libcrumple.so" "$@" >"$TMP/out" 2>"$TMP/err" || true
    take_report
}

take_report() {
    mapfile -t BUNDLES < <(find "$CRASHES" -name '*.tar.zst')
    want "bundles" 1 "${#BUNDLES[@]}"
    tar --zstd -xOf "${BUNDLES[0]}" report.json >"$TMP/report.json"
}

# answer FILTER: of the report
answer() {
    gojq -r "$1" "$TMP/report.json"
}
