#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A server built with musl-gcc under musl's object, without any policy: healthy it works as without, and after a fault of
# any thread it ends as without, with one bundle. tests/long/musl.sh has the same of redis and lighttpd.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load servers
load ../servers/arena
setup() {
    setup_musl_server
    ARENA=$T/musl/arena CLIENT=''
}
teardown() {
    [ -z "$CLIENT" ] || kill -KILL "$CLIENT" 2>/dev/null || true
    teardown_server
}

# With a client, whose thread is the newest.
start_visited_arena() {
    POLICY='' start_arena
    [ -z "$CLIENT" ] || kill -KILL "$CLIENT" 2>/dev/null || true
    client -n 1 -d 30 -r 1 play >"$TMP/client.out" 2>"$TMP/client.err" &
    CLIENT=$!
    await "playing" grep -q 'everybody is there' "$TMP/client.err"
    await "four threads" eval '[ "$(number_of_threads)" = 4 ]'
}

# By a thread that begins with this message.
poisoned() {
    TASKS=$((TASKS + 1))
    client say "HELLO mallory" "JOIN 1" EMOTE >"$TMP/poison" || true
}

conversation() {
    POLICY='' start_arena
    is_watched
    client say "HELLO me" "JOIN 1" "TEAM 1" "EMOTE 1" NEWS "SAY hello" PING LEAVE "CHEAT nobody 5" NONSENSE CHECK >"$1"
    ends_with_status_0
}

@test "musl server: healthy it answers as without, says nothing, and ends as without" {
    OBJECT='' conversation "$TMP/without"
    conversation "$TMP/with"
    want "lines" 22 "$(wc -l <"$TMP/with")"
    diff "$TMP/without" "$TMP/with"
    [ ! -s "$TMP/with.err" ] || fail "$(cat "$TMP/with.err")"
    [ ! -e "$CRASHES" ] || want "bundles" 0 "$(count_files '*.zst')"
}

@test "musl server: its main thread is sent a SIGSEGV" {
    same_death_as_without start_visited_arena main_thread sent
    told_of_all main
}

@test "musl server: its main thread faults" {
    same_death_as_without start_visited_arena main_thread faulted
    told_of_all main
}

@test "musl server: the thread of a connection is sent a SIGSEGV" {
    same_death_as_without start_visited_arena newest_thread sent
    told_of_all conn_handler
}

@test "musl server: the thread of a connection faults in a system call of libc" {
    same_death_as_without start_visited_arena newest_thread faulted
    told_of_all conn_handler
}

@test "musl server: the thread of a connection faults in the server's code, and gdb shows it" {
    same_death_as_without start_visited_arena nobody poisoned
    told_of_all handle_emote conn_handler
    gdb_shows "$ARENA" handle_emote conn_handler
}
