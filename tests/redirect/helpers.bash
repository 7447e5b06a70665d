# SPDX-License-Identifier: MIT
# shellcheck shell=bash

# shellcheck source=tests/lib.bash
source "${BASH_SOURCE[0]%/*}/../lib.bash"

export CRUMPLE_DIR=$BATS_TEST_TMPDIR/crashes CRUMPLE_WRITER=$BUILD/crumple-writer

# everywhere VERB: in every build of the program.
everywhere() {
    local program
    for program in "$T$LIBC"/redirected-*; do
        run -0 timeout 30 env LD_PRELOAD="$T$LIBC/libredirect.so" "$program" "$1"
        [ -z "$output" ] || fail "$program: $output"
    done
}
