#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# demo/arena, built with musl-gcc, under musl's object: containment as its clients see it, and a short drill.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load servers
load ../servers/arena
setup() {
    setup_musl_server
    ARENA=$T/musl/arena INNOCENTS=''
}
teardown() {
    [ -z "$INNOCENTS" ] || kill -KILL "$INNOCENTS" 2>/dev/null || true
    teardown_server
}

@test "musl arena: NULL dereference in a handler: only the culprit is disconnected" {
    start_arena
    start_innocents 20 3
    culprit EMOTE
    no_innocent_has_suffered
    all_is_well
    contained_in handle_emote SIGSEGV SIGSEGV
    await "rid of the ended player" eval 'client say CHECK | grep -q "^< OK 0 players, 0 seats"'
    ends_with_status_0
}

@test "musl arena: failed assertion in a handler: only the culprit is disconnected" {
    start_arena
    start_innocents 20 3
    culprit "TEAM 9"
    no_innocent_has_suffered
    all_is_well
    contained_in handle_team SIGABRT assert
    ends_with_status_0
}

@test "musl arena: fault with the match locked: the process dies on purpose, and says why" {
    start_arena
    start_innocents 20 30
    culprit "CHEAT nobody 5"
    died_deliberately 11 "a lock is held"
    function_on_stack world_cheat
    want "threads" true "$(report '(.threads | length) > 20')"
}

@test "musl arena: the cleanup thread is run again after a fault" {
    start_arena
    client say "KICK nobody" PING
    await_events 1 '.event == "restart" and .routine == "cleanup_loop"'
    client say "HELLO idler" "JOIN 3" "KICK idler" >"$TMP/kick"
    await "rid of the kicked player" eval 'client say CHECK | grep -q "^< OK 0 players, 0 seats"'
    ends_with_status_0
}

@test "musl arena: a storm of malformed messages: only their sender is refused" {
    start_arena
    start_innocents 20 4
    client -j -s "$CULPRIT" -d 2 -r 100 attack >"$TMP/attack.json" || fail "attack: $(cat "$TMP/attack.json")"
    no_innocent_has_suffered
    all_is_well
    want "answered, hung, unreachable" "0 0 0" "$(gojq -r '"\(.answered) \(.hung) \(.unreachable)"' "$TMP/attack.json")"
    want "contained before the breaker opened" true "$(gojq '.disconnected >= 6 and .disconnected <= 20' "$TMP/attack.json")"
    want "routines with a tripped breaker" 0 "$(count_events '.event == "breaker" and .scope == "routine"')"
    ends_with_status_0
}

@test "musl arena: a drill of 20 sites finds nothing wedged" {
    run -0 --separate-stderr "$BUILD/crumple" drill --shim "$OBJECT" --exclude libcrumple.so --sample-time 4s -n 20 -j 2 --seed 17 --json \
        --load "$BUILD/demo/arena-client -p %p visit" \
        --oracle "$BUILD/demo/arena-client -p %p say CHECK | grep -q '^< OK'" -- "$ARENA" -p %p
    gojq -e '.total | .activated == 20 and .contained + .deliberate == 20 and .contained > 0 and .success == 1' <<<"$output" ||
        fail "$(gojq -c '.total, (.runs[] | select(.outcome != "contained" and .outcome != "deliberate"))' <<<"$output")"
    gojq -e 'all(.routines[]; .routine | test("^(conn_handler|match_loop|cleanup_loop)$"))' <<<"$output" ||
        fail "$(gojq -c '.routines' <<<"$output")"
}
