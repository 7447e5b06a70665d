# shellcheck shell=bash disable=SC2034 # the tests use what is set here
# SPDX-License-Identifier: MIT
# Shared by the tests of the command: a crash directory of their own, sample bundles, a terminal.
# shellcheck source=tests/lib.bash
source "${BASH_SOURCE[0]%/*}/../lib.bash"

common_setup() {
    trace_test
    here=$ROOT/tests/cli
    root=$ROOT
    crumple=$BUILD/crumple
    export CRUMPLE_DIR=$BATS_TEST_TMPDIR/crash TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1 CRUMPLE_PAGER=
    unset CRUMPLE_WRITER
    mkdir "$CRUMPLE_DIR"
}

# bundle NAME [JQ-FILTER [CORE]]: a sample in the crash directory; NAME may begin with a subdirectory. What several tests
# of a file ask for is made once: jq alone takes 35 ms.
bundle() {
    local key=$1:${2-} folder=$CRUMPLE_DIR kept
    [[ $1 != */* ]] || folder+=/${1%/*}
    kept=$BATS_FILE_TMPDIR/bundles/${key//\//$'\x01'}
    if [ $# -gt 2 ] || [ -n "${RAW-}${NOCORE-}" ] || [ ${#key} -gt 120 ]; then
        "$here/make_bundle.sh" "$folder" "${1##*/}" "${@:2}"
        return
    fi
    [ -d "$kept" ] || "$here/make_bundle.sh" "$kept" "${1##*/}" "${@:2}"
    mkdir -p "$folder"
    cp "$kept/${1##*/}.tar.zst" "$folder/"
}

# A crash directory that another user can reach: bats' own temporary directory is closed.
open_setup() {
    [ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
    CRUMPLE_DIR=$(mktemp -d /tmp/crumple-test.XXXXXX)
    opened=$CRUMPLE_DIR
    chmod 0755 "$CRUMPLE_DIR"
    setpriv --reuid=65534 --clear-groups test -x "$CRUMPLE_DIR" || skip "cannot become somebody else"
}

teardown() {
    [ -z "${opened:-}" ] || rm -rf "$opened"
}

# three usual crashes, oldest first
a=20260102T030405.000001Z-alpha-101
b=20260103T030405.000002Z-beta-202
c=20260104T030405.000003Z-gamma-303
three() {
    bundle "$a"
    bundle "33/$b" '.signature = "SIGABRT | other" | .signal.name = "SIGABRT"'
    bundle "$c"
}

# on_terminal COLUMNS COMMAND...: run it with stdout on a terminal; the answer has \r\n ends.
on_terminal() {
    local columns=$1 words
    shift
    printf -v words '%q ' "$@"
    script -qec "stty cols $columns rows 50; $words" /dev/null </dev/null
}

# no control character but newline may be in the answer
assert_clean() {
    if printf '%s' "$1" | LC_ALL=C grep -q $'[\x01-\x09\x0b-\x1f\x7f]'; then
        printf 'control character in: %q\n' "$1"
        return 1
    fi
    if printf '%s' "$1" | LC_ALL=C grep -qE $'\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]'; then
        printf 'C1 or bidirectional character in: %q\n' "$1"
        return 1
    fi
}
