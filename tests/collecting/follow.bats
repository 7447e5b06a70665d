#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2030,SC2031 # common.bash sets the names
# list --follow: what was there, what comes, and how it ends.
load ../cli/common
setup() {
    common_setup
    out=$BATS_TEST_TMPDIR/out
    made=$BATS_TEST_TMPDIR/made
    mkdir "$made"
}
teardown() {
    [ -z "${follower-}" ] || kill "$follower" 2>/dev/null || true
}

# follows OPTION...: in the background.
follows() {
    : >"$out"
    "$crumple" list -f "$@" >"$out" 2>"$out.err" 3>&- </dev/null &
    follower=$!
}

# comes N: until so many lines are there.
comes() {
    local i
    for ((i = 0; i < 300; i++)); do
        [ "$(wc -l <"$out")" -lt "$1" ] || return 0
        sleep 0.02
    done
    echo "no $1 lines:"
    cat "$out" "$out.err"
    return 1
}

# make_one NAME [JQ-FILTER]: a bundle elsewhere
make_one() {
    CRUMPLE_DIR=$made bundle "$@"
}

event() {
    printf '{"time":"2026-02-0%dT00:00:00Z","title":"%s","signature":"s","exe":"/bin/phone"}\n' "$1" "$2"
}

@test "follow: the newest ten, then bundles, events and restarts as they come, each once; an interrupt is 0" {
    local i
    for i in 1 2 3 4 5 6 7 8 9; do event "$i" "before $i"; done >"$CRUMPLE_DIR/events.ndjson"
    printf '{"event":"restarted","time":"2026-01-01T00:00:00Z","pid":1,"restarts":1,"exe":"/a"}\n' >"$CRUMPLE_DIR/crashes.ndjson"
    bundle "$a"
    bundle "$b"
    follows
    comes 10
    gojq -se 'length == 10 and .[0].id == "20260103T030405.000002Z-beta-202" and .[9].title == "before 9"' "$out"
    event 9 after >>"$CRUMPLE_DIR/events.ndjson"
    comes 11
    make_one "$c"
    cp "$made/$c.tar.zst" "$CRUMPLE_DIR/$c.tmp"
    touch "$CRUMPLE_DIR/20260105T030405.000004Z-x-44.core"
    mv "$CRUMPLE_DIR/$c.tmp" "$CRUMPLE_DIR/$c.tar.zst"
    comes 12
    printf '{"event":"restarted","time":"2026-02-01T00:00:00Z","pid":1,"restarts":2,"exe":"/a"}\n' >>"$CRUMPLE_DIR/crashes.ndjson"
    comes 13
    gojq -se '[.[10:][] | .event + " " + .title] ==
        ["foreign after", "crash SIGSEGV in parse_header (gamma)", "restarted restart 2, after 0 ms"]' "$out"
    kill -INT "$follower"
    wait "$follower"
    [ "$(wc -l <"$out")" -eq 13 ]
    [ ! -s "$out.err" ]
}

@test "follow: a directory that comes later, and a file that is copied slowly" {
    bundle "$a"
    make_one "$b"
    make_one "$c"
    follows -n 1
    comes 1
    head -c 200 "$made/$c.tar.zst" >"$CRUMPLE_DIR/$c.tar.zst"
    mkdir "$CRUMPLE_DIR/33"
    cp "$made/$b.tar.zst" "$CRUMPLE_DIR/33/"
    comes 2
    tail -c +201 "$made/$c.tar.zst" >>"$CRUMPLE_DIR/$c.tar.zst"
    comes 3
    gojq -se '[.[] | .state + " " + (.exe | split("/") | last)] == ["present alpha", "present beta", "present gamma"]' "$out"
}

@test "follow: a table with one legend and straight columns; filters hold; the reader's end is its end" {
    event 1 first >"$CRUMPLE_DIR/events.ndjson"
    bundle "$a"
    make_one "$b"
    follows --table --where 'exe=[ab]*'
    comes 2
    event 2 second >>"$CRUMPLE_DIR/events.ndjson"
    cp "$made/$b.tar.zst" "$CRUMPLE_DIR/"
    comes 3
    diff "$out" - <<EOF
TIME                 EVENT      SIGNAL       PID  EXE           TITLE
2026-01-02 03:04:05  crash      SIGSEGV      101  alpha         SIGSEGV in parse_header (alpha)
2026-01-03 03:04:05  crash      SIGSEGV      202  beta          SIGSEGV in parse_header (beta)
EOF
    run -0 timeout 10 bash -c "'$crumple' list -f | head -n 1"
    [ "${#lines[@]}" -eq 1 ]
    run -2 "$crumple" list -f -r
    run -3 --separate-stderr "$crumple" list -f "$CRUMPLE_DIR/none"
    [[ $stderr == *"cannot read '$CRUMPLE_DIR/none': No such file or directory"* ]]
}

@test "follow: a name of any bytes is a name" {
    bundle "$a"
    cp "$CRUMPLE_DIR/$a.tar.zst" "$CRUMPLE_DIR/"$'\xff\e[31m.tar.zst'
    make_one "$b"
    follows
    comes 2
    cp "$made/$b.tar.zst" "$CRUMPLE_DIR/"$'\xfe.tar.zst'
    comes 3
    kill -INT "$follower"
    wait "$follower"
    assert_clean "$(cat "$out")"
}

@test "follow: -n 0 shows only what comes, and is all of a list that ends" {
    bundle "$a"
    event 1 before >"$CRUMPLE_DIR/events.ndjson"
    [ "$("$crumple" list -n 0 | wc -l)" = 2 ]
    follows -n 0
    for ((i = 0; i < 40 && $(wc -l <"$out") == 0; i++)); do
        event 2 after >>"$CRUMPLE_DIR/events.ndjson"
        sleep 0.1
    done
    comes 1
    [ "$(gojq -r .title "$out" | sort -u)" = after ]
}
