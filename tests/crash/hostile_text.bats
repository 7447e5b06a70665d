#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Names and messages of a process that turn text around, hide in it, or are not UTF-8: of the executable, its folder, an
# argument, a thread, functions, an assertion, an exception. Nothing that crumple writes has them raw.

load helpers
setup() {
    setup_crash
    # U+202E, U+2066, U+200B, U+200D, U+2028, U+00AD, U+009B, U+E0041, a stray byte; then words that must stay
    EVIL=$'e\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b\xe2\x80\x8d\xe2\x80\xa8\xc2\xad\xc2\x9b\xf3\xa0\x81\x81\xffжé🙂'
    mkdir "$TMP/d-$EVIL"
    VICTIM=$TMP/d-$EVIL/p-$EVIL
    cp "$T/hostile" "$VICTIM"
}
teardown() { teardown_crash; }

# clean FILE: UTF-8 without a control, bidirectional, zero-width or separating character
clean() {
    [ -s "$1" ] || fail "$1 is empty"
    iconv -f UTF-8 -t UTF-8 "$1" >/dev/null || fail "$1 is not UTF-8"
    ! LC_ALL=C grep -aqP '[\x01-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f\xad]|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf|\xf3\xa0[\x80-\x83]' "$1" ||
        fail "$1 is not clean:" "$(cat -v "$1")"
}

# dies VERB: with lines of text, then of JSON; everything that was written is clean
dies() {
    local mode
    for mode in text json; do
        rm -rf "$CRASHES"
        SHIM+=(CRUMPLE_STDERR="$mode")
        run_with "$1" "$EVIL"
        grep -a -e '^crumple: ' -e '^{"crumple":' "$TMP/with.err" >"$TMP/said"
        clean "$TMP/said"
        right_files
        tar --zstd -xOf "$BUNDLE" report.txt >"$TMP/report.txt"
        clean "$TMP/report.txt"
        clean "$REPORT"
        clean "$(dirname "$BUNDLE")/crashes.ndjson"
        want "name of the thread" $'"t\xe2\x80\xae\xe2\x80\x8bж\xef\xbf\xbd"' "$(gojq '.threads[] | select(.crashed).name' "$REPORT")"
        want "exe" "${VICTIM//$'\xff'/$'\xef\xbf\xbd'}" "$(report .exe)"
        want "exe in the index" "$(report .exe)" "$(gojq -r .exe "$(dirname "$BUNDLE")/crashes.ndjson")"
        want "argument" "${EVIL//$'\xff'/$'\xef\xbf\xbd'}" "$(report '.cmdline[2]')"
        grep -q "t??ж?" "$TMP/report.txt" || fail "no thread in report.txt:" "$(cat "$TMP/report.txt")"
        grep -q "ж.*🙂" "$TMP/report.txt" || fail "what is no danger was lost from report.txt:" "$(cat "$TMP/report.txt")"
    done
    want "exe on stderr" "$(report .exe)" "$(gojq -r .exe "$TMP/said")"
    want "title on stderr" "$(report .title)" "$(gojq -r .title "$TMP/said")"
}

@test "hostile text: names of functions, threads, files and arguments" {
    dies segv
    want "function" $'crime\xe2\x80\xae\xe2\x80\x8bé' "$(gojq -r '.threads[] | select(.crashed).frames[0].function' "$REPORT")"
    grep -q "crime??é" "$TMP/report.txt"
}

@test "hostile text: an assertion" {
    dies assert
    [[ $(report .title) == *$'x\xe2\x80\xae\xe2\x80\x8bж > 0'* ]] || fail "$(report .title)"
    grep -q "x??ж > 0" "$TMP/report.txt"
}

@test "hostile text: what() of an exception" {
    dies throw
    [[ $(report .title) == *'жизнь'* ]] || fail "$(report .title)"
    grep -q "bad.*жизнь" "$TMP/report.txt"
}

@test "hostile text: a thread that is contained, a directory that cannot be used" {
    SHIM=(CRUMPLE_RECOVER='*=contain')
    dies_contained() {
        grep -a -e '^crumple: ' -e '^{"crumple":' "$TMP/with.err" >"$TMP/said"
        clean "$TMP/said"
        grep -q "routine" "$TMP/said" || fail "$(cat "$TMP/said")"
        want "exit" 0 "$(status_of with exit)"
    }
    CRASHES=$TMP/c-$EVIL
    run_with segv "$EVIL"
    dies_contained
    clean "$CRASHES/$(id -u)/crashes.ndjson"
    SHIM+=(CRUMPLE_STDERR=json)
    run_with segv "$EVIL"
    dies_contained
    SHIM=()
    CRASHES=$TMP/none/$EVIL
    : >"$TMP/none"
    run_with segv
    grep -a '^crumple: ' "$TMP/with.err" >"$TMP/said"
    clean "$TMP/said"
    grep -q "none.*🙂" "$TMP/said"
}
