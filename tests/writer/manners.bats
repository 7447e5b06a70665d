#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A process that gives up: the title and the signature name the place, whatever stands between it and abort().

load ../crash/helpers

BUILDS=(gcc-O0 gcc-O1-g gcc-O2 clang-O2)

setup_file() {
    cd "$ROOT" && make -s -j2 B="$BUILD" manners
}

setup() { setup_crash; }

# died BUILD WAY: sets TITLE, SIGNATURE, REASON, FAMILY of the report.
died() {
    rm -rf "$CRASHES"
    CRUMPLE_DIR=$CRASHES LD_PRELOAD=$BUILD/libcrumple.so "$T/manners-$1" "$2" >/dev/null 2>"$TMP/err" </dev/null || true
    local bundles=("$CRASHES/$(id -u)"/*.tar.zst)
    [ -f "${bundles[0]}" ] || fail "no bundle: $(cat "$TMP/err")"
    tar -I zstd -xOf "${bundles[0]}" --wildcards '*report.json' >"$TMP/report.json"
    IFS=$'\t' read -r TITLE SIGNATURE REASON FAMILY < <(gojq -r \
        '[.title, .signature, .reason // "none", .manner.family // "none"] | @tsv' "$TMP/report.json")
}

in_all_builds() {
    local build
    for build in "${BUILDS[@]}"; do
        died "$build" "$1"
        want "title of $build" "$2" "$TITLE"
        want "signature of $build" "$3" "$SIGNATURE"
        want "reason of $build" "$4" "$REASON"
    done
}

@test "the functions of a server's own way to die are not the place" {
    in_all_builds index "abort in index_read: PANIC: assertion page != NULL at line 99" "abort | index_read | main" \
        "PANIC: assertion page != NULL at line 99"
    in_all_builds wal "abort in wal_write: PANIC: assertion fd >= 0 at line 12" "abort | wal_write | main" \
        "PANIC: assertion fd >= 0 at line 12"
}

@test "a function that nobody declared, but that never returns, is not the place" {
    in_all_builds reply "abort in send_reply: fatal: reply of length 7" "abort | send_reply | main" "fatal: reply of length 7"
    in_all_builds join "abort in join_match: fatal: no match 7" "abort | join_match | main" "fatal: no match 7"
    in_all_builds pay "abort in pay: leaving: no money 7" "abort | pay | main" "leaving: no money 7"
}

@test "a place that ends in abort() and a loop that never returns stay the place" {
    local build
    for build in "${BUILDS[@]}"; do
        died "$build" books
        want "title of $build" "abort in check_books" "$TITLE"
        died "$build" loop
        want "title of $build" "abort in serve_forever" "$TITLE"
    done
}

@test "the last line on stderr is the reason, also some calls later, and nothing is made up" {
    died gcc-O1-g late
    want reason "last words 7" "$REASON"
    died gcc-O1-g silent
    want reason none "$REASON"
    want title "abort in silent" "$TITLE"
}

@test "a stripped program: two callers of one way to die are two groups, and the place is not the way" {
    local first
    died stripped index
    first=$SIGNATURE
    [[ $TITLE == "abort in manners-stripped+0x"*": PANIC: assertion page != NULL at line 99" ]] || fail "$TITLE"
    died stripped wal
    [ "$SIGNATURE" != "$first" ] || fail "joined: $SIGNATURE"
    # The place is the one that the symbols name.
    local offset=${TITLE#*stripped+} symbol
    symbol=$(addr2line -f -e "$T/manners-gcc-O2" "${offset%%:*}" | head -n 1)
    want place wal_write "$symbol"
}

@test "GLib's g_error and g_assert: the callers are the places, and the texts the reasons" {
    local build
    for build in "${BUILDS[@]}"; do
        died "$build" database
        want "title of $build" "g_error in open_database: cannot open users.db: 7" "$TITLE"
        want "signature of $build" "g_error | open_database | main" "$SIGNATURE"
        [[ $REASON == *"shop-ERROR **: "*"cannot open users.db: 7" ]] || fail "$REASON"
        died "$build" users
        want "signature of $build" "g_error | load_users | main" "$SIGNATURE"
        died "$build" state
        want "title of $build" "assert in check_state: shop:ERROR:shop.c:20:check_state: assertion failed: (state == 4)" "$TITLE"
        want "signature of $build" "assert | check_state | main" "$SIGNATURE"
        want family GLib "$FAMILY"
    done
}

@test "who called the server's own way to exit is the caller, and its last line the reason" {
    local build
    export CRUMPLE_EXIT=nonzero
    for build in "${BUILDS[@]}"; do
        died "$build" config
        want "title of $build" "exit(7) by load_config" "$TITLE"
        want "reason of $build" "quit: no such option" "$REASON"
    done
}
