# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Runs cases and judges them. There are two good ends, and no third:
#
#   clean       the program lives, the thread was joined in time, every lock is free, the others get on, a second
#               thread gets through the same code, the event and its bundle are written and told
#   died        deliberately: by the very signal, with a crash bundle that says who asked and why not
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
    awk -v one="$2" -v own="$2@$1" '$1 == one {line = $0} $1 == own {special = $0} END {
        if (special != "") line = special; sub(/^[^ ]+ +/, "", line); print line}' "$EXPECTED"
}

# run_case DIRECTORY BUILD CASE [OPTION...]: leaves out, err, status and the crash directory 'crashes' there.
run_case() {
    local directory=$1 build=$2 name=$3
    shift 3
    mkdir -p "$directory"
    (cd "$directory" && "$BUILD/tests/runner" -t "$CASE_LIMIT_MS" -g 2000 -o status env -u CRUMPLE_STDERR TMPDIR="$directory" \
        CRUMPLE_DIR="$directory/crashes" CRUMPLE_RECOVER="$RULES" "${CASE_SHIM[@]}" LD_PRELOAD="$BUILD/libcrumple.so" \
        "$BUILD/tests/contain/$build/cases" "$@" "$name" >out 2>err </dev/null)
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

# Nothing is left behind: half-written files, processes.
is_tidy() {
    [ "$(find "$1/crashes" -name '*.tmp' -o -name '*.core' 2>/dev/null | wc -l)" = 0 ] || problem "files: $(ls "$1"/crashes/*)"
    [ -z "$(status_in "$1" left)" ] || problem "processes left: $(status_in "$1" left)"
}

problem() {
    PROBLEMS+="${PROBLEMS:+; }$*"
}

# is_clean DIRECTORY FACT...: says what is wrong with a survival
is_clean() {
    local directory=$1 report fact held
    shift
    held=$(grep -E '^lock\.' "$directory/out" | grep -v '=free$' | tr '\n' ' ')
    [ -z "$held" ] || problem "$held"
    for fact in tasks=back innocent=progressed thread_local_destructor=1 second=completed second_join=0 "$@"; do
        [ "$(value_of "$directory" "${fact%%=*}")" = "${fact#*=}" ] ||
            problem "expected $fact, got '$(value_of "$directory" "${fact%%=*}")'"
    done
    [ "$(value_of "$directory" tsd_destructor)" -ge 1 ] || problem "no TSD destructor"
    case $(value_of "$directory" join)/$(value_of "$directory" value) in
    0/CANCELED | detached/) ;;
    *) problem "join=$(value_of "$directory" join) value=$(value_of "$directory" value)" ;;
    esac
    report=$(report_in "$directory" contained) || problem "not one bundle"
    gojq -e '.event == "contained" and .recovery.action == "contain"' <<<"$report" >/dev/null 2>&1 ||
        problem "the report is not of a contained fault: $(gojq -c '[.event, .recovery]' <<<"$report" 2>&1 | head -c 300)"
    [ "$(index_of "$directory" | gojq -s -c '[.[] | select(.event != "breaker" and ((.signature // "") | startswith("second fault") | not)) | .event]')" = '["contained"]' ] ||
        problem "events: $(index_of "$directory" | gojq -s -c '[.[].event]')"
    grep -q '^crumple: .*contained' "$directory/err" || problem "stderr does not tell"
}

# is_deliberate DIRECTORY SIGNAL PATTERN: says what is wrong with a death
is_deliberate() {
    local directory=$1 report decision
    [ "$(status_in "$directory" signal)" = "$2" ] || problem "died of signal $(status_in "$directory" signal), not $2"
    report=$(report_in "$directory" crash) || problem "not one bundle"
    gojq -e '.event == "crash" and .recovery.action == "refused"' <<<"$report" >/dev/null 2>&1 ||
        problem "the report does not tell of a refusal: $(gojq -c '[.event, .recovery]' <<<"$report" 2>&1 | head -c 300)"
    decision=$(gojq -r '.recovery.decision // ""' <<<"$report" 2>/dev/null)
    [[ $decision =~ ${3//_/ } ]] || problem "decision '$decision' is not like '${3//_/ }'"
    grep -q '^crumple: .*not contained' "$directory/err" || problem "stderr does not tell"
}

judge() {
    local build=$1 name=$2 directory expected signal outcome facts=() got=died
    shift 2
    directory=${JUDGE_TMP:?}/$build-$name
    expected=$(expected_of "$build" "$name")
    read -r signal outcome facts <<<"$expected"
    read -ra facts <<<"$facts"
    [ "$build" != noasync ] || outcome=either
    PROBLEMS=''
    run_case "$directory" "$build" "$name" "$@" || problem "wedged"
    if [ "$(status_in "$directory" signal)" = 0 ]; then
        got=clean
        [ "$(status_in "$directory" exit)/$(value_of "$directory" survived)" = 0/1 ] ||
            problem "exit status $(status_in "$directory" exit)"
        [ "$outcome" = clean ] || facts=()
        is_clean "$directory" "${facts[@]}"
        [[ $outcome =~ ^(clean|either)$ ]] || problem "expected $outcome"
    else
        is_deliberate "$directory" "$signal" "$([[ $outcome == died:* ]] && echo "${outcome#died:}" || echo .)"
        [ "$outcome" != clean ] || problem "expected clean, but: $(grep -m 1 'not contained' "$directory/err")"
    fi
    is_tidy "$directory"
    if [ -n "$PROBLEMS" ]; then
        echo "BAD $build $name: $got; $PROBLEMS"
        return 1
    fi
    echo "ok $build $name: $got$([ $got = clean ] || echo " ($(report_in "$directory" crash | gojq -r .recovery.decision))")"
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
