# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the recovery tests share: the judge of the cases, and the assertions on a run of another program.

# shellcheck source=tests/contain/judge.bash
source "${BASH_SOURCE[0]%/*}/judge.bash"

setup_recovery() {
    trace_test
    unset "${!CRUMPLE@}"
    ulimit -c 0
    TMP=$BATS_TEST_TMPDIR
    CRASHES=$TMP/crashes
    JUDGE_TMP=$TMP
    RULES='victim*=contain:wide'
    CASE_SHIM=()
    LIMIT_MS=20000
    cd "$TMP" || return 1
}

# run_program PROGRAM ARGUMENT...: under crumple, in $TMP, as run_case does. Any end but a wedge is fine.
run_program() {
    local program=$1
    shift
    "$T/runner" -t "$LIMIT_MS" -g 2000 -o status env TMPDIR="$TMP" CRUMPLE_DIR="$TMP/crashes" CRUMPLE_RECOVER="$RULES" \
        "${CASE_SHIM[@]}" LD_PRELOAD="$BUILD$LIBC/libcrumple.so" "$T$LIBC/contain/$program" "$@" >out 2>err </dev/null ||
        fail "$program $* is wedged; it said:" "$(tail -n 20 out)" "stderr:" "$(tail -n 20 err)"
}

needs_cxx() {
    [ -z "$LIBC" ] || skip "no C++ library of musl here"
}

# needs_glibc WHY: what musl does is in docs/musl.md
needs_glibc() {
    [ -z "$LIBC" ] || skip "musl: $1"
}

# fact KEY: what the program said
fact() {
    value_of "$TMP" "$1"
}

# count_events EVENT: their counts summed; a line without a count is one
count_events() {
    index_of "$TMP" | gojq -s "[.[] | select(.event == \"$1\") | .count // 1] | add // 0"
}

said() {
    grep -q "^crumple: .*$1" err || fail "crumple has not said '$1'; stderr:" "$(tail -n 20 err)"
}

lives() {
    want "status" "signal=0 core=0 exit=0" "$(cut -d' ' -f1-3 status)"
    want "survived" 1 "$(fact survived)"
    want "processes left behind" '' "$(status_in . left)"
}

# dies SIGNAL DECISION-PATTERN: on purpose, and told
dies() {
    want "signal" "$1" "$(status_in . signal)"
    want "processes left behind" '' "$(status_in . left)"
    local decision
    decision=$(index_of "$TMP" | gojq -r 'select(.event == "crash") | .decision // ""' | tail -n 1)
    [[ $decision =~ $2 ]] || fail "decision '$decision' is not like '$2'; events:" "$(events .)" "stderr:" "$(tail -n 20 err)"
    said "not contained"
}
