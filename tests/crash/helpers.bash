# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The common assertions of every crash test. A test says
#
#     crash VERB [ARGUMENT...]
#     expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
#     expect_function write_through_null
#
# and 'crash' has by then run the victim without and with crumple and compared everything that must be equal.
# Settings, as variables before the call:
#   RUNNER_OPTIONS=(...)  for build/tests/runner      SHIM=(CRUMPLE_...=...)  configuration of crumple
#   OTHER_PRELOAD=lib     preloaded in both runs      VICTIM=program           instead of build/tests/victim
#   BUNDLES=N             expected number (1)         PENDING=N                expected pending cores (0)
#   MISSING=N             threads that cannot answer (0)
#   LIMIT_MS=N            longest allowed run (5000; times LIMIT_FACTOR of the environment)   ORPHANS=allowed
#   EVENT=exit            expected event (crash)         PARTIAL=yes      members may be missing
#   THREADS=first         not every thread can be compared: the process and the faulting thread are (threads)

# shellcheck source=tests/lib.bash
source "${BASH_SOURCE[0]%/*}/../lib.bash"

declare -gA ANSWERS=() # of the report; see 'report'

setup_crash() {
    trace_test
    unset "${!CRUMPLE@}"
    TMP=$BATS_TEST_TMPDIR
    CRASHES=$TMP/crashes
    SHIM=() RUNNER_OPTIONS=() OTHER_PRELOAD='' VICTIM=$T$LIBC/victim
    BUNDLES=1 PENDING=0 MISSING=0 LIMIT_MS=5000 ORPHANS='' EVENT=crash PARTIAL=''
    ANSWERS=()
    BUNDLE='' REPORT=$TMP/report.json THREADS=threads
    mkdir -m 1777 "$TMP/fallback" # where crumple turns to when the crash directory cannot be used
    cd "$TMP" || return 1
}

# Processes that outlived a victim are named by the runner; they are ours to end. COPY is a directory that other users
# can reach, where a test made one.
teardown_crash() {
    local pids
    [ -z "${COPY-}" ] || rm -rf "$COPY"
    [ -f "$TMP/with.status" ] || return 0
    pids=$(status_of with left | tr ',' ' ')
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill -KILL $pids 2>/dev/null || true
}

needs_root() {
    [ "$(id -u)" = 0 ] || skip "changing the user or the root needs root"
}

# The object and the writer, in COPY as they lie in BUILD.
copy_shim() {
    mkdir -p "$COPY$LIBC"
    cp "$BUILD$LIBC/libcrumple.so" "$COPY$LIBC/"
    cp "$BUILD/crumple-writer" "$COPY/"
}

# Everything where other users can reach it.
public_copy() {
    COPY=$(mktemp -d /tmp/crumple-test-XXXXXX)
    chmod 755 "$COPY"
    copy_shim
    cp "$T$LIBC/victim" "$COPY/"
    mkdir -m 1777 "$COPY/tmp"
    CRASHES=$COPY/crashes BUILD=$COPY VICTIM=$COPY/victim
}

# status_of without|with KEY
status_of() {
    how_ended "$TMP/$1.status" "$2"
}

# What the victim said about itself, in the run with crumple.
fact() {
    last_value "$TMP/with.out" "$1"
}

# judge CHECK...: by build/tests/judge, with the settings of this test. It sets BUNDLE and the answers of 'report'.
judge() {
    local name value
    "$T/judge" TMP="$TMP" CRASHES="$CRASHES" BUNDLE="$BUNDLE" REPORT="$REPORT" EVENT="$EVENT" BUNDLES="$BUNDLES" \
        PENDING="$PENDING" MISSING="$MISSING" LIMIT_MS=$((LIMIT_MS * ${LIMIT_FACTOR:-1})) BUNDLE_UID="${BUNDLE_UID-}" \
        ORPHANS="$ORPHANS" PARTIAL="$PARTIAL" "$@" >"$TMP/answers" || return 1
    ANSWERS=()
    while IFS= read -r -d '' name && IFS= read -r -d '' value; do
        ANSWERS["$name"]=$value
    done <"$TMP/answers"
    BUNDLE=${ANSWERS[bundle]-$BUNDLE}
}

# report FILTER: of the report, as gojq -r. The judge has answered what is asked most, of the report that it has read.
report() {
    if [ $# = 1 ] && [ -n "${ANSWERS[$1]+set}" ]; then
        printf '%s\n' "${ANSWERS[$1]}"
    else
        gojq -r "$@" "$REPORT"
    fi
}

# read_report BUNDLE: for 'report', of a bundle that the judge has not read.
read_report() {
    ANSWERS=()
    tar --zstd -xOf "$1" report.json >"$REPORT"
}

run_without() {
    env ${OTHER_PRELOAD:+LD_PRELOAD="$OTHER_PRELOAD"} "$T/runner" -o "$TMP/without.status" "${RUNNER_OPTIONS[@]}" \
        "$VICTIM" "$@" >"$TMP/without.out" 2>"$TMP/without.err" </dev/null || fail "the victim hangs without crumple"
}

run_with() {
    local grace_ms=1000 # the helper process may need a moment more than the one it worked for
    [ -z "$ORPHANS" ] || grace_ms=0
    "$T/runner" -o "$TMP/with.status" -g $grace_ms "${RUNNER_OPTIONS[@]}" \
        env TMPDIR="$TMP/fallback" CRUMPLE_DIR="$CRASHES" "${SHIM[@]}" \
        LD_PRELOAD="$BUILD$LIBC/libcrumple.so${OTHER_PRELOAD:+ $OTHER_PRELOAD}" \
        "$VICTIM" "$@" >"$TMP/with.out" 2>"$TMP/with.err" </dev/null ||
        fail "the victim hangs with crumple; its stderr:" "$(cat "$TMP/with.err")"
}

# Numbers differ between runs (ids, addresses); nothing else may.
normalised() {
    sed -E 's/0x[0-9a-f]+/N/g; s/[0-9]+/N/g' "$1"
}

same_death() {
    judge death
}

count_files() {
    find "$CRASHES/" -name "$1" 2>/dev/null | wc -l
}

# The bundle went to the second choice of directory instead.
in_fallback() {
    CRASHES=$TMP/fallback BUNDLES=1
    BUNDLE=$(find "$CRASHES/" -name '*.tar.zst')
    [ -n "$BUNDLE" ] || fail "no bundle in the fallback directory; stderr:" "$(cat "$TMP/with.err")"
    want "owner of the bundle" "${BUNDLE_UID:-$(id -u)}" "$(stat -c %u "$BUNDLE")"
    want "mode of its directory" 700 "$(stat -c %a "$(dirname "$BUNDLE")")"
    valid_bundle
    expect_said "$(basename "$BUNDLE")"
}

# Sets BUNDLE and REPORT where there is one.
right_files() {
    judge files
}

valid_bundle() {
    judge bundle
}

# One line for each bundle, and it says the same as the bundle.
right_index() {
    judge index
}

right_threads() {
    judge threads
}

# Every walk ends where threads begin, by call frame information and not by luck.
unwound_to_start() {
    judge unwound
}

crash() {
    run_without "$@"
    run_with "$@"
    if [ "$BUNDLES" = 1 ]; then
        judge death files index "$THREADS"
    else
        judge death files
    fi
}

# expect_signal NUMBER NAME CODE_NAME [ADDRESS]
expect_signal() {
    want "status" "$1" "$(status_of with signal)"
    want "signal" "$1 $2 $3" "$(report .signal.number) $(report .signal.name) $(report .signal.code_name)"
    [ $# -lt 4 ] || want "address" "$4" "$(report .signal.addr)"
}

# The innermost frame that has a name and was not inside libc: the victim's own. expect_function NAME [INDEX]
expect_function() {
    want "function of frame ${2:-0}" "$1" "$(report ".threads[0].frames[${2:-0}].function")"
}

# The named functions, innermost first, with anything between them.
expect_calls() {
    local calls pattern
    calls=$(report '[.threads[0].frames[].function // "?"] | join(" ")')
    pattern=$(printf '%s .*' "$@")
    [[ " $calls " =~ \ ${pattern% .\*}\  ]] || fail "calls: expected $*, got $calls"
}

expect_title() {
    local word
    for word in "$@"; do
        [[ $(report .title) == *"$word"* ]] || fail "title '$(report .title)' lacks '$word'"
    done
}

expect_said() {
    grep -q "^crumple: .*$1" "$TMP/with.err" || fail "crumple has not said '$1'; stderr:" "$(cat "$TMP/with.err")"
}

# A finished bundle comes out of the pending core.
collect_pending() {
    "$BUILD/crumple" collect --force "$CRASHES" >"$TMP/collect.out" 2>"$TMP/collect.err" ||
        fail "collect failed: $(cat "$TMP/collect.err")"
    BUNDLES=1 PENDING=0
    right_files
}
