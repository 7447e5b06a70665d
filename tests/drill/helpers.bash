# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# What the tests of crumple drill share.

setup() {
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    build=${BUILD:-$root/build}
    programs=${TEST_BUILD:-$root/build}/tests
    crumple=$build/crumple
    unset "${!CRUMPLE@}"
    export TMPDIR=$BATS_TEST_TMPDIR LC_ALL=C.UTF-8 NO_COLOR=1
    # a path of its own says which processes are this file's
    server=$BATS_FILE_TMPDIR/server
    client=$BATS_FILE_TMPDIR/client
    cp -f "$programs/drill_server" "$server"
    cp -f "$programs/drill_client" "$client"
    pool=$BATS_FILE_TMPDIR/pool
}

# The pool is sampled once for all tests.
drill() {
    "$crumple" drill --sites "$pool" --sample-time 2s --load "$client load %p 4" --oracle "$client check %p" "$@" -- "$server" %p
}

nothing_is_left() {
    run -1 pgrep -f "$BATS_FILE_TMPDIR/(server|client)"
    [ -z "$(find "$BATS_TEST_TMPDIR" -maxdepth 1 -name 'crumple-drill*')" ]
}

# once COMMAND: a command for the drill that succeeds as long as nothing was injected: the healthy server is asked first.
once() { echo "mkdir $BATS_TEST_TMPDIR/asked 2>/dev/null || $1"; }

# What the drill said of its trouble, which 'run --separate-stderr' keeps.
teardown() {
    [ -n "${BATS_TEST_COMPLETED-}" ] || printf 'status %s, stderr: %s\n' "${status-}" "${stderr-}" >&2
}
