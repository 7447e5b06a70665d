# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Runs cases; tests/judge/contained.c says which two ends of one are good.
#
#   judge BUILD CASE [OPTION...]    prints 'ok BUILD CASE: ...' or 'BAD BUILD CASE: ...', fails when bad
#
# Settings: RULES (CRUMPLE_RECOVER), CASE_SHIM=(NAME=VALUE...), JUDGE_TMP (a folder).

# shellcheck source=tests/lib.bash
source "${BASH_SOURCE[0]%/*}/../lib.bash"

EXPECTED=$ROOT/tests/contain/expected.txt
RULES='victim*=contain:wide'
CASE_SHIM=()
CASE_LIMIT_MS=10000

# cases_of FAMILY|all: the names in expected.txt
cases_of() {
    awk -v family="$1" '/^\[/ {now = substr($1, 2, length($1) - 2)}
        /^[a-z]/ && (now == family || family == "all") {sub(/@.*/, "", $1); if (!seen[$1]++) print $1}' "$EXPECTED"
}

# expected_of BUILD CASE: 'SIGNAL OUTCOME FACT...'
expected_of() {
    awk -v one="$2" -v own="$2@${TEST_LIBC:+$TEST_LIBC-}$1" '$1 == one {line = $0} $1 == own {special = $0} END {
        if (special != "") line = special; sub(/^[^ ]+ +/, "", line); print line}' "$EXPECTED"
}

# run_case DIRECTORY BUILD CASE [OPTION...]: leaves out, err, status and the crash directory 'crashes' there.
run_case() {
    local directory=$1 build=$2 name=$3
    shift 3
    mkdir -p "$directory"
    (cd "$directory" && "$BUILD/tests/runner" -t "$CASE_LIMIT_MS" -g 2000 -o status env -u CRUMPLE_STDERR TMPDIR="$directory" \
        CRUMPLE_DIR="$directory/crashes" CRUMPLE_RECOVER="$RULES" "${CASE_SHIM[@]}" LD_PRELOAD="$BUILD$LIBC/libcrumple.so" \
        "$BUILD/tests$LIBC/contain/$build/cases" "$@" "$name" >out 2>err </dev/null)
}

# value_of DIRECTORY KEY: a fact of the program
value_of() {
    last_value "$1/out" "$2"
}

# status_in DIRECTORY KEY: how the program ended
status_in() {
    how_ended "$1/status" "$2"
}

index_of() {
    cat "$1"/crashes/*/crashes.ndjson* 2>/dev/null
}

# report_in DIRECTORY EVENT: of the only bundle of such an event, or nothing.
report_in() {
    local bundles
    # shellcheck disable=SC2016 # the variable is gojq's
    mapfile -t bundles < <(index_of "$1" | gojq -r --arg event "$2" 'select(.event == $event) | .path // empty')
    [ ${#bundles[@]} -eq 1 ] && tar --zstd -xOf "$(find "$1/crashes" -name "${bundles[0]}")" report.json 2>/dev/null
}

judge() {
    local build=$1 name=$2 directory expected signal outcome line facts=() wedged=0
    shift 2
    directory=${JUDGE_TMP:?}/$build-$name
    expected=$(expected_of "$build" "$name")
    read -r signal outcome line <<<"$expected"
    read -ra facts <<<"$line"
    [ "$build" != noasync ] || outcome=either
    run_case "$directory" "$build" "$name" "$@" || wedged=1
    "$T/judge" case "$directory" "$build $name" "$signal" "$outcome" $wedged "${facts[@]}" || return 1
    rm -rf "$directory"
}

# judge_all BUILD CASE...: fails when one is bad; all the bad ones are shown last.
judge_all() {
    local build=$1 name bad=''
    shift
    for name in "$@"; do
        judge "$build" "$name" || bad+="$name "
    done
    [ -z "$bad" ] || { echo "$build: not as expected: $bad" && return 1; }
}

# judge_family BUILD FAMILY
judge_family() {
    local names
    mapfile -t names < <(cases_of "$2")
    [ ${#names[@]} -gt 0 ] && judge_all "$1" "${names[@]}"
}
