#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The head of every victim's report, for a person to read: tests/tools/side_by_side.sh [-n LINES] [VERB...].
# Every verb dies once under crumple; its name comes first, then how it ended and the first lines of report.txt (15),
# or what there is instead. Build the tests first.
set -uo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${TEST_BUILD:-$ROOT/build}
T=$BUILD/tests
LINES_SHOWN=15

# arguments_of VERB: those that a verb cannot do without.
arguments_of() {
    case $1 in
    parked | together) echo 3 ;;
    no-signal-queue) echo 16 ;;
    small-altstack*) echo 4096 ;;
    bind) echo 0 ;;
    *) echo 3 ;;
    esac
}

show() {
    local verb=$1 folder bundle options=()
    folder=$(mktemp -d)
    mkdir "$folder/fallback"
    [[ $verb != idle* ]] || options=(-k 11)
    # shellcheck disable=SC2046 # words
    (cd "$folder" && "$T/runner" -o "$folder/status" -t 30000 -g 1000 "${options[@]}" env TMPDIR="$folder/fallback" \
        CRUMPLE_DIR="$folder/crashes" LD_PRELOAD="$BUILD/libcrumple.so" \
        "$T/victim" "$verb" $(arguments_of "$verb") >"$folder/out" 2>"$folder/err" </dev/null)
    printf '%.0s=' {1..100}
    printf '\n%s: %s\n' "$verb" "$(cat "$folder/status" 2>/dev/null)"
    while read -r bundle; do
        printf '%.0s-' {1..100}
        printf '\n'
        tar --zstd -xOf "$bundle" report.txt | head -n "$LINES_SHOWN"
    done < <(find "$folder" -name '*.tar.zst' | sort)
    [ -n "${bundle:-}" ] || find "$folder" -name '*.tar.zst' | grep -q . || echo "no bundle; its stderr: $(head -c 300 "$folder/err")"
    # shellcheck disable=SC2046 # process ids
    kill -KILL $(sed -n 's/.* left=\([0-9,]*\)$/\1/p' "$folder/status" | tr ',' ' ') 2>/dev/null
    rm -rf "$folder"
}

main() {
    if [ "${1-}" = -n ]; then
        LINES_SHOWN=$2
        shift 2
    fi
    if [ $# = 0 ]; then
        mapfile -t verbs < <("$T/victim" list | cut -f 1)
        set -- "${verbs[@]}"
    fi
    local verb
    for verb in "$@"; do
        show "$verb"
    done
}

main "$@"
