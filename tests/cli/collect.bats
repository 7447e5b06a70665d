#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common.bash sets the names; gojq programs have their own dollars
load common

setup() {
    common_setup
    writer=$BATS_TEST_TMPDIR/writer
    LOG=$BATS_TEST_TMPDIR/log
    make_writer "$writer"
}

# make_writer FILE: a writer that notes its arguments in $LOG and does as the core says. It gets no environment.
make_writer() {
    printf '#!/bin/sh\nLOG=%q\n' "$LOG" >"$1"
    cat >>"$1" <<'EOF'
for word; do core=$word; done
printf '%s|%s|%s\n' "$(id -u)" "$PWD" "$*" >>"$LOG" 2>/dev/null
case $(head -c 20 "$core") in
good*) : >"${core%.core}.tar.zst" && rm "$core" ;;
bad*) printf 'crumple: \033[31mthe core is odd\n' >&2; exit 3 ;;
lazy*) exit 0 ;;
full*) echo 'crumple: no space' >&2; exit 4 ;;
signal*) kill -SEGV $$ ;;
esac
EOF
    chmod +x "$1"
}

# pending NAME CONTENT: a core that is a minute old
pending() {
    printf '%s' "$2" >"$CRUMPLE_DIR/$1.core"
    touch -d '1 minute ago' "$CRUMPLE_DIR/$1.core"
}

@test "collect: none pending, missing directory" {
    three
    run -0 --separate-stderr "$crumple" collect
    [ -z "$output$stderr" ]
    run -3 --separate-stderr "$crumple" collect "$CRUMPLE_DIR/none"
    [[ $stderr == *"cannot read '$CRUMPLE_DIR/none': No such file or directory"* ]]
}

@test "collect: runs the writer on each core, also in subdirectories" {
    mkdir "$CRUMPLE_DIR/33"
    pending "$a" good
    pending "33/$b" good
    run -0 --separate-stderr "$crumple" collect --writer "$writer"
    [ "${lines[0]}" = "$CRUMPLE_DIR/$a.tar.zst" ]
    [ "${lines[1]}" = "$CRUMPLE_DIR/33/$b.tar.zst" ]
    [ -z "$stderr" ]
    sed -i 's/ --supervise=[0-9]*//' "$LOG"
    [ "$(sed -n 's/.*|//p' "$LOG" | head -1)" = "--dir=$CRUMPLE_DIR --stderr=off --sandbox $a.core" ]
    [ "$(sed -n 's/.*|//p' "$LOG" | tail -1)" = "--dir=$CRUMPLE_DIR/33 --stderr=off --sandbox $b.core" ]
    [ ! -e "$CRUMPLE_DIR/$a.core" ]
    run -0 "$crumple" collect --writer "$writer"
    [ -z "$output" ]
}

@test "collect: what cannot be finished stays, with the writer's message; the rest is finished" {
    pending "$a" bad
    pending "$b" good
    pending "$c" lazy
    run -3 --separate-stderr "$crumple" collect --writer "$writer"
    [ "$output" = "$CRUMPLE_DIR/$b.tar.zst" ]
    assert_clean "$stderr"
    [[ $stderr == *"cannot finish '$CRUMPLE_DIR/$a.core': "*'\x1b[31mthe core is odd; it was left in place'* ]]
    [[ $stderr == *"cannot finish '$CRUMPLE_DIR/$c.core': "* ]]
    [ -e "$CRUMPLE_DIR/$a.core" ]
    [ -e "$CRUMPLE_DIR/$c.core" ]
}

@test "collect --json: one object for each core" {
    pending "$a" full
    pending "$b" good
    pending "$c" signal
    printf good >"$CRUMPLE_DIR/20260109T000000.000000Z-young-9.core"
    run -3 --separate-stderr "$crumple" collect --json --writer "$writer"
    [ "${#lines[@]}" -eq 4 ]
    gojq -e '.core == "'"$CRUMPLE_DIR/$a.core"'" and .result == "failed" and .path == null and
           (.reason | contains("no space"))' <<<"${lines[0]}"
    gojq -e '.result == "finished" and .path == "'"$CRUMPLE_DIR/$b.tar.zst"'" and .reason == null' <<<"${lines[1]}"
    gojq -e '.result == "failed" and (.reason | contains("signal"))' <<<"${lines[2]}"
    gojq -e '.result == "skipped" and (.reason | contains("younger"))' <<<"${lines[3]}"
}

@test "collect: young cores are left alone unless --force" {
    printf good >"$CRUMPLE_DIR/$a.core"
    run -0 --separate-stderr "$crumple" collect --writer "$writer"
    [ -z "$output" ]
    [[ $stderr == *"skipped '$CRUMPLE_DIR/$a.core': it is younger than 30 s"* ]]
    [ ! -e "$LOG" ]
    run -0 "$crumple" collect --force --writer "$writer"
    [ "$output" = "$CRUMPLE_DIR/$a.tar.zst" ]
}

@test "collect: a core that another writer has locked is left alone" {
    pending "$a" good
    run -0 --separate-stderr flock "$CRUMPLE_DIR/$a.core" "$crumple" collect --force --json --writer "$writer"
    [ "$(gojq -r .result <<<"$output")" = skipped ]
    [ ! -e "$LOG" ]
}

@test "collect: links and fifos are not given to the writer" {
    echo good >"$BATS_TEST_TMPDIR/elsewhere"
    ln -s "$BATS_TEST_TMPDIR/elsewhere" "$CRUMPLE_DIR/$a.core"
    mkfifo "$CRUMPLE_DIR/$b.core"
    run -3 --separate-stderr timeout 20 "$crumple" collect --force --writer "$writer"
    [ ! -e "$LOG" ]
    [ -e "$BATS_TEST_TMPDIR/elsewhere" ]
}

@test "collect: finds the writer by option, environment, beside itself, on PATH" {
    pending "$a" good
    run -3 --separate-stderr "$crumple" collect --writer /nonexistent/writer
    [[ $stderr == "crumple: cannot find crumple-writer at /nonexistent/writer; nothing was changed, 1 pending" ]]
    CRUMPLE_WRITER=$writer run -0 "$crumple" collect
    mkdir "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two"
    cp "$crumple" "$BATS_TEST_TMPDIR/one/"
    pending "$b" good
    PATH=$BATS_TEST_TMPDIR/two:/usr/bin:/bin run -3 "$BATS_TEST_TMPDIR/one/crumple" collect
    cp "$writer" "$BATS_TEST_TMPDIR/two/crumple-writer"
    PATH=$BATS_TEST_TMPDIR/two:/usr/bin:/bin run -0 "$BATS_TEST_TMPDIR/one/crumple" collect
    pending "$c" good
    printf '#!/bin/sh\nexit 3\n' >"$BATS_TEST_TMPDIR/two/crumple-writer"
    cp "$writer" "$BATS_TEST_TMPDIR/one/crumple-writer"
    PATH=$BATS_TEST_TMPDIR/two:/usr/bin:/bin run -0 "$BATS_TEST_TMPDIR/one/crumple" collect
}

@test "collect: as root in another user's directory the writer runs as that user" {
    open_setup
    mkdir "$CRUMPLE_DIR/65534"
    pending "65534/$a" good
    chown -R 65534:65534 "$CRUMPLE_DIR/65534"
    writer=$CRUMPLE_DIR/writer LOG=$CRUMPLE_DIR/log
    make_writer "$writer"
    touch "$LOG"
    chmod 0666 "$LOG"
    run -0 "$crumple" collect --writer "$writer"
    [[ $(cat "$LOG") == 65534\|* ]]
    [ "$(stat -c %u "$CRUMPLE_DIR/65534/$a.tar.zst")" -eq 65534 ]
}

@test "collect: the real writer refuses what is not a core, and it stays" {
    real=$(dirname "$crumple")/crumple-writer
    [ -x "$real" ] || skip "no crumple-writer beside crumple"
    pending "$a" "not a core"
    run -3 --separate-stderr "$crumple" collect --writer "$real" --json
    [ "$(gojq -r .result <<<"$output")" = failed ]
    [ -n "$(gojq -r .reason <<<"$output")" ]
    [ -e "$CRUMPLE_DIR/$a.core" ]
}
