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

# shellcheck source=tests/lib.bash
source "${BASH_SOURCE[0]%/*}/../lib.bash"

setup_crash() {
    trace_test
    unset "${!CRUMPLE@}"
    TMP=$BATS_TEST_TMPDIR
    CRASHES=$TMP/crashes
    SHIM=() RUNNER_OPTIONS=() OTHER_PRELOAD='' VICTIM=$T/victim
    BUNDLES=1 PENDING=0 MISSING=0 LIMIT_MS=5000 ORPHANS='' EVENT=crash PARTIAL=''
    BUNDLE='' REPORT=$TMP/report.json
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

# status_of without|with KEY
status_of() {
    how_ended "$TMP/$1.status" "$2"
}

# What the victim said about itself, in the run with crumple.
fact() {
    last_value "$TMP/with.out" "$1"
}

report() {
    gojq -r "$@" "$REPORT"
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
        LD_PRELOAD="$BUILD/libcrumple.so${OTHER_PRELOAD:+ $OTHER_PRELOAD}" \
        "$VICTIM" "$@" >"$TMP/with.out" 2>"$TMP/with.err" </dev/null ||
        fail "the victim hangs with crumple; its stderr:" "$(cat "$TMP/with.err")"
}

# Numbers differ between runs (ids, addresses); nothing else may.
normalised() {
    sed -E 's/0x[0-9a-f]+/N/g; s/[0-9]+/N/g' "$1"
}

same_death() {
    local key
    for key in signal core exit; do
        want "wait status ($key)" "$(status_of without $key)" "$(status_of with $key)"
    done
    [ "$(status_of with ms)" -lt $((LIMIT_MS * ${LIMIT_FACTOR:-1})) ] || fail "the death took $(status_of with ms) ms"
    [ -n "$ORPHANS" ] || want "processes left behind" '' "$(status_of with left)"
    diff <(normalised "$TMP/without.out") <(normalised "$TMP/with.out") || fail "stdout differs"
    diff <(normalised "$TMP/without.err") <(grep -av '^crumple: ' "$TMP/with.err" | normalised /dev/stdin) ||
        fail "stderr differs by more than crumple's lines"
    [ "$(grep -ac '^crumple: ' "$TMP/with.err")" -le 15 ] || fail "more than 15 lines on stderr"
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
    [ "$BUNDLES" = "$(count_files '*.tar.zst')" ] || fail "bundles: expected $BUNDLES; there are:" \
        "$(find "$CRASHES" -printf '%M %u %s %p\n')" "stderr:" "$(tail -n 15 "$TMP/with.err")"
    want "pending cores" "$PENDING" "$(count_files '*.core')"
    want "temporary files" 0 "$(count_files '*.tmp')"
    [ "$BUNDLES" -gt 0 ] || return 0
    BUNDLE=$(find "$CRASHES/" -name '*.tar.zst' | head -n 1)
    want "directory of the bundle" "$CRASHES/${BUNDLE_UID:-$(id -u)}" "$(dirname "$BUNDLE")"
    want "mode of the bundle" 600 "$(stat -c %a "$BUNDLE")"
    want "mode of its directory" 700 "$(stat -c %a "$(dirname "$BUNDLE")")"
    valid_bundle
}

valid_bundle() {
    local members
    zstd -q -t "$BUNDLE"
    members=$(tar --zstd -tf "$BUNDLE" | tr '\n' ' ')
    [ -n "$PARTIAL" ] || [[ $members == "report.json report.txt core maps status limits "* ]] ||
        fail "members: $members"
    tar --zstd -xOf "$BUNDLE" report.json >"$REPORT"
    gojq -e '.format == 1 and .event == "'"$EVENT"'"' "$REPORT" >/dev/null || fail "not a report: $(head -c 300 "$REPORT")"
    want "id" "$(basename "$BUNDLE" .tar.zst)" "$(report .id)"
}

# One line for each bundle, and it says the same as the bundle.
right_index() {
    local index
    index=$(dirname "$BUNDLE")/crashes.ndjson
    want "lines in the index" "$BUNDLES" "$(wc -l <"$index")"
    # shellcheck disable=SC2016 # the variables are gojq's
    gojq -e --slurpfile report "$REPORT" '$report[0] as $r | .id == $r.id and .signature == $r.signature and
        .title == $r.title and .pid == $r.pid and .signal == ($r.signal.name // null) and .durable_us > 0' "$index" \
        >/dev/null || fail "the index does not match the report: $(tail -n 1 "$index")"
}

right_threads() {
    want "pid" "$(fact pid)" "$(report .pid)"
    want "faulting thread" "$(fact tid)" "$(report .crashed_tid)"
    want "first thread" "$(fact tid) true" "$(report '.threads[0] | "\(.tid) \(.crashed)"')"
    want "threads marked as crashed" 1 "$(report '[.threads[] | select(.crashed)] | length')"
    want "threads" "$(fact tasks)" "$(report '.threads | length')"
    want "distinct threads" "$(fact tasks)" "$(report '[.threads[].tid] | unique | length')"
    want "missing threads" "$MISSING" "$(report '[.threads[] | select(.state != "captured")] | length')"
    want "missing threads without a reason" 0 \
        "$(report '[.threads[] | select(.state != "captured" and .reason == null)] | length')"
    want "threads without a name" 0 "$(report '[.threads[] | select((.name // "") == "")] | length')"
    want "captured threads without frames" 0 \
        "$(report '[.threads[] | select(.state == "captured" and (.frames | length) == 0)] | length')"
}

# at_entry_point MODULE OFFSET: the unnamed last frame of a stripped program's main thread is its _start.
at_entry_point() {
    local entry
    entry=$(readelf -hW "$1" 2>/dev/null | awk '/Entry point/ {print $NF}')
    [ -n "$entry" ] && [ $(($2 - entry)) -gt 0 ] && [ $(($2 - entry)) -lt 64 ]
}

# Every walk ends where threads begin, by call frame information and not by luck.
unwound_to_start() {
    local tid name function module offset trust strays=''
    # shellcheck disable=SC2016 # the variable is gojq's
    while IFS=$'\t' read -r tid name function module offset trust; do
        case $trust/$function in
        scan/*) ;;
        */_start | */clone | */__clone | */clone3 | */__clone3 | */thread_start) continue ;;
        */-) if [[ $module == */libc.so.6 ]] || at_entry_point "$module" "$offset"; then continue; fi ;;
        esac
        strays+="$tid $name: $function $module+$offset $trust"$'\n'
    done < <(report '.threads[] | select(.state == "captured" and (.truncated | not)) | . as $t | .frames[-1] |
        [$t.tid, $t.name, (.function // "-"), (.module // "-"), (.offset // "-"), .trust] | @tsv')
    [ -z "$strays" ] || fail "threads not unwound to their start:" "$strays"
}

crash() {
    run_without "$@"
    run_with "$@"
    same_death
    right_files
    if [ "$BUNDLES" = 1 ]; then
        right_index
        right_threads
    fi
}

# expect_signal NUMBER NAME CODE_NAME [ADDRESS]
expect_signal() {
    want "status" "$1" "$(status_of with signal)"
    want "signal" "$1 $2 $3" "$(report '.signal | "\(.number) \(.name) \(.code_name)"')"
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
