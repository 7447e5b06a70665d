#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# crumple install: the files come by rename, so that servers that run with an older version go on.

load ../lib

setup() {
    trace_test
    unset "${!CRUMPLE@}"
    TMP=$BATS_TEST_TMPDIR
    cd "$TMP" || return 1
    export CRUMPLE_DIR=$TMP/crashes
}

# update_under ARGUMENT...: the server is started, crumple is installed again below it, and the server goes on.
update_under() {
    local server
    run -0 "$BUILD/crumple" install "$TMP/opt"
    mkfifo in
    LD_PRELOAD=$TMP/opt/libcrumple.so "$BUILD/tests/updated" "$@" <in >out 2>err &
    server=$!
    exec 4>in
    until grep -q ready out; do sleep 0.01; done
    run -0 "$BUILD/crumple" install "$TMP/opt"
    echo >&4
    exec 4>&-
    STATUS=0
    wait "$server" || STATUS=$?
}

@test "install: six files, their modes, and nothing else" {
    run -0 --separate-stderr "$BUILD/crumple" install "$TMP/opt"
    [ -z "$stderr" ]
    [ "$output" = "$(printf 'installed %s/%s\n' "$TMP/opt" crumple-writer "$TMP/opt" libcrumple.so "$TMP/opt" musl/libcrumple.so "$TMP/opt" crumple "$TMP/opt" crumple-drill "$TMP/opt" crumple-run)" ]
    [ "$(find opt -mindepth 1 -printf '%P %m\n' | sort)" = "$(printf '%s 755\n' crumple crumple-drill crumple-run crumple-writer libcrumple.so musl musl/libcrumple.so)" ]
    cmp "$BUILD/musl/libcrumple.so" opt/musl/libcrumple.so
    cmp "$BUILD/libcrumple.so" opt/libcrumple.so
    cmp "$BUILD/crumple-writer" opt/crumple-writer
    cmp "$BUILD/crumple" opt/crumple
    cmp "$BUILD/crumple-drill" opt/crumple-drill
    cmp "$BUILD/crumple-run" opt/crumple-run
    run -0 env LD_PRELOAD="$TMP/opt/libcrumple.so" /bin/true
    [ -z "$output" ]
}

@test "install: a server that runs goes on, and makes threads" {
    update_under
    [ "$STATUS" = 0 ] || fail "status $STATUS" "$(cat err)"
    grep -q 'healthy end' out
    [ ! -s err ]
}

@test "install: a fault of a server that was updated meanwhile is reported" {
    update_under fault
    [ "$STATUS" = 139 ] || fail "status $STATUS" "$(cat err)"
    [ "$(find crashes -name '*.tar.zst' | wc -l)" = 1 ] || fail "$(cat err)"
}

# The reason for the verb: to write over is what kills.
@test "install: a crumple-writer that was written over costs the bundle, not the core" {
    run -0 "$BUILD/crumple" install "$TMP/opt"
    echo garbage >opt/crumple-writer
    run -139 env LD_PRELOAD="$TMP/opt/libcrumple.so" "$BUILD/tests/updated" fault <<<x
    [[ $output == *"crumple-writer could not be started"*"Exec format error; the core is kept as"* ]] || fail "$output"
    [ "$(find crashes -name '*.core' | wc -l)" = 1 ]
}

# refuses MESSAGE DIR: and leaves nothing behind.
refuses() {
    run -3 --separate-stderr "$BUILD/crumple" install "$2"
    # shellcheck disable=SC2154 # run sets it
    [[ $stderr == "crumple: "*"$1"*"nothing was installed" ]] || fail "$stderr"
    [ -z "$output" ]
    [ -z "$(find "$TMP" -name '*.tmp')" ]
}

@test "install: strange targets are refused, with the reason" {
    mkdir open occupied
    chmod 0777 open
    mkdir occupied/libcrumple.so
    : >file
    refuses "'$TMP/open' is writable for others than its owner (mode 0777)" "$TMP/open"
    refuses "an object of that name exists and is not a plain file" "$TMP/occupied"
    [ "$(ls -A occupied)" = libcrumple.so ]
    mkdir -p taken/musl linked elsewhere
    chmod 0777 taken/musl
    refuses "'$TMP/taken/musl' is writable for others than its owner (mode 0777)" "$TMP/taken"
    ln -s ../elsewhere linked/musl
    refuses "'$TMP/linked/musl' is no directory" "$TMP/linked"
    refuses "cannot open '$TMP/file': Not a directory" "$TMP/file"
    refuses "cannot make '$TMP/no/where'" "$TMP/no/where"
    refuses "is the directory of this crumple" "$BUILD"
    if [ "$(id -u)" = 0 ]; then
        mkdir theirs
        chown 12345 theirs
        refuses "belongs to user 12345" "$TMP/theirs"
    fi
    run -2 "$BUILD/crumple" install
}
